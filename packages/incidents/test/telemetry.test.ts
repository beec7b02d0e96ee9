import type {
  Behavior,
  DeviceDetail,
  DeviceSummary,
  EntityDetail,
  EntityRisk,
  EntityRiskSummary,
  Page,
  TimelinePage,
} from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alertId } from '../src/sink/identity.ts';
import { at, NOW, type World } from './support.ts';
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

describe('risk', () => {
  const ann = encodeURIComponent('corp\\ann');
  const newest = async (type: string, key: string) =>
    (
      await world.hunting.run(
        `ParapetEntityRisk | where EntityType == "${type}" and EntityKey == @"${key}" | top 1 by Timestamp | project RiskScore, RiskLevel, Criticality`,
      )
    ).rows[0];
  const behavior = (n: number): Behavior => ({
    id: `behavior-${n}`,
    kind: 'firstSeen',
    actionType: 'FirstTimeUserUsedDevice',
    title: `corp\\ann used device ${n} for the first time`,
    description: 'Not seen in 40 days of activity.',
    category: 'LateralMovement',
    techniques: ['T1078'],
    score: 0.8,
    start: at(20),
    end: at(21 + n),
    table: 'DeviceLogonEvents',
    baseline: [{ label: 'Days with activity', value: '40' }],
    huntingQuery: 'DeviceLogonEvents',
    entities: [{ type: 'user', key: 'corp\\ann', label: 'corp\\ann' }],
  });

  test('the score of an entity is the sum of what its alerts, behaviours and criticality add', async () => {
    const before = await world.get<EntityRisk>(`/api/risk/user/${ann}`);
    expect(before).toMatchObject({ score: 70, level: 'high', openAlerts: 1, label: 'corp\\ann' });
    await world.incidents.noteBehaviors([behavior(1), behavior(2), behavior(1)]);
    await world.incidents.idle();
    const after = await world.get<EntityRisk>(`/api/risk/user/${ann}`);
    expect(after.contributions.map(({ kind, fullPoints }) => [kind, fullPoints])).toEqual([
      ['alert', 70],
      ['behavior', 8],
      ['behavior', 8],
    ]);
    expect(after.score).toBe(Math.round(after.contributions.reduce((sum, { points }) => sum + points, 0)));
    expect(after.score).toBeGreaterThan(70);
    expect(await newest('user', 'corp\\ann')).toEqual([after.score, 'High', 'None']);
    const page = await world.get<Page<Behavior>>(`/api/entities/user/${ann}/behaviors?pageSize=1`);
    expect([page.total, page.items.map(({ id }) => id)]).toEqual([2, ['behavior-2']]);
    const [incident] = (await world.get<EntityDetail>(`/api/entities/user/${ann}`)).incidents;
    expect((await world.get<Page<Behavior>>(`/api/incidents/${incident?.id}/behaviors`)).total).toBe(2);
    expect((await world.call('GET', '/api/incidents/999999/behaviors')).status).toBe(404);
    expect((await world.call('GET', '/api/risk/process/x')).body.error.message).toContain('type cannot be "process"');
  });

  test('the list is sorted by score and filtered; people set criticality and the score follows', async () => {
    world.setNow(new Date(NOW.getTime() + 60_000));
    const list = await world.get<Page<EntityRiskSummary>>('/api/risk?type=device,user');
    expect(list.items.map(({ score }) => score)).toEqual(list.items.map(({ score }) => score).sort((a, b) => b - a));
    const devices = await world.get<Page<EntityRiskSummary>>('/api/risk?type=device&level=high');
    expect(devices.items.map(({ key, score }) => [key, score])).toEqual([['id-ws1', 70]]);
    const path = '/api/criticality/device/id-ws1';
    const put = (payload: object) => world.app.inject({ method: 'PUT', url: path, payload });
    expect((await put({ level: 'veryHigh', reason: ' ' })).statusCode).toBe(400);
    expect((await put({ level: 'veryHigh', reason: 'Payroll', expiresAt: at(-999_999) })).statusCode).toBe(400);
    expect((await put({ level: 'veryHigh', reason: 'Payroll' })).json()).toMatchObject({
      level: 'veryHigh',
      source: 'manual',
      setBy: 'ann',
    });
    await world.incidents.idle();
    const risk = await world.get<EntityRisk>('/api/risk/device/id-ws1');
    // Odds of 70 % doubled: 7 to 3 becomes 14 to 3.
    expect([risk.score, risk.criticality.level]).toEqual([82, 'veryHigh']);
    expect(risk.contributions.map(({ kind, points }) => [kind, points])).toEqual([
      ['alert', 70],
      ['criticality', 12.4],
    ]);
    expect(risk.history.map(({ score }) => score)).toEqual([70, 82]);
    expect(await newest('device', 'id-ws1')).toEqual([82, 'High', 'Very high']);
    expect(await rowsOf(risk.huntingQuery)).toBe(2);
    expect(world.audited.at(-1)).toMatchObject({ action: 'entity.criticality', target: 'device id-ws1' });
    world.setNow(new Date(NOW.getTime() + 120_000));
    await put({ level: null, reason: '' });
    await world.incidents.idle();
    expect((await world.get<EntityRisk>('/api/risk/device/id-ws1')).score).toBe(70);
  });

  test('an alert found false takes its points back', async () => {
    world.setNow(new Date(NOW.getTime() + 180_000));
    const [alert] = (await world.get<EntityDetail>(`/api/entities/user/${ann}`)).alerts;
    const status = { status: 'resolved', classification: 'falsePositive', determination: 'notMalicious' };
    expect((await world.call('PATCH', `/api/alerts/${alert?.id}`, status)).status).toBe(200);
    await world.incidents.idle();
    const risk = await world.get<EntityRisk>(`/api/risk/user/${ann}`);
    expect(risk.contributions.map(({ kind }) => kind)).toEqual(['behavior', 'behavior']);
    expect((await world.get<Page<EntityRiskSummary>>('/api/risk?type=device&level=high')).total).toBe(0);
    expect(await newest('device', 'id-ws1')).toEqual([0, 'None', 'None']);
  });
});
