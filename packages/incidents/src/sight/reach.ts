/** What a caller's rights reach, with scopes turned into the devices, environments and rows they mean now. Pure. */
import type { Rights, ScopeContents } from '@parapet/access';
import { DATA_SOURCES, type DataSource, type Permission, type RowRule } from '@parapet/schema';

/** A part of a data source. A row or an alert is in it when any of what it is about is. */
export interface Part {
  readonly source: DataSource;
  /** Null where the source is not limited by that kind of scope. */
  readonly devices: Devices | null;
  /** Lower case. */
  readonly environments: readonly string[] | null;
  readonly rows: readonly RowRule[] | null;
}

/** Devices as evidence and telemetry spell them. */
export interface Devices {
  readonly keys: readonly string[];
  readonly ids: readonly string[];
  readonly names: readonly string[];
}
export const NO_DEVICES: Devices = { keys: [], ids: [], names: [] };

export interface Reached {
  readonly whole: ReadonlySet<DataSource>;
  readonly parts: ReadonlyMap<DataSource, Part>;
}

/** @param devicesOf devices of device groups, as they are now */
export function reachedBy(
  rights: Rights,
  permission: Permission,
  devicesOf: (groups: readonly string[]) => Devices,
): Reached {
  const whole = new Set<DataSource>();
  const parts = new Map<DataSource, Part>();
  for (const source of DATA_SOURCES) {
    const within = rights.within(permission, source);
    if (within === 'whole') whole.add(source);
    else if (within) parts.set(source, partOf(source, within, devicesOf));
  }
  return { whole, parts };
}

function partOf(source: DataSource, contents: ScopeContents, devicesOf: (groups: readonly string[]) => Devices): Part {
  const none = { source, devices: null, environments: null, rows: null };
  switch (source) {
    case 'endpoint':
      return { ...none, devices: devicesOf(contents.deviceGroups) };
    case 'cloud':
    case 'exposure':
      return { ...none, environments: contents.environments.map(({ id }) => id.toLowerCase()) };
    default:
      return { ...none, rows: contents.rows };
  }
}

/** True when everything of every source is reached. */
export const reachesAll = ({ whole }: Reached): boolean => DATA_SOURCES.every((source) => whole.has(source));
