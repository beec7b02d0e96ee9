/** `mv-apply`: a small query over the elements of each row. */
import { child, kindOf, list, must } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import { PlanError } from '../errors.ts';
import { planExpression } from '../expressions.ts';
import type { Column, Expr, Rel } from '../ir.ts';
import type { Planner } from '../planner.ts';
import type { Scope } from '../scope.ts';
import { col, keep } from './basic.ts';
import { expandRel } from './expand.ts';
import type { OperatorPlan } from './registry.ts';

/** What every stage of the inner query must hand on: the number of the outer row, and the outer row's columns. */
interface Carried {
  readonly row: Column;
  readonly columns: readonly Column[];
}

const same = (c: Column) => ({ ...c, expr: col(c) });

/** Rewrites the inner query so that it works on each outer row by itself. */
function perRow(rel: Rel, base: Rel, carried: Carried, n: KNode): Rel {
  if (rel === base) return rel;
  const all = [carried.row, ...carried.columns];
  const missing = (r: Rel) =>
    all.filter((c) => !r.columns.some((x) => x.id === c.id)).map((c) => ({ ...c, hidden: true }));
  switch (rel.op) {
    case 'where':
    case 'sort': {
      const input = perRow(rel.input, base, carried, n);
      return { ...rel, input, columns: [...rel.columns, ...missing(rel)] };
    }
    case 'limit': {
      const input = perRow(rel.input, base, carried, n);
      return { ...rel, input, by: carried.row.id, columns: [...rel.columns, ...missing(rel)] };
    }
    case 'select': {
      const input = perRow(rel.input, base, carried, n);
      const extra = missing(rel);
      return { ...rel, input, items: [...rel.items, ...extra.map(same)], columns: [...rel.columns, ...extra] };
    }
    case 'expand': {
      const input = perRow(rel.input, base, carried, n);
      return { ...rel, input, columns: [...rel.columns, ...missing(rel)] };
    }
    case 'aggregate': {
      const input = perRow(rel.input, base, carried, n);
      const present = new Set(rel.columns.map((c) => c.id));
      const others = carried.columns.filter((c) => !present.has(c.id));
      const any = (c: Column) => ({
        ...c,
        hidden: true,
        expr: { op: 'aggregate', fn: 'take_any', args: [col(c)], type: c.type } as Expr,
      });
      return {
        ...rel,
        input,
        keys: [...rel.keys, { ...same(carried.row), hidden: true }],
        values: [...rel.values, ...others.map(any)],
        columns: [...rel.columns, ...missing(rel)],
      };
    }
    default:
      throw new PlanError(
        n,
        'KQL0081',
        'This operator is not supported inside mv-apply.',
        'where, extend, project, summarize, top, sort, take, mv-expand',
      );
  }
}

function applyInner(node: KNode, input: Rel, scope: Scope, planner: Planner): Rel {
  if (kindOf(node) === 'PipeExpression') {
    return planner.apply(must(node, 'Operator'), applyInner(must(node, 'Expression'), input, scope, planner), scope);
  }
  return planner.apply(node, input, scope);
}

const mvApply: OperatorPlan = (n, input, scope, planner) => {
  const numbered = planner.select(input!, [
    ...keep(input!),
    { name: 'outer_row', expr: { op: 'window', fn: 'sorted_row', args: [], type: 'long' }, hidden: true },
  ]);
  const row = numbered.columns[numbered.columns.length - 1]!;
  const inner: Scope = { env: scope.env, columns: numbered.columns, rel: numbered };
  const clause = child(n, 'RowLimitClause');
  const limit = clause ? planExpression(must(clause, 'RowLimit'), { env: scope.env }, planner) : undefined;
  const expanded = expandRel(n, numbered, inner, planner, limit?.op === 'literal' ? Number(limit.value) : undefined);
  const outer = numbered.columns.filter((c) => c !== row && expanded.columns.includes(c));
  const query = applyInner(must(must(n, 'Subquery'), 'Expression'), expanded, scope, planner);
  const result = perRow(query, expanded, { row, columns: outer }, n);
  const shown = query.columns.filter((c) => !c.hidden && !outer.includes(c));
  const names = new Set(shown.map((c) => c.name));
  const parts = [...outer.filter((c) => !names.has(c.name)), ...shown].map((c) => ({
    name: c.name,
    expr: col(c),
    hidden: c.hidden ?? false,
  }));
  planner.context.rowWise = false;
  return planner.select(result, parts);
};

export const APPLY_OPERATORS: Readonly<Record<string, OperatorPlan>> = { MvApplyOperator: mvApply };
export { list };
