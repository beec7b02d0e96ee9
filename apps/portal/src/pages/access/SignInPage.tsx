import { Button, Divider, Field, Input, Link, MessageBar, MessageBarBody, Spinner } from '@fluentui/react-components';
import { Fingerprint20Regular } from '@fluentui/react-icons/svg/fingerprint';
import type { PendingFactor, SessionInfo, SignInOptions, SignInRequest } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useState } from 'react';
import * as v from 'valibot';
import { api } from '../../api/client.ts';
import { remember, sessionKey, sessionQuery } from '../../api/session.ts';
import { Failure } from '../../features/sign-in/Failure.tsx';
import { askPasskey, wasCancelled } from '../../features/sign-in/passkey.ts';
import { visibleText } from '../../lib/text.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { Redirect } from '../../shell/Redirect.tsx';
import { SetupNeeded } from '../../shell/SetupNeeded.tsx';
import { EntryFrame } from './EntryFrame.tsx';
import { FactorForm } from './FactorForm.tsx';
import { providerFailure } from './failures.ts';
import { safeNext } from './next.ts';

const schema = v.object({ next: url.text('/'), failure: url.text() });

export function SignInPage() {
  const [{ next, failure: came }] = useUrlState(schema);
  const router = useRouter();
  const client = useQueryClient();
  const session = useQuery(sessionQuery);
  const options = useQuery({
    queryKey: ['/api/sign-in'],
    queryFn: ({ signal }) => api.get<SignInOptions>('/api/sign-in', undefined, signal),
  });
  const [pending, setPending] = useState<PendingFactor>();
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [glass, setGlass] = useState(false);

  if (session.isError && !session.data)
    return <ErrorState error={session.error} title="Parapet did not answer" onRetry={() => void session.refetch()} />;
  if (session.data?.setupRequired) return <SetupNeeded />;
  if (session.data?.user) return <Redirect href={safeNext(next)} />;

  const enter = (answer: SessionInfo) => {
    client.clear();
    client.setQueryData(sessionKey, remember(answer));
    router.history.replace(safeNext(next));
  };
  const attempt = async (work: () => Promise<SessionInfo>) => {
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const answer = await work();
      if (answer.secondFactor) setPending(answer.secondFactor);
      else enter(answer);
    } catch (error) {
      if (!wasCancelled(error)) setFailure(error);
    } finally {
      setBusy(false);
    }
  };

  if (pending)
    return (
      <EntryFrame title="Second factor" lead="The password is right. One more step shows that it is you.">
        <FactorForm pending={pending} onSignedIn={enter} onBack={() => setPending(undefined)} />
      </EntryFrame>
    );

  const offers = options.data;
  const local = offers?.localSignIn !== false || glass;
  return (
    <EntryFrame title="Sign in">
      {failure ? (
        <Failure error={failure} />
      ) : came ? (
        <MessageBar intent="error" role="alert" layout="multiline">
          <MessageBarBody>{providerFailure(came)}</MessageBarBody>
        </MessageBar>
      ) : null}
      {offers?.providers.map((provider) => (
        <Button
          key={provider.id}
          size="large"
          appearance={local ? 'secondary' : 'primary'}
          as="a"
          href={`/api/sign-in/oidc/${provider.id}/start?returnTo=${encodeURIComponent(safeNext(next))}`}
        >
          Continue with {visibleText(provider.name)}
        </Button>
      ))}
      {offers?.passkeys && local ? (
        <Button
          size="large"
          icon={<Fingerprint20Regular />}
          disabled={busy}
          onClick={() =>
            void attempt(async () =>
              api.post<SessionInfo>('/api/session/passkey', { passkey: await askPasskey('/api/sign-in/passkey') }),
            )
          }
        >
          Sign in with a passkey
        </Button>
      ) : null}
      {offers && local && (offers.providers.length > 0 || offers.passkeys) ? <Divider>or</Divider> : null}
      {local ? (
        <PasswordStep
          busy={busy}
          onSubmit={(request) => attempt(() => api.post<SessionInfo>('/api/session', request))}
        />
      ) : (
        <Link as="button" onClick={() => setGlass(true)}>
          Use a break-glass account
        </Link>
      )}
    </EntryFrame>
  );
}

function PasswordStep({
  busy,
  onSubmit,
}: {
  readonly busy: boolean;
  readonly onSubmit: (request: SignInRequest) => Promise<void>;
}): ReactNode {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await onSubmit({ username: username.trim(), password });
    setPassword('');
  };
  return (
    <form onSubmit={(event) => void submit(event)} style={{ display: 'flex', flexDirection: 'column', gap: 14 }}>
      <Field label="User name" required>
        <Input
          value={username}
          name="username"
          required
          autoComplete="username webauthn"
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
  );
}
