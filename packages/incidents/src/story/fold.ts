import { createHash } from 'node:crypto';
import type { EntityType, StoryEdge, StoryNode } from '@parapet/schema';
import { earlier, groupBy, later } from '../group.ts';
import { higher } from '../sink/recompute.ts';

/** More nodes than this are no picture any more. */
export const MOST_NODES = 60;

/** Nodes that carry the story are folded last. */
const ORDER: readonly EntityType[] = [
  'file',
  'registry',
  'url',
  'ip',
  'process',
  'scheduledTask',
  'service',
  'cloudResource',
  'mailbox',
  'user',
  'cloudIdentity',
  'cloudAccount',
  'device',
];

const WORDS: Readonly<Record<EntityType, readonly [string, string]>> = {
  device: ['device', 'devices'],
  user: ['user', 'users'],
  process: ['process', 'processes'],
  file: ['file', 'files'],
  ip: ['IP address', 'IP addresses'],
  url: ['URL', 'URLs'],
  registry: ['registry value', 'registry values'],
  service: ['service', 'services'],
  scheduledTask: ['scheduled task', 'scheduled tasks'],
  cloudResource: ['cloud resource', 'cloud resources'],
  cloudAccount: ['cloud account', 'cloud accounts'],
  cloudIdentity: ['cloud identity', 'cloud identities'],
  mailbox: ['mailbox', 'mailboxes'],
  mailMessage: ['message', 'messages'],
  cloudApp: ['cloud app', 'cloud apps'],
  oauthApp: ['OAuth app', 'OAuth apps'],
};

interface Graph {
  readonly nodes: readonly StoryNode[];
  readonly edges: readonly StoryEdge[];
  /** Where a node went. */
  readonly home: ReadonlyMap<string, string>;
}

/**
 * Fold nodes that say the same until at most `MOST_NODES` are left: first those with exactly the same neighbours, then those of one kind
 * with neighbours of the same kinds, then whole kinds. Patient zero is never folded. Nothing is dropped: a folded node
 * lists its entities.
 * @param devicesOf labels of the devices that an alert happened on, for "14 files on 3 devices"
 */
export function fold(
  nodes: readonly StoryNode[],
  edges: readonly StoryEdge[],
  devicesOf: (alertId: string) => readonly string[],
  most = MOST_NODES,
): Graph {
  let graph: Graph = { nodes, edges, home: new Map(nodes.map(({ id }) => [id, id])) };
  for (const sign of [exactSignature, kindSignature, typeSignature]) {
    for (const type of ORDER) {
      if (graph.nodes.length <= most) return graph;
      graph = foldType(graph, type, sign, devicesOf, most);
    }
  }
  return graph;
}

type Sign = (node: StoryNode, touching: readonly StoryEdge[], graph: Graph) => string;

const exactSignature: Sign = (node, touching) =>
  [
    node.type,
    ...touching
      .map((edge) => (edge.source === node.id ? `>${edge.label}>${edge.target}` : `<${edge.label}<${edge.source}`))
      .sort(),
  ].join('\n');

const kindSignature: Sign = (node, touching, graph) => {
  const types = new Map(graph.nodes.map(({ id, type }) => [id, type]));
  const kinds = new Set(
    touching.map((edge) =>
      edge.source === node.id ? `>${edge.label}>${types.get(edge.target)}` : `<${edge.label}<${types.get(edge.source)}`,
    ),
  );
  return [node.type, ...[...kinds].sort()].join('\n');
};

const typeSignature: Sign = (node) => node.type;

function foldType(
  graph: Graph,
  type: EntityType,
  sign: Sign,
  devicesOf: (alertId: string) => readonly string[],
  most: number,
): Graph {
  const touching = new Map<string, StoryEdge[]>();
  for (const edge of graph.edges)
    for (const id of [edge.source, edge.target]) touching.set(id, [...(touching.get(id) ?? []), edge]);
  const candidates = graph.nodes.filter((node) => node.type === type && !node.patientZero);
  const groups = [...groupBy(candidates, (node) => sign(node, touching.get(node.id) ?? [], graph)).values()]
    .filter((group) => group.length > 1)
    .sort((a, b) => b.length - a.length || (a[0]?.id ?? '').localeCompare(b[0]?.id ?? ''));
  const moved = new Map<string, string>();
  const folded: StoryNode[] = [];
  let left = graph.nodes.length;
  for (const group of groups) {
    if (left <= most) break;
    const node = joined(type, group, devicesOf);
    folded.push(node);
    for (const member of group) moved.set(member.id, node.id);
    left -= group.length - 1;
  }
  if (moved.size === 0) return graph;
  const goTo = (id: string): string => moved.get(id) ?? id;
  return {
    nodes: [...graph.nodes.filter(({ id }) => !moved.has(id)), ...folded],
    edges: joinEdges(graph.edges.map((edge) => ({ ...edge, source: goTo(edge.source), target: goTo(edge.target) }))),
    home: new Map([...graph.home].map(([id, home]) => [id, goTo(home)])),
  };
}

function joined(
  type: EntityType,
  group: readonly StoryNode[],
  devicesOf: (alertId: string) => readonly string[],
): StoryNode {
  const entities = group.flatMap((node) => node.entities);
  const alertIds = [...new Set(group.flatMap((node) => node.alertIds))];
  const devices = new Set(alertIds.flatMap((id) => devicesOf(id)));
  const count = `${entities.length} ${WORDS[type][entities.length === 1 ? 0 : 1]}`;
  const where =
    type === 'device' || devices.size === 0 ? '' : ` on ${devices.size} ${WORDS.device[devices.size === 1 ? 0 : 1]}`;
  const digest = createHash('sha256')
    .update(
      entities
        .map(({ key }) => key)
        .sort()
        .join('\n'),
    )
    .digest('hex')
    .slice(0, 16);
  return {
    id: `folded:${type}:${digest}`,
    type,
    label: count + where,
    entities,
    alertIds,
    severity: group.map((node) => node.severity).reduce(higher),
    patientZero: false,
    firstActivity: group.map((node) => node.firstActivity).reduce(earlier),
    lastActivity: group.map((node) => node.lastActivity).reduce(later),
  };
}

/** One edge per pair and verb, with the alerts of all. Edges into oneself are dropped. */
export function joinEdges(edges: readonly Omit<StoryEdge, 'id'>[]): StoryEdge[] {
  const found = new Map<string, Omit<StoryEdge, 'id'>>();
  // Thousands of alerts may tell of one edge: their ids are gathered once.
  const alerts = new Map<string, Set<string>>();
  for (const edge of edges) {
    if (edge.source === edge.target) continue;
    const key = JSON.stringify([edge.source, edge.label, edge.target]);
    const ids = alerts.get(key) ?? new Set();
    for (const id of edge.alertIds) ids.add(id);
    alerts.set(key, ids);
    const known = found.get(key);
    found.set(key, {
      source: edge.source,
      target: edge.target,
      label: edge.label,
      alertIds: [],
      firstActivity: known ? earlier(known.firstActivity, edge.firstActivity) : edge.firstActivity,
    });
  }
  return [...found].map(([key, edge]) => ({
    id: createHash('sha256').update(key).digest('hex').slice(0, 20),
    ...edge,
    alertIds: [...(alerts.get(key) ?? [])],
  }));
}
