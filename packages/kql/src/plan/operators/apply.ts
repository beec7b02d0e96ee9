/** `mv-apply`: a small query over the elements of each row. `partition`: one over the rows of each value of a key. */
import { bare, child, kindOf, must, nameOf } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import { planExpression, unknownName } from '../expressions.ts';
import type { Rel } from '../ir.ts';
import type { Planner } from '../planner.ts';
import { Env, type Scope } from '../scope.ts';
import { col, keep } from './basic.ts';
import { expandRel } from './expand.ts';
import { baseReads, type Groups, grouped } from './grouped.ts';
import type { OperatorPlan } from './registry.ts';

/** Applies a chain of operators that has no source of its own. */
export function applyInner(node: KNode, input: Rel, scope: Scope, planner: Planner): Rel {
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
  const inside = must(must(n, 'Subquery'), 'Expression');
  const query = planner.strictly(() => applyInner(inside, expanded, scope, planner));
  const groups: Groups = { base: expanded, keys: [row], carried: outer, node: n };
  const result = grouped(query, groups, planner);
  // Read twice, the rows would be numbered twice, and not always in one way.
  if (baseReads(result, groups) > 1) (expanded as { input: Rel }).input = planner.shared(numbered);
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

const partition: OperatorPlan = (n, input, scope, planner) => {
  const by = bare(must(n, 'ByExpression'));
  const name = nameOf(by);
  const found = input!.columns.find((c) => c.name === name) ?? planner.legacyColumn(name, input!.columns);
  if (!found) throw unknownName(by, name, scope);
  const base = planner.select(input!, keep(input!));
  const key = base.columns[input!.columns.indexOf(found)]!;
  const env = new Env(scope.env);
  env.set(name, { kind: 'scalar', expr: col(key) });
  const query = must(n, 'Operand');
  planner.context.rowWise = false;
  if (kindOf(query) === 'PartitionQuery') {
    const each: Rel = {
      op: 'aggregate',
      input: base,
      keys: [{ ...key, expr: col(key) }],
      values: [],
      columns: [key],
    };
    const rel = planner.strictly(() => planner.table(must(query, 'Query'), { env }));
    const groups: Groups = { base, keys: [key], carried: [], node: n, each };
    return shownOf(rel, grouped(rel, groups, planner), planner);
  }
  const inner = must(query, 'Subquery');
  const rel = planner.strictly(() => applyInner(inner, base, { env }, planner));
  return shownOf(rel, grouped(rel, { base, keys: [key], carried: [], node: n }, planner), planner);
};

/** Only what the subquery itself shows. */
function shownOf(query: Rel, result: Rel, planner: Planner): Rel {
  const parts = query.columns.map((c) => ({ name: c.name, expr: col(c), hidden: c.hidden ?? false }));
  return planner.select(result, parts);
}

export const APPLY_OPERATORS: Readonly<Record<string, OperatorPlan>> = {
  MvApplyOperator: mvApply,
  PartitionOperator: partition,
};
