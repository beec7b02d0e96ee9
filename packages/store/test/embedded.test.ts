import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadHuntingSchema, ParapetError } from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedStore, openEmbeddedStore } from '../src/embedded/store.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'parapet-store-'));
let store: EmbeddedStore;

beforeAll(async () => {
  store = await openEmbeddedStore({ dataDir });
});

afterAll(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const code = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
    return 'no error';
  } catch (error) {
    return error instanceof ParapetError ? error.code : `not a ParapetError: ${String(error)}`;
  }
};

describe('embedded store', () => {
  it('creates every table of the schema', async () => {
    const result = await store.query("SELECT count() FROM system.tables WHERE database = 'hunting'");
    expect(Number(result.rows[0]?.[0])).toBe(loadHuntingSchema().tables.length);
    expect(loadHuntingSchema().tables.length).toBeGreaterThanOrEqual(368);
  });

  it('takes rows with typed values and gives them back', async () => {
    await store.insertRows('DeviceEvents', [
      {
        Timestamp: '2024-05-01T10:00:00.1234567Z',
        DeviceName: 'a',
        ActionType: 'X',
        ReportId: 7,
        AdditionalFields: { PipeName: 'p' },
      },
      { Timestamp: '2020-01-01T00:00:00Z', DeviceName: 'b"\\\'`' },
    ]);
    const result = await store.query(
      'SELECT Timestamp, DeviceName, ReportId, AdditionalFields FROM hunting.DeviceEvents ORDER BY Timestamp',
    );
    expect(result.rows).toEqual([
      ['2020-01-01 00:00:00.0000000', 'b"\\\'`', null, ''],
      ['2024-05-01 10:00:00.1234567', 'a', '7', '{"PipeName":"p"}'],
    ]);
  });

  it('drops a repeated insert with the same token, also one that selects', async () => {
    const rows = [{ Timestamp: '2024-05-01T10:00:00Z', AlertId: 'da1', Title: 't' }];
    await store.insertRows('AlertInfo', rows, { deduplicationToken: 'x-1' });
    await store.insertRows('AlertInfo', rows, { deduplicationToken: 'x-1' });
    const select =
      "INSERT INTO hunting.AlertInfo (Timestamp, AlertId) SELECT toDateTime64('2024-01-01 00:00:00', 7, 'UTC') + number, concat('s', toString(number)) FROM numbers(1000) ORDER BY ALL";
    await store.command(select, { deduplicationToken: 'x-2' });
    await store.command(select, { deduplicationToken: 'x-2' });
    const result = await store.query('SELECT count() FROM hunting.AlertInfo');
    expect(Number(result.rows[0]?.[0])).toBe(1001);
  });

  it('refuses writes, settings and table functions to queries', async () => {
    expect(await code(store.query("SELECT * FROM file('/etc/hostname', 'LineAsString')"))).toBe('query_forbidden');
    expect(await code(store.query('DROP TABLE hunting.DeviceEvents'))).not.toBe('no error');
    expect(await code(store.query("SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')"))).toBe('query_forbidden');
  });

  it('names the limit that stopped a query', async () => {
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
  });

  it('keeps the answers of later queries clean after one that failed half-way', async () => {
    for (let attempt = 0; attempt < 8; attempt += 1) {
      expect(
        await code(store.query('SELECT number FROM numbers(1000000)', { limits: { maxResultBytes: 1_000 } })),
      ).toBe('query_result_size');
      expect(
        (await store.query('SELECT {n:UInt8}', { params: { n: { type: 'UInt8', value: attempt } } })).rows,
      ).toEqual([[attempt]]);
    }
  });

  it('cancels at once and frees the engine within two seconds', async () => {
    const controller = new AbortController();
    const running = store.query('SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) % 7 = 3', {
      signal: controller.signal,
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    controller.abort();
    expect(await code(running)).toBe('query_cancelled');
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const left = await store.query(
      "SELECT count() FROM system.processes WHERE query LIKE '%1000000000000%' AND query NOT LIKE '%system.processes%'",
    );
    expect(Number(left.rows[0]?.[0])).toBe(0);
  });

  it('runs queries with values side by side, each with its own', async () => {
    const slow = store.query('SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) % {m:UInt8} = 3', {
      params: { m: { type: 'UInt8', value: 7 } },
      limits: { timeoutMs: 5_000 },
    });
    const slowCode = code(slow);
    const started = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, value) => {
        const params = { v: { type: 'String', value: `v${value}` }, n: { type: 'UInt32', value } };
        const result = await store.query('SELECT {v:String}, {n:UInt32} FROM numbers(3) LIMIT 1', { params });
        return result.rows[0];
      }),
    );
    expect(answers).toEqual(Array.from({ length: 40 }, (_, value) => [`v${value}`, value]));
    expect(performance.now() - started).toBeLessThan(4_500);
    expect(await slowCode).toBe('query_timeout');
  });

  it('keeps hostile values what they are', async () => {
    const hostile = [
      "'",
      '\\',
      "\\'",
      '`',
      '{n:UInt8}',
      'a\tb\nc\rd\0e\bf\fg',
      '\\N',
      "['x']",
      '\u{1F600}',
      '',
      "'; DROP TABLE x --",
    ];
    const params = {
      list: { type: 'Array(String)', value: hostile },
      none: { type: 'Nullable(Int64)', value: null },
      yes: { type: 'Bool', value: true },
      big: { type: 'Int64', value: '-9223372036854775808' },
      numbers: { type: 'Array(Int64)', value: [1, -2] },
    };
    const result = await store.query(
      'SELECT {list:Array(String)}, {none:Nullable(Int64)}, {yes:Bool}, {big:Int64}, {numbers:Array(Int64)}',
      { params },
    );
    expect(result.rows).toEqual([[hostile, null, true, '-9223372036854775808', ['1', '-2']]]);
    for (const text of hostile) {
      const one = await store.query('SELECT {t:String}', { params: { t: { type: 'String', value: text } } });
      expect(one.rows).toEqual([[text]]);
    }
  });

  it('frees every session that a cancelled query held, also of queries that had not begun', async () => {
    const controller = new AbortController();
    const running = Array.from({ length: 6 }, () =>
      code(
        store.query('SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) % {m:UInt8} = 3', {
          params: { m: { type: 'UInt8', value: 7 } },
          signal: controller.signal,
        }),
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    controller.abort();
    expect(new Set(await Promise.all(running))).toEqual(new Set(['query_cancelled']));
    const started = performance.now();
    await Promise.all(Array.from({ length: 3 }, () => store.query('SELECT 1')));
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('refuses unknown tables and columns by name', async () => {
    expect(await code(store.insertRows('NoSuchTable', [{}]))).toBe('unknown_table');
    expect(await code(store.insertRows('DeviceEvents', [{ Nope: 1 }]))).toBe('unknown_column');
  });

  it('survives the death of the engine: calls in flight fail, later ones work, rows are still there', async () => {
    const before = Number((await store.query('SELECT count() FROM hunting.AlertInfo')).rows[0]?.[0]);
    const running = store.query('SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) % 7 = 3');
    const failed = code(running);
    await new Promise((resolve) => setTimeout(resolve, 200));
    process.kill(store.enginePid ?? 0, 'SIGKILL');
    expect(await failed).toBe('engine_restarted');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const after = Number((await store.query('SELECT count() FROM hunting.AlertInfo')).rows[0]?.[0]);
    expect(after).toBe(before);
    expect((await store.health()).restarts).toBe(1);
  });
});
