import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Acks } from '../src/hec/acks.ts';
import { parseEvents } from '../src/hec/parse.ts';
import { Growth } from '../src/http/growth.ts';
import { type HttpLab, httpLab, type Key } from './http-lab.ts';

const CHANNEL = '0aa5b0d2-44e5-41d3-9d1d-0e2b6ab7a001';
let lab: HttpLab;
let key: Key;

beforeAll(async () => {
  lab = await httpLab({ limits: { maxBodyBytes: 400_000, maxLineBytes: 100_000 } });
  key = await lab.source('hec');
});
afterAll(() => lab.close());

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly retryAfter: string | null;
}

async function send(
  body: string | Buffer,
  options: { path?: string; key?: Key; headers?: Record<string, string>; authorization?: string | null } = {},
): Promise<Answer> {
  const authorization = options.authorization ?? `Splunk ${(options.key ?? key).encoded}`;
  const answer = await fetch(`${lab.url}/services/collector${options.path ?? ''}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { ...(options.authorization === null ? {} : { authorization }), ...options.headers },
  });
  return {
    status: answer.status,
    body: (await answer.json()) as Record<string, unknown>,
    retryAfter: answer.headers.get('retry-after'),
  };
}

describe('events', () => {
  it('are read without anything between them, exactly as sent, and told where they come from', async () => {
    const own = await lab.source('hec');
    const answer = await send(
      '{"time":1426279439.123456,"host":"web-1","source":"app","sourcetype":"st","index":"main","event":{"id":12345678901234567890,"a":[1,{"b":"}"}]},"fields":{"k":"v"}}' +
        '{"event":"Something \\"happened\\"","host":"192.0.2.7","time":"1700000000"}{"event":{"@timestamp":"2024-01-01T00:00:00Z","host":"kept"},"host":"other","time":1}' +
        '\r\n{"event":"{\\"json\\":\\"in text\\"}"} {"event":7}',
      { key: own, path: '/event/1.0' },
    );
    expect(answer).toEqual({ status: 200, body: { text: 'Success', code: 0 }, retryAfter: null });
    expect(await lab.records(own)).toEqual([
      {
        '@timestamp': '2015-03-13T20:43:59.123456Z',
        host: { hostname: 'web-1' },
        _hec: {
          time: 1426279439.123456,
          host: 'web-1',
          source: 'app',
          sourcetype: 'st',
          index: 'main',
          fields: { k: 'v' },
        },
        id: Number('12345678901234567890'),
        a: [1, { b: '}' }],
      },
      {
        '@timestamp': '2023-11-14T22:13:20Z',
        host: { ip: '192.0.2.7' },
        _hec: { time: '1700000000', host: '192.0.2.7' },
        message: 'Something "happened"',
      },
      { _hec: { time: 1, host: 'other' }, '@timestamp': '2024-01-01T00:00:00Z', host: 'kept' },
      { json: 'in text' },
      { message: '7' },
    ]);
    const [row] = await lab.query(
      `SELECT RawEventData, IndexName FROM hunting.ParapetRawEvents WHERE SourceId = '${own.sourceId}' ORDER BY Sequence LIMIT 1`,
    );
    expect(row?.[0]).toContain('"id":12345678901234567890');
    expect(row?.[1]).toBe('main');
  });

  it('reach the tables of the connector that knows them', async () => {
    const own = await lab.source('hec');
    const trail = { eventTime: '2024-01-01T00:00:00Z', eventSource: 'iam.amazonaws.com', eventName: 'ListUsers' };
    await send(gzipSync(JSON.stringify({ event: { ...trail, eventID: 'hec-1' }, sourcetype: 'aws:cloudtrail' })), {
      key: own,
      headers: { 'content-encoding': 'gzip' },
    });
    await send(JSON.stringify({ event: JSON.stringify({ ...trail, eventID: 'hec-2' }) }), { key: own });
    await lab.ingest.idle();
    expect(
      await lab.query("SELECT ReportId FROM hunting.CloudAuditEvents WHERE ReportId LIKE 'hec-%' ORDER BY ReportId"),
    ).toEqual([['hec-1'], ['hec-2']]);
  });

  it('that are bad are named by number and set aside; a sender goes on behind them without doubling any', async () => {
    const own = await lab.source('hec');
    const wrong: [string, number, number][] = [
      ['{"event":"a"}{"event":""}{"event":"b"}', 13, 1],
      ['{"event":"a"}{"event":"b"}{"time":1}', 12, 2],
      ['{"event":"a"}\n{"event": oops}\n{"event":"b"}', 6, 1],
      ['{"event":"a","fields":[1]}{"event":"b"}{"event":"a"}', 15, 0],
      ['{"event":"a"}\n{"event":"b"}\n{"event":"never ends', 6, 2],
      ['{"event":"a"}\nnonsense\n{"event":"b"}', 6, 1],
      [`{"event":"a"}{"event":"${'x'.repeat(120_000)}"}{"event":"b"}`, 6, 1],
    ];
    // Every one twice: what a sender repeats is answered alike and stored once.
    const repeated = [...wrong, ...wrong];
    for (const [body, code, number] of repeated) {
      const answer = await send(body, { key: own });
      expect([answer.status, answer.body.code, answer.body['invalid-event-number']], body.slice(0, 80)).toEqual([
        400,
        code,
        number,
      ]);
    }
    const stored = (await lab.records(own)).map((record) => record.message);
    // What stands before the bad event, and nothing behind it: the sender was told from where on nothing was taken.
    expect(stored).toEqual(['a', 'a', 'b', 'a', 'a', 'b', 'a', 'a']);
    await send('{"event":"b"}', { key: own });
    expect((await lab.records(own)).map((record) => record.message)).toEqual([...stored, 'b']);
    const dead = await lab.query(
      `SELECT count() FROM hunting.ParapetDeadLetter WHERE SourceId = '${own.sourceId}' AND Reason IN ('malformed_event', 'malformed_json', 'line_too_long')`,
    );
    expect(Number(dead[0]?.[0])).toBe(7);
  });

  it('must go to an index the source allows', async () => {
    const own = await lab.source('hec', { indexes: 'main, security' });
    expect((await send('{"event":"a","index":"security"}', { key: own })).body.code).toBe(0);
    expect((await send('{"event":"a","index":"other"}', { key: own })).body).toMatchObject({
      code: 7,
      'invalid-event-number': 0,
    });
    expect((await send('a', { key: own, path: '/raw?index=other' })).body.code).toBe(7);
  });
});

describe('the raw endpoint', () => {
  it('cuts lines, keeps objects whole and takes what the address says', async () => {
    const own = await lab.source('hec');
    await send('one\r\n\n  two\n{"a":\n 1}\n{"b":2}\nthree', {
      key: own,
      path: '/raw/1.0?host=h1&sourcetype=plain&time=1700000000.5',
    });
    const records = await lab.records(own);
    expect(records.map((record) => record.message ?? record.a ?? record.b)).toEqual(['one', '  two', 1, 2, 'three']);
    expect(records[0]).toMatchObject({
      '@timestamp': '2023-11-14T22:13:20.5Z',
      host: { hostname: 'h1' },
      _hec: { sourcetype: 'plain' },
    });
  });

  it('keeps indented lines or the whole body together where the source says so', async () => {
    const indent = await lab.source('hec', { lineBreaking: 'indent' });
    await send('Error: x\n  at a\n\tat b\nnext', { key: indent, path: '/raw' });
    expect((await lab.records(indent)).map((record) => record.message)).toEqual(['Error: x\n  at a\n\tat b', 'next']);
    const body = await lab.source('hec', { lineBreaking: 'body' });
    await send('a\nb\n', { key: body, path: '/raw' });
    expect((await lab.records(body)).map((record) => record.message)).toEqual(['a\nb\n']);
  });
});

describe('acknowledgement', () => {
  it('turns true when the rows answer a query, is told once, and needs a channel', async () => {
    const own = await lab.source('hec', { useAck: true });
    expect((await send('{"event":"a"}', { key: own })).body.code).toBe(10);
    expect(
      (await send('{"event":"a"}', { key: own, headers: { 'x-splunk-request-channel': 'not a guid' } })).body.code,
    ).toBe(11);
    const stored = async () =>
      Number(
        (await lab.query(`SELECT count() FROM hunting.ParapetRawEvents WHERE SourceId = '${own.sourceId}'`))[0]?.[0],
      );
    const first = await send('{"event":"a"}{"event":"b"}', { key: own, path: `?channel=${CHANNEL}` });
    const second = await send('c\nd', {
      key: own,
      path: '/raw',
      headers: { 'x-splunk-request-channel': CHANNEL.toUpperCase() },
    });
    expect([first.body.ackId, second.body.ackId]).toEqual([0, 1]);
    const ask = async () =>
      (await send('{"acks":[0,1,99]}', { key: own, path: `/ack?channel=${CHANNEL}` })).body.acks as Record<
        string,
        boolean
      >;
    const seen: Record<string, boolean> = {};
    await expect
      .poll(
        async () => {
          const acks = await ask();
          const rows = await stored();
          if (acks['0']) expect(rows).toBeGreaterThanOrEqual(2);
          if (acks['1']) expect(rows).toBe(4);
          for (const [id, value] of Object.entries(acks)) seen[id] ||= value;
          return [seen['0'], seen['1'], seen['99']];
        },
        { timeout: 30_000 },
      )
      .toEqual([true, true, false]);
    expect(await ask()).toEqual({ '0': false, '1': false, '99': false });
    expect((await send('{"acks":[0]}', { path: `/ack?channel=${CHANNEL}` })).body.code).toBe(14);
    expect((await send('{"acks":["x"]}', { key: own, path: `/ack?channel=${CHANNEL}` })).body.code).toBe(6);
  });

  it('holds a bounded number of ids and forgets channels nobody uses', () => {
    let now = 0;
    let committed = 0;
    const acks = new Acks(
      () => committed,
      { perChannel: 3, pending: 4, channels: 2 },
      () => now,
    );
    for (let i = 0; i < 3; i++) acks.add('s', 'a', 10);
    expect(acks.hasRoom('s', 'a')).toBe(false);
    acks.add('s', 'b', 20);
    expect(acks.hasRoom('s', 'b')).toBe(false);
    committed = 10;
    expect(acks.ask('s', 'a', [0, 1])).toEqual({ 0: true, 1: true });
    expect(acks.hasRoom('s', 'a')).toBe(true);
    expect(acks.ask('other', 'a', [2])).toEqual({ 2: false });
    expect(acks.hasRoom('s', 'c')).toBe(false);
    now = 11 * 60_000;
    expect(acks.hasRoom('s', 'c')).toBe(true);
    expect(acks.ask('s', 'a', [2])).toEqual({ 2: false });
  });
});

describe('who may send', () => {
  it('has the codes of the protocol for every way to be refused', async () => {
    const basic = Buffer.from(`x:${key.encoded}`).toString('base64');
    const cases: [string | null, string, number, number][] = [
      [null, '', 401, 2],
      ['Digest abc', '', 401, 3],
      ['Splunk bm90OnZhbGlk', '', 403, 4],
      [`Basic ${basic}`, '', 200, 0],
      [null, `?token=${encodeURIComponent(key.encoded)}`, 400, 16],
    ];
    for (const [authorization, path, status, code] of cases) {
      const answer = await send('{"event":"a"}', { authorization, path });
      expect([answer.status, answer.body.code], String(authorization)).toEqual([status, code]);
    }
    const open = await lab.source('hec', { queryToken: true });
    const byQuery = await send('{"event":"a"}', {
      authorization: null,
      path: `?token=${encodeURIComponent(open.encoded)}`,
    });
    expect(byQuery.status).toBe(200);
    await lab.registry.update(open.sourceId, { enabled: false });
    expect((await send('{"event":"a"}', { key: open })).body).toMatchObject({ code: 1, text: 'Token disabled' });
  });

  it('is told to come back later, in its own words', async () => {
    const own = await lab.source('hec', {}, { eventsPerSecond: 1, bytesPerSecond: null });
    expect((await send('{"event":"a"}'.repeat(20), { key: own })).status).toBe(200);
    const answer = await send('{"event":"a"}', { key: own });
    expect([answer.status, answer.body.code]).toEqual([429, 9]);
    expect(Number(answer.retryAfter)).toBeGreaterThan(0);
  });

  it('may ask for health without a token', async () => {
    const answer = await fetch(`${lab.url}/services/collector/health/1.0`);
    expect([answer.status, await answer.json()]).toEqual([200, { text: 'HEC is healthy', code: 17 }]);
    expect((await fetch(`${lab.url}/services/collector/event/1.0`, { method: 'OPTIONS' })).status).toBe(200);
  });
});

describe('hostile input', () => {
  it('is refused with a clear answer', async () => {
    expect((await send('')).body.code).toBe(5);
    expect(
      (await send(gzipSync('{"event":"a"}').subarray(0, 20), { headers: { 'content-encoding': 'gzip' } })).body,
    ).toMatchObject({ code: 6, detail: expect.stringContaining('could not be read as gzip') });
    const swollen = await send('{"event":1}'.repeat(10_000), { path: `?source=${'s'.repeat(5_000)}` });
    expect(swollen).toMatchObject({ status: 413, body: { code: 6 } });
    const bomb = gzipSync(Buffer.alloc(50_000_000, 32));
    expect((await send(bomb, { headers: { 'content-encoding': 'gzip' } })).status).toBe(413);
  });

  it('does not make reading quadratic', () => {
    const options = { maxBytes: 10_000_000, defaults: {}, indexes: null, growth: new Growth(1e9) };
    for (const text of ['{\n'.repeat(500_000), `${'{\n'.repeat(250_000)}${'}\n'.repeat(250_000)}`]) {
      const started = Date.now();
      expect(parseEvents(Buffer.from(text), options).accepted).toBe(0);
      expect(Date.now() - started).toBeLessThan(5_000);
    }
  });

  it('of broken UTF-8, equal keys and deep nesting is stored and does no harm', async () => {
    const own = await lab.source('hec');
    const deep = `{"event":{"d":${'['.repeat(2_000)}${']'.repeat(2_000)}}}`;
    const answer = await send(
      Buffer.concat([
        Buffer.from(`{"event":"a","event":"b"}${deep}{"event":"`),
        Buffer.from([0xff, 0xfe]),
        Buffer.from('"}'),
      ]),
      { key: own },
    );
    expect(answer.body.code).toBe(0);
    const records = await lab.records(own);
    expect(records.map((record) => record.message)).toEqual(['b', undefined, '\ufffd\ufffd']);
  });
});
