import { Button, MessageBar, MessageBarBody, makeStyles, Text, tokens } from '@fluentui/react-components';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { type ApiError, api } from '../../../api/client.ts';
import { JobProgress } from '../../../components/JobProgress.tsx';
import { Mono } from '../../../components/Mono.tsx';
import { plural } from '../../../lib/time.ts';
import { isOver, useJob, useLatestJob } from '../../../lib/useJob.ts';

const useStyles = makeStyles({
  soft: { color: tokens.colorNeutralForeground2 },
  row: { display: 'flex', gap: '8px', flexWrap: 'wrap' },
});

/** GET /api/sample: what it will hold, counted by the generator. */
/** Loads the sample environment through the real ingest endpoints, as a job that can be watched and cancelled. */
export function LoadSample() {
  const styles = useStyles();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [startedId, setStartedId] = useState<string>();
  // A job that someone else, or `--sample`, started is followed just the same.
  const latest = useLatestJob('sample');
  const job = useJob(startedId ?? latest?.id);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError>();
  const sample = useQuery({
    queryKey: ['/api/sample'],
    queryFn: ({ signal }) => api.get('/api/sample', undefined, signal),
    staleTime: Infinity,
  });
  const state = job.data?.state;

  useEffect(() => {
    if (state === 'succeeded') void client.invalidateQueries();
  }, [state, client]);

  const start = async () => {
    setBusy(true);
    setFailure(undefined);
    try {
      setStartedId((await api.post('/api/sample')).id);
    } catch (error) {
      setFailure(error as ApiError);
    } finally {
      setBusy(false);
    }
  };

  return (
    <>
      <Text className={styles.soft}>
        An invented organisation with everyday noise and attacks hidden in it. The events come in through the same door
        as yours would, and the incidents are found by the rules.
      </Text>
      {sample.data ? (
        <Text size={200} className={styles.soft}>
          {plural(sample.data.devices, 'device')}, {plural(sample.data.people, 'person', 'people')} and{' '}
          {plural(sample.data.cloudAccounts, 'cloud account')} over {plural(sample.data.days, 'day')},{' '}
          {plural(sample.data.campaigns.length, 'attack')}. It stays in this data folder, marked by the domain{' '}
          <Mono>{sample.data.domain}</Mono>.
        </Text>
      ) : null}
      {failure ? (
        <MessageBar intent="error" role="alert" layout="multiline">
          <MessageBarBody>
            {failure.message} {failure.hint}
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {job.data ? <JobProgress job={job.data} /> : null}
      <div className={styles.row}>
        {state === 'succeeded' ? (
          <>
            <Button appearance="primary" onClick={() => void navigate({ to: '/incidents' })}>
              Open the incidents
            </Button>
            <Button onClick={() => void navigate({ to: '/' })}>Go to Home</Button>
          </>
        ) : !job.data || isOver(job.data) ? (
          <Button appearance="primary" disabled={busy} onClick={() => void start()}>
            {job.data ? 'Start again' : 'Load the sample environment'}
          </Button>
        ) : null}
      </div>
    </>
  );
}
