/**
 * Cuts edges at every place where they meet, so that the pieces touch in common ends only.
 */
import { s2 } from 's2js';
import { angle, crosses, crossing, dot, MERGE, nearest, norm, normal, scale, sub, type Vec } from './sphere.ts';

/** A directed edge of the input. */
export interface Edge {
  readonly a: Vec;
  readonly b: Vec;
}

/** Positions in the order of the space-filling curve, and for every input edge the positions it runs through. */
export interface Noded {
  readonly vertices: readonly Vec[];
  readonly chains: readonly (readonly number[])[];
}

/** More passes than this are never needed: each one only moves positions by rounding errors. */
const PASSES = 8;

const CELL = 1e-13;

/** Gives every position a number, the same one to positions that differ by rounding only. */
class Positions {
  readonly list: Vec[] = [];
  private readonly cells = new Map<string, number[]>();

  add(p: Vec): number {
    const keys = this.keys(p);
    for (const key of keys) {
      for (const id of this.cells.get(key) ?? []) {
        if (norm(sub(this.list[id]!, p)) <= MERGE) return id;
      }
    }
    const id = this.list.length;
    this.list.push(p);
    const own = this.cells.get(keys[0]!);
    if (own) own.push(id);
    else this.cells.set(keys[0]!, [id]);
    return id;
  }

  /** The cell of a position, then the neighbour cells that come within the merge distance. */
  private keys(p: Vec): string[] {
    const axes = p.map((v) => {
      const at = Math.floor(v / CELL);
      const low = Math.floor((v - MERGE) / CELL);
      const high = Math.floor((v + MERGE) / CELL);
      return low !== at ? [at, low] : high !== at ? [at, high] : [at];
    });
    const out: string[] = [];
    for (const x of axes[0]!) for (const y of axes[1]!) for (const z of axes[2]!) out.push(`${x},${y},${z}`);
    return out;
  }
}

interface Segment {
  readonly u: number;
  readonly v: number;
  readonly n: Vec;
  readonly low: Vec;
  readonly high: Vec;
  cuts: number[] | undefined;
}

/** A box around an edge, widened by how far the arc bulges beyond its chord. */
function segment(u: number, v: number, a: Vec, b: Vec): Segment {
  const chord = sub(b, a);
  const half = Math.min(1, norm(chord) / 2);
  const pad = 1 - Math.sqrt(1 - half * half) + 4 * MERGE;
  const low = a.map((x, i) => Math.min(x, b[i]!) - pad) as unknown as Vec;
  const high = a.map((x, i) => Math.max(x, b[i]!) + pad) as unknown as Vec;
  const n = normal(a, b);
  const length = norm(n);
  return { u, v, n: length > 0 ? scale(n, 1 / length) : n, low, high, cuts: undefined };
}

function cut(s: Segment, at: number): void {
  if (at === s.u || at === s.v || s.cuts?.includes(at)) return;
  s.cuts ??= [];
  s.cuts.push(at);
}

/** Cuts two segments where they meet. */
function meet(s: Segment, t: Segment, positions: Positions): void {
  const list = positions.list;
  let touching = false;
  for (const [x, y] of [
    [s, t],
    [t, s],
  ] as const) {
    for (const w of [y.u, y.v]) {
      if (w === x.u || w === x.v) continue;
      const p = list[w]!;
      if (Math.abs(dot(x.n, p)) > MERGE) continue;
      const foot = nearest(p, list[x.u]!, list[x.v]!);
      if (foot !== list[x.u] && foot !== list[x.v] && angle(p, foot) <= MERGE) {
        cut(x, w);
        touching = true;
      }
    }
  }
  // Where an end lies on the other edge as good as exactly, a crossing could only be that end; the next pass knows.
  if (touching || s.u === t.u || s.u === t.v || s.v === t.u || s.v === t.v) return;
  const [a, b, c, d] = [list[s.u]!, list[s.v]!, list[t.u]!, list[t.v]!];
  if (!crosses(a, b, c, d)) return;
  const id = positions.add(crossing(a, b, c, d));
  cut(s, id);
  cut(t, id);
}

/** Calls back for all pairs whose boxes overlap. */
export function overlapping<T extends { readonly low: Vec; readonly high: Vec }>(
  items: readonly T[],
  visit: (a: T, b: T) => void,
): void {
  // Sweep along the axis on which the whole is longest.
  let axis = 0;
  let best = -1;
  for (let i = 0; i < 3; i++) {
    let low = 2;
    let high = -2;
    for (const s of items) {
      if (s.low[i]! < low) low = s.low[i]!;
      if (s.high[i]! > high) high = s.high[i]!;
    }
    if (high - low > best) {
      best = high - low;
      axis = i;
    }
  }
  const [p, q] = [(axis + 1) % 3, (axis + 2) % 3];
  const sorted = [...items].sort((a, b) => a.low[axis]! - b.low[axis]!);
  let active: T[] = [];
  for (const s of sorted) {
    const kept: T[] = [];
    for (const t of active) {
      if (t.high[axis]! < s.low[axis]!) continue;
      kept.push(t);
      if (t.low[p]! <= s.high[p]! && s.low[p]! <= t.high[p]! && t.low[q]! <= s.high[q]! && s.low[q]! <= t.high[q]!)
        visit(t, s);
    }
    kept.push(s);
    active = kept;
  }
}

/** A box for `overlapping` around one edge. */
export function box(a: Vec, b: Vec): { low: Vec; high: Vec } {
  const { low, high } = segment(0, 1, a, b);
  return { low, high };
}

/** One pass over all distinct segments of the chains. Returns the cuts by segment, in the direction of the key. */
function pass(chains: readonly (readonly number[])[], positions: Positions): Map<string, number[]> {
  const segments = new Map<string, Segment>();
  for (const chain of chains) {
    for (let i = 1; i < chain.length; i++) {
      const u = Math.min(chain[i - 1]!, chain[i]!);
      const v = Math.max(chain[i - 1]!, chain[i]!);
      const key = `${u},${v}`;
      if (!segments.has(key)) segments.set(key, segment(u, v, positions.list[u]!, positions.list[v]!));
    }
  }
  overlapping([...segments.values()], (s, t) => meet(s, t, positions));
  const out = new Map<string, number[]>();
  for (const [key, s] of segments) {
    if (!s.cuts) continue;
    const from = positions.list[s.u]!;
    const far = (id: number): number => norm(sub(positions.list[id]!, from));
    out.set(
      key,
      s.cuts.sort((x, y) => far(x) - far(y)),
    );
  }
  return out;
}

/** Cuts edges at all places where they meet. Edges without length give chains of one position. */
export function node(edges: readonly Edge[]): Noded {
  const positions = new Positions();
  let chains: number[][] = edges.map(({ a, b }) => {
    const u = positions.add(a);
    const v = positions.add(b);
    return u === v ? [u] : [u, v];
  });
  for (let i = 0; i < PASSES; i++) {
    const cuts = pass(chains, positions);
    if (cuts.size === 0) break;
    chains = chains.map((chain) => {
      const out = [chain[0]!];
      for (let k = 1; k < chain.length; k++) {
        const [u, v] = [chain[k - 1]!, chain[k]!];
        const at = cuts.get(u < v ? `${u},${v}` : `${v},${u}`);
        if (at) out.push(...(u < v ? at : [...at].reverse()));
        out.push(v);
      }
      return out;
    });
  }
  return curveOrder(positions.list, chains);
}

/** The leaf cell of a position: sorting by it keeps near positions together. */
export function curveKey([x, y, z]: Vec): bigint {
  return s2.cellid.fromPoint(new s2.Point(x, y, z));
}

/** Renumbers positions along the space-filling curve, which fixes where results start. */
function curveOrder(list: readonly Vec[], chains: readonly number[][]): Noded {
  const used = [...new Set(chains.flat())];
  const keys = new Map(used.map((id) => [id, curveKey(list[id]!)]));
  used.sort((a, b) => {
    const [x, y] = [keys.get(a)!, keys.get(b)!];
    return x < y ? -1 : x > y ? 1 : a - b;
  });
  const place = new Map(used.map((id, i) => [id, i]));
  return { vertices: used.map((id) => list[id]!), chains: chains.map((c) => c.map((id) => place.get(id)!)) };
}
