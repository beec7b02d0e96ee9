import {
  Badge,
  Button,
  Link as FluentLink,
  makeStyles,
  Subtitle2,
  Switch,
  Text,
  tokens,
} from '@fluentui/react-components';
import type { Coverage, CoverageRule } from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../../api/client.ts';
import { useCan } from '../../../api/session.ts';
import { DetailsPane } from '../../../components/DetailsPane.tsx';
import { notify } from '../../../components/Notifier.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { huntHref } from '../../../features/hunt-link/share-link.ts';
import { LEVEL_MEANING, SIGHT_LABEL } from '../model.ts';
import { LevelMark } from './LevelMark.tsx';

const useStyles = makeStyles({
  line: { display: 'flex', gap: '8px', alignItems: 'center', marginBottom: '8px' },
  section: { marginTop: '16px' },
  heading: { display: 'block', marginBottom: '6px' },
  rule: {
    padding: '6px 0',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    display: 'flex',
    gap: '8px',
    alignItems: 'flex-start',
  },
  badge: { flexShrink: 0, whiteSpace: 'nowrap', marginTop: '2px' },
  grow: { flexGrow: 1, minWidth: 0, overflowWrap: 'anywhere' },
  quiet: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, display: 'block' },
  subs: { display: 'flex', flexDirection: 'column', alignItems: 'flex-start', gap: '2px' },
});

/** One technique: why it counts as it does, and what can be done about it here. */
export function TechniquePane({
  coverage,
  id,
  days,
  onClose,
  onChoose,
}: {
  readonly coverage: Coverage;
  readonly id: string;
  readonly days: number;
  readonly onClose: () => void;
  readonly onChoose: (id: string) => void;
}) {
  const styles = useStyles();
  const technique = coverage.techniques.find((one) => one.id === id);
  if (!technique)
    return (
      <DetailsPane title={id} label="Technique" onClose={onClose}>
        <Text>ATT&CK {coverage.attackVersion} has no such technique.</Text>
      </DetailsPane>
    );
  const rules = technique.rules.flatMap((rule) => coverage.rules.find((one) => one.id === rule) ?? []);
  const subs = coverage.techniques.filter((one) => one.id.startsWith(`${id}.`));
  const hunt = huntHref({
    query: `AlertInfo\n| where AttackTechniques has "${id}"\n| summarize arg_max(Timestamp, *) by AlertId`,
    range: `${days}d`,
  });
  return (
    <DetailsPane title={`${technique.id} ${technique.name}`} label="Technique" onClose={onClose}>
      <div className={styles.line}>
        <LevelMark level={technique.level} />
        <Text>{LEVEL_MEANING[technique.level]}</Text>
      </div>
      <Text block>
        {technique.alerts > 0 ? (
          <>
            <FluentLink href={hunt}>{technique.alerts.toLocaleString()} alerts</FluentLink> in the period, the last{' '}
            <TimeText value={technique.lastAlert} />
          </>
        ) : (
          'No alert in the period.'
        )}
      </Text>
      <Text block size={200}>
        <FluentLink
          href={`https://attack.mitre.org/techniques/${id.replace('.', '/')}/`}
          target="_blank"
          rel="noreferrer"
        >
          Described at attack.mitre.org
        </FluentLink>
      </Text>
      <section className={styles.section}>
        <Subtitle2 className={styles.heading}>Rules ({rules.length})</Subtitle2>
        {rules.length === 0 ? (
          <Text block>
            No rule names it. <Link to="/hunting">Write a query</Link> and make a rule of it, or import one.
          </Text>
        ) : null}
        {rules.map((rule) => (
          <RuleLine key={rule.id} rule={rule} />
        ))}
      </section>
      {subs.length > 0 ? (
        <section className={styles.section}>
          <Subtitle2 className={styles.heading}>Sub-techniques</Subtitle2>
          <div className={styles.subs}>
            {subs.map((sub) => (
              <Button
                key={sub.id}
                size="small"
                appearance="transparent"
                icon={<LevelMark level={sub.level} />}
                onClick={() => onChoose(sub.id)}
              >
                {sub.id} {sub.name}
              </Button>
            ))}
          </div>
        </section>
      ) : null}
    </DetailsPane>
  );
}

function RuleLine({ rule }: { readonly rule: CoverageRule }) {
  const styles = useStyles();
  const canTune = useCan('DetTune.Manage');
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const on = rule.sight !== 'off';
  const set = async (enabled: boolean): Promise<void> => {
    setBusy(true);
    try {
      await api.patch(`/api/detections/${encodeURIComponent(rule.id)}`, { enabled });
    } catch (error) {
      notify.failure(`${rule.name} was not changed`, error);
    } finally {
      setBusy(false);
      await client.invalidateQueries({ queryKey: ['/api/detections'] });
    }
  };
  return (
    <div className={styles.rule}>
      <div className={styles.grow}>
        <Link to="/detections/$id" params={{ id: rule.id }}>
          {rule.name}
        </Link>
        <span className={styles.quiet}>
          {rule.silent.length > 0 ? `Nothing arrives in ${rule.silent.join(', ')}` : rule.tables.join(', ')}
        </span>
      </div>
      <Badge
        className={styles.badge}
        appearance="outline"
        color={rule.sight === 'sees' ? 'success' : rule.sight === 'off' ? 'informative' : 'warning'}
      >
        {SIGHT_LABEL[rule.sight]}
      </Badge>
      {canTune ? (
        <Switch
          checked={on}
          disabled={busy}
          aria-label={`${rule.name} is on`}
          onChange={(_event, { checked }) => void set(checked)}
        />
      ) : null}
    </div>
  );
}
