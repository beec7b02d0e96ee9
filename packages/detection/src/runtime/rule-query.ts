import { type CompiledQuery, convertRow, KQL_RESULT_SETTINGS, type RowRestriction, type SqlParam } from '@parapet/kql';
import { ParapetError } from '@parapet/schema';
import type { Hunting, QueryLimits, TelemetryStore } from '@parapet/store';
import { activeExclusions, effectiveQuery } from '../rules/conditions.ts';
import type { CheckedRule } from '../rules/load.ts';
import type { Exclusion } from '../rules/types.ts';

/** What part of the stored rows a run looks at; every bound is inclusive. */
export interface Window {
  readonly batches?: { readonly from: number; readonly to: number };
  /** Milliseconds since the epoch, by event time. */
  readonly times?: { readonly from: number; readonly to: number };
  /** Milliseconds since the epoch, by the time of arrival; rows of batches from `newFrom` on count whenever they arrived. */
  readonly received?: { readonly from: number; readonly to: number; readonly newFrom: number };
}

export type Row = Readonly<Record<string, unknown>>;

export interface RuleRows {
  readonly rows: readonly Row[];
  /** True when there were more rows than `maxRows`. */
  readonly truncated: boolean;
  readonly elapsedMs: number;
  readonly rowsRead: number;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** What `now()` means. */
  readonly now?: Date;
  readonly limits?: QueryLimits;
  readonly threads?: number;
}

export const MAX_ROWS = 10_000;
/** Widest bounds: every batch number and every time a row can have. */
const ALL_BATCHES = { from: 0, to: Number.MAX_SAFE_INTEGER };
const ALL_TIMES = { from: Date.UTC(1900, 0, 2), to: Date.UTC(2261, 0, 1) };
/** Rules asked in one statement; more would make a statement that takes longer to read than to run. */
const PROBE_SIZE = 25;

/**
 * A rule's query with its scope and exclusions, compiled once. The window is bound as parameters of the compiled statement, so
 * that a run costs no parsing. Text that asks for the current time is compiled again for each run.
 */
export class RuleQuery {
  #rows: { readonly text: string; readonly compiled: CompiledQuery } | undefined;
  readonly #usesNow: boolean;
  readonly #byArrival: boolean;

  constructor(
    readonly rule: CheckedRule,
    private readonly hunting: Hunting,
    private readonly store: TelemetryStore,
    /** Exclusions kept beside the rule; asked for with every run. */
    private readonly exclusions: () => readonly Exclusion[] = () => [],
    private readonly clock: () => Date = () => new Date(),
  ) {
    this.#usesNow = /\b(now|ago)\s*\(/.test(rule.query);
    this.#byArrival = rule.trigger === 'clock' && rule.windowBy === 'ingestion';
  }

  /** The text that is run now: expired exclusions are left out. */
  text(): string {
    return effectiveQuery(this.rule, activeExclusions([...this.rule.exclusions, ...this.exclusions()], this.clock()));
  }

  async #compile(text: string, now: Date | undefined): Promise<CompiledQuery> {
    const restrictions: Record<string, RowRestriction> = {};
    for (const name of this.rule.tables) {
      const table = this.store.schema.tables.find((candidate) => candidate.name === name);
      const time = table?.timeColumn;
      const conditions = ['_Batch >= {pp_batch_from:UInt64}', '_Batch <= {pp_batch_to:UInt64}'];
      if (time)
        conditions.push(
          `\`${time}\` >= fromUnixTimestamp64Milli({pp_time_from:Int64}, 'UTC')`,
          `\`${time}\` <= fromUnixTimestamp64Milli({pp_time_to:Int64}, 'UTC')`,
        );
      if (this.#byArrival)
        conditions.push(
          `((_TimeReceived > fromUnixTimestamp64Milli({pp_received_from:Int64}, 'UTC')
             AND _TimeReceived <= fromUnixTimestamp64Milli({pp_received_to:Int64}, 'UTC')) OR _Batch >= {pp_batch_new:UInt64})`,
        );
      restrictions[name] = { sql: conditions.join(' AND '), params: this.#params({}) };
    }
    const compiled = await this.hunting.compile(text, { restrictions, maxRows: MAX_ROWS, ...(now ? { now } : {}) });
    if (compiled.ok) return compiled;
    const message = compiled.errors[0]?.message ?? 'The query cannot be compiled.';
    throw new ParapetError('kql_error', 400, message, undefined, compiled.errors);
  }

  /** The statement that returns the rows. @throws ParapetError `kql_error` */
  async rows(now?: Date): Promise<CompiledQuery> {
    const text = this.text();
    if (!this.#rows || this.#usesNow || this.#rows.text !== text)
      this.#rows = { text, compiled: await this.#compile(text, now) };
    return this.#rows.compiled;
  }

  /**
   * Run over a window, on the background lane.
   * @throws ParapetError `kql_error`, `query_timeout`, `query_memory`, `query_result_size`, `query_cancelled`, `engine_restarted`
   */
  async run(window: Window, { signal, now, limits, threads = 2 }: RunOptions = {}): Promise<RuleRows> {
    const compiled = await this.rows(now);
    const result = await this.store.query(compiled.sql, {
      params: { ...compiled.params, ...this.#params(window) },
      settings: { ...KQL_RESULT_SETTINGS, max_threads: threads },
      lane: 'background',
      ...(limits ? { limits } : {}),
      ...(signal ? { signal } : {}),
    });
    const names = compiled.columns.map((column) => column.name);
    const rows = result.rows.slice(0, MAX_ROWS).map((cells) => {
      const values = convertRow(cells, compiled.columns);
      return Object.fromEntries(names.map((name, index) => [name, values[index]]));
    });
    const { elapsedMs, rowsRead } = result.stats;
    return { rows, truncated: result.rows.length > MAX_ROWS, elapsedMs, rowsRead };
  }

  /**
   * How many rows a window has, beyond the cap too.
   * @throws like `run`
   */
  async total(window: Window, now?: Date): Promise<number> {
    const compiled = await this.rows(now);
    const sql = compiled.sql.replace(/ LIMIT \d+$/, '');
    const result = await this.store.query(`SELECT count() FROM (${sql})`, {
      params: { ...compiled.params, ...this.#params(window) },
      settings: KQL_RESULT_SETTINGS,
      lane: 'background',
    });
    return Number(result.rows[0]?.[0] ?? 0);
  }

  /** The values of a window's bounds, by parameter. */
  #params(window: Window): Record<string, SqlParam> {
    return this.#byArrival ? { ...windowParams(window), ...receivedParams(window) } : windowParams(window);
  }
}

export interface Probed {
  /** Rows per rule that has any. */
  readonly hits: ReadonlyMap<string, number>;
  readonly rowsRead: number;
  readonly elapsedMs: number;
}

/**
 * Which of these row-wise rules have rows in some batches, in few statements: a batch rarely holds anything for any rule, and thirty
 * small statements cost thirty times what one does.
 * @throws like `run`; the caller then runs them one by one to find the culprit
 */
export async function probe(
  queries: readonly RuleQuery[],
  store: TelemetryStore,
  batches: { readonly from: number; readonly to: number },
): Promise<Probed> {
  const hits = new Map<string, number>();
  let rowsRead = 0;
  let elapsedMs = 0;
  for (let start = 0; start < queries.length; start += PROBE_SIZE) {
    const part = queries.slice(start, start + PROBE_SIZE);
    const params: Record<string, SqlParam> = windowParams({ batches });
    const parts: string[] = [];
    for (const [index, query] of part.entries()) {
      const compiled = await query.rows();
      // Every statement numbers its parameters from 0: give each its own names.
      const own = Object.keys(compiled.params).filter((name) => !(name in params));
      const sql = compiled.sql.replace(/\{(\w+):/g, (whole, name: string) =>
        own.includes(name) ? `{q${index}_${name}:` : whole,
      );
      for (const name of own) {
        const value = compiled.params[name];
        if (value) params[`q${index}_${name}`] = value;
      }
      parts.push(`SELECT ${index} AS rule, count() AS hits FROM (${sql})`);
    }
    const result = await store.query(`SELECT rule, hits FROM (${parts.join(' UNION ALL ')}) WHERE hits > 0`, {
      params,
      settings: { ...KQL_RESULT_SETTINGS, max_threads: 1 },
      lane: 'background',
    });
    rowsRead += result.stats.rowsRead;
    elapsedMs += result.stats.elapsedMs;
    for (const [index, count] of result.rows) {
      const query = part[Number(index)];
      if (query) hits.set(query.rule.id, Number(count));
    }
  }
  return { hits, rowsRead, elapsedMs };
}

const clamp = (ms: number): number => Math.max(ALL_TIMES.from, Math.min(ALL_TIMES.to, ms));

function windowParams({ batches = ALL_BATCHES, times = ALL_TIMES }: Window): Record<string, SqlParam> {
  return {
    pp_batch_from: { type: 'UInt64', value: batches.from },
    pp_batch_to: { type: 'UInt64', value: batches.to },
    pp_time_from: { type: 'Int64', value: clamp(Math.floor(times.from)) },
    pp_time_to: { type: 'Int64', value: clamp(Math.ceil(times.to)) },
  };
}

function receivedParams({ received }: Window): Record<string, SqlParam> {
  return {
    pp_received_from: { type: 'Int64', value: clamp(Math.floor(received?.from ?? ALL_TIMES.from)) },
    pp_received_to: { type: 'Int64', value: clamp(Math.ceil(received?.to ?? ALL_TIMES.to)) },
    pp_batch_new: { type: 'UInt64', value: received?.newFrom ?? Number.MAX_SAFE_INTEGER },
  };
}
