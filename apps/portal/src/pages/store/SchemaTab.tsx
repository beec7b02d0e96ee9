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
  tokens,
} from '@fluentui/react-components';
import { Table24Regular } from '@fluentui/react-icons/svg/table';
import type { CustomColumn, CustomTable, StoreTable } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../api/client.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { notify } from '../../components/Notifier.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { HuntLink } from '../../features/hunt-link/HuntLink.tsx';
import { visibleText } from '../../lib/text.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageSection } from './PageSection.tsx';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '12px' },
  bar: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px 16px', marginBottom: '12px' },
  grow: { flexGrow: 1, color: tokens.colorNeutralForeground3 },
  row: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr) 130px auto', gap: '8px' },
  mono: { fontFamily: tokens.fontFamilyMonospace, overflowWrap: 'anywhere' },
});

const KEY = ['/api/store/schema'];
const TYPES = ['string', 'int', 'long', 'real', 'bool', 'datetime', 'dynamic', 'guid'] as const;

interface Answer {
  readonly tables: readonly CustomTable[];
  readonly columns: readonly (CustomColumn & { readonly table: string })[];
}

/** Tables and columns of the organisation's own. */
export function SchemaTab({
  canManage,
  tables,
}: {
  readonly canManage: boolean;
  readonly tables: readonly StoreTable[];
}) {
  const styles = useStyles();
  const client = useQueryClient();
  const [creating, setCreating] = useState(false);
  const [adding, setAdding] = useState(false);
  const [dropping, setDropping] = useState<CustomTable>();
  const custom = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get('/api/store/schema', undefined, signal),
  });
  const refresh = () =>
    Promise.all(
      [KEY, ['/api/store/tables'], ['/api/hunting/schema']].map((queryKey) => client.invalidateQueries({ queryKey })),
    );
  return (
    <>
      <div className={styles.bar}>
        <Text className={styles.grow}>
          Custom tables end with _CL and take records whose index, Type or $table names them. Columns added to other
          tables end with _CF. Both can be hunted at once.
        </Text>
        {canManage ? (
          <>
            <Button size="small" onClick={() => setAdding(true)}>
              Add column
            </Button>
            <Button size="small" appearance="primary" onClick={() => setCreating(true)}>
              New table
            </Button>
          </>
        ) : null}
      </div>
      <Loaded query={custom} what="The custom tables">
        {(data) => (
          <>
            {data.tables.length === 0 ? (
              <EmptyState
                icon={Table24Regular}
                title="No custom tables"
                reason="Make one for data that no table of the schema fits."
              />
            ) : (
              <SimpleTable<CustomTable>
                label="Custom tables"
                rows={data.tables}
                rowKey={(row) => row.name}
                columns={[
                  {
                    id: 'name',
                    header: 'Table',
                    render: (row) => <HuntLink query={`${row.name}\n| take 100`}>{row.name}</HuntLink>,
                  },
                  { id: 'text', header: 'Description', minWidth: 160, render: (row) => visibleText(row.description) },
                  {
                    id: 'columns',
                    header: 'Columns',
                    minWidth: 200,
                    render: (row) => (
                      <span className={styles.mono}>
                        {row.columns.map((column) => `${column.name}: ${column.type}`).join(', ') || '–'}
                      </span>
                    ),
                  },
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
                  ...(canManage
                    ? [
                        {
                          id: 'do',
                          header: 'Action',
                          render: (row: CustomTable) => (
                            <Button size="small" aria-label={`Remove ${row.name}`} onClick={() => setDropping(row)}>
                              Remove
                            </Button>
                          ),
                        },
                      ]
                    : []),
                ]}
              />
            )}
            {data.columns.length ? (
              <PageSection title="Added columns">
                <SimpleTable<Answer['columns'][number]>
                  label="Added columns"
                  rows={data.columns}
                  rowKey={(row) => `${row.table}.${row.name}`}
                  columns={[
                    { id: 'table', header: 'Table', render: (row) => row.table },
                    {
                      id: 'name',
                      header: 'Column',
                      render: (row) => (
                        <HuntLink query={`${row.table}\n| where isnotempty(${row.name})\n| take 100`}>
                          {row.name}
                        </HuntLink>
                      ),
                    },
                    { id: 'type', header: 'Type', render: (row) => row.type },
                  ]}
                />
              </PageSection>
            ) : null}
          </>
        )}
      </Loaded>
      {creating ? <CreateTableDialog onClose={() => setCreating(false)} onDone={refresh} /> : null}
      {adding ? <AddColumnDialog tables={tables} onClose={() => setAdding(false)} onDone={refresh} /> : null}
      {dropping ? (
        <ConfirmDialog
          open
          onClose={() => setDropping(undefined)}
          title={`Remove the table ${dropping.name}?`}
          action="Remove table and rows"
          failure="The table stays"
          onConfirm={async () => {
            await api.delete(`/api/store/schema/tables/${encodeURIComponent(dropping.name)}`);
            await refresh();
            notify.success('Table removed', dropping.name);
          }}
        >
          All its rows go with it; raw copies stay in ParapetRawEvents. This cannot be undone.
        </ConfirmDialog>
      ) : null}
    </>
  );
}

interface DialogProps {
  readonly onClose: () => void;
  readonly onDone: () => Promise<unknown>;
}

function TypeSelect({
  value,
  label,
  onChange,
}: {
  readonly value: string;
  readonly label: string;
  readonly onChange: (value: string) => void;
}) {
  return (
    <Select value={value} aria-label={label} onChange={(_, data) => onChange(data.value)}>
      {TYPES.map((type) => (
        <option key={type}>{type}</option>
      ))}
    </Select>
  );
}

interface DraftColumn extends CustomColumn {
  readonly key: number;
}

function CreateTableDialog({ onClose, onDone }: DialogProps) {
  const styles = useStyles();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [columns, setColumns] = useState<readonly DraftColumn[]>([{ key: 1, name: '', type: 'string' }]);
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);
  const change = (key: number, next: Partial<CustomColumn>) =>
    setColumns(columns.map((column) => (column.key === key ? { ...column, ...next } : column)));
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure('');
    try {
      await api.post('/api/store/schema/tables', {
        name: name.trim(),
        description: description.trim(),
        columns: columns
          .filter((column) => column.name.trim())
          .map((column) => ({ name: column.name.trim(), type: column.type })),
      });
      await onDone();
      notify.success('Table made', name.trim());
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
            <DialogTitle>New table</DialogTitle>
            <DialogContent className={styles.stack}>
              <Field label="Name" required hint="Letters, digits, underscores; at most 45; ends with _CL.">
                <Input value={name} onChange={(_, data) => setName(data.value)} />
              </Field>
              <Field label="Description">
                <Input value={description} maxLength={1_000} onChange={(_, data) => setDescription(data.value)} />
              </Field>
              <Field label="Columns" hint="TimeGenerated and AdditionalFields are there already.">
                <div className={styles.stack}>
                  {columns.map((column, i) => (
                    <div className={styles.row} key={column.key}>
                      <Input
                        aria-label={`Name of column ${i + 1}`}
                        value={column.name}
                        onChange={(_, data) => change(column.key, { name: data.value })}
                      />
                      <TypeSelect
                        label={`Type of column ${i + 1}`}
                        value={column.type}
                        onChange={(type) => change(column.key, { type })}
                      />
                      <Button
                        aria-label={`Leave out column ${i + 1}`}
                        onClick={() => setColumns(columns.filter((one) => one.key !== column.key))}
                      >
                        Remove
                      </Button>
                    </div>
                  ))}
                </div>
              </Field>
              <div>
                <Button
                  size="small"
                  onClick={() =>
                    setColumns([
                      ...columns,
                      { key: Math.max(0, ...columns.map((one) => one.key)) + 1, name: '', type: 'string' },
                    ])
                  }
                >
                  Add column
                </Button>
              </div>
              {failure ? <Field validationMessage={failure} /> : null}
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button disabled={busy}>Cancel</Button>
              </DialogTrigger>
              <Button appearance="primary" type="submit" disabled={busy || !name.trim()}>
                Make table
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

function AddColumnDialog({ tables, onClose, onDone }: DialogProps & { readonly tables: readonly StoreTable[] }) {
  const styles = useStyles();
  const choices = tables.filter((table) => table.origin !== 'parapet').sort((a, b) => a.name.localeCompare(b.name));
  const [table, setTable] = useState(choices[0]?.name ?? '');
  const [name, setName] = useState('');
  const [type, setType] = useState('string');
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure('');
    try {
      await api.post(`/api/store/schema/tables/${encodeURIComponent(table)}/columns`, { name: name.trim(), type });
      await onDone();
      notify.success('Column added', `${table}.${name.trim()}`);
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
            <DialogTitle>Add a column</DialogTitle>
            <DialogContent className={styles.stack}>
              <Field label="Table">
                <Select value={table} onChange={(_, data) => setTable(data.value)}>
                  {choices.map((one) => (
                    <option key={one.name}>{one.name}</option>
                  ))}
                </Select>
              </Field>
              <Field
                label="Name"
                required
                hint={table.endsWith('_CL') ? 'Letters, digits, underscores.' : 'Ends with _CF.'}
                validationMessage={failure || undefined}
              >
                <Input value={name} onChange={(_, data) => setName(data.value)} />
              </Field>
              <Field label="Type">
                <TypeSelect label="Type" value={type} onChange={setType} />
              </Field>
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button disabled={busy}>Cancel</Button>
              </DialogTrigger>
              <Button appearance="primary" type="submit" disabled={busy || !name.trim()}>
                Add column
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
