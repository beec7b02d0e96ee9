/** One upload into one generation of a list. */
import { ParapetError, type WatchlistFormat, type WatchlistLimits } from '@parapet/schema';
import type { ListItems, ListPart } from '@parapet/store';
import { readList } from './parse.ts';

const BATCH = 20_000;
const NAMED = 10;

export interface LoadOptions {
  readonly format: WatchlistFormat;
  readonly limits: WatchlistLimits;
  readonly searchKey: string;
  /** Columns of the list that the file's must be among; undefined when the file decides. */
  readonly columns?: readonly string[] | undefined;
  /** Rows that may still be added before all lists together hold too many. */
  readonly room: number;
}

const quoteList = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

/**
 * Writes the rows of a file into a part.
 * @returns the columns of the list and the number of rows
 * @throws ParapetError what `readList` throws, and `unknown_columns`, `no_search_key`, `missing_keys`, `row_too_long`, `too_many_items`
 */
export async function loadList(
  items: ListItems,
  part: ListPart,
  stream: AsyncIterable<Uint8Array>,
  { format, limits, searchKey, columns, room }: LoadOptions,
): Promise<{ readonly columns: readonly string[]; readonly count: number }> {
  let names: readonly string[] = columns ?? [];
  /** Place in the list of each field of the file. */
  let places: number[] = [];
  let keyAt = -1;
  let rows: { key: string; cells: string[] }[] = [];
  let count = 0;
  const keyless: number[] = [];
  let withoutKey = 0;
  await readList(stream, format, limits, {
    columns(found) {
      if (!found.includes(searchKey))
        throw new ParapetError(
          'no_search_key',
          400,
          `The file has no column named '${searchKey}', which SearchKey is made of.`,
          `It has ${quoteList(found.slice(0, 20))}.`,
        );
      if (columns) {
        const unknown = found.filter((name) => !columns.includes(name));
        if (unknown.length)
          throw new ParapetError(
            'unknown_columns',
            400,
            `The list has no ${unknown.length === 1 ? 'column' : 'columns'} named ${quoteList(unknown.slice(0, 20))}.`,
            `It has ${quoteList(columns.slice(0, 20))}. Replacing the list may change its columns.`,
          );
      } else names = found;
      places = found.map((name) => names.indexOf(name));
      keyAt = found.indexOf(searchKey);
    },
    async row(fields, line) {
      const key = fields[keyAt] ?? '';
      if (key.trim() === '') {
        withoutKey++;
        if (keyless.length < NAMED) keyless.push(line);
        return;
      }
      const cells = new Array<string>(names.length).fill('');
      let bytes = 0;
      for (const [i, value] of fields.entries()) {
        cells[places[i]!] = value;
        bytes += Buffer.byteLength(value);
      }
      if (bytes > limits.rowBytes)
        throw new ParapetError(
          'row_too_long',
          400,
          `The row at line ${line} holds ${bytes} bytes; a row may hold ${limits.rowBytes}.`,
          undefined,
          { lines: [line] },
        );
      if (++count > room)
        throw new ParapetError(
          'too_many_items',
          400,
          `All watchlists together may hold ${limits.items} items; this file would make them more.`,
          'Remove lists or rows that are not needed.',
          { limit: limits.items },
        );
      rows.push({ key, cells });
      if (rows.length >= BATCH) {
        const full = rows;
        rows = [];
        await items.append(part, full);
      }
    },
  });
  if (withoutKey)
    throw new ParapetError(
      'missing_keys',
      400,
      `${withoutKey} ${withoutKey === 1 ? 'row has' : 'rows have'} no value in '${searchKey}'. Lines: ${keyless.join(', ')}${withoutKey > keyless.length ? ` and ${withoutKey - keyless.length} more` : ''}.`,
      'Every row needs its key.',
      { lines: keyless, total: withoutKey },
    );
  await items.append(part, rows);
  return { columns: names, count };
}
