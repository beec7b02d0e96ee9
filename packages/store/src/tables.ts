import type { KqlColumn, KqlSchema, KqlTable } from '@parapet/kql';
import type { HuntingColumn, HuntingSchema, HuntingTable } from '@parapet/schema';
import { type SkipIndex, searchesTerms, skipIndexes } from './indexes.ts';
import { columnCodec, columnType, DEFAULT_CODEC, GROWING, orderColumns, partitionKey } from './physical.ts';
import { quoteIdentifier, quoteString } from './sql.ts';
import { PHYSICAL_COLUMNS } from './types.ts';

export const DATABASE = 'hunting';

/** Names that `Type` really stores in; elsewhere it is the table's own name (spec B 1.3). */
const STORED_TYPE = new Set(['IdentityInfo', 'IdentityAccountInfo']);

/** Columns of the file that are really stored: aliases and computed standard columns are expressions instead. */
function storedColumns(table: HuntingTable): HuntingColumn[] {
  const seen = new Set<string>();
  // Where the time column is itself the alias, it is what we store and the other name reads it.
  const twin = table.columns.find((column) => column.name === table.timeColumn)?.aliasOf;
  return table.columns.filter((column) => {
    if (
      column.name === twin ||
      (column.aliasOf && column.name !== table.timeColumn) ||
      seen.has(column.name) ||
      column.name.startsWith('_')
    )
      return false;
    if (column.name === 'Type' && !STORED_TYPE.has(table.name)) return false;
    if (column.name === 'TimeGenerated' && table.timeColumn !== null && table.timeColumn !== 'TimeGenerated')
      return false;
    seen.add(column.name);
    return true;
  });
}

/** The skip indexes that a table has besides those over its working columns. */
export function indexesOf(table: HuntingTable): SkipIndex[] {
  const columns = storedColumns(table).map(({ name, ...c }) => ({
    name,
    type: columnType({ name, ...c }, table.timeColumn),
  }));
  return skipIndexes(table.name, columns);
}

/** The stored columns of a table as a CREATE TABLE or an ADD COLUMN names them, after the name. */
export function columnsOf(table: HuntingTable): { readonly name: string; readonly sql: string }[] {
  return storedColumns(table).map((column) => ({
    name: column.name,
    sql: `${columnType(column, table.timeColumn)}${columnCodec(column)}`,
  }));
}

/** Lines of a CREATE TABLE: columns with codecs, then indexes. */
function tableLines(table: HuntingTable): string[] {
  return [
    ...columnsOf(table).map((column) => `${quoteIdentifier(column.name)} ${column.sql}`),
    `${PHYSICAL_COLUMNS.batch} UInt64 DEFAULT 0 ${GROWING}`,
    `${PHYSICAL_COLUMNS.received} DateTime64(7, 'UTC') DEFAULT now64(7) ${GROWING}`,
    `${PHYSICAL_COLUMNS.item} String`,
    `INDEX by_batch ${PHYSICAL_COLUMNS.batch} TYPE minmax GRANULARITY 1`,
    `INDEX by_received ${PHYSICAL_COLUMNS.received} TYPE minmax GRANULARITY 1`,
    ...indexesOf(table).map((index) => `INDEX ${index.sql}`),
  ];
}

/** DDL of one hunting table; how its rows lie on disk is in `physical.ts`. */
export function createTableSql(table: HuntingTable): string {
  const partition = partitionKey(table.timeColumn);
  return [
    `CREATE TABLE IF NOT EXISTS ${DATABASE}.${quoteIdentifier(table.name)} (${tableLines(table).join(', ')})`,
    'ENGINE = MergeTree',
    partition ? `PARTITION BY ${partition}` : '',
    `ORDER BY (${orderColumns(table.name, storedColumns(table), table.timeColumn).join(', ')})`,
    // A part is on disk before the ingest buffer lets go of its events. Wide tables get few files a part that way.
    `SETTINGS default_compression_codec = '${DEFAULT_CODEC}', non_replicated_deduplication_window = 10000, allow_nullable_key = 1, fsync_after_insert = 1, fsync_part_directory = 1, min_bytes_for_wide_part = 268435456`,
  ].join(' ');
}

function kqlColumn(table: HuntingTable, column: HuntingColumn): KqlColumn {
  const notNull = column.name === table.timeColumn;
  const base = { name: column.name, type: column.type };
  const twin = table.columns.find((other) => other.name === table.timeColumn)?.aliasOf;
  // Aliases of the time column's own alias read what is stored under the time column's name.
  if (table.timeColumn && column.aliasOf !== undefined && column.aliasOf === twin && column.name !== table.timeColumn)
    return { ...base, sql: quoteIdentifier(table.timeColumn), notNull: true };
  if (column.aliasOf && column.name !== table.timeColumn) {
    const target = table.columns.find((other) => other.name === column.aliasOf);
    return {
      ...base,
      sql: quoteIdentifier(target?.name ?? column.aliasOf),
      notNull: column.aliasOf === table.timeColumn,
    };
  }
  if (table.timeColumn && column.name === twin)
    return { ...base, sql: quoteIdentifier(table.timeColumn), notNull: true };
  if (column.name === 'TimeGenerated' && table.timeColumn && table.timeColumn !== 'TimeGenerated') {
    return { ...base, sql: quoteIdentifier(table.timeColumn), notNull: true };
  }
  if (column.name === 'Type' && !STORED_TYPE.has(table.name)) return { ...base, sql: quoteString(table.name) };
  if (column.name.startsWith('_')) return { ...base, ...standardColumn(column.name) };
  const terms = searchesTerms(table.name, column.name, columnType(column, table.timeColumn));
  return { ...base, ...(notNull ? { notNull } : {}), ...(terms ? { terms } : {}) };
}

/** Values of the standard columns nothing stores yet (spec B 1.3): empty or null, never an error. */
function standardColumn(name: string): Partial<KqlColumn> {
  if (name === '_TimeReceived') return { sql: PHYSICAL_COLUMNS.received, notNull: true };
  if (name === '_ItemId') return { sql: PHYSICAL_COLUMNS.item };
  if (name === '_BilledSize') return { sql: 'CAST(NULL AS Nullable(Float64))' };
  return { sql: "''" };
}

function kqlTable(schema: HuntingSchema, table: HuntingTable): KqlTable {
  const own = new Map<string, KqlColumn>();
  for (const column of table.columns) if (!own.has(column.name)) own.set(column.name, kqlColumn(table, column));
  const add = (column: KqlColumn): void => {
    if (!own.has(column.name)) own.set(column.name, { ...column, hidden: true });
  };
  if (table.timeColumn) {
    // Every hunting table answers to both names (spec B 1.3).
    for (const name of ['Timestamp', 'TimeGenerated'])
      add({ name, type: 'datetime', sql: quoteIdentifier(table.timeColumn), notNull: true });
  }
  for (const column of schema.standardColumns) {
    if (column.name === 'Type') add({ name: 'Type', type: 'string', sql: quoteString(table.name) });
    else if (column.name === 'TimeGenerated')
      add({ name: 'TimeGenerated', type: 'datetime', sql: "CAST(NULL AS Nullable(DateTime64(7, 'UTC')))" });
    else add({ name: column.name, type: column.type, sql: "''", ...standardColumn(column.name) });
  }
  add({ name: '_Batch', type: 'long', sql: `toInt64(${PHYSICAL_COLUMNS.batch})`, notNull: true });
  return {
    name: table.name,
    columns: [...own.values()],
    physical: `${DATABASE}.${quoteIdentifier(table.name)}`,
    timeColumn: table.timeColumn,
    description: table.description,
    ...(schema.openTables.includes(table.name) ? { open: true } : {}),
  };
}

/** The compiler's view of the stored tables. */
export function toKqlSchema(schema: HuntingSchema): KqlSchema {
  return {
    tables: schema.tables.map((table) => kqlTable(schema, table)),
    tableAliases: schema.tableAliases,
    columnAliases: schema.legacyColumnAliases,
    version: `hunting-${schema.schemaDate}${schema.revision ? `.${schema.revision}` : ''}`,
  };
}

/** Names of the columns an INSERT may fill, with their KQL types. */
export function insertableColumns(table: HuntingTable): ReadonlyMap<string, HuntingColumn['type']> {
  return new Map(storedColumns(table).map((column) => [column.name, column.type]));
}
