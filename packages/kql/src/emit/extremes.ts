import { extremeValues } from '../aggregates/collection.ts';
import type { Item } from '../plan/ir.ts';
import type { ExprWriter } from './expr.ts';

/**
 * SQL of the columns of `arg_max(by, a, b, …)`. They come from one row: each is an aggregate of its own over the same key,
 * and the engine meets the rows, and merges the groups, in the same order for all of them.
 */
export function extremes(values: readonly Item[], e: ExprWriter, grouped: boolean): Map<string, string> {
  const out = new Map<string, string>();
  for (const { id, expr } of values) {
    if (expr.op !== 'aggregate' || expr.condition || !expr.args[0]) continue;
    const which = /^arg_?(min|max)$/.exec(expr.fn)?.[1];
    if (which !== 'min' && which !== 'max') continue;
    const [by, value] = [e.arg(expr.args[0]), e.arg(expr.args[1] ?? expr.args[0])];
    out.set(id, extremeValues(which, by, value, grouped));
  }
  return out;
}
