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
  makeStyles,
  Select,
  Text,
  Textarea,
  tokens,
} from '@fluentui/react-components';
import { LockClosed24Regular } from '@fluentui/react-icons/svg/lock-closed';
import type { LegalHold, RowFilter, StoreTable } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../api/client.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { notify } from '../../components/Notifier.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { filterText } from './format.ts';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '12px' },
  bar: { display: 'flex', justifyContent: 'space-between', alignItems: 'center', gap: '16px', marginBottom: '12px' },
  soft: { color: tokens.colorNeutralForeground3 },
});

const KEY = ['/api/store/holds'];

/** Rows that must stay whatever retention and requests say. */
export function HoldsTab({
  canManage,
  tables,
}: {
  readonly canManage: boolean;
  readonly tables: readonly StoreTable[];
}) {
  const styles = useStyles();
  const client = useQueryClient();
  const [creating, setCreating] = useState(false);
  const [releasing, setReleasing] = useState<LegalHold>();
  const holds = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => (await api.get('/api/store/holds', undefined, signal)).items,
  });
  const create = canManage ? (
    <Button size="small" appearance="primary" onClick={() => setCreating(true)}>
      New hold
    </Button>
  ) : null;
  return (
    <>
      <div className={styles.bar}>
        <Text className={styles.soft}>
          Held rows and their raw copies are removed neither by retention nor by a deletion, until the hold is released.
        </Text>
        {create}
      </div>
      <Loaded query={holds} what="The holds">
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState
              icon={LockClosed24Regular}
              title="No holds"
              reason="A hold keeps rows for a case: those of devices, people or a time, or what a KQL condition finds."
              action={create ?? <Text size={200}>Making one needs the permission Data.Manage.</Text>}
            />
          ) : (
            <SimpleTable<LegalHold>
              label="Legal holds"
              rows={rows}
              rowKey={(row) => row.id}
              columns={[
                {
                  id: 'name',
                  header: 'Hold',
                  minWidth: 120,
                  render: (row) => <strong>{visibleText(row.name)}</strong>,
                },
                { id: 'table', header: 'Table', render: (row) => (row.table === '*' ? 'All tables' : row.table) },
                { id: 'filter', header: 'Rows', minWidth: 180, render: (row) => visibleText(filterText(row.filter)) },
                { id: 'reason', header: 'Reason', minWidth: 160, render: (row) => visibleText(row.reason) },
                {
                  id: 'by',
                  header: 'Made',
                  nowrap: true,
                  render: (row) => (
                    <>
                      <TimeText value={row.createdAt} /> by {visibleText(row.createdBy)}
                    </>
                  ),
                },
                {
                  id: 'state',
                  header: 'State',
                  nowrap: true,
                  render: (row) =>
                    row.releasedAt ? (
                      <>
                        Released <TimeText value={row.releasedAt} />
                      </>
                    ) : canManage ? (
                      <Button
                        size="small"
                        aria-label={`Release the hold ${row.name}`}
                        onClick={() => setReleasing(row)}
                      >
                        Release
                      </Button>
                    ) : (
                      'Stands'
                    ),
                },
              ]}
            />
          )
        }
      </Loaded>
      {creating ? <CreateHoldDialog tables={tables} onClose={() => setCreating(false)} /> : null}
      {releasing ? (
        <ConfirmDialog
          open
          onClose={() => setReleasing(undefined)}
          title={`Release the hold “${visibleText(releasing.name)}”?`}
          action="Release hold"
          failure="The hold stands"
          onConfirm={async () => {
            await api.delete(`/api/store/holds/${encodeURIComponent(releasing.id)}`);
            await client.invalidateQueries({ queryKey: KEY });
            await client.invalidateQueries({ queryKey: ['/api/store/tables'] });
            notify.success('Hold released', releasing.name);
          }}
        >
          Rows that only this hold keeps go with the next run of retention when they are due. That cannot be undone.
        </ConfirmDialog>
      ) : null}
    </>
  );
}

const list = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\n,;]/)
      .map((one) => one.trim())
      .filter(Boolean),
  ),
];

function CreateHoldDialog({
  tables,
  onClose,
}: {
  readonly tables: readonly StoreTable[];
  readonly onClose: () => void;
}) {
  const styles = useStyles();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [reason, setReason] = useState('');
  const [table, setTable] = useState('*');
  const [kql, setKql] = useState('');
  const [devices, setDevices] = useState('');
  const [users, setUsers] = useState('');
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');
  const byKql = table !== '*' && kql.trim() !== '';
  const filter: RowFilter = byKql
    ? { kql: kql.trim() }
    : {
        ...(list(devices).length ? { devices: list(devices) } : {}),
        ...(list(users).length ? { users: list(users) } : {}),
        ...(from ? { from: new Date(`${from}T00:00:00Z`).toISOString() } : {}),
        ...(to ? { to: new Date(`${to}T00:00:00Z`).toISOString() } : {}),
      };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure('');
    try {
      await api.post('/api/store/holds', { name: name.trim(), reason: reason.trim(), table, filter });
      await client.invalidateQueries({ queryKey: KEY });
      await client.invalidateQueries({ queryKey: ['/api/store/tables'] });
      notify.success('The hold stands', name.trim());
      onClose();
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface>
        <form onSubmit={(event) => void save(event)}>
          <DialogBody>
            <DialogTitle>New legal hold</DialogTitle>
            <DialogContent className={styles.stack}>
              <Field label="Name" required>
                <Input value={name} maxLength={100} onChange={(_, data) => setName(data.value)} />
              </Field>
              <Field label="Reason" required hint="For the audit log: the case, who asked.">
                <Input value={reason} maxLength={2_000} onChange={(_, data) => setReason(data.value)} />
              </Field>
              <Field label="Table">
                <Select value={table} onChange={(_, data) => setTable(data.value)}>
                  <option value="*">All tables that have the columns</option>
                  {tables
                    .filter((one) => one.rows > 0)
                    .map((one) => (
                      <option key={one.name}>{one.name}</option>
                    ))}
                </Select>
              </Field>
              {table === '*' ? null : (
                <Field label="Condition in KQL" hint="What would follow where. Takes the place of the fields below.">
                  <Textarea value={kql} onChange={(_, data) => setKql(data.value)} />
                </Field>
              )}
              <Field label="Devices" hint="Names or ids, separated by commas.">
                <Input value={devices} disabled={byKql} onChange={(_, data) => setDevices(data.value)} />
              </Field>
              <Field label="People" hint="Account names, principal names or ids, separated by commas.">
                <Input value={users} disabled={byKql} onChange={(_, data) => setUsers(data.value)} />
              </Field>
              <Field label="Events from (UTC)">
                <Input type="date" value={from} disabled={byKql} onChange={(_, data) => setFrom(data.value)} />
              </Field>
              <Field label="Events before (UTC)" validationMessage={failure || undefined}>
                <Input type="date" value={to} disabled={byKql} onChange={(_, data) => setTo(data.value)} />
              </Field>
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button disabled={busy}>Cancel</Button>
              </DialogTrigger>
              <Button appearance="primary" type="submit" disabled={busy || !name.trim() || !reason.trim()}>
                Hold these rows
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
