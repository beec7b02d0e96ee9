import {
  Button,
  Link,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  ProgressBar,
  Spinner,
  Tab,
  TabList,
  Text,
  tokens,
} from '@fluentui/react-components';
import { WindowConsole20Regular } from '@fluentui/react-icons/svg/window-console';
import { type HuntDiagnostic, type HuntResult, queryUse } from '@parapet/schema/wire';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { ApiError } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { HrefLink } from '../../components/HrefLink.tsx';
import {
  addOperator,
  addWhere,
  type CellActions,
  extendPath,
  ResultsPanel,
} from '../../features/results-grid/index.ts';
import { formatBytes } from '../../lib/bytes.ts';
import { duration, formatCount } from '../../lib/time.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { useAppearance } from '../../theme/Appearance.tsx';
import { Diagnostics } from './Diagnostics.tsx';
import type { RunQuestion, TabRun } from './runs.ts';
import { rangeLabel } from './TimePicker.tsx';

const LinkDialog = lazy(() => import('./link/LinkDialog.tsx').then((module) => ({ default: module.LinkDialog })));

const useStyles = makeStyles({
  area: { display: 'flex', flexDirection: 'column', flexGrow: 1, minHeight: 0, minWidth: 0 },
  progress: {
    display: 'flex',
    alignItems: 'center',
    gap: '12px',
    padding: '6px 12px',
    flexShrink: 0,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  bar: { height: '2px', flexShrink: 0 },
  notices: { display: 'flex', flexDirection: 'column', gap: '4px', padding: '4px 8px', flexShrink: 0 },
  tables: {
    flexShrink: 0,
    padding: '0 8px',
    overflowX: 'auto',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  soft: { color: tokens.colorNeutralForeground3 },
  foot: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: '4px 16px',
    alignItems: 'center',
    padding: '3px 12px',
    minHeight: '28px',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground2,
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
    flexShrink: 0,
  },
});

export interface RunOutcomeProps {
  readonly run: TabRun | undefined;
  readonly onCancel: () => void;
  readonly onRetry: () => void;
  /** Jump to the place of a message in the editor. */
  readonly onReveal: (diagnostic: HuntDiagnostic) => void;
  /** Put the suggestion in the place of the text it speaks of. */
  readonly onFix: (diagnostic: HuntDiagnostic) => void;
  /** Put a rewritten query where the old one stood, and run it. */
  readonly onRewrite: (question: RunQuestion, query: string) => void;
  readonly fileName: string;
}

/** What became of a run: rows, a picture, messages with their places, or what to do next. */
export function RunOutcome({ run, onCancel, onRetry, onReveal, onFix, onRewrite, fileName }: RunOutcomeProps) {
  const styles = useStyles();
  if (!run)
    return (
      <EmptyState
        icon={WindowConsole20Regular}
        title="Run a query to see rows"
        reason="Shift+Enter runs the query at the cursor; a selection runs alone. Blank lines separate queries."
      />
    );
  const { shown } = run;
  const question = shown?.question;
  const actions: CellActions = question
    ? {
        onWhere: (clause) => onRewrite(question, addWhere(question.query, clause)),
        onExtend: (column, path) => onRewrite(question, extendPath(question.query, column, path)),
      }
    : {};
  const failed = run.state === 'failed';
  return (
    <div className={styles.area}>
      {run.state === 'running' ? <Running run={run} onCancel={onCancel} /> : null}
      {run.state === 'cancelled' ? (
        <div className={styles.notices}>
          <MessageBar intent="info">
            <MessageBarBody>
              The run was cancelled after {duration(Date.now() - run.startedAt)}
              {shown ? '; the rows below are from the run before.' : '.'}
            </MessageBarBody>
          </MessageBar>
        </div>
      ) : null}
      {failed ? <Failure run={run} onRetry={onRetry} onReveal={onReveal} onFix={onFix} /> : null}
      {shown && !failed ? (
        <>
          <Notices shown={shown} onReveal={onReveal} onRewrite={onRewrite} />
          <Tables result={shown.result} query={shown.question.query} actions={actions} fileName={fileName} />
          <Footer shown={shown} />
        </>
      ) : null}
    </div>
  );
}

/** Each result table as a result of its own; only the first is drawn as the query says. */
function tablesOf(result: HuntResult): readonly { id: string; name: string; result: HuntResult }[] {
  const { more = [], render: _, ...plain } = result;
  return [
    { id: 'first', name: result.name ?? 'Result1', result },
    ...more.map(({ name, columns, rows, truncated }, index) => ({
      id: `more-${index}`,
      name,
      result: { ...plain, columns, rows, truncated },
    })),
  ];
}

/** The rows of a run; one tab for each table when there are several. */
function Tables({
  result,
  query,
  actions,
  fileName,
}: {
  readonly result: HuntResult;
  readonly query: string;
  readonly actions: CellActions;
  readonly fileName: string;
}) {
  const styles = useStyles();
  const all = useMemo(() => tablesOf(result), [result]);
  const [chosen, setChosen] = useState({ result, index: 0 });
  const index = chosen.result === result ? chosen.index : 0;
  const table = all[index] ?? all[0]!;
  const mayLink = useCan('Alerts.Manage');
  const [linking, setLinking] = useState<readonly number[]>();
  const onLink = mayLink ? setLinking : undefined;
  const dialog = linking ? (
    <Suspense fallback={null}>
      <LinkDialog result={table.result} rows={linking} query={query} onClose={() => setLinking(undefined)} />
    </Suspense>
  ) : null;
  if (all.length === 1)
    return (
      <>
        <ResultsPanel result={result} actions={actions} fileName={fileName} onLink={onLink} />
        {dialog}
      </>
    );
  return (
    <>
      {dialog}
      <TabList
        size="small"
        className={styles.tables}
        aria-label="Result tables"
        selectedValue={index}
        onTabSelect={(_, data) => setChosen({ result, index: data.value as number })}
      >
        {all.map((one, at) => (
          <Tab key={one.id} value={at}>
            {one.name} ({formatCount(one.result.rows.length)}
            {one.result.truncated ? '+' : ''})
          </Tab>
        ))}
      </TabList>
      <ResultsPanel result={table.result} actions={actions} fileName={`${fileName}-${table.name}`} onLink={onLink} />
    </>
  );
}

function Running({ run, onCancel }: { readonly run: TabRun; readonly onCancel: () => void }) {
  const styles = useStyles();
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 200);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      <div className={styles.bar}>
        <ProgressBar thickness="medium" aria-label="The query is running" />
      </div>
      <div className={styles.progress}>
        <Spinner size="tiny" aria-hidden />
        <Text size={200}>
          {run.cancelling
            ? 'Cancelling'
            : run.place === undefined
              ? 'Running'
              : `Waiting at place ${run.place}, because other queries of yours run,`}{' '}
          for {duration(now - run.startedAt)}
          {run.shown ? '; the rows below are from the run before' : ''}
        </Text>
        <Button size="small" disabled={run.cancelling} onClick={onCancel}>
          Cancel run
        </Button>
      </div>
    </>
  );
}

function Failure({
  run,
  onRetry,
  onReveal,
  onFix,
}: Pick<RunOutcomeProps, 'onRetry' | 'onReveal' | 'onFix'> & { readonly run: TabRun }) {
  const styles = useStyles();
  const { diagnostics, error } = run;
  if (!diagnostics || diagnostics.length === 0)
    return <ErrorState error={error} title="The query did not finish" onRetry={onRetry} />;
  return (
    <>
      <div className={styles.notices}>
        <MessageBar intent="error">
          <MessageBarBody>
            <MessageBarTitle>The query could not be understood</MessageBarTitle>
            {diagnostics.length === 1 ? 'One place needs a change.' : `${diagnostics.length} places need a change.`}{' '}
            Nothing was run.
            {error instanceof ApiError && error.requestId ? (
              <span className={styles.soft}> Reference {error.requestId}</span>
            ) : null}
          </MessageBarBody>
        </MessageBar>
      </div>
      <Diagnostics list={diagnostics} onReveal={onReveal} onFix={onFix} />
    </>
  );
}

function Notices({
  shown,
  onReveal,
  onRewrite,
}: { readonly shown: NonNullable<TabRun['shown']> } & Pick<RunOutcomeProps, 'onReveal' | 'onRewrite'>) {
  const styles = useStyles();
  const { result, question } = shown;
  if (!result.truncated && result.warnings.length === 0) return null;
  return (
    <div className={styles.notices}>
      {result.truncated ? (
        <MessageBar intent="warning">
          <MessageBarBody>
            <MessageBarTitle>Only the first {formatCount(result.maxRows)} rows are shown</MessageBarTitle>
            The query matches more. Narrow the time range, keep fewer columns with project, or{' '}
            <Link inline onClick={() => onRewrite(question, addOperator(question.query, 'summarize Rows = count()'))}>
              count them instead
            </Link>
            .
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {result.warnings.map((warning) => (
        <MessageBar key={`${warning.start}|${warning.message}`} intent="info">
          <MessageBarBody>
            {warning.message}
            {warning.suggestion && !warning.message.includes(warning.suggestion) ? ` ${warning.suggestion}` : ''}{' '}
            <Link inline onClick={() => onReveal(warning)}>
              Line {warning.line}, column {warning.column}
            </Link>
          </MessageBarBody>
        </MessageBar>
      ))}
    </div>
  );
}

const USE = { low: 'low', medium: 'medium', high: 'high' } as const;

function Footer({ shown }: { readonly shown: NonNullable<TabRun['shown']> }) {
  const styles = useStyles();
  const { zone } = useAppearance();
  const { result, question } = shown;
  const rows = (result.more ?? []).reduce((sum, table) => sum + table.rows.length, result.rows.length);
  return (
    <section className={styles.foot} aria-label="About this run">
      <span>
        {formatCount(rows)} {rows === 1 ? 'row' : 'rows'}
        {result.more?.length ? ` in ${result.more.length + 1} tables` : ''}
        {result.truncated || result.more?.some((table) => table.truncated) ? ' (cut)' : ''}
      </span>
      <span title={`of which ${duration(result.stats.compileMs)} to understand the query`}>
        {duration(result.stats.elapsedMs)}
      </span>
      <span>
        {formatCount(result.stats.rowsRead)} rows, {formatBytes(result.stats.bytesRead)} read
      </span>
      <HrefLink
        href="/hunting/usage"
        className={styles.soft}
        title="From the time in the engine and the bytes read; opens the report of all runs"
      >
        Resource use {USE[queryUse(result.stats)]}
      </HrefLink>
      <span>{result.filtersTime ? 'Time set in the query' : rangeLabel(question.range, zone)}</span>
      {result.tables.length > 0 ? (
        <span title={result.tables.join('\n')}>
          {result.tables.slice(0, 3).join(', ')}
          {result.tables.length > 3 ? ` and ${result.tables.length - 3} more tables` : ''}
        </span>
      ) : null}
    </section>
  );
}
