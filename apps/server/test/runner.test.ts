import { ParapetError } from '@parapet/schema';
import type { Hunting, HuntOptions, HuntRows } from '@parapet/store';
import { beforeEach, describe, expect, it } from 'vitest';
import { createRunner, type Runner } from '../src/hunting/runner.ts';

const ada = { id: 'u1', displayName: 'Ada' };
const ben = { id: 'u2', displayName: 'Ben' };

/** Queries that end when told to, or when aborted. */
let open: Map<string, (rows: unknown[][]) => void>;
let history: { query: string; state: string }[];
let time: number;
let runner: Runner;

const hunting = {
  run: (text: string, { signal }: HuntOptions) =>
    new Promise<HuntRows>((resolve, reject) => {
      open.set(text, (rows) => resolve({ rows } as unknown as HuntRows));
      signal?.addEventListener('abort', () =>
        reject(new ParapetError('query_cancelled', 499, 'The query was cancelled.')),
      );
    }),
} as unknown as Hunting;

beforeEach(() => {
  open = new Map();
  history = [];
  time = 0;
  runner = createRunner({
    hunting,
    queries: { recordRun: async (_, { query, state }) => void history.push({ query, state }) },
    log: { warn: () => undefined },
    limits: { running: 2, waiting: 2, callsPerMinute: 3 },
    now: () => time,
  });
});

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof ParapetError ? error.code : String(error)),
  );
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('the queue of one person', () => {
  it('runs a few, lets the next wait with a place, and turns away what is too much', async () => {
    const runs = ['a', 'b', 'c', 'd'].map((id) => runner.run(ada, { query: id, runId: id }));
    await settle();
    expect([...open.keys()]).toEqual(['a', 'b']);
    expect(runner.state(ada, 'a')).toEqual({ state: 'running' });
    expect(runner.state(ada, 'c')).toEqual({ state: 'queued', place: 1 });
    expect(runner.state(ada, 'd')).toEqual({ state: 'queued', place: 2 });
    expect(await codeOf(runner.run(ada, { query: 'e', runId: 'e' }))).toBe('too_many_queries');
    expect(await codeOf(runner.run(ada, { query: 'a', runId: 'a' }))).toBe('run_exists');
    // Nobody else waits for Ada, and nobody else's run can be seen or stopped.
    const other = runner.run(ben, { query: 'x', runId: 'a' });
    await settle();
    expect(open.has('x')).toBe(true);
    expect(runner.cancel(ben, 'b')).toBe(false);

    open.get('b')?.([[1]]);
    await runs[1];
    await settle();
    expect(open.has('c')).toBe(true);
    expect(runner.state(ada, 'd')).toEqual({ state: 'queued', place: 1 });
    for (const id of ['a', 'c', 'x']) open.get(id)?.([]);
    await settle();
    open.get('d')?.([]);
    await Promise.all([...runs, other]);
    expect(runner.state(ada, 'd')).toBeUndefined();
  });

  it('lets go of a waiting query that is cancelled or whose caller went away, without running it', async () => {
    const first = ['a', 'b'].map((id) => runner.run(ada, { query: id, runId: id }));
    const gone = new AbortController();
    const waiting = [
      runner.run(ada, { query: 'c', runId: 'c' }),
      runner.run(ada, { query: 'd', runId: 'd', signal: gone.signal }),
    ].map(codeOf);
    await settle();
    expect(runner.cancel(ada, 'c')).toBe(true);
    gone.abort();
    expect(await Promise.all(waiting)).toEqual(['query_cancelled', 'query_cancelled']);
    expect(runner.cancel(ada, 'a')).toBe(true);
    open.get('b')?.([]);
    expect(await Promise.all(first.map(codeOf))).toEqual(['query_cancelled', 'no error']);
    expect([...open.keys()]).toEqual(['a', 'b']);
    expect(history).toContainEqual({ query: 'c', state: 'cancelled' });
    expect(history).toContainEqual({ query: 'b', state: 'completed' });
  });
});

describe('calls a minute', () => {
  it('are counted for each caller, and the refusal names limit and wait', () => {
    for (let i = 0; i < 3; i += 1) {
      runner.countCall(ada);
      time += 10_000;
    }
    expect(() => runner.countCall(ada)).toThrow(/limit of 3 API calls a minute/);
    try {
      runner.countCall(ada);
    } catch (error) {
      expect(error).toMatchObject({
        status: 429,
        code: 'too_many_calls',
        details: { limit: 3, retryAfterSeconds: 30 },
      });
    }
    runner.countCall(ben);
    time += 30_000;
    expect(() => runner.countCall(ada)).not.toThrow();
    expect(() => runner.countCall(ada)).toThrow();
  });
});
