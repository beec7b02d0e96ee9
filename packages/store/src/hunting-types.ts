import type {
  CheckedText,
  CompiledQuery,
  CompileOptions,
  CompileResult,
  DataScope,
  Explained,
  KqlDiagnostic,
  LanguageCatalog,
  RowRestriction,
  SqlParam,
  StoredFunction,
  Watchlist,
} from '@parapet/kql';
import type { QueryLimits } from './types.ts';

export interface HuntOptions {
  /** Default: the current time. */
  readonly now?: Date;
  readonly timeRange?: { readonly from: Date; readonly to: Date };
  /** Extra conditions by table: scopes, the batch a rule looks at. */
  readonly restrictions?: Readonly<Record<string, RowRestriction>>;
  /** Values of restrictions that are looked up once it is known which tables are read; without the names, all of them. */
  readonly late?: (tables?: readonly string[]) => Promise<Record<string, SqlParam>>;
  /** What the caller may see: tables, columns, rows. */
  readonly scope?: DataScope;
  /** Values for `declare query_parameters`, by name. */
  readonly parameters?: CompileOptions['parameters'];
  /** Whose functions the text may call besides the shared ones. */
  readonly owner?: string;
  /** Functions besides the saved ones, or in their place. */
  readonly functions?: readonly StoredFunction[];
  /** Default 30,000; at most 100,000. */
  readonly maxRows?: number;
  readonly limits?: QueryLimits;
  readonly signal?: AbortSignal;
  readonly lane?: 'interactive' | 'background';
}

export interface HuntRows {
  readonly columns: CompiledQuery['columns'];
  /** KQL-typed cells in column order: long as number when exact else string, datetime ISO with 7 fraction digits, dynamic parsed. */
  readonly rows: readonly (readonly unknown[])[];
  readonly truncated: boolean;
  /** Result tables after the first: `fork`, `facet`, several statements in one text. */
  readonly more?: readonly {
    readonly name: string;
    readonly columns: CompiledQuery['columns'];
    readonly rows: readonly (readonly unknown[])[];
    readonly truncated: boolean;
  }[];
  readonly compiled: CompiledQuery;
  readonly stats: {
    readonly elapsedMs: number;
    readonly compileMs: number;
    readonly rowsRead: number;
    readonly bytesRead: number;
  };
}

/** What an organisation adds to the language. */
export interface SavedNames {
  readonly functions: readonly StoredFunction[];
  readonly watchlists: readonly Watchlist[];
  /** Functions of which there are many: a text is compiled with those that it can reach. */
  readonly library?: readonly StoredFunction[];
}

/** KQL over the store: the one way a person, a rule or a page reads telemetry. */
export interface Hunting {
  /** Compile off the event loop; cached. Does not throw for bad text. */
  compile(text: string, options?: HuntOptions): Promise<CompileResult>;
  /**
   * Compile and run.
   * @throws ParapetError `kql_error` (400, details = KqlDiagnostic[]), `query_timeout`, `query_memory`, `query_result_size`, `query_cancelled`
   */
  run(text: string, options?: HuntOptions): Promise<HuntRows>;
  /** What an editor underlines: the findings of every query in a text. Runs nothing. */
  check(text: string, options?: HuntOptions): Promise<CheckedText>;
  /**
   * What every stage of the compiler makes of a query. Runs nothing, except where the columns of a query depend on data.
   * Does not throw for bad text.
   */
  explain(text: string, options?: HuntOptions): Promise<Explained>;
  /** The words of the language, with help, saved functions included. */
  language(owner?: string): Promise<LanguageCatalog>;
  /** Functions besides the language's own, and watchlists, that a query may use now. */
  saved(owner?: string): SavedNames;
  close(): Promise<void>;
}

export type { KqlDiagnostic };
