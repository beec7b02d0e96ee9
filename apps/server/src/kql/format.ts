/** Result tables for people and for other programs. */
import type { KqlType } from '@parapet/kql';
import { cellJson } from './values.ts';

export interface PrintedTable {
  readonly columns: readonly { readonly name: string; readonly type: KqlType }[];
  readonly rows: readonly (readonly unknown[])[];
}

export const FORMATS = ['table', 'json', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

/** Characters of a cell in the table format; what is longer is cut and marked. */
const WIDEST = 80;
const NUMBERS: ReadonlySet<KqlType> = new Set(['int', 'long', 'real', 'decimal']);

/** A cell as plain text: JSON for dynamic values, nothing for null. */
function plain(value: unknown, type: KqlType): string {
  if (value === null || value === undefined) return '';
  return type === 'dynamic' && typeof value !== 'string' ? cellJson(value, type) : String(value);
}

/** Control characters would move the cursor or colour the terminal. */
const visible = (text: string): string =>
  text
    .replace(/\r?\n/g, '⏎')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, '·');

const length = (text: string): number => [...text].length;

function cut(text: string): string {
  return length(text) > WIDEST ? `${[...text].slice(0, WIDEST - 1).join('')}…` : text;
}

function* tableLines({ columns, rows }: PrintedTable): Generator<string> {
  const cells = rows.map((row) => columns.map((column, index) => cut(visible(plain(row[index], column.type)))));
  const heads = columns.map((column) => cut(visible(column.name)));
  const widths = heads.map((head, index) =>
    cells.reduce((widest, row) => Math.max(widest, length(row[index] ?? '')), length(head)),
  );
  const line = (of: readonly string[], isHead = false): string =>
    of
      .map((cell, index) => {
        const gap = ' '.repeat((widths[index] ?? 0) - length(cell));
        return NUMBERS.has(columns[index]?.type ?? 'string') && !isHead ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd();
  yield line(heads, true);
  yield widths.map((width) => '-'.repeat(width)).join('  ');
  for (const row of cells) yield line(row);
}

function* jsonLines({ columns, rows }: PrintedTable): Generator<string> {
  if (rows.length === 0) {
    yield '[]';
    return;
  }
  for (const [index, row] of rows.entries()) {
    const fields = columns.map((column, i) => `${JSON.stringify(column.name)}:${cellJson(row[i], column.type)}`);
    yield `${index === 0 ? '[' : ' '}{${fields.join(',')}}${index === rows.length - 1 ? ']' : ','}`;
  }
}

const csvCell = (text: string): string => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function* csvLines({ columns, rows }: PrintedTable): Generator<string> {
  yield columns.map((column) => csvCell(column.name)).join(',');
  for (const row of rows) yield columns.map((column, index) => csvCell(plain(row[index], column.type))).join(',');
}

/** Lines of one result table. */
export function printTable(table: PrintedTable, format: Format): Iterable<string> {
  return format === 'json' ? jsonLines(table) : format === 'csv' ? csvLines(table) : tableLines(table);
}
