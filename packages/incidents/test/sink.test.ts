import type { ActivityEntry, IncidentDetail, IncidentGrouping, IncidentSummary, Page } from '@parapet/schema';
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

describe('people have the last word on what belongs together', () => {
  const tree = (device: string, id: string) =>
    evidence('process', { deviceId: `id-${device}`, processUniqueId: id, fileName: 'x.exe' });
  const grouping = (id: string) => world.get<IncidentGrouping>(`/api/incidents/${id}/grouping`);
  const target = async (path: string, body: object): Promise<string> => {
    const answer = await world.call('POST', path, body);
    expect([answer.status, answer.body.error]).toEqual([200, undefined]);
    return String(answer.body.incidentId);
  };

  test('a merge by the engine is taken back with everything it moved, and the pair never joins again', async () => {
    const [p1, p2] = [tree('u1', 'p1'), tree('u2', 'p2')];
    const one = draft('u1', at(0), { extra: [p1], ruleId: 'u-1' });
    const two = draft('u2', at(0), { extra: [p2], ruleId: 'u-2' });
    await world.incidents.accept([one, two]);
    const before = new Map<string, IncidentDetail>();
    for (const each of [one, two]) before.set(each.dedupeKey, await get(await incidentOf(each.dedupeKey)));
    const twos = before.get(two.dedupeKey)?.id ?? '';
    await world.call('POST', `/api/incidents/${twos}/comments`, { text: 'known to the owner' });
    await world.call('PATCH', `/api/incidents/${twos}`, { tags: ['finance'], status: 'inProgress' });
    const bridge = draft('u1', at(5), { extra: [p1, p2], ruleId: 'u-3' });
    await world.incidents.accept([bridge]);
    const into = await incidentOf(bridge.dedupeKey);
    const source = into === twos ? (before.get(one.dedupeKey)?.id ?? '') : twos;
    // Comes because of an alert that the merge brought, so it goes back with it.
    const sourceDraft = source === twos ? two : one;
    const later = draft(source === twos ? 'u2' : 'u1', at(6), { extra: [source === twos ? p2 : p1], ruleId: 'u-4' });
    await world.incidents.accept([later]);
    const [{ reason: laterReason } = { reason: '' }] = await world.db.query<{ reason: string }>(
      "select merge_reason->>'matchedAlertId' as reason from alert where dedupe_key = $1",
      [later.dedupeKey],
    );

    const [merge] = (await grouping(into)).merges;
    expect(merge).toMatchObject({ incidentId: source, actor: 'correlation', alerts: 1, canUndo: true, undoneAt: null });
    expect(merge?.reason.text).toContain('Same process tree');
    expect(await target(`/api/incidents/${into}/merges/${merge?.id}/undo`, { comment: 'two owners' })).toBe(source);

    expect(await incidentOf(sourceDraft.dedupeKey)).toBe(source);
    expect(await incidentOf(bridge.dedupeKey)).toBe(into);
    if (laterReason === alertId(sourceDraft)) expect(await incidentOf(later.dedupeKey)).toBe(source);
    const back = await get(source);
    expect(back).toMatchObject({ redirectIncidentId: null, status: source === twos ? 'inProgress' : 'active' });
    expect(back.tags).toEqual(source === twos ? ['finance'] : []);
    const kept = await get(into);
    expect(kept.totalAlerts + back.totalAlerts).toBe(4);
    expect(kept.tags).toEqual(into === twos ? ['finance'] : []);
    expect(kept.comments).toHaveLength(into === twos ? 1 : 0);
    expect(world.audited.at(-1)).toMatchObject({ action: 'incident.unmerge', target: `incident/${into}` });
    const log = await world.get<Page<ActivityEntry>>(`/api/incidents/${source}/activity`);
    expect(log.items.some(({ text }) => text === `Taken out of incident ${into} again: two owners`)).toBe(true);

    // The same bridge again: it joins one of the two and leaves the other alone.
    const again = draft('u1', at(7), { extra: [p1, p2], ruleId: 'u-5' });
    await world.incidents.accept([again]);
    expect((await get(source)).status).not.toBe('redirected');
    expect((await get(into)).status).not.toBe('redirected');
    const after = await grouping(into);
    expect(after.merges).toMatchObject([{ canUndo: false, undoneBy: 'ann' }]);
    expect(after.separations).toMatchObject([
      { incidentId: source, actor: 'ann', origin: 'undo', comment: 'two owners' },
    ]);
    const refused = await world.call('POST', `/api/incidents/${into}/merges/${merge?.id}/undo`, {});
    expect([refused.status, refused.body.error.code]).toEqual([409, 'merge_undone']);

    // Allowed again by a person, the next bridge merges them.
    const separation = after.separations[0]?.id;
    expect((await world.call('DELETE', `/api/incidents/${into}/separations/${separation}`)).status).toBe(204);
    await world.incidents.accept([draft('u1', at(8), { extra: [p1, p2], ruleId: 'u-6' })]);
    expect(
      [(await get(source)).status, (await get(into)).status].filter((status) => status === 'redirected'),
    ).toHaveLength(1);
  });

  test('a split opens an incident that correlation leaves alone, also after further merges; a person may merge it', async () => {
    const shared = tree('s1', 'p1');
    const drafts = [0, 1, 2].map((n) => draft('s1', at(n), { extra: [shared], ruleId: `s-${n}` }));
    await world.incidents.accept(drafts);
    const [first, second] = drafts as [(typeof drafts)[0], (typeof drafts)[0]];
    const origin = await incidentOf(first.dedupeKey);
    const split = await target(`/api/incidents/${origin}/split`, { alertIds: [alertId(second)], comment: 'a test' });
    expect(split).not.toBe(origin);
    expect(await get(split)).toMatchObject({ totalAlerts: 1, name: second.title });
    const more = draft('s1', at(3), { extra: [shared], ruleId: 's-4' });
    await world.incidents.accept([more]);
    expect([(await get(origin)).totalAlerts, (await get(split)).totalAlerts].sort()).toEqual([1, 3]);

    // What the split incident is merged into is kept apart from the origin too.
    const other = draft('s9', at(0), { extra: [tree('s9', 'q')], ruleId: 's-9' });
    await world.incidents.accept([other]);
    const joined = await target('/api/incidents/merge', { incidentIds: [split, await incidentOf(other.dedupeKey)] });
    expect((await grouping(origin)).separations).toMatchObject([{ incidentId: joined, origin: 'split' }]);
    await world.incidents.accept([draft('s1', at(4), { extra: [shared, tree('s9', 'q')], ruleId: 's-5' })]);
    expect([(await get(origin)).status, (await get(joined)).status]).toEqual(['active', 'active']);

    const whole = await target('/api/incidents/merge', { incidentIds: [origin, joined] });
    expect((await grouping(whole)).separations).toEqual([]);

    // A merge on top must be taken back first; then the one below can be.
    const below = (await grouping(joined)).merges[0];
    if (whole !== joined) {
      const refused = await world.call('POST', `/api/incidents/${joined}/merges/${below?.id}/undo`, {});
      expect([refused.status, refused.body.error.code]).toEqual([409, 'incident_redirected']);
      const top = (await grouping(whole)).merges.find(({ incidentId }) => incidentId === joined);
      await target(`/api/incidents/${whole}/merges/${top?.id}/undo`, {});
      // The signpost of what was merged into it leads there again.
      expect((await get(below?.incidentId ?? '')).redirectIncidentId).toBe(joined);
    }
    const all = await target(`/api/incidents/${origin}/split`, { alertIds: [alertId(first)] });
    const refused = await world.call('POST', `/api/incidents/${all}/split`, { alertIds: [alertId(first)] });
    expect([refused.status, refused.body.error.code]).toEqual([409, 'split_whole']);
    const stranger = await world.call('POST', `/api/incidents/${origin}/split`, { alertIds: [alertId(other)] });
    expect([stranger.status, stranger.body.error.code]).toEqual([409, 'not_in_incident']);
    expect(await target('/api/alerts/move', { alertIds: [alertId(first)], incidentId: origin })).toBe(origin);
    expect(await get(all)).toMatchObject({ status: 'resolved', totalAlerts: 0 });
  });
});

describe('quiet alerts', () => {
  const listed = async (query: string): Promise<string[]> =>
    (await world.get<Page<IncidentSummary>>(`/api/incidents?pageSize=200${query}`)).items.map(({ id }) => id);
  const quiet = (device: string, minute: number, more = {}) => draft(device, at(minute), { severity: 'low', ...more });

  test('wait in one incident of their asset and day that the queue does not show, and are taken out by what they belong to', async () => {
    const [one, two, far] = [
      quiet('q1', 0, { ruleId: 'q-a' }),
      quiet('q1', 4, { ruleId: 'q-b' }),
      quiet('q1', 400, { ruleId: 'q-c' }),
    ];
    await world.incidents.accept([one, two]);
    await world.incidents.accept([far]);
    const background = await incidentOf(one.dedupeKey);
    expect([await incidentOf(two.dedupeKey), await incidentOf(far.dedupeKey)]).toEqual([background, background]);
    expect(await get(background)).toMatchObject({ name: 'Quiet activity on q1', totalAlerts: 3, severity: 'low' });
    expect(await listed('')).not.toContain(background);
    expect(await listed('&severity=low')).not.toContain(background);
    expect(await listed('&background=only')).toContain(background);
    expect(await listed('&entity=device:id-q1')).toContain(background);

    const serious = draft('q1', at(2), { ruleId: 'q-d' });
    await world.incidents.accept([serious]);
    const incident = await incidentOf(serious.dedupeKey);
    expect([await incidentOf(one.dedupeKey), await incidentOf(two.dedupeKey), await incidentOf(far.dedupeKey)]).toEqual(
      [incident, incident, background],
    );
    expect(await get(incident)).toMatchObject({ totalAlerts: 3, severity: 'medium' });
    expect(await get(background)).toMatchObject({ totalAlerts: 1 });
    const log = await world.get<Page<ActivityEntry>>(`/api/incidents/${incident}/activity`);
    expect(
      log.items.some(({ text }) => text.includes('added from the background: Same device (q1), within minutes')),
    ).toBe(true);

    // In the same batch, and the last one: the background incident becomes a signpost.
    const both = [quiet('q2', 0, { ruleId: 'q-a' }), draft('q2', at(1), { ruleId: 'q-d' })];
    await world.incidents.accept(both);
    expect(new Set(await Promise.all(both.map((each) => incidentOf(each.dedupeKey)))).size).toBe(1);
    await world.incidents.accept([draft('q1', at(401), { ruleId: 'q-e' })]);
    expect((await get(background)).status).toBe('redirected');
  });

  test('are shown when enough different ones agree; a rule may open incidents all the same; nobody takes from where people work', async () => {
    await world.incidents.accept([quiet('q3', 0, { ruleId: 'q-a' }), quiet('q3', 60, { ruleId: 'q-b' })]);
    const third = quiet('q3', 120, { ruleId: 'q-c', category: 'Discovery' });
    await world.incidents.accept([third]);
    const shown = await incidentOf(third.dedupeKey);
    expect(await listed('')).toContain(shown);
    await world.call('PATCH', `/api/incidents/${shown}`, { assignedTo: 'ann' });
    await world.incidents.accept([draft('q3', at(121), { ruleId: 'q-d' })]);
    expect(await get(shown)).toMatchObject({ totalAlerts: 3, status: 'active' });

    const loud = quiet('q4', 0, { opensIncident: 'always' });
    const silent = draft('q5', at(0), { opensIncident: 'never' });
    await world.incidents.accept([loud, silent]);
    expect(await listed('')).toContain(await incidentOf(loud.dedupeKey));
    expect(await listed('')).not.toContain(await incidentOf(silent.dedupeKey));
    // What the rule said is stored with the alert: another process reads it.
    const again = quiet('q5', 1, { ruleId: 'q-a' });
    await world.incidents.accept([again]);
    expect(await incidentOf(again.dedupeKey)).toBe(await incidentOf(silent.dedupeKey));
  });
});
