import { Button, Field, Input, Link } from '@fluentui/react-components';
import { Fingerprint20Regular } from '@fluentui/react-icons/svg/fingerprint';
import type { FactorKind, PendingFactor, SessionInfo } from '@parapet/schema/wire';
import { type FormEvent, useState } from 'react';
import { ApiError, api } from '../../api/client.ts';
import { Failure } from '../../features/sign-in/Failure.tsx';
import { askPasskey, wasCancelled } from '../../features/sign-in/passkey.ts';

const OTHER: Readonly<Record<FactorKind, string>> = {
  totp: 'Use a code of the authenticator app',
  passkey: 'Use a passkey',
  recoveryCode: 'Use a recovery code',
};

/** The factor that is still missing, with a way to each of the others. */
export function FactorForm({
  pending,
  onSignedIn,
  onBack,
}: {
  readonly pending: PendingFactor;
  readonly onSignedIn: (session: SessionInfo) => void;
  readonly onBack: () => void;
}) {
  const [kind, setKind] = useState<FactorKind>(pending.methods[0] ?? 'totp');
  const [code, setCode] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const send = async (proof: () => Promise<object>) => {
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      onSignedIn(await api.post<SessionInfo>('/api/session/factor', { ticket: pending.ticket, ...(await proof()) }));
    } catch (error) {
      if (!wasCancelled(error)) setFailure(error);
      setCode('');
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send(async () => (kind === 'totp' ? { totp: code.trim() } : { recoveryCode: code.trim() }));
  };
  const expired = failure instanceof ApiError && failure.code === 'ticket_expired';
  return (
    <form onSubmit={submit} style={{ display: 'flex', flexDirection: 'column', gap: 14 }}>
      <Failure error={failure} />
      {kind === 'passkey' ? (
        <Button
          size="large"
          appearance="primary"
          icon={<Fingerprint20Regular />}
          disabled={busy}
          onClick={() =>
            void send(async () => ({
              passkey: await askPasskey('/api/sign-in/factor/passkey', { ticket: pending.ticket }),
            }))
          }
        >
          Use a passkey
        </Button>
      ) : (
        <>
          <Field
            label={kind === 'totp' ? 'Code of the authenticator app' : 'Recovery code'}
            required
            hint={kind === 'totp' ? undefined : 'Each one works once.'}
          >
            <Input
              key={kind}
              value={code}
              autoFocus
              inputMode={kind === 'totp' ? 'numeric' : undefined}
              autoComplete="one-time-code"
              maxLength={kind === 'totp' ? 7 : 60}
              onChange={(_, data) => setCode(data.value)}
            />
          </Field>
          <Button type="submit" appearance="primary" size="large" disabled={busy || code.trim() === '' || expired}>
            Sign in
          </Button>
        </>
      )}
      {pending.methods
        .filter((each) => each !== kind)
        .map((each) => (
          <Link
            key={each}
            as="button"
            type="button"
            onClick={() => {
              setKind(each);
              setCode('');
              setFailure(undefined);
            }}
          >
            {OTHER[each]}
          </Link>
        ))}
      <Link as="button" type="button" onClick={onBack}>
        Start again
      </Link>
    </form>
  );
}
