/** Frequent combinations of values in the columns of a table: the ground that basket, autocluster and diffpatterns share. */
import { HostError } from './errors.ts';
import { jsonText } from './json.ts';
import type { HostValue } from './registry.ts';
import type { HostRows } from './relation.ts';

/** One value of one column, and the rows that have it. */
export interface Item {
  readonly column: number;
  readonly value: HostValue;
  readonly rows: Int32Array;
}

/** A combination of values that all rows of it share; no further value is shared by all of them. */
export interface Pattern {
  /** At most one value for each column, by column. */
  readonly items: readonly Item[];
  readonly rows: Int32Array;
}

/** Most patterns a search may find before it is given up. */
const MAX_PATTERNS = 200_000;

const empty = (v: HostValue | undefined): boolean => v === null || v === undefined || v === '';

/**
 * The values that reach a least weight. Missing values and empty texts are no values.
 * @param columns positions of the columns to look at
 */
export function frequentItems(
  rows: HostRows,
  columns: readonly number[],
  frequent: (rows: readonly number[]) => boolean,
): Item[] {
  const out: Item[] = [];
  for (const column of columns) {
    const found = new Map<string, number[]>();
    const values = new Map<string, HostValue>();
    rows.forEach((row, i) => {
      const v = row[column]!;
      if (empty(v)) return;
      const key = typeof v === 'string' ? v : `\u0000${jsonText(v)}`;
      const list = found.get(key);
      if (list) list.push(i);
      else {
        found.set(key, [i]);
        values.set(key, v);
      }
    });
    for (const [key, list] of found) {
      if (frequent(list)) out.push({ column, value: values.get(key)!, rows: Int32Array.from(list) });
    }
  }
  return out;
}

function intersect(a: Int32Array, b: Int32Array): Int32Array {
  const out = new Int32Array(Math.min(a.length, b.length));
  let n = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i]! < b[j]!) i++;
    else if (a[i]! > b[j]!) j++;
    else {
      out[n++] = a[i]!;
      i++;
      j++;
    }
  }
  return out.slice(0, n);
}

function contains(all: Int32Array, part: Int32Array): boolean {
  let i = 0;
  for (const p of part) {
    while (i < all.length && all[i]! < p) i++;
    if (all[i] !== p) return false;
  }
  return true;
}

/**
 * All closed frequent patterns: every pattern is as specific as its rows allow, so none says less about the same rows
 * than another.
 * @param maxItems how many values may be chosen; values that follow from the chosen ones do not count
 */
export function closedPatterns(
  items: readonly Item[],
  frequent: (rows: Int32Array) => boolean,
  maxItems: number,
): Pattern[] {
  const found = new Map<string, Pattern>();
  const close = (rows: Int32Array): Item[] =>
    items.filter((it) => it.rows.length >= rows.length && contains(it.rows, rows));
  const visit = (rows: Int32Array, from: number, chosen: number): void => {
    const closure = close(rows);
    const key = closure.map((it) => items.indexOf(it)).join(',');
    if (found.has(key)) return;
    found.set(key, { items: closure, rows });
    if (found.size > MAX_PATTERNS)
      throw new HostError('The columns have too many common combinations. Leave out columns, or raise the threshold.');
    if (chosen >= maxItems) return;
    const used = new Set(closure.map((it) => it.column));
    for (let i = from; i < items.length; i++) {
      const next = items[i]!;
      if (used.has(next.column)) continue;
      const both = intersect(rows, next.rows);
      if (frequent(both)) visit(both, i + 1, chosen + 1);
    }
  };
  for (const [i, it] of items.entries()) visit(it.rows, i + 1, 1);
  return [...found.values()];
}

/** Weight of rows: the sum of a column. */
export function weigher(rows: HostRows, column: number): (part: ArrayLike<number>) => number {
  const weights = Float64Array.from(rows, (r) => {
    const w = Number(r[column]);
    return Number.isFinite(w) ? w : 0;
  });
  return (part) => {
    let total = 0;
    for (let i = 0; i < part.length; i++) total += weights[part[i]!]!;
    return total;
  };
}

/** The cells of a pattern: its values, wildcards elsewhere. */
export function cellsOf(p: Pattern, columns: readonly number[], wildcards: readonly HostValue[]): unknown[] {
  return columns.map((c, i) => p.items.find((it) => it.column === c)?.value ?? wildcards[i] ?? null);
}

export type Weigh = (part: ArrayLike<number>) => number;
export { intersect };
