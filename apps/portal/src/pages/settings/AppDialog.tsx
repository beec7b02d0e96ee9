import {
  Button,
  Checkbox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  Field,
  Input,
  makeStyles,
  Radio,
  RadioGroup,
  Switch,
  Textarea,
  Tooltip,
} from '@fluentui/react-components';
import type { ApiPermissionInfo, AppInput, AppRegistration } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../api/client.ts';
import { Loaded } from '../../components/Loaded.tsx';
import { notify } from '../../components/Notifier.tsx';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '14px' },
  grid: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr) 96px 96px', alignItems: 'center', columnGap: '8px' },
  head: { fontSize: '12px', textAlign: 'center' },
  box: { justifySelf: 'center' },
});

/** Register an app, or change one. */
export function AppDialog({
  app,
  onClose,
  onSaved,
}: {
  readonly app?: AppRegistration;
  readonly onClose: () => void;
  readonly onSaved: (app: AppRegistration) => void;
}) {
  const styles = useStyles();
  const client = useQueryClient();
  const [name, setName] = useState(app?.name ?? '');
  const [description, setDescription] = useState(app?.description ?? '');
  const [publicClient, setPublic] = useState(app?.publicClient ?? false);
  const [enabled, setEnabled] = useState(app?.enabled ?? true);
  const [dataAccess, setDataAccess] = useState<'all' | 'assigned'>(app?.dataAccess ?? 'all');
  const [redirects, setRedirects] = useState((app?.redirectUris ?? []).join('\n'));
  const [own, setOwn] = useState<readonly string[]>(app?.applicationPermissions ?? []);
  const [lent, setLent] = useState<readonly string[]>(app?.delegatedPermissions ?? []);
  const [busy, setBusy] = useState(false);
  const permissions = useQuery({
    queryKey: ['/api/apps/permissions'],
    queryFn: ({ signal }) =>
      api.get<{ items: readonly ApiPermissionInfo[] }>('/api/apps/permissions', undefined, signal),
  });
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (!name.trim() || busy) return;
    setBusy(true);
    const input: AppInput = {
      name: name.trim(),
      description: description.trim(),
      publicClient,
      enabled,
      dataAccess,
      redirectUris: redirects.split(/\s+/).filter(Boolean),
      applicationPermissions: publicClient ? [] : own,
      delegatedPermissions: lent,
    };
    try {
      const saved = app
        ? await api.patch<AppRegistration>(`/api/apps/${encodeURIComponent(app.id)}`, input)
        : await api.post<AppRegistration>('/api/apps', input);
      await client.invalidateQueries({ queryKey: ['/api/apps'] });
      notify.success(app ? 'App changed' : 'App registered', saved.name);
      onSaved(saved);
    } catch (error) {
      notify.failure(app ? 'The app was not changed' : 'The app was not registered', error);
    } finally {
      setBusy(false);
    }
  };
  const toggle = (list: readonly string[], each: string, on: boolean): readonly string[] =>
    on ? [...list, each] : list.filter((other) => other !== each);
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface style={{ maxWidth: 680 }}>
        <form onSubmit={(event) => void save(event)}>
          <DialogBody>
            <DialogTitle>{app ? `Change “${app.name}”` : 'Register an app'}</DialogTitle>
            <DialogContent>
              <div className={styles.stack}>
                <Field label="Name" hint="People see it when they are asked to let the app act for them." required>
                  <Input autoFocus value={name} maxLength={100} onChange={(_, data) => setName(data.value)} />
                </Field>
                <Field label="Description">
                  <Input value={description} maxLength={1000} onChange={(_, data) => setDescription(data.value)} />
                </Field>
                {app ? (
                  <Switch
                    label="Switched on: its tokens are accepted"
                    checked={enabled}
                    onChange={(_, data) => setEnabled(data.checked)}
                  />
                ) : null}
                <Field label="Kind">
                  <RadioGroup
                    value={publicClient ? 'public' : 'confidential'}
                    onChange={(_, data) => setPublic(data.value === 'public')}
                  >
                    <Radio value="confidential" label="Confidential: runs on a server and keeps a secret" />
                    <Radio
                      value="public"
                      label="Public: a command line, desktop or browser program; people sign in with a code"
                    />
                  </RadioGroup>
                </Field>
                <Loaded query={permissions} what="The permissions">
                  {({ items }) => (
                    <fieldset style={{ border: 0, padding: 0, margin: 0 }}>
                      <div className={styles.grid}>
                        <legend style={{ fontWeight: 600 }}>Permissions</legend>
                        <span className={styles.head}>Its own</span>
                        <span className={styles.head}>Lent by people</span>
                        {items.map((each) => (
                          <PermissionRow
                            key={each.name}
                            permission={each}
                            own={own.includes(each.name) && !publicClient}
                            lent={lent.includes(each.name)}
                            ownPossible={!publicClient}
                            onOwn={(on) => setOwn(toggle(own, each.name, on))}
                            onLent={(on) => setLent(toggle(lent, each.name, on))}
                          />
                        ))}
                      </div>
                    </fieldset>
                  )}
                </Loaded>
                {publicClient ? null : (
                  <Field
                    label="Data its own permissions reach"
                    hint="Assign roles to the app on the permissions page to limit it to data sources and scopes."
                  >
                    <RadioGroup
                      value={dataAccess}
                      onChange={(_, data) => setDataAccess(data.value as 'all' | 'assigned')}
                    >
                      <Radio value="all" label="All data" />
                      <Radio value="assigned" label="Only what roles assigned to it reach" />
                    </RadioGroup>
                  </Field>
                )}
                <Field
                  label="Redirect addresses"
                  hint="One a line; where people are sent after they agreed. https, or http://localhost for programs."
                >
                  <Textarea
                    value={redirects}
                    rows={2}
                    resize="vertical"
                    onChange={(_, data) => setRedirects(data.value)}
                  />
                </Field>
              </div>
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button type="button">Cancel</Button>
              </DialogTrigger>
              <Button type="submit" appearance="primary" disabled={!name.trim() || busy}>
                {app ? 'Save' : 'Register app'}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

function PermissionRow({
  permission,
  own,
  lent,
  ownPossible,
  onOwn,
  onLent,
}: {
  readonly permission: ApiPermissionInfo;
  readonly own: boolean;
  readonly lent: boolean;
  readonly ownPossible: boolean;
  readonly onOwn: (on: boolean) => void;
  readonly onLent: (on: boolean) => void;
}) {
  const styles = useStyles();
  const { name, about, grantable } = permission;
  return (
    <>
      <Tooltip content={grantable ? about : `${about}. You do not hold this yourself.`} relationship="description">
        <span>{name}</span>
      </Tooltip>
      <Checkbox
        className={styles.box}
        aria-label={`${name}, its own`}
        checked={own}
        disabled={!ownPossible || (!grantable && !own)}
        onChange={(_, data) => onOwn(data.checked === true)}
      />
      <Checkbox
        className={styles.box}
        aria-label={`${name}, lent by people`}
        checked={lent}
        disabled={!grantable && !lent}
        onChange={(_, data) => onLent(data.checked === true)}
      />
    </>
  );
}
