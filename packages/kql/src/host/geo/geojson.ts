/**
 * GeoJSON in and out. Anything that is no valid shape reads as undefined, from which the functions make null.
 */
import { box, overlapping } from './noding.ts';
import { parts as group, type Part, type Ring, ringInRing } from './region.ts';
import { cross, crosses, dot, type LngLat, normal, same, toLngLat, toVec, turning, unit, type Vec } from './sphere.ts';

/** A chain of positions, at least two. */
export type Line = readonly Vec[];

export interface Geometry {
  readonly type: string;
  readonly coordinates?: unknown;
  readonly geometries?: readonly Geometry[];
}

/** A coordinate in degrees. */
export const isLongitude = (x: unknown): x is number => typeof x === 'number' && x >= -180 && x <= 180;
export const isLatitude = (x: unknown): x is number => typeof x === 'number' && x >= -90 && x <= 90;

/** A position from two arguments. */
export function position(lng: unknown, lat: unknown): Vec | undefined {
  return isLongitude(lng) && isLatitude(lat) ? toVec([lng, lat]) : undefined;
}

/** An object, also when it arrives as JSON text. */
function object(value: unknown): { type?: unknown; coordinates?: unknown } | undefined {
  if (typeof value === 'string') {
    try {
      return object(JSON.parse(value));
    } catch {
      return undefined;
    }
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}

/** Coordinate pairs, or undefined. `anyLongitude` also takes longitudes that go around more than once. */
export function pairs(value: unknown, anyLongitude = false): LngLat[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const out: LngLat[] = [];
  for (const p of value) {
    if (!Array.isArray(p) || p.length < 2 || !isLatitude(p[1])) return undefined;
    if (!(anyLongitude ? typeof p[0] === 'number' && Math.abs(p[0]) <= 540 : isLongitude(p[0]))) return undefined;
    out.push([p[0] as number, p[1]]);
  }
  return out;
}

/** The coordinate arrays of a LineString or MultiLineString. */
export function lineArrays(value: unknown): unknown[] | undefined {
  const o = object(value);
  if (o?.type === 'LineString') return [o.coordinates];
  if (o?.type === 'MultiLineString' && Array.isArray(o.coordinates) && o.coordinates.length > 0) return o.coordinates;
  return undefined;
}

/** The ring arrays of a Polygon or MultiPolygon. */
export function polygonArrays(value: unknown): unknown[][] | undefined {
  const o = object(value);
  const list = o?.type === 'Polygon' ? [o.coordinates] : o?.type === 'MultiPolygon' ? o.coordinates : undefined;
  if (!Array.isArray(list) || list.length === 0) return undefined;
  return list.every((p) => Array.isArray(p) && p.length > 0) ? (list as unknown[][]) : undefined;
}

const opposite = (a: Vec, b: Vec): boolean => same(a, [-b[0], -b[1], -b[2]]);

/** Lines of a LineString or MultiLineString. Repeated positions are dropped; a line needs two different ones. */
export function parseLines(value: unknown): Line[] | undefined {
  const arrays = lineArrays(value);
  if (!arrays) return undefined;
  const out: Line[] = [];
  for (const array of arrays) {
    const list = pairs(array);
    if (!list || list.length < 2) return undefined;
    const line: Vec[] = [];
    for (const p of list.map(toVec)) {
      const last = line.at(-1);
      if (last && same(last, p)) continue;
      if (last && opposite(last, p)) return undefined;
      line.push(p);
    }
    if (line.length < 2) return undefined;
    out.push(line);
  }
  return out;
}

function parseRing(value: unknown): Vec[] | undefined {
  const list = pairs(value);
  if (!list || list.length < 4) return undefined;
  const first = list[0]!;
  const last = list.pop()!;
  if (first[0] !== last[0] || first[1] !== last[1]) return undefined;
  const ring = list.map(toVec);
  if (new Set(ring.map(String)).size !== ring.length) return undefined;
  return ring.some((p, i) => opposite(p, ring[(i + 1) % ring.length]!)) ? undefined : ring;
}

/** Edges this near to one great circle (radians) lie on each other as far as rounded positions can tell. */
const IN_LINE = 4e-15;

interface RingEdge {
  readonly a: Vec;
  readonly b: Vec;
  readonly n: Vec;
  readonly low: Vec;
  readonly high: Vec;
}

/** True when p, which is in line with the edge, is between its ends. */
const between = (e: RingEdge, p: Vec): boolean =>
  dot(cross(e.n, e.a), p) > IN_LINE && dot(cross(e.b, e.n), p) > IN_LINE;

/** True when two edges run along each other for a part of their lengths. */
function along(s: RingEdge, t: RingEdge): boolean {
  if (same(s.a, t.a) && same(s.b, t.b)) return true;
  if (same(s.a, t.b) && same(s.b, t.a)) return true;
  if (Math.abs(dot(s.n, t.a)) > IN_LINE || Math.abs(dot(s.n, t.b)) > IN_LINE) return false;
  return between(s, t.a) || between(s, t.b) || between(t, s.a) || between(t, s.b);
}

/** True when rings cross or share edges. */
function tangled(rings: readonly Ring[]): boolean {
  const edges = rings.flatMap((r) =>
    r.map((a, i): RingEdge => {
      const b = r[(i + 1) % r.length]!;
      return { a, b, n: unit(normal(a, b)), ...box(a, b) };
    }),
  );
  let bad = false;
  overlapping(edges, (s, t) => {
    bad ||= along(s, t) || crosses(s.a, s.b, t.a, t.b);
  });
  return bad;
}

const reversed = (ring: Ring): Ring => [...ring].reverse();

/** Rings of one polygon, turned so that what they bound is on the left: each ring bounds its smaller side. */
export function orient(rings: readonly Ring[]): Part[] {
  const shells = rings.map((r) => (turning(r) >= 0 ? r : reversed(r)));
  if (shells.length === 1) return [{ shell: shells[0]!, holes: [] }];
  const depth = shells.map((r, i) => shells.filter((o, k) => k !== i && ringInRing(r, o)).length);
  return group(shells.map((r, i) => (depth[i]! % 2 === 0 ? r : reversed(r))));
}

/** The polygons of a Polygon or MultiPolygon, each valid by itself; they may overlap. */
export function parsePolygons(value: unknown): Part[][] | undefined {
  const arrays = polygonArrays(value);
  if (!arrays) return undefined;
  const out: Part[][] = [];
  for (const array of arrays) {
    const rings: Vec[][] = [];
    for (const a of array) {
      const ring = parseRing(a);
      if (!ring) return undefined;
      rings.push(ring);
    }
    if (tangled(rings)) return undefined;
    out.push(orient(rings));
  }
  return out;
}

export const coordinates = toLngLat;

export const point = (p: Vec): Geometry => ({ type: 'Point', coordinates: toLngLat(p) });

/** One Point or a MultiPoint. */
export const points = (list: readonly Vec[]): Geometry =>
  list.length === 1 ? point(list[0]!) : { type: 'MultiPoint', coordinates: list.map(toLngLat) };

/** One LineString or a MultiLineString. */
export function lines(list: readonly Line[]): Geometry {
  const all = list.map((l) => l.map(toLngLat));
  return all.length === 1 ? { type: 'LineString', coordinates: all[0] } : { type: 'MultiLineString', coordinates: all };
}

/** Coordinates of a ring, the first one repeated at the end. */
export function closed(ring: Ring): LngLat[] {
  const out = ring.map(toLngLat);
  return [...out, out[0]!];
}

/** One Polygon or a MultiPolygon. */
export function polygons(list: readonly Part[]): Geometry {
  const all = list.map((p) => [closed(p.shell), ...p.holes.map(closed)]);
  return all.length === 1 ? { type: 'Polygon', coordinates: all[0] } : { type: 'MultiPolygon', coordinates: all };
}

/** What is there, by dimension: a single geometry, or a collection, empty when there is nothing. */
export function collection(found: {
  readonly points?: readonly Vec[];
  readonly lines?: readonly Line[];
  readonly parts?: readonly Part[];
}): Geometry {
  const list: Geometry[] = [];
  if (found.points?.length) list.push(points(found.points));
  if (found.lines?.length) list.push(lines(found.lines));
  if (found.parts?.length) list.push(polygons(found.parts));
  return list.length === 1 ? list[0]! : { type: 'GeometryCollection', geometries: list };
}
