/**
 * Areas from edges: for every piece of a cut network, how often the areas of the input cover its left and right side;
 * then the boundary of what is covered often enough, as rings.
 */
import type { Noded } from './noding.ts';
import { add, angle, dot, normal, side, turning, unit, type Vec } from './sphere.ts';

/** A closed ring without the repeated last position; what it bounds is on its left. */
export type Ring = readonly Vec[];

/** A ring around an area and the rings around its holes. Shells run counterclockwise, holes clockwise. */
export interface Part {
  readonly shell: Ring;
  readonly holes: readonly Ring[];
}

/** A position of which is known how often the input covers it. */
export interface Known {
  readonly at: Vec;
  readonly cover: number;
}

interface Half {
  readonly u: number;
  readonly v: number;
  /** How often the input runs along it, less how often it runs against it. */
  readonly net: number;
  /** Lowest number of an input edge that runs along it; Infinity when none does. */
  readonly id: number;
  readonly twin: number;
  /** The next one around the area on the left. */
  next: number;
  left: number | undefined;
}

/** Directions around a position, counterclockwise, as an angle from an arbitrary one. */
function bearing(at: Vec, to: Vec, x: Vec, y: Vec): number {
  const d: Vec = [to[0] - at[0], to[1] - at[1], to[2] - at[2]];
  return Math.atan2(dot(d, y), dot(d, x));
}

/** Sorts the outgoing edges of a position counterclockwise. */
function around(at: Vec, ends: readonly { readonly to: Vec; readonly edge: number }[]): number[] {
  const first = ends[0]!.to;
  const n = normal(at, first);
  const x = unit([n[1] * at[2] - n[2] * at[1], n[2] * at[0] - n[0] * at[2], n[0] * at[1] - n[1] * at[0]]);
  const y: Vec = unit([at[1] * x[2] - at[2] * x[1], at[2] * x[0] - at[0] * x[2], at[0] * x[1] - at[1] * x[0]]);
  return ends
    .map((e) => ({ ...e, at: bearing(at, e.to, x, y) }))
    .sort((a, b) => (Math.abs(a.at - b.at) < 1e-9 ? -side(at, a.to, b.to) : a.at - b.at))
    .map((e) => e.edge);
}

/** Half edges of all pieces that bound something: those that the input does not run along as often as against. */
function halves({ vertices, chains }: Noded): Half[] {
  const pieces = new Map<string, { u: number; v: number; net: number; along: number; against: number }>();
  chains.forEach((chain, id) => {
    for (let i = 1; i < chain.length; i++) {
      const forward = chain[i - 1]! < chain[i]!;
      const [u, v] = forward ? [chain[i - 1]!, chain[i]!] : [chain[i]!, chain[i - 1]!];
      const key = `${u},${v}`;
      let p = pieces.get(key);
      if (!p) {
        p = { u, v, net: 0, along: Infinity, against: Infinity };
        pieces.set(key, p);
      }
      p.net += forward ? 1 : -1;
      if (forward) p.along = Math.min(p.along, id);
      else p.against = Math.min(p.against, id);
    }
  });
  const out: Half[] = [];
  for (const p of pieces.values()) {
    if (p.net === 0) continue;
    const at = out.length;
    out.push({ u: p.u, v: p.v, net: p.net, id: p.along, twin: at + 1, next: -1, left: undefined });
    out.push({ u: p.v, v: p.u, net: -p.net, id: p.against, twin: at, next: -1, left: undefined });
  }
  const leaving = new Map<number, { to: Vec; edge: number }[]>();
  out.forEach((h, edge) => {
    const list = leaving.get(h.u);
    const end = { to: vertices[h.v]!, edge };
    if (list) list.push(end);
    else leaving.set(h.u, [end]);
  });
  for (const [at, ends] of leaving) {
    const order = around(vertices[at]!, ends);
    // After arriving over the twin of order[i], the area on the left goes on with the next one clockwise.
    order.forEach((edge, i) => {
      out[out[edge]!.twin]!.next = order[(i + order.length - 1) % order.length]!;
    });
  }
  return out;
}

/** How often the input covers the left side of a half edge: counts what an arc from a known position to its middle crosses. */
function coverLeft(
  h: Half,
  all: readonly Half[],
  vertices: readonly Vec[],
  known: readonly Known[],
): number | undefined {
  const middle = unit(add(vertices[h.u]!, vertices[h.v]!));
  for (const { at, cover } of known) {
    const s = side(vertices[h.u]!, vertices[h.v]!, at);
    if (s === 0 || angle(at, middle) > 3.1) continue;
    let w: number | undefined = cover;
    for (let i = 0; i < all.length; i += 2) {
      const e = all[i]!;
      if (e === h || all[e.twin] === h) continue;
      const [a, b] = [vertices[e.u]!, vertices[e.v]!];
      const from = side(a, b, at);
      const to = side(a, b, middle);
      const left = side(at, middle, a);
      const right = side(at, middle, b);
      if (from === 0 || to === 0 || left === 0 || right === 0) {
        w = undefined;
        break;
      }
      if (from === to || left === right || from !== -left) continue;
      w += from < 0 ? e.net : -e.net;
    }
    if (w !== undefined) return s > 0 ? w : w + h.net;
  }
  return undefined;
}

/** Fills in `left` for all half edges. False when no known position helps. */
function cover(all: readonly Half[], vertices: readonly Vec[], known: readonly Known[]): boolean {
  for (const start of all) {
    if (start.left !== undefined) continue;
    // Any edge of a connected part will do; one in line with others says nothing.
    const w = coverLeft(start, all, vertices, known);
    if (w === undefined) continue;
    start.left = w;
    const stack = [start];
    while (stack.length) {
      const h = stack.pop()!;
      const [next, twin] = [all[h.next]!, all[h.twin]!];
      if (next.left === undefined) {
        next.left = h.left;
        stack.push(next);
      }
      if (twin.left === undefined) {
        twin.left = h.left! - h.net;
        stack.push(twin);
      }
    }
  }
  return all.every((h) => h.left !== undefined);
}

/** A directed piece of a boundary; `id` is the number of the input edge it comes from. */
export interface Bounding {
  readonly u: number;
  readonly v: number;
  readonly id: number;
}

/**
 * Turns a ring so that the edge that came last in the input ends it: pieces of one input ring keep their order. Of equal
 * edges the last one in a row counts.
 */
function settle(ring: Bounding[]): Bounding[] {
  let at = 0;
  let gap = false;
  for (let i = 1; i < ring.length; i++) {
    const d = ring[i]!.id - ring[at]!.id;
    if (d < 0) gap = true;
    else if (d > 0 || !gap) {
      at = i;
      gap = false;
    }
  }
  const start = (at + 1) % ring.length;
  return [...ring.slice(start), ...ring.slice(0, start)];
}

/** Rings of directed edges, area on the left; at each position the sharpest left turn. Rings never visit a position twice. */
export function rings(edges: readonly Bounding[], vertices: readonly Vec[]): Vec[][] {
  const sorted = [...edges].sort((a, b) => a.u - b.u || a.v - b.v);
  const leaving = new Map<number, { to: Vec; edge: number }[]>();
  const arriving = new Map<number, { to: Vec; edge: number }[]>();
  const push = (map: typeof leaving, key: number, to: Vec, edge: number): void => {
    const list = map.get(key);
    if (list) list.push({ to, edge });
    else map.set(key, [{ to, edge }]);
  };
  sorted.forEach((e, i) => {
    push(leaving, e.u, vertices[e.v]!, i);
    push(arriving, e.v, vertices[e.u]!, i);
  });
  const next = new Array<number>(sorted.length).fill(-1);
  for (const [at, out] of leaving) {
    const come = arriving.get(at) ?? [];
    if (out.length === 1 && come.length === 1) {
      next[come[0]!.edge] = out[0]!.edge;
      continue;
    }
    const order = around(vertices[at]!, [
      ...out.map((o) => ({ to: o.to, edge: o.edge * 2 })),
      ...come.map((o) => ({ to: o.to, edge: o.edge * 2 + 1 })),
    ]);
    const n = order.length;
    order.forEach((code, i) => {
      if (code % 2 === 0) return;
      for (let k = 1; k < n; k++) {
        const other = order[(i + n - k) % n]!;
        if (other % 2 === 0) {
          next[(code - 1) / 2] = other / 2;
          break;
        }
      }
    });
  }
  const done: Bounding[][] = [];
  for (let start = 0; start < sorted.length; start++) {
    const path: number[] = [];
    const place = new Map<number, number>();
    for (let e = start; e >= 0 && next[e]! >= 0; ) {
      path.push(e);
      place.set(sorted[e]!.u, path.length - 1);
      const following = next[e]!;
      next[e] = -1;
      const from = place.get(sorted[e]!.v);
      if (from !== undefined) {
        const loop = path.splice(from);
        for (const k of loop) place.delete(sorted[k]!.u);
        done.push(settle(loop.map((k) => sorted[k]!)));
      }
      e = following;
    }
  }
  done.sort((a, b) => a[0]!.id - b[0]!.id);
  return done.filter((r) => r.length > 2).map((r) => r.map((e) => vertices[e.u]!));
}

/** Positions nearer than this to a plane may be on either side of it, as positions are rounded. */
const UNSURE = 1e-14;

/** The height of a position over the plane of an arc. */
function heights(a: Vec, b: Vec): (p: Vec) => number {
  const n = unit(normal(a, b));
  return (p) => Math.abs(dot(n, p));
}

/**
 * Counts what an arc from the middle of an edge of the ring to p crosses.
 * @param sure gives up when p is in line with that edge or a corner lies on the arc
 * @returns undefined when the count says nothing
 */
function insideFrom(ring: Ring, k: number, p: Vec, sure: boolean): boolean | undefined {
  const n = ring.length;
  const [a, b] = [ring[k]!, ring[(k + 1) % n]!];
  const middle = unit(add(a, b));
  const s = side(a, b, p);
  if (s === 0 || angle(p, middle) > 3.1 || (sure && heights(a, b)(p) < 100 * UNSURE)) return undefined;
  const height = heights(p, middle);
  let inside = s > 0;
  for (let i = 0; i < n; i++) {
    if (i === k) continue;
    const [c, d] = [ring[i]!, ring[(i + 1) % n]!];
    const from = side(c, d, p);
    const to = side(c, d, middle);
    const left = side(p, middle, c);
    const right = side(p, middle, d);
    if (from === 0 || to === 0 || left === 0 || right === 0) return undefined;
    if (sure && (height(c) < UNSURE || height(d) < UNSURE)) return undefined;
    if (from !== to && left !== right && from === -left) inside = !inside;
  }
  return inside;
}

/** True when p is inside the ring: on its left side. Positions on the ring may be either. */
export function ringHolds(ring: Ring, p: Vec): boolean {
  for (const sure of [true, false]) {
    for (let k = 0; k < ring.length; k++) {
      const inside = insideFrom(ring, k, p, sure);
      if (inside !== undefined) return inside;
    }
  }
  return false;
}

const corners = new WeakMap<Ring, ReadonlySet<string>>();

function cornersOf(ring: Ring): ReadonlySet<string> {
  let set = corners.get(ring);
  if (!set) {
    set = new Set(ring.map(String));
    corners.set(ring, set);
  }
  return set;
}

/** True when the inner ring, which does not cross the outer one, lies in the area on the left of the outer one. */
export function ringInRing(inner: Ring, outer: Ring): boolean {
  const shared = cornersOf(outer);
  const free = inner.find((p) => !shared.has(String(p)));
  if (free) return ringHolds(outer, free);
  return ringHolds(outer, unit(add(inner[0]!, inner[1]!)));
}

/** Groups rings: clockwise ones are the holes of the smallest counterclockwise one around them. */
export function parts(all: readonly Ring[]): Part[] {
  const shells = all.filter((r) => turning(r) >= 0).map((shell) => ({ shell, holes: [] as Ring[] }));
  const lone: Part[] = [];
  for (const hole of all) {
    if (turning(hole) >= 0) continue;
    const around = shells.filter((s) => ringInRing(hole, s.shell));
    around.sort((a, b) => turning(b.shell) - turning(a.shell));
    if (around[0]) around[0].holes.push(hole);
    else lone.push({ shell: hole, holes: [] });
  }
  return [...shells, ...lone];
}

/**
 * Rings around everything that at least `depth` areas of the input cover.
 * @param known positions of known cover to start from; the first that is in general position is used
 * @returns undefined when no known position helps
 */
export function covered(noded: Noded, known: readonly Known[], depth: number): Ring[] | undefined {
  const all = halves(noded);
  if (!cover(all, noded.vertices, known)) return undefined;
  const edges = all.filter((h) => h.left! >= depth && h.left! - h.net < depth).map(({ u, v, id }) => ({ u, v, id }));
  return rings(edges, noded.vertices);
}
