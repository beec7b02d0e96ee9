import type { TelemetryStore } from '@parapet/store';
import { type Matchable, sifted, TableMatcher } from '../match/matcher.ts';
import { type Delivery, deliverRows } from './deliver.ts';
import type { Registry, RunningRule } from './registry.ts';
import { probe } from './rule-query.ts';
import { RunTally, record, usable } from './run.ts';
import type { CommittedBatch } from './types.ts';

/** Rules at work at the same time: the background lane has two connections. */
const CONCURRENCY = 3;
/** Fewer rules than this are run without asking first whether they find anything. */
const ASK_FROM = 4;
/** A rule on arriving rows that takes longer is stopped: the next batch is waiting. */
const LIMITS = { timeoutMs: 30_000 };
const RETRY_FIRST_MS = 2_000;
const RETRY_LAST_MS = 60_000;
/** How soon a rule that rests is looked after again. */
const REST_LOOK_MS = 1_000;

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
  /** What all rules of a table look for, by table; made again when the set of rules changes. */
  #matchers = new Map<string, Promise<TableMatcher>>();
  #matchersOf = -1;
  #settling = false;

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

  /** Wait for what is under way, and let rules that rest catch up. */
  async settle(): Promise<void> {
    while (this.#running) await this.#running;
    const waiting = this.registry
      .active('continuous')
      .some(({ state, restUntil }) => restUntil > Date.now() && state.through < this.#announced);
    if (!waiting || this.#closed) return;
    this.#settling = true;
    try {
      await this.#drain();
    } finally {
      this.#settling = false;
    }
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
    let resting = false;
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
      // What it does not look at now stays after its mark.
      if (running.restUntil > Date.now() && !this.#settling) {
        resting = true;
        return;
      }
      const ok = await running.exclusive(() =>
        this.#run(
          running,
          upTo,
          repeated.map(({ batch }) => batch),
          behind,
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
    this.#planRetry(failed, resting);
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
      const { state, rule, restUntil } = running;
      if (state.through !== before || state.attempt !== null || !touched.has(rule.eventTable)) continue;
      if (restUntil > Date.now()) continue;
      byTable.set(rule.eventTable, [...(byTable.get(rule.eventTable) ?? []), running]);
    }
    const batches = { from: before + 1, to: this.#announced };
    await eachLimited([...byTable], CONCURRENCY, async ([table, rules]) => {
      try {
        for (const [running, ms] of await this.#without(table, rules, batches)) silent.set(running, ms);
      } catch (error) {
        this.registry.log.info(
          { err: error, rules: rules.length },
          'rules could not be asked together; they are run one by one',
        );
      }
    });
    return silent;
  }

  /** Rules of a table without a row in some batches: one pass over all texts they look for, then the few that may have something. */
  async #without(
    table: string,
    rules: readonly RunningRule[],
    batches: { readonly from: number; readonly to: number },
  ): Promise<Map<RunningRule, number>> {
    const matcher = await this.#matcher(table);
    const { ids, stats } = await matcher.candidates(this.store, batches);
    const share = stats.engineMs / rules.length;
    const rowsShare = Math.round(stats.rowsRead / rules.length);
    const maybe = rules.filter(({ rule }) => ids.has(rule.id));
    let hits: ReadonlySet<string> = new Set(maybe.map(({ rule }) => rule.id));
    let asked = 0;
    let askedRows = 0;
    if (maybe.length >= ASK_FROM) {
      const probed = await probe(
        maybe.map(({ query }) => query),
        this.store,
        batches,
      );
      hits = new Set(probed.hits.keys());
      asked = probed.elapsedMs / maybe.length;
      askedRows = Math.round(probed.rowsRead / maybe.length);
    }
    const silent = new Map<RunningRule, number>();
    for (const running of rules) {
      const wasAsked = ids.has(running.rule.id);
      const engineMs = share + (wasAsked ? asked : 0);
      this.registry.records.cost(running.rule.id, {
        rowsRead: rowsShare + (wasAsked ? askedRows : 0),
        engineMs,
        runs: hits.has(running.rule.id) ? 0 : 1,
      });
      if (!hits.has(running.rule.id)) silent.set(running, engineMs);
    }
    return silent;
  }

  async #matcher(table: string): Promise<TableMatcher> {
    if (this.#matchersOf !== this.registry.version) {
      this.#matchers.clear();
      this.#matchersOf = this.registry.version;
    }
    let matcher = this.#matchers.get(table);
    if (!matcher) {
      const rules: Matchable[] = this.registry
        .active('continuous')
        .filter(({ rule }) => rule.eventTable === table)
        .map(({ rule }) => ({ id: rule.id, clauses: rule.clauses }));
      const physical = this.store.schema.tables.find(({ name }) => name === table)?.physical ?? '';
      matcher = sifted(this.store, rules).then((good) => new TableMatcher(table, physical, good));
      this.#matchers.set(table, matcher);
      matcher.catch(() => this.#matchers.delete(table));
    }
    return matcher;
  }

  async #run(running: RunningRule, upTo: number, repeated: readonly number[], behind: boolean): Promise<boolean> {
    const { state } = running;
    // A new version that took its place while this waited looks for itself.
    if (this.registry.rules.get(running.rule.id) !== running) return true;
    const tally = new RunTally(this.registry.now());
    const kind = behind ? 'catchUp' : 'arrival';
    try {
      for (const batch of repeated) if (batch <= state.through) await this.#range(running, batch, batch, tally);
      if (state.attempt) {
        const { from, to } = state.attempt;
        await this.#range(running, from, to, tally);
        state.through = Math.max(state.through, to);
        state.attempt = null;
      }
      if (state.through < upTo) await this.#range(running, state.through + 1, upTo, tally);
      this.registry.succeeded(running, upTo, tally.elapsedMs);
      record(this.registry, running, tally, { kind, listed: tally.rows > 0 });
      if (running.weigh(tally.engineMs)) await this.#tell(running, tally.engineMs);
      this.registry.touch(running);
      return true;
    } catch (error) {
      const failure = await this.registry.failed(running, error);
      record(this.registry, running, tally, { kind, listed: true, error: failure });
      // A rule that takes all the time it may have and then fails must not take it again at once.
      if (failure.code === 'queryTimeout' || failure.code === 'queryLimitsExceeded') running.weigh(tally.elapsedMs);
      return !state.enabled;
    }
  }

  async #tell(running: RunningRule, engineMs: number): Promise<void> {
    const text = `Each look at arriving rows takes about ${Math.round(engineMs)} ms of the engine, so the rule runs less often than rows arrive. Its alerts are late, none is lost; a more selective first condition makes it cheaper.`;
    await this.registry.records
      .notify({ ruleId: running.rule.id, kind: 'throttled', text, owner: running.owner })
      .catch(() => undefined);
  }

  async #range(running: RunningRule, from: number, to: number, tally: RunTally): Promise<void> {
    const { state, query } = running;
    const result = await query.run({ batches: { from, to } }, { limits: LIMITS, threads: 1 });
    if (result.truncated && to > from) {
      tally.engineMs += result.elapsedMs;
      const middle = Math.floor((from + to) / 2);
      await this.#range(running, from, middle, tally);
      return this.#range(running, middle + 1, to, tally);
    }
    tally.read(result);
    if (result.truncated) tally.cutOff += await query.total({ batches: { from, to } });
    const delivered = await deliverRows(this.delivery, running, usable(running, result.rows, tally), {
      before: async () => {
        // Written first: if the process dies after delivery, the same rows are grouped the same way again.
        state.attempt = { from, to };
        await this.registry.state.save([state]);
      },
    });
    tally.delivered(delivered);
  }

  #planRetry(failed: boolean, resting: boolean): void {
    clearTimeout(this.#retry);
    if (!failed) this.#retryMs = RETRY_FIRST_MS;
    if (this.#closed || (!failed && !resting)) return;
    this.#retry = setTimeout(() => void this.#drain(), failed ? this.#retryMs : REST_LOOK_MS);
    this.#retry.unref();
    if (failed) this.#retryMs = Math.min(RETRY_LAST_MS, this.#retryMs * 2);
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
