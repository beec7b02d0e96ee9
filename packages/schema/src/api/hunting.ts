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
    readonly columns: readonly { readonly name: string; readonly type: KqlType; readonly values?: readonly string[] }[];
    readonly actionTypes: readonly string[];
    /** Rows stored now, and the newest row's time; null when empty. */
    readonly rows: number;
    readonly newest: string | null;
  }[];
  /** Functions the compiler knows, for hover and completion. */
  readonly functions: readonly { readonly name: string; readonly doc: string }[];
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

/** /api/hunting/queries */
export interface SavedQuery {
  readonly id: string;
  readonly name: string;
  readonly query: string;
  readonly shared: boolean;
  readonly owner: string;
  readonly updatedAt: string;
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
