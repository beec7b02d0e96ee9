/** Files of a watchlist as rows, read as they arrive: CSV and TSV with a header line, JSON as a list of objects or one a line. */
import { ParapetError, type WatchlistFormat, type WatchlistLimits } from '@parapet/schema';

export interface ListReader {
  /** Called once for separated formats, before the first row. */
  columns(names: readonly string[]): void;
  /** A row in the order of the columns; `line` counts from 1 and is where it begins. Awaited. */
  row(cells: readonly string[], line: number): Promise<void> | void;
}

/** Names that every list answers to by itself. */
const RESERVED = new Set(['_DTItemId', 'LastUpdatedTimeUTC']);
const MAX_COLUMNS = 200;
const MAX_NAME = 128;
/** JSON is taken whole. */
const JSON_BYTES = 64 * 2 ** 20;
/** Line numbers that an error names. */
const NAMED = 10;

const bad = (code: string, message: string, hint?: string, details?: unknown): ParapetError =>
  new ParapetError(code, 400, message, hint, details);

/** @throws ParapetError `bad_columns` */
export function checkColumns(names: readonly string[]): void {
  const problem = (): string | undefined => {
    if (names.length === 0) return 'The list has no columns.';
    if (names.length > MAX_COLUMNS) return `The list has ${names.length} columns; at most ${MAX_COLUMNS} are possible.`;
    const seen = new Set<string>();
    for (const [i, name] of names.entries()) {
      if (name.trim() === '') return `Column ${i + 1} has no name.`;
      if (name.length > MAX_NAME) return `The name of column ${i + 1} is longer than ${MAX_NAME} characters.`;
      if (RESERVED.has(name)) return `The name ${name} is taken: every list has it.`;
      if (seen.has(name)) return `Two columns are named ${name}.`;
      seen.add(name);
    }
    return undefined;
  };
  const message = problem();
  if (message) throw bad('bad_columns', message, 'The first line of the file names the columns, each once.');
}

/** Text of bytes: UTF-8, or UTF-16 when a byte-order mark says so, as spreadsheets write it. */
async function* texts(stream: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<string> {
  let decoder: { decode(bytes?: Uint8Array, options?: { stream: boolean }): string } | undefined;
  let head = Buffer.alloc(0);
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > most)
      throw new ParapetError(
        'upload_too_large',
        413,
        `The file is larger than ${most} bytes.`,
        'Split the list, or raise --watchlist-upload-bytes.',
        { limit: most },
      );
    if (decoder) {
      yield decoder.decode(chunk, { stream: true });
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < 2) continue;
    const mark = head.readUInt16BE(0);
    decoder = new TextDecoder(mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8');
    yield decoder.decode(head, { stream: true });
  }
  if (decoder) yield decoder.decode();
  else if (head.length) yield head.toString('utf8');
}

/** Collects the lines that are wrong, so that all are told at once. */
class Wrong {
  readonly lines: number[] = [];
  total = 0;

  add(line: number): void {
    this.total++;
    if (this.lines.length < NAMED) this.lines.push(line);
  }

  text(): string {
    return `${this.lines.join(', ')}${this.total > this.lines.length ? ` and ${this.total - this.lines.length} more` : ''}`;
  }
}

/** Records of separated values: quotes keep separators and line ends, two quotes inside them are one. */
class Records {
  /** Line that the record being read began at, and the line now. */
  private from = 1;
  private line = 1;
  private fields: string[] = [];
  private field = '';
  private quoted = false;
  /** A quote was closed, or may be the first of two. */
  private closing = false;
  private length = 0;
  private readonly separator: string;
  private readonly limit: number;

  constructor(separator: string, limit: number) {
    this.separator = separator;
    this.limit = limit;
  }

  *push(text: string): Generator<{ fields: string[]; line: number; length: number }> {
    for (let i = 0; i < text.length; i++) {
      const c = text[i]!;
      if (c === '\n') this.line++;
      if (this.closing) {
        this.closing = false;
        if (c === '"') {
          this.field += c;
          continue;
        }
        this.quoted = false;
      }
      if (this.quoted) {
        if (c === '"') this.closing = true;
        else this.field += c;
      } else if (c === '"' && this.field === '') this.quoted = true;
      else if (c === this.separator) this.endField();
      else if (c === '\n') {
        const record = this.end();
        if (record) yield record;
        this.from = this.line;
        continue;
      } else this.field += c;
      if (++this.length > this.limit)
        throw bad(
          'row_too_long',
          `The row that begins at line ${this.from} is longer than ${this.limit} characters.`,
          'Shorten it. A quote that is opened and never closed also makes a row go on.',
          { lines: [this.from] },
        );
    }
  }

  *finish(): Generator<{ fields: string[]; line: number; length: number }> {
    if (this.quoted && !this.closing)
      throw bad('open_quote', `A quote opened in the row at line ${this.from} is never closed.`, undefined, {
        lines: [this.from],
      });
    const record = this.end();
    if (record) yield record;
  }

  private endField(): void {
    this.fields.push(this.field);
    this.field = '';
  }

  private end(): { fields: string[]; line: number; length: number } | undefined {
    if (this.field.endsWith('\r')) this.field = this.field.slice(0, -1);
    this.endField();
    const record = { fields: this.fields, line: this.from, length: this.length };
    this.fields = [];
    this.length = 0;
    this.quoted = false;
    this.closing = false;
    return record.fields.length === 1 && record.fields[0] === '' ? undefined : record;
  }
}

async function separated(
  stream: AsyncIterable<Uint8Array>,
  format: 'csv' | 'tsv',
  limits: WatchlistLimits,
  reader: ListReader,
): Promise<void> {
  let records: Records | undefined;
  let names: readonly string[] | undefined;
  let pending = '';
  const ragged = new Wrong();
  const take = async (found: Iterable<{ fields: string[]; line: number }>): Promise<void> => {
    for (const { fields, line } of found) {
      if (!names) {
        names = fields.map((field) => field.trim());
        checkColumns(names);
        reader.columns(names);
      } else if (fields.length !== names.length) ragged.add(line);
      else if (ragged.total === 0) await reader.row(fields, line);
    }
  };
  for await (const text of texts(stream, limits.uploadBytes)) {
    if (!records) {
      pending += text;
      // The separator is told by the header line: spreadsheets write `;` where a comma marks decimals.
      if (!pending.includes('\n') && pending.length < limits.lineCharacters) continue;
      const header = pending.split('\n', 1)[0] ?? '';
      records = new Records(
        format === 'tsv' ? '\t' : !header.includes(',') && header.includes(';') ? ';' : ',',
        limits.lineCharacters,
      );
      await take(records.push(pending));
    } else await take(records.push(text));
  }
  if (!records) {
    records = new Records(format === 'tsv' ? '\t' : ',', limits.lineCharacters);
    await take(records.push(pending));
  }
  await take(records.finish());
  if (!names) throw bad('empty_file', 'The file is empty.', 'The first line names the columns.');
  if (ragged.total)
    throw bad(
      'ragged_rows',
      `${ragged.total} ${ragged.total === 1 ? 'row does' : 'rows do'} not have the ${names.length} fields of the header. Lines: ${ragged.text()}.`,
      'Put values that hold the separator in double quotes.',
      { lines: ragged.lines, total: ragged.total, fields: names.length },
    );
}

const cellOf = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);

async function objects(stream: AsyncIterable<Uint8Array>, limits: WatchlistLimits, reader: ListReader): Promise<void> {
  let text = '';
  for await (const part of texts(stream, Math.min(limits.uploadBytes, JSON_BYTES))) text += part;
  if (text.trim() === '')
    throw bad('empty_file', 'The file is empty.', 'It holds a list of objects, or one object a line.');
  const documents: { value: unknown; line: number }[] = [];
  try {
    const whole: unknown = JSON.parse(text);
    for (const value of Array.isArray(whole) ? whole : [whole]) documents.push({ value, line: documents.length + 1 });
  } catch {
    for (const [i, line] of text.split('\n').entries()) {
      if (line.trim() === '') continue;
      try {
        documents.push({ value: JSON.parse(line), line: i + 1 });
      } catch {
        throw bad('bad_json', `Line ${i + 1} is no JSON.`, 'Send a list of objects, or one object a line.', {
          lines: [i + 1],
        });
      }
    }
  }
  const names: string[] = [];
  const known = new Map<string, number>();
  const noObject = new Wrong();
  for (const { value, line } of documents) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      noObject.add(line);
      continue;
    }
    for (const name of Object.keys(value))
      if (!known.has(name)) {
        known.set(name, names.length);
        names.push(name);
      }
  }
  if (noObject.total)
    throw bad('bad_json', `These entries are no objects: ${noObject.text()}.`, 'Each entry is one row.', {
      lines: noObject.lines,
      total: noObject.total,
    });
  checkColumns(names);
  reader.columns(names);
  for (const { value, line } of documents) {
    const cells = names.map((name) => cellOf((value as Record<string, unknown>)[name]));
    await reader.row(cells, line);
  }
}

/**
 * Reads a file of rows.
 * @throws ParapetError `ragged_rows` (details: the first ten line numbers), `bad_columns`, `row_too_long`, `open_quote`,
 *   `empty_file`, `bad_json`, `upload_too_large`
 */
export async function readList(
  stream: AsyncIterable<Uint8Array>,
  format: WatchlistFormat,
  limits: WatchlistLimits,
  reader: ListReader,
): Promise<void> {
  if (format === 'json') await objects(stream, limits, reader);
  else await separated(stream, format, limits, reader);
}
