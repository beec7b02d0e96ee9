import type { DetectionInfo, DetectionStatistics } from '@parapet/schema';
import type { Hunting, TelemetryStore } from '@parapet/store';
import type { RuleProblem } from '../rules/types.ts';
import type { RuleService, WriteAudit } from '../stored/service.ts';
import type { AlertHistory } from '../tuning/suggest.ts';
import type { Tuning } from '../tuning/tuning.ts';
import type { AlertSink } from '../types.ts';
import type { Records } from './records.ts';
import type { QueryRunner } from './state.ts';

/** A batch that reached the hunting tables, as the ingest room announces it. */
export interface CommittedBatch {
  /** Monotonic; the value of `_Batch` in its rows. */
  readonly batch: number;
  readonly receivedAt: string;
  /** Rows written per hunting table. */
  readonly tables: Readonly<Record<string, number>>;
  /** Milliseconds since the epoch at which its oldest event was acknowledged. */
  readonly acknowledgedAt: number;
}

/** The part of a pino logger this room uses. */
export interface DetectionLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** One line of the audit log; the access room writes it. */
export type Audit = (entry: {
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly remoteAddress?: string;
}) => Promise<void>;

/** The part of a job's context this room uses (packages/state). */
export interface JobContext {
  readonly signal: AbortSignal;
  progress(fraction: number | null, detail: string): void;
}

export interface DetectionOptions {
  readonly hunting: Hunting;
  readonly store: TelemetryStore;
  /** The relational state with `detectionMigrations` applied; without it marks live in memory only. */
  readonly state?: QueryRunner;
  /** Folder of the rule files. */
  readonly contentDir: string;
  readonly sink: AlertSink;
  readonly log: DetectionLog;
  readonly audit?: Audit;
  /** Alerts per rule, for the list of detections. */
  readonly countAlerts?: () => Promise<ReadonlyMap<string, number>>;
  /** Past alerts and what people made of them, for tuning. */
  readonly history?: AlertHistory;
  readonly clock?: () => Date;
}

export interface HistoryResult {
  readonly rules: number;
  readonly created: number;
  readonly repeated: number;
  /** Findings that tuning rules or shadow kept from the queue. */
  readonly hidden: number;
  /** Rules that failed, with the reason. */
  readonly failed: readonly { readonly ruleId: string; readonly title: string; readonly error: string }[];
}

/** The running rules. */
export interface Detection {
  /** Rule files that were left out, with the reason. */
  readonly problems: readonly RuleProblem[];
  /**
   * Tell of new rows. Resolves when the continuous rules have seen them; never rejects because of a rule.
   * Scheduled rules follow within seconds.
   */
  onBatch(batch: CommittedBatch): Promise<void>;
  /** Wait until every announced batch has been seen by continuous and scheduled rules alike. */
  settle(): Promise<void>;
  list(): Promise<DetectionInfo[]>;
  get(ruleId: string): Promise<DetectionInfo | undefined>;
  /**
   * Switch a rule on or off. A rule that is switched on starts with the rows that arrive from then on.
   * @throws ParapetError `detection_not_found` (404)
   */
  setEnabled(
    ruleId: string,
    enabled: boolean,
    actor: { readonly username: string; readonly remoteAddress?: string },
  ): Promise<DetectionInfo>;
  /** Switch shadow on or off: a rule in shadow runs and counts, and alerts nobody. @throws ParapetError `detection_not_found` (404) */
  setShadow(
    ruleId: string,
    shadow: boolean,
    actor: { readonly username: string; readonly remoteAddress?: string },
  ): Promise<DetectionInfo>;
  /**
   * Run one rule or every enabled rule over rows already stored. Events a rule has alerted on stay with their alert.
   * @throws ParapetError `detection_not_found` (404), `query_cancelled` (499) when the job is cancelled
   */
  runOverHistory(
    ruleId: string,
    range: { readonly from?: Date; readonly to?: Date },
    job: JobContext,
  ): Promise<HistoryResult>;
  /** Run a rule on the clock once, now; the next planned run is a whole frequency later. */
  runNow(ruleId: string): Promise<{ readonly rows: number; readonly alerts: number }>;
  /** Rules that people make: create, change, versions, exclusions, previews. */
  readonly service: RuleService;
  readonly tuning: Tuning;
  readonly records: Records;
  /** What the alerts of each rule came to since a time, most alerts first. */
  statistics(since: Date, history?: AlertHistory): Promise<DetectionStatistics[]>;
  /** Write a line of the audit log. */
  readonly audit: WriteAudit;
  close(): Promise<void>;
}
