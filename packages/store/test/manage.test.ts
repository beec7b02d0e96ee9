import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Job, loadHuntingSchema } from '@parapet/schema';
import { createJobs, type Jobs, type StateDb } from '@parapet/state';
import { openTestState } from '@parapet/state/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createHunting,
  type EmbeddedStore,
  type Hunting,
  manageStore,
  openEmbeddedStore,
  type StoreManagement,
  storeMigrations,
} from '../src/index.ts';

const all = loadHuntingSchema();
const NAMES = ['DeviceEvents', 'DeviceInfo', 'SecurityEvent', 'ParapetRawEvents', 'ParapetDeadLetter'];
const tables = all.tables.filter((t) => NAMES.includes(t.name));
const schema = { ...all, tables, byName: new Map(tables.map((t) => [t.name, t])) };
const dataDir = mkdtempSync(join(tmpdir(), 'parapet-manage-'));
const DAY = 86_400_000;
const audited: { actor: string; action: string; target: string; after: unknown }[] = [];
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

let store: EmbeddedStore;
let hunting: Hunting;
let db: StateDb;
let jobs: Jobs;
let management: StoreManagement;

beforeAll(async () => {
  [store, db] = await Promise.all([openEmbeddedStore({ dataDir, schema }), openTestState(storeMigrations)]);
  jobs = await createJobs(db);
  hunting = createHunting(store);
  management = await manage();
});

afterAll(async () => {
  await management?.close();
  await jobs?.close();
  await hunting?.close();
  await store?.close();
  await db?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function manage(): Promise<StoreManagement> {
  return manageStore({
    store,
    hunting,
    db,
    jobs,
    schema,
    log: silent,
    everyMs: 0,
    audit: async (actor, action, target, after) => void audited.push({ actor, action, target, after }),
  });
}

/** Events of some days, newest today; batch by batch as ingest writes them, with their raw copies. */
async function fill(daysBack: readonly number[], receivedBack = daysBack): Promise<void> {
  for (const table of NAMES) await store.command(`TRUNCATE TABLE hunting.${table}`);
  for (const [batch, back] of daysBack.entries()) {
    const received = new Date(Date.now() - (receivedBack[batch] ?? 0) * DAY - 1_000).toISOString();
    const time = new Date(Date.now() - back * DAY).toISOString();
    const rows = Array.from({ length: 40 }, (_, i) => ({
      n: i,
      base: { _Batch: batch + 1, _TimeReceived: received, _ItemId: `${batch + 1}:${i}` },
    }));
    await store.insertRows(
      'DeviceEvents',
      rows.map(({ n, base }) => ({
        ...base,
        Timestamp: time,
        DeviceName: `pc-${n % 4}`,
        AccountName: `user-${n % 5}`,
        ReportId: n,
      })),
    );
    await store.insertRows(
      'SecurityEvent',
      rows
        .slice(0, 10)
        .map(({ n, base }) => ({ ...base, TimeGenerated: time, Computer: `pc-${n % 4}`, EventID: 4688 })),
    );
    await store.insertRows(
      'ParapetRawEvents',
      rows.map(({ n, base }) => ({ ...base, TimeGenerated: received, Sequence: n, RawEventData: { n } })),
    );
  }
}

const count = async (query: string): Promise<number> => Number((await hunting.run(`${query} | count`)).rows[0]?.[0]);
const ended = async (job: Job): Promise<Job> => {
  for (;;) {
    const now = await jobs.get(job.id);
    if (now && now.state !== 'queued' && now.state !== 'running') return now;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
const retain = async (table?: string): Promise<Job> => ended(await management.runRetention('tester', table));

beforeEach(async () => {
  audited.length = 0;
  await db.query('delete from store_rules');
  for (const hold of await management.holds.list())
    if (!hold.releasedAt) await management.holds.release(hold.id, 'tester');
});

describe('retention', () => {
  it('removes nothing without rules', async () => {
    await fill([400, 1]);
    expect((await retain()).state).toBe('succeeded');
    expect(await count('DeviceEvents')).toBe(80);
  });

  it('removes rows older than the days, and nothing that arrived since', async () => {
    // The second batch is old by its own time and came today: an archive that somebody brings in.
    await fill([100, 100, 31, 29, 0], [100, 0, 31, 29, 0]);
    await management.rules.set('*', { retentionDays: 30, retentionBytes: null, archiveAfterDays: null }, 'tester');
    await management.rules.set(
      'SecurityEvent',
      { retentionDays: 50, retentionBytes: null, archiveAfterDays: null },
      'tester',
    );
    expect((await retain()).state).toBe('succeeded');
    const left = await hunting.run('DeviceEvents | summarize n = count() by B = _Batch | sort by B asc');
    expect(left.rows).toEqual([
      [2, 40],
      [4, 40],
      [5, 40],
    ]);
    expect(await count('SecurityEvent')).toBe(40);
    expect(await count('ParapetRawEvents')).toBe(120);
    const status = (await management.status.tables()).find((one) => one.name === 'DeviceEvents');
    expect(status).toMatchObject({ rows: 120, lastRun: { removedRows: 80, heldRows: 0, error: null } });
    expect(audited.filter((one) => one.target === 'DeviceEvents')).toMatchObject([
      { actor: 'system', action: 'store.retention' },
    ]);
    // Again changes nothing.
    expect((await retain()).state).toBe('succeeded');
    expect(await count('DeviceEvents')).toBe(120);
  });

  it('keeps held rows and their raw copies, whatever the rules say', async () => {
    await fill([100, 100]);
    await management.rules.set('*', { retentionDays: 30, retentionBytes: null, archiveAfterDays: null }, 'tester');
    await management.holds.create(
      { name: 'case 7', reason: 'court', table: 'DeviceEvents', filter: { devices: ['PC-1'] } },
      'tester',
    );
    await retain();
    expect(await count('DeviceEvents')).toBe(20);
    expect(await count('DeviceEvents | where DeviceName == "pc-1"')).toBe(20);
    expect(await count('SecurityEvent')).toBe(0);
    expect(await count('ParapetRawEvents')).toBe(20);
    const held = await management.holds.list();
    await management.holds.release(held[0]?.id ?? '', 'tester');
    await retain();
    expect(await count('DeviceEvents')).toBe(0);
    expect(await count('ParapetRawEvents')).toBe(0);
  });

  it('a hold over all tables reaches those with the columns', async () => {
    await fill([100]);
    await management.rules.set('*', { retentionDays: 30, retentionBytes: null, archiveAfterDays: null }, 'tester');
    await management.holds.create(
      { name: 'ada', reason: 'court', table: '*', filter: { devices: ['pc-2'], from: '2000-01-01T00:00:00Z' } },
      'tester',
    );
    await retain();
    expect([await count('DeviceEvents'), await count('SecurityEvent')]).toEqual([10, 2]);
    expect(await count('ParapetRawEvents')).toBe(10);
  });

  it('keeps a table within its bytes, oldest rows first', async () => {
    await fill([50, 40, 30, 20, 10, 0]);
    const size = async (): Promise<number> =>
      (await management.status.tables()).find((one) => one.name === 'DeviceEvents')?.bytes ?? 0;
    const limit = Math.floor((await size()) * 0.55);
    await management.rules.set(
      'DeviceEvents',
      { retentionDays: null, retentionBytes: limit, archiveAfterDays: null },
      'tester',
    );
    const job = await retain('DeviceEvents');
    expect(job).toMatchObject({ state: 'succeeded', result: { failed: [] } });
    expect(await size()).toBeLessThanOrEqual(limit);
    const left = await hunting.run('DeviceEvents | summarize by B = _Batch | sort by B desc | take 3');
    expect(left.rows.flat().slice(0, 2)).toEqual([6, 5]);
    expect(await count('DeviceEvents | where _Batch == 1')).toBe(0);
  });

  it('packs old parts again and says so', async () => {
    await fill([40, 0]);
    await management.rules.set(
      'DeviceEvents',
      { retentionDays: null, retentionBytes: null, archiveAfterDays: 7 },
      'tester',
    );
    await retain('DeviceEvents');
    const archived = async (): Promise<number> =>
      (await management.status.tables()).find((one) => one.name === 'DeviceEvents')?.archivedBytes ?? 0;
    await expect.poll(archived, { timeout: 20_000, interval: 300 }).toBeGreaterThan(0);
    expect(await count('DeviceEvents')).toBe(80);
  });
});

describe('deletion on request', () => {
  const FILTER = 'AccountName == "user-3" and DeviceName in ("pc-0", "pc-1")';

  it('counts, removes rows and raw copies, and names the tables that hold rows of the same events', async () => {
    await fill([2, 1]);
    const matched = await count(`DeviceEvents | where ${FILTER}`);
    const preview = await management.deletions.preview('DeviceEvents', FILTER);
    expect(preview).toMatchObject({ matched, held: 0, holds: [] });
    // A row that comes later is not part of the request.
    await store.insertRows('DeviceEvents', [
      {
        Timestamp: new Date().toISOString(),
        AccountName: 'user-3',
        DeviceName: 'pc-0',
        _TimeReceived: new Date(Date.now() + 1_000).toISOString(),
      },
    ]);
    const { job } = await management.deletions.start({ ...preview, reason: 'asked by the person' }, 'tester');
    expect(await ended(job)).toMatchObject({ state: 'succeeded' });
    const [done] = await management.deletions.list();
    expect(done).toMatchObject({
      state: 'done',
      matched,
      removed: matched,
      rawRemoved: matched,
      alsoIn: [{ table: 'SecurityEvent', rows: 2 }],
    });
    expect(await count(`DeviceEvents | where ${FILTER}`)).toBe(1);
    expect(await count('DeviceEvents')).toBe(80 - matched + 1);
    expect(await count('ParapetRawEvents')).toBe(80 - matched);
    expect(audited.map((one) => one.action)).toContain('store.delete.done');
  });

  it('leaves what a hold keeps, and says how much', async () => {
    await fill([2]);
    await management.holds.create(
      { name: 'keep', reason: 'court', table: 'DeviceEvents', filter: { kql: 'DeviceName == "pc-0"' } },
      'tester',
    );
    const preview = await management.deletions.preview('DeviceEvents', 'AccountName != "nobody"');
    expect(preview).toMatchObject({ matched: 40, held: 10, holds: ['keep'] });
    await ended((await management.deletions.start({ ...preview, reason: 'r' }, 'tester')).job);
    expect((await management.deletions.list())[0]).toMatchObject({
      state: 'done',
      removed: 30,
      held: 10,
      rawRemoved: 30,
    });
    expect(await count('DeviceEvents')).toBe(10);
    expect(await count('ParapetRawEvents')).toBe(10);
  });

  it('refuses what changed, what matches nothing and what is no condition', async () => {
    await fill([1]);
    const preview = await management.deletions.preview('DeviceEvents', 'DeviceName == "pc-1"');
    await expect(management.deletions.start({ ...preview, matched: 3, reason: 'r' }, 't')).rejects.toMatchObject({
      code: 'deletion_changed',
    });
    const nothing = await management.deletions.preview('DeviceEvents', 'DeviceName == "none"');
    await expect(management.deletions.start({ ...nothing, reason: 'r' }, 't')).rejects.toMatchObject({
      code: 'nothing_to_delete',
    });
    await expect(management.deletions.preview('DeviceEvents', 'DeviceName == "a" | take 1')).rejects.toMatchObject({
      code: 'filter_not_possible',
    });
    await expect(management.deletions.preview('Nope', 'x == 1')).rejects.toMatchObject({ code: 'unknown_table' });
  });

  it('goes on after a crash', async () => {
    await fill([1]);
    const preview = await management.deletions.preview('DeviceEvents', 'DeviceName == "pc-1"');
    await db.query(
      `insert into store_deletion (id, table_name, filter, reason, as_of, state, matched, held, created_by, created_at)
       values ('d-crash', $1, $2, 'r', $3, 'running', $4, 0, 'tester', $3)`,
      [preview.table, preview.filter, new Date(preview.asOf), preview.matched],
    );
    const again = await manage();
    await expect.poll(async () => (await management.deletions.get('d-crash')).state, { timeout: 15_000 }).toBe('done');
    expect(await count('DeviceEvents | where DeviceName == "pc-1"')).toBe(0);
    await again.close();
  }, 20_000);
});

describe('holds', () => {
  it('refuse what cannot be held', async () => {
    const make = (table: string, filter: object) =>
      management.holds.create({ name: 'x', reason: 'r', table, filter }, 't');
    await expect(make('*', {})).rejects.toMatchObject({ status: 400 });
    await expect(make('*', { kql: 'a == 1' })).rejects.toMatchObject({ status: 400 });
    await expect(make('DeviceEvents', { kql: 'Timestamp > ago(1d)' })).rejects.toThrow(/every day/);
    await expect(make('DeviceEvents', { kql: 'Nope == 1' })).rejects.toMatchObject({ code: 'kql_error' });
    await expect(make('DeviceEvents', { devices: ['a\nb'] })).rejects.toMatchObject({ status: 400 });
    await make('DeviceEvents', {});
    await expect(make('DeviceInfo', {})).rejects.toMatchObject({ code: 'hold_exists' });
  });
});

describe('status', () => {
  it('tells of the death of the engine, also to the next process', async () => {
    await fill([1]);
    const memory = store.query('SELECT groupArray(number) FROM numbers(100000000)', {
      limits: { maxMemoryBytes: 50_000_000 },
    });
    await expect(memory).rejects.toMatchObject({ code: 'query_memory' });
    expect((await management.health()).restartsLastDay).toBe(0);
    process.kill(store.enginePid ?? 0, 'SIGKILL');
    await expect
      .poll(async () => (await management.health()).lastRestart?.backAfterMs ?? 0, { timeout: 20_000 })
      .toBeGreaterThan(0);
    const status = await management.status.engine();
    expect(status).toMatchObject({
      ok: true,
      kind: 'embedded',
      restarts: [{ reason: expect.stringContaining('SIGKILL') }],
    });
    expect(status.rows).toBeGreaterThanOrEqual(90);
    expect(status.memoryBytes).toBeGreaterThan(10_000_000);
    expect(status.diskFreeBytes).toBeGreaterThan(0);
    const device = (await management.status.tables()).find((one) => one.name === 'DeviceEvents');
    expect(device).toMatchObject({ rows: 40, timeColumn: 'Timestamp', ownRules: null });
    expect(Date.parse(device?.newest ?? '')).toBeGreaterThan(Date.now() - 2 * DAY);
  }, 40_000);
});
