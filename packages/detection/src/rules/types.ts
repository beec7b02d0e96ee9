import type { Category, EntityType, EvidenceRole, Severity } from '@parapet/schema';

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

/** A detection rule as its YAML file says it (docs/how-to-add/detection.md). */
export interface Rule {
  /** UUID; permanent, so that alerts, switches and marks survive a new title or folder. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly severity: Severity;
  readonly category: Category;
  readonly techniques: readonly string[];
  readonly kind: 'continuous' | 'scheduled';
  /** Milliseconds; 0 for continuous rules. */
  readonly frequencyMs: number;
  readonly lookbackMs: number;
  readonly query: string;
  readonly entities: readonly EntityMapping[];
  /** Rows of one run with equal values here become one alert. */
  readonly groupBy: readonly string[];
  readonly recommendedActions: string;
  readonly falsePositives: readonly string[];
  readonly blindSpots: readonly string[];
  readonly serviceSource: string;
  readonly detectionSource: string;
  readonly tests: readonly RuleTest[];
  /** Path relative to the content folder. */
  readonly file: string;
}

/** Something wrong with a rule file. Lines count from 1. */
export interface RuleProblem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** `aws/x.yaml:12: message` */
export function formatProblem(problem: RuleProblem): string {
  return `${problem.file}:${problem.line}: ${problem.message}`;
}
