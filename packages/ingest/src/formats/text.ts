import { Readable } from 'node:stream';
import { delimitedForm, readDelimited } from './delimited.ts';
import { withHead } from './records.ts';
import type { Found } from './types.ts';
import { isW3c, readW3c } from './w3c.ts';
import { isZeekTsv, readZeekTsv } from './zeek-tsv.ts';

/** A file that must be read as a whole (a JSON array, an indented document) may have this size. */
const WHOLE_LIMIT = 512 * 2 ** 20;
const NEWLINE = 10;

/**
 * Cut text into events: one JSON object a line, one array of objects, one object with a `Records` array, one
 * indented object, or the rows of a table whose head names its columns (CSV, TSV, Zeek's own format, W3C). Lines that are no JSON are passed on as they are; the server says what is wrong with them.
 */
export async function* splitDocuments(source: string, stream: Readable): AsyncGenerator<Found> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let line = 0;
  let mode: 'unknown' | 'lines' | 'whole' = 'unknown';
  let first = true;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let rest = chunk;
    if (first) {
      first = false;
      const mark = byteOrderMark(rest);
      if (mark === 'utf16') {
        yield* splitDocuments(source, Readable.from(utf8Of(withHead([rest], stream)), { objectMode: false }));
        return;
      }
      if (mark === 'utf8') rest = rest.subarray(3);
      if (rest.subarray(0, 4_096).includes(0)) {
        stream.destroy();
        yield { source, line: 0, problem: 'not a text file' };
        return;
      }
      if (opensArray(rest)) mode = 'whole';
      else if (isZeekTsv(rest)) return yield* readZeekTsv(source, [rest], stream);
      else if (isW3c(rest)) return yield* readW3c(source, [rest], stream);
      else {
        const form = delimitedForm(rest);
        if (form) return yield* readDelimited(source, [rest], stream, form);
      }
    }
    if (mode === 'whole') {
      yield* whole(source, [rest], stream);
      return;
    }
    let at = 0;
    for (let end = rest.indexOf(NEWLINE, at); end !== -1; end = rest.indexOf(NEWLINE, at)) {
      const piece = rest.subarray(at, end);
      const bytes = pendingBytes > 0 ? Buffer.concat([...pending, piece]) : piece;
      pending = [];
      pendingBytes = 0;
      at = end + 1;
      line++;
      const text = trimmed(bytes);
      if (text.length === 0) continue;
      if (mode === 'unknown') {
        if (startsIndentedObject(text)) {
          yield* whole(source, [bytes, Buffer.from('\n'), rest.subarray(at)], stream);
          return;
        }
        mode = 'lines';
      }
      yield* fromLine(source, line, text);
    }
    if (at < rest.length) {
      // The chunk may be reused by the stream: what is kept is copied.
      const kept = Buffer.from(rest.subarray(at));
      pending.push(kept);
      pendingBytes += kept.length;
    }
  }
  const text = trimmed(Buffer.concat(pending));
  if (text.length > 0) yield* fromLine(source, line + 1, text);
}

function byteOrderMark(bytes: Buffer): 'utf8' | 'utf16' | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf16';
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 'utf8' : null;
}

/** UTF-16 with its byte-order mark, as Windows tools export it, in UTF-8 and without the mark. */
async function* utf8Of(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder('utf-16le');
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    if (text !== '') yield Buffer.from(text);
  }
  const rest = decoder.decode();
  if (rest !== '') yield Buffer.from(rest);
}

function trimmed(line: Buffer): Buffer {
  let start = 0;
  let end = line.length;
  const blank = (byte: number | undefined): boolean => byte === 32 || byte === 9 || byte === 13 || byte === NEWLINE;
  while (start < end && blank(line[start])) start++;
  while (end > start && blank(line[end - 1])) end--;
  return line.subarray(start, end);
}

function opensArray(bytes: Buffer): boolean {
  return trimmed(bytes.subarray(0, 4_096))[0] === 0x5b;
}

/** `{` alone, or `{` and a key without its end: the document goes on over more lines. */
function startsIndentedObject(line: Buffer): boolean {
  if (line[0] !== 0x7b || line.length > 65_536) return false;
  return !isJson(line.toString('utf8'));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A line is an event, unless it is a delivery file on one line. */
function* fromLine(source: string, line: number, text: Buffer): Generator<Found> {
  if (text.subarray(0, 12).toString('latin1').replace(/\s/g, '').startsWith('{"Records":')) {
    try {
      const value = JSON.parse(text.toString('utf8')) as { Records?: unknown };
      if (Array.isArray(value.Records)) {
        let element = 0;
        for (const record of value.Records)
          yield { document: { source, line: ++element, bytes: Buffer.from(JSON.stringify(record)) } };
        return;
      }
    } catch {
      // Not a delivery file after all; the server judges the line.
    }
  }
  yield { document: { source, line, bytes: Buffer.from(text) } };
}

async function* whole(source: string, head: readonly Buffer[], stream: Readable): AsyncGenerator<Found> {
  const chunks = head.map((chunk) => Buffer.from(chunk));
  let total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > WHOLE_LIMIT) {
      stream.destroy();
      yield { source, line: 0, problem: `larger than ${WHOLE_LIMIT} bytes and not one event a line` };
      return;
    }
    chunks.push(Buffer.from(chunk));
  }
  const text = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // Lines after all, the first of them broken.
    if (head.length > 1) {
      let line = 0;
      for (const part of text.split('\n')) {
        line++;
        if (part.trim() !== '') yield* fromLine(source, line, Buffer.from(part.trim()));
      }
      return;
    }
    yield { source, line: 0, problem: `not JSON: ${error instanceof Error ? error.message : 'unreadable'}` };
    return;
  }
  const records = Array.isArray(value) ? value : (value as { Records?: unknown } | null)?.Records;
  if (!Array.isArray(records)) {
    yield { document: { source, line: 1, bytes: Buffer.from(JSON.stringify(value)) } };
    return;
  }
  let element = 0;
  for (const record of records)
    yield { document: { source, line: ++element, bytes: Buffer.from(JSON.stringify(record)) } };
}
