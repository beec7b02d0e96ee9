import { isIP } from 'node:net';
import { mailDate } from './dates.ts';

/** One `Received` header: a hop of the message. Keys that the header does not give are absent. */
export interface Hop {
  /** Name the peer called itself by. */
  from?: string;
  from_ip?: string;
  by?: string;
  with?: string;
  id?: string;
  for?: string;
  timestamp?: string;
}

const CLAUSE = /\b(from|by|with|id|for|via)\s+/gi;

/** A `Received` header (RFC 5321, 4.4), leniently: every server writes its own. */
export function receivedHop(value: string): Hop {
  const hop: Hop = {};
  const semicolon = value.lastIndexOf(';');
  const date = semicolon === -1 ? null : mailDate(value.slice(semicolon + 1));
  if (date) hop.timestamp = date.iso;
  const text = (semicolon === -1 ? value : value.slice(0, semicolon)).slice(0, 4_000);
  const outside = withoutComments(text);
  const marks = [...outside.matchAll(CLAUSE)];
  for (const [i, mark] of marks.entries()) {
    const key = (mark[1] ?? '').toLowerCase();
    const start = mark.index + mark[0].length;
    const word = /^\S+/.exec(outside.slice(start, marks[i + 1]?.index))?.[0];
    if (!word) continue;
    if (key === 'from' && hop.from === undefined && i === 0) {
      hop.from = word;
      // The address stands in a comment behind the name, or is the name.
      const ip = addressIn(text.slice(start, marks[i + 1]?.index ?? text.length));
      if (ip) hop.from_ip = ip;
    } else if (key === 'by') hop.by ??= word;
    else if (key === 'with') hop.with ??= word;
    else if (key === 'id') hop.id ??= word;
    else if (key === 'for') hop.for ??= word.replace(/^<|>$/g, '');
  }
  return hop;
}

/** The text with comments blanked out, so that positions stay. */
function withoutComments(text: string): string {
  let depth = 0;
  let out = '';
  for (const char of text) {
    if (char === '(') depth++;
    out += depth > 0 ? ' '.repeat(char.length) : char;
    if (char === ')' && depth > 0) depth--;
  }
  return out;
}

/** The last address in square brackets is the one the server saw; a bare one in a comment comes second. */
function addressIn(text: string): string | undefined {
  const bracketed = [...text.matchAll(/\[(?:IPv6:)?([0-9a-fA-F:.]+)\]/gi)]
    .map((match) => match[1] ?? '')
    .filter((ip) => isIP(ip));
  // Postfix: `helo (name [address])`; a HELO of `[10.0.0.1]` comes before that.
  const seen = bracketed.at(-1);
  if (seen) return seen.toLowerCase();
  for (const match of text.matchAll(/[0-9a-fA-F:.]{3,45}/g)) if (isIP(match[0])) return match[0].toLowerCase();
  return undefined;
}

/** Loopback, private, link-local, shared (RFC 6598) and unique local addresses: not where a message came from. */
export function isInside(ip: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  const address = mapped ?? ip;
  if (isIP(address) === 4) {
    const [a = 0, b = 0] = address.split('.').map(Number);
    return (
      a === 0 ||
      a === 10 ||
      a === 127 ||
      (a === 172 && b >= 16 && b < 32) ||
      (a === 192 && b === 168) ||
      (a === 169 && b === 254) ||
      (a === 100 && b >= 64 && b < 128)
    );
  }
  return /^(?:::1?$|f[cd]|fe[89ab])/i.test(address);
}
