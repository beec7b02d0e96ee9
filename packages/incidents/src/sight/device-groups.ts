/** Which device is in which group: rules by rank, first match wins, one group per device. */
import type { DeviceGroup, DeviceRule } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import type { TelemetryStore } from '@parapet/store';
import { DEVICE_KEY_SQL, DEVICE_TABLES } from '../telemetry/device-id.ts';
import { type Row, select, str } from '../telemetry/rows.ts';
import { type Devices, NO_DEVICES } from './reach.ts';

export interface GroupedDevice {
  readonly key: string;
  readonly ids: readonly string[];
  readonly names: readonly string[];
  readonly os: string;
  readonly tags: readonly string[];
}

/** A new device is placed after this time at the latest; until then it is in no group and seen by nobody who is limited to groups. */
const REMEMBER_MS = 5_000;

/** The first group by rank whose rules all match. */
export function groupOf(groups: readonly DeviceGroup[], device: GroupedDevice): DeviceGroup | undefined {
  return groups.find(({ rules }) => rules.length > 0 && rules.every((rule) => matches(rule, device)));
}

const COMPARE: Readonly<Record<DeviceRule['operator'], (value: string, wanted: string) => boolean>> = {
  equals: (value, wanted) => value === wanted,
  startsWith: (value, wanted) => value.startsWith(wanted),
  endsWith: (value, wanted) => value.endsWith(wanted),
  contains: (value, wanted) => value.includes(wanted),
};

function matches({ property, operator, values }: DeviceRule, device: GroupedDevice): boolean {
  const candidates = valuesOf(property, device).map((each) => each.toLowerCase());
  const compare = COMPARE[operator];
  return values.some((wanted) => candidates.some((value) => compare(value, wanted.toLowerCase())));
}

function valuesOf(property: DeviceRule['property'], device: GroupedDevice): readonly string[] {
  switch (property) {
    case 'name':
      // A rule about names means the name people see, with or without its domain.
      return [...device.names, ...device.names.map((name) => name.split('.')[0] ?? '')];
    case 'domain':
      return device.names.map((name) => name.split('.').slice(1).join('.')).filter(Boolean);
    case 'os':
      return [device.os];
    case 'tag':
      return device.tags;
  }
}

/** Every device of telemetry and of alerts, with what rules can be about. */
export async function readDevices(store: TelemetryStore, db: Queryable): Promise<GroupedDevice[]> {
  const union = DEVICE_TABLES.map((table) => {
    const info = table === 'DeviceInfo';
    return `SELECT ${DEVICE_KEY_SQL} AS key, toString(DeviceId) AS id, toString(DeviceName) AS name,
      ${info ? 'argMax(toString(OSPlatform), Timestamp)' : "''"} AS os,
      ${info ? "argMax(concat(toString(RegistryDeviceTag), '\\n', toString(DeviceManualTags), '\\n', toString(DeviceDynamicTags)), Timestamp)" : "''"} AS tags
      FROM hunting.${table} WHERE DeviceId != '' OR DeviceName != '' GROUP BY key, id, name`;
  }).join(' UNION ALL ');
  const rows = await select(
    store,
    `SELECT key, groupUniqArray(id) AS ids, groupUniqArray(name) AS names, max(os) AS os, max(tags) AS tags FROM (${union}) GROUP BY key`,
    { lane: 'background', limits: { timeoutMs: 60_000, maxMemoryBytes: 2 ** 30, maxResultBytes: 256 * 2 ** 20 } },
  );
  const devices = new Map(rows.map((row) => [str(row, 'key'), deviceOf(row)]));
  const named = await db.query<{ key: string; label: string; id: string | null }>(
    `select distinct key, label, fields->>'deviceId' as id from alert_evidence where type = 'device'`,
  );
  for (const { key, label, id } of named)
    if (!devices.has(key)) devices.set(key, { key, ids: id ? [id] : [], names: [label], os: '', tags: [] });
  return [...devices.values()];
}

const filled = (value: unknown): string[] => (Array.isArray(value) ? value.map(String).filter(Boolean) : []);

function deviceOf(row: Row): GroupedDevice {
  return {
    key: str(row, 'key'),
    ids: filled(row.ids),
    names: filled(row.names),
    os: str(row, 'os'),
    // Tags are one text, or JSON lists of texts.
    tags: str(row, 'tags')
      .split(/[\n,;]/)
      .map((tag) => tag.replace(/^[\s["]+|[\s\]"]+$/g, ''))
      .filter(Boolean),
  };
}

/** Devices by group, remembered for a few seconds and for as long as the groups stay the same. */
export class DeviceGroups {
  readonly #store: TelemetryStore;
  readonly #db: Queryable;
  readonly #groups: () => readonly DeviceGroup[];
  #known:
    | {
        readonly groups: readonly DeviceGroup[];
        readonly at: number;
        readonly devices: Promise<Map<string, GroupedDevice[]>>;
      }
    | undefined;

  constructor(store: TelemetryStore, db: Queryable, groups: () => readonly DeviceGroup[]) {
    this.#store = store;
    this.#db = db;
    this.#groups = groups;
  }

  /** Devices by the id of their group; those in none are left out. */
  members(): Promise<Map<string, GroupedDevice[]>> {
    const groups = this.#groups();
    const now = Date.now();
    if (!this.#known || this.#known.groups !== groups || now - this.#known.at > REMEMBER_MS) {
      const devices = this.#read(groups);
      this.#known = { groups, at: now, devices };
      devices.catch(() => {
        this.#known = undefined;
      });
    }
    return this.#known.devices;
  }

  async #read(groups: readonly DeviceGroup[]): Promise<Map<string, GroupedDevice[]>> {
    const members = new Map<string, GroupedDevice[]>();
    if (groups.length === 0) return members;
    for (const device of await readDevices(this.#store, this.#db)) {
      const group = groupOf(groups, device);
      if (group) members.set(group.id, [...(members.get(group.id) ?? []), device]);
    }
    return members;
  }
}

/** The devices of some groups, as evidence and telemetry spell them. */
export function devicesOf(members: ReadonlyMap<string, readonly GroupedDevice[]>, groups: readonly string[]): Devices {
  const found = groups.flatMap((id) => members.get(id) ?? []);
  if (found.length === 0) return NO_DEVICES;
  return {
    keys: found.map(({ key }) => key),
    ids: found.flatMap(({ ids }) => ids),
    // Devices known by name alone; a name of a device with an id is not looked for, another device may carry it too.
    names: found.filter(({ ids }) => ids.length === 0).flatMap(({ names }) => names),
  };
}
