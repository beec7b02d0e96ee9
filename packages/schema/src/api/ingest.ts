/** Sources: who sends telemetry, by which protocol. */

/** What a source may send; null is no limit. */
export interface SourceLimits {
  readonly eventsPerSecond: number | null;
  readonly bytesPerSecond: number | null;
}

/** One setting of a kind of source; the portal draws its form from these. */
export interface SourceField {
  readonly name: string;
  readonly label: string;
  readonly type: 'text' | 'textarea' | 'number' | 'switch' | 'choice' | 'secret';
  readonly required?: boolean;
  readonly fallback?: string | number | boolean;
  readonly hint?: string;
  readonly choices?: readonly { readonly value: string; readonly label: string }[];
  readonly min?: number;
  readonly max?: number;
  /** Regular expression the whole text must satisfy. */
  readonly pattern?: string;
  /** Shown only when another setting has one of these values. */
  readonly onlyFor?: { readonly field: string; readonly values: readonly (string | boolean)[] };
}

/** Text to copy: `{{url}}`, `{{host}}`, `{{key}}`, `{{keyId}}`, `{{keySecret}}` and `{{setting:<name>}}` are filled in. */
export interface SetupStep {
  readonly title: string;
  readonly language: string;
  readonly text: string;
}

/** GET /api/ingest/kinds */
export interface SourceKindInfo {
  readonly id: string;
  readonly title: string;
  /** One sentence: which senders speak it. */
  readonly description: string;
  /** `key`: senders sign in with a key that is made with the source; `none`: they are told apart otherwise. */
  readonly credentials: 'key' | 'none';
  readonly fields: readonly SourceField[];
  readonly setup: readonly SetupStep[];
}

/** What the receiver of a source is doing. */
export interface SourceState {
  /** `ready`: served by the main port; `running`: its own listener or loop is at work; `waiting`: held back by a limit. */
  readonly state: 'ready' | 'running' | 'waiting' | 'failed' | 'off';
  readonly detail: string;
  /** Counters of the receiver since it started, such as datagrams dropped. */
  readonly counters?: Readonly<Record<string, number>>;
}

/** Body of POST /api/ingest/sources; PATCH takes any part of it but `kind`. */
export interface SourceRequest {
  readonly name: string;
  readonly kind: string;
  readonly enabled?: boolean;
  readonly connector?: string | null;
  readonly limits?: SourceLimits;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** GET /api/ingest/sources/:id/activity?hours — oldest first, one entry a bin, empty bins included. */
export interface SourceActivityBins {
  readonly binMinutes: number;
  readonly bins: readonly {
    /** Start of the bin, ISO 8601. */
    readonly from: string;
    readonly mapped: number;
    readonly unclaimed: number;
    readonly rejected: number;
  }[];
}

/** GET /api/ingest/connectors/:id */
export interface ConnectorDetail {
  readonly id: string;
  readonly title: string;
  readonly vendor: string;
  readonly description: string;
  readonly tables: readonly string[];
  readonly events: number;
  readonly docs: string;
  readonly setup: readonly SetupStep[];
  /** The file that is in use. */
  readonly text: string;
  /** Came with the release; an installed one of the same id takes its place. */
  readonly builtIn: boolean;
  readonly installed: boolean;
  /** Saved versions of the installed one, newest first. */
  readonly versions: readonly {
    readonly version: number;
    readonly savedAt: string;
    readonly savedBy: string;
  }[];
}

/** POST /api/ingest/connectors/try */
export interface ConnectorTrialRequest {
  /** The connector as YAML. */
  readonly text: string;
  /** JSON objects, one a line or in an array; other lines count as text records. */
  readonly records: string;
}

export interface ConnectorTrialAnswer {
  /** Why the text is not a connector; the rest is empty then. */
  readonly problem: { readonly file: string; readonly line: number; readonly message: string } | null;
  /** Rows by table; `_record` is the position of the record they came from, from 0. */
  readonly tables: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
  readonly records: readonly {
    readonly claimed: boolean;
    readonly takenBy: string | null;
    readonly rows: number;
    readonly problems: readonly string[];
  }[];
  readonly unmapped: readonly { readonly path: string; readonly records: number; readonly example: string }[];
  /** How the pasted text was understood: the first 200 records. */
  readonly read: number;
}

/** A machine that runs osquery. GET /api/ingest/sources/:id/osquery/nodes */
export interface OsqueryNode {
  readonly id: string;
  readonly hostIdentifier: string;
  readonly hostname: string;
  readonly platform: string;
  readonly os: string;
  /** Of osquery. */
  readonly version: string;
  readonly address: string;
  readonly enrolledAt: string;
  readonly lastSeenAt: string;
}

/** Body of POST /api/ingest/sources/:id/osquery/queries */
export interface OsqueryQueryRequest {
  readonly sql: string;
  readonly name?: string;
  /** Ids of nodes; absent or null asks every one, also those that enrol while it is open. */
  readonly nodes?: readonly string[] | null;
  /** How long machines are asked; 60 when absent. */
  readonly minutes?: number;
}

/** GET /api/ingest/sources/:id/osquery/queries */
export interface OsqueryQuery {
  readonly id: string;
  readonly name: string;
  readonly sql: string;
  readonly nodes: readonly string[] | null;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string;
  /** Machines that answered. */
  readonly answers: number;
}

export interface OsqueryAnswer {
  readonly nodeId: string;
  readonly host: string;
  readonly answeredAt: string;
  /** 0 when the query ran; otherwise a result code of SQLite. */
  readonly status: number;
  readonly message: string;
  readonly rows: number;
}

/** GET /api/ingest/sources/:id/osquery/queries/:query */
export interface OsqueryResults extends OsqueryQuery {
  readonly results: readonly OsqueryAnswer[];
  /** The first 1,000 rows, once they can be hunted. */
  readonly rows: readonly { readonly host: string; readonly columns: Readonly<Record<string, unknown>> }[];
}

/** A file that was uploaded. GET /api/ingest/uploads lists them, newest first; GET /api/ingest/uploads/:id is one. */
export interface UploadJob {
  readonly id: string;
  /** Source its events belong to. */
  readonly sourceId: string;
  /** As the sender called it. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly by: string;
  readonly createdAt: string;
  readonly state: 'waiting' | 'reading' | 'done' | 'failed';
  /** Bytes of the file that were read. */
  readonly read: number;
  readonly events: number;
  /** Lines or parts that could not be used; each is in the dead-letter list. */
  readonly problems: number;
  /** The first of them, with their place in the file. */
  readonly examples: readonly string[];
  readonly finishedAt: string | null;
}
