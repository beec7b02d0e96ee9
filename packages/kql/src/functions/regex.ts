/**
 * Regular expressions. The language's classes know Unicode and its dot stops at line ends; the engine's RE2 has ASCII
 * classes and a dot that matches everything. A constant pattern is therefore rewritten before it is bound.
 */
import { constant, type SqlArg, type SqlContext } from './declare.ts';

const SPACE = '\\t\\n\\v\\f\\r\\x{85}\\p{Z}';
const WORD = '\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}';
const OUTSIDE: Readonly<Record<string, string>> = {
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  s: `[${SPACE}]`,
  S: `[^${SPACE}]`,
  w: `[${WORD}]`,
  W: `[^${WORD}]`,
};
/** Inside brackets a complement of several classes cannot be written; `\S` and `\W` stay as they are there. */
const INSIDE: Readonly<Record<string, string>> = { d: '\\p{Nd}', D: '\\P{Nd}', s: SPACE, w: WORD };

/** A pattern of the language as the engine must see it. */
export function enginePattern(pattern: string): string {
  let out = '';
  let bracket = false;
  let dots = false;
  for (let i = 0; i < pattern.length; i++) {
    const ch = pattern[i]!;
    if (ch === '\\' && i + 1 < pattern.length) {
      const next = pattern[++i]!;
      if (next === 'Q') {
        const end = pattern.indexOf('\\E', i);
        const stop = end < 0 ? pattern.length : end + 2;
        out += pattern.slice(i - 1, stop);
        i = stop - 1;
        continue;
      }
      out += (bracket ? INSIDE : OUTSIDE)[next] ?? `\\${next}`;
      continue;
    }
    if (bracket) {
      if (ch === '[' && pattern[i + 1] === ':') {
        const end = pattern.indexOf(':]', i);
        if (end > 0) {
          out += pattern.slice(i, end + 2);
          i = end + 1;
          continue;
        }
      }
      if (ch === ']') bracket = false;
      // RE2 wants an opening bracket inside brackets to be escaped only before a colon; both readings agree otherwise.
      out += ch;
      continue;
    }
    if (ch === '[') {
      bracket = true;
      out += ch;
      if (pattern[i + 1] === '^') out += pattern[++i];
      if (pattern[i + 1] === ']') out += `\\${pattern[++i]}`;
      continue;
    }
    if (ch === '.') dots = true;
    out += ch;
  }
  return dots ? `(?-s)${out}` : out;
}

/** SQL of a pattern argument: rewritten when it is known now. */
export function patternSql(arg: SqlArg, c: SqlContext): string {
  const k = constant(arg);
  return typeof k === 'string' && arg.type === 'string' ? c.param(enginePattern(k)) : arg.sql;
}

/** Names of the capturing groups in order; an unnamed group is undefined. */
export function groupNames(pattern: string): (string | undefined)[] {
  const out: (string | undefined)[] = [];
  let bracket = false;
  for (let i = 0; i < pattern.length; i++) {
    const ch = pattern[i];
    if (ch === '\\') i++;
    else if (bracket) bracket = ch !== ']';
    else if (ch === '[') {
      bracket = true;
      if (pattern[i + 1] === '^') i++;
      if (pattern[i + 1] === ']') i++;
    } else if (ch === '(') {
      const named = /^\(\?P?<([A-Za-z_]\w*)>/.exec(pattern.slice(i, i + 80));
      if (named) out.push(named[1]);
      else if (pattern[i + 1] !== '?') out.push(undefined);
    }
  }
  return out;
}
