import { isUtf8 } from 'node:buffer';

/**
 * Cutting JSON text into its parts without rewriting it, so that numbers beyond 2^53, the order of keys and every other
 * detail stay as they were sent. Whether a part is JSON at all is for `JSON.parse` to say.
 */

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Position of the first byte at or after `at` that is no white space; the length of the text when there is none. */
export function skipSpace(text: Uint8Array, at: number): number {
  let position = at;
  for (let byte = text[position]; byte === 32 || byte === 10 || byte === 13 || byte === 9; byte = text[position])
    position++;
  return position;
}

function endOfString(text: Uint8Array, at: number): number {
  for (let position = at + 1; position < text.length; position++) {
    const byte = text[position];
    if (byte === BACKSLASH) position++;
    else if (byte === QUOTE) return position + 1;
  }
  return -1;
}

/** End of the value that begins at `at`; -1 when the text ends inside it. */
export function endOfValue(text: Uint8Array, at: number): number {
  const first = text[at];
  if (first === QUOTE) return endOfString(text, at);
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) {
    let position = at;
    for (; position < text.length; position++) {
      const byte = text[position] as number;
      if (byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || byte <= 32) break;
    }
    return position;
  }
  let depth = 0;
  for (let position = at; position < text.length; position++) {
    switch (text[position]) {
      case QUOTE: {
        const end = endOfString(text, position);
        if (end === -1) return -1;
        position = end - 1;
        break;
      }
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        depth++;
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        if (--depth === 0) return position + 1;
        break;
      default:
    }
  }
  return -1;
}

/** The values of an object's members by key, of an object that `JSON.parse` accepted; the last of equal keys counts. */
export function members(text: Buffer, at = 0): Map<string, Span> {
  const found = new Map<string, Span>();
  let position = skipSpace(text, at) + 1;
  for (;;) {
    position = skipSpace(text, position);
    if (text[position] !== QUOTE) return found;
    const keyEnd = endOfString(text, position);
    if (keyEnd === -1) return found;
    const key = JSON.parse(text.toString('utf8', position, keyEnd)) as string;
    position = skipSpace(text, keyEnd);
    if (text[position] !== COLON) return found;
    const start = skipSpace(text, position + 1);
    const end = endOfValue(text, start);
    if (end === -1) return found;
    found.set(key, { start, end });
    position = skipSpace(text, end);
    if (text[position] !== COMMA) return found;
    position++;
  }
}

/** The elements of an array that `JSON.parse` accepted. */
export function* elements(text: Uint8Array, at = 0): Generator<Span> {
  let position = skipSpace(text, skipSpace(text, at) + 1);
  while (position < text.length && text[position] !== CLOSE_ARRAY) {
    const end = endOfValue(text, position);
    if (end === -1) return;
    yield { start: position, end };
    position = skipSpace(text, end);
    if (text[position] !== COMMA) return;
    position = skipSpace(text, position + 1);
  }
}

/** The object that a text is, or null when it is none. */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** The engine's JSON reader refuses broken UTF-8; such bytes become U+FFFD, everything else stays as sent. */
export function asUtf8(text: Buffer): Buffer {
  return isUtf8(text) ? text : Buffer.from(text.toString('utf8'), 'utf8');
}

/**
 * An object with more members in front of those it has. What it has already is not added a second time.
 * @param object text that `JSON.parse` accepted as an object
 * @param own its keys
 * @param added JSON text by key
 */
export function withMembers(
  object: Buffer,
  own: { has(key: string): boolean },
  added: Readonly<Record<string, string | null>>,
): Buffer {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(added))
    if (value !== null && !own.has(key)) parts.push(`${JSON.stringify(key)}:${value}`);
  if (parts.length === 0) return object;
  const open = skipSpace(object, 0) + 1;
  const empty = object[skipSpace(object, open)] === CLOSE_OBJECT;
  return Buffer.concat([Buffer.from(`{${parts.join(',')}${empty ? '' : ','}`, 'utf8'), object.subarray(open)]);
}
