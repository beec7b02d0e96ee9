import type { TelemetryStore } from '@parapet/store';
import { type Delivery, deliver } from './deliver.ts';
import type { Registry, RunningRule } from './registry.ts';
import { RunTally, record, usable } from './run.ts';
import type { CommittedBatch } from './types.ts';

/** New data is waited for this long, so that one look sees a burst as a whole. */
const DEBOUNCE_MS = 2_000;
/** A rule rests this many times as long as its last run took: at most 5 % of the time is spent on it. */
const REST_FACTOR = 20;

/**
 * Scheduled rules run by ingestion time: when rows of their tables have arrived, over the stretch of event time these rows cover,
 * widened by the look-back on both sides. An archive of last year is therefore judged like a live stream, and an event
 * that arrives late is seen together with those it belongs to. Without new rows there is nothing to run for.
 */
export class ScheduledRunner {
  #announced: number;
  readonly #waiting = new Map<RunningRule, { timer: NodeJS.Timeout; due: number }>();
  readonly #restUntil = new Map<RunningRule, number>();
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

  catchUp(): void {
    for (const running of this.registry.active('arrival'))
      if (running.state.through < this.#announced) this.#plan(running, 0);
  }

  onBatch(batch: CommittedBatch): void {
    this.#announced = Math.max(this.#announced, batch.batch);
    for (const running of this.registry.active('arrival')) {
      if (!running.rule.tables.some((table) => (batch.tables[table] ?? 0) > 0)) continue;
      if (batch.batch <= running.state.through) running.state.through = batch.batch - 1;
      this.#plan(running, DEBOUNCE_MS);
    }
  }

  /** Run what is waiting now instead of when it is due. */
  async settle(): Promise<void> {
    for (const [running, { timer }] of this.#waiting) {
      clearTimeout(timer);
      this.#start(running);
    }
    await this.#tail;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
    await this.#tail;
  }

  #plan(running: RunningRule, delayMs: number): void {
    if (this.#closed || this.#waiting.has(running)) return;
    const rest = (this.#restUntil.get(running) ?? 0) - Date.now();
    const wait = Math.min(Math.max(delayMs, rest), Math.max(DEBOUNCE_MS, running.rule.frequencyMs));
    const timer = setTimeout(() => this.#start(running), wait);
    timer.unref();
    this.#waiting.set(running, { timer, due: Date.now() + wait });
  }

  #start(running: RunningRule): void {
    this.#waiting.delete(running);
    this.#tail = this.#tail.then(() => running.exclusive(() => this.#run(running)));
  }

  async #run(running: RunningRule): Promise<void> {
    if (this.#closed || !running.state.enabled || this.registry.rules.get(running.rule.id) !== running) return;
    const { rule, state, query } = running;
    const upTo = this.#announced;
    const tally = new RunTally(this.registry.now());
    let window: { from: number; to: number } | undefined;
    try {
      const span = await newRows(this.store, rule.tables, state.through + 1, upTo);
      if (span) {
        window = { from: span.from - rule.lookbackMs, to: span.to + rule.lookbackMs };
        const result = await query.run({ times: window });
        tally.read(result);
        if (result.truncated) tally.cutOff = await query.total({ times: window });
        tally.delivered(await deliver(this.delivery, running, usable(running, result.rows, tally)));
      }
      this.registry.succeeded(running, upTo, tally.elapsedMs);
      record(this.registry, running, tally, { kind: 'arrival', ...window, listed: tally.rows > 0 });
      this.registry.touch(running);
      await this.registry.flush();
    } catch (error) {
      const failure = await this.registry.failed(running, error);
      record(this.registry, running, tally, { kind: 'arrival', ...window, listed: true, error: failure });
      await this.registry.flush().catch(() => undefined);
      if (state.enabled) this.#restUntil.set(running, Date.now() + 10_000 * Math.max(1, state.failures));
      this.#plan(running, DEBOUNCE_MS);
      return;
    }
    const took = tally.elapsedMs;
    this.#restUntil.set(running, Date.now() + took * REST_FACTOR);
    if (state.through < this.#announced) this.#plan(running, DEBOUNCE_MS);
  }
}

/** Stretch of event time that the rows of some batches cover; undefined when there are none. */
export async function newRows(
  store: TelemetryStore,
  tables: readonly string[],
  from: number,
  to: number,
): Promise<{ from: number; to: number } | undefined> {
  if (from > to) return undefined;
  let span: { from: number; to: number } | undefined;
  for (const name of tables) {
    const table = store.schema.tables.find((candidate) => candidate.name === name);
    if (!table?.timeColumn) continue;
    const result = await store.query(
      `SELECT count(), toUnixTimestamp64Milli(min(\`${table.timeColumn}\`)), toUnixTimestamp64Milli(max(\`${table.timeColumn}\`))
       FROM ${table.physical} WHERE _Batch >= {from:UInt64} AND _Batch <= {to:UInt64}`,
      { params: { from: { type: 'UInt64', value: from }, to: { type: 'UInt64', value: to } }, lane: 'background' },
    );
    const [count, first, last] = result.rows[0] ?? [];
    if (!Number(count)) continue;
    span = {
      from: Math.min(span?.from ?? Number.POSITIVE_INFINITY, Number(first)),
      to: Math.max(span?.to ?? Number.NEGATIVE_INFINITY, Number(last)),
    };
  }
  return span;
}
