/**
 * Seasonality, decomposition and outliers of one series.
 *
 * A period is found in the autocorrelation of the series without its linear trend: it must be a peak there, not only a
 * high value, and its score is the (unbiased) autocorrelation itself. The reference engine does not publish its score; on
 * the documented example it finds the same periods with a score of 0.84 where this one gives 0.98.
 */
import type { HostValue } from './registry.ts';
import { transform } from './series-filter.ts';
import { complete, elements, line, mean, median, numberOf, quantile } from './series-numbers.ts';

/** Shortest period, in points, that detection looks for. */
const MIN_PERIOD = 4;
/** Scores above these make a period count when it is looked for automatically. */
const SEASONAL_THRESHOLD = 0.7;
const DECOMPOSE_THRESHOLD = 0.6;

interface Period {
  readonly period: number;
  readonly score: number;
}

/** Autocorrelation at lags up to three quarters of the series, each from the mean of the products it has. */
function scores(y: readonly number[]): number[] {
  const n = y.length;
  const { slope, interception } = line(y);
  let size = 1;
  while (size < 2 * n) size *= 2;
  const re = new Float64Array(size);
  y.forEach((v, i) => {
    re[i] = v - slope * i - interception;
  });
  const f = transform(re, new Float64Array(size));
  const power = f.re.map((v, i) => v * v + f.im[i]! * f.im[i]!);
  const auto = transform(power, new Float64Array(size)).re;
  const whole = auto[0]! / size;
  // A series that its trend explains leaves nothing but rounding errors.
  const scale = Math.max(...y.map(Math.abs));
  if (!(whole > n * (1e-9 * scale) ** 2)) return [];
  return Array.from({ length: Math.floor((3 * n) / 4) + 1 }, (_, lag) => {
    return (auto[lag]! / size / whole) * (n / (n - lag));
  });
}

/** How far a lag stands out from the middle between the lags half a period before and after it. */
function height(all: readonly number[], lag: number): number {
  const half = Math.round(lag / 2);
  return all[lag]! - (all[lag - half]! + all[Math.min(lag + half, all.length - 1)]!) / 2;
}

/**
 * True when a lag stands out more than any other within a third of it. Heights rather than values: a long period tilts the
 * autocorrelation, which would shift the peak of a short one. Periods are shorter than half of the series.
 */
function isPeak(all: readonly number[], lag: number, length: number): boolean {
  const last = Math.floor(length / 2);
  if (lag < MIN_PERIOD || lag >= last || !(all[lag]! > 0)) return false;
  const here = height(all, lag);
  // There must be a valley on both sides, or this is a bend of a slope.
  const half = Math.round(lag / 2);
  const after = all[Math.min(lag + half, all.length - 1)]!;
  if (all[lag]! <= all[lag - half]! || all[lag]! <= after) return false;
  const reach = Math.max(1, Math.floor(lag / 3));
  for (let i = Math.max(2, lag - reach); i <= Math.min(last, lag + reach); i++) {
    const other = height(all, i);
    if (i !== lag && (other > here || (other === here && i < lag))) return false;
  }
  return true;
}

/** Scores below this are no pattern. */
const MIN_SCORE = 0.1;
/** By how much a multiple of a period must score higher to be a period of its own: a week beside a day. */
const MULTIPLE_MARGIN = 0.05;

/** Periods by falling score. A multiple of another period is that period seen again, unless it scores clearly higher. */
function findPeriods(y: readonly number[], from: number, to: number, count: number): Period[] {
  const all = scores(y);
  const found: Period[] = [];
  for (let lag = Math.max(MIN_PERIOD, Math.ceil(from)); lag < y.length / 2 && lag <= to; lag++) {
    if (!isPeak(all, lag, y.length)) continue;
    const score = Math.min(all[lag]!, 1);
    const bases = found.filter((k) => multiple(lag, k.period));
    if (score >= MIN_SCORE && bases.every((k) => score > k.score + MULTIPLE_MARGIN)) found.push({ period: lag, score });
  }
  return found.sort((a, b) => b.score - a.score || a.period - b.period).slice(0, Math.max(0, Math.trunc(count)));
}

/** Whether a is about a whole multiple of b. */
function multiple(a: number, b: number): boolean {
  const times = Math.round(a / b);
  return Math.abs(a - times * b) <= b * 0.05;
}

/** `series_periods_detect(series, min, max, count)`: `count` periods and scores, zeros where fewer were found. */
export function periodsDetect(series: HostValue, min: HostValue, max: HostValue, count: HostValue): unknown {
  const y = complete(series);
  const [low, high, wanted] = [numberOf(min), numberOf(max), numberOf(count)];
  if (!y || low === null || high === null || wanted === null) return null;
  const found = findPeriods(y, low, high, wanted);
  const padded = (of: (p: Period) => number): Float64Array =>
    Float64Array.from({ length: Math.max(0, Math.trunc(wanted)) }, (_, i) => (found[i] ? of(found[i]) : 0));
  return { periods: padded((p) => p.period), scores: padded((p) => p.score) };
}

/** `series_periods_validate(series, period…)`: the score of each given period, 0 where the series has no peak. */
export function periodsValidate(series: HostValue, ...periods: HostValue[]): unknown {
  const y = complete(series);
  const wanted = periods.map(numberOf);
  if (!y || wanted.some((p) => p === null)) return null;
  const all = scores(y);
  const score = (p: number): number => {
    const lags = [Math.floor(p), Math.ceil(p)].filter((lag) => isPeak(all, lag, y.length));
    return Math.min(1, Math.max(0, ...lags.map((lag) => all[lag]!)));
  };
  return {
    periods: Float64Array.from(wanted as number[]),
    scores: Float64Array.from((wanted as number[]).map(score)),
  };
}

/** The period to use: -1 looks for one, other values below 1 mean none. */
function periodOf(y: readonly number[], given: HostValue, threshold: number): number {
  const p = numberOf(given) ?? -1;
  if (p > 0) return Math.trunc(p);
  if (p !== -1 || y.length < 2 * MIN_PERIOD) return 0;
  const best = findPeriods(y, MIN_PERIOD, y.length / 2, 1)[0];
  return best && best.score > threshold ? best.period : 0;
}

/** Median of the learning points at each phase, repeated over the whole length. */
function seasonalOf(learn: readonly number[], length: number, period: number): Float64Array {
  if (period <= 0) return new Float64Array(length);
  const phases = Array.from({ length: Math.min(period, length) }, (_, phase) => {
    const points: number[] = [];
    for (let i = phase; i < learn.length; i += period) points.push(learn[i]!);
    return points.length ? median(points) : 0;
  });
  return Float64Array.from({ length }, (_, i) => phases[i % period]!);
}

function learning(y: readonly number[], testPoints: HostValue): number[] {
  const test = Math.max(0, Math.trunc(numberOf(testPoints) ?? 0));
  return test >= y.length ? [] : y.slice(0, y.length - test);
}

/** `series_seasonal(series, period, test points)`. */
export function seasonal(series: HostValue, period: HostValue, testPoints: HostValue): unknown {
  const y = complete(series);
  if (!y) return null;
  const learn = learning(y, testPoints);
  if (learn.length === 0) return null;
  return seasonalOf(learn, y.length, periodOf(learn, period, SEASONAL_THRESHOLD));
}

interface Parts {
  readonly baseline: Float64Array;
  readonly seasonal: Float64Array;
  readonly trend: Float64Array;
  readonly residual: Float64Array;
}

/** Splits a series: seasonal component first, then the trend of what remains. Test points are not learned from. */
function split(
  y: readonly number[],
  period: HostValue,
  trendKind: HostValue,
  testPoints: HostValue,
  threshold: HostValue,
): Parts | undefined {
  const learn = learning(y, testPoints);
  if (learn.length === 0) return undefined;
  const season = seasonalOf(learn, y.length, periodOf(learn, period, numberOf(threshold) ?? DECOMPOSE_THRESHOLD));
  const rest = learn.map((v, i) => v - season[i]!);
  const kind = typeof trendKind === 'string' && trendKind ? trendKind.toLowerCase() : 'avg';
  let at: (i: number) => number;
  if (kind === 'linefit') {
    const { slope, interception } = line(rest);
    at = (i) => slope * i + interception;
  } else if (kind === 'avg') {
    const level = mean(rest);
    at = () => level;
  } else if (kind === 'none') at = () => 0;
  else return undefined;
  const trend = Float64Array.from(y, (_, i) => at(i));
  const baseline = trend.map((t, i) => t + season[i]!);
  return { baseline, seasonal: season, trend, residual: Float64Array.from(y, (v, i) => v - baseline[i]!) };
}

/** `series_decompose(series, period, trend, test points, threshold)`. */
export function decompose(
  series: HostValue,
  period: HostValue,
  trend: HostValue,
  testPoints: HostValue,
  threshold: HostValue,
): unknown {
  const y = complete(series);
  return (y && split(y, period, trend, testPoints, threshold)) ?? null;
}

/** `series_decompose_forecast(series, points, period, trend, threshold)`: the parts of a decomposition; the baseline is
 * the forecast. */
export function forecast(
  series: HostValue,
  points: HostValue,
  period: HostValue,
  trend: HostValue,
  threshold: HostValue,
): unknown {
  return decompose(series, period, trend, points, threshold);
}

/** Area under the normal curve left of z, by its series; exact enough for the percentiles that are possible here. */
function normalShare(z: number): number {
  const x = z / Math.SQRT2;
  let term = x;
  let total = x;
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return 0.5 + total / Math.sqrt(Math.PI);
}

/** The z of a share of the normal distribution, by halving. */
function normalQuantile(share: number): number {
  let low = -4;
  let high = 4;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** What the reference engine multiplies scores with for its default percentiles, 10 and 90. */
const DEFAULT_FACTOR = 2.7726056055079145;

/**
 * Factors that make scores from other percentiles comparable with those from quartiles: on normal data the point that
 * scores 1.5 by quartiles must score 1.5. The engine rounds its normal quantiles for the default percentiles, so that one
 * factor is the one its answers show.
 */
function factors(low: number, high: number): { below: number; above: number } {
  if (low === 10 && high === 90) return { below: DEFAULT_FACTOR, above: DEFAULT_FACTOR };
  const quartile = normalQuantile(0.75);
  const mild = quartile + 1.5 * 2 * quartile;
  const [zl, zh] = [normalQuantile(low / 100), normalQuantile(high / 100)];
  return { below: (1.5 * (zh - zl)) / (mild + zl), above: (1.5 * (zh - zl)) / (mild - zh) };
}

/**
 * Tukey's fence as a score: distance from the nearer of two percentiles in units of the range between them; 0 between
 * them. The percentiles are learned from the points that are no test points and no gaps.
 */
function fences(values: readonly (number | null)[], low: number, high: number, testPoints: number): Float64Array {
  const learned = values.slice(0, Math.max(0, values.length - testPoints));
  const sorted = learned.filter((v): v is number => v !== null).sort((a, b) => a - b);
  const lower = quantile(sorted, low / 100);
  const upper = quantile(sorted, high / 100);
  const range = upper - lower;
  const { below, above } = factors(low, high);
  return Float64Array.from(values, (v) => {
    if (v === null || !(v < lower || v > upper)) return 0;
    return v < lower ? ((v - lower) / range) * below : ((v - upper) / range) * above;
  });
}

/** Percentiles of a method name; undefined for an unknown one. */
function percentilesOf(kind: HostValue, min: HostValue, max: HostValue): [number, number] | undefined {
  const name = typeof kind === 'string' && kind ? kind.toLowerCase() : 'ctukey';
  if (name === 'tukey') return [25, 75];
  if (name !== 'ctukey') return undefined;
  const low = numberOf(min) ?? 10;
  const high = numberOf(max) ?? 90;
  return low >= 2 && high <= 98 && low < high ? [low, high] : undefined;
}

/** `series_outliers(series, kind, ignored value, min percentile, max percentile, test points)`. */
export function outliers(
  series: HostValue,
  kind: HostValue,
  ignored: HostValue,
  min: HostValue,
  max: HostValue,
  testPoints: HostValue,
): unknown {
  const all = elements(series);
  const bounds = percentilesOf(kind, min, max);
  if (!all || !bounds) return null;
  const gap = numberOf(ignored);
  const values = all.map((v) => (v === gap || (v !== null && Number.isNaN(v)) ? null : v));
  return fences(values, ...bounds, Math.max(0, Math.trunc(numberOf(testPoints) ?? 0)));
}

/** `series_decompose_anomalies(series, threshold, period, trend, test points, method, seasonality threshold)`. */
export function anomalies(
  series: HostValue,
  threshold: HostValue,
  period: HostValue,
  trend: HostValue,
  testPoints: HostValue,
  method: HostValue,
  seasonality: HostValue,
): unknown {
  const y = complete(series);
  const bounds = percentilesOf(method, null, null);
  const parts = y && bounds && split(y, period, trend, testPoints, seasonality);
  if (!parts || !bounds) return null;
  const limit = numberOf(threshold) ?? 1.5;
  // Rounding leaves tiny residuals where the baseline fits exactly; they are no anomalies.
  const noise = 1e-12 * Math.max(...y.map(Math.abs), 1e-300);
  const residual = Array.from(parts.residual, (v) => (Math.abs(v) <= noise ? 0 : v));
  const score = fences(residual, ...bounds, Math.max(0, Math.trunc(numberOf(testPoints) ?? 0)));
  return {
    ad_flag: Array.from(score, (s) => (s > limit ? 1 : s < -limit ? -1 : 0)),
    ad_score: score,
    baseline: parts.baseline,
  };
}
