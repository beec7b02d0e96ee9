import { Button, MessageBar, MessageBarBody, makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { ArrowUpload24Regular } from '@fluentui/react-icons/svg/arrow-upload';
import type { Job, SigmaCheck } from '@parapet/schema/wire';
import { useEffect, useRef, useState } from 'react';
import { ApiError, api } from '../../api/client.ts';
import { JobProgress } from '../../components/JobProgress.tsx';
import { visibleText } from '../../lib/text.ts';
import { isOver, useJob } from '../../lib/useJob.ts';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '16px', maxWidth: '760px' },
  zone: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    gap: '10px',
    padding: '40px 24px',
    textAlign: 'center',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px dashed ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusMedium,
  },
  over: { backgroundColor: tokens.colorNeutralBackground1Hover },
  buttons: { display: 'flex', gap: '8px', flexWrap: 'wrap', justifyContent: 'center' },
  soft: { color: tokens.colorNeutralForeground3 },
  hidden: { display: 'none' },
});

const isRule = (name: string): boolean => /\.ya?ml$/i.test(name);

/** Files, folders or an archive of rules, on their way to the check. */
export function SigmaUpload({ onChecked }: { readonly onChecked: (check: string) => void }) {
  const styles = useStyles();
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState('');
  const [jobId, setJobId] = useState<string>();
  const job = useJob(jobId);
  const finished = job.data && isOver(job.data) ? job.data : undefined;
  useEffect(() => {
    if (finished?.state === 'succeeded' && finished.result) onChecked((finished.result as SigmaCheck).id);
  }, [finished, onChecked]);

  const send = async (chosen: readonly File[]) => {
    setFailure('');
    setJobId(undefined);
    const archive = chosen.find((file) => /\.zip$/i.test(file.name));
    const rules = chosen.filter((file) => isRule(file.name));
    if (!archive && rules.length === 0) {
      setFailure('None of these files is a rule (.yml, .yaml) or a zip archive.');
      return;
    }
    setSending(true);
    try {
      const started = archive
        ? await api.upload<Job>('/api/detections/sigma/check', {}, archive)
        : await api.post<Job>('/api/detections/sigma/check', {
            files: await Promise.all(
              rules.map(async (file) => ({ name: file.webkitRelativePath || file.name, text: await file.text() })),
            ),
          });
      setJobId(started.id);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure([error.message, error.hint].filter(Boolean).join(' '));
    } finally {
      setSending(false);
    }
  };
  const busy = sending || (jobId !== undefined && !finished);
  return (
    <div className={styles.stack}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping files is an extra way to the buttons in it */}
      <div
        className={mergeClasses(styles.zone, over && styles.over)}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          if (!busy) void send([...event.dataTransfer.files]);
        }}
      >
        <ArrowUpload24Regular />
        <Text weight="semibold">Drop rule files or a zip archive here</Text>
        <div className={styles.buttons}>
          <Button appearance="primary" disabled={busy} onClick={() => files.current?.click()}>
            Choose files
          </Button>
          <Button disabled={busy} onClick={() => folder.current?.click()}>
            Choose a folder
          </Button>
        </div>
        <Text size={200} className={styles.soft}>
          YAML documents of the Sigma specification: rules, correlations and filters. An archive may hold a whole
          repository.
        </Text>
      </div>
      <input
        ref={files}
        type="file"
        multiple
        accept=".yml,.yaml,.zip"
        className={styles.hidden}
        aria-label="Sigma rule files"
        onChange={(event) => {
          const chosen = [...(event.target.files ?? [])];
          event.target.value = '';
          if (chosen.length > 0) void send(chosen);
        }}
      />
      <input
        ref={folder}
        type="file"
        {...{ webkitdirectory: '' }}
        className={styles.hidden}
        aria-label="Folder of Sigma rules"
        onChange={(event) => {
          const chosen = [...(event.target.files ?? [])].filter((file) => isRule(file.name));
          event.target.value = '';
          void send(chosen);
        }}
      />
      {sending ? <Text role="status">Sending the files</Text> : null}
      {job.data ? <JobProgress job={job.data} /> : null}
      {failure || finished?.state === 'failed' ? (
        <MessageBar intent="error">
          <MessageBarBody>{visibleText(failure || finished?.detail || 'The check failed.')}</MessageBarBody>
        </MessageBar>
      ) : null}
    </div>
  );
}
