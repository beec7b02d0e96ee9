import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedStore, openEmbeddedStore } from '../src/index.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'parapet-bind-'));
let store: EmbeddedStore;

beforeAll(async () => {
  store = await openEmbeddedStore({ dataDir });
});

afterAll(async () => {
  await store?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test('hostile texts arrive as they were sent', async () => {
  const texts = [
    '',
    "it's",
    'back\\slash \\n \\',
    'tab\tnew\nline\rreturn\0zero',
    '{p1:String}',
    "', param_p1 = 'x",
    '😀 é \u2028',
    "'; DROP TABLE hunting.DeviceEvents --",
    '\\N',
  ];
  for (const value of texts) {
    const { rows } = await store.query('SELECT {p0:String}, {p1:Array(String)}, {p2:Int64}, {p3:Bool}', {
      params: {
        p0: { type: 'String', value },
        p1: { type: 'Array(String)', value: [value, 'x'] },
        p2: { type: 'Int64', value: '-9223372036854775808' },
        p3: { type: 'Bool', value: true },
      },
    });
    expect(rows).toEqual([[value, [value, 'x'], '-9223372036854775808', true]]);
  }
});

test('queries with parameters run side by side and keep their own values', async () => {
  const slow = store.query('SELECT sleep(1.5), {p0:String}', { params: { p0: { type: 'String', value: 'slow' } } });
  let slowDone = false;
  void slow.then(() => {
    slowDone = true;
  });
  for (let i = 0; i < 5; i++) {
    const { rows } = await store.query('SELECT {p0:String}', {
      params: { p0: { type: 'String', value: `quick ${i}` } },
    });
    expect(rows).toEqual([[`quick ${i}`]]);
  }
  expect(slowDone).toBe(false);
  expect((await slow).rows).toEqual([[0, 'slow']]);
});
