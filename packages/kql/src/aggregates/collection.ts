import { toJson } from '../functions/casts.ts';
import {
  type AggregateDecl,
  constant,
  DECIMAL_DIGITS,
  datetimeOf,
  type SqlArg,
  type SqlContext,
  stringLike,
} from '../functions/declare.ts';
import { stepRange } from '../functions/series.ts';

/** JSON text of a member, NULL when it does not count. */
function member(a: SqlArg, c: SqlContext): string {
  const json = toJson(a.sql, a.type, c);
  return a.type === 'string' || a.type === 'guid' ? json : `nullIf(nullIf(${json}, ''), 'null')`;
}

const MAX_ITEMS = 1048576;

function size(limit: SqlArg | undefined): number {
  const k = constant(limit);
  const n = typeof k === 'string' ? Number(k) : MAX_ITEMS;
  return n > 0 && n < MAX_ITEMS ? n : MAX_ITEMS;
}

/** JSON of what a value adds to a list: an array adds its elements, `null` in a dynamic value counts. */
function pieces(a: SqlArg, c: SqlContext): string {
  const json = c.once(toJson(a.sql, a.type, c));
  return `multiIf(${json} = '', ['null'], startsWith(${json}, '['), JSONExtractArrayRaw(${json}), [${json}])`;
}

function list([a, limit]: readonly SqlArg[], c: SqlContext, condition: string | undefined): string {
  const more = condition ? `, ${condition}` : '';
  const suffix = condition ? 'If' : '';
  if (a!.type === 'dynamic') {
    const all = `groupArrayArray${suffix}(${size(limit)})(${pieces(a!, c)}${more})`;
    return `concat('[', arrayStringConcat(${all}, ','), ']')`;
  }
  return `concat('[', arrayStringConcat(groupArray${suffix}(${size(limit)})(${member(a!, c)}${more}), ','), ']')`;
}

/** Rows of a group whose order a set keeps. */
const ORDERED = 64;

/** Different values as an engine array in no order: texts as they are, all else in their own type. */
function distinctArray([a, limit]: readonly SqlArg[], c: SqlContext, condition: string | undefined): string {
  const suffix = condition ? 'If' : '';
  const more = condition ? `, ${condition}` : '';
  if (a!.type === 'dynamic') return cut(`groupUniqArrayArray${suffix}(${parts(a!, c)}${more})`, size(limit));
  return `groupUniqArray${suffix}(${size(limit)})(${a!.sql}${more})`;
}

const parts = (a: SqlArg, c: SqlContext): string => c.once(`arrayFilter(e -> e != 'null', ${pieces(a, c)})`);

/** The same as texts or JSON texts; those of the first rows stand in front, in the order they came. */
function setArray(args: readonly SqlArg[], c: SqlContext, condition: string | undefined): string {
  const a = args[0]!;
  const suffix = condition ? 'If' : '';
  const more = condition ? `, ${condition}` : '';
  const first =
    a.type === 'dynamic'
      ? `groupArrayArray${suffix}(${ORDERED})(${parts(a, c)}${more})`
      : `groupArray${suffix}(${ORDERED})(${a.sql}${more})`;
  const all = cut(`arrayDistinct(arrayConcat(${first}, ${distinctArray(args, c, condition)}))`, size(args[1]));
  if (isText(a) || a.type === 'dynamic') return all;
  return `arrayMap(e -> ${toJson('e', a.type, { once: (sql) => sql })}, ${all})`;
}

const isText = (a: SqlArg): boolean => a.type === 'string' || a.type === 'guid';
const cut = (array: string, most: number): string => (most === MAX_ITEMS ? array : `arraySlice(${array}, 1, ${most})`);

function set(args: readonly SqlArg[], c: SqlContext, condition: string | undefined): string {
  const array = setArray(args, c, condition);
  return isText(args[0]!) ? `toJSONString(${array})` : `concat('[', arrayStringConcat(${array}, ','), ']')`;
}

function any(a: SqlArg, condition: string | undefined): string {
  const sql = condition ? `anyIf(${a.sql}, ${condition})` : `any(${a.sql})`;
  return stringLike(a.type)
    ? sql
    : condition
      ? `anyRespectNullsIf(${a.sql}, ${condition})`
      : `any_respect_nulls(${a.sql})`;
}

export const COLLECTION_AGGREGATES: readonly AggregateDecl[] = [
  {
    name: 'make_list',
    aliases: ['makelist'],
    args: 'any long?',
    returns: 'dynamic',
    conditional: ['make_list_if'],
    conditionAt: 1,
    sql: list,
    doc: 'All values as an array; nulls are left out.',
  },
  {
    name: 'make_list_with_nulls',
    args: 'any',
    returns: 'dynamic',
    sql: ([a], c) => {
      if (a!.type === 'dynamic') return list([a!], c, undefined);
      const x = c.once(toJson(a!.sql, a!.type, c));
      return `concat('[', arrayStringConcat(groupArray(if(${x} = '', 'null', ${x})), ','), ']')`;
    },
    doc: 'All values as an array, nulls included.',
  },
  {
    name: 'make_set',
    aliases: ['makeset'],
    args: 'any long?',
    returns: 'dynamic',
    conditional: ['make_set_if'],
    conditionAt: 1,
    sql: set,
    array: distinctArray,
    doc: 'Different values as an array.',
  },
  {
    name: 'make_bag',
    aliases: ['make_dictionary'],
    args: 'dynamic long?',
    returns: 'dynamic',
    conditional: ['make_bag_if'],
    conditionAt: 1,
    sql: ([a], _c, condition) => {
      const pairs = `JSONExtractKeysAndValuesRaw(${a!.sql})`;
      const all = condition ? `groupArrayArrayIf(${pairs}, ${condition})` : `groupArrayArray(${pairs})`;
      return `concat('{', arrayStringConcat(arrayMap(p -> concat(toJSONString(p.1), ':', p.2), arrayFilter((p, i) -> i = 1, ${all}, arrayEnumerateUniq(arrayMap(p -> p.1, ${all})))), ','), '}')`;
    },
    doc: 'One bag of the properties of all bags; the first value of a key stays.',
  },
  {
    name: 'series_values',
    args: 'long any long long any',
    returns: 'dynamic',
    sql: ([at, value, first, end, fallback], c) => {
      const json = (a: SqlArg) => {
        const text = c.once(toJson(a.sql, a.type, c));
        return `if(${text} = '', 'null', ${text})`;
      };
      const found = c.once(
        `CAST((groupArray(assumeNotNull(${at!.sql})), groupArray(${json(value!)})), 'Map(Int64, String)')`,
      );
      const open = (a: SqlArg | undefined) => constant(a) === null;
      const from = open(first) ? `min(${at!.sql})` : first!.sql;
      const to = open(end) ? `max(${at!.sql}) + 1` : end!.sql;
      return `concat('[', arrayStringConcat(arrayMap(i -> if(mapContains(${found}, toInt64(i)), ${found}[toInt64(i)], ${json(fallback!)}), ${stepRange(from, to)}), ','), ']')`;
    },
    doc: 'Values along an axis, for make-series.',
  },
  {
    name: 'take_any',
    aliases: ['any', 'passthrough'],
    args: 'any',
    returns: 'first',
    conditional: ['take_anyif', 'anyif'],
    sql: ([a], _c, condition) => any(a!, condition),
    doc: 'A value of some row.',
  },
  {
    name: 'arg_max',
    aliases: ['argmax'],
    args: 'any any*',
    returns: 'first',
    sql: ([by, value], c) => extremeValues('max', by!, value ?? by!, c.grouped ?? false),
    doc: 'Values of the row with the largest first argument.',
  },
  {
    name: 'arg_min',
    aliases: ['argmin'],
    args: 'any any*',
    returns: 'first',
    sql: ([by, value], c) => extremeValues('min', by!, value ?? by!, c.grouped ?? false),
    doc: 'Values of the row with the smallest first argument.',
  },
];

const LEAST = '-9223372036854775807';

/** What rows are ranked by: a null `by` ranks below all values for the largest, above them for the smallest. */
function rank(which: 'min' | 'max', by: SqlArg): string {
  if (stringLike(by.type) || (by.notNull && by.type !== 'real')) return by.sql;
  const end = which === 'max' ? LEAST : LEAST.slice(1);
  switch (by.type) {
    case 'datetime':
      return `ifNull(${by.sql}, ${datetimeOf(`toInt64(${end})`)})`;
    case 'decimal':
      return `(isNull(${by.sql}) ${which === 'max' ? '= 0' : '= 1'}, ifNull(${by.sql}, toDecimal256(0, ${DECIMAL_DIGITS})))`;
    case 'real': {
      // NaN is the largest when the largest is asked for, and the smallest when the smallest is.
      const [present, nan] = which === 'max' ? ['= 0', '= 1'] : ['= 1', '= 0'];
      return `(isNull(${by.sql}) ${present}, isNaN(${by.sql}) ${nan}, if(isNaN(${by.sql}), 0., ${by.sql}))`;
    }
    default:
      return `ifNull(toInt64(${by.sql}), toInt64(${end}))`;
  }
}

/** The value of the row where `by` is largest or smallest; a group in which `by` is always NULL still has one. */
export function extremeValues(which: 'min' | 'max', by: SqlArg, value: SqlArg, grouped: boolean): string {
  const orNull = grouped ? '' : 'OrNull';
  if (value.sql === by.sql && by.type !== 'real')
    return stringLike(by.type) ? `${which}(${by.sql})` : `${which}${orNull}(${by.sql})`;
  const fn = which === 'max' ? 'argMax' : 'argMin';
  const key = rank(which, by);
  if (stringLike(value.type)) return `${fn}(${value.sql}, ${key})`;
  if (value.notNull) return `${fn}${orNull}(${value.sql}, ${key})`;
  return `if(${fn}(isNull(${value.sql}), ${key}), NULL, ${fn}${orNull}(assumeNotNull(${value.sql}), ${key}))`;
}
