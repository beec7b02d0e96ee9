import type { Evidence, EvidenceRole, IncidentAlert } from '@parapet/schema';
import { entityId } from '../rows.ts';

/** An alert with the processes its own descend from, nearest first. */
export interface StoryAlert extends IncidentAlert {
  readonly processAncestors: readonly string[];
}

/** "source verb target", as one alert tells it. */
export interface Relation {
  readonly source: string;
  readonly target: string;
  readonly verb: string;
}

export interface Cast {
  readonly devices: readonly Evidence[];
  /** The device it happened on. */
  readonly place: Evidence | undefined;
  readonly sourceDevices: readonly Evidence[];
  readonly actors: readonly Evidence[];
  readonly processes: readonly Evidence[];
  readonly others: readonly Evidence[];
}

const has = (evidence: Evidence, ...roles: EvidenceRole[]): boolean =>
  roles.some((role) => evidence.roles.includes(role));

/** Who plays which part in an alert. */
export function castOf(alert: IncidentAlert): Cast {
  const seen = new Set<string>();
  const evidence = alert.evidence.filter((each) => !seen.has(entityId(each)) && seen.add(entityId(each)));
  const devices = evidence.filter(({ type }) => type === 'device');
  const sourceDevices = devices.filter(
    (each) => has(each, 'source', 'attacker') && !has(each, 'attacked', 'compromised'),
  );
  const place =
    devices.find((each) => has(each, 'attacked', 'compromised')) ??
    devices.find((each) => !sourceDevices.includes(each)) ??
    devices[0];
  return {
    devices,
    place,
    sourceDevices: sourceDevices.filter((each) => each !== place),
    actors: evidence.filter(({ type }) => type === 'user' || type === 'cloudIdentity'),
    processes: evidence.filter(({ type }) => type === 'process'),
    others: evidence.filter(({ type }) => !['device', 'user', 'cloudIdentity', 'process'].includes(type)),
  };
}

/** The asset that an alert is about, where it names one. */
export function primaryAsset(cast: Cast): Evidence | undefined {
  return (
    cast.place ??
    cast.actors[0] ??
    cast.others.find(({ type }) => ['cloudResource', 'mailbox', 'cloudAccount'].includes(type))
  );
}

/**
 * Edges of one alert, from the roles of its evidence. Every entity is connected to something, if only to the asset.
 * @param known ids of all nodes, so that ancestors seen in other alerts are linked
 */
export function relationsOf(alert: StoryAlert, known: ReadonlySet<string>): Relation[] {
  const cast = castOf(alert);
  const relations: Relation[] = [];
  const connected = new Set<string>();
  const link = (source: string, verb: string, target: string): void => {
    if (source === target) return;
    relations.push({ source, verb, target });
    connected.add(source).add(target);
  };
  const place = cast.place && entityId(cast.place);
  const actor = mainActor(cast);
  const doer = mainProcess(cast) ?? actor ?? cast.place;

  for (const process of cast.processes) {
    const home = cast.devices.find((device) => ownerOf(process) === device.key) ?? cast.place;
    if (home) link(entityId(home), 'ran', entityId(process));
    for (const user of accountsOf(process, cast)) link(entityId(user), 'started', entityId(process));
  }
  for (const child of cast.processes) {
    const parent = cast.processes.find(
      (other) => other !== child && ownerOf(other) === ownerOf(child) && isParent(other, child),
    );
    if (parent) link(entityId(parent), 'started', entityId(child));
  }
  linkAncestors(alert, cast, known, link);
  if (cast.processes.length === 0 && place)
    for (const user of cast.actors)
      link(entityId(user), alert.category === 'LateralMovement' ? 'logged on to' : 'used', place);
  for (const other of cast.actors)
    if (actor && other !== actor && has(other, 'attacked', 'destination', 'created'))
      link(entityId(actor), has(other, 'created') ? 'created' : 'acted on', entityId(other));
  for (const source of cast.sourceDevices) if (place) link(entityId(source), 'reached', place);
  for (const device of cast.devices)
    if (entityId(device) !== place && !cast.sourceDevices.includes(device) && place)
      link(place, 'reached', entityId(device));

  for (const other of cast.others) {
    const id = entityId(other);
    if (other.type === 'ip' && has(other, 'source', 'attacker') && !has(other, 'commandAndControl')) {
      // A source comes in; everything else is where somebody goes to.
      const to = cast.place ?? actor;
      if (to) link(id, 'connected to', entityId(to));
      continue;
    }
    if (other.type === 'file' && !has(other, 'created', 'loaded')) {
      const image = cast.processes.find((process) => isImage(other, process));
      if (image) {
        link(id, 'ran as', entityId(image));
        continue;
      }
    }
    if (doer) link(entityId(doer), verbFor(other), id);
  }
  const anchor = primaryAsset(cast);
  for (const each of alert.evidence)
    if (anchor && !connected.has(entityId(each))) link(entityId(anchor), 'involved', entityId(each));
  return relations;
}

/** The process that acts: the one marked suspicious, else the last one named, which is the most specific. */
export function mainProcess(cast: Cast): Evidence | undefined {
  return cast.processes.find((process) => has(process, 'suspicious', 'attacker')) ?? cast.processes.at(-1);
}

/** The account that acts, before those that something was done to. */
export function mainActor(cast: Cast): Evidence | undefined {
  return (
    cast.actors.find((each) => has(each, 'compromised', 'attacker', 'suspicious', 'source')) ??
    cast.actors.find((each) => !has(each, 'attacked', 'destination', 'created')) ??
    cast.actors[0]
  );
}

/** Accounts that a process ran under: the one it names, or all where it names none. */
function accountsOf(process: Evidence, cast: Cast): readonly Evidence[] {
  const name = process.fields.accountName?.toLowerCase();
  return name ? cast.actors.filter((user) => user.fields.accountName?.toLowerCase() === name) : cast.actors;
}

/** Credentials are what one acts with, not upon. */
export function isAccessKey(evidence: Evidence): boolean {
  return (
    evidence.type === 'cloudResource' &&
    (evidence.fields.resourceType === 'AccessKey' || /^a[ks]ia[a-z0-9]{12,}$/.test(evidence.key))
  );
}

/** Join to the nearest ancestor that another alert shows. */
function linkAncestors(
  alert: StoryAlert,
  cast: Cast,
  known: ReadonlySet<string>,
  link: (source: string, verb: string, target: string) => void,
): void {
  const own = new Set(cast.processes.map(({ key }) => key));
  const ancestor = alert.processAncestors.find((key) => !own.has(key) && known.has(`process:${key}`));
  const [first] = cast.processes;
  if (ancestor && first) link(`process:${ancestor}`, 'led to', entityId(first));
}

function ownerOf(process: Evidence): string {
  return process.key.split('|')[0] ?? '';
}

function isParent(parent: Evidence, child: Evidence): boolean {
  const name = child.fields.parentProcessFileName?.toLowerCase();
  if (!name || name !== parent.fields.fileName?.toLowerCase()) return false;
  const [before, after] = [parent.fields.processCreationTime, child.fields.processCreationTime];
  return !before || !after || before <= after;
}

function isImage(file: Evidence, process: Evidence): boolean {
  const hash = file.fields.sha256 ?? file.fields.sha1;
  if (hash && (hash === process.fields.sha256 || hash === process.fields.sha1)) return true;
  const name = file.fields.fileName?.toLowerCase();
  return name !== undefined && name === process.fields.fileName?.toLowerCase();
}

/** What the doer did to it. */
export function verbFor(evidence: Evidence): string {
  switch (evidence.type) {
    case 'file':
      return has(evidence, 'created') ? 'wrote' : has(evidence, 'loaded') ? 'loaded' : 'used';
    case 'ip':
      return 'connected to';
    case 'url':
      return 'requested';
    case 'registry':
      return 'changed';
    case 'service':
      return 'installed';
    case 'scheduledTask':
      return 'scheduled';
    case 'cloudResource':
      return has(evidence, 'created') ? 'created' : isAccessKey(evidence) ? 'used' : 'acted on';
    case 'cloudAccount':
      return 'acted in';
    case 'mailbox':
      return 'opened';
    default:
      return 'involved';
  }
}
