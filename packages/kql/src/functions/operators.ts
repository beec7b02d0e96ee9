import type { Expr } from '../plan/ir.ts';
import type { KqlType } from '../types.ts';
import { castSql } from './casts.ts';
import {
  commonType,
  constant,
  DECIMAL_DIGITS,
  datetimeInRange,
  type FunctionDecl,
  realOf,
  type SqlArg,
  type SqlContext,
  ticks,
} from './declare.ts';
import { patternSql } from './regex.ts';
import { containsSql, hasManySql, hasSql, prefixSql } from './text-search.ts';

/** Ticks from the start of year 1, where times count from, to 1970. */
const YEAR_1 = '621355968000000000';

const isText = (t: KqlType) => t === 'string' || t === 'guid';
const isReal = (t: KqlType) => t === 'real' || t === 'decimal';
const isWhole = (t: KqlType) => t === 'int' || t === 'long';

/** Result type of an arithmetic operator, or undefined when the operands do not go together. */
export function arithmeticType(op: string, a: KqlType, b: KqlType): KqlType | undefined {
  if (a === 'dynamic' && b === 'dynamic') return undefined;
  if (a === 'dynamic')
    return arithmeticType(op, b === 'timespan' && op === '+' ? 'timespan' : b === 'datetime' ? 'datetime' : b, b) ?? b;
  if (b === 'dynamic') return arithmeticType(op, a, a === 'datetime' ? 'timespan' : a) ?? a;
  if (a === 'datetime' && b === 'timespan' && (op === '+' || op === '-')) return 'datetime';
  if (a === 'timespan' && b === 'datetime' && op === '+') return 'datetime';
  if (a === 'datetime' && b === 'datetime' && op === '-') return 'timespan';
  // A time as a number of spans since year 1: what charts and `series_fir` over times are made of.
  if (a === 'datetime' && b === 'timespan' && op === '/') return 'real';
  if (a === 'datetime' || b === 'datetime') return op === '%' && b === 'timespan' ? 'timespan' : undefined;
  if (a === 'timespan' && b === 'timespan') return op === '/' ? 'real' : op === '*' ? undefined : 'timespan';
  const number = (t: KqlType) => isWhole(t) || isReal(t);
  if (a === 'timespan' && number(b) && (op === '*' || op === '/')) return 'timespan';
  if (b === 'timespan' && number(a) && op === '*') return 'timespan';
  if (!number(a) || !number(b)) return undefined;
  const common = commonType(a, b)!;
  return common === 'int' ? 'long' : common;
}

function arithmetic(op: string) {
  return (args: readonly SqlArg[], c: SqlContext): string => {
    const [a, b] = [args[0]!, args[1]!];
    if (a.type === 'datetime' && b.type === 'datetime') return `(${ticks(a.sql)} - ${ticks(b.sql)})`;
    if (a.type === 'datetime' && op === '%')
      return `positiveModulo(${ticks(a.sql)} + ${YEAR_1}, nullIf(toInt64(abs(${b.sql})), 0))`;
    if (a.type === 'datetime' && op === '/') return `((${ticks(a.sql)} + ${YEAR_1}) / ${b.sql})`;
    if (a.type === 'datetime') return datetimeInRange(`(${ticks(a.sql)} ${op} ${b.sql})`, c);
    if (b.type === 'datetime') return datetimeInRange(`(${a.sql} ${op} ${ticks(b.sql)})`, c);
    if (a.type === 'timespan' || b.type === 'timespan') {
      if (a.type === b.type && op === '/') return `(${a.sql} / ${b.sql})`;
      if (a.type === b.type && op === '%') return `positiveModulo(${a.sql}, nullIf(toInt64(abs(${b.sql})), 0))`;
      if (isReal(a.type) || isReal(b.type)) return `toInt64(round(${a.sql} ${op} ${b.sql}))`;
      if (op === '/') return `intDiv(${a.sql}, nullIf(${b.sql}, 0))`;
      return `(${a.sql} ${op} ${b.sql})`;
    }
    if ((a.type === 'decimal' || b.type === 'decimal') && a.type !== 'real' && b.type !== 'real')
      return decimalArithmetic(op, a, b, c);
    if (a.type === 'decimal' || b.type === 'decimal') {
      const real = (x: SqlArg): SqlArg => ({ ...x, sql: realOf(x), type: 'real' });
      return arithmetic(op)([real(a), real(b)], c);
    }
    const whole = isWhole(a.type) && isWhole(b.type);
    if (op === '/') return whole ? `intDiv(toInt64(${a.sql}), nullIf(toInt64(${b.sql}), 0))` : `(${a.sql} / ${b.sql})`;
    if (op === '%') {
      if (!whole) {
        const r = c.once(`${a.sql} % nullIf(${b.sql}, 0)`);
        return `if(${r} < 0, ${r} + abs(${b.sql}), ${r})`;
      }
      const d = c.once(`nullIf(toInt64(${b.sql}), 0)`);
      const m = c.once(`toInt64(${a.sql}) % ${d}`);
      return `if(${m} < 0, ${m} + abs(${d}), ${m})`;
    }
    return `(${whole ? `toInt64(${a.sql})` : a.sql} ${op} ${whole ? `toInt64(${b.sql})` : b.sql})`;
  };
}

/** Two decimals, or a decimal and a whole number: exact but for what does not fit behind the point. */
function decimalArithmetic(op: string, a: SqlArg, b: SqlArg, c: SqlContext): string {
  const [x, y] = [a, b].map((v) => c.once(castSql(v.sql, v.type, 'decimal', c)));
  // The engine divides by what stands under a null too, so the divisor is made safe first.
  const none = `ifNull(${y} = 0, true)`;
  const safe = `if(${none}, toDecimal256(1, ${DECIMAL_DIGITS}), assumeNotNull(${y}))`;
  switch (op) {
    case '*':
      return `multiplyDecimal(${x}, ${y}, ${DECIMAL_DIGITS})`;
    case '/':
      return `if(${none}, NULL, divideDecimal(${x}, ${safe}, ${DECIMAL_DIGITS}))`;
    case '%': {
      const rest = c.once(`(${x} % ${safe})`);
      return `if(${none}, NULL, if(${rest} < 0, ${rest} + abs(${y}), ${rest}))`;
    }
    default:
      return `(${x} ${op} ${y})`;
  }
}

function equality(negated: boolean) {
  return (args: readonly SqlArg[]): string => {
    const [a, b] = [args[0]!, args[1]!];
    const sql = `${a.sql} ${negated ? '!=' : '='} ${b.sql}`;
    if (isText(a.type) || a.type === 'dynamic') return `(${sql})`;
    return negated ? `(${a.sql} IS DISTINCT FROM ${b.sql})` : `(${sql})`;
  };
}

const order = (op: string) => (args: readonly SqlArg[]) => `(${args[0]!.sql} ${op} ${args[1]!.sql})`;

const ASCII = /^\p{ASCII}*$/u;

/** Lower case for a comparison with constants; where they are plain ASCII the bytes are enough, and much faster. */
const lowerFor = (others: readonly (string | boolean | null | undefined)[]): string =>
  others.every((k) => typeof k === 'string' && ASCII.test(k)) ? 'lower' : 'lowerUTF8';

function lowered(arg: SqlArg, other: SqlArg, c: SqlContext): string {
  const k = constant(arg);
  return typeof k === 'string' ? c.param(k.toLowerCase()) : `${lowerFor([constant(other)])}(${arg.sql})`;
}

const insensitive = (op: string) => (args: readonly SqlArg[], c: SqlContext) =>
  `(${lowered(args[0]!, args[1]!, c)} ${op} ${lowered(args[1]!, args[0]!, c)})`;

/** Members of a list operator: constants become one bound array, anything else is compared one by one. */
function membership(negated: boolean, ignoreCase: boolean) {
  return (args: readonly SqlArg[], c: SqlContext): string => {
    const left = args[0]!;
    const list = args.slice(1);
    const not = negated ? 'NOT ' : '';
    if (list.length === 1 && list[0]!.type === 'dynamic') {
      const wanted = ignoreCase ? `lowerUTF8(${list[0]!.sql})` : list[0]!.sql;
      const value = ignoreCase ? `lowerUTF8(${left.sql})` : left.sql;
      if (isText(left.type)) return `(${not}has(JSONExtract(${wanted}, 'Array(String)'), ${value}))`;
      if (left.type === 'dynamic') return `(${not}has(JSONExtractArrayRaw(${wanted}), ${value}))`;
      return `(${not}has(arrayMap(x -> trim(BOTH '"' FROM x), JSONExtractArrayRaw(${wanted})), toString(${value})))`;
    }
    const values = list.map((a) => constant(a));
    if (isText(left.type) && values.every((v) => typeof v === 'string')) {
      const texts = values as string[];
      const value = ignoreCase ? `${lowerFor(texts)}(${left.sql})` : left.sql;
      return `(${value} ${not}IN ${c.typed(ignoreCase ? texts.map((t) => t.toLowerCase()) : texts, 'Array(String)')})`;
    }
    // A list of numbers: a chain of comparisons costs the engine milliseconds of planning for each.
    const numbers = values.filter((v, i) => isWhole(list[i]!.type) && typeof v === 'string' && /^-?\d+$/.test(v));
    if (isWhole(left.type) && numbers.length > 1 && numbers.length === list.length)
      return `(${not}ifNull(${left.sql} IN (${numbers.join(', ')}), false))`;
    const one = (a: SqlArg) =>
      ignoreCase && isText(left.type) ? `${lowered(left, a, c)} = ${lowered(a, left, c)}` : `${left.sql} = ${a.sql}`;
    return `(${not}ifNull(${list.length ? list.map(one).join(' OR ') : 'false'}, false))`;
  };
}

const negate = (f: (a: readonly SqlArg[], c: SqlContext) => string) => (a: readonly SqlArg[], c: SqlContext) =>
  `NOT ${f(a, c)}`;

function op(name: string, sql: FunctionDecl['sql'], returns: FunctionDecl['returns'] = 'bool'): FunctionDecl {
  return { name, args: 'any any*', returns, sql, doc: `The operator ${name}.` };
}

const has = (cs: boolean, mode: 'both' | 'prefix' | 'suffix') => (a: readonly SqlArg[], c: SqlContext) =>
  hasSql(a[0]!, a[1]!, { caseSensitive: cs, mode }, c);
const contains = (cs: boolean) => (a: readonly SqlArg[], c: SqlContext) => containsSql(a[0]!, a[1]!, cs, c);
const edge = (fn: 'startsWith' | 'endsWith', cs: boolean) => (a: readonly SqlArg[], c: SqlContext) =>
  prefixSql(fn, a[0]!, a[1]!, cs, c);

/** `has_any` and `has_all` over constants, or over an array held in a dynamic. */
function hasMany(joiner: 'OR' | 'AND') {
  return (args: readonly SqlArg[], c: SqlContext): string => {
    const left = args[0]!;
    const list = args.slice(1);
    if (list.length === 1 && list[0]!.type === 'dynamic') {
      const fn = joiner === 'OR' ? 'arrayExists' : 'arrayAll';
      const expr: Expr = { op: 'column', id: 'term', type: 'string' };
      const test = hasSql(
        left,
        { sql: 'term', type: 'string', expr },
        { caseSensitive: false, mode: 'both' },
        { ...c, once: (s) => s },
      );
      return `${fn}(term -> ${test}, JSONExtract(${list[0]!.sql}, 'Array(String)'))`;
    }
    if (list.length === 0) return joiner === 'OR' ? 'false' : 'true';
    const indexed = hasManySql(left, list, joiner, c);
    if (indexed) return indexed;
    return `(${list.map((a) => hasSql(left, a, { caseSensitive: false, mode: 'both' }, c)).join(` ${joiner} `)})`;
  };
}

const matches = (a: readonly SqlArg[], c: SqlContext) => `match(${a[0]!.sql}, ${patternSql(a[1]!, c)})`;

export const OPERATORS: readonly FunctionDecl[] = [
  op('+', arithmetic('+'), 'first'),
  op('-', arithmetic('-'), 'first'),
  op('*', arithmetic('*'), 'first'),
  op('/', arithmetic('/'), 'first'),
  op('%', arithmetic('%'), 'first'),
  op('==', equality(false)),
  op('!=', equality(true)),
  op('<', order('<')),
  op('<=', order('<=')),
  op('>', order('>')),
  op('>=', order('>=')),
  op('=~', insensitive('=')),
  op('!~', insensitive('!=')),
  op('and', (a) => `(${a.map((x) => x.sql).join(' AND ')})`),
  op('or', (a) => `(${a.map((x) => x.sql).join(' OR ')})`),
  op('between', (a) => `(${a[0]!.sql} >= ${a[1]!.sql} AND ${a[0]!.sql} <= ${a[2]!.sql})`),
  op('!between', (a) => `(NOT (${a[0]!.sql} >= ${a[1]!.sql} AND ${a[0]!.sql} <= ${a[2]!.sql}))`),
  op('in', membership(false, false)),
  op('!in', membership(true, false)),
  op('in~', membership(false, true)),
  op('!in~', membership(true, true)),
  op('has', has(false, 'both')),
  op('!has', negate(has(false, 'both'))),
  op('has_cs', has(true, 'both')),
  op('!has_cs', negate(has(true, 'both'))),
  op('hasprefix', has(false, 'prefix')),
  op('!hasprefix', negate(has(false, 'prefix'))),
  op('hasprefix_cs', has(true, 'prefix')),
  op('!hasprefix_cs', negate(has(true, 'prefix'))),
  op('hassuffix', has(false, 'suffix')),
  op('!hassuffix', negate(has(false, 'suffix'))),
  op('hassuffix_cs', has(true, 'suffix')),
  op('!hassuffix_cs', negate(has(true, 'suffix'))),
  op('contains', contains(false)),
  op('!contains', negate(contains(false))),
  op('contains_cs', contains(true)),
  op('!contains_cs', negate(contains(true))),
  op('startswith', edge('startsWith', false)),
  op('!startswith', negate(edge('startsWith', false))),
  op('startswith_cs', edge('startsWith', true)),
  op('!startswith_cs', negate(edge('startsWith', true))),
  op('endswith', edge('endsWith', false)),
  op('!endswith', negate(edge('endsWith', false))),
  op('endswith_cs', edge('endsWith', true)),
  op('!endswith_cs', negate(edge('endsWith', true))),
  op('has_any', hasMany('OR')),
  op('has_all', hasMany('AND')),
  op('matches regex', matches),
  op('negate', (a) => `(-${a[0]!.sql})`, 'first'),
];
