/** Plugins that mine a table for patterns beside the engine: `basket`, `autocluster`, `diffpatterns`, `diffpatterns_text`. */
import type { KNode } from '../../../kusto-api.ts';
import type { KqlType } from '../../../types.ts';
import { cast } from '../../coerce.ts';
import { PlanError } from '../../errors.ts';
import { planExpression } from '../../expressions.ts';
import type { Column, Expr, Rel } from '../../ir.ts';
import { col } from '../basic.ts';
import { columnArg, constantArg, inputColumns, numberArg, type Plugin, type PluginCall, valueArg } from './call.ts';

type Measure = readonly [name: string, type: KqlType];

/** The argument at a place; a tilde stands for the default. */
function optional(call: PluginCall, at: number): KNode | undefined {
  const n = call.args[at];
  if (!n) return undefined;
  const column = call.input!.columns.some((c) => c.name === n.SimpleName);
  return column || constantArg(call, n) !== undefined ? n : undefined;
}

/** One wildcard for each column: the given constant of its type, or nothing. */
function wildcards(call: PluginCall, from: number, columns: readonly Column[]): (string | boolean | number | null)[] {
  const given = call.args.slice(from).map((n) => ({ n, e: valueArg(call, n) }));
  for (const { n, e } of given)
    if (e.op !== 'literal') throw new PlanError(n, 'KQL0121', `${call.name}() needs a constant here.`);
  return columns.map((c) => {
    const found = given.find(({ e }) => e.type === c.type && e.op === 'literal' && e.value !== '~')?.e;
    if (found?.op !== 'literal' || found.value === null) return null;
    return typeof found.value === 'string' && ['long', 'int', 'real'].includes(c.type)
      ? Number(found.value)
      : found.value;
  });
}

interface Mining {
  readonly fn: string;
  readonly measures: readonly Measure[];
  readonly weight: KNode | undefined;
  /** Column that is not part of the patterns. */
  readonly without?: Column;
  /** Further truth columns the algorithm reads. */
  readonly marks?: readonly Expr[];
  readonly wildcardsFrom: number;
  readonly options: Readonly<Record<string, unknown>>;
}

function mine(call: PluginCall, m: Mining): Rel {
  const { planner } = call;
  const weight = m.weight ? columnArg(call, m.weight) : undefined;
  if (weight && !['int', 'long', 'real', 'decimal'].includes(weight.type))
    throw new PlanError(m.weight!, 'KQL0120', `A weight is a number, not ${weight.type}.`);
  const columns = inputColumns(call).filter((c) => c !== weight && c !== m.without);
  if (columns.length === 0) throw new PlanError(call.node, 'KQL0133', `${call.name}() has no columns to look at.`);
  // Equal rows go to the algorithm once, with their weight.
  const marks = m.marks ?? [];
  const parts = planner.select(call.input!, [
    ...columns.map((c) => ({ name: c.name, expr: col(c) })),
    ...marks.map((expr, i) => ({ name: `mark${i}`, expr })),
    ...(weight ? [{ name: 'weight', expr: cast(col(weight), 'real') }] : []),
  ]);
  const keys = parts.columns.slice(0, columns.length + marks.length).map((c) => ({
    ...planner.context.column(c.name, c.type),
    expr: col(c),
  }));
  const total: Expr = weight
    ? { op: 'aggregate', fn: 'sum', args: [col(parts.columns[parts.columns.length - 1]!)], type: 'real' }
    : { op: 'aggregate', fn: 'count', args: [], type: 'long' };
  const values = [{ ...planner.context.column('weight', total.type), expr: total }];
  const feed: Rel = {
    op: 'aggregate',
    input: parts,
    keys,
    values,
    columns: [...keys, ...values].map(({ expr: _, ...c }) => c),
  };
  planner.context.rowWise = false;
  return {
    op: 'host',
    fn: m.fn,
    inputs: [feed],
    options: {
      ...m.options,
      columns: columns.map((_, i) => i),
      wildcards: wildcards(call, m.wildcardsFrom, columns),
      split: marks.map((_, i) => columns.length + i),
      weight: columns.length + marks.length,
    },
    columns: [
      ...m.measures.map(([name, type]) => planner.context.column(name, type)),
      ...columns.map((c) => planner.context.column(c.name, c.type)),
    ],
  };
}

const SEGMENT: readonly Measure[] = [
  ['SegmentId', 'long'],
  ['Count', 'long'],
  ['Percent', 'real'],
];

const basket = (call: PluginCall): Rel =>
  mine(call, {
    fn: 'basket',
    measures: SEGMENT,
    weight: optional(call, 1),
    wildcardsFrom: 3,
    options: {
      threshold: numberArg(call, optional(call, 0), 0.05, [0.015, 1]),
      maxDimensions: numberArg(call, optional(call, 2), 5, [1, 100]),
    },
  });

const autocluster = (call: PluginCall): Rel =>
  mine(call, {
    fn: 'autocluster',
    measures: SEGMENT,
    weight: optional(call, 1),
    wildcardsFrom: 3,
    options: {
      sizeWeight: numberArg(call, optional(call, 0), 0.5, [0, 1]),
      seeds: numberArg(call, optional(call, 2), 25, [1, 1000]),
      threshold: 0.01,
    },
  });

const diffpatterns = (call: PluginCall): Rel => {
  const split = columnArg(call, call.args[0]!);
  const marks = [1, 2].map((at): Expr => {
    const value = cast(valueArg(call, call.args[at]!), 'string');
    return { op: 'call', fn: '==', args: [cast(col(split), 'string'), value], type: 'bool' };
  });
  return mine(call, {
    fn: 'diffpatterns',
    measures: [
      ['SegmentId', 'long'],
      ['CountA', 'long'],
      ['CountB', 'long'],
      ['PercentA', 'real'],
      ['PercentB', 'real'],
      ['PercentDiffAB', 'real'],
    ],
    weight: optional(call, 3),
    without: split,
    marks,
    wildcardsFrom: 6,
    options: {
      threshold: numberArg(call, optional(call, 4), 0.05, [0.015, 1]),
      maxDimensions: numberArg(call, optional(call, 5), 1000, [1, 1000]),
    },
  });
};

const diffpatternsText = (call: PluginCall): Rel => {
  const { planner } = call;
  const text = cast(planExpression(call.args[0]!, call.scope, planner), 'string');
  const condition = cast(planExpression(call.args[1]!, call.scope, planner), 'bool');
  const measures: readonly Measure[] = [
    ['Count_of_True', 'long'],
    ['Count_of_False', 'long'],
    ['Percent_of_True', 'real'],
    ['Percent_of_False', 'real'],
    ['Pattern', 'string'],
  ];
  planner.context.rowWise = false;
  return {
    op: 'host',
    fn: 'diffpatterns_text',
    inputs: [
      planner.select(call.input!, [
        { name: 'text', expr: text },
        { name: 'condition', expr: condition },
      ]),
    ],
    options: {
      minTokens: numberArg(call, optional(call, 2), 1, [0, 200]),
      threshold: numberArg(call, optional(call, 3), 0.05, [0.015, 1]),
      maxTokens: numberArg(call, optional(call, 4), 20, [0, 20]),
    },
    columns: measures.map(([name, type]) => planner.context.column(name, type)),
  };
};

export const PATTERN_PLUGINS: Readonly<Record<string, Plugin>> = {
  basket: {
    args: '[threshold, weight, dimensions, wildcard, …]',
    doc: 'Frequent combinations of values.',
    plan: basket,
    min: 0,
  },
  autocluster: {
    args: '[size weight, weight, seeds, wildcard, …]',
    doc: 'A few patterns that describe the rows.',
    plan: autocluster,
    min: 0,
  },
  diffpatterns: {
    args: 'column, value, value, [weight, threshold, dimensions, wildcard, …]',
    doc: 'Patterns whose share differs between two sets of rows.',
    plan: diffpatterns,
    min: 3,
  },
  diffpatterns_text: {
    args: 'text, condition, [tokens, threshold, most tokens]',
    doc: 'Runs of words whose share differs between two sets of rows.',
    plan: diffpatternsText,
    min: 2,
    max: 5,
  },
};
