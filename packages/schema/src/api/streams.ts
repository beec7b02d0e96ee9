/** Where a stream sends. Secrets are shown as `true` when set and never sent back. */
export type StreamSettings =
  | { readonly kind: 'file' /** Name of a folder below `streams` in the data folder. */; readonly folder: string }
  | {
      readonly kind: 'http';
      readonly url: string /** Value of the `Authorization` header. */;
      readonly authorization?: string | true;
    }
  | {
      readonly kind: 'syslog';
      readonly host: string;
      readonly port: number;
      readonly tls: boolean;
      readonly format: 'json' | 'cef';
    }
  | {
      readonly kind: 'nats';
      readonly host: string;
      readonly port: number;
      readonly tls: boolean;
      /** `{table}` stands for the table. */
      readonly subject: string;
      readonly token?: string | true;
    };

/** GET /api/streams */
export interface Stream {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  /** Hunting tables, and `Alerts` and `Incidents` for those in the form of the public API. */
  readonly tables: readonly string[];
  readonly settings: StreamSettings;
  readonly createdAt: string;
  readonly createdBy: string;
  /** Records delivered since the stream was made. */
  readonly sent: number;
  readonly lastSentAt: string | null;
  /** Why nothing goes out now; empty while all is well. */
  readonly lastError: string;
}

/** POST /api/streams; of PATCH /api/streams/:id any part. */
export interface StreamInput {
  readonly name: string;
  readonly enabled?: boolean;
  readonly tables: readonly string[];
  readonly settings: StreamSettings;
}
