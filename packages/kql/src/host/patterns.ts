/** `basket`, `autocluster` and `diffpatterns`: what rows have in common, and what tells two sets of rows apart. */
import { cellsOf, closedPatterns, frequentItems, type Item, intersect, type Pattern, weigher } from './itemsets.ts';
import type { HostValue } from './registry.ts';
import type { RelationHost } from './relation.ts';

interface Options {
  /** Positions of the columns that patterns are made of. */
  readonly columns: readonly number[];
  /** One for each of `columns`: what stands for "any value". */
  readonly wildcards: readonly HostValue[];
  /** Position of the weight: how many rows of the table a row stands for. */
  readonly weight: number;
  readonly threshold: number;
  readonly maxDimensions: number;
  readonly sizeWeight: number;
  readonly seeds: number;
  /** Positions of two truth columns that mark the sets of `diffpatterns`. */
  readonly split: readonly [number, number];
}

const percent = (part: number, whole: number): number => (whole === 0 ? 0 : (100 * part) / whole);
const all = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

/** Frequent patterns, largest first. */
export const basket: RelationHost = ([rows = []], options) => {
  const o = options as unknown as Options;
  const weigh = weigher(rows, o.weight);
  const total = weigh(all(rows.length));
  const frequent = (part: ArrayLike<number>): boolean => total > 0 && weigh(part) / total >= o.threshold;
  const items = frequentItems(rows, o.columns, frequent);
  const found = closedPatterns(items, frequent, o.maxDimensions).map((p) => ({ p, count: weigh(p.rows) }));
  found.sort((a, b) => b.count - a.count || b.p.items.length - a.p.items.length);
  return found.map(({ p, count }, i) => [
    i,
    Math.round(count),
    percent(count, total),
    ...cellsOf(p, o.columns, o.wildcards),
  ]);
};

/**
 * A few patterns that balance how many rows they cover with how many columns they fix. Each seed is grown by the value
 * that helps the score most until none does; then the patterns are taken by score as long as they cover new rows.
 */
export const autocluster: RelationHost = ([rows = []], options) => {
  const o = options as unknown as Options;
  const weigh = weigher(rows, o.weight);
  const total = weigh(all(rows.length));
  if (total <= 0) return [];
  const items = frequentItems(rows, o.columns, (part) => weigh(part) / total >= o.threshold);
  const score = (part: Int32Array, fixed: number): number =>
    (weigh(part) / total) ** o.sizeWeight * (fixed / o.columns.length) ** (1 - o.sizeWeight);
  const grow = (seed: Item): Pattern & { score: number } => {
    let chosen: Item[] = [seed];
    let part = seed.rows;
    let best = score(part, 1);
    for (;;) {
      let next: { item: Item; rows: Int32Array; score: number } | undefined;
      for (const it of items) {
        if (chosen.some((c) => c.column === it.column)) continue;
        const both = intersect(part, it.rows);
        const s = score(both, chosen.length + 1);
        if (both.length > 0 && s > best && (!next || s > next.score)) next = { item: it, rows: both, score: s };
      }
      if (!next) return { items: chosen, rows: part, score: best };
      chosen = [...chosen, next.item];
      part = next.rows;
      best = next.score;
    }
  };
  const seeds = [...items].sort((a, b) => weigh(b.rows) - weigh(a.rows)).slice(0, o.seeds);
  const grown = seeds.map(grow).sort((a, b) => b.score - a.score);
  const kept: Pattern[] = [];
  const covered = new Uint8Array(rows.length);
  for (const p of grown) {
    const fresh = p.rows.filter((r) => covered[r] === 0);
    // Most of a pattern must be news, or it only repeats what an earlier one says.
    if (weigh(fresh) < weigh(p.rows) / 2) continue;
    kept.push(p);
    for (const r of p.rows) covered[r] = 1;
  }
  return kept.map((p, i) => {
    const count = weigh(p.rows);
    return [i, Math.round(count), percent(count, total), ...cellsOf(p, o.columns, o.wildcards)];
  });
};

/** Patterns whose share differs between two sets of rows, largest difference first. */
export const diffpatterns: RelationHost = ([rows = []], options) => {
  const o = options as unknown as Options;
  const weigh = weigher(rows, o.weight);
  const inSet = o.split.map((at) => Uint8Array.from(rows, (r) => (r[at] === true ? 1 : 0)));
  const weightIn = (part: ArrayLike<number>, set: Uint8Array): number => weigh(Array.from(part).filter((r) => set[r]));
  const whole = all(rows.length);
  const totals = inSet.map((set) => weightIn(whole, set));
  const shares = (part: ArrayLike<number>): number[] =>
    inSet.map((set, i) => (totals[i]! > 0 ? weightIn(part, set) / totals[i]! : 0));
  // A pattern that is rare in both sets cannot differ by the threshold.
  const possible = (part: ArrayLike<number>): boolean => Math.max(...shares(part)) >= o.threshold;
  const items = frequentItems(rows, o.columns, possible);
  const found = closedPatterns(items, possible, o.maxDimensions)
    .map((p) => {
      const [a, b] = shares(p.rows) as [number, number];
      return { p, a, b, difference: Math.abs(a - b) };
    })
    .filter((x) => x.difference >= o.threshold)
    .sort((x, y) => y.difference - x.difference || x.p.items.length - y.p.items.length);
  const kept: typeof found = [];
  const related = (x: Pattern, y: Pattern): boolean =>
    x.items.every((it) => y.items.includes(it)) || y.items.every((it) => x.items.includes(it));
  for (const x of found) if (!kept.some((k) => related(k.p, x.p))) kept.push(x);
  return kept.map(({ p, a, b, difference }, i) => [
    i,
    Math.round(a * totals[0]!),
    Math.round(b * totals[1]!),
    100 * a,
    100 * b,
    100 * difference,
    ...cellsOf(p, o.columns, o.wildcards),
  ]);
};
