/** `make-series`: aggregates over equal steps of an axis, as arrays. */
import { child, kindOf, list, members, must, nameOf } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import { cast } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import { planExpression } from '../expressions.ts';
import type { Expr, Item, Rel } from '../ir.ts';
import { resultName } from '../names.ts';
import type { Planner } from '../planner.ts';
import type { Scope } from '../scope.ts';
import { col } from './basic.ts';
import type { OperatorPlan } from './registry.ts';
import { summarizeParts } from './summarize.ts';

const call = (fn: string, args: readonly Expr[], type: Expr['type']): Expr => ({ op: 'call', fn, args, type }) as Expr;

interface Axis {
  readonly from: Expr;
  readonly to: Expr;
  readonly step: Expr;
}

function bounds(n: KNode, scope: Scope, planner: Planner): Axis {
  const range = must(n, 'RangeClause');
  if (kindOf(range) !== 'MakeSeriesFromToStepClause') {
    const args = list(must(range, 'Arguments'), 'Expressions').map((a) =>
      planExpression(a, { env: scope.env }, planner),
    );
    const step = args[2]!;
    // `in range(a, b, step)` includes b.
    return { from: args[0]!, to: call('+', [args[1]!, step], args[1]!.type), step };
  }
  const part = (clause: string): Expr | undefined => {
    const c = child(range, clause);
    return c ? planExpression(must(c, 'Expression'), { env: scope.env }, planner) : undefined;
  };
  const [from, to, step] = [part('MakeSeriesFromClause'), part('MakeSeriesToClause'), part('MakeSeriesStepClause')];
  if (!from || !to || !step)
    throw new PlanError(
      n.GetChild(0) ?? n,
      'KQL0082',
      'make-series needs from, to and step here.',
      'from ago(7d) to now() step 1h',
    );
  return { from, to, step };
}

const makeSeries: OperatorPlan = (n, input, scope, planner) => {
  const onNode = must(must(n, 'OnClause'), 'Expression');
  const on = planner.named(onNode, scope, 'Column');
  const axis = bounds(n, scope, planner);
  const type = on.expr.type;
  const stepType = type === 'datetime' ? 'timespan' : type;
  const { from, to, step } = { from: cast(axis.from, type), to: cast(axis.to, type), step: cast(axis.step, stepType) };
  const inside: Expr = call('and', [call('>=', [on.expr, from], 'bool'), call('<', [on.expr, to], 'bool')], 'bool');
  const rows: Rel = { op: 'where', input: input!, condition: inside, columns: input!.columns };
  const by = child(n, 'ByClause');
  const nodes = list(n, 'Aggregates');
  const valueNodes = nodes.map((x) => must(x, 'Expression'));
  const { keys, values } = summarizeParts(
    by ? members(child(by, 'Expressions')) : [],
    valueNodes,
    rows,
    scope,
    planner,
  );
  const position: Item = {
    ...planner.context.column('series_position', 'long', true),
    expr: call('series_position', [on.expr, from, step], 'long'),
  };
  const all = [...keys, position, ...values];
  const bins: Rel = {
    op: 'aggregate',
    input: rows,
    keys: [...keys, position],
    values,
    columns: all.map(({ expr: _, ...c }) => c),
  };
  const count = call('series_length', [from, to, step], 'long');
  const series = values.map((v, i): Item => {
    const clause = child(nodes[i]!, 'DefaultExpression');
    const given = clause ? planExpression(must(clause, 'Expression'), { env: scope.env }, planner) : undefined;
    const fallback =
      given && !(given.op === 'literal' && given.value === null)
        ? cast(given, v.type === 'string' ? 'string' : v.type)
        : cast({ op: 'literal', type: 'long', value: '0' }, v.type);
    const made = planner.context.column(v.name, 'dynamic');
    return {
      ...made,
      expr: { op: 'aggregate', fn: 'series_values', args: [col(position), col(v), count, fallback], type: 'dynamic' },
    };
  });
  const outKeys = keys.map((k): Item => ({ ...planner.context.column(k.name, k.type), expr: col(k) }));
  const grouped: Rel = {
    op: 'aggregate',
    input: bins,
    keys: outKeys,
    values: series,
    columns: [...outKeys, ...series].map(({ expr: _, ...c }) => c),
  };
  const axisName =
    kindOf(onNode) === 'SimpleNamedExpression'
      ? nameOf(must(onNode, 'Name'))
      : (resultName(onNode, planner.context.schema) ?? 'Column1');
  const axisArray = call('series_axis', [from, count, step], 'dynamic');
  planner.context.rowWise = false;
  return planner.select(grouped, [
    ...grouped.columns.map((c) => ({ name: c.name, expr: col(c) })),
    { name: axisName, expr: axisArray },
  ]);
};

export const SERIES_OPERATORS: Readonly<Record<string, OperatorPlan>> = { MakeSeriesOperator: makeSeries };
