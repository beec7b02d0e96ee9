import { toJson } from '../functions/casts.ts';
import { type AggregateDecl, constant, type SqlArg, type SqlContext, stringLike } from '../functions/declare.ts';

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

/** Different values in the order of their first row: a map from value to the number of that row. */
function set([a, limit]: readonly SqlArg[], c: SqlContext, condition: string | undefined): string {
  const keep = (extra: string): string => [condition, extra].filter(Boolean).join(' AND ');
  const row = 'rowNumberInAllBlocks()';
  let found: string;
  if (a!.type === 'dynamic') {
    const parts = c.once(`arrayFilter(e -> e != 'null', ${pieces(a!, c)})`);
    found = `minMap${condition ? 'If' : ''}(mapFromArrays(arrayDistinct(${parts}), arrayWithConstant(length(arrayDistinct(${parts})), ${row}))${condition ? `, ${condition}` : ''})`;
  } else if (a!.type === 'string' || a!.type === 'guid') {
    const m = c.once(`minMap${condition ? 'If' : ''}(map(${a!.sql}, ${row})${condition ? `, ${condition}` : ''})`);
    const sorted = `arraySlice(arraySort((k, v) -> v, mapKeys(${m}), mapValues(${m})), 1, ${size(limit)})`;
    return `toJSONString(${sorted})`;
  } else {
    const json = c.once(toJson(a!.sql, a!.type, c));
    found = `minMapIf(map(${json}, ${row}), ${keep(`${json} != ''`)})`;
  }
  const m = c.once(found);
  return `concat('[', arrayStringConcat(arraySlice(arraySort((k, v) -> v, mapKeys(${m}), mapValues(${m})), 1, ${size(limit)}), ','), ']')`;
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
    args: 'long any long any',
    returns: 'dynamic',
    sql: ([at, value, count, fallback], c) => {
      const json = (a: SqlArg) => c.once(toJson(a.sql, a.type, c));
      const found = c.once(
        `CAST((groupArray(assumeNotNull(${at!.sql})), groupArray(if(${json(value!)} = '', 'null', ${json(value!)}))), 'Map(Int64, String)')`,
      );
      return `concat('[', arrayStringConcat(arrayMap(i -> if(mapContains(${found}, toInt64(i)), ${found}[toInt64(i)], ${json(fallback!)}), range(toUInt64(assumeNotNull(${count!.sql})))), ','), ']')`;
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
    sql: ([by, value]) => arg('max', by!, value),
    doc: 'Values of the row with the largest first argument.',
  },
  {
    name: 'arg_min',
    aliases: ['argmin'],
    args: 'any any*',
    returns: 'first',
    sql: ([by, value]) => arg('min', by!, value),
    doc: 'Values of the row with the smallest first argument.',
  },
];

/** The value of the row where `by` is largest or smallest. */
function arg(which: 'min' | 'max', by: SqlArg, value: SqlArg | undefined): string {
  return `${extremeRow(which, by, [(value ?? by).sql])}.1`;
}

/**
 * A tuple of values of the row where `by` is largest or smallest. The values are boxed in a tuple so that NULL values
 * count, and a group in which `by` is always NULL still gives a row.
 */
export function extremeRow(which: 'min' | 'max', by: SqlArg, values: readonly string[]): string {
  const present = `isNull(${by.sql}) ${which === 'max' ? '= 0' : '= 1'}`;
  // NaN is the largest when the largest is asked for, and the smallest when the smallest is.
  const nan = `isNaN(${by.sql}) ${which === 'max' ? '= 1' : '= 0'}`;
  const key = stringLike(by.type)
    ? by.sql
    : by.type === 'real'
      ? `(${present}, ${nan}, if(isNaN(${by.sql}), 0., ${by.sql}))`
      : `(${present}, ${by.sql})`;
  return `arg${which === 'max' ? 'Max' : 'Min'}(tuple(${values.join(', ')}), ${key})`;
}
