import { Button, Field, Input, Select } from '@fluentui/react-components';
import { Add20Regular } from '@fluentui/react-icons/svg/add';
import { Key24Regular } from '@fluentui/react-icons/svg/key';
import type { CreatedIngestKey, IngestKey, KeyPurpose } from '@parapet/schema/wire';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { CodeBlock } from '../../components/CodeBlock.tsx';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { Identifier } from '../../components/Mono.tsx';
import { notify } from '../../components/Notifier.tsx';
import { Pager } from '../../components/Pager.tsx';
import { SecretDialog, ShownOnce } from '../../components/SecretDialog.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { SenderSetup } from '../welcome/parts/ConnectSource.tsx';
import { Section } from './Section.tsx';

const PURPOSES: Readonly<Record<KeyPurpose, string>> = { ingest: 'Sending events', query: 'Queries' };

/** Keys that programs sign in with. */
export function KeysSection() {
  const client = useQueryClient();
  const canManage = useCan('Data.Manage');
  const [page, setPage] = useState(1);
  const [pageSize, setPageSize] = useState(50);
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<IngestKey>();
  const keys = useQuery({
    queryKey: ['/api/keys', page, pageSize],
    queryFn: ({ signal }) => api.get('/api/keys', { page, pageSize }, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <Section
      title="API keys"
      purpose="A key delivers events or asks questions, never both."
      command={
        canManage ? (
          <Button size="small" appearance="primary" icon={<Add20Regular />} onClick={() => setCreating(true)}>
            Create key
          </Button>
        ) : undefined
      }
    >
      <Loaded query={keys} what="The keys">
        {(data) =>
          data.total === 0 ? (
            <EmptyState
              icon={Key24Regular}
              title="No keys"
              reason="Without a key nothing can be delivered. Create one for each source, so that each can be taken back alone."
            />
          ) : (
            <>
              <SimpleTable<IngestKey>
                label="API keys"
                rows={data.items}
                rowKey={(row) => row.id}
                columns={[
                  { id: 'name', header: 'Name', render: (row) => visibleText(row.name) },
                  { id: 'id', header: 'Id', render: (row) => <Identifier value={row.id} what="key id" max={24} /> },
                  { id: 'purpose', header: 'For', render: (row) => PURPOSES[row.purpose] },
                  { id: 'by', header: 'Created by', render: (row) => visibleText(row.createdBy) },
                  { id: 'at', header: 'Created', nowrap: true, render: (row) => <TimeText value={row.createdAt} /> },
                  {
                    id: 'used',
                    header: 'Last used',
                    nowrap: true,
                    render: (row) => (row.lastUsedAt ? <TimeText value={row.lastUsedAt} /> : 'Never'),
                  },
                  {
                    id: 'do',
                    header: 'Action',
                    render: (row) =>
                      canManage ? (
                        <Button size="small" aria-label={`Revoke key ${row.name}`} onClick={() => setRevoking(row)}>
                          Revoke
                        </Button>
                      ) : (
                        'Needs Data.Manage'
                      ),
                  },
                ]}
              />
              {data.total > data.pageSize ? (
                <Pager
                  page={data.page}
                  pageSize={data.pageSize}
                  total={data.total}
                  onPage={setPage}
                  onPageSize={(size) => {
                    setPageSize(size);
                    setPage(1);
                  }}
                />
              ) : null}
            </>
          )
        }
      </Loaded>
      {creating ? <CreateKeyDialog onClose={() => setCreating(false)} /> : null}
      {revoking ? (
        <ConfirmDialog
          open
          onClose={() => setRevoking(undefined)}
          title={`Revoke the key “${revoking.name}”?`}
          action="Revoke key"
          failure="The key was not revoked"
          onConfirm={async () => {
            await api.delete(`/api/keys/${encodeURIComponent(revoking.id)}`);
            await client.invalidateQueries({ queryKey: ['/api/keys'] });
            notify.success('Key revoked', revoking.name);
          }}
        >
          {revoking.purpose === 'query'
            ? 'Programs that use it are refused at once. This cannot be undone.'
            : 'Senders that use it are refused at once and keep their events until they get a new key. This cannot be undone.'}
        </ConfirmDialog>
      ) : null}
    </Section>
  );
}

function CreateKeyDialog({ onClose }: { readonly onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [purpose, setPurpose] = useState<KeyPurpose>('ingest');
  return (
    <SecretDialog<CreatedIngestKey>
      title="Create a key"
      madeTitle={(created) => `Key “${created.name}”`}
      width={[480, 820]}
      action="Create key"
      done="I have copied the key"
      failure="The key was not created"
      ready={name.trim() !== ''}
      onClose={onClose}
      create={async () => {
        const created = await api.post('/api/keys', { name: name.trim(), purpose });
        void client.invalidateQueries({ queryKey: ['/api/keys'] });
        return created;
      }}
      form={
        <>
          <Field label="Name" hint="What will use it: a machine, a collector, a dashboard, a team." required>
            <Input autoFocus value={name} maxLength={100} onChange={(_, data) => setName(data.value)} />
          </Field>
          <Field label="For" hint="A key sends events or asks questions, never both.">
            <Select value={purpose} onChange={(_, data) => setPurpose(data.value as KeyPurpose)}>
              {(Object.keys(PURPOSES) as KeyPurpose[]).map((each) => (
                <option key={each} value={each}>
                  {PURPOSES[each]}
                </option>
              ))}
            </Select>
          </Field>
        </>
      }
    >
      {(created) =>
        created.purpose === 'query' ? <QuerySetup created={created} /> : <SenderSetup created={created} />
      }
    </SecretDialog>
  );
}

/** The key, once, and where it opens. */
function QuerySetup({ created }: { readonly created: CreatedIngestKey }) {
  const call = [
    `curl ${window.location.origin}/v2/rest/query`,
    `-H 'Authorization: Bearer ${created.encoded}'`,
    `-H 'Content-Type: application/json'`,
    `-d '{"db":"hunting","csl":"DeviceEvents | take 5"}'`,
  ].join(' \\\n  ');
  return (
    <>
      <ShownOnce>The key of “{created.name}” cannot be read again after you close this. It reads telemetry.</ShownOnce>
      <CodeBlock text={created.encoded} what="key" />
      <CodeBlock text={call} what="example call" />
    </>
  );
}
