import type { HuntResult, KqlType } from '@parapet/schema/wire';
import { cellText } from './csv.ts';

/**
 * The grid's arithmetic, without React: 100,000 rows stay the arrays the server sent; sorting and filtering only
 * produce an array of row numbers.
 */

export type Columns = HuntResult['columns'];
export type Rows = HuntResult['rows'];

export interface SortKey {
  readonly column: number;
  readonly descending: boolean;
}

/** A filter over the returned set: rows whose cell text is (or is not) one of the values. */
export interface ValueFilter {
  readonly column: number;
  readonly exclude: boolean;
  readonly values: readonly string[];
}

const NUMERIC: ReadonlySet<KqlType> = new Set(['int', 'long', 'real', 'decimal', 'bool']);

export function isNumeric(type: KqlType): boolean {
  return NUMERIC.has(type);
}

export function isEmptyCell(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value as object).length === 0;
}

/** `1.02:03:04.5` → 93784.5; the wire form of timespans does not sort as text. */
export function timespanSeconds(text: string): number {
  const match = /^(-)?(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(text);
  if (!match) return Number.NaN;
  const seconds = Number(match[2] ?? 0) * 86_400 + Number(match[3]) * 3600 + Number(match[4]) * 60 + Number(match[5]);
  return match[1] ? -seconds : seconds;
}

/** Row numbers that pass the filters and hold the search text, in their original order. */
export function filterRows(rows: Rows, filters: readonly ValueFilter[], search = ''): number[] {
  const needle = search.trim().toLowerCase();
  const tests = filters.map((filter) => ({ ...filter, values: new Set(filter.values) }));
  const kept: number[] = [];
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index]!;
    if (!tests.every((test) => test.values.has(cellText(row[test.column])) !== test.exclude)) continue;
    if (needle && !row.some((cell) => cellText(cell).toLowerCase().includes(needle))) continue;
    kept.push(index);
  }
  return kept;
}

/** Sort row numbers by the keys; equal rows keep their order; empty cells come last in both directions. */
export function sortRows(order: readonly number[], columns: Columns, rows: Rows, keys: readonly SortKey[]): number[] {
  if (keys.length === 0) return [...order];
  const prepared = keys.map((key) => {
    const type = columns[key.column]?.type ?? 'string';
    const values = new Map<number, number | string | null>();
    for (const index of order) values.set(index, sortable(rows[index]![key.column], type));
    return { ...key, values };
  });
  return [...order].sort((left, right) => {
    for (const { values, descending } of prepared) {
      const a = values.get(left)!;
      const b = values.get(right)!;
      if (a === b) continue;
      if (a === null) return 1;
      if (b === null) return -1;
      return a < b === descending ? 1 : -1;
    }
    return left - right;
  });
}

function sortable(value: unknown, type: KqlType): number | string | null {
  if (isEmptyCell(value)) return null;
  if (isNumeric(type)) {
    const number = Number(value);
    return Number.isNaN(number) ? null : number;
  }
  if (type === 'timespan') return timespanSeconds(String(value));
  return cellText(value).toLowerCase();
}

/** Distinct values of a column with their counts, most frequent first. */
export function valueCounts(
  rows: Rows,
  column: number,
  order?: Iterable<number>,
): { readonly value: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const index of order ?? rows.keys()) {
    const text = cellText(rows[index]![column]);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

/** Rows that share a value, with the place of their first row among the shown ones. */
export interface RowGroup {
  readonly value: string;
  readonly rows: readonly number[];
}

/** Rows by the value of a column, largest group first; inside a group they keep their order. */
export function groupRows(rows: Rows, column: number, order: Iterable<number>): RowGroup[] {
  const groups = new Map<string, number[]>();
  for (const index of order) {
    const value = cellText(rows[index]![column]);
    const group = groups.get(value);
    if (group) group.push(index);
    else groups.set(value, [index]);
  }
  return [...groups]
    .map(([value, members]) => ({ value, rows: members }))
    .sort((a, b) => b.rows.length - a.rows.length || (a.value < b.value ? -1 : 1));
}

/**
 * Lines of a grouped grid: a row number, or `-1 - n` for the heading of group n. Members of closed groups have no line.
 */
export function groupLines(groups: readonly RowGroup[], open: ReadonlySet<string>): number[] {
  const lines: number[] = [];
  groups.forEach((group, index) => {
    lines.push(-1 - index);
    if (open.has(group.value)) for (const row of group.rows) lines.push(row);
  });
  return lines;
}

/** Tab-separated text with a heading, as spreadsheets take it from the clipboard. */
export function tabbed(columns: Columns, rows: Rows, shown: readonly number[], order: Iterable<number>): string {
  const clean = (text: string): string => text.replace(/[\t\r\n]+/g, ' ');
  const lines = [shown.map((index) => clean(columns[index]!.name)).join('\t')];
  for (const row of order) lines.push(shown.map((index) => clean(cellText(rows[row]![index]))).join('\t'));
  return lines.join('\n');
}

/** Columns in which every row is empty. */
export function emptyColumns(columns: Columns, rows: Rows): Set<number> {
  const empty = new Set<number>();
  columns.forEach((_, column) => {
    if (rows.every((row) => isEmptyCell(row[column]))) empty.add(column);
  });
  return empty;
}

/** A first width from the column's name, type and its first rows, in CSS pixels. */
export function initialWidth(column: Columns[number], index: number, rows: Rows): number {
  const header = column.name.length * 7.4 + 44;
  if (column.type === 'datetime') return Math.max(196, header);
  if (isNumeric(column.type)) return Math.max(84, header);
  let longest = 0;
  for (let row = 0; row < Math.min(rows.length, 60); row += 1)
    longest = Math.max(longest, Math.min(cellText(rows[row]![index]).length, 60));
  return Math.round(Math.min(380, Math.max(header, longest * 7 + 24, 84)));
}

/** A row as a record, for the inspect pane and for entities. A repeated name keeps its first value. */
export function rowRecord(columns: Columns, row: readonly unknown[]): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  columns.forEach((column, index) => {
    if (!(column.name in record)) record[column.name] = row[index];
  });
  return record;
}
