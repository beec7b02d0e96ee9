import type { TelemetryStore } from '@parapet/store';
import type { Threshold } from '../rules/types.ts';
import { type Delivery, deliver, NOTHING } from './deliver.ts';
import type { RunKind } from './records.ts';
import type { Registry, RunningRule } from './registry.ts';
import type { Window } from './rule-query.ts';
import { RunTally, record, usable } from './run.ts';
import { newRows } from './scheduled.ts';

/** Missed runs that are made up for one by one; older ones are looked at together. */
const MAX_GAPS = 100;
/** What was missed longer ago is not looked at again by itself. */
const OLDEST_GAP_MS = 30 * 86_400_000;
/** Longest time to sleep: the clock of a machine may be set. */
const LONGEST_SLEEP_MS = 30_000;
const RETRY_MS = 30_000;

export function meetsThreshold(threshold: Threshold | null, rows: number): boolean {
  if (!threshold) return rows > 0;
  switch (threshold.operator) {
    case 'greater':
      return rows > threshold.count;
    case 'fewer':
      return rows < threshold.count;
    case 'equal':
      return rows === threshold.count;
    case 'notEqual':
      return rows !== threshold.count;
  }
}

/**
 * Rules on the clock: runs are planned, one a frequency, and each has its own window. A run that was not made in time, because
 * nothing ran or the rule failed, is made later over the window it should have had and marked as a gap. Rows that arrive after
 * their window was looked at are found by the batch they came with and looked at with their surroundings.
 */
export class ClockRunner {
  #announced: number;
  #timer: NodeJS.Timeout | undefined;
  /** Runs go one after the other: they are the wide ones. */
  #tail: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(
    private readonly registry: Registry,
    private readonly delivery: Delivery,
    private readonly store: TelemetryStore,
    stored: number,
  ) {
    this.#announced = stored;
  }

  start(): void {
    this.#sleep();
  }

  onBatch(batch: number): void {
    this.#announced = Math.max(this.#announced, batch);
    // The rows of a batch whose commit was finished after a restart are new, whatever its number.
    for (const running of this.registry.active('clock'))
      if (batch <= running.state.through) running.state.through = batch - 1;
  }

  /** Make the runs that are due now. */
  async settle(): Promise<void> {
    this.#runDue();
    await this.#tail;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#tail;
  }

  /** When the rule runs next. */
  next(running: RunningRule): Date | null {
    if (!running.state.enabled || running.rule.trigger !== 'clock') return null;
    return new Date(this.#nextPlanned(running));
  }

  /** Run once now; the next planned run is a whole frequency later. */
  async runNow(running: RunningRule): Promise<RunTally> {
    const tally = await running.exclusive(() => this.#planned(running, this.registry.now().getTime(), 'manual'));
    await this.registry.flush();
    return tally;
  }

  #nextPlanned({ rule, state }: RunningRule): number {
    const now = this.registry.now().getTime();
    const start = rule.startAt ? Date.parse(rule.startAt) : 0;
    if (!state.plannedThrough) return Math.max(now, start);
    const last = Date.parse(state.plannedThrough);
    // A clock that was set back must not silence the rule until it has caught up.
    if (last > now + rule.frequencyMs) return now;
    return last + rule.frequencyMs;
  }

  #sleep(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const now = this.registry.now().getTime();
    let next = now + LONGEST_SLEEP_MS;
    for (const running of this.registry.active('clock'))
      next = Math.min(next, Math.max(this.#nextPlanned(running), running.restUntil));
    this.#timer = setTimeout(() => this.#runDue(), Math.max(250, next - now));
    this.#timer.unref();
  }

  #runDue(): void {
    this.#tail = this.#tail
      .then(async () => {
        for (const running of this.registry.active('clock')) {
          if (this.#closed) return;
          if (running.restUntil > Date.now()) continue;
          await running.exclusive(() => this.#catchUp(running));
        }
        await this.registry.flush();
      })
      .catch((error: unknown) => this.registry.log.error({ err: error }, 'rules on the clock could not be run'))
      .then(() => this.#sleep());
  }

  /** Every run that is due, oldest first. */
  async #catchUp(running: RunningRule): Promise<void> {
    const { rule, state } = running;
    // A new version may have taken its place while this waited for its turn.
    if (this.registry.rules.get(rule.id) !== running) return;
    const now = this.registry.now().getTime();
    let at = this.#nextPlanned(running);
    if (at > now) return;
    if (state.plannedThrough && at < now - OLDEST_GAP_MS) {
      state.plannedThrough = new Date(now - OLDEST_GAP_MS).toISOString();
      at = now - OLDEST_GAP_MS + rule.frequencyMs;
    }
    const missed = Math.floor((now - at) / rule.frequencyMs);
    if (missed >= MAX_GAPS) {
      // One wide look instead of hundreds: every row is seen, with the surroundings that the rule asks for.
      const together = missed - MAX_GAPS + 1;
      const last = at + together * rule.frequencyMs;
      const ok = await this.#attempt(running, last, 'gap', {
        widerMs: together * rule.frequencyMs,
        note: `${together + 1} missed runs in one.`,
      });
      if (!ok) return;
      at = last + rule.frequencyMs;
    }
    while (at <= now && !this.#closed && state.enabled) {
      const kind = now - at >= rule.frequencyMs ? 'gap' : 'planned';
      if (!(await this.#attempt(running, at, kind, {}))) return;
      at += rule.frequencyMs;
    }
  }

  async #attempt(running: RunningRule, at: number, kind: RunKind, more: PlanOptions): Promise<boolean> {
    try {
      await this.#planned(running, at, kind, more);
      await this.registry.flush();
      return true;
    } catch {
      // Already on record. The run stays due, and its window with it.
      running.restUntil = Date.now() + RETRY_MS;
      await this.registry.flush().catch(() => undefined);
      return false;
    }
  }

  async #planned(running: RunningRule, at: number, kind: RunKind, more: PlanOptions = {}): Promise<RunTally> {
    const { rule, state, query } = running;
    const tally = new RunTally(this.registry.now());
    const end = at - rule.delayMs;
    const from = end - rule.lookbackMs - (more.widerMs ?? 0);
    const upTo = this.#announced;
    const resume = state.suppressedUntil ? Date.parse(state.suppressedUntil) : 0;
    if (at < resume && kind !== 'manual') {
      this.#settled(running, at, upTo);
      record(this.registry, running, tally, {
        kind: 'suppressed',
        from,
        to: end,
        listed: true,
        note: `Not run: an alert suppressed the rule until ${state.suppressedUntil}.`,
      });
      return tally;
    }
    state.suppressedUntil = null;
    try {
      const isLast = kind !== 'gap';
      const window: Window =
        rule.windowBy === 'event'
          ? { times: { from, to: end - 1 } }
          : {
              batches: { from: 0, to: upTo },
              received: { from, to: end, newFrom: isLast ? state.through + 1 : Number.MAX_SAFE_INTEGER },
            };
      const result = await query.run(window, { now: new Date(at) });
      tally.read(result);
      if (result.truncated) tally.cutOff = await query.total(window, new Date(at));
      const count = Math.max(result.rows.length, tally.cutOff);
      const rows = usable(running, result.rows, tally);
      const delivered = meetsThreshold(rule.threshold, count) ? await deliver(this.delivery, running, rows) : NOTHING;
      tally.delivered(delivered);
      if (rule.windowBy === 'event' && isLast) await this.#late(running, from, upTo, tally);
      if (tally.alerts > 0 && rule.suppressForMs > 0)
        state.suppressedUntil = new Date(at + rule.suppressForMs).toISOString();
      const elapsed = tally.elapsedMs;
      this.registry.succeeded(running, isLast ? upTo : state.through, elapsed);
      this.#settled(running, at, isLast ? upTo : state.through);
      record(this.registry, running, tally, {
        kind,
        from,
        to: end,
        listed: rule.kind !== 'nearRealTime' || tally.rows > 0 || kind === 'gap',
        note: [more.note ?? '', kind === 'gap' ? `Made up for a run that was due ${new Date(at).toISOString()}.` : '']
          .filter(Boolean)
          .join(' '),
      });
      return tally;
    } catch (error) {
      const failure = await this.registry.failed(running, error);
      record(this.registry, running, tally, { kind, from, to: end, listed: true, error: failure });
      throw error;
    }
  }

  /** Rows that came since the last run and are older than its window: they are looked at together with what surrounds them. */
  async #late(running: RunningRule, windowFrom: number, upTo: number, tally: RunTally): Promise<void> {
    const { rule, state, query } = running;
    // The first run of a rule has seen nothing yet; what lies before its window is for a run over history.
    if (!state.plannedThrough || state.through >= upTo) return;
    const span = await newRows(this.store, rule.tables, state.through + 1, upTo);
    if (!span || span.from >= windowFrom) return;
    const times = { from: span.from - rule.lookbackMs, to: Math.min(span.to, windowFrom) + rule.lookbackMs };
    const result = await query.run({ times });
    const late = new RunTally(this.registry.now());
    late.read(result);
    if (meetsThreshold(rule.threshold, result.rows.length))
      late.delivered(await deliver(this.delivery, running, usable(running, result.rows, late)));
    tally.alerts += late.alerts;
    record(this.registry, running, late, {
      kind: 'late',
      ...times,
      listed: true,
      note: 'Rows arrived after their window had been looked at.',
    });
  }

  #settled(running: RunningRule, at: number, through: number): void {
    running.state.plannedThrough = new Date(at).toISOString();
    running.state.through = Math.max(running.state.through, through);
    this.registry.touch(running);
  }
}

interface PlanOptions {
  /** The window is this much longer. */
  readonly widerMs?: number;
  readonly note?: string;
}
