import { Button, Field, Input, MessageBar, MessageBarBody, Text } from '@fluentui/react-components';
import type { ConsentRequest } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { type ApiError, api } from '../../api/client.ts';
import { sessionQuery } from '../../api/session.ts';
import { visibleText } from '../../lib/text.ts';
import { Redirect } from '../../shell/Redirect.tsx';
import { ConsentDetails } from './ConsentDetails.tsx';
import { EntryFrame } from './EntryFrame.tsx';

/** Where the code that a command line or another device shows is entered. */
export function DevicePage() {
  const session = useQuery(sessionQuery);
  const [code, setCode] = useState('');
  const [request, setRequest] = useState<ConsentRequest>();
  const [done, setDone] = useState<'allowed' | 'declined'>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError>();
  if (session.data && !session.data.user) return <Redirect href="/sign-in?next=%2Fdevice" />;
  const path = `/api/oauth/device/${encodeURIComponent(code.trim())}`;
  const run = async (work: () => Promise<void>) => {
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      await work();
    } catch (error) {
      setFailure(error as ApiError);
    } finally {
      setBusy(false);
    }
  };
  const look = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => setRequest(await api.get<ConsentRequest>(path)));
  };
  const answer = (allow: boolean) =>
    run(async () => {
      await api.post(path, { allow });
      setDone(allow ? 'allowed' : 'declined');
    });
  if (done)
    return (
      <EntryFrame title={done === 'allowed' ? 'The device is connected' : 'Declined'}>
        <Text>
          {done === 'allowed' ? 'Go back to it; it goes on by itself within a few seconds.' : 'The device got nothing.'}{' '}
          You can close this page.
        </Text>
      </EntryFrame>
    );
  return (
    <EntryFrame
      title={request ? `Connect ${visibleText(request.appName)}?` : 'Connect a device'}
      lead={request ? undefined : 'Enter the code that the program shows. Never enter one that somebody else sent you.'}
    >
      {failure ? (
        <MessageBar intent="error" role="alert" layout="multiline">
          <MessageBarBody>
            {failure.message} {failure.hint}
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {request ? (
        <>
          <ConsentDetails request={request} username={session.data?.user?.username ?? ''} />
          <div style={{ display: 'flex', gap: 8, justifyContent: 'flex-end' }}>
            <Button disabled={busy} onClick={() => void answer(false)}>
              Decline
            </Button>
            <Button appearance="primary" disabled={busy} onClick={() => void answer(true)}>
              Allow
            </Button>
          </div>
        </>
      ) : (
        <form onSubmit={look} style={{ display: 'flex', flexDirection: 'column', gap: 14 }}>
          <Field label="Code" required>
            <Input
              autoFocus
              size="large"
              value={code}
              maxLength={20}
              autoComplete="off"
              spellCheck={false}
              style={{ fontFamily: 'monospace', letterSpacing: '0.15em' }}
              onChange={(_, data) => setCode(data.value.toUpperCase())}
            />
          </Field>
          <Button type="submit" appearance="primary" size="large" disabled={busy || code.trim().length < 9}>
            Continue
          </Button>
        </form>
      )}
    </EntryFrame>
  );
}
