import { toJson } from './casts.ts';
import { type FunctionDecl, type SqlArg, ticks } from './declare.ts';

const raw = (a: SqlArg) => (a.type === 'datetime' ? ticks(a.sql) : a.sql);

/** Parts of `make-series`; not callable from a query text, where these names do not exist. */
export const SERIES_FUNCTIONS: readonly FunctionDecl[] = [
  {
    name: 'series_position',
    args: 'any any any',
    returns: 'long',
    sql: (a) => `toInt64(floor((${raw(a[0]!)} - ${raw(a[1]!)}) / ${a[2]!.sql}))`,
    doc: 'Step of an axis.',
  },
  {
    name: 'series_length',
    args: 'any any any',
    returns: 'long',
    sql: (a) => `toInt64(least(ceil((${raw(a[1]!)} - ${raw(a[0]!)}) / ${a[2]!.sql}), 1048576))`,
    doc: 'Number of steps of an axis.',
  },
  {
    name: 'series_axis',
    args: 'any long any',
    returns: 'dynamic',
    total: true,
    sql: ([from, count, step]) => {
      const value = `${raw(from!)} + i * ${step!.sql}`;
      const typed =
        from!.type === 'datetime'
          ? `reinterpret(toInt64(${value}), 'DateTime64(7,\\'UTC\\')')`
          : from!.type === 'real'
            ? `toFloat64(${value})`
            : `toInt64(${value})`;
      return `concat('[', arrayStringConcat(arrayMap(i -> ${toJson(typed, from!.type, { once: (s) => s })}, range(toUInt64(assumeNotNull(${count!.sql})))), ','), ']')`;
    },
    doc: 'The values of an axis.',
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
