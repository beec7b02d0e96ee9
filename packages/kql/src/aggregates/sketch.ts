/** Aggregates that make sketches, weighted percentiles and covariance. */
import { toJson } from '../functions/casts.ts';
import { type AggregateDecl, constant, realOf, type SqlArg, type SqlContext, ticks } from '../functions/declare.ts';
import { hash64 } from '../functions/encoding.ts';
import { host } from '../functions/host.ts';
import type { Expr } from '../plan/ir.ts';

const column = (sql: string, type: SqlArg['type']): SqlArg => ({
  sql,
  type,
  expr: { op: 'column', id: 'sketch', type },
});

/** The number that orders values, and the JSON of one such number. */
function plain(a: SqlArg): { key: string; json: string } {
  switch (a.type) {
    case 'datetime':
      return {
        key: ticks(a.sql),
        json: toJson("reinterpret(toInt64(k), 'DateTime64(7,\\'UTC\\')')", 'datetime', { once: (s) => s }),
      };
    case 'timespan':
      return { key: `toInt64(${a.sql})`, json: toJson('toInt64(k)', 'timespan', { once: (s) => s }) };
    case 'int':
    case 'long':
      return { key: `toInt64(${a.sql})`, json: 'toString(k)' };
    default: {
      const x = a.type === 'dynamic' ? `toFloat64OrNull(${a.sql})` : realOf(a);
      return { key: x, json: toJson('toFloat64(k)', 'real', { once: (s) => s }) };
    }
  }
}

/** Values with their weights, ascending: `(values, weights)`. */
function histogram(key: string, weight: string, condition: string | undefined): string {
  const keep = [`isNotNull(${key})`, `${weight} > 0`, ...(condition ? [condition] : [])].join(' AND ');
  return `sumMapIf([assumeNotNull(${key})], [toFloat64(assumeNotNull(${weight}))], ${keep})`;
}

function tdigest(args: readonly SqlArg[], c: SqlContext, condition: string | undefined): string {
  const a = args[0]!;
  const { key, json } = plain(a);
  const h = c.once(histogram(key, args[1] ? `ifNull(toInt64(${args[1].sql}), 0)` : '1', condition));
  const values = `concat('[', arrayStringConcat(arrayMap(k -> ${json}, ${h}.1), ','), ']')`;
  const text = c.once(
    `concat('[["', '${a.type}', '"],', ${values}, ',[', arrayStringConcat(arrayMap(w -> toString(w), ${h}.2), ','), ']]')`,
  );
  return `if(length(${h}.1) > 2000, ${host('sketch.thin', [column(text, 'dynamic')], c, 'dynamic')}, ${text})`;
}

/** The smallest value up to which a share of the weight lies. */
function weighted(h: string, share: string): string {
  const sums = `arrayCumSum(${h}.2)`;
  const at = `greatest(1, arrayFirstIndex(s -> s >= ${share} * arraySum(${h}.2) * (1 - 1e-12), ${sums}))`;
  return `${h}.1[${at}]`;
}

function typed(a: SqlArg, sql: string): string {
  if (a.type === 'datetime') return `reinterpret(toInt64(${sql}), 'DateTime64(7,\\'UTC\\')')`;
  return a.type === 'int' ? `toInt32(${sql})` : sql;
}

function percentileWeighted(args: readonly SqlArg[], c: SqlContext, condition: string | undefined): string {
  const [a, w, p] = args;
  const { key } = plain(a!);
  const h = c.once(histogram(key, `ifNull(toInt64(${w!.sql}), 0)`, condition));
  const share = String(Math.max(0, Math.min(100, Number(constant(p) ?? 50))) / 100);
  return `if(empty(${h}.1), NULL, ${typed(a!, weighted(h, share))})`;
}

/** Percentages of `percentiles_array`: constants one by one or in an array. */
function shares(args: readonly (SqlArg | Expr)[]): number[] | undefined {
  const out: number[] = [];
  for (const a of args) {
    const k = constant(a);
    if (typeof k !== 'string') return undefined;
    let value: unknown;
    try {
      value = JSON.parse(k);
    } catch {
      return undefined;
    }
    out.push(...(Array.isArray(value) ? value : [value]).map(Number));
  }
  return out.every(Number.isFinite) ? out : undefined;
}

const checkShares =
  (from: number) =>
  (args: readonly Expr[]): string | undefined =>
    shares(args.slice(from)) ? undefined : 'The percentiles must be constants.';

function percentileList(from: number) {
  return (args: readonly SqlArg[], c: SqlContext, condition: string | undefined): string => {
    const a = args[0]!;
    const { key, json } = plain(a);
    const weight = from === 2 ? `ifNull(toInt64(${args[1]!.sql}), 0)` : '1';
    const h = c.once(histogram(key, weight, condition));
    const values = (shares(args.slice(from)) ?? []).map((p) =>
      weighted(h, String(Math.max(0, Math.min(100, p)) / 100)),
    );
    const list = `arrayMap(k -> ${json}, [${values.join(', ')}])`;
    return `if(empty(${h}.1), '', concat('[', arrayStringConcat(${list}, ','), ']'))`;
  };
}

/** Bits of the register number by accuracy. */
const BITS = [12, 14, 16, 17, 18];

/**
 * Most registers seen: one character for each. What stands around them makes the state as long as the reference's, which
 * takes a byte for each register and 46 more, so `estimate_data_size()` agrees.
 */
function dense(m: string, bits: number): string {
  const before = `arrayPushFront(arrayPopBack(arrayMap(k -> toInt64(k), ${m}.1)), toInt64(-1))`;
  const runs = `arrayMap((k, p, r) -> concat(repeat('#', toInt64(k) - p - 1), char(35 + r)), ${m}.1, ${before}, ${m}.2)`;
  const end = `repeat('#', ${2 ** bits - 1} - toInt64(arrayElement(${m}.1, -1)))`;
  return `concat('{"kind":"hyperloglog","bits":${bits},"register":"', arrayStringConcat(${runs}), ${end}, '"}')`;
}

function hll(args: readonly SqlArg[], c: SqlContext, condition: string | undefined): string {
  const accuracy = Number(constant(args[1]) ?? 1);
  const bits = BITS[accuracy] ?? 14;
  const h = c.once(`reinterpretAsUInt64(assumeNotNull(${hash64(args[0]!, c)}))`);
  const register = `bitShiftRight(${h}, ${64 - bits})`;
  const rest = `bitAnd(${h}, ${(1n << BigInt(64 - bits)) - 1n})`;
  // The number of binary digits of the rest; a logarithm would round.
  const rank = `toUInt8(${64 - bits + 1} - length(trim(LEADING '0' FROM bin(${rest}))))`;
  const text = args[0]!.type === 'string' || args[0]!.type === 'guid' || args[0]!.type === 'dynamic';
  const keep = [text ? `${args[0]!.sql} != ''` : `isNotNull(${args[0]!.sql})`, ...(condition ? [condition] : [])];
  const size = 2 ** bits;
  const m = c.once(`maxMapIf([${register}], [${rank}], ${keep.join(' AND ')})`);
  const sparse = `concat('[[${bits}],[', arrayStringConcat(${m}.1, ','), '],[', arrayStringConcat(${m}.2, ','), ']]')`;
  return `if(length(${m}.1) * 9 <= ${size}, ${sparse}, ${dense(m, bits)})`;
}

/** All sketches of a group as one array argument. */
const gathered = (a: SqlArg, condition: string | undefined): SqlArg => {
  const all = condition
    ? `groupArrayIf(${a.sql}, ${a.sql} != '' AND ${condition})`
    : `groupArrayIf(${a.sql}, ${a.sql} != '')`;
  return column(`concat('[', arrayStringConcat(${all}, ','), ']')`, 'dynamic');
};

function covariance(name: string, engine: string, doc: string): AggregateDecl {
  return {
    name,
    args: 'number number',
    returns: 'real',
    conditional: [`${name}if`],
    sql: ([a, b], _c, condition) => {
      const keep = [`isNotNull(${a!.sql})`, `isNotNull(${b!.sql})`, ...(condition ? [condition] : [])].join(' AND ');
      const [x, y] = [a!, b!].map((v) => `assumeNotNull(${realOf(v)})`);
      const n = `countIf(${keep})`;
      return `multiIf(${n} = 0, NULL, ${n} = 1, 0., ${engine}If(${x}, ${y}, ${keep}))`;
    },
    doc,
  };
}

export const SKETCH_AGGREGATES: readonly AggregateDecl[] = [
  { name: 'tdigest', args: 'any long?', returns: 'dynamic', sql: tdigest, doc: 'A digest of values for percentiles.' },
  {
    name: 'merge_tdigest',
    aliases: ['tdigest_merge'],
    args: 'dynamic',
    returns: 'dynamic',
    sql: ([a], c, condition) => host('sketch.merge', [gathered(a!, condition)], c, 'dynamic'),
    doc: 'One digest of all digests.',
  },
  {
    name: 'hll',
    args: 'any long?',
    returns: 'dynamic',
    conditional: ['hll_if'],
    conditionAt: 1,
    sql: hll,
    doc: 'A sketch of different values.',
  },
  {
    name: 'hll_merge',
    args: 'dynamic',
    returns: 'dynamic',
    sql: ([a], c, condition) => host('sketch.mergeCounts', [gathered(a!, condition)], c, 'dynamic'),
    doc: 'One sketch of all sketches of different values.',
  },
  {
    name: 'buildschema',
    args: 'dynamic',
    returns: 'dynamic',
    sql: ([a], c) =>
      host('bag.schema', [column(`toJSONString(arraySort(groupUniqArray(${a!.sql})))`, 'dynamic')], c, 'dynamic'),
    doc: 'The schema that fits all values.',
  },
  {
    name: 'percentilew',
    args: 'any long number',
    returns: 'first',
    sql: percentileWeighted,
    doc: 'A percentile of values that count several times.',
  },
  {
    name: 'percentiles_array',
    args: 'any any any*',
    returns: 'dynamic',
    check: checkShares(1),
    sql: percentileList(1),
    doc: 'Percentiles as an array.',
  },
  {
    name: 'percentilesw_array',
    args: 'any long any any*',
    returns: 'dynamic',
    check: checkShares(2),
    sql: percentileList(2),
    doc: 'Percentiles of values that count several times, as an array.',
  },
  covariance('covariance', 'covarSamp', 'Covariance of a sample.'),
  covariance('covariancep', 'covarPop', 'Covariance of a whole population.'),
];
