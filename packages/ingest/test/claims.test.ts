import { openEmbeddedStore } from '@parapet/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEAD_INDEX } from '../src/batch/sql.ts';
import { ROW_STRUCTURE } from '../src/buffer/frame.ts';
import { ARRIVED_COLUMNS, Claims, topKeys, withoutAbsent } from '../src/connectors/claims.ts';
import { loadConnectors } from '../src/connectors/load.ts';
import { CONNECTORS, temporaryDir } from './setup.ts';

describe('what a predicate reads', () => {
  it('is told by the names at the top of a record, not by columns that fields are called like', () => {
    expect(
      topKeys('tostring(RawEventData.SourceName) startswith "a" and isnotempty(tostring(RawEventData["b c"].d))'),
    ).toEqual(new Set(['SourceName', 'b c']));
    expect(topKeys('SourceName == "x"')).toBeNull();
    expect(topKeys('tostring(RawEventData) has "x"')).toBeNull();
  });

  it('leaves out the names that no record has, and nothing else', () => {
    const match =
      'isnotempty(RawEventData.a.b) or tostring(RawEventData["c d"]) == "x" or tostring(RawEventData.e[0].f) == "y" or array_length(RawEventData.a) > 0';
    expect(withoutAbsent(match, new Set(['e']))).toBe(
      'isnotempty("") or "" == "x" or tostring(RawEventData.e[0].f) == "y" or array_length(RawEventData.a) > 0',
    );
    expect(withoutAbsent(match, new Set(['a', 'c d', 'e']))).toContain('isnotempty(tostring(RawEventData.a.b))');
  });
});

describe('a statement made for the names of a group', () => {
  const { dir, remove } = temporaryDir();
  let store: Awaited<ReturnType<typeof openEmbeddedStore>>;
  beforeAll(async () => {
    store = await openEmbeddedStore({ dataDir: dir });
  });
  afterAll(async () => {
    await store.close();
    remove();
  });

  it('claims the samples of connectors as the statement for all names does', { timeout: 120_000 }, async () => {
    const { connectors } = await loadConnectors(CONNECTORS);
    // Some of all: statements that ask every connector take long to compile.
    const definitions = connectors
      .map(({ compiled }) => compiled.definition)
      .filter(({ id }, i) => i % 4 === 0 || id === 'windows-events');
    let said: readonly unknown[] | undefined;
    const records = definitions.flatMap(({ samples }) => samples.flatMap(({ events }) => events));
    // Names that hold what stands between names when they are hashed.
    records.push({ 'EventID\nChannel': '1', Hostname: 'a' }, { EventID: '1', Channel: 'Security', Hostname: 'a' });
    await store.command(`CREATE TABLE hunting.claims_in (${ROW_STRUCTURE}) ENGINE = Memory`);
    await store.command(`CREATE TABLE hunting.claims_arrived (${ARRIVED_COLUMNS}) ENGINE = Memory`);
    await store.insertLines(
      'hunting.claims_in',
      records.map((record, i) =>
        JSON.stringify({ Sequence: i + 1, ReceivedTime: '2024-01-01 00:00:00', RawEventData: JSON.stringify(record) }),
      ),
    );
    const claimed = async (manyRows: number): Promise<Map<number, string>> => {
      const claims = new Claims(definitions, 'hunting.claims_in', 'hunting.claims_arrived', DEAD_INDEX, manyRows);
      await store.command('TRUNCATE TABLE hunting.claims_arrived');
      await store.command(claims.arrive.sql, { params: claims.arrive.params });
      const empty = claims.emptyRecord;
      if (empty) said ??= (await store.query(empty.sql, { params: empty.params })).rows[0];
      claims.learn(said ?? []);
      const shapes = (await store.query(claims.shapes)).rows.map(
        ([shape, rows]) => [Number(shape), Number(rows)] as const,
      );
      const unknown = claims.unknown(shapes.map(([shape]) => shape));
      if (unknown)
        for (const [shape, keys] of (await store.query(unknown.sql, { params: unknown.params })).rows)
          claims.name(Number(shape), keys as string[]);
      const found = new Map<number, string>();
      for (const { match } of claims.groups(new Map(shapes))) {
        const range = { seq_from: { type: 'Int64', value: 0 }, seq_to: { type: 'Int64', value: 1e9 } };
        const rows = await store.query(`SELECT Sequence, Connector FROM (${match.sql})`, {
          params: { ...match.params, ...range },
        });
        for (const [sequence, connector] of rows.rows) found.set(Number(sequence), String(connector));
      }
      return found;
    };
    const general = await claimed(Number.POSITIVE_INFINITY);
    const special = await claimed(0);
    expect(general.size).toBe(records.length);
    expect(special).toEqual(general);
    expect(general.get(records.length)).toBe('windows-events');
    expect(new Set(general.values()).size).toBeGreaterThan(15);
  });
});
