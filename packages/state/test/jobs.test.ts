import { ParapetError } from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createJobs, type Jobs, type StateDb } from '../src/index.ts';
import { openTestState } from '../src/testing.ts';

let db: StateDb;
let jobs: Jobs;
beforeAll(async () => {
  db = await openTestState();
  jobs = await createJobs(db);
});
afterAll(async () => {
  await jobs.close();
  await db.close();
});

async function finished(id: string) {
  for (;;) {
    const job = await jobs.get(id);
    if (job?.finishedAt) return job;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('jobs', () => {
  test('record success with a result', async () => {
    const job = await jobs.start('test', 'Add up', 'ana', async () => ({ sum: 3 }));
    expect(job).toMatchObject({ kind: 'test', title: 'Add up', state: 'running', progress: null, finishedAt: null });
    expect(await finished(job.id)).toMatchObject({ state: 'succeeded', progress: 1, result: { sum: 3 } });
  });

  test('record failure with its reason', async () => {
    const thrown = await jobs.start('test', 'Fail', 'ana', async () => {
      throw new ParapetError('disk_full', 507, 'The disk is full.', 'Free some space.');
    });
    expect(await finished(thrown.id)).toMatchObject({ state: 'failed', detail: 'The disk is full. Free some space.' });
  });

  test('show progress at once and write it at most twice a second', async () => {
    let writes = 0;
    const counting: StateDb = {
      query: (sql, params) => {
        if (sql.startsWith('update job set progress')) writes++;
        return db.query(sql, params);
      },
      transaction: (work) => db.transaction(work),
      migrate: (migrations) => db.migrate(migrations),
      close: async () => undefined,
    };
    const own = await createJobs(counting);
    let stop: () => void = () => undefined;
    const job = await own.start('test', 'Count', 'ana', async ({ progress }) => {
      await new Promise<void>((resolve) => {
        stop = resolve;
        let n = 0;
        const timer = setInterval(() => {
          progress(++n / 100, `${n} of 100`);
          if (n === 60) {
            clearInterval(timer);
            resolve();
          }
        }, 10);
      });
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const live = await own.get(job.id);
    expect(live?.progress).toBeGreaterThan(0);
    expect(live?.detail).toMatch(/^\d+ of 100$/);
    await new Promise((resolve) => setTimeout(resolve, 600));
    stop();
    await own.close();
    expect(writes).toBeGreaterThan(0);
    expect(writes).toBeLessThanOrEqual(3);
  });

  test('are cancelled by their signal', async () => {
    const job = await jobs.start(
      'test',
      'Wait',
      'ana',
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await jobs.cancel(job.id)).toBe(true);
    expect(await finished(job.id)).toMatchObject({ state: 'cancelled', detail: 'Cancelled.' });
    expect(await jobs.cancel(job.id)).toBe(false);
    expect(await jobs.cancel('unknown')).toBe(false);
  });

  test('are listed newest first', async () => {
    const [one, two] = [await jobs.start('l', '1', 'a', async () => 1), await jobs.start('l', '2', 'a', async () => 2)];
    await Promise.all([finished(one.id), finished(two.id)]);
    const [newest, ...others] = await jobs.list(3);
    expect([one.id, two.id]).toContain(newest?.id);
    expect(others).toHaveLength(2);
    expect(await jobs.get('unknown')).toBeUndefined();
  });

  test('that ran when the process ended are failed with that reason', async () => {
    await db.query(
      `insert into job (id, kind, title, state, created_by, created_at) values ('left', 'k', 't', 'running', 'a', now())`,
    );
    const next = await createJobs(db);
    expect(await next.get('left')).toMatchObject({ state: 'failed', detail: 'interrupted by a restart' });
    await next.close();
    await expect(next.start('k', 't', 'a', async () => 1)).rejects.toMatchObject({
      code: 'shutting_down',
      status: 503,
    });
  });
});
