import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isUniqueViolation, openState, type StateDb } from '../src/index.ts';
import { cachedTemplate, openTestState } from '../src/testing.ts';

let db: StateDb;
beforeAll(async () => {
  db = await openTestState();
});
afterAll(() => db.close());

describe('values', () => {
  test('arrive as the types the contract promises', async () => {
    const at = new Date('2026-03-01T12:34:56.789Z');
    const [row] = await db.query(
      `select $1::timestamptz as at, 9007199254740991::int8 as exact, 9007199254740993::int8 as inexact,
              $2::jsonb as object, $3::jsonb as list, $4::text[] as names, $5::text as nothing, count(*) as counted from (values (1)) v`,
      [at, { a: [1, { b: null }] }, [1, 2], ['x', 'y"\\,{}'], undefined],
    );
    expect(row).toEqual({
      at,
      exact: 9007199254740991,
      inexact: 9007199254740993n,
      object: { a: [1, { b: null }] },
      list: [1, 2],
      names: ['x', 'y"\\,{}'],
      nothing: null,
      counted: 1,
    });
  });

  test.each(["'; drop table x; --", '$1', '\\', '"', '🦊\u202e', '\u0001', 'a'.repeat(300)])(
    'keep hostile text %j',
    async (text) => {
      const [row] = await db.query('select $1::text as t, $2::jsonb as j', [text, { [text]: text }]);
      expect(row).toEqual({ t: text, j: { [text]: text } });
    },
  );

  test('replace what PostgreSQL cannot hold instead of failing', async () => {
    const [row] = await db.query('select $1::text as t, $2::jsonb as j, $3::jsonb as k, $4::jsonb as fine', [
      'a\0b',
      { 'k\0': ['\ud800', '🦊'] },
      JSON.stringify({ x: 'a\0b' }),
      JSON.stringify({ x: 'a\\u0000b' }),
    ]);
    expect(row).toEqual({
      t: 'a\uFFFDb',
      j: { 'k\uFFFD': ['\uFFFD', '🦊'] },
      k: { x: 'a\uFFFDb' },
      fine: { x: 'a\\u0000b' },
    });
  });

  test('a refused statement says which rule refused it', async () => {
    await db.query('create table named (name text constraint named_once unique)');
    await db.query("insert into named values ('a')");
    const error = await db.query("insert into named values ('a')").catch((e: unknown) => e);
    expect(isUniqueViolation(error, 'named_once')).toBe(true);
    expect(isUniqueViolation(error, 'other')).toBe(false);
    await expect(db.query('selec 1')).rejects.toMatchObject({ name: 'DatabaseError', code: '42601' });
    await expect(db.query('select $1::int', [() => 1])).rejects.toThrow();
    expect(await db.query('select 1 as one')).toEqual([{ one: 1 }]);
  });
});

test('a statement that takes long leaves the event loop free', async () => {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  const started = performance.now();
  await db.query('select sum(n) from generate_series(1, 1500000) n');
  const took = performance.now() - started;
  clearInterval(timer);
  expect(took).toBeGreaterThan(100);
  expect(longest).toBeLessThan(took / 2);
});

describe('transactions', () => {
  beforeAll(() =>
    db.query('create table account (name text primary key, amount integer not null check (amount >= 0))'),
  );

  test('roll back when the work throws', async () => {
    await expect(
      db.transaction(async (tx) => {
        await tx.query("insert into account values ('lost', 1)");
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await db.query("select * from account where name = 'lost'")).toEqual([]);
  });

  test('hold the connection: nothing from outside runs in between', async () => {
    await db.query("insert into account values ('counter', 0)");
    await Promise.all(
      Array.from({ length: 20 }, () =>
        db.transaction(async (tx) => {
          const [row] = await tx.query<{ amount: number }>("select amount from account where name = 'counter'");
          await new Promise((resolve) => setTimeout(resolve, 1));
          await tx.query("update account set amount = $1 where name = 'counter'", [row!.amount + 1]);
        }),
      ).concat(Array.from({ length: 20 }, () => db.query('select 1').then(() => undefined))),
    );
    expect(await db.query("select amount from account where name = 'counter'")).toEqual([{ amount: 20 }]);
  });

  test('a swallowed error does not pass for a commit', async () => {
    await expect(
      db.transaction(async (tx) => {
        await tx.query("insert into account values ('ghost', 1)");
        await tx.query("insert into account values ('negative', -1)").catch(() => undefined);
        return 'done';
      }),
    ).rejects.toMatchObject({ code: '23514' });
    expect(await db.query("select * from account where name = 'ghost'")).toEqual([]);
  });

  test('a savepoint makes a swallowed error harmless', async () => {
    await db.transaction(async (tx) => {
      await tx.query("insert into account values ('saved', 1)");
      await tx.query('savepoint s');
      await tx.query("insert into account values ('negative', -1)").catch(() => undefined);
      await tx.query('rollback to s');
    });
    expect(await db.query("select amount from account where name = 'saved'")).toEqual([{ amount: 1 }]);
  });

  test('calling the outer database inside is an error, not a wait for ever', async () => {
    await expect(db.transaction(() => db.query('select 1'))).rejects.toThrow('inside its own transaction');
    await expect(db.transaction(() => db.transaction(async () => 1))).rejects.toThrow('inside its own transaction');
  });

  test('a handle kept after the end is refused', async () => {
    const kept = await db.transaction(async (tx) => tx);
    await expect(kept.query('select 1')).rejects.toThrow('ended');
  });
});

describe('migrations', () => {
  test('run once, in order, each whole or not at all', async () => {
    const first = {
      id: 'test/001-a',
      sql: 'create table m (n int); insert into m values (1); insert into m values (2);',
    };
    const broken = { id: 'test/002-b', sql: 'insert into m values (3); insert into nowhere values (1);' };
    await db.migrate([first]);
    await db.migrate([first]);
    await expect(db.migrate([first, broken])).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringContaining('test/002-b'),
    });
    expect(await db.query('select count(*) as n from m')).toEqual([{ n: 2 }]);
    await db.migrate([first, { ...broken, sql: 'insert into m values (3)' }]);
    expect(await db.query('select count(*) as n from m')).toEqual([{ n: 3 }]);
  });

  test('changed text of an applied one is an error naming it, before anything runs', async () => {
    const original = { id: 'test/010-x', sql: 'create table x (n int)' };
    await db.migrate([original]);
    await db.migrate([{ ...original, sql: `\r\n${original.sql}\n` }]);
    await expect(
      db.migrate([
        { id: 'test/011-y', sql: 'create table y (n int)' },
        { ...original, sql: 'create table x (n bigint)' },
      ]),
    ).rejects.toMatchObject({ code: 'migration_changed', message: expect.stringContaining('test/010-x') });
    await expect(db.query('select * from y')).rejects.toMatchObject({ code: '42P01' });
  });
});

describe('a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parapet-state-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('keeps rows over a close, flushes to disk and starts an interrupted creation over', async () => {
    const dataDir = join(folder, 'a', 'state');
    const templatePath = await cachedTemplate();
    const marker = `${dataDir}.creating`;
    // What a kill in the middle of creation leaves behind.
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(marker, '');
    writeFileSync(join(dataDir, 'PG_VERSION'), '18\n');

    const created = await openState({ dataDir, templatePath });
    expect(existsSync(marker)).toBe(false);
    expect(await created.query('show fsync')).toEqual([{ fsync: 'on' }]);
    expect(await created.query('show wal_sync_method')).toEqual([{ wal_sync_method: 'fsync' }]);
    await created.query("create table kept as select 'here' as word");
    await created.close();
    await expect(created.query('select 1')).rejects.toMatchObject({ code: 'state_unavailable', status: 503 });

    const opened = await openState({ dataDir });
    expect(await opened.query('select word from kept')).toEqual([{ word: 'here' }]);
    await opened.close();
  });

  test('that cannot be opened is a clear error', async () => {
    const dataDir = join(folder, 'file');
    writeFileSync(dataDir, 'not a folder');
    await expect(openState({ dataDir })).rejects.toMatchObject({ code: 'state_unavailable', status: 503 });
  });
});
