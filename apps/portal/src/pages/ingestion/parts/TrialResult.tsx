import { MessageBar, MessageBarBody, makeStyles, Text, tokens } from '@fluentui/react-components';
import type { ConnectorTrialAnswer } from '@parapet/schema/wire';
import { Mono } from '../../../components/Mono.tsx';
import { SimpleTable } from '../../../components/SimpleTable.tsx';
import { visibleText } from '../../../lib/text.ts';
import { plural } from '../../../lib/time.ts';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '12px' },
  h3: { margin: '10px 0 0' },
  value: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    overflowWrap: 'anywhere',
    maxHeight: '120px',
    overflow: 'auto',
    display: 'block',
  },
  soft: { color: tokens.colorNeutralForeground3 },
});

/** What became of the pasted records: rows by table, records left over, fields nothing reads. */
export function TrialResult({ trial }: { readonly trial: ConnectorTrialAnswer }) {
  const styles = useStyles();
  const unclaimed = trial.records.flatMap((record, i) => (record.claimed ? [] : [{ i, ...record }]));
  const taken = trial.records.flatMap((record, i) => (record.claimed && record.takenBy ? [{ i, ...record }] : []));
  const problems = trial.records.flatMap((record, i) => record.problems.map((problem) => ({ i, problem })));
  const rows = Object.values(trial.tables).reduce((sum, list) => sum + list.length, 0);
  return (
    <div className={styles.stack}>
      <MessageBar intent={rows > 0 && problems.length === 0 && unclaimed.length === 0 ? 'success' : 'warning'}>
        <MessageBarBody>
          {plural(trial.read, 'record')} read, {plural(trial.read - unclaimed.length, 'record')} taken,{' '}
          {plural(rows, 'row')} in {plural(Object.keys(trial.tables).length, 'table')}.
          {unclaimed.length > 0
            ? ` Not taken: ${unclaimed
                .slice(0, 10)
                .map(({ i }) => `record ${i + 1}`)
                .join(', ')}${unclaimed.length > 10 ? ' and more' : ''}; such records are kept raw.`
            : ''}
        </MessageBarBody>
      </MessageBar>
      {taken.length > 0 ? (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            The connector {taken[0]?.takenBy} is asked before this one and would take {plural(taken.length, 'record')}{' '}
            of them. Make the match of this one narrower, or choose it on the source.
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {problems.length > 0 ? (
        <>
          <Text as="h3" weight="semibold" className={styles.h3}>
            Problems
          </Text>
          <SimpleTable
            label="Problems"
            rows={problems}
            rowKey={(row) => `${row.i}:${row.problem}`}
            columns={[
              { id: 'record', header: 'Record', width: '80px', render: (row) => row.i + 1 },
              { id: 'problem', header: 'What is wrong', render: (row) => visibleText(row.problem) },
            ]}
          />
        </>
      ) : null}
      {Object.entries(trial.tables).map(([table, list]) => (
        <TableRows key={table} table={table} rows={list} />
      ))}
      <Text as="h3" weight="semibold" className={styles.h3}>
        Fields nothing reads ({trial.unmapped.length})
      </Text>
      {trial.unmapped.length === 0 ? (
        <Text size={200} className={styles.soft}>
          Every field of these records is read somewhere.
        </Text>
      ) : (
        <SimpleTable
          label="Fields nothing reads"
          rows={trial.unmapped}
          rowKey={(row) => row.path}
          columns={[
            { id: 'path', header: 'Field', minWidth: 160, render: (row) => <Mono>{visibleText(row.path)}</Mono> },
            { id: 'records', header: 'Records', align: 'end', render: (row) => row.records },
            {
              id: 'example',
              header: 'Example',
              render: (row) => <span className={styles.value}>{visibleText(row.example)}</span>,
            },
          ]}
        />
      )}
    </div>
  );
}

/** Rows are shown with columns going down: hunting tables are wide, and few columns are filled. */
function TableRows({ table, rows }: { readonly table: string; readonly rows: ConnectorTrialAnswer['tables'][string] }) {
  const styles = useStyles();
  const shown = rows.slice(0, 5);
  const columns = [...new Set(shown.flatMap((row) => Object.keys(row)))].filter((name) => name !== '_record');
  return (
    <>
      <Text as="h3" weight="semibold" className={styles.h3}>
        {table} ({plural(rows.length, 'row')}
        {rows.length > shown.length ? `, the first ${shown.length} are shown` : ''})
      </Text>
      <SimpleTable
        label={`Rows of ${table}`}
        rows={columns}
        rowKey={(name) => name}
        columns={[
          { id: 'column', header: 'Column', width: '180px', render: (name) => name },
          ...shown.map((row, i) => ({
            id: `row${i}`,
            header: `Record ${Number(row._record ?? 0) + 1}`,
            minWidth: 120,
            render: (name: string) => <span className={styles.value}>{visibleText(shownValue(row[name]))}</span>,
          })),
        ]}
      />
    </>
  );
}

function shownValue(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value, null, 1) : String(value);
}
