import type { QueryRunner } from './state.ts';

/** How a run came about. `gap`: planned for a time when nothing ran. */
export type RunKind = 'arrival' | 'planned' | 'gap' | 'late' | 'catchUp' | 'history' | 'manual' | 'suppressed';
export type RunOutcome = 'completed' | 'failed' | 'partiallyFailed' | 'skipped';

/** One line of a rule's run history. Times are ISO 8601, durations milliseconds. */
export interface RunRecord {
  readonly ruleId: string;
  readonly kind: RunKind;
  readonly state: RunOutcome;
  readonly startedAt: string;
  readonly windowFrom: string | null;
  readonly windowTo: string | null;
  readonly durationMs: number;
  readonly rows: number;
  readonly alerts: number;
  /** Findings that a tuning rule kept from the queue, or that a shadow rule would have raised. */
  readonly hidden: number;
  readonly rowsRead: number;
  readonly engineMs: number;
  readonly errorCode: string | null;
  readonly note: string;
}

/** What a rule cost in an hour. */
export interface CostHour {
  readonly hour: string;
  readonly runs: number;
  readonly rows: number;
  readonly alerts: number;
  readonly hidden: number;
  readonly rowsRead: number;
  readonly engineMs: number;
  readonly failures: number;
}

export type CostTotals = Omit<CostHour, 'hour'>;

export interface Notice {
  readonly id: string;
  readonly at: string;
  readonly ruleId: string;
  readonly kind: 'switchedOff' | 'overflow' | 'throttled' | 'gaps';
  readonly text: string;
  readonly owner: string;
}

const KEEP_RUNS_PER_RULE = 1_000;
/** Costs are written this often at most; a crash loses no more than that of them. */
const WRITE_EVERY_MS = 5_000;

const EMPTY: CostTotals = { runs: 0, rows: 0, alerts: 0, hidden: 0, rowsRead: 0, engineMs: 0, failures: 0 };

const sum = (a: CostTotals, b: CostTotals): CostTotals => ({
  runs: a.runs + b.runs,
  rows: a.rows + b.rows,
  alerts: a.alerts + b.alerts,
  hidden: a.hidden + b.hidden,
  rowsRead: a.rowsRead + b.rowsRead,
  engineMs: a.engineMs + b.engineMs,
  failures: a.failures + b.failures,
});

const bare = (text: string): string => text.replaceAll('\u0000', '').slice(0, 2_000);

/** History of runs, costs and notices. Without a database the last runs are kept in memory. */
export class Records {
  readonly #costs = new Map<string, { ruleId: string; hour: string; totals: CostTotals }>();
  readonly #runs: RunRecord[] = [];
  readonly #recent: RunRecord[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly db: QueryRunner | undefined,
    private readonly now: () => Date,
  ) {}

  /** Count a run; one that found something, failed or filled a gap also becomes a line of the history. */
  add(run: RunRecord, listed: boolean): void {
    this.cost(run.ruleId, {
      runs: 1,
      rows: run.rows,
      alerts: run.alerts,
      hidden: run.hidden,
      rowsRead: run.rowsRead,
      engineMs: run.engineMs,
      failures: run.state === 'failed' ? 1 : 0,
    });
    if (!listed) return;
    this.#runs.push(run);
    this.#recent.push(run);
    if (this.#recent.length > KEEP_RUNS_PER_RULE) this.#recent.splice(0, this.#recent.length - KEEP_RUNS_PER_RULE);
  }

  /** Count what a rule took of the engine without a run of its own. */
  cost(ruleId: string, part: Partial<CostTotals>): void {
    const hour = new Date(Math.floor(this.now().getTime() / 3_600_000) * 3_600_000).toISOString();
    const key = `${ruleId}|${hour}`;
    const totals = sum(this.#costs.get(key)?.totals ?? EMPTY, { ...EMPTY, ...part });
    this.#costs.set(key, { ruleId, hour, totals });
    if (this.db && !this.#timer) {
      this.#timer = setTimeout(() => void this.flush().catch(() => undefined), WRITE_EVERY_MS);
      this.#timer.unref();
    }
  }

  /** Write what is waiting. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    if (!this.db) return;
    const runs = this.#runs.splice(0);
    const costs = [...this.#costs.values()];
    this.#costs.clear();
    if (runs.length > 0)
      await this.db.query(
        `INSERT INTO detection_run (rule_id, kind, state, started_at, window_from, window_to, duration_ms, rows, alerts, hidden, rows_read, engine_ms, error_code, note)
         SELECT r.rule_id, r.kind, r.state, r.started_at, r.window_from, r.window_to, r.duration_ms, r.rows, r.alerts, r.hidden, r.rows_read, r.engine_ms, r.error_code, r.note
         FROM jsonb_to_recordset($1::text::jsonb) AS r(rule_id text, kind text, state text, started_at timestamptz, window_from timestamptz,
           window_to timestamptz, duration_ms real, rows bigint, alerts integer, hidden integer, rows_read bigint, engine_ms real, error_code text, note text)`,
        [
          JSON.stringify(
            runs.map((run) => ({
              rule_id: run.ruleId,
              kind: run.kind,
              state: run.state,
              started_at: run.startedAt,
              window_from: run.windowFrom,
              window_to: run.windowTo,
              duration_ms: run.durationMs,
              rows: run.rows,
              alerts: run.alerts,
              hidden: run.hidden,
              rows_read: run.rowsRead,
              engine_ms: run.engineMs,
              error_code: run.errorCode,
              note: bare(run.note),
            })),
          ),
        ],
      );
    if (costs.length > 0)
      await this.db.query(
        `INSERT INTO detection_cost (rule_id, hour, runs, rows, alerts, hidden, rows_read, engine_ms, failures)
         SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS c(rule_id text, hour timestamptz, runs integer, rows bigint, alerts integer,
           hidden integer, rows_read bigint, engine_ms double precision, failures integer)
         ON CONFLICT (rule_id, hour) DO UPDATE SET runs = detection_cost.runs + excluded.runs, rows = detection_cost.rows + excluded.rows,
           alerts = detection_cost.alerts + excluded.alerts, hidden = detection_cost.hidden + excluded.hidden,
           rows_read = detection_cost.rows_read + excluded.rows_read, engine_ms = detection_cost.engine_ms + excluded.engine_ms,
           failures = detection_cost.failures + excluded.failures`,
        [
          JSON.stringify(
            costs.map(({ ruleId, hour, totals }) => ({
              rule_id: ruleId,
              hour,
              runs: totals.runs,
              rows: totals.rows,
              alerts: totals.alerts,
              hidden: totals.hidden,
              rows_read: totals.rowsRead,
              engine_ms: totals.engineMs,
              failures: totals.failures,
            })),
          ),
        ],
      );
  }

  /** Runs of a rule, newest first. */
  async runs(ruleId: string, page: number, pageSize: number): Promise<{ items: RunRecord[]; total: number }> {
    if (!this.db) {
      const own = this.#recent.filter((run) => run.ruleId === ruleId).reverse();
      return { items: own.slice((page - 1) * pageSize, page * pageSize), total: own.length };
    }
    await this.flush();
    const [count] = await this.db.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM detection_run WHERE rule_id = $1',
      [ruleId],
    );
    const rows = await this.db.query<RunRow>(
      'SELECT * FROM detection_run WHERE rule_id = $1 ORDER BY id DESC LIMIT $2 OFFSET $3',
      [ruleId, pageSize, (page - 1) * pageSize],
    );
    return { items: rows.map(runOf), total: count?.n ?? 0 };
  }

  /** Costs by hour of one rule since a time, oldest first. */
  async costs(ruleId: string, since: Date): Promise<CostHour[]> {
    if (!this.db) return [];
    await this.flush();
    const rows = await this.db.query<CostRow>(
      'SELECT * FROM detection_cost WHERE rule_id = $1 AND hour >= $2::timestamptz ORDER BY hour',
      [ruleId, since.toISOString()],
    );
    return rows.map((row) => ({ hour: new Date(row.hour).toISOString(), ...totalsOf(row) }));
  }

  /** What each rule has cost since a time. */
  async totals(since: Date): Promise<ReadonlyMap<string, CostTotals>> {
    if (!this.db) {
      const all = new Map<string, CostTotals>();
      for (const { ruleId, totals } of this.#costs.values()) all.set(ruleId, sum(all.get(ruleId) ?? EMPTY, totals));
      return all;
    }
    await this.flush();
    const rows = await this.db.query<CostRow>(
      `SELECT rule_id, sum(runs) AS runs, sum(rows) AS rows, sum(alerts) AS alerts, sum(hidden) AS hidden, sum(rows_read) AS rows_read,
         sum(engine_ms) AS engine_ms, sum(failures) AS failures FROM detection_cost WHERE hour >= $1::timestamptz GROUP BY rule_id`,
      [since.toISOString()],
    );
    return new Map(rows.map((row) => [row.rule_id, totalsOf(row)]));
  }

  async notify(notice: Omit<Notice, 'id' | 'at'>): Promise<void> {
    if (!this.db) return;
    // One open notice of a kind a rule: a rule that fails every minute must not write a line every minute.
    await this.db.query(
      `INSERT INTO detection_notice (at, rule_id, kind, text, owner)
       SELECT $1::timestamptz, $2, $3, $4, $5 WHERE NOT EXISTS (
         SELECT 1 FROM detection_notice WHERE rule_id = $2 AND kind = $3 AND dismissed_at IS NULL)`,
      [this.now().toISOString(), notice.ruleId, notice.kind, bare(notice.text), notice.owner],
    );
  }

  async notices(): Promise<Notice[]> {
    if (!this.db) return [];
    const rows = await this.db.query<{
      id: string;
      at: Date;
      rule_id: string;
      kind: string;
      text: string;
      owner: string;
    }>(
      'SELECT id::text AS id, at, rule_id, kind, text, owner FROM detection_notice WHERE dismissed_at IS NULL ORDER BY detection_notice.id DESC LIMIT 100',
    );
    return rows.map((row) => ({
      id: row.id,
      at: new Date(row.at).toISOString(),
      ruleId: row.rule_id,
      kind: row.kind as Notice['kind'],
      text: row.text,
      owner: row.owner,
    }));
  }

  /** @returns whether there was such an open notice */
  async dismiss(id: string, by: string): Promise<boolean> {
    if (!this.db || !/^\d{1,18}$/.test(id)) return false;
    const rows = await this.db.query(
      'UPDATE detection_notice SET dismissed_at = $2::timestamptz, dismissed_by = $3 WHERE id = $1::bigint AND dismissed_at IS NULL RETURNING id',
      [id, this.now().toISOString(), by],
    );
    return rows.length > 0;
  }

  /** What a rule was is no longer true after a person switched it. */
  async settleNotices(ruleId: string, by: string): Promise<void> {
    await this.db?.query(
      'UPDATE detection_notice SET dismissed_at = $2::timestamptz, dismissed_by = $3 WHERE rule_id = $1 AND dismissed_at IS NULL',
      [ruleId, this.now().toISOString(), by],
    );
  }

  async prune(before: Date): Promise<void> {
    if (!this.db) return;
    await this.db.query('DELETE FROM detection_run WHERE started_at < $1::timestamptz', [before.toISOString()]);
    await this.db.query(
      `DELETE FROM detection_run r USING (
         SELECT id, row_number() OVER (PARTITION BY rule_id ORDER BY id DESC) AS n FROM detection_run) k
       WHERE r.id = k.id AND k.n > ${KEEP_RUNS_PER_RULE}`,
    );
    await this.db.query('DELETE FROM detection_cost WHERE hour < $1::timestamptz', [before.toISOString()]);
    await this.db.query('DELETE FROM detection_hidden WHERE at < $1::timestamptz', [before.toISOString()]);
  }

  async close(): Promise<void> {
    await this.flush().catch(() => undefined);
  }
}

interface RunRow {
  readonly rule_id: string;
  readonly kind: RunKind;
  readonly state: RunOutcome;
  readonly started_at: Date;
  readonly window_from: Date | null;
  readonly window_to: Date | null;
  readonly duration_ms: number;
  readonly rows: number | string;
  readonly alerts: number;
  readonly hidden: number;
  readonly rows_read: number | string;
  readonly engine_ms: number;
  readonly error_code: string | null;
  readonly note: string;
}

const iso = (value: Date | null): string | null => (value === null ? null : new Date(value).toISOString());

const runOf = (row: RunRow): RunRecord => ({
  ruleId: row.rule_id,
  kind: row.kind,
  state: row.state,
  startedAt: iso(row.started_at) ?? '',
  windowFrom: iso(row.window_from),
  windowTo: iso(row.window_to),
  durationMs: Math.round(row.duration_ms),
  rows: Number(row.rows),
  alerts: row.alerts,
  hidden: row.hidden,
  rowsRead: Number(row.rows_read),
  engineMs: Math.round(row.engine_ms * 10) / 10,
  errorCode: row.error_code,
  note: row.note,
});

interface CostRow {
  readonly rule_id: string;
  readonly hour: Date;
  readonly runs: number | string;
  readonly rows: number | string;
  readonly alerts: number | string;
  readonly hidden: number | string;
  readonly rows_read: number | string;
  readonly engine_ms: number | string;
  readonly failures: number | string;
}

const totalsOf = (row: CostRow): CostTotals => ({
  runs: Number(row.runs),
  rows: Number(row.rows),
  alerts: Number(row.alerts),
  hidden: Number(row.hidden),
  rowsRead: Number(row.rows_read),
  engineMs: Math.round(Number(row.engine_ms) * 10) / 10,
  failures: Number(row.failures),
});
