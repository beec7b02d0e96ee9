import { Button, Link, Text } from '@fluentui/react-components';
import { Fingerprint20Regular } from '@fluentui/react-icons/svg/fingerprint';
import type { SecurityProfile, SessionInfo } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { remember, sessionKey, signOut } from '../../api/session.ts';
import { EntryFrame } from '../../pages/access/EntryFrame.tsx';
import { AddTotp } from './AddTotp.tsx';
import { Failure } from './Failure.tsx';
import { PasswordForm } from './PasswordForm.tsx';
import { createPasskey, wasCancelled } from './passkey.ts';
import { RecoveryCodes } from './RecoveryCodes.tsx';

/** The page of somebody who is in, but must first choose a password or add a factor. */
export function CompleteSignIn({ session }: { readonly session: SessionInfo }) {
  const client = useQueryClient();
  const user = session.user;
  if (!user) return null;
  const leave = (
    <Link as="button" onClick={() => void signOut()}>
      Sign out
    </Link>
  );
  if (session.stage === 'changePassword')
    return (
      <EntryFrame
        title="Choose your own password"
        lead="The present one was set by somebody else. Nothing else is open until you have changed it."
      >
        <PasswordForm user={user} onChanged={(answer) => client.setQueryData(sessionKey, remember(answer))} />
        {leave}
      </EntryFrame>
    );
  return (
    <EntryFrame
      title="Add a second factor"
      lead="This account needs more than a password. Nothing else is open until you have added one."
    >
      <Enrol onDone={() => void client.invalidateQueries({ queryKey: sessionKey })} />
      {leave}
    </EntryFrame>
  );
}

function Enrol({ onDone }: { readonly onDone: () => void }) {
  const [codes, setCodes] = useState<readonly string[]>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const profile = useQuery({
    queryKey: ['/api/profile/security'],
    queryFn: ({ signal }) => api.get<SecurityProfile>('/api/profile/security', undefined, signal),
  });
  const added = (made: readonly string[] | null) => (made ? setCodes(made) : onDone());
  const passkey = async () => {
    setBusy(true);
    setFailure(undefined);
    try {
      added(await createPasskey('First passkey'));
    } catch (error) {
      if (!wasCancelled(error)) setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  if (codes) return <RecoveryCodes codes={codes} onDone={onDone} />;
  return (
    <>
      <Failure error={failure} />
      <AddTotp onAdded={added} />
      {profile.data?.passkeysPossible ? (
        <Button icon={<Fingerprint20Regular />} disabled={busy} onClick={() => void passkey()}>
          Use a passkey instead
        </Button>
      ) : (
        <Text size={200}>Passkeys need the portal to be opened by its host name over HTTPS.</Text>
      )}
    </>
  );
}
