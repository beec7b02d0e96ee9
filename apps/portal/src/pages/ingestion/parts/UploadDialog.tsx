import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Link as PlainLink,
  ProgressBar,
  Select,
  Text,
  tokens,
} from '@fluentui/react-components';
import type { UploadJob } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useId, useRef, useState } from 'react';
import { ApiError, api, uploadFile, withQuery } from '../../../api/client.ts';
import { visibleText } from '../../../lib/text.ts';
import { plural } from '../../../lib/time.ts';
import { useSources } from '../data.ts';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '14px' },
  zone: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    gap: '8px',
    padding: '24px',
    textAlign: 'center',
    border: `1px dashed ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusMedium,
  },
  over: { backgroundColor: tokens.colorNeutralBackground1Hover },
  hidden: { display: 'none' },
  file: { display: 'flex', flexDirection: 'column', gap: '4px' },
  line: { display: 'flex', justifyContent: 'space-between', gap: '12px', flexWrap: 'wrap' },
  name: { overflowWrap: 'anywhere' },
  soft: { color: tokens.colorNeutralForeground3 },
  problems: { margin: 0, paddingLeft: '18px', overflowWrap: 'anywhere', maxHeight: '160px', overflowY: 'auto' },
});

interface Upload {
  readonly key: number;
  readonly file: File;
  readonly sent: number;
  readonly job?: UploadJob;
  readonly failure?: ApiError;
}

let serial = 0;

/** Give files to the server and watch what becomes of them: events taken, lines that could not be used. */
export function UploadDialog({ onClose }: { readonly onClose: () => void }) {
  const styles = useStyles();
  const client = useQueryClient();
  const sources = useSources();
  const targets = (sources.data ?? []).filter((source) => source.kind === 'upload');
  const [target, setTarget] = useState('');
  const [uploads, setUploads] = useState<readonly Upload[]>([]);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const leave = useRef(new AbortController());
  const inputId = useId();
  useEffect(() => {
    const controller = new AbortController();
    leave.current = controller;
    return () => controller.abort();
  }, []);

  const change = (key: number, part: Partial<Upload>) =>
    setUploads((all) => all.map((each) => (each.key === key ? { ...each, ...part } : each)));

  const send = async (files: readonly File[]) => {
    const added = files.map((file) => ({ key: ++serial, file, sent: 0 }));
    setUploads((all) => [...all, ...added]);
    // One after the other: several at once would only share the line.
    for (const { key, file } of added) {
      try {
        const path = withQuery('/api/ingest/uploads', { name: file.name, source: target });
        const job = await uploadFile<UploadJob>(path, file, (sent) => change(key, { sent }), leave.current.signal);
        change(key, { job, sent: file.size });
        void client.invalidateQueries({ queryKey: ['/api/ingest/sources'] });
      } catch (error) {
        if (error instanceof ApiError) change(key, { failure: error });
        else if (!(error instanceof DOMException)) throw error;
      }
    }
  };

  return (
    <Dialog open modalType="modal" onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface style={{ maxWidth: 680 }}>
        <DialogBody>
          <DialogTitle>Upload files</DialogTitle>
          <DialogContent>
            <div className={styles.stack}>
              <Text className={styles.soft}>
                JSON, CSV, text logs, Windows event logs (EVTX), Zeek logs, mail (EML, mbox); plain or in gzip, zstd,
                zip and tar. What a file is, is told by its content.
              </Text>
              {targets.length > 1 ? (
                <Field label="Source">
                  <Select value={target} onChange={(_, data) => setTarget(data.value)}>
                    <option value="">Uploads in the portal</option>
                    {targets
                      .filter((source) => source.id !== 'portal-uploads')
                      .map((source) => (
                        <option key={source.id} value={source.id}>
                          {source.name}
                        </option>
                      ))}
                  </Select>
                </Field>
              ) : null}
              {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way beside the button inside. */}
              <div
                className={`${styles.zone} ${over ? styles.over : ''}`}
                onDragOver={(event) => {
                  event.preventDefault();
                  setOver(true);
                }}
                onDragLeave={() => setOver(false)}
                onDrop={(event) => {
                  event.preventDefault();
                  setOver(false);
                  void send([...event.dataTransfer.files]);
                }}
              >
                <Text>Drop files here, or</Text>
                <Button appearance="primary" onClick={() => input.current?.click()}>
                  Choose files
                </Button>
                <input
                  ref={input}
                  id={inputId}
                  className={styles.hidden}
                  type="file"
                  multiple
                  aria-label="Files to upload"
                  onChange={(event) => {
                    void send([...(event.target.files ?? [])]);
                    event.target.value = '';
                  }}
                />
              </div>
              {uploads.map((upload) => (
                <UploadLine key={upload.key} upload={upload} />
              ))}
            </div>
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>
              {uploads.some((upload) => !upload.job && !upload.failure) ? 'Stop and close' : 'Close'}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function UploadLine({ upload }: { readonly upload: Upload }) {
  const styles = useStyles();
  const { file, sent, failure } = upload;
  const id = upload.job?.id;
  const followed = useQuery({
    queryKey: ['/api/ingest/uploads', id],
    queryFn: ({ signal }) => api.get(`/api/ingest/uploads/${id}`, undefined, signal),
    enabled: id !== undefined,
    refetchInterval: (query) => (query.state.data?.finishedAt ? false : 500),
  });
  const job = followed.data ?? upload.job;
  return (
    <div className={styles.file} role="status">
      <div className={styles.line}>
        <Text weight="semibold" className={styles.name}>
          {visibleText(file.name)}
        </Text>
        <Text size={200} className={styles.soft}>
          {failure ? 'Not taken' : !job ? 'Sending' : words(job)}
        </Text>
      </div>
      {failure ? (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>
            {failure.message} {failure.hint}
          </MessageBarBody>
        </MessageBar>
      ) : !job?.finishedAt ? (
        <ProgressBar
          aria-label={`${job ? 'Reading' : 'Sending'} ${file.name}`}
          value={file.size === 0 ? 1 : (job ? job.read : sent) / file.size}
        />
      ) : (
        <>
          <Text size={200}>
            {plural(job.events, 'event')} taken
            {job.problems > 0 ? `, ${plural(job.problems, 'line or part', 'lines or parts')} not` : ''}.{' '}
            <Link to="/ingestion/sources/$id" params={{ id: job.sourceId }}>
              See the source
            </Link>
            {job.problems > 0 ? (
              <>
                {' · '}
                <PlainLink inline href="/ingestion/dead-letters">
                  Dead letters
                </PlainLink>
              </>
            ) : null}
          </Text>
          {job.examples.length > 0 ? (
            <ul className={styles.problems}>
              {job.examples.slice(0, 20).map((example, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the list of a finished job does not change.
                <li key={i}>
                  <Text size={200}>{visibleText(example)}</Text>
                </li>
              ))}
            </ul>
          ) : null}
        </>
      )}
    </div>
  );
}

function words(job: UploadJob): string {
  switch (job.state) {
    case 'waiting':
      return 'Waiting for its turn';
    case 'reading':
      return `${plural(job.events, 'event')} so far`;
    case 'failed':
      return 'Nothing could be used';
    default:
      return 'Done';
  }
}
