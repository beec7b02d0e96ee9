/** Who is sending. Resolved from an API key by the server's access room; ingest never sees secrets at rest. */
export interface Sender {
  /** Id of the key: one source per key. */
  readonly id: string;
  readonly name: string;
}

/** A batch that reached the hunting tables. */
export interface CommittedBatch {
  /** Monotonic; the value of `_Batch` in every row it wrote. */
  readonly batch: number;
  readonly receivedAt: string;
  /** Rows written per hunting table. */
  readonly tables: Readonly<Record<string, number>>;
  /** Milliseconds since the epoch at which the oldest event of the batch was acknowledged. */
  readonly acknowledgedAt: number;
}
