import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  makeStyles,
  Text,
} from '@fluentui/react-components';
import { Fingerprint20Regular } from '@fluentui/react-icons/svg/fingerprint';
import type { SecurityProfile } from '@parapet/schema/wire';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { api } from '../../api/client.ts';
import { useSession } from '../../api/session.ts';
import { Failure } from './Failure.tsx';
import { setIdentityQuestion } from './identity.ts';
import { askPasskey, wasCancelled } from './passkey.ts';

const useStyles = makeStyles({ form: { display: 'flex', flexDirection: 'column', gap: '12px' } });

/** "Is it you?", asked before sensitive changes when the last proof is some time ago. */
export function IdentityCheck() {
  const [profile, setProfile] = useState<SecurityProfile>();
  const answer = useRef<(ok: boolean) => void>(() => {});
  useEffect(() => {
    setIdentityQuestion(async () => {
      setProfile(await api.get<SecurityProfile>('/api/profile/security'));
      return new Promise<boolean>((resolve) => {
        answer.current = resolve;
      });
    });
    return () => setIdentityQuestion(undefined);
  }, []);
  const close = (ok: boolean) => {
    setProfile(undefined);
    answer.current(ok);
  };
  return (
    <Dialog open={profile !== undefined} onOpenChange={(_, data) => !data.open && close(false)}>
      <DialogSurface style={{ maxWidth: 420 }}>
        {profile?.provider ? (
          <AtProvider profile={profile} onCancel={() => close(false)} />
        ) : profile ? (
          <Here profile={profile} onClose={close} />
        ) : null}
      </DialogSurface>
    </Dialog>
  );
}

function AtProvider({ profile, onCancel }: { readonly profile: SecurityProfile; readonly onCancel: () => void }) {
  const go = () => {
    const here = window.location.pathname + window.location.search;
    window.location.assign(
      `/api/sign-in/oidc/${profile.provider?.id}/start?confirm=true&returnTo=${encodeURIComponent(here)}`,
    );
  };
  return (
    <DialogBody>
      <DialogTitle>Confirm that it is you</DialogTitle>
      <DialogContent>
        <Text>
          This change needs a fresh sign-in at {profile.provider?.name}. You come back to this page and make the change
          again.
        </Text>
      </DialogContent>
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button appearance="primary" onClick={go}>
          Sign in at {profile.provider?.name}
        </Button>
      </DialogActions>
    </DialogBody>
  );
}

function Here({ profile, onClose }: { readonly profile: SecurityProfile; readonly onClose: (ok: boolean) => void }) {
  const styles = useStyles();
  const username = useSession()?.user?.username ?? '';
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const send = async (proof: () => Promise<object>) => {
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      await api.post<void>('/api/session/confirm', await proof());
      onClose(true);
    } catch (error) {
      if (!wasCancelled(error)) setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const needsCode = profile.totp !== null || profile.passkeys.length > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const text = code.trim();
    const factor = !needsCode ? {} : /^[\d\s]{6,7}$/.test(text) ? { totp: text } : { recoveryCode: text };
    void send(async () => ({ password, ...factor }));
  };
  return (
    <form onSubmit={submit}>
      <DialogBody>
        <DialogTitle>Confirm that it is you</DialogTitle>
        <DialogContent>
          <div className={styles.form}>
            <Failure error={failure} />
            <Text>This change needs to know that nobody else sits at your browser.</Text>
            {profile.passkeys.length > 0 && profile.passkeysPossible ? (
              <Button
                icon={<Fingerprint20Regular />}
                disabled={busy}
                onClick={() =>
                  void send(async () => ({ passkey: await askPasskey('/api/profile/passkeys/challenge') }))
                }
              >
                Use a passkey
              </Button>
            ) : null}
            <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
            <Field label="Password" required>
              <Input
                type="password"
                autoFocus
                autoComplete="current-password"
                value={password}
                maxLength={512}
                onChange={(_, data) => setPassword(data.value)}
              />
            </Field>
            {needsCode ? (
              <Field label="Code of the authenticator app, or a recovery code" required>
                <Input
                  autoComplete="one-time-code"
                  value={code}
                  maxLength={60}
                  onChange={(_, data) => setCode(data.value)}
                />
              </Field>
            ) : null}
          </div>
        </DialogContent>
        <DialogActions>
          <Button type="button" onClick={() => onClose(false)}>
            Cancel
          </Button>
          <Button type="submit" appearance="primary" disabled={busy || !password || (needsCode && !code.trim())}>
            Confirm
          </Button>
        </DialogActions>
      </DialogBody>
    </form>
  );
}
