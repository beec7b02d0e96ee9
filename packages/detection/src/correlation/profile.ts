import { type Category, type Evidence, type EvidenceRole, TACTICS } from '@parapet/schema';
import type { CorrelationAlert } from '../types.ts';
import { canonicalUrl, classifyAddress, isSharedDomain, normaliseAddress } from './addresses.ts';
import { DeviceMap, deviceNames, firstLabel } from './devices.ts';
import { fileHash, isUsableProcess, logonSession, userKeys } from './usable.ts';

/** One alert reduced to what two alerts can share. Every map goes from key to the label people know it by. */
export interface Profile {
  readonly alert: CorrelationAlert;
  readonly start: number;
  readonly end: number;
  readonly stage: number | undefined;
  /** Processes of the evidence and their ancestors. */
  readonly processes: ReadonlyMap<string, string>;
  /** Devices the alert happened on. */
  readonly devices: DeviceMap;
  /** Devices it came from. */
  readonly sourceDevices: DeviceMap;
  /** Devices it was aimed at without being the place of the alert (a domain controller that was asked). */
  readonly targetDevices: DeviceMap;
  readonly users: ReadonlyMap<string, string>;
  /** Temporary credentials, role sessions and logon sessions. */
  readonly sessions: ReadonlyMap<string, string>;
  /** Service principals and workload identities. */
  readonly workloads: ReadonlyMap<string, string>;
  readonly files: ReadonlyMap<string, string>;
  /** Attacker and command-and-control addresses, domains and URLs. */
  readonly threats: ReadonlyMap<string, string>;
  /** External source addresses. */
  readonly sources: ReadonlyMap<string, string>;
  /** Internal addresses: they support another match, never make one. */
  readonly internal: ReadonlyMap<string, string>;
  /** Cloud resources and mailboxes. */
  readonly resources: ReadonlyMap<string, string>;
  /** `<rule>|<primary asset>` under each of its names, empty when the alert names no asset. */
  readonly detectors: ReadonlyMap<string, string>;
  /** Names of the primary asset where it is a device. */
  readonly asset: DeviceMap | undefined;
  /** The primary asset; empty when the alert names none. */
  readonly place: string;
}

const STAGE = new Map<Category, number>([
  ...TACTICS.map((tactic, index): [Category, number] => [tactic, index]),
  // Categories that are no tactic but have an obvious place in the chain.
  ['Exploit', TACTICS.indexOf('InitialAccess')],
  ['Malware', TACTICS.indexOf('Execution')],
  ['Ransomware', TACTICS.indexOf('Impact')],
]);

const has = (evidence: Evidence, ...roles: EvidenceRole[]): boolean =>
  roles.some((role) => evidence.roles.includes(role));

/** True when every role says the entity was only looked at, not touched. */
const onlyContext = (evidence: Evidence): boolean =>
  evidence.roles.length > 0 && evidence.roles.every((role) => role === 'contextual');

/** AWS: `arn:aws:sts::<account>:assumed-role/<role>/<session>` is one set of temporary credentials. */
const ROLE_SESSION = /^arn:aws[a-z-]*:sts::(\d*):assumed-role\/([^/]+)\/(.+)$/;
/** Session names that a service gives itself: an instance id, so the role is a machine's, not a person's. */
const WORKLOAD_SESSION = /^i-[0-9a-f]{8,}$/;
/** AWS access key ids of temporary credentials start with ASIA. */
const TEMPORARY_KEY = /^asia[a-z0-9]{12,}$/;
const LONG_LIVED_KEY = /^akia[a-z0-9]{12,}$/;

const profiles = new WeakMap<CorrelationAlert, Profile>();

/** Reduce an alert to its usable keys. Pure; remembered per alert object. */
export function profileOf(alert: CorrelationAlert): Profile {
  const known = profiles.get(alert);
  if (known) return known;
  const built = build(alert);
  profiles.set(alert, built);
  return built;
}

const emptyMaps = () => ({
  processes: new Map<string, string>(),
  devices: new DeviceMap(),
  sourceDevices: new DeviceMap(),
  targetDevices: new DeviceMap(),
  users: new Map<string, string>(),
  sessions: new Map<string, string>(),
  workloads: new Map<string, string>(),
  files: new Map<string, string>(),
  threats: new Map<string, string>(),
  sources: new Map<string, string>(),
  internal: new Map<string, string>(),
  resources: new Map<string, string>(),
});

function build(alert: CorrelationAlert): Profile {
  const maps = emptyMaps();
  for (const evidence of alert.evidence) {
    if (!evidence.key) continue;
    switch (evidence.type) {
      case 'process':
        if (isUsableProcess(evidence)) for (const key of processKeys(evidence)) maps.processes.set(key, evidence.label);
        break;
      case 'device':
        if (onlyContext(evidence)) break;
        if (has(evidence, 'attacked', 'compromised', 'suspicious')) maps.devices.add(evidence, evidence.label);
        else if (has(evidence, 'source', 'attacker')) maps.sourceDevices.add(evidence, evidence.label);
        else if (has(evidence, 'destination')) maps.targetDevices.add(evidence, evidence.label);
        else maps.devices.add(evidence, evidence.label);
        break;
      case 'user':
        if (!onlyContext(evidence)) for (const key of userKeys(evidence)) maps.users.set(key, evidence.label);
        break;
      case 'cloudIdentity':
        if (!onlyContext(evidence)) addCloudIdentity(evidence, maps);
        break;
      case 'file': {
        const hash = fileHash(evidence);
        if (hash && !onlyContext(evidence)) maps.files.set(hash, evidence.label);
        break;
      }
      case 'ip':
        addAddress(evidence, maps);
        break;
      case 'url':
        addUrl(evidence, maps);
        break;
      case 'cloudResource':
        if (TEMPORARY_KEY.test(evidence.key)) maps.sessions.set(evidence.key, evidence.label);
        // A long-lived key is its owner under another name, and the owner is in the evidence already.
        else if (!LONG_LIVED_KEY.test(evidence.key) && !onlyContext(evidence))
          maps.resources.set(evidence.key, evidence.label);
        break;
      case 'mailbox':
        if (!onlyContext(evidence)) maps.resources.set(evidence.key, evidence.label);
        break;
      default:
        break;
    }
  }
  for (const ancestor of alert.processAncestors)
    for (const key of [ancestor, ...guidKeys(ancestor.slice(ancestor.indexOf('|') + 1))])
      if (!maps.processes.has(key)) maps.processes.set(key, '');
  addLogonSessions(alert, maps);
  const start = Date.parse(alert.firstActivity);
  const end = Date.parse(alert.lastActivity);
  const asset = primaryAsset(alert, maps);
  // A rule that is left out of correlation shares nothing but its own repeats.
  if (alert.correlates === false) Object.assign(maps, emptyMaps());
  return {
    alert,
    start: Number.isNaN(start) ? end : start,
    end: Number.isNaN(end) ? start : end,
    stage: STAGE.get(alert.category),
    ...maps,
    place: asset.device ? `device:${asset.device.own()[0]}` : (asset.keys[0] ?? ''),
    asset: asset.device,
    detectors: new Map(asset.keys.map((key) => [`${alert.ruleId}|${key}`, key])),
  };
}

type Maps = Record<
  'users' | 'sessions' | 'workloads' | 'threats' | 'sources' | 'internal' | 'resources',
  Map<string, string>
> &
  Record<'devices' | 'sourceDevices', DeviceMap>;

/** Ids of processes that are unique in the world, as Sysmon makes them from the machine, the time and a counter. */
const GUID = /^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/;
const guidKeys = (unique: string): string[] => {
  const guid = GUID.exec(unique.trim().toLowerCase())?.[1];
  return guid && !/^[0-]+$/.test(guid) ? [`guid|${guid}`] : [];
};

/**
 * Every name of a process: its unique id, and device, number and program. Sensors that see the same process give it different unique
 * ids, and logs of the process itself only know its number; a number with the same program within a day is the same process.
 */
function processKeys(evidence: Evidence): string[] {
  const { fields } = evidence;
  const name = (fields.fileName ?? '').toLowerCase().replace(/\.exe$/, '');
  const numbered = name && fields.processId !== undefined && fields.processId > 4;
  return [
    evidence.key,
    ...guidKeys(fields.processUniqueId ?? ''),
    ...(numbered ? deviceNames(evidence).own.map((owner) => `${owner}|#${fields.processId}|${name}`) : []),
  ];
}

/** Logon sessions of the accounts at work, where it is clear on which device they were. */
function addLogonSessions(alert: CorrelationAlert, maps: Maps): void {
  if (maps.devices.devices !== 1) return;
  for (const evidence of alert.evidence) {
    const session = onlyContext(evidence) ? '' : logonSession(evidence);
    if (session)
      for (const device of maps.devices.own()) maps.sessions.set(`${device}|logon ${session}`, evidence.label);
  }
}

function addCloudIdentity(evidence: Evidence, maps: Maps): void {
  const session = ROLE_SESSION.exec(evidence.key);
  if (session) {
    maps.sessions.set(evidence.key, evidence.label);
    const machine = session[3] ?? '';
    if (WORKLOAD_SESSION.test(machine)) {
      maps.workloads.set(`arn:aws:iam::${session[1]}:role/${session[2]}`, session[2] ?? evidence.label);
      // The session of a machine is named after it: what happens with its credentials happens to it.
      maps.resources.set(machine, machine);
    }
    return;
  }
  if (/servicePrincipal|managedIdentity|serviceAccount|oauthApplication/i.test(evidence.fields.resourceType ?? ''))
    maps.workloads.set(evidence.key, evidence.label);
  else if (!/^(awsservice|.*\.amazonaws\.com)$/.test(evidence.key)) maps.users.set(evidence.key, evidence.label);
}

function addAddress(evidence: Evidence, maps: Maps): void {
  if (onlyContext(evidence)) return;
  const address = normaliseAddress(evidence.fields.ip ?? evidence.key);
  const kind = classifyAddress(address);
  if (kind === 'unusable') return;
  const device = (evidence.fields.deviceId ?? evidence.fields.deviceName ?? '').trim().toLowerCase();
  if (kind === 'private') {
    maps.internal.set(address, address);
    // An address that telemetry resolved to a machine stands for that machine.
    if (device && has(evidence, 'source', 'attacker'))
      maps.sourceDevices.add(evidence, evidence.fields.deviceName ?? device);
    return;
  }
  if (has(evidence, 'attacker', 'commandAndControl')) maps.threats.set(address, address);
  else if (!has(evidence, 'destination')) maps.sources.set(address, address);
}

function addUrl(evidence: Evidence, maps: Maps): void {
  if (onlyContext(evidence)) return;
  const url = canonicalUrl(evidence.fields.url ?? evidence.key);
  if (!url) return;
  const address = normaliseAddress(url.host);
  if (address && classifyAddress(address) !== 'public') {
    if (classifyAddress(address) === 'private') maps.internal.set(address, address);
    return;
  }
  if (!has(evidence, 'attacker', 'commandAndControl', 'suspicious')) return;
  if (!url.shared) maps.threats.set(url.url, url.url);
  if (!isSharedDomain(url.host)) maps.threats.set(url.host, url.host);
}

/** The asset an alert is filed under. */
interface Asset {
  /** `type:key`, by each name. */
  readonly keys: readonly string[];
  /** The names, where it is a device. */
  readonly device?: DeviceMap;
}

/**
 * The device an alert happened on, else the resource or mailbox that was touched, else the account. Sources and mere targets are nobody's
 * primary asset.
 */
function primaryAsset(
  alert: CorrelationAlert,
  maps: Pick<Maps, 'resources' | 'users' | 'sessions' | 'devices'>,
): Asset {
  // Of several devices the first by short name, whatever else a table calls it.
  const [device] = maps.devices
    .each()
    .map((one) => ({ one, name: shortLabel([...one.labels.values()].sort()[0] ?? ''), id: one.own()[0] ?? '' }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1));
  if (device) return { keys: [...device.one.keys()].sort().map((name) => `device:${name}`), device: device.one };
  const resource = firstKey(maps.resources);
  if (resource) return { keys: [`resource:${resource}`] };
  const user = firstKey(maps.users);
  if (user) return { keys: [`user:${user}`] };
  const session = firstKey(maps.sessions);
  if (session) return { keys: [`session:${session}`] };
  const account = alert.evidence.find((evidence) => evidence.type === 'cloudAccount' && evidence.key);
  return { keys: account ? [`account:${account.key}`] : [] };
}

const shortLabel = (label: string): string => firstLabel(label) || label.toLowerCase();

/** Smallest key, so that the order of the evidence does not matter. */
function firstKey(map: ReadonlyMap<string, string>): string | undefined {
  let first: string | undefined;
  for (const key of map.keys()) if (first === undefined || key < first) first = key;
  return first;
}
