import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { buildDate, ipDatabaseNote, setIpDatabase } from '../src/host/geo/ip-setting.ts';
import { inSetOrder, murmur } from '../src/host/geo/token-set.ts';
import { GEO_HOST } from '../src/host/geo.ts';
import { smallDatabase } from './mmdb.ts';

// biome-ignore lint/suspicious/noExplicitAny: results are JSON.
const geo = GEO_HOST as Readonly<Record<string, (...args: unknown[]) => any>>;

/** Numbers from 0 to 1 that are the same in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A polygon with corners at growing angles around a centre. */
function star(next: () => number, size: number): { type: string; coordinates: number[][][] } {
  const [lng, lat] = [next() * 300 - 150, next() * 120 - 60];
  const n = 3 + Math.floor(next() * 12);
  const ring = Array.from({ length: n }, (_, i) => {
    const a = (2 * Math.PI * (i + next() * 0.8)) / n;
    const r = size * (0.3 + 0.7 * next());
    return [lng + (r * Math.cos(a)) / Math.cos((lat * Math.PI) / 180), lat + r * Math.sin(a)];
  });
  return { type: 'Polygon', coordinates: [[...ring, ring[0]!]] };
}

/** The same polygon moved by a part of its size. */
const moved = (p: ReturnType<typeof star>, by: number) => ({
  ...p,
  coordinates: p.coordinates.map((r) => r.map(([x, y]) => [x! + by, y! + by / 3])),
});

const areaOf = (shape: { type: string; geometries?: { type: string }[] }): number => {
  if (shape.type !== 'GeometryCollection') return /Polygon/.test(shape.type) ? geo.polygon_area!(shape) : 0;
  return shape.geometries!.reduce((sum, g) => sum + areaOf(g), 0);
};

describe('areas', () => {
  test('union and intersection add up, whatever the shapes', () => {
    const next = random(7);
    for (let i = 0; i < 60; i++) {
      const size = 10 ** (next() * 4 - 3);
      const a = star(next, size);
      const b = moved(a, size * next());
      const [areaA, areaB] = [geo.polygon_area!(a), geo.polygon_area!(b)];
      const both = areaOf(geo.intersection_2polygons!(a, b));
      const either = areaOf(geo.union_polygons_array!([a, b]));
      expect(both).toBeLessThanOrEqual(Math.min(areaA, areaB) * (1 + 1e-9));
      expect((both + either) / (areaA + areaB)).toBeCloseTo(1, 6);
      expect(geo.intersects_2polygons!(a, b)).toBe(both > 0);
    }
  });

  test('corners on a coarse grid: edges in line, shared corners, corners on edges', () => {
    const next = random(41);
    const places = [
      [0, 0, 1],
      [-177, 40, 1.5],
      [20, 88, 0.4],
      [7, 0, 1e-5],
      [0, 0, 10],
    ] as const;
    const onGrid = ([lng, lat, step]: (typeof places)[number]) => {
      for (;;) {
        const ring = Array.from({ length: 3 + Math.floor(next() * 4) }, () => [
          lng + Math.floor(next() * 5) * step,
          lat + Math.floor(next() * 5) * step,
        ]);
        const shape = { type: 'Polygon', coordinates: [[...ring, ring[0]!]] };
        if (geo.polygon_area!(shape) > 0) return shape;
      }
    };
    for (let i = 0; i < 250; i++) {
      const place = places[i % places.length]!;
      const [a, b, c] = [onGrid(place), onGrid(place), onGrid(place)];
      const either = areaOf(geo.union_polygons_array!([a, b]));
      const both = areaOf(geo.intersection_2polygons!(a, b));
      expect((either + both) / (areaOf(a) + areaOf(b))).toBeCloseTo(1, 5);
      const all = areaOf(geo.union_polygons_array!([a, b, c]));
      expect(all / areaOf(geo.union_polygons_array!([c, geo.union_polygons_array!([b, a])]))).toBeCloseTo(1, 5);
    }
  });

  test('a union with itself is itself, also as a multipolygon', () => {
    const next = random(11);
    for (let i = 0; i < 20; i++) {
      const a = star(next, 1);
      expect(areaOf(geo.union_polygons_array!([a, a, a])) / geo.polygon_area!(a)).toBeCloseTo(1, 9);
      const twice = { type: 'MultiPolygon', coordinates: [a.coordinates, a.coordinates] };
      expect(geo.polygon_perimeter!(twice) / geo.polygon_perimeter!(a)).toBeCloseTo(1, 9);
    }
  });

  test('a grid of squares unites to its outline, and a missing one leaves a hole', () => {
    const squares = Array.from({ length: 25 }, (_, i) => {
      const [x, y] = [i % 5, Math.floor(i / 5)];
      const ring = [
        [x, y],
        [x + 1, y],
        [x + 1, y + 1],
        [x, y + 1],
        [x, y],
      ];
      return { type: 'Polygon', coordinates: [ring] };
    });
    const whole = geo.union_polygons_array!(squares);
    expect(whole.type).toBe('Polygon');
    expect(whole.coordinates).toHaveLength(1);
    const holed = geo.union_polygons_array!(squares.filter((_, i) => i !== 12));
    expect(holed.coordinates).toHaveLength(2);
    expect(geo.point_in_polygon!(2.5, 2.5, holed)).toBe(false);
    expect(geo.point_in_polygon!(1.5, 2.5, holed)).toBe(true);
    const cells = areaOf(whole) - areaOf(holed);
    expect(cells / geo.polygon_area!(squares[12])).toBeCloseTo(1, 6);
  });

  test('a buffer holds what it is around, at the distance it says', () => {
    const next = random(23);
    for (let i = 0; i < 20; i++) {
      const a = star(next, 0.2);
      const radius = 10 + next() * 30_000;
      const wide = geo.polygon_buffer!(a, radius, radius / 100);
      expect(areaOf(wide)).toBeGreaterThan(geo.polygon_area!(a));
      expect(areaOf(geo.intersection_2polygons!(a, wide)) / geo.polygon_area!(a)).toBeCloseTo(1, 6);
      for (const [lng, lat] of wide.coordinates[0])
        expect(geo.distance_point_to_polygon!(lng, lat, a)).toBeLessThanOrEqual(radius * 1.0001);
      for (const [lng, lat] of wide.coordinates[0].slice(0, 5))
        expect(geo.distance_point_to_polygon!(lng, lat, a)).toBeGreaterThanOrEqual(radius * 0.98);
    }
  });

  test('simplifying keeps corners apart and stays near', () => {
    const next = random(31);
    for (let i = 0; i < 20; i++) {
      const centre = [next() * 100, next() * 50] as const;
      const circle = geo.point_buffer!(...centre, 5000, 0.5);
      const made = geo.polygon_simplify!(circle, 100);
      expect(made.coordinates[0].length).toBeLessThan(circle.coordinates[0].length / 2);
      expect(areaOf(made) / areaOf(circle)).toBeGreaterThan(0.95);
      expect(areaOf(made) / areaOf(circle)).toBeLessThan(1.05);
    }
  });

  test('simplified together, neighbours keep their common border', () => {
    const border = Array.from({ length: 50 }, (_, i) => [0.001 * Math.sin(i), i / 50]);
    const left = { type: 'Polygon', coordinates: [[...border, [-1, 1], [-1, 0], border[0]!]] };
    const right = { type: 'Polygon', coordinates: [[...[...border].reverse(), [1, 0], [1, 1], border.at(-1)!]] };
    const both = geo.simplify_polygons_array!([left, right], 500);
    expect(both.coordinates).toHaveLength(2);
    const [a, b] = both.coordinates.map((coordinates: unknown) => ({ type: 'Polygon', coordinates }));
    expect(areaOf(geo.intersection_2polygons!(a, b))).toBe(0);
    expect(areaOf(geo.union_polygons_array!([a, b])) / (areaOf(a) + areaOf(b))).toBeCloseTo(1, 9);
  });
});

describe('lines', () => {
  const zigzag = (next: () => number) => ({
    type: 'LineString',
    coordinates: Array.from({ length: 8 }, (_, i) => [i + next(), next() * 10]),
  });

  test('a point at a share of a line is found at that share', () => {
    const next = random(5);
    for (let i = 0; i < 50; i++) {
      const line = zigzag(next);
      const share = next();
      const [lng, lat] = geo.line_interpolate_point!(line, share).coordinates;
      expect(geo.line_locate_point!(line, lng, lat)).toBeCloseTo(share, 6);
      expect(geo.distance_point_to_line!(lng, lat, line)).toBeLessThan(1e-3);
    }
  });

  test('the part of a line inside a polygon and the part outside make the line', () => {
    const next = random(13);
    const box = {
      type: 'Polygon',
      coordinates: [
        [
          [2, -1],
          [6, -1],
          [6, 11],
          [2, 11],
          [2, -1],
        ],
      ],
    };
    for (let i = 0; i < 20; i++) {
      const line = zigzag(next);
      const inside = geo.intersection_line_with_polygon!(line, box);
      const cut = geo.union_lines_array!([line, inside]);
      expect(geo.line_length!(inside)).toBeLessThan(geo.line_length!(line));
      expect(geo.line_length!(cut) / geo.line_length!(line)).toBeCloseTo(1, 6);
    }
  });

  test('densified lines stay within the tolerance of the straight line on the map', () => {
    const line = {
      type: 'LineString',
      coordinates: [
        [0, 50],
        [40, 50],
      ],
    };
    for (const tolerance of [1, 10, 1000]) {
      const dense = geo.line_densify!(line, tolerance);
      for (let x = 0; x <= 40; x += 0.37)
        expect(geo.distance_point_to_line!(x, 50, dense)).toBeLessThanOrEqual(tolerance);
    }
    expect(geo.line_length!(geo.line_densify!(line, 1)) / geo.line_length!(geo.line_densify!(line, 0.1))).toBeCloseTo(
      1,
      5,
    );
  });

  test('a line over the 180th meridian is cut there, unless crossings are to be kept', () => {
    const line = {
      type: 'LineString',
      coordinates: [
        [170, 10],
        [190, 10],
      ],
    };
    const cut = geo.line_densify!(line);
    expect(cut.type).toBe('MultiLineString');
    expect(cut.coordinates[0].at(-1)[0]).toBeCloseTo(180, 6);
    expect(cut.coordinates[1][0][0]).toBeCloseTo(-180, 6);
    expect(
      geo.line_densify!(
        {
          ...line,
          coordinates: [
            [170, 10],
            [-170, 10],
          ],
        },
        10,
        true,
      ).type,
    ).toBe('LineString');
  });
});

describe('cells', () => {
  test('the cell of the centre of a cell is the cell', () => {
    const next = random(3);
    for (let i = 0; i < 200; i++) {
      const [lng, lat] = [next() * 360 - 180, next() * 180 - 90];
      const level = Math.floor(next() * 31);
      const token = geo.point_to_s2cell!(lng, lat, level);
      expect(geo.point_to_s2cell!(...geo.s2cell_to_central_point!(token).coordinates, level)).toBe(token);
      const length = 1 + Math.floor(next() * 18);
      const hash = geo.point_to_geohash!(lng, lat, length);
      expect(geo.point_to_geohash!(...geo.geohash_to_central_point!(hash).coordinates, length)).toBe(hash);
    }
  });

  test('a covering holds every point of the shape', () => {
    const next = random(17);
    for (let i = 0; i < 10; i++) {
      const a = star(next, 0.5);
      const cells = new Set(geo.polygon_to_s2cells!(a, 10));
      const wide = new Set(geo.polygon_to_s2cells!(a, 10, 5000));
      for (const c of cells) expect(wide).toContain(c);
      for (const [lng, lat] of a.coordinates[0]!) expect(cells).toContain(geo.point_to_s2cell!(lng, lat, 10));
    }
  });

  test('tokens come in the order of the hash set they are collected in', () => {
    // 64-bit Murmur hash of "hello" with the seed of GCC's library.
    expect(murmur('hello')).toBe(2762169579135187400n);
    expect(inSetOrder([])).toEqual([]);
    expect(inSetOrder(['a', 'b', 'a']).sort()).toEqual(['a', 'b']);
  });
});

describe('what is no shape', () => {
  test('never throws and never passes for one', () => {
    const deep = JSON.parse('['.repeat(60) + ']'.repeat(60));
    const ring = (c: unknown[]) => ({ type: 'Polygon', coordinates: [c] });
    const values = [
      null,
      undefined,
      0,
      -1,
      1e300,
      'NaN',
      'inf',
      '',
      'x',
      '{}',
      '{',
      true,
      [],
      {},
      deep,
      [null],
      [{}],
      [[]],
      { type: 'Polygon' },
      { type: 'Polygon', coordinates: [] },
      { type: 'Polygon', coordinates: [[]] },
      ring([
        [0, 0],
        [1, 1],
        [0, 0],
      ]),
      ring([
        [0, 0],
        [1, 'x'],
        [1, 1],
        [0, 0],
      ]),
      ring([
        [0, 0],
        [0, 90],
        [180, 0],
        [0, 0],
      ]),
      ring([
        [0, 90],
        [90, 90],
        [180, 90],
        [0, 90],
      ]),
      ring([
        [0, 0],
        [180, 0],
        [90, 10],
        [0, 0],
      ]),
      ring([
        [0, 0],
        [1, 0],
        [2, 0],
        [3, 0],
        [0, 0],
      ]),
      ring([
        [179, 0],
        [-179, 0],
        [-179, 1],
        [179, 1],
        [179, 0],
      ]),
      ring([
        [0, 80],
        [90, 80],
        [180, 80],
        [-90, 80],
        [0, 80],
      ]),
      ring([
        [-179, -89],
        [179, -89],
        [0, 89],
        [-179, -89],
      ]),
      {
        type: 'LineString',
        coordinates: [
          [0, 0],
          [180, 0],
        ],
      },
      {
        type: 'LineString',
        coordinates: [
          [0, 0],
          [0, 0],
        ],
      },
      {
        type: 'LineString',
        coordinates: [
          [0, 90],
          [0, -90],
        ],
      },
      { type: 'MultiLineString', coordinates: [] },
      {
        type: 'LineString',
        coordinates: [
          [0, 0],
          [1, 1],
          [0, 0],
          [1, 1],
        ],
      },
      { type: 'MultiPolygon', coordinates: [[]] },
      { type: 'GeometryCollection', geometries: [] },
      { type: 'Feature', geometry: { type: 'Point', coordinates: [1, 1] } },
    ];
    const second = [null, undefined, -1, 1e300, 'NaN', '{', 10];
    const failed: string[] = [];
    for (const [name, fn] of Object.entries(geo))
      for (const a of values)
        for (const b of second)
          for (const args of [
            [a, b],
            [1, 2, a, b],
            [[a, b], 10],
          ])
            try {
              fn(...args);
            } catch (e) {
              failed.push(`${name}(${JSON.stringify(args)}): ${e}`);
            }
    expect(failed).toEqual([]);
    const valid = new Set(
      values.filter((v) => geo.polygon_area!(v) !== undefined || geo.line_length!(v) !== undefined),
    );
    expect(values.indexOf([...valid][0])).toBeGreaterThan(20);
  });

  test('shapes around a pole and over the 180th meridian measure right', () => {
    const cap = geo.point_buffer!(12, 90, 1_000_000, 10);
    expect(geo.polygon_area!(cap) / (2 * Math.PI * 6371010 ** 2 * (1 - Math.cos(1_000_000 / 6371010)))).toBeCloseTo(
      1,
      3,
    );
    expect(geo.point_in_polygon!(-100, 89, cap)).toBe(true);
    const across = {
      type: 'Polygon',
      coordinates: [
        [
          [179, 0],
          [-179, 0],
          [-179, 1],
          [179, 1],
          [179, 0],
        ],
      ],
    };
    const here = {
      type: 'Polygon',
      coordinates: [
        [
          [-1, 0],
          [1, 0],
          [1, 1],
          [-1, 1],
          [-1, 0],
        ],
      ],
    };
    expect(geo.polygon_area!(across) / geo.polygon_area!(here)).toBeCloseTo(1, 9);
    expect(geo.point_in_polygon!(180, 0.5, across)).toBe(true);
    expect(geo.point_in_polygon!(0, 0.5, across)).toBe(false);
  });
});

describe('places of addresses', () => {
  afterEach(() => setIpDatabase(''));

  test('come from the database that is set', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'geoip-')), 'small.mmdb');
    writeFileSync(
      path,
      smallDatabase('10.0.0.0/8', new Date('2026-02-03T00:00:00Z'), {
        country: { names: { en: 'Norway' } },
        subdivisions: [{ names: { en: 'Vestland' } }],
        city: { names: { en: 'Bergen' } },
        location: { latitude: 60.3913, longitude: 5.3221 },
      }),
    );
    expect(geo.info_from_ip_address!('10.1.2.3')).toBeUndefined();
    expect(ipDatabaseNote()).toContain('no GeoIP database');
    setIpDatabase(path);
    expect(buildDate(path)?.toISOString()).toBe('2026-02-03T00:00:00.000Z');
    expect(ipDatabaseNote()).toContain('2026-02-03');
    const place = { country: 'Norway', state: 'Vestland', city: 'Bergen', latitude: 60.3913, longitude: 5.3221 };
    expect(geo.info_from_ip_address!('10.1.2.3')).toEqual(place);
    expect(geo.info_from_ip_address!('11.1.2.3')).toBeUndefined();
    expect(geo.info_from_ip_address!('10.1.2')).toBeUndefined();
    setIpDatabase('/nowhere/at.all');
    expect(geo.info_from_ip_address!('10.1.2.3')).toBeUndefined();
    expect(ipDatabaseNote()).toContain('cannot be read');
  });
});
