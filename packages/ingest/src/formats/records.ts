import type { Readable } from 'node:stream';

/** A delimited record may be this long; beyond it the quote that opened is taken for a stray one. */
export const RECORD_LIMIT = 16 * 2 ** 20;

/** A line of text with its number, from 1. */
export interface TextLine {
  readonly line: number;
  readonly text: string;
}

/** A stream that starts with bytes already taken from it. */
export async function* withHead(head: readonly Buffer[], stream: Readable): AsyncGenerator<Buffer> {
  for (const chunk of head) yield Buffer.from(chunk);
  for await (const chunk of stream as AsyncIterable<Buffer>) yield chunk;
}

/**
 * Lines of UTF-8 bytes without their line ends, decoded without the cost of a string a chunk border would tear. A line
 * over {@link RECORD_LIMIT} comes in pieces of that length, so that memory stays bounded whatever the file holds.
 */
export async function* textLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<TextLine> {
  const decoder = new TextDecoder('utf-8');
  let pending = '';
  let line = 0;
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    let at = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', at)) {
      const whole = pending + text.slice(at, end);
      pending = '';
      at = end + 1;
      yield { line: ++line, text: whole.endsWith('\r') ? whole.slice(0, -1) : whole };
    }
    pending += text.slice(at);
    if (pending.length > RECORD_LIMIT) {
      yield { line: ++line, text: pending };
      pending = '';
    }
  }
  pending += decoder.decode();
  if (pending !== '') yield { line: ++line, text: pending.endsWith('\r') ? pending.slice(0, -1) : pending };
}

/** The first lines of a head of a file, complete ones only unless the head is all there is. */
export function headLines(head: Buffer, count: number): string[] {
  const text = head
    .subarray(0, 65_536)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  const lines = text.split('\n', count + 1).map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  return lines.slice(0, count);
}

/** JSON of a row whose keys are header names; a name that would be a prototype key is still an own one. */
export function rowBytes(
  names: readonly string[],
  values: readonly unknown[],
  before?: Record<string, unknown>,
): Buffer {
  const parts: string[] = [];
  if (before)
    for (const [key, value] of Object.entries(before)) parts.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
  const known = Math.min(names.length, values.length);
  for (let i = 0; i < known; i++) {
    const value = values[i];
    if (value === undefined) continue;
    parts.push(`${JSON.stringify(names[i])}:${JSON.stringify(value)}`);
  }
  if (values.length > names.length) parts.push(`"_extra":${JSON.stringify(values.slice(names.length))}`);
  return Buffer.from(`{${parts.join(',')}}`);
}
