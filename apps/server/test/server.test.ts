import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { CreatedIngestKey, ErrorBody, HuntResult, SessionInfo } from '@parapet/schema';
import { cachedTemplate } from '@parapet/state/testing';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import type { ApiDocument, JsonSchema } from '../src/openapi/document.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), 'parapet-server-'));
let server: RunningServer;
let cookie = '';
let csrf = '';
let key = '';

interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

async function call<T = ErrorBody>(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(server.url + path, {
    method,
    headers: {
      ...(body !== undefined && !raw ? { 'content-type': 'application/json' } : {}),
      ...(cookie ? { cookie } : {}),
      ...(csrf ? { 'x-csrf-token': csrf } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
  });
  const set = response.headers.get('set-cookie');
  if (set) cookie = set.split(';')[0] ?? '';
  const text = await response.text();
  let parsed: unknown = text;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Metrics and pages are text.
  }
  return { status: response.status, headers: response.headers, body: parsed as T };
}

interface BulkAnswer {
  readonly errors: boolean;
  readonly items: readonly Record<
    string,
    { readonly status: number; readonly error?: { readonly type: string; readonly reason: string } }
  >[];
}

const bulk = (lines: readonly string[], headers: Record<string, string> = {}): Promise<Answer<BulkAnswer>> =>
  call<BulkAnswer>('POST', '/_bulk', `${lines.join('\n')}\n`, {
    authorization: `ApiKey ${key}`,
    'content-type': 'application/x-ndjson',
    ...headers,
  });

const CREATE = '{"create":{"_index":"logs"}}';
const hunt = async (query: string): Promise<HuntResult['rows']> => {
  const answer = await call<HuntResult>('POST', '/api/hunting/run', { query });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body.rows;
};

const sysmon = (fields: Record<string, unknown>): string =>
  JSON.stringify({
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    SourceName: 'Microsoft-Windows-Sysmon',
    EventID: 1,
    Hostname: 'pc1.corp.example',
    '@timestamp': '2026-03-01T10:00:01.000Z',
    UtcTime: '2026-03-01 10:00:00.500',
    ProcessGuid: '{11111111-2222-3333-4444-555555555555}',
    ProcessId: '4321',
    Image: 'C:\\Windows\\System32\\whoami.exe',
    CommandLine: 'whoami /all',
    User: 'CORP\\ada',
    ParentImage: 'C:\\Windows\\System32\\cmd.exe',
    RecordNumber: 1,
    ...fields,
  });

beforeAll(async () => {
  const config = loadConfig(['--port', '0', '--data', dataDir, '--log-level', 'silent'], {}, dataDir);
  server = await startServer({
    config,
    version: '0.0.0-test',
    log: pino({ level: 'silent' }),
    paths: {
      root,
      contentDir: join(root, 'content'),
      portalDir: join(root, 'apps/portal/dist'),
      schemaFile: join(root, 'packages/schema/data/hunting-schema.json'),
      bundleDir: undefined,
      stateTemplate: await cachedTemplate(),
    },
  });
  const token = new URL(server.setupLink ?? '').searchParams.get('token');
  const session = await call<SessionInfo>('POST', '/api/setup', {
    token,
    username: 'ada',
    displayName: 'Ada',
    password: 'seven quiet harbours',
  });
  expect(session.status, JSON.stringify(session.body)).toBeLessThan(300);
  csrf = session.body.csrfToken ?? '';
  key = (await call<CreatedIngestKey>('POST', '/api/keys', { name: 'Test' })).body.encoded;
});

afterAll(async () => {
  await server?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('a running server', () => {
  it('answers health, readiness and metrics without a session', async () => {
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${server.url}/readyz`)).json()).toMatchObject({ status: 'ready' });
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('parapet_ingest_accepted_total');
  });

  it('takes an event in and gives it back as a row', async () => {
    const answer = await bulk([CREATE, sysmon({})]);
    expect(answer.body).toMatchObject({ errors: false, items: [{ create: { status: 201 } }] });
    await server.idle();
    expect(
      await hunt(
        'DeviceProcessEvents | project Timestamp, DeviceName, FileName, ProcessId, ProcessCommandLine, AccountDomain, AccountName, InitiatingProcessFileName',
      ),
    ).toEqual([
      ['2026-03-01T10:00:00.5000000Z', 'pc1.corp.example', 'whoami.exe', 4321, 'whoami /all', 'corp', 'ada', 'cmd.exe'],
    ]);
  });

  it('answers a malformed line for itself, keeps it in the dead letters, and stores its neighbours', async () => {
    const answer = await bulk([
      CREATE,
      sysmon({ Hostname: 'pc2.corp.example' }),
      CREATE,
      '{"broken": ',
      CREATE,
      sysmon({ Hostname: 'pc3.corp.example' }),
    ]);
    expect(answer.status).toBe(200);
    expect(answer.body.errors).toBe(true);
    expect(answer.body.items.map((item) => item.create?.status)).toEqual([201, 400, 201]);
    expect(answer.body.items[1]?.create?.error?.reason).toBeTruthy();
    await server.idle();
    expect(
      await hunt('DeviceProcessEvents | where DeviceName in ("pc2.corp.example", "pc3.corp.example") | count'),
    ).toEqual([[2]]);
    const dead = await call<{ items: { rawText: string; reason: string }[]; total: number }>(
      'GET',
      '/api/ingest/dead-letters?search=broken',
    );
    expect(dead.body.items.some((item) => item.rawText.includes('"broken"'))).toBe(true);
  });

  it('keeps an event no connector knows, raw and findable', async () => {
    await bulk(['{"index":{"_index":"coffee"}}', '{"machine":"left","cups":3}']);
    await server.idle();
    expect(
      await hunt(
        'ParapetRawEvents | where IndexName == "coffee" | project Connector, tostring(RawEventData.machine), toint(RawEventData.cups)',
      ),
    ).toEqual([['', 'left', 3]]);
  });

  it('keeps an event without a time and says so', async () => {
    await bulk([CREATE, sysmon({ Hostname: 'timeless.corp.example', UtcTime: undefined, '@timestamp': undefined })]);
    await server.idle();
    expect(
      await hunt('DeviceProcessEvents | where DeviceName == "timeless.corp.example" | project isnotnull(Timestamp)'),
    ).toEqual([[true]]);
    expect(await hunt('ParapetDeadLetter | where Reason == "missing_timestamp" | count')).toEqual([[1]]);
  });

  it('keeps a host name of 300 characters whole', async () => {
    const name = `${'h'.repeat(289)}.corp.example`.slice(0, 300);
    await bulk([CREATE, sysmon({ Hostname: name })]);
    await server.idle();
    expect(await hunt(`DeviceProcessEvents | where DeviceName == "${name}" | project strlen(DeviceName)`)).toEqual([
      [name.length],
    ]);
  });

  it("refuses a wrong key and a missing key in the protocol's own words", async () => {
    for (const headers of [
      { authorization: 'ApiKey bm9wZTpub3Bl' },
      { authorization: 'Bearer x' },
      { authorization: '' },
    ]) {
      const answer = await bulk([CREATE, '{}'], headers);
      expect(answer.status).toBe(401);
      expect(answer.body).toMatchObject({
        status: 401,
        error: { type: expect.any(String), reason: expect.stringContaining('key') },
      });
    }
  });

  it('refuses a body over the limit, also a compressed one that grows beyond it', async () => {
    const bomb = gzipSync(Buffer.alloc(120 * 2 ** 20, 'a'));
    expect(bomb.byteLength).toBeLessThan(2 ** 20);
    const answer = await call<BulkAnswer>('POST', '/_bulk', bomb, {
      authorization: `ApiKey ${key}`,
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
    });
    expect(answer.status).toBe(413);
    expect((await bulk([CREATE, '{"after":"the bomb"}'])).body.errors).toBe(false);
  });

  it('locates an error in a query and suggests the name that was meant', async () => {
    const answer = await call('POST', '/api/hunting/run', { query: 'DeviceProcessEvents\n| where FileNme == "x"' });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({
      code: 'kql_error',
      details: [expect.objectContaining({ line: 2, column: 9 })],
    });
    const table = await call('POST', '/api/hunting/run', { query: 'DeviceProcesEvents | take 1' });
    expect(JSON.stringify(table.body.error)).toContain('DeviceProcessEvents');
  });

  it('answers an unknown address, a bad body and a hostile parameter without a 500', async () => {
    for (const [method, path, body] of [
      ['GET', '/api/nothing', undefined],
      ['POST', '/api/hunting/run', { query: 7, nonsense: true }],
      ['POST', '/api/hunting/run', {}],
      ['GET', '/api/incidents?status=whatever', undefined],
      ['GET', '/api/incidents?pageSize=100000', undefined],
      ['GET', "/api/incidents?search='%3BDROP%20TABLE%20incident--", undefined],
      ['GET', `/api/incidents/${'9'.repeat(40)}`, undefined],
      ['GET', '/api/alerts/%00', undefined],
      ['GET', `/api/devices/${'x'.repeat(1500)}`, undefined],
      ['GET', '/api/entities/ip/%27%20or%201%3D1', undefined],
      ['GET', '/api/entities/nosuchtype/x', undefined],
      ['GET', '/api/search?q=%22%20%7C%20union%20*', undefined],
      ['PATCH', '/api/incidents/1', { status: 'exploded' }],
      ['GET', '/api/ingest/connectors/none', undefined],
      ['DELETE', '/api/jobs/none', undefined],
    ] as const) {
      const answer = await call(method, path, body);
      expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(500);
      if (answer.status >= 400)
        expect(answer.body.error, `${method} ${path}`).toMatchObject({
          code: expect.any(String),
          message: expect.any(String),
          requestId: expect.any(String),
        });
    }
  });

  it('refuses a write without the token of the session', async () => {
    const answer = await call('POST', '/api/keys', { name: 'x' }, { 'x-csrf-token': 'wrong' });
    expect(answer.status).toBe(403);
  });

  it('sends a strict content security policy with every answer', async () => {
    for (const path of ['/', '/api/session', '/nowhere']) {
      const response = await fetch(server.url + path, { headers: { accept: 'text/html' } });
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/script-src[^;]*unsafe/);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('saves, shares and forgets queries', async () => {
    const saved = await call<{ id: string; name: string }>('POST', '/api/hunting/queries', {
      name: 'All logons',
      query: 'DeviceLogonEvents',
      shared: true,
    });
    expect(saved.status).toBe(201);
    expect((await call('POST', '/api/hunting/queries', { name: 'all LOGONS', query: 'x' })).status).toBe(409);
    const list = await call<{ items: { name: string }[] }>('GET', '/api/hunting/queries');
    expect(list.body.items.map((item) => item.name)).toEqual(['All logons']);
    expect((await call('DELETE', `/api/hunting/queries/${saved.body.id}`)).status).toBe(204);
    expect((await call('DELETE', `/api/hunting/queries/${saved.body.id}`)).status).toBe(404);
    const history = await call<{ items: { state: string }[] }>('GET', '/api/hunting/history');
    expect(history.body.items.map((item) => item.state)).toEqual(expect.arrayContaining(['completed', 'failed']));
  });

  it('cancels a running query by its id', async () => {
    const runId = 'run-to-cancel';
    const slow =
      'range a from 1 to 100000 step 1 | extend k = 1 | join kind=inner (range b from 1 to 100000 step 1 | extend k = 1) on k | summarize max(a * b)';
    const running = call('POST', '/api/hunting/run', { query: slow, runId });
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect((await call('DELETE', `/api/hunting/run/${runId}`)).status).toBe(204);
    expect((await running).body.error?.code).toBe('query_cancelled');
  });

  it('describes its API, and answers what the description says', async () => {
    const { status, body: document } = await call<ApiDocument>('GET', '/api/openapi.json');
    expect(status).toBe(200);
    const validated = await new Validator().validate(JSON.parse(JSON.stringify(document)));
    expect(validated.errors ?? []).toEqual([]);
    const ajv = addFormats.default(new Ajv2020({ strict: false, validateFormats: true }));
    ajv.addSchema({ $id: 'parapet', components: document.components });
    const local = (schema: JsonSchema): object =>
      JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"parapet#/components/')) as object;
    const checked: string[] = [];
    for (const [path, methods] of Object.entries(document.paths)) {
      const schema = methods.get?.responses['200']?.content?.['application/json']?.schema;
      const needs = methods.get?.parameters?.some((parameter) => parameter.required);
      if (!path.startsWith('/api/') || !schema || needs) continue;
      const answer = await call<unknown>('GET', path);
      if (answer.status !== 200) continue;
      const validate = ajv.compile(local(schema));
      expect(validate(answer.body), `${path}: ${ajv.errorsText(validate.errors)}`).toBe(true);
      checked.push(path);
    }
    expect(checked).toEqual(expect.arrayContaining(['/api/incidents', '/api/users', '/api/store/status', '/api/jobs']));
    expect(checked.length).toBeGreaterThan(30);
  });

  it('refuses a second instance on the same folder and names the first', async () => {
    const config = loadConfig(['--port', '0', '--data', dataDir], {}, dataDir);
    await expect(
      startServer({
        config,
        version: '0',
        log: pino({ level: 'silent' }),
        paths: {
          root,
          contentDir: join(root, 'content'),
          portalDir: '',
          schemaFile: join(root, 'packages/schema/data/hunting-schema.json'),
          bundleDir: undefined,
          stateTemplate: undefined,
        },
      }),
    ).rejects.toMatchObject({ code: 'data_folder_in_use', message: expect.stringContaining(String(process.pid)) });
  });
});
