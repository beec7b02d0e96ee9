import { Button, makeStyles, Text } from '@fluentui/react-components';
import { Add20Regular } from '@fluentui/react-icons/svg/add';
import type { CreatedIngestKey, IngestKey, SourceKindInfo } from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../api/client.ts';
import { ConfirmDialog } from '../../../components/ConfirmDialog.tsx';
import { Identifier } from '../../../components/Mono.tsx';
import { notify } from '../../../components/Notifier.tsx';
import { SimpleTable } from '../../../components/SimpleTable.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { visibleText } from '../../../lib/text.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import type { SourceDetail } from '../data.ts';
import { KeyOnce, SetupSteps } from './SetupSteps.tsx';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '12px', maxWidth: '1000px' },
  row: { display: 'flex', alignItems: 'center', gap: '12px', justifyContent: 'space-between' },
});

/** Keys of one source. To change a key: make the next one, move the senders, revoke the old one. */
export function SourceKeys({
  source,
  kind,
  canManage,
}: {
  readonly source: SourceDetail;
  readonly kind: SourceKindInfo;
  readonly canManage: boolean;
}) {
  const styles = useStyles();
  const client = useQueryClient();
  const [created, setCreated] = useState<CreatedIngestKey>();
  const [revoking, setRevoking] = useState<IngestKey>();
  const [busy, setBusy] = useState(false);
  const refresh = () => client.invalidateQueries({ queryKey: ['/api/ingest/sources', source.id] });
  const create = async () => {
    setBusy(true);
    try {
      setCreated(await api.post(`/api/ingest/sources/${encodeURIComponent(source.id)}/keys`, {}));
      await refresh();
    } catch (error) {
      notify.failure('The key was not created', error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={styles.stack}>
      <div className={styles.row}>
        <Text>To change a key, make the next one, move the senders to it, then revoke the old one.</Text>
        {canManage ? (
          <Button size="small" icon={<Add20Regular />} disabled={busy} onClick={() => void create()}>
            Create key
          </Button>
        ) : null}
      </div>
      {created ? (
        <>
          <KeyOnce created={created} />
          <SetupSteps kind={kind} created={created} settings={source.settings} />
        </>
      ) : null}
      {source.keys.length === 0 ? (
        <EmptyState small title="No key" reason="Without a key nothing can be delivered to this source." />
      ) : (
        <SimpleTable<IngestKey>
          label="Keys"
          rows={source.keys}
          rowKey={(row) => row.id}
          columns={[
            { id: 'name', header: 'Name', render: (row) => visibleText(row.name) },
            { id: 'id', header: 'Id', render: (row) => <Identifier value={row.id} what="key id" max={24} /> },
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
      )}
      {revoking ? (
        <ConfirmDialog
          open
          onClose={() => setRevoking(undefined)}
          title={`Revoke the key “${revoking.name}”?`}
          action="Revoke key"
          failure="The key was not revoked"
          onConfirm={async () => {
            await api.delete(`/api/keys/${encodeURIComponent(revoking.id)}`);
            await refresh();
            notify.success('Key revoked', revoking.name);
          }}
        >
          Senders that use it are refused at once and keep their events until they get a new key. This cannot be undone.
        </ConfirmDialog>
      ) : null}
    </div>
  );
}
