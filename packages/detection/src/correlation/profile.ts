import { type Category, type Evidence, type EvidenceRole, TACTICS } from '@parapet/schema';
import type { CorrelationAlert } from '../types.ts';
import { canonicalUrl, classifyAddress, isSharedDomain, normaliseAddress } from './addresses.ts';
import { fileHash, isUsableProcess, userKeys } from './usable.ts';

/** One alert reduced to what two alerts can share. Every map goes from key to the label people know it by. */
export interface Profile {
  readonly alert: CorrelationAlert;
  readonly start: number;
  readonly end: number;
  readonly stage: number | undefined;
  /** Processes of the evidence and their ancestors. */
  readonly processes: ReadonlyMap<string, string>;
  /** Devices the alert happened on. */
  readonly devices: ReadonlyMap<string, string>;
  /** Devices it came from. */
  readonly sourceDevices: ReadonlyMap<string, string>;
  /** Devices it was aimed at without being the place of the alert (a domain controller that was asked). */
  readonly targetDevices: ReadonlyMap<string, string>;
  readonly users: ReadonlyMap<string, string>;
  /** Temporary credentials and role sessions. */
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
  /** `<rule>|<primary asset>`, empty when the alert names no asset. */
  readonly detector: string;
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

function build(alert: CorrelationAlert): Profile {
  const maps = {
    processes: new Map<string, string>(),
    devices: new Map<string, string>(),
    sourceDevices: new Map<string, string>(),
    targetDevices: new Map<string, string>(),
    users: new Map<string, string>(),
    sessions: new Map<string, string>(),
    workloads: new Map<string, string>(),
    files: new Map<string, string>(),
    threats: new Map<string, string>(),
    sources: new Map<string, string>(),
    internal: new Map<string, string>(),
    resources: new Map<string, string>(),
  };
  for (const evidence of alert.evidence) {
    if (!evidence.key) continue;
    switch (evidence.type) {
      case 'process':
        if (isUsableProcess(evidence)) {
          maps.processes.set(evidence.key, evidence.label);
          const number = processNumberKey(evidence);
          if (number) maps.processes.set(number, evidence.label);
        }
        break;
      case 'device':
        if (onlyContext(evidence)) break;
        if (has(evidence, 'attacked', 'compromised', 'suspicious')) maps.devices.set(evidence.key, evidence.label);
        else if (has(evidence, 'source', 'attacker')) maps.sourceDevices.set(evidence.key, evidence.label);
        else if (has(evidence, 'destination')) maps.targetDevices.set(evidence.key, evidence.label);
        else maps.devices.set(evidence.key, evidence.label);
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
  for (const ancestor of alert.processAncestors) if (!maps.processes.has(ancestor)) maps.processes.set(ancestor, '');
  const start = Date.parse(alert.firstActivity);
  const end = Date.parse(alert.lastActivity);
  const asset = primaryAsset(alert, maps);
  return {
    alert,
    start: Number.isNaN(start) ? end : start,
    end: Number.isNaN(end) ? start : end,
    stage: STAGE.get(alert.category),
    ...maps,
    detector: asset ? `${alert.ruleId}|${asset}` : '',
  };
}

type Maps = Record<
  'sourceDevices' | 'users' | 'sessions' | 'workloads' | 'threats' | 'sources' | 'internal' | 'resources',
  Map<string, string>
>;

/**
 * Device, number and name of a process. Sensors that see the same process give it different unique ids, and logs of the
 * process itself only know its number; a number with the same program within a day is the same process.
 */
function processNumberKey({ fields }: Evidence): string {
  const owner = (fields.deviceId || fields.deviceName || '').toLowerCase();
  const name = (fields.fileName ?? '').toLowerCase().replace(/\.exe$/, '');
  return owner && name && fields.processId !== undefined && fields.processId > 4
    ? `${owner}|#${fields.processId}|${name}`
    : '';
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
      maps.sourceDevices.set(device, evidence.fields.deviceName ?? device);
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

/**
 * The asset an alert is filed under, as `type:key`: the device it happened on, else the resource or mailbox that was touched, else the
 * account. Sources and mere targets are nobody's primary asset.
 */
function primaryAsset(
  alert: CorrelationAlert,
  maps: Record<'devices' | 'resources' | 'users' | 'sessions', Map<string, string>>,
): string {
  const device = firstKey(maps.devices);
  if (device) return `device:${device}`;
  const resource = firstKey(maps.resources);
  if (resource) return `resource:${resource}`;
  const user = firstKey(maps.users);
  if (user) return `user:${user}`;
  const session = firstKey(maps.sessions);
  if (session) return `session:${session}`;
  const account = alert.evidence.find((evidence) => evidence.type === 'cloudAccount' && evidence.key);
  return account ? `account:${account.key}` : '';
}

/** Smallest key, so that the order of the evidence does not matter. */
function firstKey(map: ReadonlyMap<string, string>): string | undefined {
  let first: string | undefined;
  for (const key of map.keys()) if (first === undefined || key < first) first = key;
  return first;
}
