/** Sequences: `funnel_sequence`, `funnel_sequence_completion`, `sequence_detect`. */
import { kindOf, nameOf } from '../../../bind/syntax.ts';
import type { KNode } from '../../../kusto-api.ts';
import { cast } from '../../coerce.ts';
import { PlanError } from '../../errors.ts';
import { planExpression } from '../../expressions.ts';
import type { Column, Expr, Rel } from '../../ir.ts';
import { timespanTicks } from '../../literals.ts';
import { resultName } from '../../names.ts';
import { col } from '../basic.ts';
import { columnArg, type Plugin, type PluginCall, runProgram, withNames } from './call.ts';
import { literalArray } from './literals.ts';
import { lengthType, pointArg } from './timeline.ts';

interface Funnel {
  readonly id: Column;
  readonly timeline: Column;
  readonly state: Column;
  readonly sequence: readonly string[];
  /** Rows `[id, ticks, state]` inside the analysis range. */
  readonly feed: Rel;
  readonly range: { readonly Start: Expr; readonly End: Expr };
}

/** A position of the timeline as a whole number, and back. */
const ticksOf = (e: Expr): Expr => cast(e, 'long');

function funnelOf(call: PluginCall, stateAt: number): Funnel {
  const { planner } = call;
  const id = columnArg(call, call.args[0]!);
  const timeline = columnArg(call, call.args[1]!);
  if (!['datetime', 'timespan', 'long', 'int'].includes(timeline.type))
    throw new PlanError(
      call.args[1]!,
      'KQL0120',
      `A timeline is a datetime, a timespan or a whole number, not ${timeline.type}.`,
    );
  const state = columnArg(call, call.args[stateAt]!);
  const sequence = literalArray(call, call.args[stateAt + 1]!)?.map(String);
  if (!sequence?.length)
    throw new PlanError(
      call.args[stateAt + 1]!,
      'KQL0121',
      'The sequence must be a constant array of states.',
      "dynamic(['a', 'b'])",
    );
  const Start = pointArg(call, call.args[2]!, timeline.type);
  const End = pointArg(call, call.args[3]!, timeline.type);
  const table = planner.select(call.input!, [
    { name: 'Id', expr: col(id) },
    { name: 'Timeline', expr: col(timeline) },
    { name: 'Ticks', expr: ticksOf(col(timeline)) },
    { name: 'State', expr: cast(col(state), 'string') },
  ]);
  const feed = runProgram(call, 'T | where Timeline between (Start .. End) | project Id, Ticks, State', {
    T: table,
    Start,
    End,
  });
  return { id, timeline, state, sequence, feed, range: { Start, End } };
}

/** A constant length as ticks. */
function lengthArg(call: PluginCall, n: KNode, timeline: Column): string {
  const e = pointArg(call, n, lengthType(timeline.type));
  if (e.op !== 'literal' || typeof e.value !== 'string')
    throw new PlanError(n, 'KQL0121', `${call.name}() needs a constant here.`);
  return e.value;
}

const funnelSequence = (call: PluginCall): Rel => {
  const { planner } = call;
  const f = funnelOf(call, 6);
  const found: Rel = {
    op: 'host',
    fn: 'funnel_sequence',
    inputs: [f.feed],
    options: { sequence: f.sequence, window: lengthArg(call, call.args[4]!, f.timeline) },
    columns: [
      planner.context.column('Ticks', 'long'),
      planner.context.column('prev', 'string'),
      planner.context.column('next', 'string'),
      planner.context.column('Id', f.id.type),
    ],
  };
  const [ticks, ...others] = found.columns;
  const timed = planner.shared(
    planner.select(found, [
      { name: 'Timeline', expr: cast(col(ticks!), f.timeline.type) },
      ...others.map((c) => ({ name: c.name, expr: col(c) })),
    ]),
  );
  const step = pointArg(call, call.args[5]!, lengthType(f.timeline.type));
  const table = (sides: readonly string[]): Rel => {
    const rel = runProgram(
      call,
      `T | summarize ['dcount'] = count_distinct(Id), samples = make_set(Id, 128) by Bin = bin_at(Timeline, Step, Start), ${sides.map((s) => `['${s}']`).join(', ')}
         | sort by Bin asc, ['dcount'] desc`,
      { T: timed, Step: step, Start: f.range.Start },
    );
    return withNames(call, rel, [
      { from: 'Bin', name: f.timeline.name, type: f.timeline.type },
      ...[...sides, 'dcount', 'samples'].map((name) => ({ from: name, name })),
    ]);
  };
  planner.context.rowWise = false;
  planner.context.more.push({ name: 'Prev', rel: table(['prev']) }, { name: 'Next', rel: table(['next']) });
  return table(['prev', 'next']);
};

const funnelCompletion = (call: PluginCall): Rel => {
  const { planner } = call;
  const f = funnelOf(call, 5);
  const start = ticksOfLiteral(call, f.range.Start, call.args[2]!);
  const periods = literalArray(call, call.args[7]!)?.map((p) =>
    typeof p === 'string' ? timespanTicks(p) : BigInt(Number(p)),
  );
  if (!periods?.length || periods.some((p) => p === undefined))
    throw new PlanError(
      call.args[7]!,
      'KQL0121',
      'The periods must be a constant array of lengths.',
      'dynamic([1h, 1d])',
    );
  const found: Rel = {
    op: 'host',
    fn: 'funnel_sequence_completion',
    inputs: [f.feed],
    options: {
      sequence: f.sequence,
      start,
      bin: lengthArg(call, call.args[4]!, f.timeline),
      periods: periods.map(String),
    },
    columns: [
      planner.context.column('Ticks', 'long'),
      planner.context.column('State', 'string'),
      planner.context.column('Length', 'long'),
      planner.context.column('dcount', 'long'),
    ],
  };
  const [ticks, state, length, count] = found.columns.map(col) as [Expr, Expr, Expr, Expr];
  planner.context.rowWise = false;
  return planner.select(found, [
    { name: f.timeline.name, expr: cast(ticks, f.timeline.type) },
    { name: f.state.name, expr: state },
    { name: 'Period', expr: cast(length, lengthType(f.timeline.type)) },
    { name: 'dcount', expr: count },
  ]);
};

/** Position of a constant point of the timeline, in the ticks that `ticksOf` gives. */
function ticksOfLiteral(call: PluginCall, e: Expr, n: KNode): string {
  if (e.op !== 'literal' || typeof e.value !== 'string')
    throw new PlanError(n, 'KQL0121', `${call.name}() needs a constant here.`);
  if (e.type !== 'datetime') return e.value;
  const seconds = BigInt(Date.parse(`${e.value.slice(0, 19)}Z`)) * 10_000n;
  return String(seconds + BigInt(e.value.slice(20, 27)) + 621_355_968_000_000_000n);
}

/** Every way to go through the steps in time, none of them too far apart. */
const sequenceDetect = (call: PluginCall): Rel => {
  const { planner } = call;
  const timeline = columnArg(call, call.args[0]!);
  const length = lengthType(timeline.type);
  const values: Record<string, Rel | Expr> = {
    StepSpan: pointArg(call, call.args[1]!, length),
    WholeSpan: pointArg(call, call.args[2]!, length),
  };
  const steps: { name: string; expr: Expr }[] = [];
  const dimensions: { name: string; expr: Expr }[] = [];
  for (const n of call.all.slice(3)) {
    const named = kindOf(n) === 'SimpleNamedExpression';
    const expr = planExpression(n, call.scope, planner);
    const name = named ? nameOf((n as unknown as { Name: KNode }).Name) : (resultName(n, planner.context.schema) ?? '');
    if (expr.type === 'bool' && dimensions.length === 0) steps.push({ name, expr });
    else dimensions.push({ name, expr });
  }
  if (steps.length === 0)
    throw new PlanError(call.node, 'KQL0016', 'sequence_detect() needs at least one step, a condition.');
  values.T = planner.shared(
    planner.select(call.input!, [
      { name: 'Timeline', expr: col(timeline) },
      ...steps.map((s, i) => ({ name: `S${i}`, expr: s.expr })),
      ...dimensions.map((d, i) => ({ name: `D${i}`, expr: d.expr })),
    ]),
  );
  const also = dimensions.map((_, i) => `, D${i}`).join('');
  const one = (i: number): string => `T | where S${i} | summarize by T${i} = Timeline${also}, One = 1`;
  const joined = steps
    .slice(1)
    .map((_, k) => {
      const i = k + 1;
      return `| join kind=inner (${one(i)}) on One${also} | where T${i} > T${i - 1} and T${i} - T${i - 1} <= StepSpan and T${i} - T0 <= WholeSpan
        | project One${also}, ${steps
          .slice(0, i + 1)
          .map((_x, j) => `T${j}`)
          .join(', ')}`;
    })
    .join(' ');
  const last = steps.length - 1;
  const rel = runProgram(
    call,
    `${one(0)} ${joined} | extend Duration = T${last} - T0 | sort by T0 asc, T${last} asc`,
    values,
  );
  return withNames(call, rel, [
    ...dimensions.map((d, i) => ({ from: `D${i}`, name: d.name })),
    ...steps.map((s, i) => ({ from: `T${i}`, name: s.name ? `${s.name}_${timeline.name}` : timeline.name })),
    { from: 'Duration', name: 'Duration' },
  ]);
};

export const FUNNEL_PLUGINS: Readonly<Record<string, Plugin>> = {
  funnel_sequence: {
    args: 'id, timeline, start, end, window, step, state, sequence',
    doc: 'Ids that went through a sequence of states, with the states before and after.',
    plan: funnelSequence,
    min: 8,
    max: 8,
  },
  funnel_sequence_completion: {
    args: 'id, timeline, start, end, window, state, sequence, periods',
    doc: 'How many ids reached each step of a sequence within each period.',
    plan: funnelCompletion,
    min: 8,
    max: 8,
  },
  sequence_detect: {
    args: 'timeline, step, span, condition, …, [dimension, …]',
    doc: 'Every way to go through the conditions in time.',
    plan: sequenceDetect,
    min: 4,
    namesAreFree: true,
  },
};
