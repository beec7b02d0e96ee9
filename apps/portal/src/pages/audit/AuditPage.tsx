import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import { ClipboardTaskListLtr20Regular } from '@fluentui/react-icons/svg/clipboard-task-list-ltr';
import type { AuditEntry } from '@parapet/schema/wire';
import { useMemo } from 'react';
import { Facts, PaneSection } from '../../components/Facts.tsx';
import { FilterBar } from '../../components/FilterBar.tsx';
import { Identifier, Mono } from '../../components/Mono.tsx';
import { type QueueColumn, QueueGrid } from '../../components/QueueGrid.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { HuntLink } from '../../features/hunt-link/HuntLink.tsx';
import { useLiveList } from '../../lib/liveList.ts';
import { gridProps } from '../../lib/queue.ts';
import { middle, visibleText } from '../../lib/text.ts';
import { plural } from '../../lib/time.ts';
import { useUrlState } from '../../lib/urlState.ts';
import { useNow } from '../../lib/useNow.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { ChainCheck } from './ChainCheck.tsx';
import { Retention } from './Retention.tsx';
import { auditQuery, auditSchema, changedFields, changeText, OUTCOMES, RANGES } from './search.ts';

const OUTCOME_LABEL = { ok: 'Done', denied: 'Denied', failed: 'Failed' } as const;
const RANGE_LABEL = { day: 'Last day', week: 'Last 7 days', month: 'Last 30 days', all: 'Any time' } as const;
/** Beginnings of actions, as the log writes them. */
const ACTIONS = {
  session: 'Sign-in and sessions',
  user: 'Users',
  factor: 'Second factors',
  role: 'Roles',
  assignment: 'Assignments',
  key: 'Keys',
  incident: 'Incidents',
  alert: 'Alerts',
  rule: 'Detection rules',
  hunting: 'Hunting',
  provider: 'Sign-in providers',
  audit: 'The audit log itself',
  access: 'Refused calls',
} as const;

const useStyles = makeStyles({
  bad: { color: tokens.colorPaletteRedForeground1, fontWeight: tokens.fontWeightSemibold },
  tools: { display: 'flex', gap: '10px', alignItems: 'center', flexWrap: 'wrap' },
  value: { overflowWrap: 'anywhere' },
});

const rowId = (row: AuditEntry) => String(row.id);

function Outcome({ row }: { readonly row: AuditEntry }) {
  const styles = useStyles();
  return <span className={row.outcome === 'ok' ? undefined : styles.bad}>{OUTCOME_LABEL[row.outcome]}</span>;
}

const COLUMNS: readonly QueueColumn<AuditEntry>[] = [
  { id: 'time', header: 'Time', width: 150, required: true, render: (row) => <TimeText value={row.time} /> },
  { id: 'actor', header: 'Who', width: 170, render: (row) => visibleText(row.actor) || 'Nobody signed in' },
  { id: 'action', header: 'Action', width: 190, render: (row) => <Mono>{row.action}</Mono> },
  { id: 'target', header: 'Object', render: (row) => visibleText(middle(row.target, 80)) },
  { id: 'outcome', header: 'Outcome', width: 90, render: (row) => <Outcome row={row} /> },
  {
    id: 'change',
    header: 'Change',
    width: 300,
    render: (row) => visibleText(changeText(row.before, row.after)) || '–',
  },
  { id: 'from', header: 'From', width: 130, render: (row) => row.remoteAddress || '–' },
];

/** Who did what: newest first, never changed. */
export function AuditPage() {
  const styles = useStyles();
  const [state, setState] = useUrlState(auditSchema);
  // Cut to ten minutes, so that the list is not asked for anew all the time.
  const now = Math.floor(useNow() / 600_000) * 600_000;
  const { row: _row, ...wanted } = state;
  const signature = JSON.stringify(wanted);
  // biome-ignore lint/correctness/useExhaustiveDependencies: keyed by what the list depends on
  const query = useMemo(() => auditQuery(state, new Date(now)), [signature, now]);
  const list = useLiveList<AuditEntry>('/api/audit', query, rowId);
  const filter = (change: Partial<typeof state>) => setState({ ...change, page: 1, row: '' });
  const reset = () => filter({ search: '', actor: '', action: '', target: '', outcome: [], range: 'month' });
  const filtered = Boolean(
    state.search || state.actor || state.action || state.target || state.outcome.length || state.range !== 'month',
  );
  return (
    <PageShell
      title="Audit log"
      purpose="Every change, sign-in and refusal, with who, what and from where. Entries are chained and cannot be edited."
      fill
      commands={
        <>
          <Retention />
          <ChainCheck />
          <HuntLink
            query={
              'ParapetAuditEvents\n| summarize Entries = count() by ActionType, AccountName, Outcome\n| sort by Entries desc'
            }
            as="button"
          >
            Open in hunting
          </HuntLink>
        </>
      }
      filters={
        <FilterBar
          search={{
            value: state.search,
            placeholder: 'Person, action, object or value',
            onChange: (search) => filter({ search }),
          }}
          filters={[
            {
              id: 'range',
              label: 'Time',
              single: true,
              options: RANGES.map((value) => ({ value, label: RANGE_LABEL[value] })),
              selected: [state.range],
              onChange: (values) => filter({ range: (values.at(-1) as typeof state.range | undefined) ?? 'month' }),
            },
            {
              id: 'action',
              label: 'About',
              options: Object.entries(ACTIONS).map(([value, label]) => ({ value, label })),
              selected: state.action ? [state.action] : [],
              onChange: (values) => filter({ action: values.at(-1) ?? '' }),
            },
            {
              id: 'outcome',
              label: 'Outcome',
              options: OUTCOMES.map((value) => ({ value, label: OUTCOME_LABEL[value] })),
              selected: state.outcome,
              onChange: (values) => filter({ outcome: values as typeof state.outcome }),
            },
            ...(['actor', 'target'] as const)
              .filter((id) => state[id])
              .map((id) => ({
                id,
                label: id === 'actor' ? 'Who' : 'Object',
                options: [{ value: state[id], label: state[id] }],
                selected: [state[id]],
                onChange: () => filter({ [id]: '' }),
              })),
          ]}
          onReset={filtered ? reset : undefined}
        />
      }
    >
      <QueueGrid
        label="Audit entries"
        preferenceKey="grid.audit"
        columns={COLUMNS}
        rowId={rowId}
        rowLabel={(row) => `${row.actor} ${row.action}`}
        {...gridProps(list, state, setState)}
        toolbar={
          <span className={styles.tools}>
            <Text aria-live="polite">{list.data ? plural(list.data.total, 'entry', 'entries') : ''}</Text>
          </span>
        }
        renderPane={(row) => <Entry entry={row} onFilter={filter} />}
        empty={
          <EmptyState
            icon={ClipboardTaskListLtr20Regular}
            title="No entry matches"
            reason="Everything that is done in Parapet is written here; these filters leave nothing over."
            action={filtered ? <Button onClick={reset}>Show the last 30 days</Button> : undefined}
          />
        }
      />
    </PageShell>
  );
}

function Entry({
  entry,
  onFilter,
}: {
  readonly entry: AuditEntry;
  readonly onFilter: (change: { readonly actor?: string; readonly target?: string }) => void;
}) {
  const styles = useStyles();
  const changes = changedFields(entry.before, entry.after);
  return (
    <>
      <Facts
        rows={[
          { label: 'Number', value: String(entry.id) },
          { label: 'Time', value: <TimeText value={entry.time} mode="absolute" /> },
          { label: 'Who', value: visibleText(entry.actor) || 'Nobody signed in' },
          { label: 'Action', value: <Mono>{entry.action}</Mono> },
          { label: 'Object', value: <Identifier value={entry.target} what="object" max={60} /> },
          { label: 'Outcome', value: <Outcome row={entry} /> },
          { label: 'From', value: entry.remoteAddress || '–' },
        ]}
      />
      <PaneSection title={entry.before ? 'What changed' : 'What was said'}>
        {changes.length === 0 ? (
          <Text>Nothing beyond the action itself.</Text>
        ) : (
          <Facts
            rows={changes.map(({ name, from, to }) => ({
              label: name || 'Value',
              value: (
                <span className={styles.value}>
                  <Mono>{visibleText(entry.before ? `${full(from)} → ${full(to)}` : full(to))}</Mono>
                </span>
              ),
            }))}
          />
        )}
      </PaneSection>
      <PaneSection title="More like this">
        <div className={styles.tools}>
          {entry.actor ? (
            <Button size="small" onClick={() => onFilter({ actor: entry.actor })}>
              Of the same person
            </Button>
          ) : null}
          <Button size="small" onClick={() => onFilter({ target: entry.target })}>
            About the same object
          </Button>
          <HuntLink query={`ParapetAuditEvents\n| where AuditId == ${entry.id}`} as="button">
            Hunt this entry
          </HuntLink>
        </div>
      </PaneSection>
    </>
  );
}

const full = (value: unknown): string =>
  value === undefined || value === null ? 'none' : typeof value === 'string' ? value : JSON.stringify(value, null, 1);
