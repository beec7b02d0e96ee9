/** Functions that give several columns: in `extend`, `project` and `print` they become one column for each of their values. */
import { bare, kindOf, list, must, nameOf } from '../bind/syntax.ts';
import type { KNode } from '../kusto-api.ts';
import type { KqlType } from '../types.ts';
import { cast } from './coerce.ts';
import { planExpression } from './expressions.ts';
import type { Expr } from './ir.ts';
import { resultName } from './names.ts';
import type { Planner } from './planner.ts';
import type { Scope } from './scope.ts';

interface Value {
  readonly name: string;
  readonly type: KqlType;
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
  return cast({ op: 'path', of: bag, path: [v.name], type: 'dynamic' }, v.type);
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
  if (!givesSeveral(name) || scope.env.get(name)) return undefined;
  const first = planExpression(n, scope, planner);
  const bag = bagOf(first);
  const arg = list(must(n, 'ArgumentList'), 'Expressions')[0];
  const argument = arg ? (resultName(arg, planner.context.schema) ?? '') : '';
  return SEVERAL[name]!.map((v) => ({ name: `${name}_${argument}_${v.name}`, expr: pick(bag, v) }));
}

/** The call inside the expression that `firstOfSeveral` made. */
function bagOf(e: Expr): Expr {
  if (e.op === 'path') return e.of;
  return e.op === 'call' ? bagOf(e.args[0]!) : e;
}
