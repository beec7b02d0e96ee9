/** What no sender should do: every protocol answers clearly, and the next request goes through. */
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BodyBudget, readBody } from '../src/http/body.ts';
import { type HttpLab, httpLab, type Key } from './http-lab.ts';

let lab: HttpLab;
const keys = new Map<string, Key>();

/** A good request of each protocol for one event, and where it goes. */
const PROTOCOLS: Readonly<
  Record<string, { path: string; type: string; scheme: string; body: (event: string) => string }>
> = {
  elastic: {
    path: '/_bulk',
    type: 'application/x-ndjson',
    scheme: 'ApiKey',
    body: (event) => `{"create":{}}\n${event}\n`,
  },
  hec: {
    path: '/services/collector',
    type: 'application/json',
    scheme: 'Splunk',
    body: (event) => `{"event":${event}}`,
  },
  otlp: {
    path: '/v1/logs',
    type: 'application/json',
    scheme: 'Bearer',
    body: (event) =>
      `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":${JSON.stringify(event)}}}]}]}]}`,
  },
  http: { path: '/api/ingest/x', type: 'application/json', scheme: 'Bearer', body: (event) => event },
};

beforeAll(async () => {
  lab = await httpLab({
    limits: { maxBodyBytes: 30_000_000, maxLineBytes: 1_000_000 },
    server: { requestTimeout: 3_000, http: { headersTimeout: 1_000, connectionsCheckingInterval: 200 } } as object,
  });
  for (const kind of Object.keys(PROTOCOLS)) keys.set(kind, await lab.source(kind));
});
afterAll(() => lab.close());

async function post(kind: string, body: Uint8Array | string, headers: Record<string, string> = {}): Promise<number> {
  const protocol = PROTOCOLS[kind];
  if (!protocol) throw new Error(kind);
  const answer = await fetch(lab.url + protocol.path, {
    method: 'POST',
    headers: {
      authorization: `${protocol.scheme} ${keys.get(kind)?.encoded}`,
      'content-type': protocol.type,
      ...headers,
    },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  await answer.arrayBuffer();
  return answer.status;
}

const good = (kind: string, event: string): string => PROTOCOLS[kind]?.body(event) ?? '';

describe.each(Object.keys(PROTOCOLS))('%s', (kind) => {
  const gzip = { 'content-encoding': 'gzip' };

  it('refuses truncated and bombed gzip, a body over the limit and a line over the limit; the rest goes through', async () => {
    const packed = gzipSync(good(kind, '{"n":1}'));
    expect(await post(kind, packed.subarray(0, packed.length - 6), gzip)).toBe(400);
    const before = process.memoryUsage().rss;
    const bomb = gzipSync(Buffer.alloc(400_000_000, 0x20), { level: 9 });
    expect(bomb.length).toBeLessThan(500_000);
    expect(await post(kind, bomb, gzip)).toBe(413);
    expect(process.memoryUsage().rss - before).toBeLessThan(900_000_000);
    expect(await post(kind, Buffer.alloc(31_000_000, 0x20))).toBe(413);
    const long = await post(kind, good(kind, `{"long":"${'x'.repeat(2_000_000)}"}`));
    // Protocols that answer event by event say so inside a 200.
    expect([200, 202, 400]).toContain(long);
    expect(await post(kind, gzipSync(good(kind, '{"n":"through"}')), gzip)).toBeLessThan(300);
    const records = await lab.records(keys.get(kind) as Key);
    expect(records.map((record) => record.n)).toEqual(['through']);
    const dead = await lab.query(
      `SELECT count() FROM hunting.ParapetDeadLetter WHERE SourceId = '${keys.get(kind)?.sourceId}' AND Reason = 'line_too_long'`,
    );
    expect(dead).toEqual([['1']]);
  });

  it('stores broken UTF-8, equal keys, large numbers, ten thousand fields and dates at the ends of time', async () => {
    const fields = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`f${i}`, i]));
    const events = [
      '{"a":1,"a":2}',
      '{"big":123456789012345678901234567890,"small":-9223372036854775808}',
      JSON.stringify(fields),
      '{"@timestamp":"0000-01-01T00:00:00Z"}',
      '{"@timestamp":"9999-12-31T23:59:59Z"}',
      '{"n":"last"}',
    ];
    const own = keys.get(kind) as Key;
    const count = (await lab.records(own)).length;
    for (const event of events) expect(await post(kind, good(kind, event)), event.slice(0, 60)).toBeLessThan(300);
    const broken = Buffer.from(good(kind, '{"n":"ab"}'), 'latin1');
    broken[broken.indexOf('ab')] = 0xff;
    expect(await post(kind, broken)).toBeLessThan(300);
    const records = (await lab.records(own)).slice(count);
    expect(records).toHaveLength(events.length + 1);
    expect(Object.keys(records[2] ?? {}).length).toBeGreaterThanOrEqual(10_000);
    expect(records.at(-2)?.n).toBe('last');
    expect(records.at(-1)?.n).toBe('\ufffdb');
  });
});

describe('slow and many connections', () => {
  it('a body that trickles in ends with 408', async () => {
    const { Readable } = await import('node:stream');
    async function* drops() {
      for (;;) {
        yield Buffer.from('x');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    const budget = new BodyBudget(1_000_000);
    const limits = { maxBodyBytes: 1_000_000, minBytesPerSecond: 1_000, graceMs: 200 };
    await expect(readBody(Readable.from(drops()), undefined, limits, budget)).rejects.toMatchObject({
      code: 'too_slow',
      status: 408,
    });
    // What it held is given back.
    budget.take(1_000_000);
  });

  it('a client that sends a byte a second is cut off, a thousand that only connect hold nobody up', async () => {
    const sockets: Socket[] = [];
    const closed: Promise<void>[] = [];
    const open = (first: string): Socket => {
      const socket = connect(lab.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(first);
      sockets.push(socket);
      closed.push(new Promise((resolve) => socket.once('close', () => resolve())));
      socket.resume();
      return socket;
    };
    const own = keys.get('hec');
    open('POST /services/collector HTTP/1.1\r\nHost: x\r\n');
    const slow = open(
      `POST /services/collector HTTP/1.1\r\nHost: x\r\nAuthorization: Splunk ${own?.encoded}\r\nContent-Length: 1000\r\n\r\n`,
    );
    const timer = setInterval(() => slow.write(' '), 1_000);
    for (let i = 0; i < 1_000; i++) open('GET / HT');
    const started = Date.now();
    expect(await post('hec', '{"event":"not held up"}')).toBe(200);
    expect(Date.now() - started).toBeLessThan(10_000);
    await Promise.all(closed);
    clearInterval(timer);
    expect(await post('hec', '{"event":"still there"}')).toBe(200);
    for (const socket of sockets) socket.destroy();
  });
});
