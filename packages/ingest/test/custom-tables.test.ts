import { loadHuntingSchema } from '@parapet/schema';
import { createJobs, type Jobs, type StateDb } from '@parapet/state';
import { openTestState } from '@parapet/state/testing';
import { createHunting, type Hunting, manageStore, type StoreManagement, storeMigrations } from '@parapet/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Laboratory, laboratory, SENDER, silent } from './setup.ts';

let lab: Laboratory;
let db: StateDb;
let jobs: Jobs;
let hunting: Hunting;
let management: StoreManagement;

beforeAll(async () => {
  [lab, db] = await Promise.all([laboratory(), openTestState(storeMigrations)]);
  jobs = await createJobs(db);
  hunting = createHunting(lab.store);
  management = await manageStore({
    store: lab.store,
    hunting,
    db,
    jobs,
    schema: loadHuntingSchema(),
    log: silent,
    audit: async () => undefined,
    everyMs: 0,
  });
  management.custom.onChange(async () => {
    await lab.ingest.reloadConnectors([]);
  });
});

afterAll(async () => {
  await management?.close();
  await jobs?.close();
  await hunting?.close();
  await lab?.close();
  await db?.close();
});

const send = async (index: string, rows: readonly object[]): Promise<void> => {
  await lab.ingest.append(
    SENDER,
    index,
    rows.map((row) => JSON.stringify(row)),
  );
  await lab.ingest.idle();
};

describe('custom tables and columns', () => {
  it('a table is made, filled over _bulk and hunted within a minute', async () => {
    const started = performance.now();
    await management.custom.createTable(
      {
        name: 'BadgeReader_CL',
        description: 'Doors',
        columns: [
          { name: 'Door', type: 'string' },
          { name: 'Count', type: 'long' },
          { name: 'Opened', type: 'bool' },
          { name: 'Detail', type: 'dynamic' },
          { name: 'Since', type: 'datetime' },
        ],
      },
      'tester',
    );
    await send('badgereader_cl', [
      { '@timestamp': '2026-05-01T10:00:00Z', Door: 'north', Count: 3, Opened: true, Detail: { a: 1 } },
      { TimeGenerated: '2026-05-01T11:00:00Z', Door: 'south', Count: 'many', Opened: 'no', Since: 'yesterday-ish' },
    ]);
    const rows = await hunting.run(
      'BadgeReader_CL | sort by TimeGenerated asc | project TimeGenerated, Door, Count, Opened, Detail.a, Since, AdditionalFields._invalid.Count, Type',
    );
    expect(performance.now() - started).toBeLessThan(60_000);
    expect(rows.rows).toEqual([
      ['2026-05-01T10:00:00.0000000Z', 'north', 3, true, 1, null, null, 'BadgeReader_CL'],
      ['2026-05-01T11:00:00.0000000Z', 'south', null, false, null, null, 'many', 'BadgeReader_CL'],
    ]);
    const schema = await hunting.run('BadgeReader_CL | getschema | project ColumnName, ColumnType');
    expect(schema.rows).toEqual([
      ['TimeGenerated', 'datetime'],
      ['Door', 'string'],
      ['Count', 'long'],
      ['Opened', 'bool'],
      ['Detail', 'dynamic'],
      ['Since', 'datetime'],
      ['AdditionalFields', 'dynamic'],
    ]);
  });

  it('records that name the table in themselves go there too', async () => {
    await send('anything', [{ Type: 'BadgeReader_CL', TimeGenerated: '2026-05-02T10:00:00Z', Door: 'west' }]);
    expect((await hunting.run('BadgeReader_CL | where Door == "west" | count')).rows).toEqual([[1]]);
  });

  it('a column of its own in a custom and in a standard table', async () => {
    await management.custom.addColumn('BadgeReader_CL', { name: 'Floor', type: 'int' }, 'tester');
    await management.custom.addColumn('DeviceEvents', { name: 'Site_CF', type: 'string' }, 'tester');
    await send('badgereader_cl', [{ TimeGenerated: '2026-05-03T10:00:00Z', Door: 'roof', Floor: 9 }]);
    await send('rows', [
      {
        Type: 'DeviceEvents',
        Timestamp: '2026-05-03T10:00:00Z',
        TimeGenerated: '2026-05-03T10:00:00Z',
        ReportId: 4,
        DeviceId: 'd',
        ActionType: 'X',
        Site_CF: 'Ulm',
      },
    ]);
    expect((await hunting.run('BadgeReader_CL | where Floor == 9 | project Door')).rows).toEqual([['roof']]);
    expect((await hunting.run('BadgeReader_CL | where isnull(Floor) | count')).rows).toEqual([[3]]);
    expect((await hunting.run('DeviceEvents | where Site_CF == "Ulm" | project ReportId')).rows).toEqual([[4]]);
  });

  it.each([
    ['9lives_CL', /start with a letter/],
    ['Bad-Name_CL', /letters, digits and underscores/],
    [`${'a'.repeat(43)}_CL`, /at most 45/],
    ['NoSuffix', /ends with _CL/],
    ['_CL', /start with a letter/],
    ['badgereader_CL', /named BadgeReader_CL already/],
  ])('refuses the table %s with the reason', async (name, reason) => {
    await expect(management.custom.createTable({ name, description: '', columns: [] }, 'tester')).rejects.toThrow(
      reason,
    );
  });

  it.each([
    ['DeviceEvents', 'Site', 'string', /ends with _CF/],
    ['DeviceEvents', 'site_CF', 'string', /ends|already/],
    ['DeviceEvents', '1x_CF', 'string', /start with a letter/],
    ['BadgeReader_CL', 'type', 'string', /already/],
    ['BadgeReader_CL', 'Door2', 'decimal', /one of/],
    ['ParapetRawEvents', 'X_CF', 'string', /own tables/],
    ['Nope', 'X_CF', 'string', /no table/],
  ])('refuses the column %s.%s %s with the reason', async (table, name, type, reason) => {
    await expect(management.custom.addColumn(table, { name, type }, 'tester')).rejects.toThrow(reason);
  });

  it('is there again after a restart', async () => {
    const schema = loadHuntingSchema();
    const again = await manageStore({
      store: lab.store,
      hunting,
      db,
      jobs,
      schema,
      log: silent,
      audit: async () => undefined,
      everyMs: 0,
    });
    expect(schema.byName.get('BadgeReader_CL')?.columns.map((column) => column.name)).toContain('Floor');
    await again.close();
  });

  it('a table is dropped with its rows, unless a hold reaches it', async () => {
    const hold = await management.holds.create(
      { name: 'doors', reason: 'r', table: 'BadgeReader_CL', filter: {} },
      't',
    );
    await expect(management.custom.dropTable('BadgeReader_CL')).rejects.toMatchObject({ code: 'table_held' });
    await management.holds.release(hold.id, 't');
    await management.custom.dropTable('BadgeReader_CL');
    await expect(hunting.run('BadgeReader_CL | count')).rejects.toMatchObject({ code: 'kql_error' });
    await expect(management.custom.dropTable('DeviceEvents')).rejects.toMatchObject({ code: 'unknown_table' });
  });
});
