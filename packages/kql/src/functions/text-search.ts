/**
 * Search inside text. A term is a maximal run of letters and digits; `has` finds whole terms, with an engine function
 * that can use a token index, followed by a check of the borders where the needle is more than one term.
 */
import { constant, type SqlArg, type SqlContext } from './declare.ts';
import { MOST_TOKENS, SHORTEST_PIECE } from './term-index.ts';

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
  const token = search.caseSensitive ? 'hasToken' : 'hasTokenCaseInsensitive';
  const [before, after] = borders(k, search.mode);
  const regex = `(?s)${search.caseSensitive ? '' : '(?i)'}${before}${quoteRegex(k)}${after}`;
  const pattern = `match(${text.sql}, ${c.param(regex)})`;
  // Without an index every row is read either way, and a search over all columns would grow by a name for each.
  const phrase = text.terms !== undefined && !TERM.test(k);
  const check = phrase ? phraseSql(text.sql, k, { before, after, pattern, ...search }, c) : pattern;
  const whole = wholeTerms(k, search.mode).filter((t) => TERM.test(t));
  const single = TERM.test(k) && search.mode === 'both';
  const longest = [...whole].sort((a, b) => b.length - a.length)[0];
  if (!longest) return check;
  const quick = `${token}(${text.sql}, ${c.param(longest)})`;
  // The engine's terms end at ASCII only: other texts are searched by the pattern.
  const other = `NOT isValidASCII(${text.sql})`;
  const exact = single ? `(${quick} OR (${other} AND ${check}))` : `((${quick} OR ${other}) AND ${check})`;
  if (!text.terms) return exact;
  const found = tokensSql('hasAllTokens', text.terms, whole, c);
  if (!single) return `(${found} AND ${check})`;
  return search.caseSensitive ? `(${found} AND ${exact})` : found;
}

/** Characters beside which a term ends, those that are common; the end of the text is an empty one. */
const SEPARATORS: readonly string[] = ['', ...' \t\r\n"\'`.,;:!?|&/\\-_=+*#@$%^~()[]{}<>'];

/**
 * A needle of several terms: found by its letters, its borders looked at there. The pattern, which costs much more, decides
 * where the letters stand inside a longer term, and for texts beyond ASCII, where letters have other forms.
 */
function phraseSql(
  text: string,
  needle: string,
  search: {
    readonly before: string;
    readonly after: string;
    readonly pattern: string;
    readonly caseSensitive: boolean;
  },
  c: SqlContext,
): string {
  if (!ASCII.test(needle)) return search.pattern;
  const found = c.once(`${search.caseSensitive ? 'position' : 'positionCaseInsensitive'}(${text}, ${c.param(needle)})`);
  const borders = [
    ...(search.before ? [`substring(${text}, ${found} - 1, 1)`] : []),
    ...(search.after ? [`substring(${text}, ${found} + ${needle.length}, 1)`] : []),
  ].map((at) => ` AND ${at} IN ${c.typed(SEPARATORS, 'Array(String)')}`);
  return `multiIf(${found} > 0${borders.join('')}, true, ${found} > 0 OR NOT isValidASCII(${text}), ${search.pattern}, false)`;
}

/** A term that the engine's tokens know: plain letters and digits. */
const TERM = /^[A-Za-z0-9]+$/;

const tokensSql = (fn: string, indexed: string, terms: readonly string[], c: SqlContext): string =>
  `${fn}(${indexed}, ${c.typed(
    terms.map((t) => t.toLowerCase()),
    'Array(String)',
  )})`;

/**
 * Whole-term search for any or for all of several constants. Single terms over an indexed column are one look into the
 * index; undefined where there is nothing to gain.
 */
export function hasManySql(
  text: SqlArg,
  needles: readonly SqlArg[],
  joiner: 'OR' | 'AND',
  c: SqlContext,
): string | undefined {
  const constants = needles.map((n) => constant(n));
  if (!text.terms) return undefined;
  const terms = constants.flatMap((k) => (typeof k === 'string' && TERM.test(k) ? [k] : []));
  if (terms.length < 2) return undefined;
  const fn = joiner === 'OR' ? 'hasAnyTokens' : 'hasAllTokens';
  const parts: string[] = [];
  for (let i = 0; i < terms.length; i += MOST_TOKENS)
    parts.push(tokensSql(fn, text.terms, terms.slice(i, i + MOST_TOKENS), c));
  for (const [i, n] of needles.entries()) {
    const k = constants[i];
    if (typeof k === 'string' && TERM.test(k)) continue;
    parts.push(hasSql(text, n, { caseSensitive: false, mode: 'both' }, c));
  }
  return `(${parts.join(` ${joiner} `)})`;
}

/** Substring search. A long run of letters and digits lies inside one term, so the index can look for it. */
export function containsSql(text: SqlArg, needle: SqlArg, caseSensitive: boolean, c: SqlContext): string {
  const k = constant(needle);
  const exact = caseSensitive
    ? `(position(${text.sql}, ${needle.sql}) > 0)`
    : typeof k === 'string' && ASCII.test(k)
      ? `(positionCaseInsensitive(${text.sql}, ${c.param(k)}) > 0)`
      : `(positionCaseInsensitiveUTF8(${text.sql}, ${needle.sql}) > 0)`;
  if (!text.terms || typeof k !== 'string' || !ASCII.test(k)) return exact;
  const piece = [...(k.match(/[A-Za-z0-9]+/g) ?? [])].sort((a, b) => b.length - a.length)[0] ?? '';
  if (piece.length < SHORTEST_PIECE) return exact;
  const found = `(${text.terms} LIKE ${c.param(`%${piece.toLowerCase()}%`)})`;
  return piece === k && !caseSensitive ? found : `(${found} AND ${exact})`;
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
