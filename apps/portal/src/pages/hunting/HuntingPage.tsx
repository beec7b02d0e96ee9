import { Button, makeStyles, Tab, TabList, Text, Tooltip, tokens } from '@fluentui/react-components';
import { PanelLeftContract16Regular } from '@fluentui/react-icons/svg/panel-left-contract';
import { PanelLeftExpand16Regular } from '@fluentui/react-icons/svg/panel-left-expand';
import type { HuntDiagnostic, SavedQuery } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { copyText } from '../../components/CopyButton.tsx';
import { notify } from '../../components/Notifier.tsx';
import { huntHref } from '../../features/hunt-link/share-link.ts';
import { mergeDiagnostics } from '../../features/kusto-editor/fixes.ts';
import type { KustoEditorHandle } from '../../features/kusto-editor/KustoEditor.tsx';
import { filtersTime, runnableSpan, type TextSpan } from '../../features/kusto-editor/statements.ts';
import { useHotkey } from '../../lib/hotkeys.ts';
import { useStored } from '../../lib/useStored.ts';
import { PageShell } from '../../shell/PageShell.tsx';
import { handOver } from '../detections/wizard/draft.ts';
import { placed, useAddress } from './address.ts';
import type { Draft } from './drafts.ts';
import { EditorCommands } from './EditorCommands.tsx';
import { ExplainPane } from './ExplainPane.tsx';
import { setDisposer } from './editor-documents.ts';
import { FunctionsPane } from './FunctionsPane.tsx';
import { EMPTY_GUIDED } from './guided/model.ts';
import { HistoryPane, QueriesPane } from './QueriesPane.tsx';
import { RulesPane } from './RulesPane.tsx';
import { RunOutcome } from './RunOutcome.tsx';
import { cancelRun, type RunQuestion, startRun, useRun } from './runs.ts';
import { SaveDialog } from './SaveDialog.tsx';
import { SchemaPane } from './SchemaPane.tsx';
import { Splitter } from './Splitter.tsx';
import { useSavedQueries, valuesOf } from './saved-queries.ts';
import { TabStrip } from './TabStrip.tsx';
import { tabs, useTabs } from './tabs.ts';
import { parseRange } from './time-range.ts';
import { useCheck } from './useCheck.ts';

const GuidedPane = lazy(() => import('./guided/GuidedPane.tsx').then((module) => ({ default: module.GuidedPane })));
const KustoEditor = lazy(async () => {
  const module = await import('../../features/kusto-editor/KustoEditor.tsx');
  setDisposer(module.disposeDocument);
  return module;
});

const useStyles = makeStyles({
  page: { display: 'flex', flexGrow: 1, minHeight: 0, borderTop: `1px solid ${tokens.colorNeutralStroke2}` },
  side: {
    display: 'flex',
    flexDirection: 'column',
    flexShrink: 0,
    minHeight: 0,
    backgroundColor: tokens.colorNeutralBackground2,
  },
  sideHead: {
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'space-between',
    paddingRight: '6px',
    flexShrink: 0,
    '& > :last-child': { flexShrink: 0 },
  },
  // The names fit in the width that the pane begins with.
  sideTabs: {
    // What does not fit is cut, never the button behind it.
    flex: '1 1 0',
    width: 0,
    minWidth: 0,
    columnGap: 0,
    overflow: 'hidden',
    '& [role="tab"]': { paddingLeft: '6px', paddingRight: '6px' },
    '& .fui-Tab__content, & .fui-Tab__content--reserved-space': { fontSize: tokens.fontSizeBase200 },
  },
  rail: {
    padding: '6px 4px',
    flexShrink: 0,
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  main: { display: 'flex', flexDirection: 'column', flexGrow: 1, minWidth: 0, minHeight: 0 },
  editor: { flexShrink: 0, minHeight: 0, position: 'relative' },
  results: {
    display: 'flex',
    flexDirection: 'column',
    flexGrow: 1,
    minHeight: 0,
    minWidth: 0,
    overflow: 'auto',
    backgroundColor: tokens.colorNeutralBackground1,
  },
  views: { flexShrink: 0, padding: '0 8px', borderBottom: `1px solid ${tokens.colorNeutralStroke2}` },
  fallback: {
    width: '100%',
    height: '100%',
    resize: 'none',
    border: 'none',
    outline: 'none',
    padding: '6px 12px 6px 50px',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: '13px',
    lineHeight: '18px',
    color: tokens.colorNeutralForeground1,
    backgroundColor: tokens.colorNeutralBackground1,
  },
});

type SaveMode =
  | { readonly kind: 'new'; readonly what: SavedQuery['kind'] }
  | { readonly kind: 'rename'; readonly id: string };

export function HuntingPage() {
  const styles = useStyles();
  const set = useTabs();
  const draft: Draft = set.drafts.find((one) => one.id === set.active) ?? set.drafts[0]!;
  const run = useRun(draft.id);
  const editor = useRef<KustoEditorHandle>(null);
  const [side, setSide] = useStored<'schema' | 'functions' | 'queries' | 'rules' | 'history'>('hunting.side', 'schema');
  const [sideOpen, setSideOpen] = useStored('hunting.side.open', true);
  const [sideWidth, setSideWidth] = useStored('hunting.side.width', 340);
  const [editorHeight, setEditorHeight] = useStored('hunting.editor.height', 220);
  const [view, setView] = useState<'results' | 'explain'>('results');
  const [explained, setExplained] = useState<Readonly<Record<string, RunQuestion>>>({});
  const [selection, setSelection] = useState<TextSpan>();
  const { checked, fresh } = useCheck(draft.text);
  const navigate = useNavigate();
  const canTune = useCan('DetTune.Manage');
  const [saving, setSaving] = useState<SaveMode>();
  const saved = useSavedQueries();
  const schema = useQuery({
    queryKey: ['hunting', 'schema'],
    queryFn: ({ signal }) => api.get('/api/hunting/schema', {}, signal),
    staleTime: 120_000,
  });
  const language = useQuery({
    queryKey: ['hunting', 'language'],
    queryFn: ({ signal }) => api.get('/api/hunting/language', {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  // Somebody added a table or a function: what the editor offers follows, the text stays.
  const version = checked?.schemaVersion;
  const stale = Boolean(version && schema.data && schema.data.version !== version);
  const { refetch: readSchema } = schema;
  useEffect(() => {
    if (stale) void readSchema();
  }, [stale, readSchema]);

  const execute = async (target: Draft) => {
    const live = tabs.get().drafts.find((one) => one.id === target.id) ?? target;
    const chosen = live.id === draft.id ? editor.current?.selection() : undefined;
    const parts = chosen ? undefined : (await fresh(live.text))?.parts;
    const span = runnableSpan(live.text, live.cursor, chosen, parts);
    if (!span) {
      notify.info('There is no query here yet');
      return;
    }
    setView('results');
    void startRun(live.id, { query: live.text.slice(span.start, span.end), start: span.start, range: live.range });
  };

  const openText = (text: string, title: string | undefined, andRun: boolean, values: Partial<Draft> = {}) => {
    const same = tabs
      .get()
      .drafts.find((one) => one.text === text && (!values.savedId || one.savedId === values.savedId));
    const opened = same ?? tabs.open({ text, cursor: 0, ...(title ? { title } : {}), ...values });
    if (same) {
      tabs.activate(same.id);
      if (values.range) tabs.update(same.id, { range: values.range });
    }
    if (andRun) {
      const range = values.range ?? opened.range;
      void startRun(opened.id, { query: text, start: 0, range });
    }
  };

  useAddress(
    (text, andRun, range) => openText(text, undefined, andRun, range ? { range: parseRange(range) } : { range: 'all' }),
    () => openGuided(),
  );

  const openGuided = () => {
    const untouched = tabs.get().drafts.find(({ guided }) => guided?.root.items.length === 0);
    if (untouched) tabs.activate(untouched.id);
    else tabs.open({ title: 'Guided query', guided: EMPTY_GUIDED });
  };

  const share = async () => {
    const span = editor.current?.selection();
    const text = span ? draft.text.slice(span.start, span.end) : draft.text;
    const link = new URL(huntHref({ query: text, range: draft.range }), window.location.origin).href;
    try {
      await copyText(link);
      notify.success('Copied the link', 'It opens this query with its time range for everyone who may hunt.');
    } catch (error) {
      notify.failure('The link was not copied', error);
    }
  };

  const makeRule = () => {
    const span = editor.current?.selection();
    handOver(span ? draft.text.slice(span.start, span.end) : draft.text);
    void navigate({ to: '/detections/new' });
  };

  const save = () => {
    const existing = saved.list.data?.find((one) => one.id === draft.savedId);
    if (existing?.own) {
      void saved.put(existing.id, { ...valuesOf(existing), query: draft.text }).then(
        () => {
          tabs.update(draft.id, { savedText: draft.text });
          notify.success(`Saved ${existing.name}`);
        },
        (error: unknown) => notify.failure(`${existing.name} was not saved`, error),
      );
    } else setSaving({ kind: 'new', what: 'query' });
  };

  const reveal = (diagnostic: HuntDiagnostic, about?: RunQuestion) => {
    const question = about ?? (run?.state === 'done' ? run.shown?.question : run?.question);
    const [at] = placed([diagnostic], question, draft.text);
    if (at) editor.current?.reveal({ start: at.start, end: at.start + Math.max(1, at.length) });
    else notify.info('The text has changed since', 'Run it again to see where the message belongs now.');
  };

  const fix = (diagnostic: HuntDiagnostic, about?: RunQuestion) => {
    const [at] = placed([diagnostic], about ?? run?.question, draft.text);
    if (at?.suggestion) editor.current?.replace({ start: at.start, end: at.start + at.length }, at.suggestion);
    else reveal(diagnostic, about);
  };

  const rewrite = (question: RunQuestion, query: string) => {
    const text = draft.text;
    const stands = text.slice(question.start, question.start + question.query.length) === question.query;
    // What conditions say is not changed behind their back.
    if (!stands || draft.guided) {
      const opened = tabs.open({ text: query, range: question.range });
      void startRun(opened.id, { query, start: 0, range: question.range });
      return;
    }
    editor.current?.replace({ start: question.start, end: question.start + question.query.length }, query);
    if (!editor.current)
      tabs.update(draft.id, {
        text: text.slice(0, question.start) + query + text.slice(question.start + question.query.length),
      });
    void startRun(draft.id, { query, start: question.start, range: question.range });
  };

  useHotkey('Ctrl+S', 'Save the query', 'Advanced hunting', save);
  const diagnostics = useMemo(
    () =>
      mergeDiagnostics(
        checked?.diagnostics ?? [],
        run?.state === 'failed'
          ? placed(run.diagnostics ?? [], run.question, draft.text)
          : placed(run?.shown?.result.warnings ?? [], run?.shown?.question, draft.text),
      ),
    [run, draft.text, checked],
  );
  const span = useMemo(
    () => runnableSpan(draft.text, draft.cursor, selection, checked?.parts),
    [draft.text, draft.cursor, selection, checked],
  );
  const setInQuery = useMemo(
    () => (span ? filtersTime(draft.text.slice(span.start, span.end)) : false),
    [draft.text, span],
  );
  const atCursor: RunQuestion | undefined = span && {
    query: draft.text.slice(span.start, span.end),
    start: span.start,
    range: draft.range,
  };
  const explain = (question: RunQuestion | undefined) => {
    setView('explain');
    if (question) setExplained((before) => ({ ...before, [draft.id]: question }));
  };
  useHotkey('Alt+x', 'Explain the query at the cursor', 'Advanced hunting', () => explain(atCursor));
  const explaining = explained[draft.id] ?? atCursor;
  const shownStats = run?.shown?.question.query === explaining?.query ? run?.shown?.result.stats : undefined;
  const renamed = saving?.kind === 'rename' ? saved.list.data?.find((one) => one.id === saving.id) : undefined;
  const what = renamed?.kind ?? (saving?.kind === 'new' ? saving.what : 'query');

  return (
    <PageShell title="Advanced hunting" purpose="Ask any question of the telemetry in KQL." fill>
      <div className={styles.page}>
        {sideOpen ? (
          <div className={styles.side} style={{ width: sideWidth }}>
            <div className={styles.sideHead}>
              <TabList
                size="small"
                className={styles.sideTabs}
                selectedValue={side}
                onTabSelect={(_, data) => setSide(data.value as typeof side)}
              >
                <Tab value="schema">Schema</Tab>
                <Tab value="functions">Functions</Tab>
                <Tab value="queries">Queries</Tab>
                <Tab value="rules">Rules</Tab>
                <Tab value="history">History</Tab>
              </TabList>
              <Tooltip content="Hide this pane" relationship="label">
                <Button
                  size="small"
                  appearance="subtle"
                  icon={<PanelLeftContract16Regular />}
                  onClick={() => setSideOpen(false)}
                />
              </Tooltip>
            </div>
            {side === 'schema' ? (
              <SchemaPane
                schema={schema.data}
                error={schema.error}
                onRetry={() => void schema.refetch()}
                onInsert={(text) => editor.current?.insert(text)}
                onOpen={(query, title) => openText(query, title, true, { range: 'all' })}
              />
            ) : side === 'functions' ? (
              <FunctionsPane
                schema={schema.data}
                onInsert={(text) => editor.current?.insert(text)}
                onOpen={(one) => openText(one.query, one.name, false, { savedId: one.id, savedText: one.query })}
                onRename={(one) => setSaving({ kind: 'rename', id: one.id })}
              />
            ) : side === 'rules' ? (
              <RulesPane onOpen={(rule) => openText(rule.query, rule.title, false)} />
            ) : side === 'queries' ? (
              <QueriesPane
                onOpen={(one) => openText(one.query, one.name, false, { savedId: one.id, savedText: one.query })}
                onRename={(one) => setSaving({ kind: 'rename', id: one.id })}
                onLibrary={(one) => openText(one.query, one.name, false)}
              />
            ) : (
              <HistoryPane onOpen={(one, again) => openText(one.query, undefined, again)} />
            )}
          </div>
        ) : (
          <div className={styles.rail}>
            <Tooltip content="Show schema, functions, queries and history" relationship="label">
              <Button
                size="small"
                appearance="subtle"
                icon={<PanelLeftExpand16Regular />}
                onClick={() => setSideOpen(true)}
              />
            </Tooltip>
          </div>
        )}
        {sideOpen ? (
          <Splitter
            orientation="vertical"
            label="Width of the schema pane"
            value={sideWidth}
            min={200}
            max={520}
            onChange={setSideWidth}
          />
        ) : null}
        <section className={styles.main} aria-label="Query and results">
          <TabStrip set={set} onShare={() => void share()} onGuided={openGuided} />
          <EditorCommands
            draft={draft}
            running={run?.state === 'running'}
            setInQuery={setInQuery}
            onRun={() => void execute(draft)}
            onCancel={() => void cancelRun(draft.id)}
            onRange={(range) => tabs.update(draft.id, { range })}
            onSave={save}
            onSaveAs={() => setSaving({ kind: 'new', what: 'query' })}
            onSaveFunction={() => setSaving({ kind: 'new', what: 'function' })}
            onShare={() => void share()}
            onRule={canTune ? makeRule : undefined}
            onFormat={() => editor.current?.format()}
            onComment={() => editor.current?.toggleComment()}
          />
          <div className={styles.editor} style={{ height: draft.guided ? Math.max(editorHeight, 280) : editorHeight }}>
            {draft.guided ? (
              <Suspense fallback={null}>
                <GuidedPane
                  query={draft.guided}
                  schema={schema.data}
                  onChange={(guided, text) => tabs.update(draft.id, { guided, text, cursor: 0 })}
                  onEditText={(text) => tabs.open({ title: `${draft.title} as KQL`, text, range: draft.range })}
                />
              </Suspense>
            ) : (
              <Suspense
                fallback={
                  <textarea
                    className={styles.fallback}
                    aria-label="KQL query"
                    spellCheck={false}
                    value={draft.text}
                    onChange={(event) => tabs.update(draft.id, { text: event.target.value })}
                  />
                }
              >
                <KustoEditor
                  ref={editor}
                  documentKey={draft.id}
                  text={draft.text}
                  cursor={draft.cursor}
                  onChange={(text) => tabs.update(draft.id, { text })}
                  onCursor={(cursor) => tabs.update(draft.id, { cursor })}
                  onRun={() => void execute(draft)}
                  onSelection={setSelection}
                  schema={schema.data}
                  language={language.data}
                  running={span}
                  diagnostics={diagnostics}
                />
              </Suspense>
            )}
          </div>
          <Splitter
            orientation="horizontal"
            label="Height of the editor"
            value={editorHeight}
            min={80}
            max={640}
            onChange={setEditorHeight}
          />
          <section className={styles.results} aria-label="Results of the query">
            <TabList
              size="small"
              className={styles.views}
              aria-label="Below the query"
              selectedValue={view}
              onTabSelect={(_, data) => (data.value === 'explain' ? explain(atCursor) : setView('results'))}
            >
              <Tab value="results">Results</Tab>
              <Tab value="explain">Explain</Tab>
            </TabList>
            {view === 'explain' ? (
              <ExplainPane
                question={explaining}
                other={atCursor && explaining && atCursor.query !== explaining.query ? atCursor : undefined}
                onExplain={explain}
                stats={shownStats}
                onReveal={(one) => reveal(one, explaining)}
                onFix={(one) => fix(one, explaining)}
              />
            ) : (
              <RunOutcome
                run={run}
                onCancel={() => void cancelRun(draft.id)}
                onRetry={() => run && void startRun(draft.id, run.question)}
                onReveal={reveal}
                onFix={fix}
                onRewrite={rewrite}
                fileName={draft.title.replace(/[^\p{L}\p{N}_-]+/gu, '-').slice(0, 60) || 'hunting-results'}
              />
            )}
          </section>
        </section>
      </div>
      {saving ? (
        <SaveDialog
          title={renamed ? (what === 'function' ? 'Name and parameters' : 'Rename or move query') : `Save as a ${what}`}
          kind={what}
          start={
            renamed ?? {
              name: what === 'function' ? '' : draft.savedId ? `${draft.title} copy` : draft.title,
              shared: false,
              parameters: '',
              description: '',
              folder: '',
            }
          }
          saved={saved.list.data ?? []}
          renaming={renamed?.id}
          onClose={() => setSaving(undefined)}
          onSave={async ({ name, shared, parameters, description, folder }, replaces) => {
            const values = { kind: what, name, shared, parameters, description, folder };
            if (renamed) {
              await saved.put(renamed.id, { ...values, query: renamed.query });
              return;
            }
            // What is saved as a function is the body: the selection when there is one.
            const chosen = what === 'function' ? editor.current?.selection() : undefined;
            const query = chosen ? draft.text.slice(chosen.start, chosen.end) : draft.text;
            const id = replaces?.id ?? (await saved.create({ ...values, query })).id;
            if (replaces) await saved.put(id, { ...values, query });
            if (!chosen) tabs.update(draft.id, { title: name, savedId: id, savedText: draft.text });
            notify.success(`Saved ${name}`);
          }}
        />
      ) : null}
      <Text
        as="p"
        role="status"
        style={{ position: 'absolute', width: 1, height: 1, overflow: 'hidden', clipPath: 'inset(50%)' }}
      >
        {run?.state === 'done' && run.shown ? `The query returned ${run.shown.result.rows.length} rows.` : ''}
        {run?.state === 'failed' ? 'The query failed.' : ''}
      </Text>
    </PageShell>
  );
}
