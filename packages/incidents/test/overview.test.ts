import type { AlertDetail, HomeData, IncidentDetail, LinkRowsResult, Page, SearchResult } from '@parapet/schema';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alertId } from '../src/sink/identity.ts';
import type { World } from './support.ts';
import { low, openSeededWorld, raised } from './telemetry-world.ts';

let world: World;
const rowsOf = async (query: string): Promise<number> => (await world.hunting.run(query)).rows.length;
beforeAll(async () => {
  world = await openSeededWorld();
});
afterAll(() => world.close());

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

  test('understands operators, wildcards, exclusion and OR, and counts all that match', async () => {
    const ask = (q: string, limit = 50) =>
      world.get<SearchResult>(`/api/search?q=${encodeURIComponent(q)}&limit=${limit}`);
    const hrefs = async (q: string, group: string) =>
      (await ask(q)).groups.find((each) => each.group === group)?.items.map((hit) => hit.href) ?? [];
    const groups = async (q: string) => (await ask(q)).groups.map(({ group }) => group);
    expect(await groups('type:device ws1')).toEqual(['devices']);
    expect(await hrefs('type:device name:w?1*', 'devices')).toContain('/devices/id-ws1');
    expect(await hrefs('type:device name:w?1', 'devices')).toEqual([]);
    const all = await hrefs('type:device', 'devices');
    expect(all.length).toBeGreaterThan(1);
    const without = await hrefs('type:device -ws1', 'devices');
    expect(without).toHaveLength(all.length - 1);
    expect(without).not.toContain('/devices/id-ws1');
    expect(
      (await hrefs('type:device ws1 OR type:user ann', 'devices')).concat(await hrefs('ws1 OR ann', 'users')),
    ).toEqual(['/devices/id-ws1', '/entities/user/corp%5Cann']);
    // Every answer counts what it does not show.
    const one = (await ask('type:device', 1)).groups[0];
    expect([one?.total, one?.items.length]).toEqual([all.length, 1]);
    // A range of addresses, at its edge and beyond it.
    expect(await hrefs('ip:203.0.113.0/29', 'ips')).toEqual(['/entities/ip/203.0.113.7']);
    expect(await hrefs('ip:203.0.113.8/29', 'ips')).toEqual([]);
    expect(await hrefs('ip:10.0.0.1', 'devices')).toContain('/devices/id-ws1');
    // What a kind does not have rules it out; excluding it does not.
    expect(await groups('lsass severity:high os:linux')).toEqual([]);
    expect(await groups('type:incident severity:high lsass OR type:incident -severity:high lsass')).toEqual([
      'incidents',
    ]);
    const risky = await hrefs('type:device risk:high', 'devices');
    expect(new Set([...risky, ...(await hrefs('type:device -risk:high', 'devices'))]).size).toBe(all.length);
    expect(await hrefs('type:device seen:>3650d', 'devices')).toEqual([]);
    // A wrong value does not run as something else.
    expect((await ask('ip:10.0.0.0/33 ws1')).groups).toEqual([]);
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
      { numRuns: 250, seed: 7, endOnFailure: true },
    );
  });
});

describe('rows of a hunt as alerts', () => {
  const row = (device: string, n: number, more: object = {}) => ({
    Timestamp: `2026-03-02T10:0${n}:00.0000000Z`,
    DeviceId: `id-${device}`,
    DeviceName: `${device}.corp.example`,
    FileName: 'odd.exe',
    ReportId: n,
    ...more,
  });
  const request = {
    title: 'Odd program <b>seen</b>',
    severity: 'medium',
    category: 'Execution',
    query: 'DeviceProcessEvents | where FileName == "odd.exe"',
    table: 'DeviceProcessEvents',
    entities: [
      { type: 'device', part: 'impacted', fields: { deviceId: 'DeviceId', deviceName: 'DeviceName' } },
      { type: 'file', part: 'related', fields: { fileName: 'FileName' } },
    ],
  };
  const link = (rows: object[], more: object = {}) =>
    world.call('POST', '/api/incidents/link', { ...request, rows, ...more });

  test('open one incident with an alert for each impacted device, once', async () => {
    const rows = [row('m1', 1), row('m2', 2), row('m1', 3)];
    const answer = await link(rows);
    expect(answer.status).toBe(201);
    const { incidentId, alertIds } = answer.body as unknown as LinkRowsResult;
    expect(alertIds).toHaveLength(2);
    const incident = await world.get<IncidentDetail>(`/api/incidents/${incidentId}`);
    expect([incident.totalAlerts, incident.severity]).toEqual([2, 'medium']);
    const alerts = await Promise.all(alertIds.map((id) => world.get<AlertDetail>(`/api/alerts/${id}`)));
    const both = alerts.find((alert) => alert.eventCount === 2);
    expect(both).toMatchObject({
      title: request.title,
      detectionSource: 'manual',
      incidentId,
      firstActivity: '2026-03-02T10:01:00.000Z',
      lastActivity: '2026-03-02T10:03:00.000Z',
    });
    expect(both?.evidence.map(({ type, key, roles }) => [type, key, roles])).toEqual([
      ['device', 'id-m1', ['attacked']],
      ['file', 'odd.exe', ['unknown']],
    ]);
    expect(both?.events[0]?.huntingQuery).toContain('ReportId == 1');
    expect(world.audited.at(-1)).toMatchObject({ action: 'hunting.link', target: `incident/${incidentId}` });
    // Pressing the button twice makes nothing new.
    expect((await link(rows)).body).toEqual({ incidentId, alertIds });
    expect((await world.get<IncidentDetail>(`/api/incidents/${incidentId}`)).totalAlerts).toBe(2);

    const joined = await link([row('m3', 4)], { incidentId });
    expect(joined.body).toMatchObject({ incidentId });
    expect((await world.get<IncidentDetail>(`/api/incidents/${incidentId}`)).totalAlerts).toBe(3);
  });

  test('refuse what would be lost or wrong, and change nothing', async () => {
    const before = (await world.get<Page<unknown>>('/api/alerts?pageSize=1')).total;
    const nobody = await link([row('m1', 1), { FileName: 'odd.exe' }]);
    expect([nobody.status, nobody.body.error.code]).toEqual([400, 'no_impacted_entity']);
    expect(nobody.body.error.message).toContain('1 of 2');
    expect((await link([row('m1', 1)], { incidentId: '999999' })).status).toBe(404);
    expect((await link(Array.from({ length: 101 }, (_, n) => row(`many${n}`, 1)))).body.error.code).toBe(
      'too_many_alerts',
    );
    for (const bad of [{ rows: [] }, { severity: 'dire' }, { title: ' ' }, { entities: [] }, { incidentId: 'x' }])
      expect((await link([row('m1', 1)], bad)).status).toBe(400);
    expect((await world.get<Page<unknown>>('/api/alerts?pageSize=1')).total).toBe(before);
  });
});
