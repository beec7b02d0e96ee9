import { Button, Field, Input, MessageBar, MessageBarBody, Spinner } from '@fluentui/react-components';
import type { SetupRequest } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import * as v from 'valibot';
import { type ApiError, api } from '../../api/client.ts';
import { remember, sessionKey, sessionQuery } from '../../api/session.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { EntryFrame } from './EntryFrame.tsx';
import { PasswordRules } from './PasswordRules.tsx';
import { passwordRules } from './password.ts';

const schema = v.object({ token: url.text() });

/** The first administrator, created through the one-time link that the server printed. */
export function SetupPage() {
  const [{ token }] = useUrlState(schema);
  const navigate = useNavigate();
  const client = useQueryClient();
  const session = useQuery(sessionQuery);
  const [displayName, setDisplayName] = useState('');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError>();
  const [tried, setTried] = useState(false);

  if (session.data && !session.data.setupRequired)
    return (
      <EntryFrame
        title="Set-up is done"
        lead="An administrator exists already, so this link no longer works. Ask them for an account."
      >
        <Link to="/sign-in">Go to sign-in</Link>
      </EntryFrame>
    );
  if (!token)
    return (
      <EntryFrame
        title="The link is incomplete"
        lead="The set-up link ends in a token. Copy the whole address that the server printed when it started; restarting the server prints a new one."
      >
        {null}
      </EntryFrame>
    );

  const rulesMet = passwordRules(password, username).every((rule) => rule.met);
  const mismatch = again !== '' && again !== password;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (busy || !displayName.trim() || !username.trim() || !rulesMet || again !== password) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const answer = await api.post('/api/setup', {
        token,
        username: username.trim(),
        displayName: displayName.trim(),
        password,
      } satisfies SetupRequest);
      client.clear();
      client.setQueryData(sessionKey, remember(answer));
      await navigate({ to: '/welcome', replace: true });
    } catch (error) {
      setFailure(error as ApiError);
    } finally {
      setBusy(false);
    }
  };

  return (
    <EntryFrame
      title="Create the first administrator"
      lead="This account can do everything, including adding other people. The link works once."
    >
      <form
        noValidate
        onSubmit={(event) => void submit(event)}
        style={{ display: 'flex', flexDirection: 'column', gap: 14 }}
      >
        {failure ? (
          <MessageBar intent="error" role="alert" layout="multiline">
            <MessageBarBody>
              {failure.message} {failure.hint}
            </MessageBarBody>
          </MessageBar>
        ) : null}
        <Field
          label="Your name"
          required
          validationMessage={tried && !displayName.trim() ? 'Write the name that others will see.' : undefined}
        >
          <Input
            value={displayName}
            autoComplete="name"
            autoFocus
            maxLength={100}
            onChange={(_, data) => setDisplayName(data.value)}
          />
        </Field>
        <Field
          label="User name"
          required
          validationMessage={tried && !username.trim() ? 'Write the name you will sign in with.' : undefined}
        >
          <Input
            value={username}
            autoComplete="username"
            maxLength={64}
            onChange={(_, data) => setUsername(data.value)}
          />
        </Field>
        <Field
          label="Password"
          required
          validationState={tried && !rulesMet ? 'error' : 'none'}
          hint={<PasswordRules password={password} username={username} />}
        >
          <Input
            value={password}
            type="password"
            autoComplete="new-password"
            maxLength={256}
            onChange={(_, data) => setPassword(data.value)}
          />
        </Field>
        <Field
          label="Password again"
          required
          validationMessage={mismatch || (tried && again !== password) ? 'The two are not the same.' : undefined}
        >
          <Input
            value={again}
            type="password"
            autoComplete="new-password"
            maxLength={256}
            onChange={(_, data) => setAgain(data.value)}
          />
        </Field>
        <Button
          type="submit"
          appearance="primary"
          size="large"
          disabled={busy}
          icon={busy ? <Spinner size="tiny" aria-hidden /> : undefined}
        >
          Create administrator
        </Button>
      </form>
    </EntryFrame>
  );
}
