/** Functions that give several columns: in `extend`, `project` and `print` they become one column for each of their values. */
import { bare, kindOf, list, must, nameOf } from '../bind/syntax.ts';
import type { KNode } from '../kusto-api.ts';
import type { KqlType } from '../types.ts';
import { cast } from './coerce.ts';
import { PlanError } from './errors.ts';
import { planExpression } from './expressions.ts';
import type { Expr } from './ir.ts';
import { resultName } from './names.ts';
import type { Planner } from './planner.ts';
import type { Scope } from './scope.ts';

interface Value {
  readonly name: string;
  readonly type: KqlType;
  /** Place in an array of values; without one the value is a property of its name. */
  readonly at?: number;
}

const values = (text: string): Value[] =>
  text.split(' ').map((part) => {
    const [name, type] = part.split(':');
    return { name: name!, type: (type ?? 'real') as KqlType };
  });

const side = (name: string): string =>
  ['rsquare', 'slope', 'interception', 'variance', 'rvariance'].map((x) => `${name}_${x}`).join(' ');
const PERIODS = values('periods:dynamic scores:dynamic');
const PARTS = values('baseline:dynamic seasonal:dynamic trend:dynamic residual:dynamic');
const COMPLEX = values('real:dynamic imag:dynamic');

/** The values of each function, in order; they are properties of the bag that the function gives in SQL. */
const SEVERAL: Readonly<Record<string, readonly Value[]>> = {
  series_stats: values('min min_idx:long max max_idx:long avg stdev variance'),
  series_fit_line: values('rsquare slope variance rvariance interception line_fit:dynamic'),
  series_fit_2lines: values(
    `rsquare split_idx:long variance rvariance line_fit:dynamic ${side('right')} ${side('left')}`,
  ),
  series_fit_poly: values('rsquare coefficients:dynamic variance rvariance poly_fit:dynamic'),
  series_fft: COMPLEX,
  series_ifft: COMPLEX,
  series_periods_detect: PERIODS,
  series_periods_validate: PERIODS,
  series_decompose: PARTS,
  series_decompose_forecast: PARTS,
  series_decompose_anomalies: values('ad_flag:dynamic ad_score:dynamic baseline:dynamic'),
};

/** True when a name belongs to a function with several values. */
export function givesSeveral(name: string): boolean {
  return Object.hasOwn(SEVERAL, name);
}

/** One value of the bag that such a function gives. */
function pick(bag: Expr, v: Value): Expr {
  const value: Expr = { op: 'path', of: bag, path: [v.at ?? v.name], type: 'dynamic' };
  // Series in a bag come as texts of JSON; see `host/series.ts`.
  if (v.type === 'dynamic' && v.at === undefined)
    return { op: 'call', fn: 'parse_json', args: [cast(value, 'string')], type: 'dynamic' };
  return cast(value, v.type);
}

/** Where a single value is needed, the first one counts. */
export function firstOfSeveral(name: string, bag: Expr): Expr {
  return pick(bag, SEVERAL[name]![0]!);
}

/** The columns of a call with several values, with the names they have when none are given; undefined for other nodes. */
export function severalColumns(
  node: KNode,
  scope: Scope,
  planner: Planner,
): { name: string; expr: Expr }[] | undefined {
  const n = bare(node);
  if (kindOf(n) !== 'FunctionCallExpression') return undefined;
  const name = nameOf(must(n, 'Name'));
  if (sortsMany(n, scope, planner)) {
    const nodes = list(must(n, 'ArgumentList'), 'Expressions');
    return sortedArrays(n, scope, planner).map((expr, i) => ({
      name: `${resultName(nodes[i]!, planner.context.schema) ?? `array${i}`}_sorted`,
      expr,
    }));
  }
  if (!givesSeveral(name) || scope.env.get(name)) return undefined;
  const first = planExpression(n, scope, planner);
  const bag = bagOf(first);
  const arg = list(must(n, 'ArgumentList'), 'Expressions')[0];
  const argument = arg ? (resultName(arg, planner.context.schema) ?? '') : '';
  return SEVERAL[name]!.map((v) => ({ name: `${name}_${argument}_${v.name}`, expr: pick(bag, v) }));
}

/** True for a sort of several arrays, which gives one column for each. */
function sortsMany(n: KNode, scope: Scope, planner: Planner): boolean {
  if (kindOf(n) !== 'FunctionCallExpression') return false;
  const name = nameOf(must(n, 'Name'));
  if (!/^array_sort_(asc|desc)$/.test(name) || scope.env.get(name)) return false;
  const nodes = list(must(n, 'ArgumentList'), 'Expressions');
  return nodes.length > 1 && planExpression(nodes[1]!, scope, planner).type === 'dynamic';
}

function sortedArrays(n: KNode, scope: Scope, planner: Planner): Expr[] {
  const args = list(must(n, 'ArgumentList'), 'Expressions').map((a) => planExpression(a, scope, planner));
  const wrong = args.find((a, i) => a.type !== 'dynamic' && !(i === args.length - 1 && a.type === 'bool'));
  if (wrong) throw new PlanError(n, 'KQL0017', 'The arguments are arrays, and last a truth value for the nulls.');
  const fn = `_${nameOf(must(n, 'Name'))}_many`;
  const bag: Expr = { op: 'call', fn, args, type: 'dynamic' };
  return args.filter((a) => a.type === 'dynamic').map((_a, at) => pick(bag, { name: String(at), type: 'dynamic', at }));
}

/** `f(…)[1]` of a function with several values takes the value of that number; undefined for other nodes. */
export function valueOfSeveral(node: KNode, at: number, scope: Scope, planner: Planner): Expr | undefined {
  const n = bare(node);
  return sortsMany(n, scope, planner) ? sortedArrays(n, scope, planner)[at] : undefined;
}

/** The call inside the expression that `firstOfSeveral` made. */
function bagOf(e: Expr): Expr {
  if (e.op === 'path') return e.of;
  return e.op === 'call' ? bagOf(e.args[0]!) : e;
}
