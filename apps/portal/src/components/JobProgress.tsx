import { Button, Field, makeStyles, ProgressBar, Text, tokens } from '@fluentui/react-components';
import type { Job } from '@parapet/schema/wire';
import { useState } from 'react';
import { api } from '../api/client.ts';
import { duration } from '../lib/time.ts';
import { isOver } from '../lib/useJob.ts';
import { notify } from './Notifier.tsx';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '8px' },
  row: { display: 'flex', alignItems: 'center', gap: '12px', justifyContent: 'space-between' },
  soft: { color: tokens.colorNeutralForeground3 },
});

/** A long piece of work: how far, what it is doing, and the way out. */
export function JobProgress({ job }: { readonly job: Job }) {
  const styles = useStyles();
  const [stopping, setStopping] = useState(false);
  const running = !isOver(job);
  const elapsed = job.startedAt
    ? (job.finishedAt ? Date.parse(job.finishedAt) : Date.now()) - Date.parse(job.startedAt)
    : 0;
  const cancel = async () => {
    setStopping(true);
    try {
      await api.delete(`/api/jobs/${encodeURIComponent(job.id)}`);
    } catch (error) {
      setStopping(false);
      notify.failure('It goes on', error);
    }
  };
  return (
    <div className={styles.root}>
      <Field
        label={job.title}
        validationState={job.state === 'failed' ? 'error' : job.state === 'succeeded' ? 'success' : 'none'}
        validationMessage={running ? undefined : job.detail || undefined}
      >
        <ProgressBar
          value={job.state === 'succeeded' ? 1 : (job.progress ?? undefined)}
          color={job.state === 'failed' ? 'error' : job.state === 'succeeded' ? 'success' : 'brand'}
          thickness="large"
        />
      </Field>
      {running ? (
        <div className={styles.row}>
          <Text size={200} className={styles.soft} role="status">
            {job.progress === null ? '' : `${Math.round(job.progress * 100)} %, `}
            {elapsed > 0 ? `${duration(elapsed)}, ` : ''}
            {job.detail || 'waiting to start'}
          </Text>
          <Button size="small" disabled={stopping} onClick={() => void cancel()}>
            {stopping ? 'Stopping' : 'Cancel'}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
