import type { Category, Severity } from './common.ts';
import type { IncidentSummary } from './incidents.ts';
import type { SourceLimits, SourceState } from './ingest.ts';

/** GET /api/home — every number carries the portal path that lists exactly the rows it counted. */
export interface HomeData {
  readonly incidents: {
    readonly active: Counted;
    readonly unassigned: Counted;
    readonly bySeverity: readonly (Counted & { readonly severity: Severity })[];
    readonly mine: Counted;
    readonly newest: readonly IncidentSummary[];
  };
  readonly alertsPerDay: readonly {
    readonly day: string;
    readonly high: number;
    readonly medium: number;
    readonly low: number;
    readonly informational: number;
  }[];
  readonly devicesAtRisk: readonly {
    readonly id: string;
    readonly name: string;
    readonly riskLevel: Severity;
    readonly openAlerts: number;
  }[];
  readonly devices: Counted;
  readonly topDetections: readonly {
    readonly ruleId: string;
    readonly title: string;
    readonly severity: Severity;
    readonly alerts: Counted;
  }[];
  readonly ingestion: {
    readonly sources: Counted;
    readonly eventsLast24h: Counted;
    readonly eventsTotal: Counted;
    readonly rejectedLast24h: Counted;
    readonly lastEventAt: string | null;
  };
  readonly tactics: readonly { readonly category: Category; readonly alerts: Counted }[];
  /** True when nothing was ever ingested: Home then offers the sample and the source set-up. */
  readonly empty: boolean;
}

export interface Counted {
  readonly count: number;
  readonly href: string;
}

/** GET /api/ingest/sources, GET /api/ingest/sources/:id */
export interface IngestSource {
  readonly id: string;
  readonly name: string;
  /** How it delivers, in words. */
  readonly protocol: string;
  /** Id of its kind; null for a source that was removed or is unknown, whose rows are still there. */
  readonly kind: string | null;
  readonly enabled: boolean;
  /** Connector that takes all its records; null when each record finds its own. */
  readonly connector: string | null;
  readonly limits: SourceLimits;
  /** Settings of its kind, secrets left out. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly state: SourceState;
  readonly createdAt: string | null;
  readonly createdBy: string;
  readonly firstEventAt: string | null;
  readonly lastEventAt: string | null;
  readonly accepted: number;
  readonly rejected: number;
  /** Bytes of its accepted records as JSON, before packing. */
  readonly bytes: number;
  /** Events a second over the last minute. */
  readonly rate: number;
  readonly connectors: readonly { readonly id: string; readonly events: number }[];
  readonly unclaimed: number;
  /** Milliseconds from acceptance to queryable of its newest events; null when nothing came since the start. */
  readonly lagMs: number | null;
  /** Requests refused by its rate limit or a full buffer since the start. */
  readonly refused: number;
}

/** GET /api/ingest/sources/:id/invalid?hours: values that did not fit their column, most frequent first. */
export interface InvalidValue {
  readonly table: string;
  readonly column: string;
  readonly rows: number;
  /** One of the values, as it was sent. */
  readonly example: string;
  readonly lastAt: string;
}

/** GET /api/ingest/sources/:id/invalid?hours */
export interface InvalidValues {
  readonly values: readonly InvalidValue[];
  /** More rows had such values than are looked at. */
  readonly partial: boolean;
}

/** GET /api/ingest/connectors */
export interface ConnectorInfo {
  readonly id: string;
  readonly title: string;
  readonly vendor: string;
  readonly description: string;
  readonly tables: readonly string[];
  readonly events: number;
  /** Written here; it may take the place of one of the release. */
  readonly installed: boolean;
}

/** GET /api/ingest/dead-letters?page&pageSize&reason&source&search — newest first. */
export interface DeadLetter {
  readonly id: string;
  readonly time: string;
  readonly sourceName: string;
  readonly reason: string;
  readonly detail: string;
  readonly connector: string;
  readonly rawText: string;
}
