/** `make-series`: aggregates over equal steps of an axis, as arrays. */
import { child, kindOf, list, members, must, nameOf, parameters } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import type { KqlType } from '../../types.ts';
import { cast } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import { planExpression } from '../expressions.ts';
import type { Column, Expr, Item, Rel } from '../ir.ts';
import { named } from '../items.ts';
import { resultName } from '../names.ts';
import type { Planner } from '../planner.ts';
import type { Scope } from '../scope.ts';
import { col } from './basic.ts';
import type { OperatorPlan } from './registry.ts';
import { summarizeParts } from './summarize.ts';

const call = (fn: string, args: readonly Expr[], type: Expr['type']): Expr => ({ op: 'call', fn, args, type }) as Expr;
const long = (value: string): Expr => ({ op: 'literal', type: 'long', value });

/** The steps of the axis: step 0 starts at `origin`; `first` and `end` are steps, or open. */
interface Axis {
  readonly origin: Expr;
  readonly step: Expr;
  readonly first: Expr | undefined;
  readonly end: Expr | undefined;
  /** Values the axis takes at all. */
  readonly inside: readonly Expr[];
}

/** Where `bin()` starts to count. */
function zero(type: KqlType): Expr {
  if (type === 'datetime') return { op: 'literal', type, value: '0001-01-01T00:00:00.0000000Z' };
  return { op: 'literal', type, value: '0' };
}

function axisOf(n: KNode, on: Expr, scope: Scope, planner: Planner): Axis {
  const type = on.type;
  if (!['int', 'long', 'real', 'decimal', 'datetime', 'timespan'].includes(type))
    throw new PlanError(
      must(n, 'OnClause'),
      'KQL0082',
      `An axis of type ${type} has no steps.`,
      'todatetime(), tolong()',
    );
  const stepType = type === 'datetime' ? 'timespan' : type;
  const range = must(n, 'RangeClause');
  const plan = (node: KNode, to: KqlType) => cast(planExpression(node, { env: scope.env }, planner), to);
  if (kindOf(range) !== 'MakeSeriesFromToStepClause') {
    const nodes = list(must(range, 'Arguments'), 'Expressions');
    if (nodes.length !== 3)
      throw new PlanError(range, 'KQL0016', 'range() takes 3 arguments here.', 'range(from, to, step)');
    const [from, to] = [plan(nodes[0]!, type), plan(nodes[1]!, type)];
    const step = plan(nodes[2]!, stepType);
    const origin = zero(type);
    // Bins as bin() makes them; the last value belongs to the axis, a first one between two bins does not.
    const first = call('series_length', [origin, from, step], 'long');
    const last = call('series_position', [to, origin, step], 'long');
    const inside = [
      call('>=', [on, from], 'bool'),
      call('<=', [call('series_position', [on, origin, step], 'long'), last], 'bool'),
    ];
    return { origin, step, first, end: call('+', [last, long('1')], 'long'), inside };
  }
  const part = (clause: string, to: KqlType): Expr | undefined => {
    const c = child(range, clause);
    return c ? plan(must(c, 'Expression'), to) : undefined;
  };
  const from = part('MakeSeriesFromClause', type);
  const to = part('MakeSeriesToClause', type);
  const step = part('MakeSeriesStepClause', stepType);
  if (!step) throw new PlanError(n.GetChild(0) ?? n, 'KQL0082', 'make-series needs a step.', 'step 1h');
  const origin = from ?? zero(type);
  return {
    origin,
    step,
    first: from && long('0'),
    end: to && call('series_length', [origin, to, step], 'long'),
    inside: [
      ...(from ? [call('>=', [on, from], 'bool')] : []),
      ...(to ? [call('<', [on, to], 'bool')] : []),
      ...(from || to ? [] : [call('isnotnull', [on], 'bool')]),
    ],
  };
}

/** Constants count as aggregates here: one value for each step that has rows. */
const constant = (e: Expr): Expr | undefined =>
  e.op === 'literal' ? { op: 'aggregate', fn: 'take_any', args: [e], type: e.type } : undefined;

function fallbackOf(node: KNode, value: Column, scope: Scope, planner: Planner): Expr {
  const clause = child(node, 'DefaultExpression');
  if (clause) return cast(planExpression(must(clause, 'Expression'), { env: scope.env }, planner), value.type);
  return cast(long('0'), value.type);
}

const makeSeries: OperatorPlan = (n, input, scope, planner) => {
  planner.context.rowWise = false;
  const onNode = must(must(n, 'OnClause'), 'Expression');
  const on = named(onNode, scope, planner);
  const axis = axisOf(n, on.expr, scope, planner);
  const inside = axis.inside.length > 1 ? call('and', axis.inside, 'bool') : axis.inside[0]!;
  const rows: Rel = { op: 'where', input: input!, condition: inside, columns: input!.columns };
  const by = child(n, 'ByClause');
  const nodes = list(n, 'Aggregates');
  const valueNodes = nodes.map((x) => must(x, 'Expression'));
  const keyNodes = by ? members(child(by, 'Expressions')) : [];
  const { keys, values } = summarizeParts(keyNodes, valueNodes, rows, scope, planner, constant);
  const position: Item = {
    ...planner.context.column('series_position', 'long', true),
    expr: call('series_position', [on.expr, axis.origin, axis.step], 'long'),
  };
  const all = [...keys, position, ...values];
  const bins: Rel = {
    op: 'aggregate',
    input: rows,
    keys: [...keys, position],
    values,
    columns: all.map(({ expr: _, ...c }) => c),
  };
  const open: Expr = { op: 'literal', type: 'long', value: null };
  const limits = [axis.first ?? open, axis.end ?? open];
  const series = values.map((v, i): Item => {
    const fallback = fallbackOf(nodes[i] ?? n, v, scope, planner);
    const args = [col(position), col(v), ...limits, fallback];
    return {
      ...planner.context.column(v.name, 'dynamic'),
      expr: { op: 'aggregate', fn: 'series_values', args, type: 'dynamic' },
    };
  });
  const total = (fn: string, args: Expr[]): Item => ({
    ...planner.context.column(`series_${fn}`, 'long', true),
    expr: { op: 'aggregate', fn, args, type: 'long' },
  });
  const [least, most, filled] = [total('min', [col(position)]), total('max', [col(position)]), total('count', [])];
  const outKeys = keys.map((k): Item => ({ ...planner.context.column(k.name, k.type), expr: col(k) }));
  const made = [...outKeys, ...series];
  const grouped: Rel = {
    op: 'aggregate',
    input: bins,
    keys: outKeys,
    values: [...series, least, most, filled],
    columns: [...made, least, most, filled].map(({ expr: _, ...c }) => c),
  };
  const first = axis.first ?? col(least);
  const end = axis.end ?? call('+', [col(most), long('1')], 'long');
  const some = call('>', [call('-', [end, first], 'long'), long('0')], 'bool');
  const hasRows = call('>', [col(filled), long('0')], 'bool');
  const nonempty = parameters(n).get('kind')?.value === 'nonempty' && axis.first && axis.end;
  const kept: Rel = {
    op: 'where',
    input: grouped,
    condition: nonempty ? some : call('and', [some, hasRows], 'bool'),
    columns: grouped.columns,
  };
  const axisName =
    kindOf(onNode) === 'SimpleNamedExpression'
      ? nameOf(must(onNode, 'Name'))
      : (resultName(onNode, planner.context.schema) ?? 'Column1');
  const axisArray = call('series_axis', [axis.origin, first, end, axis.step], 'dynamic');
  return planner.select(kept, [
    ...made.map((c) => ({ name: c.name, expr: col(c) })),
    { name: axisName, expr: axisArray },
  ]);
};

export const SERIES_OPERATORS: Readonly<Record<string, OperatorPlan>> = { MakeSeriesOperator: makeSeries };
