/**
 * A second, deliberately plain reading of the language for the fuzz test: small typed trees that can be printed as a query
 * and evaluated row by row in JavaScript. It shares nothing with the product.
 *
 * Values: long, datetime and timespan are bigint (datetime in ticks of 100 ns since 1970), real is number, dynamic is JSON;
 * null is null, text is never null.
 */

export type Type = 'long' | 'real' | 'string' | 'bool' | 'datetime' | 'timespan' | 'dynamic';
export type Value =
  | bigint
  | number
  | string
  | boolean
  | null
  | readonly unknown[]
  | { readonly [key: string]: unknown };
export type Row = Readonly<Record<string, Value>>;

export type Node =
  | { readonly k: 'column'; readonly name: string; readonly type: Type }
  | { readonly k: 'value'; readonly type: Type; readonly value: Value }
  | { readonly k: 'call'; readonly fn: string; readonly args: readonly Node[]; readonly type: Type };

const SECOND = 10_000_000n;

/** ISO text of ticks since 1970, seven digits. */
export function iso(ticks: bigint): string {
  const rest = ((ticks % SECOND) + SECOND) % SECOND;
  const seconds = (ticks - rest) / SECOND;
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${rest.toString().padStart(7, '0')}Z`;
}

/** `d.hh:mm:ss.fffffff` with the parts that are not zero, as the language prints it. */
export function span(ticks: bigint): string {
  const a = ticks < 0n ? -ticks : ticks;
  const two = (n: bigint): string => n.toString().padStart(2, '0');
  const days = a / (86_400n * SECOND);
  const clock = `${two((a / (3600n * SECOND)) % 24n)}:${two((a / (60n * SECOND)) % 60n)}:${two((a / SECOND) % 60n)}`;
  const rest = a % SECOND;
  return `${ticks < 0n ? '-' : ''}${days ? `${days}.` : ''}${clock}${rest ? `.${rest.toString().padStart(7, '0')}` : ''}`;
}

export const quote = (text: string): string =>
  `"${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/\t/g, '\\t')}"`;

/** The literal of a value. */
export function literal(value: Value, type: Type): string {
  if (value === null) return type === 'string' ? '""' : `${type}(null)`;
  switch (type) {
    case 'long':
      return `long(${value})`;
    case 'real':
      return Number.isNaN(value)
        ? 'real(nan)'
        : value === Infinity
          ? 'real(+inf)'
          : value === -Infinity
            ? 'real(-inf)'
            : `real(${value})`;
    case 'bool':
      return String(value);
    case 'string':
      return quote(value as string);
    case 'datetime':
      return `datetime(${iso(value as bigint)})`;
    case 'timespan':
      return `timespan(${span(value as bigint)})`;
    case 'dynamic':
      return `dynamic(${JSON.stringify(value)})`;
  }
}

const INFIX = new Set([
  '+',
  '-',
  '*',
  '/',
  '%',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'and',
  'or',
  '=~',
  '!~',
  'has',
  '!has',
  'has_cs',
  'contains',
  '!contains',
  'contains_cs',
  'startswith',
  '!startswith',
  'endswith',
  '!endswith',
  'startswith_cs',
  'hasprefix',
  'hassuffix',
]);

/** The text of a tree. */
export function print(n: Node): string {
  if (n.k === 'column') return n.name;
  if (n.k === 'value') return literal(n.value, n.type);
  const args = n.args.map(print);
  if (INFIX.has(n.fn)) return `(${args[0]} ${n.fn} ${args[1]})`;
  if (n.fn === 'in' || n.fn === '!in' || n.fn === 'in~' || n.fn === 'has_any' || n.fn === 'has_all')
    return `(${args[0]} ${n.fn} (${args.slice(1).join(', ')}))`;
  if (n.fn === 'between') return `(${args[0]} between (${args[1]} .. ${args[2]}))`;
  if (n.fn === 'index') return `${args[0]}[${args[1]}]`;
  return `${n.fn}(${args.join(', ')})`;
}

type Scalar = (args: readonly Value[], n: Extract<Node, { k: 'call' }>) => Value;

const order = (a: Value, b: Value): number => {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  const x = typeof a === 'boolean' ? Number(a) : (a as number);
  const y = typeof b === 'boolean' ? Number(b) : (b as number);
  return x < y ? -1 : x > y ? 1 : 0;
};
const anyNull = (args: readonly Value[]): boolean => args.some((a) => a === null);
const strict =
  (f: (...args: never[]) => Value): Scalar =>
  (args) =>
    anyNull(args) ? null : f(...(args as never[]));
const test = (f: (o: number) => boolean): Scalar => strict((a: Value, b: Value) => f(order(a, b)));
const text = (f: (a: string, b: string) => boolean): Scalar => strict((a: string, b: string) => f(a, b));
const low = (s: string): string => s.toLowerCase();
const terms = (s: string): string[] => s.match(/[\p{L}\p{N}]+/gu) ?? [];

/** Whole-term search: the needle's place must not be inside a longer run of letters and digits at either end. */
function has(hay: string, needle: string, left = true, right = true): boolean {
  if (needle === '') return true;
  const inTerm = (c: string | undefined): boolean => c !== undefined && /[\p{L}\p{N}]/u.test(c);
  for (let i = hay.indexOf(needle); i >= 0; i = hay.indexOf(needle, i + 1)) {
    const startsClean = !left || !inTerm(needle[0]) || !inTerm(hay[i - 1]);
    const endsClean = !right || !inTerm(needle[needle.length - 1]) || !inTerm(hay[i + needle.length]);
    if (startsClean && endsClean) return true;
  }
  return false;
}

function number(a: Value): Value {
  return typeof a === 'bigint' ? Number(a) : a;
}

function arithmetic(fn: string, [a, b]: readonly Value[], type: Type): Value {
  if (anyNull([a!, b!])) return null;
  if (type === 'real') {
    const [x, y] = [number(a!) as number, number(b!) as number];
    return fn === '+' ? x + y : fn === '-' ? x - y : fn === '*' ? x * y : x / y;
  }
  const [x, y] = [a as bigint, b as bigint];
  if (fn === '/') return y === 0n ? null : x / y;
  if (fn === '%') {
    if (y === 0n) return null;
    const m = y < 0n ? -y : y;
    return ((x % m) + m) % m;
  }
  return BigInt.asIntN(64, fn === '+' ? x + y : fn === '-' ? x - y : x * y);
}

function floorTo(a: bigint, b: bigint): bigint {
  return a - (((a % b) + b) % b);
}

/** Ticks between year 1 and 1970: datetimes are binned from year 1. */
const YEAR_ONE = 621_355_968_000_000_000n;

/** Text as `tostring()` gives it. */
export function toText(v: Value, type: Type): string {
  if (v === null) return '';
  switch (type) {
    case 'bool':
      return v ? 'True' : 'False';
    case 'datetime':
      return iso(v as bigint);
    case 'timespan':
      return span(v as bigint);
    case 'real':
      return Object.is(v, -0) ? '-0.0' : Number.isInteger(v) ? `${v}.0` : String(v);
    case 'dynamic':
      return typeof v === 'object' ? JSON.stringify(v) : typeof v === 'string' ? v : String(v);
    default:
      return String(v);
  }
}

const missing = (v: Value): boolean => v === null || v === '';

const FUNCTIONS: Readonly<Record<string, Scalar>> = {
  '+': (a, n) => arithmetic('+', a, n.type),
  '-': (a, n) => arithmetic('-', a, n.type),
  '*': (a, n) => arithmetic('*', a, n.type),
  '/': (a, n) => arithmetic('/', a, n.type),
  '%': (a, n) => arithmetic('%', a, n.type),
  // A missing value differs from a present one; of two missing ones nothing is known.
  '==': ([a, b]) => (a === null && b === null ? null : a === null || b === null ? false : order(a!, b!) === 0),
  '!=': ([a, b]) => (a === null && b === null ? null : a === null || b === null ? true : order(a!, b!) !== 0),
  '<': test((o) => o < 0),
  '<=': test((o) => o <= 0),
  '>': test((o) => o > 0),
  '>=': test((o) => o >= 0),
  and: ([a, b]) => (a === false || b === false ? false : a === null || b === null ? null : true),
  or: ([a, b]) => (a === true || b === true ? true : a === null || b === null ? null : false),
  not: strict((a: boolean) => !a),
  '=~': text((a, b) => low(a) === low(b)),
  '!~': text((a, b) => low(a) !== low(b)),
  has: text((a, b) => has(low(a), low(b))),
  '!has': text((a, b) => !has(low(a), low(b))),
  has_cs: text((a, b) => has(a, b)),
  hasprefix: text((a, b) => has(low(a), low(b), true, false)),
  hassuffix: text((a, b) => has(low(a), low(b), false, true)),
  contains: text((a, b) => low(a).includes(low(b))),
  '!contains': text((a, b) => !low(a).includes(low(b))),
  contains_cs: text((a, b) => a.includes(b)),
  startswith: text((a, b) => low(a).startsWith(low(b))),
  '!startswith': text((a, b) => !low(a).startsWith(low(b))),
  startswith_cs: text((a, b) => a.startsWith(b)),
  endswith: text((a, b) => low(a).endsWith(low(b))),
  '!endswith': text((a, b) => !low(a).endsWith(low(b))),
  has_any: ([a, ...list]) => list.some((b) => has(low(a as string), low(b as string))),
  has_all: ([a, ...list]) => list.every((b) => has(low(a as string), low(b as string))),
  in: ([a, ...list]) => a !== null && list.some((b) => b !== null && order(a!, b) === 0),
  '!in': ([a, ...list]) => !(a !== null && list.some((b) => b !== null && order(a!, b) === 0)),
  'in~': ([a, ...list]) => list.some((b) => low(a as string) === low(b as string)),
  between: ([x, a, b]) => {
    const [low, high] = [a, b].map((v, i) =>
      x === null || v === null ? null : i ? order(x!, v!) <= 0 : order(x!, v!) >= 0,
    );
    return low === false || high === false ? false : low === null || high === null ? null : true;
  },
  iff: ([c, a, b]) => (c === true ? a! : b!),
  coalesce: (args) => args.find((a) => !missing(a)) ?? args[args.length - 1]!,
  isnull: ([a]) => a === null,
  isnotnull: ([a]) => a !== null,
  isempty: ([a]) => missing(a!),
  isnotempty: ([a]) => !missing(a!),
  strcat: (args, n) => args.map((a, i) => toText(a, n.args[i]!.type)).join(''),
  strlen: ([a]) => BigInt([...(a as string)].length),
  toupper: ([a]) => (a as string).toUpperCase(),
  tolower: ([a]) => low(a as string),
  substring: ([a, from, length]) => {
    const points = [...(a as string)];
    const start = Math.max(0, Number(from));
    return points.slice(start, start + Math.max(0, Number(length))).join('');
  },
  indexof: ([a, b]) => BigInt((a as string).indexOf(b as string)),
  reverse: ([a]) => [...(a as string)].reverse().join(''),
  countof: ([a, b]) => {
    let n = 0n;
    for (let i = (a as string).indexOf(b as string); i >= 0; i = (a as string).indexOf(b as string, i + 1)) n++;
    return n;
  },
  tostring: ([a], n) => toText(a!, n.args[0]!.type),
  tolong: ([a], n) => {
    if (a === null) return null;
    if (n.args[0]!.type === 'string') {
      const t = (a as string).trim();
      return /^[-+]?\d{1,18}$/.test(t) ? BigInt(t) : null;
    }
    if (typeof a === 'boolean') return a ? 1n : 0n;
    if (typeof a === 'number') return Number.isFinite(a) ? BigInt(Math.trunc(a)) : null;
    return a!;
  },
  todouble: ([a]) => (a === null ? null : typeof a === 'boolean' ? Number(a) : number(a!)),
  abs: strict((a: bigint | number) => (typeof a === 'bigint' ? (a < 0n ? -a : a) : Math.abs(a))),
  bin: ([a, b], n) => {
    if (a === null) return null;
    if (n.type === 'datetime') return floorTo((a as bigint) + YEAR_ONE, b as bigint) - YEAR_ONE;
    return floorTo(a as bigint, b as bigint);
  },
  min_of: (args) =>
    args.filter((a) => a !== null).reduce((x: Value, y) => (x === null || order(y, x) < 0 ? y : x), null),
  max_of: (args) =>
    args.filter((a) => a !== null).reduce((x: Value, y) => (x === null || order(y, x) > 0 ? y : x), null),
  startofday: strict((a: bigint) => floorTo(a, 86_400n * SECOND)),
  array_length: ([a]) => (Array.isArray(a) ? BigInt(a.length) : null),
  index: ([a, i]) => {
    if (!Array.isArray(a)) return null;
    const at = Number(i);
    return ((a as unknown[])[at < 0 ? a.length + at : at] ?? null) as Value;
  },
  pack_array: (args, n) => args.map((a, i) => toJson(a, n.args[i]!.type)),
};

/** A value inside a dynamic one. */
export function toJson(v: Value, type: Type): unknown {
  if (v === null) return null;
  if (type === 'datetime') return iso(v as bigint);
  if (type === 'timespan') return span(v as bigint);
  if (typeof v === 'bigint') return Number(v);
  if (typeof v === 'number' && !Number.isFinite(v)) return Number.isNaN(v) ? 'NaN' : v > 0 ? 'inf' : '-inf';
  return v;
}

/** Evaluates a tree over a row. */
export function evaluate(n: Node, row: Row): Value {
  if (n.k === 'column') return row[n.name] ?? (n.type === 'string' ? '' : null);
  if (n.k === 'value') return n.value ?? (n.type === 'string' ? '' : null);
  const f = FUNCTIONS[n.fn];
  if (!f) throw new Error(`The model has no ${n.fn}`);
  return f(
    n.args.map((a) => evaluate(a, row)),
    n,
  );
}

export { order, terms };
