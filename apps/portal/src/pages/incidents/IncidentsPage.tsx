import { Button } from '@fluentui/react-components';
import { ShieldCheckmark24Regular } from '@fluentui/react-icons/svg/shield-checkmark';
import type { IncidentChanges, IncidentSummary } from '@parapet/schema/wire';
import { INCIDENT_STATUSES } from '@parapet/schema/wire';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useCan, useSession } from '../../api/session.ts';
import { SeverityBadge } from '../../components/Badges.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { FilterBar, type FilterDefinition } from '../../components/FilterBar.tsx';
import { QueueGrid } from '../../components/QueueGrid.tsx';
import { SavedViews } from '../../features/saved-views/SavedViews.tsx';
import { BulkBar, CommentDialog, OutcomeDialog } from '../../features/triage/BulkBar.tsx';
import { useBulk } from '../../features/triage/bulk.ts';
import { sharedFilters, useAssigneeFilter, useFacets } from '../../features/triage/filters.ts';
import { useRangeFilter } from '../../features/triage/RangeFilter.tsx';
import { useLiveList } from '../../lib/liveList.ts';
import { gridProps, useSelection } from '../../lib/queue.ts';
import { stringifySearch } from '../../lib/searchString.ts';
import { visibleText } from '../../lib/text.ts';
import { plural } from '../../lib/time.ts';
import { useUrlState } from '../../lib/urlState.ts';
import { useNow } from '../../lib/useNow.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { Redirect } from '../../shell/Redirect.tsx';
import { categoryLabel, INCIDENT_STATUS_LABEL, SEVERITIES_DOWN, SEVERITY_LABEL, words } from '../../theme/meaning.ts';
import { INCIDENT_COLUMNS, INCIDENT_CSV } from './columns.tsx';
import { AssignMenu, StatusMenu } from './parts/ChangeMenus.tsx';
import { IncidentPane } from './parts/IncidentPane.tsx';
import { MergeDialog, MOST_MERGED } from './parts/merge.tsx';
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

const rowId = (row: IncidentSummary) => row.id;

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
  const signature = JSON.stringify({ ...query, from: state.from || state.range });
  // biome-ignore lint/correctness/useExhaustiveDependencies: keyed by what the list depends on
  const stableQuery = useMemo(() => query, [signature]);
  const list = useLiveList<IncidentSummary>('/api/incidents', stableQuery, rowId);
  const selection = useSelection(list, rowId);
  const [asking, setAsking] = useState<'resolve' | 'comment' | 'merge'>();
  const [target, setTarget] = useState<readonly IncidentSummary[]>([]);
  const bulk = useBulk<IncidentSummary, IncidentChanges>({
    path: '/api/incidents',
    noun: 'incident',
    rowId,
    onDone: list.refresh,
  });
  const { rows } = selection;
  const change = (changes: IncidentChanges, what: string) => void bulk.run(rows, changes, what);
  const ask = (what: 'resolve' | 'comment' | 'merge', of: readonly IncidentSummary[]) => {
    setTarget(of);
    setAsking(what);
  };

  return (
    <PageShell
      title="Incidents"
      purpose="Alerts that belong together, most recently updated first. Pick one, decide what it is, close it."
      fill
      commands={
        <>
          <SavedViews area="incidents" search={raw} />
          <CopyButton value={window.location.href} what="link to this list" labelled />
        </>
      }
      filters={<Filters state={state} setState={setState} raw={raw} />}
    >
      <QueueGrid
        label="Incidents"
        preferenceKey="grid.incidents"
        columns={INCIDENT_COLUMNS}
        rowId={rowId}
        rowLabel={(row) => visibleText(row.name)}
        {...gridProps(list, state, setState)}
        onOpenPage={(row) => void navigate({ to: '/incidents/$id', params: { id: row.id } })}
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
            noun="incident"
            path="/api/incidents"
            query={stableQuery}
            list={list}
            selection={selection}
            csv={INCIDENT_CSV}
          >
            <AssignMenu onChange={change} />
            <StatusMenu onChange={change} onResolve={() => ask('resolve', rows)} />
            <Button size="small" appearance="subtle" onClick={() => ask('comment', rows)}>
              Comment
            </Button>
            <Button
              size="small"
              appearance="subtle"
              disabled={rows.length < 2 || rows.length > MOST_MERGED}
              title={`Two to ${MOST_MERGED} incidents can be merged at once`}
              onClick={() => ask('merge', rows)}
            >
              Merge
            </Button>
          </BulkBar>
        }
        renderPane={(row) => <IncidentPane row={row} />}
        empty={<NothingHere filtered={differsFromStart(raw)} />}
      />
      {asking === 'resolve' ? (
        <ResolveDialog
          onClose={() => setAsking(undefined)}
          subject={plural(target.length, 'incident')}
          openAlerts={target.reduce((sum, row) => sum + row.activeAlerts, 0)}
          draftKey="bulk"
          onResolve={async (changes) => {
            await bulk.run(target, changes, 'Resolved');
            selection.clear();
            return true;
          }}
        />
      ) : null}
      {asking === 'merge' ? (
        <MergeDialog
          incidents={target}
          onClose={() => setAsking(undefined)}
          onMerged={() => {
            selection.clear();
            list.refresh();
          }}
        />
      ) : null}
      {asking === 'comment' ? (
        <CommentDialog
          subject={plural(target.length, 'incident')}
          draftKey="incidents"
          onClose={() => setAsking(undefined)}
          onComment={(text) => bulk.run(target, {}, 'Commented', text)}
        />
      ) : null}
      {bulk.outcome ? (
        <OutcomeDialog outcome={bulk.outcome} noun="incident" onClose={bulk.dismiss} onSelect={selection.select} />
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
  const facets = useFacets();
  const set =
    (key: keyof QueueState) =>
    (values: string[]): void =>
      setState({ [key]: values, page: 1, row: '' } as unknown as Partial<QueueState>);
  const assignees = useAssigneeFilter(state.assignedTo, set('assignedTo'));
  const range = useRangeFilter('Updated', state, (chosen) => setState({ ...chosen, page: 1, row: '' }));

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
    assignees,
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
      optional: true,
      options: [...new Set([...facets.detectionSources, ...state.source])].map((value) => ({
        value,
        label: words(value),
      })),
      selected: state.source,
      onChange: set('source'),
    },
    range.filter,
    {
      id: 'several',
      label: 'Several',
      optional: true,
      options: [
        { value: 'sources', label: 'Several detection sources' },
        { value: 'categories', label: 'Several categories' },
      ],
      selected: state.several,
      onChange: set('several'),
    },
    {
      id: 'background',
      label: 'Background',
      optional: true,
      options: [
        { value: 'include', label: 'Background incidents too' },
        { value: 'only', label: 'Background incidents alone' },
      ],
      selected: state.background,
      onChange: (values) => set('background')(values.slice(-1)),
    },
    {
      id: 'mention',
      label: 'Mentions',
      optional: true,
      options: [{ value: 'me', label: 'Me' }],
      selected: state.mention,
      onChange: set('mention'),
    },
    ...sharedFilters(state, facets, set),
  ];
  return (
    <>
      <FilterBar
        filters={filters}
        search={{
          value: state.search,
          onChange: (search) => setState({ search, page: 1, row: '' }),
          placeholder: 'Name, id or asset',
        }}
        onReset={differsFromStart(raw) ? () => void navigate({ to: '/incidents', search: QUEUE_START }) : undefined}
      />
      {range.dialog}
    </>
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
