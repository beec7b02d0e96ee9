import { CRITICALITIES } from '@parapet/schema/wire';
import * as v from 'valibot';
import type { QueryValues } from '../../api/client.ts';
import { url } from '../../lib/urlState.ts';

export const RISK_LEVELS = ['high', 'medium', 'low', 'informational', 'none'] as const;
export const HEALTH = ['active', 'inactive'] as const;

const SORTABLE = [
  'name',
  'domain',
  'osPlatform',
  'osVersion',
  'deviceType',
  'riskLevel',
  'openAlerts',
  'firstSeen',
  'lastSeen',
] as const;

/** Address of the device inventory. */
export const devicesSchema = v.object({
  search: url.text(),
  risk: url.list(RISK_LEVELS),
  os: url.strings(),
  criticality: url.list(CRITICALITIES),
  tag: url.strings(),
  group: url.strings(),
  health: url.list(HEALTH),
  cloud: url.strings(),
  excluded: url.choice(['', 'true', 'false'], ''),
  newSince: url.text(),
  sort: url.choice([...SORTABLE, ...SORTABLE.map((id) => `-${id}` as const)], '-lastSeen'),
  page: url.integer(1),
  pageSize: url.integer(50, 1, 200),
  row: url.text(),
});

export type DevicesState = v.InferOutput<typeof devicesSchema>;

export function devicesQuery({ row: _row, search, ...rest }: DevicesState): QueryValues {
  return { ...rest, search: search.trim() };
}

/** The state without any filter. */
export const NO_FILTERS = {
  search: '',
  risk: [],
  os: [],
  criticality: [],
  tag: [],
  group: [],
  health: [],
  cloud: [],
  excluded: '',
  newSince: '',
  page: 1,
  row: '',
} as const satisfies Partial<DevicesState>;

export const isFiltered = (state: DevicesState): boolean =>
  Object.entries(NO_FILTERS).some(([name, empty]) => {
    const value = state[name as keyof DevicesState];
    return name !== 'page' && name !== 'row' && (Array.isArray(value) ? value.length > 0 : value !== empty);
  });
