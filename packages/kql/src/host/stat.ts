/** Distributions. The incomplete beta function is a continued fraction evaluated by Lentz's method. */
import type { HostFamily } from './registry.ts';

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** Natural logarithm of the gamma function of a positive number (Lanczos, g = 7, 9 terms). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const y = x - 1;
  const t = y + 7.5;
  const sum = LANCZOS.slice(1).reduce((s, k, i) => s + k / (y + i + 1), LANCZOS[0]!);
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(sum);
}

const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b);

function fraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 - ((a + b) * x) / (a + 1);
  d = 1 / (Math.abs(d) < tiny ? tiny : d);
  let h = d;
  for (let m = 1; m <= 500; m++) {
    for (const k of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 + k * d;
      d = 1 / (Math.abs(d) < tiny ? tiny : d);
      c = 1 + k / c;
      if (Math.abs(c) < tiny) c = tiny;
      h *= d * c;
      if (k !== 0 && Math.abs(d * c - 1) < 1e-16) return h;
    }
  }
  return h;
}

/** Regularised incomplete beta function of `x` in 0 to 1. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b));
  return x < (a + 1) / (a + b + 2) ? (front * fraction(x, a, b)) / a : 1 - (front * fraction(1 - x, b, a)) / b;
}

function inverseBeta(p: number, a: number, b: number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 200 && high - low > Number.EPSILON * low; i++) {
    const middle = (low + high) / 2;
    if (incompleteBeta(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const real = (x: unknown): number | null =>
  typeof x === 'number'
    ? x
    : x === 'NaN'
      ? Number.NaN
      : x === 'inf'
        ? Infinity
        : x === '-inf'
          ? -Infinity
          : x === null
            ? null
            : Number(x);

/** NaN and infinities in the spelling that comes back from a helper. */
const spelled = (x: number): number | string =>
  Number.isNaN(x) ? 'NaN' : x === Infinity ? 'inf' : x === -Infinity ? '-inf' : x;

function distribution(f: (x: number, a: number, b: number) => number | null) {
  return (x: unknown, a: unknown, b: unknown): number | string | null => {
    const [u, v, w] = [real(x), real(a), real(b)];
    if (u === null || v === null || w === null) return null;
    const out = f(u, v, w);
    return out === null ? null : spelled(out);
  };
}

export const STAT_HOST: HostFamily = {
  betaCdf: distribution((x, a, b) => {
    if (!(x >= 0 && x <= 1)) return Number.NaN;
    // Recorded behaviour: a distribution that does not exist answers 1.
    return a > 0 && b > 0 ? incompleteBeta(x, a, b) : 1;
  }),
  betaInv: distribution((p, a, b) => {
    if (!(a > 0 && b > 0)) return Number.NaN;
    if (p > 1) return null;
    return p > 0 ? inverseBeta(p, a, b) : Number.NaN;
  }),
  betaPdf: distribution((x, a, b) =>
    a > 0 && b > 0 && x >= 0 && x <= 1
      ? Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) - logBeta(a, b))
      : Number.NaN,
  ),
  /** Two-sided p-value of Welch's t-test: means, variances and sizes of two samples. */
  welch: (...args: unknown[]) => {
    const n = args.map(real);
    if (n.some((x) => x === null)) return null;
    const [m1, v1, c1, m2, v2, c2] = n as number[] as [number, number, number, number, number, number];
    const [e1, e2] = [v1 / c1, v2 / c2];
    const t2 = (m1 - m2) ** 2 / (e1 + e2);
    const freedom = (e1 + e2) ** 2 / (e1 ** 2 / (c1 - 1) + e2 ** 2 / (c2 - 1));
    return spelled(
      Number.isNaN(t2) || Number.isNaN(freedom)
        ? Number.NaN
        : incompleteBeta(freedom / (freedom + t2), freedom / 2, 0.5),
    );
  },
};
