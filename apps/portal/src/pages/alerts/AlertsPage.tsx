import { Button, Text } from '@fluentui/react-components';
import { Alert20Regular } from '@fluentui/react-icons/svg/alert';
import { ALERT_STATUSES, type AlertChanges, type AlertSummary, CLASSIFICATIONS } from '@parapet/schema/wire';
import { Navigate, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useCan, useSession } from '../../api/session.ts';
import { useAssignees } from '../../api/users.ts';
import { SeverityBadge } from '../../components/Badges.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { EntityChip } from '../../components/EntityChip.tsx';
import { PaneSection } from '../../components/Facts.tsx';
import { FilterBar, type FilterDefinition } from '../../components/FilterBar.tsx';
import { formatSort, parseSort, QueueGrid } from '../../components/QueueGrid.tsx';
import { useLiveList } from '../../lib/liveList.ts';
import { visibleText } from '../../lib/text.ts';
import { plural, TIME_RANGE_LABEL, TIME_RANGES, type TimeRange } from '../../lib/time.ts';
import { useUrlState } from '../../lib/urlState.ts';
import { useNow } from '../../lib/useNow.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { ALERT_STATUS_LABEL, categoryLabel, SEVERITIES_DOWN, SEVERITY_LABEL, words } from '../../theme/meaning.ts';
import { ALERT_COLUMNS } from './columns.tsx';
import { AlertFacts } from './parts/AlertFacts.tsx';
import { AssignMenu, ClassifyDialog, StatusMenu } from './parts/ManageMenus.tsx';
import { ALL_CATEGORIES, differsFromStart, QUEUE_START, type QueueState, queueQuery, queueSchema } from './search.ts';
import { useBulkChange } from './useAlert.ts';

const rowId = (row: AlertSummary) => row.id;
const NO_ROWS: ReadonlyMap<string, AlertSummary> = new Map();

/** Alerts: everything the rules raised, also what belongs to incidents. */
export function AlertsPage() {
  const raw = useSearch({ strict: false }) as Record<string, string>;
  if (Object.keys(raw).length === 0) return <Navigate to="/alerts" search={QUEUE_START} replace />;
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
  const signature = JSON.stringify({ ...query, from: state.from || state.range });
  // biome-ignore lint/correctness/useExhaustiveDependencies: keyed by what the list depends on
  const stableQuery = useMemo(() => query, [signature]);
  const list = useLiveList<AlertSummary>('/api/alerts', stableQuery, rowId);
  const [selected, setSelected] = useState(NO_ROWS);
  const [classifying, setClassifying] = useState(false);
  const selection = useMemo(() => new Set(selected.keys()), [selected]);
  const bulk = useBulkChange(list.refresh);
  const rows = [...selected.values()];
  const change = (changes: AlertChanges, what: string) => void bulk(rows, changes, what);

  const select = (ids: ReadonlySet<string>) => {
    const known = new Map([...selected, ...(list.data?.items ?? []).map((row) => [row.id, row] as const)]);
    setSelected(new Map([...ids].flatMap((id) => (known.has(id) ? [[id, known.get(id)!] as const] : []))));
  };

  return (
    <PageShell
      title="Alerts"
      purpose="Everything the detection rules raised, newest activity first. Related alerts are worked on as an incident."
      fill
      commands={<CopyButton value={window.location.href} what="link to this list" labelled />}
      filters={
        <Filters
          state={state}
          setState={setState}
          raw={raw}
          sources={(list.data?.items ?? []).map((row) => row.detectionSource)}
        />
      }
    >
      <QueueGrid
        label="Alerts"
        preferenceKey="grid.alerts"
        columns={ALERT_COLUMNS}
        rowId={rowId}
        rowLabel={(row) => visibleText(row.title)}
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
        onOpenPage={(row) => void navigate({ to: '/alerts/$id', params: { id: row.id } })}
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
              <Text weight="semibold">{plural(rows.length, 'alert')} selected</Text>
              <AssignMenu onChange={change} />
              <StatusMenu onChange={change} />
              <Button size="small" appearance="subtle" onClick={() => setClassifying(true)}>
                Classify
              </Button>
              <Button size="small" appearance="transparent" onClick={() => setSelected(NO_ROWS)}>
                Clear selection
              </Button>
            </>
          ) : (
            <Text aria-live="polite">{list.data ? plural(list.data.total, 'alert') : ''}</Text>
          )
        }
        renderPane={(row) => <AlertPane row={row} />}
        empty={<NothingHere filtered={differsFromStart(raw)} />}
      />
      {classifying ? (
        <ClassifyDialog
          subject={plural(rows.length, 'alert')}
          classification={null}
          determination={null}
          onClose={() => setClassifying(false)}
          onClassify={async (changes) => {
            const done = await bulk(rows, changes, 'Classified');
            setSelected(NO_ROWS);
            return done;
          }}
        />
      ) : null}
    </PageShell>
  );
}

function AlertPane({ row }: { readonly row: AlertSummary }) {
  return (
    <>
      <AlertFacts alert={row} />
      <PaneSection title="Impacted assets">
        <span style={{ display: 'flex', gap: 6, flexWrap: 'wrap' }}>
          {row.impactedAssets.length === 0 ? <Text>None named</Text> : null}
          {row.impactedAssets.map((entity) => (
            <EntityChip key={`${entity.type}|${entity.key}`} entity={entity} />
          ))}
        </span>
      </PaneSection>
    </>
  );
}

function Filters({
  state,
  setState,
  raw,
  sources,
}: {
  readonly state: QueueState;
  readonly setState: (patch: Partial<QueueState>) => void;
  readonly raw: Readonly<Record<string, string>>;
  /** Detection sources of the rows on screen: what can be chosen. */
  readonly sources: readonly string[];
}) {
  const navigate = useNavigate();
  const me = useSession()?.user;
  const users = useAssignees();
  const set =
    <K extends keyof QueueState>(key: K) =>
    (values: string[]) =>
      setState({ [key]: values, page: 1, row: '' } as unknown as Partial<QueueState>);
  const only = (key: 'technique' | 'ruleId' | 'incidentId' | 'entity', label: string): FilterDefinition[] =>
    state[key]
      ? [
          {
            id: key,
            label,
            options: [{ value: state[key], label: state[key].replace(/^[a-z]+:/i, '') }],
            selected: [state[key]],
            onChange: (values) => setState({ [key]: values[0] ?? '', page: 1, row: '' }),
          },
        ]
      : [];
  const names = new Set([
    ...users.filter((user) => user.username !== me?.username).map((user) => user.username),
    ...state.assignedTo.filter((name) => name !== 'me' && name !== 'unassigned'),
  ]);
  const filters: FilterDefinition[] = [
    {
      id: 'status',
      label: 'Status',
      options: ALERT_STATUSES.map((value) => ({ value, label: ALERT_STATUS_LABEL[value] })),
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
      id: 'category',
      label: 'Category',
      options: ALL_CATEGORIES.map((value) => ({ value, label: categoryLabel(value) })),
      selected: state.category,
      onChange: set('category'),
    },
    {
      id: 'assignedTo',
      label: 'Assigned to',
      options: [
        { value: 'me', label: 'Me' },
        { value: 'unassigned', label: 'Nobody' },
        ...[...names].map((name) => ({
          value: name,
          label: users.find((user) => user.username === name)?.displayName ?? name,
        })),
      ],
      selected: state.assignedTo,
      onChange: set('assignedTo'),
    },
    {
      id: 'classification',
      label: 'Classification',
      options: CLASSIFICATIONS.map((value) => ({ value, label: words(value) })),
      selected: state.classification,
      onChange: set('classification'),
    },
    {
      id: 'source',
      label: 'Source',
      options: [...new Set([...sources, ...state.source])].map((value) => ({ value, label: words(value) })),
      selected: state.source,
      onChange: set('source'),
    },
    ...only('technique', 'Technique'),
    ...only('ruleId', 'Rule'),
    ...only('incidentId', 'Incident'),
    ...only('entity', 'Entity'),
    state.from
      ? {
          id: 'from',
          label: 'Activity',
          options: [{ value: 'set', label: `from ${state.from}${state.to ? ` to ${state.to}` : ''}` }],
          selected: ['set'],
          onChange: () => setState({ from: '', to: '', page: 1, row: '' }),
        }
      : {
          id: 'range',
          label: 'Activity',
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
        placeholder: 'Title or id',
      }}
      onReset={differsFromStart(raw) ? () => void navigate({ to: '/alerts', search: QUEUE_START }) : undefined}
    />
  );
}

function NothingHere({ filtered }: { readonly filtered: boolean }) {
  const navigate = useNavigate();
  return filtered ? (
    <EmptyState
      icon={Alert20Regular}
      title="No alert matches these filters"
      reason="Alerts that are resolved or older may be filtered out."
      action={
        <Button onClick={() => void navigate({ to: '/alerts', search: { range: 'all' } })}>Show all alerts</Button>
      }
    />
  ) : (
    <EmptyState
      icon={Alert20Regular}
      title="No open alerts in the last week"
      reason="Detection rules raise alerts from incoming events within seconds."
      action={
        <>
          <Button appearance="primary" onClick={() => void navigate({ to: '/alerts', search: { range: 'all' } })}>
            Show all alerts
          </Button>
          <Button onClick={() => void navigate({ to: '/detections' })}>See the rules</Button>
        </>
      }
    />
  );
}
