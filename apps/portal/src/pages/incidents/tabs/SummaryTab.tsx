import { makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import type {
  AttackStory,
  Category,
  EntityType,
  IncidentAsset,
  IncidentDetail,
  IncidentEvidence,
} from '@parapet/schema/wire';
import { TACTICS } from '@parapet/schema/wire';
import { Link } from '@tanstack/react-router';
import { SeverityBadge, StatusBadge, Tag } from '../../../components/Badges.tsx';
import { EntityChip } from '../../../components/EntityChip.tsx';
import { Facts } from '../../../components/Facts.tsx';
import { Loaded } from '../../../components/Loaded.tsx';
import { Markdown } from '../../../components/Markdown.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { ENTITY_LABEL } from '../../../lib/entity.ts';
import { visibleText } from '../../../lib/text.ts';
import { formatCount, plural } from '../../../lib/time.ts';
import { categoryLabel, words } from '../../../theme/meaning.ts';
import { PriorityTable } from '../parts/PriorityScore.tsx';
import { useIncidentAssets, useIncidentEvidence, useStory } from '../useIncident.ts';

const useStyles = makeStyles({
  grid: { display: 'grid', gridTemplateColumns: 'repeat(12, minmax(0, 1fr))', gap: '12px', alignItems: 'start' },
  card: {
    gridColumn: 'span 6',
    padding: '12px 14px',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    minWidth: 0,
    '@media (max-width: 1100px)': { gridColumn: 'span 12' },
  },
  wide: { gridColumn: 'span 12' },
  title: { display: 'block', marginBottom: '8px' },
  chain: { listStyle: 'none', margin: 0, padding: 0, display: 'flex', flexWrap: 'wrap', gap: '8px' },
  tactic: {
    flex: '1 1 132px',
    padding: '8px 10px',
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderTop: `3px solid ${tokens.colorBrandStroke1}`,
  },
  none: { borderTop: `3px solid ${tokens.colorNeutralStroke2}` },
  count: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold },
  soft: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  wrap: { display: 'flex', flexWrap: 'wrap', gap: '4px', alignItems: 'center', marginBottom: '8px' },
});

/** The incident on one page: how far it got, whom it touched, what is known, what is left to do. */
export function SummaryTab({ incident }: { readonly incident: IncidentDetail }) {
  const styles = useStyles();
  const story = useStory(incident.id, incident.lastUpdate);
  const assets = useIncidentAssets(incident.id, incident.lastUpdate);
  const evidence = useIncidentEvidence(incident.id, incident.lastUpdate);
  return (
    <div className={styles.grid}>
      <section className={mergeClasses(styles.card, styles.wide)}>
        <Title>How far it got</Title>
        <Loaded query={story} what="The alerts">
          {(data) => <KillChain story={data} />}
        </Loaded>
      </section>
      <section className={styles.card}>
        <Title>Whom it touched</Title>
        <Loaded query={assets} what="The assets">
          {(page) => <ByType rows={page.items} total={page.total} severities />}
        </Loaded>
        <Link to="/incidents/$id" params={{ id: incident.id }} search={{ tab: 'assets' }}>
          All {plural(incident.counts.assets, 'asset')}
        </Link>
      </section>
      <section className={styles.card}>
        <Title>What it left</Title>
        <Loaded query={evidence} what="The evidence">
          {(page) => <ByType rows={page.items} total={page.total} />}
        </Loaded>
        <Link to="/incidents/$id" params={{ id: incident.id }} search={{ tab: 'evidence' }}>
          All {plural(incident.counts.evidence, 'piece of evidence', 'pieces of evidence')}
        </Link>
      </section>
      <section className={styles.card}>
        <Title>Facts</Title>
        <Facts
          rows={[
            { label: 'Status', value: <StatusBadge status={incident.status} /> },
            {
              label: 'Severity',
              value: (
                <>
                  <SeverityBadge severity={incident.severity} />{' '}
                  <span className={styles.soft}>
                    {incident.severityIsAutomatic ? 'the highest of its alerts' : 'set by hand'}
                  </span>
                </>
              ),
            },
            { label: 'Assigned to', value: incident.assignedTo ? visibleText(incident.assignedTo) : 'Nobody' },
            {
              label: 'Verdict',
              value:
                [incident.classification, incident.determination]
                  .flatMap((each) => (each ? [words(each)] : []))
                  .join(': ') || 'Not set',
            },
            {
              label: 'Alerts',
              value: `${formatCount(incident.activeAlerts)} open of ${formatCount(incident.totalAlerts)}`,
            },
            { label: 'Open tasks', value: formatCount(incident.openTasks) },
            { label: 'First activity', value: <TimeText value={incident.firstActivity} mode="absolute" /> },
            { label: 'Last activity', value: <TimeText value={incident.lastActivity} mode="absolute" /> },
            { label: 'Opened', value: <TimeText value={incident.createdAt} mode="absolute" /> },
            { label: 'Last update', value: <TimeText value={incident.lastUpdate} mode="absolute" /> },
            { label: 'Seen by', value: incident.detectionSources.map(words).join(', ') || '–' },
            { label: 'Products', value: incident.productNames.map(visibleText).join(', ') || '–' },
            incident.tags.length > 0 && {
              label: 'Tags',
              value: incident.tags.map((tag) => <Tag key={tag}>{visibleText(tag)}</Tag>),
            },
          ]}
        />
      </section>
      <section className={styles.card}>
        <Title>Why this priority</Title>
        <PriorityTable incident={incident} />
        {incident.description ? (
          <>
            <Title>Description</Title>
            <Markdown text={incident.description} />
          </>
        ) : null}
        {incident.resolvingComment ? (
          <>
            <Title>How it ended</Title>
            <Markdown text={incident.resolvingComment} />
          </>
        ) : null}
      </section>
    </div>
  );
}

function Title({ children }: { readonly children: string }) {
  const styles = useStyles();
  return (
    <Text as="h2" weight="semibold" size={400} className={styles.title}>
      {children}
    </Text>
  );
}

/** Alerts by tactic in the order an attack goes; what is not a tactic comes after. */
function KillChain({ story }: { readonly story: AttackStory }) {
  const styles = useStyles();
  const seen = new Map<Category, { count: number; first: string }>();
  for (const step of story.steps) {
    const known = seen.get(step.category);
    seen.set(step.category, { count: (known?.count ?? 0) + 1, first: known?.first ?? step.time });
  }
  const others = [...seen.keys()].filter((category) => !(TACTICS as readonly string[]).includes(category));
  return (
    <ol className={styles.chain}>
      {[...(TACTICS as readonly Category[]), ...others].map((category) => {
        const found = seen.get(category);
        return (
          <li key={category} className={mergeClasses(styles.tactic, !found && styles.none)}>
            <div>{categoryLabel(category)}</div>
            <div className={styles.count}>{found ? plural(found.count, 'alert') : '–'}</div>
            <div className={styles.soft}>
              {found ? <TimeText value={found.first} mode="absolute" /> : 'Nothing seen'}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

const SHOWN = 6;

function ByType({
  rows,
  total,
  severities,
}: {
  readonly rows: readonly (IncidentAsset | IncidentEvidence)[];
  readonly total: number;
  readonly severities?: boolean;
}) {
  const styles = useStyles();
  if (rows.length === 0) return <span className={styles.soft}>Nothing is named by the alerts.</span>;
  const types = new Map<EntityType, (IncidentAsset | IncidentEvidence)[]>();
  for (const row of rows) types.set(row.entity.type, [...(types.get(row.entity.type) ?? []), row]);
  return (
    <>
      {[...types].map(([type, of]) => (
        <div key={type}>
          <div className={styles.soft}>
            {ENTITY_LABEL[type]} ({formatCount(of.length)})
          </div>
          <div className={styles.wrap}>
            {of.slice(0, SHOWN).map((row) => (
              <EntityChip
                key={row.entity.key}
                entity={row.entity}
                {...(severities && 'highestSeverity' in row ? { risk: row.highestSeverity } : {})}
              />
            ))}
            {of.length > SHOWN ? <span className={styles.soft}>and {formatCount(of.length - SHOWN)} more</span> : null}
          </div>
        </div>
      ))}
      {total > rows.length ? (
        <div className={styles.soft}>
          Counted over the first {formatCount(rows.length)} of {formatCount(total)}.
        </div>
      ) : null}
    </>
  );
}
