import type {
  DeviceDetail,
  DeviceSummary,
  EntityDetail,
  HomeData,
  Page,
  SearchResult,
  TimelinePage,
} from '@parapet/schema';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alertId } from '../src/sink/identity.ts';
import { at, draft, evidence, openWorld, type World } from './support.ts';

let world: World;
const rowsOf = async (query: string): Promise<number> => (await world.hunting.run(query)).rows.length;
const ann = evidence(
  'user',
  { accountDomain: 'corp', accountName: 'ann', accountSid: 'S-1-5-21-1-2-3-1001' },
  'compromised',
);
const raised = draft('ws1', at(30), {
  severity: 'high',
  category: 'CredentialAccess',
  title: 'LSASS read',
  ruleId: 'lsass',
  extra: [ann],
});
const low = draft('ws2', at(31), { severity: 'low', title: 'Odd logon', ruleId: 'odd' });

beforeAll(async () => {
  world = await openWorld({ telemetry: true });
  const { store } = world;
  const on = (device: string) => ({ DeviceId: `ID-${device}`, DeviceName: `${device}.corp.example` });
  // Sixty events of one instant: paging must not lose or repeat any of them.
  await store.insertRows(
    'DeviceFileEvents',
    Array.from({ length: 60 }, (_, n) => ({
      ...on('ws1'),
      Timestamp: '2026-03-01T10:05:00.1234567Z',
      ActionType: 'FileCreated',
      FileName: `f${n}.txt`,
      FolderPath: `C:\\t\\f${n}.txt`,
      SHA256: n === 0 ? 'c'.repeat(64) : '',
      InitiatingProcessFileName: 'tool.exe',
      _ItemId: `7:${n}`,
    })),
  );
  await store.insertRows('DeviceProcessEvents', [
    {
      ...on('ws1'),
      Timestamp: at(0),
      ActionType: 'ProcessCreated',
      FileName: 'tool.exe',
      FolderPath: 'C:\\t\\tool.exe',
      SHA256: 'c'.repeat(64),
      AccountDomain: 'CORP.example',
      AccountName: 'Ann',
      InitiatingProcessFileName: 'cmd.exe',
      ProcessId: 4,
      _ItemId: '1:1',
    },
    {
      ...on('ws2'),
      Timestamp: at(1),
      ActionType: 'ProcessCreated',
      FileName: 'ls',
      FolderPath: '/bin/ls',
      AccountName: 'root',
      _ItemId: '1:2',
    },
    { ...on(`w"s'3\\`), Timestamp: at(2), ActionType: 'ProcessCreated', FileName: 'x', _ItemId: '1:3' },
  ]);
  await store.insertRows('DeviceLogonEvents', [
    {
      ...on('ws1'),
      Timestamp: at(3),
      ActionType: 'LogonSuccess',
      LogonType: 'Interactive',
      AccountDomain: 'corp',
      AccountName: 'ann',
      RemoteIP: '10.0.0.9',
      _ItemId: '1:4',
    },
    {
      ...on('ws1'),
      Timestamp: at(3),
      ActionType: 'LogonSuccess',
      LogonType: 'Network',
      AccountDomain: 'corp',
      AccountName: 'svc',
      _ItemId: '1:5',
    },
  ]);
  await store.insertRows('DeviceNetworkEvents', [
    {
      ...on('ws1'),
      Timestamp: at(4),
      ActionType: 'ConnectionSuccess',
      RemoteIP: '203.0.113.7',
      RemotePort: 443,
      LocalIP: '10.0.0.1',
      InitiatingProcessFileName: 'tool.exe',
      InitiatingProcessAccountDomain: 'corp',
      InitiatingProcessAccountName: 'ann',
      _ItemId: '1:6',
    },
  ]);
  await store.insertRows('ParapetRawEvents', [
    { TimeGenerated: '2026-03-10T11:00:00Z', SourceId: 's1', SourceName: 'beats', Sequence: 1 },
    { TimeGenerated: '2026-03-08T11:00:00Z', SourceId: 's2', SourceName: 'curl', Sequence: 2 },
  ]);
  await world.incidents.accept([
    {
      ...raised,
      evidence: [evidence('device', { deviceId: 'ID-ws1', deviceName: 'ws1.corp.example' }, 'attacked'), ann],
    },
    { ...low, evidence: [evidence('device', { deviceId: 'ID-ws2', deviceName: 'ws2.corp.example' }, 'attacked')] },
  ]);
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

describe('search', () => {
  test('finds things of every group', async () => {
    const groups = async (q: string) =>
      Object.fromEntries(
        (await world.get<SearchResult>(`/api/search?q=${encodeURIComponent(q)}`)).groups.map(({ group, items }) => [
          group,
          items.map((hit) => hit.href),
        ]),
      );
    expect(await groups('lsass')).toMatchObject({
      incidents: ['/incidents/1'],
      alerts: [`/alerts/${alertId(raised)}`],
    });
    expect((await groups('ws1')).devices).toEqual(['/devices/id-ws1']);
    expect((await groups('ann')).users).toEqual(['/entities/user/corp%5Cann']);
    expect((await groups('c'.repeat(64))).files).toEqual([`/entities/file/${'c'.repeat(64)}`]);
    expect((await groups('203[.]0.113')).ips).toEqual(['/entities/ip/203.0.113.7']);
    const { tables } = await groups('DeviceProcess');
    expect(
      Buffer.from(new URL(tables?.[0] ?? '', 'http://x').searchParams.get('query') ?? '', 'base64url').toString(),
    ).toBe('DeviceProcessEvents\n| take 100');
    expect((await world.call('GET', '/api/search?q=a')).status).toBe(400);
    expect((await world.call('GET', `/api/search?q=${encodeURIComponent(`'"\\%_{x}`)}`)).status).toBe(200);
  });

  test('answers quickly', async () => {
    await world.get('/api/search?q=tool');
    const started = performance.now();
    await world.get('/api/search?q=tool');
    console.info(`search answered in ${Math.round(performance.now() - started)} ms`);
  });
});

describe('home', () => {
  test('every figure of a queue equals the total of the list it links to', async () => {
    const home = await world.get<HomeData>('/api/home');
    const figures = [
      home.incidents.active,
      home.incidents.unassigned,
      home.incidents.mine,
      ...home.incidents.bySeverity,
      home.devices,
      ...home.topDetections.map((each) => each.alerts),
      ...home.tactics.map((each) => each.alerts),
    ];
    expect(home.incidents.active.count).toBe(2);
    for (const { href, count } of figures) {
      expect(href).toMatch(/^\/(incidents|alerts|devices)/);
      expect([href, (await world.get<Page<unknown>>(`/api${href}`)).total]).toEqual([href, count]);
    }
    expect(home.ingestion).toMatchObject({
      sources: { count: 2 },
      eventsLast24h: { count: 1 },
      eventsTotal: { count: 2 },
      rejectedLast24h: { count: 0 },
      lastEventAt: '2026-03-10T11:00:00.0000000Z',
    });
    for (const { href, count } of [home.ingestion.eventsLast24h, home.ingestion.rejectedLast24h]) {
      const query = Buffer.from(new URL(href, 'http://x').searchParams.get('query') ?? '', 'base64url').toString();
      expect(await rowsOf(query), query).toBe(count);
    }
    expect(home.devicesAtRisk).toMatchObject([
      { id: 'id-ws1', riskLevel: 'high' },
      { id: 'id-ws2', riskLevel: 'low' },
    ]);
    expect(home.alertsPerDay).toHaveLength(30);
    expect(home.alertsPerDay.at(-1)).toMatchObject({ day: '2026-03-01', high: 1, low: 1 });
    expect(home.empty).toBe(false);
  });
});

describe('mirror', () => {
  test('alerts and incidents are in the hunting tables, once, also when the delivery is repeated', async () => {
    await world.incidents.flushMirror();
    expect(await rowsOf('AlertInfo')).toBe(2);
    expect(
      await rowsOf(
        `AlertEvidence | where AlertId == "${alertId(raised)}" and EntityType == "Machine" and EvidenceRole == "Impacted" and DeviceName == "ws1.corp.example"`,
      ),
    ).toBe(1);
    expect(
      await rowsOf(
        'AlertInfo | where Severity == "High" and Category == "CredentialAccess" and ServiceSource == "Microsoft Defender for Endpoint"',
      ),
    ).toBe(1);
    expect(await rowsOf('AlertInfo | join kind=inner AlertEvidence on AlertId | where AccountName == "ann"')).toBe(1);
    // A crash between the insert and the removal of the announcement: it is delivered again.
    const before = await rowsOf('SecurityIncident');
    await world.call('PATCH', '/api/incidents/1', { status: 'inProgress' });
    const kept = await world.db.query<{ id: number; payload: unknown }>(
      "select id, payload from outbox where topic = 'incidents.mirror' order by id",
    );
    await world.incidents.flushMirror();
    for (const { id, payload } of kept)
      await world.db.query(
        "insert into outbox (id, topic, payload) overriding system value values ($1, 'incidents.mirror', $2)",
        [id, JSON.stringify(payload)],
      );
    await world.incidents.flushMirror();
    expect(await rowsOf('SecurityIncident')).toBe(before + 1);
    expect(
      await rowsOf(
        'SecurityIncident | summarize arg_max(TimeGenerated, *) by IncidentNumber | where Status == "Active" and IncidentNumber == 1',
      ),
    ).toBe(1);
  });

  test('a change can be hunted within seconds without anybody waiting for it', async () => {
    await world.call('PATCH', `/api/alerts/${alertId(low)}`, { status: 'resolved' });
    const started = performance.now();
    const query = `SecurityAlert | where SystemAlertId == "${alertId(low)}" and Status == "Resolved"`;
    while ((await rowsOf(query)) === 0 && performance.now() - started < 15_000)
      await new Promise((resolve) => setTimeout(resolve, 50));
    console.info(`change huntable after ${Math.round(performance.now() - started)} ms`);
    expect(await rowsOf(query)).toBe(1);
    expect(performance.now() - started).toBeLessThan(15_000);
  });
});

describe('bad input', () => {
  const paths = [
    '/api/devices/*',
    '/api/devices/*/timeline',
    '/api/devices/id-ws1/timeline?search=*',
    '/api/devices/id-ws1/timeline?actionType=*',
    '/api/devices/id-ws1/timeline?types=*',
    '/api/devices/id-ws1/timeline?cursor=*',
    '/api/devices/id-ws1/timeline?from=*',
    '/api/devices/id-ws1/timeline?limit=*',
    '/api/devices?search=*',
    '/api/devices?os=*',
    '/api/devices?sort=*',
    '/api/devices?page=*',
    '/api/entities/user/*',
    '/api/entities/file/*',
    '/api/entities/process/*',
    '/api/entities/registry/*',
    '/api/entities/*/x',
    '/api/search?q=*',
    '/api/alerts/*',
    '/api/alerts/*/process-tree',
    '/api/alerts?search=*',
    '/api/alerts?entity=*',
    '/api/alerts?from=*&to=*',
    '/api/alerts?incidentId=*',
    '/api/incidents/*',
    '/api/incidents/*/graph',
    '/api/incidents?search=*',
    '/api/incidents?tag=*',
    '/api/incidents?*=1',
  ];
  const odd = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    fc.constantFrom(
      "' or 1=1 --",
      '{x:String}',
      '\\',
      '\u0000',
      '%',
      '_',
      '", "',
      'null',
      '-1',
      '1e999',
      '9'.repeat(40),
      '[]',
      '{"a":1}',
      '\ud800',
      '0001-01-01T00:00:00Z',
      '9999-12-31T00:00:00Z',
      '2261-12-31T23:59:59Z',
      'ann|',
      '|',
      '\\\\',
      'W10',
      Buffer.from('["2026-03-01T10:00:00.0000000Z","\u0000","\u0000"]').toString('base64url'),
    ),
  );

  test('is answered with the rows it means or with a refusal, never with a failure', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), odd, async (path, value) => {
        const url = path.replaceAll('*', encodeURIComponent(value.replace(/\p{Surrogate}/gu, '')));
        const { status, body } = await world.call('GET', url);
        expect([200, 400, 404], `${url} ${JSON.stringify(body)}`).toContain(status);
      }),
      { numRuns: 2500, endOnFailure: true },
    );
  }, 300_000);
});
