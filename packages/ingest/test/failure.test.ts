import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Laboratory, laboratory, SENDER } from './setup.ts';

/** A connector the engine refuses for some events: it divides by a number that stands in the event. */
const FRAGILE = `id: fragile
title: Fragile
vendor: Test
description: Divides by a number that stands in the event.
match: isnotempty(RawEventData.fragile)
prepare: |
  extend T = tostring(RawEventData.time), Name = tostring(RawEventData.fragile), Divisor = tolong(tostring(RawEventData.divisor)), Prep = hash("p", tolong(tostring(RawEventData.prepare)))
time: T
outputs:
  - table: DeviceEvents
    when: true
    transform: |
      project Timestamp = EventTime, DeviceName = Name, ActionType = strcat("Fragile", tostring(Prep)), FileSize = hash("x", Divisor)
  - table: DeviceInfo
    when: true
    transform: |
      project Timestamp = EventTime, DeviceName = Name
samples:
  - name: s
    event: { fragile: x }
`;
const BROKEN = FRAGILE.replace('id: fragile', 'id: broken').replace('T = tostring(RawEventData.time)', 'T = Nowhere');

const connectorsDir = mkdtempSync(join(tmpdir(), 'parapet-connectors-'));
let lab: Laboratory;
const event = (name: string, more: Record<string, unknown> = {}): string =>
  JSON.stringify({ fragile: name, time: '2024-01-01T00:00:00Z', divisor: 7, prepare: 5, ...more });

beforeAll(async () => {
  mkdirSync(join(connectorsDir, 'test'));
  writeFileSync(join(connectorsDir, 'test', 'fragile.yaml'), FRAGILE);
  writeFileSync(join(connectorsDir, 'test', 'broken.yaml'), BROKEN);
  lab = await laboratory({ connectorsDir });
});
afterAll(async () => {
  await lab.close();
  rmSync(connectorsDir, { recursive: true, force: true });
});

describe('when something fails', () => {
  it('a broken connector is named with file and line and does not stop the others', () => {
    expect(lab.ingest.connectors().map((connector) => connector.id)).toEqual(['fragile']);
    expect(lab.ingest.connectorProblems()).toEqual([
      { file: 'test/broken.yaml', line: 7, message: expect.stringMatching(/Nowhere/) },
    ]);
  });

  it('events the engine refuses are set aside one by one, the rest of the batch lands', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
    await lab.ingest.append(
      SENDER,
      'x',
      names.map((name, i) => event(name, i === 3 || i === 17 ? { divisor: 0 } : i === 9 ? { prepare: 0 } : {})),
    );
    await lab.ingest.idle();
    expect(
      await lab.query("SELECT count(), countIf(DeviceName IN ('n3', 'n17', 'n9')) FROM hunting.DeviceEvents"),
    ).toEqual([['17', '0']]);
    expect(await lab.query('SELECT count() FROM hunting.DeviceInfo')).toEqual([['19']]);
    expect(
      await lab.query(
        "SELECT JSONExtractString(RawText, 'fragile') AS n, Reason, Connector, Detail LIKE '%Division by zero%' FROM hunting.ParapetDeadLetter ORDER BY n",
      ),
    ).toEqual([
      ['n17', 'transform_failed', 'fragile', 1],
      ['n3', 'transform_failed', 'fragile', 1],
      ['n9', 'transform_failed', 'fragile', 1],
    ]);
    expect(await lab.query('SELECT count() FROM hunting.ParapetRawEvents')).toEqual([['20']]);
  });

  it('the death of the engine delays a batch and changes nothing else', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `k${i}`);
    let committed = 0;
    const stop = lab.ingest.onCommitted(() => committed++);
    await lab.ingest.append(
      SENDER,
      'x',
      names.map((name) => event(name)),
    );
    // As soon as the first rows of the batch are there, while the rest of its statements are on their way.
    for (let i = 0; i < 2_000; i++) {
      const raw = await lab.query("SELECT count() FROM hunting.ParapetRawEvents WHERE RawEventData LIKE '%\"k1%'");
      if (Number(raw[0]?.[0]) > 0) break;
    }
    process.kill(lab.store.enginePid ?? 0, 'SIGKILL');
    await lab.ingest.idle();
    stop();
    expect(committed).toBeGreaterThan(0);
    expect(
      await lab.query("SELECT count(), uniqExact(DeviceName) FROM hunting.DeviceEvents WHERE DeviceName LIKE 'k%'"),
    ).toEqual([['300', '300']]);
    expect(await lab.query("SELECT count() FROM hunting.ParapetRawEvents WHERE RawEventData LIKE '%\"k%'")).toEqual([
      ['300'],
    ]);
    expect(lab.ingest.metrics().retries).toBeGreaterThan(0);
    expect(lab.ingest.metrics().stalled).toBeNull();
  });

  it('a time that cannot be read is replaced, marked and reported', async () => {
    await lab.ingest.append(SENDER, 'x', [event('t1', { time: 'yesterday' }), event('t2', { time: undefined })]);
    await lab.ingest.idle();
    expect(
      await lab.query(
        "SELECT DeviceName, JSONExtractString(AdditionalFields, '_time'), Timestamp = _TimeReceived FROM hunting.DeviceEvents WHERE DeviceName IN ('t1', 't2') ORDER BY 1",
      ),
    ).toEqual([
      ['t1', 'invalid', 1],
      ['t2', 'missing', 1],
    ]);
    expect(await lab.query("SELECT count() FROM hunting.ParapetDeadLetter WHERE Reason = 'missing_timestamp'")).toEqual(
      [['2']],
    );
  });
});

describe('when the buffer is full', () => {
  it('answers 429 with Retry-After and takes events again later', async () => {
    const { default: Fastify } = await import('fastify');
    const { registerIngest } = await import('../src/index.ts');
    const small = await laboratory({ connectorsDir, limits: { bufferBytes: 60_000, batchIdleMs: 3_000 } });
    const app = Fastify();
    registerIngest(app, small.ingest);
    const body = `{"create":{}}\n${event('f', { filler: 'z'.repeat(20_000) })}\n`;
    const post = () =>
      app.inject({
        method: 'POST',
        url: '/_bulk',
        payload: body,
        headers: { authorization: 'ApiKey good', 'content-type': 'application/x-ndjson' },
      });
    expect((await post()).statusCode).toBe(200);
    expect((await post()).statusCode).toBe(200);
    const refused = await post();
    expect(refused.statusCode).toBe(429);
    expect(refused.headers['retry-after']).toBe('5');
    expect(refused.json()).toMatchObject({ status: 429, errors: true, items: [{ create: { status: 429 } }] });
    await small.ingest.idle();
    expect((await post()).statusCode).toBe(200);
    await small.ingest.idle();
    expect(await small.query('SELECT count() FROM hunting.ParapetRawEvents')).toEqual([['3']]);
    await app.close();
    await small.close();
  });
});
