import {
  Button,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
} from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

const useStyles = makeStyles({ bar: { margin: '8px 24px 0' } });

/** Long enough that one slow answer is no alarm. */
const EVERY_MS = 15_000;

/** The file of this window's program: it has another name in every build. */
const ownScript = (): string | undefined =>
  document.querySelector<HTMLScriptElement>('script[type="module"][src*="/assets/"]')?.getAttribute('src') ?? undefined;

interface Look {
  readonly online: boolean;
  /** The program that the server gives out now; undefined when the page could not be read. */
  readonly script?: string | undefined;
}

async function look(signal: AbortSignal): Promise<Look> {
  try {
    const answer = await fetch('/', { signal, headers: { accept: 'text/html' }, cache: 'no-store' });
    if (!answer.ok) return { online: answer.status < 500 };
    const script = /<script[^>]+src="([^"]*\/assets\/[^"]+)"/.exec(await answer.text())?.[1];
    return { online: true, script };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    return { online: false };
  }
}

/** Said on every page: the server is not reached, or this window is older than what the server gives out. */
export function ConnectionNotice() {
  const styles = useStyles();
  const [later, setLater] = useState('');
  const own = useRef(ownScript());
  const { data, refetch } = useQuery({
    queryKey: ['connection'],
    queryFn: ({ signal }) => look(signal),
    refetchInterval: EVERY_MS,
    refetchOnWindowFocus: 'always',
    networkMode: 'always',
    retry: false,
  });
  useEffect(() => {
    const again = () => void refetch();
    window.addEventListener('online', again);
    window.addEventListener('offline', again);
    return () => {
      window.removeEventListener('online', again);
      window.removeEventListener('offline', again);
    };
  }, [refetch]);
  if (!data) return null;
  if (!data.online)
    return (
      <MessageBar intent="error" className={styles.bar}>
        <MessageBarBody>
          <MessageBarTitle>The server cannot be reached</MessageBarTitle>
          What you see is as it was; what you type is kept. It is tried again every 15 seconds.
        </MessageBarBody>
        <MessageBarActions>
          <Button size="small" onClick={() => void refetch()}>
            Try now
          </Button>
        </MessageBarActions>
      </MessageBar>
    );
  const { script } = data;
  if (!script || !own.current || script === own.current || later === script) return null;
  return (
    <MessageBar intent="info" className={styles.bar}>
      <MessageBarBody>
        <MessageBarTitle>Parapet was updated</MessageBarTitle>
        This window is from the version before; reload it to get the new one. Drafts stay.
      </MessageBarBody>
      <MessageBarActions>
        <Button size="small" appearance="primary" onClick={() => window.location.reload()}>
          Reload
        </Button>
        <Button size="small" onClick={() => setLater(script)}>
          Later
        </Button>
      </MessageBarActions>
    </MessageBar>
  );
}
