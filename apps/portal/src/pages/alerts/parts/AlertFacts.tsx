import type { AlertSummary } from '@parapet/schema/wire';
import { Link } from '@tanstack/react-router';
import { SeverityBadge, StatusBadge } from '../../../components/Badges.tsx';
import { Facts } from '../../../components/Facts.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { visibleText } from '../../../lib/text.ts';
import { formatCount } from '../../../lib/time.ts';
import { categoryLabel, words } from '../../../theme/meaning.ts';

/** ATT&CK technique ids, each leading to the alerts that carry it. */
export function Techniques({ ids }: { readonly ids: readonly string[] }) {
  if (ids.length === 0) return <span>–</span>;
  return (
    <span style={{ display: 'inline-flex', gap: 8, flexWrap: 'wrap' }}>
      {ids.map((id) => (
        <Link key={id} to="/alerts" search={{ technique: id }} title={`Alerts with technique ${id}`}>
          {id}
        </Link>
      ))}
    </span>
  );
}

/** What is known of an alert at a glance; the same in the queue's pane and on the page. */
export function AlertFacts({ alert }: { readonly alert: AlertSummary }) {
  return (
    <Facts
      rows={[
        { label: 'Severity', value: <SeverityBadge severity={alert.severity} /> },
        { label: 'Status', value: <StatusBadge status={alert.status} /> },
        { label: 'Assigned to', value: alert.assignedTo ? visibleText(alert.assignedTo) : 'Nobody' },
        {
          label: 'Classification',
          value: alert.classification
            ? `${words(alert.classification)}${alert.determination ? `: ${words(alert.determination).toLowerCase()}` : ''}`
            : 'Not set',
        },
        {
          label: 'Incident',
          value: (
            <Link to="/incidents/$id" params={{ id: alert.incidentId }}>
              {alert.incidentId}: {visibleText(alert.incidentName)}
            </Link>
          ),
        },
        { label: 'Category', value: categoryLabel(alert.category) },
        { label: 'Techniques', value: <Techniques ids={alert.techniques} /> },
        { label: 'First activity', value: <TimeText value={alert.firstActivity} mode="absolute" /> },
        { label: 'Last activity', value: <TimeText value={alert.lastActivity} mode="absolute" /> },
        { label: 'Created', value: <TimeText value={alert.createdAt} mode="absolute" /> },
        { label: 'Events', value: formatCount(alert.eventCount) },
        {
          label: 'Rule',
          value: (
            <Link to="/detections/$id" params={{ id: alert.ruleId }}>
              Open the rule
            </Link>
          ),
        },
        { label: 'Detection source', value: words(alert.detectionSource) },
        { label: 'Product', value: visibleText(alert.productName) },
      ]}
    />
  );
}
