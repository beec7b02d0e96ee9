import type { HuntResult, KqlType } from '@parapet/schema/wire';

/**
 * First characters that make a spreadsheet read text as a formula. A cell of telemetry that begins so is quoted with an
 * apostrophe: an attacker chooses file names and user agents, and must not choose what an analyst's spreadsheet runs.
 */
const FORMULA_START = /^[=+\-@\t\r\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}]/u;

const NUMERIC: ReadonlySet<KqlType> = new Set(['int', 'long', 'real', 'decimal']);

/** One cell as text: JSON for dynamic values, empty for null. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

function csvCell(value: unknown, type: KqlType): string {
  let text = cellText(value);
  const isNumber = NUMERIC.has(type) && /^-?(?:\d|Infinity|NaN)/.test(text);
  if (!isNumber && FORMULA_START.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

type Columns = HuntResult['columns'];
type Rows = HuntResult['rows'];

/**
 * RFC 4180 text with a header line, in pieces of some thousand rows so that a large result never is one string.
 * @param order row indices in the order to write; all rows when absent
 */
export function csvChunks(columns: Columns, rows: Rows, order?: Iterable<number>): string[] {
  const chunks = [`${columns.map((column) => csvCell(column.name, 'string')).join(',')}\r\n`];
  let lines: string[] = [];
  const flush = () => {
    if (lines.length > 0) chunks.push(lines.join(''));
    lines = [];
  };
  for (const index of order ?? rows.keys()) {
    const row = rows[index];
    if (!row) continue;
    lines.push(`${columns.map((column, position) => csvCell(row[position], column.type)).join(',')}\r\n`);
    if (lines.length === 5_000) flush();
  }
  flush();
  return chunks;
}

/** A JSON array of objects keyed by column name, in pieces. A repeated column name gets a number. */
export function jsonChunks(columns: Columns, rows: Rows, order?: Iterable<number>): string[] {
  const names = uniqueNames(columns);
  const chunks = ['[\n'];
  let first = true;
  for (const index of order ?? rows.keys()) {
    const row = rows[index];
    if (!row) continue;
    const record = Object.fromEntries(names.map((name, position) => [name, row[position] ?? null]));
    chunks.push(`${first ? '' : ',\n'}${JSON.stringify(record)}`);
    first = false;
  }
  chunks.push('\n]\n');
  return chunks;
}

/** Names of columns with a number behind those that repeat. */
export function uniqueNames(columns: Columns): string[] {
  const seen = new Map<string, number>();
  return columns.map(({ name }) => {
    const times = seen.get(name) ?? 0;
    seen.set(name, times + 1);
    return times === 0 ? name : `${name}_${times + 1}`;
  });
}

/** Offer the pieces as a file. */
export function download(fileName: string, mimeType: string, chunks: readonly BlobPart[]): void {
  const url = URL.createObjectURL(new Blob([...chunks], { type: mimeType }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // The browser needs the address until it has begun to read it.
  setTimeout(() => URL.revokeObjectURL(url), 30_000);
}
