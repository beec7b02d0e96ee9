import { makeStyles, tokens } from '@fluentui/react-components';
import type { AlertSummary } from '@parapet/schema/wire';
import { Link } from '@tanstack/react-router';
import { SeverityBadge, StatusBadge, Tag } from '../../components/Badges.tsx';
import { EntityChips } from '../../components/EntityChip.tsx';
import type { QueueColumn } from '../../components/QueueGrid.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import type { CsvColumn } from '../../features/triage/BulkBar.tsx';
import { visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { categoryLabel, words } from '../../theme/meaning.ts';

const useStyles = makeStyles({
  link: {
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    textDecoration: 'none',
    unicodeBidi: 'isolate',
    ':hover': { color: tokens.colorBrandForegroundLinkHover, textDecoration: 'underline' },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
});

/** Subscriptions, accounts and projects of the assets, each once. */
function cloudAccounts(assets: AlertSummary['impactedAssets']): string {
  return [...new Set(assets.flatMap(({ fields }) => fields.cloudAccountId ?? []))].join(', ');
}

function TitleLink({ alert }: { readonly alert: AlertSummary }) {
  const styles = useStyles();
  return (
    <Link to="/alerts/$id" params={{ id: alert.id }} className={styles.link} title={visibleText(alert.title)}>
      {visibleText(alert.title)}
    </Link>
  );
}

/** What an exported list says of each alert. */
export const ALERT_CSV: readonly CsvColumn<AlertSummary>[] = [
  { name: 'Id', value: (row) => row.id },
  { name: 'Title', value: (row) => row.title },
  { name: 'Severity', value: (row) => row.severity },
  { name: 'Status', value: (row) => row.status },
  { name: 'Category', value: (row) => row.category },
  { name: 'Techniques', value: (row) => row.techniques.join(' ') },
  { name: 'Impacted assets', value: (row) => row.impactedAssets.map(({ label }) => label).join('; ') },
  { name: 'First activity', value: (row) => row.firstActivity },
  { name: 'Last activity', value: (row) => row.lastActivity },
  { name: 'Created', value: (row) => row.createdAt },
  { name: 'Assigned to', value: (row) => row.assignedTo },
  { name: 'Classification', value: (row) => row.classification },
  { name: 'Determination', value: (row) => row.determination },
  { name: 'Incident id', value: (row) => row.incidentId },
  { name: 'Incident', value: (row) => row.incidentName },
  { name: 'Service source', value: (row) => row.serviceSource },
  { name: 'Detection source', value: (row) => row.detectionSource },
  { name: 'Product', value: (row) => row.productName },
  { name: 'Rule id', value: (row) => row.ruleId },
  { name: 'Tags', value: (row) => row.tags.join('; ') },
];

/** Columns of spec A 1.5 that today's data fills. */
export const ALERT_COLUMNS: readonly QueueColumn<AlertSummary>[] = [
  { id: 'title', header: 'Alert', sortable: true, required: true, render: (row) => <TitleLink alert={row} /> },
  {
    id: 'severity',
    header: 'Severity',
    width: 132,
    sortable: true,
    render: (row) => <SeverityBadge severity={row.severity} />,
  },
  { id: 'status', header: 'Status', width: 122, sortable: true, render: (row) => <StatusBadge status={row.status} /> },
  { id: 'category', header: 'Category', width: 160, sortable: true, render: (row) => categoryLabel(row.category) },
  {
    id: 'impactedAssets',
    header: 'Impacted assets',
    width: 290,
    render: (row) => <EntityChips entities={row.impactedAssets} />,
  },
  {
    id: 'lastActivity',
    header: 'Last activity',
    width: 120,
    sortable: true,
    render: (row) => <TimeText value={row.lastActivity} />,
  },
  {
    id: 'incidentName',
    header: 'Incident',
    width: 220,
    sortable: true,
    render: (row) => (
      <Link to="/incidents/$id" params={{ id: row.incidentId }} title={visibleText(row.incidentName)}>
        {row.incidentId}: {visibleText(row.incidentName)}
      </Link>
    ),
  },
  {
    id: 'assignedTo',
    header: 'Assigned to',
    width: 120,
    sortable: true,
    render: (row) => (row.assignedTo ? visibleText(row.assignedTo) : '–'),
  },
  {
    id: 'eventCount',
    header: 'Events',
    width: 76,
    align: 'end',
    sortable: true,
    render: (row) => formatCount(row.eventCount),
  },
  {
    id: 'techniques',
    header: 'Techniques',
    width: 140,
    hidden: true,
    render: (row) => row.techniques.join(', ') || '–',
  },
  {
    id: 'classification',
    header: 'Classification',
    width: 150,
    hidden: true,
    render: (row) => (row.classification ? words(row.classification) : '–'),
  },
  {
    id: 'determination',
    header: 'Determination',
    width: 150,
    hidden: true,
    render: (row) => (row.determination ? words(row.determination) : '–'),
  },
  {
    id: 'detectionSource',
    header: 'Detection source',
    width: 150,
    sortable: true,
    hidden: true,
    render: (row) => words(row.detectionSource),
  },
  {
    id: 'tags',
    header: 'Tags',
    width: 160,
    hidden: true,
    render: (row) => (row.tags.length ? row.tags.map((tag) => <Tag key={tag}>{visibleText(tag)}</Tag>) : '–'),
  },
  {
    id: 'serviceSource',
    header: 'Service',
    width: 160,
    hidden: true,
    render: (row) => words(row.serviceSource),
  },
  { id: 'id', header: 'Id', width: 200, hidden: true, render: (row) => row.id },
  {
    id: 'cloudAccount',
    header: 'Cloud account',
    width: 150,
    hidden: true,
    render: (row) => visibleText(cloudAccounts(row.impactedAssets)) || '–',
  },
  {
    id: 'productName',
    header: 'Product',
    width: 120,
    sortable: true,
    hidden: true,
    render: (row) => visibleText(row.productName),
  },
  {
    id: 'firstActivity',
    header: 'First activity',
    width: 120,
    sortable: true,
    hidden: true,
    render: (row) => <TimeText value={row.firstActivity} />,
  },
  {
    id: 'createdAt',
    header: 'Created',
    width: 120,
    sortable: true,
    hidden: true,
    render: (row) => <TimeText value={row.createdAt} />,
  },
];
