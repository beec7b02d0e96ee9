import type { RowFilter, StoreTable, TableRules } from '@parapet/schema/wire';
import { formatBytes } from '../../lib/bytes.ts';

/** How often the bytes before compression fit: "12.4 : 1". */
export function formatRatio(plain: number, stored: number): string {
  return stored > 0 ? `${(plain / stored).toFixed(1)} : 1` : '–';
}

/** Rules in one line. */
export function rulesText(rules: TableRules): string {
  const parts = [
    rules.retentionDays === null ? '' : rules.retentionDays === 1 ? '1 day' : `${rules.retentionDays} days`,
    rules.retentionBytes === null ? '' : `at most ${formatBytes(rules.retentionBytes)}`,
  ].filter(Boolean);
  const kept = parts.length ? parts.join(', ') : 'Kept';
  return rules.archiveAfterDays === null ? kept : `${kept}; packed after ${rules.archiveAfterDays} d`;
}

/** What a hold reaches, in words. */
export function filterText(filter: RowFilter): string {
  if (filter.kql !== undefined) return filter.kql;
  const parts = [
    filter.devices?.length ? `devices ${filter.devices.join(', ')}` : '',
    filter.users?.length ? `users ${filter.users.join(', ')}` : '',
    filter.from ? `from ${filter.from}` : '',
    filter.to ? `until ${filter.to}` : '',
  ].filter(Boolean);
  return parts.length ? parts.join('; ') : 'All rows';
}

export const newestQuery = (table: StoreTable): string =>
  table.timeColumn ? `${table.name}\n| sort by ${table.timeColumn} desc\n| take 100` : `${table.name}\n| take 100`;

export const oldestQuery = (table: StoreTable): string =>
  table.timeColumn ? `${table.name}\n| sort by ${table.timeColumn} asc\n| take 100` : `${table.name}\n| take 100`;

/** Text fields for whole numbers: empty is "no bound", anything else must be a number. */
export function wholeNumber(text: string, least: number, most: number): number | null | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  if (!/^\d+$/.test(trimmed)) return undefined;
  const value = Number(trimmed);
  return value >= least && value <= most ? value : undefined;
}
