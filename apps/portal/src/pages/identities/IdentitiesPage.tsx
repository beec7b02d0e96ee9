import { Button, Text } from '@fluentui/react-components';
import { ArrowDownload20Regular } from '@fluentui/react-icons/svg/arrow-download';
import { People20Regular } from '@fluentui/react-icons/svg/people';
import {
  CRITICALITIES,
  IDENTITY_KINDS,
  type IdentityKind,
  type IdentitySummary,
  type InventorySummary,
  makeEntity,
} from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { api, withQuery } from '../../api/client.ts';
import { useSession } from '../../api/session.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { EntityChip } from '../../components/EntityChip.tsx';
import { Facts, PaneSection } from '../../components/Facts.tsx';
import { FilterBar } from '../../components/FilterBar.tsx';
import { type QueueColumn, QueueGrid } from '../../components/QueueGrid.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { CRITICALITY_LABEL } from '../../features/entity-marks/index.ts';
import { SavedViews } from '../../features/saved-views/SavedViews.tsx';
import { useLiveList } from '../../lib/liveList.ts';
import { gridProps } from '../../lib/queue.ts';
import { visibleText } from '../../lib/text.ts';
import { formatCount, plural } from '../../lib/time.ts';
import { useUrlState } from '../../lib/urlState.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { SEVERITY_LABEL } from '../../theme/meaning.ts';
import { Risk } from '../devices/parts/Risk.tsx';
import { BulkMarks } from '../inventory/BulkMarks.tsx';
import { Figures } from '../inventory/Figures.tsx';
import {
  type IdentitiesState,
  identitiesQuery,
  identitiesSchema,
  isFiltered,
  NO_FILTERS,
  RISK_LEVELS,
  SOURCES,
} from './search.ts';

const rowId = (row: IdentitySummary) => row.id;
const KIND_LABEL: Readonly<Record<IdentityKind, string>> = {
  person: 'Person',
  service: 'Service',
  machine: 'Machine',
  system: 'System',
};
const SOURCE_LABEL = { onPremises: 'On-premises', cloud: 'Cloud', hybrid: 'Hybrid' } as const;
const statusOf = ({ enabled }: IdentitySummary): string => (enabled === null ? '–' : enabled ? 'Enabled' : 'Disabled');

function OpenAlerts({ row }: { readonly row: IdentitySummary }) {
  if (row.openAlerts === 0) return <span>0</span>;
  return (
    <Link to="/alerts" search={{ status: 'new,inProgress', entity: `user:${row.id}` }}>
      {formatCount(row.openAlerts)}
    </Link>
  );
}

const COLUMNS: readonly QueueColumn<IdentitySummary>[] = [
  {
    id: 'name',
    header: 'Account',
    sortable: true,
    required: true,
    render: (row) => (
      <Link to="/entities/$type/$key" params={{ type: 'user', key: row.id }} title={visibleText(row.id)}>
        {visibleText(row.name)}
      </Link>
    ),
  },
  {
    id: 'displayName',
    header: 'Name',
    width: 170,
    sortable: true,
    render: (row) => visibleText(row.displayName) || '–',
  },
  { id: 'riskLevel', header: 'Risk', width: 130, sortable: true, render: (row) => <Risk level={row.riskLevel} /> },
  {
    id: 'openAlerts',
    header: 'Open alerts',
    width: 104,
    align: 'end',
    sortable: true,
    render: (row) => <OpenAlerts row={row} />,
  },
  { id: 'kind', header: 'Kind', width: 90, sortable: true, render: (row) => KIND_LABEL[row.kind] },
  { id: 'domain', header: 'Domain', width: 130, sortable: true, render: (row) => visibleText(row.domain) || '–' },
  { id: 'source', header: 'Source', width: 110, render: (row) => SOURCE_LABEL[row.source] },
  { id: 'status', header: 'Status', width: 90, render: statusOf },
  {
    id: 'criticality',
    header: 'Criticality',
    width: 104,
    render: (row) => (row.criticality === 'none' ? '–' : CRITICALITY_LABEL[row.criticality]),
  },
  {
    id: 'tags',
    header: 'Tags',
    width: 150,
    render: (row) => <span title={visibleText(row.tags.join('\n'))}>{visibleText(row.tags.join(', ')) || '–'}</span>,
  },
  {
    id: 'lastSeen',
    header: 'Last seen',
    width: 116,
    sortable: true,
    render: (row) => <TimeText value={row.lastSeen} />,
  },
  {
    id: 'firstSeen',
    header: 'First seen',
    width: 116,
    sortable: true,
    hidden: true,
    render: (row) => <TimeText value={row.firstSeen} />,
  },
  {
    id: 'upn',
    header: 'User principal name',
    width: 200,
    sortable: true,
    hidden: true,
    render: (row) => visibleText(row.upn) || '–',
  },
  { id: 'sid', header: 'SID', width: 200, hidden: true, render: (row) => row.sid || '–' },
  {
    id: 'department',
    header: 'Department',
    width: 140,
    hidden: true,
    render: (row) => visibleText(row.department) || '–',
  },
];

/** Every account that telemetry or a directory names. */
export function IdentitiesPage() {
  const raw = useSearch({ strict: false }) as Record<string, string>;
  const [state, setState] = useUrlState(identitiesSchema);
  const navigate = useNavigate();
  const signature = JSON.stringify(identitiesQuery(state));
  // biome-ignore lint/correctness/useExhaustiveDependencies: keyed by what the list depends on
  const query = useMemo(() => identitiesQuery(state), [signature]);
  const list = useLiveList<IdentitySummary>('/api/identities', query, rowId);
  const summary = useQuery({
    queryKey: ['/api/identities', 'summary'],
    queryFn: ({ signal }) => api.get<InventorySummary>('/api/identities/summary', undefined, signal),
    staleTime: 30_000,
  });
  const canManage = useSession()?.permissions.includes('Alerts.Manage') ?? false;
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const filtered = isFiltered(state);
  const reset = () => setState({ ...NO_FILTERS } as unknown as Partial<IdentitiesState>);
  const pill = <N extends 'kind' | 'risk' | 'criticality' | 'tag' | 'domain' | 'source'>(
    id: N,
    label: string,
    options: readonly (readonly [string, string])[],
  ) => ({
    id,
    label,
    options: options.map(([value, text]) => ({ value, label: text })),
    selected: state[id] as readonly string[],
    onChange: (chosen: string[]) => setState({ [id]: chosen, page: 1, row: '' } as Partial<IdentitiesState>),
  });
  const found = (name: 'tag' | 'domain') =>
    [...new Set([...(summary.data?.values[name] ?? []), ...state[name]])].map((value) => [value, value] as const);
  return (
    <PageShell
      title="Identities"
      purpose="Every account that telemetry or a directory names, with its risk from open alerts."
      fill
      commands={
        <>
          <SavedViews area="identities" search={raw} />
          <CopyButton value={window.location.href} what="link to this list" labelled />
          <Button
            as="a"
            appearance="subtle"
            icon={<ArrowDownload20Regular />}
            href={withQuery('/api/identities/export', { ...query, page: '', pageSize: '' })}
            download
          >
            Export
          </Button>
        </>
      }
      filters={
        <>
          <Figures summary={summary.data} />
          <FilterBar
            search={{
              value: state.search,
              onChange: (search) => setState({ search, page: 1, row: '' }),
              placeholder: 'Name, SID or department',
            }}
            filters={[
              pill(
                'kind',
                'Kind',
                IDENTITY_KINDS.map((value) => [value, KIND_LABEL[value]] as const),
              ),
              pill(
                'risk',
                'Risk',
                RISK_LEVELS.map(
                  (value) => [value, value === 'none' ? 'No known risk' : SEVERITY_LABEL[value]] as const,
                ),
              ),
              pill(
                'criticality',
                'Criticality',
                [...CRITICALITIES].reverse().map((value) => [value, CRITICALITY_LABEL[value]] as const),
              ),
              pill('tag', 'Tag', found('tag')),
              pill('domain', 'Domain', found('domain')),
              pill(
                'source',
                'Source',
                SOURCES.map((value) => [value, SOURCE_LABEL[value]] as const),
              ),
              {
                id: 'enabled',
                label: 'Status',
                options: [
                  { value: 'true', label: 'Enabled' },
                  { value: 'false', label: 'Disabled' },
                ],
                selected: state.enabled ? [state.enabled] : [],
                onChange: (chosen) =>
                  setState({ enabled: (chosen.at(-1) ?? '') as IdentitiesState['enabled'], page: 1, row: '' }),
              },
            ]}
            onReset={filtered ? reset : undefined}
          />
        </>
      }
    >
      <QueueGrid
        label="Identities"
        preferenceKey="grid.identities"
        columns={COLUMNS}
        rowId={rowId}
        rowLabel={(row) => visibleText(row.name)}
        {...gridProps(list, state, setState)}
        onOpenPage={(row) => void navigate({ to: '/entities/$type/$key', params: { type: 'user', key: row.id } })}
        {...(canManage ? { selection: selected, onSelection: setSelected } : {})}
        toolbar={
          selected.size > 0 ? (
            <>
              <Text weight="semibold">{plural(selected.size, 'account')} chosen</Text>
              <BulkMarks
                type="user"
                ids={[...selected]}
                known={summary.data?.values.tag ?? []}
                onDone={() => {
                  setSelected(new Set());
                  list.refresh();
                  void summary.refetch();
                }}
              />
              <Button size="small" appearance="transparent" onClick={() => setSelected(new Set())}>
                Clear selection
              </Button>
            </>
          ) : (
            <Text aria-live="polite">{list.data ? plural(list.data.total, 'account') : ''}</Text>
          )
        }
        renderPane={(row) => <Pane row={row} />}
        empty={
          <EmptyState
            icon={People20Regular}
            title={filtered ? 'No account matches these filters' : 'No accounts yet'}
            {...(filtered
              ? {}
              : { reason: 'An account appears with the first logon, sign-in or process that names it.' })}
            action={
              filtered ? (
                <Button onClick={reset}>Show all accounts</Button>
              ) : (
                <Button appearance="primary" onClick={() => void navigate({ to: '/ingestion' })}>
                  Connect a source
                </Button>
              )
            }
          />
        }
      />
    </PageShell>
  );
}

function Pane({ row }: { readonly row: IdentitySummary }) {
  const [domain = '', name = row.id] = row.id.includes('\\') ? row.id.split('\\', 2) : ['', row.id];
  const entity = row.id.includes('@')
    ? makeEntity('user', { accountUpn: row.id })
    : makeEntity('user', { accountName: name, ...(domain ? { accountDomain: domain } : {}) });
  return (
    <>
      <Facts
        rows={[
          { label: 'Risk', value: <Risk level={row.riskLevel} /> },
          { label: 'Open alerts', value: <OpenAlerts row={row} /> },
          { label: 'Kind', value: KIND_LABEL[row.kind] },
          { label: 'Source', value: SOURCE_LABEL[row.source] },
          { label: 'Status', value: statusOf(row) },
          { label: 'Display name', value: visibleText(row.displayName) || '–' },
          { label: 'User principal name', value: visibleText(row.upn) || '–' },
          { label: 'Department', value: visibleText(row.department) || '–' },
          { label: 'SID', value: row.sid || '–' },
          { label: 'Criticality', value: CRITICALITY_LABEL[row.criticality] },
          { label: 'Tags', value: visibleText(row.tags.join(', ')) || '–' },
          { label: 'First seen', value: <TimeText value={row.firstSeen} mode="absolute" /> },
          { label: 'Last seen', value: <TimeText value={row.lastSeen} mode="absolute" /> },
        ]}
      />
      <PaneSection title="Look closer">{entity ? <EntityChip entity={entity} /> : null}</PaneSection>
    </>
  );
}
