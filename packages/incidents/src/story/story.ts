import type { AttackStory, Evidence, StoryEdge, StoryNode, StoryStep } from '@parapet/schema';
import { earlier, later } from '../group.ts';
import { bare, entityId } from '../rows.ts';
import { higher } from '../sink/recompute.ts';
import { fold, joinEdges, MOST_NODES } from './fold.ts';
import { castOf, mainProcess, primaryAsset, relationsOf, type StoryAlert, verbFor } from './relations.ts';

/**
 * The attack story of an incident (spec A 2.5): entities as nodes, what they did to each other as edges, alerts as steps.
 * @param alerts in order of activity
 * @param most nodes before identical neighbours are folded
 */
export function attackStory(alerts: readonly StoryAlert[], most = MOST_NODES): AttackStory {
  const nodes = new Map<string, StoryNode>();
  for (const alert of alerts) for (const evidence of alert.evidence) addTo(nodes, evidence, alert);
  const known = new Set(nodes.keys());
  const edges: Omit<StoryEdge, 'id'>[] = [];
  for (const alert of alerts)
    for (const { source, verb, target } of relationsOf(alert, known))
      edges.push({ source, target, label: verb, alertIds: [alert.id], firstActivity: alert.firstActivity });

  const zero = patientZero(alerts);
  const zeroNode = zero && nodes.get(zero);
  if (zeroNode) nodes.set(zeroNode.id, { ...zeroNode, patientZero: true });
  const places = new Map(
    alerts.map((alert) => [alert.id, castOf(alert).devices.map((device) => device.label)] as const),
  );
  const graph = fold([...nodes.values()], joinEdges(edges), (id) => places.get(id) ?? [], most);
  return {
    nodes: graph.nodes,
    edges: graph.edges,
    steps: alerts.map(
      (alert): StoryStep => ({
        alertId: alert.id,
        time: alert.firstActivity,
        title: alert.title,
        severity: alert.severity,
        category: alert.category,
        nodeIds: [...new Set(alert.evidence.map((each) => graph.home.get(entityId(each)) ?? entityId(each)))],
        narrative: narrative(alert),
      }),
    ),
  };
}

function addTo(nodes: Map<string, StoryNode>, evidence: Evidence, alert: StoryAlert): void {
  const id = entityId(evidence);
  const node = nodes.get(id);
  nodes.set(
    id,
    node
      ? {
          ...node,
          alertIds: node.alertIds.at(-1) === alert.id ? node.alertIds : [...node.alertIds, alert.id],
          severity: higher(node.severity, alert.severity),
          firstActivity: earlier(node.firstActivity, alert.firstActivity),
          lastActivity: later(node.lastActivity, alert.lastActivity),
        }
      : {
          id,
          type: evidence.type,
          label: evidence.label,
          entities: [bare(evidence)],
          alertIds: [alert.id],
          severity: alert.severity,
          patientZero: false,
          firstActivity: alert.firstActivity,
          lastActivity: alert.lastActivity,
        },
  );
}

/** The asset of the earliest alert that names one. */
function patientZero(alerts: readonly StoryAlert[]): string | undefined {
  for (const alert of alerts) {
    const asset = primaryAsset(castOf(alert));
    if (asset) return entityId(asset);
  }
  return undefined;
}

const NAMED_OBJECTS = 3;

/** "LSASS memory read: CORP\ann ran powershell.exe on WS5, which connected to 192.0.2.7 and wrote a.dmp." */
export function narrative(alert: StoryAlert): string {
  const cast = castOf(alert);
  const process = mainProcess(cast);
  const [actor] = cast.actors;
  const where = cast.place ? ` on ${cast.place.label}` : '';
  const from = cast.sourceDevices[0] ? ` from ${cast.sourceDevices[0].label}` : '';
  let subject: string;
  if (process) subject = actor ? `${actor.label} ran ${process.label}${where}` : `${process.label} ran${where}`;
  else if (actor) subject = cast.place ? `${actor.label} was active${where}` : actor.label;
  else subject = cast.place ? `seen${where}` : '';
  const objects = cast.others
    .filter((other) => !(other.type === 'file' && process && other.label.toLowerCase() === process.label.toLowerCase()))
    .map((other) =>
      other.type === 'ip' && other.roles.includes('source')
        ? `came from ${other.label}`
        : `${verbFor(other)} ${other.label}`,
    );
  const named = objects.slice(0, NAMED_OBJECTS);
  if (objects.length > NAMED_OBJECTS) named.push(`${objects.length - NAMED_OBJECTS} more`);
  const did = named.length > 1 ? `${named.slice(0, -1).join(', ')} and ${named.at(-1)}` : (named[0] ?? '');
  const glue = subject && did ? (process || cast.place ? ', which ' : ' ') : '';
  const tale = `${subject}${from}${glue}${did}`.trim();
  return tale ? `${alert.title}: ${tale}.` : `${alert.title}.`;
}
