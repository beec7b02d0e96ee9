import { type Evidence, makeEntity } from '@parapet/schema';
import { firstLabel } from '../correlation/devices.ts';
import type { AlertDraft } from '../types.ts';

/** A device as the tables of what happens on devices know it. */
export interface KnownDevice {
  readonly deviceId: string;
  readonly deviceName: string;
}

const OWNED = new Set<Evidence['type']>(['device', 'process', 'service', 'scheduledTask']);

const nameOf = ({ type, fields }: Evidence): string =>
  OWNED.has(type) && !fields.deviceId ? (fields.deviceName ?? '').trim().toLowerCase().replace(/\.$/, '') : '';

/** Names of devices that drafts mention without an id. */
export function namesWithoutId(drafts: readonly AlertDraft[]): Set<string> {
  const names = new Set(drafts.flatMap((draft) => draft.evidence.map(nameOf)));
  for (const none of ['', '-', 'localhost', 'unknown']) names.delete(none);
  return names;
}

/** First label of a full name, or the short name itself. */
export const shortOf = (name: string): string => firstLabel(name) || name;

/**
 * The device a name means: the one with exactly this name, else the only one whose name is the short form of it or that it is the short
 * form of. Where several fit, none is meant.
 */
export function resolveDevice(name: string, known: readonly KnownDevice[]): KnownDevice | undefined {
  const exact = known.filter(({ deviceName }) => deviceName === name);
  // One name under several ids: sensors disagree; the first in order, so that every alert gets the same.
  const [first] = exact.sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
  if (first) return first;
  const fits = known.filter(({ deviceName }) =>
    firstLabel(name) === '' ? firstLabel(deviceName) === name : deviceName === firstLabel(name),
  );
  return new Set(fits.map(({ deviceId }) => deviceId)).size === 1 ? fits[0] : undefined;
}

/** The draft with the ids of devices that it named only, so that one machine is one entity whichever table told of it. */
export function withDeviceIds(draft: AlertDraft, devices: ReadonlyMap<string, KnownDevice>): AlertDraft {
  if (!draft.evidence.some((evidence) => devices.has(nameOf(evidence)))) return draft;
  const found = new Map<string, Evidence>();
  for (const evidence of draft.evidence) {
    const device = devices.get(nameOf(evidence));
    const entity = device ? makeEntity(evidence.type, { ...evidence.fields, ...device }) : undefined;
    const next: Evidence = entity ? { ...entity, roles: evidence.roles } : evidence;
    const id = `${next.type}|${next.key}`;
    const known = found.get(id);
    found.set(id, known ? { ...known, roles: [...new Set([...known.roles, ...next.roles])] } : next);
  }
  return { ...draft, evidence: [...found.values()] };
}
