import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type {
  ConnectorDetail,
  ConnectorTrialAnswer,
  CreatedIngestKey,
  ErrorBody,
  IngestKey,
  IngestSource,
  Page,
} from '@parapet/schema';
import { cachedTemplate } from '@parapet/state/testing';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';

/** Sources and connectors as a person manages them, through the running server. */
const root = fileURLToPath(new URL('../../..', import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), 'parapet-ingestion-'));
let server: RunningServer;
let cookie = '';
let csrf = '';

const start = async (): Promise<RunningServer> =>
  startServer({
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

async function call<T = ErrorBody>(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ readonly status: number; readonly body: T; readonly headers: Headers }> {
  const response = await fetch(server.url + path, {
    method,
    headers: {
      ...(body !== undefined && typeof body !== 'string' ? { 'content-type': 'application/json' } : {}),
      cookie,
      'x-csrf-token': csrf,
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const set = response.headers.get('set-cookie');
  if (set) cookie = set.split(';')[0] ?? '';
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? null : JSON.parse(text)) as T,
  };
}

const bulk = (key: CreatedIngestKey, record: unknown): Promise<{ readonly status: number }> =>
  call('POST', '/_bulk', `{"create":{"_index":"x"}}\n${JSON.stringify(record)}\n`, {
    authorization: `ApiKey ${key.encoded}`,
    'content-type': 'application/x-ndjson',
  });

beforeAll(async () => {
  server = await start();
  const token = new URL(server.setupLink ?? '').searchParams.get('token');
  const setup = await call<{ csrfToken: string }>('POST', '/api/setup', {
    token,
    username: 'ada',
    displayName: 'Ada',
    password: 'correct horse battery staple',
  });
  expect(setup.status).toBeLessThan(300);
  csrf = (await call<{ csrfToken: string }>('GET', '/api/session')).body.csrfToken;
});
afterAll(async () => {
  await server.close();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Made {
  readonly source: IngestSource;
  readonly key: CreatedIngestKey;
}
type Detail = IngestSource & { readonly keys: readonly IngestKey[] };

describe('sources', () => {
  it('are made with a key, counted by their events, limited, switched off and removed', async () => {
    const made = await call<Made>('POST', '/api/ingest/sources', { name: 'Branch office', kind: 'elastic' });
    expect(made.status).toBe(201);
    const { source, key } = made.body;
    expect(key.sourceId).toBe(source.id);
    expect((await call('POST', '/api/ingest/sources', { name: 'branch OFFICE', kind: 'elastic' })).status).toBe(409);
    expect((await call('POST', '/api/ingest/sources', { name: 'x', kind: 'elastic', connector: 'nope' })).status).toBe(
      400,
    );

    expect((await bulk(key, { unknown: 'record' })).status).toBe(200);
    await server.idle();
    const path = `/api/ingest/sources/${source.id}`;
    const seen = (await call<Detail>('GET', path)).body;
    expect(seen).toMatchObject({ accepted: 1, unclaimed: 1, rejected: 0, kind: 'elastic', enabled: true });
    expect(seen.lagMs).toBeGreaterThanOrEqual(0);
    expect(seen.keys.map((one) => one.id)).toEqual([key.id]);
    const bins = await call<{ bins: { unclaimed: number }[] }>('GET', `${path}/activity?hours=24`);
    expect(bins.body.bins).toHaveLength(48);
    expect(bins.body.bins.reduce((sum, bin) => sum + bin.unclaimed, 0)).toBe(1);

    // A second key belongs to the same source: senders move over one by one.
    const second = (await call<CreatedIngestKey>('POST', `${path}/keys`, {})).body;
    expect((await bulk(second, { unknown: 'another' })).status).toBe(200);
    await server.idle();
    expect((await call<Detail>('GET', path)).body.accepted).toBe(2);

    await call('PATCH', path, { limits: { eventsPerSecond: 1, bytesPerSecond: null } });
    const statuses: number[] = [];
    for (let i = 0; i < 15; i++) statuses.push((await bulk(key, { i })).status);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(10);
    expect(statuses.at(-1)).toBe(429);
    expect((await call<Detail>('GET', path)).body.refused).toBeGreaterThan(0);

    await call('PATCH', path, { enabled: false, limits: { eventsPerSecond: null, bytesPerSecond: null } });
    expect((await bulk(key, {})).status).toBe(403);
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await bulk(key, {})).status).toBe(401);
    // What it sent stays, under its name.
    const list = (await call<Page<IngestSource>>('GET', '/api/ingest/sources')).body.items;
    expect(list.find((one) => one.id === source.id)).toMatchObject({ name: 'Branch office', kind: null });
    const audit = await call<Page<{ action: string; target: string }>>('GET', '/api/audit?pageSize=50');
    const actions = audit.body.items.filter((entry) => entry.target.includes(source.id)).map((entry) => entry.action);
    expect(actions).toEqual(expect.arrayContaining(['source.create', 'source.update', 'source.remove']));
  });

  it('of a key made on its own appear with their first event', async () => {
    const key = (await call<CreatedIngestKey>('POST', '/api/keys', { name: 'Loose key' })).body;
    await bulk(key, { a: 1 });
    await server.idle();
    const list = (await call<Page<IngestSource>>('GET', '/api/ingest/sources')).body.items;
    expect(list.find((one) => one.id === key.id)).toMatchObject({ name: 'Loose key', accepted: 1, kind: 'elastic' });
  });
});

const DOORS = `id: acme-doors
title: Acme doors
vendor: Acme
description: Badge readers.
match: isnotempty(RawEventData.badge) and isnotempty(RawEventData.door)
prepare: |
  extend EventTimeText = tostring(RawEventData.at)
time: EventTimeText
outputs:
  - table: CloudAppEvents
    when: "true"
    transform: |
      project Timestamp = EventTime, Application = "Acme doors", ActionType = "DoorOpened", AccountId = tostring(RawEventData.badge)
samples:
  - name: a door
    event: { badge: b1, door: d1, at: '2026-01-01T00:00:00Z' }
    rows: { CloudAppEvents: [{ AccountId: b1 }] }
`;

describe('connectors', () => {
  const records = '{"badge":"b7","door":"north","at":"2026-02-03T04:05:06Z","floor":3}\nnot json';

  it('are tried on pasted records without storing anything', async () => {
    const trial = await call<ConnectorTrialAnswer>('POST', '/api/ingest/connectors/try', { text: DOORS, records });
    expect(trial.status).toBe(200);
    expect(trial.body).toMatchObject({ problem: null, read: 2 });
    expect(trial.body.records.map((record) => record.claimed)).toEqual([true, false]);
    expect(trial.body.tables.CloudAppEvents).toEqual([expect.objectContaining({ AccountId: 'b7', _record: 0 })]);
    expect(trial.body.unmapped.map((one) => one.path)).toContain('floor');
    const broken = await call<ConnectorTrialAnswer>('POST', '/api/ingest/connectors/try', {
      text: DOORS.replace('AccountId', 'NoSuchColumn'),
      records,
    });
    expect(broken.body.problem?.message).toContain('NoSuchColumn');
    expect(broken.body.problem?.line).toBeGreaterThan(9);
    expect((await call('POST', '/api/ingest/connectors/try', { text: DOORS, records: '  ' })).status).toBe(400);
    expect((await call('GET', '/api/ingest/connectors/acme-doors')).status).toBe(404);
  });

  it('are installed without a restart, survive one, and are taken back', async () => {
    const invalid = await call('POST', '/api/ingest/connectors', {
      text: DOORS.replace('time: EventTimeText', 'time: Nope'),
    });
    expect(invalid.status).toBe(400);
    expect(invalid.body.error.code).toBe('connector_invalid');
    const installed = await call<ConnectorDetail>('POST', '/api/ingest/connectors', { text: DOORS });
    expect(installed.status).toBe(201);
    expect(installed.body).toMatchObject({ id: 'acme-doors', builtIn: false, installed: true });

    const { key } = (await call<Made>('POST', '/api/ingest/sources', { name: 'Doors', kind: 'elastic' })).body;
    const door = (badge: string) => bulk(key, { badge, door: 'north', at: '2026-02-03T04:05:06Z' });
    const rows = async (): Promise<unknown> =>
      (
        await call<{ rows: unknown[][] }>('POST', '/api/hunting/run', {
          query:
            'CloudAppEvents | where Application == "Acme doors" | project AccountId, ActionType | sort by AccountId asc',
        })
      ).body.rows;
    await door('b1');
    await server.idle();
    expect(await rows()).toEqual([['b1', 'DoorOpened']]);

    const second = await call<ConnectorDetail>('POST', '/api/ingest/connectors', {
      text: DOORS.replace('"DoorOpened"', '"Opened"'),
    });
    expect(second.status).toBe(200);
    expect(second.body.versions.map((one) => one.version)).toEqual([2, 1]);
    const first = await call<{ text: string }>('GET', '/api/ingest/connectors/acme-doors/versions/1');
    expect(first.body.text).toBe(DOORS);

    await server.close();
    server = await start();
    await door('b2');
    await server.idle();
    expect(await rows()).toEqual([
      ['b1', 'DoorOpened'],
      ['b2', 'Opened'],
    ]);
    expect((await call('DELETE', '/api/ingest/connectors/acme-doors')).status).toBe(204);
    await door('b3');
    await server.idle();
    expect(await rows()).toHaveLength(2);
    expect((await call('DELETE', '/api/ingest/connectors/aws-cloudtrail')).status).toBe(404);
  });

  it('of the release can be changed here and put back', async () => {
    const before = (await call<ConnectorDetail>('GET', '/api/ingest/connectors/aws-cloudtrail')).body;
    expect(before).toMatchObject({ builtIn: true, installed: false });
    const changed = await call<ConnectorDetail>('POST', '/api/ingest/connectors', {
      text: before.text.replace('title: AWS CloudTrail', 'title: Our CloudTrail'),
    });
    expect(changed.body).toMatchObject({ title: 'Our CloudTrail', builtIn: true, installed: true });
    await call('DELETE', '/api/ingest/connectors/aws-cloudtrail');
    expect((await call<ConnectorDetail>('GET', '/api/ingest/connectors/aws-cloudtrail')).body).toMatchObject({
      title: 'AWS CloudTrail',
      installed: false,
    });
  });
});
