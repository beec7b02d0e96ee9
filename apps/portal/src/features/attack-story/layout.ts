import dagre from '@dagrejs/dagre';
import type { Drawn } from './model.ts';

export const NODE_WIDTH = 196;
export const NODE_HEIGHT = 52;

export interface Position {
  readonly x: number;
  readonly y: number;
}

export type Direction = 'right' | 'down';

export interface Layout {
  readonly direction: Direction;
  readonly places: ReadonlyMap<string, Position>;
}

/** Shape of the usual stage. Fixed, so that the picture does not turn when a window is resized. */
const STAGE = { width: 900, height: 600 } as const;

/**
 * In the order things happened, left to right or top to bottom, whichever is drawn larger on the usual stage.
 * Deterministic: same nodes and edges, same places.
 */
export function layoutStory(drawn: Drawn): Layout {
  const right = place(drawn, 'right');
  const down = place(drawn, 'down');
  return down.scale > right.scale ? down : right;
}

function place(drawn: Drawn, direction: Direction): Layout & { readonly scale: number } {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({
    rankdir: direction === 'right' ? 'LR' : 'TB',
    nodesep: direction === 'right' ? 20 : 24,
    ranksep: direction === 'right' ? 64 : 44,
    ranker: 'network-simplex',
  });
  graph.setDefaultEdgeLabel(() => ({}));
  // Earlier things first: among equals dagre keeps the order of insertion.
  const ordered = [...drawn.nodes].sort((a, b) => compare(a.firstActivity, b.firstActivity) || compare(a.id, b.id));
  for (const node of ordered) graph.setNode(node.id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const edge of drawn.edges) {
    if (graph.hasNode(edge.source) && graph.hasNode(edge.target) && edge.source !== edge.target)
      graph.setEdge(edge.source, edge.target, {}, edge.id);
  }
  dagre.layout(graph);
  const places = new Map(
    ordered.map((node) => {
      const centre = graph.node(node.id) as { x: number; y: number };
      return [node.id, { x: centre.x - NODE_WIDTH / 2, y: centre.y - NODE_HEIGHT / 2 }];
    }),
  );
  const width = Math.max(1, ...[...places.values()].map(({ x }) => x + NODE_WIDTH));
  const height = Math.max(1, ...[...places.values()].map(({ y }) => y + NODE_HEIGHT));
  return { direction, places, scale: Math.min(STAGE.width / width, STAGE.height / height, 1) };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
