import { aggregateFunction } from '../aggregates/registry.ts';
import type { KNode } from '../kusto-api.ts';
import { cast, coerceArguments, resultType } from './coerce.ts';
import { PlanError } from './errors.ts';
import { planExpression } from './expressions.ts';
import type { Expr } from './ir.ts';
import type { Planner } from './planner.ts';
import type { Scope } from './scope.ts';

/** True for the name of an aggregate, `arg_max` and the like included. */
export function isAggregate(name: string): boolean {
  return aggregateFunction(name) !== undefined;
}

/** Plans a call of an aggregate that gives one value. */
export function aggregateCall(n: KNode, name: string, nodes: readonly KNode[], scope: Scope, planner: Planner): Expr {
  const decl = aggregateFunction(name)!;
  const { aggregates: _, ...inner } = scope;
  let args = nodes.map((a) => planExpression(a, inner, planner));
  let condition: Expr | undefined;
  if (decl.conditional?.includes(name)) {
    const at = decl.conditionAt ?? args.length - 1;
    const c = args[at];
    if (!c || args.length < 1) throw new PlanError(n, 'KQL0016', `${name}() needs a condition.`);
    condition = cast(c, 'bool');
    args = args.filter((_a, i) => i !== at);
  }
  const { args: ready, error } = coerceArguments(decl, args);
  if (error) throw new PlanError(n, 'KQL0016', error);
  const wrong = decl.check?.(ready);
  if (wrong) throw new PlanError(n, 'KQL0017', wrong);
  const type = resultType(decl, ready);
  return { op: 'aggregate', fn: decl.name, args: ready, ...(condition ? { condition } : {}), type };
}
