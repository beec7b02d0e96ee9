/**
 * Random queries through the compiler and the engine against the plain model in `fuzz/`. A failure prints the query, both
 * answers and the seed; `FUZZ_SEED` and `FUZZ_RUNS` repeat or widen the run.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { run } from './engine.ts';
import { drawQuery, type Query } from './fuzz/generate.ts';
import { iso, span, type Value } from './fuzz/model.ts';
import { type Column, printOperator, printTable } from './fuzz/pipeline.ts';

const runs = Number(process.env.FUZZ_RUNS ?? 150);
const seed = Number(process.env.FUZZ_SEED ?? 20_260_310);

const textOf = (q: Query): string => [printTable(q.table), ...q.operators.map(printOperator)].join('\n| ');

/** A value as the answers print it; reals to 12 digits, since sums may differ in the last. */
function shown(v: Value | undefined, c: Column, lists: boolean): string {
  if (v === null || v === undefined) return c.type === 'string' ? '' : 'null';
  if (c.type === 'datetime' && typeof v === 'bigint') return iso(v);
  if (c.type === 'timespan' && typeof v === 'bigint') return span(v);
  if (c.type === 'real') {
    const n = Number(v);
    return Number.isFinite(n) ? Number(n.toPrecision(12)).toString() : String(n);
  }
  if (c.type === 'dynamic')
    return lists && Array.isArray(v) ? JSON.stringify(v.map((x) => JSON.stringify(x)).sort()) : JSON.stringify(v);
  return String(v);
}

test('random queries give the answer of the model', { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.gen(), async (g) => {
      const query = drawQuery(g);
      const text = textOf(query);
      const { columns, rows } = await run(text).catch((e: unknown) => {
        throw new Error(`${text}\n${e instanceof Error ? e.message.slice(0, 600) : String(e)}`);
      });
      expect(columns, text).toEqual(query.expected.columns);
      const lines = (cells: readonly (readonly (Value | undefined)[])[]): string[] =>
        cells.map((r) => r.map((v, i) => shown(v, query.expected.columns[i]!, query.lists)).join(' | '));
      const actual = lines(rows as Value[][]);
      const expected = lines(query.expected.rows.map((r) => query.expected.columns.map((c) => r[c.name])));
      const settle = (x: string[]): string[] => (query.ordered ? x : [...x].sort());
      expect(settle(actual), text).toEqual(settle(expected));
    }),
    { numRuns: runs, seed, endOnFailure: process.env.FUZZ_NOSHRINK !== undefined },
  );
});
