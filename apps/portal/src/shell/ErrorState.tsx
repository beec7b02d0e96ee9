import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import { ErrorCircle24Regular } from '@fluentui/react-icons/svg/error-circle';
import { LockClosed24Regular } from '@fluentui/react-icons/svg/lock-closed';
import { SearchInfo20Regular } from '@fluentui/react-icons/svg/search-info';
import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ApiError } from '../api/client.ts';
import { Mono } from '../components/Mono.tsx';
import { PageShell } from './PageShell.tsx';

const useStyles = makeStyles({
  box: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    textAlign: 'center',
    gap: '6px',
    padding: '40px 24px',
    maxWidth: '560px',
    margin: '0 auto',
  },
  icon: { color: tokens.colorNeutralForeground3, display: 'flex' },
  soft: { color: tokens.colorNeutralForeground3 },
  action: { marginTop: '8px', display: 'flex', gap: '8px', alignItems: 'center' },
});

export interface ErrorStateProps {
  readonly error: unknown;
  /** What could not be done: "Incidents could not be loaded". */
  readonly title?: string;
  readonly onRetry?: () => void;
  readonly action?: ReactNode;
}

/** What happened, what to do next, and an id to quote. A missing permission is named instead of dressed up as a fault. */
export function ErrorState({ error, title, onRetry, action }: ErrorStateProps) {
  const styles = useStyles();
  const failure = error instanceof ApiError ? error : undefined;
  const denied = failure?.status === 403;
  const gone = failure?.status === 404 || failure?.status === 410;
  const Icon = denied ? LockClosed24Regular : gone ? SearchInfo20Regular : ErrorCircle24Regular;
  const message = error instanceof Error ? error.message : String(error);
  return (
    <div className={styles.box} role="alert">
      <span className={styles.icon}>
        <Icon />
      </span>
      <Text weight="semibold" size={400}>
        {denied ? 'You may not see this' : gone ? 'Not found' : (title ?? 'This could not be loaded')}
      </Text>
      <Text align="center">{message}</Text>
      {failure?.hint ? (
        <Text align="center" className={styles.soft}>
          {failure.hint}
        </Text>
      ) : null}
      {failure?.requestId ? (
        <Text size={200} className={styles.soft}>
          Reference <Mono>{failure.requestId}</Mono>
        </Text>
      ) : null}
      <div className={styles.action}>
        {onRetry && !denied && !gone ? <Button onClick={onRetry}>Try again</Button> : null}
        {action}
      </div>
    </div>
  );
}

/** An address that leads nowhere. */
export function NotFoundState() {
  return (
    <PageShell title="No such page">
      <ErrorState
        error={new ApiError(404, 'not_found', 'There is no page at this address.', undefined, undefined, undefined)}
        action={<Link to="/">Go to Home</Link>}
      />
    </PageShell>
  );
}

/** A page that threw while drawing. The rest of the portal keeps working. */
export function CrashState({ error, reset }: ErrorComponentProps) {
  const thrown: unknown = error;
  const outdated = /dynamically imported module|module script/i.test(thrown instanceof Error ? thrown.message : '');
  return (
    <PageShell title="This page stopped">
      <ErrorState
        title={outdated ? 'This page is from an older version' : 'This page stopped because of an error'}
        error={
          outdated
            ? new Error('Parapet was updated since this window was opened. Reload to get the new version.')
            : error
        }
        onRetry={outdated ? () => window.location.reload() : reset}
      />
    </PageShell>
  );
}
