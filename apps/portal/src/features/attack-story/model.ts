import type { AttackStory, Entity, StoryEdge, StoryNode } from '@parapet/schema/wire';

/**
 * The attack story as the picture draws it: folding of look-alikes, expanding them again, and what is visible at a
 * step of the replay. Plain data in, plain data out.
 */

/** How many look-alike neighbours it takes before they share one node. */
export const FOLD_FROM = 4;

export interface Drawn {
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly StoryEdge[];
}

export interface DrawnNode extends StoryNode {
  /** The node of the story, or the group, that this one was taken from when it was expanded. */
  readonly group: string | null;
  /** Ids of the story's nodes that it stands for; steps name those. */
  readonly memberIds: readonly string[];
}

const RANK = { informational: 0, low: 1, medium: 2, high: 3 } as const;
const worse = (a: StoryNode['severity'], b: StoryNode['severity']) => (RANK[a] >= RANK[b] ? a : b);
const byId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/**
 * What to draw: groups in `expanded` are taken apart, everything else that looks alike is folded.
 * The order is by id throughout, so the same story is laid out the same way on every visit.
 */
export function drawStory(story: Pick<AttackStory, 'nodes' | 'edges'>, expanded: ReadonlySet<string>): Drawn {
  return fold(takeApart(story, expanded), expanded);
}

/** Nodes that the server folded ("14 files on 3 devices") become one node for each entity when expanded. */
function takeApart(story: Pick<AttackStory, 'nodes' | 'edges'>, expanded: ReadonlySet<string>): Drawn {
  const parts = new Map<string, readonly string[]>();
  const nodes: DrawnNode[] = [];
  for (const node of [...story.nodes].sort(byId)) {
    if (node.entities.length > 1 && expanded.has(node.id)) {
      const ids = node.entities.map((entity) => `${node.id}#${entity.type}|${entity.key}`);
      parts.set(node.id, ids);
      node.entities.forEach((entity, index) => {
        nodes.push({
          ...node,
          id: ids[index]!,
          type: entity.type,
          label: entity.label,
          entities: [entity],
          group: node.id,
          memberIds: [node.id],
        });
      });
    } else nodes.push({ ...node, group: null, memberIds: [node.id] });
  }
  const edges = [...story.edges].sort(byId).flatMap((edge) => {
    const sources = parts.get(edge.source) ?? [edge.source];
    const targets = parts.get(edge.target) ?? [edge.target];
    if (sources.length === 1 && targets.length === 1) return [edge];
    return sources.flatMap((source) =>
      targets.map((target) => ({ ...edge, id: `${edge.id}#${source}>${target}`, source, target })),
    );
  });
  return { nodes, edges };
}

/** Nodes of one type with exactly the same neighbours, directions and verbs become one. */
function fold(drawn: Drawn, expanded: ReadonlySet<string>): Drawn {
  const links = new Map<string, string[]>();
  const note = (id: string, text: string) => links.set(id, [...(links.get(id) ?? []), text]);
  for (const edge of drawn.edges) {
    note(edge.source, `>${edge.label}>${edge.target}`);
    note(edge.target, `<${edge.label}<${edge.source}`);
  }
  const alike = new Map<string, DrawnNode[]>();
  for (const node of drawn.nodes) {
    const neighbours = links.get(node.id);
    if (!neighbours || node.patientZero || node.group) continue;
    const signature = `${node.type}:${[...new Set(neighbours)].sort().join(';')}`;
    alike.set(signature, [...(alike.get(signature) ?? []), node]);
  }
  const into = new Map<string, string>();
  const groups: DrawnNode[] = [];
  for (const [signature, members] of alike) {
    if (members.length < FOLD_FROM) continue;
    const id = `fold:${signature}`;
    if (expanded.has(id)) {
      for (const member of members) into.set(member.id, `~${id}`);
      continue;
    }
    for (const member of members) into.set(member.id, id);
    groups.push(merged(id, members));
  }
  const nodes = [
    ...drawn.nodes
      .filter((node) => !into.has(node.id) || into.get(node.id)!.startsWith('~'))
      .map((node) => ({ ...node, group: into.get(node.id)?.slice(1) ?? node.group })),
    ...groups,
  ].sort(byId);
  const edges = new Map<string, StoryEdge>();
  for (const edge of drawn.edges) {
    const end = (id: string) => (into.has(id) && !into.get(id)!.startsWith('~') ? into.get(id)! : id);
    const source = end(edge.source);
    const target = end(edge.target);
    const id = source === edge.source && target === edge.target ? edge.id : `${source}|${edge.label}|${target}`;
    const known = edges.get(id);
    edges.set(id, {
      ...edge,
      id,
      source,
      target,
      alertIds: known ? [...new Set([...known.alertIds, ...edge.alertIds])] : edge.alertIds,
      firstActivity: known && known.firstActivity < edge.firstActivity ? known.firstActivity : edge.firstActivity,
    });
  }
  return { nodes, edges: [...edges.values()].sort(byId) };
}

function merged(id: string, members: readonly DrawnNode[]): DrawnNode {
  const first = members[0]!;
  const entities = members.flatMap((member) => member.entities);
  return {
    id,
    type: first.type,
    label: `${entities.length} ${PLURAL[first.type]}`,
    entities,
    alertIds: [...new Set(members.flatMap((member) => member.alertIds))],
    severity: members.map((member) => member.severity).reduce(worse),
    patientZero: false,
    firstActivity: members.map((member) => member.firstActivity).sort()[0]!,
    lastActivity: members
      .map((member) => member.lastActivity)
      .sort()
      .at(-1)!,
    group: null,
    memberIds: members.flatMap((member) => member.memberIds),
  };
}

const PLURAL: Readonly<Record<Entity['type'], string>> = {
  device: 'devices',
  user: 'users',
  process: 'processes',
  file: 'files',
  ip: 'IP addresses',
  url: 'URLs',
  registry: 'registry values',
  service: 'services',
  scheduledTask: 'scheduled tasks',
  cloudResource: 'cloud resources',
  cloudAccount: 'cloud accounts',
  cloudIdentity: 'cloud identities',
  mailbox: 'mailboxes',
  mailMessage: 'messages',
  cloudApp: 'cloud apps',
  oauthApp: 'OAuth apps',
};

export interface Visibility {
  readonly nodes: ReadonlySet<string>;
  readonly edges: ReadonlySet<string>;
  /** What the current step adds or touches. */
  readonly current: ReadonlySet<string>;
}

/**
 * What is on stage after `step` steps (0 = nothing yet, `steps.length` = all of it).
 * A node comes with the first step that names it; one that no step names comes with its first activity.
 */
export function visibleAt(drawn: Drawn, steps: AttackStory['steps'], step: number): Visibility {
  if (step >= steps.length) {
    return {
      nodes: new Set(drawn.nodes.map((node) => node.id)),
      edges: new Set(drawn.edges.map((edge) => edge.id)),
      current: new Set(),
    };
  }
  const past = steps.slice(0, step);
  const now = past.at(-1);
  const named = new Set(past.flatMap((each) => each.nodeIds));
  const everNamed = new Set(steps.flatMap((each) => each.nodeIds));
  const alerts = new Set(past.map((each) => each.alertId));
  const nodes = new Set(
    drawn.nodes
      .filter((node) =>
        node.memberIds.some((id) => everNamed.has(id))
          ? node.memberIds.some((id) => named.has(id))
          : now !== undefined && node.firstActivity <= now.time,
      )
      .map((node) => node.id),
  );
  const edges = new Set(
    drawn.edges
      .filter(
        (edge) =>
          nodes.has(edge.source) &&
          nodes.has(edge.target) &&
          (edge.alertIds.length === 0 || edge.alertIds.some((id) => alerts.has(id))),
      )
      .map((edge) => edge.id),
  );
  const current = new Set(
    now
      ? drawn.nodes.filter((node) => node.memberIds.some((id) => now.nodeIds.includes(id))).map((node) => node.id)
      : [],
  );
  return { nodes, edges, current };
}

/** Nodes and edges that belong to an alert. */
export function partOf(
  drawn: Drawn,
  alertId: string,
): { readonly nodes: ReadonlySet<string>; readonly edges: ReadonlySet<string> } {
  return {
    nodes: new Set(drawn.nodes.filter((node) => node.alertIds.includes(alertId)).map((node) => node.id)),
    edges: new Set(drawn.edges.filter((edge) => edge.alertIds.includes(alertId)).map((edge) => edge.id)),
  };
}
