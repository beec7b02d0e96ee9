import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { SqlParam } from '@parapet/kql';
import { type HuntingSchema, loadHuntingSchema, ParapetError } from '@parapet/schema';
import { engineError } from '../errors.ts';
import { queryError } from '../query-errors.ts';
import { jsonRows } from '../rows.ts';
import { DATABASE, toKqlSchema } from '../tables.ts';
import type { EngineRestart, QueryOptions, QueryResult, TelemetryStore } from '../types.ts';
import {
  alterDdl,
  type ClusterLayout,
  clusterDdl,
  distributedTableSql,
  forShards,
  LOCAL_DATABASE,
  localTableSql,
} from './ddl.ts';

export interface ClusterStoreOptions {
  /** HTTP address of the server or proxy, for example https://ch.example:8443. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** Name in the servers' `remote_servers`. */
  readonly cluster: string;
  readonly keeperPath?: string;
  readonly schema?: HuntingSchema;
  /** The server's `user_files` folder as this process sees it: batches are handed over there. */
  readonly filesDir: string;
  /** Make and alter tables when opened. One node of several does; default true. */
  readonly createTables?: boolean;
}

/** Copies that must have an insert before it is acknowledged: one machine may be lost. */
const QUORUM = 'auto';

/** Many rules are asked in one statement. */
const MAX_QUERY_SIZE = '16777216';

/** Failures of the way to the server: the same call may work in a moment. */
const NETWORK = /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|socket hang up|Timeout error/i;

function failure(error: unknown): Error {
  if (error instanceof ParapetError) return error;
  if (error instanceof ClickHouseError)
    return engineError(`Code: ${error.code}. DB::Exception: ${error.message}`, Number(error.code));
  const message = error instanceof Error ? error.message : String(error);
  if (NETWORK.test(message) || NETWORK.test(String((error as { code?: string }).code)))
    return new ParapetError(
      'engine_restarted',
      503,
      'The telemetry cluster cannot be reached.',
      'Try again in a few seconds.',
    );
  return new ParapetError('engine_error', 500, message);
}

const values = (params: Readonly<Record<string, SqlParam>> | undefined): Record<string, unknown> =>
  Object.fromEntries(Object.entries(params ?? {}).map(([name, param]) => [name, param.value]));

/**
 * The telemetry store on a ClickHouse cluster, over HTTP. Queries, limits, errors and tables are those of the embedded store.
 * Limits are settings of the request; a query is cancelled by its id on every server.
 * @throws ParapetError `engine_start_failed` when the server does not answer
 */
export async function openClusterStore(options: ClusterStoreOptions): Promise<TelemetryStore> {
  const schema = options.schema ?? loadHuntingSchema();
  const layout: ClusterLayout = {
    cluster: options.cluster,
    ...(options.keeperPath ? { keeperPath: options.keeperPath } : {}),
  };
  const client: ClickHouseClient = createClient({
    url: options.url,
    username: options.username ?? 'default',
    password: options.password ?? '',
    application: 'parapet',
    // Long lists of values do not fit in an address.
    use_multipart_params_auto: true,
    log: { level: ClickHouseLogLevel.OFF },
    request_timeout: 660_000,
    max_open_connections: 16,
    compression: { response: true, request: false },
  });
  let kql = toKqlSchema(schema);
  const listeners = new Set<(restart: EngineRestart) => void>();

  const kill = (queryId: string): void => {
    client
      .command({
        query: `KILL QUERY ON CLUSTER \`${options.cluster}\` WHERE initial_query_id = {id:String} ASYNC`,
        query_params: { id: queryId },
      })
      .catch(() => undefined);
  };

  const store: TelemetryStore = {
    get schema() {
      return kql;
    },
    filesDir: options.filesDir,

    async query(sql: string, query: QueryOptions = {}): Promise<QueryResult> {
      const limits = query.limits ?? {};
      const interactive = (query.lane ?? 'interactive') === 'interactive';
      const bounds = {
        timeoutMs: limits.timeoutMs ?? (interactive ? 60_000 : 600_000),
        maxMemoryBytes: limits.maxMemoryBytes ?? 2 * 2 ** 30,
        maxResultBytes: limits.maxResultBytes ?? 256 * 2 ** 20,
      };
      const queryId = `parapet-${randomUUID()}`;
      const started = performance.now();
      const cancelled = (): ParapetError => new ParapetError('query_cancelled', 499, 'The query was cancelled.');
      if (query.signal?.aborted) throw cancelled();
      const onAbort = (): void => kill(queryId);
      query.signal?.addEventListener('abort', onAbort, { once: true });
      try {
        const result = await client.query({
          query: sql,
          format: 'JSONCompact',
          query_id: queryId,
          query_params: values(query.params),
          ...(query.signal ? { abort_signal: query.signal } : {}),
          clickhouse_settings: {
            ...query.settings,
            output_format_json_quote_64bit_integers: 1,
            output_format_json_quote_denormals: 1,
            max_execution_time: Math.max(0.001, bounds.timeoutMs / 1000),
            timeout_overflow_mode: 'throw',
            max_memory_usage: String(bounds.maxMemoryBytes),
            max_result_bytes: String(bounds.maxResultBytes),
            result_overflow_mode: 'throw',
            // The whole answer is made before its first byte is sent, so that a late failure has its own status.
            wait_end_of_query: 1,
            // A table asked inside another's query is read everywhere, not from one shard.
            distributed_product_mode: 'global',
            // What one shard has is not the answer.
            skip_unavailable_shards: 0,
            max_query_size: MAX_QUERY_SIZE,
            readonly: '1',
          },
        });
        const body = (await result.json()) as {
          meta: QueryResult['columns'];
          data: unknown[][];
          statistics?: { rows_read?: number; bytes_read?: number };
        };
        return {
          columns: body.meta,
          rows: body.data,
          stats: {
            elapsedMs: performance.now() - started,
            rowsRead: Number(body.statistics?.rows_read ?? 0),
            bytesRead: Number(body.statistics?.bytes_read ?? 0),
          },
        };
      } catch (error) {
        if (query.signal?.aborted) throw cancelled();
        throw queryError(failure(error), bounds);
      } finally {
        query.signal?.removeEventListener('abort', onAbort);
      }
    },

    async command(sql, command = {}) {
      const settings: Record<string, string | number> = {
        // Rows are on the shards, and on a quorum of copies, when the call returns.
        distributed_foreground_insert: 1,
        insert_quorum: QUORUM,
        distributed_product_mode: 'global',
        alter_sync: 2,
        max_query_size: MAX_QUERY_SIZE,
        ...command.settings,
      };
      if (command.timeoutMs) settings.max_execution_time = command.timeoutMs / 1000;
      if (command.deduplicationToken !== undefined) {
        settings.insert_deduplicate = 1;
        settings.insert_deduplication_token = command.deduplicationToken;
        settings.deduplicate_insert_select = 'force_enable';
        settings.max_partitions_per_insert_block = 0;
      }
      await client
        .command({
          query: forShards(sql, layout),
          query_params: values(command.params),
          clickhouse_settings: settings as never,
        })
        .catch((error: unknown) => {
          throw failure(error);
        });
    },

    async insertRows(table, rows, insert = {}) {
      if (rows.length === 0) return;
      const payload = jsonRows(schema, table, rows);
      await client
        .insert({
          table: `${DATABASE}.${table}`,
          values: payload,
          format: 'JSONEachRow',
          clickhouse_settings: {
            date_time_input_format: 'best_effort',
            input_format_skip_unknown_fields: 0,
            max_partitions_per_insert_block: '0',
            distributed_foreground_insert: 1,
            insert_quorum: QUORUM,
            ...(insert.deduplicationToken === undefined
              ? {}
              : { insert_deduplicate: 1, insert_deduplication_token: insert.deduplicationToken }),
          } as never,
        })
        .catch((error: unknown) => {
          throw failure(error);
        });
    },

    async insertLines(table, lines) {
      if (lines.length === 0) return;
      // As text: numbers keep all their digits.
      await client
        .exec({
          query: `INSERT INTO ${table} FORMAT JSONEachRow`,
          values: Readable.from([`${lines.join('\n')}\n`], { objectMode: false }),
          clickhouse_settings: { date_time_input_format: 'best_effort', input_format_skip_unknown_fields: 0 } as never,
        })
        .then(({ stream }) => stream.resume())
        .catch((error: unknown) => {
          throw failure(error);
        });
    },

    async reshape(names) {
      for (const table of schema.tables) if (names.includes(table.name)) await upToDate(table.name);
      kql = toKqlSchema(schema);
    },

    async health() {
      const status = await store.status();
      return { ok: status.ok, restarts: 0, version: status.version };
    },

    async status() {
      const one = async (sql: string): Promise<readonly unknown[] | undefined> => {
        const result = await client.query({ query: sql, format: 'JSONCompact' }).catch(() => undefined);
        return result ? ((await result.json()) as { data: unknown[][] }).data[0] : undefined;
      };
      const engine = await one(
        "SELECT version(), uptime(), (SELECT value FROM system.metrics WHERE metric = 'MemoryTracking')",
      );
      const disk = engine ? await one('SELECT sum(free_space), sum(total_space) FROM system.disks') : undefined;
      return {
        kind: 'cluster' as const,
        ok: engine !== undefined,
        version: String(engine?.[0] ?? ''),
        startedAt: engine ? new Date(Date.now() - Number(engine[1]) * 1000) : null,
        memoryBytes: engine ? Number(engine[2]) : null,
        memoryLimitBytes: null,
        disk: disk ? { freeBytes: Number(disk[0]), totalBytes: Number(disk[1]) } : null,
        restarts: [],
      };
    },

    onRestart(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    close: () => client.close(),
  };

  const upToDate = async (name: string): Promise<void> => {
    const table = schema.byName.get(name);
    if (!table) return;
    await run(localTableSql(table, layout));
    await run(distributedTableSql(table, layout));
    const [columns, indexes] = await Promise.all(
      [
        'SELECT name FROM system.columns WHERE database = {db:String} AND table = {table:String}',
        'SELECT name FROM system.data_skipping_indices WHERE database = {db:String} AND table = {table:String}',
      ].map(async (query) => {
        const found = await client.query({
          query,
          format: 'JSONCompact',
          query_params: { db: LOCAL_DATABASE, table: name },
        });
        return new Set(((await found.json()) as { data: string[][] }).data.map((row) => row[0] ?? ''));
      }),
    );
    for (const sql of alterDdl(table, { columns: columns ?? new Set(), indexes: indexes ?? new Set() }, layout))
      await run(sql);
  };
  const run = async (query: string): Promise<void> => {
    await client.command({ query });
  };

  try {
    await client.command({ query: 'SELECT 1' });
    if (options.createTables ?? true) {
      for (const sql of clusterDdl(schema, layout).slice(0, 2)) await run(sql);
      for (const table of schema.tables) await upToDate(table.name);
    }
  } catch (error) {
    await client.close();
    const reason = failure(error);
    throw new ParapetError(
      'engine_start_failed',
      503,
      `The telemetry cluster could not be opened: ${reason.message}`,
      'Check the address, the name of the cluster and the rights of the user.',
    );
  }
  return store;
}
