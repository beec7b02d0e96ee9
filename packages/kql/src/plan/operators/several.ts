/** Operators with several result tables: `fork` and `facet`. They end a query; nothing can read their results. */
import { child, kindOf, list, must, nameOf } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import { PlanError } from '../errors.ts';
import { planExpression } from '../expressions.ts';
import type { Item, Rel } from '../ir.ts';
import { resultName } from '../names.ts';
import type { Planner } from '../planner.ts';
import { Env, type Scope } from '../scope.ts';
import { applyInner } from './apply.ts';
import type { OperatorPlan } from './registry.ts';

/** Throws unless the operator is the last one of a statement. */
function atTheEnd(n: KNode): void {
  const pipe = n.Parent;
  const above = pipe?.Parent;
  const last = pipe && above && kindOf(pipe) === 'PipeExpression' && kindOf(above) === 'ExpressionStatement';
  if (last) return;
  const word = kindOf(n) === 'ForkOperator' ? 'fork' : 'facet';
  throw new PlanError(n.GetChild(0) ?? n, 'KQL0065', `${word} gives several tables and must come last in a query.`);
}

/** The first is the result of the pipe, the others are further results. */
function results(tables: readonly { readonly name: string | undefined; readonly rel: Rel }[], planner: Planner): Rel {
  planner.context.rowWise = false;
  const { more } = planner.context;
  planner.context.firstName ??= tables[0]!.name;
  for (const { name, rel } of tables.slice(1)) more.push({ name: name ?? `Result${more.length + 2}`, rel });
  return tables[0]!.rel;
}

const fork: OperatorPlan = (n, input, scope, planner) => {
  atTheEnd(n);
  const tables = list(n, 'Expressions').map((x) => {
    const given = child(x, 'NameEquals');
    const rel = applyInner(must(x, 'Expression'), input!, { env: new Env(scope.env) }, planner);
    return { name: given ? nameOf(must(given, 'Name')) : planner.givenName(rel), rel };
  });
  return results(tables, planner);
};

const facet: OperatorPlan = (n, input, scope, planner) => {
  atTheEnd(n);
  const counted = list(n, 'Expressions').map((x) => ({
    name: resultName(x, planner.context.schema),
    rel: valuesOf(x, input!, scope, planner),
  }));
  const clause = child(n, 'WithClause');
  const inner = clause && (child(clause, 'Expression') ?? child(clause, 'Operator'));
  const own = inner && { name: undefined, rel: applyInner(inner, input!, { env: scope.env }, planner) };
  return results([...(own ? [own] : []), ...counted], planner);
};

/** The values of a column with how often they occur. */
function valuesOf(n: KNode, input: Rel, scope: Scope, planner: Planner): Rel {
  const expr = planExpression(n, scope, planner);
  const name = resultName(n, planner.context.schema) ?? 'Column1';
  const key: Item = { ...planner.context.column(name, expr.type), expr };
  const count: Item = {
    ...planner.context.column(`count_${name}`, 'long'),
    expr: { op: 'aggregate', fn: 'count', args: [], type: 'long' },
  };
  const columns = [key, count].map(({ expr: _, ...c }) => c);
  return { op: 'aggregate', input, keys: [key], values: [count], columns };
}

export const SEVERAL_OPERATORS: Readonly<Record<string, OperatorPlan>> = { ForkOperator: fork, FacetOperator: facet };
