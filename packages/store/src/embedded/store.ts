import { mkdirSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { installHost, type SqlParam } from '@parapet/kql';
import { type HuntingSchema, type HuntingTable, loadHuntingSchema, ParapetError } from '@parapet/schema';
import { queryError } from '../query-errors.ts';
import { jsonRows } from '../rows.ts';
import { quoteIdentifier, settingsClause } from '../sql.ts';
import { columnsOf, createTableSql, DATABASE, indexesOf, toKqlSchema } from '../tables.ts';
import type { CommandOptions, EngineRestart, QueryOptions, QueryResult, TelemetryStore } from '../types.ts';
import { migrateDefinitions } from './definition.ts';
import { Engine } from './engine.ts';
import { fromTemplate } from './template.ts';

export interface EmbeddedStoreOptions {
  /** Folder of the engine; created when missing. One process at a time. */
  readonly dataDir: string;
  readonly schema?: HuntingSchema;
  /** Compiled `engine-host.mjs` when running from a bundle. */
  readonly hostPath?: string;
  /** Default 8 GiB; a query that would push the engine past it fails with `query_memory`. */
  readonly maxServerMemoryBytes?: number;
  /** Called with the reason when the engine died and is being started again. */
  onRestart?(reason: string): void;
}

/** The embedded store also tells its engine's process id, for tests that kill it. */
export interface EmbeddedStore extends TelemetryStore {
  readonly enginePid: number | undefined;
}

const bind = (params: Readonly<Record<string, SqlParam>> | undefined): Record<string, unknown> =>
  Object.fromEntries(Object.entries(params ?? {}).map(([name, param]) => [name, param.value]));

/** Memory of a process as the system counts it; null where it does not tell. */
function residentBytes(pid: number | undefined): number | null {
  try {
    const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found ? Number(found[1]) * 1024 : null;
  } catch {
    return null;
  }
}

function freeSpace(folder: string): { readonly freeBytes: number; readonly totalBytes: number } | null {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return null;
  }
}

/**
 * Open chDB in a child process and make sure every hunting table exists.
 * @throws ParapetError `engine_start_failed`
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const schema = options.schema ?? loadHuntingSchema();
  const dataDir = join(options.dataDir, 'engine');
  const filesDir = join(options.dataDir, 'files');
  const copied = fromTemplate(schema, dataDir);
  mkdirSync(dataDir, { recursive: true });
  mkdirSync(filesDir, { recursive: true });
  const memoryLimit = options.maxServerMemoryBytes ?? 8 * 2 ** 30;
  const listeners = new Set<(restart: EngineRestart) => void>();
  const engine = await Engine.open({
    dataDir,
    lanes: { interactive: 3, background: 2, writer: 2 },
    connectionArgs: [
      ...installHost(join(options.dataDir, 'host')),
      `--max_server_memory_usage=${memoryLimit}`,
      '--mark_cache_size=268435456',
      '--uncompressed_cache_size=67108864',
      // Many rules are asked in one statement.
      '--max_query_size=16777216',
      '--async_load_databases=0',
    ],
    ...(options.hostPath ? { hostPath: options.hostPath } : {}),
    onRestart: (restart) => {
      if (restart.backAfterMs === null) options.onRestart?.(restart.reason);
      for (const listener of listeners) listener(restart);
    },
  });
  let tagCounter = 0;
  const nextTag = (): string => `parapet-${process.pid}-${++tagCounter}`;

  const run = async (
    sql: string,
    params: QueryOptions['params'],
    lane: 'interactive' | 'background' | 'writer',
    settings: Record<string, string | number>,
    signal?: AbortSignal,
  ) => {
    const tag = nextTag();
    const text = sql + settingsClause({ ...settings, log_comment: tag });
    const call = engine.call({ kind: 'query', lane, sql: text, params: bind(params) });
    if (!signal) return call;
    const cancelled = (): ParapetError => new ParapetError('query_cancelled', 499, 'The query was cancelled.');
    return new Promise<Awaited<typeof call>>((resolve, reject) => {
      const abort = (): void => {
        engine.call({ kind: 'kill', tag }).catch(() => undefined);
        reject(cancelled());
      };
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
      call.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    });
  };

  let kql = toKqlSchema(schema);
  const store: EmbeddedStore = {
    get schema() {
      return kql;
    },
    filesDir,
    get enginePid() {
      return engine.pid;
    },

    async query(sql: string, query: QueryOptions = {}): Promise<QueryResult> {
      const lane = query.lane ?? 'interactive';
      const limits = query.limits ?? {};
      const bounds = {
        timeoutMs: limits.timeoutMs ?? (lane === 'interactive' ? 60_000 : 600_000),
        maxMemoryBytes: limits.maxMemoryBytes ?? 2 * 2 ** 30,
        maxResultBytes: limits.maxResultBytes ?? 256 * 2 ** 20,
      };
      const result = await run(
        sql,
        query.params,
        lane,
        {
          ...query.settings,
          output_format_json_quote_64bit_integers: 1,
          output_format_json_quote_denormals: 1,
          max_execution_time: Math.max(0.001, bounds.timeoutMs / 1000),
          timeout_overflow_mode: 'throw',
          max_memory_usage: bounds.maxMemoryBytes,
          max_result_bytes: bounds.maxResultBytes,
          result_overflow_mode: 'throw',
          // A person waits: two threads. Rules share what is left.
          max_threads: 2,
          readonly: 1,
        },
        query.signal,
      ).catch((error: unknown) => {
        throw queryError(error, bounds);
      });
      const parsed = JSON.parse(result.text) as { meta: { name: string; type: string }[]; data: unknown[][] };
      return {
        columns: parsed.meta,
        rows: parsed.data,
        stats: { elapsedMs: result.elapsedMs, rowsRead: result.rowsRead, bytesRead: result.bytesRead },
      };
    },

    async command(sql: string, command: CommandOptions = {}): Promise<void> {
      const settings: Record<string, string | number> = { ...command.settings };
      if (command.timeoutMs) settings.max_execution_time = command.timeoutMs / 1000;
      if (command.deduplicationToken !== undefined) {
        settings.insert_deduplicate = 1;
        settings.insert_deduplication_token = command.deduplicationToken;
        settings.deduplicate_insert_select = 'force_enable';
        // Replayed archives span years: one insert may touch many months.
        settings.max_partitions_per_insert_block = 0;
      }
      await run(sql, command.params, 'writer', settings);
    },

    async insertRows(table, rows, insert = {}): Promise<void> {
      if (rows.length === 0) return;
      const lines = jsonRows(schema, table, rows).map((row) => JSON.stringify(row));
      await engine.call({
        kind: 'insert',
        table: `${DATABASE}.${table}`,
        payload: Buffer.from(`${lines.join('\n')}\n`),
        settings: {
          date_time_input_format: 'best_effort',
          input_format_skip_unknown_fields: 0,
          max_partitions_per_insert_block: 0,
          ...(insert.deduplicationToken === undefined
            ? {}
            : { insert_deduplicate: 1, insert_deduplication_token: insert.deduplicationToken }),
        },
      });
    },

    async insertLines(table, lines): Promise<void> {
      if (lines.length === 0) return;
      await engine.call({
        kind: 'insert',
        table,
        payload: Buffer.from(`${lines.join('\n')}\n`),
        settings: { date_time_input_format: 'best_effort', input_format_skip_unknown_fields: 0 },
      });
    },

    async reshape(names) {
      const tables = schema.tables.filter((table) => names.includes(table.name));
      await createTables(store, { ...schema, tables });
      kql = toKqlSchema(schema);
    },

    async health() {
      try {
        await engine.call({ kind: 'query', lane: 'interactive', sql: 'SELECT 1', params: {} });
        return { ok: true, restarts: engine.restarts, version: engine.version };
      } catch {
        return { ok: false, restarts: engine.restarts, version: engine.version };
      }
    },

    async status() {
      const answers = await engine.call({ kind: 'query', lane: 'interactive', sql: 'SELECT 1', params: {} }).then(
        () => true,
        () => false,
      );
      return {
        kind: 'embedded' as const,
        ok: answers,
        version: engine.version,
        startedAt: engine.startedAt,
        memoryBytes: residentBytes(engine.pid),
        memoryLimitBytes: memoryLimit,
        disk: freeSpace(dataDir),
        restarts: engine.recentRestarts,
      };
    },

    onRestart(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    close: () => engine.close(),
  };

  try {
    const fresh = (await createTables(store, schema)) || copied;
    await migrateDefinitions(store, schema, options.dataDir, fresh);
  } catch (error) {
    await engine.close();
    throw error;
  }
  return store;
}

/** Gives tables of an older version the columns they lack: stored rows read as empty there. */
async function addColumns(store: TelemetryStore, tables: readonly HuntingTable[]): Promise<void> {
  const stored = await store.query('SELECT table, name FROM system.columns WHERE database = {db:String}', {
    params: { db: { type: 'String', value: DATABASE } },
  });
  const columns = new Set(stored.rows.map((row) => `${row[0]} ${row[1]}`));
  for (const table of tables) {
    const missing = columnsOf(table).filter((column) => !columns.has(`${table.name} ${column.name}`));
    if (missing.length === 0) continue;
    const add = missing.map((c) => `ADD COLUMN IF NOT EXISTS ${quoteIdentifier(c.name)} ${c.sql}`);
    await store.command(`ALTER TABLE ${DATABASE}.${quoteIdentifier(table.name)} ${add.join(', ')}`);
  }
}

/** Create the tables that are missing, the columns, and the indexes that tables of an older version lack; no row is dropped or rewritten. */
async function createTables(store: TelemetryStore, schema: HuntingSchema): Promise<boolean> {
  await store.command(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`);
  const database = { db: { type: 'String', value: DATABASE } };
  const existing = await store.query('SELECT name, total_rows FROM system.tables WHERE database = {db:String}', {
    params: database,
  });
  const present = new Map(existing.rows.map((row) => [String(row[0]), Number(row[1])]));
  for (const table of schema.tables) if (!present.has(table.name)) await store.command(createTableSql(table));
  if (present.size === 0) return true;
  await addColumns(
    store,
    schema.tables.filter((table) => present.has(table.name)),
  );
  const known = await store.query('SELECT table, name FROM system.data_skipping_indices WHERE database = {db:String}', {
    params: database,
  });
  const indexed = new Set(known.rows.map((row) => `${row[0]} ${row[1]}`));
  for (const table of schema.tables) {
    const missing = present.has(table.name)
      ? indexesOf(table).filter((index) => !indexed.has(`${table.name} ${index.name}`))
      : [];
    if (missing.length === 0) continue;
    const name = `${DATABASE}.${quoteIdentifier(table.name)}`;
    const add = missing.map((index) => `ADD INDEX IF NOT EXISTS ${index.sql}`);
    await store.command(`ALTER TABLE ${name} ${add.join(', ')}`);
    // Stored rows get theirs in the background; until then they are searched as before.
    const build = missing.map((index) => `MATERIALIZE INDEX ${quoteIdentifier(index.name)}`);
    if (present.get(table.name))
      await store.command(`ALTER TABLE ${name} ${build.join(', ')}`, { settings: { mutations_sync: 0 } });
  }
  return false;
}
