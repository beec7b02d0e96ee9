import { toJson } from './casts.ts';
import { type FunctionDecl, type SqlArg, type SqlContext, ticks } from './declare.ts';
import { host } from './host.ts';

const raw = (a: SqlArg) => (a.type === 'datetime' ? ticks(a.sql) : a.sql);

/** Step of a value, counted from the origin; whole numbers stay whole, since ticks do not fit into a float. */
function steps(at: SqlArg, origin: SqlArg | undefined, step: SqlArg, c: SqlContext): string {
  const distance = origin ? `(${raw(at)} - ${raw(origin)})` : raw(at);
  if (step.type === 'real' || step.type === 'decimal') return `toInt64(floor(${distance} / ${step.sql}))`;
  const [d, s] = [c.once(`toInt64(${distance})`), c.once(`nullIf(toInt64(${step.sql}), 0)`)];
  return `(intDiv(${d}, ${s}) - toInt64(modulo(${d}, ${s}) < 0))`;
}

/** Steps from one to before another; never more than the reference makes. */
export function stepRange(first: string, end: string): string {
  return `range(assumeNotNull(${first}), assumeNotNull(least(${end}, ${first} + 1048576)))`;
}

/** Parts of `make-series`; not callable from a query text, where these names do not exist. */
export const SERIES_FUNCTIONS: readonly FunctionDecl[] = [
  {
    name: 'series_position',
    args: 'any any any',
    returns: 'long',
    sql: ([at, origin, step], c) => steps(at!, origin!, step!, c),
    doc: 'Step of an axis.',
  },
  {
    name: 'series_length',
    args: 'any any any',
    returns: 'long',
    sql: ([from, to, step], c) =>
      `(-${steps({ ...to!, sql: `-(${raw(to!)} - ${raw(from!)})`, type: 'long' }, undefined, step!, c)})`,
    doc: 'Number of steps of an axis.',
  },
  {
    name: 'series_axis',
    args: 'any long long any',
    returns: 'dynamic',
    total: true,
    sql: ([origin, first, end, step]) => {
      const value = `${raw(origin!)} + i * ${step!.sql}`;
      const typed =
        origin!.type === 'datetime'
          ? `reinterpret(toInt64(${value}), 'DateTime64(7,\\'UTC\\')')`
          : origin!.type === 'real'
            ? `toFloat64(${value})`
            : `toInt64(${value})`;
      const all = stepRange(first!.sql, end!.sql);
      return `concat('[', arrayStringConcat(arrayMap(i -> ${toJson(typed, origin!.type, { once: (s) => s })}, ${all}), ','), ']')`;
    },
    doc: 'The values of an axis.',
  },
  {
    name: 'parse_kv_plain',
    args: 'string string string string',
    returns: 'string',
    total: true,
    sql: ([text, pair, kv, key], c) => {
      const pairs = c.once(`splitByString(${pair!.sql}, ${text!.sql})`);
      const sign = `position(p, ${kv!.sql})`;
      const own = `arrayFirst(p -> (${sign} > 0 AND trim(substring(p, 1, ${sign} - 1)) = ${key!.sql}), ${pairs})`;
      const found = c.once(own);
      return `if(${found} = '', '', trim(substring(${found}, position(${found}, ${kv!.sql}) + length(${kv!.sql}))))`;
    },
    doc: 'The value of a key in a text with plain delimiters, for parse-kv.',
  },
  {
    name: 'parse_kv_regex',
    args: 'string string string',
    returns: 'string',
    total: true,
    sql: ([text, regex, key], c) => {
      const all = c.once(`extractAllGroupsVertical(${text!.sql}, ${regex!.sql})`);
      return `arrayFirst(g -> (g[1] = ${key!.sql}), ${all})[2]`;
    },
    doc: 'The value of a key that a pattern with two groups finds, for parse-kv.',
  },
  {
    name: 'parse_kv_text',
    args: 'string string',
    returns: 'dynamic',
    total: true,
    sql: (args, c) => host('parse.kv', args, c, 'dynamic'),
    doc: 'Values of keys in a text with quotes and escapes, for parse-kv.',
  },
  {
    name: 'hll_intersections',
    args: 'dynamic dynamic*',
    returns: 'dynamic',
    sql: (a, c) => host('sketch.intersections', a, c, 'dynamic'),
    doc: 'Sizes of growing intersections, for dcount_intersect.',
  },
  {
    name: 'parse_group',
    args: 'string string long',
    returns: 'string',
    total: true,
    sql: (a, c) => `${c.once(`extractGroups(${a[0]!.sql}, ${a[1]!.sql})`)}[${a[2]!.sql}]`,
    doc: 'A group of a parse pattern.',
  },
];
