/** Messages between the API process and the engine's child process. */

export interface HostOptions {
  readonly dataDir: string;
  /** Sessions per lane; one Session runs one query at a time. */
  readonly lanes: Readonly<Record<Lane, number>>;
  readonly connectionArgs: readonly string[];
}

export type Lane = 'interactive' | 'background' | 'writer';

export type HostRequest =
  | {
      readonly id: number;
      readonly kind: 'query';
      readonly lane: Lane;
      readonly sql: string;
      readonly params: Record<string, unknown>;
    }
  | {
      readonly id: number;
      readonly kind: 'insert';
      readonly table: string;
      readonly columns?: readonly string[];
      readonly payload: Uint8Array;
      readonly settings: Record<string, string | number>;
    }
  /** Stop the query with this tag (`log_comment`). Answers at once. */
  | { readonly id: number; readonly kind: 'kill'; readonly tag: string }
  | { readonly id: number; readonly kind: 'close' };

export type HostReply =
  | { readonly kind: 'ready'; readonly version: string }
  | { readonly kind: 'failed'; readonly message: string }
  | {
      readonly id: number;
      readonly kind: 'result';
      readonly text: string;
      readonly elapsedMs: number;
      readonly rowsRead: number;
      readonly bytesRead: number;
    }
  | { readonly id: number; readonly kind: 'error'; readonly message: string; readonly code: number | null };
