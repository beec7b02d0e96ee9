/** Subscriptions and streams with real receivers on this machine. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Notifier } from '../src/notify/deliver.ts';
import { Streams } from '../src/stream/streams.ts';
import { API_LIMITS, type PublicApiOptions } from '../src/types.ts';
import { ALL, type Answer, type Body, incident, openWorld, type World } from './support.ts';

let world: World;
let token = '';
let client = { id: '', secret: '' };
let options: PublicApiOptions;
let hook: Server;
let base = '';
let status = 202;
let handshake: 'right' | 'wrong' | 'html' = 'right';
const got: Body[] = [];
const dir = mkdtempSync(join(tmpdir(), 'parapet-streams-'));

const read = (request: IncomingMessage): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    request.on('data', (part: Buffer) => {
      text += part.toString();
    });
    request.on('end', () => resolve(text));
  });

const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<Answer> =>
  world.api(token, method, path, body);
const HOUR = 3_600_000;
const subscription = (more: object = {}): object => ({
  changeType: 'created,updated',
  resource: '/security/incidents',
  notificationUrl: `${base}/hook`,
  clientState: 'only mine',
  expirationDateTime: new Date(world.clock.now + HOUR).toISOString(),
  ...more,
});

beforeAll(async () => {
  hook = createServer(async (request, response) => {
    const asked = new URL(request.url ?? '/', 'http://x').searchParams.get('validationToken');
    if (asked !== null) {
      response
        .writeHead(200, { 'content-type': handshake === 'html' ? 'text/html' : 'text/plain; charset=utf-8' })
        .end(handshake === 'wrong' ? 'something else' : asked);
      return;
    }
    const text = await read(request);
    got.push(
      request.url === '/hook' || request.url === '/life'
        ? { ...JSON.parse(text), at: request.url }
        : { text, at: request.url, headers: request.headers },
    );
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(hook.address() as AddressInfo).port}`;
  world = await openWorld({
    publicUrl: 'https://parapet.example',
    keep: (given) => {
      options = given;
    },
  });
  client = await world.register('Everything', { applicationPermissions: ALL });
  token = await world.tokenOf(client);
});
afterAll(async () => {
  await world?.close();
  hook?.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('subscriptions', () => {
  it('are made only with a receiver that answers, for what the token may read, and for a bounded time', async () => {
    handshake = 'wrong';
    expect((await call('POST', '/v1.0/subscriptions', subscription())).body.error.code).toBe('ValidationError');
    handshake = 'html';
    expect((await call('POST', '/v1.0/subscriptions', subscription())).status).toBe(400);
    handshake = 'right';
    for (const wrong of [
      { resource: '/users' },
      { resource: "/security/incidents?$filter=title eq 'x'" },
      { changeType: 'deleted' },
      { expirationDateTime: new Date(world.clock.now + 10 * 60_000).toISOString() },
      { expirationDateTime: new Date(world.clock.now + 31 * 24 * HOUR).toISOString() },
      { clientState: 'x'.repeat(129) },
      { notificationUrl: 'ftp://x/y' },
      { notificationUrl: 'http://127.0.0.1:1/closed' },
      { includeResourceData: true },
    ])
      expect((await call('POST', '/v1.0/subscriptions', subscription(wrong))).status, JSON.stringify(wrong)).toBe(400);
    expect((await call('GET', '/v1.0/subscriptions')).body.value).toEqual([]);
    const alerts = await world.tokenOf(
      await world.register('Alerts', { applicationPermissions: ['SecurityAlert.Read.All'] }),
    );
    expect((await world.api(alerts, 'POST', '/v1.0/subscriptions', subscription())).status).toBe(403);
    const made = await call('POST', '/v1.0/subscriptions', subscription());
    expect([made.status, made.body.clientState]).toEqual([201, null]);
    expect((await world.api(alerts, 'GET', `/v1.0/subscriptions/${made.body.id}`)).status).toBe(404);
    await call('DELETE', `/v1.0/subscriptions/${made.body.id}`);
  });

  it('tell each change once, signed, and again until it is taken', async () => {
    const notifier = new Notifier(options, { ...API_LIMITS, allowLoopback: true });
    await call('POST', '/v1.0/security/incidents/import', incident(1));
    const made = await call(
      'POST',
      '/v1.0/subscriptions',
      subscription({
        resource: "/security/incidents?$filter=severity eq 'high'",
        lifecycleNotificationUrl: `${base}/life`,
      }),
    );
    await notifier.run();
    expect(got).toEqual([]);
    await call('POST', '/v1.0/security/incidents/import', incident(2));
    await call('POST', '/v1.0/security/incidents/import', incident(3));
    status = 500;
    await notifier.run();
    expect(got).toHaveLength(1);
    await notifier.run();
    expect(got).toHaveLength(1);
    status = 202;
    world.clock.now += 11_000;
    await notifier.run();
    expect(got).toHaveLength(2);
    const [value] = got[1].value;
    expect(value).toMatchObject({
      subscriptionId: made.body.id,
      changeType: 'created',
      clientState: 'only mine',
      tenantId: world.tenant,
      resourceData: { '@odata.type': '#microsoft.graph.security.incident' },
    });
    const keys = (await world.inject({ method: 'GET', url: `/${world.tenant}/discovery/v2.0/keys` })).body;
    const { payload } = await jwtVerify(got[1].validationTokens[0], createLocalJWKSet(keys), {
      audience: client.id,
      currentDate: new Date(world.clock.now),
    });
    expect(payload.iss).toBe(`https://parapet.example/${world.tenant}/v2.0`);
    // It says who sent it and opens nothing.
    expect((await world.api(got[1].validationTokens[0], 'GET', '/v1.0/security/incidents')).status).toBe(401);
    await call('PATCH', `/v1.0/security/incidents/${value.resourceData.id}`, { summary: 'x' });
    await notifier.run();
    await notifier.run();
    expect(got.slice(2).map(({ value: [each] }) => each.changeType)).toEqual(['updated']);
    // It ends on time, with a word before and after.
    got.length = 0;
    world.clock.now += HOUR - 10 * 60_000;
    await notifier.run();
    expect(got.map(({ value: [each] }) => each.lifecycleEvent)).toEqual(['reauthorizationRequired']);
    world.clock.now += 11 * 60_000;
    await notifier.run();
    expect(got.at(-1).value[0].lifecycleEvent).toBe('subscriptionRemoved');
    token = await world.tokenOf(client);
    expect((await call('GET', '/v1.0/subscriptions')).body.value).toEqual([]);
    await call('PATCH', `/v1.0/security/incidents/${value.resourceData.id}`, { summary: 'y' });
    await notifier.run();
    expect(got).toHaveLength(2);
    await notifier.close();
  });
});

describe('streams', () => {
  let tcp: TcpServer;
  let port = 0;
  let received = '';
  let lastBatch = 10;
  const asked: [number, number][] = [];
  const own = () => ({
    lastBatch: () => lastBatch,
    root: dir,
    sealer: {
      seal: async (text: string) => `sealed:${Buffer.from(text).toString('base64')}`,
      open: async (text: string) => Buffer.from(text.slice(7), 'base64').toString(),
    },
    base: () => 'https://parapet.example',
    // Three rows a batch.
    rows: async (_table: string, from: number, to: number, limit: number) => {
      asked.push([from, to]);
      const rows = Array.from({ length: (to - from) * 3 }, (_, n) => [
        '2026-03-10T12:00:00Z',
        `row ${from * 3 + n}`,
        7,
      ]);
      return { columns: ['Timestamp', 'Text', '_Batch'], rows: rows.slice(0, limit), truncated: rows.length > limit };
    },
  });
  const open = () =>
    new Streams({ ...options, store: { schema: { tables: [{ name: 'DeviceEvents' }] } } as never }, own(), {
      ...API_LIMITS,
      allowLoopback: true,
    });

  beforeAll(async () => {
    tcp = createTcp((socket) => {
      socket.write('INFO {}\r\n');
      socket.on('data', (part) => {
        received += part.toString();
        if (part.toString().includes('PING\r\n')) socket.write('PONG\r\n');
      });
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    port = (tcp.address() as AddressInfo).port;
  });
  afterAll(() => tcp?.close());

  it('go on where they stopped, also in a new process, and number what they send', async () => {
    const streams = open();
    await expect(
      streams.create({ name: 'x', tables: ['Nothing'], settings: { kind: 'file', folder: 'a' } }, 'ada'),
    ).rejects.toThrow(/no table/);
    await expect(
      streams.create({ name: 'x', tables: ['DeviceEvents'], settings: { kind: 'file', folder: '../a' } }, 'ada'),
    ).rejects.toThrow(/folder/);
    await streams.create(
      { name: 'Files', tables: ['DeviceEvents', 'Alerts'], settings: { kind: 'file', folder: 'siem' } },
      'ada',
    );
    await streams.run();
    expect(asked).toEqual([]);
    lastBatch = 12;
    await call('POST', '/v1.0/security/incidents/import', incident(50));
    await streams.run();
    await streams.close();
    const again = open();
    lastBatch = 13;
    await again.run();
    const lines = readFileSync(join(dir, 'siem/DeviceEvents.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ properties }) => properties.Text)).toEqual(
      Array.from({ length: 9 }, (_, n) => `row ${30 + n}`),
    );
    expect(lines[0]).toEqual({
      time: '2026-03-10T12:00:00Z',
      tenantId: world.tenant,
      category: 'AdvancedHunting-DeviceEvents',
      operationName: 'Publish',
      sequence: 1,
      properties: { Timestamp: '2026-03-10T12:00:00Z', Text: 'row 30' },
    });
    const alerts = readFileSync(join(dir, 'siem/Alerts.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(alerts.map(({ properties }) => properties.title)).toEqual(['Finding 50']);
    const numbers = [...lines, ...alerts].map(({ sequence }) => sequence).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 10 }, (_, n) => n + 1));
    await again.remove((await again.list())[0]?.id ?? '');
    await again.close();
  });

  it('wait for a receiver that fails, and send it everything under the same numbers', async () => {
    const streams = open();
    lastBatch = 20;
    const made = await streams.create(
      {
        name: 'Collector',
        tables: ['DeviceEvents'],
        settings: { kind: 'http', url: `${base}/collect`, authorization: 'Bearer s3cret' },
      },
      'ada',
    );
    expect(made.settings).toMatchObject({ authorization: true });
    const [stored] = await world.db.query('select settings, sealed from api_stream');
    expect(JSON.stringify(stored)).not.toContain('s3cret');
    got.length = 0;
    status = 503;
    lastBatch = 21;
    await streams.run();
    expect((await streams.list())[0]).toMatchObject({ lastError: 'The receiver answered 503', sent: 0 });
    status = 200;
    await streams.update(made.id, { enabled: true });
    await streams.run();
    expect(got.map(({ text }) => text)).toEqual([got[0].text, got[0].text]);
    expect(got[1].headers).toMatchObject({ authorization: 'Bearer s3cret', 'x-parapet-sequence': '1' });
    expect((await streams.list())[0]).toMatchObject({ lastError: '', sent: 3 });
    // The secret does not follow to another address.
    const moved = await streams.update(made.id, {
      settings: { kind: 'http', url: `${base}/other`, authorization: true },
    });
    expect(moved.settings).not.toHaveProperty('authorization');
    await streams.remove(made.id);
    await streams.close();
  });

  it('speak syslog with counted octets and NATS with an answer', async () => {
    const streams = open();
    const syslog = await streams.create(
      {
        name: 'Syslog',
        tables: ['DeviceEvents'],
        settings: { kind: 'syslog', host: '127.0.0.1', port, tls: false, format: 'json' },
      },
      'ada',
    );
    lastBatch = 22;
    await streams.run();
    await expect.poll(() => received).toMatch(/row 65/);
    const frame = /^(\d+) (<134>1 2026-03-10T12:00:00Z \S+ parapet - DeviceEvents - )/.exec(received);
    expect(received.slice(String(frame?.[1]).length + 1).slice(0, Number(frame?.[1]))).toMatch(/\}$/);
    await streams.remove(syslog.id);
    received = '';
    await streams.create(
      {
        name: 'Nats',
        tables: ['DeviceEvents'],
        settings: { kind: 'nats', host: '127.0.0.1', port, tls: false, subject: 'soc.{table}', token: 't' },
      },
      'ada',
    );
    lastBatch = 23;
    await streams.run();
    expect(received).toMatch(/^CONNECT \{.*"auth_token":"t"\}\r\nPING\r\nPUB soc\.DeviceEvents \d+\r\n\{.*row 66/s);
    expect((await streams.list())[0]).toMatchObject({ sent: 3, lastError: '' });
    for (const name of ['b', 'c', 'd', 'e'])
      await streams.create(
        { name, tables: ['Alerts'], settings: { kind: 'file', folder: name }, enabled: false },
        'ada',
      );
    await expect(
      streams.create({ name: 'f', tables: ['Alerts'], settings: { kind: 'file', folder: 'f' } }, 'ada'),
    ).rejects.toThrow(/5 streams/);
    await streams.close();
  });
});
