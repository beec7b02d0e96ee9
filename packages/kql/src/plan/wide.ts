/**
 * Results with thousands of columns: `search "word"` and `union *` over every table of the schema. Most tables hold
 * nothing that matches, so the columns that only they have are left out; which they are is asked of the data.
 */
import type { Column, Expr, Rel } from './ir.ts';
import { visible } from './ir.ts';
import type { PlanContext } from './scope.ts';

/** Results up to this wide are given as they are. */
const WIDE = 1000;

type Union = Extract<Rel, { op: 'union' }>;

/** The union that a result comes from by stages that hand columns on. */
function unionBelow(rel: Rel): Union | undefined {
  if (rel.op === 'union') return rel;
  if (rel.op === 'where' || rel.op === 'sort' || rel.op === 'limit' || rel.op === 'select')
    return unionBelow(rel.input);
  return undefined;
}

/** The same stages over another union. */
function over(rel: Rel, union: Union, other: Rel): Rel {
  if (rel === union) return other;
  if (rel.op === 'where' || rel.op === 'sort' || rel.op === 'limit' || rel.op === 'select')
    return { ...rel, input: over(rel.input, union, other) };
  return rel;
}

/** True when a column of a stage carries one of the union's columns that are kept, or something made on the way. */
function carries(rel: Rel, id: string, union: Union, kept: ReadonlySet<string>): boolean {
  if (rel === union) return kept.has(id);
  if (rel.op === 'select') {
    const item = rel.items.find((i) => i.id === id);
    if (item?.expr.op !== 'column') return true;
    return carries(rel.input, item.expr.id, union, kept);
  }
  if (rel.op === 'where' || rel.op === 'sort' || rel.op === 'limit') return carries(rel.input, id, union, kept);
  return true;
}

/** A result without the columns that no row of it can fill. May ask for data. */
export function narrowed(rel: Rel, context: PlanContext): Rel {
  if (visible(rel).length <= WIDE) return rel;
  const union = unionBelow(rel);
  if (!union || union.inputs.length < 2) return rel;
  const number = context.column('member', 'long');
  const found = context.data({
    op: 'union',
    columns: [number],
    inputs: union.inputs.map((i, at) => ({
      rel: { op: 'limit', input: i.rel, count: 1, columns: i.rel.columns },
      map: { [number.id]: { op: 'literal', type: 'long', value: String(at) } },
    })),
  });
  const present = new Set(found.map((row) => Number(row[0])));
  const inputs = union.inputs.filter((_, at) => present.has(at));
  const shared = union.columns.filter((c) => union.inputs.every((i) => i.map[c.id] !== undefined));
  const kept = new Set([...inputs.flatMap((i) => Object.keys(i.map)), ...shared.map((c) => c.id)]);
  const small: Rel = inputs.length ? { ...union, inputs } : { op: 'rows', columns: union.columns, rows: [] };
  const columns = visible(rel).filter((c) => carries(rel, c.id, union, kept));
  if (columns.length === 0) return rel;
  const items = columns.map((c: Column) => {
    const expr: Expr = { op: 'column', id: c.id, type: c.type };
    return { ...context.column(c.name, c.type), expr };
  });
  return { op: 'select', input: over(rel, union, small), items, columns: items.map(({ expr: _, ...c }) => c) };
}
