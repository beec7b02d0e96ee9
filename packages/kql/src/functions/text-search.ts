/**
 * Search inside text. A term is a maximal run of letters and digits; `has` finds whole terms, with an engine function
 * that can use a token index, followed by a check of the borders where the needle is more than one term.
 */
import { constant, type SqlArg, type SqlContext } from './declare.ts';

const EDGE = '[^\\p{L}\\p{N}]';
const ASCII = /^[\x20-\x7e\t\r\n]*$/;
const ALNUM = /[\p{L}\p{N}]/u;

const quoteRegex = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replace(/\0/g, '\\x00');

export interface TermSearch {
  readonly caseSensitive: boolean;
  readonly mode: 'both' | 'prefix' | 'suffix';
}

function borders(needle: string, mode: TermSearch['mode']): [string, string] {
  const characters = [...needle];
  const before = mode !== 'suffix' && ALNUM.test(characters[0] ?? '') ? `(?:^|${EDGE})` : '';
  const after = mode !== 'prefix' && ALNUM.test(characters[characters.length - 1] ?? '') ? `(?:$|${EDGE})` : '';
  return [before, after];
}

/** Terms of the needle that must be whole terms of the text. */
function wholeTerms(needle: string, mode: TermSearch['mode']): string[] {
  const all = needle.match(/[\p{L}\p{N}]+/gu) ?? [];
  const out = [...all];
  if (mode === 'prefix' && out.length && needle.endsWith(out[out.length - 1]!)) out.pop();
  if (mode === 'suffix' && out.length && needle.startsWith(out[0]!)) out.shift();
  return out;
}

/** Whole-term search. */
export function hasSql(text: SqlArg, needle: SqlArg, search: TermSearch, c: SqlContext): string {
  const k = constant(needle);
  if (typeof k !== 'string') {
    const flag = search.caseSensitive ? '' : '(?i)';
    const quoted = `replaceRegexpAll(${needle.sql}, '([^\\\\p{L}\\\\p{N}_])', '\\\\\\\\\\\\1')`;
    const before =
      search.mode === 'suffix'
        ? ''
        : `, if(match(${needle.sql}, '^[\\\\p{L}\\\\p{N}]'), '(?:^|[^\\\\p{L}\\\\p{N}])', '')`;
    const after =
      search.mode === 'prefix'
        ? ''
        : `, if(match(${needle.sql}, '[\\\\p{L}\\\\p{N}]$'), '(?:$|[^\\\\p{L}\\\\p{N}])', '')`;
    return `match(${text.sql}, concat('(?s)${flag}'${before}, ${quoted}${after}))`;
  }
  if (k === '') return 'true';
  const ascii = ASCII.test(k);
  const single = ascii && /^[A-Za-z0-9]+$/.test(k);
  const token = search.caseSensitive ? 'hasToken' : 'hasTokenCaseInsensitive';
  if (single && search.mode === 'both') return `${token}(${text.sql}, ${c.param(k)})`;
  const [before, after] = borders(k, search.mode);
  const regex = `(?s)${search.caseSensitive ? '' : '(?i)'}${before}${quoteRegex(k)}${after}`;
  const check = `match(${text.sql}, ${c.param(regex)})`;
  const longest = wholeTerms(k, search.mode)
    .filter((t) => /^[A-Za-z0-9]+$/.test(t))
    .sort((a, b) => b.length - a.length)[0];
  return longest && ascii ? `(${token}(${text.sql}, ${c.param(longest)}) AND ${check})` : check;
}

/** Substring search. */
export function containsSql(text: SqlArg, needle: SqlArg, caseSensitive: boolean, c: SqlContext): string {
  if (caseSensitive) return `(position(${text.sql}, ${needle.sql}) > 0)`;
  const k = constant(needle);
  if (typeof k === 'string' && ASCII.test(k)) return `(positionCaseInsensitive(${text.sql}, ${c.param(k)}) > 0)`;
  return `(positionCaseInsensitiveUTF8(${text.sql}, ${needle.sql}) > 0)`;
}

/** Start or end of a text. */
export function prefixSql(
  fn: 'startsWith' | 'endsWith',
  text: SqlArg,
  needle: SqlArg,
  caseSensitive: boolean,
  c: SqlContext,
): string {
  if (caseSensitive) return `${fn}(${text.sql}, ${needle.sql})`;
  const k = constant(needle);
  const wanted = typeof k === 'string' ? c.param(k.toLowerCase()) : `lowerUTF8(${needle.sql})`;
  const lower = typeof k === 'string' && ASCII.test(k) ? 'lower' : 'lowerUTF8';
  return `${fn}(${lower}(${text.sql}), ${wanted})`;
}
