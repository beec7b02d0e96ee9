import { Session } from 'chdb';
import { expect, test } from 'vitest';
import { bindSchema } from '../src/bind/schema.ts';
import { SqlWriter } from '../src/emit/rel.ts';
import { parseExact } from '../src/host/json.ts';
import { encodeResults, RequestReader } from '../src/host/protocol.ts';
import type { Rel } from '../src/plan/ir.ts';
import { engine, run, SCHEMA } from './engine.ts';
import { runTable } from './session.ts';

const frame = (rows: readonly (readonly [string, string])[]): Buffer =>
  Buffer.concat([Buffer.from(`${rows.length}\n`), encodeResults(rows.flat())]);

test('requests are read whole wherever the stream is cut', () => {
  const long = 'ä'.repeat(400);
  const bytes = Buffer.concat([
    frame([
      ['a.b', '[1]'],
      ['c', long],
    ]),
    frame([['d', '']]),
  ]);
  for (const size of [1, 7, 300, bytes.length]) {
    const reader = new RequestReader();
    const chunks = [];
    for (let i = 0; i < bytes.length; i += size) chunks.push(...reader.push(bytes.subarray(i, i + size)));
    expect(chunks).toEqual([
      [
        { fn: 'a.b', args: '[1]' },
        { fn: 'c', args: long },
      ],
      [{ fn: 'd', args: '' }],
    ]);
  }
});

test('whole numbers beyond 2^53 keep every digit', () => {
  expect(parseExact('[9007199254740993, 12, "1234567890123456789", 1.5e300, 1234567890123456.5]')).toEqual([
    '9007199254740993',
    12,
    '1234567890123456789',
    1.5e300,
    1234567890123456.5,
  ]);
});

const hostRel = (fn: string): Rel => ({
  op: 'host',
  fn,
  options: null,
  inputs: [
    {
      op: 'rows',
      columns: [
        { id: 'a$1', name: 'a', type: 'string' },
        { id: 'b$2', name: 'b', type: 'long' },
        { id: 'c$3', name: 'c', type: 'datetime' },
      ],
      rows: ['x"y', '\u0000é', ''].map((text, i) => [
        { op: 'literal', type: 'string', value: text },
        { op: 'literal', type: 'long', value: i === 2 ? null : String(i) },
        { op: 'literal', type: 'datetime', value: '2026-01-02T03:04:05.1234567Z' },
      ]),
    },
  ],
  columns: [
    { id: 'a$4', name: 'a', type: 'string' },
    { id: 'b$5', name: 'b', type: 'long' },
    { id: 'c$6', name: 'c', type: 'datetime' },
    { id: 'n$7', name: 'n', type: 'long' },
  ],
});

async function runHost(fn: string, session = engine()): Promise<unknown[][]> {
  const schema = bindSchema(SCHEMA);
  const writer = new SqlWriter(schema, { schema: SCHEMA }, new Set());
  const sql = writer.subquery(hostRel(fn), ['a$4', 'b$5', 'c$6', 'n$7']);
  const columns = hostRel(fn).columns;
  return runTable(session, { sql, params: writer.params.used(sql), columns });
}

test('a table algorithm gets its rows in order and gives rows back, values unchanged', async () => {
  expect(await runHost('numbered')).toEqual([
    ['x"y', 0, '2026-01-02T03:04:05.1234567Z', 0],
    ['\u0000é', 1, '2026-01-02T03:04:05.1234567Z', 1],
    ['', null, '2026-01-02T03:04:05.1234567Z', 2],
  ]);
});

test('an unknown algorithm fails with its reason, and the next call works', async () => {
  // A session keeps partial output of a failed statement, so the failure gets one of its own.
  await expect(runHost('nothing', new Session((engine() as unknown as { path: string }).path))).rejects.toThrow(
    /KQL_HOST:There is no host function relation.nothing/,
  );
  expect(await runHost('numbered')).toHaveLength(3);
});

test('a materialised table is computed once: its random numbers agree with themselves', async () => {
  const { rows, sql } = await run(
    'let T = materialize(range x from 1 to 50 step 1 | extend r = rand()); T | join kind=inner (T | project x, r2 = r) on x | where r == r2 and r in (T | project r) | summarize n = count()',
  );
  expect(rows).toEqual([[50]]);
  expect(sql.match(/MATERIALIZED/g)).toHaveLength(1);
});
