/** Series functions that run beside the engine (`src/host/series*.ts`). Several of them give several columns: `plan/several.ts`. */
import { constant, type FunctionDecl, type SqlArg, type SqlContext } from './declare.ts';
import { host } from './host.ts';

const NULL_ARGUMENT: SqlArg = { sql: `''`, type: 'dynamic', expr: { op: 'literal', type: 'dynamic', value: null } };

/** A function whose arguments go to the host as they are. */
function series(name: string, fn: string, args: string, doc: string, check?: FunctionDecl['check']): FunctionDecl {
  return {
    name,
    args,
    returns: 'dynamic',
    textArgs: [0, 1, 2],
    ...(check ? { check } : {}),
    sql: (a, c) => host(`series.${fn}`, a, c, 'dynamic'),
    doc,
  };
}

/** Checks a constant text argument. */
const oneOf =
  (at: number, what: string, allowed: readonly string[]): FunctionDecl['check'] =>
  (a) => {
    const value = constant(a[at]);
    return typeof value === 'string' && value !== '' && !allowed.includes(value.toLowerCase())
      ? `${what} must be one of ${allowed.map((x) => `'${x}'`).join(', ')}, not '${value}'.`
      : undefined;
  };

const TRENDS = ['avg', 'linefit', 'none'];
const METHODS = ['ctukey', 'tukey'];

function fillLinear(a: readonly SqlArg[], c: SqlContext): string {
  const x = c.once(a[0]!.sql);
  const whole: SqlArg = {
    sql: `NOT match(${x}, '[0-9][.eE]|"')`,
    type: 'bool',
    expr: { op: 'literal', type: 'bool', value: true },
  };
  const yes: SqlArg = { ...whole, sql: 'true' };
  const zero: SqlArg = { sql: 'toInt64(0)', type: 'long', expr: { op: 'literal', type: 'long', value: '0' } };
  return host(
    'series.fillLinear',
    [{ ...a[0]!, sql: x }, a[1] ?? NULL_ARGUMENT, a[2] ?? yes, a[3] ?? zero, whole],
    c,
    'dynamic',
  );
}

/** `series_fit_poly(y)`, `(y, x)`, `(y, x, degree)`. */
function fitPoly(a: readonly SqlArg[], c: SqlContext): string {
  return host('series.fitPolyColumns', [a[0]!, a[1] ?? NULL_ARGUMENT, a[2] ?? NULL_ARGUMENT], c, 'dynamic');
}

export const SERIES_HOST_FUNCTIONS: readonly FunctionDecl[] = [
  series('series_fir', 'fir', 'dynamic dynamic bool? bool?', 'Finite impulse response filter.'),
  series('series_iir', 'iir', 'dynamic dynamic dynamic', 'Infinite impulse response filter.'),
  series('series_fft', 'fftColumns', 'dynamic dynamic?', 'Fourier transform: real and imaginary parts.'),
  series('series_ifft', 'ifftColumns', 'dynamic dynamic?', 'Inverse Fourier transform: real and imaginary parts.'),
  {
    name: 'series_fill_linear',
    args: 'dynamic any? bool? any?',
    returns: 'dynamic',
    textArgs: [0],
    sql: fillLinear,
    doc: 'Gaps filled along straight lines.',
  },
  series('series_stats', 'stats', 'dynamic bool?', 'Statistics of a series as columns.'),
  series('series_stats_dynamic', 'stats', 'dynamic bool?', 'Statistics of a series as a bag.'),
  series('series_fit_line', 'fitLineColumns', 'dynamic', 'Linear regression as columns.'),
  series('series_fit_line_dynamic', 'fitLine', 'dynamic', 'Linear regression as a bag.'),
  series('series_fit_2lines', 'fit2LinesColumns', 'dynamic', 'Two-segment linear regression as columns.'),
  series('series_fit_2lines_dynamic', 'fit2LinesDynamic', 'dynamic', 'Two-segment linear regression as a bag.'),
  {
    name: 'series_fit_poly',
    args: 'dynamic dynamic? long?',
    returns: 'dynamic',
    textArgs: [0, 1],
    sql: fitPoly,
    doc: 'Polynomial regression as columns.',
  },
  series(
    'series_outliers',
    'outliers',
    'dynamic string? real? real? real? long?',
    'Anomaly score of every point by Tukey’s fences.',
    oneOf(1, 'The kind', METHODS),
  ),
  series(
    'series_periods_detect',
    'periodsDetectColumns',
    'dynamic real real long',
    'Most significant periods and their scores.',
  ),
  series('series_periods_validate', 'periodsValidateColumns', 'dynamic real real*', 'Scores of given periods.', (a) =>
    a.length < 2
      ? 'series_periods_validate() needs at least one period.'
      : a.length > 17
        ? 'series_periods_validate() takes up to 16 periods.'
        : undefined,
  ),
  series('series_seasonal', 'seasonal', 'dynamic long? long?', 'Seasonal component of a series.'),
  series(
    'series_decompose',
    'decomposeColumns',
    'dynamic long? string? long? real?',
    'Baseline, seasonal component, trend and residual of a series.',
    oneOf(2, 'The trend', TRENDS),
  ),
  series(
    'series_decompose_forecast',
    'forecastColumns',
    'dynamic long long? string? real?',
    'A decomposition that does not learn from the last points; its baseline forecasts them.',
    oneOf(3, 'The trend', TRENDS),
  ),
  series(
    'series_decompose_anomalies',
    'anomaliesColumns',
    'dynamic real? long? string? long? string? real?',
    'Anomaly flags, scores and baseline of a series.',
    (a) => oneOf(3, 'The trend', TRENDS)!(a) ?? oneOf(5, 'The method', METHODS)!(a),
  ),
];
