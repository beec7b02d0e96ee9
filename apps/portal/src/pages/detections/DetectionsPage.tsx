import { Button, makeStyles, Switch, Text, tokens } from '@fluentui/react-components';
import { ClipboardCode20Regular } from '@fluentui/react-icons/svg/clipboard-code';
import { Warning16Regular } from '@fluentui/react-icons/svg/warning';
import type { DetectionInfo } from '@parapet/schema/wire';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useCan } from '../../api/session.ts';
import { SeverityBadge } from '../../components/Badges.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { PaneSection } from '../../components/Facts.tsx';
import { FilterBar } from '../../components/FilterBar.tsx';
import { formatSort, parseSort, type QueueColumn, QueueGrid } from '../../components/QueueGrid.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { KqlBlock } from '../../features/kusto-editor/KqlBlock.tsx';
import { useLiveList } from '../../lib/liveList.ts';
import { visibleText } from '../../lib/text.ts';
import { formatCount, plural } from '../../lib/time.ts';
import { useUrlState } from '../../lib/urlState.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { categoryLabel, SEVERITIES_DOWN, SEVERITY_LABEL } from '../../theme/meaning.ts';
import { RuleFacts } from './RuleFacts.tsx';
import { ALL_CATEGORIES, type RulesState, rulesQuery, rulesSchema } from './search.ts';
import { useSetEnabled } from './useDetections.ts';

const rowId = (row: DetectionInfo) => row.id;

const useStyles = makeStyles({
  link: {
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    textDecoration: 'none',
    ':hover': { color: tokens.colorBrandForegroundLinkHover, textDecoration: 'underline' },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  failed: { display: 'inline-flex', alignItems: 'center', gap: '4px' },
  mark: { display: 'flex', color: tokens.colorPaletteRedForeground3 },
  switch: { margin: '-6px 0' },
});

function TitleLink({ rule }: { readonly rule: DetectionInfo }) {
  const styles = useStyles();
  return (
    <Link to="/detections/$id" params={{ id: rule.id }} className={styles.link} title={visibleText(rule.title)}>
      {visibleText(rule.title)}
    </Link>
  );
}

function LastRun({ rule }: { readonly rule: DetectionInfo }) {
  const styles = useStyles();
  if (rule.lastError)
    return (
      <span className={styles.failed} title={visibleText(rule.lastError)}>
        <span className={styles.mark}>
          <Warning16Regular />
        </span>{' '}
        Failed <TimeText value={rule.lastRun} />
      </span>
    );
  return <TimeText value={rule.lastRun} />;
}

function columns(
  canTune: boolean,
  setEnabled: (rule: DetectionInfo, enabled: boolean) => void,
  className: string,
): readonly QueueColumn<DetectionInfo>[] {
  return [
    { id: 'title', header: 'Rule', sortable: true, required: true, render: (row) => <TitleLink rule={row} /> },
    {
      id: 'enabled',
      header: 'Enabled',
      width: 96,
      sortable: true,
      render: (row) =>
        canTune ? (
          <Switch
            className={className}
            checked={row.enabled}
            aria-label={`${visibleText(row.title)} is enabled`}
            onChange={(_, data) => setEnabled(row, data.checked)}
          />
        ) : row.enabled ? (
          'Yes'
        ) : (
          'No'
        ),
    },
    {
      id: 'severity',
      header: 'Severity',
      width: 136,
      sortable: true,
      render: (row) => <SeverityBadge severity={row.severity} />,
    },
    { id: 'category', header: 'Category', width: 168, sortable: true, render: (row) => categoryLabel(row.category) },
    { id: 'techniques', header: 'Techniques', width: 150, render: (row) => row.techniques.join(', ') || '–' },
    {
      id: 'kind',
      header: 'Runs',
      width: 116,
      sortable: true,
      render: (row) => (row.kind === 'continuous' ? 'On arrival' : 'On schedule'),
    },
    {
      id: 'alerts',
      header: 'Alerts',
      width: 84,
      align: 'end',
      sortable: true,
      render: (row) =>
        row.alerts === 0 ? (
          '0'
        ) : (
          <Link to="/alerts" search={{ ruleId: row.id, range: 'all' }}>
            {formatCount(row.alerts)}
          </Link>
        ),
    },
    { id: 'lastRun', header: 'Last run', width: 150, sortable: true, render: (row) => <LastRun rule={row} /> },
    { id: 'tables', header: 'Tables', width: 220, hidden: true, render: (row) => row.tables.join(', ') || '–' },
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
  const filtered =
    Boolean(state.search || state.kind || state.enabled) || state.severity.length > 0 || state.category.length > 0;
  const reset = () => setState({ search: '', kind: '', enabled: '', severity: [], category: [], page: 1, row: '' });
  const one = (key: 'kind' | 'enabled') => (values: string[]) =>
    setState({ [key]: values.at(-1) ?? '', page: 1, row: '' } as Partial<RulesState>);
  return (
    <PageShell
      title="Detection rules"
      purpose="KQL over incoming rows; what a rule returns becomes an alert."
      fill
      commands={<CopyButton value={window.location.href} what="link to this list" labelled />}
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
              label: 'Runs',
              options: [
                { value: 'continuous', label: 'On arrival' },
                { value: 'scheduled', label: 'On schedule' },
              ],
              selected: state.kind ? [state.kind] : [],
              onChange: one('kind'),
            },
            {
              id: 'enabled',
              label: 'Enabled',
              options: [
                { value: 'yes', label: 'Yes' },
                { value: 'no', label: 'No' },
              ],
              selected: state.enabled ? [state.enabled] : [],
              onChange: one('enabled'),
            },
          ]}
          onReset={filtered ? reset : undefined}
        />
      }
    >
      <QueueGrid
        label="Detection rules"
        preferenceKey="grid.detections"
        columns={shownColumns}
        rowId={rowId}
        rowLabel={(row) => visibleText(row.title)}
        data={list.data}
        error={list.error}
        isFetching={list.isFetching}
        onRetry={list.retry}
        news={list.news}
        onLoadNews={list.refresh}
        sort={parseSort(state.sort)}
        onSort={(sort) => setState({ sort: formatSort(sort) as RulesState['sort'], page: 1 })}
        onPage={(page) => setState({ page, row: '' }, { push: true })}
        onPageSize={(pageSize) => setState({ pageSize, page: 1 })}
        openId={state.row || undefined}
        onOpenDetails={(id) => setState({ row: id ?? '' })}
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
    </PageShell>
  );
}
