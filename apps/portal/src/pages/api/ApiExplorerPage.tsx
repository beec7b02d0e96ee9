import {
  Button,
  Dropdown,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Option,
  Spinner,
  Tab,
  TabList,
  Textarea,
  tokens,
} from '@fluentui/react-components';
import { Play16Filled } from '@fluentui/react-icons/svg/play';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { type RawAnswer, send } from '../../api/client.ts';
import { CodeBlock } from '../../components/CodeBlock.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { useHotkey } from '../../lib/hotkeys.ts';
import { useUrlState } from '../../lib/urlState.ts';
import { useStored } from '../../lib/useStored.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { useApiDocument } from './data.ts';
import {
  type ApiDocument,
  curlOf,
  exampleOf,
  type Operation,
  operationAt,
  operationsOf,
  type Request,
  unfilled,
} from './model.ts';
import { OperationList } from './parts/OperationList.tsx';
import { SavedRequests } from './parts/SavedRequests.tsx';
import { TwoPanes } from './parts/TwoPanes.tsx';
import { explorerSchema } from './search.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const START: Request = { method: 'GET', path: '/api/incidents?pageSize=5', body: '' };
/** Longer answers are cut in the view: a browser lays out no megabytes of text quickly. */
const SHOWN = 200_000;

const useStyles = makeStyles({
  side: { display: 'flex', flexDirection: 'column', height: '100%', minHeight: 0 },
  sideTabs: { padding: '0 8px 6px', flexShrink: 0 },
  sideBody: { flexGrow: 1, minHeight: 0 },
  line: { display: 'flex', gap: '8px', alignItems: 'flex-end', flexWrap: 'wrap' },
  method: { minWidth: '104px', width: '104px' },
  path: { flexGrow: 1, minWidth: '240px' },
  mono: { fontFamily: tokens.fontFamilyMonospace },
  body: { marginTop: '12px' },
  area: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  notes: { display: 'flex', flexDirection: 'column', gap: '6px', marginTop: '10px' },
  tabs: { margin: '14px 0 8px' },
  status: { display: 'flex', gap: '12px', alignItems: 'baseline', marginBottom: '8px', flexWrap: 'wrap' },
  good: { color: tokens.colorPaletteGreenForeground3, fontWeight: tokens.fontWeightSemibold },
  bad: { color: tokens.colorPaletteRedForeground3, fontWeight: tokens.fontWeightSemibold },
  quiet: { color: tokens.colorNeutralForeground3 },
});

/** Runs calls as the person who is signed in, shows them for a shell, and keeps those worth keeping. */
export function ApiExplorerPage() {
  const document = useApiDocument();
  return (
    <PageShell
      title="API explorer"
      purpose="Calls run as you, with your permissions, against this server. What they change is changed and audited."
      fill
    >
      <Loaded query={document} what="The description of the API">
        {(data) => <Explorer document={data} />}
      </Loaded>
    </PageShell>
  );
}

type Outcome =
  | { readonly kind: 'running' }
  | { readonly kind: 'answer'; readonly answer: RawAnswer }
  | { readonly kind: 'failure'; readonly error: Error };

function Explorer({ document }: { readonly document: ApiDocument }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const [state, setState] = useUrlState(explorerSchema);
  const operations = useMemo(() => operationsOf(document), [document]);
  const [request, setRequest] = useStored<Request>('api-explorer.draft', START);
  const [search, setSearch] = useState('');
  const [side, setSide] = useState<'calls' | 'saved'>('calls');
  const [view, setView] = useState<'body' | 'headers' | 'curl'>('body');
  const [outcome, setOutcome] = useState<Outcome>();
  const running = useRef<AbortController>(undefined);
  const operation = operationAt(operations, request.method, request.path);
  const open = unfilled(request.path);
  const wrong = request.body.trim() && request.method !== 'GET' ? jsonProblem(request.body) : undefined;

  const choose = (chosen: Operation): void => {
    running.current?.abort();
    setOutcome(undefined);
    setRequest({
      method: chosen.method,
      path: chosen.path,
      body: chosen.body ? JSON.stringify(exampleOf(chosen.body, document), null, 2) : '',
    });
  };
  // A link names the call; from then on the draft is what counts.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address is read when it changes, not when the draft does
  useEffect(() => {
    if (!state.op) return;
    const named = operations.find((one) => one.id === state.op);
    if (named) choose(named);
    if (named && state.path) setRequest({ method: named.method, path: state.path, body: '' });
    setState({ op: '', path: '' });
  }, [state.op]);
  useEffect(() => () => running.current?.abort(), []);

  const run = async (): Promise<void> => {
    if (open.length > 0 || wrong) return;
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    setOutcome({ kind: 'running' });
    try {
      const body = request.method === 'GET' ? '' : request.body.trim();
      const answer = await send(request.method, request.path, body, abort.signal);
      if (!abort.signal.aborted) setOutcome({ kind: 'answer', answer });
    } catch (error) {
      if (!abort.signal.aborted) setOutcome({ kind: 'failure', error: error as Error });
    }
  };
  useHotkey('Ctrl+ENTER', 'Run the call', 'API explorer', () => void run());

  return (
    <TwoPanes
      side={
        <div className={styles.side}>
          <TabList
            className={styles.sideTabs}
            size="small"
            selectedValue={side}
            onTabSelect={(_event, { value }) => setSide(value as 'calls' | 'saved')}
          >
            <Tab value="calls">Calls</Tab>
            <Tab value="saved">Saved</Tab>
          </TabList>
          <div className={styles.sideBody}>
            {side === 'calls' ? (
              <OperationList
                operations={operations}
                search={search}
                chosen={operation?.id ?? ''}
                onSearch={setSearch}
                onChoose={choose}
              />
            ) : (
              <SavedRequests
                request={request}
                onOpen={(saved) => {
                  running.current?.abort();
                  setOutcome(undefined);
                  setRequest(saved);
                }}
              />
            )}
          </div>
        </div>
      }
    >
      <div className={styles.line}>
        <Field label="Method">
          <Dropdown
            className={styles.method}
            selectedOptions={[request.method]}
            value={request.method}
            onOptionSelect={(_event, { optionValue }) => setRequest({ ...request, method: optionValue ?? 'GET' })}
          >
            {METHODS.map((method) => (
              <Option key={method} value={method}>
                {method}
              </Option>
            ))}
          </Dropdown>
        </Field>
        <Field label="Path and query" className={styles.path}>
          <Input
            className={styles.mono}
            value={request.path}
            maxLength={8000}
            onChange={(_event, { value }) => setRequest({ ...request, path: value })}
            onKeyDown={(event) => {
              if (event.key !== 'Enter') return;
              event.preventDefault();
              void run();
            }}
          />
        </Field>
        {outcome?.kind === 'running' ? (
          <Button
            onClick={() => {
              running.current?.abort();
              setOutcome(undefined);
            }}
          >
            Cancel
          </Button>
        ) : (
          <Button
            appearance="primary"
            icon={<Play16Filled />}
            disabled={open.length > 0 || wrong !== undefined || !request.path.startsWith('/')}
            onClick={() => void run()}
          >
            Run call
          </Button>
        )}
        {operation ? (
          <Button onClick={() => void navigate({ to: '/docs', search: { op: operation.id } })}>Reference</Button>
        ) : null}
      </div>
      <div className={styles.notes}>
        {open.length > 0 ? (
          <MessageBar intent="info">
            <MessageBarBody>Put a value in place of {open.map((name) => `{${name}}`).join(' and ')}.</MessageBarBody>
          </MessageBar>
        ) : null}
        {!request.path.startsWith('/') ? (
          <MessageBar intent="warning">
            <MessageBarBody>The path begins with /. Calls go to this server only.</MessageBarBody>
          </MessageBar>
        ) : null}
        {request.method !== 'GET' && !operation?.permission?.endsWith('.Read') ? (
          <MessageBar intent="warning">
            <MessageBarBody>
              {operation?.permission
                ? `This call may change data and needs ${operation.permission}.`
                : 'This call may change data.'}
            </MessageBarBody>
          </MessageBar>
        ) : null}
      </div>
      {request.method !== 'GET' ? (
        <Field
          label="Body (JSON)"
          className={styles.body}
          {...(wrong ? { validationState: 'error' as const, validationMessage: wrong } : {})}
        >
          <Textarea
            textarea={{ className: styles.area, spellCheck: false, 'aria-label': 'Body' }}
            rows={8}
            resize="vertical"
            value={request.body}
            onChange={(_event, { value }) => setRequest({ ...request, body: value })}
          />
        </Field>
      ) : null}
      <TabList
        className={styles.tabs}
        selectedValue={view}
        onTabSelect={(_event, { value }) => setView(value as 'body' | 'headers' | 'curl')}
      >
        <Tab value="body">Answer</Tab>
        <Tab value="headers">Headers</Tab>
        <Tab value="curl">curl</Tab>
      </TabList>
      {view === 'curl' ? (
        <CodeBlock what="command" text={curlOf(request, window.location.origin, operation?.keys ?? false)} />
      ) : (
        <Answer outcome={outcome} view={view} />
      )}
    </TwoPanes>
  );
}

function Answer({ outcome, view }: { readonly outcome: Outcome | undefined; readonly view: 'body' | 'headers' }) {
  const styles = useStyles();
  if (!outcome) return <EmptyState title="Nothing was called yet" reason="Run the call; Ctrl+Enter does it too." />;
  if (outcome.kind === 'running') return <Spinner size="tiny" label="Waiting for the answer" />;
  if (outcome.kind === 'failure') return <ErrorState error={outcome.error} title="The call was not answered" />;
  const { answer } = outcome;
  const text = pretty(answer.text);
  return (
    <>
      <div className={styles.status} aria-live="polite">
        <span className={answer.status < 400 ? styles.good : styles.bad}>
          {answer.status} {answer.statusText}
        </span>
        <span className={styles.quiet}>
          {Math.round(answer.milliseconds).toLocaleString()} ms · {answer.text.length.toLocaleString()} characters
          {text.length > SHOWN ? ` · the first ${SHOWN.toLocaleString()} are shown` : ''}
        </span>
      </div>
      {view === 'headers' ? (
        <SimpleTable
          label="Headers of the answer"
          rows={answer.headers}
          rowKey={([name]) => name}
          columns={[
            {
              id: 'name',
              header: 'Name',
              nowrap: true,
              render: ([name]) => <span className={styles.mono}>{name}</span>,
            },
            { id: 'value', header: 'Value', render: ([, value]) => <span className={styles.mono}>{value}</span> },
          ]}
        />
      ) : text ? (
        <CodeBlock what="answer" text={text.slice(0, SHOWN)} />
      ) : (
        <span className={styles.quiet}>The answer has no body.</span>
      )}
    </>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return `This is not JSON: ${(error as Error).message}`;
  }
}
