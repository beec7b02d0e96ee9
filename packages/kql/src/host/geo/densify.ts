/**
 * GeoJSON edges are straight on the map of longitude and latitude, edges here are arcs of great circles: positions are
 * added along the straight edges until arcs between them stay within the tolerance.
 */
import { angle, interpolate, type LngLat, radians, toLngLat, toVec, type Vec } from './sphere.ts';

/** Places on an edge where the distance between straight line and arc is measured; near their greatest distance. */
const PROBE = 0.312156910822483;
/** The greatest distance is at most the measured one divided by this. */
const SAFETY = 0.838299925698885;

/** Most positions of a densified shape. */
export const MOST_POSITIONS = 10_485_760;

const between = (a: LngLat, b: LngLat, t: number): LngLat => [(1 - t) * a[0] + t * b[0], (1 - t) * a[1] + t * b[1]];

function add(p: LngLat, a: Vec, q: LngLat, b: Vec, limit: number, out: Vec[]): void {
  const miss = (t: number): number => angle(interpolate(a, b, t), toVec(between(p, q, t)));
  const wide = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] < -1e-14;
  if (out.length > MOST_POSITIONS || (!wide && Math.max(miss(PROBE), miss(1 - PROBE)) <= limit)) {
    out.push(b);
    return;
  }
  const middle = between(p, q, 0.5);
  const m = toVec(middle);
  add(p, a, middle, m, limit, out);
  add(middle, m, q, b, limit, out);
}

/**
 * Positions along straight edges.
 * @param tolerance metres
 * @param wrap edges go the shorter way around, over the 180th meridian if need be
 * @returns undefined when there would be too many
 */
export function densify(list: readonly LngLat[], tolerance: number, wrap: boolean): Vec[] | undefined {
  const limit = radians(tolerance) * SAFETY;
  let p = list[0]!;
  const out: Vec[] = [toVec(p)];
  for (const next of list.slice(1)) {
    let q = next;
    if (wrap && Math.abs(q[0] - p[0]) > 180) q = [q[0] - 360 * Math.round((q[0] - p[0]) / 360), q[1]];
    add(p, toVec(p), q, toVec(q), limit, out);
    p = q;
  }
  return out.length > MOST_POSITIONS ? undefined : out;
}

/** The last longitude before the 180th meridian that is written. */
const EDGE = 179.999999999999;

/** Cuts a line where it crosses the 180th meridian. */
export function cutAtAntimeridian(line: readonly Vec[]): LngLat[][] {
  const out: LngLat[][] = [];
  let current: LngLat[] = [];
  let before: LngLat | undefined;
  line.forEach((v, i) => {
    const p = toLngLat(v);
    if (before && Math.abs(p[0] - before[0]) > 180) {
      const a = line[i - 1]!;
      // The meridian's plane is y = 0; the arc meets it where y vanishes.
      const t = a[1] / (a[1] - v[1]);
      const at: Vec = [a[0] + t * (v[0] - a[0]), 0, a[2] + t * (v[2] - a[2])];
      const lat = (Math.atan2(at[2], Math.abs(at[0])) * 180) / Math.PI;
      const east = before[0] > 0;
      current.push([east ? EDGE : -EDGE, lat]);
      out.push(current);
      current = [[east ? -EDGE : EDGE, lat]];
    }
    current.push(p);
    before = p;
  });
  out.push(current);
  return out.filter((l) => l.length > 1);
}
