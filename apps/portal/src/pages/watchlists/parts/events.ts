import type { WatchlistEvent, WatchlistInfo } from '@parapet/schema/wire';
import { formatCount, plural } from '../../../lib/time.ts';

type Cells = Readonly<Record<string, string>>;

/** What an entry says beyond its name, in words. */
export function eventText({ action, detail }: WatchlistEvent, list: Pick<WatchlistInfo, 'searchKey'>): string {
  const number = (name: string): number => Number(detail[name] ?? 0);
  const from = detail.source ? ` from ${String(detail.source)}` : '';
  switch (action) {
    case 'created':
      return `${plural(number('items'), 'row')}${from}`;
    case 'replaced':
      return `${plural(number('items'), 'row')}${from} in place of ${formatCount(number('removed'))}`;
    case 'upserted':
    case 'appended':
      return `${formatCount(number('added'))} added, ${formatCount(number('changed'))} updated${from}`;
    case 'itemAdded':
    case 'itemRestored':
      return String((detail.after as Cells | undefined)?.[list.searchKey] ?? '');
    case 'itemDeleted':
      return String((detail.before as Cells | undefined)?.[list.searchKey] ?? '');
    case 'changed':
      return Object.entries(detail)
        .map(([name, value]) => `${name}: ${value === null ? 'none' : String(value)}`)
        .join(', ');
    default:
      return '';
  }
}

/** Cells that differ between two states of a row. */
export function changedCells(event: WatchlistEvent): { column: string; before: string; after: string }[] {
  const before = (event.detail.before ?? {}) as Cells;
  const after = (event.detail.after ?? {}) as Cells;
  if (event.action !== 'itemChanged') return [];
  return Object.keys({ ...before, ...after })
    .filter((column) => (before[column] ?? '') !== (after[column] ?? ''))
    .map((column) => ({ column, before: before[column] ?? '', after: after[column] ?? '' }));
}
