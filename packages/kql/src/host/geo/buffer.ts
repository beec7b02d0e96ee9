/**
 * Everything within a radius of a shape. The outline is drawn as overlapping rings, arcs as chains of chords whose corners
 * lie on the ideal outline; what the rings cover is the result.
 */
import type { Line } from './geojson.ts';
import { type Edge, node } from './noding.ts';
import { allRings, holds, STARTS } from './overlay.ts';
import { covered, type Known, type Part, parts, type Ring } from './region.ts';
import {
  angle,
  cross,
  edgeDistance,
  normal,
  onRay,
  perpendicular,
  radians,
  scale,
  side,
  towards,
  unit,
  type Vec,
} from './sphere.ts';

/** Radius and the longest steps along arcs that keep the chords within the tolerance, radians. */
export interface Reach {
  readonly radius: number;
  /** Step around a corner. */
  readonly arc: number;
  /** Step along an edge: the line beside a geodesic is no geodesic. */
  readonly along: number;
}

/** The longest step on a circle of this radius whose chords come at most `error` nearer to the centre. */
function longestStep(radius: number, error: number): number {
  const third = (2 * Math.PI) / 3;
  const inner = radius - error;
  if (radius < Math.PI / 2) return Math.min(third, 2 * Math.acos(Math.tan(inner) / Math.tan(radius)));
  if (inner > Math.PI / 2) return Math.min(third, 2 * Math.acos(Math.tan(radius) / Math.tan(inner)));
  return third;
}

/** The smallest and largest share of the radius that the tolerance may be. */
const LEAST = 1e-6;
const MOST = 1 - 1e-9;

/**
 * @param radius metres, positive
 * @param tolerance metres the outline may stay inside the ideal one
 * @returns undefined when an argument makes no sense, also when the radius reaches around Earth
 */
export function reach(radius: unknown, tolerance: unknown): Reach | undefined {
  if (typeof radius !== 'number' || typeof tolerance !== 'number') return undefined;
  const r = radians(radius);
  if (!(r > 0) || r >= Math.PI || !(tolerance > 0) || tolerance < radius * LEAST) return undefined;
  const error = Math.min(radians(tolerance), r * MOST);
  return { radius: r, arc: longestStep(r, error), along: longestStep(Math.abs(Math.PI / 2 - r), error) };
}

/** The circle around a position, starting in the direction of `perpendicular`, counterclockwise. */
export function circle(centre: Vec, { radius, arc }: Reach): Ring {
  const n = Math.max(3, Math.ceil((2 * Math.PI) / arc - 1e-9));
  const x = perpendicular(centre);
  const y = unit(cross(centre, x));
  return Array.from({ length: n }, (_, i) => {
    const a = (2 * Math.PI * i) / n;
    return onRay(centre, onRay(x, y, a), radius);
  });
}

/** Draws one outline with the buffered side on the right of the edges. */
class Outline {
  readonly path: Vec[] = [];
  private readonly by: Reach;

  constructor(by: Reach) {
    this.by = by;
  }

  /** The direction to the right of an edge; the same at all its positions. */
  private axis(a: Vec, b: Vec): Vec {
    return unit(normal(b, a));
  }

  private offset(at: Vec, axis: Vec): void {
    this.path.push(onRay(at, axis, this.by.radius));
  }

  /** Beside an edge, both ends included. */
  edge(a: Vec, b: Vec): void {
    const axis = this.axis(a, b);
    const length = angle(a, b);
    this.offset(a, axis);
    for (let d = this.by.along; d < length - 1e-12; d += this.by.along) this.offset(towards(a, b, d), axis);
    this.offset(b, axis);
  }

  /** Counterclockwise around a position from one direction to another, both included. */
  arc(at: Vec, from: Vec, to: Vec, span = angle(from, to)): void {
    const ahead = unit(cross(at, from));
    for (let a = 0; a < span - 1e-12; a += this.by.arc) this.offset(at, onRay(from, ahead, a));
    this.offset(at, to);
  }

  /** Half around the start of a line. */
  cap(a: Vec, b: Vec): void {
    const axis = this.axis(a, b);
    this.arc(a, scale(axis, -1), axis, Math.PI);
  }

  /** Beside the edge a b, then around b as far as the edge b c needs. */
  edgeAndCorner(a: Vec, b: Vec, c: Vec): void {
    this.edge(a, b);
    if (side(a, b, c) >= 0) this.arc(b, this.axis(a, b), this.axis(b, c));
    // On the inner side of a bend the outlines of both edges overlap: going over the corner takes no area away.
    else this.path.push(b);
  }

  edges(): Edge[] {
    const p = this.path;
    return p.map((a, i) => ({ a, b: p[(i + 1) % p.length]! })).filter((e) => angle(e.a, e.b) > 0);
  }
}

function lineOutline(line: Line, by: Reach): Edge[] {
  const out = new Outline(by);
  const n = line.length;
  out.cap(line[0]!, line[1]!);
  for (let i = 2; i < n; i++) out.edgeAndCorner(line[i - 2]!, line[i - 1]!, line[i]!);
  out.edge(line[n - 2]!, line[n - 1]!);
  out.cap(line[n - 1]!, line[n - 2]!);
  for (let i = n - 3; i >= 0; i--) out.edgeAndCorner(line[i + 2]!, line[i + 1]!, line[i]!);
  out.edge(line[1]!, line[0]!);
  return out.edges();
}

function ringOutline(ring: Ring, by: Reach): Edge[] {
  const out = new Outline(by);
  const n = ring.length;
  for (let i = 0; i < n; i++) out.edgeAndCorner(ring[i]!, ring[(i + 1) % n]!, ring[(i + 2) % n]!);
  return out.edges();
}

/** Starting positions that nothing drawn comes near, so that nothing covers them. */
function outside(edges: readonly Edge[], radius: number, inside: (p: Vec) => boolean): Known[] {
  const far = [...STARTS, ...STARTS.map((s) => scale(s, -1))];
  const free = far.filter((at) => !inside(at) && edges.every((e) => edgeDistance(at, e.a, e.b) > radius * 1.01));
  return free.map((at) => ({ at, cover: 0 }));
}

/** @returns undefined when the result would cover so much of Earth that it has no outline to start from */
export function bufferLines(list: readonly Line[], by: Reach): Part[] | undefined {
  const source = list.flatMap((l) => l.slice(1).map((b, i) => ({ a: l[i]!, b })));
  const rings = covered(
    node(list.flatMap((l) => lineOutline(l, by))),
    outside(source, by.radius, () => false),
    1,
  );
  return rings && parts(rings);
}

/** @returns undefined when the result would cover so much of Earth that it has no outline to start from */
export function bufferArea(area: readonly Part[], by: Reach): Part[] | undefined {
  const all = allRings(area);
  const source = all.flatMap((r) => r.map((a, i) => ({ a, b: r[(i + 1) % r.length]! })));
  const known = outside(source, by.radius, (p) => holds(area, p));
  const rings = covered(node(all.flatMap((r) => ringOutline(r, by))), known, 1);
  return rings && parts(rings);
}
