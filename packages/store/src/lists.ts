/**
 * Rows of lists that people keep beside telemetry, in one table of the engine. A list is read at one generation: a new
 * upload fills the next one while the old one answers, and whoever keeps the list's record then moves on to it.
 */
import type { KqlColumn, SqlParam } from '@parapet/kql';
import { quoteIdentifier, quoteString } from './sql.ts';
import type { TelemetryStore } from './types.ts';

const DATABASE = 'lists';
const TABLE = `${DATABASE}.items`;
const PER_INSERT = 20_000;

/** A list at one generation. */
export interface ListPart {
  /** Letters, digits and dashes. */
  readonly list: string;
  readonly generation: number;
}

export interface ListItem {
  readonly id: string;
  /** ISO instant. */
  readonly updated: string;
  readonly key: string;
  /** May be shorter than the list has columns: the rest is empty. */
  readonly cells: readonly string[];
}

export interface ListPage {
  readonly items: readonly (ListItem & { readonly expired: boolean })[];
  readonly total: number;
}

export interface ListItems {
  /** Adds rows in their order; ids are made. */
  append(part: ListPart, rows: readonly { readonly key: string; readonly cells: readonly string[] }[]): Promise<void>;
  /** Writes one row under its id, whatever was there; `deleted` hides it. */
  put(part: ListPart, item: ListItem, deleted?: boolean): Promise<void>;
  /** One row, also a deleted one. */
  get(part: ListPart, id: string): Promise<(ListItem & { readonly deleted: boolean }) | undefined>;
  count(part: ListPart): Promise<number>;
  /** Keys that several rows have, the commonest first, with the number of rows. */
  duplicates(part: ListPart, most: number): Promise<{ readonly keys: [string, number][]; readonly total: number }>;
  /** True when another row than `id` has the key. */
  hasKey(part: ListPart, key: string, id: string): Promise<boolean>;
  /**
   * Fills `into` with the rows of `old` changed by those of `fresh`: same keys are replaced under their id, others added.
   * With `both` nothing is replaced.
   */
  merge(old: ListPart, fresh: ListPart, into: ListPart, both?: boolean): Promise<void>;
  /** How many rows of `fresh` have keys that `old` has too. */
  common(old: ListPart, fresh: ListPart): Promise<number>;
  page(
    part: ListPart,
    options: {
      readonly offset: number;
      readonly limit: number;
      readonly search?: string;
      /** Column to sort by, from 0; without it in the order of the file. */
      readonly sort?: number;
      readonly descending?: boolean;
      readonly lifeSeconds?: number;
    },
  ): Promise<ListPage>;
  drop(part: ListPart): Promise<void>;
  /** Every generation that has rows. */
  parts(): Promise<ListPart[]>;
}

function checked({ list, generation }: ListPart): { list: string; generation: number } {
  if (!/^[A-Za-z0-9-]{1,64}$/.test(list) || !Number.isSafeInteger(generation) || generation < 0)
    throw new Error('This is no part of a list.');
  return { list, generation };
}

const where = (part: ListPart): string => {
  const { list, generation } = checked(part);
  return `list = ${quoteString(list)} AND generation = ${generation}`;
};

/** Life of rows after their last change, as a condition. */
const alive = (seconds: number | undefined): string =>
  seconds === undefined ? '1' : `updated > now64(7) - toIntervalSecond(${Math.max(0, Math.floor(seconds))})`;

/** What a query reads a list from: its columns for the compiler, and the quoted source. */
export function listSource(
  part: ListPart,
  columns: readonly string[],
  lifeSeconds?: number,
): { readonly columns: readonly KqlColumn[]; readonly physical: string } {
  return {
    columns: [
      ...columns.map((name, i): KqlColumn => ({ name, type: 'string', sql: `${quoteIdentifier('cells')}[${i + 1}]` })),
      ...[
        { name: '_DTItemId', type: 'string', sql: quoteIdentifier('item') } as const,
        { name: 'LastUpdatedTimeUTC', type: 'datetime', sql: quoteIdentifier('updated'), notNull: true } as const,
        { name: 'SearchKey', type: 'string', sql: quoteIdentifier('key') } as const,
      ].filter((c) => !columns.includes(c.name)),
    ],
    physical: `(SELECT item, updated, key, cells FROM ${TABLE} FINAL WHERE ${where(part)} AND ${alive(lifeSeconds)})`,
  };
}

export async function createListItems(store: TelemetryStore): Promise<ListItems> {
  await store.command(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`);
  await store.command(
    `CREATE TABLE IF NOT EXISTS ${TABLE} (list String, generation UInt32, item String DEFAULT toString(generateUUIDv4()),
      position UInt64, version UInt64, deleted UInt8 DEFAULT 0, updated DateTime64(7, 'UTC'), key String, cells Array(String))
     ENGINE = ReplacingMergeTree(version, deleted) PARTITION BY (list, generation) ORDER BY (list, generation, item)
     SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
  );
  let last = 0;
  /** Grows with every call, also within a millisecond and after a restart. */
  const next = (): number => {
    last = Math.max(last + 1, Date.now() * 1000);
    return last;
  };
  const numbers = async (sql: string, params = {}): Promise<number[]> =>
    ((await store.query(sql, { params })).rows[0] ?? []).map(Number);
  const iso = (text: unknown): string => `${String(text).replace(' ', 'T').slice(0, 23)}Z`;
  const text = (value: string) => ({ type: 'String', value });

  const insert = async (part: ListPart, rows: readonly Record<string, unknown>[]): Promise<void> => {
    const { list, generation } = checked(part);
    for (let i = 0; i < rows.length; i += PER_INSERT)
      await store.insertLines(
        TABLE,
        rows.slice(i, i + PER_INSERT).map((row) => JSON.stringify({ list, generation, ...row })),
      );
  };

  return {
    async append(part, rows) {
      const updated = new Date().toISOString();
      await insert(
        part,
        rows.map(({ key, cells }) => {
          const version = next();
          return { position: version, version, updated, key, cells };
        }),
      );
    },

    async put(part, item, deleted = false) {
      const [position = 0] = await numbers(
        `SELECT max(position) FROM ${TABLE} WHERE ${where(part)} AND item = {item:String}`,
        { item: text(item.id) },
      );
      const version = next();
      await insert(part, [
        {
          item: item.id,
          position: position || version,
          version,
          deleted: deleted ? 1 : 0,
          updated: item.updated,
          key: item.key,
          cells: item.cells,
        },
      ]);
    },

    async get(part, id) {
      // Not FINAL: a row that was deleted is still found, to be brought back.
      const { rows } = await store.query(
        `SELECT item, updated, key, cells, deleted FROM ${TABLE} WHERE ${where(part)} AND item = {item:String} ORDER BY version DESC LIMIT 1`,
        { params: { item: text(id) } },
      );
      const row = rows[0];
      return (
        row && {
          id: String(row[0]),
          updated: iso(row[1]),
          key: String(row[2]),
          cells: row[3] as string[],
          deleted: Number(row[4]) === 1,
        }
      );
    },

    async count(part) {
      return (await numbers(`SELECT count() FROM ${TABLE} FINAL WHERE ${where(part)}`))[0] ?? 0;
    },

    async duplicates(part, most) {
      const { rows } = await store.query(
        `SELECT key, count() AS n, count() OVER () FROM ${TABLE} FINAL WHERE ${where(part)} GROUP BY key HAVING n > 1 ORDER BY n DESC, key LIMIT ${Math.floor(most)}`,
      );
      return {
        keys: rows.map((row): [string, number] => [String(row[0]), Number(row[1])]),
        total: Number(rows[0]?.[2] ?? 0),
      };
    },

    async hasKey(part, key, id) {
      const found = await numbers(
        `SELECT count() FROM ${TABLE} FINAL WHERE ${where(part)} AND key = {key:String} AND item != {item:String}`,
        { key: text(key), item: text(id) },
      );
      return (found[0] ?? 0) > 0;
    },

    async common(old, fresh) {
      const found = await numbers(
        `SELECT count() FROM ${TABLE} FINAL WHERE ${where(fresh)} AND key IN (SELECT key FROM ${TABLE} FINAL WHERE ${where(old)})`,
      );
      return found[0] ?? 0;
    },

    async merge(old, fresh, into, both = false) {
      const target = checked(into);
      const fields = 'list, generation, item, position, version, deleted, updated, key, cells';
      if (both) {
        for (const part of [old, fresh])
          await store.command(
            `INSERT INTO ${TABLE} (${fields})
             SELECT list, ${target.generation}, item, position, version, 0, updated, key, cells FROM ${TABLE} FINAL WHERE ${where(part)}`,
          );
        return;
      }
      await store.command(
        `INSERT INTO ${TABLE} (${fields})
         SELECT list, ${target.generation}, item, position, version, 0, updated, key, cells FROM ${TABLE} FINAL
         WHERE ${where(old)} AND key NOT IN (SELECT key FROM ${TABLE} FINAL WHERE ${where(fresh)})`,
      );
      await store.command(
        `INSERT INTO ${TABLE} (${fields})
         SELECT f.list, ${target.generation}, if(o.item = '', f.item, o.item), if(o.item = '', f.position, o.position), f.version, 0, f.updated, f.key, f.cells
         FROM (SELECT * FROM ${TABLE} FINAL WHERE ${where(fresh)}) AS f
         LEFT ANY JOIN (SELECT item, position, key FROM ${TABLE} FINAL WHERE ${where(old)}) AS o ON f.key = o.key`,
      );
    },

    async page(part, { offset, limit, search = '', sort, descending = false, lifeSeconds }) {
      const matches =
        search === '' ? '1' : 'arrayExists(c -> positionCaseInsensitiveUTF8(c, {search:String}) > 0, cells)';
      const order =
        sort === undefined ? 'position' : `cells[${Math.floor(sort) + 1}] ${descending ? 'DESC' : 'ASC'}, position`;
      const params: Record<string, SqlParam> = search === '' ? {} : { search: text(search) };
      const [total = 0] = await numbers(
        `SELECT count() FROM ${TABLE} FINAL WHERE ${where(part)} AND ${matches}`,
        params,
      );
      const { rows } = await store.query(
        `SELECT item, updated, key, cells, ${alive(lifeSeconds)} FROM ${TABLE} FINAL
         WHERE ${where(part)} AND ${matches} ORDER BY ${order} LIMIT ${Math.floor(limit)} OFFSET ${Math.floor(offset)}`,
        { params },
      );
      return {
        total,
        items: rows.map((row) => ({
          id: String(row[0]),
          updated: iso(row[1]),
          key: String(row[2]),
          cells: row[3] as string[],
          expired: Number(row[4]) === 0,
        })),
      };
    },

    async drop(part) {
      const { list, generation } = checked(part);
      await store.command(`ALTER TABLE ${TABLE} DROP PARTITION (${quoteString(list)}, ${generation})`);
    },

    async parts() {
      const { rows } = await store.query(`SELECT DISTINCT list, generation FROM ${TABLE}`, { lane: 'background' });
      return rows.map((row) => ({ list: String(row[0]), generation: Number(row[1]) }));
    },
  };
}
