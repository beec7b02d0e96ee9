import {
  Button,
  Field,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Select,
  Spinner,
  Tab,
  TabList,
  Text,
  tokens,
} from '@fluentui/react-components';
import type { ConnectorDetail, ConnectorTrialAnswer } from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useRef, useState } from 'react';
import { ApiError, api } from '../../../api/client.ts';
import { useCan } from '../../../api/session.ts';
import { notify } from '../../../components/Notifier.tsx';
import { absoluteTime } from '../../../lib/time.ts';
import { useAppearance } from '../../../theme/Appearance.tsx';
import { TrialResult } from './TrialResult.tsx';

const TextEditor = lazy(() => import('../../../features/text-editor/TextEditor.tsx'));

const useStyles = makeStyles({
  root: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) minmax(0, 1fr)',
    flexGrow: 1,
    minWidth: 0,
    minHeight: 0,
    '@media (max-width: 900px)': { gridTemplateColumns: '1fr', gridTemplateRows: '1fr 1fr' },
  },
  side: { display: 'flex', flexDirection: 'column', minWidth: 0, minHeight: 0 },
  right: { borderLeft: `1px solid ${tokens.colorNeutralStroke2}` },
  bar: {
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    minHeight: '40px',
    padding: '0 12px',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    flexShrink: 0,
  },
  spring: { flexGrow: 1 },
  fill: { flexGrow: 1, minHeight: 0, minWidth: 0 },
  scroll: { flexGrow: 1, minHeight: 0, overflow: 'auto', padding: '12px 16px 20px' },
  message: { flexShrink: 0, margin: '8px 12px' },
  soft: { color: tokens.colorNeutralForeground3 },
  centre: { display: 'grid', placeItems: 'center', height: '100%' },
});

const TABS = ['records', 'result'] as const;

/** The file on the left; pasted records and what became of them on the right. */
export function ConnectorEditor({
  initialText,
  initialRecords,
  connector,
  onInstalled,
}: {
  readonly initialText: string;
  readonly initialRecords: string;
  readonly connector?: ConnectorDetail;
  readonly onInstalled: (id: string) => void;
}) {
  const styles = useStyles();
  const client = useQueryClient();
  const { zone } = useAppearance();
  const canManage = useCan('Data.Manage');
  const [text, setText] = useState(initialText);
  const [records, setRecords] = useState(initialRecords);
  const [tab, setTab] = useState<(typeof TABS)[number]>('records');
  const [trial, setTrial] = useState<ConnectorTrialAnswer>();
  const [wrong, setWrong] = useState<{ readonly line: number; readonly message: string }>();
  const [busy, setBusy] = useState<'trying' | 'installing'>();
  const [failure, setFailure] = useState<string>();
  // Read at the moment of leaving: installing leads away before another render.
  const saved = useRef(initialText);
  useBlocker({
    shouldBlockFn: () =>
      text !== saved.current && !window.confirm('Leave without installing? The changed text is lost.'),
    enableBeforeUnload: () => text !== saved.current,
  });
  const marks = useMemo(() => (wrong ? [wrong] : []), [wrong]);

  const run = async () => {
    if (busy || !canManage) return;
    setBusy('trying');
    setFailure(undefined);
    try {
      const answer = await api.post('/api/ingest/connectors/try', { text, records });
      setTrial(answer);
      setWrong(answer.problem ?? undefined);
      if (!answer.problem) setTab('result');
    } catch (error) {
      setFailure(error instanceof ApiError ? `${error.message} ${error.hint ?? ''}` : String(error));
    } finally {
      setBusy(undefined);
    }
  };
  const install = async () => {
    setBusy('installing');
    setFailure(undefined);
    try {
      const answer = await api.post('/api/ingest/connectors', { text });
      saved.current = text;
      setWrong(undefined);
      await client.invalidateQueries({ queryKey: ['/api/ingest/connectors'] });
      notify.success('Connector installed', `${answer.title} takes its records from now on.`);
      onInstalled(answer.id);
    } catch (error) {
      if (error instanceof ApiError) {
        const line = (error.details as { line?: number } | undefined)?.line;
        if (line) setWrong({ line, message: error.message });
        setFailure(`${error.message} ${error.hint ?? ''}`);
      } else setFailure(String(error));
    } finally {
      setBusy(undefined);
    }
  };
  const takeVersion = async (version: string) => {
    if (!connector || version === '') return;
    try {
      const older = await api.get(`/api/ingest/connectors/${encodeURIComponent(connector.id)}/versions/${version}`);
      setText(older.text);
    } catch (error) {
      notify.failure('The version could not be loaded', error);
    }
  };
  const waiting = (
    <div className={styles.centre}>
      <Spinner size="small" label="Loading the editor" />
    </div>
  );
  return (
    <div className={styles.root}>
      <div className={styles.side}>
        <div className={styles.bar}>
          <Text weight="semibold">Definition</Text>
          <div className={styles.spring} />
          {connector && connector.versions.length > 1 ? (
            <Field aria-label="Version">
              <Select size="small" aria-label="Version" onChange={(_, data) => void takeVersion(data.value)}>
                {connector.versions.map((each, i) => (
                  <option key={each.version} value={each.version}>
                    {i === 0 ? 'In use' : `Version ${each.version}`}, {absoluteTime(each.savedAt, zone, 'minute')},{' '}
                    {each.savedBy}
                  </option>
                ))}
              </Select>
            </Field>
          ) : null}
          {canManage ? (
            <>
              <Button size="small" disabled={busy !== undefined} onClick={() => void run()}>
                Try
              </Button>
              <Button
                size="small"
                appearance="primary"
                disabled={busy !== undefined || (connector !== undefined && text === initialText)}
                onClick={() => void install()}
              >
                Install
              </Button>
            </>
          ) : (
            <Text size={200} className={styles.soft}>
              Trying and installing needs the permission Data.Manage.
            </Text>
          )}
        </div>
        {failure ? (
          <MessageBar intent="error" role="alert" layout="multiline" className={styles.message}>
            <MessageBarBody>{failure}</MessageBarBody>
          </MessageBar>
        ) : wrong ? (
          <MessageBar intent="error" role="alert" layout="multiline" className={styles.message}>
            <MessageBarBody>
              Line {wrong.line}: {wrong.message}
            </MessageBarBody>
          </MessageBar>
        ) : null}
        <div className={styles.fill}>
          <Suspense fallback={waiting}>
            <TextEditor
              label="Definition of the connector"
              language="yaml"
              text={text}
              readOnly={!canManage}
              marks={marks}
              onChange={setText}
              onRun={() => void run()}
            />
          </Suspense>
        </div>
      </div>
      <div className={`${styles.side} ${styles.right}`}>
        <div className={styles.bar}>
          <TabList
            size="small"
            selectedValue={tab}
            onTabSelect={(_, data) => setTab(data.value as (typeof TABS)[number])}
          >
            <Tab value="records">Records to try</Tab>
            <Tab value="result" disabled={!trial || trial.problem !== null}>
              Result
            </Tab>
          </TabList>
          <div className={styles.spring} />
          {busy ? <Spinner size="tiny" label={busy === 'trying' ? 'Trying' : 'Installing'} /> : null}
        </div>
        {tab === 'result' && trial && !trial.problem ? (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
          <section className={styles.scroll} tabIndex={0} aria-label="Result">
            <TrialResult trial={trial} />
          </section>
        ) : (
          <>
            <Text size={200} className={`${styles.soft} ${styles.message}`}>
              Paste records: JSON objects one a line, an array, or lines of a log. Ctrl+Enter tries. Nothing is stored.
            </Text>
            <div className={styles.fill}>
              <Suspense fallback={waiting}>
                <TextEditor
                  label="Records to try"
                  language="plaintext"
                  text={records}
                  onChange={setRecords}
                  onRun={() => void run()}
                />
              </Suspense>
            </div>
          </>
        )}
      </div>
    </div>
  );
}
