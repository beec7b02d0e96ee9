/** Unions and intersections of areas and lines on the sphere. */
import type { Line } from './geojson.ts';
import { type Edge, type Noded, node } from './noding.ts';
import { covered, type Known, type Part, parts, type Ring, ringHolds } from './region.ts';
import { add, unit, type Vec } from './sphere.ts';

/** Directions without any symmetry to start counting from; one of them is in general position to any real shape. */
export const STARTS: readonly Vec[] = [
  [0.3141, 0.5926, -0.7415],
  [-0.6535, 0.1897, 0.7327],
  [-0.2718, -0.8281, -0.4904],
  [0.5772, -0.6156, 0.5366],
  [0.1618, 0.3398, 0.9265],
  [-0.8541, 0.5115, -0.0938],
].map((v) => unit(v as unknown as Vec));

const ringEdges = (ring: Ring): Edge[] => ring.map((a, i) => ({ a, b: ring[(i + 1) % ring.length]! }));

export const allRings = (area: readonly Part[]): Ring[] => area.flatMap((p) => [p.shell, ...p.holes]);

/** Edges of an area, the area on their left. */
export const areaEdges = (area: readonly Part[]): Edge[] => allRings(area).flatMap(ringEdges);

/** True when the area holds p. Positions on its boundary may be either. */
export function holds(area: readonly Part[], p: Vec): boolean {
  return area.some(({ shell, holes }) => ringHolds(shell, p) && holes.every((h) => ringHolds(h, p)));
}

/** How often the areas cover the starting positions. */
const covers = (areas: readonly (readonly Part[])[]): Known[] =>
  STARTS.map((at) => ({ at, cover: areas.filter((a) => holds(a, at)).length }));

/** What at least `depth` of the areas cover. */
function overlay(areas: readonly (readonly Part[])[], depth: number): { noded: Noded; area: Part[] } {
  const noded = node(areas.flatMap(areaEdges));
  const rings = covered(noded, covers(areas), depth) ?? [];
  return { noded, area: parts(rings) };
}

const size = (area: readonly Part[]): number => allRings(area).reduce((n, r) => n + r.length, 0);

/** One area from several, which may overlap: always the two with the fewest corners first. */
export function union(areas: readonly (readonly Part[])[]): Part[] {
  const queue = areas.map((area) => ({ area, size: size(area) })).sort((a, b) => a.size - b.size);
  while (queue.length > 1) {
    const a = queue.shift()!;
    const b = queue.shift()!;
    const both = a.size + b.size;
    const at = queue.findIndex((q) => q.size > both);
    const made = { area: overlay([a.area, b.area], 1).area, size: both };
    if (at < 0) queue.push(made);
    else queue.splice(at, 0, made);
  }
  return [...(queue[0]?.area ?? [])];
}

/** The polygons of a shape as one area. */
export const merged = (polygons: readonly Part[][]): Part[] => (polygons.length === 1 ? polygons[0]! : union(polygons));

/** What two shapes have in common, by dimension; every part only where no part of higher dimension holds it. */
export interface Common {
  readonly points: readonly Vec[];
  readonly lines: readonly Line[];
  readonly parts: readonly Part[];
}

const pieceKey = (u: number, v: number): string => (u < v ? `${u},${v}` : `${v},${u}`);

/** Joins directed pieces to lines that are as long as possible without passing a position where more than two pieces meet. */
export function joinPieces(pieces: readonly { u: number; v: number }[]): number[][] {
  const leaving = new Map<number, number[]>();
  const coming = new Map<number, number>();
  pieces.forEach((p, i) => {
    leaving.set(p.u, [...(leaving.get(p.u) ?? []), i]);
    coming.set(p.v, (coming.get(p.v) ?? 0) + 1);
  });
  const through = (at: number): boolean => coming.get(at) === 1 && leaving.get(at)?.length === 1;
  const used = new Set<number>();
  const out: { first: number; line: number[] }[] = [];
  const follow = (start: number): void => {
    const line = [pieces[start]!.u];
    let first = start;
    for (let i = start; ; ) {
      used.add(i);
      first = Math.min(first, i);
      line.push(pieces[i]!.v);
      const next = leaving.get(pieces[i]!.v)?.[0];
      if (!through(pieces[i]!.v) || next === undefined || used.has(next)) break;
      i = next;
    }
    out.push({ first, line });
  };
  pieces.forEach((p, i) => {
    if (!used.has(i) && !through(p.u)) follow(i);
  });
  pieces.forEach((_, i) => {
    if (!used.has(i)) follow(i);
  });
  return out.sort((a, b) => a.first - b.first).map((o) => o.line);
}

/** The positions the chains of the first `count` edges touch, and those the others touch. */
function touched(noded: Noded, count: number): [Set<number>, Set<number>] {
  const sets: [Set<number>, Set<number>] = [new Set(), new Set()];
  noded.chains.forEach((chain, i) => {
    for (const at of chain) sets[i < count ? 0 : 1].add(at);
  });
  return sets;
}

/** What two areas have in common: areas, shared borders and touching corners. */
export function intersectAreas(a: readonly Part[], b: readonly Part[]): Common {
  const { noded, area } = overlay([a, b], 2);
  const count = areaEdges(a).length;
  const boundary = new Set(allRings(area).flatMap((r) => r.map(String)));
  const [inA, inB] = touched(noded, count);
  const pieces = new Set<string>();
  const ofA = new Map<string, { u: number; v: number }>();
  noded.chains.forEach((chain, i) => {
    for (let k = 1; k < chain.length; k++) {
      const [u, v] = [chain[k - 1]!, chain[k]!];
      if (i < count) ofA.set(pieceKey(u, v), { u, v });
      // A border both areas run along in opposite directions is common, but bounds nothing common.
      else if (ofA.get(pieceKey(u, v))?.u === v) pieces.add(pieceKey(u, v));
    }
  });
  const shared = joinPieces([...ofA].filter(([key]) => pieces.has(key)).map(([, p]) => p));
  const onLines = new Set(shared.flat());
  const alone = [...inA].filter((at) => inB.has(at) && !onLines.has(at) && !boundary.has(String(noded.vertices[at])));
  return {
    points: alone.sort((x, y) => x - y).map((at) => noded.vertices[at]!),
    lines: shared.map((l) => l.map((at) => noded.vertices[at]!)),
    parts: area,
  };
}

const lineEdges = (list: readonly Line[]): Edge[] => list.flatMap((l) => l.slice(1).map((b, i) => ({ a: l[i]!, b })));

/** Directed pieces of the first `count` edges, each undirected piece once. */
function linePieces(noded: Noded, count: number): { u: number; v: number }[] {
  const seen = new Set<string>();
  const out: { u: number; v: number }[] = [];
  for (const chain of noded.chains.slice(0, count)) {
    for (let k = 1; k < chain.length; k++) {
      const key = pieceKey(chain[k - 1]!, chain[k]!);
      if (seen.has(key)) continue;
      seen.add(key);
      out.push({ u: chain[k - 1]!, v: chain[k]! });
    }
  }
  return out;
}

/** The parts of lines that an area holds, its border included, and where they only touch it. */
export function intersectLineArea(list: readonly Line[], area: readonly Part[]): Common {
  const own = lineEdges(list);
  const noded = node([...own, ...areaEdges(area)]);
  const { vertices } = noded;
  const border = new Set<string>();
  for (const chain of noded.chains.slice(own.length))
    for (let k = 1; k < chain.length; k++) border.add(pieceKey(chain[k - 1]!, chain[k]!));
  const inside = linePieces(noded, own.length).filter(
    ({ u, v }) => border.has(pieceKey(u, v)) || holds(area, unit(add(vertices[u]!, vertices[v]!))),
  );
  const found = joinPieces(inside);
  const onLines = new Set(found.flat());
  const [ofLine, ofArea] = touched(noded, own.length);
  const alone = [...ofLine].filter((at) => ofArea.has(at) && !onLines.has(at));
  return {
    points: alone.sort((x, y) => x - y).map((at) => vertices[at]!),
    lines: found.map((l) => l.map((at) => vertices[at]!)),
    parts: [],
  };
}

/** Common parts and crossings of lines. */
export function intersectLines(a: readonly Line[], b: readonly Line[]): Common {
  const own = lineEdges(a);
  const noded = node([...own, ...lineEdges(b)]);
  const other = new Set<string>();
  for (const chain of noded.chains.slice(own.length))
    for (let k = 1; k < chain.length; k++) other.add(pieceKey(chain[k - 1]!, chain[k]!));
  const found = joinPieces(linePieces(noded, own.length).filter(({ u, v }) => other.has(pieceKey(u, v))));
  const onLines = new Set(found.flat());
  const [ofA, ofB] = touched(noded, own.length);
  const alone = [...ofA].filter((at) => ofB.has(at) && !onLines.has(at));
  return {
    points: alone.sort((x, y) => x - y).map((at) => noded.vertices[at]!),
    lines: found.map((l) => l.map((at) => noded.vertices[at]!)),
    parts: [],
  };
}

/** Lines joined where they meet end to end or lie on each other. They are not cut where they cross. */
export function unionLines(list: readonly Line[]): Line[] {
  const edges = lineEdges(list);
  const noded = node(edges);
  // Crossing lines stay whole: only cuts at positions that are corners of the input count.
  const corners = new Set<number>();
  for (const chain of noded.chains) {
    corners.add(chain[0]!);
    corners.add(chain.at(-1)!);
  }
  const kept = { ...noded, chains: noded.chains.map((c) => c.filter((at) => corners.has(at))) };
  return joinPieces(linePieces(kept, edges.length)).map((l) => l.map((at) => noded.vertices[at]!));
}
