import {
  Button,
  Input,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  mergeClasses,
  Text,
  tokens,
} from '@fluentui/react-components';
import { ChevronDown12Regular } from '@fluentui/react-icons/svg/chevron-down';
import { ChevronRight12Regular } from '@fluentui/react-icons/svg/chevron-right';
import { MoreHorizontal16Regular } from '@fluentui/react-icons/svg/more-horizontal';
import { Search16Regular } from '@fluentui/react-icons/svg/search';
import type { HuntingSchemaInfo } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useMemo, useState } from 'react';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { copyText } from '../../components/CopyButton.tsx';
import { HrefLink } from '../../components/HrefLink.tsx';
import { notify } from '../../components/Notifier.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { formatCount } from '../../lib/time.ts';
import { useStored } from '../../lib/useStored.ts';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { TextSkeleton } from '../../shell/Skeletons.tsx';
import { keptWords } from './kept.ts';
import { searchSchema, type Table, tableGroups } from './schema-search.ts';

export const usePaneStyles = makeStyles({
  pane: { display: 'flex', flexDirection: 'column', minHeight: 0, flexGrow: 1 },
  search: { padding: '8px', flexShrink: 0 },
  scroll: { overflow: 'auto', flexGrow: 1, minHeight: 0, padding: '0 4px 12px' },
  line: {
    display: 'flex',
    alignItems: 'center',
    minHeight: '26px',
    borderRadius: tokens.borderRadiusMedium,
    '& [data-line-menu]': { opacity: 0 },
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    ':hover [data-line-menu], :focus-within [data-line-menu]': { opacity: 1 },
  },
  name: {
    display: 'flex',
    alignItems: 'center',
    gap: '5px',
    flexGrow: 1,
    minWidth: 0,
    backgroundColor: 'transparent',
    border: 'none',
    padding: '3px 4px',
    textAlign: 'left',
    fontFamily: 'inherit',
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground1,
    cursor: 'pointer',
    borderRadius: tokens.borderRadiusMedium,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  text: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', minWidth: 0 },
  soft: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, flexShrink: 0 },
  dim: { color: tokens.colorNeutralForeground3 },
  strong: { fontWeight: tokens.fontWeightSemibold },
  chevron: { display: 'flex', color: tokens.colorNeutralForeground3, flexShrink: 0 },
  nested: { paddingLeft: '14px' },
  facts: {
    padding: '2px 6px 6px 21px',
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground3,
    overflowWrap: 'anywhere',
  },
  menu: { minWidth: '24px' },
  list: { listStyle: 'none', margin: 0, padding: 0 },
});

export interface SchemaPaneProps {
  readonly schema: HuntingSchemaInfo | undefined;
  readonly error: unknown;
  readonly onRetry: () => void;
  readonly onInsert: (text: string) => void;
  /** Open a prepared query in a tab and run it. */
  readonly onOpen: (query: string, title: string) => void;
}

/** What can be queried: tables by category with their columns, types, action types, rows and newest row. */
export function SchemaPane({ schema, error, onRetry, onInsert, onOpen }: SchemaPaneProps) {
  const styles = usePaneStyles();
  const [search, setSearch] = useState('');
  const [open, setOpen] = useStored<readonly string[]>('hunting.schema.open', ['With data']);
  const needle = useDeferredValue(search.trim());
  const groups = useMemo(
    () => (schema ? (needle ? searchSchema(schema.tables, needle) : tableGroups(schema.tables)) : []),
    [schema, needle],
  );
  if (error && !schema) return <ErrorState error={error} title="The schema could not be loaded" onRetry={onRetry} />;
  if (!schema)
    return (
      <div style={{ padding: 12 }}>
        <TextSkeleton lines={10} />
      </div>
    );
  const toggle = (name: string) => setOpen(open.includes(name) ? open.filter((one) => one !== name) : [...open, name]);
  return (
    <div className={styles.pane}>
      <div className={styles.search}>
        <Input
          size="small"
          type="search"
          style={{ width: '100%' }}
          contentBefore={<Search16Regular />}
          placeholder="Search tables and columns"
          aria-label="Search tables and columns"
          value={search}
          onChange={(_, data) => setSearch(data.value)}
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className={styles.scroll} aria-label="Tables" tabIndex={0}>
        {groups.length === 0 ? <Text className={styles.facts}>No table or column has this in its name.</Text> : null}
        {groups.map((group) => {
          const shown = Boolean(needle) || open.includes(group.name);
          return (
            <div key={group.name}>
              <div className={styles.line}>
                <button
                  type="button"
                  className={styles.name}
                  aria-expanded={shown}
                  onClick={() => toggle(group.name)}
                  disabled={Boolean(needle)}
                >
                  <span className={styles.chevron}>{shown ? <ChevronDown12Regular /> : <ChevronRight12Regular />}</span>
                  <span className={mergeClasses(styles.text, styles.strong)}>{group.name}</span>
                  <span className={styles.soft}>{formatCount(group.tables.length)}</span>
                </button>
              </div>
              {shown ? (
                <ul className={mergeClasses(styles.list, styles.nested)}>
                  {group.tables.map(({ table, columns }) => (
                    <TableItem key={table.name} table={table} matched={columns} onInsert={onInsert} onOpen={onOpen} />
                  ))}
                </ul>
              ) : null}
            </div>
          );
        })}
      </section>
    </div>
  );
}

function sampleQueries(table: Table): readonly (readonly [label: string, query: string])[] {
  const newest = table.timeColumn ? `\n| sort by ${table.timeColumn} desc` : '';
  const samples: [string, string][] = [
    ['Preview 10 rows', `${table.name}\n| take 10`],
    ['Newest 100 rows', `${table.name}${newest}\n| take 100`],
  ];
  if (table.columns.some((column) => column.name === 'ActionType'))
    samples.push([
      'Rows by action type',
      `${table.name}\n| summarize Rows = count() by ActionType\n| sort by Rows desc`,
    ]);
  if (table.timeColumn)
    samples.push([
      'Rows per day',
      `${table.name}\n| summarize Rows = count() by bin(${table.timeColumn}, 1d)\n| render timechart`,
    ]);
  return samples;
}

interface TableItemProps {
  readonly table: Table;
  /** Columns that match the search; all of them when the table itself does. */
  readonly matched: readonly string[] | undefined;
  readonly onInsert: (text: string) => void;
  readonly onOpen: (query: string, title: string) => void;
}

function TableItem({ table, matched, onInsert, onOpen }: TableItemProps) {
  const styles = usePaneStyles();
  const [open, setOpen] = useState(false);
  const shown = open || matched !== undefined;
  const columns = matched && !open ? table.columns.filter((column) => matched.includes(column.name)) : table.columns;
  return (
    <li>
      <div className={styles.line}>
        <button
          type="button"
          className={styles.name}
          aria-expanded={shown}
          title={`${table.name}: ${table.description}\nDouble-click inserts the name.`}
          onClick={(event) => {
            // The second click of a double click must not fold what the first unfolded.
            if (event.detail < 2) setOpen(!open);
          }}
          onDoubleClick={() => onInsert(table.name)}
        >
          <span className={styles.chevron}>{shown ? <ChevronDown12Regular /> : <ChevronRight12Regular />}</span>
          <span className={mergeClasses(styles.text, table.rows === 0 && styles.dim)}>{table.name}</span>
        </button>
        <span className={styles.soft}>{table.rows === 0 ? 'empty' : compact(table.rows)}</span>
        <Menu>
          <MenuTrigger disableButtonEnhancement>
            <Button
              size="small"
              appearance="subtle"
              data-line-menu=""
              className={styles.menu}
              icon={<MoreHorizontal16Regular />}
              aria-label={`Actions for ${table.name}`}
            />
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              <MenuItem onClick={() => onInsert(table.name)}>Insert name</MenuItem>
              {sampleQueries(table).map(([label, query]) => (
                <MenuItem key={label} onClick={() => onOpen(query, table.name)}>
                  {label}
                </MenuItem>
              ))}
              <MenuItem
                onClick={() =>
                  void copyText(table.name).then(
                    () => notify.success('Copied table name', table.name),
                    (failure: unknown) => notify.failure('Nothing was copied', failure),
                  )
                }
              >
                Copy name
              </MenuItem>
            </MenuList>
          </MenuPopover>
        </Menu>
      </div>
      {shown ? (
        <div className={styles.nested}>
          {open ? (
            <div className={styles.facts}>
              {table.description ? <div>{table.description}</div> : null}
              {table.rows === 0 ? (
                <div>
                  No rows yet.{' '}
                  <HrefLink href={`/ingestion?tab=connectors&find=${encodeURIComponent(table.name)}`}>
                    Connectors that fill it
                  </HrefLink>
                </div>
              ) : (
                <div>
                  {formatCount(table.rows)} rows, newest <TimeText value={table.newest} />
                </div>
              )}
              <Kept table={table.name} />
            </div>
          ) : null}
          <ul className={styles.list}>
            {columns.map((column) => (
              <li key={column.name} className={styles.line}>
                <button
                  type="button"
                  className={styles.name}
                  title={`${column.name}: ${column.type}. Double-click or Enter inserts the name.`}
                  onDoubleClick={() => onInsert(column.name)}
                  onKeyDown={(event) => {
                    if (event.key === 'Enter') onInsert(column.name);
                  }}
                >
                  <span className={styles.text}>{column.name}</span>
                </button>
                <span className={styles.soft}>{column.type}</span>
              </li>
            ))}
          </ul>
          {open && table.actionTypes.length > 0 ? <ActionTypes table={table} onOpen={onOpen} /> : null}
        </div>
      ) : null}
    </li>
  );
}

/** How long rows stay, for those who may see the store. */
function Kept({ table }: { readonly table: string }) {
  const may = useCan('Sys.Read');
  const tables = useQuery({
    queryKey: ['/api/store/tables'],
    queryFn: async ({ signal }) => (await api.get('/api/store/tables', undefined, signal)).items,
    enabled: may,
    staleTime: 300_000,
  });
  const found = tables.data?.find(({ name }) => name === table);
  if (!found) return null;
  return (
    <div>
      {keptWords(found.rules)} <HrefLink href={`/store?search=${encodeURIComponent(table)}`}>Retention</HrefLink>
    </div>
  );
}

function ActionTypes({ table, onOpen }: Pick<TableItemProps, 'table' | 'onOpen'>) {
  const styles = usePaneStyles();
  const [open, setOpen] = useState(false);
  return (
    <>
      <div className={styles.line}>
        <button type="button" className={styles.name} aria-expanded={open} onClick={() => setOpen(!open)}>
          <span className={styles.chevron}>{open ? <ChevronDown12Regular /> : <ChevronRight12Regular />}</span>
          <span className={styles.text}>Action types</span>
          <span className={styles.soft}>{formatCount(table.actionTypes.length)}</span>
        </button>
      </div>
      {open ? (
        <ul className={mergeClasses(styles.list, styles.nested)}>
          {table.actionTypes.map((action) => (
            <li key={action} className={styles.line}>
              <button
                type="button"
                className={styles.name}
                title="Open a query for this action type"
                onClick={() =>
                  onOpen(`${table.name}\n| where ActionType == "${action.replaceAll('"', '\\"')}"\n| take 100`, action)
                }
              >
                <span className={styles.text}>{action}</span>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}

function compact(count: number): string {
  return new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 }).format(count);
}
