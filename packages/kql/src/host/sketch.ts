/**
 * Sketches: digests of values for percentiles, and registers for the number of different values.
 *
 * A digest is `[[type], values, weights]`, values ascending. A count is `[[bits], registers, ranks]`: of all values
 * whose hash starts with the bits of a register, the longest run of zero bits after them plus one. A count that has most
 * of its registers is `{kind, bits, register}`, one character for each (`aggregates/sketch.ts` makes the same).
 */
import { HostError } from './errors.ts';
import type { HostFamily, HostValue } from './registry.ts';

/** Longer digests are thinned out to about this many values. */
const MOST = 2000;

interface Digest {
  readonly type: string;
  readonly values: readonly HostValue[];
  readonly weights: readonly number[];
}

function digestOf(value: unknown): Digest | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [head, values, weights] = value as [unknown, unknown, unknown];
  if (!Array.isArray(head) || !Array.isArray(values) || !Array.isArray(weights)) return undefined;
  if (values.length !== weights.length) return undefined;
  return { type: String(head[0]), values: values as HostValue[], weights: weights.map(Number) };
}

/** A key that orders the values of a digest: whole numbers beyond 2^53 and datetimes come as text. */
const rank = (x: HostValue): number | bigint | string =>
  typeof x === 'number' ? x : typeof x === 'string' && /^-?\d+$/.test(x) ? BigInt(x) : String(x);

function before(a: HostValue, b: HostValue): number {
  const [x, y] = [rank(a), rank(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Keeps the last value of each of `MOST` equal parts of the weight, and the first value of all. */
function thinned(d: Digest): unknown {
  const total = d.weights.reduce((a, b) => a + b, 0);
  if (d.values.length <= MOST) return [[d.type], d.values, d.weights];
  const values: HostValue[] = [];
  const weights: number[] = [];
  let [sum, kept] = [0, 0];
  d.values.forEach((v, i) => {
    sum += d.weights[i]!;
    const part = Math.floor((sum * MOST) / total);
    const next = Math.floor(((sum + (d.weights[i + 1] ?? 0)) * MOST) / total);
    if (i === 0 || i === d.values.length - 1 || next !== part) {
      values.push(v);
      weights.push(sum - kept);
      kept = sum;
    }
  });
  return [[d.type], values, weights];
}

function merged(all: readonly unknown[]): unknown {
  const digests = all.map(digestOf).filter((d): d is Digest => d !== undefined && d.values.length > 0);
  if (digests.length === 0) return null;
  const pairs = digests.flatMap((d) => d.values.map((v, i): [HostValue, number] => [v, d.weights[i]!]));
  pairs.sort((a, b) => before(a[0], b[0]));
  const values: HostValue[] = [];
  const weights: number[] = [];
  for (const [v, w] of pairs) {
    if (values.length && before(values[values.length - 1]!, v) === 0) weights[weights.length - 1]! += w;
    else {
      values.push(v);
      weights.push(w);
    }
  }
  return thinned({ type: digests[0]!.type, values, weights });
}

function percentile(d: Digest, p: number): HostValue {
  const total = d.weights.reduce((a, b) => a + b, 0);
  const wanted = (Math.min(100, Math.max(0, p)) / 100) * total;
  let sum = 0;
  for (const [i, w] of d.weights.entries()) {
    sum += w;
    // A hair of tolerance, as the product above is rounded.
    if (sum >= wanted - total * 1e-12) return d.values[i]!;
  }
  return d.values[d.values.length - 1] ?? null;
}

function weightUpTo(d: Digest, value: HostValue): number {
  return d.values.reduce((sum: number, v, i) => (before(v, value) <= 0 ? sum + d.weights[i]! : sum), 0);
}

interface Count {
  readonly bits: number;
  readonly registers: Map<number, number>;
}

/** The character of a register that saw nothing; higher ranks follow it, short of quotes and backslashes. */
const NO_RANK = 35;

/** A sparse register takes about this many characters in JSON, a dense one takes one. */
const SPARSE = 9;

function countOf(value: unknown): Count | undefined {
  if (typeof value === 'object' && value !== null && 'register' in value) return denseCount(value);
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [head, at, ranks] = value as unknown[];
  if (!Array.isArray(head) || !Array.isArray(at) || !Array.isArray(ranks)) return undefined;
  return { bits: Number(head[0]), registers: new Map(at.map((r, i) => [Number(r), Number(ranks[i])])) };
}

function denseCount(value: object): Count | undefined {
  const { bits, register } = value as { bits?: unknown; register?: unknown };
  if (typeof bits !== 'number' || typeof register !== 'string' || register.length !== 2 ** bits) return undefined;
  const registers = new Map<number, number>();
  for (let i = 0; i < register.length; i++) {
    const rank = register.charCodeAt(i) - NO_RANK;
    if (rank > 0) registers.set(i, rank);
  }
  return { bits, registers };
}

function written({ bits, registers }: Count): unknown {
  if (registers.size * SPARSE <= 2 ** bits) return [[bits], [...registers.keys()], [...registers.values()]];
  let register = '';
  for (let i = 0; i < 2 ** bits; i++) register += String.fromCharCode(NO_RANK + (registers.get(i) ?? 0));
  return { kind: 'hyperloglog', bits, register };
}

/** Registers of fewer bits: the bits that fall away lengthen the run, or end it. */
function narrowed(c: Count, bits: number): Count {
  if (c.bits === bits) return c;
  const drop = c.bits - bits;
  const registers = new Map<number, number>();
  for (const [at, r] of c.registers) {
    const low = at % 2 ** drop;
    const run = low === 0 ? drop + r : drop - Math.floor(Math.log2(low));
    const to = Math.floor(at / 2 ** drop);
    registers.set(to, Math.max(registers.get(to) ?? 0, run));
  }
  return { bits, registers };
}

function unionOf(counts: readonly Count[]): Count {
  const bits = Math.min(...counts.map((c) => c.bits));
  const registers = new Map<number, number>();
  for (const c of counts.map((x) => narrowed(x, bits)))
    for (const [at, r] of c.registers) registers.set(at, Math.max(registers.get(at) ?? 0, r));
  return { bits, registers };
}

function mergedCounts(all: readonly unknown[]): unknown {
  const counts = all.map(countOf).filter((c): c is Count => c !== undefined);
  return counts.length ? written(unionOf(counts)) : null;
}

/** Estimate of the number of different values: Ertl's improved estimator, good from none to very many. */
function estimate(c: Count): number {
  const m = 2 ** c.bits;
  const q = 64 - c.bits;
  const counts = new Array<number>(q + 2).fill(0);
  counts[0] = m - c.registers.size;
  for (const r of c.registers.values()) counts[Math.min(q + 1, r)]! += 1;
  const tau = (x: number): number => {
    if (x === 0 || x === 1) return 0;
    let [y, z, v] = [1, 1 - x, x];
    for (;;) {
      v = Math.sqrt(v);
      const old = z;
      y /= 2;
      z -= (1 - v) ** 2 * y;
      if (old === z) return z / 3;
    }
  };
  const sigma = (x: number): number => {
    if (x === 1) return Infinity;
    let [y, z, v] = [1, x, x];
    for (;;) {
      v *= v;
      const old = z;
      z += v * y;
      y += y;
      if (old === z) return z;
    }
  };
  let z = m * tau(1 - counts[q + 1]! / m);
  for (let k = q; k >= 1; k--) z = 0.5 * (z + counts[k]!);
  z += m * sigma(counts[0]! / m);
  return Math.round(m ** 2 / (2 * Math.LN2 * z));
}

/** Most sets whose intersection is worked out from unions; with more, the errors of the estimates outgrow the result. */
const MAX_SETS = 8;

/**
 * Sizes of the first set, of what the first two have in common, of what the first three have in common…
 *
 * Where the sets leave most registers free, a value nearly always has a register to itself, and the registers that agree
 * are counted. Larger sets go by inclusion and exclusion of their unions.
 * @throws HostError when more than `MAX_SETS` large sets meet
 */
function intersections(sketches: readonly unknown[]): number[] | null {
  const found = sketches.map(countOf);
  if (found.some((c) => c === undefined)) return null;
  const bits = Math.min(...found.map((c) => c!.bits));
  const sets = found.map((c) => narrowed(c!, bits));
  const out: number[] = [estimate(sets[0]!)];
  for (let k = 2; k <= sets.length; k++) {
    const first = sets.slice(0, k);
    const all = unionOf(first);
    let size: number;
    if (all.registers.size <= 2 ** bits / 8) {
      size = [...first[0]!.registers].filter(([at, r]) => first.every((c) => c.registers.get(at) === r)).length;
    } else {
      if (k > MAX_SETS) throw new HostError(`dcount_intersect() works on at most ${MAX_SETS} sets of this size.`);
      size = 0;
      for (let mask = 1; mask < 2 ** k; mask++) {
        const some = first.filter((_, i) => mask & (1 << i));
        size += (some.length % 2 === 1 ? 1 : -1) * estimate(unionOf(some));
      }
    }
    out.push(Math.max(0, Math.min(size, out[k - 2]!)));
  }
  return out;
}

const wanted = (list: unknown): number[] =>
  (Array.isArray(list) ? list : [list]).map(Number).filter((p) => Number.isFinite(p));

export const SKETCH_HOST: HostFamily = {
  intersections: (...sketches: unknown[]) => intersections(sketches),
  thin: (digest: unknown) => {
    const d = digestOf(digest);
    return d ? thinned(d) : null;
  },
  merge: (all: unknown[] | null) => merged(all ?? []),
  percentile: (digest: unknown, p: number | null) => {
    const d = digestOf(digest);
    return d?.values.length && p !== null ? percentile(d, p) : null;
  },
  percentiles: (digest: unknown, list: unknown[]) => {
    const d = digestOf(digest);
    return d?.values.length ? wanted(list.flat()).map((p) => percentile(d, p)) : null;
  },
  rank: (digest: unknown, value: HostValue) => {
    const d = digestOf(digest);
    return d && value !== null ? weightUpTo(d, value) : null;
  },
  percentRank: (digest: unknown, value: HostValue) => {
    const d = digestOf(digest);
    const total = d?.weights.reduce((a, b) => a + b, 0) ?? 0;
    return d && total > 0 && value !== null ? (weightUpTo(d, value) * 100) / total : null;
  },
  isDigest: (digest: unknown) => digestOf(digest) !== undefined,
  mergeCounts: (all: unknown[] | null) => mergedCounts(all ?? []),
  count: (count: unknown) => {
    const c = countOf(count);
    return c ? estimate(c) : null;
  },
  isCount: (count: unknown) => countOf(count) !== undefined,
};
