import {
  Button,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Select,
  Subtitle2,
  Text,
} from '@fluentui/react-components';
import { ArrowLeft20Regular } from '@fluentui/react-icons/svg/arrow-left';
import type { AppCredential, AppRegistration, CreatedAppSecret } from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { CodeBlock } from '../../components/CodeBlock.tsx';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { notify } from '../../components/Notifier.tsx';
import { SecretDialog, ShownOnce } from '../../components/SecretDialog.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { AppDialog } from './AppDialog.tsx';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '14px', minWidth: 0 },
  row: { display: 'flex', gap: '8px', alignItems: 'center', flexWrap: 'wrap' },
  grow: { flexGrow: 1 },
});

const DAYS = [30, 90, 180, 365, 730] as const;

/** One app: its permissions, its secrets, and how to get a token. */
export function AppPane({
  app,
  tenantId,
  onBack,
}: {
  readonly app: AppRegistration;
  readonly tenantId: string;
  readonly onBack: () => void;
}) {
  const styles = useStyles();
  const client = useQueryClient();
  const canManage = useCan('Auth.Manage');
  const [changing, setChanging] = useState(false);
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<AppCredential | 'app'>();
  const path = `/api/apps/${encodeURIComponent(app.id)}`;
  const reload = () => client.invalidateQueries({ queryKey: ['/api/apps'] });
  return (
    <div className={styles.stack}>
      <div className={styles.row}>
        <Button size="small" appearance="subtle" icon={<ArrowLeft20Regular />} onClick={onBack}>
          All apps
        </Button>
        <Subtitle2 className={styles.grow}>{visibleText(app.name)}</Subtitle2>
        {canManage ? (
          <>
            <Button size="small" onClick={() => setChanging(true)}>
              Change
            </Button>
            <Button size="small" onClick={() => setRemoving('app')}>
              Delete
            </Button>
          </>
        ) : null}
      </div>
      {app.enabled ? null : (
        <MessageBar intent="warning">
          <MessageBarBody>Switched off: its tokens are refused.</MessageBarBody>
        </MessageBar>
      )}
      {app.description ? <Text>{visibleText(app.description)}</Text> : null}
      <div>
        <Text block>
          <b>Its own permissions:</b> {app.applicationPermissions.join(', ') || 'none'}
          {app.applicationPermissions.length > 0
            ? app.dataAccess === 'all'
              ? ', on all data'
              : ', on what roles assigned to it reach'
            : ''}
        </Text>
        <Text block>
          <b>Lent by people:</b> {app.delegatedPermissions.join(', ') || 'none'}
        </Text>
        {app.redirectUris.length > 0 ? (
          <Text block>
            <b>Redirect addresses:</b> {app.redirectUris.join(', ')}
          </Text>
        ) : null}
      </div>
      {app.publicClient ? null : (
        <>
          <div className={styles.row}>
            <Subtitle2 className={styles.grow}>Secrets and certificates</Subtitle2>
            {canManage ? (
              <Button size="small" onClick={() => setAdding(true)}>
                Add a secret
              </Button>
            ) : null}
          </div>
          {app.credentials.length === 0 ? (
            <Text>None. The app needs one to get a token.</Text>
          ) : (
            <SimpleTable<AppCredential>
              label="Secrets and certificates"
              rows={app.credentials}
              rowKey={(row) => row.id}
              columns={[
                { id: 'name', header: 'Name', render: (row) => visibleText(row.name) },
                {
                  id: 'hint',
                  header: 'Begins with',
                  render: (row) => <code>{row.kind === 'secret' ? `${row.hint}…` : row.hint}</code>,
                },
                { id: 'expires', header: 'Expires', nowrap: true, render: (row) => <TimeText value={row.expiresAt} /> },
                {
                  id: 'used',
                  header: 'Last used',
                  nowrap: true,
                  render: (row) => (row.lastUsedAt ? <TimeText value={row.lastUsedAt} /> : 'Never'),
                },
                { id: 'by', header: 'Created by', render: (row) => visibleText(row.createdBy) },
                {
                  id: 'do',
                  header: 'Action',
                  render: (row) =>
                    canManage ? (
                      <Button size="small" aria-label={`Remove ${row.name}`} onClick={() => setRemoving(row)}>
                        Remove
                      </Button>
                    ) : (
                      'Needs Auth.Manage'
                    ),
                },
              ]}
            />
          )}
        </>
      )}
      <Subtitle2>Get a token and call the API</Subtitle2>
      <CodeBlock text={example(app, tenantId)} what="example" />
      {changing ? <AppDialog app={app} onClose={() => setChanging(false)} onSaved={() => setChanging(false)} /> : null}
      {adding ? <AddSecretDialog app={app} onClose={() => setAdding(false)} /> : null}
      {removing === 'app' ? (
        <ConfirmDialog
          open
          onClose={() => setRemoving(undefined)}
          title={`Delete the app “${app.name}”?`}
          action="Delete app"
          failure="The app was not deleted"
          onConfirm={async () => {
            await api.delete(path);
            await reload();
            notify.success('App deleted', app.name);
            onBack();
          }}
        >
          Its tokens are refused at once and its subscriptions end. This cannot be undone; to try what happens, switch
          it off first.
        </ConfirmDialog>
      ) : removing ? (
        <ConfirmDialog
          open
          onClose={() => setRemoving(undefined)}
          title={`Remove “${removing.name}”?`}
          action="Remove"
          failure="It was not removed"
          onConfirm={async () => {
            await api.delete(`${path}/credentials/${encodeURIComponent(removing.id)}`);
            await reload();
            notify.success('Removed', removing.name);
          }}
        >
          Programs that use it get no new token. This cannot be undone.
        </ConfirmDialog>
      ) : null}
    </div>
  );
}

function example(app: AppRegistration, tenantId: string): string {
  const base = window.location.origin;
  if (app.publicClient)
    return [
      `curl ${base}/${tenantId}/oauth2/v2.0/devicecode`,
      `-d client_id=${app.id}`,
      `-d "scope=${app.delegatedPermissions.join(' ') || 'openid'}"`,
    ].join(' \\\n  ');
  return [
    `TOKEN=$(curl -s ${base}/${tenantId}/oauth2/v2.0/token \\`,
    `  -d grant_type=client_credentials -d client_id=${app.id} \\`,
    `  -d client_secret=$SECRET -d scope=${base}/.default | jq -r .access_token)`,
    `curl -H "Authorization: Bearer $TOKEN" '${base}/v1.0/security/incidents?$top=5&$expand=alerts'`,
  ].join('\n');
}

function AddSecretDialog({ app, onClose }: { readonly app: AppRegistration; readonly onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [days, setDays] = useState<number>(180);
  return (
    <SecretDialog<CreatedAppSecret>
      title="Add a secret"
      madeTitle={(made) => `Secret “${made.credential.name}”`}
      width={[560, 560]}
      action="Add secret"
      done="I have copied the secret"
      failure="The secret was not made"
      ready={name.trim() !== ''}
      onClose={onClose}
      create={async () => {
        const path = `/api/apps/${encodeURIComponent(app.id)}/secrets`;
        const made = await api.post<CreatedAppSecret>(path, { name: name.trim(), days });
        void client.invalidateQueries({ queryKey: ['/api/apps'] });
        return made;
      }}
      form={
        <>
          <Field label="Name" hint="Where it is used, so that it can be replaced there." required>
            <Input autoFocus value={name} maxLength={100} onChange={(_, data) => setName(data.value)} />
          </Field>
          <Field label="Good for">
            <Select value={String(days)} onChange={(_, data) => setDays(Number(data.value))}>
              {DAYS.map((each) => (
                <option key={each} value={each}>
                  {each < 365 ? `${each} days` : each === 365 ? '12 months' : '24 months'}
                </option>
              ))}
            </Select>
          </Field>
        </>
      }
    >
      {(made) => (
        <>
          <ShownOnce>The secret cannot be read again after you close this.</ShownOnce>
          <CodeBlock text={made.secret} what="secret" />
        </>
      )}
    </SecretDialog>
  );
}
