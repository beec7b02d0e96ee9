import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { openState } from '../src/index.ts';
import { cachedTemplate } from '../src/testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'parapet-crash-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

test('committed rows survive kill -9, uncommitted ones do not appear', async () => {
  const dataDir = join(folder, 'killed');
  let promised = 0;
  // Twice: the second run also has to recover what the first left behind.
  for (const stopAt of [40, 80]) {
    const child = spawn(process.execPath, [fixture('commit-forever.mjs'), dataDir, await cachedTemplate()], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    promised = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      promised = Number(line);
      if (promised >= stopAt) child.kill('SIGKILL');
    }
    await ended;
    expect(promised).toBeGreaterThanOrEqual(stopAt);
    const db = await openState({ dataDir });
    const [row] = await db.query<{ n: number; highest: number; torn: number }>(
      'select count(*) as n, max(n) as highest, count(*) filter (where twin <> n) as torn from kept',
    );
    expect(row!.torn).toBe(0);
    expect(row!.n).toBe(row!.highest);
    expect(row!.n).toBeGreaterThanOrEqual(promised);
    expect(row!.n).toBeLessThanOrEqual(promised + 1);
    await db.query('truncate kept');
    await db.close();
  }
});

test('a crashed worker is reported and opened again, with what was committed', async () => {
  const db = await openState({
    dataDir: join(folder, 'crashed'),
    templatePath: await cachedTemplate(),
    workerPath: fixture('crashing-worker.mjs'),
  });
  await db.query('create table kept (n int)');
  await db.query('insert into kept values (1)');

  const unavailable = { code: 'state_unavailable', status: 503 };
  await expect(db.query('select crash_the_worker()')).rejects.toMatchObject(unavailable);
  expect(await db.query('select n from kept')).toEqual([{ n: 1 }]);

  // In the middle of a transaction: its later statements must not run outside of one on the new connection.
  await expect(
    db.transaction(async (tx) => {
      await tx.query('insert into kept values (2)');
      await tx.query('select crash_the_worker()').catch(() => undefined);
      await tx.query('insert into kept values (3)');
    }),
  ).rejects.toMatchObject(unavailable);
  expect(await db.query('select n from kept')).toEqual([{ n: 1 }]);
  await db.close();
});

test('a crashed database in memory stays down: an empty one would look like lost rows', async () => {
  const db = await openState({
    dataDir: 'memory://',
    templatePath: await cachedTemplate(),
    workerPath: fixture('crashing-worker.mjs'),
  });
  await db.query('create table kept (n int)');
  for (const sql of ['select crash_the_worker()', 'select n from kept']) {
    await expect(db.query(sql)).rejects.toMatchObject({ code: 'state_unavailable' });
  }
  await db.close();
});
