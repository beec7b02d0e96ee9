/** Reading of series arguments and the small numeric helpers that all series algorithms share. */
import type { HostValue } from './registry.ts';

const EPOCH_TICKS = 621_355_968_000_000_000;

/** One element as a number: datetimes count ticks since year 1, anything that is no number is null. */
export function numberOf(v: HostValue | undefined): number | null {
  if (typeof v === 'number') return v;
  if (typeof v !== 'string') return null;
  if (v === 'NaN') return Number.NaN;
  if (v === 'inf') return Number.POSITIVE_INFINITY;
  if (v === '-inf') return Number.NEGATIVE_INFINITY;
  if (/^-?\d{16,}$/.test(v)) return Number(v);
  const time = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?Z$/.exec(v);
  if (!time) return null;
  const seconds = Date.parse(`${time[1]}Z`);
  return Number.isNaN(seconds) ? null : seconds * 10_000 + Number((time[2] ?? '').padEnd(7, '0')) + EPOCH_TICKS;
}

/** The elements of a series; undefined when the argument is no array. */
export function elements(v: HostValue | undefined): (number | null)[] | undefined {
  return Array.isArray(v) ? v.map(numberOf) : undefined;
}

/** A series without gaps; undefined for anything else, an empty array included. */
export function complete(v: HostValue | undefined): number[] | undefined {
  const all = elements(v);
  return all && all.length > 0 && all.every((x) => x !== null) ? (all as number[]) : undefined;
}

export const sum = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0);
export const mean = (x: readonly number[]): number => sum(x) / x.length;

/** Sum of squared distances from the mean. */
export function spread(x: readonly number[]): number {
  const m = mean(x);
  return x.reduce((a, b) => a + (b - m) ** 2, 0);
}

/** Middle value; the mean of the two middle ones for an even count. */
export function median(x: readonly number[]): number {
  return quantile(
    [...x].sort((a, b) => a - b),
    0.5,
  );
}

/** Quantile of sorted values with linear interpolation between the two nearest. */
export function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const a = sorted[low]!;
  const b = sorted[Math.min(low + 1, sorted.length - 1)]!;
  return a + (b - a) * (at - low);
}

/** Least squares line through `y` at positions 0, 1, 2…; `interception` is its value at 0. */
export function line(y: readonly number[]): { slope: number; interception: number; residual: number } {
  const n = y.length;
  const my = mean(y);
  const mx = (n - 1) / 2;
  let xy = 0;
  let xx = 0;
  for (let i = 0; i < n; i++) {
    xy += (i - mx) * (y[i]! - my);
    xx += (i - mx) ** 2;
  }
  const slope = xx === 0 ? 0 : xy / xx;
  const interception = my - slope * mx;
  const residual = y.reduce((a, v, i) => a + (v - slope * i - interception) ** 2, 0);
  return { slope, interception, residual };
}
