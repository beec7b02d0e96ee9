/** Wire types of entity risk, criticality and behaviours. */
import type { EntityType } from '../entities.ts';
import type { Severity } from './common.ts';

/** Entities that have a risk score. */
export const RISK_TYPES = ['device', 'user', 'mailbox', 'cloudIdentity', 'cloudResource', 'ip'] as const;
export type RiskType = (typeof RISK_TYPES)[number];

export const RISK_LEVELS = ['none', 'informational', 'low', 'medium', 'high'] as const;
export type RiskLevel = Severity | 'none';

/** Spec D 2.1. */
export const CRITICALITIES = ['none', 'low', 'medium', 'high', 'veryHigh'] as const;
export type Criticality = (typeof CRITICALITIES)[number];

export interface EntityCriticality {
  readonly level: Criticality;
  /** Why, in one sentence. Empty for `none`. */
  readonly reason: string;
  /** Who says so: `manual` a person, `role` what telemetry shows of the machine, `directory` the newest IdentityInfo row. */
  readonly source: 'manual' | 'role' | 'directory' | 'none';
  /** Of a manual one. */
  readonly setBy?: string;
  readonly setAt?: string;
  /** A manual one ends then; null when it does not. */
  readonly expiresAt?: string | null;
}

/** One thing that raises a score. The points of all contributions sum up to the score before rounding. */
export interface RiskContribution {
  readonly kind: 'alert' | 'behavior' | 'criticality';
  /** Of the alert or the behaviour; empty for criticality. */
  readonly id: string;
  readonly title: string;
  readonly severity: Severity | null;
  readonly incidentId: string | null;
  /** When it happened; null for criticality. */
  readonly at: string | null;
  /** What it adds now, to one decimal. */
  readonly points: number;
  /** What it was worth by itself when fresh. */
  readonly fullPoints: number;
  /** How the points came about: "High severity, credential access; open; fresh". */
  readonly why: string;
  /** When it will be worth less than one point by itself if nothing changes; null when it never fades by itself. */
  readonly fadesAt: string | null;
}

/** GET /api/risk: one line of the list. */
export interface EntityRiskSummary {
  readonly type: RiskType;
  readonly key: string;
  readonly label: string;
  /** 0 to 100. */
  readonly score: number;
  readonly level: RiskLevel;
  readonly criticality: Criticality;
  readonly openAlerts: number;
  /** Title of the largest contribution. */
  readonly reason: string;
  /** When the score last changed. */
  readonly changedAt: string;
}

/** GET /api/risk/:type/:key */
export interface EntityRisk {
  readonly type: RiskType;
  readonly key: string;
  readonly label: string;
  /** 0 to 100; from the alerts the caller may see. */
  readonly score: number;
  readonly level: RiskLevel;
  /** Why the level is what it is, in one sentence. */
  readonly levelReason: string;
  readonly openAlerts: number;
  readonly criticality: EntityCriticality;
  /** Largest first, at most 50. */
  readonly contributions: readonly RiskContribution[];
  /** What is not listed, summed up. */
  readonly more: { readonly count: number; readonly points: number };
  /** Earlier scores, oldest first; empty for callers who do not see all data. */
  readonly history: readonly { readonly at: string; readonly score: number; readonly level: RiskLevel }[];
  /** KQL that returns the history of the score. */
  readonly huntingQuery: string;
  readonly computedAt: string;
}

/** PUT /api/criticality/:type/:key */
export interface CriticalityRequest {
  /** `null` takes a manual level back. */
  readonly level: Criticality | null;
  readonly reason: string;
  readonly expiresAt?: string | null;
}

/** Kinds of anomalies that are kept as behaviours. */
export const BEHAVIOR_KINDS = [
  'firstSeen',
  'rareAmongPeers',
  'unusualVolume',
  'unusualHour',
  'impossibleTravel',
  'spike',
] as const;
export type BehaviorKind = (typeof BEHAVIOR_KINDS)[number];

/**
 * GET /api/entities/:type/:key/behaviors and GET /api/incidents/:id/behaviors: something unusual that alerts nobody. The same rows
 * are in BehaviorInfo and BehaviorEntities.
 */
export interface Behavior {
  readonly id: string;
  readonly kind: BehaviorKind;
  /** Name as in BehaviorInfo.ActionType: `FirstTimeUserConnectedFromCountry`. */
  readonly actionType: string;
  readonly title: string;
  readonly description: string;
  readonly category: string;
  readonly techniques: readonly string[];
  /** 0 to 1: how far from the baseline. */
  readonly score: number;
  readonly start: string;
  readonly end: string;
  /** Table the activity is from. */
  readonly table: string;
  /** The baseline's numbers, for people: "Days with activity before" → "41". */
  readonly baseline: readonly { readonly label: string; readonly value: string }[];
  /** KQL that returns the activity beside its baseline. */
  readonly huntingQuery: string;
  readonly entities: readonly { readonly type: EntityType; readonly key: string; readonly label: string }[];
}
