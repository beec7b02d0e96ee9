import type { DeviceSummary, IdentitySummary, Page } from '@parapet/schema';
import { csvLine } from '../csv.ts';

const PAGE = 5000;
const MOST = 250_000;

export const DEVICE_COLUMNS: readonly (keyof DeviceSummary)[] = [
  'id',
  'name',
  'domain',
  'osPlatform',
  'osVersion',
  'deviceType',
  'ips',
  'loggedOnUsers',
  'riskLevel',
  'openAlerts',
  'criticality',
  'tags',
  'group',
  'health',
  'onboarding',
  'cloudPlatform',
  'internetFacing',
  'excluded',
  'firstSeen',
  'lastSeen',
];
export const IDENTITY_COLUMNS: readonly (keyof IdentitySummary)[] = [
  'id',
  'name',
  'displayName',
  'domain',
  'upn',
  'sid',
  'kind',
  'source',
  'department',
  'enabled',
  'riskLevel',
  'openAlerts',
  'criticality',
  'tags',
  'firstSeen',
  'lastSeen',
];

/** A whole inventory as CSV, with the filter of the list; the first page is read before anything is written. */
export async function exportInventory<T extends object>(
  list: (page: { page: number; pageSize: number }) => Promise<Page<T>>,
  columns: readonly (keyof T & string)[],
): Promise<AsyncGenerator<string>> {
  let page = await list({ page: 1, pageSize: PAGE });
  return (async function* lines() {
    yield csvLine(columns);
    for (let number = 1; ; number += 1) {
      yield page.items
        .map((item) =>
          csvLine(
            columns.map((column) => {
              const value: unknown = item[column];
              return Array.isArray(value) ? value.join(', ') : value;
            }),
          ),
        )
        .join('');
      if (page.items.length < PAGE || number * PAGE >= MOST) return;
      page = await list({ page: number + 1, pageSize: PAGE });
    }
  })();
}
