/** Watchlists: their records in the state database, their rows in the engine. This process is the only writer of both. */
import { randomUUID } from 'node:crypto';
import type { Watchlist } from '@parapet/kql';
import {
  ParapetError,
  type WatchlistChange,
  type WatchlistEvent,
  type WatchlistFormat,
  type WatchlistInfo,
  type WatchlistLimits,
  type WatchlistMode,
  type WatchlistRequest,
  type WatchlistUploadResult,
} from '@parapet/schema';
import type { Queryable, StateDb } from '@parapet/state';
import { createListItems, type ListItems, type ListPart, listSource, type TelemetryStore } from '@parapet/store';
import { loadList } from './load.ts';
import { checkColumns } from './parse.ts';
import { checkAlias, lifeOf, missing, partOf, type Row, toInfo } from './records.ts';
import { createRows } from './rows.ts';

/** Reference limits (spec B 6); an upload is bounded by configuration. */
export const WATCHLIST_LIMITS: WatchlistLimits = {
  uploadBytes: 500 * 2 ** 20,
  lineCharacters: 10_240,
  rowBytes: 10 * 1024,
  items: 10_000_000,
};

/** How long a deleted list can be brought back. */
const KEPT_DAYS = 7;
const PURGE_EVERY_MS = 6 * 3_600_000;
/** Keys an error names. */
const NAMED_KEYS = 10;

export interface UploadRequest {
  readonly stream: AsyncIterable<Uint8Array>;
  readonly format: WatchlistFormat;
  /** What the rows came from, as the history tells it. */
  readonly source: string;
  /** `refuse`: two rows with one key are an error; `keep`: both stay. */
  readonly duplicates: 'refuse' | 'keep';
}

export interface NewList extends UploadRequest {
  readonly alias: string;
  readonly name: string;
  readonly description: string;
  readonly searchKey: string;
  readonly itemLifeDays: number | null;
}

export type Watchlists = Awaited<ReturnType<typeof createWatchlists>>;

/** @param limits other limits than the product's own */
export async function createWatchlists(store: TelemetryStore, db: StateDb, limits: WatchlistLimits = WATCHLIST_LIMITS) {
  const items: ListItems = await createListItems(store);
  const records = new Map<string, Row>();
  let named: readonly Watchlist[] = [];

  const remember = (row: Row): Row => {
    records.set(row.id, row);
    named = [...records.values()]
      .filter((each) => !each.deleted_at)
      .sort((a, b) => (a.alias < b.alias ? -1 : 1))
      .map((each) => ({ alias: each.alias, ...listSource(partOf(each), each.columns, lifeOf(each)) }));
    return row;
  };
  const forget = (id: string): void => {
    const row = records.get(id);
    records.delete(id);
    if (row) named = named.filter((each) => each.alias !== row.alias);
  };

  for (const row of await db.query<Row>('SELECT * FROM watchlists')) remember(row);

  /** Rows of uploads that never ended and of lists that are gone. */
  const sweep = async (): Promise<void> => {
    const gone = await db.query<{ id: string }>(
      `DELETE FROM watchlists WHERE deleted_at < now() - interval '${KEPT_DAYS} days' RETURNING id`,
    );
    for (const { id } of gone) forget(id);
    for (const part of await items.parts()) {
      const row = records.get(part.list);
      if (!busy.has(part.list) && row?.generation !== part.generation) await items.drop(part);
    }
  };

  /** Changes of one list follow each other. */
  const busy = new Map<string, Promise<unknown>>();
  const inTurn = <T>(id: string, work: () => Promise<T>): Promise<T> => {
    const turn = (busy.get(id) ?? Promise.resolve()).catch(() => undefined).then(work);
    busy.set(id, turn);
    void turn.catch(() => undefined).finally(() => busy.get(id) === turn && busy.delete(id));
    return turn;
  };
  await sweep();
  const timer = setInterval(() => void sweep().catch(() => undefined), PURGE_EVERY_MS);
  timer.unref();

  const find = (id: string): Row => {
    const row = records.get(id);
    if (!row || row.deleted_at) throw missing();
    return row;
  };
  const note = (tx: Queryable, id: string, by: string, action: WatchlistEvent['action'], detail: object) =>
    tx.query('INSERT INTO watchlist_events (list_id, actor, action, detail) VALUES ($1, $2, $3, $4)', [
      id,
      by,
      action,
      detail,
    ]);
  const aliasFree = (alias: string, id?: string): void => {
    checkAlias(alias);
    const other = [...records.values()].find(
      (row) => !row.deleted_at && row.id !== id && row.alias.toLowerCase() === alias.toLowerCase(),
    );
    if (other)
      throw new ParapetError(
        'alias_taken',
        409,
        `The watchlist '${other.name}' has the alias ${other.alias}.`,
        'Choose another alias, or upload into that list.',
      );
  };
  const room = (without?: string): number =>
    limits.items - [...records.values()].reduce((sum, row) => sum + (row.id === without ? 0 : Number(row.items)), 0);

  const refuseDuplicates = async (part: ListPart, duplicates: UploadRequest['duplicates']): Promise<number> => {
    const found = await items.duplicates(part, NAMED_KEYS);
    if (found.total === 0 || duplicates === 'keep') return found.total;
    const shown = found.keys.map(([key, rows]) => `${key.slice(0, 100)} (${rows} rows)`).join(', ');
    throw new ParapetError(
      'duplicate_keys',
      409,
      `${found.total} ${found.total === 1 ? 'key stands' : 'keys stand'} in more than one row: ${shown}${found.total > found.keys.length ? ', …' : ''}.`,
      'Remove the repetitions, choose another key column, or keep all rows.',
      { keys: found.keys.map(([key, rows]) => ({ key, rows })), total: found.total },
    );
  };

  /** Runs an upload into a fresh part and gives the part back empty when it fails. */
  const filled = async <T>(part: ListPart, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      await items.drop(part).catch(() => undefined);
      throw error;
    }
  };

  const insertRow = async (
    tx: Queryable,
    list: NewList & { id: string; columns: readonly string[]; count: number },
    by: string,
  ) => {
    const rows = await tx.query<Row>(
      `INSERT INTO watchlists (id, alias, name, description, columns, search_key, item_life_days, generation, last_generation, items, source, created_by, updated_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 1, $8, $9, $10, $10) RETURNING *`,
      [
        list.id,
        list.alias,
        list.name,
        list.description,
        JSON.stringify(list.columns),
        list.searchKey,
        list.itemLifeDays,
        list.count,
        list.source,
        by,
      ],
    );
    return rows[0] as Row;
  };

  const create = (
    list: NewList,
    by: string,
    fill: (part: ListPart) => Promise<{ columns: readonly string[]; count: number; duplicateKeys: number }>,
  ) => {
    aliasFree(list.alias);
    const id = randomUUID();
    const part = { list: id, generation: 1 };
    return inTurn(id, () =>
      filled(part, async (): Promise<WatchlistUploadResult> => {
        const { columns, count, duplicateKeys } = await fill(part);
        // While a large file was read somebody may have taken the alias.
        aliasFree(list.alias);
        const row = await db.transaction(async (tx) => {
          const made = await insertRow(tx, { ...list, id, columns, count }, by);
          await note(tx, id, by, 'created', { items: count, source: list.source });
          return made;
        });
        return { watchlist: toInfo(remember(row)), added: count, changed: 0, removed: 0, duplicateKeys };
      }),
    );
  };

  /** Moves a list on to a generation. */
  const moveTo = async (
    row: Row,
    generation: number,
    by: string,
    change: { readonly columns: readonly string[]; readonly items: number; readonly source: string },
    action: WatchlistEvent['action'],
    detail: object,
  ): Promise<Row> => {
    const moved = await db.transaction(async (tx) => {
      const rows = await tx.query<Row>(
        'UPDATE watchlists SET generation = $2, columns = $3, items = $4, source = $5, updated_by = $6, updated_at = now() WHERE id = $1 AND deleted_at IS NULL RETURNING *',
        [row.id, generation, JSON.stringify(change.columns), change.items, change.source, by],
      );
      if (!rows[0]) throw missing();
      await note(tx, row.id, by, action, detail);
      return rows[0];
    });
    remember(moved);
    await items.drop(partOf(row));
    return moved;
  };

  const nextPart = async (row: Row): Promise<ListPart> => {
    const rows = await db.query<{ last_generation: number }>(
      'UPDATE watchlists SET last_generation = last_generation + 1 WHERE id = $1 RETURNING last_generation',
      [row.id],
    );
    return { list: row.id, generation: rows[0]?.last_generation ?? 0 };
  };

  /** Counts again and says who changed a row. */
  const touched = async (row: Row, by: string, action: WatchlistEvent['action'], detail: object): Promise<void> => {
    const count = await items.count(partOf(row));
    const rows = await db.transaction(async (tx) => {
      await note(tx, row.id, by, action, detail);
      return tx.query<Row>(
        'UPDATE watchlists SET items = $2, updated_by = $3, updated_at = now() WHERE id = $1 RETURNING *',
        [row.id, count, by],
      );
    });
    if (rows[0]) remember(rows[0]);
  };

  return {
    limits,
    /** Lists as queries see them. */
    names: (): readonly Watchlist[] => named,
    /** @param deleted also those that can be brought back */
    list: (deleted = false): WatchlistInfo[] =>
      [...records.values()]
        .filter((row) => deleted || !row.deleted_at)
        .map(toInfo)
        .sort((a, b) => a.name.localeCompare(b.name)),
    get: (id: string): WatchlistInfo => toInfo(find(id)),

    createEmpty(request: WatchlistRequest, by: string): Promise<WatchlistUploadResult> {
      const columns = request.columns.map((name) => name.trim());
      checkColumns(columns);
      if (!columns.includes(request.searchKey))
        throw new ParapetError('no_search_key', 400, `There is no column named '${request.searchKey.slice(0, 100)}'.`);
      const list: NewList = {
        alias: request.alias,
        name: request.name.trim(),
        description: request.description ?? '',
        searchKey: request.searchKey,
        itemLifeDays: request.itemLifeDays ?? null,
        source: 'portal',
        format: 'csv',
        duplicates: 'refuse',
        stream: (async function* () {})(),
      };
      return create(list, by, async () => ({ columns, count: 0, duplicateKeys: 0 }));
    },

    createFrom: (list: NewList, by: string): Promise<WatchlistUploadResult> =>
      create(list, by, async (part) => {
        const loaded = await loadList(items, part, list.stream, { ...list, limits, room: room() });
        return { ...loaded, duplicateKeys: await refuseDuplicates(part, list.duplicates) };
      }),

    upload: (id: string, mode: WatchlistMode, request: UploadRequest, by: string): Promise<WatchlistUploadResult> =>
      inTurn(id, async () => {
        const row = find(id);
        const fresh = await nextPart(row);
        return filled(fresh, async () => {
          const { columns, count } = await loadList(items, fresh, request.stream, {
            format: request.format,
            limits,
            searchKey: row.search_key,
            columns: mode === 'replace' ? undefined : row.columns,
            room: room(mode === 'replace' ? id : undefined),
          });
          // Which of two rows with one key is the new one nobody can tell.
          const rule = mode === 'upsert' ? 'refuse' : request.duplicates;
          const duplicateKeys = await refuseDuplicates(fresh, rule);
          if (mode === 'replace') {
            const removed = Number(row.items);
            const detail = { items: count, removed, source: request.source };
            const moved = await moveTo(
              row,
              fresh.generation,
              by,
              { columns, items: count, source: request.source },
              'replaced',
              detail,
            );
            return { watchlist: toInfo(moved), added: count, changed: 0, removed, duplicateKeys };
          }
          const merged = await nextPart(row);
          return filled(merged, async () => {
            const common = await items.common(partOf(row), fresh);
            if (mode === 'append' && common && request.duplicates === 'refuse')
              throw new ParapetError(
                'duplicate_keys',
                409,
                `${common} ${common === 1 ? 'row of the file has a key' : 'rows of the file have keys'} that the list has already.`,
                'Update rows with the same key instead, or keep all rows.',
                { total: common },
              );
            const known = mode === 'append' ? 0 : common;
            await items.merge(partOf(row), fresh, merged, mode === 'append');
            const total = await items.count(merged);
            const detail = { added: count - known, changed: known, source: request.source };
            const moved = await moveTo(
              row,
              merged.generation,
              by,
              { columns: row.columns, items: total, source: row.source },
              mode === 'append' ? 'appended' : 'upserted',
              detail,
            );
            await items.drop(fresh);
            return { watchlist: toInfo(moved), added: count - known, changed: known, removed: 0, duplicateKeys };
          });
        });
      }),

    change: (
      id: string,
      change: WatchlistChange,
      by: string,
    ): Promise<{ before: WatchlistInfo; after: WatchlistInfo }> =>
      inTurn(id, async () => {
        const row = find(id);
        if (change.alias !== undefined) aliasFree(change.alias, id);
        const rows = await db.transaction(async (tx) => {
          await note(tx, id, by, 'changed', { ...change });
          return tx.query<Row>(
            'UPDATE watchlists SET alias = $2, name = $3, description = $4, item_life_days = $5, updated_by = $6, updated_at = now() WHERE id = $1 RETURNING *',
            [
              id,
              change.alias ?? row.alias,
              change.name?.trim() ?? row.name,
              change.description ?? row.description,
              change.itemLifeDays === undefined ? row.item_life_days : change.itemLifeDays,
              by,
            ],
          );
        });
        return { before: toInfo(row), after: toInfo(remember(rows[0] as Row)) };
      }),

    remove: (id: string, by: string): Promise<WatchlistInfo> =>
      inTurn(id, async () => {
        find(id);
        const rows = await db.transaction(async (tx) => {
          await note(tx, id, by, 'deleted', {});
          return tx.query<Row>('UPDATE watchlists SET deleted_at = now() WHERE id = $1 RETURNING *', [id]);
        });
        return toInfo(remember(rows[0] as Row));
      }),

    restore: (id: string, by: string): Promise<WatchlistInfo> =>
      inTurn(id, async () => {
        const row = records.get(id);
        if (!row?.deleted_at) throw missing();
        aliasFree(row.alias, id);
        const rows = await db.transaction(async (tx) => {
          await note(tx, id, by, 'restored', {});
          return tx.query<Row>('UPDATE watchlists SET deleted_at = NULL WHERE id = $1 RETURNING *', [id]);
        });
        return toInfo(remember(rows[0] as Row));
      }),

    ...createRows({ items, limits, find, inTurn, touched, room }),

    async history(id: string, limit: number): Promise<WatchlistEvent[]> {
      if (!records.has(id)) throw missing();
      const rows = await db.query<{
        id: number;
        at: Date;
        actor: string;
        action: WatchlistEvent['action'];
        detail: Record<string, unknown>;
      }>('SELECT id, at, actor, action, detail FROM watchlist_events WHERE list_id = $1 ORDER BY id DESC LIMIT $2', [
        id,
        limit,
      ]);
      return rows.map((row) => ({
        id: Number(row.id),
        at: row.at.toISOString(),
        by: row.actor,
        action: row.action,
        detail: row.detail,
      }));
    },

    close(): void {
      clearInterval(timer);
    },
  };
}
