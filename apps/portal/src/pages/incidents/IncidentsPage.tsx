import { Button, Text } from '@fluentui/react-components';
import { ShieldCheckmark24Regular } from '@fluentui/react-icons/svg/shield-checkmark';
import type { IncidentChanges, IncidentSummary } from '@parapet/schema/wire';
import { INCIDENT_STATUSES } from '@parapet/schema/wire';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useCan, useSession } from '../../api/session.ts';
import { useAssignees } from '../../api/users.ts';
import { SeverityBadge } from '../../components/Badges.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { FilterBar, type FilterDefinition } from '../../components/FilterBar.tsx';
import { formatSort, parseSort, QueueGrid } from '../../components/QueueGrid.tsx';
import { useLiveList } from '../../lib/liveList.ts';
import { stringifySearch } from '../../lib/searchString.ts';
import { visibleText } from '../../lib/text.ts';
import { plural, TIME_RANGE_LABEL, TIME_RANGES, type TimeRange } from '../../lib/time.ts';
import { useUrlState } from '../../lib/urlState.ts';
import { useNow } from '../../lib/useNow.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { Redirect } from '../../shell/Redirect.tsx';
import { categoryLabel, INCIDENT_STATUS_LABEL, SEVERITIES_DOWN, SEVERITY_LABEL, words } from '../../theme/meaning.ts';
import { INCIDENT_COLUMNS } from './columns.tsx';
import { AssignMenu, StatusMenu } from './parts/ChangeMenus.tsx';
import { IncidentPane } from './parts/IncidentPane.tsx';
import { ResolveDialog } from './parts/ResolveDialog.tsx';
import {
  ALL_CATEGORIES,
  differsFromStart,
  PRIORITY_BANDS,
  QUEUE_START,
  type QueueState,
  queueQuery,
  queueSchema,
} from './search.ts';
import { useBulkChange } from './useIncidentChanges.ts';

const rowId = (row: IncidentSummary) => row.id;
const NO_ROWS: ReadonlyMap<string, IncidentSummary> = new Map();

/** Detection sources that rules set today; others found in the address stay visible as pills. */
const SOURCES = [
  'microsoftDefenderForEndpoint',
  'microsoftDefenderForIdentity',
  'microsoftDefenderForCloud',
  'customDetection',
];

/** Incidents: what to work on next. */
export function IncidentsPage() {
  const raw = useSearch({ strict: false }) as Record<string, string>;
  if (Object.keys(raw).length === 0) return <Redirect href={`/incidents${stringifySearch(QUEUE_START)}`} />;
  return <Queue raw={raw} />;
}

function Queue({ raw }: { readonly raw: Readonly<Record<string, string>> }) {
  const [state, setState] = useUrlState(queueSchema);
  const navigate = useNavigate();
  const me = useSession()?.user;
  const canManage = useCan('Alerts.Manage');
  const minute = Math.floor(useNow() / 60_000) * 60_000;
  const query = useMemo(() => queueQuery(state, me?.username ?? '', minute), [state, me, minute]);
  // The row in the pane and the passing minute are not another list.
  const signature = JSON.stringify({ ...query, from: state.range });
  // biome-ignore lint/correctness/useExhaustiveDependencies: keyed by what the list depends on
  const stableQuery = useMemo(() => query, [signature]);
  const list = useLiveList<IncidentSummary>('/api/incidents', stableQuery, rowId);
  const [selected, setSelected] = useState(NO_ROWS);
  const [resolving, setResolving] = useState(false);
  const selection = useMemo(() => new Set(selected.keys()), [selected]);
  const bulk = useBulkChange(list.refresh);
  const rows = [...selected.values()];
  const change = (changes: IncidentChanges, what: string) => void bulk(rows, changes, what);

  const select = (ids: ReadonlySet<string>) => {
    const known = new Map([...selected, ...(list.data?.items ?? []).map((row) => [row.id, row] as const)]);
    setSelected(new Map([...ids].map((id) => [id, known.get(id)!] as const).filter(([, row]) => row)));
  };

  return (
    <PageShell
      title="Incidents"
      purpose="Alerts that belong together, most recently updated first. Pick one, decide what it is, close it."
      fill
      commands={<CopyButton value={window.location.href} what="link to this list" labelled />}
      filters={<Filters state={state} setState={setState} raw={raw} />}
    >
      <QueueGrid
        label="Incidents"
        preferenceKey="grid.incidents"
        columns={INCIDENT_COLUMNS}
        rowId={rowId}
        rowLabel={(row) => visibleText(row.name)}
        data={list.data}
        error={list.error}
        isFetching={list.isFetching}
        onRetry={list.retry}
        news={list.news}
        onLoadNews={list.refresh}
        sort={parseSort(state.sort)}
        onSort={(sort) => setState({ sort: formatSort(sort) as QueueState['sort'], page: 1 })}
        onPage={(page) => setState({ page, row: '' }, { push: true })}
        onPageSize={(pageSize) => setState({ pageSize, page: 1 })}
        openId={state.row || undefined}
        onOpenDetails={(id) => setState({ row: id ?? '' })}
        onOpenPage={(row) => void navigate({ to: '/incidents/$id', params: { id: row.id } })}
        {...(canManage ? { selection, onSelection: select } : {})}
        rowKeys={
          canManage && me
            ? [
                {
                  key: 'e',
                  label: 'Assign to me',
                  run: (row) => void bulk(rows.length ? rows : [row], { assignedTo: me.username }, 'Assigned to you'),
                },
              ]
            : []
        }
        toolbar={
          rows.length ? (
            <>
              <Text weight="semibold">{plural(rows.length, 'incident')} selected</Text>
              <AssignMenu onChange={change} />
              <StatusMenu onChange={change} onResolve={() => setResolving(true)} />
              <Button size="small" appearance="transparent" onClick={() => setSelected(NO_ROWS)}>
                Clear selection
              </Button>
            </>
          ) : (
            <Text aria-live="polite">{list.data ? plural(list.data.total, 'incident') : ''}</Text>
          )
        }
        renderPane={(row) => <IncidentPane row={row} />}
        empty={<NothingHere filtered={differsFromStart(raw)} />}
      />
      {resolving ? (
        <ResolveDialog
          open
          onClose={() => setResolving(false)}
          subject={plural(rows.length, 'incident')}
          openAlerts={rows.reduce((sum, row) => sum + row.activeAlerts, 0)}
          draftKey="bulk"
          onResolve={async (changes) => {
            await bulk(rows, changes, 'Resolved');
            setSelected(NO_ROWS);
            return true;
          }}
        />
      ) : null}
    </PageShell>
  );
}

function Filters({
  state,
  setState,
  raw,
}: {
  readonly state: QueueState;
  readonly setState: (patch: Partial<QueueState>) => void;
  readonly raw: Readonly<Record<string, string>>;
}) {
  const navigate = useNavigate();
  const me = useSession()?.user;
  const users = useAssignees();
  const set =
    <K extends keyof QueueState>(key: K) =>
    (values: string[]) =>
      setState({ [key]: values, page: 1, row: '' } as unknown as Partial<QueueState>);
  const extra = (known: readonly string[], chosen: readonly string[]) => [...new Set([...known, ...chosen])];

  const filters: FilterDefinition[] = [
    {
      id: 'status',
      label: 'Status',
      options: INCIDENT_STATUSES.map((value) => ({ value, label: INCIDENT_STATUS_LABEL[value] })),
      selected: state.status,
      onChange: set('status'),
    },
    {
      id: 'severity',
      label: 'Severity',
      options: SEVERITIES_DOWN.map((value) => ({
        value,
        label: SEVERITY_LABEL[value],
        icon: <SeverityBadge severity={value} iconOnly />,
      })),
      selected: state.severity,
      onChange: set('severity'),
    },
    {
      id: 'priority',
      label: 'Priority',
      options: PRIORITY_BANDS.map((value) => ({
        value,
        label: { high: 'High (over 85)', medium: 'Medium (15 to 85)', low: 'Low (under 15)' }[value],
      })),
      selected: state.priority,
      onChange: set('priority'),
    },
    {
      id: 'assignedTo',
      label: 'Assigned to',
      options: [
        { value: 'me', label: 'Me' },
        { value: 'unassigned', label: 'Nobody' },
        ...extra(
          users.filter((user) => user.username !== me?.username).map((user) => user.username),
          state.assignedTo.filter((name) => name !== 'me' && name !== 'unassigned'),
        ).map((name) => ({
          value: name,
          label: users.find((user) => user.username === name)?.displayName ?? name,
        })),
      ],
      selected: state.assignedTo,
      onChange: set('assignedTo'),
    },
    {
      id: 'category',
      label: 'Category',
      options: ALL_CATEGORIES.map((value) => ({ value, label: categoryLabel(value) })),
      selected: state.category,
      onChange: set('category'),
    },
    {
      id: 'source',
      label: 'Source',
      options: extra(SOURCES, state.source).map((value) => ({ value, label: words(value) })),
      selected: state.source,
      onChange: set('source'),
    },
    {
      id: 'range',
      label: 'Updated',
      single: true,
      options: TIME_RANGES.map((value) => ({ value, label: TIME_RANGE_LABEL[value] })),
      selected: [state.range],
      onChange: (values) => setState({ range: (values[0] ?? 'all') as TimeRange, page: 1, row: '' }),
    },
  ];
  return (
    <FilterBar
      filters={filters}
      search={{
        value: state.search,
        onChange: (search) => setState({ search, page: 1, row: '' }),
        placeholder: 'Name, id or asset',
      }}
      onReset={differsFromStart(raw) ? () => void navigate({ to: '/incidents', search: QUEUE_START }) : undefined}
    />
  );
}

function NothingHere({ filtered }: { readonly filtered: boolean }) {
  const navigate = useNavigate();
  return filtered ? (
    <EmptyState
      icon={ShieldCheckmark24Regular}
      title="No incident matches these filters"
      reason="Incidents that are resolved or older may be filtered out."
      action={
        <Button onClick={() => void navigate({ to: '/incidents', search: { range: 'all' } })}>
          Show all incidents
        </Button>
      }
    />
  ) : (
    <EmptyState
      icon={ShieldCheckmark24Regular}
      title="No open incidents"
      reason="Detection rules raise alerts from incoming events, and related alerts come together here as incidents."
      action={
        <>
          <Button appearance="primary" onClick={() => void navigate({ to: '/incidents', search: { range: 'all' } })}>
            Show resolved incidents too
          </Button>
          <Button onClick={() => void navigate({ to: '/ingestion' })}>Check the sources</Button>
        </>
      }
    />
  );
}
