/** Lengths, areas, centres, nearest positions and directions. */
import geodesic from 'geographiclib-geodesic';
import { s2Area } from './cells.ts';
import type { Line } from './geojson.ts';
import { allRings } from './overlay.ts';
import type { Part } from './region.ts';
import {
  add,
  angle,
  EARTH_RADIUS,
  interpolate,
  metres,
  nearest,
  norm,
  scale,
  sub,
  toLngLat,
  unit,
  type Vec,
} from './sphere.ts';

/** Distance in metres on the WGS84 spheroid. */
export function spheroidDistance(a: Vec, b: Vec): number {
  const [lng1, lat1] = toLngLat(a);
  const [lng2, lat2] = toLngLat(b);
  return geodesic.Geodesic.WGS84.Inverse(lat1, lng1, lat2, lng2, geodesic.Geodesic.DISTANCE).s12 ?? Number.NaN;
}

const edges = (line: Line): [Vec, Vec][] => line.slice(1).map((b, i) => [line[i]!, b]);

const ringEdges = (area: readonly Part[]): [Vec, Vec][] =>
  allRings(area).flatMap((r) => r.map((a, i): [Vec, Vec] => [a, r[(i + 1) % r.length]!]));

/** Metres. */
export const lineLength = (lines: readonly Line[]): number =>
  metres(lines.reduce((sum, l) => sum + edges(l).reduce((n, [a, b]) => n + angle(a, b), 0), 0));

/** Metres around an area, its holes included. */
export const perimeter = (area: readonly Part[]): number =>
  metres(ringEdges(area).reduce((sum, [a, b]) => sum + angle(a, b), 0));

/** Square metres. */
export const areaOf = (area: readonly Part[]): number => s2Area(area).area() * EARTH_RADIUS * EARTH_RADIUS;

/** The centre of mass of lines, by length. */
export function lineCentre(lines: readonly Line[]): Vec {
  let sum: Vec = [0, 0, 0];
  for (const line of lines) {
    for (const [a, b] of edges(line)) {
      // The integral of the position along an arc: towards its middle, twice the sine of half its length.
      const s = add(a, b);
      const n = norm(s);
      if (n > 0) sum = add(sum, scale(s, norm(sub(a, b)) / n));
    }
  }
  return unit(sum);
}

/** The centre of mass of an area. */
export function areaCentre(area: readonly Part[]): Vec {
  const c = s2Area(area).centroid();
  return unit([c.x, c.y, c.z]);
}

function nearestOf(p: Vec, list: readonly [Vec, Vec][]): Vec {
  let best = list[0]![0];
  let far = Infinity;
  for (const [a, b] of list) {
    const q = nearest(p, a, b);
    const d = norm(sub(p, q));
    if (d < far) {
      far = d;
      best = q;
    }
  }
  return best;
}

export const nearestOnLines = (p: Vec, lines: readonly Line[]): Vec => nearestOf(p, lines.flatMap(edges));

/** The position of the border nearest to p. */
export const nearestOnBorder = (p: Vec, area: readonly Part[]): Vec => nearestOf(p, ringEdges(area));

/** The position at a share of the length of a line. */
export function alongLine(line: Line, fraction: number): Vec {
  const list = edges(line);
  let left = fraction * list.reduce((n, [a, b]) => n + angle(a, b), 0);
  for (const [a, b] of list) {
    const d = angle(a, b);
    if (left < d) return interpolate(a, b, left / d);
    left -= d;
  }
  return line.at(-1)!;
}

/** The share of a line's length before its position nearest to p. `distance` is metres between two positions. */
export function locate(line: Line, p: Vec, distance: (a: Vec, b: Vec) => number): number {
  let before = 0;
  let total = 0;
  let far = Infinity;
  for (const [a, b] of edges(line)) {
    const q = nearest(p, a, b);
    const d = norm(sub(p, q));
    if (d < far) {
      far = d;
      before = total + distance(a, q);
    }
    total += distance(a, b);
  }
  return Math.min(1, before / total);
}
