import { isIP } from 'node:net';
import type { Evidence } from '@parapet/schema';

/**
 * Names of a device. One table knows a machine by an id, another by its full name, a third by its short one; all three are one device.
 * Only the short names of two full ones prove nothing: `dc01.a.example` and `dc01.b.example` are two machines.
 */
export interface DeviceNames {
  /** Id, and the name as written: equal ones are the same device. */
  readonly own: readonly string[];
  /** First label of a full name: equal to another device's `own` short name it is the same device, to another first label it is not. */
  readonly short: string;
}

const NAMELESS = new Set(['', '-', 'localhost', 'unknown', 'n/a', 'none', 'null']);

/** First label of a device's full name; empty for a short name and for an address. */
export function firstLabel(name: string): string {
  const text = name.trim().toLowerCase();
  const dot = text.indexOf('.');
  return dot > 0 && isIP(text) === 0 ? text.slice(0, dot) : '';
}

/** The names under which an entity that carries `deviceId` or `deviceName` says which device it is about. */
export function deviceNames({ key, type, fields }: Evidence): DeviceNames {
  const own = new Set<string>();
  const raw = (fields.deviceId ?? '').trim().toLowerCase();
  // All zeros: masked or never set.
  const id = /^[0{}-]+$/.test(raw) ? '' : raw;
  const name = (fields.deviceName ?? '').trim().toLowerCase().replace(/\.$/, '');
  if (type === 'device') own.add(key);
  if (id) own.add(id);
  if (!NAMELESS.has(name)) own.add(name);
  const short = firstLabel(name || (type === 'device' ? key : ''));
  return { own: [...own], short: NAMELESS.has(short) ? '' : short };
}

/** Devices of an alert by every name they have: the label people know each by, and the names that are short forms only. */
export class DeviceMap {
  readonly labels = new Map<string, string>();
  readonly #onlyShort = new Set<string>();
  /** Name → first own name in order, which stands for the device. */
  readonly #of = new Map<string, string>();

  add(evidence: Evidence, label: string): void {
    const { own, short } = deviceNames(evidence);
    const [first] = [...own].sort();
    if (first === undefined) return;
    for (const name of own) {
      if (!this.#onlyShort.delete(name) && this.labels.has(name)) continue;
      this.labels.set(name, label);
      this.#of.set(name, first);
    }
    if (!short || this.labels.has(short)) return;
    this.labels.set(short, label);
    this.#of.set(short, first);
    this.#onlyShort.add(short);
  }

  has(name: string): boolean {
    return this.labels.has(name);
  }

  keys(): IterableIterator<string> {
    return this.labels.keys();
  }

  get(name: string): string | undefined {
    return this.labels.get(name);
  }

  /** Names that identify: ids and names as written. */
  own(): string[] {
    return [...this.labels.keys()].filter((name) => !this.#onlyShort.has(name)).sort();
  }

  /** A map of its own for each device. */
  each(): DeviceMap[] {
    const devices = new Map<string, DeviceMap>();
    for (const [name, first] of this.#of) {
      const one = devices.get(first) ?? new DeviceMap();
      devices.set(first, one);
      one.labels.set(name, this.labels.get(name) ?? name);
      one.#of.set(name, first);
      if (this.#onlyShort.has(name)) one.#onlyShort.add(name);
    }
    return [...devices.values()];
  }

  /** Number of different devices. */
  get devices(): number {
    return new Set(this.#of.values()).size;
  }

  /** Names of devices that both have, one for each device, in order. */
  shared(other: DeviceMap): string[] {
    const found: string[] = [];
    const mine = new Set<string>();
    const theirs = new Set<string>();
    for (const name of [...this.labels.keys()].sort()) {
      if (!other.labels.has(name) || (this.#onlyShort.has(name) && other.#onlyShort.has(name))) continue;
      const here = this.#of.get(name) ?? name;
      const there = other.#of.get(name) ?? name;
      if (mine.has(here) || theirs.has(there)) continue;
      mine.add(here);
      theirs.add(there);
      found.push(name);
    }
    return found;
  }
}
