import { Button, makeStyles, Switch, Text, tokens } from '@fluentui/react-components';
import { ClipboardCode20Regular } from '@fluentui/react-icons/svg/clipboard-code';
import type { DetectionInfo } from '@parapet/schema/wire';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useCan } from '../../api/session.ts';
import { SeverityBadge, Tag } from '../../components/Badges.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { PaneSection } from '../../components/Facts.tsx';
import { FilterBar } from '../../components/FilterBar.tsx';
import { type QueueColumn, QueueGrid } from '../../components/QueueGrid.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { KqlBlock } from '../../features/kusto-editor/KqlBlock.tsx';
import { useLiveList } from '../../lib/liveList.ts';
import { gridProps } from '../../lib/queue.ts';
import { visibleText } from '../../lib/text.ts';
import { formatCount, plural } from '../../lib/time.ts';
import { useUrlState } from '../../lib/urlState.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { categoryLabel, SEVERITIES_DOWN, SEVERITY_LABEL } from '../../theme/meaning.ts';
import { ImportDialog } from './parts/ImportDialog.tsx';
import { Notices } from './parts/Notices.tsx';
import { RuleStatus } from './parts/RuleStatus.tsx';
import { RuleFacts } from './RuleFacts.tsx';
import { ALL_CATEGORIES, type RulesState, rulesQuery, rulesSchema } from './search.ts';
import { useSetEnabled } from './useDetections.ts';
import { engineTime, STATUS_LABEL, scheduleText } from './words.ts';

const rowId = (row: DetectionInfo) => row.id;

const useStyles = makeStyles({
  link: {
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    textDecoration: 'none',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    ':hover': { color: tokens.colorBrandForegroundLinkHover, textDecoration: 'underline' },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  name: { display: 'inline-flex', alignItems: 'center', gap: '6px', minWidth: 0, maxWidth: '100%' },
  switch: { margin: '-6px 0' },
});

function NameLink({ rule }: { readonly rule: DetectionInfo }) {
  const styles = useStyles();
  return (
    <span className={styles.name}>
      <Link to="/detections/$id" params={{ id: rule.id }} className={styles.link} title={visibleText(rule.name)}>
        {visibleText(rule.name)}
      </Link>
      {rule.shadow ? <Tag title="Runs and counts, alerts nobody">Shadow</Tag> : null}
      {rule.template && rule.template.version < rule.template.latest ? (
        <Tag title="The delivered rule that this one was made from has changed">Update</Tag>
      ) : null}
    </span>
  );
}

function columns(
  canTune: boolean,
  setEnabled: (rule: DetectionInfo, enabled: boolean) => void,
  className: string,
): readonly QueueColumn<DetectionInfo>[] {
  return [
    { id: 'name', header: 'Rule', sortable: true, required: true, render: (row) => <NameLink rule={row} /> },
    {
      id: 'enabled',
      header: 'On',
      width: 80,
      sortable: true,
      render: (row) =>
        canTune ? (
          <Switch
            className={className}
            checked={row.enabled}
            disabled={row.status === 'broken'}
            aria-label={`${visibleText(row.name)} is enabled`}
            onChange={(_, data) => setEnabled(row, data.checked)}
          />
        ) : row.enabled ? (
          'Yes'
        ) : (
          'No'
        ),
    },
    { id: 'status', header: 'Status', width: 108, sortable: true, render: (row) => <RuleStatus rule={row} /> },
    {
      id: 'severity',
      header: 'Severity',
      width: 126,
      sortable: true,
      render: (row) => <SeverityBadge severity={row.severity} />,
    },
    {
      id: 'category',
      header: 'Category',
      width: 150,
      sortable: true,
      hidden: true,
      render: (row) => categoryLabel(row.category),
    },
    { id: 'techniques', header: 'Techniques', width: 104, render: (row) => row.techniques.join(', ') || '–' },
    { id: 'kind', header: 'Runs', width: 112, sortable: true, render: (row) => scheduleText(row) },
    {
      id: 'lastRun',
      header: 'Last run',
      width: 116,
      sortable: true,
      render: (row) => <TimeText value={row.lastRun} />,
    },
    {
      id: 'nextRun',
      header: 'Next run',
      width: 112,
      sortable: true,
      hidden: true,
      render: (row) => (row.nextRun ? <TimeText value={row.nextRun} /> : row.enabled ? 'On arrival' : '–'),
    },
    {
      id: 'lastRows',
      header: 'Last results',
      width: 104,
      align: 'end',
      sortable: true,
      hidden: true,
      render: (row) => (row.lastRows === null ? '–' : formatCount(row.lastRows)),
    },
    {
      id: 'alerts30d',
      header: 'Alerts (30 d)',
      width: 98,
      align: 'end',
      sortable: true,
      render: (row) =>
        row.alerts30d === 0 ? (
          '0'
        ) : (
          <Link to="/alerts" search={{ ruleId: row.id, range: '30d' }}>
            {formatCount(row.alerts30d)}
          </Link>
        ),
    },
    {
      id: 'cost',
      header: 'Engine (24 h)',
      width: 104,
      align: 'end',
      sortable: true,
      render: (row) => (
        <span title={`${formatCount(row.cost.rowsRead)} rows read in ${formatCount(row.cost.runs)} runs`}>
          {engineTime(row.cost.engineMs)}
        </span>
      ),
    },
    { id: 'createdBy', header: 'Made by', width: 88, sortable: true, render: (row) => visibleText(row.createdBy) },
    {
      id: 'owner',
      header: 'Owner',
      width: 110,
      sortable: true,
      hidden: true,
      render: (row) => visibleText(row.owner) || '–',
    },
    { id: 'tables', header: 'Tables', width: 200, hidden: true, render: (row) => row.tables.join(', ') || '–' },
  ];
}

/** The rules that turn rows into alerts. */
export function DetectionsPage() {
  const styles = useStyles();
  const [state, setState] = useUrlState(rulesSchema);
  const navigate = useNavigate();
  const canTune = useCan('DetTune.Manage');
  const signature = JSON.stringify(rulesQuery(state));
  // biome-ignore lint/correctness/useExhaustiveDependencies: keyed by what the list depends on
  const query = useMemo(() => rulesQuery(state), [signature]);
  const list = useLiveList<DetectionInfo>('/api/detections', query, rowId);
  const setEnabled = useSetEnabled();
  const { patch } = list;
  const shownColumns = useMemo(
    () =>
      columns(
        canTune,
        (rule, enabled) => {
          const back = (value: boolean) => patch(new Set([rule.id]), (row) => ({ ...row, enabled: value }));
          back(enabled);
          void setEnabled(rule, enabled);
        },
        styles.switch,
      ),
    [canTune, patch, setEnabled, styles.switch],
  );
  const [importing, setImporting] = useState(false);
  const filtered =
    Boolean(
      state.search ||
        state.enabled ||
        state.origin ||
        state.shadow ||
        state.update ||
        state.couldBeContinuous ||
        state.table ||
        state.technique,
    ) || [state.severity, state.category, state.kind, state.status].some((list) => list.length > 0);
  const reset = () =>
    setState({
      search: '',
      kind: [],
      status: [],
      enabled: '',
      origin: '',
      shadow: '',
      update: '',
      couldBeContinuous: '',
      table: '',
      technique: '',
      severity: [],
      category: [],
      page: 1,
      row: '',
    });
  const one = (key: 'enabled' | 'origin') => (values: string[]) =>
    setState({ [key]: values.at(-1) ?? '', page: 1, row: '' } as Partial<RulesState>);
  return (
    <PageShell
      title="Detection rules"
      purpose="KQL over incoming rows; what a rule returns becomes an alert."
      fill
      commands={
        <>
          {canTune ? (
            <>
              <Button size="small" appearance="primary" onClick={() => void navigate({ to: '/detections/new' })}>
                New rule
              </Button>
              <Button size="small" onClick={() => setImporting(true)}>
                Import
              </Button>
              <Button size="small" onClick={() => void navigate({ to: '/detections/sigma' })}>
                Import Sigma rules
              </Button>
            </>
          ) : null}
          <Button size="small" as="a" href="/api/detections/export" download="detections.yaml">
            Export own rules
          </Button>
          <CopyButton value={window.location.href} what="link to this list" labelled />
        </>
      }
      filters={
        <FilterBar
          search={{
            value: state.search,
            onChange: (search) => setState({ search, page: 1, row: '' }),
            placeholder: 'Title, technique or table',
          }}
          filters={[
            {
              id: 'severity',
              label: 'Severity',
              options: SEVERITIES_DOWN.map((value) => ({
                value,
                label: SEVERITY_LABEL[value],
                icon: <SeverityBadge severity={value} iconOnly />,
              })),
              selected: state.severity,
              onChange: (values) => setState({ severity: values as RulesState['severity'], page: 1, row: '' }),
            },
            {
              id: 'category',
              label: 'Category',
              options: ALL_CATEGORIES.map((value) => ({ value, label: categoryLabel(value) })),
              selected: state.category,
              onChange: (values) => setState({ category: values as RulesState['category'], page: 1, row: '' }),
            },
            {
              id: 'kind',
              label: 'Type',
              options: [
                { value: 'continuous', label: 'On arriving rows' },
                { value: 'nearRealTime', label: 'Near real time' },
                { value: 'scheduled', label: 'Scheduled' },
              ],
              selected: state.kind,
              onChange: (values) => setState({ kind: values as RulesState['kind'], page: 1, row: '' }),
            },
            {
              id: 'status',
              label: 'Status',
              options: Object.entries(STATUS_LABEL).map(([value, label]) => ({ value, label })),
              selected: state.status,
              onChange: (values) => setState({ status: values as RulesState['status'], page: 1, row: '' }),
            },
            {
              id: 'origin',
              label: 'Made by',
              options: [
                { value: 'builtIn', label: 'Delivered' },
                { value: 'own', label: 'People here' },
              ],
              selected: state.origin ? [state.origin] : [],
              onChange: one('origin'),
            },
            {
              id: 'enabled',
              label: 'On',
              options: [
                { value: 'yes', label: 'Yes' },
                { value: 'no', label: 'No' },
              ],
              selected: state.enabled ? [state.enabled] : [],
              onChange: one('enabled'),
            },
            {
              id: 'more',
              label: 'More',
              options: [
                { value: 'shadow', label: 'In shadow' },
                { value: 'update', label: 'Update available' },
                { value: 'couldBeContinuous', label: 'Could run on arrival' },
              ],
              selected: (['shadow', 'update', 'couldBeContinuous'] as const).filter((key) => state[key] === 'yes'),
              onChange: (values) =>
                setState({
                  shadow: values.includes('shadow') ? 'yes' : '',
                  update: values.includes('update') ? 'yes' : '',
                  couldBeContinuous: values.includes('couldBeContinuous') ? 'yes' : '',
                  page: 1,
                  row: '',
                }),
            },
          ]}
          onReset={filtered ? reset : undefined}
        />
      }
    >
      <Notices />
      <QueueGrid
        label="Detection rules"
        preferenceKey="grid.detections"
        columns={shownColumns}
        rowId={rowId}
        rowLabel={(row) => visibleText(row.name)}
        {...gridProps(list, state, setState)}
        onOpenPage={(row) => void navigate({ to: '/detections/$id', params: { id: row.id } })}
        toolbar={<Text aria-live="polite">{list.data ? plural(list.data.total, 'rule') : ''}</Text>}
        renderPane={(row) => (
          <>
            <RuleFacts rule={row} />
            <PaneSection title="What it finds">{visibleText(row.description)}</PaneSection>
            <PaneSection title="Query">
              <KqlBlock query={row.query} label="Query of the rule" />
            </PaneSection>
          </>
        )}
        empty={
          filtered ? (
            <EmptyState
              icon={ClipboardCode20Regular}
              title="No rule matches these filters"
              action={<Button onClick={reset}>Show all rules</Button>}
            />
          ) : (
            <EmptyState
              icon={ClipboardCode20Regular}
              title="No rules are loaded"
              reason="Rules are files in the content folder of the server; a file that could not be read is named in the server log."
            />
          )
        }
      />
      {importing ? <ImportDialog onClose={() => setImporting(false)} /> : null}
    </PageShell>
  );
}
