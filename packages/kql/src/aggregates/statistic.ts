import { type AggregateDecl, realOf, type SqlArg, stringLike } from '../functions/declare.ts';
import type { Expr } from '../plan/ir.ts';

/** `fn(x)` or `fnIf(x, condition)`. */
function call(fn: string, args: readonly string[], condition: string | undefined): string {
  return condition ? `${fn}If(${[...args, condition].join(', ')})` : `${fn}(${args.join(', ')})`;
}

/** Rows that count for an aggregate over texts: empty text stands for null only in dynamic values. */
const present = (a: SqlArg): string => (a.type === 'dynamic' ? `nullIf(nullIf(${a.sql}, ''), 'null')` : a.sql);
const sumType = (args: readonly Expr[]) =>
  args[0]!.type === 'int' ? 'long' : args[0]!.type === 'dynamic' ? 'real' : args[0]!.type;

function extreme(fn: 'min' | 'max', name: string): AggregateDecl {
  return {
    name,
    args: 'any',
    returns: 'first',
    conditional: [`${name}if`],
    sql: ([a], c, condition) => {
      const x = present(a!);
      if (a!.type === 'real') {
        // A single NaN makes the answer NaN.
        const some = condition ? `countIf(isNaN(${x}) AND ${condition})` : `countIf(isNaN(${x}))`;
        return `if(${some} > 0, nan, ${condition ? `${fn}OrNullIf(${x}, ${condition})` : `${fn}OrNull(${x})`})`;
      }
      if (!condition && (a!.type === 'string' || a!.type === 'guid' || (c.grouped && a!.type !== 'dynamic')))
        return `${fn}(${x})`;
      const or = condition ? `${fn}OrNullIf(${x}, ${condition})` : `${fn}OrNull(${x})`;
      return stringLike(a!.type) ? `ifNull(${or}, '')` : or;
    },
    doc: `The ${fn === 'min' ? 'smallest' : 'largest'} value.`,
  };
}

function deviation(name: string, engine: string): AggregateDecl {
  return {
    name,
    args: 'number',
    returns: 'real',
    conditional: [`${name}if`],
    sql: ([a], _c, condition) => {
      const n = call('count', [a!.sql], condition);
      const wild = `countIf(NOT isFinite(${a!.sql})${condition ? ` AND ${condition}` : ''}) > 0`;
      const value = call(engine, [realOf(a!)], condition);
      if (a!.type === 'real') return `multiIf(${wild}, nan, ${n} < 2, if(${n} = 1, 0., NULL), ${value})`;
      return `if(${n} < 2, if(${n} = 1, 0., NULL), ${value})`;
    },
    doc: 'Spread of the values.',
  };
}

/** Spread of a population; a value that is not finite makes it NaN. */
function spread(engine: string, a: SqlArg, condition: string | undefined): string {
  const sql = call(engine, [realOf(a)], condition);
  if (a.type !== 'real') return sql;
  return `if(countIf(NOT isFinite(${a.sql})${condition ? ` AND ${condition}` : ''}) > 0, nan, ${sql})`;
}

export const STATISTIC_AGGREGATES: readonly AggregateDecl[] = [
  {
    name: 'count',
    args: 'any?',
    returns: 'long',
    sql: (_a, _c, condition) => (condition ? `toInt64(countIf(${condition}))` : 'toInt64(count())'),
    conditional: ['countif'],
    doc: 'Number of rows.',
  },
  { name: 'cnt', args: '', returns: 'long', sql: () => 'toInt64(count())', doc: 'Old spelling of count.' },
  {
    name: 'sum',
    args: 'number',
    returns: (args) => sumType(args),
    conditional: ['sumif'],
    sql: ([a], _c, condition) => `ifNull(${call('sum', [a!.sql], condition)}, 0)`,
    doc: 'Sum.',
  },
  {
    name: 'sum_timespan',
    args: 'timespan',
    returns: 'timespan',
    sql: ([a], _c, condition) => call('sum', [a!.sql], condition),
    doc: 'Sum of timespans.',
  },
  {
    name: 'avg',
    args: 'any',
    returns: (args) => (args[0]!.type === 'timespan' || args[0]!.type === 'datetime' ? args[0]!.type : 'real'),
    conditional: ['avgif'],
    sql: ([a], _c, condition) => {
      const t = a!.type;
      if (t === 'timespan') return `toInt64(${call('avg', [a!.sql], condition)})`;
      if (t === 'datetime')
        return `reinterpret(toInt64(${call('avg', [`reinterpretAsInt64(${a!.sql})`], condition)}), 'DateTime64(7,\\'UTC\\')')`;
      if (t === 'dynamic' || t === 'string') return call('avg', [`toFloat64OrNull(${a!.sql})`], condition);
      return `ifNull(${call('avg', [a!.sql], condition)}, nan)`;
    },
    doc: 'Mean.',
  },
  extreme('min', 'min'),
  extreme('max', 'max'),
  deviation('stdev', 'stddevSamp'),
  deviation('variance', 'varSamp'),
  {
    name: 'stdevp',
    args: 'number',
    returns: 'real',
    conditional: ['stdevpif'],
    sql: ([a], _c, condition) => spread('stddevPop', a!, condition),
    doc: 'Spread of a whole population.',
  },
  {
    name: 'variancep',
    args: 'number',
    returns: 'real',
    conditional: ['variancepif'],
    sql: ([a], _c, condition) => spread('varPop', a!, condition),
    doc: 'Variance of a whole population.',
  },
  {
    name: 'dcount',
    args: 'any any?',
    returns: 'long',
    conditional: ['dcountif'],
    conditionAt: 1,
    sql: ([a], _c, condition) =>
      `toInt64(${call('uniq', [a!.type === 'dynamic' ? `nullIf(${a!.sql}, 'null')` : a!.sql], condition)})`,
    doc: 'Number of different values; an estimate for many values.',
  },
  {
    name: 'count_distinct',
    args: 'any',
    returns: 'long',
    conditional: ['count_distinctif'],
    sql: ([a], _c, condition) => `toInt64(${call('uniqExact', [present(a!)], condition)})`,
    doc: 'Exact number of different values.',
  },
  {
    name: 'binary_all_or',
    args: 'long',
    returns: 'long',
    sql: ([a]) => `reinterpretAsInt64(groupBitOr(reinterpretAsUInt64(assumeNotNull(${a!.sql}))))`,
    doc: 'Bitwise or of all values.',
  },
  {
    name: 'binary_all_and',
    args: 'long',
    returns: 'long',
    sql: ([a]) => `reinterpretAsInt64(groupBitAnd(reinterpretAsUInt64(assumeNotNull(${a!.sql}))))`,
    doc: 'Bitwise and of all values.',
  },
  {
    name: 'binary_all_xor',
    args: 'long',
    returns: 'long',
    sql: ([a]) => `reinterpretAsInt64(groupBitXor(reinterpretAsUInt64(assumeNotNull(${a!.sql}))))`,
    doc: 'Bitwise exclusive or of all values.',
  },
  {
    name: 'percentile',
    args: 'any number',
    returns: 'first',
    sql: ([a, p]) => percentileSql(a!, p!.sql, p!),
    doc: 'A percentile by nearest rank.',
  },
];

/** Nearest rank, as the language defines it; never a value between two others. */
function percentileSql(a: SqlArg, _sql: string, p: SqlArg): string {
  const wanted = p.expr.op === 'literal' ? Number(p.expr.value) / 100 : 0.5;
  // The engine takes element floor(n × level); a hair less makes that the nearest rank, ceil(n × level).
  const fraction = Math.max(0, Math.min(1, wanted) - 1e-9);
  if (a.type === 'datetime')
    return `reinterpret(quantileExact(${fraction})(reinterpretAsInt64(${a.sql})), 'DateTime64(7,\\'UTC\\')')`;
  return `quantileExact(${fraction})(${a.sql})`;
}
