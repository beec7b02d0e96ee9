import type { ActivityEntry, IncidentDetail, IncidentSummary, Page } from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alertId } from '../src/sink/identity.ts';
import { at, draft, evidence, openWorld, type World } from './support.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const incidentOf = async (dedupeKey: string): Promise<string> => {
  const [row] = await world.db.query<{ id: string }>(
    'select incident_id::text as id from alert where dedupe_key = $1',
    [dedupeKey],
  );
  return row?.id ?? 'none';
};
const get = (id: string) => world.get<IncidentDetail>(`/api/incidents/${id}`);

describe('accepting drafts', () => {
  test('a draft opens an incident with its title, severity and an alert id that tells the source', async () => {
    const one = draft('opens', at(0), { severity: 'high', title: 'Encoded command' });
    expect(await world.incidents.accept([one])).toEqual({ created: 1, repeated: 0 });
    const incident = await get(await incidentOf(one.dedupeKey));
    expect(incident).toMatchObject({
      name: 'Encoded command',
      severity: 'high',
      status: 'active',
      totalAlerts: 1,
      activeAlerts: 1,
    });
    expect(alertId(one)).toMatch(/^ed[0-9a-f]{20}$/);
  });

  test('the same draft leaves one alert, also within a call and from calls at the same time', async () => {
    const one = draft('twice', at(0));
    const results = await Promise.all([
      world.incidents.accept([one, one]),
      world.incidents.accept([one]),
      world.incidents.accept([one]),
    ]);
    expect(results.reduce((sum, each) => sum + each.created, 0)).toBe(1);
    const rows = await world.db.query('select 1 from alert where dedupe_key = $1', [one.dedupeKey]);
    expect(rows).toHaveLength(1);
  });

  test('a draft that a tuning rule resolved is closed at its creation and asks nobody; what a rule adds is kept', async () => {
    const extras = {
      customDetails: { Region: ['eu-1', 'eu-2'] },
      link: 'https://example.com/x',
      tags: ['known'],
      resolvedBy: { id: 't1', name: 'Backup', comment: 'nightly' },
    };
    const one = draft('tuned', at(0), extras);
    await world.incidents.accept([one]);
    expect(await get(await incidentOf(one.dedupeKey))).toMatchObject({
      status: 'resolved',
      totalAlerts: 1,
      activeAlerts: 0,
    });
    expect(await world.get(`/api/alerts/${alertId(one)}`)).toMatchObject({ status: 'resolved', extras });
    const two = draft('untuned', at(0));
    await world.incidents.accept([two]);
    expect(await get(await incidentOf(two.dedupeKey))).toMatchObject({ status: 'active', activeAlerts: 1 });
    const since = new Date('2000-01-01T00:00:00Z');
    const past = await world.incidents.history.recent(since, 1_000);
    expect(past.find(({ id }) => id === alertId(one))).toMatchObject({ status: 'resolved', ruleId: one.ruleId });
    expect(past.find(({ id }) => id === alertId(one))?.evidence.length).toBeGreaterThan(0);
    const [sum] = (await world.incidents.history.statistics(since)).filter(({ ruleId }) => ruleId === one.ruleId);
    expect(sum).toMatchObject({ truePositives: 0, minutesToTriage: null });
    expect(sum?.alerts).toBe(past.filter(({ ruleId }) => ruleId === one.ruleId).length);
  });

  test('concurrent calls for the same activity do not open twins', async () => {
    const drafts = Array.from({ length: 8 }, (_, n) => draft('no-twins', at(n)));
    await Promise.all(drafts.map((each) => world.incidents.accept([each])));
    expect(new Set(await Promise.all(drafts.map((each) => incidentOf(each.dedupeKey)))).size).toBe(1);
  });

  test('a repeat with more events moves the count and the time; an equal one moves nothing', async () => {
    const one = draft('repeat', at(0), { eventCount: 3 });
    await world.incidents.accept([one]);
    const id = alertId(one);
    const before = await world.get<{ lastUpdate: string }>(`/api/alerts/${id}`);
    world.setNow(new Date('2026-03-10T13:00:00Z'));
    await world.incidents.accept([one]);
    expect((await world.get<{ lastUpdate: string }>(`/api/alerts/${id}`)).lastUpdate).toBe(before.lastUpdate);
    expect(await world.incidents.accept([{ ...one, eventCount: 9, lastActivity: at(5) }])).toEqual({
      created: 0,
      repeated: 1,
    });
    expect(await world.get(`/api/alerts/${id}`)).toMatchObject({
      eventCount: 9,
      lastActivity: at(5),
      lastUpdate: '2026-03-10T13:00:00.000Z',
    });
    expect((await get(await incidentOf(one.dedupeKey))).lastActivity).toBe(at(5));
  });

  test('a joining alert gives its reason, raises the severity and renames the incident', async () => {
    const tree = evidence('process', { deviceId: 'id-joins', processUniqueId: 'g1', fileName: 'x.exe' });
    const first = draft('joins', at(0), { extra: [tree] });
    const second = draft('joins', at(10), {
      ruleId: 'rule-b',
      title: 'Credentials read',
      severity: 'high',
      category: 'CredentialAccess',
      extra: [tree],
    });
    await world.incidents.accept([first]);
    await world.incidents.accept([second]);
    const id = await incidentOf(first.dedupeKey);
    expect(await incidentOf(second.dedupeKey)).toBe(id);
    const incident = await get(id);
    expect(incident.name).toContain('Multi-stage incident involving Execution & Credential access');
    expect(incident.severity).toBe('high');
    expect(incident.categories).toEqual(['Execution', 'CredentialAccess']);
    const activity = await world.get<Page<ActivityEntry>>(`/api/incidents/${id}/activity`);
    const added = activity.items.find((entry) => entry.category === 'alertAdded');
    expect(added?.text).toMatch(/Credentials read.*added: Same process tree/s);
    expect(activity.items.map((entry) => entry.category)).toEqual(
      expect.arrayContaining(['created', 'name', 'severity']),
    );
    const sum = incident.priorityTerms.reduce((total, term) => total + term.points, 0);
    expect(Math.max(0, Math.min(100, sum))).toBe(incident.priorityScore);
    expect(incident.priorityScore).toBeGreaterThan(40);
  });

  test('a resolved incident is never joined; the new one tells of it', async () => {
    const first = draft('resolved', at(0));
    await world.incidents.accept([first]);
    const old = await incidentOf(first.dedupeKey);
    expect((await world.call('PATCH', `/api/incidents/${old}`, { status: 'resolved' })).status).toBe(200);
    const second = draft('resolved', at(1));
    await world.incidents.accept([second]);
    const fresh = await incidentOf(second.dedupeKey);
    expect(fresh).not.toBe(old);
    expect(await get(old)).toMatchObject({ status: 'resolved', totalAlerts: 1 });
    const activity = await world.get<Page<ActivityEntry>>(`/api/incidents/${fresh}/activity`);
    expect(activity.items[0]).toMatchObject({ after: { resolvedIncidentId: old } });
  });

  test('a bridging alert merges incidents: contents move, the source points on, its signposts too', async () => {
    const p1 = evidence('process', { deviceId: 'id-m1', processUniqueId: 'p1', fileName: 'a.exe' });
    const p2 = evidence('process', { deviceId: 'id-m2', processUniqueId: 'p2', fileName: 'b.exe' });
    const one = draft('m1', at(0), { extra: [p1], ruleId: 'm-1' });
    const two = draft('m2', at(0), { extra: [p2], ruleId: 'm-2' });
    await world.incidents.accept([one, two]);
    const [a, b] = [await incidentOf(one.dedupeKey), await incidentOf(two.dedupeKey)];
    expect(a).not.toBe(b);
    await world.call('POST', `/api/incidents/${b}/comments`, { text: 'seen before' });
    await world.call('PATCH', `/api/incidents/${b}`, { tags: ['finance'] });
    const bridge = draft('m1', at(5), { extra: [p1, p2], ruleId: 'm-3' });
    await world.incidents.accept([bridge]);
    const target = await incidentOf(bridge.dedupeKey);
    const source = target === a ? b : a;
    expect(await get(source)).toMatchObject({
      status: 'redirected',
      redirectIncidentId: target,
      totalAlerts: 0,
      tags: expect.arrayContaining(['Redirected']),
    });
    const merged = await get(target);
    expect(merged).toMatchObject({ totalAlerts: 3, activeAlerts: 3, status: 'active' });
    if (source === b) {
      expect(merged.tags).toEqual(['finance']);
      expect(merged.comments).toMatchObject([{ text: 'seen before', author: `ann (in incident ${b})` }]);
    }
    const activity = await world.get<Page<ActivityEntry>>(`/api/incidents/${target}/activity`);
    expect(
      activity.items.some((entry) => entry.category === 'merged' && entry.text.includes(`Incident ${source}`)),
    ).toBe(true);
    expect(activity.items.some((entry) => entry.text.endsWith(`(in incident ${source})`))).toBe(true);
    expect((await world.call('PATCH', `/api/incidents/${source}`, { name: 'x' })).body.error).toMatchObject({
      code: 'incident_redirected',
    });
  });

  test('a draft that cannot be stored does not take its neighbours along', async () => {
    const bad = draft('bad', 'not a time');
    const good = draft('good', at(0));
    await expect(world.incidents.accept([bad, good])).rejects.toThrow();
    expect(await incidentOf(good.dedupeKey)).not.toBe('none');
    expect(await incidentOf(bad.dedupeKey)).toBe('none');
  });

  test('hostile text is kept as it is', async () => {
    const title = `'); drop table alert; --  <b>\u202e "\\%_`;
    const one = draft(`x'"\\`, at(0), { title });
    await world.incidents.accept([one]);
    const found = await world.get<Page<IncidentSummary>>(`/api/incidents?search=${encodeURIComponent(title)}`);
    expect(found.items.map((each) => each.name)).toEqual([title]);
  });

  test('counts alerts by rule', async () => {
    await world.incidents.accept([
      draft('count', at(0), { ruleId: 'counted' }),
      draft('count2', at(0), { ruleId: 'counted' }),
    ]);
    expect((await world.incidents.countAlertsByRule()).get('counted')).toBe(2);
  });

  test('the activity log refuses to be changed', async () => {
    await expect(world.db.query("update incident_activity set text = 'x'")).rejects.toThrow(/never changed/);
    await expect(world.db.query('delete from incident_activity')).rejects.toThrow(/never changed/);
  });

  test('places a thousand drafts in seconds', async () => {
    const drafts = Array.from({ length: 1000 }, (_, n) =>
      draft(`bulk${n % 40}`, at(n), {
        ruleId: `bulk-${n % 17}`,
        extra: [
          evidence(
            'process',
            { deviceId: `id-bulk${n % 40}`, processUniqueId: `proc${n % 200}`, fileName: 'tool.exe' },
            'suspicious',
          ),
          evidence('user', { accountDomain: 'corp', accountName: `user${n % 60}` }, 'compromised'),
          evidence('file', { sha256: `${n}`.padStart(64, 'a'), fileName: 'tool.exe' }),
        ],
      }),
    );
    const started = performance.now();
    const before = process.cpuUsage();
    expect(await world.incidents.accept(drafts)).toEqual({ created: 1000, repeated: 0 });
    // Processor time: other suites run beside this one.
    const { user, system } = process.cpuUsage(before);
    const busy = (user + system) / 1000;
    console.info(
      `1,000 drafts placed in ${Math.round(performance.now() - started)} ms, ${Math.round(busy)} ms of processor time`,
    );
    expect(busy).toBeLessThan(12_000);
  });
});
