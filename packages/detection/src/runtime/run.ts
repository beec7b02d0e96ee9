import type { Delivered } from './deliver.ts';
import type { RunKind, RunOutcome } from './records.ts';
import type { Registry, RunningRule } from './registry.ts';
import type { Row } from './rule-query.ts';

/** Figures of a run while it is under way. */
export class RunTally {
  rows = 0;
  alerts = 0;
  hidden = 0;
  repeated = 0;
  rowsRead = 0;
  engineMs = 0;
  /** Rows that name no event. */
  broken = 0;
  /** True rows of a window whose rows were cut off; 0 when none were. */
  cutOff = 0;
  readonly started = performance.now();
  readonly startedAt: string;

  constructor(now: Date) {
    this.startedAt = now.toISOString();
  }

  read(result: { readonly rows: readonly unknown[]; readonly rowsRead: number; readonly elapsedMs: number }): void {
    this.rows += result.rows.length;
    this.rowsRead += result.rowsRead;
    this.engineMs += result.elapsedMs;
  }

  delivered(result: Delivered): void {
    this.alerts += result.created;
    this.repeated += result.repeated;
    this.hidden += result.hidden;
  }

  get elapsedMs(): number {
    return performance.now() - this.started;
  }
}

/** Rows that say when their event was; the others cannot become alerts (spec B 4.7, alertReportNotFound). */
export function usable(running: RunningRule, rows: readonly Row[], tally: RunTally): readonly Row[] {
  const time = running.rule.timeColumn;
  const good = rows.filter((row) => typeof row[time] === 'string' && row[time] !== '');
  tally.broken += rows.length - good.length;
  return good;
}

/** Put a run into the record: its figures always, a line of the history when it is worth one. */
export function record(
  registry: Registry,
  running: RunningRule,
  tally: RunTally,
  about: {
    readonly kind: RunKind;
    readonly from?: number;
    readonly to?: number;
    readonly listed: boolean;
    readonly error?: { readonly code: string; readonly message: string };
    readonly note?: string;
  },
): void {
  const notes = [about.error?.message ?? '', about.note ?? ''];
  if (tally.broken > 0)
    notes.push(
      `${tally.broken} rows name no event: their ${running.rule.timeColumn} is empty, usually because of an aggregation.`,
    );
  if (tally.cutOff > 0)
    notes.push(
      `${tally.cutOff.toLocaleString('en')} rows were found and ${tally.rows.toLocaleString('en')} looked at; make the query more selective.`,
    );
  const outcome: RunOutcome = about.error
    ? 'failed'
    : tally.broken > 0 || tally.cutOff > 0
      ? 'partiallyFailed'
      : 'completed';
  const code =
    about.error?.code ??
    (tally.broken > 0 ? 'alertReportNotFound' : tally.cutOff > 0 ? 'queryExceededResultSize' : null);
  const iso = (ms: number | undefined): string | null =>
    ms === undefined || !Number.isFinite(ms) || Math.abs(ms) > 8.64e15 ? null : new Date(ms).toISOString();
  running.state.lastRows = tally.rows;
  if (tally.cutOff > 0) running.state.warning = { at: registry.now().toISOString(), text: notes.at(-1) ?? '' };
  registry.records.add(
    {
      ruleId: running.rule.id,
      kind: about.kind,
      state: outcome,
      startedAt: tally.startedAt,
      windowFrom: iso(about.from),
      windowTo: iso(about.to),
      durationMs: tally.elapsedMs,
      rows: tally.rows,
      alerts: tally.alerts,
      hidden: tally.hidden,
      rowsRead: tally.rowsRead,
      engineMs: tally.engineMs,
      errorCode: code,
      note: notes.filter(Boolean).join(' '),
    },
    about.listed || outcome !== 'completed',
  );
}
