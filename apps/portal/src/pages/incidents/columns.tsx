import type { IncidentSummary } from '@parapet/schema/wire';
import { Link } from '@tanstack/react-router';
import { SeverityBadge, StatusBadge, Tag } from '../../components/Badges.tsx';
import { EntityChips } from '../../components/EntityChip.tsx';
import type { QueueColumn } from '../../components/QueueGrid.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import type { CsvColumn } from '../../features/triage/BulkBar.tsx';
import { visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { categoryLabel, words } from '../../theme/meaning.ts';
import { PriorityMark } from './parts/PriorityScore.tsx';
import { useQueueLink } from './parts/useQueueLink.ts';

function NameLink({ incident }: { readonly incident: IncidentSummary }) {
  const styles = useQueueLink();
  return (
    <Link to="/incidents/$id" params={{ id: incident.id }} className={styles.link} title={incident.name}>
      {visibleText(incident.name)}
    </Link>
  );
}

/** What an exported list says of each incident. */
export const INCIDENT_CSV: readonly CsvColumn<IncidentSummary>[] = [
  { name: 'Id', value: (row) => row.id },
  { name: 'Name', value: (row) => row.name },
  { name: 'Priority', value: (row) => row.priorityScore },
  { name: 'Severity', value: (row) => row.severity },
  { name: 'Status', value: (row) => row.status },
  { name: 'Open alerts', value: (row) => row.activeAlerts },
  { name: 'Alerts', value: (row) => row.totalAlerts },
  { name: 'Categories', value: (row) => row.categories.join('; ') },
  { name: 'Impacted assets', value: (row) => row.impactedAssets.map(({ label }) => label).join('; ') },
  { name: 'Assigned to', value: (row) => row.assignedTo },
  { name: 'Classification', value: (row) => row.classification },
  { name: 'Determination', value: (row) => row.determination },
  { name: 'Tags', value: (row) => row.tags.join('; ') },
  { name: 'Detection sources', value: (row) => row.detectionSources.join('; ') },
  { name: 'Products', value: (row) => row.productNames.join('; ') },
  { name: 'First activity', value: (row) => row.firstActivity },
  { name: 'Last activity', value: (row) => row.lastActivity },
  { name: 'Created', value: (row) => row.createdAt },
  { name: 'Last update', value: (row) => row.lastUpdate },
];

/** Columns of spec A 2.4 that today's data fills. */
export const INCIDENT_COLUMNS: readonly QueueColumn<IncidentSummary>[] = [
  {
    id: 'priorityScore',
    header: 'Priority',
    width: 84,
    sortable: true,
    render: (row) => <PriorityMark score={row.priorityScore} />,
  },
  {
    id: 'name',
    header: 'Incident',
    sortable: true,
    required: true,
    render: (row) => <NameLink incident={row} />,
  },
  { id: 'id', header: 'Id', width: 72, sortable: true, hidden: true, render: (row) => row.id },
  {
    id: 'severity',
    header: 'Severity',
    width: 122,
    sortable: true,
    render: (row) => <SeverityBadge severity={row.severity} />,
  },
  {
    id: 'status',
    header: 'Status',
    width: 116,
    sortable: true,
    render: (row) => <StatusBadge status={row.status} />,
  },
  {
    id: 'activeAlerts',
    header: 'Alerts',
    width: 72,
    align: 'end',
    sortable: true,
    render: (row) => (
      <span title={`${row.activeAlerts} open of ${row.totalAlerts}`}>
        {formatCount(row.activeAlerts)} / {formatCount(row.totalAlerts)}
      </span>
    ),
  },
  {
    id: 'impactedAssets',
    header: 'Impacted assets',
    width: 220,
    render: (row) => <EntityChips entities={row.impactedAssets} />,
  },
  {
    id: 'assignedTo',
    header: 'Assigned to',
    width: 104,
    sortable: true,
    render: (row) => (row.assignedTo ? visibleText(row.assignedTo) : 'Unassigned'),
  },
  {
    id: 'lastUpdate',
    header: 'Last update',
    width: 104,
    sortable: true,
    render: (row) => <TimeText value={row.lastUpdate} />,
  },
  {
    id: 'categories',
    header: 'Categories',
    width: 220,
    hidden: true,
    render: (row) => (
      <span title={row.categories.map(categoryLabel).join(', ')}>
        {row.categories.map(categoryLabel).join(', ') || '–'}
      </span>
    ),
  },
  {
    id: 'lastActivity',
    header: 'Last activity',
    width: 112,
    sortable: true,
    hidden: true,
    render: (row) => <TimeText value={row.lastActivity} />,
  },
  {
    id: 'firstActivity',
    header: 'First activity',
    width: 112,
    sortable: true,
    hidden: true,
    render: (row) => <TimeText value={row.firstActivity} />,
  },
  {
    id: 'createdAt',
    header: 'Created',
    width: 112,
    sortable: true,
    hidden: true,
    render: (row) => <TimeText value={row.createdAt} />,
  },
  {
    id: 'detectionSources',
    header: 'Detection sources',
    width: 180,
    hidden: true,
    render: (row) => row.detectionSources.map(words).join(', ') || '–',
  },
  {
    id: 'productNames',
    header: 'Products',
    width: 180,
    hidden: true,
    render: (row) => row.productNames.join(', ') || '–',
  },
  {
    id: 'tags',
    header: 'Tags',
    width: 180,
    hidden: true,
    render: (row) => (row.tags.length ? row.tags.map((tag) => <Tag key={tag}>{visibleText(tag)}</Tag>) : '–'),
  },
  {
    id: 'classification',
    header: 'Classification',
    width: 180,
    hidden: true,
    render: (row) => (row.classification ? words(row.classification) : 'Not set'),
  },
  {
    id: 'determination',
    header: 'Determination',
    width: 180,
    hidden: true,
    render: (row) => (row.determination ? words(row.determination) : 'Not set'),
  },
];
