import { createClient } from '@clickhouse/client';
import { loadHuntingSchema, ParapetError } from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterDdl, forShards, shardingKey } from '../src/cluster/ddl.ts';
import { firstBatch, nodeOf } from '../src/cluster/identity.ts';
import { openClusterStore } from '../src/cluster/store.ts';
import { createHunting, type Hunting, type TelemetryStore } from '../src/index.ts';
import { type Front, startFront } from './http-front.ts';

const all = loadHuntingSchema();
const tables = all.tables.filter((t) => ['DeviceEvents', 'AlertInfo', 'ParapetRawEvents'].includes(t.name));
const schema = { ...all, tables, byName: new Map(tables.map((t) => [t.name, t])) };
const LAYOUT = { cluster: 'parapet' };
let front: Front;
let store: TelemetryStore;
let hunting: Hunting;

beforeAll(async () => {
  front = await startFront();
  store = await openClusterStore({ url: front.url, cluster: 'parapet', schema, filesDir: '/nowhere' });
  hunting = createHunting(store);
});

afterAll(async () => {
  await hunting?.close();
  await store?.close();
  await front?.close();
});

const code = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof ParapetError ? error.code : String(error)),
  );

describe('definitions of a cluster', () => {
  it('every statement of the whole schema is read by the engine as written', async () => {
    const client = createClient({ url: front.url });
    const statements = clusterDdl(all, LAYOUT);
    expect(statements.length).toBe(2 + 2 * all.tables.length);
    for (let i = 0; i < statements.length; i += 100) {
      const result = await client.query({
        query: 'SELECT formatQuerySingleLine(arrayJoin({list:Array(String)})) AS text',
        query_params: { list: statements.slice(i, i + 100) },
        format: 'JSONCompact',
      });
      for (const [text] of ((await result.json()) as unknown as { data: string[][] }).data)
        expect(text).toContain('ON CLUSTER parapet');
    }
    await client.close();
  });

  it('local tables are replicated by shard and replica, distributed ones in front of them', () => {
    const [, , local = '', distributed = ''] = clusterDdl(schema, LAYOUT);
    expect(local).toContain(
      "ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/hunting_local/AlertInfo', '{replica}')",
    );
    expect(local).toContain('replicated_deduplication_window = 10000');
    expect(distributed).toContain("ENGINE = Distributed('parapet', 'hunting_local', 'AlertInfo', cityHash64(_Batch))");
    const byName = (name: string) => all.byName.get(name) ?? all.tables[0];
    const key = (name: string) => {
      const table = byName(name);
      return table ? shardingKey(table) : '';
    };
    expect(key('DeviceEvents')).toBe("if(`DeviceId` = '', cityHash64(_Batch), cityHash64(`DeviceId`))");
    expect(key('ParapetRawEvents')).toBe('cityHash64(_Batch)');
    expect(() => clusterDdl(schema, { cluster: 'x`; DROP' })).toThrow(/cluster name/);
  });

  it('changes of rows go to the shards', () => {
    expect(forShards('ALTER TABLE hunting.`A` DELETE WHERE _Batch = 1', LAYOUT)).toBe(
      'ALTER TABLE hunting_local.`A` ON CLUSTER `parapet` DELETE WHERE _Batch = 1',
    );
    expect(forShards('INSERT INTO hunting.A SELECT 1', LAYOUT)).toBe('INSERT INTO hunting.A SELECT 1');
  });

  it('batches of several nodes never have one number', () => {
    const numbers = [0, 1, 2, 8191].flatMap((node) => [firstBatch(node) + 1, firstBatch(node) + 2 ** 40 - 1]);
    expect(new Set(numbers).size).toBe(8);
    expect(numbers.every(Number.isSafeInteger)).toBe(true);
    expect(numbers.map(nodeOf)).toEqual([0, 0, 1, 1, 2, 2, 8191, 8191]);
    expect(() => firstBatch(8192)).toThrow(RangeError);
  });
});

describe('the store over HTTP', () => {
  it('takes rows and answers hunts as the embedded store does', async () => {
    await store.insertRows('DeviceEvents', [
      {
        Timestamp: '2024-05-01T10:00:00.1234567Z',
        DeviceName: 'a',
        DeviceId: 'd1',
        ActionType: 'X',
        ReportId: 7,
        AdditionalFields: { PipeName: 'p\t"\'' },
      },
      { Timestamp: '2020-01-01T00:00:00Z', DeviceName: 'b"\\\'`', ReportId: '9223372036854775807' },
    ]);
    const found = await hunting.run(
      'DeviceEvents | sort by Timestamp asc | project Timestamp, DeviceName, ReportId, AdditionalFields.PipeName',
    );
    expect(found.rows).toEqual([
      ['2020-01-01T00:00:00.0000000Z', 'b"\\\'`', '9223372036854775807', null],
      ['2024-05-01T10:00:00.1234567Z', 'a', 7, 'p\t"\''],
    ]);
    const quoted = await hunting.run('DeviceEvents | where DeviceName in ("b\\"\\\\\'`", "x") | count');
    expect(quoted.rows).toEqual([[1]]);
    const insert = front.seen.find((one) => one.sql.startsWith('INSERT INTO hunting.DeviceEvents'));
    expect(insert?.settings).toMatchObject({ insert_quorum: 'auto', distributed_foreground_insert: '1' });
    const hunt = front.seen.filter((one) => one.sql.includes('`DeviceName$')).at(-1);
    expect(hunt?.settings).toMatchObject({
      readonly: '1',
      distributed_product_mode: 'global',
      skip_unavailable_shards: '0',
    });
  });

  it('keeps hostile values what they are', async () => {
    const hostile = [
      "'",
      '\\',
      "\\'",
      '`',
      '{n:UInt8}',
      'a\tb\nc\rd',
      '\\N',
      "['x']",
      '\u{1F600}',
      '',
      "'; DROP TABLE x --",
    ];
    const result = await store.query('SELECT {list:Array(String)}, {none:Nullable(Int64)}, {big:Int64}', {
      params: {
        list: { type: 'Array(String)', value: hostile },
        none: { type: 'Nullable(Int64)', value: null },
        big: { type: 'Int64', value: '-9223372036854775808' },
      },
    });
    expect(result.rows).toEqual([[hostile, null, '-9223372036854775808']]);
  });

  it('takes lines for tables of its own', async () => {
    await store.command('CREATE DATABASE IF NOT EXISTS own');
    await store.command('CREATE TABLE own.t (a UInt64, b String) ENGINE = MergeTree ORDER BY a');
    await store.insertLines('own.t', ['{"a":1,"b":"x"}', '{"a":2}']);
    expect((await store.query('SELECT a, b FROM own.t ORDER BY a')).rows).toEqual([
      ['1', 'x'],
      ['2', ''],
    ]);
  });

  it('takes more values than fit in an address', async () => {
    const list = Array.from({ length: 40_000 }, (_, i) => `value '${i}' of a long watchlist`);
    const result = await store.query('SELECT length({list:Array(String)}), {list:Array(String)}[40000]', {
      params: { list: { type: 'Array(String)', value: list } },
    });
    expect(result.rows).toEqual([['40000', list.at(-1)]]);
  });

  it('names the limit that stopped a query, and refuses writes and table functions', async () => {
    const slow = 'SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) % 7 = 3';
    expect(await code(store.query(slow, { limits: { timeoutMs: 300 } }))).toBe('query_timeout');
    expect(
      await code(
        store.query('SELECT groupArray(number) FROM numbers(100000000)', { limits: { maxMemoryBytes: 50_000_000 } }),
      ),
    ).toBe('query_memory');
    expect(await code(store.query('SELECT number FROM numbers(1000000)', { limits: { maxResultBytes: 1_000 } }))).toBe(
      'query_result_size',
    );
    expect(await code(store.query("SELECT * FROM file('/etc/hostname', 'LineAsString')"))).toBe('query_forbidden');
  });

  it('cancels by the id of the query', async () => {
    const controller = new AbortController();
    const running = store.query('SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) % 7 = 3', {
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 300);
    expect(await code(running)).toBe('query_cancelled');
    await expect
      .poll(() => front.seen.some((one) => /^KILL QUERY ON CLUSTER `parapet` WHERE initial_query_id/.test(one.sql)), {
        timeout: 5_000,
      })
      .toBe(true);
    await expect
      .poll(
        async () =>
          Number(
            (
              await store.query(
                "SELECT count() FROM system.processes WHERE query LIKE '%1000000000000%' AND query NOT LIKE '%system.processes%'",
              )
            ).rows[0]?.[0],
          ),
        { timeout: 5_000 },
      )
      .toBe(0);
  }, 15_000);

  it('takes a repeated insert once, deletes on the shards, adds columns', async () => {
    const rows = [{ Timestamp: '2024-05-01T10:00:00Z', AlertId: 'da1', Title: 't' }];
    await store.insertRows('AlertInfo', rows, { deduplicationToken: 'x-1' });
    await store.insertRows('AlertInfo', rows, { deduplicationToken: 'x-1' });
    expect((await hunting.run('AlertInfo | count')).rows).toEqual([[1]]);
    await store.command('ALTER TABLE hunting.`AlertInfo` DELETE WHERE AlertId = {id:String}', {
      params: { id: { type: 'String', value: 'da1' } },
      settings: { mutations_sync: 2 },
    });
    expect((await hunting.run('AlertInfo | count')).rows).toEqual([[0]]);
    const table = schema.byName.get('AlertInfo');
    if (!table) throw new Error('table');
    const wider = { ...table, columns: [...table.columns, { name: 'Site_CF', type: 'dynamic' as const }] };
    schema.byName.set('AlertInfo', wider);
    tables.splice(tables.indexOf(table), 1, wider);
    await store.reshape(['AlertInfo']);
    await store.insertRows('AlertInfo', [{ Timestamp: '2024-05-01T10:00:00Z', Site_CF: { a: 1 } }]);
    expect((await store.query('SELECT `Site_CF` FROM hunting.AlertInfo')).rows).toEqual([['{"a":1}']]);
  });

  it('a broken connection is a failure that may be tried again', async () => {
    front.breakNext(5);
    expect(await code(store.query('SELECT 1'))).toBe('engine_restarted');
    front.breakNext(0);
    expect((await store.query('SELECT 1')).rows).toEqual([[1]]);
    expect(await store.status()).toMatchObject({ kind: 'cluster', ok: true });
    expect(
      await code(openClusterStore({ url: 'http://127.0.0.1:1', cluster: 'parapet', schema, filesDir: '/x' })),
    ).toBe('engine_start_failed');
  });
});
