/**
 * Tables of a cluster, from the same definitions as those of one machine: each hunting table is a replicated table on every
 * shard (`hunting_local`) and a distributed one in front (`hunting`), so that compiled queries need no change.
 */
import type { HuntingSchema, HuntingTable } from '@parapet/schema';
import { quoteIdentifier, quoteString } from '../sql.ts';
import { columnsOf, createTableSql, DATABASE, indexesOf } from '../tables.ts';

export const LOCAL_DATABASE = 'hunting_local';

export interface ClusterLayout {
  /** Name in the servers' `remote_servers`. */
  readonly cluster: string;
  /** Path in Keeper; `{shard}` and `{replica}` are macros of the servers. Default `/clickhouse/tables/{shard}`. */
  readonly keeperPath?: string;
}

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

function onCluster({ cluster }: ClusterLayout): string {
  if (!NAME.test(cluster)) throw new Error(`Not a cluster name: ${cluster}`);
  return ` ON CLUSTER ${quoteIdentifier(cluster)}`;
}

/** Who a row is about: rows of one device or account stay on one shard, where they are joined and sorted without the network. */
const SHARD_BY = ['DeviceId', 'Computer', 'AccountObjectId', 'UserId', 'UserPrincipalName', 'AccountUpn'];

/**
 * The shard of a row. Rows without an owner, and raw events, go by their batch: a whole batch on one shard makes its
 * repetition after a crash one shard's affair, and batches of all nodes spread evenly.
 */
export function shardingKey(table: HuntingTable): string {
  const batch = 'cityHash64(_Batch)';
  if (table.origin === 'parapet') return batch;
  const columns = new Set(columnsOf(table).map((column) => column.name));
  const owner = SHARD_BY.find(
    (name) => columns.has(name) && table.columns.find((c) => c.name === name)?.type !== 'dynamic',
  );
  if (!owner) return batch;
  const column = quoteIdentifier(owner);
  return `if(${column} = '', ${batch}, cityHash64(${column}))`;
}

/** CREATE of the replicated table of a shard. */
export function localTableSql(table: HuntingTable, layout: ClusterLayout): string {
  const path = `${layout.keeperPath ?? '/clickhouse/tables/{shard}'}/${LOCAL_DATABASE}/${table.name}`;
  const name = `${DATABASE}.${quoteIdentifier(table.name)}`;
  return createTableSql(table)
    .replace(name, () => `${LOCAL_DATABASE}.${quoteIdentifier(table.name)}${onCluster(layout)}`)
    .replace('ENGINE = MergeTree', () => `ENGINE = ReplicatedMergeTree(${quoteString(path)}, '{replica}')`)
    .replace('non_replicated_deduplication_window', 'replicated_deduplication_window');
}

/** CREATE of the table that queries and inserts name. */
export function distributedTableSql(table: HuntingTable, layout: ClusterLayout): string {
  const local = `${LOCAL_DATABASE}.${quoteIdentifier(table.name)}`;
  return `CREATE TABLE IF NOT EXISTS ${DATABASE}.${quoteIdentifier(table.name)}${onCluster(layout)} AS ${local} ENGINE = Distributed(${quoteString(layout.cluster)}, ${quoteString(LOCAL_DATABASE)}, ${quoteString(table.name)}, ${shardingKey(table)})`;
}

/** Every statement that makes an empty cluster ready, in order; each may be repeated. */
export function clusterDdl(schema: HuntingSchema, layout: ClusterLayout): string[] {
  return [
    `CREATE DATABASE IF NOT EXISTS ${LOCAL_DATABASE}${onCluster(layout)}`,
    `CREATE DATABASE IF NOT EXISTS ${DATABASE}${onCluster(layout)}`,
    ...schema.tables.flatMap((table) => [localTableSql(table, layout), distributedTableSql(table, layout)]),
  ];
}

/** What brings a table that exists up to the schema: columns on both tables, indexes on the shards. */
export function alterDdl(
  table: HuntingTable,
  present: { readonly columns: ReadonlySet<string>; readonly indexes: ReadonlySet<string> },
  layout: ClusterLayout,
): string[] {
  const columns = columnsOf(table).filter((column) => !present.columns.has(column.name));
  const indexes = indexesOf(table).filter((index) => !present.indexes.has(index.name));
  const name = (database: string): string => `${database}.${quoteIdentifier(table.name)}${onCluster(layout)}`;
  const add = (sql: (column: { readonly name: string; readonly sql: string }) => string): string =>
    columns.map((column) => `ADD COLUMN IF NOT EXISTS ${quoteIdentifier(column.name)} ${sql(column)}`).join(', ');
  // A distributed table stores nothing: no codec, no block size.
  const plain = (sql: string): string => sql.replace(/ (CODEC|SETTINGS) .*$/s, '');
  return [
    ...(columns.length
      ? [
          `ALTER TABLE ${name(LOCAL_DATABASE)} ${add((column) => column.sql)}`,
          `ALTER TABLE ${name(DATABASE)} ${add((column) => plain(column.sql))}`,
        ]
      : []),
    ...(indexes.length
      ? [
          `ALTER TABLE ${name(LOCAL_DATABASE)} ${indexes.map((index) => `ADD INDEX IF NOT EXISTS ${index.sql}`).join(', ')}`,
        ]
      : []),
  ];
}

/**
 * Statements that change or drop stored rows name the distributed table and mean the shards': `ALTER … DELETE`, `TRUNCATE`,
 * `DROP TABLE`. Everything else is as it was.
 */
export function forShards(sql: string, layout: ClusterLayout): string {
  const found = /^\s*(ALTER TABLE|TRUNCATE TABLE|DROP TABLE IF EXISTS|DROP TABLE) hunting\.(`[^`]+`|\w+)/.exec(sql);
  if (!found) return sql;
  const [whole, verb, table = ''] = found;
  const name = table.startsWith('`') ? table : quoteIdentifier(table);
  return `${verb} ${LOCAL_DATABASE}.${name}${onCluster(layout)}${sql.slice(whole.length)}`;
}
