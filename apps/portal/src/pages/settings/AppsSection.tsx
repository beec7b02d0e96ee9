import { Badge, Button, Link } from '@fluentui/react-components';
import { Add20Regular } from '@fluentui/react-icons/svg/add';
import { Apps24Regular } from '@fluentui/react-icons/svg/apps';
import type { AppRegistration } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import * as v from 'valibot';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { Loaded } from '../../components/Loaded.tsx';
import { Identifier } from '../../components/Mono.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { AppDialog } from './AppDialog.tsx';
import { AppPane } from './AppPane.tsx';
import { Section } from './Section.tsx';

const schema = v.object({ app: url.text() });

export interface AppList {
  readonly items: readonly AppRegistration[];
  readonly tenantId: string;
}

/** Programs that use the public API. */
export function AppsSection() {
  const canManage = useCan('Auth.Manage');
  const [{ app }, setState] = useUrlState(schema);
  const [creating, setCreating] = useState(false);
  const apps = useQuery({
    queryKey: ['/api/apps'],
    queryFn: ({ signal }) => api.get<AppList>('/api/apps', undefined, signal),
  });
  const chosen = apps.data?.items.find((each) => each.id === app);
  return (
    <Section
      title="App registrations"
      purpose="Programs that read and change alerts and incidents through the public API get their tokens here: scripts, SOAR playbooks, SIEM forwarders."
      command={
        canManage ? (
          <Button size="small" appearance="primary" icon={<Add20Regular />} onClick={() => setCreating(true)}>
            Register an app
          </Button>
        ) : undefined
      }
    >
      <Loaded query={apps} what="The app registrations">
        {(data) =>
          chosen ? (
            <AppPane app={chosen} tenantId={data.tenantId} onBack={() => setState({ app: '' }, { push: true })} />
          ) : data.items.length === 0 ? (
            <EmptyState
              icon={Apps24Regular}
              title="No apps"
              reason="Register one for each program, so that each has its own permissions and can be taken back alone."
            />
          ) : (
            <SimpleTable<AppRegistration>
              label="App registrations"
              rows={data.items}
              rowKey={(row) => row.id}
              columns={[
                {
                  id: 'name',
                  header: 'Name',
                  render: (row) => (
                    <Link as="button" onClick={() => setState({ app: row.id }, { push: true })}>
                      {visibleText(row.name)}
                    </Link>
                  ),
                },
                {
                  id: 'id',
                  header: 'Client id',
                  nowrap: true,
                  render: (row) => <Identifier value={row.id} what="client id" max={14} />,
                },
                {
                  id: 'kind',
                  header: 'Kind',
                  render: (row) => (row.publicClient ? 'Public client' : 'Confidential client'),
                },
                {
                  id: 'rights',
                  header: 'Permissions',
                  render: (row) => row.applicationPermissions.length + row.delegatedPermissions.length || 'None',
                },
                {
                  id: 'secrets',
                  header: 'Secrets',
                  nowrap: true,
                  render: (row) => <Expiry app={row} />,
                },
                {
                  id: 'used',
                  header: 'Last used',
                  nowrap: true,
                  render: (row) => (row.lastUsedAt ? <TimeText value={row.lastUsedAt} /> : 'Never'),
                },
              ]}
            />
          )
        }
      </Loaded>
      {creating ? (
        <AppDialog
          onClose={() => setCreating(false)}
          onSaved={(made) => {
            setCreating(false);
            setState({ app: made.id }, { push: true });
          }}
        />
      ) : null}
    </Section>
  );
}

const SOON = 30 * 86_400_000;

/** What needs attention about the secrets of an app. */
function Expiry({ app }: { readonly app: AppRegistration }) {
  if (!app.enabled) return <Badge appearance="tint">Switched off</Badge>;
  if (app.publicClient) return 'Not needed';
  const last = app.credentials.map((each) => Date.parse(each.expiresAt)).sort((a, b) => b - a)[0];
  if (last === undefined)
    return (
      <Badge appearance="tint" color="warning">
        None
      </Badge>
    );
  if (last < Date.now())
    return (
      <Badge appearance="tint" color="danger">
        Expired
      </Badge>
    );
  if (last - Date.now() < SOON)
    return (
      <Badge appearance="tint" color="warning">
        Expires soon
      </Badge>
    );
  return app.credentials.length;
}
