import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadHuntingSchema } from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHunting, type EmbeddedStore, type Hunting, openEmbeddedStore } from '../src/index.ts';
import { compileCondition, filterText } from '../src/manage/condition.ts';

const all = loadHuntingSchema();
const tables = all.tables.filter((t) => ['DeviceEvents', 'AlertInfo'].includes(t.name));
const schema = { ...all, tables, byName: new Map(tables.map((t) => [t.name, t])) };
const dataDir = mkdtempSync(join(tmpdir(), 'parapet-condition-'));
let store: EmbeddedStore;
let hunting: Hunting;

beforeAll(async () => {
  store = await openEmbeddedStore({ dataDir, schema });
  hunting = createHunting(store);
  await store.insertRows(
    'DeviceEvents',
    Array.from({ length: 60 }, (_, i) => ({
      Timestamp: new Date(Date.UTC(2026, 0, 1 + i)),
      DeviceName: `PC-${i % 4}`,
      ActionType: i % 3 ? 'A' : 'B',
      AccountName: i % 5 ? 'ada' : '',
      ReportId: i,
      AdditionalFields: { a: { b: String(i % 7) }, c: i, d: `x "quoted" \\ ${i}` },
    })),
  );
});

afterAll(async () => {
  await hunting?.close();
  await store?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const NOW = new Date('2026-02-20T00:00:00Z');

describe('conditions for deletions', () => {
  it.each([
    'DeviceName == "PC-1"',
    'DeviceName =~ "pc-1" and ReportId > 10',
    'Timestamp < ago(30d)',
    'TimeGenerated between (datetime(2026-01-05) .. datetime(2026-01-09))',
    'AdditionalFields.a.b == "3"',
    'tostring(AdditionalFields.a.b) == "3" or toint(AdditionalFields.c) > 50 // a remark',
    'parse_json(AdditionalFields).d has "quoted" and AdditionalFields.a.b != "1"',
    'ActionType in ("B", "C") and not(DeviceName endswith "2")',
    'AccountName in~ ("ADA") or isempty(AccountName)',
    'DeviceId == "x" or ReportId % 2 == 0',
    'DeviceName matches regex "PC-[12]"',
    'ActionType has_any ("A") and hash(DeviceName) % 2 == 0',
    'RegistryValueData == "x" or isnull(ProcessId)',
    '_Batch == 0 and ingestion_time() > ago(3650d)',
  ])('%s counts the same rows as the query', async (filter) => {
    const wanted = await hunting.run(`DeviceEvents | where ${filter}\n| count`, { now: NOW });
    const made = await compileCondition(hunting, 'DeviceEvents', filter, NOW, 'h0_');
    const rows = await store.query(`SELECT count() FROM hunting.DeviceEvents WHERE ${made.sql}`, {
      params: made.params,
    });
    expect(Number(rows.rows[0]?.[0])).toBe(wanted.rows[0]?.[0]);
    const not = await store.query(`SELECT count() FROM hunting.DeviceEvents WHERE NOT ${made.sql}`, {
      params: made.params,
    });
    expect(Number(not.rows[0]?.[0])).toBe(60 - Number(wanted.rows[0]?.[0]));
  });

  it.each([
    'true',
    'DeviceName == "a" | take 5',
    'DeviceName == "a"; AlertInfo',
    'DeviceName in ((AlertInfo | project Title))',
    'toscalar(AlertInfo | count) == 0',
    'DeviceName == "a") or (1 == 1 | summarize count()',
    'Nope == 1',
    '',
  ])('refuses %s', async (filter) => {
    await expect(compileCondition(hunting, 'DeviceEvents', filter, NOW, 'h0_')).rejects.toMatchObject({ status: 400 });
  });

  it('several fit in one statement', async () => {
    const a = await compileCondition(hunting, 'DeviceEvents', 'AdditionalFields.a.b == "3"', NOW, 'h0_');
    const b = await compileCondition(hunting, 'DeviceEvents', 'AdditionalFields.a.b == "4"', NOW, 'h1_');
    await store.command(`ALTER TABLE hunting.DeviceEvents DELETE WHERE ${a.sql} OR ${b.sql}`, {
      params: { ...a.params, ...b.params },
      settings: { mutations_sync: 2 },
    });
    const left = await hunting.run('DeviceEvents | summarize by B = tostring(AdditionalFields.a.b) | sort by B asc');
    expect(left.rows.flat()).toEqual(['0', '1', '2', '5', '6']);
  });

  it('makes the text of names and times', () => {
    const device = all.byName.get('DeviceEvents');
    const alert = all.byName.get('AlertInfo');
    if (!device || !alert) throw new Error('tables');
    expect(filterText(device, { devices: ['a"b'], from: '2026-01-01T00:00:00Z' })).toBe(
      '(DeviceName in~ ("a\\"b") or DeviceId in~ ("a\\"b") or RemoteDeviceName in~ ("a\\"b")) and Timestamp >= datetime(2026-01-01T00:00:00.000Z)',
    );
    expect(filterText(alert, { devices: ['a'] })).toBeUndefined();
    expect(filterText(alert, {})).toBeUndefined();
  });
});
