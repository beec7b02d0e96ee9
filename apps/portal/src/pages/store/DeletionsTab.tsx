import {
  Button,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Select,
  Text,
  Textarea,
  tokens,
} from '@fluentui/react-components';
import type { Deletion, DeletionPreview, StoreTable } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { JobProgress } from '../../components/JobProgress.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { HuntLink } from '../../features/hunt-link/HuntLink.tsx';
import { visibleText } from '../../lib/text.ts';
import { formatCount, plural } from '../../lib/time.ts';
import { useJob } from '../../lib/useJob.ts';
import { PageSection } from './PageSection.tsx';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '12px', maxWidth: '640px', marginBottom: '20px' },
  row: { display: 'flex', gap: '12px', alignItems: 'center' },
  mono: { fontFamily: tokens.fontFamilyMonospace },
  soft: { color: tokens.colorNeutralForeground3 },
});

const KEY = ['/api/store/deletions'];

/** Removing rows for good: say which, look at the count, confirm. */
export function DeletionsTab({
  canManage,
  tables,
}: {
  readonly canManage: boolean;
  readonly tables: readonly StoreTable[];
}) {
  const deletions = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => (await api.get('/api/store/deletions', undefined, signal)).items,
    refetchInterval: 3_000,
  });
  const styles = useStyles();
  return (
    <>
      {canManage ? (
        <NewDeletion tables={tables.filter((table) => table.rows > 0)} />
      ) : (
        <Text className={styles.soft}>Removing rows needs the permission Data.Manage.</Text>
      )}
      <PageSection title="Requests">
        <Loaded query={deletions} what="The deletions">
          {(rows) =>
            rows.length === 0 ? (
              <Text className={styles.soft}>No rows were ever removed on request.</Text>
            ) : (
              <SimpleTable<Deletion>
                label="Deletions"
                rows={rows}
                rowKey={(row) => row.id}
                columns={[
                  {
                    id: 'at',
                    header: 'Asked',
                    nowrap: true,
                    render: (row) => (
                      <>
                        <TimeText value={row.createdAt} /> by {visibleText(row.createdBy)}
                      </>
                    ),
                  },
                  {
                    id: 'what',
                    header: 'Rows',
                    minWidth: 200,
                    render: (row) => (
                      <HuntLink query={`${row.table}\n| where ${row.filter}`}>
                        {row.table}: {visibleText(row.filter)}
                      </HuntLink>
                    ),
                  },
                  { id: 'reason', header: 'Reason', minWidth: 140, render: (row) => visibleText(row.reason) },
                  {
                    id: 'removed',
                    header: 'Removed',
                    align: 'end',
                    render: (row) => `${formatCount(row.removed)} of ${formatCount(row.matched)}`,
                  },
                  { id: 'held', header: 'Held', align: 'end', render: (row) => formatCount(row.held) },
                  { id: 'raw', header: 'Raw copies', align: 'end', render: (row) => formatCount(row.rawRemoved) },
                  {
                    id: 'state',
                    header: 'State',
                    minWidth: 160,
                    render: (row) => <State deletion={row} />,
                  },
                ]}
              />
            )
          }
        </Loaded>
      </PageSection>
    </>
  );
}

const STATES: Readonly<Record<Deletion['state'], string>> = {
  running: 'At work',
  done: 'Done',
  cancelled: 'Cancelled',
  failed: 'Failed',
};

function State({ deletion }: { readonly deletion: Deletion }) {
  const styles = useStyles();
  const job = useJob(deletion.state === 'running' && deletion.jobId ? deletion.jobId : undefined).data;
  if (job && deletion.state === 'running') return <JobProgress job={job} />;
  return (
    <>
      {STATES[deletion.state]}
      {deletion.state === 'failed' ? `: ${visibleText(deletion.detail)}` : ''}
      {deletion.alsoIn.length ? (
        <Text block size={200} className={styles.soft}>
          The same events also gave rows in{' '}
          {deletion.alsoIn.map((one) => `${one.table} (${formatCount(one.rows)})`).join(', ')}.
        </Text>
      ) : null}
    </>
  );
}

function NewDeletion({ tables }: { readonly tables: readonly StoreTable[] }) {
  const styles = useStyles();
  const client = useQueryClient();
  const [table, setTable] = useState('');
  const [filter, setFilter] = useState('');
  const [reason, setReason] = useState('');
  const [preview, setPreview] = useState<DeletionPreview>();
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const chosen = table || tables[0]?.name || '';
  const change = (set: (text: string) => void) => (text: string) => {
    set(text);
    setPreview(undefined);
    setFailure('');
  };
  const look = async () => {
    setBusy(true);
    setFailure('');
    try {
      setPreview(await api.post('/api/store/deletions/preview', { table: chosen, filter: filter.trim() }));
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className={styles.form} aria-label="New deletion">
      <Field label="Table">
        <Select value={chosen} onChange={(_, data) => change(setTable)(data.value)}>
          {tables.map((one) => (
            <option key={one.name}>{one.name}</option>
          ))}
        </Select>
      </Field>
      <Field
        label="Rows to remove, as KQL"
        hint={'What would follow where, for example AccountUpn == "ada@example.com"'}
        validationMessage={failure || undefined}
      >
        <Textarea
          className={styles.mono}
          value={filter}
          maxLength={10_000}
          onChange={(_, data) => change(setFilter)(data.value)}
        />
      </Field>
      <Field label="Reason" hint="For the audit log.">
        <Input value={reason} maxLength={2_000} onChange={(_, data) => setReason(data.value)} />
      </Field>
      <div className={styles.row}>
        <Button disabled={busy || !filter.trim() || !chosen} onClick={() => void look()}>
          Count rows
        </Button>
        <Button
          appearance="primary"
          disabled={!preview || preview.matched === preview.held || !reason.trim()}
          onClick={() => setAsking(true)}
        >
          Remove rows
        </Button>
      </div>
      {preview ? (
        <MessageBar intent={preview.held ? 'warning' : 'info'}>
          <MessageBarBody>
            <MessageBarTitle>{plural(preview.matched, 'row')}</MessageBarTitle>
            {preview.oldest ? (
              <>
                from <TimeText value={preview.oldest} mode="absolute" /> to{' '}
                <TimeText value={preview.newest} mode="absolute" />.{' '}
              </>
            ) : null}
            {preview.held
              ? `${formatCount(preview.held)} of them are held (${preview.holds.map(visibleText).join(', ')}) and stay.`
              : null}
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {asking && preview ? (
        <ConfirmDialog
          open
          onClose={() => setAsking(false)}
          title={`Remove ${plural(preview.matched - preview.held, 'row')} of ${preview.table}?`}
          action="Remove rows for good"
          failure="Nothing was removed"
          onConfirm={async () => {
            await api.post('/api/store/deletions', {
              table: preview.table,
              filter: preview.filter,
              reason: reason.trim(),
              asOf: preview.asOf,
              matched: preview.matched,
            });
            setPreview(undefined);
            setFilter('');
            await client.invalidateQueries({ queryKey: KEY });
          }}
        >
          The rows and the raw events they came from are written out of the disk. This cannot be undone. Rows that
          arrive from now on are not touched.
        </ConfirmDialog>
      ) : null}
    </section>
  );
}
