import type { SqlParam } from '@parapet/kql';
import {
  canonicalIp,
  ipRange,
  type ParsedSearch,
  type SearchField,
  type SearchTerm,
  type SearchType,
} from '@parapet/schema';
import { contains } from '../sql.ts';

/** What one kind of thing can be asked for. */
export interface Askable {
  readonly type: SearchType;
  readonly fields: readonly SearchField[];
}

/**
 * The alternatives of a search as far as they speak of one kind of thing: terms about its type are settled, those about
 * what it does not have make an alternative impossible, or are true when they exclude.
 */
export function alternativesFor({ alternatives }: ParsedSearch, { type, fields }: Askable): SearchTerm[][] {
  const kept: SearchTerm[][] = [];
  for (const terms of alternatives) {
    const left: SearchTerm[] = [];
    let possible = true;
    for (const term of terms) {
      if (term.field === 'type') possible &&= (term.value === type) !== term.negate;
      else if (!term.field || fields.includes(term.field)) left.push(term);
      else possible &&= term.negate;
    }
    if (possible) kept.push(left);
  }
  return kept;
}

/** `web*` and `?` as a LIKE pattern over the whole text; other words anywhere in it. */
export function likePattern({ value, wildcard }: Pick<SearchTerm, 'value' | 'wildcard'>): string {
  const text = value.toLowerCase();
  if (!wildcard) return contains(text);
  return text
    .replace(/[\\%_]/g, '\\$&')
    .replaceAll('*', '%')
    .replaceAll('?', '_');
}

/** Bound parameters of one statement for the telemetry engine. */
export class Params {
  readonly values: Record<string, SqlParam> = {};
  #count = 0;

  bind(type: string, value: unknown): string {
    const name = `s${this.#count}`;
    this.#count += 1;
    this.values[name] = { type, value } as SqlParam;
    return `{${name}:${type}}`;
  }

  /** Condition that a text holds the word, phrase or pattern, whatever its case. */
  text(expression: string, term: Pick<SearchTerm, 'value' | 'wildcard'>): string {
    return term.wildcard
      ? `lowerUTF8(toString(${expression})) LIKE ${this.bind('String', likePattern(term))}`
      : `positionCaseInsensitiveUTF8(toString(${expression}), ${this.bind('String', term.value)}) > 0`;
  }

  /** Condition that an address is the one, begins so, or lies in the range. */
  address(expression: string, { value, wildcard }: Pick<SearchTerm, 'value' | 'wildcard'>): string {
    if (wildcard) return this.text(expression, { value, wildcard });
    const range = ipRange(value);
    if (typeof range === 'string') return `startsWith(${expression}, ${this.bind('String', value.toLowerCase())})`;
    const { base, prefix, version } = range;
    if (prefix === (version === 4 ? 32 : 128)) {
      const spellings = [...new Set([base, value.toLowerCase(), ...(version === 4 ? [`::ffff:${base}`] : [])])];
      return `lower(${expression}) IN (${spellings.map((each) => this.bind('String', each)).join(', ')})`;
    }
    const [first, last] = rangeEnds(base, prefix, version);
    return version === 4
      ? `IPv4StringToNumOrNull(toString(${expression})) BETWEEN ${this.bind('UInt32', Number(first))} AND ${this.bind('UInt32', Number(last))}`
      : `(position(${expression}, ':') > 0 AND hex(IPv6StringToNumOrNull(toString(${expression}))) BETWEEN ${this.bind('String', hex(first))} AND ${this.bind('String', hex(last))})`;
  }
}

const hex = (value: bigint): string => value.toString(16).toUpperCase().padStart(32, '0');

function rangeEnds(base: string, prefix: number, version: 4 | 6): [bigint, bigint] {
  const bits = version === 4 ? 32n : 128n;
  const value = version === 4 ? fromV4(base) : fromV6(base);
  const host = (1n << (bits - BigInt(prefix))) - 1n;
  const first = value & ~host & ((1n << bits) - 1n);
  return [first, first | host];
}

const fromV4 = (text: string): bigint => text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);

/** @param text in the shortest form */
function fromV6(text: string): bigint {
  const [left = '', right = ''] = text.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [before, after] = [groups(left), text.includes('::') ? groups(right) : []];
  const all = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return all.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group || '0'}`), 0n);
}

/** Whether a word may be part of an address. */
export const looksLikeAddress = (text: string): boolean =>
  canonicalIp(text) !== undefined || (/^[0-9a-f.:*?]{2,45}$/i.test(text) && /[.:]|^\d+$/.test(text));
