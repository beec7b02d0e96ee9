import { Button, Field, Input, makeStyles, Text, Textarea, tokens } from '@fluentui/react-components';
import type { OsqueryNode, OsqueryQuery, OsqueryResults } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../../api/client.ts';
import { ConfirmDialog } from '../../../components/ConfirmDialog.tsx';
import { Loaded } from '../../../components/Loaded.tsx';
import { notify } from '../../../components/Notifier.tsx';
import { SimpleTable } from '../../../components/SimpleTable.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { visibleText } from '../../../lib/text.ts';
import { plural } from '../../../lib/time.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import type { SourceDetail } from '../data.ts';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '14px' },
  form: { display: 'flex', flexDirection: 'column', gap: '10px', maxWidth: '820px' },
  row: { display: 'flex', gap: '10px', alignItems: 'flex-end', flexWrap: 'wrap' },
  mono: { fontFamily: tokens.fontFamilyMonospace, overflowWrap: 'anywhere' },
  soft: { color: tokens.colorNeutralForeground3 },
  h2: { margin: '6px 0 0' },
});

/** Machines that run osquery for this source, and questions put to them now. */
export function OsqueryMachines({ source, canManage }: { readonly source: SourceDetail; readonly canManage: boolean }) {
  const styles = useStyles();
  const client = useQueryClient();
  const base = `/api/ingest/sources/${encodeURIComponent(source.id)}/osquery`;
  const nodes = useQuery({
    queryKey: [base, 'nodes'],
    queryFn: async ({ signal }) =>
      (await api.get<{ readonly items: readonly OsqueryNode[] }>(`${base}/nodes`, undefined, signal)).items,
    refetchInterval: 10_000,
  });
  const queries = useQuery({
    queryKey: [base, 'queries'],
    queryFn: async ({ signal }) =>
      (await api.get<{ readonly items: readonly OsqueryQuery[] }>(`${base}/queries`, undefined, signal)).items,
    refetchInterval: 5_000,
  });
  const [open, setOpen] = useState<string>();
  const [removing, setRemoving] = useState<OsqueryNode>();
  return (
    <div className={styles.stack}>
      <Text as="h2" weight="semibold" size={400} className={styles.h2}>
        Machines
      </Text>
      <Loaded query={nodes} what="The machines">
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState
              small
              title="No machine has enrolled"
              reason="A machine appears when its osquery agent enrols with the key of this source; see Set up."
            />
          ) : (
            <SimpleTable<OsqueryNode>
              label="Machines"
              rows={rows}
              rowKey={(row) => row.id}
              columns={[
                { id: 'host', header: 'Machine', render: (row) => visibleText(row.hostname || row.hostIdentifier) },
                { id: 'os', header: 'System', render: (row) => visibleText(row.os || row.platform) },
                { id: 'version', header: 'osquery', nowrap: true, render: (row) => visibleText(row.version) },
                { id: 'address', header: 'Address', nowrap: true, render: (row) => visibleText(row.address) },
                { id: 'seen', header: 'Last seen', nowrap: true, render: (row) => <TimeText value={row.lastSeenAt} /> },
                { id: 'at', header: 'Enrolled', nowrap: true, render: (row) => <TimeText value={row.enrolledAt} /> },
                {
                  id: 'do',
                  header: 'Action',
                  render: (row) =>
                    canManage ? (
                      <Button
                        size="small"
                        aria-label={`Remove ${row.hostname || row.hostIdentifier}`}
                        onClick={() => setRemoving(row)}
                      >
                        Remove
                      </Button>
                    ) : (
                      'Needs Data.Manage'
                    ),
                },
              ]}
            />
          )
        }
      </Loaded>
      <Text as="h2" weight="semibold" size={400} className={styles.h2}>
        Ask the machines
      </Text>
      {canManage ? (
        <AskForm
          base={base}
          onAsked={(query) => {
            setOpen(query.id);
            void client.invalidateQueries({ queryKey: [base, 'queries'] });
          }}
        />
      ) : (
        <Text className={styles.soft}>Asking machines needs the permission Data.Manage.</Text>
      )}
      <Loaded query={queries} what="The questions">
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState small title="Nothing was asked yet" reason="Answers are events too and can be hunted." />
          ) : (
            <SimpleTable<OsqueryQuery>
              label="Questions"
              rows={rows}
              rowKey={(row) => row.id}
              columns={[
                { id: 'name', header: 'Question', render: (row) => visibleText(row.name) },
                {
                  id: 'sql',
                  header: 'SQL',
                  render: (row) => <span className={styles.mono}>{visibleText(row.sql)}</span>,
                },
                { id: 'at', header: 'Asked', nowrap: true, render: (row) => <TimeText value={row.createdAt} /> },
                { id: 'by', header: 'By', render: (row) => visibleText(row.createdBy) },
                { id: 'answers', header: 'Answers', align: 'end', render: (row) => row.answers },
                {
                  id: 'do',
                  header: 'Action',
                  render: (row) => (
                    <Button
                      size="small"
                      aria-expanded={open === row.id}
                      aria-label={`${open === row.id ? 'Hide' : 'Show'} the answers to ${row.name}`}
                      onClick={() => setOpen(open === row.id ? undefined : row.id)}
                    >
                      {open === row.id ? 'Hide' : 'Show'}
                    </Button>
                  ),
                },
              ]}
            />
          )
        }
      </Loaded>
      {open ? <Answers base={base} id={open} /> : null}
      {removing ? (
        <ConfirmDialog
          open
          onClose={() => setRemoving(undefined)}
          title={`Remove “${removing.hostname || removing.hostIdentifier}”?`}
          action="Remove machine"
          failure="The machine was not removed"
          onConfirm={async () => {
            await api.delete(`${base}/nodes/${encodeURIComponent(removing.id)}`);
            await client.invalidateQueries({ queryKey: [base, 'nodes'] });
            notify.success('Machine removed', removing.hostname || removing.hostIdentifier);
          }}
        >
          Its agent must enrol again before it is heard. What it sent stays. This cannot be undone.
        </ConfirmDialog>
      ) : null}
    </div>
  );
}

function AskForm({ base, onAsked }: { readonly base: string; readonly onAsked: (query: OsqueryQuery) => void }) {
  const styles = useStyles();
  const [sql, setSql] = useState('');
  const [name, setName] = useState('');
  const [minutes, setMinutes] = useState('60');
  const [busy, setBusy] = useState(false);
  const ask = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || sql.trim() === '') return;
    setBusy(true);
    try {
      onAsked(
        await api.post<OsqueryQuery>(`${base}/queries`, {
          sql,
          ...(name.trim() ? { name: name.trim() } : {}),
          minutes: Number(minutes) || 60,
        }),
      );
      setSql('');
      setName('');
    } catch (error) {
      notify.failure('The question was not asked', error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void ask(event)}>
      <Field label="osquery SQL" required hint="Runs on every machine that asks for work while the question is open.">
        <Textarea
          rows={3}
          resize="vertical"
          textarea={{ className: styles.mono, spellCheck: false }}
          value={sql}
          maxLength={20_000}
          onChange={(_, data) => setSql(data.value)}
        />
      </Field>
      <div className={styles.row}>
        <Field label="Name">
          <Input value={name} maxLength={100} onChange={(_, data) => setName(data.value)} />
        </Field>
        <Field label="Open for minutes">
          <Input type="number" min={1} max={10_080} value={minutes} onChange={(_, data) => setMinutes(data.value)} />
        </Field>
        <Button type="submit" appearance="primary" disabled={busy || sql.trim() === ''}>
          Ask
        </Button>
      </div>
    </form>
  );
}

/** Who answered, and the rows. */
function Answers({ base, id }: { readonly base: string; readonly id: string }) {
  const styles = useStyles();
  const results = useQuery({
    queryKey: [base, 'queries', id],
    queryFn: ({ signal }) => api.get<OsqueryResults>(`${base}/queries/${encodeURIComponent(id)}`, undefined, signal),
    refetchInterval: 5_000,
  });
  return (
    <Loaded query={results} what="The answers">
      {(data) => {
        const failed = data.results.filter((one) => one.status !== 0);
        const columns = [...new Set(data.rows.flatMap((row) => Object.keys(row.columns)))].slice(0, 30);
        return (
          <div className={styles.stack}>
            <Text weight="semibold">
              {visibleText(data.name)}: {plural(data.results.length, 'machine')} answered,{' '}
              {plural(data.rows.length, 'row')}
              {data.rows.length === 1_000 ? ' (the first 1,000 are shown)' : ''}
            </Text>
            {failed.map((one) => (
              <Text key={one.nodeId} size={200}>
                {visibleText(one.host)} could not run it: {visibleText(one.message || `code ${one.status}`)}
              </Text>
            ))}
            {data.rows.length === 0 ? (
              <EmptyState small title="No row yet" reason="Machines ask for work every minute or so." />
            ) : (
              <SimpleTable
                label={`Rows of ${data.name}`}
                rows={data.rows.map((row, i) => ({ ...row, key: String(i) }))}
                rowKey={(row) => row.key}
                columns={[
                  { id: 'host', header: 'Machine', nowrap: true, render: (row) => visibleText(row.host) },
                  ...columns.map((name) => ({
                    id: `column-${name}`,
                    header: name,
                    minWidth: 80,
                    render: (row: { readonly columns: Readonly<Record<string, unknown>> }) =>
                      visibleText(String(row.columns[name] ?? '')),
                  })),
                ]}
              />
            )}
          </div>
        );
      }}
    </Loaded>
  );
}
