import type { Category, Evidence, MergeReason, Severity } from '@parapet/schema';

/** What a rule found, before it is an alert. The sink decides whether it is new. */
export interface AlertDraft {
  /**
   * Same key = same alert: rule id plus the identity of the events (spec B 4.5), hashed. Delivering a draft twice,
   * also after a crash, leaves one alert.
   */
  readonly dedupeKey: string;
  readonly ruleId: string;
  readonly title: string;
  readonly description: string;
  readonly severity: Severity;
  readonly category: Category;
  readonly techniques: readonly string[];
  readonly recommendedActions: string;
  /** Spec A 1.4. */
  readonly serviceSource: string;
  readonly detectionSource: string;
  readonly productName: string;
  readonly evidence: readonly Evidence[];
  /** Keys (`makeEntity('process', …).key`) of the ancestors of the processes in evidence, nearest first, as far as telemetry shows them. */
  readonly processAncestors: readonly string[];
  /** At most 100 rows; `eventCount` is the true number. */
  readonly events: readonly DraftEvent[];
  readonly eventCount: number;
  /** ISO 8601, by event time. */
  readonly firstActivity: string;
  readonly lastActivity: string;
  readonly ruleQuery: string;
  /** Named values of the events (spec B 5.3). */
  readonly customDetails?: Readonly<Record<string, readonly string[]>>;
  /** More about the alert that a rule took from its rows. */
  readonly link?: string;
  readonly confidence?: string;
  readonly provider?: string;
  /** Stands for findings beyond the cap of a run. */
  readonly overflow?: boolean;
  /** Found in rows that were stored before the rule looked. */
  readonly backfilled?: boolean;
  /** Whether it opens an incident of its own; without it the severity decides. */
  readonly opensIncident?: OpensIncident;
  /** False: nothing but a repeat of the same rule on the same asset is put together with it. */
  readonly correlates?: boolean;
  /** A tuning rule resolved it at its creation. */
  readonly resolvedBy?: { readonly id: string; readonly name: string; readonly comment: string };
  readonly tags?: readonly string[];
}

export interface DraftEvent {
  readonly table: string;
  readonly time: string;
  readonly reportId: string;
  readonly deviceId: string;
  readonly row: Readonly<Record<string, unknown>>;
  readonly huntingQuery: string;
}

/** `severity`: medium and high do. */
export type OpensIncident = 'severity' | 'always' | 'never';

/** Where drafts become alerts; packages/incidents implements it. Idempotent by `dedupeKey`. */
export interface AlertSink {
  accept(drafts: readonly AlertDraft[]): Promise<{ readonly created: number; readonly repeated: number }>;
}

/** What correlation needs to know of an alert. */
export interface CorrelationAlert {
  readonly id: string;
  readonly ruleId: string;
  readonly title: string;
  readonly category: Category;
  readonly severity: Severity;
  readonly evidence: readonly Evidence[];
  readonly processAncestors: readonly string[];
  readonly firstActivity: string;
  readonly lastActivity: string;
  /** Spec A 1.4; the generated name says how many sources reported. Left out of the name when absent. */
  readonly serviceSource?: string;
  readonly opensIncident?: OpensIncident;
  readonly correlates?: boolean;
  /** Incident it is in; absent for the alert being placed. */
  readonly incidentId?: string;
}

/** One open incident that a new alert could join. */
export interface CorrelationCandidate {
  readonly incidentId: string;
  readonly assignedTo: string | null;
  readonly classification: string | null;
  readonly determination: string | null;
  readonly alertCount: number;
  /** Incidents it must never be joined with, because a person took them apart. */
  readonly apart?: readonly string[];
  /** Holds alerts that support others and wait for one of those. */
  readonly background?: boolean;
  /** Somebody works on it: nothing is taken out of it. */
  readonly touched?: boolean;
  /** Its alerts that share at least one correlation key with the new alert. */
  readonly alerts: readonly CorrelationAlert[];
}

export type CorrelationDecision =
  | {
      readonly kind: 'join';
      readonly incidentId: string;
      readonly reason: MergeReason;
      /** Other incidents that this alert bridges and that may be merged into `incidentId` (spec A 2.6, "Never joined" respected). */
      readonly merge: readonly { readonly incidentId: string; readonly reason: MergeReason }[];
      /** Alerts that waited in the background and belong to it. */
      readonly pull: readonly Pulled[];
    }
  | {
      /** Supports nothing yet: it waits with the others of its asset and day. */
      readonly kind: 'background';
      readonly key: string;
    }
  | {
      readonly kind: 'new';
      readonly pull: readonly Pulled[];
      readonly similar: readonly { readonly incidentId: string; readonly score: number; readonly text: string }[];
    };

/** An alert that leaves its background incident, and why. */
export interface Pulled {
  readonly alertId: string;
  readonly incidentId: string;
  readonly reason: MergeReason;
}

/**
 * Pure functions implemented in `correlation/` and used by packages/incidents:
 * - `correlationKeys(alert)`: every string under which the alert must be findable (`process:…`, `device:…`, `user:…`, `file:…`, `ip:…`,
 *   `detector:<rule>|<primary asset>` …), never-used keys of spec A 2.6 left out.
 * - `correlate(alert, candidates)`: where it goes and why.
 * - `incidentName(alerts)`: the generated name (spec A 2.8).
 * - `supports(alert)`: whether it waits for an alert it belongs to instead of opening an incident.
 * - `deservesAttention(alerts)`: whether alerts that wait in the background together are worth a look.
 */
export interface Correlation {
  correlationKeys(alert: CorrelationAlert): readonly string[];
  correlate(alert: CorrelationAlert, candidates: readonly CorrelationCandidate[]): CorrelationDecision;
  incidentName(alerts: readonly CorrelationAlert[]): string;
  supports(alert: CorrelationAlert): boolean;
  deservesAttention(alerts: readonly CorrelationAlert[]): boolean;
}
