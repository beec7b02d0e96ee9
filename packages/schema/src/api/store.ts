/** What the portal and other clients see of the telemetry store. Sizes are bytes, times ISO 8601 UTC. */

/** How long the rows of a table are kept and how; null means that there is no such bound. */
export interface TableRules {
  /** Days after the later of event time and receipt. */
  readonly retentionDays: number | null;
  /** Bytes on disk, compressed; oldest rows go first. */
  readonly retentionBytes: number | null;
  /** Days after which rows are packed again, smaller. Queries read them as before. */
  readonly archiveAfterDays: number | null;
}

/** GET /api/store/tables, GET /api/store/tables/:name */
export interface StoreTable {
  readonly name: string;
  readonly category: string;
  readonly origin: 'hunting' | 'workspace' | 'custom' | 'parapet';
  readonly rows: number;
  readonly bytes: number;
  /** Bytes before compression, as the engine holds them. */
  readonly plainBytes: number;
  readonly parts: number;
  /** Merges and rewrites at work. */
  readonly merges: number;
  /** Deletions and rebuilds that are not done with every part. */
  readonly pending: number;
  readonly archivedBytes: number;
  readonly oldest: string | null;
  readonly newest: string | null;
  /** Column of the time; null for tables without one, whose rows are kept by receipt. */
  readonly timeColumn: string | null;
  /** In force: the table's own, or those of all tables. */
  readonly rules: TableRules;
  /** The table's own rules; null when it follows those of all tables. */
  readonly ownRules: TableRules | null;
  /** Names of the legal holds that reach this table. */
  readonly holds: readonly string[];
  /** What retention did last; null when it did nothing yet. */
  readonly lastRun: RetentionRun | null;
}

export interface RetentionRun {
  readonly at: string;
  readonly removedRows: number;
  readonly removedBytes: number;
  /** Rows that were due and are held. */
  readonly heldRows: number;
  readonly error: string | null;
}

/** GET /api/store/status */
export interface StoreStatus {
  readonly kind: 'embedded' | 'cluster';
  readonly ok: boolean;
  readonly version: string;
  readonly startedAt: string | null;
  readonly memoryBytes: number | null;
  readonly memoryLimitBytes: number | null;
  readonly diskFreeBytes: number | null;
  readonly diskTotalBytes: number | null;
  readonly rows: number;
  readonly bytes: number;
  readonly plainBytes: number;
  readonly parts: number;
  readonly merges: number;
  /** Newest first, those of earlier days included. */
  readonly restarts: readonly StoreRestart[];
  /** What this engine can do with old rows, and what it cannot, in words. */
  readonly tiers: readonly { readonly name: string; readonly available: boolean; readonly detail: string }[];
  readonly defaultRules: TableRules;
}

/** GET /api/store/health — what the shell says when the engine died or does not answer. */
export interface StoreHealth {
  readonly ok: boolean;
  /** The newest death of the last day; null when there was none. */
  readonly lastRestart: StoreRestart | null;
  readonly restartsLastDay: number;
}

export interface StoreRestart {
  readonly id: string;
  readonly at: string;
  readonly reason: string;
  readonly interrupted: number;
  readonly backAfterMs: number | null;
}

/** Rows a hold keeps or a deletion removes. A text of KQL for one table, or names and times for every table that has them. */
export interface RowFilter {
  /** Condition of a `where`, for one table only. */
  readonly kql?: string;
  readonly devices?: readonly string[];
  readonly users?: readonly string[];
  readonly from?: string;
  readonly to?: string;
}

/** GET /api/store/holds, POST /api/store/holds, DELETE /api/store/holds/:id (release) */
export interface LegalHold {
  readonly id: string;
  readonly name: string;
  readonly reason: string;
  /** A table, or `*` for every table that has the columns. */
  readonly table: string;
  readonly filter: RowFilter;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly releasedBy: string | null;
  readonly releasedAt: string | null;
}

/** POST /api/store/deletions/preview */
export interface DeletionPreview {
  readonly table: string;
  readonly filter: string;
  /** Rows received later are not touched: send it back with the request. */
  readonly asOf: string;
  readonly matched: number;
  /** Of those, kept by a hold. */
  readonly held: number;
  readonly holds: readonly string[];
  readonly oldest: string | null;
  readonly newest: string | null;
}

/** GET /api/store/deletions, POST /api/store/deletions */
export interface Deletion {
  readonly id: string;
  readonly table: string;
  readonly filter: string;
  readonly reason: string;
  readonly asOf: string;
  readonly state: 'running' | 'done' | 'cancelled' | 'failed';
  readonly jobId: string | null;
  readonly matched: number;
  readonly held: number;
  readonly removed: number;
  /** Raw copies of the removed rows that went with them. */
  readonly rawRemoved: number;
  /** Other tables that still hold rows made from the same events. */
  readonly alsoIn: readonly { readonly table: string; readonly rows: number }[];
  readonly detail: string;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

/** GET /api/store/schema, POST /api/store/schema/tables, POST /api/store/schema/columns */
export interface CustomTable {
  readonly name: string;
  readonly description: string;
  readonly columns: readonly CustomColumn[];
  readonly createdBy: string;
  readonly createdAt: string;
}

export interface CustomColumn {
  readonly name: string;
  readonly type: string;
}
