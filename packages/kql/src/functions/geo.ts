import { ipDatabaseNote } from '../host/geo/ip-setting.ts';
import type { KqlType } from '../types.ts';
import type { FunctionDecl, SqlArg, SqlContext } from './declare.ts';
import { host } from './host.ts';

/** Mean radius of Earth in metres, as the host functions use it. */
const RADIUS = '6371010';

/** SQL that is true when two arguments are a coordinate. */
const ranged = (lng: string, lat: string): string => `(${lng} BETWEEN -180 AND 180 AND ${lat} BETWEEN -90 AND 90)`;

/** Radians between two coordinates on the sphere, by the haversine formula. */
function arc(lng1: string, lat1: string, lng2: string, lat2: string): string {
  const half = (a: string, b: string): string => `pow(sin(radians(${b} - ${a}) / 2), 2)`;
  return `(2 * asin(sqrt(least(1, ${half(lat1, lat2)} + cos(radians(${lat1})) * cos(radians(${lat2})) * ${half(lng1, lng2)}))))`;
}

/** Direction from the first to the second coordinate, radians from north over east. */
function azimuth(lng1: string, lat1: string, lng2: string, lat2: string): string {
  const d = `radians(${lng2} - ${lng1})`;
  const [a, b] = [`radians(${lat1})`, `radians(${lat2})`];
  return `atan2(sin(${d}) * cos(${b}), cos(${a}) * sin(${b}) - sin(${a}) * cos(${b}) * cos(${d}))`;
}

/** SQL that is true when two coordinates are neither the same place nor opposite ones. */
function apart(lng1: string, lat1: string, lng2: string, lat2: string): string {
  const same = `(${lat1} = ${lat2} AND (abs(${lat1}) = 90 OR ${lng1} = ${lng2} OR abs(${lng1} - ${lng2}) = 360))`;
  const opposite = `(${lat1} = -${lat2} AND (abs(${lat1}) = 90 OR abs(${lng1} - ${lng2}) = 180))`;
  return `NOT ${same} AND NOT ${opposite}`;
}

const positive = (sql: string): string => `positiveModulo(${sql}, 2 * pi())`;

const names = (a: readonly SqlArg[], c: SqlContext): string[] => a.map((x) => c.once(x.sql));

/** A function that runs in the helper process under its name without `geo_`. */
function hosted(name: string, args: string, returns: KqlType, doc: string): FunctionDecl {
  return {
    name,
    args,
    returns,
    sql: (a, c) => host(`geo.${name.slice('geo_'.length)}`, a, c, returns),
    doc,
  };
}

/** Functions whose formula is short enough for SQL. */
const IN_SQL: readonly FunctionDecl[] = [
  {
    name: 'geo_distance_2points',
    args: 'real real real real bool?',
    returns: 'real',
    sql: (a, c) => {
      const [x1, y1, x2, y2] = names(a, c) as [string, string, string, string];
      const sphere = `if(${ranged(x1, y1)} AND ${ranged(x2, y2)}, ${RADIUS} * ${arc(x1, y1, x2, y2)}, NULL)`;
      const flag = a[4]?.expr;
      if (!flag || (flag.op === 'literal' && flag.value === false)) return sphere;
      const spheroid = host('geo.distance_spheroid', a.slice(0, 4), c, 'real');
      return flag.op === 'literal' && flag.value === true
        ? spheroid
        : `if(ifNull(${a[4]!.sql}, false), ${spheroid}, ${sphere})`;
    },
    doc: 'Metres between two coordinates on the sphere, or on the WGS84 spheroid when the last argument is true.',
  },
  {
    name: 'geo_point_in_circle',
    args: 'real real real real real',
    returns: 'bool',
    sql: (a, c) => {
      const [x1, y1, x2, y2, r] = names(a, c) as [string, string, string, string, string];
      const known = `${ranged(x1, y1)} AND ${ranged(x2, y2)} AND ${r} >= 0 AND isFinite(${r})`;
      return `if(${known}, ${RADIUS} * ${arc(x1, y1, x2, y2)} <= ${r}, NULL)`;
    },
    doc: 'True when the first coordinate is within a radius in metres of the second one.',
  },
  {
    name: 'geo_azimuth',
    args: 'real real real real',
    returns: 'real',
    sql: (a, c) => {
      const [x1, y1, x2, y2] = names(a, c) as [string, string, string, string];
      const known = `${ranged(x1, y1)} AND ${ranged(x2, y2)} AND ${apart(x1, y1, x2, y2)}`;
      return `if(${known}, ${positive(azimuth(x1, y1, x2, y2))}, NULL)`;
    },
    doc: 'Direction from one coordinate to another in radians, clockwise from north.',
  },
  {
    name: 'geo_angle',
    args: 'real real real real real real',
    returns: 'real',
    sql: (a, c) => {
      const [x1, y1, x2, y2, x3, y3] = names(a, c) as [string, string, string, string, string, string];
      const known = [ranged(x1, y1), ranged(x2, y2), ranged(x3, y3), apart(x1, y1, x2, y2), apart(x2, y2, x3, y3)].join(
        ' AND ',
      );
      return `if(${known}, ${positive(`${azimuth(x2, y2, x3, y3)} - ${azimuth(x2, y2, x1, y1)}`)}, NULL)`;
    },
    doc: 'Clockwise angle in radians at the second coordinate, from the line to the first one to the line to the third one.',
  },
  {
    name: 'geo_point_to_h3cell',
    args: 'real real int?',
    returns: 'string',
    sql: (a, c) => {
      const [x, y] = names(a, c) as [string, string];
      const level = a[2] ? c.once(a[2].sql) : '6';
      const known = `ifNull(${ranged(x, y)} AND ${level} BETWEEN 0 AND 15, false)`;
      const safe = (sql: string, type: string): string => `${type}(if(${known}, assumeNotNull(${sql}), 0))`;
      return `if(${known}, h3ToString(geoToH3(${safe(y, 'toFloat64')}, ${safe(x, 'toFloat64')}, ${safe(level, 'toUInt8')})), '')`;
    },
    doc: 'Token of the H3 cell of a resolution (0 to 15, default 6) that holds a coordinate.',
  },
];

const IN_HOST: readonly FunctionDecl[] = [
  hosted('geo_point_to_geohash', 'real real int?', 'string', 'Geohash of a coordinate, 1 to 18 characters, default 5.'),
  hosted('geo_geohash_to_central_point', 'string', 'dynamic', 'Centre of a geohash rectangle as a GeoJSON point.'),
  hosted('geo_geohash_to_polygon', 'string', 'dynamic', 'Rectangle of a geohash as a GeoJSON polygon.'),
  hosted('geo_geohash_neighbors', 'string', 'dynamic', 'The geohashes around a geohash.'),
  hosted(
    'geo_point_to_s2cell',
    'real real int?',
    'string',
    'Token of the S2 cell of a level (0 to 30, default 11) that holds a coordinate.',
  ),
  hosted('geo_s2cell_to_central_point', 'string', 'dynamic', 'Centre of an S2 cell as a GeoJSON point.'),
  hosted('geo_s2cell_to_polygon', 'string', 'dynamic', 'Outline of an S2 cell as a GeoJSON polygon.'),
  hosted('geo_s2cell_neighbors', 'string', 'dynamic', 'The S2 cells of the same level around a cell.'),
  hosted('geo_h3cell_to_central_point', 'string', 'dynamic', 'Centre of an H3 cell as a GeoJSON point.'),
  hosted('geo_h3cell_to_polygon', 'string', 'dynamic', 'Outline of an H3 cell as a GeoJSON polygon.'),
  hosted('geo_h3cell_neighbors', 'string', 'dynamic', 'The H3 cells around a cell.'),
  hosted(
    'geo_h3cell_children',
    'string int?',
    'dynamic',
    'The H3 cells of a finer resolution inside a cell; by default of the next one, at most five finer.',
  ),
  hosted(
    'geo_h3cell_parent',
    'string int?',
    'string',
    'The H3 cell of a coarser resolution around a cell; by default of the next one.',
  ),
  hosted('geo_h3cell_level', 'string', 'int', 'Resolution of an H3 cell.'),
  hosted(
    'geo_h3cell_rings',
    'string int',
    'dynamic',
    'Arrays of the H3 cells at each distance from a cell, from 0 on.',
  ),
  hosted('geo_distance_point_to_line', 'real real dynamic', 'real', 'Metres from a coordinate to a line or multiline.'),
  hosted(
    'geo_distance_point_to_polygon',
    'real real dynamic',
    'real',
    'Metres from a coordinate to a polygon or multipolygon, 0 inside.',
  ),
  hosted(
    'geo_closest_point_on_line',
    'real real dynamic',
    'dynamic',
    'The point of a line or multiline nearest to a coordinate.',
  ),
  hosted(
    'geo_closest_point_on_polygon',
    'real real dynamic',
    'dynamic',
    'The point of a polygon or multipolygon nearest to a coordinate; inside, the coordinate itself.',
  ),
  hosted(
    'geo_point_in_polygon',
    'real real dynamic',
    'bool',
    'True when a coordinate is inside a polygon or multipolygon.',
  ),
  hosted(
    'geo_point_buffer',
    'real real real real?',
    'dynamic',
    'Polygon around everything within a radius of a coordinate; its outline keeps a tolerance, default 10 metres.',
  ),
  hosted(
    'geo_line_length',
    'dynamic',
    'real',
    'Length of a line or multiline in metres; parts that lie on each other count once.',
  ),
  hosted('geo_line_centroid', 'dynamic', 'dynamic', 'Centre of mass of a line or multiline.'),
  hosted('geo_line_interpolate_point', 'dynamic real', 'dynamic', 'The point at a share of the length of a line.'),
  hosted(
    'geo_line_locate_point',
    'dynamic real real bool?',
    'real',
    'Share of the length of a line that lies before its point nearest to a coordinate.',
  ),
  hosted(
    'geo_line_densify',
    'dynamic real? bool?',
    'dynamic',
    'Adds points to edges that are straight on the map, so that arcs between them keep a tolerance, default 10 metres.',
  ),
  hosted(
    'geo_line_simplify',
    'dynamic real?',
    'dynamic',
    'A line with fewer points, within a tolerance, default 10 metres.',
  ),
  hosted(
    'geo_line_buffer',
    'dynamic real real?',
    'dynamic',
    'Polygon around everything within a radius of a line or multiline.',
  ),
  hosted(
    'geo_line_to_s2cells',
    'dynamic int? real?',
    'dynamic',
    'Tokens of the S2 cells of a level (default 11) that a line, or what is within a radius of it, touches.',
  ),
  hosted(
    'geo_polygon_area',
    'dynamic',
    'real',
    'Area of a polygon or multipolygon in square metres; overlaps count once.',
  ),
  hosted('geo_polygon_centroid', 'dynamic', 'dynamic', 'Centre of mass of a polygon or multipolygon.'),
  hosted('geo_polygon_perimeter', 'dynamic', 'real', 'Length of the border of a polygon or multipolygon in metres.'),
  hosted(
    'geo_polygon_densify',
    'dynamic real? bool?',
    'dynamic',
    'Adds points to edges that are straight on the map, so that arcs between them keep a tolerance, default 10 metres.',
  ),
  hosted(
    'geo_polygon_simplify',
    'dynamic real?',
    'dynamic',
    'A polygon with fewer points, within a tolerance, default 10 metres.',
  ),
  hosted(
    'geo_polygon_buffer',
    'dynamic real real?',
    'dynamic',
    'Polygon around everything within a radius of a polygon.',
  ),
  hosted(
    'geo_polygon_to_s2cells',
    'dynamic int? real?',
    'dynamic',
    'Tokens of the S2 cells of a level (default 11) that a polygon, or what is within a radius of it, touches.',
  ),
  hosted(
    'geo_polygon_to_h3cells',
    'dynamic int? real?',
    'dynamic',
    'Tokens of the H3 cells of a resolution (default 6) whose centres are inside a polygon, or within a radius of it.',
  ),
  hosted(
    'geo_intersects_2lines',
    'dynamic dynamic',
    'bool',
    'True when two lines or multilines have a point in common.',
  ),
  hosted(
    'geo_intersects_2polygons',
    'dynamic dynamic',
    'bool',
    'True when two polygons or multipolygons have a point in common.',
  ),
  hosted(
    'geo_intersects_line_with_polygon',
    'dynamic dynamic',
    'bool',
    'True when a line and a polygon have a point in common.',
  ),
  hosted('geo_intersection_2lines', 'dynamic dynamic', 'dynamic', 'What two lines or multilines have in common.'),
  hosted(
    'geo_intersection_2polygons',
    'dynamic dynamic',
    'dynamic',
    'What two polygons or multipolygons have in common.',
  ),
  hosted(
    'geo_intersection_line_with_polygon',
    'dynamic dynamic',
    'dynamic',
    'What a line and a polygon have in common.',
  ),
  hosted('geo_union_lines_array', 'dynamic', 'dynamic', 'One line or multiline from an array of them.'),
  hosted('geo_union_polygons_array', 'dynamic', 'dynamic', 'One polygon or multipolygon from an array of them.'),
  hosted(
    'geo_simplify_polygons_array',
    'dynamic real?',
    'dynamic',
    'Simplifies an array of polygons together, so that shared borders stay shared; tolerance 10 metres by default.',
  ),
  hosted('geo_from_wkt', 'string', 'dynamic', 'GeoJSON of a shape in well-known text.'),
  {
    ...hosted(
      'geo_info_from_ip_address',
      'string',
      'dynamic',
      'Country, state, city and coordinate of an address, from the local GeoIP database; null without one.',
    ),
    note: ipDatabaseNote,
  },
];

/** What plugins use; no text can name it, because the binder does not know it. */
const INTERNAL: readonly FunctionDecl[] = [
  {
    name: '_geo_cover',
    args: 'dynamic real',
    returns: 'dynamic',
    sql: (a, c) => host('geo.cover', a, c, 'dynamic'),
    doc: 'A few S2 cells of different levels, as level/token, that hold a shape and what is within a radius of it.',
  },
];

export const GEO_FUNCTIONS: readonly FunctionDecl[] = [...IN_SQL, ...IN_HOST, ...INTERNAL];
