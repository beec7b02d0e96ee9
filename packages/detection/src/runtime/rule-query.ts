import { type CompiledQuery, convertRow, KQL_RESULT_SETTINGS, type RowRestriction, type SqlParam } from '@parapet/kql';
import { ParapetError } from '@parapet/schema';
import type { Hunting, TelemetryStore } from '@parapet/store';
import type { CheckedRule } from '../rules/load.ts';

/** What part of the stored rows a run looks at; every bound is inclusive. */
export interface Window {
  readonly batches?: { readonly from: number; readonly to: number };
  /** Milliseconds since the epoch, by event time. */
  readonly times?: { readonly from: number; readonly to: number };
}

export type Row = Readonly<Record<string, unknown>>;

export interface RuleRows {
  readonly rows: readonly Row[];
  /** True when there were more rows than `maxRows`. */
  readonly truncated: boolean;
  readonly elapsedMs: number;
}

export const MAX_ROWS = 10_000;
/** Widest bounds: every batch number and every time a row can have. */
const ALL_BATCHES = { from: 0, to: Number.MAX_SAFE_INTEGER };
const ALL_TIMES = { from: Date.UTC(1900, 0, 2), to: Date.UTC(2261, 0, 1) };

/**
 * A rule's query, compiled once. The window is bound as parameters of the compiled statement, so that a run costs no parsing.
 * Text that asks for the current time is compiled again for each run.
 */
export class RuleQuery {
  #rows: CompiledQuery | undefined;
  #count: CompiledQuery | undefined;
  readonly #usesNow: boolean;

  constructor(
    readonly rule: CheckedRule,
    private readonly hunting: Hunting,
    private readonly store: TelemetryStore,
  ) {
    this.#usesNow = /\b(now|ago)\s*\(/.test(rule.query);
  }

  async #compile(text: string): Promise<CompiledQuery> {
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
      restrictions[name] = { sql: conditions.join(' AND '), params: windowParams({}) };
    }
    const compiled = await this.hunting.compile(text, { restrictions, maxRows: MAX_ROWS });
    if (compiled.ok) return compiled;
    const message = compiled.errors[0]?.message ?? 'The query cannot be compiled.';
    throw new ParapetError('kql_error', 400, message, undefined, compiled.errors);
  }

  /** The statement that returns the rows. @throws ParapetError `kql_error` */
  async rows(): Promise<CompiledQuery> {
    if (!this.#rows || this.#usesNow) this.#rows = await this.#compile(this.rule.query);
    return this.#rows;
  }

  /** The statement that only counts them; it reads the columns of the conditions and no others. @throws ParapetError `kql_error` */
  async count(): Promise<CompiledQuery> {
    if (!this.#count || this.#usesNow) this.#count = await this.#compile(`${this.rule.query.trimEnd()}\n| count`);
    return this.#count;
  }

  /**
   * Run over a window, on the background lane.
   * @throws ParapetError `kql_error`, `query_timeout`, `query_memory`, `query_result_size`, `query_cancelled`, `engine_restarted`
   */
  async run(window: Window, signal?: AbortSignal): Promise<RuleRows> {
    const compiled = await this.rows();
    const result = await this.store.query(compiled.sql, {
      params: { ...compiled.params, ...windowParams(window) },
      settings: KQL_RESULT_SETTINGS,
      lane: 'background',
      ...(signal ? { signal } : {}),
    });
    const names = compiled.columns.map((column) => column.name);
    const rows = result.rows.slice(0, MAX_ROWS).map((cells) => {
      const values = convertRow(cells, compiled.columns);
      return Object.fromEntries(names.map((name, index) => [name, values[index]]));
    });
    return { rows, truncated: result.rows.length > MAX_ROWS, elapsedMs: result.stats.elapsedMs };
  }
}

/**
 * Which of these rules have rows in the window, in one statement: a batch rarely holds anything for any rule, and thirty small
 * statements cost thirty times what one does.
 * @returns ids of the rules that must be run
 * @throws like `run`; the caller then runs them one by one to find the culprit
 */
export async function probe(
  queries: readonly RuleQuery[],
  store: TelemetryStore,
  window: Window,
): Promise<Set<string>> {
  const params: Record<string, SqlParam> = windowParams(window);
  const parts: string[] = [];
  for (const [index, query] of queries.entries()) {
    const compiled = await query.count();
    // Every statement numbers its parameters from 0: give each its own names.
    const own = Object.keys(compiled.params).filter((name) => !(name in params));
    const rename = (name: string): string => `q${index}_${name}`;
    let sql = compiled.sql;
    for (const name of own) sql = sql.replaceAll(`{${name}:`, `{${rename(name)}:`);
    for (const name of own) {
      const value = compiled.params[name];
      if (value) params[rename(name)] = value;
    }
    parts.push(`SELECT ${index} AS rule, \`Count\` AS hits FROM (${sql})`);
  }
  const result = await store.query(`SELECT rule FROM (${parts.join(' UNION ALL ')}) WHERE hits > 0`, {
    params,
    settings: KQL_RESULT_SETTINGS,
    lane: 'background',
  });
  const found = new Set<string>();
  for (const [index] of result.rows) {
    const query = queries[Number(index)];
    if (query) found.add(query.rule.id);
  }
  return found;
}

function windowParams({ batches = ALL_BATCHES, times = ALL_TIMES }: Window): Record<string, SqlParam> {
  return {
    pp_batch_from: { type: 'UInt64', value: batches.from },
    pp_batch_to: { type: 'UInt64', value: batches.to },
    pp_time_from: { type: 'Int64', value: Math.max(ALL_TIMES.from, Math.floor(times.from)) },
    pp_time_to: { type: 'Int64', value: Math.min(ALL_TIMES.to, Math.ceil(times.to)) },
  };
}
