import { makeStyles, Text } from '@fluentui/react-components';
import type { AlertSummary, IncidentSummary } from '@parapet/schema/wire';
import { Link } from '@tanstack/react-router';
import { SeverityBadge, StatusBadge } from '../../components/Badges.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';

const useStyles = makeStyles({ stack: { display: 'flex', flexDirection: 'column', gap: '10px' }, h2: { margin: 0 } });

export interface RelatedWorkProps {
  readonly incidents: readonly IncidentSummary[];
  readonly alerts: readonly AlertSummary[];
  /** `type:key`, for the link to all its alerts. */
  readonly entity: string;
}

/** Incidents and alerts that name an entity; the same on device and entity pages. */
export function RelatedWork({ incidents, alerts, entity }: RelatedWorkProps) {
  const styles = useStyles();
  if (incidents.length === 0 && alerts.length === 0)
    return <EmptyState title="No incidents or alerts" reason="No detection rule has raised an alert that names it." />;
  return (
    <div className={styles.stack}>
      <Text as="h2" weight="semibold" size={400} className={styles.h2}>
        Incidents
      </Text>
      <SimpleTable<IncidentSummary>
        label="Incidents"
        rows={incidents}
        rowKey={(row) => row.id}
        columns={[
          {
            id: 'name',
            header: 'Incident',
            render: (row) => (
              <Link to="/incidents/$id" params={{ id: row.id }}>
                {row.id}: {visibleText(row.name)}
              </Link>
            ),
          },
          {
            id: 'severity',
            header: 'Severity',
            nowrap: true,
            render: (row) => <SeverityBadge severity={row.severity} />,
          },
          { id: 'status', header: 'Status', nowrap: true, render: (row) => <StatusBadge status={row.status} /> },
          { id: 'alerts', header: 'Alerts', align: 'end', render: (row) => `${row.activeAlerts} / ${row.totalAlerts}` },
          { id: 'last', header: 'Last activity', nowrap: true, render: (row) => <TimeText value={row.lastActivity} /> },
        ]}
      />
      <Text as="h2" weight="semibold" size={400} className={styles.h2}>
        Alerts
      </Text>
      <SimpleTable<AlertSummary>
        label="Alerts"
        rows={alerts}
        rowKey={(row) => row.id}
        columns={[
          {
            id: 'title',
            header: 'Alert',
            render: (row) => (
              <Link to="/alerts/$id" params={{ id: row.id }}>
                {visibleText(row.title)}
              </Link>
            ),
          },
          {
            id: 'severity',
            header: 'Severity',
            nowrap: true,
            render: (row) => <SeverityBadge severity={row.severity} />,
          },
          { id: 'status', header: 'Status', nowrap: true, render: (row) => <StatusBadge status={row.status} /> },
          {
            id: 'incident',
            header: 'Incident',
            nowrap: true,
            render: (row) => (
              <Link to="/incidents/$id" params={{ id: row.incidentId }}>
                {row.incidentId}
              </Link>
            ),
          },
          { id: 'last', header: 'Last activity', nowrap: true, render: (row) => <TimeText value={row.lastActivity} /> },
        ]}
      />
      <Link to="/alerts" search={{ entity, range: 'all' }}>
        See all its alerts in the queue
      </Link>
    </div>
  );
}
