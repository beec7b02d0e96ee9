/**
 * Graph algorithms of the `graph-*` operators. Nodes and edges arrive as rows whose first cells are keys: a node is
 * `[key, …values]`, an edge `[source key, target key, …values]`. Conditions on single elements arrive as truth values
 * among those values, so that only the search itself happens here.
 */
import { HostError } from './errors.ts';
import type { HostValue } from './registry.ts';
import type { RelationHost } from './relation.ts';

export interface PatternEdge {
  /** Positions of the node variables at both ends. */
  readonly from: number;
  readonly to: number;
  readonly direction: 'out' | 'in' | 'any';
  readonly min: number;
  readonly max: number;
  /** Edge values that must be true, inner node values that must be true. */
  readonly tests: readonly number[];
  readonly innerTests: readonly number[];
}

export interface MatchOutput {
  readonly kind: 'node' | 'edge' | 'edges' | 'inner' | 'all-edges' | 'any-edge' | 'all-inner' | 'any-inner';
  /** Position of the node or edge variable. */
  readonly of: number;
  /** Position of the value in the rows. */
  readonly value: number;
}

export interface MatchOptions {
  readonly nodes: readonly { readonly tests: readonly number[] }[];
  readonly edges: readonly PatternEdge[];
  readonly cycles: 'all' | 'none' | 'unique_edges';
  readonly outputs: readonly MatchOutput[];
}

const MAX_MATCHES = 500_000;
const MAX_STEPS = 50_000_000;

interface Step {
  readonly edge: number;
  readonly node: number;
}

/** Nodes by number, edges by number, and the edges at each node. */
class Graph {
  readonly nodes: readonly HostValue[][];
  readonly edges: readonly HostValue[][];
  readonly out: Step[][];
  readonly in: Step[][];

  constructor(nodes: readonly HostValue[][], edges: readonly HostValue[][]) {
    this.nodes = nodes;
    this.edges = edges;
    this.out = nodes.map(() => []);
    this.in = nodes.map(() => []);
    const at = new Map<HostValue, number>();
    for (const [i, n] of nodes.entries()) at.set(n[0]!, i);
    for (const [i, e] of edges.entries()) {
      const [s, t] = [at.get(e[0]!), at.get(e[1]!)];
      if (s === undefined || t === undefined) continue;
      this.out[s]!.push({ edge: i, node: t });
      this.in[t]!.push({ edge: i, node: s });
    }
  }

  /** The steps from a node along a pattern edge, seen from its left or its right end. */
  *steps(node: number, edge: PatternEdge, fromLeft: boolean): Iterable<Step> {
    const forward = edge.direction === 'any' ? undefined : (edge.direction === 'out') === fromLeft;
    if (forward !== false) for (const s of this.out[node]!) if (this.holds(this.edges[s.edge]!, edge.tests)) yield s;
    if (forward !== true) {
      for (const s of this.in[node]!) {
        if (forward === undefined && s.node === node) continue;
        if (this.holds(this.edges[s.edge]!, edge.tests)) yield s;
      }
    }
  }

  /** All nodes: those of the edges in the order of the edges, then the rest. */
  inEdgeOrder(): number[] {
    const at = new Map<HostValue, number>();
    for (const [i, n] of this.nodes.entries()) at.set(n[0]!, i);
    const named = this.edges.flatMap((e) => [at.get(e[0]!), at.get(e[1]!)]).filter((i) => i !== undefined);
    return [...new Set([...named, ...this.nodes.keys()])];
  }

  holds(row: readonly HostValue[], tests: readonly number[]): boolean {
    return tests.every((t) => row[t] === true);
  }
}

/** A match under construction: the node of each node variable, the walk of each edge variable from its left end. */
interface Match {
  readonly nodes: number[];
  readonly walks: Step[][];
}

function output(graph: Graph, match: Match, pattern: readonly PatternEdge[], o: MatchOutput): unknown {
  if (o.kind === 'node') return graph.nodes[match.nodes[o.of]!]![o.value];
  const walk = match.walks[o.of]!;
  const edges = walk.map((s) => graph.edges[s.edge]![o.value]);
  const inner = walk.slice(0, -1).map((s) => graph.nodes[s.node]![o.value]);
  switch (o.kind) {
    case 'edge':
      return edges[0];
    case 'edges':
      return edges;
    case 'inner':
      return inner;
    case 'all-edges':
      return edges.every((v) => v === true);
    case 'any-edge':
      return edges.some((v) => v === true);
    case 'all-inner':
      return inner.every((v) => v === true);
    case 'any-inner':
      return inner.some((v) => v === true);
  }
  return pattern.length;
}

/** The order in which to walk the pattern's edges: always from a node that is bound already. */
function plan(o: MatchOptions, start: number): { edge: number; fromLeft: boolean }[] {
  const bound = new Set([start]);
  const left = new Set(o.edges.keys());
  const out: { edge: number; fromLeft: boolean }[] = [];
  while (left.size) {
    const next = [...left].find((i) => bound.has(o.edges[i]!.from) || bound.has(o.edges[i]!.to));
    if (next === undefined) throw new HostError('The sequences of a graph pattern must share a node.');
    const e = o.edges[next]!;
    out.push({ edge: next, fromLeft: bound.has(e.from) });
    bound.add(e.from).add(e.to);
    left.delete(next);
  }
  return out;
}

/** `graph-match`: every way to lay the pattern over the graph. */
export const graphMatch: RelationHost = ([nodeRows, edgeRows], raw) => {
  const o = raw as unknown as MatchOptions;
  const graph = new Graph(nodeRows ?? [], edgeRows ?? []);
  const candidates = o.nodes.map((n) => [...graph.nodes.keys()].filter((i) => graph.holds(graph.nodes[i]!, n.tests)));
  const allowed = candidates.map((c) => new Set(c));
  let start = 0;
  for (const [i, c] of candidates.entries()) if (c.length < candidates[start]!.length) start = i;
  const order = plan(o, start);
  const rows: unknown[][] = [];
  const match: Match = { nodes: o.nodes.map(() => -1), walks: o.edges.map(() => []) };
  const usedEdges = new Set<number>();
  const usedNodes = new Map<number, number>();
  let steps = 0;

  const enter = (node: number): boolean => {
    if (o.cycles === 'none' && usedNodes.has(node)) return false;
    usedNodes.set(node, (usedNodes.get(node) ?? 0) + 1);
    return true;
  };
  const leave = (node: number): void => {
    const n = usedNodes.get(node)! - 1;
    if (n === 0) usedNodes.delete(node);
    else usedNodes.set(node, n);
  };

  const next = (at: number): void => {
    if (at === order.length) {
      if (rows.length >= MAX_MATCHES)
        throw new HostError(
          `The pattern matches more than ${MAX_MATCHES.toLocaleString('en-US')} times. Add conditions to where.`,
        );
      rows.push(o.outputs.map((x) => output(graph, match, o.edges, x)));
      return;
    }
    const { edge: index, fromLeft } = order[at]!;
    const edge = o.edges[index]!;
    const [near, far] = fromLeft ? [edge.from, edge.to] : [edge.to, edge.from];
    const origin = match.nodes[near]!;
    const walk: Step[] = [];

    const arrive = (node: number): void => {
      const known = match.nodes[far]!;
      if (known >= 0 ? known !== node : !allowed[far]!.has(node)) return;
      match.nodes[far] = node;
      match.walks[index] = fromLeft ? [...walk] : reversed(origin, walk);
      next(at + 1);
      if (known < 0) match.nodes[far] = -1;
    };
    const extend = (node: number): void => {
      if (walk.length >= edge.min) arrive(node);
      if (walk.length >= edge.max) return;
      if (walk.length > 0 && !graph.holds(graph.nodes[node]!, edge.innerTests)) return;
      for (const s of graph.steps(node, edge, fromLeft)) {
        if (++steps > MAX_STEPS)
          throw new HostError('The graph search takes too long. Shorten variable length edges or add conditions.');
        if (o.cycles !== 'all' && usedEdges.has(s.edge)) continue;
        const closes = match.nodes[far] === s.node && walk.length + 1 >= edge.min;
        if (!closes && !enter(s.node)) continue;
        usedEdges.add(s.edge);
        walk.push(s);
        if (closes && o.cycles === 'none') arrive(s.node);
        else extend(s.node);
        walk.pop();
        usedEdges.delete(s.edge);
        if (!closes) leave(s.node);
      }
    };
    extend(origin);
  };

  for (const node of candidates[start]!) {
    match.nodes[start] = node;
    enter(node);
    next(0);
    leave(node);
    match.nodes[start] = -1;
  }
  return rows;
};

/** A walk found from its right end, as seen from the left one. */
function reversed(origin: number, walk: readonly Step[]): Step[] {
  const nodes = [origin, ...walk.map((s) => s.node)];
  return walk.map((s, i) => ({ edge: s.edge, node: nodes[i]! })).reverse();
}

/** A place of the search for shortest paths: edge variable, steps made on it, node. */
interface Place {
  readonly segment: number;
  readonly count: number;
  readonly node: number;
  readonly before: { readonly place: Place; readonly step: Step | undefined }[];
  readonly depth: number;
}

/** `graph-shortest-paths`: for each pair of ends the shortest walks that fit the pattern (one, or all of that length). */
export const graphShortestPaths: RelationHost = ([nodeRows, edgeRows], raw) => {
  const o = raw as unknown as MatchOptions & { readonly all: boolean };
  const graph = new Graph(nodeRows ?? [], edgeRows ?? []);
  const fits = (variable: number, node: number): boolean => graph.holds(graph.nodes[node]!, o.nodes[variable]!.tests);
  const rows: unknown[][] = [];
  const last = o.edges.length;

  const unwind = (place: Place, walks: Step[][], nodes: number[], found: () => void): void => {
    if (place.before.length === 0) {
      nodes[o.edges[0]!.from] = place.node;
      found();
      return;
    }
    for (const b of o.all ? place.before : place.before.slice(0, 1)) {
      if (b.step) walks[b.place.segment]!.unshift(b.step);
      else nodes[o.edges[b.place.segment]!.to] = place.node;
      unwind(b.place, walks, nodes, found);
      if (b.step) walks[b.place.segment]!.shift();
    }
  };

  for (const start of graph.nodes.keys()) {
    if (!fits(o.edges[0]!.from, start)) continue;
    const places = new Map<string, Place>();
    const ends: Place[] = [];
    let layer: Place[] = [];
    const reach = (place: Place, into: Place[]): void => {
      const key = `${place.segment}/${place.count}/${place.node}`;
      const known = places.get(key);
      if (known) {
        if (known.depth === place.depth) known.before.push(...place.before);
        return;
      }
      places.set(key, place);
      into.push(place);
      const edge = o.edges[place.segment];
      if (!edge) {
        ends.push(place);
        return;
      }
      if (place.count >= edge.min && fits(edge.to, place.node))
        reach(
          {
            segment: place.segment + 1,
            count: 0,
            node: place.node,
            depth: place.depth,
            before: [{ place, step: undefined }],
          },
          into,
        );
    };
    reach({ segment: 0, count: 0, node: start, depth: 0, before: [] }, layer);
    while (layer.length) {
      const following: Place[] = [];
      for (const place of layer) {
        const edge = o.edges[place.segment];
        if (!edge || place.count >= edge.max) continue;
        if (place.count > 0 && !graph.holds(graph.nodes[place.node]!, edge.innerTests)) continue;
        for (const step of graph.steps(place.node, edge, true)) {
          reach(
            {
              segment: place.segment,
              count: place.count + 1,
              node: step.node,
              depth: place.depth + 1,
              before: [{ place, step }],
            },
            following,
          );
        }
      }
      layer = following;
    }
    for (const end of ends) {
      const walks: Step[][] = o.edges.map(() => []);
      const nodes: number[] = o.nodes.map(() => -1);
      unwind(end, walks, nodes, () => {
        if (rows.length >= MAX_MATCHES)
          throw new HostError(
            `There are more than ${MAX_MATCHES.toLocaleString('en-US')} paths. Add conditions to where.`,
          );
        rows.push(o.outputs.map((x) => output(graph, { nodes: [...nodes], walks }, o.edges, x)));
      });
    }
  }
  return last > 0 ? rows : [];
};

/** `graph-mark-components`: `[key, number]` for each node, components numbered in the order of the edges, then of the nodes. */
export const graphComponents: RelationHost = ([nodeRows, edgeRows], raw) => {
  const strong = (raw as { strong?: boolean }).strong === true;
  const graph = new Graph(nodeRows ?? [], edgeRows ?? []);
  const component = graph.nodes.map(() => -1);
  const spread = (from: number, number: number, lists: readonly Step[][][]): void => {
    const open = [from];
    component[from] = number;
    while (open.length) {
      const node = open.pop()!;
      for (const list of lists) {
        for (const s of list[node]!) {
          if (component[s.node]! >= 0) continue;
          component[s.node] = number;
          open.push(s.node);
        }
      }
    }
  };
  if (strong) {
    // Kosaraju: finish order along the edges, then spread against them.
    const seen = new Set<number>();
    const finished: number[] = [];
    for (const root of graph.nodes.keys()) {
      const open: { node: number; at: number }[] = seen.has(root) ? [] : [{ node: root, at: 0 }];
      seen.add(root);
      while (open.length) {
        const top = open[open.length - 1]!;
        const step = graph.out[top.node]![top.at++];
        if (!step) {
          finished.push(top.node);
          open.pop();
        } else if (!seen.has(step.node)) {
          seen.add(step.node);
          open.push({ node: step.node, at: 0 });
        }
      }
    }
    let number = 0;
    for (const node of finished.reverse()) if (component[node]! < 0) spread(node, number++, [graph.in]);
    const renumbered = new Map<number, number>();
    for (const c of graph.inEdgeOrder().map((i) => component[i]!))
      if (!renumbered.has(c)) renumbered.set(c, renumbered.size);
    return graph.nodes.map((n, i) => [n[0], renumbered.get(component[i]!)]);
  }
  let number = 0;
  for (const node of graph.inEdgeOrder()) if (component[node]! < 0) spread(node, number++, [graph.out, graph.in]);
  return graph.nodes.map((n, i) => [n[0], component[i]]);
};
