import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Select,
  Switch,
} from '@fluentui/react-components';
import { PersonAdd20Regular } from '@fluentui/react-icons/svg/person-add';
import { type FactorRule, ROLES, type Role, type User } from '@parapet/schema/wire';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { type ApiError, api } from '../../api/client.ts';
import { useCan, useSession } from '../../api/session.ts';
import { FilterBar } from '../../components/FilterBar.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { notify } from '../../components/Notifier.tsx';
import { Pager } from '../../components/Pager.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { words } from '../../theme/meaning.ts';
import { PasswordRules } from '../access/PasswordRules.tsx';
import { passwordRules } from '../access/password.ts';
import { UserSecurityDialog } from './parts/UserSecurityDialog.tsx';
import { Section } from './Section.tsx';

/** A row of GET /api/users. */
interface UserRow extends User {
  readonly disabled: boolean;
  readonly createdAt: string;
  readonly lastSignInAt: string | null;
  readonly version: number;
  readonly breakGlass: boolean;
  readonly factorRule: FactorRule;
  readonly providerId: string | null;
}

const ROLE_HINT: Readonly<Record<Role | '', string>> = {
  '': 'No global role: rights come from assignments on the Permissions page.',
  globalAdministrator: 'Everything but the content of mail; manages users and roles.',
  securityAdministrator: 'Everything but the content of mail; manages users and roles.',
  securityOperator: 'Works on incidents and alerts, responds, hunts, tunes detections. Not cloud.',
  securityReader: 'Sees incidents, alerts and hunting, except cloud. Changes nothing.',
  globalReader: 'Sees what a security reader sees, and the roles of mail.',
  exchangeAdministrator: 'Mail alerts and exposure. Does not open the portal by itself.',
  sharePointAdministrator: 'Exposure. Does not open the portal by itself.',
  serviceSupportAdministrator: 'Sees exposure. Does not open the portal by itself.',
  userAdministrator: 'Sees exposure. Does not open the portal by itself.',
  helpdeskAdministrator: 'Sees exposure. Does not open the portal by itself.',
  complianceAdministrator: 'Mail alerts. Does not open the portal by itself.',
  complianceDataAdministrator: 'Mail alerts. Does not open the portal by itself.',
  billingAdministrator: 'No rights here.',
};

const useStyles = makeStyles({ stack: { display: 'flex', flexDirection: 'column', gap: '12px' } });

export function UsersSection() {
  const canManage = useCan('Auth.Manage');
  const [page, setPage] = useState(1);
  const [search, setSearch] = useState('');
  const [editing, setEditing] = useState<UserRow | 'new'>();
  const [security, setSecurity] = useState<UserRow>();
  const users = useQuery({
    queryKey: ['/api/users', 'list', page, search],
    queryFn: ({ signal }) => api.get('/api/users', { page, pageSize: 50, search, sort: 'displayName' }, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <Section
      title="Users"
      purpose="People who can sign in, and what they may do."
      command={
        canManage ? (
          <Button size="small" appearance="primary" icon={<PersonAdd20Regular />} onClick={() => setEditing('new')}>
            Add user
          </Button>
        ) : undefined
      }
    >
      <FilterBar
        filters={[]}
        search={{
          value: search,
          placeholder: 'Name or user name',
          onChange: (text) => {
            setSearch(text);
            setPage(1);
          },
        }}
      />
      <Loaded query={users} what="The users">
        {(data) =>
          data.items.length === 0 ? (
            <EmptyState small title="Nobody matches" />
          ) : (
            <>
              <SimpleTable<UserRow>
                label="Users"
                rows={data.items}
                rowKey={(row) => row.id}
                columns={[
                  { id: 'name', header: 'Name', render: (row) => visibleText(row.displayName) },
                  { id: 'user', header: 'User name', render: (row) => visibleText(row.username) },
                  { id: 'role', header: 'Role', render: (row) => (row.role ? words(row.role) : 'By assignment') },
                  {
                    id: 'state',
                    header: 'State',
                    render: (row) => (row.disabled ? 'Disabled' : row.breakGlass ? 'Break-glass' : 'Active'),
                  },
                  {
                    id: 'last',
                    header: 'Last sign-in',
                    nowrap: true,
                    render: (row) => (row.lastSignInAt ? <TimeText value={row.lastSignInAt} /> : 'Never'),
                  },
                  { id: 'at', header: 'Created', nowrap: true, render: (row) => <TimeText value={row.createdAt} /> },
                  {
                    id: 'do',
                    header: 'Action',
                    render: (row) =>
                      canManage ? (
                        <span style={{ display: 'flex', gap: 6 }}>
                          <Button size="small" aria-label={`Change ${row.displayName}`} onClick={() => setEditing(row)}>
                            Change
                          </Button>
                          <Button
                            size="small"
                            aria-label={`Sign-in of ${row.displayName}`}
                            onClick={() => setSecurity(row)}
                          >
                            Sign-in
                          </Button>
                        </span>
                      ) : (
                        'Needs Auth.Manage'
                      ),
                  },
                ]}
              />
              {data.total > data.pageSize ? (
                <Pager page={data.page} pageSize={data.pageSize} total={data.total} onPage={setPage} />
              ) : null}
            </>
          )
        }
      </Loaded>
      {security ? <UserSecurityDialog user={security} onClose={() => setSecurity(undefined)} /> : null}
      {editing ? (
        <UserDialog user={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />
      ) : null}
    </Section>
  );
}

function UserDialog({ user, onClose }: { readonly user: UserRow | undefined; readonly onClose: () => void }) {
  const styles = useStyles();
  const client = useQueryClient();
  const self = useSession()?.user?.id === user?.id;
  const [displayName, setDisplayName] = useState(user?.displayName ?? '');
  const [username, setUsername] = useState(user?.username ?? '');
  const [role, setRole] = useState<Role | ''>(user ? (user.role ?? '') : 'securityReader');
  const [disabled, setDisabled] = useState(user?.disabled ?? false);
  const [password, setPassword] = useState('');
  const [breakGlass, setBreakGlass] = useState(user?.breakGlass ?? false);
  const [factorRule, setFactorRule] = useState<FactorRule>(user?.factorRule ?? 'policy');
  const [temporary, setTemporary] = useState(true);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError>();
  const passwordOk = passwordRules(password, username).every((rule) => rule.met);
  const ready = displayName.trim() && username.trim() && (user && password === '' ? true : passwordOk);

  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready || busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      if (user) {
        const changes = {
          ...(displayName.trim() === user.displayName ? {} : { displayName: displayName.trim() }),
          ...(role === (user.role ?? '') ? {} : { role: role || null }),
          ...(disabled === user.disabled ? {} : { disabled }),
          ...(breakGlass === user.breakGlass ? {} : { breakGlass }),
          ...(factorRule === user.factorRule ? {} : { factorRule }),
          ...(password ? { password, ...(self ? {} : { mustChangePassword: temporary }) } : {}),
        };
        if (Object.keys(changes).length) await api.patch(`/api/users/${encodeURIComponent(user.id)}`, changes);
      } else {
        await api.post('/api/users', {
          username: username.trim(),
          displayName: displayName.trim(),
          role: role || null,
          password,
          breakGlass,
          factorRule,
          mustChangePassword: temporary,
        });
      }
      await client.invalidateQueries({ queryKey: ['/api/users'] });
      notify.success(user ? 'User changed' : 'User added', displayName.trim());
      onClose();
    } catch (error) {
      setFailure(error as ApiError);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface style={{ maxWidth: 480 }}>
        <form onSubmit={(event) => void save(event)}>
          <DialogBody>
            <DialogTitle>{user ? `Change ${user.displayName}` : 'Add a user'}</DialogTitle>
            <DialogContent>
              <div className={styles.stack}>
                {failure ? (
                  <MessageBar intent="error" role="alert" layout="multiline">
                    <MessageBarBody>
                      {failure.message} {failure.hint}
                    </MessageBarBody>
                  </MessageBar>
                ) : null}
                <Field label="Name" required>
                  <Input
                    autoFocus
                    value={displayName}
                    maxLength={100}
                    onChange={(_, data) => setDisplayName(data.value)}
                  />
                </Field>
                <Field label="User name" required>
                  <Input
                    value={username}
                    disabled={Boolean(user)}
                    autoComplete="off"
                    maxLength={64}
                    onChange={(_, data) => setUsername(data.value)}
                  />
                </Field>
                <Field label="Role" hint={ROLE_HINT[role]}>
                  <Select value={role} onChange={(_, data) => setRole(data.value as Role | '')}>
                    <option value="">By assignment only</option>
                    {ROLES.map((each) => (
                      <option key={each} value={each}>
                        {words(each)}
                      </option>
                    ))}
                  </Select>
                </Field>
                <Field
                  label={user ? 'New password' : 'Password'}
                  required={!user}
                  hint={
                    user && password === '' ? (
                      'Leave empty to keep the present one.'
                    ) : (
                      <PasswordRules password={password} username={username} />
                    )
                  }
                >
                  <Input
                    type="password"
                    autoComplete="new-password"
                    value={password}
                    maxLength={256}
                    onChange={(_, data) => setPassword(data.value)}
                  />
                </Field>
                {password && !self ? (
                  <Switch
                    checked={temporary}
                    onChange={(_, data) => setTemporary(data.checked)}
                    label="Temporary: must be changed at the next sign-in"
                  />
                ) : null}
                {user?.providerId ? null : (
                  <>
                    <Field label="Second factor">
                      <Select value={factorRule} onChange={(_, data) => setFactorRule(data.value as FactorRule)}>
                        <option value="policy">As the rules for signing in say</option>
                        <option value="required">Required</option>
                        <option value="optional">Optional</option>
                      </Select>
                    </Field>
                    <Switch
                      checked={breakGlass}
                      onChange={(_, data) => setBreakGlass(data.checked)}
                      label="Break-glass account: signs in when nothing else works, and every use raises an alert"
                    />
                  </>
                )}
                {user && !self ? (
                  <Switch
                    checked={disabled}
                    onChange={(_, data) => setDisabled(data.checked)}
                    label="Disabled: cannot sign in, open sessions end"
                  />
                ) : null}
              </div>
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button type="button">Cancel</Button>
              </DialogTrigger>
              <Button type="submit" appearance="primary" disabled={!ready || busy}>
                {user ? 'Save changes' : 'Add user'}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
