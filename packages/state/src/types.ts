import type { Job } from '@parapet/schema';

/** Anything that can run a statement: the database itself or an open transaction. */
export interface Queryable {
  /**
   * Run one statement with `$1…` parameters.
   * @returns rows as objects; timestamps as Date, bigint as number when exact, jsonb parsed
   */
  query<T = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<T[]>;
}

/** Relational state on PostgreSQL: embedded (PGlite in a worker thread) or a server. */
export interface StateDb extends Queryable {
  /** Serialised; rolled back when `work` throws. Do not call the outer database inside. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /** Apply the migrations not yet applied, each in its own transaction, in the order given. */
  migrate(migrations: readonly Migration[]): Promise<void>;
  close(): Promise<void>;
}

/** A numbered, immutable step. `id` is `<room>/<nnn>-<what>`; text that already ran must not change (checked by hash). */
export interface Migration {
  readonly id: string;
  readonly sql: string;
}

/** Long work with progress and cancel. Running jobs do not survive a restart: they are then marked failed with that reason. */
export interface Jobs {
  start(kind: string, title: string, createdBy: string, work: (context: JobContext) => Promise<unknown>): Promise<Job>;
  /** Newest first. */
  list(limit?: number): Promise<Job[]>;
  get(id: string): Promise<Job | undefined>;
  /** Asks the work to stop; false when it is not running. */
  cancel(id: string): Promise<boolean>;
  /** Cancel everything and wait. */
  close(): Promise<void>;
}

export interface JobContext {
  readonly signal: AbortSignal;
  /** @param fraction 0 to 1, or null while unknown; @param detail one line for people */
  progress(fraction: number | null, detail: string): void;
}
