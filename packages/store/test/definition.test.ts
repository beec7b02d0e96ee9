import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadHuntingSchema } from '@parapet/schema';
import { afterAll, expect, it } from 'vitest';
import { openEmbeddedStore } from '../src/index.ts';

const all = loadHuntingSchema();
const pick = (names: readonly string[]) => {
  const tables = all.tables.filter((t) => names.includes(t.name));
  return { ...all, tables, byName: new Map(tables.map((t) => [t.name, t])) };
};
const dataDir = mkdtempSync(join(tmpdir(), 'parapet-definition-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** A table as the first version made it: by month, texts packed one by one, fewer columns, no indexes. */
const FIRST = `CREATE TABLE hunting.AlertInfo (Timestamp DateTime64(7, 'UTC'), AlertId String CODEC(ZSTD(1)), Title String CODEC(ZSTD(1)),
  Severity LowCardinality(String), _Batch UInt64 DEFAULT 0, _TimeReceived DateTime64(7, 'UTC') DEFAULT now64(7), _ItemId String CODEC(ZSTD(1)))
  ENGINE = MergeTree PARTITION BY toYYYYMM(Timestamp) ORDER BY (toStartOfHour(Timestamp), Timestamp)
  SETTINGS non_replicated_deduplication_window = 10000, allow_nullable_key = 1`;

it('a folder of the first version is brought up to date and keeps its rows', async () => {
  const first = await openEmbeddedStore({ dataDir, schema: pick([]) });
  await first.command(FIRST);
  await first.command(
    "INSERT INTO hunting.AlertInfo (Timestamp, AlertId, Title) SELECT toDateTime64('2024-01-01 00:00:00', 7, 'UTC') + number, toString(number), 'old' FROM numbers(100)",
  );
  await first.close();
  rmSync(join(dataDir, 'definition.json'));

  const schema = pick(['AlertInfo', 'DeviceEvents']);
  const store = await openEmbeddedStore({ dataDir, schema });
  const columns = await store.query(
    "SELECT name, compression_codec FROM system.columns WHERE table = 'AlertInfo' AND name IN ('Timestamp', 'AlertId', 'Category')",
  );
  expect(new Map(columns.rows as [string, string][])).toEqual(
    new Map([
      ['Timestamp', 'CODEC(Delta(8), ZSTD(1))'],
      ['AlertId', ''],
      ['Category', ''],
    ]),
  );
  const created = await store.query("SELECT create_table_query FROM system.tables WHERE name = 'AlertInfo'");
  expect(String(created.rows[0]?.[0])).toContain("default_compression_codec = 'ZSTD(3)'");
  // Order and partitions of stored rows stay what they were.
  expect(String(created.rows[0]?.[0])).toContain('toYYYYMM');
  await store.insertRows('AlertInfo', [{ Timestamp: '2024-01-02T00:00:00Z', AlertId: 'n', Category: 'Malware' }]);
  expect((await store.query("SELECT count(), countIf(Category = 'Malware') FROM hunting.AlertInfo")).rows).toEqual([
    ['101', '1'],
  ]);
  expect((await store.query('SELECT count() FROM hunting.DeviceEvents')).rows).toEqual([['0']]);
  expect(JSON.parse(readFileSync(join(dataDir, 'definition.json'), 'utf8'))).toEqual({ version: 2 });
  await store.close();

  const again = await openEmbeddedStore({ dataDir, schema });
  expect((await again.query('SELECT count() FROM hunting.AlertInfo')).rows).toEqual([['101']]);
  await again.close();
});

it('a folder of a newer version is left alone', async () => {
  writeFileSync(join(dataDir, 'definition.json'), '{"version":99}');
  await expect(openEmbeddedStore({ dataDir, schema: pick(['AlertInfo']) })).rejects.toMatchObject({
    code: 'data_folder_newer',
  });
});
