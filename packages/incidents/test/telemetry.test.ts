import type { DeviceDetail, DeviceSummary, EntityDetail, Page, TimelinePage } from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alertId } from '../src/sink/identity.ts';
import { at, type World } from './support.ts';
import { openSeededWorld, raised } from './telemetry-world.ts';

let world: World;
const rowsOf = async (query: string): Promise<number> => (await world.hunting.run(query)).rows.length;
beforeAll(async () => {
  world = await openSeededWorld();
});
afterAll(() => world.close());

describe('devices', () => {
  test('the inventory pages, sorts by risk first and knows addresses, people and system', async () => {
    const page = await world.get<Page<DeviceSummary>>('/api/devices');
    expect(page.total).toBe(3);
    expect(page.items.map((device) => [device.name, device.riskLevel, device.openAlerts])).toEqual([
      ['ws1.corp.example', 'high', 1],
      ['ws2.corp.example', 'low', 1],
      [`w"s'3\\.corp.example`, 'none', 0],
    ]);
    expect(page.items[0]).toMatchObject({
      id: 'id-ws1',
      domain: 'corp.example',
      osPlatform: 'Windows',
      ips: ['10.0.0.1'],
      loggedOnUsers: ['corp\\ann'],
    });
    expect(page.items[1]?.osPlatform).toBe('Linux or macOS');
    const second = await world.get<Page<DeviceSummary>>('/api/devices?sort=name&page=2&pageSize=2');
    expect([second.total, second.items.map((device) => device.name)]).toEqual([3, ['ws2.corp.example']]);
    expect((await world.get<Page<DeviceSummary>>('/api/devices?page=9')).total).toBe(3);
    expect((await world.get<Page<DeviceSummary>>('/api/devices?risk=none')).items).toHaveLength(1);
    expect((await world.get<Page<DeviceSummary>>('/api/devices?search=10.0.0.1')).items.map((each) => each.id)).toEqual(
      ['id-ws1'],
    );
    expect((await world.get<Page<DeviceSummary>>(`/api/devices?search=${encodeURIComponent(`w"s'3\\`)}`)).total).toBe(
      1,
    );
    expect((await world.call('GET', '/api/devices?risk=severe')).body.error.message).toContain(
      'risk cannot be "severe"',
    );
  });

  test('a device is found by id and by name in any case; its activity links to its rows', async () => {
    const device = await world.get<DeviceDetail>('/api/devices/ID-WS1');
    expect(device).toMatchObject({ id: 'id-ws1', name: 'ws1.corp.example', riskLevel: 'high', openAlerts: 1 });
    expect(device.alerts.map((alert) => alert.title)).toEqual(['LSASS read']);
    expect(device.incidents).toHaveLength(1);
    expect((await world.get<DeviceDetail>('/api/devices/WS1.corp.example')).id).toBe('id-ws1');
    expect(device.activity.map(({ table, rows }) => [table, rows])).toContainEqual(['DeviceFileEvents', 60]);
    for (const { huntingQuery, rows } of device.activity) expect(await rowsOf(huntingQuery), huntingQuery).toBe(rows);
    expect((await world.call('GET', '/api/devices/nope')).body.error.code).toBe('not_found');
    expect((await world.get<DeviceDetail>(`/api/devices/${encodeURIComponent(`ID-w"s'3\\`)}`)).id).toBe(`id-w"s'3\\`);
  });
});

describe('timeline', () => {
  test('pages through events of one instant without loss or repetition, alerts among them', async () => {
    const seen: string[] = [];
    const times: string[] = [];
    let cursor: string | null = null;
    let total = 0;
    do {
      const page: TimelinePage = await world.get(
        `/api/devices/id-ws1/timeline?limit=7${cursor ? `&cursor=${cursor}` : ''}`,
      );
      seen.push(...page.items.map((event) => event.id));
      times.push(...page.items.map((event) => event.time));
      total = page.total;
      expect(page.histogram.reduce((sum, bucket) => sum + bucket.count, 0)).toBe(total);
      cursor = page.nextCursor;
    } while (cursor);
    expect(total).toBe(65);
    expect(new Set(seen).size).toBe(65);
    expect(seen).toHaveLength(65);
    expect(times).toEqual([...times].sort().reverse());
    expect(seen[0]).toBe(`alert:${alertId(raised)}`);
  });

  test('every event tells what happened and links to exactly its row', async () => {
    const page = await world.get<TimelinePage>('/api/devices/id-ws1/timeline?types=process,network,logon');
    expect(page.items.map((event) => event.title)).toEqual(
      [
        'tool.exe connected to 203.0.113.7:443',
        'corp\\ann logged on (Interactive) from 10.0.0.9',
        'corp\\svc logged on (Network)',
        'cmd.exe started tool.exe',
      ].sort(
        (a, b) =>
          page.items.findIndex((event) => event.title === a) - page.items.findIndex((event) => event.title === b),
      ),
    );
    for (const event of page.items) expect(await rowsOf(event.huntingQuery), event.huntingQuery).toBe(1);
    const file = await world.get<TimelinePage>('/api/devices/id-ws1/timeline?types=file&limit=1');
    expect(await rowsOf(file.items[0]?.huntingQuery ?? '')).toBe(1);
    expect(file.items[0]?.entities.map((entity) => entity.type)).toContain('file');
  });

  test('filters by search, action and range; a range without a start is thirty days', async () => {
    const count = async (query: string) =>
      (await world.get<TimelinePage>(`/api/devices/id-ws1/timeline?${query}`)).total;
    expect(await count('search=f59.txt')).toBe(1);
    expect(await count('search=lsass')).toBe(1);
    expect(await count('actionType=LogonSuccess')).toBe(2);
    expect(await count(`from=${at(3)}&to=${at(4)}`)).toBe(3);
    expect(await count('types=alert')).toBe(1);
    expect(await count(`search=${encodeURIComponent("');--\\'")}`)).toBe(0);
    const bad = await world.call('GET', '/api/devices/id-ws1/timeline?types=nonsense');
    expect(bad.body.error.hint).toContain('imageLoad');
    expect((await world.call('GET', '/api/devices/id-ws1/timeline?cursor=xyz')).status).toBe(400);
    expect((await world.call('GET', '/api/devices/id-ws1/timeline?from=yesterday')).status).toBe(400);
  });
});

describe('entities', () => {
  test.each([
    ['user', 'corp\\ann', { DeviceProcessEvents: 1, DeviceLogonEvents: 1, DeviceNetworkEvents: 1 }],
    ['file', 'c'.repeat(64), { DeviceFileEvents: 1, DeviceProcessEvents: 1 }],
    ['file', 'tool.exe', { DeviceFileEvents: 60, DeviceProcessEvents: 1 }],
    ['ip', '203.0.113.7', { DeviceNetworkEvents: 1 }],
    ['ip', '10.0.0.9', { DeviceLogonEvents: 1 }],
    ['url', 'nowhere.example', {}],
  ] as const)('%s %s is counted per table, and the link returns what was counted', async (type, key, expected) => {
    const detail = await world.get<EntityDetail>(`/api/entities/${type}/${encodeURIComponent(key)}`);
    expect(Object.fromEntries(detail.observed.map(({ table, rows }) => [table, rows]))).toEqual(expected);
    for (const { huntingQuery, rows } of detail.observed) expect(await rowsOf(huntingQuery), huntingQuery).toBe(rows);
    expect(detail.firstSeen === null).toBe(detail.observed.length === 0);
  });

  test('a user knows the alerts and facts of the evidence', async () => {
    const detail = await world.get<EntityDetail>('/api/entities/user/CORP%5CAnn');
    expect(detail.alerts.map((alert) => alert.title)).toEqual(['LSASS read']);
    expect(detail.facts).toContainEqual({
      label: 'Security identifier',
      value: 'S-1-5-21-1-2-3-1001',
      source: 'Evidence of alerts',
    });
  });

  test('every type has a page, and hostile keys are just keys', async () => {
    const hostile = `a'b"c\\d|e{f}:g%\u0000\u202e🙂`;
    for (const type of [
      'user',
      'process',
      'file',
      'ip',
      'url',
      'registry',
      'service',
      'scheduledTask',
      'cloudResource',
      'cloudAccount',
      'cloudIdentity',
      'mailbox',
      'device',
    ]) {
      const { status, body } = await world.call('GET', `/api/entities/${type}/${encodeURIComponent(hostile)}`);
      expect(status, `${type}: ${JSON.stringify(body)}`).toBe(200);
    }
    expect((await world.call('GET', '/api/entities/planet/x')).body.error.hint).toContain('mailbox');
  });
});
