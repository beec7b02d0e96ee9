/** What a pattern amounts to, and the KQL of it. */
import { kqlString } from '../runtime/kql-text.ts';
import type { FieldTarget } from './pipeline.ts';
import type { Pattern } from './types.ts';

/** KQL text literal; verbatim where that is easier to read. */
export function literal(text: string): string {
  return /\\/.test(text) && !/["\p{Cc}\u2028\u2029]/u.test(text) ? `@"${text}"` : kqlString(text);
}

/** Literal text and where it must stand. */
export interface LiteralShape {
  readonly how: 'equals' | 'contains' | 'startswith' | 'endswith';
  readonly text: string;
}
export type Shape =
  | LiteralShape
  | { readonly how: 'anything'; readonly empty: boolean; readonly text: '' }
  | { readonly how: 'regex'; readonly text: '' };

/** What a pattern amounts to. */
export function shapeOf(pattern: Pattern): Shape {
  const wild = (part: Pattern[number] | undefined): string => (typeof part === 'object' ? part.wild : '');
  if (pattern.every((part) => typeof part === 'string')) return { how: 'equals', text: pattern.join('') };
  if (pattern.every((part) => wild(part) === '*')) return { how: 'anything', empty: false, text: '' };
  const [first, middle, last] = [pattern[0], pattern.slice(1, -1), pattern.at(-1)];
  if (pattern.length === 3 && wild(first) === '*' && wild(last) === '*' && typeof middle[0] === 'string')
    return { how: 'contains', text: middle[0] };
  if (pattern.length === 2 && typeof first === 'string' && wild(last) === '*')
    return { how: 'startswith', text: first };
  if (pattern.length === 2 && typeof last === 'string' && wild(first) === '*') return { how: 'endswith', text: last };
  return { how: 'regex', text: '' };
}

/** A regular expression for wildcards inside a value. */
export function wildcardRegex(pattern: Pattern, cased: boolean): string {
  const parts = [...pattern];
  const open = (part: Pattern[number] | undefined): boolean => typeof part === 'object' && part.wild === '*';
  const before = open(parts[0]) ? '' : '^';
  if (!before) parts.shift();
  const after = open(parts.at(-1)) ? '' : '$';
  if (!after) parts.pop();
  const body = parts
    .map((part) =>
      typeof part === 'string' ? part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : part.wild === '*' ? '.*' : '.',
    )
    .join('');
  return `(?${cased ? '' : 'i'}s)${before}${body}${after}`;
}

/** Other spellings of how a value begins: registry roots, integrity levels. */
export function respelled(pattern: Pattern, replace: NonNullable<FieldTarget['replace']>): Pattern {
  const index = pattern.findIndex((part) => typeof part === 'string');
  const first = pattern[index];
  if (typeof first !== 'string') return pattern;
  const rule = replace.find(({ from }) => first.toLowerCase().startsWith(from.toLowerCase()));
  if (!rule) return pattern;
  const rest = first.slice(rule.from.length);
  const [head = '', ...tail] = rule.to.split('*');
  const parts: (string | { wild: '*' })[] = [head];
  for (const piece of tail) parts.push({ wild: '*' }, piece);
  const last = parts.pop() as string;
  return [...pattern.slice(0, index), ...parts, last + rest, ...pattern.slice(index + 1)];
}

/**
 * The rule writes key and value as one path, the table has two columns and the name of a value has no backslash: a text lies in
 * the key, in the name, or over the last backslash of both. Comparing the columns lets the engine share them between rules.
 */
export function registryPath({ how, text }: LiteralShape): string {
  const cut = text.lastIndexOf('\\');
  const [key, name] = [text.slice(0, Math.max(0, cut)), text.slice(cut + 1)];
  const k = 'RegistryKey';
  const v = 'RegistryValueName';
  const named = (compare: string): string =>
    name.toLowerCase() === '(default)'
      ? `(${v} in~ ("", ${literal(name)}) and ActionType == "RegistryValueSet")`
      : `${v} ${compare} ${literal(name)}`;
  if (how === 'equals')
    return cut < 0
      ? `(${k} =~ ${literal(text)} and isempty(${v}))`
      : `((${k} =~ ${literal(key)} and ${named('=~')}) or (${k} =~ ${literal(text)} and isempty(${v})))`;
  if (how === 'endswith') {
    const whole = `(${k} endswith ${literal(text)} and isempty(${v}))`;
    return cut < 0
      ? `(${v} endswith ${literal(text)} or ${whole})`
      : `((${named('=~')}${key ? ` and ${k} endswith ${literal(key)}` : ''}) or ${whole})`;
  }
  if (cut < 0)
    return how === 'contains'
      ? `(${k} contains ${literal(text)} or ${v} contains ${literal(text)})`
      : `${k} startswith ${literal(text)}`;
  const border = how === 'contains' ? 'endswith' : '=~';
  const over =
    name === ''
      ? key
        ? `${k} ${border} ${literal(key)}`
        : ''
      : `(${named('startswith')}${key ? ` and ${k} ${border} ${literal(key)}` : ''})`;
  const inKey = `${k} ${how} ${literal(text)}`;
  return over ? `(${inKey} or ${over})` : inKey;
}
