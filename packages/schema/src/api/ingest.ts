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
