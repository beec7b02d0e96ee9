import { type Evidence, makeEntity } from '@parapet/schema';
import type { Hunting } from '@parapet/store';
import { isSharedProcessName } from '../correlation/usable.ts';
import type { AlertDraft } from '../types.ts';
import { type KnownDevice, namesWithoutId, resolveDevice, shortOf, withDeviceIds } from './identity.ts';
import { kqlDatetime, kqlString } from './kql-text.ts';
import type { DetectionLog } from './types.ts';

/** Adds to drafts what other rows say about them. */
export interface Enricher {
  enrich(drafts: readonly AlertDraft[]): Promise<AlertDraft[]>;
}

const ANCESTOR_LEVELS = 6;
/** A parent may have been started this long before its child. */
const ANCESTOR_DAYS = 7;
/** A remote logon belongs to what happened on the device within this many seconds after it, or just before it by clock noise. */
const LOGON_BEFORE_S = 120;
const LOGON_AFTER_S = 30;
/** More accounts than this logged on at the same time: a server at work, no lead. */
const MAX_LOGONS = 5;
/** Keys in one query; more drafts than this at once go without. */
const MAX_KEYS = 500;

const DAY = 86_400_000;

/** Reads through KQL, on the background lane. A failed look-up costs the addition, never the alert. */
export function createEnricher(hunting: Hunting, log: DetectionLog): Enricher {
  const directory: Directory = new Map();
  return {
    async enrich(drafts) {
      const attempt = async (what: string, work: () => Promise<AlertDraft[]>, otherwise: AlertDraft[]) => {
        try {
          return await work();
        } catch (error) {
          log.warn({ err: error, drafts: drafts.length }, `${what} could not be looked up for new alerts`);
          return otherwise;
        }
      };
      const identified = await attempt('ids of devices', () => addDeviceIds(hunting, directory, drafts), [...drafts]);
      const withAncestors = await attempt('process ancestors', () => addAncestors(hunting, identified), identified);
      const withOrigins = await attempt('remote logons', () => addLogonOrigins(hunting, withAncestors), withAncestors);
      const withTargets = await attempt(
        'targets of movements',
        () => addMovementTargets(hunting, withOrigins),
        withOrigins,
      );
      return attempt('credential origins', () => addCredentialOrigins(hunting, withTargets), withTargets);
    },
  };
}

/** Devices by short name, with the time they were looked up. */
type Directory = Map<string, { readonly at: number; readonly devices: readonly KnownDevice[] }>;

/** Tables in which a device has both its id and its name. */
const DEVICE_TABLES = ['DeviceInfo', 'DeviceProcessEvents', 'DeviceLogonEvents', 'DeviceEvents', 'DeviceNetworkEvents'];
/** A device that is told of by name has told of itself within this time. */
const IDENTITY_MS = 3_600_000;
const REMEMBER_MS = 10 * 60_000;
const REMEMBERED = 10_000;

/**
 * Some tables know a machine by its name alone, and not always by the same one. What happened on devices at that time says which id it has.
 */
async function addDeviceIds(
  hunting: Hunting,
  directory: Directory,
  drafts: readonly AlertDraft[],
): Promise<AlertDraft[]> {
  const names = namesWithoutId(drafts);
  if (names.size === 0) return [...drafts];
  const now = Date.now();
  const missing = new Set(
    [...names].map(shortOf).filter((short) => !((directory.get(short)?.at ?? 0) > now - REMEMBER_MS)),
  );
  if (missing.size > 0 && missing.size <= MAX_KEYS) {
    const { from, to } = span(drafts);
    const rows = await rowsOf(
      hunting,
      `union ${DEVICE_TABLES.join(', ')}
| where Timestamp between (${iso(from - IDENTITY_MS)} .. ${iso(to + IDENTITY_MS)}) and isnotempty(DeviceId)
| where DeviceName has_any (${list(missing)})
| summarize by DeviceId, DeviceName = tolower(DeviceName)`,
    );
    const found = new Map<string, KnownDevice[]>([...missing].map((short) => [short, []]));
    for (const row of rows) {
      const device = { deviceId: str(row.DeviceId), deviceName: str(row.DeviceName) };
      found.get(shortOf(device.deviceName))?.push(device);
    }
    if (directory.size > REMEMBERED) directory.clear();
    // What nobody has told of yet may be told of with the next rows.
    for (const [short, devices] of found) if (devices.length > 0) directory.set(short, { at: now, devices });
  }
  const resolved = new Map<string, KnownDevice>();
  for (const name of names) {
    const device = resolveDevice(name, directory.get(shortOf(name))?.devices ?? []);
    if (device) resolved.set(name, device);
  }
  return resolved.size === 0 ? [...drafts] : drafts.map((draft) => withDeviceIds(draft, resolved));
}

type Cell = unknown;

async function rowsOf(hunting: Hunting, text: string): Promise<Record<string, Cell>[]> {
  const result = await hunting.run(text, { lane: 'background', maxRows: 20_000 });
  return result.rows.map((row) => Object.fromEntries(result.columns.map((column, index) => [column.name, row[index]])));
}

const str = (value: Cell): string =>
  typeof value === 'string' ? value : value === null || value === undefined ? '' : String(value);
const list = (values: Iterable<string>): string => [...values].map(kqlString).join(', ');
const iso = (ms: number): string => kqlDatetime(new Date(ms).toISOString());

function span(drafts: readonly AlertDraft[]): { readonly from: number; readonly to: number } {
  return {
    from: Math.min(...drafts.map((draft) => Date.parse(draft.firstActivity))),
    to: Math.max(...drafts.map((draft) => Date.parse(draft.lastActivity))),
  };
}

/**
 * Follow the processes of the evidence up to six levels, one query per level for all drafts together. The walk ends at processes
 * that live as long as the machine or the session: sharing those says nothing.
 */
async function addAncestors(hunting: Hunting, drafts: readonly AlertDraft[]): Promise<AlertDraft[]> {
  const known = new Map<string, { readonly parent: string; readonly parentName: string }>();
  const idOf = (device: string, unique: string) => `${device.toLowerCase()}|${unique.toLowerCase()}`;
  const devices = new Map<string, string>();
  let frontier = new Map<string, string>();
  for (const draft of drafts)
    for (const { type, fields } of draft.evidence)
      if (type === 'process' && fields.processUniqueId && fields.deviceId) {
        devices.set(fields.deviceId.toLowerCase(), fields.deviceId);
        frontier.set(idOf(fields.deviceId, fields.processUniqueId), fields.processUniqueId);
      }
  if (frontier.size === 0) return [...drafts];
  const { from, to } = span(drafts);
  for (let level = 0; level < ANCESTOR_LEVELS && frontier.size > 0 && frontier.size <= MAX_KEYS; level++) {
    const rows = await rowsOf(
      hunting,
      `DeviceProcessEvents
| where Timestamp between (${iso(from - ANCESTOR_DAYS * DAY)} .. ${iso(to + DAY)})
| where DeviceId in (${list(devices.values())}) and ProcessUniqueId in (${list(new Set(frontier.values()))})
| where isnotempty(InitiatingProcessUniqueId)
| project DeviceId, ProcessUniqueId, InitiatingProcessUniqueId, InitiatingProcessFileName`,
    );
    const next = new Map<string, string>();
    for (const row of rows) {
      const id = idOf(str(row.DeviceId), str(row.ProcessUniqueId));
      if (known.has(id) || !frontier.has(id)) continue;
      const parentUnique = str(row.InitiatingProcessUniqueId);
      const parent = idOf(str(row.DeviceId), parentUnique);
      if (parent === id) continue;
      const parentName = str(row.InitiatingProcessFileName);
      known.set(id, { parent, parentName });
      if (!isSharedProcessName(parentName) && !known.has(parent)) next.set(parent, parentUnique);
    }
    frontier = next;
  }
  return drafts.map((draft) => {
    const ancestors = new Set<string>();
    for (const { type, fields } of draft.evidence) {
      if (type !== 'process' || !fields.processUniqueId || !fields.deviceId) continue;
      let id = idOf(fields.deviceId, fields.processUniqueId);
      for (let level = 0; level < ANCESTOR_LEVELS; level++) {
        const step = known.get(id);
        if (!step || isSharedProcessName(step.parentName)) break;
        ancestors.add(step.parent);
        id = step.parent;
      }
    }
    return { ...draft, processAncestors: [...ancestors] };
  });
}

/**
 * Lateral movement says where it arrived but rarely where it came from. The network logons on the device in the two minutes
 * before do: account, address, and the machine that has that address.
 */
async function addLogonOrigins(hunting: Hunting, drafts: readonly AlertDraft[]): Promise<AlertDraft[]> {
  const wanted = drafts.filter((draft) => draft.category === 'LateralMovement' && deviceIds(draft).length > 0);
  if (wanted.length === 0) return [...drafts];
  const devices = new Set(wanted.flatMap(deviceIds));
  if (devices.size > MAX_KEYS) return [...drafts];
  const { from, to } = span(wanted);
  const logons = await rowsOf(
    hunting,
    `DeviceLogonEvents
| where Timestamp between (${iso(from - LOGON_BEFORE_S * 1000)} .. ${iso(to + LOGON_AFTER_S * 1000)})
| where DeviceId in (${list(devices)}) and ActionType == "LogonSuccess" and LogonType in ("Network", "RemoteInteractive", "NetworkCleartext")
| where isnotempty(RemoteIP) and RemoteIP !in ("127.0.0.1", "::1", "-") and isnotempty(AccountName)
| where not(AccountName endswith "$") and AccountName !in~ ("ANONYMOUS LOGON", "SYSTEM")
| project Timestamp, DeviceId, AccountName, AccountDomain, AccountSid, RemoteIP
| take 5000`,
  );
  if (logons.length === 0) return [...drafts];
  const owners = await addressOwners(hunting, new Set(logons.map((row) => str(row.RemoteIP))), from, to);
  return drafts.map((draft) => {
    if (!wanted.includes(draft)) return draft;
    const on = new Set(deviceIds(draft).map((id) => id.toLowerCase()));
    const start = Date.parse(draft.firstActivity) - LOGON_BEFORE_S * 1000;
    const end = Date.parse(draft.lastActivity) + LOGON_AFTER_S * 1000;
    const near = logons.filter((row) => {
      const at = Date.parse(str(row.Timestamp));
      return on.has(str(row.DeviceId).toLowerCase()) && at >= start && at <= end;
    });
    const accounts = new Set(near.map((row) => `${str(row.AccountName)}|${str(row.RemoteIP)}`.toLowerCase()));
    if (accounts.size === 0 || accounts.size > MAX_LOGONS) return draft;
    return {
      ...draft,
      evidence: withEvidence(
        draft.evidence,
        near.flatMap((row) => logonEvidence(row, owners, on)),
      ),
    };
  });
}

/** Ports through which work is started on another machine: RPC, SMB, RDP, WinRM, SSH. */
const MOVEMENT_PORTS = [22, 135, 139, 445, 3389, 5985, 5986];
const MOVEMENT_MS = 60_000;
/** A program that talks to more machines than this looks around; it is no path from one to another. */
const MAX_TARGETS = 3;

/** A movement seen where it starts: the machines its own process talked to within a minute are where it went. */
async function addMovementTargets(hunting: Hunting, drafts: readonly AlertDraft[]): Promise<AlertDraft[]> {
  const moving = (draft: AlertDraft) =>
    draft.category !== 'LateralMovement'
      ? []
      : draft.evidence.flatMap(({ type, fields }) =>
          type === 'process' && fields.deviceId && (fields.processId ?? 0) > 4
            ? [{ device: fields.deviceId, number: fields.processId ?? 0 }]
            : [],
        );
  const wanted = drafts.flatMap(moving);
  if (wanted.length === 0 || wanted.length > MAX_KEYS) return [...drafts];
  const concerned = drafts.filter((draft) => moving(draft).length > 0);
  const { from, to } = span(concerned);
  const rows = await rowsOf(
    hunting,
    `DeviceNetworkEvents
| where Timestamp between (${iso(from - MOVEMENT_MS)} .. ${iso(to + MOVEMENT_MS)})
| where DeviceId in (${list(new Set(wanted.map(({ device }) => device)))}) and InitiatingProcessId in (${[...new Set(wanted.map(({ number }) => number))].join(', ')})
| where ActionType == "ConnectionSuccess" and RemotePort in (${MOVEMENT_PORTS.join(', ')}) and isnotempty(RemoteIP)
| project Timestamp, DeviceId, InitiatingProcessId, RemoteIP
| take 5000`,
  );
  if (rows.length === 0) return [...drafts];
  const owners = await addressOwners(hunting, new Set(rows.map((row) => str(row.RemoteIP))), from, to);
  return drafts.map((draft) => {
    const own = moving(draft);
    const start = Date.parse(draft.firstActivity) - MOVEMENT_MS;
    const end = Date.parse(draft.lastActivity) + MOVEMENT_MS;
    const targets = new Map<string, Owner>();
    for (const row of rows) {
      const at = Date.parse(str(row.Timestamp));
      const owner = owners.get(str(row.RemoteIP));
      if (!owner || at < start || at > end || owner.deviceId === str(row.DeviceId)) continue;
      if (own.some(({ device, number }) => device === str(row.DeviceId) && number === Number(row.InitiatingProcessId)))
        targets.set(owner.deviceId, owner);
    }
    if (targets.size === 0 || targets.size > MAX_TARGETS) return draft;
    const added = [...targets.values()].flatMap((owner) => {
      const entity = makeEntity('device', { ...owner });
      return entity ? [{ ...entity, roles: ['destination'] as const }] : [];
    });
    return { ...draft, evidence: withEvidence(draft.evidence, added) };
  });
}

/** Devices the alert happened on. */
function deviceIds(draft: AlertDraft): string[] {
  return draft.evidence.flatMap(({ type, fields, roles }) =>
    type === 'device' && fields.deviceId && !roles.includes('source') && !roles.includes('destination')
      ? [fields.deviceId]
      : [],
  );
}

interface Owner {
  readonly deviceId: string;
  readonly deviceName: string;
}

/** Which device had an address around that time, by the local end of its own connections. */
async function addressOwners(
  hunting: Hunting,
  addresses: ReadonlySet<string>,
  from: number,
  to: number,
): Promise<Map<string, Owner>> {
  const owners = new Map<string, Owner>();
  if (addresses.size === 0 || addresses.size > MAX_KEYS) return owners;
  const rows = await rowsOf(
    hunting,
    `DeviceNetworkEvents
| where Timestamp between (${iso(from - DAY)} .. ${iso(to + DAY)})
| where LocalIP in (${list(addresses)}) and isnotempty(DeviceId)
| summarize Devices = dcount(DeviceId), arg_max(Timestamp, DeviceId, DeviceName) by LocalIP`,
  );
  // Two machines with one address: translation or a gateway, nobody's own.
  for (const row of rows)
    if (Number(row.Devices) === 1)
      owners.set(str(row.LocalIP), { deviceId: str(row.DeviceId), deviceName: str(row.DeviceName) });
  return owners;
}

function logonEvidence(
  row: Record<string, Cell>,
  owners: ReadonlyMap<string, Owner>,
  on: ReadonlySet<string>,
): Evidence[] {
  const owner = owners.get(str(row.RemoteIP));
  const result: Evidence[] = [];
  const add = (entity: ReturnType<typeof makeEntity>, ...roles: Evidence['roles']) => {
    if (entity) result.push({ ...entity, roles });
  };
  add(
    makeEntity('user', {
      accountName: str(row.AccountName),
      accountDomain: str(row.AccountDomain),
      ...(str(row.AccountSid) ? { accountSid: str(row.AccountSid) } : {}),
    }),
    'source',
  );
  add(makeEntity('ip', { ip: str(row.RemoteIP), ...(owner ?? {}) }), 'source');
  if (owner && !on.has(owner.deviceId.toLowerCase())) add(makeEntity('device', { ...owner }), 'source');
  return result;
}

/**
 * Temporary cloud credentials say who uses them, not who obtained them. The AssumeRole call that issued them does.
 */
async function addCredentialOrigins(hunting: Hunting, drafts: readonly AlertDraft[]): Promise<AlertDraft[]> {
  const keysOf = (draft: AlertDraft) =>
    draft.evidence.flatMap(({ type, fields }) =>
      type === 'cloudResource' && fields.resourceId && /^ASIA[A-Z0-9]{12,}$/.test(fields.resourceId)
        ? [fields.resourceId]
        : [],
    );
  const keys = new Set(drafts.flatMap(keysOf));
  if (keys.size === 0 || keys.size > MAX_KEYS) return [...drafts];
  const { from, to } = span(drafts);
  // Credentials of a role last at most twelve hours.
  const rows = await rowsOf(
    hunting,
    `CloudAuditEvents
| where Timestamp between (${iso(from - DAY / 2)} .. ${iso(to)})
| where ActionType in ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetSessionToken", "GetFederationToken")
| extend IssuedKey = tostring(RawEventData.responseElements.credentials.accessKeyId)
| where IssuedKey in (${list(keys)})
| project IssuedKey, CallerArn = tostring(RawEventData.userIdentity.arn), CallerName = tostring(RawEventData.userIdentity.userName), CallerType = tostring(RawEventData.userIdentity.type)
| where CallerType in ("IAMUser", "AssumedRole", "Root", "FederatedUser")
| take 1000`,
  );
  if (rows.length === 0) return [...drafts];
  return drafts.map((draft) => {
    const own = new Set(keysOf(draft));
    const added = rows
      .filter((row) => own.has(str(row.IssuedKey)))
      .flatMap((row) => {
        const name = str(row.CallerName);
        const entity = makeEntity('cloudIdentity', {
          resourceId: str(row.CallerArn),
          cloudPlatform: 'AWS',
          ...(name ? { accountName: name } : {}),
        });
        return entity ? [{ ...entity, roles: ['source'] as const }] : [];
      });
    return added.length > 0 ? { ...draft, evidence: withEvidence(draft.evidence, added) } : draft;
  });
}

/** Append what is not there yet. */
function withEvidence(evidence: readonly Evidence[], added: readonly Evidence[]): Evidence[] {
  const seen = new Set(evidence.map((item) => `${item.type}|${item.key}`));
  const result = [...evidence];
  for (const item of added) {
    const id = `${item.type}|${item.key}`;
    if (seen.has(id)) continue;
    seen.add(id);
    result.push(item);
  }
  return result;
}
