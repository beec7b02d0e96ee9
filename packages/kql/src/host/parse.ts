/** Reading keys and values out of free text, for `parse-kv`. */
import type { HostFamily } from './registry.ts';

/** How a text is put together; without `pair` any character that is no letter or digit separates. */
export interface KvOptions {
  readonly keys: readonly string[];
  readonly pair?: string;
  readonly kv?: string;
  /** One character that opens and closes, or one for each. */
  readonly quotes: readonly string[];
  readonly escapes: readonly string[];
  readonly greedy: boolean;
}

interface Quoted {
  readonly text: string;
  readonly end: number;
}

/** A quoted text that starts at a place; undefined when there is none or it never ends. */
function quotedAt(text: string, start: number, o: KvOptions): Quoted | undefined {
  for (const marks of o.quotes) {
    if (marks === '' || text[start] !== marks[0]) continue;
    const close = marks[1] ?? marks[0]!;
    let out = '';
    for (let i = start + 1; i < text.length; i++) {
      const c = text[i]!;
      if (o.escapes.includes(c) && i + 1 < text.length) out += text[++i];
      else if (c === close) return { text: out, end: i + 1 };
      else out += c;
    }
  }
  return undefined;
}

const BLANK = /\s/;
const blanksFrom = (text: string, i: number): number => {
  let at = i;
  while (at < text.length && BLANK.test(text[at]!)) at++;
  return at;
};

/** Pairs of a text with known delimiters. */
function delimited(text: string, pair: string, kv: string, o: KvOptions, take: (k: string, v: string) => void): void {
  let i = 0;
  while (i < text.length) {
    const start = blanksFrom(text, i);
    const name = quotedAt(text, start, o);
    let key: string;
    let at: number;
    if (name && text.startsWith(kv, blanksFrom(text, name.end))) {
      key = name.text;
      at = blanksFrom(text, name.end) + kv.length;
    } else {
      const sign = text.indexOf(kv, i);
      if (sign < 0) return;
      const next = text.indexOf(pair, i);
      if (next >= 0 && next < sign) {
        i = next + pair.length;
        continue;
      }
      key = text.slice(i, sign).trim();
      at = sign + kv.length;
    }
    const value = quotedAt(text, blanksFrom(text, at), o);
    let end: number;
    if (value) {
      take(key, value.text);
      end = text.indexOf(pair, value.end);
    } else {
      end = text.indexOf(pair, at);
      if (o.greedy && end >= 0) end = lastBefore(text, pair, at, text.indexOf(kv, at));
      take(key, text.slice(at, end < 0 ? undefined : end).trim());
    }
    if (end < 0) return;
    i = end + pair.length;
  }
}

/** The last pair delimiter before the next key sign: everything up to it is the value. */
function lastBefore(text: string, pair: string, from: number, sign: number): number {
  if (sign < 0) return -1;
  const at = text.lastIndexOf(pair, sign - 1);
  return at >= from ? at : text.indexOf(pair, sign);
}

/** A wanted word followed by another word or a quoted text. */
function free(text: string, o: KvOptions, take: (k: string, v: string) => void): void {
  const words: { readonly text: string; readonly quoted: boolean }[] = [];
  for (let i = 0; i < text.length; ) {
    const quoted = quotedAt(text, i, o);
    if (quoted) {
      words.push({ text: quoted.text, quoted: true });
      i = quoted.end;
      continue;
    }
    const word = /^[\p{L}\p{N}_]+/u.exec(text.slice(i, i + 4096))?.[0];
    if (word) words.push({ text: word, quoted: false });
    i += word?.length ?? 1;
  }
  for (let i = 0; i + 1 < words.length; i++)
    if (o.keys.includes(words[i]!.text)) take(words[i]!.text, words[i + 1]!.text);
}

/** Values of the wanted keys in their order; null where the text has none. The first occurrence counts. */
export function keyValues(text: string, o: KvOptions): (string | null)[] {
  const found = new Map<string, string>();
  const take = (key: string, value: string): void => {
    if (o.keys.includes(key) && !found.has(key)) found.set(key, value);
  };
  if (o.pair !== undefined && o.kv !== undefined && o.pair !== '' && o.kv !== '')
    delimited(text, o.pair, o.kv, o, take);
  else free(text, o, take);
  return o.keys.map((k) => found.get(k) ?? null);
}

export const PARSE_HOST: HostFamily = {
  kv: (text: string | null, options: string) => keyValues(text ?? '', JSON.parse(options) as KvOptions),
};
