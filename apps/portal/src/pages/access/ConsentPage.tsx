import { Button, MessageBar, MessageBarBody, MessageBarTitle, Spinner, Text } from '@fluentui/react-components';
import type { ConsentRequest } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import { useState } from 'react';
import { type ApiError, api } from '../../api/client.ts';
import { sessionQuery } from '../../api/session.ts';
import { visibleText } from '../../lib/text.ts';
import { Redirect } from '../../shell/Redirect.tsx';
import { ConsentDetails } from './ConsentDetails.tsx';
import { EntryFrame } from './EntryFrame.tsx';

/** A program asks to act for the person who is signed in. */
export function ConsentPage() {
  const { pathname } = useLocation();
  const session = useQuery(sessionQuery);
  // As it was sent: the portal's own reading of addresses would change it.
  const query = window.location.search.slice(1);
  const request = useQuery({
    queryKey: ['/api/oauth/consent', query],
    queryFn: () => api.post<ConsentRequest>('/api/oauth/consent/check', { query }),
    enabled: Boolean(session.data?.user),
    retry: false,
  });
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError>();
  if (session.data && !session.data.user)
    return <Redirect href={`/sign-in?next=${encodeURIComponent(`${pathname}?${query}`)}`} />;
  const answer = async (allow: boolean) => {
    setBusy(true);
    setFailure(undefined);
    try {
      const { redirect } = await api.post<{ redirect: string }>('/api/oauth/consent', { query, allow });
      window.location.assign(redirect);
    } catch (error) {
      setFailure(error as ApiError);
      setBusy(false);
    }
  };
  const problem = failure ?? (request.error as ApiError | null);
  return (
    <EntryFrame
      title={request.data ? `Let ${visibleText(request.data.appName)} act for you?` : 'A program asks for access'}
    >
      {problem ? (
        <MessageBar intent="error" role="alert" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>This request cannot be granted</MessageBarTitle>
            {problem.message} Tell whoever runs the program; you were sent nowhere.
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {request.data ? (
        <>
          <ConsentDetails request={request.data} username={session.data?.user?.username ?? ''} />
          <Text size={200}>
            You will be sent to {new URL(request.data.redirectUri).host || request.data.redirectUri}.
          </Text>
          <div style={{ display: 'flex', gap: 8, justifyContent: 'flex-end' }}>
            <Button disabled={busy} onClick={() => void answer(false)}>
              Decline
            </Button>
            <Button appearance="primary" disabled={busy} onClick={() => void answer(true)}>
              Allow
            </Button>
          </div>
        </>
      ) : problem ? null : (
        <Spinner label="Reading the request" />
      )}
    </EntryFrame>
  );
}
