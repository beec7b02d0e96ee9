import { Button, Field, Input, MessageBar, MessageBarBody, makeStyles } from '@fluentui/react-components';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { type ApiError, api } from '../../api/client.ts';
import { remember, sessionKey, useSession } from '../../api/session.ts';
import { Facts } from '../../components/Facts.tsx';
import { notify } from '../../components/Notifier.tsx';
import { words } from '../../theme/meaning.ts';
import { PasswordRules } from '../access/PasswordRules.tsx';
import { passwordRules } from '../access/password.ts';
import { Section } from './Section.tsx';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '12px', maxWidth: '380px', alignItems: 'flex-start' },
  field: { width: '100%' },
});

export function AccountSection() {
  const styles = useStyles();
  const client = useQueryClient();
  const session = useSession();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError>();
  const user = session?.user;
  if (!user) return null;
  const ready = current !== '' && passwordRules(next, user.username).every((rule) => rule.met);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready || busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const answer = await api.post('/api/session/password', {
        currentPassword: current,
        newPassword: next,
      });
      client.setQueryData(sessionKey, remember(answer));
      setCurrent('');
      setNext('');
      notify.success('Password changed', 'Other browsers where you were signed in have to sign in again.');
    } catch (error) {
      setFailure(error as ApiError);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Section title="Your account">
      <Facts
        rows={[
          { label: 'Name', value: user.displayName },
          { label: 'User name', value: user.username },
          { label: 'Role', value: user.role ? words(user.role) : 'None: rights come from assignments' },
          { label: 'Permissions', value: session.permissions.join(', ') },
        ]}
      />
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <h3 style={{ margin: '8px 0 0' }}>Change the password</h3>
        {failure ? (
          <MessageBar intent="error" role="alert" layout="multiline">
            <MessageBarBody>
              {failure.message} {failure.hint}
            </MessageBarBody>
          </MessageBar>
        ) : null}
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
    </Section>
  );
}
