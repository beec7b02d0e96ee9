/** Messages between the API's thread and the thread that runs PostgreSQL. */

export interface WorkerSettings {
  /** Absolute folder, or `memory://`. */
  readonly dataDir: string;
  /** Tar, gzipped or not, of a freshly initialised folder, used instead of running initdb. */
  readonly templatePath?: string;
}

export type Request =
  /** One statement with parameters; answers rows. */
  | { readonly id: number; readonly op: 'query'; readonly sql: string; readonly params: readonly unknown[] }
  /** Any number of statements without parameters; answers no rows. */
  | { readonly id: number; readonly op: 'exec'; readonly sql: string }
  | { readonly id: number; readonly op: 'close' };

export interface WireError {
  readonly message: string;
  /** SQLSTATE; absent when the failure is not PostgreSQL's answer. */
  readonly code?: string;
  readonly constraint?: string;
  readonly detail?: string;
  readonly table?: string;
}

export type Reply =
  | { readonly id: number; readonly rows: readonly unknown[] }
  | { readonly id: number; readonly error: WireError };

export type WorkerMessage =
  | { readonly kind: 'ready'; readonly openedInMs: number; readonly created: boolean }
  | { readonly kind: 'failed'; readonly error: WireError }
  | { readonly kind: 'reply'; readonly reply: Reply };
