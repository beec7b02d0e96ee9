import type { Expr } from '../plan/ir.ts';
import type { KqlType } from '../types.ts';

/** An argument as the SQL writer sees it. */
export interface SqlArg {
  readonly sql: string;
  readonly type: KqlType;
  readonly expr: Expr;
  /** The SQL value is never NULL although its type may be. */
  readonly notNull?: boolean;
  /** The argument is a stored column in a filter, and a text index covers this expression over it (`term-index.ts`). */
  readonly terms?: string;
}

/** What a SQL writer may use. Text always goes through `param`. */
export interface SqlContext {
  /** A bound parameter holding this text. */
  param(value: string): string;
  /** A bound parameter of any ClickHouse type. */
  typed(value: string | number | readonly string[], type: string): string;
  /** A name for an expression that is used several times; anything already short comes back unchanged. */
  once(sql: string): string;
  /** Set inside an aggregation with keys: no group is empty. */
  readonly grouped?: boolean;
}

/**
 * Argument types, separated by blanks:
 * a type name casts the argument to it; `any` leaves it; `number` keeps int, long and real and reads dynamic as real;
 * `same` brings all `same` arguments to one type; `scalar` keeps everything but dynamic, which becomes text;
 * `?` marks optional ones, `*` a last one that repeats.
 */
export type ArgPattern = string;

export type ResultType = KqlType | 'first' | 'same' | ((args: readonly Expr[]) => KqlType);

/** One scalar function: the only place that knows anything about it. */
export interface FunctionDecl {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly args: ArgPattern;
  readonly returns: ResultType;
  /** `$1`, `$2`… stand for the arguments, or a function over them. */
  readonly sql: string | ((args: readonly SqlArg[], c: SqlContext) => string);
  /** The `same` arguments are values to choose from: a whole number and a real are not of one type there. */
  readonly alike?: boolean;
  /** Text and dynamic results never are NULL; set when the SQL already guarantees it for nullable arguments. */
  readonly total?: boolean;
  /** Positions of dynamic arguments of which only arrays and objects count. */
  readonly textArgs?: readonly number[];
  /** Checked at compile time; a returned text is the error. */
  readonly check?: (args: readonly Expr[]) => string | undefined;
  /** A text becomes a warning where the function is used. */
  readonly note?: () => string | undefined;
  readonly doc: string;
}

/** One aggregate function. `null` values are skipped by the engine unless the declaration says otherwise. */
export interface AggregateDecl {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly args: ArgPattern;
  readonly returns: ResultType;
  /** `condition` is the SQL of the `…if` form, already complete. */
  readonly sql: (args: readonly SqlArg[], c: SqlContext, condition: string | undefined) => string;
  /** The same for arrays, before they become JSON: an engine array of as many elements. */
  readonly array?: (args: readonly SqlArg[], c: SqlContext, condition: string | undefined) => string;
  /** Names with a trailing condition argument: `sumif`. */
  readonly conditional?: readonly string[];
  /** Checked at compile time; a returned text is the error. */
  readonly check?: (args: readonly Expr[]) => string | undefined;
  /** Position of the condition when it is not the last argument. */
  readonly conditionAt?: number;
  readonly doc: string;
}

export const DATETIME = "DateTime64(7,'UTC')";

/** Ticks since 1970 of a datetime expression. */
export const ticks = (sql: string): string => `reinterpretAsInt64(${sql})`;

/** The datetime of an Int64 tick expression. */
export const datetimeOf = (sql: string): string => `reinterpret(${sql}, 'DateTime64(7,\\'UTC\\')')`;

/** The datetime of a tick expression, NULL outside the years 1 to 9999. */
export function datetimeInRange(sql: string, c: Pick<SqlContext, 'once'>): string {
  const t = c.once(sql);
  return `if(${t} BETWEEN -621355968000000000 AND 2534023007999999999, ${datetimeOf(t)}, NULL)`;
}

/** The constant an argument holds, when it is one. */
export function constant(arg: SqlArg | Expr | undefined): string | boolean | null | undefined {
  if (!arg) return undefined;
  const e = 'expr' in arg && 'sql' in arg ? arg.expr : (arg as Expr);
  return e.op === 'literal' ? e.value : undefined;
}

/** Digits of a decimal after its point, and as many before it. */
export const DECIMAL_DIGITS = 38;

/** A decimal as a real. The engine's own conversion is off by a bit, so it goes through text. */
export const realOf = (a: Pick<SqlArg, 'sql' | 'type'>): string =>
  a.type === 'decimal' ? `toFloat64OrNull(toString(${a.sql}))` : `toFloat64(${a.sql})`;

const STRING_LIKE: ReadonlySet<KqlType> = new Set(['string', 'guid', 'dynamic']);

/** Types that are stored as a String that is never NULL. */
export function stringLike(type: KqlType): boolean {
  return STRING_LIKE.has(type);
}

/** ClickHouse type of a value. */
export function sqlType(type: KqlType): string {
  switch (type) {
    case 'string':
    case 'guid':
    case 'dynamic':
      return 'String';
    case 'int':
      return 'Nullable(Int32)';
    case 'long':
    case 'timespan':
      return 'Nullable(Int64)';
    case 'real':
      return 'Nullable(Float64)';
    case 'decimal':
      return `Nullable(Decimal(76, ${DECIMAL_DIGITS}))`;
    case 'bool':
      return 'Nullable(Bool)';
    case 'datetime':
      return `Nullable(${DATETIME})`;
  }
}

const NUMERIC = ['int', 'long', 'decimal', 'real'];

/** The type two operands meet at, or undefined when they do not. */
export function commonType(a: KqlType, b: KqlType): KqlType | undefined {
  if (a === b) return a;
  const i = NUMERIC.indexOf(a);
  const j = NUMERIC.indexOf(b);
  if (i >= 0 && j >= 0) return NUMERIC[Math.max(i, j)] as KqlType;
  if (a === 'dynamic') return b;
  if (b === 'dynamic') return a;
  return undefined;
}
