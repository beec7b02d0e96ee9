import { loadHuntingSchema } from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConnectors } from '../src/connectors/load.ts';
import { CONNECTORS, type Laboratory, laboratory, SENDER } from './setup.ts';

/** Every sample of every connector, through the real engine in one go. */
const { connectors, problems } = await loadConnectors(CONNECTORS);
const samples = connectors.flatMap(({ compiled }) =>
  compiled.definition.samples.map((sample, i) => ({
    connector: compiled.definition.id,
    file: compiled.definition.file,
    sample,
    index: `${compiled.definition.id}-${i}`,
    tables: [...new Set([...compiled.outputs.map((output) => output.table), ...Object.keys(sample.rows)])],
  })),
);
let lab: Laboratory;

beforeAll(async () => {
  lab = await laboratory();
  const groups = new Map(
    samples.map(({ index, sample }) => [index, sample.events.map((event) => JSON.stringify(event))]),
  );
  await lab.ingest.appendRequest(SENDER, { groups });
  await lab.ingest.idle();
  // Every connector plans its statements once; on a busy machine that takes its time.
}, 600_000);
afterAll(() => lab.close());

async function rowsOf(table: string, index: string): Promise<Record<string, unknown>[]> {
  const result = await lab.store.query(
    `SELECT t.* FROM hunting.\`${table}\` AS t WHERE arrayStringConcat(arraySlice(splitByChar(':', t._ItemId), 1, 2), ':') IN (SELECT _ItemId FROM hunting.ParapetRawEvents WHERE IndexName = {index:String}) ORDER BY t._ItemId`,
    { params: { index: { type: 'String', value: index } } },
  );
  const types = new Map(
    loadHuntingSchema()
      .byName.get(table)
      ?.columns.map((column) => [column.name, column.type]),
  );
  return result.rows.map((row) =>
    Object.fromEntries(result.columns.map((column, i) => [column.name, plain(row[i], types.get(column.name))])),
  );
}

function plain(value: unknown, type: string | undefined): unknown {
  if (value === null || type === undefined) return value;
  if (type === 'long' || type === 'int') return Number(value);
  if (type === 'datetime') return `${String(value).replace(' ', 'T')}Z`;
  if (type === 'dynamic') return value === '' ? null : (JSON.parse(String(value)) as unknown);
  return value;
}

/** Whether a value has everything that is expected of it; objects may have more. */
function holds(value: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return value === expected;
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(expected))
    return (
      Array.isArray(value) && value.length === expected.length && expected.every((item, i) => holds(value[i], item))
    );
  return Object.entries(expected).every(([key, item]) => holds((value as Record<string, unknown>)[key], item));
}

describe('connector files', () => {
  it('are all usable', () => {
    expect(problems).toEqual([]);
    expect(connectors.length).toBeGreaterThanOrEqual(2);
  });

  it('have setup text whose placeholders are known', () => {
    for (const { compiled } of connectors)
      for (const step of compiled.definition.setup)
        for (const [, name] of step.text.matchAll(/\{\{(\w+)\}\}/g)) expect(['url', 'key']).toContain(name);
  });

  for (const { sample, index, connector, tables } of samples)
    it(`${connector}: ${sample.name}`, async () => {
      const claimed = await lab.store.query(
        'SELECT Connector FROM hunting.ParapetRawEvents WHERE IndexName = {index:String}',
        {
          params: { index: { type: 'String', value: index } },
        },
      );
      expect(claimed.rows).toEqual(sample.events.map(() => [connector]));
      for (const table of tables) {
        const rows = await rowsOf(table, index);
        const expected = sample.rows[table] ?? [];
        expect(rows.length, `rows in ${table}`).toBe(expected.length);
        // Rows of one record have no order among themselves.
        const left = [...rows];
        for (const row of expected) {
          const at = left.findIndex((other) => holds(other, row));
          if (at === -1) expect(left[0]).toMatchObject(row);
          left.splice(at, 1);
        }
      }
    });

  it('sets nothing aside from the samples but the warning about the missing time', async () => {
    expect(await lab.query('SELECT Reason, count() FROM hunting.ParapetDeadLetter GROUP BY Reason')).toEqual([
      ['missing_timestamp', '1'],
    ]);
  });
});
