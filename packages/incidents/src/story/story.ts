import type { AttackStory, Evidence, StoryEdge, StoryNode, StoryStep } from '@parapet/schema';
import { earlier, later } from '../group.ts';
import { bare, entityId } from '../rows.ts';
import { higher } from '../sink/recompute.ts';
import { fold, joinEdges, MOST_NODES } from './fold.ts';
import {
  castOf,
  isAccessKey,
  mainActor,
  mainProcess,
  primaryAsset,
  relationsOf,
  type StoryAlert,
  verbFor,
} from './relations.ts';

/**
 * The attack story of an incident (spec A 2.5): entities as nodes, what they did to each other as edges, alerts as steps.
 * @param told the alerts, in order of activity
 * @param most nodes before identical neighbours are folded
 */
export function attackStory(told: readonly StoryAlert[], most = MOST_NODES): AttackStory {
  const alerts = oneProcessOneKey(told);
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
          alertIds: node.alertIds.at(-1) === alert.id ? node.alertIds : appended(node.alertIds, alert.id),
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

/** The list is this story's own while it is made; a copy for each of thousands of alerts would be quadratic. */
function appended(ids: readonly string[], id: string): readonly string[] {
  (ids as string[]).push(id);
  return ids;
}

const SAME_START_MS = 2_000;
const SAME_MOMENT_MS = 60_000;

/**
 * Two sensors give one process two ids. Processes of one device with the same number and image are drawn as one where their starts
 * agree, or, where a start is unknown, when the alerts lie within a minute.
 */
function oneProcessOneKey(alerts: readonly StoryAlert[]): StoryAlert[] {
  const known: { readonly evidence: Evidence; readonly at: number }[] = [];
  const homeOf = (evidence: Evidence, at: number): Evidence => {
    const { fields } = evidence;
    if (evidence.type !== 'process' || fields.processId === undefined) return evidence;
    const owner = evidence.key.split('|')[0];
    const same = known.find(({ evidence: other, at: then }) => {
      if (other.key === evidence.key) return true;
      if (other.fields.processId !== fields.processId || other.key.split('|')[0] !== owner) return false;
      if (other.fields.fileName?.toLowerCase() !== fields.fileName?.toLowerCase()) return false;
      const [a, b] = [other.fields.processCreationTime, fields.processCreationTime];
      return a && b ? Math.abs(Date.parse(a) - Date.parse(b)) <= SAME_START_MS : Math.abs(then - at) <= SAME_MOMENT_MS;
    });
    if (same) return { ...evidence, key: same.evidence.key };
    known.push({ evidence, at });
    return evidence;
  };
  return alerts.map((alert) => ({
    ...alert,
    evidence: alert.evidence.map((each) => homeOf(each, Date.parse(alert.firstActivity))),
  }));
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
const cameFrom = (evidence: Evidence): boolean => evidence.type === 'ip' && evidence.roles.includes('source');

/** "LSASS memory read: CORP\ann ran powershell.exe on WS5, which connected to 192.0.2.7 and wrote a.dmp." */
export function narrative(alert: StoryAlert): string {
  const cast = castOf(alert);
  const process = mainProcess(cast);
  const actor = mainActor(cast);
  const where = cast.place ? ` on ${cast.place.label}` : '';
  const from = cast.sourceDevices[0] ? ` from ${cast.sourceDevices[0].label}` : '';
  let subject: string;
  if (process) subject = actor ? `${actor.label} ran ${process.label}${where}` : `${process.label} ran${where}`;
  else if (actor) subject = cast.place ? `${actor.label} was active${where}` : actor.label;
  else subject = cast.place ? `seen${where}` : '';
  const telling = cast.others.filter(
    (other) => !(other.type === 'file' && process && other.label.toLowerCase() === process.label.toLowerCase()),
  );
  // The account and the key are the same in most cloud alerts: they are told only when there is nothing else.
  const special = telling.filter(
    (other) => other.type !== 'cloudAccount' && !(isAccessKey(other) && !other.roles.includes('created')),
  );
  const objects = (special.length > 0 ? special : telling)
    .sort((a, b) => Number(cameFrom(a)) - Number(cameFrom(b)))
    .map((other) => (cameFrom(other) ? `came from ${other.label}` : `${verbFor(other)} ${other.label}`));
  const named = objects.slice(0, NAMED_OBJECTS);
  if (objects.length > NAMED_OBJECTS) named.push(`${objects.length - NAMED_OBJECTS} more`);
  const did = named.length > 1 ? `${named.slice(0, -1).join(', ')} and ${named.at(-1)}` : (named[0] ?? '');
  const glue = subject && did ? (process || cast.place ? ', which ' : ' ') : '';
  const tale = `${subject}${from}${glue}${did}`.trim();
  return tale ? `${alert.title}: ${tale}.` : `${alert.title}.`;
}
