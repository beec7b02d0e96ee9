/** Lets the parts of a union stop early: no more rows of each are needed than of all together. */
import type { Expr, Rel, SortKey } from '../plan/ir.ts';
import { substitute } from './expr.ts';

type Limit = Extract<Rel, { op: 'limit' }>;

const limited = (input: Rel, count: number): Rel =>
  input.op === 'limit' && !input.by && input.count <= count
    ? input
    : { op: 'limit', input, count, columns: input.columns };

export function pushLimit(rel: Limit): Rel {
  if (rel.by) return rel;
  const { input, count } = rel;
  if (input.op === 'union') {
    return { ...rel, input: { ...input, inputs: input.inputs.map((i) => ({ ...i, rel: limited(i.rel, count) })) } };
  }
  if (input.op === 'sort' && input.input.op === 'union') {
    const union = input.input;
    const inputs = union.inputs.map((i) => {
      const keys = sortKeys(input.keys, i.map);
      if (!keys) return i;
      const sorted: Rel = { op: 'sort', input: i.rel, keys, columns: i.rel.columns };
      return { ...i, rel: limited(sorted, count) };
    });
    return { ...rel, input: { ...input, input: { ...union, inputs } } };
  }
  return rel;
}

/** Sort keys of a union over one of its parts; undefined unless all of them are plain columns there. */
function sortKeys(keys: readonly SortKey[], map: Readonly<Record<string, Expr>>): SortKey[] | undefined {
  if (!keys.every((k) => k.expr.op === 'column' && map[k.expr.id]?.op === 'column')) return undefined;
  return keys.map((k) => ({ ...k, expr: substitute(k.expr, (id) => map[id]) }));
}
