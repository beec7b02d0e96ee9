import type { SourceLimits } from '@parapet/schema';
import type { TelemetryStore } from '@parapet/store';
import type { FastifyBaseLogger, FastifyRequest } from 'fastify';

/** Who is sending. Resolved from a key by the server's access room; ingest never sees secrets at rest. */
export interface Sender {
  /** Id of the source. */
  readonly id: string;
  readonly name: string;
  /** Id of the connector that reads this source's records, whatever they look like; every record is looked at when absent. */
  readonly connector?: string;
}

/** A connector that a person installed: its file name (for messages and order) and its YAML text. */
export interface InstalledConnector {
  readonly file: string;
  readonly text: string;
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

/** Sizes and times; every one has a default. */
export interface IngestLimits {
  /** Request body after decompression. Default 100 MiB. */
  readonly maxBodyBytes?: number;
  /** One event line. Default 10 MiB. */
  readonly maxLineBytes?: number;
  /** Request bodies held in memory at once. Default 512 MiB. */
  readonly maxInflightBytes?: number;
  /** Disk the buffer may use before senders get 429. Default 4 GiB. */
  readonly bufferBytes?: number;
  /** Size of one buffer file. Default 64 MiB. */
  readonly segmentBytes?: number;
  /**
   * Events in one batch at most. Default 160,000. A batch takes what has come meanwhile, so batches grow with the load;
   * planning the statements costs the same for any size.
   */
  readonly batchEvents?: number;
  /** Bytes in one batch at most. Default 224 MiB. */
  readonly batchBytes?: number;
  /** A smaller batch leaves after this many milliseconds. Default 200. */
  readonly batchIdleMs?: number;
}

export interface IngestOptions {
  readonly store: TelemetryStore;
  /** Folder of the buffer and the journal; created when missing. */
  readonly dataDir: string;
  /** `content/connectors`. */
  readonly connectorsDir: string;
  /** Number before this node's first batch; several nodes of a cluster count in ranges of their own. Default 0. */
  readonly firstBatch?: number;
  /** File that keeps compiled connectors between starts; by default beside the bundle. */
  readonly plansFile?: string;
  /** Connectors besides those of the folder; see {@link Ingest.reloadConnectors}. */
  readonly installedConnectors?: readonly InstalledConnector[];
  /** Who sends this request, by its `Authorization` header; null refuses it with 401. */
  readonly authenticate: (request: FastifyRequest) => Promise<Sender | null>;
  /**
   * Who holds a key that came another way: as `id` and `secret`, or as the base64 of both. Null when it is not valid.
   * Absent only in tests of one protocol.
   */
  readonly verifySecret?: (
    credentials: { readonly id: string; readonly secret: string } | string,
  ) => Promise<Sender | null>;
  /** Rate limits by source id; without it nobody is limited. */
  readonly limitsOf?: (sourceId: string) => SourceLimits | undefined;
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>;
  readonly limits?: IngestLimits;
}

/** A rejected line on its way to the dead-letter table. */
export interface RejectedLine {
  /** `malformed_json`, `line_too_long`, `unsupported_action`, `malformed_request`, `body_too_large`. */
  readonly reason: string;
  readonly detail: string;
  readonly raw: Uint8Array;
}

export interface IngestMetrics {
  readonly acceptedEvents: number;
  readonly acceptedBytes: number;
  readonly rejectedEvents: number;
  /** Requests answered 429 or 503. */
  readonly refusedRequests: number;
  readonly bufferBytes: number;
  readonly bufferBudgetBytes: number;
  /** Age of the oldest acknowledged event that is not yet in the tables; 0 when there is none. */
  readonly oldestUnflushedMs: number;
  readonly batches: number;
  readonly lastCommittedBatch: number;
  /** Milliseconds from acknowledgement to queryable of the oldest event of the last batch. */
  readonly lagMs: number;
  /** Batches that had to be repeated because the engine failed. */
  readonly retries: number;
  readonly deadLetters: number;
  readonly eventsByConnector: Readonly<Record<string, number>>;
  /** The reason why nothing moves at present; null when all is well. */
  readonly stalled: string | null;
}

export interface ConnectorProblem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export interface Ingest {
  /**
   * Store events durably; resolves once they are on disk.
   * @param documents raw JSON objects, one per event, already checked
   * @throws ParapetError `buffer_full`/`buffer_disk_full`/`source_rate` (429), `buffer_disk`/`ingest_closed` (503)
   */
  append(
    sender: Sender,
    index: string,
    documents: readonly (Uint8Array | string)[],
  ): Promise<{ readonly firstSequence: number; readonly endSequence: number }>;
  /**
   * Several indexes and rejected lines of one request in one durable step. Its rows answer queries once
   * `committedSequence()` has reached `endSequence`.
   */
  appendRequest(
    sender: Sender,
    request: AppendRequest,
  ): Promise<{ readonly firstSequence: number; readonly endSequence: number }>;
  /** Call back for every batch once its rows can be queried. Returns the function that ends it. */
  onCommitted(callback: (batch: CommittedBatch) => void): () => void;
  lastCommittedBatch(): number;
  /** Every event with a smaller sequence answers queries. */
  committedSequence(): number;
  /** Resolves when everything appended before the call is committed; records stop waiting for the rest of their event. */
  idle(): Promise<void>;
  metrics(): IngestMetrics;
  /** Events a second over the last minute, by source id. */
  rates(): ReadonlyMap<string, number>;
  /** What a source did since the start. */
  activity(sourceId: string): SourceActivity;
  connectors(): readonly ConnectorSummary[];
  /** Connector files that could not be used, with the reason. */
  connectorProblems(): readonly ConnectorProblem[];
  /**
   * Read the built-in folder again and use it with these connectors from the next batch on, without a restart. Installed
   * ones are asked first and replace a built-in one of the same id. A broken one is left out and named in the problems.
   */
  reloadConnectors(
    installed: readonly InstalledConnector[],
  ): Promise<{ readonly connectors: readonly ConnectorSummary[]; readonly problems: readonly ConnectorProblem[] }>;
  /**
   * Run a connector over given records in the engine without storing anything.
   * @param text YAML of the connector
   * @param records JSON objects, at most 200, 4 MiB in all
   * @throws ParapetError `trial_too_large` (413), `bad_trial` (400)
   */
  tryConnector(text: string, records: readonly Readonly<Record<string, unknown>>[]): Promise<ConnectorTrial>;
  readonly options: IngestOptions;
  readonly limits: Required<IngestLimits>;
  /** Finish the batch at work and close. What is left in the buffer is taken up at the next start. */
  close(): Promise<void>;
}

export interface SourceActivity {
  /** Requests refused by its rate limit, a full buffer or a failing disk. */
  readonly refused: number;
  /** Milliseconds from acceptance to queryable of its newest committed events; null when there are none yet. */
  readonly lagMs: number | null;
}

export interface AppendRequest {
  readonly groups: ReadonlyMap<string, readonly (Uint8Array | string)[]>;
  readonly rejected?: readonly RejectedLine[];
}

/** What {@link Ingest.tryConnector} found. */
export interface ConnectorTrial {
  /** Why the text is not a connector; everything else is empty then. */
  readonly problem: ConnectorProblem | null;
  /** Rows by table, values as the table would hold them, empty columns left out. `_record` is the position of its record, from 0. */
  readonly tables: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
  readonly records: readonly TriedRecord[];
  /** Paths that occur in the records and that no part of the connector reads, with an example and how many records have it. */
  readonly unmapped: readonly { readonly path: string; readonly records: number; readonly example: string }[];
}

export interface TriedRecord {
  /** The predicate of the connector holds. */
  readonly claimed: boolean;
  /** Connector in use that would take the record before this one; null when there is none. */
  readonly takenBy: string | null;
  /** Rows it gave. Records put together with others count with the first of them. */
  readonly rows: number;
  /** What went wrong: no usable time, values that do not fit their column, an error of the engine. */
  readonly problems: readonly string[];
}

export interface ConnectorSummary {
  readonly id: string;
  /** Installed at run time. */
  readonly installed: boolean;
  readonly title: string;
  readonly vendor: string;
  readonly description: string;
  readonly docs: string;
  readonly tables: readonly string[];
  readonly setup: readonly { readonly title: string; readonly language: string; readonly text: string }[];
}

export const DEFAULT_LIMITS: Required<IngestLimits> = {
  maxBodyBytes: 100 * 2 ** 20,
  maxLineBytes: 10 * 2 ** 20,
  maxInflightBytes: 512 * 2 ** 20,
  bufferBytes: 4 * 2 ** 30,
  segmentBytes: 64 * 2 ** 20,
  batchEvents: 160_000,
  batchBytes: 224 * 2 ** 20,
  batchIdleMs: 200,
};
