/**
 * The compiler's contract: text and schema in, SQL and column types out. Nothing here knows a database connection.
 */

import type { DataScope } from './data-scope.ts';

/** Scalar types of the language. A `decimal` has 38 digits before and after its point. */
export type KqlType =
  | 'string'
  | 'int'
  | 'long'
  | 'real'
  | 'bool'
  | 'datetime'
  | 'dynamic'
  | 'guid'
  | 'timespan'
  | 'decimal';

/**
 * A column of a table the compiler may read.
 *
 * How each type is stored in ClickHouse:
 * string, guid → `String` (or `LowCardinality(String)`), empty when missing;
 * int → `Nullable(Int32)`; long → `Nullable(Int64)`; real → `Nullable(Float64)`; bool → `Nullable(Bool)`;
 * datetime → `Nullable(DateTime64(7,'UTC'))`, not Nullable for the table's time column and `_TimeReceived`;
 * dynamic → `String` holding JSON text, empty when null;
 * decimal → `Nullable(Float64)`, made a decimal where it is read.
 */
export interface KqlColumn {
  readonly name: string;
  readonly type: KqlType;
  /** SQL expression over the physical table when the value is not simply the column of that name. */
  readonly sql?: string;
  /** True when the stored value can never be NULL although the type is not string-like. */
  readonly notNull?: boolean;
  /** A text index covers `termIndexExpression` of the stored column, so whole-term and substring filters should use it. */
  readonly terms?: boolean;
  /** A name that resolves but is left out of `*`, getschema and completion (TimeGenerated on a Timestamp table, _ItemId…). */
  readonly hidden?: boolean;
  readonly description?: string;
}

export interface KqlTable {
  readonly name: string;
  readonly columns: readonly KqlColumn[];
  /** Quoted physical source, for example `` `hunting`.`DeviceEvents` ``, or a parenthesised subquery. */
  readonly physical: string;
  /** Column the caller's time range applies to; null for reference tables. */
  readonly timeColumn: string | null;
  /** Unknown columns read as empty instead of failing (AzureDiagnostics). */
  readonly open?: boolean;
  readonly description?: string;
}

export interface KqlSchema {
  readonly tables: readonly KqlTable[];
  /** Retired table name → current name. */
  readonly tableAliases?: Readonly<Record<string, string>>;
  /** Retired column name → current name in any table that has the current one. */
  readonly columnAliases?: Readonly<Record<string, string>>;
  /** Changes whenever the schema does; part of the plan cache key. */
  readonly version: string;
}

/**
 * A saved function: built in, shared or personal. Its text is planned in place of the call, as a function made by `let`
 * is. A body may call other saved functions, up to eight deep and never itself.
 */
export interface StoredFunction {
  readonly name: string;
  /** What stands between the parentheses of a declaration: `T:(*), device:string, limit:long = 100`. */
  readonly parameters: string;
  /** Statements and a final expression. */
  readonly body: string;
  /**
   * Scalar parameters, for `invoke` only, that are taken from each row of the input: the argument is a column of it, the
   * name of one as text, or any expression over its columns.
   */
  readonly rowParameters?: readonly string[];
  readonly description?: string;
}

/** A list of reference values that `_GetWatchlist('alias')` reads. */
export interface Watchlist {
  readonly alias: string;
  /** The columns of the list itself; `_DTItemId`, `LastUpdatedTimeUTC` and `SearchKey` are added empty when missing. */
  readonly columns: readonly KqlColumn[];
  /** Quoted physical source, as of a table. */
  readonly physical: string;
}

/** What `externaldata` may read, when it may read anything. */
export interface ExternalAccess {
  /** Host names; `*.example.org` stands for every host below one, `*` for all. */
  readonly hosts: readonly string[];
}

/** A value bound into the SQL as `{name:Type}`; never spliced into the text. */
export interface SqlParam {
  readonly type: string;
  readonly value: string | number | boolean | null | readonly string[] | readonly number[];
}

/** An extra condition that must hold for every row read from a table: scopes, batch windows. */
export interface RowRestriction {
  /** SQL boolean expression over the physical columns of the table. */
  readonly sql: string;
  readonly params?: Readonly<Record<string, SqlParam>>;
}

export interface CompileOptions {
  readonly schema: KqlSchema;
  /** Instant that `now()` and `ago()` mean for the whole query. */
  readonly now: Date;
  /**
   * Applied to the time column of every table read, unless the text itself filters that column
   * (spec B 2.2: the text wins).
   */
  readonly timeRange?: { readonly from: Date; readonly to: Date };
  /** What the caller may see: tables, columns, rows. */
  readonly scope?: DataScope;
  /** Called for every table read, also inside joins, unions and subqueries. The query layer filters, not the page. */
  readonly restrict?: (table: string) => RowRestriction | undefined;
  /**
   * Rows the plan depends on, in the order `FailedCompile.probe` asked for them. Give them back with the next call until
   * no probe comes; `compileWithData` does that.
   */
  readonly facts?: readonly (readonly (readonly unknown[])[])[];
  /**
   * Values for `declare query_parameters`, by name. Text for a parameter that is no string is read as a constant of its
   * type: `7`, `1d`, `datetime(2026-01-31)`.
   */
  readonly parameters?: Readonly<Record<string, string | number | boolean | null>>;
  /** Saved functions of the organisation and the person who asks, besides the built-in ones. */
  readonly functions?: readonly StoredFunction[];
  readonly watchlists?: readonly Watchlist[];
  /** Absent: `externaldata` is refused. */
  readonly external?: ExternalAccess;
  /** Called as each stage of a compile ends, for measuring. */
  readonly trace?: (stage: 'bind' | 'plan' | 'optimise' | 'emit') => void;
  /** Result rows are cut to this many; the statement asks for one more so that the cut is known. */
  readonly maxRows?: number;
}

export interface RenderInfo {
  readonly visualization: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** A problem in the text. Lines and columns count from 1, `start`/`length` are UTF-16 offsets. */
export interface KqlDiagnostic {
  /** `KQL0001`… our own, or Microsoft's `KS…` code passed through. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly start: number;
  readonly length: number;
  readonly line: number;
  readonly column: number;
  /** What to write instead, when we know. */
  readonly suggestion?: string;
}

/** One statement for the engine and what its rows mean. */
export interface CompiledTable {
  readonly sql: string;
  readonly params: Readonly<Record<string, SqlParam>>;
  readonly columns: readonly { readonly name: string; readonly type: KqlType }[];
}

/**
 * Data that the caller fetches before it runs the statement: the texts behind the addresses go through `externalRows`,
 * and what comes back is the value of the parameter.
 */
export interface ExternalTable {
  readonly param: string;
  readonly urls: readonly string[];
  readonly format: string;
  readonly ignoreFirstRecord: boolean;
  /** Text of an ingestion mapping: which property or field fills which column. */
  readonly mapping?: string;
  readonly columns: readonly { readonly name: string; readonly type: KqlType }[];
}

export interface CompiledQuery extends CompiledTable {
  readonly ok: true;
  /** What the text calls the first result, when there are several. */
  readonly name?: string;
  /** Contents to fetch; their parameters are empty lists until then. */
  readonly external?: readonly ExternalTable[];
  /** Result tables after the first: `fork`, `facet`, several statements in one text. */
  readonly more?: readonly (CompiledTable & { readonly name: string })[];
  readonly render?: RenderInfo;
  /** Names of the tables read, current spelling. */
  readonly tables: readonly string[];
  /** True when only row-wise operators over one table occur, so the query may run as a continuous rule (spec B 4.3). */
  readonly rowWise: boolean;
  /** True when the text itself filters the time column of a table it reads. */
  readonly filtersTime: boolean;
  readonly warnings: readonly KqlDiagnostic[];
  /** The plan as plain JSON. */
  readonly plan: unknown;
}

export interface FailedCompile {
  readonly ok: false;
  readonly errors: readonly KqlDiagnostic[];
  /** The plan depends on data: run this, then compile again with its rows added to `facts`. */
  readonly probe?: CompiledTable;
  /** Contents that the probe reads, as of a compiled query. */
  readonly external?: readonly ExternalTable[];
}

export type CompileResult = CompiledQuery | FailedCompile;
