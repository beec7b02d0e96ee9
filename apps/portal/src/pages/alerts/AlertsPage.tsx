import { Button, Text } from '@fluentui/react-components';
import { Alert20Regular } from '@fluentui/react-icons/svg/alert';
import { ALERT_STATUSES, type AlertChanges, type AlertSummary } from '@parapet/schema/wire';
import { Navigate, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useCan, useSession } from '../../api/session.ts';
import { SeverityBadge } from '../../components/Badges.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { EntityChip } from '../../components/EntityChip.tsx';
import { PaneSection } from '../../components/Facts.tsx';
import { FilterBar, type FilterDefinition } from '../../components/FilterBar.tsx';
import { QueueGrid } from '../../components/QueueGrid.tsx';
import { SavedViews } from '../../features/saved-views/SavedViews.tsx';
import { BulkBar, CommentDialog, OutcomeDialog } from '../../features/triage/BulkBar.tsx';
import { useBulk } from '../../features/triage/bulk.ts';
import { sharedFilters, useAssigneeFilter, useFacets } from '../../features/triage/filters.ts';
import { useRangeFilter } from '../../features/triage/RangeFilter.tsx';
import { useLiveList } from '../../lib/liveList.ts';
import { gridProps, useSelection } from '../../lib/queue.ts';
import { visibleText } from '../../lib/text.ts';
import { plural } from '../../lib/time.ts';
import { useUrlState } from '../../lib/urlState.ts';
import { useNow } from '../../lib/useNow.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { ALERT_STATUS_LABEL, categoryLabel, SEVERITIES_DOWN, SEVERITY_LABEL, words } from '../../theme/meaning.ts';
import { ALERT_COLUMNS, ALERT_CSV } from './columns.tsx';
import { AlertFacts } from './parts/AlertFacts.tsx';
import { AssignMenu, ClassifyDialog, StatusMenu } from './parts/ManageMenus.tsx';
import { ALL_CATEGORIES, differsFromStart, QUEUE_START, type QueueState, queueQuery, queueSchema } from './search.ts';

const rowId = (row: AlertSummary) => row.id;

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
  const selection = useSelection(list, rowId);
  const [asking, setAsking] = useState<'classify' | 'comment'>();
  const [target, setTarget] = useState<readonly AlertSummary[]>([]);
  const bulk = useBulk<AlertSummary, AlertChanges>({ path: '/api/alerts', noun: 'alert', rowId, onDone: list.refresh });
  const { rows } = selection;
  const change = (changes: AlertChanges, what: string) => void bulk.run(rows, changes, what);
  const ask = (what: 'classify' | 'comment', of: readonly AlertSummary[]) => {
    setTarget(of);
    setAsking(what);
  };

  return (
    <PageShell
      title="Alerts"
      purpose="Everything the detection rules raised, newest activity first. Related alerts are worked on as an incident."
      fill
      commands={
        <>
          <SavedViews area="alerts" search={raw} />
          <CopyButton value={window.location.href} what="link to this list" labelled />
        </>
      }
      filters={<Filters state={state} setState={setState} raw={raw} />}
    >
      <QueueGrid
        label="Alerts"
        preferenceKey="grid.alerts"
        columns={ALERT_COLUMNS}
        rowId={rowId}
        rowLabel={(row) => visibleText(row.title)}
        {...gridProps(list, state, setState)}
        onOpenPage={(row) => void navigate({ to: '/alerts/$id', params: { id: row.id } })}
        {...(canManage ? { selection: selection.ids, onSelection: selection.select } : {})}
        rowKeys={
          canManage && me
            ? [
                {
                  key: 'e',
                  label: 'Assign to me',
                  run: (row) =>
                    void bulk.run(rows.length ? rows : [row], { assignedTo: me.username }, 'Assigned to you'),
                },
                { key: 'c', label: 'Comment', run: (row) => ask('comment', rows.length ? rows : [row]) },
              ]
            : []
        }
        toolbar={
          <BulkBar
            noun="alert"
            path="/api/alerts"
            query={stableQuery}
            list={list}
            selection={selection}
            csv={ALERT_CSV}
          >
            <AssignMenu onChange={change} />
            <StatusMenu onChange={change} />
            <Button size="small" appearance="subtle" onClick={() => ask('classify', rows)}>
              Classify
            </Button>
            <Button size="small" appearance="subtle" onClick={() => ask('comment', rows)}>
              Comment
            </Button>
          </BulkBar>
        }
        renderPane={(row) => <AlertPane row={row} />}
        empty={<NothingHere filtered={differsFromStart(raw)} />}
      />
      {asking === 'classify' ? (
        <ClassifyDialog
          subject={plural(target.length, 'alert')}
          classification={null}
          determination={null}
          onClose={() => setAsking(undefined)}
          onClassify={async (changes) => {
            await bulk.run(target, changes, changes.status ? 'Classified and resolved' : 'Classified');
            selection.clear();
            return true;
          }}
        />
      ) : null}
      {asking === 'comment' ? (
        <CommentDialog
          subject={plural(target.length, 'alert')}
          draftKey="alerts"
          onClose={() => setAsking(undefined)}
          onComment={(text) => bulk.run(target, {}, 'Commented', text)}
        />
      ) : null}
      {bulk.outcome ? (
        <OutcomeDialog outcome={bulk.outcome} noun="alert" onClose={bulk.dismiss} onSelect={selection.select} />
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
}: {
  readonly state: QueueState;
  readonly setState: (patch: Partial<QueueState>) => void;
  readonly raw: Readonly<Record<string, string>>;
}) {
  const navigate = useNavigate();
  const facets = useFacets();
  const set =
    (key: keyof QueueState) =>
    (values: string[]): void =>
      setState({ [key]: values, page: 1, row: '' } as unknown as Partial<QueueState>);
  const assignees = useAssigneeFilter(state.assignedTo, set('assignedTo'));
  const range = useRangeFilter('Activity', state, (chosen) => setState({ ...chosen, page: 1, row: '' }));
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
    assignees,
    {
      id: 'source',
      label: 'Source',
      options: [...new Set([...facets.detectionSources, ...state.source])].map((value) => ({
        value,
        label: words(value),
      })),
      selected: state.source,
      onChange: set('source'),
    },
    range.filter,
    ...(state.incidentId.length > 0
      ? [
          {
            id: 'incidentId',
            label: 'Incident',
            options: state.incidentId.map((value) => ({ value, label: value })),
            selected: state.incidentId,
            onChange: set('incidentId'),
          },
        ]
      : []),
    ...sharedFilters(state, facets, set),
  ];
  return (
    <>
      <FilterBar
        filters={filters}
        search={{
          value: state.search,
          onChange: (search) => setState({ search, page: 1, row: '' }),
          placeholder: 'Title, id or asset',
        }}
        onReset={differsFromStart(raw) ? () => void navigate({ to: '/alerts', search: QUEUE_START }) : undefined}
      />
      {range.dialog}
    </>
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
