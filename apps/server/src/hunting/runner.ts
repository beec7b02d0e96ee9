/** The one way a person or a program runs a query: limits, queue, cancelling, history. */
import { ParapetError, type QueryInterface } from '@parapet/schema';
import type { Hunting, HuntOptions, HuntRows } from '@parapet/store';
import type { Owner, QueryStore } from './store.ts';
import type { RecordedRun } from './usage.ts';

/** Reference limits (spec B 2.10). */
export interface RunnerLimits {
  /** Queries of one person that run at a time. */
  readonly running: number;
  /** Further queries of one person that wait for their turn. */
  readonly waiting: number;
  /** Calls of one person or key through the API in any minute. */
  readonly callsPerMinute: number;
  /** What one query may take. */
  readonly portalTimeoutMs: number;
  readonly apiTimeoutMs: number;
  /** Most rows of an answer. */
  readonly portalRows: number;
  readonly apiRows: number;
}

export const RUNNER_LIMITS: RunnerLimits = {
  running: 5,
  waiting: 20,
  callsPerMinute: 45,
  portalTimeoutMs: 10 * 60_000,
  apiTimeoutMs: 3 * 60_000,
  portalRows: 30_000,
  apiRows: 100_000,
};

export interface RunRequest extends Omit<HuntOptions, 'signal' | 'lane'> {
  readonly query: string;
  /** Names the run for `state` and `cancel`; unique among the runs of its owner. */
  readonly runId: string;
  /** Where it was asked; default `api`. */
  readonly via?: QueryInterface;
  /** Aborts the run: the caller went away. */
  readonly signal?: AbortSignal;
}

/** Where a run is: `place` counts from 1 among the owner's waiting queries. */
export type RunState = { readonly state: 'running' } | { readonly state: 'queued'; readonly place: number };

interface Run {
  readonly id: string;
  readonly controller: AbortController;
  /** Lets it begin; undefined once it runs. */
  begin: (() => void) | undefined;
}

export interface Runner {
  readonly limits: RunnerLimits;
  /** @throws ParapetError `run_exists`, `too_many_queries`, and what `Hunting.run` throws */
  run(owner: Owner, request: RunRequest): Promise<HuntRows>;
  state(owner: Owner, runId: string): RunState | undefined;
  /** False when there is no such run. */
  cancel(owner: Owner, runId: string): boolean;
  /** @throws ParapetError `too_many_calls` with `details.retryAfterSeconds` */
  countCall(owner: Owner): void;
}

export interface CreateRunnerOptions {
  readonly hunting: Hunting;
  readonly queries: Pick<QueryStore, 'recordRun'>;
  /** Makes runs huntable. */
  readonly logRun?: (owner: Owner, run: RecordedRun) => void;
  readonly log: { warn(fields: object, message: string): void };
  readonly limits?: Partial<RunnerLimits>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

const MINUTE = 60_000;
const cancelled = (): ParapetError => new ParapetError('query_cancelled', 499, 'The query was cancelled.');

export function createRunner({
  hunting,
  queries,
  logRun,
  log,
  limits: given,
  now = Date.now,
}: CreateRunnerOptions): Runner {
  const limits: RunnerLimits = { ...RUNNER_LIMITS, ...given };
  /** Runs of each owner in order of arrival; the first `limits.running` of them run. */
  const runs = new Map<string, Run[]>();
  const calls = new Map<string, number[]>();

  const admit = (ownerId: string): void => {
    const own = runs.get(ownerId) ?? [];
    const running = own.filter((run) => !run.begin).length;
    for (const run of own.filter((each) => each.begin).slice(0, Math.max(0, limits.running - running))) {
      run.begin?.();
      run.begin = undefined;
    }
  };

  const enter = (ownerId: string, runId: string): { run: Run; turn: Promise<void> } => {
    const own = runs.get(ownerId) ?? [];
    if (own.some((run) => run.id === runId))
      throw new ParapetError(
        'run_exists',
        409,
        'A query with this run id is already running.',
        'Use a new run id for each run.',
      );
    if (own.length >= limits.running + limits.waiting)
      throw new ParapetError(
        'too_many_queries',
        429,
        `You have ${limits.running} queries running and ${limits.waiting} waiting, which is the most there may be.`,
        'Wait for some to end, or cancel some.',
        { limit: limits.running + limits.waiting, retryAfterSeconds: 5 },
      );
    let begin: () => void = () => undefined;
    const turn = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const run: Run = { id: runId, controller: new AbortController(), begin };
    runs.set(ownerId, [...own, run]);
    admit(ownerId);
    return { run, turn };
  };

  const leave = (ownerId: string, run: Run): void => {
    const left = (runs.get(ownerId) ?? []).filter((other) => other !== run);
    if (left.length > 0) runs.set(ownerId, left);
    else runs.delete(ownerId);
    admit(ownerId);
  };

  const record = (
    owner: Owner,
    { query, via = 'api', timeRange }: Pick<RunRequest, 'query' | 'via' | 'timeRange'>,
    startedAt: number,
    rows: HuntRows | undefined,
    error: unknown,
  ): void => {
    const known = error instanceof ParapetError;
    const state =
      error === undefined ? 'completed' : known && error.code === 'query_cancelled' ? 'cancelled' : 'failed';
    const run: RecordedRun = {
      query,
      startedAt: new Date(startedAt).toISOString(),
      elapsedMs: now() - startedAt,
      rows: rows?.rows.length ?? 0,
      state,
      error: error === undefined ? null : known ? error.message : 'internal error',
      via,
      rowsRead: rows?.stats?.rowsRead ?? 0,
      bytesRead: rows?.stats?.bytesRead ?? 0,
      timeRange: timeRange ?? null,
    };
    logRun?.(owner, run);
    queries
      .recordRun(owner, run)
      .catch((failure: unknown) => log.warn({ err: failure }, 'A hunting run could not be recorded'));
  };

  return {
    limits,

    async run(owner, { query, runId, signal, via, ...hunt }) {
      const startedAt = now();
      const asked = {
        query,
        ...(via ? { via } : {}),
        ...(hunt.timeRange ? { timeRange: hunt.timeRange } : {}),
      };
      const { run, turn } = enter(owner.id, runId);
      const stop = run.controller.signal;
      const abort = (): void => run.controller.abort();
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted) abort();
      try {
        await new Promise<void>((resolve, reject) => {
          const leaveQueue = (): void => reject(cancelled());
          if (stop.aborted) leaveQueue();
          else stop.addEventListener('abort', leaveQueue, { once: true });
          void turn.then(resolve);
        });
        const rows = await hunting.run(query, { ...hunt, signal: stop });
        record(owner, asked, startedAt, rows, undefined);
        return rows;
      } catch (error) {
        record(owner, asked, startedAt, undefined, error);
        throw error;
      } finally {
        signal?.removeEventListener('abort', abort);
        leave(owner.id, run);
      }
    },

    state(owner, runId) {
      const own = runs.get(owner.id) ?? [];
      const run = own.find((each) => each.id === runId);
      if (!run) return undefined;
      return run.begin
        ? { state: 'queued', place: own.filter((each) => each.begin).indexOf(run) + 1 }
        : { state: 'running' };
    },

    cancel(owner, runId) {
      const run = runs.get(owner.id)?.find((each) => each.id === runId);
      run?.controller.abort();
      return run !== undefined;
    },

    countCall(owner) {
      const at = now();
      const recent = (calls.get(owner.id) ?? []).filter((time) => at - time < MINUTE);
      if (recent.length >= limits.callsPerMinute) {
        const retryAfterSeconds = Math.max(1, Math.ceil(((recent[0] as number) + MINUTE - at) / 1000));
        throw new ParapetError(
          'too_many_calls',
          429,
          `The limit of ${limits.callsPerMinute} API calls a minute is reached.`,
          `Wait ${retryAfterSeconds} s, then try again.`,
          { limit: limits.callsPerMinute, retryAfterSeconds },
        );
      }
      recent.push(at);
      calls.delete(owner.id);
      calls.set(owner.id, recent);
      // Callers that have been quiet for a minute are forgotten.
      for (const [id, times] of calls) {
        if (at - (times.at(-1) ?? 0) < MINUTE) break;
        calls.delete(id);
      }
    },
  };
}
