import { gzipSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerIngest } from '../src/index.ts';
import { type Laboratory, laboratory } from './setup.ts';

let lab: Laboratory;
let app: FastifyInstance;
const auth = { authorization: 'ApiKey good' };
const ndjson = { ...auth, 'content-type': 'application/x-ndjson' };
const trail = (id: string): string =>
  JSON.stringify({
    eventTime: '2024-01-01T00:00:00Z',
    eventSource: 'iam.amazonaws.com',
    eventName: 'ListUsers',
    eventID: id,
  });
const bulk = (payload: string | Buffer, headers: Record<string, string> = ndjson, url = '/_bulk') =>
  app.inject({ method: 'POST', url, payload, headers });

beforeAll(async () => {
  lab = await laboratory({ limits: { maxBodyBytes: 200_000, maxLineBytes: 50_000 } });
  app = Fastify();
  registerIngest(app, lab.ingest);
  await app.ready();
});
afterAll(async () => {
  await app.close();
  await lab.close();
});

describe('the way in', () => {
  it('stores the good lines of a mixed request as rows and the bad ones as dead letters', async () => {
    const host = 'h'.repeat(300);
    const windows = JSON.stringify({
      Channel: 'System',
      EventID: 1,
      Hostname: host,
      '@timestamp': '2024-01-01T00:00:00Z',
    });
    const answer = await bulk(
      `{"create":{"_index":"a"}}\n${trail('r-1')}\n{"create":{"_index":"a"}}\n{broken\n{"create":{"_index":"b"}}\n${windows}\n{"create":{}}\n{"who":"knows"}\n`,
    );
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['x-elastic-product']).toBe('Elasticsearch');
    expect(answer.json().errors).toBe(true);
    expect(answer.json().items.map((item: { create: { status: number } }) => item.create.status)).toEqual([
      201, 400, 201, 201,
    ]);
    await lab.ingest.idle();
    expect(await lab.query("SELECT ActionType FROM hunting.CloudAuditEvents WHERE ReportId = 'r-1'")).toEqual([
      ['ListUsers'],
    ]);
    expect(await lab.query('SELECT length(Computer) FROM hunting.WindowsEvent')).toEqual([[String(300)]]);
    expect(
      await lab.query(
        "SELECT Reason, RawText, SourceName FROM hunting.ParapetDeadLetter WHERE Reason = 'malformed_json'",
      ),
    ).toEqual([['malformed_json', '{broken', 'laboratory']]);
    expect(
      await lab.query("SELECT Connector, RawEventData FROM hunting.ParapetRawEvents WHERE Connector = ''"),
    ).toEqual([['', '{"who":"knows"}']]);
    expect(lab.ingest.metrics()).toMatchObject({ acceptedEvents: 3, rejectedEvents: 1 });
  });

  it('tells listeners which tables a batch reached', async () => {
    const batches: Record<string, number>[] = [];
    const stop = lab.ingest.onCommitted((batch) => batches.push({ ...batch.tables }));
    const before = lab.ingest.lastCommittedBatch();
    await bulk(`{"create":{}}\n${trail('r-2')}\n`);
    await lab.ingest.idle();
    stop();
    expect(batches).toEqual([{ ParapetRawEvents: 1, CloudAuditEvents: 1, AWSCloudTrail: 1 }]);
    expect(lab.ingest.lastCommittedBatch()).toBe(before + 1);
    expect(await lab.query(`SELECT count() FROM hunting.AWSCloudTrail WHERE _Batch = ${before + 1}`)).toEqual([['1']]);
  });

  it('reads gzip and filters its answer', async () => {
    const answer = await bulk(
      gzipSync(`{"create":{}}\n${trail('r-3')}\n`),
      { ...ndjson, 'content-encoding': 'gzip' },
      '/elastic/logs/_bulk?filter_path=errors,items.*.status&refresh=true',
    );
    expect(answer.json()).toEqual({ errors: false, items: [{ create: { status: 201 } }] });
  });

  it('takes single documents, and refuses those that are none', async () => {
    const post = (url: string, payload: string) => app.inject({ method: 'POST', url, payload, headers: auth });
    const made = await post('/single/_doc', trail('r-5'));
    expect([made.statusCode, made.json().result, made.json()._index]).toEqual([201, 'created', 'single']);
    expect((await post('/single/_create/7', trail('r-6'))).json()._id).toBe('7');
    expect((await post('/single/_doc', '{broken')).json().error.type).toBe('document_parsing_exception');
    expect((await post('/single/_doc', `{"x":"${'y'.repeat(60_000)}"}`)).statusCode).toBe(413);
    await lab.ingest.idle();
    expect(
      await lab.query("SELECT ReportId FROM hunting.CloudAuditEvents WHERE ReportId IN ('r-5', 'r-6') ORDER BY 1"),
    ).toEqual([['r-5'], ['r-6']]);
  });

  it('accepts PUT', async () => {
    const answer = await app.inject({
      method: 'PUT',
      url: '/idx/_bulk',
      payload: `{"index":{}}\n${trail('r-4')}\n`,
      headers: ndjson,
    });
    expect(answer.json().items[0].index).toMatchObject({ _index: 'idx', status: 201 });
  });
});

describe('bad input', () => {
  it('refuses a wrong and a missing key in the shape clients know', async () => {
    for (const headers of [{ authorization: 'ApiKey bad' }, {}]) {
      const answer = await app.inject({ method: 'POST', url: '/_bulk', payload: '{}', headers });
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['x-elastic-product']).toBe('Elasticsearch');
      expect(answer.json()).toMatchObject({ status: 401, error: { type: 'security_exception' } });
    }
  });

  it('refuses a body over the limit with 413, also a small one that inflates', async () => {
    const large = `{"create":{}}\n{"x":"${'y'.repeat(40_000)}"}\n`.repeat(8);
    for (const answer of [await bulk(large), await bulk(gzipSync(large), { ...ndjson, 'content-encoding': 'gzip' })]) {
      expect(answer.statusCode).toBe(413);
      expect(answer.json().error).toMatchObject({ type: 'content_too_long_exception' });
    }
    await lab.ingest.idle();
    expect(await lab.query("SELECT count() FROM hunting.ParapetDeadLetter WHERE Reason = 'body_too_large'")).toEqual([
      ['2'],
    ]);
  });

  it('refuses what is no gzip and what it cannot inflate', async () => {
    expect((await bulk('plain', { ...ndjson, 'content-encoding': 'gzip' })).statusCode).toBe(400);
    expect((await bulk('plain', { ...ndjson, 'content-encoding': 'br' })).statusCode).toBe(415);
  });

  it('refuses the whole request for a broken action line and keeps every line', async () => {
    const answer = await bulk(`{"create":{}}\n${trail('kept')}\nnonsense\n{"x":1}\n`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().error.reason).toMatch(/line \[3\]/);
    await lab.ingest.idle();
    expect(await lab.query("SELECT count() FROM hunting.ParapetDeadLetter WHERE Reason = 'malformed_request'")).toEqual(
      [['4']],
    );
  });

  it('says 400 for an empty body', async () => {
    expect((await bulk('')).statusCode).toBe(400);
  });
});

describe('what shippers ask before they send', () => {
  it.each([
    ['GET', '/elastic'],
    ['GET', '/'],
    ['HEAD', '/'],
    ['GET', '/_license'],
    ['GET', '/_xpack'],
    ['GET', '/_cluster/health'],
    ['GET', '/_nodes/http'],
    ['GET', '/_nodes/_all/http'],
    ['GET', '/_cluster/settings'],
    ['GET', '/_security/_authenticate'],
    ['PUT', '/logs/_mapping'],
    ['GET', '/_ilm/policy/winlogbeat'],
    ['PUT', '/_ilm/policy/winlogbeat'],
    ['HEAD', '/_index_template/winlogbeat-8.17.0'],
    ['PUT', '/_index_template/winlogbeat-8.17.0'],
    ['PUT', '/_component_template/x'],
    ['GET', '/_template/filebeat'],
    ['GET', '/_data_stream/logs'],
    ['PUT', '/_data_stream/logs'],
    ['PUT', '/_ingest/pipeline/p'],
    ['HEAD', '/_alias/winlogbeat-7.17'],
    ['PUT', '/winlogbeat-7.17-000001'],
    ['GET', '/elastic/_license'],
  ] as const)('%s %s', async (method, url) => {
    const answer = await app.inject({ method, url, headers: auth, ...(method === 'PUT' ? { payload: { a: 1 } } : {}) });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['x-elastic-product']).toBe('Elasticsearch');
    if (method !== 'HEAD') expect(typeof answer.json()).toBe('object');
  });

  it('names version 8.17.0, and leaves the root to a browser', async () => {
    expect(
      (await app.inject({ method: 'GET', url: '/', headers: { accept: 'application/json' } })).json().version.number,
    ).toBe('8.17.0');
    const browser = await app.inject({ method: 'GET', url: '/', headers: { accept: 'text/html,*/*' } });
    expect(browser.statusCode).toBe(404);
  });
});
