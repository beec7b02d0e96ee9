import { Button, makeStyles, SearchBox, Switch, Text, tokens } from '@fluentui/react-components';
import { Database20Regular } from '@fluentui/react-icons/svg/database';
import type { StoreTable, TableRules } from '@parapet/schema/wire';
import { useState } from 'react';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { HuntLink } from '../../features/hunt-link/HuntLink.tsx';
import { formatBytes } from '../../lib/bytes.ts';
import { visibleText } from '../../lib/text.ts';
import { formatCount, plural } from '../../lib/time.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { formatRatio, newestQuery, oldestQuery, rulesText } from './format.ts';
import { RulesDialog } from './RulesDialog.tsx';

const useStyles = makeStyles({
  bar: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px 16px', marginBottom: '12px' },
  search: { width: '260px' },
  soft: { color: tokens.colorNeutralForeground3 },
  stack: { display: 'flex', flexDirection: 'column', gap: '2px' },
  grow: { flexGrow: 1 },
});

/** What retention did last, in one line. */
function LastRun({ table }: { readonly table: StoreTable }) {
  const styles = useStyles();
  const run = table.lastRun;
  if (!run) return null;
  const text = run.error
    ? `failed: ${visibleText(run.error)}`
    : `${plural(run.removedRows, 'row')} removed${run.heldRows ? `, ${formatCount(run.heldRows)} held` : ''}`;
  return (
    <Text size={200} className={styles.soft}>
      <TimeText value={run.at} />: {text}
    </Text>
  );
}

export function TablesTab({
  rows,
  defaults,
  canManage,
  search,
  empty,
  onSearch,
  onEmpty,
}: {
  readonly rows: readonly StoreTable[];
  readonly defaults: TableRules | undefined;
  readonly canManage: boolean;
  readonly search: string;
  readonly empty: boolean;
  readonly onSearch: (text: string) => void;
  readonly onEmpty: (show: boolean) => void;
}) {
  const styles = useStyles();
  const [editing, setEditing] = useState<StoreTable | 'all'>();
  const wanted = search.trim().toLowerCase();
  const shown = rows
    .filter((row) => (empty || row.rows > 0) && row.name.toLowerCase().includes(wanted))
    .sort((a, b) => b.bytes - a.bytes || a.name.localeCompare(b.name));
  return (
    <>
      <div className={styles.bar}>
        <SearchBox
          className={styles.search}
          size="small"
          placeholder="Table"
          aria-label="Search tables"
          value={search}
          onChange={(_, data) => onSearch(data.value)}
        />
        <Switch label="Show empty tables" checked={empty} onChange={(_, data) => onEmpty(data.checked)} />
        <Text aria-live="polite" className={styles.grow}>
          {plural(shown.length, 'table')}
        </Text>
        <Text size={200} className={styles.soft}>
          All tables: {defaults ? rulesText(defaults) : '–'}
        </Text>
        {canManage && defaults ? (
          <Button size="small" onClick={() => setEditing('all')}>
            Change for all tables
          </Button>
        ) : null}
      </div>
      {shown.length === 0 ? (
        <EmptyState
          icon={Database20Regular}
          title={rows.some((row) => row.rows > 0) ? 'No table matches' : 'Nothing is stored yet'}
          reason="Empty tables are hidden; a table shows with its first row."
          action={empty ? undefined : <Button onClick={() => onEmpty(true)}>Show empty tables</Button>}
        />
      ) : (
        <SimpleTable<StoreTable>
          label="Tables"
          rows={shown}
          rowKey={(row) => row.name}
          columns={[
            {
              id: 'name',
              header: 'Table',
              minWidth: 150,
              render: (row) => (
                <span className={styles.stack}>
                  <HuntLink query={newestQuery(row)}>{row.name}</HuntLink>
                  <Text size={200} className={styles.soft}>
                    {visibleText(row.category)}
                  </Text>
                </span>
              ),
            },
            {
              id: 'rows',
              header: 'Rows',
              align: 'end',
              render: (row) =>
                row.rows === 0 ? '0' : <HuntLink query={`${row.name}\n| count`}>{formatCount(row.rows)}</HuntLink>,
            },
            { id: 'bytes', header: 'On disk', align: 'end', render: (row) => formatBytes(row.bytes) },
            {
              id: 'ratio',
              header: 'Compression',
              align: 'end',
              render: (row) => formatRatio(row.plainBytes, row.bytes),
            },
            {
              id: 'parts',
              header: 'Parts',
              align: 'end',
              render: (row) =>
                row.merges || row.pending
                  ? `${row.parts} (${row.merges + row.pending} at work)`
                  : formatCount(row.parts),
            },
            {
              id: 'oldest',
              header: 'Oldest',
              nowrap: true,
              render: (row) =>
                row.oldest ? (
                  <HuntLink query={oldestQuery(row)}>
                    <TimeText value={row.oldest} />
                  </HuntLink>
                ) : (
                  '–'
                ),
            },
            {
              id: 'newest',
              header: 'Newest',
              nowrap: true,
              render: (row) =>
                row.newest ? (
                  <HuntLink query={newestQuery(row)}>
                    <TimeText value={row.newest} />
                  </HuntLink>
                ) : (
                  '–'
                ),
            },
            {
              id: 'rules',
              header: 'Kept',
              minWidth: 130,
              render: (row) => (
                <span className={styles.stack}>
                  <span>{rulesText(row.rules)}</span>
                  {row.archivedBytes > 0 ? (
                    <Text size={200} className={styles.soft}>
                      {formatBytes(row.archivedBytes)} packed
                    </Text>
                  ) : null}
                  <LastRun table={row} />
                </span>
              ),
            },
            { id: 'holds', header: 'Holds', render: (row) => row.holds.map(visibleText).join(', ') || '–' },
            ...(canManage
              ? [
                  {
                    id: 'do',
                    header: 'Action',
                    render: (row: StoreTable) => (
                      <Button
                        size="small"
                        aria-label={`Change how ${row.name} is kept`}
                        onClick={() => setEditing(row)}
                      >
                        Change
                      </Button>
                    ),
                  },
                ]
              : []),
          ]}
        />
      )}
      {editing && defaults ? (
        <RulesDialog target={editing} defaults={defaults} onClose={() => setEditing(undefined)} />
      ) : null}
    </>
  );
}
