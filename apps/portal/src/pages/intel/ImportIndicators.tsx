import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Text,
  tokens,
} from '@fluentui/react-components';
import type { IntelImported, Job } from '@parapet/schema/wire';
import { useEffect, useRef, useState } from 'react';
import { ApiError, api } from '../../api/client.ts';
import { JobProgress } from '../../components/JobProgress.tsx';
import { visibleText } from '../../lib/text.ts';
import { formatCount, plural } from '../../lib/time.ts';
import { isOver, useJob } from '../../lib/useJob.ts';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '14px' },
  file: { display: 'flex', alignItems: 'center', gap: '8px', flexWrap: 'wrap' },
  soft: { color: tokens.colorNeutralForeground3 },
  hidden: { display: 'none' },
  list: { margin: 0, paddingLeft: '18px', maxHeight: '180px', overflowY: 'auto', overflowWrap: 'anywhere' },
});

/** A file of indicators: STIX, a table, or one value a line. */
export function ImportIndicators({ onClose, onDone }: { readonly onClose: () => void; readonly onDone: () => void }) {
  const styles = useStyles();
  const picker = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File>();
  const [source, setSource] = useState('');
  const [jobId, setJobId] = useState<string>();
  const [failure, setFailure] = useState('');
  const job = useJob(jobId);
  const finished = job.data && isOver(job.data) ? job.data : undefined;
  const result = finished?.state === 'succeeded' ? (finished.result as IntelImported | undefined) : undefined;
  const busy = jobId !== undefined && !finished;
  const told = useRef('');
  useEffect(() => {
    if (!finished || told.current === finished.id) return;
    told.current = finished.id;
    onDone();
  }, [finished, onDone]);
  const send = async () => {
    if (!file || !source.trim()) return;
    setFailure('');
    try {
      setJobId((await api.upload<Job>('/api/intel/import', { source: source.trim(), name: file.name }, file)).id);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure([error.message, error.hint].filter(Boolean).join(' '));
    }
  };
  return (
    <Dialog open modalType="modal" onOpenChange={(_, data) => !data.open && !busy && onClose()}>
      <DialogSurface style={{ maxWidth: 600 }}>
        <DialogBody>
          <DialogTitle>Import indicators</DialogTitle>
          <DialogContent className={styles.stack}>
            <Text className={styles.soft}>
              A STIX 2.0 or 2.1 bundle, a CSV file with a header (value, type, confidence, valid until, tags), or one
              value a line.
            </Text>
            <Field label="File" required>
              <div className={styles.file}>
                <Button disabled={busy} onClick={() => picker.current?.click()}>
                  Choose a file
                </Button>
                <Text>{file ? visibleText(file.name) : 'No file chosen'}</Text>
              </div>
            </Field>
            <input
              ref={picker}
              type="file"
              accept=".json,.stix,.csv,.txt,.tsv"
              className={styles.hidden}
              aria-label="File of indicators"
              onChange={(event) => {
                const chosen = event.target.files?.[0];
                event.target.value = '';
                if (!chosen) return;
                setFile(chosen);
                setJobId(undefined);
                if (!source) setSource(chosen.name.replace(/\.[a-z]{2,5}$/i, '').slice(0, 100));
              }}
            />
            <Field label="Source" required hint="A source that sends a value again replaces what it said before.">
              <Input value={source} maxLength={100} disabled={busy} onChange={(_, data) => setSource(data.value)} />
            </Field>
            {job.data ? <JobProgress job={job.data} /> : null}
            {result ? (
              <MessageBar intent={result.refused > 0 ? 'warning' : 'success'}>
                <MessageBarBody>
                  <MessageBarTitle>
                    {plural(result.indicators, 'indicator')}
                    {result.objects > 0 ? `, ${plural(result.objects, 'other object')}` : ''},{' '}
                    {plural(result.matches, 'match', 'matches')} in stored rows
                    {result.refused > 0 ? `, ${formatCount(result.refused)} left out` : ''}
                  </MessageBarTitle>
                  {result.problems.length > 0 ? (
                    <ul className={styles.list}>
                      {result.problems.slice(0, 50).map(({ item, problem }) => (
                        <li key={`${item} ${problem}`}>{visibleText(`${item}: ${problem}`)}</li>
                      ))}
                    </ul>
                  ) : null}
                </MessageBarBody>
              </MessageBar>
            ) : null}
            {failure || finished?.state === 'failed' ? (
              <MessageBar intent="error">
                <MessageBarBody>{visibleText(failure || finished?.detail || 'The import failed.')}</MessageBarBody>
              </MessageBar>
            ) : null}
          </DialogContent>
          <DialogActions>
            <Button disabled={busy} onClick={onClose}>
              Close
            </Button>
            <Button
              appearance="primary"
              disabled={busy || !file || !source.trim() || result !== undefined}
              onClick={() => void send()}
            >
              {busy ? 'Importing' : 'Import'}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
