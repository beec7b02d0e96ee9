import { Button, Field, Input, MessageBar, MessageBarBody, Spinner } from '@fluentui/react-components';
import type { SignInRequest } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import * as v from 'valibot';
import { type ApiError, api } from '../../api/client.ts';
import { remember, sessionKey, sessionQuery } from '../../api/session.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { Redirect } from '../../shell/Redirect.tsx';
import { SetupNeeded } from '../../shell/SetupNeeded.tsx';
import { EntryFrame } from './EntryFrame.tsx';
import { safeNext } from './next.ts';

const schema = v.object({ next: url.text('/') });

export function SignInPage() {
  const [{ next }] = useUrlState(schema);
  const router = useRouter();
  const client = useQueryClient();
  const session = useQuery(sessionQuery);
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError>();

  if (session.isError && !session.data)
    return <ErrorState error={session.error} title="Parapet did not answer" onRetry={() => void session.refetch()} />;
  if (session.data?.setupRequired) return <SetupNeeded />;
  if (session.data?.user) return <Redirect href={safeNext(next)} />;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const answer = await api.post('/api/session', {
        username: username.trim(),
        password,
      } satisfies SignInRequest);
      client.clear();
      client.setQueryData(sessionKey, remember(answer));
      router.history.replace(safeNext(next));
    } catch (error) {
      setFailure(error as ApiError);
      setPassword('');
    } finally {
      setBusy(false);
    }
  };

  return (
    <EntryFrame title="Sign in">
      <form onSubmit={(event) => void submit(event)} style={{ display: 'flex', flexDirection: 'column', gap: 14 }}>
        {failure ? (
          <MessageBar intent="error" role="alert">
            <MessageBarBody>
              {failure.message} {failure.hint}
            </MessageBarBody>
          </MessageBar>
        ) : null}
        <Field label="User name" required>
          <Input
            value={username}
            name="username"
            required
            autoComplete="username"
            autoFocus
            maxLength={200}
            onChange={(_, data) => setUsername(data.value)}
          />
        </Field>
        <Field label="Password" required>
          <Input
            value={password}
            type="password"
            name="password"
            required
            autoComplete="current-password"
            maxLength={512}
            onChange={(_, data) => setPassword(data.value)}
          />
        </Field>
        <Button
          type="submit"
          appearance="primary"
          size="large"
          disabled={busy}
          icon={busy ? <Spinner size="tiny" aria-hidden /> : undefined}
        >
          {busy ? 'Signing in' : 'Sign in'}
        </Button>
      </form>
    </EntryFrame>
  );
}
