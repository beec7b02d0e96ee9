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
