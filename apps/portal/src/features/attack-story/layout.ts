import dagre from '@dagrejs/dagre';
import type { Drawn } from './model.ts';

export const NODE_WIDTH = 196;
export const NODE_HEIGHT = 52;

export interface Position {
  readonly x: number;
  readonly y: number;
}

/**
 * Left to right in the order things happened. Deterministic: same nodes and edges, same places.
 * Parts that are not connected to each other stand below one another.
 */
export function layoutStory(drawn: Drawn): ReadonlyMap<string, Position> {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 72, marginx: 16, marginy: 16, ranker: 'network-simplex' });
  graph.setDefaultEdgeLabel(() => ({}));
  // Earlier things first: among equals dagre keeps the order of insertion.
  const ordered = [...drawn.nodes].sort(
    (a, b) => compare(a.firstActivity, b.firstActivity) || compare(a.id, b.id),
  );
  for (const node of ordered) graph.setNode(node.id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const edge of drawn.edges) {
    if (graph.hasNode(edge.source) && graph.hasNode(edge.target) && edge.source !== edge.target)
      graph.setEdge(edge.source, edge.target, {}, edge.id);
  }
  dagre.layout(graph);
  return new Map(
    ordered.map((node) => {
      const place = graph.node(node.id) as { x: number; y: number };
      return [node.id, { x: place.x - NODE_WIDTH / 2, y: place.y - NODE_HEIGHT / 2 }];
    }),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
