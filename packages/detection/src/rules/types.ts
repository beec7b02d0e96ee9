import type { Category, EntityType, EvidenceRole, Severity } from '@parapet/schema';
import type { OpensIncident } from '../types.ts';

/** One entity an alert of the rule names: which columns make it and what part it plays. */
export interface EntityMapping {
  readonly type: EntityType;
  readonly roles: readonly EvidenceRole[];
  /** Entity field → column of the query's result. A dynamic array column makes one entity per element. */
  readonly fields: Readonly<Record<string, string>>;
  /** Entity field → fixed value. */
  readonly constants: Readonly<Record<string, string>>;
}

/** A sample and what the rule must do with it. */
export interface RuleTest {
  readonly name: string;
  readonly expect: 'hit' | 'miss';
  /** Rows per hunting table. Time, report id and device are filled in when absent. */
  readonly rows: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
}

export const CONDITION_OPERATORS = [
  'equals',
  'notEquals',
  'startsWith',
  'endsWith',
  'contains',
  'matches',
  'inRange',
] as const;
export type ConditionOperator = (typeof CONDITION_OPERATORS)[number];

/** A condition on a column of the result, without regard to case. `matches` takes `*`; `inRange` takes address ranges. Any value suffices. */
export interface Condition {
  readonly column: string;
  readonly operator: ConditionOperator;
  readonly values: readonly string[];
}

/** Rows that a rule leaves alone, kept outside of its query so that they survive a new version of it. */
export interface Exclusion {
  readonly id: string;
  readonly name: string;
  /** All must hold. */
  readonly conditions: readonly Condition[];
  readonly reason: string;
  readonly owner: string;
  /** ISO 8601; null for ever. */
  readonly createdAt: string | null;
  readonly expiresAt: string | null;
}

export const THRESHOLD_OPERATORS = ['greater', 'fewer', 'equal', 'notEqual'] as const;
export type ThresholdOperator = (typeof THRESHOLD_OPERATORS)[number];

/** Compared with the rows of one run. */
export interface Threshold {
  readonly operator: ThresholdOperator;
  readonly count: number;
}

/** `group`: equal grouping values, title and details; `all`: one alert a run; `row`: one a row, the last stands for the rest. */
export const EVENT_GROUPINGS = ['group', 'all', 'row'] as const;
export type EventGrouping = (typeof EVENT_GROUPINGS)[number];

/** Columns that replace parts of the alert. */
export interface AlertOverrides {
  readonly title?: string;
  readonly description?: string;
  readonly severity?: string;
  readonly category?: string;
  readonly techniques?: string;
  readonly remediation?: string;
  readonly product?: string;
  readonly provider?: string;
  readonly link?: string;
  readonly confidence?: string;
}

export type RuleKind = 'continuous' | 'nearRealTime' | 'scheduled';

/** A detection rule as its YAML file says it (docs/how-to-add/detection.md). */
export interface Rule {
  /** UUID; permanent, so that alerts, switches and marks survive a new title or folder. */
  readonly id: string;
  /** What lists call it; the title without its columns unless the file says otherwise. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly severity: Severity;
  readonly category: Category;
  readonly techniques: readonly string[];
  readonly kind: RuleKind;
  /** What starts a scheduled rule: rows of its tables, or the clock. */
  readonly trigger: 'arrival' | 'clock';
  /** Milliseconds; 0 for continuous rules. */
  readonly frequencyMs: number;
  readonly lookbackMs: number;
  /** What the look-back of a rule on the clock counts by. */
  readonly windowBy: 'event' | 'ingestion';
  /** Rules on the clock look this much behind the present, so that slow senders are seen in their turn. */
  readonly delayMs: number;
  /** First run of a rule on the clock, ISO 8601; null at once. */
  readonly startAt: string | null;
  readonly threshold: Threshold | null;
  /** No runs for this long after an alert; 0 never. */
  readonly suppressForMs: number;
  readonly eventGrouping: EventGrouping;
  readonly query: string;
  readonly entities: readonly EntityMapping[];
  /** Rows of one run with equal values here become one alert. */
  readonly groupBy: readonly string[];
  /** Name shown with the alert → column. */
  readonly customDetails: Readonly<Record<string, string>>;
  readonly overrides: AlertOverrides;
  /** Only rows of the result for which all hold. */
  readonly scope: readonly Condition[];
  readonly exclusions: readonly Exclusion[];
  readonly recommendedActions: string;
  readonly falsePositives: readonly string[];
  readonly blindSpots: readonly string[];
  readonly references: readonly string[];
  readonly serviceSource: string;
  readonly detectionSource: string;
  readonly tests: readonly RuleTest[];
  /** Runs and counts, alerts nobody. */
  readonly shadow: boolean;
  /** Whether its alerts open incidents; `severity` leaves it to theirs. */
  readonly opensIncident: OpensIncident;
  /** False keeps its alerts out of correlation: only repeats on the same asset are put together. */
  readonly correlate: boolean;
  /** Whether it runs before anybody has switched it. */
  readonly enabledByDefault: boolean;
  /** Path relative to the content folder; `own/<id>.yaml` for rules made in the portal. */
  readonly file: string;
}

/** Something wrong with a rule file. Lines count from 1. */
export interface RuleProblem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
  /** Key of the file the problem is at, such as `entities.0.fields`. */
  readonly path?: string;
  /** What to write instead, when it is known. */
  readonly fix?: string;
}

/** `aws/x.yaml:12: message` */
export function formatProblem(problem: RuleProblem): string {
  return `${problem.file}:${problem.line}: ${problem.message}${problem.fix ? ` Fix: ${problem.fix}` : ''}`;
}
