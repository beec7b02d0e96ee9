import {
  Button,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
} from '@fluentui/react-components';
import { Dismiss20Regular } from '@fluentui/react-icons/svg/dismiss';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../api/client.ts';
import { useCan } from '../api/session.ts';
import { TimeText } from '../components/TimeText.tsx';
import { visibleText } from '../lib/text.ts';
import { duration } from '../lib/time.ts';
import { useStored } from '../lib/useStored.ts';

const useStyles = makeStyles({ bar: { margin: '8px 24px 0' } });

/** Said on every page: the telemetry engine does not answer, or died in the last day and was healed. Put away for good once read. */
export function EngineNotice() {
  const styles = useStyles();
  const mayRead = useCan('SecData.Read');
  const [read, setRead] = useStored('notice.engine', '');
  const health = useQuery({
    queryKey: ['/api/store/health'],
    queryFn: ({ signal }) => api.get('/api/store/health', undefined, signal),
    refetchInterval: 15_000,
    enabled: mayRead,
  });
  if (!health.data) return null;
  const { ok, lastRestart, restartsLastDay } = health.data;
  if (!ok)
    return (
      <MessageBar intent="error" className={styles.bar}>
        <MessageBarBody>
          <MessageBarTitle>The telemetry engine does not answer</MessageBarTitle>
          It is being started again; what arrives is kept meanwhile. <Link to="/store">See the data store</Link>
        </MessageBarBody>
      </MessageBar>
    );
  if (!lastRestart || read === lastRestart.id) return null;
  return (
    <MessageBar intent="warning" className={styles.bar}>
      <MessageBarBody>
        <MessageBarTitle>The telemetry engine was restarted</MessageBarTitle>
        <TimeText value={lastRestart.at} />: {visibleText(lastRestart.reason)}.
        {lastRestart.backAfterMs === null ? '' : ` It was back after ${duration(lastRestart.backAfterMs)}.`} No stored
        or acknowledged event was lost
        {lastRestart.interrupted ? `; ${lastRestart.interrupted} calls were cut off` : ''}
        {restartsLastDay > 1 ? `; ${restartsLastDay} restarts in 24 hours` : ''}.{' '}
        <Link to="/store" search={{ tab: 'engine' }}>
          Details
        </Link>
      </MessageBarBody>
      <MessageBarActions
        containerAction={
          <Button
            appearance="transparent"
            aria-label="Put the notice away"
            icon={<Dismiss20Regular />}
            onClick={() => setRead(lastRestart.id)}
          />
        }
      />
    </MessageBar>
  );
}
