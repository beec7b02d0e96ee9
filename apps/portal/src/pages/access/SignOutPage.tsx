import { Button, Text } from '@fluentui/react-components';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import * as v from 'valibot';
import { api } from '../../api/client.ts';
import { sessionKey } from '../../api/session.ts';
import { notify } from '../../components/Notifier.tsx';
import { url, useUrlState } from '../../lib/urlState.ts';
import { EntryFrame } from './EntryFrame.tsx';

const schema = v.object({ next: url.text('') });

/** A program sent the person here to sign out; it happens only when they say so. */
export function SignOutPage() {
  const client = useQueryClient();
  const [{ next }] = useUrlState(schema);
  const [done, setDone] = useState(false);
  const signOut = async () => {
    try {
      await api.delete('/api/session');
      client.removeQueries({ queryKey: sessionKey });
      // The server leads on to registered addresses alone.
      if (next)
        window.location.assign(
          `/common/oauth2/v2.0/logout?done=1&post_logout_redirect_uri=${encodeURIComponent(next)}`,
        );
      else setDone(true);
    } catch (error) {
      notify.failure('You are still signed in', error);
    }
  };
  return (
    <EntryFrame title={done ? 'Signed out' : 'Sign out of Parapet?'}>
      {done ? <Text>You can close this page.</Text> : null}
      {done ? null : (
        <Button appearance="primary" size="large" onClick={() => void signOut()}>
          Sign out
        </Button>
      )}
    </EntryFrame>
  );
}
