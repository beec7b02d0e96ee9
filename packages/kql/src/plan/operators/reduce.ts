/** `reduce`: texts grouped by what they have in common. */
import { child, must, parameters } from '../../bind/syntax.ts';
import { cast } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import { planExpression } from '../expressions.ts';
import { col } from './basic.ts';
import type { OperatorPlan } from './registry.ts';

const reduce: OperatorPlan = (n, input, scope, planner) => {
  const text = cast(planExpression(must(n, 'Expression'), scope, planner), 'string');
  const clause = child(n, 'With');
  const given = clause ? parameters(clause) : new Map<string, never>();
  const kind = parameters(n).get('kind');
  if (kind && kind.value !== 'source')
    throw new PlanError(kind.node, 'KQL0134', `The only kind of reduce is 'source', not '${kind.value}'.`, 'source');
  const constant = (name: string): string | undefined => {
    const p = given.get(name) as { node: Parameters<typeof planExpression>[0] } | undefined;
    if (!p) return undefined;
    const e = planExpression(p.node, { env: scope.env }, planner);
    if (e.op !== 'literal' || typeof e.value !== 'string')
      throw new PlanError(p.node, 'KQL0121', `'${name}' must be a constant.`);
    return e.value;
  };
  const threshold = Number(constant('threshold') ?? 0.1);
  if (!(threshold >= 0 && threshold <= 1))
    throw new PlanError(n, 'KQL0122', 'The threshold must be a number from 0 to 1.');
  const options = { threshold, characters: constant('characters') ?? '' };
  planner.context.rowWise = false;
  if (kind) {
    const columns = input!.columns.filter((c) => !c.hidden);
    const parts = [...columns.map((c) => ({ name: c.name, expr: col(c) })), { name: 'text', expr: text }];
    return {
      op: 'host',
      fn: 'reduce_rows',
      inputs: [planner.select(input!, parts)],
      options,
      columns: [
        ...columns.map((c) => planner.context.column(c.name, c.type)),
        planner.context.column('Pattern', 'string'),
      ],
    };
  }
  return {
    op: 'host',
    fn: 'reduce',
    inputs: [planner.select(input!, [{ name: 'text', expr: text }])],
    options,
    columns: [
      planner.context.column('Pattern', 'string'),
      planner.context.column('Count', 'long'),
      planner.context.column('Representative', 'string'),
    ],
  };
};

export const REDUCE_OPERATORS: Readonly<Record<string, OperatorPlan>> = { ReduceByOperator: reduce };
