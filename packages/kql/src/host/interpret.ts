/**
 * A small interpreter of plan expressions, for table algorithms whose conditions depend on their own state (`scan`).
 * Everything that depends on one row only is computed by the engine beforehand; what is left works on these values:
 * int, long, timespan and datetime (ticks of 100 ns since 1970) as bigint, real as number, bool, text, dynamic as JSON.
 * Null is `null`; text is never null.
 */
import type { Expr } from '../plan/ir.ts';
import { isoDatetime, isoOfTicks, ticksOfIso, timespanText, timespanTicks } from '../plan/literals.ts';
import type { KqlType } from '../types.ts';
import { HostError } from './errors.ts';

export type Cell = bigint | number | boolean | string | null | object;
/** Evaluates over the cells of a row. */
export type Evaluate = (cells: readonly Cell[]) => Cell;

const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;

/** A JSON cell as a value of a type. */
export function readCell(json: unknown, type: KqlType): Cell {
  if (json === null || json === undefined) return type === 'string' ? '' : null;
  switch (type) {
    case 'int':
    case 'long':
    case 'timespan':
      return BigInt(json as string | number);
    case 'datetime':
      return ticksOfIso(String(json).replace(/(\.\d{7})?Z$/, (_m, f?: string) => `${f ?? '.0000000'}Z`));
    case 'real':
    case 'decimal':
      if (json === 'NaN') return Number.NaN;
      if (json === 'inf' || json === '-inf') return json === 'inf' ? Infinity : -Infinity;
      return Number(json);
    case 'bool':
      return json === true;
    case 'string':
    case 'guid':
      return String(json);
    case 'dynamic':
      return json as Cell;
  }
}

/** A value as a JSON cell. */
export function writeCell(value: Cell, type: KqlType): unknown {
  if (value === null) return null;
  if (type === 'datetime') return isoOfTicks(value as bigint);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  return value;
}

/** Text as `tostring()` gives it. */
function text(value: Cell, type: KqlType): string {
  if (value === null) return '';
  switch (type) {
    case 'bool':
      return value ? 'True' : 'False';
    case 'datetime':
      return isoOfTicks(value as bigint);
    case 'timespan':
      return timespanText(value as bigint);
    case 'dynamic':
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
    case 'real': {
      const n = value as number;
      if (Number.isInteger(n) && Math.abs(n) < 1e15) return `${n}.0`;
      return String(n);
    }
    default:
      return String(value);
  }
}

function toNumber(value: Cell): number | null {
  if (value === null) return null;
  if (typeof value === 'object') return null;
  if (typeof value === 'string')
    return /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(value) ? Number(value) : null;
  return Number(value);
}

function toLong(value: Cell, bits: 32 | 64): bigint | null {
  if (value === null || typeof value === 'object') return null;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'bigint') return bits === 64 ? value : BigInt.asIntN(32, value);
  if (typeof value === 'number') return Number.isFinite(value) ? BigInt(Math.trunc(value)) : null;
  const t = value.trim();
  if (!/^[-+]?\d+$/.test(t)) return null;
  const n = BigInt(t);
  return n < LONG_MIN || n > LONG_MAX ? null : n;
}

function order(a: Cell, b: Cell): number {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  const x = typeof a === 'boolean' ? Number(a) : (a as number | bigint);
  const y = typeof b === 'boolean' ? Number(b) : (b as number | bigint);
  return x < y ? -1 : x > y ? 1 : 0;
}

type Apply = (args: readonly Cell[], e: Extract<Expr, { op: 'call' }>) => Cell;

/** A function that is null as soon as one argument is. */
const strict =
  (f: Apply): Apply =>
  (args, e) =>
    args.some((a) => a === null) ? null : f(args, e);

const compare = (test: (o: number) => boolean): Apply => strict(([a, b]) => test(order(a!, b!)));
const texts = (test: (a: string, b: string) => boolean): Apply => strict(([a, b]) => test(String(a), String(b)));
const lower = (s: string): string => s.toLowerCase();
const wraps = (n: bigint, e: Expr): bigint => BigInt.asIntN(e.type === 'int' ? 32 : 64, n);

function arithmetic(whole: (a: bigint, b: bigint) => bigint | null, real: (a: number, b: number) => number): Apply {
  return strict(([a, b], e) => {
    if (e.type === 'real' || e.type === 'decimal') return real(Number(a), Number(b));
    if (typeof a === 'bigint' && typeof b === 'bigint') {
      const n = whole(a, b);
      return n === null ? null : wraps(n, e);
    }
    const n = real(Number(a), Number(b));
    return Number.isFinite(n) ? BigInt(Math.trunc(n)) : null;
  });
}

const numeric = (whole: (a: bigint) => bigint, real: (a: number) => number): Apply =>
  strict(([a]) => (typeof a === 'bigint' ? whole(a) : real(a as number)));

const floorTo = (a: bigint, b: bigint): bigint | null => {
  if (b <= 0n) return null;
  const r = ((a % b) + b) % b;
  return a - r;
};

const missing = (v: Cell): boolean => v === null || v === '';

const FUNCTIONS: Readonly<Record<string, Apply>> = {
  and: ([a, b]) => (a === false || b === false ? false : a === null || b === null ? null : true),
  or: (args) => (args.some((a) => a === true) ? true : args.some((a) => a === null) ? null : false),
  not: strict(([a]) => !a),
  '==': compare((o) => o === 0),
  '!=': ([a, b]) => (a === null || b === null ? a !== b : order(a!, b!) !== 0),
  '<': compare((o) => o < 0),
  '<=': compare((o) => o <= 0),
  '>': compare((o) => o > 0),
  '>=': compare((o) => o >= 0),
  between: strict(([x, a, b]) => order(x!, a!) >= 0 && order(x!, b!) <= 0),
  '!between': strict(([x, a, b]) => !(order(x!, a!) >= 0 && order(x!, b!) <= 0)),
  in: ([x, ...list]) => x !== null && list.some((v) => v !== null && order(x!, v) === 0),
  '!in': ([x, ...list]) => x !== null && !list.some((v) => v !== null && order(x!, v) === 0),
  '=~': texts((a, b) => lower(a) === lower(b)),
  '!~': texts((a, b) => lower(a) !== lower(b)),
  contains: texts((a, b) => lower(a).includes(lower(b))),
  '!contains': texts((a, b) => !lower(a).includes(lower(b))),
  contains_cs: texts((a, b) => a.includes(b)),
  startswith: texts((a, b) => lower(a).startsWith(lower(b))),
  '!startswith': texts((a, b) => !lower(a).startsWith(lower(b))),
  startswith_cs: texts((a, b) => a.startsWith(b)),
  endswith: texts((a, b) => lower(a).endsWith(lower(b))),
  '!endswith': texts((a, b) => !lower(a).endsWith(lower(b))),
  endswith_cs: texts((a, b) => a.endsWith(b)),
  '+': arithmetic(
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  '-': arithmetic(
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  '*': arithmetic(
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  '/': arithmetic(
    (a, b) => (b === 0n ? null : a / b),
    (a, b) => a / b,
  ),
  '%': arithmetic(
    (a, b) => (b === 0n ? null : ((a % b) + (b < 0n ? -b : b)) % (b < 0n ? -b : b)),
    (a, b) => a % b,
  ),
  negate: numeric(
    (a) => -a,
    (a) => -a,
  ),
  abs: numeric((a) => (a < 0n ? -a : a), Math.abs),
  bin: strict(([a, b]) =>
    typeof a === 'bigint' && typeof b === 'bigint' ? floorTo(a, b) : Math.floor(Number(a) / Number(b)) * Number(b),
  ),
  iff: ([test, a, b]) => (test === true ? a! : b!),
  case: (args) => {
    for (let i = 0; i + 1 < args.length; i += 2) if (args[i] === true) return args[i + 1]!;
    return args[args.length - 1]!;
  },
  coalesce: (args) => args.find((a) => !missing(a)) ?? args[args.length - 1]!,
  isnull: ([a]) => a === null,
  isnotnull: ([a]) => a !== null,
  isempty: ([a]) => missing(a!),
  isnotempty: ([a]) => !missing(a!),
  min_of: (args) =>
    args.filter((a) => a !== null).reduce((x: Cell, y) => (x === null || order(y, x) < 0 ? y : x), null),
  max_of: (args) =>
    args.filter((a) => a !== null).reduce((x: Cell, y) => (x === null || order(y, x) > 0 ? y : x), null),
  strcat: (args, e) => args.map((a, i) => text(a, e.args[i]!.type)).join(''),
  strlen: strict(([a]) => BigInt([...String(a)].length)),
  tolower: ([a]) => lower(String(a)),
  toupper: ([a]) => String(a).toUpperCase(),
  tostring: ([a], e) => text(a!, e.args[0]!.type),
  toint: ([a]) => toLong(a!, 32),
  tolong: ([a]) => toLong(a!, 64),
  todouble: ([a]) => toNumber(a!),
  tobool: ([a]) =>
    typeof a === 'string'
      ? /^true$/i.test(a)
        ? true
        : /^false$/i.test(a)
          ? false
          : null
      : a === null
        ? null
        : Boolean(a),
  todatetime: ([a]) => {
    const iso = typeof a === 'string' ? isoDatetime(a) : undefined;
    return typeof a === 'string' ? (iso ? ticksOfIso(iso) : null) : a!;
  },
  totimespan: ([a]) => (typeof a === 'string' ? (timespanTicks(a) ?? null) : a!),
  parse_json: ([a]) => a!,
  to_json_string: ([a]) => a!,
  pack_array: (args, e) => args.map((a, i) => writeCell(a, e.args[i]!.type)),
  datetime_add: strict(([part, count, at]) => addPart(String(part), count as bigint, at as bigint)),
  array_length: ([a]) => (Array.isArray(a) ? BigInt(a.length) : null),
  array_concat: (args) => args.flatMap((a) => (Array.isArray(a) ? (a as unknown[]) : [])),
  set_has_element: ([a, b]) => (Array.isArray(a) ? (a as unknown[]).includes(b) : null),
  bag_pack: (args, e) =>
    Object.fromEntries(
      args.flatMap((a, i) => (i % 2 === 0 ? [[String(a), writeCell(args[i + 1] ?? null, e.args[i + 1]!.type)]] : [])),
    ),
};

/** Ticks of the parts of a datetime that have one length. */
const PARTS: Readonly<Record<string, bigint>> = {
  nanosecond: 0n,
  microsecond: 10n,
  millisecond: 10_000n,
  second: 10_000_000n,
  minute: 600_000_000n,
  hour: 36_000_000_000n,
  day: 864_000_000_000n,
  week: 6_048_000_000_000n,
};

/** `datetime_add` for parts of one length and for months and years, whose last days are cut to the month. */
function addPart(part: string, count: bigint, at: bigint): bigint | null {
  const unit = PARTS[part.toLowerCase()];
  if (unit) return at + unit * count;
  const months = { month: 1, quarter: 3, year: 12 }[part.toLowerCase()];
  if (!months) return null;
  const day = 864_000_000_000n;
  const clock = ((at % day) + day) % day;
  const date = new Date(Number((at - clock) / 10_000n));
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months * Number(count), 1);
  const last = new Date(first);
  last.setUTCMonth(last.getUTCMonth() + 1, 0);
  return BigInt(first) * 10_000n + BigInt(Math.min(date.getUTCDate(), last.getUTCDate()) - 1) * day + clock;
}

/** True when a function can be evaluated here. */
export function canInterpret(fn: string): boolean {
  return Object.hasOwn(FUNCTIONS, fn);
}

/**
 * Prepares an expression.
 * @param at position of a column in the cells, by id
 * @throws HostError for an expression that only the engine can compute
 */
export function prepare(e: Expr, at: ReadonlyMap<string, number>): Evaluate {
  switch (e.op) {
    case 'column': {
      const i = at.get(e.id);
      if (i === undefined) throw new HostError(`Column ${e.id} is not in reach.`);
      return (cells) => cells[i]!;
    }
    case 'literal': {
      const value =
        e.type === 'dynamic' && typeof e.value === 'string' ? (JSON.parse(e.value) as Cell) : readCell(e.value, e.type);
      return () => value;
    }
    case 'path': {
      const of = prepare(e.of, at);
      return (cells) => {
        let value: unknown = of(cells);
        for (const step of e.path) {
          if (value === null || typeof value !== 'object') return null;
          if (typeof step === 'number')
            value = Array.isArray(value) ? value[step < 0 ? value.length + step : step] : undefined;
          else value = Array.isArray(value) ? undefined : (value as Record<string, unknown>)[step];
        }
        return (value ?? null) as Cell;
      };
    }
    case 'call': {
      const f = FUNCTIONS[e.fn];
      if (!f || !canInterpret(e.fn)) throw new HostError(`${e.fn} cannot be used over the state of scan.`);
      const args = e.args.map((a) => prepare(a, at));
      return (cells) =>
        f(
          args.map((a) => a(cells)),
          e,
        );
    }
    default:
      throw new HostError(`${e.op} cannot be used over the state of scan.`);
  }
}
