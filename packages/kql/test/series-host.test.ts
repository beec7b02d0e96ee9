import { expect, test } from 'vitest';
import { jsonText, Real } from '../src/host/json.ts';
import { fft, fillLinear, fir, ifft, iir } from '../src/host/series-filter.ts';
import { fit2Lines, fit2LinesDynamic, fitLine, fitPoly, stats } from '../src/host/series-fit.ts';
import {
  anomalies,
  decompose,
  forecast,
  outliers,
  periodsDetect,
  periodsValidate,
  seasonal,
} from '../src/host/series-season.ts';

/** A result as the engine would read it. */
const plain = (v: unknown): unknown => JSON.parse(jsonText(v));
const near = (v: unknown, digits = 9): unknown =>
  JSON.parse(jsonText(v), (_k, x: unknown) => (typeof x === 'number' ? Number(x.toFixed(digits)) || 0 : x));

test('reals are told from whole numbers, and from what JSON has no number for', () => {
  expect(jsonText([new Real(2), 2, Float64Array.of(1, -0, 1e21, Number.NaN, -Infinity), 5n, undefined])).toBe(
    '[2.0,2,[1.0,0.0,1E+21,"NaN","-inf"],5,null]',
  );
});

test('outlier scores are those the reference engine gives for the same numbers', () => {
  const series = [-3, 2.4, 15, 3.9, 5, 6, 4.5, 5.2, 3, 4, 5, 16, 7, 5, 5, 4];
  const scores = outliers(series, null, null, null, null, null) as Float64Array;
  const expected: Record<number, number> = {
    0: -1.9040785483608571,
    1: -0.10021466044004519,
    2: 1.3361954725339347,
    11: 1.6702443406674186,
  };
  scores.forEach((s, i) => {
    expect(s).toBeCloseTo(expected[i] ?? 0, 12);
  });
});

test('outliers: quartiles either way give the same scores, gaps score 0, wrong arguments give null', () => {
  const series = [1, 2, 3, 4, null, 100, -50];
  expect(outliers(series, 'ctukey', null, 25, 75, null)).toEqual(outliers(series, 'tukey', null, null, null, null));
  expect((outliers(series, 'tukey', 100, null, null, null) as Float64Array)[5]).toBe(0);
  expect(outliers(series, 'other', null, null, null, null)).toBeNull();
  expect(outliers(series, 'ctukey', null, 1, 99, null)).toBeNull();
  expect(outliers('text', null, null, null, null, null)).toBeNull();
  expect(plain(outliers([], null, null, null, null, null))).toEqual([]);
});

test('lines, two lines and polynomials', () => {
  const y = [2, 5, 6, 8, 11, 15, 17, 18, 25, 26, 30, 30];
  const line = near(fitLine(y), 3) as Record<string, unknown>;
  expect(line).toMatchObject({
    rsquare: 0.983,
    slope: 2.731,
    variance: 98.629,
    rvariance: 1.686,
    interception: -1.667,
  });
  expect((line.line_fit as number[]).slice(0, 3)).toEqual([1.064, 3.795, 6.526]);
  expect(near(fitPoly(y, null, 1), 9)).toMatchObject({ rsquare: near((fitLine(y) as { rsquare: Real }).rsquare) });
  const cubic = [-2, -1, 0, 1, 2, 3].map((x) => 2 * x ** 3 - x + 5);
  expect(near(fitPoly(cubic, [-2, -1, 0, 1, 2, 3], 3))).toMatchObject({ coefficients: [2, 0, -1, 5], rsquare: 1 });
  const bent = [0, 1, 2, 3, 4, 10, 8, 6, 4, 2];
  expect(near(fit2Lines(bent))).toMatchObject({
    rsquare: 1,
    split_idx: 5,
    right_slope: -2,
    right_interception: 12,
    left_slope: 1,
    line_fit: bent,
  });
  expect(plain(fit2LinesDynamic(bent))).toMatchObject({ right: { slope: -2 }, left: { slope: 1 } });
  for (const bad of [[1, null, 3], [], 'x', null]) expect(fitLine(bad)).toBeNull();
  expect(fitPoly([1, 2], [1, 2, 3], 1)).toBeNull();
});

test('statistics of a series with gaps are null unless gaps are ignored', () => {
  const series = [3, null, 'NaN', 1, 1];
  expect(plain(stats(series, null))).toMatchObject({ min: null, len: null });
  expect(plain(stats(series, true))).toMatchObject({ min: 1, min_idx: 3, max: 3, max_idx: 0, sum: 5, len: 3 });
  expect(plain(stats([7], null))).toMatchObject({ avg: 7, stdev: 0, variance: 0 });
  expect(plain(stats([], null))).toMatchObject({ min: null });
});

test('filters', () => {
  expect(plain(fir([5, 15, 10, 20], [1, -1], false, false))).toEqual([5, 10, -5, 10]);
  expect(near(fir([3, 3, 3, 3], [1, 1, 1], null, null))).toEqual([1, 2, 3, 3]);
  expect(near(fir([0, 0, 3, 0, 0], [1, 1, 1], true, true))).toEqual([0, 1, 1, 1, 0]);
  expect(fir([1, 2], [1, -1], true, null)).toBeNull();
  expect(plain(iir([1, 2, 3], [1], [1, -1]))).toEqual([1, 3, 6]);
  expect(iir([1, 2, 3], [1], [0, 1])).toBeNull();
});

test('Fourier transforms of any length lead back', () => {
  for (const n of [1, 2, 5, 8, 12, 97]) {
    const re = Array.from({ length: n }, (_, i) => Math.sin(i * 1.3) + i / 7);
    const im = re.map((v, i) => v * Math.cos(i));
    const f = fft(re, im) as { real: Float64Array; imag: Float64Array };
    const back = ifft([...f.real], [...f.imag]) as { real: Float64Array; imag: Float64Array };
    back.real.forEach((v, i) => {
      expect(v).toBeCloseTo(re[i]!, 9);
      expect(back.imag[i]).toBeCloseTo(im[i]!, 9);
    });
  }
  expect(near(fft([1, 0, -1, 0], null))).toEqual({ real: [0, 2, 0, 2], imag: [0, 0, 0, 0] });
  expect(fft([1, 2], [1])).toBeNull();
});

test('straight lines across gaps', () => {
  expect(plain(fillLinear([null, 1, null, 4, null], null, true, 0, true))).toEqual([1, 1, 2, 4, 4]);
  expect(plain(fillLinear([1, null, 2], null, true, 0, false))).toEqual([1, 1.5, 2]);
  expect(plain(fillLinear([-1, 1, -1, 2], -1, false, 0, true))).toEqual([-1, 1, 1, 2]);
  expect(plain(fillLinear([null, null], null, true, 7, true))).toEqual([7, 7]);
  expect(plain(fillLinear([null, null], null, true, null, true))).toEqual([null, null]);
});

const week = Array.from(
  { length: 168 * 3 },
  (_, t) => (Math.trunc(t / 24) % 7 >= 5 ? 5 : 15) + 4 * Math.sin((t * Math.PI) / 12),
);

test('periods: the day and the week are found, what is no peak is not', () => {
  const found = plain(periodsDetect(week, 4, 200, 3)) as { periods: number[]; scores: number[] };
  expect(found.periods).toEqual([168, 24, 0]);
  expect(found.scores[0]).toBeGreaterThan(0.9);
  expect(plain(periodsValidate(week, 168, 24, 30, 3, 400))).toMatchObject({
    scores: [expect.any(Number), expect.any(Number), 0, 0, 0],
  });
  expect(plain(periodsDetect([1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 4, 5, 1))).toEqual({ periods: [0], scores: [0] });
  expect(
    plain(
      periodsDetect(
        week.map((_, i) => 3 * i),
        4,
        200,
        1,
      ),
    ),
  ).toEqual({ periods: [0], scores: [0] });
});

test('seasonal component: medians of each phase', () => {
  expect(plain(seasonal([1, 3, 5, 2, 4, 6, 1, 3, 5, 2, 4, 6], 3, null))).toEqual([
    1.5, 3.5, 5.5, 1.5, 3.5, 5.5, 1.5, 3.5, 5.5, 1.5, 3.5, 5.5,
  ]);
  expect(plain(seasonal([1, 3, 5, 2, 4, 6, 1, 3, 5, 2, 4, 6], null, null))).toEqual(new Array(12).fill(0));
  expect(plain(seasonal([5, 6, 7], 0, null))).toEqual([0, 0, 0]);
});

test('decomposition: parts add up, test points are not learned from, trends are as asked', () => {
  const y = week.map((v, i) => v + i / 10);
  const d = decompose(y, 168, 'linefit', null, null) as Record<string, Float64Array>;
  y.forEach((v, i) => {
    expect(d.seasonal![i]! + d.trend![i]!).toBeCloseTo(d.baseline![i]!, 9);
    expect(d.baseline![i]! + d.residual![i]!).toBeCloseTo(v, 9);
  });
  expect(plain(decompose([1, 2, 3], 0, 'none', null, null))).toEqual({
    baseline: [0, 0, 0],
    seasonal: [0, 0, 0],
    trend: [0, 0, 0],
    residual: [1, 2, 3],
  });
  expect(near(decompose([1, 2, 3], 0, 'avg', null, null))).toMatchObject({ trend: [2, 2, 2] });
  expect(near(forecast([1, 2, 3, 0, 0], 2, 0, 'linefit', null))).toMatchObject({ baseline: [1, 2, 3, 4, 5] });
  expect(decompose([1, 2, 3], 0, 'cubic', null, null)).toBeNull();
  expect(decompose([1, null, 3], 0, 'avg', null, null)).toBeNull();
  expect(forecast([1, 2], 5, 0, 'avg', null)).toBeNull();
});

test('anomalies: the points that leave the pattern, and their direction', () => {
  const noise = (i: number): number => ((i * 7919) % 101) / 100;
  const y = week.map((v, i) => v + noise(i));
  y[200] = y[200]! + 20;
  y[300] = y[300]! - 20;
  const flags = (anomalies(y, 5, 168, 'avg', null, null, null) as { ad_flag: number[] }).ad_flag;
  expect(flags.flatMap((f, i) => (f ? [[i, f]] : []))).toEqual([
    [200, 1],
    [300, -1],
  ]);
  expect(plain(anomalies([1, 1, 1, 1], null, null, null, null, null, null))).toMatchObject({ ad_flag: [0, 0, 0, 0] });
});
