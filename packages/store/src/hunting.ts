import {
  type CompiledQuery,
  type CompileResult,
  convertRow,
  createKqlWorker,
  KQL_RESULT_SETTINGS,
  type KqlWorker,
  type PlainOptions,
  type RowRestriction,
  type SqlParam,
} from '@parapet/kql';
import { ParapetError } from '@parapet/schema';
import type { Hunting, HuntOptions, HuntRows } from './hunting-types.ts';
import type { TelemetryStore } from './types.ts';

const DEFAULT_ROWS = 30_000;
const MAX_ROWS = 100_000;
/** Compiled plans kept; a rule's plan is asked for with every batch. */
const PLANS = 500;

export interface CreateHuntingOptions {
  /** A compiler that is already warm; closed by whoever made it. */
  readonly compiler?: KqlWorker;
}

/** Texts that say nothing of the present compile to the same plan all day. */
const readsClock = (text: string): boolean => /\b(ago|now|ingestion_time|startof\w+|endof\w+)\s*\(/i.test(text);

const clampRows = (asked: number | undefined): number => Math.min(MAX_ROWS, Math.max(1, asked ?? DEFAULT_ROWS));

/** Restrictions without their values: the plan depends on their text only. */
function withoutValues(restrictions: Readonly<Record<string, RowRestriction>>): {
  readonly texts: Record<string, RowRestriction>;
  readonly values: Record<string, SqlParam>;
} {
  const texts: Record<string, RowRestriction> = {};
  const values: Record<string, SqlParam> = {};
  for (const [table, restriction] of Object.entries(restrictions)) {
    texts[table] = { sql: restriction.sql };
    Object.assign(values, restriction.params);
  }
  return { texts, values };
}

/** KQL over a store; compiling happens in a worker thread and is kept by text. */
export function createHunting(store: TelemetryStore, options: CreateHuntingOptions = {}): Hunting {
  const worker = options.compiler ?? createKqlWorker();
  const plans = new Map<string, Promise<CompileResult>>();

  const compileText = async (text: string, hunt: HuntOptions): Promise<CompileResult> => {
    const now = hunt.now ?? new Date();
    const { texts, values } = withoutValues(hunt.restrictions ?? {});
    const plain: PlainOptions = {
      now: readsClock(text) ? now : new Date(Math.floor(now.getTime() / 86_400_000) * 86_400_000),
      maxRows: clampRows(hunt.maxRows),
      ...(hunt.timeRange ? { timeRange: hunt.timeRange } : {}),
      ...(hunt.restrictions ? { restrictions: texts } : {}),
    };
    const key = JSON.stringify([text, plain]);
    const plan = plans.get(key) ?? worker.compile(text, store.schema, plain);
    plans.delete(key);
    plans.set(key, plan);
    plan.catch(() => plans.delete(key));
    if (plans.size > PLANS) plans.delete(plans.keys().next().value ?? '');
    const result = await plan;
    if (!result.ok || Object.keys(values).length === 0) return result;
    return { ...result, params: { ...result.params, ...values } } satisfies CompiledQuery;
  };

  return {
    compile: (text, hunt = {}) => compileText(text, hunt),

    async run(text, hunt = {}): Promise<HuntRows> {
      const started = performance.now();
      const compiled = await compileText(text, hunt);
      const compileMs = performance.now() - started;
      if (!compiled.ok) {
        const first = compiled.errors[0];
        const where = first ? ` (line ${first.line}, column ${first.column})` : '';
        const message = first?.message ?? 'The query could not be understood.';
        throw new ParapetError('kql_error', 400, `${message}${where}`, first?.suggestion, compiled.errors);
      }
      const maxRows = clampRows(hunt.maxRows);
      const result = await store.query(compiled.sql, {
        params: compiled.params,
        settings: KQL_RESULT_SETTINGS,
        ...(hunt.limits ? { limits: hunt.limits } : {}),
        ...(hunt.signal ? { signal: hunt.signal } : {}),
        ...(hunt.lane ? { lane: hunt.lane } : {}),
      });
      const truncated = result.rows.length > maxRows;
      const rows = (truncated ? result.rows.slice(0, maxRows) : result.rows).map((row) =>
        convertRow(row, compiled.columns),
      );
      return { columns: compiled.columns, rows, truncated, compiled, stats: { ...result.stats, compileMs } };
    },

    close: async () => {
      if (!options.compiler) await worker.close();
    },
  };
}
