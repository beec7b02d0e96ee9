import { Badge, Button, Checkbox, Field, makeStyles, Text, Textarea, tokens } from '@fluentui/react-components';
import type { Suggestion, SuggestionState } from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../../api/client.ts';
import { useCan } from '../../../api/session.ts';
import { notify } from '../../../components/Notifier.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { formatBytes } from '../../../lib/bytes.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';

const KIND_LABEL: Readonly<Record<Suggestion['kind'], string>> = {
  repair: 'Mend rules',
  enable: 'Turn on rules',
  connect: 'Connect data',
  use: 'Use or keep for less',
};
/** Rules named in a card before "and more". */
const NAMED = 8;

const useStyles = makeStyles({
  list: { display: 'flex', flexDirection: 'column', gap: '10px', maxWidth: '980px' },
  card: {
    padding: '12px 14px',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
  },
  head: { display: 'flex', alignItems: 'baseline', gap: '8px', flexWrap: 'wrap' },
  title: { margin: 0, fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold },
  quiet: { color: tokens.colorNeutralForeground3 },
  rules: { margin: '6px 0', paddingLeft: '18px' },
  actions: { display: 'flex', gap: '8px', marginTop: '8px', flexWrap: 'wrap', alignItems: 'center' },
  dismiss: { marginTop: '8px', maxWidth: '520px' },
});

/** What would widen the coverage, with the most to gain first. */
export function Suggestions({
  items,
  all,
  onAll,
}: {
  readonly items: readonly Suggestion[];
  readonly all: boolean;
  readonly onAll: (all: boolean) => void;
}) {
  const styles = useStyles();
  const dismissed = items.filter(({ state }) => state === 'dismissed').length;
  const shown = all ? items : items.filter(({ state }) => state !== 'dismissed');
  return (
    <div className={styles.list}>
      {dismissed > 0 ? (
        <Checkbox
          checked={all}
          label={`Dismissed ones too (${dismissed})`}
          onChange={(_event, { checked }) => onAll(checked === true)}
        />
      ) : null}
      {shown.length === 0 ? (
        <EmptyState
          title="Nothing to suggest"
          reason="Every rule that is on sees, and every table with data is read by a rule."
        />
      ) : null}
      {shown.map((suggestion) => (
        <Card key={suggestion.id} suggestion={suggestion} />
      ))}
    </div>
  );
}

function Card({ suggestion }: { readonly suggestion: Suggestion }) {
  const styles = useStyles();
  const client = useQueryClient();
  const canTune = useCan('DetTune.Manage');
  const [busy, setBusy] = useState(false);
  const [dismissing, setDismissing] = useState(false);
  const [reason, setReason] = useState('');
  const { kind, rules, connectors, gained, bytesPerDay, state, table } = suggestion;
  const off = rules.filter(({ enabled }) => !enabled);
  const act = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      notify.failure(what, error);
    } finally {
      setBusy(false);
      await client.invalidateQueries({ queryKey: ['/api/detections'] });
    }
  };
  const become = (next: SuggestionState, note = ''): Promise<void> =>
    act('The suggestion was not changed', () =>
      api.put(`/api/coverage/suggestions/${encodeURIComponent(suggestion.id)}`, { state: next, note }),
    );
  const enable = (): Promise<void> =>
    act('Not every rule was turned on', async () => {
      for (const { id } of off) await api.patch(`/api/detections/${encodeURIComponent(id)}`, { enabled: true });
      notify.success(`${off.length} ${off.length === 1 ? 'rule is' : 'rules are'} on`);
    });
  return (
    <section className={styles.card} aria-label={suggestion.title}>
      <div className={styles.head}>
        <h2 className={styles.title}>{suggestion.title}</h2>
        <Badge appearance="outline">{KIND_LABEL[kind]}</Badge>
        {state === 'inProgress' ? <Badge color="brand">In progress</Badge> : null}
        {state === 'dismissed' ? <Badge color="subtle">Dismissed</Badge> : null}
        {gained.length > 0 ? (
          <Text size={200} className={styles.quiet} title={gained.join(', ')}>
            {gained.length} {gained.length === 1 ? 'technique' : 'techniques'} more
          </Text>
        ) : null}
      </div>
      <Text block>
        {suggestion.reason}
        {bytesPerDay === null ? '' : ` About ${formatBytes(bytesPerDay)} a day are stored.`}
      </Text>
      {rules.length > 0 ? (
        <ul className={styles.rules}>
          {rules.slice(0, NAMED).map((rule) => (
            <li key={rule.id}>
              <Link to="/detections/$id" params={{ id: rule.id }}>
                {rule.name}
              </Link>
            </li>
          ))}
          {rules.length > NAMED ? <li>and {rules.length - NAMED} more</li> : null}
        </ul>
      ) : null}
      {kind === 'connect' ? (
        <Text block>
          {connectors.length > 0 ? (
            <>
              Filled by{' '}
              {connectors.slice(0, 6).map(({ id, title }, at) => (
                <span key={id}>
                  {at > 0 ? ', ' : ''}
                  <Link to="/ingestion/connectors/$id" params={{ id }}>
                    {title}
                  </Link>
                </span>
              ))}
              .
            </>
          ) : (
            'No connector here fills it yet.'
          )}
        </Text>
      ) : null}
      {state === 'dismissed' || state === 'inProgress' ? (
        <Text block size={200} className={styles.quiet}>
          {suggestion.changedBy}, {suggestion.changedAt ? <TimeText value={suggestion.changedAt} /> : null}
          {suggestion.note ? `: ${suggestion.note}` : ''}
        </Text>
      ) : null}
      {canTune ? (
        <div className={styles.actions}>
          {off.length > 0 ? (
            <Button appearance="primary" size="small" disabled={busy} onClick={() => void enable()}>
              Turn on {off.length} {off.length === 1 ? 'rule' : 'rules'}
            </Button>
          ) : null}
          {kind === 'use' && table ? (
            <Link to="/store" search={{ search: table }}>
              Keep it for less
            </Link>
          ) : null}
          {state === 'active' ? (
            <Button size="small" disabled={busy} onClick={() => void become('inProgress')}>
              Take up
            </Button>
          ) : (
            <Button size="small" disabled={busy} onClick={() => void become('active')}>
              Put back
            </Button>
          )}
          {state === 'dismissed' ? null : (
            <Button size="small" disabled={busy} onClick={() => setDismissing(!dismissing)}>
              Dismiss
            </Button>
          )}
        </div>
      ) : null}
      {dismissing ? (
        <div className={styles.dismiss}>
          <Field label="Why it does not apply here" required>
            <Textarea value={reason} maxLength={2000} onChange={(_event, { value }) => setReason(value)} />
          </Field>
          <div className={styles.actions}>
            <Button
              size="small"
              appearance="primary"
              disabled={busy || !reason.trim()}
              onClick={() => {
                setDismissing(false);
                void become('dismissed', reason.trim());
              }}
            >
              Dismiss suggestion
            </Button>
          </div>
        </div>
      ) : null}
    </section>
  );
}
