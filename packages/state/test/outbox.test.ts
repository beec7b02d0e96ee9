import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { appendOutbox, createOutboxRelay, outboxMigrations, type StateDb } from '../src/index.ts';
import { openTestState } from '../src/testing.ts';

let db: StateDb;
beforeAll(async () => {
  db = await openTestState(outboxMigrations);
});
afterAll(() => db.close());
beforeEach(() => db.query('truncate outbox'));

const append = (topic: string, ...numbers: number[]) =>
  db.transaction(async (tx) => {
    for (const n of numbers) await appendOutbox(tx, topic, { n });
  });

test('delivers in order, in batches, only what was committed and only its topic', async () => {
  await append('a', 1, 2, 3);
  await append('b', 100);
  await db
    .transaction(async (tx) => {
      await appendOutbox(tx, 'a', { n: 99 });
      throw new Error('no');
    })
    .catch(() => undefined);
  await append('a', 4, 5);
  const batches: number[][] = [];
  const relay = createOutboxRelay<{ n: number }>(
    db,
    'a',
    async (items) => {
      batches.push(items.map(({ payload }) => payload.n));
    },
    { batch: 2, intervalMs: 60_000 },
  );
  await relay.flush();
  expect(batches).toEqual([[1, 2], [3, 4], [5]]);
  expect(await relay.status()).toEqual({ pending: 0, failures: 0, lastError: null });
  await relay.close();
  expect(await db.query('select topic from outbox')).toEqual([{ topic: 'b' }]);
});

test('a failing delivery holds back the rest, is tried again and keeps the order', async () => {
  await append('a', 1, 2, 3);
  const seen: number[] = [];
  let broken = true;
  const relay = createOutboxRelay<{ n: number }>(
    db,
    'a',
    async (items) => {
      if (broken) throw new Error('engine down');
      seen.push(...items.map(({ payload }) => payload.n));
    },
    { batch: 1, intervalMs: 10, maxBackoffMs: 40 },
  );
  await expect(relay.flush()).rejects.toThrow('engine down');
  expect(await relay.status()).toMatchObject({ pending: 3, lastError: 'engine down' });
  broken = false;
  await expect.poll(() => seen).toEqual([1, 2, 3]);
  await expect.poll(async () => (await relay.status()).pending).toBe(0);
  await append('a', 4);
  relay.wake();
  await expect.poll(() => seen).toEqual([1, 2, 3, 4]);
  await relay.close();
});

test('what was delivered but not yet removed is delivered again after a restart', async () => {
  await append('a', 1, 2);
  const seen: number[] = [];
  const dying: StateDb = {
    query: async (sql, params) => {
      if (sql.startsWith('delete')) throw new Error('power cut');
      return db.query(sql, params);
    },
    transaction: (work) => db.transaction(work),
    migrate: async () => undefined,
    close: async () => undefined,
  };
  const deliver = async (items: readonly { readonly payload: { n: number } }[]) => {
    seen.push(...items.map(({ payload }) => payload.n));
  };
  const first = createOutboxRelay<{ n: number }>(dying, 'a', deliver, { intervalMs: 60_000 });
  await expect(first.flush()).rejects.toThrow('power cut');
  await first.close();
  const before = seen.length;
  expect(before).toBeGreaterThanOrEqual(2);
  const second = createOutboxRelay<{ n: number }>(db, 'a', deliver, { intervalMs: 60_000 });
  await second.flush();
  await second.close();
  expect(seen.slice(before)).toEqual([1, 2]);
  expect(await db.query('select count(*) as n from outbox')).toEqual([{ n: 0 }]);
});
