/**
 * Simplification: corners nearer to each other than the tolerance become one, and chains of edges that a single edge
 * follows within the tolerance become that edge. All chains are treated together, so shared borders stay shared.
 */
import { curveKey } from './noding.ts';
import { type Bounding, type Ring, rings } from './region.ts';
import { angle, cross, dot, norm, normal, perpendicular, side, sub, unit, type Vec } from './sphere.ts';

/** Corners the input's corners snap to, and the chains of the input over them. */
interface Snapped {
  readonly sites: readonly Vec[];
  /** The input corners of each site. */
  readonly corners: readonly (readonly Vec[])[];
}

/** Picks sites along the space-filling curve: every corner is within the tolerance of one, no two are nearer than it. */
function pickSites(all: readonly Vec[], tolerance: number): Snapped {
  const distinct = [...new Map(all.map((p) => [String(p), p])).values()];
  const keyed = distinct
    .map((p) => ({ p, key: curveKey(p) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const sites: Vec[] = [];
  const chord = 2 * Math.sin(tolerance / 2);
  for (const { p } of keyed) if (!sites.some((s) => norm(sub(s, p)) <= chord)) sites.push(p);
  const corners: Vec[][] = sites.map(() => []);
  for (const p of distinct) corners[nearestSite(p, sites)]!.push(p);
  return { sites, corners };
}

function nearestSite(p: Vec, sites: readonly Vec[]): number {
  let best = 0;
  let far = Infinity;
  sites.forEach((s, i) => {
    const d = norm(sub(s, p));
    if (d < far) {
      far = d;
      best = i;
    }
  });
  return best;
}

/** The sites whose neighbourhoods an edge passes through, in order. */
function snapEdge(a: Vec, b: Vec, sites: readonly Vec[], tolerance: number): number[] {
  const first = nearestSite(a, sites);
  const last = nearestSite(b, sites);
  const n = unit(normal(a, b));
  const x = a;
  const y = unit(cross(n, a));
  const length = angle(a, b);
  const reach = Math.sin(Math.min(tolerance, Math.PI / 2));
  const near: { site: number; p: number; q: number; at: number }[] = [];
  sites.forEach((s, site) => {
    if (site !== first && site !== last && Math.abs(dot(n, s)) > reach) return;
    const p = dot(s, x);
    const q = dot(s, y);
    const at = Math.atan2(q, p);
    if (site !== first && site !== last && (at < -tolerance || at > length + tolerance)) return;
    near.push({ site, p, q, at });
  });
  near.sort((s, t) => s.at - t.at);
  // Where along the edge the nearest site changes: an upper envelope of the cosines of the distances.
  const change = (s: (typeof near)[number], t: (typeof near)[number]): number => Math.atan2(s.p - t.p, t.q - s.q);
  const hull: typeof near = [];
  for (const t of near) {
    while (hull.length > 1 && change(hull.at(-2)!, hull.at(-1)!) >= change(hull.at(-1)!, t)) hull.pop();
    hull.push(t);
  }
  const from = hull.findIndex((h) => h.site === first);
  const to = hull.findIndex((h) => h.site === last);
  return from < 0 || to < from
    ? first === last
      ? [first]
      : [first, last]
    : hull.slice(from, to + 1).map((h) => h.site);
}

/** Directions from a position, as an interval of angles. */
class Window {
  private readonly from: Vec;
  private readonly x: Vec;
  private readonly y: Vec;
  private middle = 0;
  private half = Math.PI;
  private readonly avoid: { middle: number; half: number }[] = [];

  constructor(from: Vec) {
    this.from = from;
    this.x = perpendicular(from);
    this.y = unit(cross(from, this.x));
  }

  private direction(p: Vec): number {
    return Math.atan2(dot(p, this.y), dot(p, this.x));
  }

  /** Half the angle a disc covers as seen from here; π when it is around us. */
  private width(p: Vec, r: number): number {
    const d = angle(this.from, p);
    return d <= r ? Math.PI : Math.asin(Math.min(1, Math.sin(r) / Math.sin(d)));
  }

  /** Only directions that pass through the disc remain. False when none is left. */
  target(p: Vec, r: number): boolean {
    const w = this.width(p, r);
    if (w >= Math.PI) return true;
    const at = this.direction(p);
    if (this.half >= Math.PI) {
      this.middle = at;
      this.half = w;
      return true;
    }
    return this.narrow(turnTo(this.middle, at) - w, turnTo(this.middle, at) + w);
  }

  /** Directions that pass the disc on the wrong side go away. False when none is left. */
  clear(p: Vec, r: number, left: boolean): boolean {
    const w = this.width(p, r);
    if (w >= Math.PI) return false;
    const at = this.direction(p);
    if (this.half >= Math.PI) {
      const side = left ? at - w + Math.PI / 2 : at + w - Math.PI / 2;
      this.avoid.push({ middle: left ? side : side, half: Math.PI / 2 });
      return true;
    }
    const o = turnTo(this.middle, at);
    return left ? this.narrow(-this.half, o - w) : this.narrow(o + w, this.half);
  }

  private narrow(low: number, high: number): boolean {
    const l = Math.max(-this.half, low);
    const h = Math.min(this.half, high);
    if (l > h) return false;
    this.middle += (l + h) / 2;
    this.half = (h - l) / 2;
    return true;
  }

  /** True when an edge from here to p keeps to all conditions. */
  allows(p: Vec): boolean {
    if (angle(this.from, p) > Math.PI / 2) return false;
    const at = this.direction(p);
    if (Math.abs(turnTo(this.middle, at)) > this.half) return false;
    return this.avoid.every((a) => Math.abs(turnTo(a.middle, at)) > a.half);
  }
}

const turnTo = (from: number, to: number): number => {
  const d = (to - from) % (2 * Math.PI);
  return d > Math.PI ? d - 2 * Math.PI : d < -Math.PI ? d + 2 * Math.PI : d;
};

interface Piece extends Bounding {
  readonly layer: number;
}

/** Merges chains of pieces. Both directions of a shared border go the same way. */
class Chains {
  private readonly inner: boolean[] = [];
  private readonly neighbours: Set<number>[] = [];
  private readonly pieces = new Map<string, Piece[]>();
  readonly out: Piece[] = [];
  private readonly snapped: Snapped;
  private readonly tolerance: number;

  constructor(all: readonly Piece[], snapped: Snapped, tolerance: number) {
    this.snapped = snapped;
    this.tolerance = tolerance;
    const n = snapped.sites.length;
    for (let i = 0; i < n; i++) this.neighbours.push(new Set());
    for (const p of all) {
      const key = `${p.u},${p.v}`;
      this.pieces.set(key, [...(this.pieces.get(key) ?? []), p]);
      this.neighbours[p.u]!.add(p.v);
      this.neighbours[p.v]!.add(p.u);
    }
    const count = (u: number, v: number): number => this.pieces.get(`${u},${v}`)?.length ?? 0;
    for (let i = 0; i < n; i++) {
      const [a, b] = [...this.neighbours[i]!];
      this.inner.push(this.neighbours[i]!.size === 2 && count(a!, i) === count(i, b!) && count(b!, i) === count(i, a!));
    }
  }

  run(): Piece[] {
    const edges = [...this.pieces.values()].map((list) => list[0]!).sort((a, b) => a.u - b.u || a.v - b.v);
    for (const { u, v } of edges) if (!this.inner[u]) this.follow(u, v);
    // What is left are rings without a corner that has to stay.
    for (const { u, v } of edges) this.follow(u, v);
    return this.out;
  }

  private follow(u: number, v: number): void {
    if (!this.pieces.has(`${u},${v}`)) return;
    const { sites } = this.snapped;
    const start = u;
    let [p, q] = [u, v];
    for (let done = false; !done; ) {
      const chain = [p];
      const window = new Window(sites[p]!);
      const first = p;
      let open = this.clear(window, first, first, q);
      for (;;) {
        chain.push(q);
        done = !this.inner[q] || q === start;
        if (done) break;
        const next = [...this.neighbours[q]!].find((x) => x !== p)!;
        p = q;
        q = next;
        open &&=
          this.snapped.corners[p]!.every((c) => window.target(c, this.tolerance)) &&
          this.clear(window, first, p, q) &&
          window.allows(sites[q]!);
        if (!open) break;
      }
      this.merge(chain);
    }
  }

  /** Keeps the edge from `from` over `a` to `b` clear of other sites that lie between. */
  private clear(window: Window, from: number, a: number, b: number): boolean {
    const { sites } = this.snapped;
    const r1 = angle(sites[from]!, sites[a]!);
    const r2 = angle(sites[from]!, sites[b]!);
    if (r2 < r1) return false;
    const near = this.tolerance * 1.6;
    const n = unit(normal(sites[a]!, sites[b]!));
    for (let i = 0; i < sites.length; i++) {
      const s = sites[i]!;
      if (Math.abs(dot(n, s)) > near) continue;
      const r = angle(sites[from]!, s);
      if (r <= r1 || r >= r2 || i === a || i === b || i === from) continue;
      const left = a === from ? side(sites[a]!, sites[b]!, s) > 0 : ordered(sites[b]!, s, sites[a]!, sites[from]!);
      if (!window.clear(s, this.tolerance / 2, left)) return false;
    }
    return true;
  }

  private merge(chain: readonly number[]): void {
    for (const list of [chain, [...chain].reverse()]) {
      const ends = [list[0]!, list.at(-1)!];
      const layers = new Map<number, number>();
      for (let i = 1; i < list.length; i++) {
        const key = `${list[i - 1]},${list[i]}`;
        for (const p of this.pieces.get(key) ?? [])
          layers.set(p.layer, Math.min(layers.get(p.layer) ?? Infinity, p.id));
        this.pieces.delete(key);
      }
      for (const [layer, id] of layers) this.out.push({ u: ends[0]!, v: ends[1]!, id, layer });
    }
  }
}

/** True when, seen from o, the directions to a, b and c follow counterclockwise. */
function ordered(a: Vec, b: Vec, c: Vec, o: Vec): boolean {
  const x = perpendicular(o);
  const y = unit(cross(o, x));
  const at = (p: Vec): number => Math.atan2(dot(p, y), dot(p, x));
  const from = at(a);
  const around = (p: Vec): number => (at(p) - from + 4 * Math.PI) % (2 * Math.PI);
  return around(b) <= around(c);
}

function simplified(chains: readonly (readonly { readonly a: Vec; readonly b: Vec }[])[], tolerance: number) {
  const snapped = pickSites(
    chains.flatMap((edges) => edges.flatMap((e) => [e.a, e.b])),
    tolerance,
  );
  let id = 0;
  const all: Piece[] = [];
  chains.forEach((edges, layer) => {
    for (const { a, b } of edges) {
      const path = snapEdge(a, b, snapped.sites, tolerance);
      for (let i = 1; i < path.length; i++) all.push({ u: path[i - 1]!, v: path[i]!, id, layer });
      id++;
    }
  });
  return { sites: snapped.sites, pieces: new Chains(all, snapped, tolerance).run() };
}

/**
 * Simplifies areas together.
 * @param layers rings of each area
 * @param tolerance radians
 * @returns the rings of each area; an area may be left with none
 */
export function simplifyRings(layers: readonly (readonly Ring[])[], tolerance: number): Ring[][] {
  const edges = layers.map((all) => all.flatMap((r) => r.map((a, i) => ({ a, b: r[(i + 1) % r.length]! }))));
  const { sites, pieces } = simplified(edges, tolerance);
  return layers.map((_, layer) => {
    const own = pieces.filter((p) => p.layer === layer && p.u !== p.v);
    const count = new Map<string, number>();
    for (const p of own) count.set(`${p.u},${p.v}`, (count.get(`${p.u},${p.v}`) ?? 0) + 1);
    // What runs both ways bounds nothing.
    return rings(
      own.filter((p) => !count.has(`${p.v},${p.u}`)),
      sites,
    );
  });
}

/**
 * Simplifies lines.
 * @param tolerance radians
 * @returns directed pieces over positions, and the positions; empty when everything fell together
 */
export function simplifyLines(
  chains: readonly (readonly Vec[])[],
  tolerance: number,
): { sites: readonly Vec[]; pieces: { u: number; v: number }[] } {
  const edges = chains.map((l) => l.slice(1).map((b, i) => ({ a: l[i]!, b })));
  const { sites, pieces } = simplified([edges.flat()], tolerance);
  return { sites, pieces: pieces.filter((p) => p.u !== p.v).sort((a, b) => a.id - b.id) };
}
