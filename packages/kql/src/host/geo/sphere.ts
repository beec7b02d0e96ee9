/**
 * Geometry on the unit sphere. A position is a unit vector; an edge is the shorter great circle arc between two positions.
 * Lengths are metres on a sphere of Earth's mean radius, angles inside are radians, coordinates outside are degrees.
 */
import { orient3d } from 'robust-predicates';

/** A vector; positions have length 1. */
export type Vec = readonly [number, number, number];

/** Longitude and latitude in degrees, in the order GeoJSON has them. */
export type LngLat = readonly [number, number];

/** Mean radius of Earth in metres, as the reference engine uses it. */
export const EARTH_RADIUS = 6371010;

/** Positions nearer than this (radians) are one position: a few units of the last place of a double. */
export const MERGE = 2e-15;

const DEGREE = Math.PI / 180;

export const radians = (metres: number): number => metres / EARTH_RADIUS;
export const metres = (angle: number): number => angle * EARTH_RADIUS;

export const add = (a: Vec, b: Vec): Vec => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const sub = (a: Vec, b: Vec): Vec => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const scale = (a: Vec, k: number): Vec => [a[0] * k, a[1] * k, a[2] * k];
export const dot = (a: Vec, b: Vec): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const cross = (a: Vec, b: Vec): Vec => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
export const norm = (a: Vec): number => Math.sqrt(dot(a, a));
export const same = (a: Vec, b: Vec): boolean => a[0] === b[0] && a[1] === b[1] && a[2] === b[2];

export function unit(a: Vec): Vec {
  const n = norm(a);
  return n === 0 ? a : scale(a, 1 / n);
}

export function toVec([lng, lat]: LngLat): Vec {
  const phi = lat * DEGREE;
  const theta = lng * DEGREE;
  const c = Math.cos(phi);
  return [Math.cos(theta) * c, Math.sin(theta) * c, Math.sin(phi)];
}

export function toLngLat([x, y, z]: Vec): [number, number] {
  return [Math.atan2(y, x) / DEGREE, Math.atan2(z, Math.sqrt(x * x + y * y)) / DEGREE];
}

/** Angle between two positions, exact for near and for opposite ones. */
export const angle = (a: Vec, b: Vec): number => Math.atan2(norm(cross(a, b)), dot(a, b));

/** Normal of the great circle through two positions, computed so that nearly equal ones lose no digits. Not of length 1. */
export const normal = (a: Vec, b: Vec): Vec => cross(add(b, a), sub(b, a));

/** Which side of the great circle from a to b the position c is on: 1 left, -1 right, 0 exactly on it. Never rounds. */
export function side(a: Vec, b: Vec, c: Vec): -1 | 0 | 1 {
  const det = orient3d(a[0], a[1], a[2], b[0], b[1], b[2], c[0], c[1], c[2], 0, 0, 0);
  // The library's sign is that of (a - d, b - d, c - d) with d below the plane counted positive.
  return det > 0 ? 1 : det < 0 ? -1 : 0;
}

/** True when the insides of two edges meet in a point that is an end of neither. */
export function crosses(a: Vec, b: Vec, c: Vec, d: Vec): boolean {
  const abc = side(a, b, c);
  if (abc === 0) return false;
  const abd = side(a, b, d);
  if (abd !== -abc) return false;
  return side(c, d, b) === abc && side(c, d, a) === -abc;
}

/** The position of an edge nearest to p. */
export function nearest(p: Vec, a: Vec, b: Vec): Vec {
  const n = normal(a, b);
  const length = norm(n);
  if (length > 0) {
    const u = scale(n, 1 / length);
    // The foot of p lies inside the edge when p is on the inner side of both planes that stand on the ends.
    if (dot(cross(u, a), p) > 0 && dot(cross(b, u), p) > 0) return unit(sub(p, scale(u, dot(u, p))));
  }
  const da = sub(p, a);
  const db = sub(p, b);
  return dot(da, da) <= dot(db, db) ? a : b;
}

/** Distance of p from an edge, radians. */
export const edgeDistance = (p: Vec, a: Vec, b: Vec): number => angle(p, nearest(p, a, b));

/** A crossing farther off its edges than this (radians) was lost to rounding: the edges are almost parallel. */
const LOST = 1e-14;

/** Where two crossing edges meet. */
export function crossing(a: Vec, b: Vec, c: Vec, d: Vec): Vec {
  const line = unit(cross(unit(normal(a, b)), unit(normal(c, d))));
  const p = dot(line, add(add(a, b), add(c, d))) < 0 ? scale(line, -1) : line;
  if (edgeDistance(p, a, b) <= LOST && edgeDistance(p, c, d) <= LOST) return p;
  let best = a;
  let far = edgeDistance(a, c, d);
  for (const [end, x, y] of [
    [b, c, d],
    [c, a, b],
    [d, a, b],
  ] as const) {
    const distance = edgeDistance(end, x, y);
    if (distance < far) {
      far = distance;
      best = end;
    }
  }
  return best;
}

/** The position at angle `r` from `a` on the way to `b`. */
export function towards(a: Vec, b: Vec, r: number): Vec {
  const t = unit(cross(normal(a, b), a));
  return unit(add(scale(a, Math.cos(r)), scale(t, Math.sin(r))));
}

/** The position at angle `r` from `a` in the direction `dir`, a unit vector at right angles to `a`. */
export const onRay = (a: Vec, dir: Vec, r: number): Vec => unit(add(scale(a, Math.cos(r)), scale(dir, Math.sin(r))));

/** The position at a fraction of an edge. */
export function interpolate(a: Vec, b: Vec, t: number): Vec {
  if (t <= 0 || same(a, b)) return a;
  if (t >= 1) return b;
  return towards(a, b, t * angle(a, b));
}

/** Some unit vector at right angles to `a`, always the same one. */
export function perpendicular(a: Vec): Vec {
  const [x, y, z] = [Math.abs(a[0]), Math.abs(a[1]), Math.abs(a[2])];
  const largest = x > y ? (x > z ? 0 : 2) : y > z ? 1 : 2;
  const t: [number, number, number] = [0.012, 0.0053, 0.00457];
  t[(largest + 2) % 3] = 1;
  return unit(cross(a, t));
}

/** Signed change of direction at b on the way from a over b to c: positive to the left. */
export function turn(a: Vec, b: Vec, c: Vec): number {
  const n = normal(a, b);
  const m = normal(b, c);
  const t = Math.atan2(norm(cross(n, m)), dot(n, m));
  return side(a, b, c) >= 0 ? t : -t;
}

/** Sum of all changes of direction of a closed ring: 2π less its area. Negative when it runs clockwise. */
export function turning(ring: readonly Vec[]): number {
  const n = ring.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += turn(ring[i]!, ring[(i + 1) % n]!, ring[(i + 2) % n]!);
  return sum;
}
