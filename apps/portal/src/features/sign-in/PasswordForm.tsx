import { Button, Field, Input, makeStyles } from '@fluentui/react-components';
import type { SessionInfo, User } from '@parapet/schema/wire';
import { type FormEvent, useState } from 'react';
import { api } from '../../api/client.ts';
import { PasswordRules } from '../../pages/access/PasswordRules.tsx';
import { passwordRules } from '../../pages/access/password.ts';
import { Failure } from './Failure.tsx';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '12px', maxWidth: '380px', alignItems: 'flex-start' },
  field: { width: '100%' },
});

/** Present password, new password. */
export function PasswordForm({
  user,
  onChanged,
}: {
  readonly user: User;
  readonly onChanged: (session: SessionInfo) => void;
}) {
  const styles = useStyles();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const ready = current !== '' && passwordRules(next, user.username).every((rule) => rule.met);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready || busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const answer = await api.post<SessionInfo>('/api/session/password', {
        currentPassword: current,
        newPassword: next,
      });
      setCurrent('');
      setNext('');
      onChanged(answer);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)}>
      <Failure error={failure} />
      {/* Password managers look for the name beside the password. */}
      <input type="text" name="username" autoComplete="username" value={user.username} readOnly hidden />
      <Field label="Present password" required className={styles.field}>
        <Input
          type="password"
          autoComplete="current-password"
          value={current}
          maxLength={256}
          onChange={(_, data) => setCurrent(data.value)}
        />
      </Field>
      <Field
        label="New password"
        required
        className={styles.field}
        hint={<PasswordRules password={next} username={user.username} />}
      >
        <Input
          type="password"
          autoComplete="new-password"
          value={next}
          maxLength={256}
          onChange={(_, data) => setNext(data.value)}
        />
      </Field>
      <Button type="submit" appearance="primary" disabled={!ready || busy}>
        Change password
      </Button>
    </form>
  );
}
