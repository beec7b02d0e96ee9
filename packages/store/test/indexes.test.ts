import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadHuntingSchema } from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHunting, type EmbeddedStore, type Hunting, openEmbeddedStore } from '../src/index.ts';

const all = loadHuntingSchema();
const tables = all.tables.filter((t) => t.name === 'DeviceProcessEvents');
const schema = { ...all, tables, byName: new Map(tables.map((t) => [t.name, t])) };
const TABLE = 'hunting.DeviceProcessEvents';

const LINES = [
  'run Needle42_x',
  'say “needle42” now',
  'éneedle42',
  'needle421',
  'powershell.exe -EncodedCommand AAA',
  '',
  'vssadmin delete shadows /all',
];

describe('a folder of a version without indexes', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'parapet-index-'));
  let store: EmbeddedStore;
  let hunting: Hunting;

  const insert = (): Promise<void> =>
    store.insertRows(
      'DeviceProcessEvents',
      LINES.map((line, i) => ({ Timestamp: `2026-03-10T09:00:0${i}Z`, ProcessCommandLine: line, SHA256: `hash${i}` })),
    );

  beforeAll(async () => {
    store = await openEmbeddedStore({ dataDir, schema });
    const known = await store.query(
      "SELECT name FROM system.data_skipping_indices WHERE table = 'DeviceProcessEvents' AND (name LIKE 'terms%' OR name LIKE 'values%')",
    );
    expect(known.rows.length).toBeGreaterThan(3);
    await store.command(`ALTER TABLE ${TABLE} ${known.rows.map((r) => `DROP INDEX \`${r[0]}\``).join(', ')}`);
    await store.command(`ALTER TABLE ${TABLE} DROP COLUMN FileSize`);
    await insert();
    await store.close();
    store = await openEmbeddedStore({ dataDir, schema });
    await insert();
    hunting = createHunting(store);
  });

  afterAll(async () => {
    await hunting.close();
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it.each([
    ['has "needle42"', 4],
    ['has_cs "needle42"', 2],
    ['has "NEEDLE42 now"', 0],
    ['has "delete shadows"', 2],
    ['has_any ("needle42", "vssadmin")', 6],
    ['has_all ("shadows", "vssadmin", "/all")', 2],
    ['!has "needle42"', 10],
    ['contains "encodedcomm"', 2],
    ['contains "hell.EXE"', 2],
    ['contains "needle4"', 8],
  ])('%s finds the same rows with the index and without', async (condition, rows) => {
    const { compiled, rows: found } = await hunting.run(
      `DeviceProcessEvents | where ProcessCommandLine ${condition} | count`,
    );
    expect(found).toEqual([[rows]]);
    const plain = await hunting.run(
      `DeviceProcessEvents | extend c = strcat(ProcessCommandLine, "") | where c ${condition} | count`,
    );
    expect(plain.rows).toEqual([[rows]]);
    expect(compiled.sql).not.toBe(plain.compiled.sql);
  });

  it('gains the columns it lacks', async () => {
    const { rows } = await hunting.run(
      'DeviceProcessEvents | summarize n = count(), known = countif(isnotnull(FileSize))',
    );
    expect(rows).toEqual([[2 * LINES.length, 0]]);
  });

  it('asks the indexes', async () => {
    const explain = async (text: string): Promise<string> => {
      const compiled = await hunting.compile(text);
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors));
      const { rows } = await store.query(`EXPLAIN indexes = 1 ${compiled.sql}`, { params: compiled.params });
      return rows.join('\n');
    };
    expect(await explain('DeviceProcessEvents | where ProcessCommandLine has "vssadmin"')).toContain(
      'terms_ProcessCommandLine',
    );
    expect(await explain('DeviceProcessEvents | where SHA256 == "hash3"')).toContain('values_SHA256');
  });
});
