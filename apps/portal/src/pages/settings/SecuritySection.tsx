import {
  Button,
  Dialog,
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
import { Phone20Regular } from '@fluentui/react-icons/svg/phone';
import type { Passkey, SecurityProfile, UserSession } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { remember, sessionKey, useSession } from '../../api/session.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { notify } from '../../components/Notifier.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { AddTotp } from '../../features/sign-in/AddTotp.tsx';
import { confirmed } from '../../features/sign-in/identity.ts';
import { PasswordForm } from '../../features/sign-in/PasswordForm.tsx';
import { createPasskey, wasCancelled } from '../../features/sign-in/passkey.ts';
import { RecoveryCodes } from '../../features/sign-in/RecoveryCodes.tsx';
import { visibleText } from '../../lib/text.ts';
import { plural } from '../../lib/time.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { SessionTable } from './parts/SessionTable.tsx';
import { Section } from './Section.tsx';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '28px' },
  row: { display: 'flex', gap: '8px', flexWrap: 'wrap', alignItems: 'center' },
});

const KEY = ['/api/profile/security'];

/** How one proves who one is, and where one is signed in. */
export function SecuritySection() {
  const styles = useStyles();
  const client = useQueryClient();
  const user = useSession()?.user;
  const profile = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<SecurityProfile>('/api/profile/security', undefined, signal),
  });
  return (
    <div className={styles.stack}>
      <Loaded query={profile} what="Your sign-in">
        {(data) =>
          data.provider ? (
            <Section
              title="Signing in"
              purpose={`You sign in through ${visibleText(data.provider.name)}. Password and second factor are kept there.`}
            >
              {null}
            </Section>
          ) : (
            <div className={styles.stack}>
              <FactorsPart profile={data} />
              {user ? (
                <Section title="Password" purpose="Changing it signs you out in every other browser.">
                  <PasswordForm
                    user={user}
                    onChanged={(answer) => {
                      client.setQueryData(sessionKey, remember(answer));
                      notify.success('Password changed', 'Other browsers have to sign in again.');
                    }}
                  />
                </Section>
              ) : null}
            </div>
          )
        }
      </Loaded>
      <OwnSessions />
    </div>
  );
}

function FactorsPart({ profile }: { readonly profile: SecurityProfile }) {
  const styles = useStyles();
  const client = useQueryClient();
  const [adding, setAdding] = useState<'totp' | 'passkey'>();
  const [codes, setCodes] = useState<readonly string[]>();
  const [removing, setRemoving] = useState<Passkey | 'totp'>();
  const refresh = () => void client.invalidateQueries({ queryKey: KEY });
  const added = (made: readonly string[] | null) => {
    setAdding(undefined);
    refresh();
    if (made) setCodes(made);
    else notify.success('Second factor added');
  };
  const renew = async () => {
    try {
      const answer = await confirmed(() =>
        api.post<{ readonly recoveryCodes: readonly string[] }>('/api/profile/recovery-codes', {}),
      );
      setCodes(answer.recoveryCodes);
      refresh();
    } catch (error) {
      notify.failure('No new recovery codes were made', error);
    }
  };
  const rows: readonly (Passkey | 'totp')[] = [...(profile.totp ? (['totp'] as const) : []), ...profile.passkeys];
  const nameOf = (row: Passkey | 'totp') => (row === 'totp' ? 'Authenticator app' : visibleText(row.name));
  return (
    <Section
      title="Second factors"
      purpose={
        profile.secondFactorRequired
          ? 'Your account needs one besides the password.'
          : 'A stolen password alone is then of no use.'
      }
      command={
        <div className={styles.row}>
          <Button size="small" icon={<Phone20Regular />} onClick={() => setAdding('totp')}>
            {profile.totp ? 'Replace app' : 'Add app'}
          </Button>
          {profile.passkeysPossible ? (
            <Button size="small" icon={<Fingerprint20Regular />} onClick={() => setAdding('passkey')}>
              Add passkey
            </Button>
          ) : null}
        </div>
      }
    >
      {rows.length === 0 ? (
        <EmptyState
          small
          title="None yet"
          reason="Add an authenticator app that shows codes, or a passkey kept by your device."
        />
      ) : (
        <SimpleTable<Passkey | 'totp'>
          label="Second factors"
          rows={rows}
          rowKey={(row) => (row === 'totp' ? 'totp' : row.id)}
          columns={[
            { id: 'name', header: 'Name', render: nameOf },
            {
              id: 'kind',
              header: 'Kind',
              render: (row) =>
                row === 'totp' ? 'Codes' : row.synced ? 'Passkey, synchronised' : 'Passkey, this device',
            },
            {
              id: 'added',
              header: 'Added',
              nowrap: true,
              render: (row) => <TimeText value={row === 'totp' ? (profile.totp?.since ?? '') : row.createdAt} />,
            },
            {
              id: 'used',
              header: 'Last used',
              nowrap: true,
              render: (row) => (row !== 'totp' && row.lastUsedAt ? <TimeText value={row.lastUsedAt} /> : '–'),
            },
            {
              id: 'do',
              header: 'Action',
              render: (row) => (
                <Button size="small" aria-label={`Remove ${nameOf(row)}`} onClick={() => setRemoving(row)}>
                  Remove
                </Button>
              ),
            },
          ]}
        />
      )}
      {profile.passkeysPossible ? null : (
        <Text size={200}>Passkeys need the portal to be opened by its host name over HTTPS, or as localhost.</Text>
      )}
      {rows.length > 0 ? (
        <div className={styles.row}>
          <Text>{plural(profile.recoveryCodesLeft, 'recovery code')} left.</Text>
          <Button size="small" onClick={() => void renew()}>
            Make new codes
          </Button>
        </div>
      ) : null}
      {adding === 'passkey' ? <PasskeyDialog onAdded={added} onClose={() => setAdding(undefined)} /> : null}
      <Dialog
        open={adding === 'totp' || codes !== undefined}
        onOpenChange={(_, data) => !data.open && setAdding(undefined)}
        modalType={codes ? 'alert' : 'modal'}
      >
        <DialogSurface>
          <DialogBody>
            <DialogTitle>{codes ? 'Recovery codes' : 'Authenticator app'}</DialogTitle>
            <DialogContent>
              {codes ? (
                <RecoveryCodes codes={codes} onDone={() => setCodes(undefined)} />
              ) : adding === 'totp' ? (
                <AddTotp onAdded={added} />
              ) : null}
            </DialogContent>
          </DialogBody>
        </DialogSurface>
      </Dialog>
      <ConfirmDialog
        open={removing !== undefined}
        onClose={() => setRemoving(undefined)}
        title={`Remove ${removing ? nameOf(removing) : ''}?`}
        action="Remove"
        failure="The factor was not removed"
        onConfirm={async () => {
          const path =
            removing === 'totp'
              ? '/api/profile/totp'
              : `/api/profile/passkeys/${encodeURIComponent(removing?.id ?? '')}`;
          await confirmed(() => api.delete(path));
          refresh();
        }}
      >
        It will no longer sign you in. With the last factor the recovery codes go too.
      </ConfirmDialog>
    </Section>
  );
}

function PasskeyDialog({
  onAdded,
  onClose,
}: {
  readonly onAdded: (codes: readonly string[] | null) => void;
  readonly onClose: () => void;
}) {
  const [name, setName] = useState('');
  const [busy, setBusy] = useState(false);
  const create = async () => {
    setBusy(true);
    try {
      onAdded(await confirmed(() => createPasskey(name.trim() || 'Passkey')));
    } catch (error) {
      if (!wasCancelled(error)) notify.failure('The passkey was not added', error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface style={{ maxWidth: 420 }}>
        <DialogBody>
          <DialogTitle>Add a passkey</DialogTitle>
          <DialogContent style={{ display: 'flex', flexDirection: 'column', gap: 12 }}>
            <Field label="Name" hint="Where it is kept: laptop, phone, security key.">
              <Input value={name} maxLength={60} autoFocus onChange={(_, data) => setName(data.value)} />
            </Field>
            <div>
              <Button appearance="primary" disabled={busy} onClick={() => void create()}>
                Create passkey
              </Button>
            </div>
          </DialogContent>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function OwnSessions() {
  const client = useQueryClient();
  const key = ['/api/profile/sessions'];
  const sessions = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.get<readonly UserSession[]>('/api/profile/sessions', undefined, signal),
  });
  const end = async (path: string, said: string) => {
    try {
      await api.delete(path);
      notify.success(said);
    } catch (error) {
      notify.failure('The session goes on', error);
    }
    await client.invalidateQueries({ queryKey: key });
  };
  const others = (sessions.data ?? []).filter((each) => !each.current).length;
  return (
    <Section
      title="Where you are signed in"
      purpose="End what you do not know, then change your password."
      command={
        others > 0 ? (
          <Button size="small" onClick={() => void end('/api/profile/sessions', `${plural(others, 'session')} ended`)}>
            End all others
          </Button>
        ) : undefined
      }
    >
      <Loaded query={sessions} what="Your sessions">
        {(data) => (
          <SessionTable sessions={data} onEnd={(id) => void end(`/api/profile/sessions/${id}`, 'Session ended')} />
        )}
      </Loaded>
    </Section>
  );
}
