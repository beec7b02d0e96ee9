import { randomUUID } from 'node:crypto';
import type { HuntingSchema, HuntingTable, Job, StoreHealth } from '@parapet/schema';
import type { Jobs, StateDb } from '@parapet/state';
import type { Hunting } from '../hunting-types.ts';
import { DATABASE } from '../tables.ts';
import type { EngineRestart, TelemetryStore } from '../types.ts';
import type { Context } from './context.ts';
import { CustomSchema } from './custom.ts';
import { Deletions } from './deletions.ts';
import { Holds } from './holds.ts';
import { param } from './removal.ts';
import { Retention } from './retention.ts';
import { Rules } from './rules.ts';
import { Status } from './status.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** After the start, when what a crash left behind has been taken up. */
const FIRST_RUN_MS = 120_000;

export interface ManageOptions {
  readonly store: TelemetryStore;
  readonly hunting: Hunting;
  readonly db: StateDb;
  readonly jobs: Jobs;
  readonly schema: HuntingSchema;
  readonly log: Context['log'];
  readonly audit: Context['audit'];
  /** Between two runs of retention; 0 leaves them to `runRetention`. Default one hour. */
  readonly everyMs?: number;
}

/** Everything about stored rows besides writing and reading them. */
export interface StoreManagement {
  readonly rules: Rules;
  readonly holds: Holds;
  readonly deletions: Deletions;
  readonly status: Status;
  readonly custom: CustomSchema;
  readonly schema: HuntingSchema;
  health(): Promise<StoreHealth>;
  /** Bring all tables, or one, to their rules now, as a job. */
  runRetention(by: string, table?: string): Promise<Job>;
  close(): Promise<void>;
}

/** Expects the migrations of `storeMigrations` to be applied. */
export async function manageStore(options: ManageOptions): Promise<StoreManagement> {
  const { store, db, jobs, schema, log } = options;
  const context: Context = {
    ...options,
    async filledTables() {
      const found = await store.query(
        'SELECT DISTINCT table FROM system.parts WHERE database = {db:String} AND active AND rows > 0',
        { params: { db: param('String', DATABASE) }, lane: 'background' },
      );
      const names = new Set(found.rows.map(([name]) => String(name)));
      return schema.tables.filter((table) => names.has(table.name));
    },
  };
  const rules = new Rules(context);
  const holds = new Holds(context);
  const deletions = new Deletions(context, holds, jobs);
  const retention = new Retention(context, holds);
  const status = new Status(context, rules, holds);
  const custom = new CustomSchema(context, holds);
  await custom.load();

  const ids = new Map<number, string>();
  const note = async (restart: EngineRestart): Promise<void> => {
    const key = restart.at.getTime();
    const id = ids.get(key) ?? randomUUID();
    ids.set(key, id);
    if (ids.size > 100) ids.delete(ids.keys().next().value ?? 0);
    await db.query(
      `insert into store_restart (id, at, reason, interrupted, back_after_ms) values ($1, $2, $3, $4, $5)
       on conflict (id) do update set back_after_ms = excluded.back_after_ms`,
      [id, restart.at, restart.reason, restart.interrupted, restart.backAfterMs],
    );
  };
  const stopNoting = store.onRestart((restart) => {
    note(restart).catch((error: unknown) => log.error({ err: error }, 'a restart of the engine could not be recorded'));
  });

  const enforce = async (
    tables: readonly HuntingTable[],
    signal: AbortSignal,
    progress: (fraction: number | null, detail: string) => void,
  ): Promise<{ readonly removedRows: number; readonly removedBytes: number; readonly failed: readonly string[] }> => {
    const own = await rules.own();
    const fallback = await rules.defaults();
    const failed: string[] = [];
    let removedRows = 0;
    let removedBytes = 0;
    for (const [i, table] of tables.entries()) {
      signal.throwIfAborted();
      progress(i / tables.length, table.name);
      const run = await retention.enforce(table, own.get(table.name) ?? fallback, { signal });
      removedRows += run.removedRows;
      removedBytes += run.removedBytes;
      if (run.error) failed.push(`${table.name}: ${run.error}`);
    }
    progress(1, `${removedRows} rows removed${failed.length ? `; failed: ${failed.join('; ')}` : '.'}`);
    return { removedRows, removedBytes, failed };
  };

  const start = async (by: string, table?: string): Promise<Job> => {
    const filled = await context.filledTables();
    const tables = table === undefined ? filled : filled.filter((one) => one.name === table);
    return jobs.start('store.retention', table ? `Retention of ${table}` : 'Retention', by, ({ signal, progress }) =>
      enforce(tables, signal, progress),
    );
  };

  /** Only when there is something to do, so that the list of jobs stays readable. */
  const onSchedule = async (): Promise<void> => {
    const own = await rules.own();
    const fallback = await rules.defaults();
    const any = [fallback, ...own.values()].some(
      (one) => one.retentionDays !== null || one.retentionBytes !== null || one.archiveAfterDays !== null,
    );
    if (any) await start('system');
  };

  const everyMs = options.everyMs ?? HOUR_MS;
  const timers: NodeJS.Timeout[] = [];
  const guarded = (): void => {
    onSchedule().catch((error: unknown) => log.error({ err: error }, 'retention could not be started'));
  };
  if (everyMs > 0) {
    timers.push(setTimeout(guarded, Math.min(FIRST_RUN_MS, everyMs)), setInterval(guarded, everyMs));
    for (const timer of timers) timer.unref();
  }
  await deletions.resume();

  return {
    rules,
    holds,
    deletions,
    status,
    custom,
    schema,
    async health() {
      const [engine, restarts] = await Promise.all([store.health(), status.restarts()]);
      const recent = restarts.filter((one) => Date.now() - Date.parse(one.at) < DAY_MS);
      return { ok: engine.ok, lastRestart: recent[0] ?? null, restartsLastDay: recent.length };
    },
    runRetention: start,
    async close() {
      for (const timer of timers) clearTimeout(timer);
      stopNoting();
    },
  };
}
