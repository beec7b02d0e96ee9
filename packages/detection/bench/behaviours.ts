/**
 * How long baselines take: `npx tsx packages/detection/bench/behaviours.ts [events]`.
 *
 * Makes so many device logons (5 million when left out) of 2,000 accounts on 500 devices over 40 days inside the engine, has them counted and judged, then
 * a day of 50,000 more on top. Planted are ten accounts that use a device and an hour they never used, and ten that are busy beyond measure.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Behavior } from '@parapet/schema';
import { createHunting, openEmbeddedStore } from '@parapet/store';
import { openBehaviours } from '../src/index.ts';

const events = Number(process.argv[2] ?? 5_000_000);
const dir = mkdtempSync(join(tmpdir(), 'parapet-behaviours-'));
const store = await openEmbeddedStore({ dataDir: dir });
const hunting = createHunting(store);
const START = "toDateTime64('2026-01-05 00:00:00', 7, 'UTC')";

/** @param day SQL of the day's number @param more SQL expressions by column, in place of the usual ones */
const fill = (
  rows: number,
  batches: string,
  day: string,
  more: { account?: string; device?: string; hour?: string } = {},
) =>
  store.command(
    `INSERT INTO hunting.DeviceLogonEvents (Timestamp, DeviceId, DeviceName, ActionType, LogonType, AccountDomain, AccountName, ReportId, _Batch)
     SELECT ${START} + toIntervalDay(${day}) + toIntervalHour(${more.hour ?? '8 + cityHash64(number, 1) % 9'}) + toIntervalSecond(cityHash64(number, 2) % 3600),
       concat('d', toString(dev)), concat('ws', toString(dev), '.corp.example'), 'LogonSuccess', ['Interactive', 'Network'][1 + number % 2], 'corp', concat('user', toString(acc)), number, ${batches}
     FROM (SELECT number, ${more.account ?? 'cityHash64(number, 3) % 2000'} AS acc, ${more.device ?? '(acc * 7 + cityHash64(number, 4) % 3) % 500'} AS dev FROM numbers(${rows}))`,
    { timeoutMs: 600_000 },
  );

const engineBytes = async (): Promise<number> => Number((await store.status()).memoryBytes ?? 0);
let most = 0;
const watch = setInterval(() => void engineBytes().then((bytes) => (most = Math.max(most, bytes))), 250);
const noted = new Map<string, Behavior>();
try {
  let began = performance.now();
  await fill(events, `1 + intDiv(number * 250, ${events})`, `toUInt32(intDiv(number * 40, ${events}))`);
  console.log(`${events.toLocaleString('en')} logons made in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const behaviours = await openBehaviours({
    store,
    hunting,
    state: { query: async () => [] },
    log: { info: () => undefined, warn: (fields) => console.error(fields), error: (fields) => console.error(fields) },
    note: async (found) => {
      for (const each of found) noted.set(each.id, each);
    },
  });
  const report = (what: string): void => {
    const kinds = new Map<string, number>();
    for (const { kind } of noted.values()) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    console.log(
      `${what}: ${((performance.now() - began) / 1000).toFixed(1)} s; ${noted.size} behaviours (${[...kinds].map(([kind, n]) => `${kind} ${n}`).join(', ')}); engine at most ${Math.round(most / 2 ** 20)} MB, this process ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB`,
    );
  };
  began = performance.now();
  await behaviours.settle();
  report(
    `counted and judged ${Math.round(events / ((performance.now() - began) / 1000)).toLocaleString('en')} events/s`,
  );
  noted.clear();
  most = 0;
  await fill(50_000, '1000', '40');
  await fill(10, '1000', '40', { account: 'number', device: '490 + number % 10', hour: '3' });
  await fill(20_000, '1000', '40', { account: '1000 + number % 10' });
  began = performance.now();
  behaviours.onBatch({ tables: { DeviceLogonEvents: 1 } });
  await behaviours.settle();
  report('another day of 70,010');
  const { rows } = await store.query('SELECT count() FROM baseline.profile');
  console.log(`baselines: ${Number(rows[0]?.[0]).toLocaleString('en')} rows`);
  await behaviours.close();
} finally {
  clearInterval(watch);
  await hunting.close();
  await store.close();
  rmSync(dir, { recursive: true, force: true });
}
