/** Comparisons of stored numbers with constants, without casts around the column. */
import type { Expr } from '../plan/ir.ts';

const COMPARES: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=', 'between', 'in', '!in']);

/** An int widened to long compares with whole constants as it is. */
export function plainNumbers(e: Expr): Expr {
  if (e.op !== 'call' || !COMPARES.has(e.fn)) return e;
  const [first, ...others] = e.args;
  const whole = (x: Expr): boolean => x.op === 'literal' && (x.type === 'long' || x.type === 'int') && x.value !== null;
  const bare = (x: Expr): Expr | undefined =>
    x.op === 'call' && x.fn === 'tolong' && x.args[0]?.type === 'int' ? x.args[0] : undefined;
  if (first && others.length > 0 && others.every(whole)) {
    const column = bare(first);
    return column ? { ...e, args: [column, ...others] } : e;
  }
  if (first && whole(first) && others.length === 1) {
    const column = bare(others[0]!);
    return column ? { ...e, args: [first, column] } : e;
  }
  return e;
}
