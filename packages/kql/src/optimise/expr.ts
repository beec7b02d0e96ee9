import type { Expr } from '../plan/ir.ts';

/** Functions that give another value each time they are called. */
const VOLATILE: ReadonlySet<string> = new Set(['rand', 'new_guid', 'row_number', 'current_row']);

export const call = (fn: string, args: readonly Expr[], type: Expr['type'] = 'bool'): Expr =>
  ({ op: 'call', fn, args, type }) as Expr;

/** Conditions that must all hold. */
export function conjuncts(e: Expr): readonly Expr[] {
  return e.op === 'call' && e.fn === 'and' ? e.args.flatMap(conjuncts) : [e];
}

export function allOf(conditions: readonly Expr[]): Expr {
  return conditions.length === 1 ? conditions[0]! : call('and', conditions);
}

/** Parts of an expression; relations inside it are not among them. */
export function parts(e: Expr): readonly Expr[] {
  switch (e.op) {
    case 'call':
      return e.args;
    case 'window':
      return e.by ? [...e.args, ...e.by] : e.args;
    case 'aggregate':
      return e.condition ? [...e.args, e.condition] : e.args;
    case 'path':
      return [e.of];
    case 'inQuery':
      return [e.left];
    default:
      return [];
  }
}

/** The expression with its direct parts replaced. */
export function mapParts(e: Expr, f: (part: Expr) => Expr): Expr {
  switch (e.op) {
    case 'call':
      return { ...e, args: e.args.map(f) };
    case 'window':
      return { ...e, args: e.args.map(f), ...(e.by ? { by: e.by.map(f) } : {}) };
    case 'aggregate':
      return { ...e, args: e.args.map(f), ...(e.condition ? { condition: f(e.condition) } : {}) };
    case 'path':
      return { ...e, of: f(e.of) };
    case 'inQuery':
      return { ...e, left: f(e.left) };
    default:
      return e;
  }
}

export const some = (e: Expr, test: (part: Expr) => boolean): boolean => test(e) || parts(e).some((p) => some(p, test));

/** True when it makes no difference where and how often the expression is evaluated. */
export function movable(e: Expr): boolean {
  return !some(e, (x) => x.op === 'window' || x.op === 'aggregate' || (x.op === 'call' && VOLATILE.has(x.fn)));
}

/** Ids of the columns an expression reads. */
export function reads(e: Expr, into: Set<string> = new Set()): Set<string> {
  if (e.op === 'column') into.add(e.id);
  for (const p of parts(e)) reads(p, into);
  return into;
}

/** The expression over other columns. */
export function substitute(e: Expr, by: (id: string) => Expr | undefined): Expr {
  if (e.op === 'column') return by(e.id) ?? e;
  return mapParts(e, (p) => substitute(p, by));
}
