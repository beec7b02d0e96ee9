import type { KqlSchema, SqlParam } from '@parapet/kql';

/** Bounds of one query (architecture: "Limits that hold everywhere"). The limit that stopped a query is named in the error. */
export interface QueryLimits {
  /** Default 60,000 interactive, 600,000 background. */
  readonly timeoutMs?: number;
  /** Default 2 GiB. */
  readonly maxMemoryBytes?: number;
  /** Default 256 MiB. */
  readonly maxResultBytes?: number;
}

export interface QueryOptions {
  readonly params?: Readonly<Record<string, SqlParam>>;
  readonly limits?: QueryLimits;
  /** Extra ClickHouse settings, numbers or identifiers only. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Aborting rejects at once with code `query_cancelled` and frees the engine within 2 s. */
  readonly signal?: AbortSignal;
  /** People wait for `interactive`; rules, exports and statistics use `background`. Default interactive. */
  readonly lane?: 'interactive' | 'background';
}

/** Rows as ClickHouse JSONCompact gives them: 64-bit integers and dates as strings. */
export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly stats: { readonly elapsedMs: number; readonly rowsRead: number; readonly bytesRead: number };
}

export interface CommandOptions {
  readonly params?: Readonly<Record<string, SqlParam>>;
  readonly settings?: Readonly<Record<string, string | number>>;
  /**
   * Makes an INSERT repeatable: a second insert with the same token into the same table is dropped by the engine.
   * The statement must give the same rows in the same order each time (`ORDER BY ALL`).
   */
  readonly deduplicationToken?: string;
  readonly timeoutMs?: number;
}

/** One death of the engine that was healed. */
export interface EngineRestart {
  readonly at: Date;
  /** What is known of why, in plain words. */
  readonly reason: string;
  /** Queries and inserts that were in flight and failed; ingest repeats its own. */
  readonly interrupted: number;
  /** Milliseconds until it answered again; null while it does not. */
  readonly backAfterMs: number | null;
}

/** How the engine is, asked live. Sizes are bytes; null where the engine does not tell. */
export interface EngineStatus {
  readonly kind: 'embedded' | 'cluster';
  readonly ok: boolean;
  readonly version: string;
  readonly startedAt: Date | null;
  readonly memoryBytes: number | null;
  readonly memoryLimitBytes: number | null;
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number } | null;
  /** Since this process started, oldest first. */
  readonly restarts: readonly EngineRestart[];
}

/**
 * The telemetry engine. The embedded one runs chDB in a child process, so that a crash or an out-of-memory
 * takes down neither the API nor acknowledged events; it is restarted and calls in flight fail with code `engine_restarted`.
 */
export interface TelemetryStore {
  /** Run one read-only SELECT. Table functions and writes are refused by the engine (`readonly=1`). */
  query(sql: string, options?: QueryOptions): Promise<QueryResult>;
  /** Run DDL or INSERT … SELECT with full rights. Never pass user text outside `params`. Two run at once; await what must be in order. */
  command(sql: string, options?: CommandOptions): Promise<void>;
  /**
   * Insert rows given as objects into a hunting table; absent columns take their default.
   * Dates as ISO strings, dynamics as JSON-serialisable values.
   */
  insertRows(
    table: string,
    rows: readonly Readonly<Record<string, unknown>>[],
    options?: { readonly deduplicationToken?: string },
  ): Promise<void>;
  /**
   * Insert rows into a table outside of the hunting schema, each a JSON object as text; absent columns take their default.
   * @param table qualified name, a constant of the caller
   */
  insertLines(table: string, lines: readonly string[]): Promise<void>;
  /** What the KQL compiler may read: every hunting table with its physical columns. Another object after `reshape`. */
  readonly schema: KqlSchema;
  /** Make tables as the hunting schema now has them: missing tables, columns and indexes are added, nothing else. */
  reshape(tables: readonly string[]): Promise<void>;
  /** Folder under which files may be handed to the engine (`file()` in commands). */
  readonly filesDir: string;
  health(): Promise<{ readonly ok: boolean; readonly restarts: number; readonly version: string }>;
  status(): Promise<EngineStatus>;
  /** Called when the engine died, and again with the same object completed when it is back. Returns a function that ends it. */
  onRestart(listener: (restart: EngineRestart) => void): () => void;
  close(): Promise<void>;
}

/** Physical columns every hunting table has besides those of the schema. */
export const PHYSICAL_COLUMNS = {
  /** UInt64 number of the ingest batch that wrote the row; has a min-max index. Rows not from ingest have 0. */
  batch: '_Batch',
  /** When Parapet accepted the event, DateTime64(7,'UTC'); `ingestion_time()`. */
  received: '_TimeReceived',
  /** `<batch>:<sequence>` of the raw event in ParapetRawEvents, or empty. */
  item: '_ItemId',
} as const;
