import type { ProcessNode, ProcessTree, Severity } from '@parapet/schema/wire';
import { SEVERITIES } from '@parapet/schema/wire';

/** One visible line of the tree, with what ARIA wants to know. */
export interface TreeLine {
  readonly node: ProcessNode;
  /** From 1. */
  readonly level: number;
  readonly setSize: number;
  /** From 1. */
  readonly position: number;
  readonly expanded: boolean;
  readonly parentKey: string | undefined;
  /** For every ancestor and the node itself: true when it is the last child, so that no line is drawn below it. */
  readonly lastAtLevel: readonly boolean[];
}

/** A process and its rows are told apart by key even when a pid was reused. */
export function visibleLines(tree: Pick<ProcessTree, 'roots'>, collapsed: ReadonlySet<string>): TreeLine[] {
  const lines: TreeLine[] = [];
  const seen = new Set<string>();
  const visit = (
    nodes: readonly ProcessNode[],
    level: number,
    parentKey: string | undefined,
    above: readonly boolean[],
  ) => {
    nodes.forEach((node, index) => {
      // A cycle in damaged telemetry must not hang the page.
      if (seen.has(node.key)) return;
      seen.add(node.key);
      const expanded = node.children.length > 0 && !collapsed.has(node.key);
      const lastAtLevel = [...above, index === nodes.length - 1];
      lines.push({ node, level, setSize: nodes.length, position: index + 1, expanded, parentKey, lastAtLevel });
      if (expanded) visit(node.children, level + 1, node.key, lastAtLevel);
    });
  };
  visit(tree.roots, 1, undefined, []);
  return lines;
}

/** Whether the branch holds a process of the opened alert, or one with an alert of its own. */
function matters(node: ProcessNode): boolean {
  return node.highlighted || node.alerts.length > 0 || node.children.some(matters);
}

/**
 * Branches to fold at first: large ones (more than `threshold` processes below) without anything of interest, so that
 * the story is on the first screen and nothing is hidden for good.
 */
export function initiallyCollapsed(tree: Pick<ProcessTree, 'roots'>, threshold = 8): Set<string> {
  const collapsed = new Set<string>();
  const visit = (node: ProcessNode): number => {
    const below = node.children.reduce((sum, child) => sum + 1 + visit(child), 0);
    if (below > threshold && !node.children.some(matters)) collapsed.add(node.key);
    return below;
  };
  for (const root of tree.roots) visit(root);
  return collapsed;
}

export function countNodes(nodes: readonly ProcessNode[]): number {
  return nodes.reduce((sum, node) => sum + 1 + countNodes(node.children), 0);
}

export function findNode(nodes: readonly ProcessNode[], key: string): ProcessNode | undefined {
  for (const node of nodes) {
    if (node.key === key) return node;
    const found = findNode(node.children, key);
    if (found) return found;
  }
  return undefined;
}

/** The node to select first: the earliest process of the opened alert, else the first root. */
export function firstOfInterest(nodes: readonly ProcessNode[]): ProcessNode | undefined {
  const all: ProcessNode[] = [];
  const collect = (list: readonly ProcessNode[]) => {
    for (const node of list) {
      all.push(node);
      collect(node.children);
    }
  };
  collect(nodes);
  const highlighted = all.filter((node) => node.highlighted);
  highlighted.sort((a, b) => (a.creationTime ?? '').localeCompare(b.creationTime ?? ''));
  return highlighted[0] ?? all[0];
}

export function highestSeverity(node: ProcessNode): Severity | undefined {
  let highest = -1;
  for (const alert of node.alerts) highest = Math.max(highest, SEVERITIES.indexOf(alert.severity));
  return SEVERITIES[highest];
}

/** What a key does in the tree, as the ARIA authoring practices describe it. */
export type TreeMove = { readonly focus?: string; readonly expand?: string; readonly collapse?: string };

export function treeMove(lines: readonly TreeLine[], focused: string | undefined, key: string): TreeMove | undefined {
  const index = Math.max(
    0,
    lines.findIndex((line) => line.node.key === focused),
  );
  const line = lines[index];
  if (!line) return undefined;
  const to = (target: number): TreeMove => {
    const found = lines[Math.min(lines.length - 1, Math.max(0, target))];
    return found ? { focus: found.node.key } : {};
  };
  switch (key) {
    case 'ArrowDown':
      return to(index + 1);
    case 'ArrowUp':
      return to(index - 1);
    case 'PageDown':
      return to(index + 10);
    case 'PageUp':
      return to(index - 10);
    case 'Home':
      return to(0);
    case 'End':
      return to(lines.length - 1);
    case 'ArrowRight':
      if (line.expanded) return to(index + 1);
      return line.node.children.length > 0 ? { expand: line.node.key } : {};
    case 'ArrowLeft':
      if (line.expanded) return { collapse: line.node.key };
      return line.parentKey ? { focus: line.parentKey } : {};
    default:
      return undefined;
  }
}
