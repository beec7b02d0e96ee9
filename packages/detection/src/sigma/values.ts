/** Values and modifiers of Sigma fields. */
import { type Logic, type Pattern, SigmaError, type Test, type TimePart } from './types.ts';

const TIME_PARTS: readonly TimePart[] = ['minute', 'hour', 'day', 'week', 'month', 'year'];
const COMPARE = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;
/** Variants of one value (dashes, offsets) that are still worth writing out. */
const MAX_VARIANTS = 200;
const MAX_VALUES = 5000;
const MAX_TEXT = 20_000;
/** What Windows programs take for the dash of an option. */
const DASHES = ['-', '/', '–', '—', '―'];

/** Values for `%name%` of the modifier `expand`. */
export type Placeholders = Readonly<Record<string, readonly string[]>>;

type Scalar = string | number | boolean | null;

/** Text of a value with its wildcards: a backslash escapes wildcards and itself before one, and is literal elsewhere. */
export function parsePattern(text: string): Pattern {
  const parts: (string | { wild: '*' | '?' })[] = [];
  let literal = '';
  const flush = (): void => {
    if (literal) parts.push(literal);
    literal = '';
  };
  for (let i = 0; i < text.length; i++) {
    const ch = text[i] as string;
    const next = text[i + 1];
    if (ch === '\\' && (next === '*' || next === '?' || next === '\\')) {
      literal += next;
      i++;
    } else if (ch === '*' || ch === '?') {
      flush();
      if (ch === '*' && typeof parts.at(-1) === 'object' && (parts.at(-1) as { wild: string }).wild === '*') continue;
      parts.push({ wild: ch });
    } else literal += ch;
  }
  flush();
  return parts;
}

/** The text of a pattern without wildcards. */
function plain(pattern: Pattern, modifier: string): string {
  if (pattern.some((part) => typeof part !== 'string'))
    throw new SigmaError(`the modifier "${modifier}" cannot be used on a value with wildcards`);
  return pattern.join('');
}

const ANY = { wild: '*' } as const;
const isAny = (part: Pattern[number] | undefined): boolean => typeof part === 'object' && part.wild === '*';

function surround(pattern: Pattern, before: boolean, after: boolean): Pattern {
  return [
    ...(before && !isAny(pattern[0]) ? [ANY] : []),
    ...pattern,
    ...(after && !isAny(pattern.at(-1)) ? [ANY] : []),
  ];
}

/** A value on its way through the modifiers. Bytes stand in a text as code points below 256. */
type Item =
  | { readonly kind: 'pattern'; readonly pattern: Pattern }
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly contains: boolean }
  | { readonly kind: 'regex'; readonly source: string; readonly flags: string }
  | { readonly kind: 'test'; readonly test: Test }
  | { readonly kind: 'scalar'; readonly value: number | boolean | null };

/** Three spellings a text can have inside base64, by its position modulo three, without the characters its neighbours decide. */
function base64Offsets(bytes: Buffer): string[] {
  const starts = [0, 2, 3];
  const ends = [undefined, -3, -2] as const;
  return [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset, 0x20), bytes])
      .toString('base64')
      .slice(starts[offset], ends[(bytes.length + offset) % 3]),
  );
}

function dashes(pattern: Pattern): Pattern[] {
  let variants: Pattern[] = [[]];
  for (const part of pattern) {
    if (typeof part !== 'string') {
      variants = variants.map((variant) => [...variant, part]);
      continue;
    }
    // A dash or slash that opens an option: nothing of a word before it, a word after it.
    const pieces = part.split(/(?<!\w)[-/](?=\w)/);
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) variants = DASHES.flatMap((dash) => variants.map((variant) => joined(variant, dash)));
      if (variants.length > MAX_VARIANTS) throw new SigmaError('"windash" would write too many variants of one value');
      if (piece) variants = variants.map((variant) => joined(variant, piece));
    }
  }
  return variants;
}

function joined(pattern: Pattern, text: string): Pattern {
  const last = pattern.at(-1);
  return typeof last === 'string' ? [...pattern.slice(0, -1), last + text] : [...pattern, text];
}

function utf16(text: string, bigEndian: boolean, mark: boolean): Buffer {
  const bytes = Buffer.from(mark ? `\ufeff${text}` : text, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
}

/**
 * One field with its modifiers and values as logic.
 * @param key the key in the rule, e.g. `CommandLine|contains|all`; empty for keywords
 * @throws SigmaError for unknown modifiers, impossible combinations and values
 */
export function fieldLogic(key: string, raw: unknown, placeholders: Placeholders): Logic {
  const [name = '', ...modifiers] = key.split('|');
  const field = name === '' ? null : name;
  const list: Scalar[] = scalars(raw, key);
  if (list.length > MAX_VALUES) throw new SigmaError(`"${key}" has more than ${MAX_VALUES} values`);
  if (list.length === 0) throw new SigmaError(`"${key}" has no value`);
  const all = modifiers.includes('all');
  const negated = modifiers.includes('neq');
  const rest = modifiers.filter((modifier) => modifier !== 'all' && modifier !== 'neq');
  const items = list.map((value) => testsOf(value, rest, key, placeholders));
  const tests = items.map((variants): Logic => {
    const logic = variants.map((test): Logic => ({ op: 'test', field, test }));
    return logic.length === 1 ? (logic[0] as Logic) : { op: 'or', items: logic };
  });
  const whole: Logic = tests.length === 1 ? (tests[0] as Logic) : { op: all ? 'and' : 'or', items: tests };
  return negated ? { op: 'not', item: whole } : whole;
}

function scalars(raw: unknown, key: string): Scalar[] {
  const one = (value: unknown): Scalar => {
    if (value === null || value === undefined) return null;
    if (typeof value === 'bigint') return String(value);
    if (value instanceof Date) return value.toISOString();
    if (typeof value === 'string') {
      if (value.length > MAX_TEXT) throw new SigmaError(`a value of "${key}" is longer than ${MAX_TEXT} characters`);
      return value;
    }
    if (typeof value === 'number' || typeof value === 'boolean') return value;
    throw new SigmaError(`a value of "${key}" is neither text nor number`);
  };
  return Array.isArray(raw) ? raw.map(one) : [one(raw)];
}

function testsOf(value: Scalar, modifiers: readonly string[], key: string, placeholders: Placeholders): Test[] {
  const cased = modifiers.includes('cased');
  const flags = modifiers.filter((modifier) => ['i', 'm', 's'].includes(modifier)).join('');
  if (flags && !modifiers.includes('re')) throw new SigmaError(`"${key}": i, m and s belong to the modifier "re"`);
  let items: Item[] = [start(value, modifiers)];
  for (const [position, modifier] of modifiers.entries()) {
    if (['cased', 'i', 'm', 's'].includes(modifier)) continue;
    items = items.flatMap((item) => apply(item, modifier, modifiers, position, key, placeholders, flags));
    if (items.length > MAX_VALUES) throw new SigmaError(`"${key}" has too many variants of its values`);
  }
  return items.map((item) => finish(item, cased, key));
}

function start(value: Scalar, modifiers: readonly string[]): Item {
  if (typeof value === 'string')
    return modifiers.includes('re')
      ? { kind: 'regex', source: value, flags: '' }
      : { kind: 'pattern', pattern: parsePattern(value) };
  // A number that is searched for inside a text is text.
  if (
    typeof value === 'number' &&
    modifiers.some((m) => ['contains', 'startswith', 'endswith', 're', 'windash', 'fieldref'].includes(m))
  )
    return modifiers.includes('re')
      ? { kind: 'regex', source: String(value), flags: '' }
      : { kind: 'pattern', pattern: [String(value)] };
  return { kind: 'scalar', value };
}

function apply(
  item: Item,
  modifier: string,
  modifiers: readonly string[],
  position: number,
  key: string,
  placeholders: Placeholders,
  flags: string,
): Item[] {
  const wrong = (): never => {
    throw new SigmaError(`"${key}": the modifier "${modifier}" does not fit its value`);
  };
  const earlier = modifiers.slice(0, position);
  switch (modifier) {
    case 'contains':
    case 'startswith':
    case 'endswith': {
      if (item.kind === 'test' && item.test.kind === 'field')
        return [{ kind: 'test', test: { ...item.test, how: modifier } }];
      if (item.kind === 'regex') {
        const source =
          modifier === 'contains'
            ? item.source
            : modifier === 'startswith'
              ? `^(?:${item.source})`
              : `(?:${item.source})$`;
        return [{ ...item, source }];
      }
      const pattern = item.kind === 'bytes' ? textOf(item) : item.kind === 'pattern' ? item.pattern : wrong();
      return [{ kind: 'pattern', pattern: surround(pattern, modifier !== 'startswith', modifier !== 'endswith') }];
    }
    case 're':
      return item.kind === 'regex' ? [{ ...item, flags }] : wrong();
    case 'windash':
      return item.kind === 'pattern' ? dashes(item.pattern).map((pattern) => ({ kind: 'pattern', pattern })) : wrong();
    case 'wide':
    case 'utf16le':
    case 'utf16be':
    case 'utf16': {
      if (item.kind !== 'pattern') return wrong();
      const bytes = utf16(plain(item.pattern, modifier), modifier === 'utf16be', modifier === 'utf16');
      return [{ kind: 'bytes', bytes, contains: false }];
    }
    case 'base64':
    case 'base64offset': {
      const bytes =
        item.kind === 'bytes'
          ? item.bytes
          : item.kind === 'pattern'
            ? Buffer.from(plain(item.pattern, modifier), 'utf8')
            : wrong();
      const texts = modifier === 'base64' ? [bytes.toString('base64')] : base64Offsets(bytes);
      return texts.filter(Boolean).map((text) => ({ kind: 'pattern', pattern: [text] }));
    }
    case 'cidr': {
      const text = item.kind === 'pattern' ? plain(item.pattern, modifier) : wrong();
      if (!isRange(text))
        throw new SigmaError(`"${key}": "${text.slice(0, 60)}" is not a network such as 192.0.2.0/24`);
      return [{ kind: 'test', test: { kind: 'cidr', range: text } }];
    }
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte': {
      const number = numberOf(item);
      if (number === undefined) return wrong();
      return [{ kind: 'test', test: { kind: 'compare', operator: COMPARE[modifier], value: number } }];
    }
    case 'exists': {
      const value =
        item.kind === 'scalar'
          ? item.value
          : item.kind === 'pattern'
            ? /^true$/i.test(item.pattern.join('')) || (/^false$/i.test(item.pattern.join('')) ? false : null)
            : null;
      if (typeof value !== 'boolean') throw new SigmaError(`"${key}": "exists" takes true or false`);
      return [{ kind: 'test', test: { kind: 'exists', value } }];
    }
    case 'fieldref': {
      const other = item.kind === 'pattern' ? plain(item.pattern, modifier) : wrong();
      const how = earlier.find((m) => m === 'contains' || m === 'startswith' || m === 'endswith') ?? 'equals';
      return [{ kind: 'test', test: { kind: 'field', other, how } }];
    }
    case 'expand':
      return item.kind === 'pattern' ? expand(item.pattern, key, placeholders) : [item];
    default:
      if ((TIME_PARTS as readonly string[]).includes(modifier)) {
        const number = numberOf(item);
        if (number === undefined) return wrong();
        return [{ kind: 'test', test: { kind: 'timePart', part: modifier as TimePart, value: number } }];
      }
      throw new SigmaError(`"${key}": the modifier "${modifier}" is not known`);
  }
}

function numberOf(item: Item): number | undefined {
  if (item.kind === 'scalar' && typeof item.value === 'number') return item.value;
  if (item.kind !== 'pattern') return undefined;
  const text = item.pattern.join('');
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
}

/** `%name%` in a value stands for each of the values it was given. */
function expand(pattern: Pattern, key: string, placeholders: Placeholders): Item[] {
  let variants: Pattern[] = [[]];
  for (const part of pattern) {
    if (typeof part !== 'string') {
      variants = variants.map((variant) => [...variant, part]);
      continue;
    }
    for (const [index, piece] of part.split(/%([\w-]+)%/).entries()) {
      if (index % 2 === 0) {
        if (piece) variants = variants.map((variant) => joined(variant, piece));
        continue;
      }
      const values = placeholders[piece];
      if (!values || values.length === 0)
        throw new SigmaError(`"${key}": the placeholder %${piece}% has no values (give them with the import)`);
      variants = values.flatMap((value) => variants.map((variant) => joined(variant, value)));
      if (variants.length > MAX_VALUES) throw new SigmaError(`"${key}" has too many variants of its values`);
    }
  }
  return variants.map((variant) => ({ kind: 'pattern', pattern: variant }));
}

/** Bytes as the text that a log shows for them: UTF-16 of ASCII has a NUL after every letter. */
function textOf(item: { readonly bytes: Buffer }): Pattern {
  return [item.bytes.toString('latin1')];
}

function finish(item: Item, cased: boolean, key: string): Test {
  switch (item.kind) {
    case 'pattern':
      return { kind: 'text', pattern: item.pattern, cased };
    case 'bytes':
      return { kind: 'text', pattern: textOf(item), cased };
    case 'regex':
      return { kind: 'regex', source: checkedRegex(item.source, key), flags: item.flags };
    case 'test':
      return item.test;
    default:
      if (item.value === null) return { kind: 'null' };
      return typeof item.value === 'number'
        ? { kind: 'number', value: item.value }
        : { kind: 'boolean', value: item.value };
  }
}

/** What RE2 cannot do; a rule with it is refused rather than changed. */
function checkedRegex(source: string, key: string): string {
  const bare = source.replace(/\\\\/g, 'x').replace(/\[(?:\\.|[^\]\\])*\]/g, 'x');
  const outside: readonly [RegExp, string][] = [
    [/\(\?[=!]/, 'a look-ahead'],
    [/\(\?<[=!]/, 'a look-behind'],
    [/\(\?>/, 'an atomic group'],
    [/\\[1-9]/, 'a back reference'],
    [/\\k[<{']/, 'a back reference'],
    [/[*+?}]\+/, 'a possessive repetition'],
    [/\(\?\(/, 'a conditional group'],
    [/\(\?P?[>&R]|\(\?\d/, 'a recursion'],
  ];
  for (const [pattern, what] of outside)
    if (pattern.test(bare)) throw new SigmaError(`"${key}": the expression uses ${what}, which RE2 does not have`);
  for (const match of bare.matchAll(/\{(\d+)(?:,(\d*))?\}/g))
    if (Number(match[1]) > 1000 || Number(match[2] || 0) > 1000)
      throw new SigmaError(`"${key}": the expression repeats more than 1000 times, which RE2 does not do`);
  try {
    // JavaScript's grammar is not RE2's, but a bracket that is not closed is wrong in both.
    new RegExp(
      source
        .replace(/\(\?[imsU-]+\)/g, '')
        .replace(/\(\?[imsU-]+:/g, '(?:')
        .replace(/\(\?P</g, '(?<')
        .replace(/\\[AzQE]/g, ''),
    );
  } catch (error) {
    if (/unterminated|unmatched|nothing to repeat|out of order|lone quantifier/i.test((error as Error).message))
      throw new SigmaError(`"${key}": the expression is not valid (${(error as Error).message.split(': ').at(-1)})`);
  }
  return source;
}

/** A network in CIDR writing, of either family. */
export function isRange(text: string): boolean {
  const [address = '', bits = ''] = text.split('/');
  if (!/^\d{1,3}$/.test(bits)) return false;
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address))
    return Number(bits) <= 32 && address.split('.').every((part) => Number(part) <= 255);
  return Number(bits) <= 128 && address.includes(':') && /^[0-9a-f:.]+$/i.test(address);
}
