import { accessMigrations, createAccess, registerAccess } from '@parapet/access';
import { correlation } from '@parapet/detection';
import {
  type AuditEntry,
  type IncidentDetail,
  type IncidentProposal,
  type Page,
  ParapetError,
  type SessionInfo,
} from '@parapet/schema';
import { outboxMigrations } from '@parapet/state';
import { openTestState } from '@parapet/state/testing';
import type { TelemetryStore } from '@parapet/store';
import { createHunting } from '@parapet/store';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createIncidents, incidentMigrations, registerIncidents } from '../src/index.ts';
import { at, draft } from './support.ts';

const PASSWORD = 'correct horse battery';
const routes: { method: string; url: string; permission: unknown }[] = [];
let app: FastifyInstance;
let closing: (() => Promise<unknown>)[] = [];

/** A signed-in caller of the real guard. */
async function signIn(username: string) {
  const answer = await app.inject({ method: 'POST', url: '/api/session', payload: { username, password: PASSWORD } });
  const cookie = answer.cookies.find(({ name }) => name === 'parapet_session')?.value ?? '';
  const { csrfToken } = answer.json<SessionInfo>();
  return (method: 'GET' | 'PATCH' | 'POST', url: string, payload?: object) =>
    app.inject({
      method,
      url,
      cookies: { parapet_session: cookie },
      headers: { 'x-csrf-token': csrfToken ?? '' },
      ...(payload ? { payload } : {}),
    });
}

beforeAll(async () => {
  const db = await openTestState([...outboxMigrations, ...accessMigrations, ...incidentMigrations]);
  const access = await createAccess({ db, version: '1' });
  await access.createAdministrator({ username: 'ada', displayName: 'Ada', password: PASSWORD });
  const store = { insertRows: async () => undefined, schema: { tables: [] } } as unknown as TelemetryStore;
  const hunting = createHunting(store);
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const incidents = await createIncidents({
    db,
    store,
    hunting,
    correlation,
    log: silent,
    audit: (entry, tx) => access.audit(entry, tx),
  });
  app = Fastify({ ajv: { customOptions: { coerceTypes: 'array', removeAdditional: false } } });
  app.setErrorHandler((error, _request, reply) =>
    reply
      .code(error instanceof ParapetError ? error.status : ((error as { statusCode?: number }).statusCode ?? 500))
      .send({
        error: { code: error instanceof ParapetError ? error.code : 'other', message: (error as Error).message },
      }),
  );
  app.addHook('onRoute', ({ method, url, config }) => {
    if (method !== 'HEAD') routes.push({ method: String(method), url, permission: config?.permission });
  });
  await registerAccess(app, access);
  await registerIncidents(app, incidents);
  await app.ready();
  closing = [() => app.close(), () => incidents.close(), () => access.close(), () => hunting.close(), () => db.close()];
  await incidents.accept([draft('a', at(0), { title: 'One' }), draft('b', at(0), { title: 'Two' })]);
});
afterAll(async () => {
  for (const close of closing) await close();
});

const OWN = /^\/api\/(incidents|alerts|devices|entities|search|home)/;

describe('who may call what', () => {
  test('reading needs SecData.Read, changing Alerts.Manage, on every route', () => {
    const own = routes.filter(({ url }) => OWN.test(url));
    expect(own.length).toBeGreaterThanOrEqual(20);
    for (const { method, url, permission } of own)
      expect([method, url, permission]).toEqual([
        method,
        url,
        // Whoever reads an incident may suggest something; deciding is a change.
        method === 'GET' || `${method} ${url}` === 'POST /api/incidents/:id/proposals'
          ? 'SecData.Read'
          : 'Alerts.Manage',
      ]);
  });

  test('nobody is let in without a session', async () => {
    for (const { method, url } of routes.filter((route) => OWN.test(route.url)))
      expect((await app.inject({ method: method as 'GET', url: url.replace(/:\w+/g, '1') })).statusCode, url).toBe(401);
  });

  test('a reader sees and does not change; an administrator changes, and the audit log tells who', async () => {
    const ada = await signIn('ada');
    const made = await ada('POST', '/api/users', {
      username: 'rita',
      displayName: 'Rita',
      role: 'securityReader',
      password: PASSWORD,
    });
    expect(made.statusCode, made.body).toBeLessThan(300);
    const rita = await signIn('rita');
    expect((await rita('GET', '/api/incidents')).json<Page<unknown>>().total).toBe(2);
    expect((await rita('PATCH', '/api/incidents/1', { status: 'resolved' })).statusCode).toBe(403);
    expect((await rita('POST', '/api/incidents/1/comments', { text: 'x' })).statusCode).toBe(403);
    expect((await ada('PATCH', '/api/incidents/1', { status: 'resolved', assignedTo: 'ada' })).statusCode).toBe(200);
    expect((await ada('GET', '/api/incidents?assignee=me')).json<Page<unknown>>().total).toBe(1);
    const audit = (await ada('GET', '/api/audit?action=incident')).json<Page<AuditEntry>>();
    expect(audit.items).toMatchObject([
      {
        actor: 'ada',
        action: 'incident.update',
        target: 'incident/1',
        outcome: 'ok',
        before: { status: 'active', assignedTo: null },
        after: { status: 'resolved', assignedTo: 'ada' },
      },
    ]);
  });

  test('a proposal changes nothing until somebody who may change accepts it', async () => {
    const ada = await signIn('ada');
    const rita = await signIn('rita');
    const path = '/api/incidents/1/proposals';
    const propose = (body: object) => rita('POST', path, body);
    expect((await propose({ reason: 'x' })).statusCode).toBe(400);
    expect((await propose({ reason: ' ', comment: 'x' })).statusCode).toBe(400);
    expect((await propose({ reason: 'x', changes: { status: 'redirected' } })).statusCode).toBe(400);
    expect((await rita('POST', '/api/incidents/99/proposals', { reason: 'x', comment: 'y' })).statusCode).toBe(404);
    const before = (await ada('GET', '/api/incidents/1')).json<IncidentDetail>();
    const made = await propose({
      reason: 'Seen before',
      changes: { status: 'active', severity: 'low' },
      comment: 'Noise',
    });
    expect(made.statusCode, made.body).toBe(201);
    const { id } = made.json<IncidentProposal>();
    expect((await ada('GET', '/api/incidents/1')).json()).toMatchObject({
      status: before.status,
      severity: before.severity,
      comments: [],
    });
    expect((await rita('POST', `${path}/${id}/accept`)).statusCode).toBe(403);
    expect((await ada('POST', `/api/incidents/2/proposals/${id}/accept`)).statusCode).toBe(404);
    const twice = await Promise.all([ada('POST', `${path}/${id}/accept`), ada('POST', `${path}/${id}/dismiss`)]);
    expect(twice.map((answer) => answer.statusCode).sort()).toEqual([200, 409]);
    const [winner] = (await ada('GET', path)).json<{ items: IncidentProposal[] }>().items;
    const after = (await ada('GET', '/api/incidents/1')).json<IncidentDetail>();
    if (winner?.state === 'accepted') {
      expect(after).toMatchObject({ status: 'active', severity: 'low' });
      expect(after.comments[0]).toMatchObject({ author: 'ada', text: expect.stringContaining('proposed by rita') });
    } else expect(after).toMatchObject({ status: before.status, comments: [] });
    const audit = (await ada('GET', '/api/audit?action=proposal')).json<Page<AuditEntry>>();
    expect(audit.items.map(({ actor, action }) => [actor, action])).toContainEqual(['rita', 'proposal.create']);
  });

  test('a refused change leaves no trace', async () => {
    const ada = await signIn('ada');
    const before = (await ada('GET', '/api/incidents/2')).json();
    expect((await ada('PATCH', '/api/incidents/2', { name: 'x', determination: 'malware' })).statusCode).toBe(400);
    expect((await ada('GET', '/api/incidents/2')).json()).toEqual(before);
    expect((await ada('GET', '/api/audit?target=incident/2')).json<Page<unknown>>().total).toBe(0);
  });
});
