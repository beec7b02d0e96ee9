import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openState, type StateDb } from '../src/index.ts';
import { maintain } from '../src/maintenance.ts';
import { cachedTemplate } from '../src/testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'parapet-maintenance-'));
let db: StateDb;
beforeAll(async () => {
  db = await openState({ dataDir: join(folder, 'state'), templatePath: await cachedTemplate() });
});
afterAll(async () => {
  await db.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the log is cut and dead rows are removed, once there are many', async () => {
  await db.query('create table "Busy ""one" (n integer, filler text)');
  const limits = { walBytes: 2 * 1024 * 1024, rows: 1000 };
  await maintain(db, { ...limits, walBytes: 0 });
  expect(await maintain(db, limits)).toEqual([]);

  await db.query(`insert into "Busy ""one" select n, repeat('x', 100) from generate_series(1, 20000) n`);
  await db.query('delete from "Busy ""one" where n % 2 = 0');
  expect(await maintain(db, limits)).toEqual(['vacuum public."Busy ""one"', 'checkpoint']);
  expect(await maintain(db, limits)).toEqual([]);
  const [table] = await db.query('select reltuples::int as rows from pg_class where relname = $1', ['Busy "one']);
  expect(table).toEqual({ rows: 10_000 });
});
