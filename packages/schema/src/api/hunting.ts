import type { KqlType } from '../hunting.ts';

/** GET /api/hunting/schema */
export interface HuntingSchemaInfo {
  readonly version: string;
  readonly tables: readonly {
    readonly name: string;
    readonly category: string;
    readonly description: string;
    readonly origin: string;
    readonly timeColumn: string | null;
    readonly columns: readonly {
      readonly name: string;
      readonly type: KqlType;
      readonly description?: string;
      readonly values?: readonly string[];
    }[];
    readonly actionTypes: readonly string[];
    /** Rows stored now, and the newest row's time; null when empty. */
    readonly rows: number;
    readonly newest: string | null;
  }[];
  /** Columns every table answers to, although its own list leaves them out. */
  readonly standardColumns: readonly { readonly name: string; readonly type: KqlType; readonly description?: string }[];
  /** Retired table name → current name. */
  readonly tableAliases: Readonly<Record<string, string>>;
  /** Retired column name → current name, in every table that has the current one. */
  readonly columnAliases: Readonly<Record<string, string>>;
  /** Functions written in the language: built-in and saved. */
  readonly functions: readonly {
    readonly name: string;
    /** What stands between the parentheses of its declaration. */
    readonly parameters: string;
    readonly body: string;
    readonly doc: string;
  }[];
  readonly watchlists: readonly {
    readonly alias: string;
    readonly columns: readonly { readonly name: string; readonly type: KqlType }[];
  }[];
}

/** GET /api/hunting/language: a word the compiler supports. */
export interface LanguageWord {
  readonly name: string;
  /** `operator` follows a pipe or begins a query; `word` stands between values; `saved` is written in the language. */
  readonly kind: 'function' | 'aggregate' | 'plugin' | 'operator' | 'statement' | 'word' | 'saved';
  /** How it is written: `substring(source: string, start: long, [length: long])`. */
  readonly form: string;
  readonly returns?: string;
  readonly doc: string;
  /** This is an old spelling of that name. */
  readonly aliasOf?: string;
}

/** GET /api/hunting/language */
export interface HuntingLanguage {
  readonly items: readonly LanguageWord[];
  /** Words that the language has elsewhere and this compiler refuses; completion leaves them out. */
  readonly unsupported: readonly string[];
}

/** POST /api/hunting/check */
export interface HuntCheck {
  readonly schemaVersion: string;
  /** The queries of the text in UTF-16 offsets: what Run takes as one. */
  readonly parts: readonly { readonly start: number; readonly length: number }[];
  /** The compiler's findings, with places in the whole text. */
  readonly diagnostics: readonly HuntDiagnostic[];
}

/** POST /api/hunting/explain */
export interface HuntExplanation {
  readonly ok: boolean;
  /** Stages that ended, in order. */
  readonly timings: readonly { readonly stage: string; readonly ms: number }[];
  readonly syntax: string;
  /** Plan before and after the optimiser, as an indented tree and as JSON. */
  readonly plan?: { readonly tree: string; readonly json: string };
  readonly optimised?: { readonly tree: string; readonly json: string };
  readonly statements: readonly {
    readonly name: string;
    readonly sql: string;
    readonly params: Readonly<Record<string, { readonly type: string; readonly value: unknown }>>;
    readonly columns: readonly { readonly name: string; readonly type: KqlType }[];
  }[];
  readonly render?: { readonly visualization: string; readonly properties: Readonly<Record<string, string>> };
  readonly tables: readonly string[];
  readonly rowWise: boolean;
  readonly filtersTime: boolean;
  readonly errors: readonly HuntDiagnostic[];
  readonly warnings: readonly HuntDiagnostic[];
}

/** POST /api/hunting/run */
export interface HuntRequest {
  readonly query: string;
  /** Chosen by the caller so that DELETE /api/hunting/run/:id can cancel it. */
  readonly runId?: string;
  /** ISO instants; applied unless the query filters time itself. Omit for "set in query". */
  readonly timeRange?: { readonly from: string; readonly to: string };
  /** Default 30,000, at most 100,000. */
  readonly maxRows?: number;
}

export interface HuntResult {
  readonly columns: readonly { readonly name: string; readonly type: KqlType }[];
  /** Cells in column order: long as number when exact, else string; datetime ISO; dynamic parsed; timespan `d.hh:mm:ss.fffffff`. */
  readonly rows: readonly (readonly unknown[])[];
  readonly truncated: boolean;
  /** What the query calls the first result table, when there are several. */
  readonly name?: string;
  /** Result tables after the first: `fork`, `facet`, several statements in one text. */
  readonly more?: readonly {
    readonly name: string;
    readonly columns: HuntResult['columns'];
    readonly rows: HuntResult['rows'];
    readonly truncated: boolean;
  }[];
  readonly maxRows: number;
  readonly stats: {
    readonly elapsedMs: number;
    readonly compileMs: number;
    readonly rowsRead: number;
    readonly bytesRead: number;
  };
  readonly render?: { readonly visualization: string; readonly properties: Readonly<Record<string, string>> };
  /** True when the text filtered time itself, so `timeRange` was not applied. */
  readonly filtersTime: boolean;
  readonly warnings: readonly HuntDiagnostic[];
  readonly tables: readonly string[];
}

/** A failed compile is a 400 with code `kql_error` whose `details` is HuntDiagnostic[]. */
export interface HuntDiagnostic {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly start: number;
  readonly length: number;
  readonly suggestion?: string;
}

/** Names of saved functions: letters, digits, underscore. */
export const FUNCTION_NAME = '^[A-Za-z_][A-Za-z0-9_]{0,127}$';

/** /api/hunting/queries: a query, or a function that queries call by its name. */
export interface SavedQuery {
  readonly id: string;
  readonly kind: 'query' | 'function';
  readonly name: string;
  /** Of a function: its body. */
  readonly query: string;
  /** Of a function: what stands between the parentheses of its declaration. */
  readonly parameters: string;
  readonly description: string;
  /** Where its owner keeps it, `Triage/Mail`; empty at the top. */
  readonly folder: string;
  readonly shared: boolean;
  readonly owner: string;
  /** True when the caller may change and delete it. */
  readonly own: boolean;
  readonly updatedAt: string;
}

/** POST and PUT /api/hunting/queries */
export interface SavedQueryRequest {
  readonly kind?: SavedQuery['kind'];
  readonly name: string;
  readonly query: string;
  readonly parameters?: string;
  readonly description?: string;
  /** Absent keeps it where it is, at the top when it is new. */
  readonly folder?: string;
  readonly shared?: boolean;
}

/** GET /api/hunting/library: a query that comes as a file, for everyone and not to be changed here. */
export interface LibraryQuery {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
  readonly description: string;
  readonly query: string;
}

/** GET /api/hunting/history — the caller's last 30 runs within 28 days. */
export interface QueryRun {
  readonly id: string;
  readonly query: string;
  readonly startedAt: string;
  readonly elapsedMs: number;
  readonly rows: number;
  readonly state: 'completed' | 'failed' | 'cancelled';
  readonly error: string | null;
}

/** What a run took of the engine, in three steps that people can compare. */
export type QueryUse = 'low' | 'medium' | 'high';

/** From its time in the engine and what it read. */
export function queryUse({
  elapsedMs,
  bytesRead,
}: {
  readonly elapsedMs: number;
  readonly bytesRead: number;
}): QueryUse {
  if (elapsedMs >= 30_000 || bytesRead >= 10e9) return 'high';
  return elapsedMs >= 3_000 || bytesRead >= 1e9 ? 'medium' : 'low';
}

export const QUERY_INTERFACES = ['portal', 'api'] as const;
export type QueryInterface = (typeof QUERY_INTERFACES)[number];

/** GET /api/hunting/usage: a run of the last 30 days. */
export interface QueryUsage extends QueryRun {
  /** Who asked: a person, an app or a key. */
  readonly user: string;
  readonly via: QueryInterface;
  readonly use: QueryUse;
  readonly rowsRead: number;
  readonly bytesRead: number;
  /** What the time picker said; null where the query alone decided. */
  readonly timeRange: { readonly from: string; readonly to: string } | null;
}

/** GET /api/hunting/usage */
export interface QueryUsagePage {
  readonly items: readonly QueryUsage[];
  readonly total: number;
  readonly page: number;
  readonly pageSize: number;
  /** True when it holds the runs of everyone; else the caller's own. */
  readonly everyone: boolean;
  /** Runs of each day (UTC) and interface, of all that the filters leave. */
  readonly days: readonly {
    readonly day: string;
    readonly via: QueryInterface;
    readonly runs: number;
    readonly averageMs: number;
    readonly highestMs: number;
  }[];
}
