import type { RowRestriction, SqlParam } from '@parapet/kql';
import type { Behavior } from '@parapet/schema';
import type { Hunting, TelemetryStore } from '@parapet/store';
import type { QueryRunner } from '../runtime/state.ts';
import type { CommittedBatch, DetectionLog } from '../runtime/types.ts';
import { ACTIVITIES, type Activity } from './activities.ts';
import { count, createBaselines, findHours, findNew, findSurges, findTravel, refreshPeers } from './baselines.ts';
import { entityRows, infoRow, ofHour, ofNovelty, ofSurge, ofTravel, withPageKeys } from './describe.ts';

/** Behaviours wake nobody: they may come minutes after what they tell of. */
const EVERY_MS = 5 * 60_000;
/** Batches counted at once, so that a first start on years of data stays within memory. */
const BATCHES = 100;
const PEERS_EVERY_MS = 6 * 3_600_000;
/** Kept of one look at one activity, the most unusual first. */
const MOST = 300;

export const behaviourMigrations: readonly { readonly id: string; readonly sql: string }[] = [
  {
    id: 'detection/010-behaviours',
    sql: 'CREATE TABLE behaviour_mark (activity text PRIMARY KEY, through_batch bigint NOT NULL);',
  },
];

export interface BehavioursOptions {
  readonly store: TelemetryStore;
  readonly hunting: Hunting;
  /** With `behaviourMigrations` applied. */
  readonly state: QueryRunner;
  /** Where behaviours go besides the hunting tables. */
  readonly note: (behaviors: readonly Behavior[]) => Promise<void>;
  readonly log: DetectionLog;
  readonly everyMs?: number;
}

export interface Behaviours {
  /** Tell of new rows; they are looked at within minutes. */
  onBatch(batch: Pick<CommittedBatch, 'tables'>): void;
  /** Look at everything that has arrived now. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

interface Compiled {
  readonly sql: string;
  readonly params: Readonly<Record<string, SqlParam>>;
  readonly columns: readonly string[];
}

/**
 * Learn what is usual from every source and keep what is not as behaviours. Baselines are counted per batch range, exactly once, and findings have
 * ids made from what they tell, so that repeating a range after a crash changes nothing.
 * @throws when the tables of baselines cannot be made
 */
export async function openBehaviours(options: BehavioursOptions): Promise<Behaviours> {
  const { store, hunting, state, note, log, everyMs = EVERY_MS } = options;
  await createBaselines(store);
  const marks = new Map(
    (await state.query<{ activity: string; through_batch: number | string }>('SELECT * FROM behaviour_mark')).map(
      (row) => [row.activity, Number(row.through_batch)],
    ),
  );
  const compiled = new Map<string, { readonly of: unknown; readonly plan: Compiled }>();
  // What was stored while nobody looked is looked at first.
  const due = new Set(ACTIVITIES.map(({ table }) => table));
  let peersAt = 0;
  let closed = false;
  let running: Promise<void> | undefined;

  const planOf = async (activity: Activity): Promise<Compiled | undefined> => {
    const known = compiled.get(activity.id);
    if (known && known.of === store.schema) return known.plan;
    const restriction: RowRestriction = {
      sql: '_Batch > {bh_from:UInt64} AND _Batch <= {bh_to:UInt64}',
      params: bounds(0, 0),
    };
    const result = await hunting.compile(activity.query, { restrictions: { [activity.table]: restriction } });
    if (!result.ok) {
      log.error({ activity: activity.id, error: result.errors[0]?.message }, 'A source of baselines cannot be read');
      return undefined;
    }
    const plan = {
      sql: result.sql.replace(/ LIMIT \d+$/, ''),
      params: result.params,
      columns: result.columns.map(({ name }) => name),
    };
    compiled.set(activity.id, { of: store.schema, plan });
    return plan;
  };

  const look = async (activity: Activity): Promise<void> => {
    const physical = store.schema.tables.find(({ name }) => name === activity.table)?.physical;
    if (!physical) return;
    for (;;) {
      if (closed) return;
      const from = marks.get(activity.id) ?? 0;
      const { rows } = await store.query(
        `SELECT max(b) FROM (SELECT DISTINCT _Batch AS b FROM ${physical} WHERE _Batch > {from:UInt64} ORDER BY b LIMIT ${BATCHES})`,
        { params: { from: { type: 'UInt64', value: String(from) } }, lane: 'background' },
      );
      const to = Number(rows[0]?.[0] ?? 0);
      if (to <= from) return;
      const plan = await planOf(activity);
      if (!plan) return;
      await count(
        store,
        activity,
        { ...plan, params: { ...plan.params, ...bounds(from, to) } },
        `baseline-${activity.id}-${from}-${to}`,
      );
      await keep(activity, await find(activity, plan.columns));
      await state.query(
        `INSERT INTO behaviour_mark (activity, through_batch) VALUES ($1, $2)
         ON CONFLICT (activity) DO UPDATE SET through_batch = excluded.through_batch`,
        [activity.id, to],
      );
      marks.set(activity.id, to);
    }
  };

  const find = async (activity: Activity, columns: readonly string[]): Promise<Behavior[]> => {
    const byAmount = columns.includes('Amount');
    const found = [
      ...(await findNew(store, activity)).map((each) => ofNovelty(activity, each)),
      ...(await findSurges(store, activity, byAmount)).map((each) => ofSurge(activity, each, byAmount)),
      ...(await findHours(store, activity)).map((each) => ofHour(activity, each)),
      ...(columns.includes('Place') ? await findTravel(store, activity) : []).map((each) => ofTravel(activity, each)),
    ];
    return found
      .map(withPageKeys)
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
      .slice(0, MOST);
  };

  const keep = async (activity: Activity, found: readonly Behavior[]): Promise<void> => {
    if (found.length === 0) return;
    const ids = found.map(({ id }) => id);
    const { rows } = await store.query(
      'SELECT DISTINCT BehaviorId FROM hunting.BehaviorInfo WHERE has({ids:Array(String)}, BehaviorId)',
      {
        params: { ids: { type: 'Array(String)', value: ids } },
        lane: 'background',
      },
    );
    const known = new Set(rows.map(([id]) => String(id)));
    const fresh = found.filter(({ id }) => !known.has(id));
    // Entities first: a behaviour without its entities would never be completed.
    if (fresh.length > 0) {
      await store.insertRows('BehaviorEntities', fresh.flatMap(entityRows));
      await store.insertRows('BehaviorInfo', fresh.map(infoRow));
      log.info({ activity: activity.id, behaviours: fresh.length }, 'Unusual behaviour was noted');
    }
    await note(found);
  };

  const runAll = async (): Promise<void> => {
    if (Date.now() - peersAt > PEERS_EVERY_MS) {
      await refreshPeers(store);
      peersAt = Date.now();
    }
    for (const activity of ACTIVITIES) {
      if (closed) return;
      if (!due.delete(activity.table)) continue;
      try {
        await look(activity);
      } catch (error) {
        due.add(activity.table);
        if (!closed)
          log.warn(
            { err: error, activity: activity.id },
            'Baselines could not be brought up to date; tried again soon',
          );
      }
    }
  };
  const run = async (): Promise<void> => {
    while (running) await running;
    running = runAll().catch((error) => {
      if (!closed) log.warn({ err: error }, 'Baselines could not be brought up to date; tried again soon');
    });
    await running;
    running = undefined;
  };
  const timer = setInterval(() => {
    if (due.size > 0 && !running) void run();
  }, everyMs);
  timer.unref();

  return {
    onBatch({ tables }) {
      for (const table of Object.keys(tables))
        if (ACTIVITIES.some((activity) => activity.table === table)) due.add(table);
    },
    settle: run,
    async close() {
      closed = true;
      clearInterval(timer);
      await running;
    },
  };
}

const bounds = (from: number, to: number): Record<string, SqlParam> => ({
  bh_from: { type: 'UInt64', value: String(from) },
  bh_to: { type: 'UInt64', value: String(to) },
});
