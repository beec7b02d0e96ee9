import type {
  ActivityEntry,
  AlertDetail,
  AlertSummary,
  BulkResult,
  IncidentAlert,
  IncidentAsset,
  IncidentDetail,
  IncidentEvidence,
  IncidentSummary,
  Page,
} from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alertId } from '../src/sink/identity.ts';
import { deskCases } from './desk-cases.ts';
import { at, draft, evidence, NOW, openWorld, type World } from './support.ts';

let world: World;
const ids: Record<string, string> = {};
const list = (query = '') => world.get<Page<IncidentSummary>>(`/api/incidents${query}`);
const get = (id: string | undefined) => world.get<IncidentDetail>(`/api/incidents/${id}`);
const patch = (id: string | undefined, body: unknown) => world.call('PATCH', `/api/incidents/${id}`, body);
const names = (page: Page<IncidentSummary>) => page.items.map((item) => item.name).sort();

beforeAll(async () => {
  world = await openWorld();
  const bucket = evidence(
    'cloudResource',
    { resourceId: 'arn:aws:s3:::payroll-2026', cloudPlatform: 'AWS' },
    'attacked',
  );
  const tree = evidence('process', { deviceId: 'id-big', processUniqueId: 'big', fileName: 'big.exe' }, 'suspicious');
  const drafts = [
    draft('one', at(0), { title: 'High one', severity: 'high', category: 'CredentialAccess', ruleId: 'r-high' }),
    draft('two', at(1), { title: 'Medium two', ruleId: 'r-medium', detectionSource: 'antivirus' }),
    draft('three', at(2), { title: 'Low three', severity: 'low', ruleId: 'r-low', opensIncident: 'always' }),
    draft('four', at(3), {
      title: 'Info four',
      severity: 'informational',
      ruleId: 'r-info',
      opensIncident: 'always',
    }),
    draft('five', at(4), { title: 'Bucket five', evidence: [bucket], ruleId: 'r-cloud', category: 'Exfiltration' }),
    ...Array.from({ length: 5 }, (_, n) =>
      draft('big', at(10 + n), {
        title: `Big ${n}`,
        ruleId: `r-big-${n}`,
        extra: [
          tree,
          evidence('ip', { ip: `203.0.113.${n}` }, 'destination'),
          evidence('user', { accountDomain: 'corp', accountName: 'zoe' }, 'compromised'),
        ],
      }),
    ),
  ];
  await world.incidents.accept(drafts);
  for (const row of await world.db.query<{ dedupe_key: string; title: string; incident: string; id: string }>(
    'select dedupe_key, title, incident_id::text as incident, id from alert',
  )) {
    ids[row.title] = row.incident;
    ids[`alert ${row.title}`] = row.id;
  }
});
afterAll(() => world.close());

describe('incident queue', () => {
  test('by default shows open incidents of low to high severity, however old their activity, newest update first', async () => {
    const page = await list();
    expect(page.total).toBe(5);
    expect(names(page)).not.toContain('Info four');
    // Two years later nothing was updated in the last six months.
    world.setNow(new Date('2028-03-10T12:00:00Z'));
    expect((await list()).total).toBe(0);
    world.setNow(NOW);
  });

  test('any filter replaces the defaults', async () => {
    expect(names(await list('?severity=informational'))).toEqual(['Info four']);
    expect((await list('?severity=high,low')).total).toBe(2);
    expect((await list('?severity=high&severity=LOW')).total).toBe(2);
    expect(names(await list('?entity=device:id-ONE'))).toEqual(['High one']);
    expect(names(await list('?category=Exfiltration'))).toEqual(['Bucket five']);
    expect(names(await list('?ruleId=r-low,r-info'))).toEqual(['Info four', 'Low three']);
    expect(names(await list('?detectionSource=antivirus'))).toEqual(['Medium two']);
    expect(names(await list('?source=antivirus'))).toEqual(['Medium two']);
    expect((await list(`?from=${at(2)}&to=${at(5)}`)).total).toBe(3);
    expect((await list('?from=2026-03-10T00:00:00Z')).total).toBe(6);
    expect((await list('?from=2026-03-10T00:00:00Z&to=2026-03-11T00:00:00Z')).total).toBe(0);
    expect((await list('?priority=high')).items.every((item) => item.priorityScore > 85)).toBe(true);
    const bands = await Promise.all(
      ['high', 'medium', 'low'].map(async (band) => (await list(`?priority=${band}`)).total),
    );
    expect(bands.reduce((a, b) => a + b)).toBe(6);
  });

  test('searches id, name and any asset', async () => {
    expect(names(await list('?search=payroll'))).toEqual(['Bucket five']);
    expect(names(await list('?search=id-two'))).toEqual(['Medium two']);
    expect(names(await list(`?search=${ids['Low three']}`))).toContain('Low three');
    expect(names(await list('?search=zoe')).length).toBe(1);
    expect((await list('?search=%25')).total).toBe(0);
    expect((await list('?search=_')).total).toBe(0);
  });

  test('pages reach exactly the total, in the order asked for', async () => {
    const all = await list('?status=active&sort=-severity&pageSize=200');
    expect(all.items.map((item) => item.severity)).toEqual(
      [...all.items.map((item) => item.severity)].sort(
        (a, b) =>
          ['high', 'medium', 'low', 'informational'].indexOf(a) - ['high', 'medium', 'low', 'informational'].indexOf(b),
      ),
    );
    const paged: string[] = [];
    for (let page = 1; page <= 3; page += 1)
      paged.push(...(await list(`?status=active&sort=-severity&pageSize=2&page=${page}`)).items.map((item) => item.id));
    expect(paged).toEqual(all.items.map((item) => item.id));
    expect(all.total).toBe(6);
    for (const sort of [
      'priorityScore',
      'id',
      'name',
      'status',
      'assignedTo',
      'activeAlerts',
      'firstActivity',
      'lastActivity',
      'createdAt',
      'lastUpdate',
    ])
      expect((await list(`?status=active&sort=${sort}&order=desc`)).total).toBe(6);
  });

  test.each([
    ['?status=open', 'active, inProgress, resolved, redirected'],
    ['?severity=critical', 'informational, low, medium, high'],
    ['?category=Nonsense', 'InitialAccess'],
    ['?sort=colour', 'priorityScore'],
    ['?priority=urgent', 'high, medium, low'],
    ['?statsu=active', 'status'],
  ])('%s is refused with what is allowed', async (query, allowed) => {
    const { status, body } = await world.call('GET', `/api/incidents${query}`);
    expect(status).toBe(400);
    expect(body.error.hint).toContain(allowed);
  });

  test.each([
    '?page=0',
    '?pageSize=201',
    '?page=x',
    '?from=never',
    '?entity=device',
    '?entity=planet:x',
    `?search=${'x'.repeat(501)}`,
  ])('%s is refused', async (query) => {
    expect((await world.call('GET', `/api/incidents${query}`)).status).toBe(400);
  });

  test('an unknown or odd id is not found', async () => {
    for (const id of ['999999', '0', 'x', '1e3', '99999999999999999999999', "1'--"])
      expect((await world.call('GET', `/api/incidents/${encodeURIComponent(id)}`)).body.error.code).toBe('not_found');
  });
});

describe('contents', () => {
  test('alerts, assets, evidence and activity are paged and agree with the counts', async () => {
    const id = ids['Big 0'];
    const { counts, totalAlerts } = await get(id);
    const alerts = await world.get<Page<IncidentAlert>>(`/api/incidents/${id}/alerts?pageSize=2`);
    expect([alerts.total, alerts.items.map((alert) => alert.title)]).toEqual([5, ['Big 0', 'Big 1']]);
    expect([counts.alerts, totalAlerts]).toEqual([5, 5]);
    expect(alerts.items[1]?.mergeReason).toMatchObject({ matchedAlertId: alerts.items[0]?.id });
    const assets = await world.get<Page<IncidentAsset>>(`/api/incidents/${id}/assets`);
    expect(assets.items.map((asset) => [asset.entity.type, asset.alertCount, asset.roles])).toEqual([
      ['device', 5, ['attacked']],
      ['user', 5, ['compromised']],
    ]);
    expect(counts.assets).toBe(2);
    const found = await world.get<Page<IncidentEvidence>>(`/api/incidents/${id}/evidence?pageSize=3&page=2`);
    expect([found.total, found.items.length, counts.evidence]).toEqual([6, 3, 6]);
    expect(found.items[0]?.devices).toEqual(['big']);
    const activity = await world.get<Page<ActivityEntry>>(`/api/incidents/${id}/activity?pageSize=200`);
    expect(activity.total).toBe(counts.activity);
    expect(activity.items.at(-1)?.category).toBe('created');
  });
});

describe('changes', () => {
  test('resolving closes open alerts with the classification, those already judged keep theirs; reopening leaves them', async () => {
    const id = ids['Big 0'];
    const judged = ids['alert Big 1'];
    await world.call('PATCH', `/api/alerts/${judged}`, {
      classification: 'falsePositive',
      determination: 'notMalicious',
    });
    const { status, body } = await patch(id, {
      status: 'resolved',
      classification: 'truePositive',
      determination: 'malware',
      resolvingComment: 'Cleaned',
    });
    expect([status, body.status, body.activeAlerts, body.resolvingComment]).toEqual([200, 'resolved', 0, 'Cleaned']);
    const alerts = await world.get<Page<AlertSummary>>(`/api/alerts?incidentId=${id}`);
    expect(alerts.items.every((alert) => alert.status === 'resolved')).toBe(true);
    for (const alert of alerts.items)
      expect([alert.classification, alert.determination]).toEqual(
        alert.id === judged ? ['falsePositive', 'notMalicious'] : ['truePositive', 'malware'],
      );
    await patch(id, { status: 'active' });
    expect(await get(id)).toMatchObject({ status: 'active', activeAlerts: 0, totalAlerts: 5 });
    expect(
      world.audited.some(
        (entry) => entry.action === 'incident.update' && entry.target === `incident/${id}` && entry.actor === 'ann',
      ),
    ).toBe(true);
  });

  test('assigning goes down to the alerts, and later alerts follow', async () => {
    const id = ids['High one'];
    await patch(id, { assignedTo: 'bob' });
    expect(await world.get<AlertDetail>(`/api/alerts/${ids['alert High one']}`)).toMatchObject({ assignedTo: 'bob' });
    const next = draft('one', at(5), { ruleId: 'r-high', title: 'High one' });
    await world.incidents.accept([next]);
    expect(await world.get<AlertDetail>(`/api/alerts/${alertId(next)}`)).toMatchObject({
      assignedTo: 'bob',
      incidentId: id,
    });
    expect((await list('?assignedTo=bob')).total).toBe(1);
    await patch(id, { assignedTo: 'ann' });
    expect((await list('?assignee=me')).items.map((item) => item.id)).toEqual([id]);
    expect((await list('?assignee=me,unassigned')).total).toBe(6);
    await patch(id, { assignedTo: null });
    expect((await get(id)).assignedTo).toBeNull();
  });

  test('determination must go with the classification, and the refusal names both', async () => {
    const id = ids['Medium two'];
    const before = await get(id);
    for (const body of [
      { classification: 'falsePositive', determination: 'malware' },
      { determination: 'malware' },
      { classification: null, determination: 'malware' },
    ]) {
      const answer = await patch(id, body);
      expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_determination']);
      expect(answer.body.error.message).toMatch(/determination.*classification/);
    }
    expect((await patch(id, { classification: 'truePositive', determination: 'apt' })).status).toBe(400);
    expect(await get(id)).toEqual(before);
    await patch(id, { classification: 'TruePositive', determination: 'CompromisedUser' });
    expect(await get(id)).toMatchObject({ classification: 'truePositive', determination: 'compromisedAccount' });
    await patch(id, { classification: 'falsePositive' });
    expect(await get(id)).toMatchObject({ classification: 'falsePositive', determination: null });
    await patch(id, { classification: null });
    expect(await get(id)).toMatchObject({ classification: null, determination: null });
  });

  test('a name and a severity that a person set stay', async () => {
    const id = ids['Low three'];
    await patch(id, { name: '  Ours  ', severity: 'medium', tags: ['Blue', 'blue', 'red'] });
    const next = draft('three', at(5), { ruleId: 'r-low', severity: 'high', category: 'Impact', title: 'Other' });
    await world.incidents.accept([next]);
    expect(await get(id)).toMatchObject({
      name: 'Ours',
      nameIsAutomatic: false,
      severity: 'medium',
      tags: ['Blue', 'red'],
      totalAlerts: 2,
    });
    expect((await list('?tag=BLUE')).total).toBe(1);
  });

  test.each([
    [{}, 400],
    [{ name: '   ' }, 400],
    [{ name: 'x'.repeat(501) }, 400],
    [{ status: 'redirected' }, 400],
    [{ status: 'closed' }, 400],
    [{ severity: 'critical' }, 400],
    [{ tags: ['x'.repeat(101)] }, 400],
    [{ tags: Array.from({ length: 51 }, (_, n) => `t${n}`) }, 400],
    [{ tags: ['redirected'] }, 400],
    [{ tags: 'x' }, 200],
    [{ resolvingComment: 'x'.repeat(30_001) }, 400],
    [{ nope: 1 }, 400],
    [[], 400],
  ])('PATCH %j answers %d', async (body, expected) => {
    expect((await patch(ids['Info four'], body)).status).toBe(expected);
  });

  test('comments are kept as written, up to 30,000 characters', async () => {
    const id = ids['Medium two'];
    const text = `<script>alert(1)</script> \u0000 ${'x'.repeat(100)}`;
    const { status, body } = await world.call('POST', `/api/incidents/${id}/comments`, { text });
    expect([status, body.author]).toEqual([201, 'ann']);
    expect((await get(id)).comments.at(-1)?.text).toBe(text.replace('\u0000', '\uFFFD'));
    expect((await world.call('POST', `/api/incidents/${id}/comments`, { text: 'x'.repeat(30_001) })).status).toBe(400);
    expect((await world.call('POST', `/api/incidents/${id}/comments`, { text: ' ' })).status).toBe(400);
    expect((await world.call('POST', '/api/incidents/99999/comments', { text: 'x' })).status).toBe(404);
    const alert = ids['alert Medium two'];
    expect((await world.call('POST', `/api/alerts/${alert}/comments`, { text: 'on the alert' })).status).toBe(201);
    expect((await world.get<AlertDetail>(`/api/alerts/${alert}`)).comments).toMatchObject([{ text: 'on the alert' }]);
  });

  test('a bulk call answers per item and keeps what could be done', async () => {
    const wanted = [ids['High one'], 'nope', ids['Bucket five'], '424242'];
    const { status, body } = await world.call('POST', '/api/incidents/bulk', {
      ids: wanted,
      changes: { status: 'inProgress' },
    });
    expect(status).toBe(200);
    expect((body as unknown as BulkResult).results.map(({ id, ok, error }) => [id, ok, error?.code])).toEqual([
      [wanted[0], true, undefined],
      ['nope', false, 'not_found'],
      [wanted[2], true, undefined],
      ['424242', false, 'not_found'],
    ]);
    expect((await get(wanted[0])).status).toBe('inProgress');
    const many = Array.from({ length: 1001 }, (_, n) => String(n + 1));
    expect((await world.call('POST', '/api/incidents/bulk', { ids: many, changes: { status: 'active' } })).status).toBe(
      400,
    );
    expect((await world.call('POST', '/api/incidents/bulk', { ids: [], changes: { status: 'active' } })).status).toBe(
      400,
    );
    expect((await world.call('POST', '/api/incidents/bulk', { ids: ['1'], changes: {} })).status).toBe(400);
  });
});

describe('alert queue', () => {
  test('by default new and in progress, newest first; filters replace that', async () => {
    const page = await world.get<Page<AlertSummary>>('/api/alerts');
    expect(page.items.every((alert) => alert.status !== 'resolved')).toBe(true);
    expect(page.items.map((alert) => alert.lastActivity)).toEqual(
      [...page.items.map((alert) => alert.lastActivity)].sort().reverse(),
    );
    const every = await world.get<Page<AlertSummary>>('/api/alerts?status=new,inProgress,resolved');
    expect(every.total).toBe(12);
    const total = async (query: string) => (await world.get<Page<AlertSummary>>(`/api/alerts?${query}`)).total;
    expect(await total('entity=cloudResource:arn:aws:s3:::payroll-2026')).toBe(1);
    expect(await total('technique=T1059')).toBe(12);
    expect(await total('technique=T1059.003')).toBe(0);
    expect(await total(`search=${ids['alert High one']}`)).toBe(1);
    expect(await total('classification=unknown')).toBe(7);
    expect((await world.call('GET', '/api/alerts?status=open')).status).toBe(400);
    expect((await world.call('GET', '/api/alerts/nope')).status).toBe(404);
  });

  test('changes count in the incident, and bulk works like for incidents', async () => {
    const alert = ids['alert Bucket five'];
    const before = await get(ids['Bucket five']);
    expect(
      (
        await world.call('PATCH', `/api/alerts/${alert}`, {
          status: 'resolved',
          classification: 'falsePositive',
          determination: 'other',
        })
      ).status,
    ).toBe(200);
    expect((await get(ids['Bucket five'])).activeAlerts).toBe(before.activeAlerts - 1);
    const { body } = await world.call('POST', '/api/alerts/bulk', {
      ids: [alert, 'gone'],
      changes: { status: 'new', assignedTo: 'eve' },
    });
    expect(body.results).toMatchObject([
      { id: alert, ok: true },
      { id: 'gone', ok: false, error: { code: 'not_found' } },
    ]);
    expect(await world.get(`/api/alerts/${alert}`)).toMatchObject({
      status: 'new',
      assignedTo: 'eve',
      classification: 'falsePositive',
    });
    expect((await world.call('PATCH', `/api/alerts/${alert}`, { determination: 'malware' })).status).toBe(400);
  });

  test('similar alerts are those of the same rule', async () => {
    const detail = await world.get<AlertDetail>(`/api/alerts/${ids['alert High one']}`);
    expect(detail.similar.items.every((alert) => alert.ruleId === 'r-high' && alert.id !== detail.id)).toBe(true);
    expect(detail.similar).toMatchObject({ items: [expect.anything()], total: 1, verdicts: { unclassified: 1 } });
  });
});

deskCases(() => world, ids);
