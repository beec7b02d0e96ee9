/** Records of watchlists, their rows as cells, and the errors that both have. */
import {
  ParapetError,
  WATCHLIST_ALIAS,
  type WatchlistInfo,
  type WatchlistItem,
  type WatchlistLimits,
} from '@parapet/schema';
import type { ListItem, ListPart } from '@parapet/store';

const DAY_SECONDS = 86_400;

/** A list as the state database keeps it. */
export interface Row {
  id: string;
  alias: string;
  name: string;
  description: string;
  columns: string[];
  search_key: string;
  item_life_days: number | null;
  generation: number;
  last_generation: number;
  items: number;
  source: string;
  created_by: string;
  created_at: Date;
  updated_by: string;
  updated_at: Date;
  deleted_at: Date | null;
}

export const toInfo = (row: Row): WatchlistInfo => ({
  id: row.id,
  alias: row.alias,
  name: row.name,
  description: row.description,
  columns: row.columns,
  searchKey: row.search_key,
  itemLifeDays: row.item_life_days,
  items: Number(row.items),
  source: row.source,
  createdBy: row.created_by,
  createdAt: row.created_at.toISOString(),
  updatedBy: row.updated_by,
  updatedAt: row.updated_at.toISOString(),
  deletedAt: row.deleted_at?.toISOString() ?? null,
});

export const partOf = (row: Row): ListPart => ({ list: row.id, generation: row.generation });
/** Seconds that rows count after their last change. */
export const lifeOf = (row: Row): number | undefined =>
  row.item_life_days === null ? undefined : row.item_life_days * DAY_SECONDS;

export const missing = (): ParapetError => new ParapetError('watchlist_not_found', 404, 'There is no such watchlist.');
export const noItem = (): ParapetError =>
  new ParapetError('item_not_found', 404, 'There is no such row in this watchlist.');
export const duplicateKey = (key: string): ParapetError =>
  new ParapetError(
    'duplicate_key',
    409,
    `Another row has the key '${key.slice(0, 200)}'.`,
    'Change that row, or give this one another key.',
  );

/** @throws ParapetError `bad_alias` */
export function checkAlias(alias: string): void {
  if (new RegExp(WATCHLIST_ALIAS).test(alias)) return;
  const why = /\s/.test(alias)
    ? 'An alias has no blanks.'
    : 'An alias has 3 to 64 letters, digits, hyphens and underscores, and begins and ends with a letter or digit.';
  throw new ParapetError(
    'bad_alias',
    400,
    `'${alias.slice(0, 100)}' cannot be an alias. ${why}`,
    'For example: vip_users',
  );
}

/** Cells of a row from values by column name; columns that are not given keep what was before. */
export const cellsOf = (
  row: Row,
  given: Readonly<Record<string, string>>,
  limits: WatchlistLimits,
  before: readonly string[] = [],
): string[] => {
  const unknown = Object.keys(given).filter((name) => !row.columns.includes(name));
  if (unknown.length)
    throw new ParapetError(
      'unknown_columns',
      400,
      `The list has no column named '${unknown[0]?.slice(0, 100)}'.`,
      `It has ${row.columns.slice(0, 20).join(', ')}.`,
    );
  const cells = row.columns.map((name, i) => given[name] ?? before[i] ?? '');
  const bytes = cells.reduce((sum, cell) => sum + Buffer.byteLength(cell), 0);
  if (bytes > limits.rowBytes)
    throw new ParapetError('row_too_long', 400, `The row holds ${bytes} bytes; a row may hold ${limits.rowBytes}.`);
  return cells;
};
/** @throws ParapetError `missing_keys` */
export const keyOf = (row: Row, cells: readonly string[]): string => {
  const key = cells[row.columns.indexOf(row.search_key)] ?? '';
  if (key.trim() === '')
    throw new ParapetError('missing_keys', 400, `The column '${row.search_key}' is the key; it needs a value.`);
  return key;
};
export const withNames = (row: Row, cells: readonly string[]): Record<string, string> =>
  Object.fromEntries(row.columns.map((name, i) => [name, cells[i] ?? '']));
export const toItem = (row: Row, item: ListItem): WatchlistItem => ({
  id: item.id,
  updatedAt: item.updated,
  cells: row.columns.map((_, i) => item.cells[i] ?? ''),
  expired: lifeOf(row) !== undefined && Date.parse(item.updated) + (lifeOf(row) ?? 0) * 1000 < Date.now(),
});
