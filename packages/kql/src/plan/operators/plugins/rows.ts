/** Plugins that pick or count rows. */
import { cast } from '../../coerce.ts';
import { PlanError } from '../../errors.ts';
import { planExpression } from '../../expressions.ts';
import type { Expr, Rel } from '../../ir.ts';
import { col, keep } from '../basic.ts';
import { rowOrdered } from '../order.ts';
import { numberArg, type Plugin, type PluginCall, runProgram } from './call.ts';

/** Rows close to one that fulfils the condition, in the order of the input. */
const rowsNear = (call: PluginCall): Rel => {
  const { planner } = call;
  const before = numberArg(call, call.args[1], 0, [0, 1_000_000]);
  const after = numberArg(call, call.named.get('RowsAfter') ?? call.args[2], before, [0, 1_000_000]);
  const { rel, order } = rowOrdered(call.input!, planner);
  const condition = cast(planExpression(call.args[0]!, { ...call.scope, columns: rel.columns, rel }, planner), 'bool');
  const long = (n: number): Expr => ({ op: 'literal', type: 'long', value: String(Math.trunc(n)) });
  const near: Expr = {
    op: 'window',
    fn: 'rows_near',
    args: [condition, long(before), long(after), col(order)],
    type: 'bool',
  };
  const tested = planner.select(rel, [...keep(rel), { name: 'near', expr: near, hidden: true }]);
  const test = tested.columns[tested.columns.length - 1]!;
  planner.context.rowWise = false;
  const columns = tested.columns.filter((c) => c !== test && c.name !== order.name);
  return { op: 'where', input: tested, condition: col(test), columns };
};

/** The first rows, and the number of all rows as a second table. */
const preview = (call: PluginCall): Rel => {
  const count = numberArg(call, call.args[0], 0, [0, 1_000_000]);
  const all = call.planner.shared(call.input!);
  call.planner.context.more.push({ name: 'Count', rel: runProgram(call, 'T | count', { T: all }) });
  call.planner.context.rowWise = false;
  return { op: 'limit', input: all, count: Math.trunc(count), columns: all.columns };
};

const rowsCount = (call: PluginCall): Rel => runProgram(call, 'T | count as EstimatedRowsCount', { T: call.input! });

/** Sizes of the first set of each row, of its intersection with the second, and so on. */
const dcountIntersect = (call: PluginCall): Rel => {
  const sketches = call.args.map((n): Expr => {
    const e = planExpression(n, call.scope, call.planner);
    if (e.type !== 'dynamic')
      throw new PlanError(n, 'KQL0120', `dcount_intersect() needs the result of hll() here, not ${e.type}.`, 'hll()');
    return e;
  });
  const sizes: Expr = { op: 'call', fn: 'hll_intersections', args: sketches, type: 'dynamic' };
  const own = sketches.map((_, i) => ({
    name: `s${i}`,
    expr: cast({ op: 'path', of: sizes, path: [i], type: 'dynamic' }, 'long'),
  }));
  return call.planner.select(call.input!, [...keep(call.input!), ...own]);
};

export const ROW_PLUGINS: Readonly<Record<string, Plugin>> = {
  rows_near: {
    args: 'condition, before, [after]',
    doc: 'Rows close to one that fulfils the condition, in the order of the input.',
    plan: rowsNear,
    min: 2,
    max: 3,
    names: ['RowsAfter'],
  },
  preview: {
    args: 'rows',
    doc: 'The first rows, and the number of all rows as a second table.',
    plan: preview,
    min: 1,
    max: 1,
  },
  dcount_intersect: {
    args: 'hll, hll, …',
    doc: 'Sizes of the first set, of its intersection with the second, and so on.',
    plan: dcountIntersect,
    min: 2,
    max: 16,
  },
  estimate_rows_count: {
    args: '',
    doc: 'Number of rows.',
    plan: rowsCount,
    min: 0,
    max: 0,
  },
  identity: {
    args: '',
    doc: 'The input.',
    plan: (call) => call.input!,
    min: 0,
    max: 0,
  },
};
