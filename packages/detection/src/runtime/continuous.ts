import type { TelemetryStore } from '@parapet/store';
import { type Delivery, deliverRows } from './deliver.ts';
import type { Registry, RunningRule } from './registry.ts';
import { probe } from './rule-query.ts';
import type { CommittedBatch } from './types.ts';

/** Rules at work at the same time: the background lane has two connections. */
const CONCURRENCY = 3;
const RETRY_FIRST_MS = 2_000;
const RETRY_LAST_MS = 60_000;

/**
 * Continuous rules. Each rule has a mark, the last batch it has seen; a run covers everything after it. So a failed run, a
 * crash between commit and detection and several batches at once all come to the same: the next run starts at the mark.
 */
export class ContinuousRunner {
  /** Highest batch announced. */
  #announced: number;
  /** Batches whose tables are known, not yet run. */
  #pending: CommittedBatch[] = [];
  #running: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = RETRY_FIRST_MS;
  #closed = false;

  constructor(
    private readonly registry: Registry,
    private readonly delivery: Delivery,
    private readonly store: TelemetryStore,
    /** Highest batch in the store at the start. */
    stored: number,
  ) {
    this.#announced = stored;
  }

  /** See rows that were stored while nobody looked. */
  catchUp(): Promise<void> {
    return this.#drain();
  }

  onBatch(batch: CommittedBatch): Promise<void> {
    this.#pending.push(batch);
    return this.#drain();
  }

  /** Wait for what is under way. */
  async settle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.settle();
  }

  /** A call during a run waits for a further run, which takes everything that has come in meanwhile. */
  async #drain(): Promise<void> {
    while (this.#running) await this.#running;
    if (this.#closed) return;
    this.#running = this.#round().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  async #round(): Promise<void> {
    const batches = this.#pending;
    this.#pending = [];
    const before = this.#announced;
    // A number at or below the mark comes from a commit that was finished after a restart: its rows are new all the same.
    const again = batches.filter(({ batch }) => batch <= before);
    this.#announced = Math.max(before, ...batches.map(({ batch }) => batch));
    const touched = new Set(
      batches.flatMap(({ tables }) =>
        Object.entries(tables)
          .filter(([, rows]) => rows > 0)
          .map(([table]) => table),
      ),
    );
    let failed = false;
    const silent = await this.#silent(touched, before, again.length > 0);
    await eachLimited(this.registry.active('continuous'), CONCURRENCY, async (running) => {
      if (this.#closed) return;
      const upTo = this.#announced;
      const behind = running.state.through < before || running.state.attempt !== null;
      const concerned = running.rule.tables.some((table) => touched.has(table)) && !silent.has(running);
      const repeated = again.filter(({ tables }) => running.rule.tables.some((table) => (tables[table] ?? 0) > 0));
      if (!behind && !concerned) {
        if (silent.has(running)) this.registry.succeeded(running, upTo, silent.get(running) ?? 0);
        if (running.state.through !== upTo || silent.has(running)) {
          running.state.through = upTo;
          this.registry.touch(running);
        }
        return;
      }
      const ok = await running.exclusive(() =>
        this.#run(
          running,
          upTo,
          repeated.map(({ batch }) => batch),
        ),
      );
      failed ||= !ok;
    });
    try {
      await this.registry.flush();
    } catch (error) {
      this.registry.log.error(
        { err: error },
        'the marks of the detection rules could not be stored; rows may be looked at again after a restart',
      );
    }
    this.#planRetry(failed);
  }

  /**
   * Rules that have nothing in the new batches, with their share of the time it took to find out. Only rules that are up to date
   * are asked about; one that fails here is run by itself and fails there.
   */
  async #silent(touched: ReadonlySet<string>, before: number, repeats: boolean): Promise<Map<RunningRule, number>> {
    const silent = new Map<RunningRule, number>();
    if (repeats || this.#announced <= before) return silent;
    const byTable = new Map<string, RunningRule[]>();
    for (const running of this.registry.active('continuous')) {
      if (running.state.through !== before || running.state.attempt !== null || !touched.has(running.rule.eventTable))
        continue;
      byTable.set(running.rule.eventTable, [...(byTable.get(running.rule.eventTable) ?? []), running]);
    }
    await eachLimited([...byTable.values()], CONCURRENCY, async (rules) => {
      const started = performance.now();
      try {
        const window = { batches: { from: before + 1, to: this.#announced } };
        const hits = await probe(
          rules.map(({ query }) => query),
          this.store,
          window,
        );
        const share = (performance.now() - started) / rules.length;
        for (const running of rules) if (!hits.has(running.rule.id)) silent.set(running, share);
      } catch (error) {
        this.registry.log.info(
          { err: error, rules: rules.length },
          'rules could not be asked together; they are run one by one',
        );
      }
    });
    return silent;
  }

  async #run(running: RunningRule, upTo: number, repeated: readonly number[]): Promise<boolean> {
    const started = performance.now();
    const { state } = running;
    try {
      for (const batch of repeated) if (batch <= state.through) await this.#range(running, batch, batch);
      if (state.attempt) {
        const { from, to } = state.attempt;
        await this.#range(running, from, to);
        state.through = Math.max(state.through, to);
        state.attempt = null;
      }
      if (state.through < upTo) await this.#range(running, state.through + 1, upTo);
      this.registry.succeeded(running, upTo, performance.now() - started);
      this.registry.touch(running);
      return true;
    } catch (error) {
      await this.registry.failed(running, error);
      return !state.enabled;
    }
  }

  async #range(running: RunningRule, from: number, to: number): Promise<void> {
    const { rule, state, query } = running;
    const { rows, truncated } = await query.run({ batches: { from, to } });
    if (truncated && to > from) {
      const middle = Math.floor((from + to) / 2);
      await this.#range(running, from, middle);
      return this.#range(running, middle + 1, to);
    }
    if (truncated)
      this.registry.log.warn(
        { ruleId: rule.id, batch: from },
        `rule "${rule.title}" found more rows in one batch than it can alert on`,
      );
    await deliverRows(this.delivery, rule, rows, async () => {
      // Written first: if the process dies after delivery, the same rows are grouped the same way again.
      state.attempt = { from, to };
      await this.registry.state.save([state]);
    });
  }

  #planRetry(failed: boolean): void {
    clearTimeout(this.#retry);
    if (!failed) {
      this.#retryMs = RETRY_FIRST_MS;
      return;
    }
    if (this.#closed) return;
    this.#retry = setTimeout(() => void this.#drain(), this.#retryMs);
    this.#retry.unref();
    this.#retryMs = Math.min(RETRY_LAST_MS, this.#retryMs * 2);
  }
}

/** Run `work` over items, so many at a time. */
export async function eachLimited<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
}
