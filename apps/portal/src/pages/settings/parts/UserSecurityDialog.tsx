import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  Text,
} from '@fluentui/react-components';
import type { FactorKind, UserSession } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../api/client.ts';
import { ConfirmDialog } from '../../../components/ConfirmDialog.tsx';
import { Loaded } from '../../../components/Loaded.tsx';
import { notify } from '../../../components/Notifier.tsx';
import { confirmed } from '../../../features/sign-in/identity.ts';
import { visibleText } from '../../../lib/text.ts';
import { plural } from '../../../lib/time.ts';
import { SessionTable } from './SessionTable.tsx';

const FACTORS: Readonly<Record<FactorKind, string>> = {
  totp: 'authenticator app',
  passkey: 'passkey',
  recoveryCode: 'recovery codes',
};

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '14px' },
  row: { display: 'flex', gap: '8px', flexWrap: 'wrap', alignItems: 'center' },
});

/** Sessions and factors of somebody else, for administrators. */
export function UserSecurityDialog({
  user,
  onClose,
}: {
  readonly user: { readonly id: string; readonly displayName: string };
  readonly onClose: () => void;
}) {
  const styles = useStyles();
  const client = useQueryClient();
  const [resetting, setResetting] = useState(false);
  const key = ['/api/users', user.id, 'sessions'];
  const state = useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      api.get<{ readonly sessions: readonly UserSession[]; readonly factors: readonly FactorKind[] }>(
        `/api/users/${user.id}/sessions`,
        undefined,
        signal,
      ),
  });
  const run = async (path: string, said: string) => {
    try {
      await api.delete(`/api/users/${user.id}/${path}`);
      notify.success(said);
    } catch (error) {
      notify.failure('Nothing was changed', error);
    }
    await client.invalidateQueries({ queryKey: key });
  };
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface style={{ maxWidth: 860 }}>
        <DialogBody>
          <DialogTitle>Sign-in of {visibleText(user.displayName)}</DialogTitle>
          <DialogContent>
            <Loaded query={state} what="The sessions">
              {(data) => (
                <div className={styles.stack}>
                  <div className={styles.row}>
                    <Text>
                      {data.factors.length === 0
                        ? 'No second factor.'
                        : `Second factors: ${data.factors.map((each) => FACTORS[each]).join(', ')}.`}
                    </Text>
                    {data.factors.length > 0 ? (
                      <Button size="small" onClick={() => setResetting(true)}>
                        Remove all
                      </Button>
                    ) : null}
                    <Button size="small" onClick={() => void run('lock', 'Failed attempts are forgotten')}>
                      Lift the pause after failed attempts
                    </Button>
                  </div>
                  <SessionTable sessions={data.sessions} onEnd={(id) => void run(`sessions/${id}`, 'Session ended')} />
                  {data.sessions.length > 0 ? (
                    <div>
                      <Button
                        size="small"
                        onClick={() => void run('sessions', `${plural(data.sessions.length, 'session')} ended`)}
                      >
                        End all sessions
                      </Button>
                    </div>
                  ) : null}
                </div>
              )}
            </Loaded>
            <ConfirmDialog
              open={resetting}
              onClose={() => setResetting(false)}
              title="Remove all second factors?"
              action="Remove factors"
              failure="The factors stay"
              onConfirm={async () => {
                await confirmed(() => api.delete(`/api/users/${user.id}/factors`));
                await client.invalidateQueries({ queryKey: key });
              }}
            >
              {visibleText(user.displayName)} then signs in with the password alone until a new factor is added. All
              sessions end. Make sure that it is really them who asks.
            </ConfirmDialog>
          </DialogContent>
          <DialogActions>
            <Button appearance="primary" onClick={onClose}>
              Close
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
