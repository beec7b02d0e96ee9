import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { CreatedIngestKey, IncidentDetail, IncidentProposal, SessionInfo } from '@parapet/schema';
import { cachedTemplate } from '@parapet/state/testing';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import { TOOLS } from '../src/mcp/tools.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), 'parapet-mcp-'));
let server: RunningServer;
let cookie = '';
let csrf = '';
let sending = '';
let client: Client;

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(server.url + path, {
    method,
    headers: { ...(body ? { 'content-type': 'application/json' } : {}), cookie, 'x-csrf-token': csrf },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
  return (await response.json()) as T;
}

const connect = async (encoded: string): Promise<Client> => {
  const made = new Client({ name: 'assistant', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL('/mcp', server.url), {
    requestInit: { headers: { authorization: `Bearer ${encoded}` } },
  });
  await made.connect(transport as Parameters<typeof made.connect>[0]);
  return made;
};

async function use(name: string, args: Record<string, unknown> = {}): Promise<{ failed: boolean; text: string }> {
  const result = (await client.callTool({ name, arguments: args })) as CallToolResult;
  const [first] = result.content;
  return { failed: result.isError === true, text: first?.type === 'text' ? first.text : '' };
}

beforeAll(async () => {
  server = await startServer({
    config: loadConfig(['--port', '0', '--data', dataDir, '--log-level', 'silent'], {}, dataDir),
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
  csrf = session.csrfToken ?? '';
  sending = (await call<CreatedIngestKey>('POST', '/api/keys', { name: 'Sender' })).encoded;
  const key = await call<CreatedIngestKey>('POST', '/api/keys', { name: 'Assistant', purpose: 'query' });
  client = await connect(key.encoded);
  // One event that a shipped rule knows.
  const event = {
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    SourceName: 'Microsoft-Windows-Sysmon',
    EventID: 1,
    Hostname: 'pc1.corp.example',
    UtcTime: new Date().toISOString().replace('T', ' ').replace('Z', ''),
    ProcessGuid: '{11111111-2222-3333-4444-555555555555}',
    ProcessId: '4321',
    Image: 'C:\\Windows\\System32\\vssadmin.exe',
    CommandLine: 'vssadmin delete shadows /all /quiet',
    User: 'CORP\\ada',
    ParentImage: 'C:\\Windows\\System32\\cmd.exe',
    RecordNumber: 1,
  };
  await fetch(`${server.url}/_bulk`, {
    method: 'POST',
    headers: { authorization: `ApiKey ${sending}`, 'content-type': 'application/x-ndjson' },
    body: `{"create":{"_index":"logs"}}\n${JSON.stringify(event)}\n`,
  });
  await server.idle();
});

afterAll(async () => {
  await client?.close();
  await server?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test('an assistant reads, hunts and proposes; an analyst decides', async () => {
  const { tools } = await client.listTools();
  expect(tools.map((tool) => tool.name).sort()).toEqual(TOOLS.map((tool) => tool.name).sort());
  const listed = JSON.parse((await use('list_incidents', { severity: ['high', 'medium'] })).text) as {
    incidents: { items: { id: string; status: string }[] };
  };
  const [incident] = listed.incidents.items;
  expect(incident?.status).toBe('active');
  const id = incident?.id ?? '';
  const whole = JSON.parse((await use('get_incident', { id })).text) as { alerts: { items: { id: string }[] } };
  expect(whole).toMatchObject({ incident: { id }, proposals: { items: [] } });
  expect((await use('get_alert', { id: whole.alerts.items[0]?.id })).text).toContain('vssadmin');
  const hunted = await use('run_hunting_query', { query: 'DeviceProcessEvents | project FileName, ProcessId' });
  expect(JSON.parse(hunted.text)).toMatchObject({ result: { rows: [['vssadmin.exe', 4321]] } });

  const proposed = await use('propose_incident_change', {
    id,
    reason: 'Backup job',
    status: 'resolved',
    tags: ['backup'],
  });
  expect(proposed.failed, proposed.text).toBe(false);
  const { proposal } = JSON.parse(proposed.text) as { proposal: IncidentProposal };
  expect((await call<IncidentDetail>('GET', `/api/incidents/${id}`)).status).toBe('active');
  await call('POST', `/api/incidents/${id}/proposals/${proposal.id}/accept`);
  expect(await call<IncidentDetail>('GET', `/api/incidents/${id}`)).toMatchObject({
    status: 'resolved',
    tags: expect.arrayContaining(['backup']),
    lastModifiedBy: 'ada',
  });
});

test('errors of the API reach the assistant in words', async () => {
  expect(await use('get_incident', { id: '999' })).toMatchObject({
    failed: true,
    text: expect.stringContaining('not_found'),
  });
  const broken = await use('run_hunting_query', { query: 'DeviceProcessEvents | wher 1' });
  expect(broken.failed).toBe(true);
  expect(broken.text).toMatch(/line|wher/i);
  expect((await use('search', {})).failed).toBe(true);
});

test('only a key that reads opens the door, and it changes nothing else', async () => {
  await expect(connect(sending)).rejects.toThrow();
  await expect(connect('bm9ib2R5Om5vdGhpbmc=')).rejects.toThrow();
  const bare = await fetch(`${server.url}/mcp`, { method: 'POST', headers: { cookie, 'x-csrf-token': csrf } });
  expect(bare.status).toBe(401);
  expect((await fetch(`${server.url}/mcp`)).status).toBe(405);
  const key = await call<CreatedIngestKey>('POST', '/api/keys', { name: 'Reader', purpose: 'query' });
  const direct = await fetch(`${server.url}/api/incidents/1`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${key.encoded}`, 'content-type': 'application/json' },
    body: '{"status":"resolved"}',
  });
  expect(direct.status).toBe(401);
});
