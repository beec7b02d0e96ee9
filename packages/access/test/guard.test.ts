import { PERMISSIONS, type Permission } from '@parapet/schema';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registerAccess } from '../src/index.ts';
import { type Browser, createPeople, createWorld, errorOf, type Person, type World } from './support.ts';

/** What every route of this room asks for. */
const ROUTES: Readonly<Record<string, Permission | 'signed in' | 'public'>> = {
  'GET /api/session': 'public',
  'POST /api/session': 'public',
  'POST /api/setup': 'public',
  'DELETE /api/session': 'signed in',
  'POST /api/session/password': 'signed in',
  'POST /api/session/factor': 'public',
  'POST /api/session/passkey': 'public',
  'POST /api/session/confirm': 'signed in',
  'GET /api/sign-in': 'public',
  'POST /api/sign-in/passkey': 'public',
  'POST /api/sign-in/factor/passkey': 'public',
  'GET /api/sign-in/policy': 'Auth.Read',
  'PUT /api/sign-in/policy': 'Auth.Manage',
  'GET /api/sign-in/providers': 'Auth.Read',
  'POST /api/sign-in/providers': 'Auth.Manage',
  'PUT /api/sign-in/providers/:id': 'Auth.Manage',
  'DELETE /api/sign-in/providers/:id': 'Auth.Manage',
  'POST /api/sign-in/providers/:id/test': 'Auth.Manage',
  'GET /api/sign-in/oidc/:id/start': 'public',
  'GET /api/sign-in/oidc/:id/callback': 'public',
  'POST /api/sign-in/oidc/:id/back-channel-logout': 'public',
  'GET /api/profile/security': 'signed in',
  'POST /api/profile/totp': 'signed in',
  'POST /api/profile/totp/confirmation': 'signed in',
  'DELETE /api/profile/totp': 'signed in',
  'POST /api/profile/passkeys/offer': 'signed in',
  'POST /api/profile/passkeys': 'signed in',
  'DELETE /api/profile/passkeys/:id': 'signed in',
  'POST /api/profile/passkeys/challenge': 'signed in',
  'POST /api/profile/recovery-codes': 'signed in',
  'GET /api/profile/sessions': 'signed in',
  'DELETE /api/profile/sessions': 'signed in',
  'DELETE /api/profile/sessions/:id': 'signed in',
  'GET /api/users/:id/sessions': 'Auth.Manage',
  'DELETE /api/users/:id/sessions': 'Auth.Manage',
  'DELETE /api/users/:id/sessions/:session': 'Auth.Manage',
  'DELETE /api/users/:id/factors': 'Auth.Manage',
  'DELETE /api/users/:id/lock': 'Auth.Manage',
  'GET /api/preferences/:key': 'signed in',
  'PUT /api/preferences/:key': 'signed in',
  'GET /api/scope-filter': 'signed in',
  'PUT /api/scope-filter': 'signed in',
  'GET /api/users': 'Auth.Read',
  'GET /api/users/assignable': 'SecData.Read',
  'GET /api/users/:id': 'Auth.Read',
  'POST /api/users': 'Auth.Manage',
  'PATCH /api/users/:id': 'Auth.Manage',
  'GET /api/access/roles': 'Auth.Read',
  'POST /api/access/roles': 'Auth.Manage',
  'PUT /api/access/roles/:id': 'Auth.Manage',
  'DELETE /api/access/roles/:id': 'Auth.Manage',
  'GET /api/access/assignments': 'Auth.Read',
  'POST /api/access/assignments': 'Auth.Manage',
  'PUT /api/access/assignments/:id': 'Auth.Manage',
  'DELETE /api/access/assignments/:id': 'Auth.Manage',
  'GET /api/access/device-groups': 'Auth.Read',
  'POST /api/access/device-groups': 'Auth.Manage',
  'PUT /api/access/device-groups/:id': 'Auth.Manage',
  'DELETE /api/access/device-groups/:id': 'Auth.Manage',
  'GET /api/access/cloud-scopes': 'Auth.Read',
  'POST /api/access/cloud-scopes': 'Auth.Manage',
  'PUT /api/access/cloud-scopes/:id': 'Auth.Manage',
  'DELETE /api/access/cloud-scopes/:id': 'Auth.Manage',
  'GET /api/access/row-tags': 'Auth.Read',
  'POST /api/access/row-tags': 'Auth.Manage',
  'PUT /api/access/row-tags/:id': 'Auth.Manage',
  'DELETE /api/access/row-tags/:id': 'Auth.Manage',
  'GET /api/access/effective': 'Auth.Read',
  'GET /api/access/environments': 'Auth.Manage',
  'GET /api/access/export': 'Auth.Read',
  'POST /api/access/import': 'Auth.Manage',
  'GET /api/access/settings': 'Auth.Read',
  'GET /api/access/workloads': 'Auth.Read',
  'PUT /api/access/settings': 'Auth.Manage',
  'PUT /api/access/workloads/:source': 'Auth.Manage',
  'GET /api/keys': 'Sys.Read',
  'POST /api/keys': 'Data.Manage',
  'DELETE /api/keys/:id': 'Data.Manage',
  'GET /api/audit': 'Auth.Read',
  'GET /api/audit/verification': 'Auth.Manage',
  'GET /api/audit/settings': 'Auth.Read',
  'PUT /api/audit/settings': 'Auth.Manage',
};
const EVERYTHING = PERMISSIONS.filter((name) => name !== 'EmailContent.Read');
/** Settings are changed by who holds them for all data sources: the operator's Sys.Manage is for mail alone. */
const HOLDS: Readonly<Record<Person, readonly Permission[]>> = {
  administrator: EVERYTHING,
  operator: [
    'SecData.Read',
    'Alerts.Manage',
    'Response.Manage',
    'LiveBasic.Manage',
    'LiveAdv.Manage',
    'FileCollect.Manage',
    'EmailMeta.Read',
    'VM.Read',
    'Exception.Manage',
    'Remediation.Manage',
    'Exposure.Read',
    'CoreSec.Read',
    'CoreSec.Manage',
    'DetTune.Manage',
    'Sys.Read',
  ],
  reader: ['SecData.Read', 'EmailMeta.Read', 'VM.Read', 'Exposure.Read', 'CoreSec.Read', 'Sys.Read'],
};

let world: World;
let people: Record<Person, Browser>;
let handled = 0;
beforeAll(async () => {
  world = await createWorld({
    more(app) {
      app.post('/api/other', { config: { permission: 'Alerts.Manage' } }, async ({ principal }) => {
        handled++;
        return principal;
      });
      app.get('/api/careless', { config: { public: true } }, async ({ principal }) => principal.username);
      app.get('/elsewhere', { config: { permission: 'Sys.Manage' } }, async () => 'guarded too');
      app.get('/open', async () => 'open');
    },
  });
  people = await createPeople(world);
});
afterAll(() => world.close());

test('the table above names every route of this room', async () => {
  const found: string[] = [];
  const app = Fastify({ exposeHeadRoutes: false });
  app.addHook('onRoute', ({ method, url }) => void found.push(`${String(method)} ${url}`));
  await registerAccess(app, world.access);
  await app.ready();
  expect(found.sort()).toEqual(Object.keys(ROUTES).sort());
  await app.close();
});

describe.each(['administrator', 'operator', 'reader'] as const)('%s', (role) => {
  test('holds exactly its permissions', () => {
    expect([...people[role].info.permissions].sort()).toEqual([...HOLDS[role]].sort());
  });

  test.each(Object.entries(ROUTES).filter(([route]) => route !== 'DELETE /api/session'))('%s', async (route, needs) => {
    const [method, url] = route.replace(/:\w+/, 'unknown').split(' ') as ['GET', string];
    // An empty body is refused by validation, which comes after the guard: nothing changes.
    const response = await people[role].call(
      method,
      url,
      method === 'GET' || method === ('DELETE' as string) ? undefined : {},
    );
    const allowed = needs === 'public' || needs === 'signed in' || HOLDS[role].includes(needs);
    if (allowed) {
      expect([200, 201, 204, 303, 400, 404, 409]).toContain(response.statusCode);
    } else {
      expect(response.statusCode).toBe(403);
      expect(errorOf(response)).toMatchObject({ code: 'permission_missing', details: { permission: needs } });
      expect(errorOf(response).message).toContain(needs);
    }
  });
});

test.each(Object.entries(ROUTES))('signed out: %s', async (route, needs) => {
  const [method, url] = route.replace(/:\w+/, 'unknown').split(' ') as ['GET', string];
  const response = await world.app.inject({ method, url });
  if (needs === 'public') {
    expect([200, 303, 400]).toContain(response.statusCode);
  } else {
    expect(response.statusCode).toBe(401);
    if (needs !== 'signed in') expect(errorOf(response).message).toContain(needs);
  }
});

test('routes of other rooms are guarded and know who calls', async () => {
  expect((await people.reader.call('POST', '/api/other')).statusCode).toBe(403);
  expect(handled).toBe(0);
  const answer = await people.operator.call('POST', '/api/other');
  expect(answer.json()).toEqual({
    ...people.operator.info.user,
    kind: 'user',
    groups: [],
    permissions: people.operator.info.permissions,
  });
  expect(handled).toBe(1);
  expect((await people.operator.call('GET', '/elsewhere')).statusCode).toBe(403);
  expect((await people.administrator.call('GET', '/elsewhere')).body).toBe('guarded too');
  expect((await world.app.inject('/open')).body).toBe('open');
  expect((await world.app.inject('/api/careless')).statusCode).toBe(401);
  expect((await people.reader.call('GET', '/api/careless')).body).toBe('rene');
  expect((await world.app.inject('/api/unknown')).statusCode).toBe(404);
  expect((await world.app.inject({ method: 'HEAD', url: '/api/users' })).statusCode).toBe(401);
});

test('a route that does not say who may call it stops the server from starting', async () => {
  const app = Fastify();
  await registerAccess(app, world.access);
  expect(() => app.get('/api/forgotten', async () => 1)).toThrow('GET /api/forgotten must declare');
  expect(() => app.get('/api/both', { config: { public: true, permission: 'SecData.Read' } }, async () => 1)).toThrow(
    'must declare',
  );
  await app.close();
});
