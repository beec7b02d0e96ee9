/** Single rows of watchlists: pages of them, and changes by hand. */
import { randomUUID } from 'node:crypto';
import {
  type Page,
  ParapetError,
  type WatchlistEvent,
  type WatchlistItem,
  type WatchlistLimits,
} from '@parapet/schema';
import type { ListItem, ListItems } from '@parapet/store';
import { cellsOf, duplicateKey, keyOf, lifeOf, noItem, partOf, type Row, toItem, withNames } from './records.ts';

export interface RowsContext {
  readonly items: ListItems;
  readonly limits: WatchlistLimits;
  /** @throws ParapetError `watchlist_not_found` */
  find(id: string): Row;
  /** Changes of one list follow each other. */
  inTurn<T>(id: string, work: () => Promise<T>): Promise<T>;
  /** Notes what was done and counts again. */
  touched(row: Row, by: string, action: WatchlistEvent['action'], detail: object): Promise<void>;
  /** Rows that all lists together may still gain. */
  room(): number;
}

export function createRows({ items, limits, find, inTurn, touched, room }: RowsContext) {
  return {
    async items(
      id: string,
      query: { page: number; pageSize: number; search: string; sort?: string; descending: boolean },
    ): Promise<Page<WatchlistItem>> {
      const row = find(id);
      const sort = query.sort === undefined ? -1 : row.columns.indexOf(query.sort);
      const life = lifeOf(row);
      const found = await items.page(partOf(row), {
        offset: (query.page - 1) * query.pageSize,
        limit: query.pageSize,
        search: query.search,
        descending: query.descending,
        ...(sort >= 0 ? { sort } : {}),
        ...(life === undefined ? {} : { lifeSeconds: life }),
      });
      return {
        items: found.items.map((item) => ({ ...toItem(row, item), expired: item.expired })),
        total: found.total,
        page: query.page,
        pageSize: query.pageSize,
      };
    },

    addItem: (id: string, given: Readonly<Record<string, string>>, by: string): Promise<WatchlistItem> =>
      inTurn(id, async () => {
        const row = find(id);
        const cells = cellsOf(row, given, limits);
        const key = keyOf(row, cells);
        const item: ListItem = { id: randomUUID(), updated: new Date().toISOString(), key, cells };
        if (await items.hasKey(partOf(row), key, item.id)) throw duplicateKey(key);
        if (room() < 1)
          throw new ParapetError('too_many_items', 400, `All watchlists together may hold ${limits.items} items.`);
        await items.put(partOf(row), item);
        await touched(row, by, 'itemAdded', { item: item.id, after: withNames(row, cells) });
        return toItem(row, item);
      }),

    changeItem: (
      id: string,
      itemId: string,
      given: Readonly<Record<string, string>>,
      by: string,
    ): Promise<WatchlistItem> =>
      inTurn(id, async () => {
        const row = find(id);
        const before = await items.get(partOf(row), itemId);
        if (!before || before.deleted) throw noItem();
        const cells = cellsOf(row, given, limits, before.cells);
        const key = keyOf(row, cells);
        if (key !== before.key && (await items.hasKey(partOf(row), key, itemId))) throw duplicateKey(key);
        const item: ListItem = { id: itemId, updated: new Date().toISOString(), key, cells };
        await items.put(partOf(row), item);
        await touched(row, by, 'itemChanged', {
          item: itemId,
          before: withNames(row, before.cells),
          after: withNames(row, cells),
        });
        return toItem(row, item);
      }),

    removeItem: (id: string, itemId: string, by: string): Promise<void> =>
      inTurn(id, async () => {
        const row = find(id);
        const before = await items.get(partOf(row), itemId);
        if (!before || before.deleted) throw noItem();
        await items.put(partOf(row), { ...before, updated: new Date().toISOString() }, true);
        await touched(row, by, 'itemDeleted', { item: itemId, before: withNames(row, before.cells) });
      }),

    restoreItem: (id: string, itemId: string, by: string): Promise<WatchlistItem> =>
      inTurn(id, async () => {
        const row = find(id);
        const before = await items.get(partOf(row), itemId);
        if (!before?.deleted) throw noItem();
        if (await items.hasKey(partOf(row), before.key, itemId)) throw duplicateKey(before.key);
        const item: ListItem = { id: itemId, updated: new Date().toISOString(), key: before.key, cells: before.cells };
        await items.put(partOf(row), item);
        await touched(row, by, 'itemRestored', { item: itemId, after: withNames(row, before.cells) });
        return toItem(row, item);
      }),
  };
}
