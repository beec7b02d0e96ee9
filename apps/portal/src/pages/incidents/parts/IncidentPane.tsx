import { makeStyles, tokens } from '@fluentui/react-components';
import type { IncidentAlert, IncidentSummary, Page } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../../api/client.ts';
import { asItems } from '../../../api/users.ts';
import { SeverityBadge, StatusBadge, Tag } from '../../../components/Badges.tsx';
import { EntityChip, HuntWindowContext } from '../../../components/EntityChip.tsx';
import { Facts, PaneSection } from '../../../components/Facts.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { paddedWindow } from '../../../lib/entity.ts';
import { visibleText } from '../../../lib/text.ts';
import { plural } from '../../../lib/time.ts';
import { TextSkeleton } from '../../../shell/Skeletons.tsx';
import { categoryLabel, words } from '../../../theme/meaning.ts';
import { incidentKey } from '../useIncidentChanges.ts';
import { PriorityExplained, PriorityMark } from './PriorityScore.tsx';

const useStyles = makeStyles({
  wrap: { display: 'flex', flexWrap: 'wrap', gap: '4px' },
  list: { listStyle: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '6px' },
  alert: { display: 'grid', gridTemplateColumns: '18px minmax(0, 1fr) auto', gap: '6px', alignItems: 'baseline' },
  link: {
    color: tokens.colorNeutralForeground1,
    textDecoration: 'none',
    overflowWrap: 'anywhere',
    ':hover': { textDecoration: 'underline' },
  },
  soft: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
});

/** An incident beside the queue: enough to decide whether to open it. */
export function IncidentPane({ row }: { readonly row: IncidentSummary }) {
  const styles = useStyles();
  const detail = useQuery({
    queryKey: incidentKey(row.id),
    queryFn: ({ signal }) => api.get(`/api/incidents/${encodeURIComponent(row.id)}`, undefined, signal),
  });
  const alerts = useQuery({
    queryKey: ['/api/incidents', row.id, 'alerts', 'pane'],
    queryFn: async ({ signal }) =>
      asItems(
        await api.get<readonly IncidentAlert[] | Page<IncidentAlert>>(
          `/api/incidents/${encodeURIComponent(row.id)}/alerts`,
          { pageSize: 12 },
          signal,
        ),
      ),
  });
  return (
    <HuntWindowContext.Provider value={paddedWindow(row.firstActivity, row.lastActivity)}>
      <Facts
        rows={[
          {
            label: 'Priority',
            value: detail.data ? (
              <PriorityExplained incident={detail.data} />
            ) : (
              <PriorityMark score={row.priorityScore} />
            ),
          },
          { label: 'Severity', value: <SeverityBadge severity={row.severity} /> },
          { label: 'Status', value: <StatusBadge status={row.status} /> },
          { label: 'Assigned to', value: row.assignedTo ? visibleText(row.assignedTo) : 'Unassigned' },
          row.classification !== null && {
            label: 'Verdict',
            value: [row.classification, row.determination]
              .filter(Boolean)
              .map((each) => words(each!))
              .join(', '),
          },
          row.outsideAlerts > 0 && { label: 'Outside your scope', value: plural(row.outsideAlerts, 'alert') },
          { label: 'First activity', value: <TimeText value={row.firstActivity} mode="absolute" /> },
          { label: 'Last activity', value: <TimeText value={row.lastActivity} mode="absolute" /> },
          { label: 'Categories', value: row.categories.map(categoryLabel).join(', ') || '–' },
          row.tags.length > 0 && {
            label: 'Tags',
            value: row.tags.map((tag) => <Tag key={tag}>{visibleText(tag)}</Tag>),
          },
        ]}
      />
      <PaneSection title="Impacted assets">
        <div className={styles.wrap}>
          {row.impactedAssets.length
            ? row.impactedAssets
                .slice(0, 12)
                .map((entity) => <EntityChip key={`${entity.type}|${entity.key}`} entity={entity} />)
            : 'None named by the alerts.'}
        </div>
      </PaneSection>
      <PaneSection title={`Alerts (${row.totalAlerts})`}>
        {alerts.isPending ? (
          <TextSkeleton lines={3} />
        ) : alerts.isError ? (
          <span className={styles.soft}>The alerts could not be loaded: {alerts.error.message}</span>
        ) : (
          <ol className={styles.list}>
            {alerts.data.slice(0, 12).map((alert) => (
              <li key={alert.id} className={styles.alert}>
                <SeverityBadge severity={alert.severity} iconOnly />
                <Link to="/alerts/$id" params={{ id: alert.id }} className={styles.link}>
                  {visibleText(alert.title)}
                </Link>
                <span className={styles.soft}>
                  <TimeText value={alert.firstActivity} />
                </span>
              </li>
            ))}
          </ol>
        )}
        {row.totalAlerts > 12 ? (
          <Link to="/incidents/$id" params={{ id: row.id }} search={{ tab: 'alerts' }}>
            All {row.totalAlerts} alerts
          </Link>
        ) : null}
      </PaneSection>
    </HuntWindowContext.Provider>
  );
}
