import { Readable } from 'node:stream';
import { delimitedForm, readDelimited } from './delimited.ts';
import { JsonCutter } from './json-cutter.ts';
import { isMail, readMail } from './mail/reader.ts';
import { withHead } from './records.ts';
import { DOCUMENT_LIMIT, type Found, KEPT_OF_PROBLEM } from './types.ts';
import { isW3c, readW3c } from './w3c.ts';
import { isEventXml, isXml, readEventXml } from './xml-events.ts';
import { isZeekTsv, readZeekTsv } from './zeek-tsv.ts';

const NEWLINE = 10;
/** The kind of a text is told by its first bytes, up to here. */
const HEAD_BYTES = 65_536;

/**
 * Cut text into events: JSON (an object a line, an array, an object that wraps an array, indented objects), the rows of
 * a table whose head names its columns (CSV, TSV, Zeek's own format, W3C), Windows events in XML, mail messages, or lines of any log,
 * each as `{"message": "…"}`. Lines of a JSON file that are no JSON are passed on as they are; who takes them says what
 * is wrong with them.
 */
export async function* splitDocuments(source: string, stream: Readable): AsyncGenerator<Found> {
  const iterator = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  const taken: Buffer[] = [];
  let size = 0;
  let ended = false;
  // Enough to judge: a whole line, or as much as is looked at.
  while (size < HEAD_BYTES && !taken.at(-1)?.includes(NEWLINE)) {
    const next = await iterator.next();
    if (next.done) {
      ended = true;
      break;
    }
    taken.push(next.value);
    size += next.value.length;
  }
  let head = taken.length === 1 ? (taken[0] ?? Buffer.alloc(0)) : Buffer.concat(taken);
  const rest = Readable.from(ended ? [] : iterate(iterator), { objectMode: false });
  const mark = byteOrderMark(head);
  if (mark === 'utf16') {
    yield* splitDocuments(source, Readable.from(utf8Of(withHead([head], rest)), { objectMode: false }));
    return;
  }
  if (mark === 'utf8') head = head.subarray(3);
  if (head.subarray(0, 4_096).includes(0) && !isMail(head)) {
    stream.destroy();
    yield { source, line: 0, problem: 'not a text file' };
  } else if (isJsonDocument(head)) yield* cutJson(source, withHead([head], rest));
  else if (isMail(head)) yield* readMail(source, withHead([head], rest));
  else if (isEventXml(head)) yield* readEventXml(source, withHead([head], rest));
  else if (isXml(head)) {
    stream.destroy();
    yield { source, line: 0, problem: 'an XML document that does not hold Windows events' };
  } else if (isZeekTsv(head)) yield* readZeekTsv(source, [head], rest);
  else if (isW3c(head)) yield* readW3c(source, [head], rest);
  else {
    const form = delimitedForm(head);
    if (form) yield* readDelimited(source, [head], rest, form);
    else yield* readLines(source, withHead([head], rest));
  }
}

async function* iterate(iterator: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
}

/**
 * JSON objects, one a line, or lines of text; the first line that is not empty decides. In a text, lines that are JSON
 * objects are taken as such.
 */
async function* readLines(source: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Found> {
  let json: boolean | null = null;
  for await (const { line, bytes, size } of byteLines(chunks)) {
    const text = trimmed(bytes);
    if (text.length === 0) continue;
    json ??= text[0] === 0x7b;
    if (size > DOCUMENT_LIMIT)
      yield {
        source,
        line,
        problem: `the line has ${size} bytes; the limit is ${DOCUMENT_LIMIT}`,
        text: Buffer.from(text.subarray(0, KEPT_OF_PROBLEM)),
      };
    else if (json) yield* fromLine(source, line, text);
    else if (text[0] === 0x7b && isJson(text.toString('utf8')))
      yield { document: { source, line, bytes: Buffer.from(text) } };
    else yield { document: { source, line, bytes: messageBytes(withoutReturn(bytes).toString('utf8')) } };
  }
}

/** A line of text as an event. */
export function messageBytes(text: string): Buffer {
  return Buffer.from(`{"message":${JSON.stringify(text)}}`);
}

/**
 * Lines without their end. Of a line beyond the limit only the beginning is held, with its whole `size`.
 */
async function* byteLines(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<{ readonly line: number; readonly bytes: Buffer; readonly size: number }> {
  let pending: Buffer[] = [];
  let size = 0;
  let line = 0;
  for await (const chunk of chunks) {
    let at = 0;
    for (let end = chunk.indexOf(NEWLINE, at); end !== -1; end = chunk.indexOf(NEWLINE, at)) {
      const piece = chunk.subarray(at, end);
      at = end + 1;
      const whole = size + piece.length;
      const bytes = size === 0 ? piece : Buffer.concat(whole > DOCUMENT_LIMIT ? pending : [...pending, piece]);
      pending = [];
      size = 0;
      yield { line: ++line, bytes, size: whole };
    }
    if (at < chunk.length) {
      // The chunk may be reused by the stream: what is kept is copied.
      const before = size;
      size += chunk.length - at;
      if (size <= DOCUMENT_LIMIT) pending.push(Buffer.from(chunk.subarray(at)));
      else if (before <= DOCUMENT_LIMIT)
        pending = [Buffer.concat([...pending, chunk.subarray(at)]).subarray(0, KEPT_OF_PROBLEM)];
    }
  }
  if (size > 0) yield { line: ++line, bytes: Buffer.concat(pending), size };
}

async function* cutJson(source: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Found> {
  const cutter = new JsonCutter();
  for await (const chunk of chunks) for (const piece of cutter.push(chunk)) yield found(source, piece);
  for (const piece of cutter.finish()) yield found(source, piece);
}

function found(source: string, piece: ReturnType<JsonCutter['push']> extends Generator<infer P> ? P : never): Found {
  return 'bytes' in piece ? { document: { source, ...piece } } : { source, ...piece };
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

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === 13 ? line.subarray(0, -1) : line;
}

/**
 * Whether a text is JSON that goes on over its lines: an array of objects, or an object that does not end in the line
 * it begins in. A line that begins as an object and is broken is a line all the same.
 */
function isJsonDocument(head: Buffer): boolean {
  const text = trimmed(head);
  if (text[0] === 0x5b) {
    const next = trimmed(text.subarray(1, 1_024))[0];
    return next === 0x7b || next === 0x5d;
  }
  if (text[0] !== 0x7b) return false;
  const end = head.indexOf(NEWLINE, head.indexOf(0x7b));
  if (end === -1 && head.length >= HEAD_BYTES) return trimmed(text.subarray(1, 1_024))[0] === 0x22;
  const first = trimmed(end === -1 ? head : head.subarray(0, end));
  if (startsList(first)) return true;
  // `{`, or a line that stops where JSON may be broken into lines.
  return end !== -1 && [0x7b, 0x5b, 0x2c, 0x3a].includes(first.at(-1) ?? 0) && !isJson(first.toString('utf8'));
}

/** A delivery file on one line. */
function startsList(line: Buffer): boolean {
  return /^\{\s*"(?:Records|records|Findings|@odata\.context)"\s*:/.test(line.toString('latin1', 0, 100));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A line is an event, unless it wraps several. */
function* fromLine(source: string, line: number, text: Buffer): Generator<Found> {
  if (!startsList(text)) {
    yield { document: { source, line, bytes: Buffer.from(text) } };
    return;
  }
  const cutter = new JsonCutter();
  for (const pieces of [cutter.push(text), cutter.finish()])
    for (const piece of pieces) yield found(source, { ...piece, line });
}
