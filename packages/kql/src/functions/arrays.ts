/** Arrays: sorting, searching, cutting and shifting. An array is JSON text; elements keep the text they were written as. */
import type { Expr } from '../plan/ir.ts';
import type { FunctionDecl, SqlArg, SqlContext } from './declare.ts';
import { jsonMember } from './dynamic.ts';

const elements = (sql: string) => `JSONExtractArrayRaw(${sql})`;
const array = (sql: string) => `concat('[', arrayStringConcat(${sql}, ','), ']')`;
const isArray = (sql: string) => `startsWith(${sql}, '[')`;

/** Positions of elements in sorted order: numbers by value, anything else by text; nulls at one end. */
function order(all: string, descending: boolean, nullsLast: string): string {
  const isNumber = `arrayAll(e -> e = 'null' OR isNotNull(toFloat64OrNull(e)), ${all})`;
  const text = `arrayMap(e -> if(startsWith(e, '"'), JSONExtractString(e), e), ${all})`;
  const real = `arrayFilter(i -> ${all}[i] != 'null', arrayEnumerate(${all}))`;
  const nulls = `arrayFilter(i -> ${all}[i] = 'null', arrayEnumerate(${all}))`;
  // Sorted downwards, equal elements still keep their order.
  const sorted = (key: string) =>
    descending ? `arrayReverse(arraySort(i -> ${key}, arrayReverse(${real})))` : `arraySort(i -> ${key}, ${real})`;
  const both = `if(${isNumber}, ${sorted(`toFloat64OrZero(${all}[i])`)}, ${sorted(`${text}[i]`)})`;
  return `if(${nullsLast}, arrayConcat(${both}, ${nulls}), arrayConcat(${nulls}, ${both}))`;
}

function sort(descending: boolean) {
  return (args: readonly SqlArg[], c: SqlContext): string => {
    const last = args[args.length - 1]!;
    const nullsLast = args.length > 1 && last.type === 'bool' ? `ifNull(${last.sql}, true)` : 'true';
    const x = c.once(args[0]!.sql);
    const all = c.once(elements(x));
    const at = order(all, descending, nullsLast);
    return `if(${isArray(x)}, ${array(`arrayMap(i -> ${all}[i], ${at})`)}, '')`;
  };
}

/** The first array sorted, and the others in the order of the first; one that is not as long is null. */
function sortMany(descending: boolean) {
  return (args: readonly SqlArg[], c: SqlContext): string => {
    const last = args[args.length - 1]!;
    const flag = last.type === 'bool';
    const nullsLast = flag ? `ifNull(${last.sql}, true)` : 'true';
    const arrays = flag ? args.slice(0, -1) : args;
    const first = c.once(elements(arrays[0]!.sql));
    const at = c.once(order(first, descending, nullsLast));
    const parts = arrays.map((a, k) => {
      const all = k === 0 ? first : c.once(elements(a.sql));
      const ok = k === 0 ? isArray(a.sql) : `length(${all}) = length(${first})`;
      return `if(${ok}, ${array(`arrayMap(i -> ${all}[i], ${at})`)}, 'null')`;
    });
    return array(`[${parts.join(', ')}]`);
  };
}

/** A number a JSON element equals whatever way it is written. */
const sameNumber = (element: string, wanted: string) => `ifNull(toFloat64OrNull(${element}) = ${wanted}, false)`;

function indexOf(args: readonly SqlArg[], c: SqlContext): string {
  const [list, value, start, length, occurrence] = args;
  const all = c.once(elements(list!.sql));
  const wanted = c.once(jsonMember(value!, c));
  const number =
    value!.type === 'int' || value!.type === 'long' || value!.type === 'real' || value!.type === 'decimal'
      ? sameNumber('e', `toFloat64(${value!.sql})`)
      : value!.type === 'dynamic'
        ? `(e = ${wanted} OR ifNull(toFloat64OrNull(e) = toFloat64OrNull(${wanted}), false))`
        : `e = ${wanted}`;
  const size = `toInt64(length(${all}))`;
  const from = start ? c.once(`if(${start.sql} < 0, greatest(${size} + ${start.sql}, 0), ${start.sql})`) : '0';
  const to = length ? c.once(`if(${length.sql} < 0, ${size}, ${from} + ${length.sql})`) : size;
  const n = occurrence ? occurrence.sql : '1';
  const found = c.once(
    `arrayFilter((i, e) -> i > ${from} AND i <= ${to} AND ${number}, arrayEnumerate(${all}), ${all})`,
  );
  return `if(${isArray(list!.sql)}, if(length(${found}) >= ${n} AND ${n} > 0, toInt64(${found}[${n}]) - 1, toInt64(-1)), NULL)`;
}

function slice(args: readonly SqlArg[], c: SqlContext): string {
  const x = c.once(elements(args[0]!.sql));
  const n = `toInt64(length(${x}))`;
  const from = c.once(`if(${args[1]!.sql} < 0, greatest(${n} + ${args[1]!.sql}, 0), ${args[1]!.sql})`);
  const to = c.once(`if(${args[2]!.sql} < 0, ${n} + ${args[2]!.sql}, least(${args[2]!.sql}, ${n} - 1))`);
  return `multiIf(NOT ${isArray(args[0]!.sql)}, '', ${to} < ${from}, '[]', ${array(`arraySlice(${x}, ${from} + 1, ${to} - ${from} + 1)`)})`;
}

/** Elements move by a number of places; what is left empty takes a default. */
function shift(direction: 1 | -1) {
  return (args: readonly SqlArg[], c: SqlContext): string => {
    const [list, places, fallback] = args;
    const all = c.once(elements(list!.sql));
    const by = c.once(`toInt64(ifNull(${places!.sql}, 0)) * ${direction}`);
    const texts = `arrayExists(e -> startsWith(e, '"'), ${all})`;
    const filler = fallback ? c.once(jsonMember(fallback, c)) : `if(${texts}, '""', 'null')`;
    const value = `if(i + ${by} BETWEEN 1 AND length(${all}), ${all}[i + ${by}], ${filler})`;
    return `if(${isArray(list!.sql)}, ${array(`arrayMap(i -> ${value}, arrayEnumerate(${all}))`)}, '')`;
  };
}

function rotate(direction: 1 | -1) {
  return (args: readonly SqlArg[], c: SqlContext): string => {
    const all = c.once(elements(args[0]!.sql));
    const at = `positiveModulo(toInt64(i) - 1 + (${direction}) * toInt64(ifNull(${args[1]!.sql}, 0)), toInt64(length(${all}))) + 1`;
    return `if(${isArray(args[0]!.sql)}, ${array(`arrayMap(i -> ${all}[${at}], arrayEnumerate(${all}))`)}, '')`;
  };
}

function split(args: readonly SqlArg[], c: SqlContext): string {
  const x = c.once(elements(args[0]!.sql));
  const wanted = args[1]!;
  const list =
    wanted.type === 'dynamic'
      ? `if(${isArray(wanted.sql)}, JSONExtract(${wanted.sql}, 'Array(Int64)'), [JSONExtractInt(${wanted.sql})])`
      : `[toInt64(ifNull(${wanted.sql}, 0))]`;
  const size = `toInt64(length(${x}))`;
  const cuts = c.once(
    `arraySort(arrayMap(i -> least(greatest(if(i < 0, i + ${size}, i), toInt64(0)), ${size}), ${list}))`,
  );
  const part = array(`arraySlice(${x}, f + 1, greatest(t - f, 0))`);
  return `if(${isArray(args[0]!.sql)}, ${array(`arrayMap((f, t) -> ${part}, arrayConcat([toInt64(0)], ${cuts}), arrayConcat(${cuts}, [${size}]))`)}, '')`;
}

/** A choice for each element: numbers that are not zero are true, anything that is no truth value gives null. */
function iff(args: readonly SqlArg[], c: SqlContext): string {
  const all = c.once(elements(args[0]!.sql));
  const branch = (a: SqlArg): string => {
    if (a.type !== 'dynamic') return c.once(jsonMember(a, c));
    const x = c.once(a.sql);
    const own = c.once(elements(x));
    return `if(${isArray(x)}, if(i <= length(${own}), ${own}[i], 'null'), if(${x} = '', 'null', ${x}))`;
  };
  const value = `multiIf(k = 'true' OR ifNull(toFloat64OrNull(k) != 0, false), ${branch(args[1]!)}, k = 'false' OR ifNull(toFloat64OrNull(k) = 0, false), ${branch(args[2]!)}, 'null')`;
  return `if(${isArray(args[0]!.sql)}, ${array(`arrayMap((i, k) -> ${value}, arrayEnumerate(${all}), ${all})`)}, '')`;
}

function sum(args: readonly SqlArg[], c: SqlContext): string {
  const all = c.once(`arrayFilter(e -> e != 'null', ${elements(args[0]!.sql)})`);
  return `if(empty(${all}) OR arrayExists(e -> isNull(toFloat64OrNull(e)), ${all}), NULL, arraySum(e -> toFloat64OrZero(e), ${all}))`;
}

const sortArguments = (args: readonly Expr[]): string | undefined =>
  args.every((a, i) => a.type === 'dynamic' || (i > 0 && i === args.length - 1 && a.type === 'bool'))
    ? undefined
    : 'The arguments are arrays, and last a truth value that says whether nulls go last.';

function sorting(name: string, descending: boolean): FunctionDecl[] {
  return [
    {
      name,
      args: 'any any*',
      returns: 'dynamic',
      check: sortArguments,
      textArgs: [0],
      sql: sort(descending),
      doc: descending ? 'Array sorted downwards, nulls last.' : 'Sorted array, nulls last.',
    },
    {
      name: `_${name}_many`,
      args: 'any any*',
      returns: 'dynamic',
      check: sortArguments,
      sql: sortMany(descending),
      doc: 'Several arrays in the order of the first.',
    },
  ];
}

export const ARRAY_FUNCTIONS: readonly FunctionDecl[] = [
  ...sorting('array_sort_asc', false),
  ...sorting('array_sort_desc', true),
  {
    name: 'array_length',
    aliases: ['arraylength'],
    args: 'dynamic',
    returns: 'long',
    textArgs: [0],
    sql: (a, c) => {
      const x = c.once(a[0]!.sql);
      return `if(${isArray(x)}, toInt64(JSONLength(${x})), NULL)`;
    },
    doc: 'Number of elements; null for anything but an array.',
  },
  {
    name: 'array_concat',
    args: 'dynamic dynamic*',
    returns: 'dynamic',
    textArgs: [...Array(64).keys()],
    total: true,
    sql: (a) => array(`arrayConcat(${a.map((x) => elements(x.sql)).join(', ')})`),
    doc: 'Arrays one after the other.',
  },
  {
    name: 'array_reverse',
    args: 'dynamic',
    returns: 'dynamic',
    textArgs: [0],
    sql: (a) => `if(${isArray(a[0]!.sql)}, ${array(`arrayReverse(${elements(a[0]!.sql)})`)}, '')`,
    doc: 'Reversed array.',
  },
  {
    name: 'array_index_of',
    args: 'dynamic any long? long? long?',
    returns: 'long',
    textArgs: [0],
    sql: indexOf,
    doc: 'Position of a value, -1 when absent; start, length and number of the occurrence may be given.',
  },
  {
    name: 'array_slice',
    args: 'dynamic long long',
    returns: 'dynamic',
    textArgs: [0],
    sql: slice,
    doc: 'Part of an array, both ends included.',
  },
  {
    name: 'array_sum',
    args: 'dynamic',
    returns: 'real',
    textArgs: [0],
    sql: sum,
    doc: 'Sum of the numbers; nulls do not count.',
  },
  {
    name: 'array_split',
    args: 'dynamic any',
    returns: 'dynamic',
    textArgs: [0],
    sql: split,
    doc: 'Array cut at positions.',
  },
  {
    name: 'array_iff',
    aliases: ['array_iif'],
    args: 'dynamic any any',
    returns: 'dynamic',
    textArgs: [0],
    sql: iff,
    doc: 'A choice for each element.',
  },
  {
    name: 'array_rotate_left',
    args: 'dynamic long',
    returns: 'dynamic',
    textArgs: [0],
    sql: rotate(1),
    doc: 'Array turned left.',
  },
  {
    name: 'array_rotate_right',
    args: 'dynamic long',
    returns: 'dynamic',
    textArgs: [0],
    sql: rotate(-1),
    doc: 'Array turned right.',
  },
  {
    name: 'array_shift_left',
    args: 'dynamic long any?',
    returns: 'dynamic',
    textArgs: [0],
    sql: shift(1),
    doc: 'Elements moved left; the end takes a default.',
  },
  {
    name: 'array_shift_right',
    args: 'dynamic long any?',
    returns: 'dynamic',
    textArgs: [0],
    sql: shift(-1),
    doc: 'Elements moved right; the start takes a default.',
  },
];
