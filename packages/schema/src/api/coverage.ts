/** What the rules see of ATT&CK. Times ISO 8601 UTC, sizes bytes. */
import type { Severity } from './common.ts';

/**
 * `sees`: on, its last run succeeded and data arrives; `partly`: as well, but some of its tables are silent; `waiting`: on, has not run
 * yet; `blind`: on, none of its tables receives data; `failing`: on, its last run failed; `shadow`; `off`.
 */
export type RuleSight = 'sees' | 'partly' | 'waiting' | 'blind' | 'failing' | 'shadow' | 'off';

/** `covered`: a rule sees; `blind`: rules are on and none sees; `available`: rules exist and are off; `none`: no rule. */
export type CoverageLevel = 'covered' | 'blind' | 'available' | 'none';

export interface CoverageRule {
  readonly id: string;
  readonly name: string;
  readonly severity: Severity;
  readonly techniques: readonly string[];
  readonly tables: readonly string[];
  /** Tables of the rule without new rows in the period. */
  readonly silent: readonly string[];
  readonly sight: RuleSight;
}

export interface CoverageTechnique {
  readonly id: string;
  readonly name: string;
  readonly tactics: readonly string[];
  /** Of a technique: with its sub-techniques. */
  readonly level: CoverageLevel;
  /** Ids of rules that name it; of a technique also those of its sub-techniques. */
  readonly rules: readonly string[];
  readonly alerts: number;
  readonly lastAlert: string | null;
}

export interface CoverageScenario {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly techniques: readonly string[];
  readonly covered: number;
  /** Covered if every rule that is off were on and its data there. */
  readonly reachable: number;
}

/** GET /api/coverage?days */
export interface Coverage {
  readonly attackVersion: string;
  /** Rows newer than this many days count as data. */
  readonly days: number;
  readonly tactics: readonly { readonly id: string; readonly name: string }[];
  readonly techniques: readonly CoverageTechnique[];
  readonly rules: readonly CoverageRule[];
  readonly scenarios: readonly CoverageScenario[];
  readonly tables: readonly { readonly name: string; readonly newest: string | null; readonly silent: boolean }[];
}

export const SUGGESTION_STATES = ['active', 'inProgress', 'completed', 'dismissed'] as const;
export type SuggestionState = (typeof SUGGESTION_STATES)[number];

/** GET /api/coverage/suggestions */
export interface Suggestion {
  readonly id: string;
  /** `connect`: rules wait for data; `use`: data no rule reads; `enable`: rules that are off and would see; `repair`: rules that fail. */
  readonly kind: 'connect' | 'use' | 'enable' | 'repair';
  readonly title: string;
  readonly reason: string;
  readonly table: string | null;
  readonly rules: readonly { readonly id: string; readonly name: string; readonly enabled: boolean }[];
  readonly connectors: readonly { readonly id: string; readonly title: string }[];
  /** Techniques that would be covered and are not now. */
  readonly gained: readonly string[];
  /** Stored bytes a day of the table, over the days it holds. */
  readonly bytesPerDay: number | null;
  readonly state: SuggestionState;
  readonly note: string;
  readonly changedBy: string | null;
  readonly changedAt: string | null;
}
