import {
  Button,
  Link,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Tab,
  TabList,
  Text,
  tokens,
} from '@fluentui/react-components';
import type { HuntDiagnostic, HuntExplanation, HuntResult } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { api } from '../../api/client.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { Mono } from '../../components/Mono.tsx';
import { formatBytes } from '../../lib/bytes.ts';
import { layoutSql } from '../../lib/sql-layout.ts';
import { visibleText } from '../../lib/text.ts';
import { duration, formatCount } from '../../lib/time.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { Diagnostics } from './Diagnostics.tsx';
import type { RunQuestion } from './runs.ts';
import { rangeInstants } from './time-range.ts';

const useStyles = makeStyles({
  pane: { display: 'flex', flexDirection: 'column', flexGrow: 1, minHeight: 0, minWidth: 0 },
  facts: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: '2px 20px',
    margin: 0,
    padding: '6px 16px',
    flexShrink: 0,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    fontSize: tokens.fontSizeBase200,
  },
  fact: { display: 'flex', gap: '6px', alignItems: 'baseline' },
  term: { color: tokens.colorNeutralForeground3 },
  value: { margin: 0 },
  notice: { padding: '4px 8px', flexShrink: 0 },
  tabs: { flexShrink: 0, padding: '0 8px' },
  body: { flexGrow: 1, minHeight: 0, overflow: 'auto', padding: '0 16px 12px' },
  head: {
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'space-between',
    gap: '8px',
    minHeight: '32px',
    padding: '4px 0',
  },
  soft: { color: tokens.colorNeutralForeground3 },
  text: {
    margin: 0,
    padding: '8px 12px',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    lineHeight: '18px',
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    backgroundColor: tokens.colorNeutralBackground3,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    tabSize: 2,
  },
  table: { borderCollapse: 'collapse', fontSize: tokens.fontSizeBase200, width: '100%' },
  cell: {
    textAlign: 'left',
    verticalAlign: 'top',
    padding: '4px 12px 4px 0',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    overflowWrap: 'anywhere',
  },
  heading: { marginTop: '12px' },
});

const STAGES: Readonly<Record<string, string>> = {
  bind: 'Syntax',
  plan: 'Plan',
  optimise: 'Optimise',
  emit: 'SQL',
};

const VIEWS = ['sql', 'optimised', 'plan', 'syntax', 'warnings'] as const;
type View = (typeof VIEWS)[number];

const milliseconds = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

export interface ExplainPaneProps {
  /** What is explained; undefined when the tab holds no query. */
  readonly question: RunQuestion | undefined;
  /** The query at the cursor, when it is another one by now. */
  readonly other: RunQuestion | undefined;
  readonly onExplain: (question: RunQuestion) => void;
  /** How the last run of this very query went. */
  readonly stats: HuntResult['stats'] | undefined;
  readonly onReveal: (diagnostic: HuntDiagnostic) => void;
  readonly onFix: (diagnostic: HuntDiagnostic) => void;
}

/** What the compiler makes of a query, stage by stage, down to the SQL that the engine gets. */
export function ExplainPane({ question, other, onExplain, stats, onReveal, onFix }: ExplainPaneProps) {
  const styles = useStyles();
  const [view, setView] = useState<View>('sql');
  const explained = useQuery({
    queryKey: ['hunting', 'explain', question?.query, question?.range],
    enabled: question !== undefined,
    staleTime: 60_000,
    retry: false,
    queryFn: ({ signal }) => {
      const timeRange = question && rangeInstants(question.range, new Date());
      return api.post(
        '/api/hunting/explain',
        { query: question?.query ?? '', ...(timeRange ? { timeRange } : {}) },
        signal,
      );
    },
  });
  if (!question)
    return (
      <EmptyState
        title="Nothing to explain yet"
        reason="Write a query. Its syntax, its plan and the SQL that the engine gets are shown here."
      />
    );
  const { data } = explained;
  const changed = other ? (
    <div className={styles.notice}>
      <MessageBar intent="info">
        <MessageBarBody>The query at the cursor is another one than is explained here.</MessageBarBody>
        <MessageBarActions>
          <Button size="small" onClick={() => onExplain(other)}>
            Explain it
          </Button>
        </MessageBarActions>
      </MessageBar>
    </div>
  ) : null;
  if (explained.error)
    return (
      <div className={styles.pane}>
        {changed}
        <ErrorState
          error={explained.error}
          title="The query could not be explained"
          onRetry={() => void explained.refetch()}
        />
      </div>
    );
  if (!data)
    return (
      <div className={styles.pane} role="status">
        <Text className={styles.body}>Compiling the query…</Text>
      </div>
    );
  if (!data.ok)
    return (
      <div className={styles.pane}>
        {changed}
        <div className={styles.notice}>
          <MessageBar intent="error">
            <MessageBarBody>
              <MessageBarTitle>The query could not be understood</MessageBarTitle>
              There is no plan until {data.errors.length === 1 ? 'this place is' : 'these places are'} changed.
            </MessageBarBody>
          </MessageBar>
        </div>
        <Diagnostics list={data.errors} onReveal={onReveal} onFix={onFix} />
      </div>
    );
  const label: Readonly<Record<View, string>> = {
    sql: 'SQL',
    optimised: 'Optimised plan',
    plan: 'Plan',
    syntax: 'Syntax',
    warnings: `Warnings (${data.warnings.length})`,
  };
  return (
    <div className={styles.pane}>
      {changed}
      <Facts data={data} stats={stats} />
      <TabList
        size="small"
        className={styles.tabs}
        selectedValue={view}
        onTabSelect={(_, chosen) => setView(chosen.value as View)}
        aria-label="Stages of the query"
      >
        {VIEWS.filter((one) => one !== 'optimised' || data.optimised).map((one) => (
          <Tab key={one} value={one}>
            {label[one]}
          </Tab>
        ))}
      </TabList>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className={styles.body} tabIndex={0} aria-label={label[view]}>
        {view === 'sql' ? <Statements data={data} /> : null}
        {view === 'plan' && data.plan ? (
          <Printed
            note="What the query means, operator by operator; what a line reads is indented below it."
            plan={data.plan}
            what="plan"
          />
        ) : null}
        {view === 'optimised' && data.optimised ? (
          <Printed
            note="The same with less to do; the SQL is written from it."
            plan={data.optimised}
            what="optimised plan"
          />
        ) : null}
        {view === 'syntax' ? (
          <Block note="The query as the grammar reads it." text={data.syntax} what="syntax tree" />
        ) : null}
        {view === 'warnings' ? (
          data.warnings.length > 0 ? (
            <Diagnostics list={data.warnings} label="Warnings" onReveal={onReveal} onFix={onFix} />
          ) : (
            <Text as="p" className={styles.soft}>
              No part of this query means something else here than it does elsewhere.
            </Text>
          )
        ) : null}
      </section>
    </div>
  );
}

function Fact({ term, children }: { readonly term: string; readonly children: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={styles.fact}>
      <dt className={styles.term}>{term}</dt>
      <dd className={styles.value}>{children}</dd>
    </div>
  );
}

function Facts({ data, stats }: { readonly data: HuntExplanation; readonly stats: HuntResult['stats'] | undefined }) {
  const styles = useStyles();
  const total = data.timings.reduce((sum, one) => sum + one.ms, 0);
  const properties = Object.entries(data.render?.properties ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
  return (
    <dl className={styles.facts}>
      <Fact term="Compiled in">
        {milliseconds(total)} (
        {data.timings.map((one) => `${STAGES[one.stage] ?? one.stage} ${milliseconds(one.ms)}`).join(', ')})
      </Fact>
      <Fact term="Last run">
        {stats
          ? `${duration(stats.elapsedMs)}, ${formatCount(stats.rowsRead)} rows and ${formatBytes(stats.bytesRead)} read`
          : 'not run yet'}
      </Fact>
      {data.tables.length > 0 ? <Fact term="Reads">{data.tables.join(', ')}</Fact> : null}
      <Fact term="Time">{data.filtersTime ? 'set in the query' : 'from the time picker'}</Fact>
      {data.render ? (
        <Fact term="Drawn as">
          {data.render.visualization}
          {properties ? ` (${properties})` : ''}
        </Fact>
      ) : null}
    </dl>
  );
}

function Block({
  note,
  text,
  what,
  actions,
}: {
  readonly note: string;
  readonly text: string;
  readonly what: string;
  readonly actions?: ReactNode;
}) {
  const styles = useStyles();
  return (
    <>
      <div className={styles.head}>
        <Text size={200} className={styles.soft}>
          {note}
        </Text>
        <span>
          {actions}
          <CopyButton value={text} what={what} />
        </span>
      </div>
      <pre className={styles.text} dir="ltr">
        {visibleText(text)}
      </pre>
    </>
  );
}

function Printed({
  note,
  plan,
  what,
}: {
  readonly note: string;
  readonly plan: { readonly tree: string; readonly json: string };
  readonly what: string;
}) {
  const [json, setJson] = useState(false);
  return (
    <Block
      note={note}
      text={json ? plan.json : plan.tree}
      what={what}
      actions={
        <Link as="button" onClick={() => setJson(!json)}>
          {json ? 'Show as tree' : 'Show as JSON'}
        </Link>
      }
    />
  );
}

const shownValue = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function Statements({ data }: { readonly data: HuntExplanation }) {
  const styles = useStyles();
  return data.statements.map((one) => {
    const params = Object.entries(one.params);
    const several = data.statements.length > 1;
    return (
      <section key={one.name} aria-label={several ? `SQL of ${one.name}` : 'SQL'}>
        <Block
          note={
            several
              ? `${one.name}: one of ${data.statements.length} statements.`
              : 'The statement that the engine runs. Values of the query are bound to it, never written into it.'
          }
          text={layoutSql(one.sql)}
          what="SQL"
        />
        {params.length > 0 ? (
          <>
            <div className={styles.head}>
              <Text as="h3" size={200} weight="semibold" className={styles.heading}>
                Parameters
              </Text>
              <CopyButton
                value={JSON.stringify(Object.fromEntries(params.map(([name, { value }]) => [name, value])), null, 2)}
                what="parameters"
              />
            </div>
            <table className={styles.table}>
              <thead>
                <tr>
                  {['Name', 'Type', 'Value'].map((head) => (
                    <th key={head} scope="col" className={styles.cell}>
                      {head}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {params.map(([name, { type, value }]) => (
                  <tr key={name}>
                    <td className={styles.cell}>
                      <Mono>{name}</Mono>
                    </td>
                    <td className={styles.cell}>
                      <Mono>{type}</Mono>
                    </td>
                    <td className={styles.cell}>
                      <Mono>{visibleText(shownValue(value))}</Mono>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </>
        ) : null}
      </section>
    );
  });
}
