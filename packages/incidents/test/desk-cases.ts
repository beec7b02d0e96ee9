import type {
  AlertDetail,
  Comment,
  IncidentDetail,
  IncidentSummary,
  IncidentTask,
  Page,
  SavedView,
  Severity,
  SimilarIncident,
} from '@parapet/schema';
import { SEVERITIES } from '@parapet/schema';
import { describe, expect, test } from 'vitest';
import { mentionsOf } from '../src/desk/mentions.ts';
import { at, draft, evidence, NOW, type World } from './support.ts';

/** Cases over a world that has the incidents of the queue's test; they leave those as they were. */
export function deskCases(open: () => World, ids: Readonly<Record<string, string>>): void {
  const get = (id: string | undefined) => open().get<IncidentDetail>(`/api/incidents/${id}`);
  const total = async (query: string) => (await open().get<Page<IncidentSummary>>(`/api/incidents?${query}`)).total;
  const later = (minutes: number) => open().setNow(new Date(NOW.getTime() + minutes * 60_000));

  describe('two people at once', () => {
    test('a change of what somebody else changed meanwhile is refused and leaves it alone', async () => {
      const id = ids['Low three'];
      const seen = await get(id);
      const change = (body: object, version: string) =>
        open().call('PATCH', `/api/incidents/${id}`, body, { 'if-match': version });
      expect((await change({ assignedTo: 'ben' }, `"${seen.version}"`)).status).toBe(200);
      const late = await change({ assignedTo: 'eve' }, seen.version);
      expect([late.status, late.body.error.code]).toEqual([412, 'version_conflict']);
      const now = await get(id);
      expect(now).toMatchObject({ assignedTo: 'ben', lastModifiedBy: 'ann' });
      expect((await change({ assignedTo: null }, now.version)).status).toBe(200);
      const alert = await open().get<AlertDetail>(`/api/alerts/${ids['alert Low three']}`);
      const stale = { 'if-match': String(Number(alert.version) - 1) };
      expect((await open().call('PATCH', `/api/alerts/${alert.id}`, { status: 'inProgress' }, stale)).status).toBe(412);
    });

    test('an open page hears of changes and of who else has it open', async () => {
      const id = ids['Low three'] ?? '';
      const heard: { version?: string; present?: readonly string[] }[] = [];
      let told = () => {};
      const changed = new Promise<void>((resolve) => {
        told = resolve;
      });
      const stop = open().incidents.live.watch(id, (await get(id)).version, 'ann', (message) => {
        heard.push(message);
        if (message.version) told();
      });
      const leave = open().incidents.live.watch(id, '', 'ben', () => undefined);
      await open().call('PATCH', `/api/incidents/${id}`, { severity: 'high' });
      await changed;
      leave();
      stop();
      expect(heard.map(({ present }) => present?.join())).toEqual(['ann', 'ann,ben', undefined, 'ann']);
      expect(heard.find(({ version }) => version)?.version).toBe((await get(id)).version);
      await open().call('PATCH', `/api/incidents/${id}`, { severity: null });
      const alerts = await open().get<Page<{ severity: Severity }>>(`/api/incidents/${id}/alerts`);
      const highest =
        alerts.items
          .map(({ severity }) => SEVERITIES.indexOf(severity))
          .sort()
          .at(-1) ?? 0;
      expect(await get(id)).toMatchObject({ severity: SEVERITIES[highest], severityIsAutomatic: true });
    });
  });

  describe('comments', () => {
    test('are edited and taken back by their author within the hour', async () => {
      const id = ids['Low three'];
      const path = `/api/incidents/${id}/comments`;
      later(0);
      const { body } = await open().call('POST', path, { text: 'Ask @ben and @Eve.Long, not ann@contoso.example' });
      const comment = body as unknown as Comment;
      expect(await total(`search=${id}&mention=ben`)).toBe(1);
      expect(await total('mention=eve.long')).toBe(1);
      expect(await total('mention=contoso.example')).toBe(0);
      later(59);
      const edit = await open().call('PATCH', `${path}/${comment.id}`, { text: 'Ask @me' });
      expect(edit).toMatchObject({ status: 200, body: { text: 'Ask @me', editedAt: expect.any(String) } });
      expect(await total('mention=ben')).toBe(0);
      expect((await get(id)).comments).toMatchObject([{ text: 'Ask @me' }]);
      expect(open().audited.at(-1)).toMatchObject({ action: 'incident.comment.edit', after: { text: 'Ask @me' } });
      await open().db.query("update incident_comment set author = 'ben' where id = $1", [comment.id]);
      expect((await open().call('DELETE', `${path}/${comment.id}`)).body.error.code).toBe('comment_not_yours');
      await open().db.query("update incident_comment set author = 'ann' where id = $1", [comment.id]);
      later(61);
      expect((await open().call('DELETE', `${path}/${comment.id}`)).body.error.code).toBe('comment_closed');
      later(1);
      expect((await open().call('DELETE', `/api/incidents/${ids['Info four']}/comments/${comment.id}`)).status).toBe(
        404,
      );
      expect((await open().call('DELETE', `${path}/${comment.id}`)).status).toBe(204);
      expect((await get(id)).comments).toEqual([]);
      later(0);
    });

    test('names after @ are mentions, addresses and code are not', () => {
      expect(mentionsOf('@ben, (@Ida) @ben. a@b.example @x-y_z.')).toEqual(['ben', 'ida', 'x-y_z']);
      expect(mentionsOf('@@ben /@ben')).toEqual([]);
      expect(mentionsOf('@אלה')).toEqual(['אלה']);
    });
  });

  test('tasks are added, done, reopened and removed, and the log says so', async () => {
    const id = ids['Low three'];
    const path = `/api/incidents/${id}/tasks`;
    const added = await open().call('POST', path, {
      title: ' Call the owner ',
      owner: 'ben',
      dueAt: '2026-03-11T08:00:00Z',
    });
    const task = added.body as unknown as IncidentTask;
    expect(added).toMatchObject({
      status: 201,
      body: { title: 'Call the owner', owner: 'ben', state: 'open', doneAt: null },
    });
    expect((await get(id)).openTasks).toBe(1);
    expect((await open().call('POST', path, { title: ' ' })).status).toBe(400);
    expect((await open().call('POST', path, { title: 'x', dueAt: 'soon' })).status).toBe(400);
    expect((await open().call('PATCH', `${path}/${task.id}`, { state: 'DONE', owner: null })).body).toMatchObject({
      state: 'done',
      doneBy: 'ann',
      owner: null,
    });
    expect((await get(id)).openTasks).toBe(0);
    expect((await open().call('PATCH', `${path}/${task.id}`, { state: 'open' })).body).toMatchObject({ doneBy: null });
    expect(
      (await open().call('PATCH', `/api/incidents/${ids['Info four']}/tasks/${task.id}`, { state: 'done' })).status,
    ).toBe(404);
    expect((await open().call('DELETE', `${path}/${task.id}`)).status).toBe(204);
    expect(await open().get(path)).toEqual({ items: [] });
    const log = await open().get<Page<{ category: string; text: string }>>(`/api/incidents/${id}/activity`);
    expect(log.items.filter(({ category }) => category === 'task').map(({ text }) => text)).toEqual([
      'Task removed: Call the owner',
      'Task reopened: Call the owner',
      'Task done: Call the owner',
      'Task added: Call the owner',
    ]);
  });

  test('reopening brings the alerts back to what they were only when asked', async () => {
    const id = ids['Low three'];
    const alert = () => open().get<AlertDetail>(`/api/alerts/${ids['alert Low three']}`);
    const patch = (body: object) => open().call('PATCH', `/api/incidents/${id}`, body);
    await patch({ status: 'inProgress' });
    expect((await alert()).status).toBe('new');
    await patch({ status: 'active' });
    await patch({ status: 'inProgress', withAlerts: true });
    expect((await alert()).status).toBe('inProgress');
    await patch({ status: 'resolved', classification: 'truePositive', determination: 'malware' });
    expect(await alert()).toMatchObject({ status: 'resolved', classification: 'truePositive' });
    await patch({ status: 'active' });
    expect((await alert()).status).toBe('resolved');
    await patch({ status: 'resolved' });
    await patch({ status: 'active', withAlerts: true, classification: null });
    expect(await alert()).toMatchObject({ status: 'inProgress', classification: null, determination: null });
    expect((await patch({ withAlerts: true, tags: [] })).status).toBe(400);
    await open().call('PATCH', `/api/alerts/${ids['alert Low three']}`, { status: 'new' });
  });

  test('similar incidents are ranked by what they share', async () => {
    await open().incidents.accept([
      draft('six', at(300), {
        title: 'Like bucket',
        severity: 'informational',
        category: 'Exfiltration',
        ruleId: 'r-cloud-2',
        evidence: [
          evidence('cloudResource', { resourceId: 'arn:aws:s3:::payroll-2026', cloudPlatform: 'AWS' }, 'attacked'),
        ],
      }),
    ]);
    const answer = await open().get<{ items: SimilarIncident[] }>(`/api/incidents/${ids['Bucket five']}/similar`);
    const [first] = answer.items;
    expect(first).toMatchObject({ incident: { name: 'Like bucket' }, entityCount: 1, rules: [] });
    expect(first?.entities.map(({ label }) => label)).toEqual([expect.stringContaining('payroll-2026')]);
    const scores = answer.items.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect((await open().call('GET', '/api/incidents/999/similar')).status).toBe(404);
  });

  test('the queues are filtered by product, several sources, determination and named assets', async () => {
    expect(await total('asset=ARN:aws:s3:::payroll-2026&severity=medium')).toBe(1);
    expect(await total('asset=arn:aws:s3:::payroll')).toBe(0);
    expect(await total('product=Parapet')).toBeGreaterThan(5);
    expect(await total('product=Other')).toBe(0);
    expect(await total('multipleSources=true')).toBe(0);
    expect(await total('technique=T1059&ruleId=r-low')).toBe(1);
    expect((await open().call('GET', '/api/incidents?determination=odd')).status).toBe(400);
    const alerts = async (query: string) => (await open().get<Page<unknown>>(`/api/alerts?${query}`)).total;
    expect(await alerts('asset=five')).toBe(0);
    expect(await alerts('asset=one')).toBe(await alerts('entity=device:id-one'));
    expect(await alerts('asset=one')).toBeGreaterThan(0);
    expect(await alerts('tag=nothing')).toBe(0);
    expect(await open().get('/api/incidents/facets')).toMatchObject({ products: ['Parapet'] });
  });

  test('saved views are personal until shared, and only their owner changes them', async () => {
    const make = (name: string, shared: boolean) =>
      open().call('POST', '/api/views?area=incidents', { name, search: 'severity=high', shared });
    const mine = (await make('Mine', false)).body as unknown as SavedView;
    expect((await make('mine', false)).body.error.code).toBe('view_exists');
    expect((await open().call('PATCH', `/api/views/${mine.id}`, { shared: true })).body).toMatchObject({
      shared: true,
    });
    await open().db.query("update saved_view set owner = 'ben'");
    expect((await open().call('DELETE', `/api/views/${mine.id}`)).status).toBe(404);
    expect(await open().get('/api/views?area=incidents')).toMatchObject({ items: [{ name: 'Mine', owner: 'ben' }] });
    await open().db.query('update saved_view set shared = false');
    expect(await open().get('/api/views?area=incidents')).toEqual({ items: [] });
    await open().db.query("update saved_view set owner = 'ann'");
    expect((await open().call('DELETE', `/api/views/${mine.id}`)).status).toBe(204);
    expect((await open().call('GET', '/api/views?area=../x')).status).toBe(400);
  });
}
