import type { Expr } from '../plan/ir.ts';
import { constant, type FunctionDecl, type SqlArg, type SqlContext } from './declare.ts';
import { enginePattern, groupNames, patternSql } from './regex.ts';
import { hasSql } from './text-search.ts';

/** 0-based start and length with the language's rules for negative starts. */
function substring(args: readonly SqlArg[], c: SqlContext): string {
  const s = args[0]!.sql;
  const length = `toInt64(lengthUTF8(${s}))`;
  const raw = c.once(args[1]!.sql);
  const k = constant(args[1]);
  const known = typeof k === 'string' && !k.startsWith('-');
  const start = known ? raw : c.once(`if(${raw} < 0, ${length} + ${raw}, ${raw})`);
  // A start before the text gives nothing at all.
  const outside = known ? [] : [`${start} < 0`];
  if (args[2]) {
    const count = c.once(args[2].sql);
    const n = constant(args[2]);
    const empty = [...outside, ...(typeof n === 'string' && Number(n) > 0 ? [] : [`${count} <= 0`])];
    const part = `substringUTF8(${s}, ${start} + 1, ${count})`;
    return empty.length ? `if(${empty.join(' OR ')}, '', ${part})` : part;
  }
  return outside.length
    ? `if(${outside[0]}, '', substringUTF8(${s}, ${start} + 1))`
    : `substringUTF8(${s}, ${start} + 1)`;
}

/** A JSON array of strings from an Array(String) expression. */
export const jsonStrings = (sql: string): string => `toJSONString(${sql})`;

function indexOf(args: readonly SqlArg[], c: SqlContext): string {
  const [s, needle, start, length, occurrence] = args;
  if (!start) return `if(empty(${needle!.sql}), NULL, toInt64(positionUTF8(${s!.sql}, ${needle!.sql})) - 1)`;
  const size = `toInt64(lengthUTF8(${s!.sql}))`;
  const from = c.once(`if(${start.sql} < 0, greatest(${size} + ${start.sql}, 0), ${start.sql})`);
  const hay = length
    ? c.once(`if(${length.sql} < 0, ${s!.sql}, substringUTF8(${s!.sql}, 1, ${from} + ${length.sql}))`)
    : s!.sql;
  if (occurrence) {
    const parts = c.once(`splitByString(${needle!.sql}, substringUTF8(${hay}, ${from} + 1))`);
    const n = occurrence.sql;
    return `if(length(${parts}) > ${n}, ${from} + toInt64(lengthUTF8(arrayStringConcat(arraySlice(${parts}, 1, ${n}), ${needle!.sql}))), -1)`;
  }
  const at = c.once(`toInt64(positionUTF8(substringUTF8(${hay}, ${from} + 1), ${needle!.sql}))`);
  return `if(${at} = 0, -1, ${at} - 1 + ${from})`;
}

/** Replacement groups are `\\1` in both languages. */
function replaceRegex(args: readonly SqlArg[], c: SqlContext): string {
  return `replaceRegexpAll(${args[0]!.sql}, ${patternSql(args[1]!, c)}, ${args[2]!.sql})`;
}

function trim(side: 'start' | 'end' | 'both') {
  return (args: readonly SqlArg[], c: SqlContext): string => {
    const regex = enginePattern(String(constant(args[0]) ?? ''));
    const s = args[1]!.sql;
    const from = (x: string) => `replaceRegexpOne(${x}, ${c.param(`^(?:${regex})`)}, '')`;
    const to = (x: string) => `replaceRegexpOne(${x}, ${c.param(`(?:${regex})$`)}, '')`;
    if (side === 'start') return from(s);
    return side === 'end' ? to(s) : to(from(s));
  };
}

/** Extraction needs a group in the pattern. */
const groupPattern = (at: number) => (args: readonly Expr[]) => {
  const p = constant(args[at]);
  if (typeof p !== 'string') return 'The regular expression must be a constant.';
  const names = groupNames(p);
  if (names.length === 0) return 'The regular expression needs at least one group in parentheses.';
  if (args.length === 3) {
    const wanted = constant(args[1]);
    if (typeof wanted !== 'string') return 'The groups must be a constant array.';
    if (pickedGroups(p, wanted).includes(undefined)) return 'A group that is asked for is not in the pattern.';
  }
  return undefined;
};

/** Numbers of the groups an array such as `["name", 2]` asks for. */
function pickedGroups(pattern: string, wanted: string): (number | undefined)[] {
  const names = groupNames(pattern);
  let list: unknown;
  try {
    list = JSON.parse(wanted);
  } catch {
    return [undefined];
  }
  return (Array.isArray(list) ? list : [list]).map((g: unknown) => {
    const n = typeof g === 'string' ? names.indexOf(g) + 1 : Number(g);
    return Number.isInteger(n) && n >= 1 && n <= names.length ? n : undefined;
  });
}

const constantPattern = (at: number) => (args: readonly { readonly op: string }[]) =>
  args[at]?.op === 'literal' ? undefined : 'The regular expression must be a constant.';

function extract(args: readonly SqlArg[], c: SqlContext): string {
  const source = constant(args[0]);
  const group = constant(args[1]);
  if (group === '0') {
    const all = typeof source === 'string' ? c.param(`(${enginePattern(source)})`) : args[0]!.sql;
    return `extract(${args[2]!.sql}, ${all})`;
  }
  if (typeof source === 'string' && typeof group === 'string' && Number(group) > groupNames(source).length) return `''`;
  if (group === '1' && typeof source === 'string') return `extract(${args[2]!.sql}, ${patternSql(args[0]!, c)})`;
  return `extractGroups(${args[2]!.sql}, ${patternSql(args[0]!, c)})[${args[1]!.sql}]`;
}

function extractAll(args: readonly SqlArg[], c: SqlContext): string {
  const regex = String(constant(args[0]) ?? '');
  const last = args[args.length - 1]!;
  const all = `extractAllGroupsVertical(${last.sql}, ${c.param(enginePattern(regex))})`;
  if (args.length === 3) {
    const picks = pickedGroups(regex, String(constant(args[1])));
    if (picks.length === 1) return `toJSONString(arrayMap(g -> g[${picks[0]}], ${all}))`;
    return `toJSONString(arrayMap(g -> [${picks.map((n) => `g[${n}]`).join(', ')}], ${all}))`;
  }
  return groupNames(regex).length === 1 ? `toJSONString(arrayMap(g -> g[1], ${all}))` : `toJSONString(${all})`;
}

function split(args: readonly SqlArg[], c: SqlContext): string {
  const whole = `splitByString(${args[1]!.sql}, ${args[0]!.sql})`;
  const parts = constant(args[1]) === '' ? `[${args[0]!.sql}]` : whole;
  if (!args[2]) return `toJSONString(${parts})`;
  const p = c.once(parts);
  const i = c.once(args[2].sql);
  return `if(${i} >= 0 AND ${i} < length(${p}), toJSONString([${p}[${i} + 1]]), if(${i} < 0 AND -${i} <= length(${p}), toJSONString([${p}[${i}]]), '[]'))`;
}

/**
 * Matches become marks of bytes that no UTF-8 text holds, one lookup after the other, and the marks become the new
 * texts at the end. A lookup that is no text is skipped, a rewrite that is none keeps what was there.
 */
function replaceStrings(args: readonly SqlArg[], c: SqlContext): string {
  const texts = (sql: string) => c.once(`JSONExtractArrayRaw(${sql})`);
  const [lookups, rewrites] = [texts(args[1]!.sql), texts(args[2]!.sql)];
  const mark = "concat('\\xFF', char(248 + i % 6), char(248 + intDiv(i, 6) % 6), char(248 + intDiv(i, 36) % 6))";
  const from = `if(startsWith(${lookups}[i], '"'), JSONExtractString(${lookups}[i]), '')`;
  const to = `if(startsWith(${rewrites}[i], '"'), JSONExtractString(${rewrites}[i]), ${from})`;
  const count = `range(1, least(length(${lookups}), 215) + 1)`;
  const marked = `arrayFold((acc, i) -> arrayMap(f -> if(f = '', acc, replaceAll(acc, f, ${mark})), [${from}])[1], ${count}, ${args[0]!.sql})`;
  return `arrayFold((acc, i) -> replaceAll(acc, ${mark}, ${to}), ${count}, ${marked})`;
}

/** Position of a match of a regular expression: start, length and number of the match as in `indexof`. */
function indexOfRegex(args: readonly SqlArg[], c: SqlContext): string {
  const [text, regex, start, length, occurrence] = args;
  const pattern = `(${enginePattern(String(constant(regex) ?? ''))})`;
  const from = start ? c.once(`ifNull(${start.sql}, 0)`) : '0';
  const size = length ? c.once(`ifNull(${length.sql}, -1)`) : '-1';
  const n = occurrence ? c.once(`ifNull(${occurrence.sql}, 1)`) : '1';
  const part = c.once(
    `if(${size} < 0, substringUTF8(${text!.sql}, ${from} + 1), substringUTF8(${text!.sql}, ${from} + 1, ${size}))`,
  );
  // Matches are told apart from what lies between them by their order: each is looked for after the one before.
  const found = c.once(`arrayMap(g -> g[1], extractAllGroupsVertical(${part}, ${c.param(pattern)}))`);
  const walk = `arrayFold((s, m) -> (toInt64(position(${part}, m, toUInt64(s.2 + 1))), toInt64(position(${part}, m, toUInt64(s.2 + 1)) + length(m) - 1)), arraySlice(${found}, 1, ${n}), (toInt64(0), toInt64(0))).1`;
  const at = `toInt64(lengthUTF8(substring(${part}, 1, ${walk} - 1))) + ${from}`;
  return `multiIf(${from} < 0 OR ${n} < 1, NULL, length(${found}) < ${n}, toInt64(-1), ${at})`;
}

export const STRING_FUNCTIONS: readonly FunctionDecl[] = [
  {
    name: 'strcat',
    args: 'string string*',
    returns: 'string',
    total: true,
    sql: (a) => (a.length === 1 ? a[0]!.sql : `concat(${a.map((x) => x.sql).join(', ')})`),
    doc: 'Joins texts.',
  },
  {
    name: 'strcat_delim',
    args: 'string string string*',
    returns: 'string',
    total: true,
    sql: (a) =>
      `arrayStringConcat([${a
        .slice(1)
        .map((x) => x.sql)
        .join(', ')}], ${a[0]!.sql})`,
    doc: 'Joins texts with a delimiter.',
  },
  { name: 'strlen', args: 'string', returns: 'long', sql: 'toInt64(lengthUTF8($1))', doc: 'Number of characters.' },
  { name: 'string_size', args: 'string', returns: 'long', sql: 'toInt64(length($1))', doc: 'Number of UTF-8 bytes.' },
  { name: 'tolower', aliases: ['lower'], args: 'string', returns: 'string', sql: 'lowerUTF8($1)', doc: 'Lower case.' },
  { name: 'toupper', aliases: ['upper'], args: 'string', returns: 'string', sql: 'upperUTF8($1)', doc: 'Upper case.' },
  { name: 'substring', args: 'string long long?', returns: 'string', sql: substring, doc: 'Part of a text, 0-based.' },
  { name: 'reverse', args: 'string', returns: 'string', sql: 'reverseUTF8($1)', doc: 'Characters in reverse order.' },
  {
    name: 'repeat_text',
    aliases: ['strrep'],
    args: 'string long string?',
    returns: 'string',
    total: true,
    sql: (a) =>
      a[2]
        ? `arrayStringConcat(arrayMap(i -> ${a[0]!.sql}, range(toUInt64(greatest(ifNull(${a[1]!.sql}, 0), 0)))), ${a[2].sql})`
        : `repeat(${a[0]!.sql}, greatest(ifNull(${a[1]!.sql}, 0), 0))`,
    doc: 'Repeats a text.',
  },
  {
    name: 'strcmp',
    args: 'string string',
    returns: 'long',
    sql: 'multiIf($1 < $2, toInt64(-1), $1 > $2, toInt64(1), toInt64(0))',
    doc: 'Order of two texts: -1, 0 or 1.',
  },
  {
    name: 'indexof',
    args: 'string string long? long? long?',
    returns: 'long',
    sql: indexOf,
    doc: 'Position of a text, -1 when absent.',
  },
  {
    name: 'indexof_regex',
    args: 'string string long? long? long?',
    returns: 'long',
    check: constantPattern(1),
    sql: indexOfRegex,
    doc: 'Position of a match of a regular expression, -1 when there is none.',
  },
  {
    name: 'has_any_index',
    args: 'string dynamic',
    returns: 'long',
    textArgs: [1],
    sql: (a, c) => {
      const term: SqlArg = { sql: 'term', type: 'string', expr: { op: 'column', id: 'term', type: 'string' } };
      const test = hasSql(a[0]!, term, { caseSensitive: false, mode: 'both' }, { ...c, once: (x) => x });
      return `(toInt64(arrayFirstIndex(term -> ${test}, JSONExtract(${a[1]!.sql}, 'Array(String)'))) - 1)`;
    },
    doc: 'Position of the first term of an array that a text holds, -1 when it holds none.',
  },
  {
    name: 'countof',
    args: 'string string string?',
    returns: 'long',
    sql: (a, c) =>
      constant(a[2]) === 'regex'
        ? `toInt64(countMatches(${a[0]!.sql}, ${patternSql(a[1]!, c)}))`
        : `toInt64(length(arrayFilter(i -> substring(${a[0]!.sql}, i, length(${a[1]!.sql})) = ${a[1]!.sql}, range(1, length(${a[0]!.sql}) + 1))))`,
    doc: 'Number of occurrences.',
  },
  {
    name: 'replace_string',
    args: 'string string string',
    returns: 'string',
    sql: ([text, wanted, by], c) => {
      const known = constant(wanted);
      if (typeof known === 'string' && known !== '') return `replaceAll(${text!.sql}, ${wanted!.sql}, ${by!.sql})`;
      const [x, w] = [c.once(text!.sql), c.once(wanted!.sql)];
      return `if(${w} = '', ${x}, replaceAll(${x}, ${w}, ${by!.sql}))`;
    },
    doc: 'Replaces every occurrence of a text.',
  },
  {
    name: 'replace_regex',
    args: 'string string string',
    returns: 'string',
    sql: replaceRegex,
    check: constantPattern(1),
    doc: 'Replaces every match of a regular expression.',
  },
  {
    name: 'replace',
    args: 'string string string',
    returns: 'string',
    sql: (a, c) => replaceRegex([a[2]!, a[0]!, a[1]!], c),
    check: constantPattern(0),
    doc: 'Old spelling of replace_regex with the text last.',
  },
  {
    name: 'replace_strings',
    args: 'string dynamic dynamic',
    returns: 'string',
    textArgs: [1, 2],
    sql: replaceStrings,
    doc: 'Replaces several texts; an earlier one goes first, and what it matched is left alone by the others.',
  },
  {
    name: 'translate',
    args: 'string string string',
    returns: 'string',
    sql: (a) =>
      `arrayStringConcat(arrayMap(ch -> if(positionUTF8(${a[0]!.sql}, ch) = 0, ch, substringUTF8(${a[1]!.sql}, least(positionUTF8(${a[0]!.sql}, ch), greatest(lengthUTF8(${a[1]!.sql}), 1)), 1)), ngrams(${a[2]!.sql}, 1)))`,
    doc: 'Maps single characters.',
  },
  {
    name: 'trim',
    args: 'string string',
    returns: 'string',
    sql: trim('both'),
    check: constantPattern(0),
    doc: 'Removes a pattern at both ends.',
  },
  {
    name: 'trim_start',
    aliases: ['trimstart'],
    args: 'string string',
    returns: 'string',
    sql: trim('start'),
    check: constantPattern(0),
    doc: 'Removes a pattern at the start.',
  },
  {
    name: 'trim_end',
    aliases: ['trimend'],
    args: 'string string',
    returns: 'string',
    sql: trim('end'),
    check: constantPattern(0),
    doc: 'Removes a pattern at the end.',
  },
  {
    name: 'extract',
    args: 'string long string string?',
    returns: 'string',
    sql: extract,
    check: constantPattern(0),
    doc: 'A group of the first match.',
  },
  {
    name: 'extract_all',
    aliases: ['extractall'],
    args: 'string any string?',
    returns: 'dynamic',
    sql: (a, c) => {
      const x = c.once(extractAll(a, c));
      return `if(${x} = '[]', '', ${x})`;
    },
    total: true,
    check: groupPattern(0),
    doc: 'All matches as an array.',
  },
  {
    name: 'split',
    args: 'string string long?',
    returns: 'dynamic',
    total: true,
    sql: split,
    doc: 'Parts of a text between delimiters.',
  },
  { name: 'isempty', args: 'any', returns: 'bool', sql: (a) => emptiness(a[0]!), doc: 'True for empty text and null.' },
  {
    name: 'isnotempty',
    aliases: ['notempty'],
    args: 'any',
    returns: 'bool',
    sql: (a) => `NOT (${emptiness(a[0]!)})`,
    doc: 'False for empty text and null.',
  },
  {
    name: 'regex_quote',
    args: 'string',
    returns: 'string',
    sql: "replaceRegexpAll($1, '([^a-zA-Z0-9_])', '\\\\\\\\\\\\1')",
    doc: 'Escapes a text for use in a regular expression.',
  },
];

function emptiness(arg: SqlArg): string {
  switch (arg.type) {
    case 'string':
    case 'guid':
      return `empty(${arg.sql})`;
    case 'dynamic':
      return `(${arg.sql} IN ('', 'null', '""'))`;
    default:
      return `isNull(${arg.sql})`;
  }
}
