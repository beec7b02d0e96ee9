import * as v from 'valibot';
import type { QueryValues } from '../../api/client.ts';
import { url } from '../../lib/urlState.ts';

export const RISK_LEVELS = ['high', 'medium', 'low', 'informational', 'none'] as const;

const SORTABLE = ['name', 'domain', 'osPlatform', 'riskLevel', 'openAlerts', 'firstSeen', 'lastSeen'] as const;

/** Address of the device inventory. */
export const devicesSchema = v.object({
  search: url.text(),
  risk: url.list(RISK_LEVELS),
  os: url.strings(),
  sort: url.choice([...SORTABLE, ...SORTABLE.map((id) => `-${id}` as const)], '-lastSeen'),
  page: url.integer(1),
  pageSize: url.integer(50, 1, 200),
  row: url.text(),
});

export type DevicesState = v.InferOutput<typeof devicesSchema>;

export function devicesQuery({ row: _row, search, ...rest }: DevicesState): QueryValues {
  return { ...rest, search: search.trim() };
}
