import type { SqlParam } from '@parapet/kql';
import type { IngestMetrics } from '../../src/index.ts';

/** What the processes of the bench tell each other. */
export type ToServer =
  | { readonly kind: 'idle' }
  | { readonly kind: 'progress' }
  | { readonly kind: 'latencies' }
  | {
      readonly kind: 'sql';
      readonly sql: string;
      readonly write?: boolean;
      readonly params?: Readonly<Record<string, SqlParam>>;
      readonly lane?: 'interactive' | 'background';
    }
  | { readonly kind: 'close' };

export type ToParent =
  | { readonly kind: 'ready'; readonly url: string; readonly pid: number; readonly enginePid: number }
  | { readonly kind: 'idle'; readonly queryable: number; readonly metrics: IngestMetrics }
  | { readonly kind: 'progress'; readonly queryable: number }
  | { readonly kind: 'latencies'; readonly values: readonly { readonly ms: number; readonly events: number }[] }
  | { readonly kind: 'rows'; readonly rows: readonly (readonly unknown[])[]; readonly ms: number }
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'warning'; readonly text: string };

/** What the load generator is asked for. */
export interface LoadOrder {
  readonly url: string;
  readonly file: string;
  readonly events: number;
  readonly connections: number;
  readonly perRequest: number;
  /** Events a second; 0 for as many as are taken. */
  readonly rate: number;
}

export type FromLoad =
  | { readonly kind: 'sent'; readonly events: number }
  | { readonly kind: 'done'; readonly events: number; readonly bytes: number; readonly seconds: number };
