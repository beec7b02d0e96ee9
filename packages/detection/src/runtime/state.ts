/** What the runtime must remember across a restart, and where. */

/** Anything that runs a statement with `$1…` parameters (packages/state's database, or a transaction of it). */
export interface QueryRunner {
  query<T = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<T[]>;
}

export interface RuleState {
  readonly ruleId: string;
  enabled: boolean;
  /** Last ingest batch whose rows this rule has seen; every batch up to it is settled. */
  through: number;
  /** A range whose drafts may already have been delivered: it must be run again exactly as it was. */
  attempt: { readonly from: number; readonly to: number } | null;
  failures: number;
  /** ISO 8601. */
  lastRun: string | null;
  lastRunMs: number | null;
  lastErrorCode: string | null;
  lastError: string | null;
  /** Runs and counts, alerts nobody. */
  shadow: boolean;
  /** Results of the last run. */
  lastRows: number | null;
  /** ISO 8601: the planned time of the last run of a rule on the clock; everything up to it is settled. */
  plannedThrough: string | null;
  /** ISO 8601: no runs before it, because of an alert (spec B 5.2). */
  suppressedUntil: string | null;
  /** Alerts of the last stretches of ten minutes, so that one rule cannot flood the queue. */
  storms: readonly Storm[];
  /** Set while the rule takes more of the engine than its share. */
  throttled: boolean;
  /** What a person should know although the runs succeed: rows beyond the cap, rows cut off. ISO time and text. */
  warning: { readonly at: string; readonly text: string } | null;
}

export interface Storm {
  /** ISO 8601 by event time, start of ten minutes. */
  readonly from: string;
  readonly alerts: number;
  /** Events that went into the summary alert instead. */
  readonly held: number;
}

/** A group a scheduled rule has alerted on. */
export interface AlertedGroup {
  readonly groupHash: string;
  /** ISO 8601, by event time. */
  readonly firstActivity: string;
  readonly lastActivity: string;
}

export interface DetectionState {
  load(): Promise<Map<string, RuleState>>;
  save(states: readonly RuleState[]): Promise<void>;
  /** Which of these events the rule has alerted on. */
  knownEvents(ruleId: string, hashes: readonly string[]): Promise<Set<string>>;
  rememberEvents(ruleId: string, hashes: readonly string[], at: Date): Promise<void>;
  groups(ruleId: string, hashes: readonly string[]): Promise<AlertedGroup[]>;
  rememberGroups(ruleId: string, groups: readonly AlertedGroup[], at: Date): Promise<void>;
  /** Forget what was remembered before this time. */
  prune(before: Date): Promise<void>;
}

interface StateExtra
  extends Partial<
    Pick<RuleState, 'shadow' | 'lastRows' | 'plannedThrough' | 'suppressedUntil' | 'storms' | 'throttled' | 'warning'>
  > {}

const extraOf = (state: RuleState): StateExtra => ({
  shadow: state.shadow,
  lastRows: state.lastRows,
  plannedThrough: state.plannedThrough,
  suppressedUntil: state.suppressedUntil,
  storms: state.storms,
  throttled: state.throttled,
  warning: state.warning,
});

/** What nobody has set yet. */
export const NOTHING_YET = {
  shadow: false,
  lastRows: null,
  plannedThrough: null,
  suppressedUntil: null,
  storms: [],
  throttled: false,
  warning: null,
} as const;

interface RuleRow {
  readonly rule_id: string;
  readonly enabled: boolean;
  readonly through_batch: number | string;
  readonly attempt_from: number | string | null;
  readonly attempt_to: number | string | null;
  readonly failures: number;
  readonly last_run: string | null;
  readonly last_run_ms: number | null;
  readonly last_error_code: string | null;
  readonly last_error: string | null;
  readonly extra: StateExtra;
}

/** Remember in the relational state. Each call is one statement. */
export function sqlState(db: QueryRunner): DetectionState {
  return {
    async load() {
      const rows = await db.query<RuleRow>('SELECT * FROM detection_rules');
      return new Map(
        rows.map((row) => [
          row.rule_id,
          {
            ruleId: row.rule_id,
            enabled: row.enabled,
            through: Number(row.through_batch),
            attempt:
              row.attempt_from === null || row.attempt_to === null
                ? null
                : { from: Number(row.attempt_from), to: Number(row.attempt_to) },
            failures: row.failures,
            lastRun: row.last_run,
            lastRunMs: row.last_run_ms,
            lastErrorCode: row.last_error_code,
            lastError: row.last_error,
            ...NOTHING_YET,
            ...row.extra,
          },
        ]),
      );
    },
    async save(states) {
      if (states.length === 0) return;
      await db.query(
        `INSERT INTO detection_rules (rule_id, enabled, through_batch, attempt_from, attempt_to, failures, last_run, last_run_ms, last_error_code, last_error, extra)
         SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS s(rule_id text, enabled boolean, through_batch bigint, attempt_from bigint, attempt_to bigint, failures integer, last_run text, last_run_ms integer, last_error_code text, last_error text, extra jsonb)
         ON CONFLICT (rule_id) DO UPDATE SET enabled = excluded.enabled, through_batch = excluded.through_batch,
           attempt_from = excluded.attempt_from, attempt_to = excluded.attempt_to, failures = excluded.failures, last_run = excluded.last_run,
           last_run_ms = excluded.last_run_ms, last_error_code = excluded.last_error_code, last_error = excluded.last_error, extra = excluded.extra`,
        [
          JSON.stringify(
            states.map((state) => ({
              rule_id: state.ruleId,
              enabled: state.enabled,
              through_batch: state.through,
              attempt_from: state.attempt?.from ?? null,
              attempt_to: state.attempt?.to ?? null,
              failures: state.failures,
              last_run: state.lastRun,
              last_run_ms: state.lastRunMs === null ? null : Math.round(state.lastRunMs),
              last_error_code: state.lastErrorCode,
              last_error: state.lastError?.replaceAll('\u0000', '') ?? null,
              extra: extraOf(state),
            })),
          ),
        ],
      );
    },
    async knownEvents(ruleId, hashes) {
      if (hashes.length === 0) return new Set();
      const rows = await db.query<{ event_hash: string }>(
        'SELECT event_hash FROM detection_events WHERE rule_id = $1 AND event_hash IN (SELECT jsonb_array_elements_text($2::text::jsonb))',
        [ruleId, JSON.stringify(hashes)],
      );
      return new Set(rows.map((row) => row.event_hash));
    },
    async rememberEvents(ruleId, hashes, at) {
      if (hashes.length === 0) return;
      await db.query(
        `INSERT INTO detection_events (rule_id, event_hash, remembered_at)
         SELECT $1, hash, $3::timestamptz FROM jsonb_array_elements_text($2::text::jsonb) AS hash ON CONFLICT DO NOTHING`,
        [ruleId, JSON.stringify([...new Set(hashes)]), at.toISOString()],
      );
    },
    async groups(ruleId, hashes) {
      if (hashes.length === 0) return [];
      const rows = await db.query<{ group_hash: string; first_activity: string; last_activity: string }>(
        'SELECT group_hash, first_activity, last_activity FROM detection_groups WHERE rule_id = $1 AND group_hash IN (SELECT jsonb_array_elements_text($2::text::jsonb))',
        [ruleId, JSON.stringify(hashes)],
      );
      return rows.map((row) => ({
        groupHash: row.group_hash,
        firstActivity: row.first_activity,
        lastActivity: row.last_activity,
      }));
    },
    async rememberGroups(ruleId, groups, at) {
      if (groups.length === 0) return;
      await db.query(
        `INSERT INTO detection_groups (rule_id, group_hash, first_activity, last_activity, remembered_at)
         SELECT $1, g.group_hash, g.first_activity, g.last_activity, $3::timestamptz
         FROM jsonb_to_recordset($2::text::jsonb) AS g(group_hash text, first_activity text, last_activity text)
         ON CONFLICT (rule_id, group_hash, first_activity) DO UPDATE SET last_activity = excluded.last_activity, remembered_at = excluded.remembered_at`,
        [
          ruleId,
          JSON.stringify(
            groups.map((group) => ({
              group_hash: group.groupHash,
              first_activity: group.firstActivity,
              last_activity: group.lastActivity,
            })),
          ),
          at.toISOString(),
        ],
      );
    },
    async prune(before) {
      await db.query('DELETE FROM detection_events WHERE remembered_at < $1::timestamptz', [before.toISOString()]);
      await db.query('DELETE FROM detection_groups WHERE remembered_at < $1::timestamptz', [before.toISOString()]);
    },
  };
}
