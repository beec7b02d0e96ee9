import type {
  Behavior,
  DeviceDetail,
  DeviceSummary,
  EntityDetail,
  EntityMarksDetail,
  EntityRelations,
  EntityRisk,
  EntityRiskSummary,
  IdentitySummary,
  InventorySummary,
  Page,
  TimelinePage,
} from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alertId } from '../src/sink/identity.ts';
import { at, evidence, NOW, type World } from './support.ts';
import { low, openSeededWorld, raised } from './telemetry-world.ts';

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
      if (cursor === null) {
        total = page.total;
        expect(page.histogram.reduce((sum, bucket) => sum + bucket.count, 0)).toBe(total);
        expect(page.groups.reduce((sum, group) => sum + group.count, 0)).toBe(total);
      }
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
      'mailMessage',
      'cloudApp',
      'oauthApp',
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

describe('timelines of every kind of entity', () => {
  const timeline = (type: string, key: string, query = '') =>
    world.get<TimelinePage>(`/api/entities/${type}/${encodeURIComponent(key)}/timeline?${query}`);

  test('a person, an address, a file and a message have theirs, over all tables, each row with its own query', async () => {
    await world.store.insertRows('EmailEvents', [
      {
        Timestamp: at(20),
        NetworkMessageId: 'msg-1',
        Subject: '<img src=x> \u202eoffer 🎁',
        SenderFromAddress: 'sales@example.net',
        RecipientEmailAddress: 'ann@corp.example',
        DeliveryAction: 'Delivered',
        ReportId: '17',
        _ItemId: '9:1',
      },
    ]);
    await world.store.insertRows('IdentityInfo', [
      {
        Timestamp: at(0),
        AccountName: 'ann',
        AccountDomain: 'corp.example',
        AccountUpn: 'ann@corp.example',
        AccountDisplayName: 'Ann Example',
        Department: 'Finance',
      },
    ]);
    await world.store.insertRows('EntraIdSignInEvents', [
      {
        Timestamp: at(25),
        AccountUpn: 'Ann@corp.example',
        Application: 'Contoso Mail',
        IPAddress: '198.51.100.4',
        ErrorCode: 50126,
        _ItemId: '9:2',
      },
    ]);
    await world.store.insertRows('Syslog', [
      { TimeGenerated: at(26), Computer: 'WS1', SyslogMessage: 'kernel said hello', _ItemId: '9:3' },
      { TimeGenerated: at(26), Computer: 'lonely', SyslogMessage: 'nobody else writes of it', _ItemId: '9:4' },
    ]);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const ann = await timeline('user', 'corp\\ann');
    const titles = ann.items.map((event) => event.title);
    expect(titles).toEqual(
      expect.arrayContaining([
        'LSASS read',
        'Ann@corp.example failed to sign in to Contoso Mail from 198.51.100.4',
        expect.stringContaining('from sales@example.net to ann@corp.example: delivered'),
        'corp\\ann logged on (Interactive) from 10.0.0.9',
      ]),
    );
    expect(ann.total).toBe(ann.items.length);
    for (const event of ann.items.filter(({ table }) => table !== 'AlertInfo'))
      expect(await rowsOf(event.huntingQuery), event.huntingQuery).toBe(1);
    expect((await world.get<EntityDetail>('/api/entities/user/corp%5Cann')).facts).toContainEqual({
      label: 'Department',
      value: 'Finance',
      source: 'IdentityInfo',
    });
    for (const [type, key, total] of [
      ['mailMessage', 'MSG-1', 1],
      ['mailbox', 'sales@example.net', 1],
      ['cloudApp', 'contoso mail', 1],
      ['ip', '198.51.100.4', 1],
      ['file', 'c'.repeat(64), 2],
      ['oauthApp', 'none', 0],
    ] as const)
      expect([type, (await timeline(type, key)).total]).toEqual([type, total]);
    // What was logged as it was stands back where other tables tell of the device, and shows where nothing else does.
    const device = await world.get<TimelinePage>('/api/devices/id-ws1/timeline');
    expect([device.leftOut, device.items.some(({ table }) => table === 'Syslog')]).toEqual([['log'], false]);
    expect((await timeline('device', 'id-ws1', 'types=log')).items.map(({ title }) => title)).toEqual([
      'kernel said hello',
    ]);
  });

  test('starts at an instant, and only flagged rows when asked; flags are of a row and are audited', async () => {
    const from = await timeline('device', 'id-ws1', `at=${at(4)}`);
    expect(from.items[0]?.title).toBe('tool.exe connected to 203.0.113.7:443');
    const { items } = await timeline('device', 'id-ws1', 'types=network');
    const position = items[0]?.position ?? '';
    const put = (body: object) => world.call('PUT', '/api/entities/device/WS1.corp.example/timeline/flag', body);
    expect((await put({ position, flagged: true, note: '=look' })).body.flag).toMatchObject({
      by: 'ann',
      note: '=look',
    });
    expect((await put({ position: 'x', flagged: true })).status).toBe(400);
    const gone = Buffer.from(JSON.stringify(['2026-03-01T10:00:00.0000000Z', 'DeviceFileEvents', 'none'])).toString(
      'base64url',
    );
    expect((await put({ position: gone, flagged: true })).status).toBe(404);
    const flagged = await timeline('device', 'id-ws1', 'flagged=true');
    expect(flagged.items.map(({ title, flag }) => [title, flag?.note])).toEqual([
      ['tool.exe connected to 203.0.113.7:443', '=look'],
    ]);
    expect(flagged.total).toBe(1);
    // The same row in the timeline of the address carries the same flag.
    expect((await timeline('ip', '203.0.113.7')).items[0]?.flag?.note).toBe('=look');
    expect(world.audited.map(({ action }) => action)).toContain('timeline.flag');
    const csv = await world.app.inject('/api/entities/device/id-ws1/timeline/export?types=network,process');
    expect(csv.headers['content-type']).toContain('text/csv');
    const lines = csv.body.trim().split('\r\n');
    expect(lines).toHaveLength(3);
    expect(csv.body).toContain("'=look");
    expect(world.audited.at(-1)).toMatchObject({ action: 'export', target: 'timeline device:id-ws1' });
    const all = await world.app.inject('/api/entities/device/id-ws1/timeline/export?format=jsonl');
    expect(all.body.trim().split('\n')).toHaveLength((await timeline('device', 'id-ws1')).total);
    expect((await put({ position, flagged: false })).body.flag).toBeNull();
    expect((await timeline('device', 'id-ws1', 'flagged=true')).total).toBe(0);
  });

  test('a row that raised an alert carries its techniques', async () => {
    const { items } = await timeline('device', 'id-ws1', 'types=process');
    const [row] = items;
    await world.incidents.accept([
      {
        ...raised,
        dedupeKey: 'from-a-row',
        title: 'Tool started',
        techniques: ['T1059.003'],
        firstActivity: at(0),
        lastActivity: at(0),
        evidence: [
          {
            ...raised.evidence[0]!,
            type: 'device',
            key: 'id-ws1',
            label: 'ws1',
            fields: { deviceId: 'ID-ws1' },
            roles: ['attacked'],
          },
        ],
        events: [
          {
            table: 'DeviceProcessEvents',
            time: row?.time ?? '',
            deviceId: 'ID-ws1',
            reportId: '',
            row: {},
            huntingQuery: '',
          },
        ],
      },
    ]);
    const after = await timeline('device', 'id-ws1', 'types=process');
    expect(after.items[0]).toMatchObject({
      techniques: ['T1059.003'],
      raised: [{ title: 'Tool started', severity: 'high' }],
    });
  });
});

describe('inventories', () => {
  test('filters, figures and the file agree; tags and criticality filter exactly', async () => {
    const mark = (type: string, key: string, changes: object) =>
      world.call('PATCH', `/api/entities/${type}/${encodeURIComponent(key)}/marks`, changes);
    await mark('device', 'id-ws1', { tags: ['a,b (c)', 'lab'] });
    await world.call('PUT', '/api/criticality/device/id-ws1', { level: 'high', reason: 'It signs our releases.' });
    await mark('device', 'id-ws2', { tags: ['a'], excluded: { reason: 'other', note: '' } });
    const names = async (query: string) =>
      (await world.get<Page<DeviceSummary>>(`/api/devices?${query}`)).items.map(({ id }) => id);
    expect(await names(`tag=${encodeURIComponent('a%2Cb (c)')}`)).toEqual(['id-ws1']);
    expect(await names('criticality=veryHigh,high')).toEqual(['id-ws1']);
    expect((await names('criticality=none&sort=name')).length).toBe(2);
    expect(await names('excluded=true')).toEqual(['id-ws2']);
    expect(await names('health=active')).toEqual([]);
    expect(await names('health=inactive')).toHaveLength(3);
    const summary = await world.get<InventorySummary>('/api/devices/summary');
    for (const { label, count, href } of summary.figures)
      expect([label, (await world.get<Page<DeviceSummary>>(`/api${href}`)).total]).toEqual([label, count]);
    expect(summary.values.tag).toEqual(['a', 'a,b (c)', 'lab']);
    const file = await world.app.inject('/api/devices/export?criticality=high');
    expect(file.body.trim().split('\r\n')).toHaveLength(2);
    expect(file.body).toContain('"a,b (c), lab"');
    expect(world.audited.at(-1)).toMatchObject({ action: 'export', target: 'devices' });
  });

  test('identities are everyone that rows name, once each, with the directory and the risk', async () => {
    const page = await world.get<Page<IdentitySummary>>('/api/identities');
    expect(page.items.find(({ id }) => id === 'corp\\ann')).toMatchObject({
      id: 'corp\\ann',
      displayName: 'Ann Example',
      department: 'Finance',
      kind: 'person',
    });
    expect(page.items.map(({ id }) => id).sort()).toEqual(['ann@corp.example', 'corp\\ann', 'corp\\svc', 'root']);
    const summary = await world.get<InventorySummary>('/api/identities/summary');
    for (const { label, count, href } of summary.figures)
      expect([label, (await world.get<Page<IdentitySummary>>(`/api${href}`)).total]).toEqual([label, count]);
    expect((await world.get<Page<IdentitySummary>>('/api/identities?search=finance')).total).toBe(1);
    expect((await world.get<Page<IdentitySummary>>('/api/identities?kind=system')).items.map(({ id }) => id)).toEqual([
      'root',
    ]);
    expect((await world.app.inject('/api/identities/export?search=finance')).body).toContain('Ann Example');
    expect((await world.call('GET', '/api/identities?kind=robot')).status).toBe(400);
  });

  test('a virtual machine and its device record are one asset', async () => {
    const arn = 'arn:aws:ec2:eu-north-1:111122223333:instance/i-0abc123';
    await world.store.insertRows('DeviceInfo', [
      {
        Timestamp: at(40),
        DeviceId: 'ID-ws2',
        DeviceName: 'ws2.corp.example',
        OSPlatform: 'Linux',
        CloudPlatforms: 'AWS',
        AwsResourceName: arn,
      },
    ]);
    await world.incidents.accept([
      {
        ...low,
        dedupeKey: 'about-the-vm',
        title: 'Snapshot shared',
        serviceSource: 'microsoftDefenderForCloud',
        evidence: [evidence('cloudResource', { resourceId: arn, cloudPlatform: 'AWS' }, 'attacked')],
      },
    ]);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const device = await world.get<DeviceDetail>('/api/devices/id-ws2');
    expect(device).toMatchObject({ osPlatform: 'Linux', cloudPlatform: 'AWS', cloudResources: [arn] });
    expect(device.alerts.map(({ title }) => title).sort()).toEqual(['Odd logon', 'Snapshot shared']);
    const titles = (await world.get<TimelinePage>('/api/entities/device/id-ws2/timeline')).items.map(
      ({ title }) => title,
    );
    expect(titles).toContain('Snapshot shared');
    const vm = await world.get<EntityDetail>(`/api/entities/cloudResource/${encodeURIComponent(arn)}`);
    expect(vm.device).toEqual({ id: 'id-ws2', name: 'ws2.corp.example' });
    expect((await world.get<EntityDetail>('/api/entities/cloudResource/i-0abc123')).device?.id).toBe('id-ws2');
  });

  test('what occurs together, and how common it is', async () => {
    const ip = await world.get<EntityRelations>('/api/entities/ip/203.0.113.7/related');
    expect(ip.prevalence).toEqual({ devices: 1, ofDevices: 3, users: 0 });
    expect(ip.related).toMatchObject([{ entity: { type: 'device', key: 'id-ws1' }, rows: 1, alerts: 0 }]);
    const ann = await world.get<EntityRelations>('/api/entities/user/corp%5Cann/related');
    expect(ann.related[0]).toMatchObject({ entity: { type: 'device', key: 'id-ws1' }, alerts: expect.any(Number) });
    expect((await world.get<EntityRelations>('/api/entities/device/id-ws1/related')).prevalence).toBeNull();
  });
});

describe('what people say about an entity', () => {
  const path = (rest: string, key = 'id-ws2') => `/api/entities/device/${key}/${rest}`;

  test('tags, criticality and exclusion are kept under the id, once each, and audited', async () => {
    const change = (body: object, key?: string) => world.call('PATCH', path('marks', key), body);
    const { body } = await change(
      { tags: ['a,b (c)', ' A,B (c) ', 'كشف 🙂', '<b>x</b>'], excluded: null },
      'WS2.corp.example',
    );
    expect(body).toMatchObject({
      tags: ['a,b (c)', 'كشف 🙂', '<b>x</b>'],
      excluded: null,
      changedBy: 'ann',
    });
    expect((await change({ addTags: ['x'.repeat(201)] })).body.error.message).toContain('200');
    expect((await change({ excluded: { reason: 'bored' } })).status).toBe(400);
    expect(
      (await change({ removeTags: ['<B>X</b>'], excluded: { reason: 'duplicate', note: 'see ws1' } })).body,
    ).toMatchObject({
      tags: ['a,b (c)', 'كشف 🙂'],
      excluded: { reason: 'duplicate', note: 'see ws1', by: 'ann' },
    });
    expect((await change({ excluded: null })).body).toMatchObject({ excluded: null });
    expect((await world.get<EntityMarksDetail>(path('marks'))).marks.tags).toEqual(['a,b (c)', 'كشف 🙂']);
    expect(
      world.audited
        .filter(({ action, target }) => action === 'entity.marks.change' && target === 'device:id-ws2')
        .at(1),
    ).toMatchObject({
      target: 'device:id-ws2',
      after: { tags: ['a,b (c)', 'كشف 🙂', '<b>x</b>'] },
    });
    const bulk = await world.call('POST', '/api/entities/bulk/marks', {
      entities: [
        { type: 'device', key: 'id-ws1' },
        { type: 'user', key: 'corp\\ann' },
      ],
      changes: { addTags: ['crown jewels'] },
    });
    expect(bulk.body.results).toEqual([
      { type: 'device', key: 'id-ws1', ok: true },
      { type: 'user', key: 'corp\\ann', ok: true },
    ]);
  });

  test('notes are their author’s', async () => {
    const { status, body } = await world.call('POST', path('notes'), { text: '**Look** <script>alert(1)</script>' });
    expect([status, body.author]).toEqual([201, 'ann']);
    expect((await world.call('POST', path('notes'), { text: '  ' })).status).toBe(400);
    const note = `notes/${body.id}`;
    expect((await world.call('PATCH', path(note), { text: 'Looked' })).body.note).toMatchObject({ text: 'Looked' });
    expect((await world.call('PATCH', path('notes/99'), { text: 'x' })).status).toBe(404);
    const detail = await world.get<EntityMarksDetail>(path('marks'));
    expect(detail.notes).toMatchObject([{ text: 'Looked', author: 'ann' }]);
    expect(detail.notes[0]?.editedAt).not.toBeNull();
    expect((await world.call('DELETE', path(note))).status).toBe(204);
    expect((await world.get<EntityMarksDetail>(path('marks'))).notes).toEqual([]);
    expect(world.audited.slice(-3).map(({ action }) => action)).toEqual([
      'entity.note.add',
      'entity.note.change',
      'entity.note.remove',
    ]);
  });
});
