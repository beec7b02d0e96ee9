import type { Category, Severity } from './common.ts';

export type DetectionKind = 'continuous' | 'nearRealTime' | 'scheduled';

/**
 * How a rule does. `warning`: its runs succeed, but a person should know of something; `throttled`: it takes more of the engine than
 * its share and runs late; `suppressed`: an alert stops it for a while.
 */
export const DETECTION_STATUSES = [
  'ok',
  'new',
  'failed',
  'warning',
  'throttled',
  'suppressed',
  'off',
  'broken',
] as const;
export type DetectionStatus = (typeof DETECTION_STATUSES)[number];

/** GET /api/detections, GET /api/detections/:id */
export interface DetectionInfo {
  readonly id: string;
  /** The title without what stands for columns, or the name the author gave. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly severity: Severity;
  readonly category: Category;
  readonly techniques: readonly string[];
  readonly kind: DetectionKind;
  readonly trigger: 'arrival' | 'clock';
  readonly frequencyMs: number;
  readonly lookbackMs: number;
  readonly tables: readonly string[];
  readonly enabled: boolean;
  /** Runs and counts, alerts nobody. */
  readonly shadow: boolean;
  readonly status: DetectionStatus;
  readonly query: string;
  readonly recommendedActions: string;
  readonly falsePositives: readonly string[];
  readonly blindSpots: readonly string[];
  readonly lastRun: string | null;
  readonly lastRunMs: number | null;
  /** Results of the last run. */
  readonly lastRows: number | null;
  readonly lastError: string | null;
  readonly lastErrorCode: string | null;
  readonly nextRun: string | null;
  /** Something to know although the runs succeed. */
  readonly warning: string | null;
  /** All alerts of the rule. */
  readonly alerts: number;
  readonly alerts30d: number;
  /** `builtIn`: delivered with the product; `own`: made here. */
  readonly origin: 'builtIn' | 'own';
  readonly version: number;
  readonly owner: string;
  readonly createdBy: string;
  readonly updatedAt: string | null;
  /** The delivered rule that this one was made from. */
  readonly template: { readonly id: string; readonly version: number; readonly latest: number } | null;
  readonly exclusions: number;
  /** True when the text allows what its schedule does not use: alerts within seconds. */
  readonly couldBeContinuous: boolean;
  /** What the rule took of the engine in the last 24 hours. */
  readonly cost: { readonly runs: number; readonly rowsRead: number; readonly engineMs: number };
  /** Why the rule cannot run at all. */
  readonly problems: readonly RuleProblemInfo[];
}

export interface RuleProblemInfo {
  readonly line: number;
  readonly message: string;
  readonly path?: string;
  readonly fix?: string;
}

/** GET /api/detections/summary */
export interface DetectionSummary {
  readonly total: number;
  readonly enabled: number;
  readonly failing: number;
  readonly warnings: number;
  readonly off: number;
  readonly shadow: number;
  readonly updates: number;
  readonly couldBeContinuous: number;
  /** Engine milliseconds of all rules in the last 24 hours. */
  readonly engineMs: number;
  readonly notices: readonly DetectionNotice[];
}

export interface DetectionNotice {
  readonly id: string;
  readonly at: string;
  readonly ruleId: string;
  /** Name of the rule; its id when it is gone. */
  readonly name: string;
  readonly kind: string;
  readonly text: string;
  readonly owner: string;
}

/** GET /api/detections/:id/runs?page&pageSize — newest first. */
export interface DetectionRun {
  readonly ruleId: string;
  readonly kind: 'arrival' | 'planned' | 'gap' | 'late' | 'catchUp' | 'history' | 'manual' | 'suppressed';
  readonly state: 'completed' | 'failed' | 'partiallyFailed' | 'skipped';
  readonly startedAt: string;
  readonly windowFrom: string | null;
  readonly windowTo: string | null;
  readonly durationMs: number;
  readonly rows: number;
  readonly alerts: number;
  readonly hidden: number;
  readonly rowsRead: number;
  readonly engineMs: number;
  readonly errorCode: string | null;
  readonly note: string;
}

/** GET /api/detections/:id/cost?days — by hour, oldest first. */
export interface DetectionCostHour {
  readonly hour: string;
  readonly runs: number;
  readonly rows: number;
  readonly alerts: number;
  readonly hidden: number;
  readonly rowsRead: number;
  readonly engineMs: number;
  readonly failures: number;
}

/** GET /api/detections/:id/text */
export interface DetectionText {
  readonly id: string;
  readonly version: number;
  readonly text: string;
  /** The keys of the text. */
  readonly definition: Readonly<Record<string, unknown>>;
  /** The delivered rule as it is now, when this one was made from it. */
  readonly templateText: string | null;
}

/** GET /api/detections/:id/versions — newest first. */
export interface DetectionVersion {
  readonly version: number;
  readonly at: string;
  readonly author: string;
  readonly comment: string;
  readonly text: string;
}

export interface RuleConditionInfo {
  readonly column: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** GET /api/detections/:id/exclusions */
export interface DetectionExclusion {
  readonly id: string;
  readonly name: string;
  readonly conditions: readonly RuleConditionInfo[];
  readonly reason: string;
  readonly owner: string;
  readonly createdAt: string | null;
  readonly expiresAt: string | null;
}

/** POST /api/detections/check */
export interface DetectionCheck {
  readonly ok: boolean;
  readonly problems: readonly RuleProblemInfo[];
  /** The text as it would be stored. */
  readonly text: string;
  readonly columns: readonly string[];
  readonly tables: readonly string[];
  readonly rowWise: boolean;
}

export interface PreviewAlertInfo {
  readonly title: string;
  readonly severity: Severity;
  readonly firstActivity: string;
  readonly lastActivity: string;
  readonly events: number;
  readonly entities: readonly { readonly type: string; readonly label: string; readonly roles: readonly string[] }[];
  readonly details: Readonly<Record<string, readonly string[]>>;
}

/** POST /api/detections/preview */
export interface DetectionPreview {
  readonly rows: number;
  readonly truncated: boolean;
  readonly alertCount: number;
  readonly alerts: readonly PreviewAlertInfo[];
  readonly columns: readonly string[];
  readonly sample: readonly Readonly<Record<string, unknown>>[];
  readonly cost: { readonly rowsRead: number; readonly bytesRead: number; readonly engineMs: number };
  /** Only over stored rows. */
  readonly from?: string;
  readonly to?: string;
  readonly byDay?: readonly { readonly day: string; readonly rows: number; readonly alerts: number }[];
  readonly perDay?: {
    readonly runs: number | null;
    readonly rowsRead: number;
    readonly engineMs: number;
    readonly alerts: number;
  };
  readonly simulation?: readonly { readonly at: string; readonly rows: number; readonly alerts: boolean }[];
  readonly threshold?: number | null;
}

/** GET /api/detections/statistics?days */
export interface DetectionStatistics {
  readonly ruleId: string;
  readonly name: string;
  readonly alerts: number;
  readonly open: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly expected: number;
  readonly unjudged: number;
  readonly hidden: number;
  readonly minutesToTriage: number | null;
  readonly engineMs: number;
}

/** GET /api/tuning/rules */
export interface TuningRuleInfo {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly definition: TuningDefinitionInfo;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly updatedAt: string;
  readonly updatedBy: string;
  readonly expiresAt: string | null;
  readonly matched: number;
  readonly lastMatched: string | null;
}

export interface TuningFieldTest {
  readonly field: string;
  readonly operator: string;
  readonly values: readonly string[];
}

export type TuningConditionInfo =
  | { readonly evidence: string; readonly fields: readonly TuningFieldTest[] }
  | { readonly all: readonly TuningConditionInfo[] }
  | { readonly any: readonly TuningConditionInfo[] };

export interface TuningDefinitionInfo {
  readonly comment: string;
  readonly action: 'hide' | 'resolve' | 'change';
  readonly sources: readonly string[];
  readonly ruleIds: readonly string[];
  readonly devices: readonly string[];
  readonly condition: TuningConditionInfo;
  readonly severity: Severity | null;
  readonly tags: readonly string[];
}

/** POST /api/tuning/preview */
export interface TuningPreviewInfo {
  readonly days: number;
  readonly looked: number;
  readonly matched: number;
  readonly share: number;
  readonly broad: boolean;
  readonly truePositives: number;
  readonly alerts: readonly {
    readonly id: string;
    readonly title: string;
    readonly severity: Severity;
    readonly ruleId: string;
    readonly createdAt: string;
    readonly classification: string | null;
  }[];
}

/** GET /api/tuning/suggestions */
export interface TuningSuggestionInfo {
  readonly ruleId: string;
  readonly title: string;
  readonly reason: string;
  readonly benign: number;
  readonly matched: number;
  readonly condition: TuningConditionInfo;
}

/** GET /api/tuning/rules/:id/hidden */
export interface HiddenAlertInfo {
  readonly dedupeKey: string;
  readonly tuningId: string;
  readonly ruleId: string;
  readonly title: string;
  readonly severity: Severity;
  readonly action: string;
  readonly at: string;
}

/** What an import of Sigma documents would bring (`POST /api/detections/sigma/check`, the result of its job). */
export interface SigmaCheck {
  readonly id: string;
  readonly by: string;
  readonly at: string;
  readonly documents: number;
  readonly translated: number;
  readonly warnings: number;
  readonly refused: number;
  /** Rules that can be imported; filters and rules that only serve a correlation are none. */
  readonly rules: number;
}

export const SIGMA_STATUSES = ['translated', 'warning', 'refused'] as const;

/** What became of one Sigma document. */
export interface SigmaResultInfo {
  readonly file: string;
  readonly id: string;
  readonly title: string;
  readonly kind: 'rule' | 'correlation' | 'filter' | 'unknown';
  readonly status: (typeof SIGMA_STATUSES)[number];
  /** Warnings, or why it is refused. */
  readonly reasons: readonly string[];
  /** `product/category/service`. */
  readonly logSource: string;
  /** Empty when refused. */
  readonly table: string;
  readonly level: string;
  /** `stable`, `test`, … */
  readonly state: string;
  readonly importable: boolean;
}

/** The Sigma text and what it was translated to. */
export interface SigmaResultDetail extends SigmaResultInfo {
  readonly source: string;
  /** Empty when refused. */
  readonly query: string;
}

/** How imported rules start: alerting, counting only, or switched off. */
export const SIGMA_RULE_STATES = ['on', 'shadow', 'off'] as const;
export type SigmaRuleState = (typeof SIGMA_RULE_STATES)[number];

/** What an import of Sigma rules did. */
export interface SigmaImported {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly failed: readonly { readonly name: string; readonly id: string; readonly problem: string }[];
}
