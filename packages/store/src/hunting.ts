import { type CompileOptions, type CompileResult, compile, convertRow, KQL_RESULT_SETTINGS } from '@parapet/kql';
import { ParapetError } from '@parapet/schema';
import type { Hunting, HuntOptions, HuntRows } from './hunting-types.ts';
import type { TelemetryStore } from './types.ts';

const DEFAULT_ROWS = 30_000;
const MAX_ROWS = 100_000;

/** KQL over a store. */
export function createHunting(store: TelemetryStore): Hunting {
  const compileText = async (text: string, options: HuntOptions): Promise<CompileResult> => {
    const restrictions = options.restrictions;
    const request: CompileOptions = {
      schema: store.schema,
      now: options.now ?? new Date(),
      maxRows: Math.min(MAX_ROWS, Math.max(1, options.maxRows ?? DEFAULT_ROWS)),
      ...(options.timeRange ? { timeRange: options.timeRange } : {}),
      ...(restrictions ? { restrict: (table: string) => restrictions[table] } : {}),
    };
    return compile(text, request);
  };
  return {
    compile: (text, options = {}) => compileText(text, options),

    async run(text, options = {}): Promise<HuntRows> {
      const started = performance.now();
      const compiled = await compileText(text, options);
      const compileMs = performance.now() - started;
      if (!compiled.ok) {
        const first = compiled.errors[0];
        const where = first ? ` (line ${first.line}, column ${first.column})` : '';
        throw new ParapetError(
          'kql_error',
          400,
          `${first?.message ?? 'The query could not be understood.'}${where}`,
          first?.suggestion,
          compiled.errors,
        );
      }
      const maxRows = Math.min(MAX_ROWS, Math.max(1, options.maxRows ?? DEFAULT_ROWS));
      const result = await store.query(compiled.sql, {
        params: compiled.params,
        settings: KQL_RESULT_SETTINGS,
        ...(options.limits ? { limits: options.limits } : {}),
        ...(options.signal ? { signal: options.signal } : {}),
        ...(options.lane ? { lane: options.lane } : {}),
      });
      const truncated = result.rows.length > maxRows;
      const rows = (truncated ? result.rows.slice(0, maxRows) : result.rows).map((row) =>
        convertRow(row, compiled.columns),
      );
      return { columns: compiled.columns, rows, truncated, compiled, stats: { ...result.stats, compileMs } };
    },

    close: async () => undefined,
  };
}
