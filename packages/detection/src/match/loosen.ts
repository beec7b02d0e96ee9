/**
 * A pattern of the query language as one for the engine's multi-pattern search that finds at least the same texts: that search
 * knows letters and digits of ASCII only and pays dearly for counted repeats.
 */

const MAX_LENGTH = 2_000;
/** Counted repeats above this become open ones. */
const MAX_REPEAT = 20;
const BEYOND_ASCII = '\\x{80}-\\x{10ffff}';

/** @returns undefined when the pattern has something that cannot be widened safely */
export function loosen(pattern: string): string | undefined {
  if (pattern.length > MAX_LENGTH) return undefined;
  let out = '';
  let inClass: 'no' | 'plain' | 'negated' = 'no';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? '';
    if (char === '\\') {
      const next = pattern[at + 1];
      at += 1;
      if (next === undefined || !isPlainEscape(next)) return undefined;
      if (next === 'b' || next === 'B') {
        if (inClass !== 'no') return undefined;
      } else if ('wds'.includes(next) && inClass === 'no') out += `(?:\\${next}|[^\\x00-\\x7f])`;
      else if ('wds'.includes(next) && inClass === 'plain') out += `\\${next}${BEYOND_ASCII}`;
      else out += `\\${next}`;
      continue;
    }
    if (inClass !== 'no') {
      if (char === '[' && pattern[at + 1] === ':') return undefined;
      if (char === ']') inClass = 'no';
      out += char;
      continue;
    }
    if (char === '[') {
      const negated = pattern[at + 1] === '^';
      inClass = negated ? 'negated' : 'plain';
      out += negated ? '[^' : '[';
      if (negated) at += 1;
      // A bracket that comes first belongs to the class.
      if (pattern[at + 1] === ']') {
        out += '\\]';
        at += 1;
      }
      continue;
    }
    if (char === '(' && pattern[at + 1] === '?') {
      const group = /^\(\?(?:([is]+)(\)|:)|:)/.exec(pattern.slice(at));
      if (!group) return undefined;
      const flag = group[1]?.includes('i') ? 'i' : '';
      if (group[1] === undefined || group[2] === ':') out += `(?${flag}:`;
      else if (flag) out += '(?i)';
      at += group[0].length - 1;
      continue;
    }
    if (char === '{') {
      const repeat = /^\{(\d+)(,(\d*))?\}/.exec(pattern.slice(at));
      if (!repeat) {
        out += '\\{';
        continue;
      }
      const least = Number(repeat[1]);
      const most = repeat[2] === undefined ? least : repeat[3] ? Number(repeat[3]) : Number.POSITIVE_INFINITY;
      out += most <= MAX_REPEAT ? repeat[0] : least === 0 ? '*' : `{${Math.min(least, MAX_REPEAT)},}`;
      at += repeat[0].length - 1;
      continue;
    }
    out += char;
  }
  return inClass === 'no' ? out : undefined;
}

/** Escapes that mean the same on both sides, or are widened above. */
const isPlainEscape = (next: string): boolean => /[bBwWdDsSnrtfvx]/.test(next) || /[^A-Za-z0-9]/.test(next);
