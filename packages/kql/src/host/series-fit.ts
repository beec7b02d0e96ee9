/** Statistics and regression over one series. Variances are sample variances (divided by n - 1). */
import { Real } from './json.ts';
import type { HostValue } from './registry.ts';
import { complete, elements, line, mean, spread, sum } from './series-numbers.ts';

/**
 * `series_stats` and `series_stats_dynamic`.
 * @param ignore leaves out nulls, NaN and infinities; otherwise one of them makes every value null
 */
export function stats(series: HostValue, ignore: HostValue): unknown {
  const all = elements(series);
  if (!all) return null;
  const bad = all.some((x) => x === null || !Number.isFinite(x));
  const kept = all.flatMap((x, i) => (x !== null && Number.isFinite(x) ? [{ x, i }] : []));
  const names = ['min', 'min_idx', 'max', 'max_idx', 'avg', 'stdev', 'variance', 'sum', 'len'];
  if (kept.length === 0 || (bad && ignore !== true)) return Object.fromEntries(names.map((n) => [n, null]));
  let low = kept[0]!;
  let high = kept[0]!;
  for (const k of kept) {
    if (k.x < low.x) low = k;
    if (k.x > high.x) high = k;
  }
  const values = kept.map((k) => k.x);
  const variance = values.length > 1 ? spread(values) / (values.length - 1) : 0;
  return {
    min: new Real(low.x),
    min_idx: low.i,
    max: new Real(high.x),
    max_idx: high.i,
    avg: new Real(mean(values)),
    stdev: new Real(Math.sqrt(variance)),
    variance: new Real(variance),
    sum: new Real(sum(values)),
    len: values.length,
  };
}

/** 1 - residual / total; a series without any variation is fitted perfectly by its own level. */
function rsquare(residual: number, total: number): number {
  return total === 0 ? 1 : 1 - residual / total;
}

interface Fit {
  readonly rsquare: number;
  readonly slope: number;
  readonly variance: number;
  readonly rvariance: number;
  /** Value at the first position. */
  readonly first: number;
  readonly residual: number;
}

function fit(y: readonly number[]): Fit {
  const { slope, interception, residual } = line(y);
  const total = spread(y);
  const freedom = Math.max(y.length - 1, 1);
  return {
    rsquare: rsquare(residual, total),
    slope,
    variance: total / freedom,
    rvariance: residual / freedom,
    first: interception,
    residual,
  };
}

/** Positions count from 1 in what the language reports. */
const interceptionOf = (f: Fit): Real => new Real(f.first - f.slope);

/** `series_fit_line`: least squares line over the positions 1 … n. Null for gaps. */
export function fitLine(series: HostValue): unknown {
  const y = complete(series);
  if (!y) return null;
  const f = fit(y);
  return {
    rsquare: new Real(f.rsquare),
    slope: new Real(f.slope),
    variance: new Real(f.variance),
    rvariance: new Real(f.rvariance),
    interception: interceptionOf(f),
    line_fit: Float64Array.from(y, (_, i) => f.slope * i + f.first),
  };
}

/**
 * `series_fit_2lines`: the split into two segments whose own lines leave the least error. `split_idx` is the first
 * position of the right segment; both segments hold at least two points.
 */
function twoLines(y: readonly number[]): { split: number; left: Fit; right: Fit } | undefined {
  const n = y.length;
  // Running sums give the error of any segment in constant time, so long series stay affordable.
  const at = mean(y);
  const sums = { y: [0], iy: [0], yy: [0] };
  for (let i = 0; i < n; i++) {
    const v = y[i]! - at;
    sums.y.push(sums.y[i]! + v);
    sums.iy.push(sums.iy[i]! + v * i);
    sums.yy.push(sums.yy[i]! + v * v);
  }
  const error = (from: number, to: number): number => {
    const m = to - from;
    const sy = sums.y[to]! - sums.y[from]!;
    const sxy = sums.iy[to]! - sums.iy[from]! - from * sy;
    const syy = sums.yy[to]! - sums.yy[from]!;
    const sx = (m * (m - 1)) / 2;
    const sxx = ((m - 1) * m * (2 * m - 1)) / 6 - (sx * sx) / m;
    const xy = sxy - (sx * sy) / m;
    return syy - (sy * sy) / m - (sxx === 0 ? 0 : (xy * xy) / sxx);
  };
  let best: { split: number; error: number } | undefined;
  for (let k = 2; k <= n - 2; k++) {
    const e = error(0, k) + error(k, n);
    if (!best || e < best.error) best = { split: k, error: e };
  }
  return best && { split: best.split, left: fit(y.slice(0, best.split)), right: fit(y.slice(best.split)) };
}

/** See `twoLines`. Keys are flat: `right_slope`, `left_slope`… */
export function fit2Lines(series: HostValue): unknown {
  const y = complete(series);
  const two = y && twoLines(y);
  if (!y || !two) return null;
  const { split, left, right } = two;
  const freedom = Math.max(y.length - 1, 1);
  const total = spread(y);
  const residual = left.residual + right.residual;
  const side = (name: string, f: Fit): [string, Real][] => [
    [`${name}_rsquare`, new Real(f.rsquare)],
    [`${name}_slope`, new Real(f.slope)],
    [`${name}_interception`, interceptionOf(f)],
    [`${name}_variance`, new Real(f.variance)],
    [`${name}_rvariance`, new Real(f.rvariance)],
  ];
  return {
    rsquare: new Real(rsquare(residual, total)),
    split_idx: split,
    variance: new Real(total / freedom),
    rvariance: new Real(residual / freedom),
    line_fit: Float64Array.from(y, (_, i) =>
      i < split ? left.slope * i + left.first : right.slope * (i - split) + right.first,
    ),
    ...Object.fromEntries([...side('right', right), ...side('left', left)]),
  };
}

/** The bag form: the two sides are bags of their own. */
export function fit2LinesDynamic(series: HostValue): unknown {
  const flat = fit2Lines(series) as Record<string, unknown> | null;
  if (!flat) return null;
  const out: Record<string, unknown> = {};
  const sides: Record<string, Record<string, unknown>> = { right: {}, left: {} };
  for (const [key, value] of Object.entries(flat)) {
    const side = /^(right|left)_(.+)$/.exec(key);
    if (side) sides[side[1]!]![side[2]!] = value;
    else out[key] = value;
  }
  return { ...out, ...sides };
}

/** Least squares by Householder reflections: stable for the steep columns of a polynomial. */
function solve(rows: number[][], right: number[]): number[] | undefined {
  const m = rows.length;
  const n = rows[0]!.length;
  const a = rows.map((r) => [...r]);
  const b = [...right];
  for (let k = 0; k < n; k++) {
    let norm = 0;
    for (let i = k; i < m; i++) norm += a[i]![k]! ** 2;
    norm = Math.sqrt(norm);
    if (norm === 0) return undefined;
    const alpha = a[k]![k]! > 0 ? -norm : norm;
    const v: number[] = [];
    for (let i = k; i < m; i++) v.push(a[i]![k]!);
    v[0] = v[0]! - alpha;
    const vv = v.reduce((s, x) => s + x * x, 0);
    if (vv === 0) continue;
    const reflect = (get: (i: number) => number, set: (i: number, x: number) => void): void => {
      let dot = 0;
      for (let i = k; i < m; i++) dot += v[i - k]! * get(i);
      for (let i = k; i < m; i++) set(i, get(i) - (2 * dot * v[i - k]!) / vv);
    };
    for (let j = k; j < n; j++)
      reflect(
        (i) => a[i]![j]!,
        (i, x) => {
          a[i]![j] = x;
        },
      );
    reflect(
      (i) => b[i]!,
      (i, x) => {
        b[i] = x;
      },
    );
  }
  const out = new Array<number>(n).fill(0);
  for (let k = n - 1; k >= 0; k--) {
    let rest = b[k]!;
    for (let j = k + 1; j < n; j++) rest -= a[k]![j]! * out[j]!;
    out[k] = rest / a[k]![k]!;
  }
  return out;
}

/** `series_fit_poly(y, x, degree)`: coefficients from the highest power down; x is 1 … n when it is left out. */
export function fitPoly(series: HostValue, positions: HostValue, degree: HostValue): unknown {
  const y = complete(series);
  if (!y) return null;
  const x = positions === null || positions === undefined ? y.map((_, i) => i + 1) : complete(positions);
  const order = typeof degree === 'number' ? Math.trunc(degree) : 1;
  if (!x || x.length !== y.length || order < 0 || y.length <= order) return null;
  // Positions are brought to [-1, 1] for the solution and the coefficients are taken back afterwards.
  const low = Math.min(...x);
  const high = Math.max(...x);
  const half = (high - low) / 2 || 1;
  const centre = (high + low) / 2;
  const scaled = x.map((v) => (v - centre) / half);
  const solved = solve(
    scaled.map((v) => Array.from({ length: order + 1 }, (_, p) => v ** p)),
    y,
  );
  if (!solved) return null;
  const valueAt = (v: number): number => solved.reduceRight((s, c) => s * v + c, 0);
  const fitted = scaled.map(valueAt);
  const total = spread(y);
  const residual = y.reduce((s, v, i) => s + (v - fitted[i]!) ** 2, 0);
  const freedom = Math.max(y.length - 1, 1);
  return {
    rsquare: new Real(rsquare(residual, total)),
    coefficients: Float64Array.from(unscale(solved, centre, half).reverse()),
    variance: new Real(total / freedom),
    rvariance: new Real(residual / freedom),
    poly_fit: Float64Array.from(fitted),
  };
}

/** Coefficients of p((x - centre) / half) as a polynomial in x, lowest power first. */
function unscale(coefficients: readonly number[], centre: number, half: number): number[] {
  let out = [0];
  for (let i = coefficients.length - 1; i >= 0; i--) {
    const next = new Array<number>(out.length + 1).fill(0);
    out.forEach((c, p) => {
      next[p + 1]! += c / half;
      next[p]! -= (c * centre) / half;
    });
    next[0]! += coefficients[i]!;
    out = next;
  }
  return out.slice(0, coefficients.length);
}
