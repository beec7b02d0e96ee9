/**
 * Every route of the whole server against the five global roles that open the portal, two custom roles and two scopes. What each
 * may call is data: `rights-expected.ts`, reviewed by people. A route that is not in it fails the test.
 */
import type { Assignment, SessionInfo } from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Person, type PortalServer, startPortalServer } from './portal-server.ts';
import { HOLDERS, ROUTES } from './rights-expected.ts';

let portal: PortalServer;
const people = new Map<string, Person>();

beforeAll(async () => {
  portal = await startPortalServer();
  const post = async <T>(path: string, body: object): Promise<T> => {
    const answer = await portal.call<T>('POST', path, body);
    if (answer.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const group = await post<{ id: string }>('/api/access/device-groups', {
    name: 'Lab',
    rules: [{ property: 'name', operator: 'startsWith', values: ['lab-'] }],
    automation: 'none',
  });
  const cloud = await post<{ id: string }>('/api/access/cloud-scopes', {
    name: 'One account',
    environments: [{ kind: 'awsAccount', id: '111122223333' }],
  });
  for (const [name, { globalRole = null, groups, sources, scope }] of Object.entries(HOLDERS)) {
    const person = await portal.person(name, globalRole);
    people.set(name, person);
    if (!groups) continue;
    const role = await post<{ id: string }>('/api/access/roles', { name, groups });
    const { body } = await person.call<SessionInfo>('GET', '/api/session');
    await post<Assignment>('/api/access/assignments', {
      name,
      roleId: role.id,
      subjects: [{ kind: 'user', id: body.user?.id }],
      sources,
      scopes: scope ? [{ kind: scope, id: scope === 'deviceGroup' ? group.id : cloud.id }] : [],
    });
  }
}, 300_000);
afterAll(() => portal.close());

test('the reviewed table names every route of the server, and what it asks for', () => {
  const found = Object.fromEntries(
    portal.server.app.declaredRoutes
      .map(({ route, needs }) => [route, needs])
      .sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  );
  expect(found).toEqual(ROUTES);
});

describe.each(Object.entries(HOLDERS))('%s', (name, { holds }) => {
  test('holds exactly what the table says', async () => {
    const { body } = await (people.get(name) as Person).call<SessionInfo>('GET', '/api/session');
    expect([...body.permissions].sort()).toEqual([...holds].sort());
  });

  test('is refused by every route it holds no permission for, and let in by the others', async () => {
    const person = people.get(name) as Person;
    const wrong: unknown[] = [];
    for (const [route, needs] of Object.entries(ROUTES)) {
      const [method = '', path = ''] = route.split(' ');
      const url = path.replaceAll(/:\w+|\*/g, 'none');
      const allowed = needs === 'public' || needs === 'signed in' || (holds as readonly string[]).includes(needs);
      // What is allowed and changes something is not tried on everything there is.
      if (allowed && method !== 'GET') continue;
      const { status, body } = await person.call(method, url, method === 'GET' || method === 'DELETE' ? undefined : {});
      const ok = allowed
        ? // Senders of telemetry have keys of their own, which these people have not.
          (status !== 401 || needs === 'public') &&
          status < 500 &&
          (status !== 403 || body?.error?.code !== 'permission_missing')
        : status === 403;
      if (!ok) wrong.push([route, needs, status, body]);
      if (!allowed && !JSON.stringify(body).includes(needs)) wrong.push([route, 'does not name', needs, body]);
    }
    expect(wrong).toEqual([]);
  });
});
