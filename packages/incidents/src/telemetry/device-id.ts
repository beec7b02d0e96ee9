import type { SqlParam } from '@parapet/kql';
import type { TelemetryStore } from '@parapet/store';
import { kqlString } from './kql.ts';
import { select, str, string, strings } from './rows.ts';

/** Tables of what happens on a device. */
export const EVENT_TABLES = [
  'DeviceProcessEvents',
  'DeviceNetworkEvents',
  'DeviceFileEvents',
  'DeviceRegistryEvents',
  'DeviceLogonEvents',
  'DeviceImageLoadEvents',
  'DeviceEvents',
] as const;
export type EventTable = (typeof EVENT_TABLES)[number];
/** Tables that tell about a device: what happens on it and its inventory. */
export const DEVICE_TABLES = [...EVENT_TABLES, 'DeviceInfo', 'DeviceNetworkInfo'] as const;

/** The key of the device entity (`makeEntity`) of a row. */
export const DEVICE_KEY_SQL = "lowerUTF8(if(DeviceId != '', toString(DeviceId), toString(DeviceName)))";

/** A device as telemetry spells it. */
export interface DeviceRef {
  readonly key: string;
  /** Every spelling of its id; empty for devices known by name only. */
  readonly ids: readonly string[];
  readonly names: readonly string[];
}

const REMEMBER_MS = 10_000;
const MOST = 500;

/** Finds devices by the key that pages and evidence use. Remembers what it found for ten seconds. */
export class DeviceDirectory {
  readonly #store: TelemetryStore;
  readonly #known = new Map<string, { readonly at: number; readonly found: Promise<DeviceRef | undefined> }>();

  constructor(store: TelemetryStore) {
    this.#store = store;
  }

  /** @param id device id or name, in any case; undefined when telemetry does not know it */
  find(id: string): Promise<DeviceRef | undefined> {
    const key = id.toLowerCase();
    const known = this.#known.get(key);
    if (known && Date.now() - known.at < REMEMBER_MS) return known.found;
    const found = this.#look(key);
    if (this.#known.size >= MOST) this.#known.clear();
    this.#known.set(key, { at: Date.now(), found });
    found.catch(() => this.#known.delete(key));
    return found;
  }

  async #look(key: string): Promise<DeviceRef | undefined> {
    const union = DEVICE_TABLES.map(
      (table) =>
        `SELECT DISTINCT toString(DeviceId) AS id, toString(DeviceName) AS name FROM hunting.${table}
         WHERE lowerUTF8(toString(DeviceId)) = {key:String} OR lowerUTF8(toString(DeviceName)) = {key:String}`,
    ).join(' UNION ALL ');
    const rows = await select(this.#store, `SELECT DISTINCT id, name FROM (${union}) ORDER BY id, name LIMIT 200`, {
      params: { key: string(key) },
    });
    // An id wins over a name: another device may be called like this one's id.
    const byId = rows.filter((row) => str(row, 'id').toLowerCase() === key);
    const matching = byId.length > 0 ? byId : rows;
    const [first] = matching;
    if (!first) return undefined;
    const own = str(first, 'id').toLowerCase();
    const mine = matching.filter((row) => str(row, 'id').toLowerCase() === own);
    const filled = (column: string) => [...new Set(mine.map((row) => str(row, column)))].filter(Boolean);
    return { key: own || str(first, 'name').toLowerCase(), ids: filled('id'), names: filled('name') };
  }
}

/** Condition that selects the device's rows, quick because the spellings are known. */
export function onDevice(device: DeviceRef): { sql: string; params: Record<string, SqlParam> } {
  return device.ids.length > 0
    ? { sql: 'DeviceId IN ({deviceIds:Array(String)})', params: { deviceIds: strings(device.ids) } }
    : {
        sql: "DeviceId = '' AND DeviceName IN ({deviceNames:Array(String)})",
        params: { deviceNames: strings(device.names) },
      };
}

/** The same condition for links. */
export function onDeviceKql(device: DeviceRef): string {
  const [column, values] = device.ids.length > 0 ? ['DeviceId', device.ids] : ['DeviceName', device.names];
  return values.length === 1
    ? `${column} == ${kqlString(values[0] ?? '')}`
    : `${column} in (${values.map(kqlString).join(', ')})`;
}
