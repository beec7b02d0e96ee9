/**
 * Geospatial functions. Shapes are GeoJSON, coordinates degrees, lengths metres. An argument that is no valid shape,
 * coordinate or size gives null.
 */
import * as buffer from './geo/buffer.ts';
import { cached } from './geo/cache.ts';
import * as cells from './geo/cells.ts';
import { cutAtAntimeridian, densify } from './geo/densify.ts';
import * as geojson from './geo/geojson.ts';
import { lookUpAddress } from './geo/ip.ts';
import * as measures from './geo/measures.ts';
import * as overlay from './geo/overlay.ts';
import { type Part, parts, type Ring } from './geo/region.ts';
import { simplifyLines, simplifyRings } from './geo/simplify.ts';
import { angle, type LngLat, metres, radians, type Vec } from './geo/sphere.ts';
import { fromWkt } from './geo/wkt.ts';
import type { HostFamily, HostValue } from './registry.ts';

type Value = HostValue | undefined;

/** Lines of a shape; queries ask for the same shape in many rows. */
const lines = cached(geojson.parseLines);

/** The area of a shape, the union when it has several polygons. */
const area = cached((value: HostValue) => {
  const list = geojson.parsePolygons(value);
  return list && overlay.merged(list);
});

/** The same for the cell library, with its index. */
const indexed = cached((value: HostValue) => {
  const found = area(value);
  return found && cells.s2Area(found);
});

const number = (value: Value): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** The first of these that a missing argument stands for; an argument that is null stays null. */
const or = (value: Value, missing: HostValue): Value => (value === undefined ? missing : value);

const outline = (found: readonly Part[] | undefined): geojson.Geometry | undefined =>
  found && found.length > 0 ? geojson.polygons(found) : undefined;

function point(found: Vec | undefined): geojson.Geometry | undefined {
  return found && geojson.point(found);
}

/** The only line of a shape. */
function single(value: Value): geojson.Line | undefined {
  const found = lines(value);
  return found?.length === 1 ? found[0] : undefined;
}

/** Greatest tolerance of simplification: 70 degrees. */
const MOST_TOLERANCE = (70 * Math.PI) / 180;

function tolerance(value: Value): number | undefined {
  const n = number(or(value, 10));
  return n !== undefined && n >= 0 && radians(n) <= MOST_TOLERANCE ? radians(n) : undefined;
}

/** Areas of an array of shapes, undefined when one is invalid. */
function areas(value: Value): Part[][] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const list = value.map((v) => geojson.parsePolygons(v));
  return list.every((l) => l !== undefined) ? list.flat() : undefined;
}

function simplifyAreas(list: readonly (readonly Part[])[], by: number): Part[] | undefined {
  const rings: Ring[][] = by === 0 ? list.map(overlay.allRings) : simplifyRings(list.map(overlay.allRings), by);
  const found = rings.flatMap(parts);
  return found.length > 0 ? found : undefined;
}

const common = (found: overlay.Common): geojson.Geometry => geojson.collection(found);
const any = (c: overlay.Common): boolean => c.points.length + c.lines.length + c.parts.length > 0;

function densifyArgs(by: Value, wrap: Value): { by: number; wrap: boolean } | undefined {
  const n = number(or(by, 10));
  return n !== undefined && n >= 0.1 && n <= 10_000 ? { by: n, wrap: or(wrap, false) === true } : undefined;
}

function densifyLine(value: Value, by: Value, preserve: Value): geojson.Geometry | undefined {
  const how = densifyArgs(by, preserve);
  const arrays = geojson.lineArrays(value);
  if (!how || !arrays) return undefined;
  const out: LngLat[][] = [];
  for (const array of arrays) {
    const list = geojson.pairs(array, true);
    if (!list || list.length < 2) return undefined;
    const dense = densify(list, how.by, how.wrap);
    if (!dense) return undefined;
    if (how.wrap) out.push(dense.map(geojson.coordinates));
    else out.push(...cutAtAntimeridian(dense));
  }
  return out.length === 1 ? { type: 'LineString', coordinates: out[0] } : { type: 'MultiLineString', coordinates: out };
}

function densifyPolygon(value: Value, by: Value, preserve: Value): geojson.Geometry | undefined {
  const how = densifyArgs(by, preserve);
  const arrays = geojson.polygonArrays(value);
  if (!how || !arrays || !area(value)) return undefined;
  const found: Part[] = [];
  for (const array of arrays) {
    const rings: Vec[][] = [];
    for (const ring of array) {
      const dense = densify(geojson.pairs(ring)!, how.by, how.wrap);
      if (!dense) return undefined;
      rings.push(dense.slice(0, -1));
    }
    found.push(...geojson.orient(rings));
  }
  return outline(found);
}

function bufferShape(
  radius: Value,
  by: Value,
  make: (reach: buffer.Reach) => readonly Part[] | undefined,
): geojson.Geometry | undefined {
  const reach = buffer.reach(radius, or(by, 10));
  return reach && outline(make(reach));
}

/** Level and distance of a covering. */
function coverArgs(level: Value, radius: Value, preset: number, most: number) {
  const at = cells.whole(or(level, preset), 0, most);
  const wide = number(or(radius, 0));
  return at === undefined || wide === undefined || wide < 0 ? undefined : { at, wide };
}

export const GEO_HOST: HostFamily = {
  distance_spheroid(lng1: Value, lat1: Value, lng2: Value, lat2: Value) {
    const [a, b] = [geojson.position(lng1, lat1), geojson.position(lng2, lat2)];
    return a && b && measures.spheroidDistance(a, b);
  },
  distance_point_to_line(lng: Value, lat: Value, shape: Value) {
    const [p, found] = [geojson.position(lng, lat), lines(shape)];
    return p && found && metres(angle(p, measures.nearestOnLines(p, found)));
  },
  distance_point_to_polygon(lng: Value, lat: Value, shape: Value) {
    const [p, found] = [geojson.position(lng, lat), area(shape)];
    if (!p || !found) return undefined;
    return indexed(shape)!.containsPoint(cells.s2Point(p)) ? 0 : metres(angle(p, measures.nearestOnBorder(p, found)));
  },
  closest_point_on_line(lng: Value, lat: Value, shape: Value) {
    const [p, found] = [geojson.position(lng, lat), lines(shape)];
    return point(p && found && measures.nearestOnLines(p, found));
  },
  closest_point_on_polygon(lng: Value, lat: Value, shape: Value) {
    const [p, found] = [geojson.position(lng, lat), area(shape)];
    if (!p || !found) return undefined;
    return point(indexed(shape)!.containsPoint(cells.s2Point(p)) ? p : measures.nearestOnBorder(p, found));
  },
  point_in_polygon(lng: Value, lat: Value, shape: Value) {
    const [p, found] = [geojson.position(lng, lat), indexed(shape)];
    return p && found?.containsPoint(cells.s2Point(p));
  },

  line_length(shape: Value) {
    const found = lines(shape);
    return found && measures.lineLength(found.length === 1 ? found : overlay.unionLines(found));
  },
  line_centroid(shape: Value) {
    const found = lines(shape);
    return point(found && measures.lineCentre(found.length === 1 ? found : overlay.unionLines(found)));
  },
  line_interpolate_point(shape: Value, fraction: Value) {
    const [line, at] = [single(shape), number(fraction)];
    return point(line && at !== undefined && at >= 0 && at <= 1 ? measures.alongLine(line, at) : undefined);
  },
  line_locate_point(shape: Value, lng: Value, lat: Value, spheroid: Value) {
    const [line, p] = [single(shape), geojson.position(lng, lat)];
    return line && p && measures.locate(line, p, spheroid === true ? measures.spheroidDistance : angle);
  },
  line_densify: densifyLine,
  line_simplify(shape: Value, by: Value) {
    const [found, t] = [lines(shape), tolerance(by)];
    if (!found || t === undefined) return undefined;
    const whole = overlay.unionLines(found);
    if (t === 0) return geojson.lines(whole);
    const { sites, pieces } = simplifyLines(whole, t);
    const made = overlay.joinPieces(pieces).map((l) => l.map((at) => sites[at]!));
    return made.length > 0 ? geojson.lines(made) : undefined;
  },
  line_buffer(shape: Value, radius: Value, by: Value) {
    const found = lines(shape);
    return found && bufferShape(radius, by, (reach) => buffer.bufferLines(found, reach));
  },
  line_to_s2cells(shape: Value, level: Value, radius: Value) {
    const [found, how] = [lines(shape), coverArgs(level, radius, 11, 30)];
    return found && how && cells.covering(cells.lineShape(found, radians(how.wide)), how.at);
  },

  polygon_area(shape: Value) {
    const found = area(shape);
    return found && measures.areaOf(found);
  },
  polygon_centroid(shape: Value) {
    const found = area(shape);
    return point(found && measures.areaCentre(found));
  },
  polygon_perimeter(shape: Value) {
    const found = area(shape);
    return found && measures.perimeter(found);
  },
  polygon_densify: densifyPolygon,
  polygon_simplify(shape: Value, by: Value) {
    const [found, t] = [area(shape), tolerance(by)];
    return found && t !== undefined ? outline(simplifyAreas([found], t)) : undefined;
  },
  polygon_buffer(shape: Value, radius: Value, by: Value) {
    const found = area(shape);
    return found && bufferShape(radius, by, (reach) => buffer.bufferArea(found, reach));
  },
  polygon_to_s2cells(shape: Value, level: Value, radius: Value) {
    const [found, how] = [area(shape), coverArgs(level, radius, 11, 30)];
    return found && how && cells.covering(cells.areaShape(found, radians(how.wide)), how.at);
  },
  polygon_to_h3cells(shape: Value, level: Value, radius: Value) {
    const [found, how] = [area(shape), coverArgs(level, radius, 6, 15)];
    if (!found || !how) return undefined;
    if (how.wide === 0) return cells.h3Cover(found, how.at);
    const reach = buffer.reach(how.wide, Math.min(10, how.wide));
    const wide = reach && buffer.bufferArea(found, reach);
    return wide && cells.h3Cover(wide, how.at);
  },
  point_buffer(lng: Value, lat: Value, radius: Value, by: Value) {
    const p = geojson.position(lng, lat);
    return p && bufferShape(radius, by, (reach) => [{ shell: buffer.circle(p, reach), holes: [] }]);
  },

  intersects_2lines(a: Value, b: Value) {
    const [x, y] = [lines(a), lines(b)];
    return x && y && any(overlay.intersectLines(x, y));
  },
  intersects_2polygons(a: Value, b: Value) {
    const [x, y] = [area(a), area(b)];
    return x && y && any(overlay.intersectAreas(x, y));
  },
  intersects_line_with_polygon(a: Value, b: Value) {
    const [x, y] = [lines(a), area(b)];
    return x && y && any(overlay.intersectLineArea(x, y));
  },
  intersection_2lines(a: Value, b: Value) {
    const [x, y] = [lines(a), lines(b)];
    return x && y && common(overlay.intersectLines(x, y));
  },
  intersection_2polygons(a: Value, b: Value) {
    const [x, y] = [area(a), area(b)];
    return x && y && common(overlay.intersectAreas(x, y));
  },
  intersection_line_with_polygon(a: Value, b: Value) {
    const [x, y] = [lines(a), area(b)];
    return x && y && common(overlay.intersectLineArea(x, y));
  },
  union_lines_array(shapes: Value) {
    if (!Array.isArray(shapes) || shapes.length === 0) return undefined;
    const list = shapes.map((s) => geojson.parseLines(s));
    return list.every((l) => l !== undefined) ? geojson.lines(overlay.unionLines(list.flat())) : undefined;
  },
  union_polygons_array(shapes: Value) {
    const list = areas(shapes);
    return list && outline(overlay.union(list));
  },
  simplify_polygons_array(shapes: Value, by: Value) {
    const [list, t] = [areas(shapes), tolerance(by)];
    return list && t !== undefined ? outline(simplifyAreas(list, t)) : undefined;
  },

  point_to_s2cell(lng: Value, lat: Value, level: Value) {
    const [p, at] = [geojson.position(lng, lat), cells.whole(or(level, 11), 0, 30)];
    return p && at !== undefined ? cells.s2Token(p, at) : undefined;
  },
  cover(shape: Value, radius: Value) {
    const wide = radians(number(radius) ?? 0);
    if (wide < 0) return undefined;
    const found = area(shape);
    if (found) return cells.roughCover(cells.areaShape(found, wide));
    const list = lines(shape);
    return list && cells.roughCover(cells.lineShape(list, wide));
  },
  s2cell_to_central_point(token: Value) {
    const id = cells.s2Cell(token);
    return id === undefined ? undefined : cells.s2Centre(id);
  },
  s2cell_to_polygon(token: Value) {
    const id = cells.s2Cell(token);
    return id === undefined ? undefined : cells.s2Polygon(id);
  },
  s2cell_neighbors(token: Value) {
    const id = cells.s2Cell(token);
    return id === undefined ? undefined : cells.s2Neighbors(id);
  },
  h3cell_to_central_point(token: Value) {
    const cell = cells.h3Cell(token);
    return cell && cells.h3Centre(cell);
  },
  h3cell_to_polygon(token: Value) {
    const cell = cells.h3Cell(token);
    return cell && cells.h3Polygon(cell);
  },
  h3cell_neighbors(token: Value) {
    const cell = cells.h3Cell(token);
    return cell && cells.h3Neighbors(cell);
  },
  h3cell_children(token: Value, resolution: Value) {
    const cell = cells.h3Cell(token);
    return cell && cells.h3Children(cell, resolution);
  },
  h3cell_parent(token: Value, resolution: Value) {
    const cell = cells.h3Cell(token);
    return cell && cells.h3Parent(cell, resolution);
  },
  h3cell_level(token: Value) {
    const cell = cells.h3Cell(token);
    return cell && cells.h3Level(cell);
  },
  h3cell_rings(token: Value, distance: Value) {
    const [cell, far] = [cells.h3Cell(token), cells.whole(distance, 0, 142)];
    return cell && far !== undefined ? cells.h3Rings(cell, far) : undefined;
  },
  point_to_geohash(lng: Value, lat: Value, length: Value) {
    const n = cells.whole(or(length, 5), 1, 18);
    return n && geojson.isLongitude(lng) && geojson.isLatitude(lat) ? cells.geohash(lng, lat, n) : undefined;
  },
  geohash_to_central_point(hash: Value) {
    const box = cells.geohashBox(hash);
    return box && cells.geohashCentre(box);
  },
  geohash_to_polygon(hash: Value) {
    const box = cells.geohashBox(hash);
    return box && cells.geohashPolygon(box);
  },
  geohash_neighbors(hash: Value) {
    const box = cells.geohashBox(hash);
    return box && cells.geohashNeighbors(box, (hash as string).length);
  },

  from_wkt: (text: Value) => (typeof text === 'string' ? fromWkt(text) : undefined),
  info_from_ip_address: (text: Value) => (typeof text === 'string' ? lookUpAddress(text) : undefined),
};
