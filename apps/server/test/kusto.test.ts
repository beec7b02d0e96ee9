/** The query endpoint as the public client library uses it: only address and credentials are ours. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedTemplate } from '@parapet/state/testing';
import { Client, ClientRequestProperties, KustoConnectionStringBuilder } from 'azure-kusto-data';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), 'parapet-kusto-'));
const HEAVY =
  'let t = range x from 1 to 300000 step 1 | extend k = x % 3; t | join kind=inner t on k | summarize count() by m = (x + x1) % 7';
let server: RunningServer;
let cookie = '';
let csrf = '';
let token = '';
let ingestToken = '';
let client: Client;

async function portal<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
  const response = await fetch(server.url + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(cookie ? { cookie, 'x-csrf-token': csrf } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
  const text = await response.text();
  return { status: response.status, body: (text ? JSON.parse(text) : null) as T };
}

interface Raw {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely.
  readonly body: any;
}

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Raw> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const connect = (secret: string): Client =>
  new Client(KustoConnectionStringBuilder.withAccessToken(server.url, secret));

const scopesFile = join(dataDir, 'scopes.json');

beforeAll(async () => {
  writeFileSync(
    scopesFile,
    JSON.stringify({
      scopes: [
        {
          users: ['key:Limited'],
          tables: ['DeviceEvents', 'DeviceInfo'],
          hiddenColumns: { DeviceEvents: ['AccountName'] },
          rows: { DeviceEvents: { column: 'DeviceName', in: ['pc1'] } },
        },
      ],
    }),
  );
  server = await startServer({
    config: loadConfig(
      ['--port', '0', '--data', dataDir, '--log-level', 'silent', '--data-scopes', scopesFile],
      {},
      dataDir,
    ),
    version: '1.2.3-test',
    log: pino({ level: 'silent' }),
    runner: { callsPerMinute: 1_000 },
    paths: {
      root,
      contentDir: join(root, 'content'),
      portalDir: join(root, 'apps/portal/dist'),
      schemaFile: join(root, 'packages/schema/data/hunting-schema.json'),
      bundleDir: undefined,
      stateTemplate: await cachedTemplate(),
    },
  });
  const setup = new URL(server.setupLink ?? '').searchParams.get('token');
  const person = { token: setup, username: 'ada', displayName: 'Ada', password: 'seven quiet harbours' };
  csrf = (await portal<{ csrfToken: string }>('POST', '/api/setup', person)).body.csrfToken;
  token = (await portal<{ encoded: string }>('POST', '/api/keys', { name: 'Grafana', purpose: 'query' })).body.encoded;
  ingestToken = (await portal<{ encoded: string }>('POST', '/api/keys', { name: 'Sender' })).body.encoded;
  client = connect(token);
});
afterAll(async () => {
  client?.close();
  await server?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('the public client library', () => {
  it('runs a query and reads typed rows', async () => {
    const answer = await client.execute(
      'hunting',
      'print a = 1, b = "ü", c = datetime(2024-01-02 03:04:05), d = 90s, e = dynamic({"x": [1]}), f = true, g = real(nan)',
    );
    const table = answer.primaryResults[0];
    expect(table?.columns.map((column) => [column.name, column.type])).toEqual([
      ['a', 'long'],
      ['b', 'string'],
      ['c', 'datetime'],
      ['d', 'timespan'],
      ['e', 'dynamic'],
      ['f', 'bool'],
      ['g', 'real'],
    ]);
    const [row] = [...(table?.rows() ?? [])];
    expect(row?.toJSON()).toEqual({
      a: 1,
      b: 'ü',
      c: new Date('2024-01-02T03:04:05Z'),
      d: 90_000,
      e: { x: [1] },
      f: true,
      g: 'NaN',
    });
    expect(answer.getErrorsCount()).toEqual({ warnings: 0, errors: 0 });
  });

  it('passes parameters', async () => {
    const properties = new ClientRequestProperties();
    properties.setParameter('who', "ada'; drop");
    properties.setParameter('times', 3);
    properties.setTimeout(20_000);
    const answer = await client.execute(
      'hunting',
      'declare query_parameters(who:string, times:long = 1); print x = who, y = times * 2',
      properties,
    );
    expect([...(answer.primaryResults[0]?.rows() ?? [])].map((row) => row.toJSON())).toEqual([
      { x: "ada'; drop", y: 6 },
    ]);
  });

  it('gets an error with its place', async () => {
    const error = (await client.execute('hunting', 'DeviceEvents\n| where Foo == 1').catch((e: unknown) => e)) as {
      response: { status: number; data: { error: Record<string, unknown> & { innererror: Record<string, unknown> } } };
    };
    expect(error.response.status).toBe(400);
    expect(error.response.data.error).toMatchObject({
      code: 'General_BadRequest',
      '@type': 'Kusto.Data.Exceptions.SemanticException',
      '@permanent': true,
      innererror: { code: 'KS142', '@line': 2, '@pos': 9, '@length': 3, '@text': 'DeviceEvents\n| where Foo == 1' },
    });
    expect(error.response.data.error['@message']).toMatch(/^Semantic error: KS142: .*\[line:position=2:9\]/);
  });

  it('asks for version, databases, tables and schema', async () => {
    const names = async (text: string): Promise<Record<string, unknown>[]> =>
      [...((await client.execute('hunting', text)).primaryResults[0]?.rows() ?? [])].map((row) => row.toJSON());
    expect((await names('.show version'))[0]).toMatchObject({
      ServiceType: 'Engine',
      ProductVersion: 'Parapet_1.2.3-test',
    });
    expect((await names('.show databases'))[0]).toMatchObject({ DatabaseName: 'hunting', IsCurrent: true });
    const tables = await names('.show tables');
    expect(tables.length).toBeGreaterThan(300);
    // A key reads what its maker reads: the content of mail takes a permission that administrators do not have.
    expect(tables.map((table) => table.TableName)).not.toContain('FileMaliciousContentInfo');
    expect(tables.find((table) => table.TableName === 'DeviceEvents')).toMatchObject({ DatabaseName: 'hunting' });
    expect(await names('.show tables | where TableName startswith "DeviceP" | count')).toEqual([{ Count: 1 }]);
    const [schema] = await names(".show database ['hunting'] schema as json");
    const parsed = JSON.parse(String(schema?.DatabaseSchema));
    expect(parsed.Databases.hunting.Tables.DeviceEvents.OrderedColumns[0]).toMatchObject({
      Name: 'Timestamp',
      Type: 'System.DateTime',
      CslType: 'datetime',
    });
    expect(((await names('.show functions')) as { Name: string }[]).map((each) => each.Name)).toContain('SeenBy');
    await expect(names('.drop table DeviceEvents')).rejects.toMatchObject({ response: { status: 403 } });
    await expect(names('.show secrets')).rejects.toMatchObject({ response: { status: 400 } });
    await expect(client.execute('other', 'print 1')).rejects.toMatchObject({ response: { status: 400 } });
  });

  it('reads version 1 too', async () => {
    const answer = await client.executeQueryV1('hunting', 'print a = 1; print b = 2');
    expect(answer.primaryResults.map((table) => table._rows)).toEqual([[[1]], [[2]]]);
    expect(answer.getErrorsCount().errors).toBe(0);
  });

  it('is told when an answer was cut', async () => {
    const properties = new ClientRequestProperties();
    properties.setOption('truncationmaxrecords', 3);
    await expect(client.execute('hunting', 'range x from 1 to 5 step 1', properties)).rejects.toThrow(
      /exceeded the limit of 3 records/,
    );
    const take = new ClientRequestProperties();
    take.setOption('query_take_max_records', 3);
    const answer = await client.execute('hunting', 'range x from 1 to 5 step 1', take);
    expect(answer.primaryResults[0]?._rows).toHaveLength(3);
  });

  it('is told which limit ended a query', async () => {
    const properties = new ClientRequestProperties();
    properties.setTimeout(1_000);
    await expect(client.execute('hunting', HEAVY, properties)).rejects.toMatchObject({
      response: {
        status: 504,
        data: { error: { code: 'Timeout', message: 'The query ran out of time: it may take 1 s.' } },
      },
    });
  });

  it('needs a key that is made for queries', async () => {
    for (const secret of [ingestToken, 'bm9uZTpub25l', 'x'])
      await expect(connect(secret).execute('hunting', 'print 1')).rejects.toMatchObject({
        response: { status: 401, data: { error: { code: 'Unauthorized' } } },
      });
    // And the other way round: such a key sends nothing.
    const sent = await fetch(`${server.url}/_bulk`, {
      method: 'POST',
      headers: { authorization: `ApiKey ${token}`, 'content-type': 'application/x-ndjson' },
      body: '{"create":{"_index":"logs"}}\n{}\n',
    });
    expect(sent.status).toBe(401);
  });
});

describe('a key that may not see everything', () => {
  it('finds tables, columns and rows it may see, and no others', async () => {
    const made = await portal<{ encoded: string }>('POST', '/api/keys', { name: 'Limited', purpose: 'query' });
    const limited = connect(made.body.encoded);
    const rows = async (text: string): Promise<unknown[]> =>
      (await limited.execute('hunting', text)).primaryResults[0]?._rows ?? [];
    expect((await rows('.show tables')).map((row) => (row as string[])[0])).toEqual(['DeviceEvents', 'DeviceInfo']);
    expect(await rows('DeviceEvents | getschema | where ColumnName == "AccountName" | count')).toEqual([[0]]);
    expect(await rows('DeviceEvents | count')).toEqual([[0]]);
    for (const text of [
      'SigninLogs | count',
      'DeviceEvents | project AccountName',
      'table("SecurityEvent") | count',
      '.show table SigninLogs cslschema',
    ])
      await expect(limited.execute('hunting', text), text).rejects.toMatchObject({ response: { status: 400 } });
    expect(await rows('.show database schema as json')).not.toEqual([]);
    expect(JSON.stringify(await rows('.show database schema as json'))).not.toContain('SigninLogs');
    // Others see all.
    expect((await client.execute('hunting', 'SigninLogs | count')).primaryResults[0]?._rows).toEqual([[0]]);
    limited.close();
  });
});

describe('the protocol', () => {
  it('frames version 2 as documented, with the ids of the call', async () => {
    const { headers, body } = await post(
      '/v2/rest/query',
      { db: 'hunting', csl: 'print x = 9223372036854775807 | render piechart with (title="T")' },
      { 'x-ms-client-request-id': 'KPC.execute;1' },
    );
    expect(headers.get('x-ms-client-request-id')).toBe('KPC.execute;1');
    expect(headers.get('x-ms-activity-id')).toMatch(/^[\da-f-]{36}$/);
    expect(body.map((frame: { FrameType: string; TableKind?: string }) => frame.TableKind ?? frame.FrameType)).toEqual([
      'DataSetHeader',
      'QueryProperties',
      'PrimaryResult',
      'QueryCompletionInformation',
      'DataSetCompletion',
    ]);
    expect(body[0]).toMatchObject({ IsProgressive: false, Version: 'v2.0' });
    expect(JSON.parse(body[1].Rows[0][2])).toMatchObject({ Visualization: 'piechart', Title: 'T' });
    expect(body[4]).toEqual({ FrameType: 'DataSetCompletion', HasErrors: false, Cancelled: false });
  });

  it('sends tables in fragments when asked', async () => {
    const { body } = await post('/v2/rest/query', {
      csl: 'range x from 1 to 1200 step 1',
      properties: { Options: { results_v2_fragment_primary_tables: true } },
    });
    const frames = body.filter((frame: { FrameType: string }) => /^Table/.test(frame.FrameType));
    expect(frames.map((frame: { FrameType: string }) => frame.FrameType)).toEqual([
      'TableHeader',
      'TableFragment',
      'TableCompletion',
    ]);
    expect(frames[1].Rows).toHaveLength(1200);
    expect(frames[2]).toMatchObject({ TableId: 1, RowCount: 1200 });
  });

  it("answers Grafana's first calls: lower-case options, commands at the query address", async () => {
    const test = await post('/v1/rest/query', {
      db: '',
      csl: '.show databases schema',
      properties: { options: { servertimeout: '00:00:30' } },
    });
    expect(test.status).toBe(200);
    expect(test.body.Tables[0].Columns[0]).toEqual({
      ColumnName: 'DatabaseName',
      DataType: 'String',
      ColumnType: 'string',
    });
    const schema = await post('/v1/rest/mgmt', {
      csl: ".show databases (['hunting']) schema as json",
      querySource: 'schema',
    });
    expect(schema.body.Tables).toHaveLength(1);
    expect(Object.keys(JSON.parse(schema.body.Tables[0].Rows[0][0]).Databases)).toEqual(['hunting']);
    const now = await post('/v1/rest/query', {
      csl: 'print now()',
      properties: { Options: { query_now: '2024-02-29T12:00:00Z' } },
    });
    expect(now.body.Tables[0].Rows).toEqual([['2024-02-29T12:00:00.0000000Z']]);
  });

  it('takes a session with its CSRF token, and refuses one without', async () => {
    const body = JSON.stringify({ db: 'hunting', csl: 'print 1' });
    const call = (headers: Record<string, string>) =>
      fetch(`${server.url}/v2/rest/query`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
    expect((await call({ cookie, 'x-csrf-token': csrf })).status).toBe(200);
    expect((await call({ cookie })).status).toBe(403);
    expect((await call({})).status).toBe(401);
    expect((await call({ authorization: `Bearer ${token}`, origin: 'https://evil.example' })).status).toBe(403);
  });

  it('answers malformed calls in its own words', async () => {
    for (const body of [
      {},
      { csl: { a: 1 } },
      { csl: 'print 1', properties: '{' },
      { csl: 'print 1', properties: { Options: { servertimeout: 'soon' } } },
    ]) {
      const answer = await post('/v2/rest/query', body);
      expect(answer.status, JSON.stringify(answer.body)).toBe(400);
      expect(answer.body.error).toMatchObject({ code: 'General_BadRequest', '@permanent': true });
    }
    expect((await post('/v1/rest/mgmt', { csl: 'print 1' })).status).toBe(400);
  });

  it('frees the engine within two seconds when callers go away', async () => {
    const controller = new AbortController();
    const call = (csl: string, signal: AbortSignal) =>
      fetch(`${server.url}/v2/rest/query`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ csl }),
        signal,
      }).then((response) => response.status);
    // More than the engine runs at a time for people: whoever comes after them waits.
    const heavy = Array.from({ length: 4 }, () => call(HEAVY, controller.signal).catch(() => 0));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await expect(call('print 1', AbortSignal.timeout(1_500))).rejects.toThrow();
    controller.abort();
    expect(await Promise.all(heavy)).toEqual([0, 0, 0, 0]);
    const started = performance.now();
    expect(await call('print 1', AbortSignal.timeout(10_000))).toBe(200);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
