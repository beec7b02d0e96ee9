import { connect, constants } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesField, numberField, WireReader } from '../src/otlp/wire.ts';
import { Receivers } from '../src/sources/receivers.ts';
import { type HttpLab, httpLab, type Key } from './http-lab.ts';
import { silent } from './setup.ts';

let lab: HttpLab;
let key: Key;

beforeAll(async () => {
  lab = await httpLab({ limits: { maxBodyBytes: 300_000, maxLineBytes: 50_000 } });
  key = await lab.source('otlp');
});
afterAll(() => lab.close());

const JSON_TYPE = 'application/json';
const PROTO_TYPE = 'application/x-protobuf';

async function post(body: Buffer | string, type: string, headers: Record<string, string> = {}, by: Key = key) {
  const answer = await fetch(`${lab.url}/v1/logs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${by.encoded}`, 'content-type': type, ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    retryAfter: answer.headers.get('retry-after'),
    body: Buffer.from(await answer.arrayBuffer()),
  };
}

const text = (value: string) => bytesField(1, Buffer.from(value));
const pair = (name: string, value: Buffer) => Buffer.concat([bytesField(1, Buffer.from(name)), bytesField(2, value)]);
const request = (records: Buffer[], resource: Buffer = Buffer.alloc(0)) =>
  bytesField(
    1,
    Buffer.concat([bytesField(1, resource), bytesField(2, Buffer.concat(records.map((one) => bytesField(2, one))))]),
  );
const record = (body: string) => bytesField(5, text(body));
const many = (count: number, body: string) => Array.from({ length: count }, () => record(body));
/** Messages of google.rpc.Status: code and text. */
const status = (body: Buffer) => {
  const found: Record<number, unknown> = {};
  for (const reader = new WireReader(body); reader.next(); )
    found[reader.field] = reader.field === 1 ? reader.number() : reader.text();
  return found;
};

describe('records in JSON', () => {
  it('become documents with attributes, resource, time and exact numbers', async () => {
    const own = await lab.source('otlp');
    const answer = await post(
      JSON.stringify({
        resourceLogs: [
          {
            resource: { attributes: [{ key: 'host.name', value: { stringValue: 'web-1' } }] },
            scopeLogs: [
              {
                scope: { name: 'lib', version: '1.2' },
                logRecords: [
                  {
                    timeUnixNano: '1544712660300000000',
                    observedTimeUnixNano: '1544712661000000000',
                    severityNumber: 9,
                    severityText: 'INFO',
                    traceId: '5B8EFFF798038103D269B633813FC60C',
                    spanId: 'EEE19B7EC3C1B174',
                    body: { stringValue: 'plain text' },
                    attributes: [
                      { key: 'n', value: { intValue: '9223372036854775807' } },
                      {
                        key: 'list',
                        value: { arrayValue: { values: [{ boolValue: true }, { doubleValue: 1.5 }, {}] } },
                      },
                      { key: 'map', value: { kvlistValue: { values: [{ key: 'b', value: { bytesValue: 'AQI=' } }] } } },
                    ],
                  },
                  {
                    observedTimeUnixNano: '1544712661000000000',
                    body: {
                      kvlistValue: {
                        values: [
                          { key: 'EventID', value: { intValue: 4624 } },
                          { key: 'resource', value: { stringValue: 'its own' } },
                        ],
                      },
                    },
                  },
                  { body: { stringValue: ' {"eventID":12345678901234567890} ' } },
                ],
              },
            ],
          },
        ],
      }),
      `${JSON_TYPE}; charset=utf-8`,
      {},
      own,
    );
    expect([answer.status, answer.type, answer.body.toString()]).toEqual([200, JSON_TYPE, '{}']);
    const records = await lab.records(own);
    const resource = { 'host.name': 'web-1' };
    const scope = { name: 'lib', version: '1.2' };
    const observed = '2018-12-13T14:51:01Z';
    expect(records).toEqual([
      {
        '@timestamp': '2018-12-13T14:51:00.3Z',
        host: { hostname: 'web-1' },
        attributes: { n: Number('9223372036854775807'), list: [true, 1.5, null], map: { b: 'AQI=' } },
        resource,
        _otlp: {
          severity_text: 'INFO',
          severity_number: 9,
          trace_id: '5b8efff798038103d269b633813fc60c',
          span_id: 'eee19b7ec3c1b174',
          observed_timestamp: observed,
          scope,
        },
        message: 'plain text',
      },
      {
        '@timestamp': observed,
        host: { hostname: 'web-1' },
        _otlp: { observed_timestamp: observed, scope, resource },
        EventID: 4624,
        resource: 'its own',
      },
      { host: { hostname: 'web-1' }, resource, _otlp: { scope }, eventID: Number('12345678901234567890') },
    ]);
    const [row] = await lab.query(
      `SELECT RawEventData FROM hunting.ParapetRawEvents WHERE SourceId = '${own.sourceId}' ORDER BY Sequence LIMIT 1`,
    );
    expect(row?.[0]).toContain('"n":9223372036854775807,');
  });

  it('that cannot be read are counted in a partial success and set aside', async () => {
    const own = await lab.source('otlp');
    let deep: Record<string, unknown> = { stringValue: 'x' };
    for (let i = 0; i < 100; i++) deep = { arrayValue: { values: [deep] } };
    const logRecords = [
      { body: { stringValue: 'good' } },
      'no record',
      { body: deep },
      { body: { intValue: 'many' } },
      { body: { stringValue: 'y'.repeat(60_000) } },
      { body: { stringValue: 'also good' } },
    ];
    const answer = await post(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }), JSON_TYPE, {}, own);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body.toString())).toEqual({
      partialSuccess: { rejectedLogRecords: '4', errorMessage: 'Record 1: a log record must be a JSON object.' },
    });
    expect((await lab.records(own)).map((one) => one.message)).toEqual(['good', 'also good']);
    const dead = await lab.query(
      `SELECT Reason, count() FROM hunting.ParapetDeadLetter WHERE SourceId = '${own.sourceId}' GROUP BY Reason ORDER BY Reason`,
    );
    expect(dead).toEqual([
      ['line_too_long', '1'],
      ['malformed_event', '3'],
    ]);
  });
});

describe('records in protocol buffers', () => {
  it('of which one is damaged are stored but for that one', async () => {
    const own = await lab.source('otlp');
    const damaged = Buffer.from([0x2a, 0x7f, 0x01]);
    const answer = await post(
      gzipSync(request([record('one'), damaged, record('two')], bytesField(1, pair('host.name', text('192.0.2.1'))))),
      PROTO_TYPE,
      { 'content-encoding': 'gzip' },
      own,
    );
    expect([answer.status, answer.type]).toEqual([200, PROTO_TYPE]);
    const partial = new WireReader(answer.body);
    expect(partial.next()).toBe(true);
    const inside = partial.message();
    inside.next();
    expect(inside.number()).toBe(1);
    const records = await lab.records(own);
    expect(records.map((one) => [one.message, one.host])).toEqual([
      ['one', { ip: '192.0.2.1' }],
      ['two', { ip: '192.0.2.1' }],
    ]);
  });

  it('pass over what is unknown and read negative numbers', async () => {
    const own = await lab.source('otlp');
    const minusOne = Buffer.from([0x18, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
    const body = Buffer.concat([
      record('x'),
      bytesField(99, Buffer.from('future')),
      numberField(98, 5),
      bytesField(6, pair('minus', minusOne)),
    ]);
    expect(
      (await post(Buffer.concat([request([body]), bytesField(7, Buffer.from('?'))]), PROTO_TYPE, {}, own)).body,
    ).toHaveLength(0);
    expect((await lab.records(own))[0]?.attributes).toEqual({ minus: -1 });
  });
});

describe('refusals', () => {
  it('say in the type of the request whether to send again', async () => {
    const bad = await post('{"resourceLogs":', JSON_TYPE);
    expect([bad.status, JSON.parse(bad.body.toString()).code]).toEqual([400, 3]);
    expect((await post('[]', JSON_TYPE)).status).toBe(400);
    const cut = await post(request([record('abc')]).subarray(0, 6), PROTO_TYPE);
    expect([cut.status, cut.type, status(cut.body)[1]]).toEqual([400, PROTO_TYPE, 3]);
    const nobody = await post('{}', JSON_TYPE, { authorization: 'Bearer bm9ib2R5OmF0IGFsbA==' });
    expect([nobody.status, JSON.parse(nobody.body.toString()).code]).toEqual([401, 16]);
    expect((await post('{}', 'text/plain')).status).toBe(415);
    expect((await post('{}', JSON_TYPE, { 'content-encoding': 'gzip' })).status).toBe(400);
    const slow = await lab.source('otlp', {}, { eventsPerSecond: 1, bytesPerSecond: null });
    expect((await post(request(many(50, 'x')), PROTO_TYPE, {}, slow)).status).toBe(200);
    const later = await post(request([record('x')]), PROTO_TYPE, {}, slow);
    expect([later.status, status(later.body)[1], Number(later.retryAfter) > 0]).toEqual([429, 8, true]);
  });

  it('come before a small request grows large by what its records share', async () => {
    const resource = bytesField(1, pair('k', text('r'.repeat(40_000))));
    const answer = await post(request(many(2_000, 'x'), resource), PROTO_TYPE);
    expect(answer.status).toBe(413);
  });
});

describe('gRPC', () => {
  it('answers calls, refuses bad ones and says when to come back', async () => {
    const receivers = new Receivers(lab.ingest, lab.registry, lab.dir, silent);
    const own = await lab.source('otlp', { grpcPort: 0 }, { eventsPerSecond: 1, bytesPerSecond: null });
    const source = () => lab.registry.get(own.sourceId) as NonNullable<ReturnType<typeof lab.registry.get>>;
    await receivers.start();
    expect(receivers.state(source())).toMatchObject({ state: 'ready' });
    const port = 20_000 + (process.pid % 20_000);
    await lab.registry.update(own.sourceId, { settings: { grpcPort: port } });
    await receivers.settled(own.sourceId);
    expect(receivers.state(source()).state).toBe('running');
    const client = connect(`http://127.0.0.1:${port}`);
    const call = (message: Buffer, headers: Record<string, string> = {}, path?: string) =>
      new Promise<{ status: unknown; message: unknown }>((resolve, reject) => {
        const stream = client.request({
          ':method': 'POST',
          ':path': path ?? '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
          'content-type': 'application/grpc',
          te: 'trailers',
          authorization: `Bearer ${own.encoded}`,
          ...headers,
        });
        let found: Record<string, unknown> = {};
        stream.on('response', (got) => {
          found = { ...found, ...got };
        });
        stream.on('trailers', (got) => {
          found = { ...found, ...got };
        });
        stream.on('error', (error) => (stream.rstCode === constants.NGHTTP2_NO_ERROR ? undefined : reject(error)));
        stream.on('close', () => resolve({ status: found['grpc-status'], message: found['grpc-message'] }));
        stream.resume();
        stream.end(message);
      });
    const framed = (message: Buffer, packed = 0): Buffer => {
      const head = Buffer.alloc(5);
      head[0] = packed;
      head.writeUInt32BE(message.length, 1);
      return Buffer.concat([head, message]);
    };
    expect((await call(framed(gzipSync(request(many(30, 'g'))), 1), { 'grpc-encoding': 'gzip' })).status).toBe('0');
    expect(await call(framed(request([record('g')])))).toMatchObject({
      status: '8',
      message: expect.stringMatching(/rate limit/),
    });
    expect((await call(framed(Buffer.from([0x0a, 0x7f])))).status).toBe('3');
    expect((await call(Buffer.from('xx'))).status).toBe('3');
    expect((await call(framed(gzipSync(Buffer.alloc(1_000_000)), 1), { 'grpc-encoding': 'gzip' })).status).toBe('3');
    expect((await call(framed(Buffer.alloc(0)), { authorization: 'Bearer x' })).status).toBe('16');
    expect((await call(framed(Buffer.alloc(0)), {}, '/other/Export')).status).toBe('12');
    expect(await lab.records(own)).toHaveLength(30);
    client.close();
    await receivers.close();
  });
});
