/** Cells of the three grids: S2, H3 and geohash. Invalid tokens read as undefined. */
import * as h3 from 'h3-js';
import { s2 } from 's2js';
import { closed, type Geometry, type Line, point } from './geojson.ts';
import type { Part } from './region.ts';
import { EARTH_RADIUS, type Vec } from './sphere.ts';
import { inSetOrder } from './token-set.ts';

/** Most cells of a covering by S2 cells, and of a polygon's H3 cells. */
const MOST_S2 = 65_536;
const MOST_H3 = 61_680;

export const s2Point = ([x, y, z]: Vec): s2.Point => new s2.Point(x, y, z);
const vec = (p: s2.Point): Vec => [p.x, p.y, p.z];

/** A whole number within bounds, or undefined. */
export function whole(value: unknown, low: number, high: number): number | undefined {
  const n = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof n === 'number' && Number.isInteger(n) && n >= low && n <= high ? n : undefined;
}

// S2

/** The cell of a token: up to 16 hexadecimal digits, trailing zeros left out. */
export function s2Cell(token: unknown): bigint | undefined {
  if (typeof token !== 'string' || !/^[0-9a-f]{1,16}$/i.test(token)) return undefined;
  const id = BigInt(`0x${token.padEnd(16, '0')}`);
  return s2.cellid.valid(id) ? id : undefined;
}

export const s2Token = (p: Vec, level: number): string =>
  s2.cellid.toToken(s2.cellid.parent(s2.cellid.fromPoint(s2Point(p)), level));

export const s2Centre = (id: bigint): Geometry => point(vec(s2.cellid.point(id)));

export function s2Polygon(id: bigint): Geometry {
  const cell = s2.Cell.fromCellID(id);
  return { type: 'Polygon', coordinates: [closed([0, 1, 2, 3].map((k) => vec(cell.vertex(k))))] };
}

/** The cells of the same level around a cell. */
export function s2Neighbors(id: bigint): string[] {
  return inSetOrder(s2.cellid.allNeighbors(id, s2.cellid.level(id)).map((n) => s2.cellid.toToken(n)));
}

/** What a covering needs to know of a shape. */
export interface CellShape {
  readonly intersectsCell: (cell: s2.Cell) => boolean;
  readonly containsCell: (cell: s2.Cell) => boolean;
  /** Its area on the unit sphere is at least this. */
  readonly area: number;
}

/** Tokens of all cells of one level that touch a shape, or undefined when there are too many. */
export function covering(shape: CellShape, level: number): string[] | undefined {
  // No cell is twice as large as the average of its level.
  if (shape.area > (2 * MOST_S2 * 4 * Math.PI) / (6 * 4 ** level)) return undefined;
  const out: bigint[] = [];
  const visit = (id: bigint): boolean => {
    const cell = s2.Cell.fromCellID(id);
    if (!shape.intersectsCell(cell)) return true;
    const at = s2.cellid.level(id);
    if (at === level) {
      out.push(id);
      return out.length <= MOST_S2;
    }
    if (at >= 2 && shape.containsCell(cell)) {
      if (out.length + 4 ** (level - at) > MOST_S2) return false;
      const end = s2.cellid.childEndAtLevel(id, level);
      for (let c = s2.cellid.childBeginAtLevel(id, level); c !== end; c = s2.cellid.next(c)) out.push(c);
      return true;
    }
    return s2.cellid.children(id).every(visit);
  };
  for (let face = 0; face < 6; face++) if (!visit(s2.cellid.fromFace(face))) return undefined;
  return inSetOrder(out.map((id) => s2.cellid.toToken(id)));
}

/** A polygon of the cell library; rings of holes turned like shells, as it wants them. */
export function s2Area(area: readonly Part[]): s2.Polygon {
  return new s2.Polygon(
    area.flatMap((p) => [
      new s2.Loop(p.shell.map(s2Point)),
      ...p.holes.map((h) => new s2.Loop([...h].reverse().map(s2Point))),
    ]),
  );
}

/** A shape widened by a distance in radians. */
function widened(index: s2.ShapeIndex, distance: number, area: number): CellShape {
  const options = new s2.ClosestEdgeQueryOptions();
  const query = new s2.ClosestEdgeQuery(index, options);
  // Squared chord length, the library's measure of distance.
  const limit = 4 * Math.sin(Math.min(distance, Math.PI) / 2) ** 2;
  return {
    intersectsCell: (cell) => query.isDistanceLessOrEqual(new s2.EdgeQueryCellTarget(cell), limit),
    containsCell: () => false,
    area,
  };
}

/** An area, or what is within a distance in radians of it. */
export function areaShape(area: readonly Part[], distance: number): CellShape {
  const polygon = s2Area(area);
  const size = polygon.area();
  if (distance === 0)
    return {
      intersectsCell: (c) => polygon.intersectsCell(c),
      containsCell: (c) => polygon.containsCell(c),
      area: size,
    };
  const index = new s2.ShapeIndex();
  index.add(polygon);
  return widened(index, distance, size);
}

/** Lines, or what is within a distance in radians of them. */
export function lineShape(lines: readonly Line[], distance: number): CellShape {
  const shapes = lines.map((l) => new s2.Polyline(l.map(s2Point)));
  if (distance === 0)
    return { intersectsCell: (c) => shapes.some((l) => l.intersectsCell(c)), containsCell: () => false, area: 0 };
  const index = new s2.ShapeIndex();
  for (const l of shapes) index.add(l);
  return widened(index, distance, 0);
}

/** Few cells, and no finer ones than a level, for `roughCover`. */
const FEW = 16;
const FINEST = 22;

/** A few cells of different levels that together hold a shape, as `level/token`. */
export function roughCover(shape: CellShape): string[] {
  const touching = (ids: readonly bigint[]): bigint[] =>
    ids.filter((id) => shape.intersectsCell(s2.Cell.fromCellID(id)));
  let list = touching([0, 1, 2, 3, 4, 5].map((f) => s2.cellid.fromFace(f)));
  const done: bigint[] = [];
  // The coarsest cells come first; each is replaced by its touching quarters as long as the list stays short.
  while (list.length > 0) {
    const [id, ...rest] = list as [bigint, ...bigint[]];
    const finer = s2.cellid.level(id) < FINEST ? touching(s2.cellid.children(id)) : [];
    if (finer.length === 0 || done.length + rest.length + finer.length > FEW) {
      done.push(id);
      list = rest;
    } else list = [...rest, ...finer];
  }
  return done.map((id) => `${s2.cellid.level(id)}/${s2.cellid.toToken(id)}`);
}

// H3

/** A valid token in the library's spelling. */
export function h3Cell(token: unknown): string | undefined {
  return typeof token === 'string' && /^[0-9a-f]{1,16}$/i.test(token) && h3.isValidCell(token)
    ? token.toLowerCase()
    : undefined;
}

export function h3Centre(cell: string): Geometry {
  const [lat, lng] = h3.cellToLatLng(cell);
  return { type: 'Point', coordinates: [lng, lat] };
}

export const h3Polygon = (cell: string): Geometry => ({
  type: 'Polygon',
  coordinates: [h3.cellToBoundary(cell, true)],
});

export const h3Level = (cell: string): number => h3.getResolution(cell);

/** Children of a finer resolution, at most five steps finer; by default one step. */
export function h3Children(cell: string, resolution: unknown): string[] | undefined {
  const own = h3.getResolution(cell);
  const to = resolution === undefined ? own + 1 : whole(resolution, 1, 15);
  return to === undefined || to > 15 || to < own || to > own + 5 ? undefined : h3.cellToChildren(cell, to);
}

/** The cell of a coarser resolution around a cell; by default one step. */
export function h3Parent(cell: string, resolution: unknown): string | undefined {
  const own = h3.getResolution(cell);
  const to = resolution === undefined ? own - 1 : whole(resolution, 0, 14);
  return to === undefined || to < 0 || to > own ? undefined : h3.cellToParent(cell, to);
}

export const h3Neighbors = (cell: string): string[] => inSetOrder(h3.gridDiskDistances(cell, 1)[1] ?? []);

export const h3Rings = (cell: string, distance: number): string[][] => h3.gridDiskDistances(cell, distance);

/** Cells whose centre lies in the area. Edges are straight on the map here. */
export function h3Cover(area: readonly Part[], resolution: number): string[] | undefined {
  const out = new Set<string>();
  for (const part of area) {
    const rings = [part.shell, ...part.holes].map((r) => closed(r).map((p) => [...p]));
    // The number of cells is known roughly before they are made.
    const size = h3.getHexagonAreaAvg(resolution, h3.UNITS.m2);
    if ((s2Area([part]).area() * EARTH_RADIUS ** 2) / size > 4 * MOST_H3) return undefined;
    try {
      for (const cell of h3.polygonToCells(rings, resolution, true)) out.add(cell);
    } catch {
      // The library gives up on rings around a pole and on ones without an inside.
      return undefined;
    }
    if (out.size > MOST_H3) return undefined;
  }
  return inSetOrder([...out]);
}

// Geohash

const DIGITS = '0123456789bcdefghjkmnpqrstuvwxyz';

interface Box {
  readonly west: number;
  readonly south: number;
  readonly width: number;
  readonly height: number;
}

/** The rectangle of a geohash of 1 to 18 characters. */
export function geohashBox(hash: unknown): Box | undefined {
  if (typeof hash !== 'string' || hash.length < 1 || hash.length > 18) return undefined;
  let [west, south, width, height] = [-180, -90, 360, 180];
  let onLongitude = true;
  for (const ch of hash.toLowerCase()) {
    const digit = DIGITS.indexOf(ch);
    if (digit < 0) return undefined;
    for (let bit = 16; bit > 0; bit >>= 1) {
      if (onLongitude) {
        width /= 2;
        if (digit & bit) west += width;
      } else {
        height /= 2;
        if (digit & bit) south += height;
      }
      onLongitude = !onLongitude;
    }
  }
  return { west, south, width, height };
}

/** The geohash of a position in degrees. */
export function geohash(lng: number, lat: number, length: number): string {
  let [west, south, width, height] = [-180, -90, 360, 180];
  let onLongitude = true;
  let out = '';
  while (out.length < length) {
    let digit = 0;
    for (let bit = 16; bit > 0; bit >>= 1) {
      if (onLongitude) {
        width /= 2;
        if (lng >= west + width) {
          west += width;
          digit |= bit;
        }
      } else {
        height /= 2;
        if (lat >= south + height) {
          south += height;
          digit |= bit;
        }
      }
      onLongitude = !onLongitude;
    }
    out += DIGITS[digit];
  }
  return out;
}

export const geohashCentre = (b: Box): Geometry => ({
  type: 'Point',
  coordinates: [b.west + b.width / 2, b.south + b.height / 2],
});

export function geohashPolygon({ west, south, width, height }: Box): Geometry {
  const [east, north] = [west + width, south + height];
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  return { type: 'Polygon', coordinates: [ring] };
}

/** Steps to the east and north around a rectangle: clockwise from the north. */
const AROUND = [
  [0, 1],
  [1, 1],
  [1, 0],
  [1, -1],
  [0, -1],
  [-1, -1],
  [-1, 0],
  [-1, 1],
] as const;

/** The hashes around a hash; beyond the 180th meridian they go on at the other end, beyond the poles there are none. */
export function geohashNeighbors(b: Box, length: number): string[] {
  const out: string[] = [];
  for (const [dx, dy] of AROUND) {
    const lat = b.south + (dy + 0.5) * b.height;
    const lng = b.west + (dx + 0.5) * b.width;
    if (lat > -90 && lat < 90) out.push(geohash(lng > 180 ? lng - 360 : lng < -180 ? lng + 360 : lng, lat, length));
  }
  return inSetOrder(out);
}
