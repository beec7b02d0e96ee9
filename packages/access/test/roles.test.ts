import { type Assignment, DATA_SOURCES, PERMISSION_CATALOG, type RoleDetails } from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccessService } from '../src/access.ts';
import { accessMigrations, Rights } from '../src/index.ts';
import { BUILT_IN_ROLES, permissionsOfGroups } from '../src/roles.ts';
import { Browser, createPeople, createWorld, errorOf, PASSWORD, type Person, type World } from './support.ts';

let world: World;
let people: Record<Person, Browser>;
let admin: Browser;
beforeAll(async () => {
  world = await createWorld();
  people = await createPeople(world);
  admin = people.administrator;
});
afterAll(() => world.close());

let people_ = 0;
/** Somebody without a global role. */
async function person(): Promise<Browser & { readonly id: string }> {
  const username = `person${++people_}`;
  const made = await admin.call('POST', '/api/users', {
    username,
    displayName: username,
    role: null,
    password: PASSWORD,
  });
  const browser = await Browser.signIn(world.app, username);
  return Object.assign(browser, { id: made.json().id as string });
}
const role = async (groups: object, by = admin): Promise<RoleDetails> => {
  const made = await by.call('POST', '/api/access/roles', { name: `role ${Math.random()}`, groups });
  if (made.statusCode !== 201) throw new Error(made.body);
  return made.json();
};
const assign = (by: Browser, body: Partial<Assignment>) =>
  by.call('POST', '/api/access/assignments', { name: 'an assignment', scopes: [], sources: 'all', ...body });
const permissionsOf = async (browser: Browser): Promise<string[]> =>
  (await browser.call('GET', '/api/session')).json().permissions;
const lastAudit = async () =>
  (await admin.call('GET', '/api/audit?pageSize=1')).json().items[0] as { action: string; outcome: string };

describe('roles', () => {
  test('"all" choices follow the list of permissions, custom choices do not', () => {
    const more = [...PERMISSION_CATALOG, { name: 'New.Read', group: 'securityData', level: 'read' } as const];
    for (const [groups, gains] of [
      [{ securityData: 'readAll' }, true],
      [{ securityData: 'manageAll' }, true],
      [{ securityData: ['SecData.Read'] }, false],
      [{ posture: 'readAll' }, false],
    ] as const) {
      expect(permissionsOfGroups(groups, more).includes('New.Read')).toBe(gains);
    }
    expect(permissionsOfGroups({ securityData: 'readAll' })).toEqual(['SecData.Read']);
    expect(permissionsOfGroups({ authorization: ['Auth.Manage'] }).sort()).toEqual(['Auth.Manage', 'Auth.Read']);
  });

  test.each([
    [{ unheard: 'readAll' }, 'unknown_permission'],
    [{ securityData: ['Auth.Manage'] }, 'unknown_permission'],
    [{ securityData: 'everything' }, 'unknown_permission'],
    [{ securityData: [] }, 'empty_role'],
    [{}, 'empty_role'],
  ])('%j is refused and audited', async (groups, code) => {
    const refused = await admin.call('POST', '/api/access/roles', { name: 'bad', groups });
    expect([refused.statusCode, errorOf(refused).code]).toEqual([400, code]);
    expect(await lastAudit()).toMatchObject({ action: 'role.create', outcome: 'denied' });
  });

  test('names are taken once; the second of two changes of one version is told', async () => {
    const made = await role({ securityData: 'readAll' });
    const twin = await admin.call('POST', '/api/access/roles', { name: made.name.toUpperCase(), groups: made.groups });
    expect([twin.statusCode, errorOf(twin).code]).toEqual([409, 'name_taken']);
    const body = { name: made.name, groups: { securityData: 'manageAll' }, version: made.version };
    const url = `/api/access/roles/${made.id}`;
    expect((await admin.call('PUT', url, body)).statusCode).toBe(200);
    expect((await admin.call('PUT', url, body)).statusCode).toBe(412);
    expect((await admin.call('PUT', '/api/access/roles/securityReader', body)).statusCode).toBe(404);
  });
});

describe('assignments', () => {
  test('give rights on the next request, for their data sources alone, and take them away again', async () => {
    const ann = await person();
    expect(await permissionsOf(ann)).toEqual([]);
    const readers = await role({ securityData: ['SecData.Read'] });
    const made = await assign(admin, {
      roleId: readers.id,
      subjects: [{ kind: 'user', id: ann.id }],
      sources: ['endpoint'],
    });
    expect(made.statusCode).toBe(201);
    expect(await permissionsOf(ann)).toEqual(['SecData.Read']);
    const rights = world.access.directory.rightsOf({ kind: 'user', id: ann.id, role: null, groups: [] });
    expect(DATA_SOURCES.filter((source) => rights.can('SecData.Read', source))).toEqual(['endpoint']);
    expect(rights.grants('SecData.Read')).toMatchObject([{ roleName: readers.name, through: 'user' }]);
    expect((await admin.call('DELETE', `/api/access/assignments/${made.json().id}`)).statusCode).toBe(204);
    expect(await permissionsOf(ann)).toEqual([]);
  });

  test('reach people through their groups, and apps', async () => {
    const readers = await role({ securityData: 'readAll' });
    const subjects = [{ kind: 'group', id: 'soc' } as const, { kind: 'app', id: 'app-1' } as const];
    expect((await assign(admin, { roleId: readers.id, subjects })).statusCode).toBe(201);
    const of = (kind: 'user' | 'app', id: string, groups: string[]) =>
      world.access.directory.rightsOf({ kind, id, role: null, groups }).permissions;
    expect(of('user', 'u', ['soc'])).toEqual(['SecData.Read']);
    expect(of('user', 'u', ['SOC'])).toEqual([]);
    expect(of('app', 'app-1', [])).toEqual(['SecData.Read']);
    expect(of('user', 'app-1', [])).toEqual([]);
  });

  test.each([
    [{ subjects: [] }, 'empty_assignment'],
    [{ sources: [] }, 'empty_assignment'],
    [{ sources: ['toaster'] }, 'unknown_data_source'],
    [{ roleId: 'nothing' }, 'unknown_role'],
    [{ subjects: [{ kind: 'user', id: 'nobody' }] }, 'unknown_subject'],
    [{ subjects: [{ kind: 'team', id: 'x' }] }, 'unknown_subject'],
    [{ scopes: [{ kind: 'deviceGroup', id: 'none' }] }, 'unknown_scope'],
    [{ roleId: 'siem.automationContributor', subjects: [{ kind: 'group', id: 'people' }] }, 'apps_only'],
    [{ roleId: 'siem.reader', sources: ['email'] }, 'empty_assignment'],
  ])('%j is refused and audited', async (change, code) => {
    const subjects = [{ kind: 'group', id: 'g' }];
    const refused = await assign(admin, { roleId: 'securityReader', subjects, ...change } as Partial<Assignment>);
    expect([refused.statusCode, errorOf(refused).code]).toEqual([400, code]);
    expect(await lastAudit()).toMatchObject({ action: 'assignment.create', outcome: 'denied' });
  });

  test('nobody gives or takes what they do not hold, by data source', async () => {
    const boss = await person();
    const managing = await role({ securityData: ['SecData.Read'], authorization: ['Auth.Manage'] });
    const mine = {
      roleId: managing.id,
      subjects: [{ kind: 'user' as const, id: boss.id }],
      sources: ['endpoint' as const],
    };
    const own = (await assign(admin, mine)).json<Assignment>();
    const readers = await role({ securityData: ['SecData.Read'] }, boss);
    const subjects = [{ kind: 'group' as const, id: 'team' }];
    const given = await assign(boss, { roleId: readers.id, subjects, sources: ['endpoint'] });
    expect(given.statusCode).toBe(201);
    for (const beyond of [
      { roleId: readers.id, sources: ['email' as const] },
      { roleId: readers.id, sources: 'all' as const },
      { roleId: 'securityReader', sources: ['endpoint' as const] },
      { roleId: 'securityAdministrator', sources: ['endpoint' as const] },
    ]) {
      const refused = await assign(boss, { subjects, ...beyond });
      expect([refused.statusCode, errorOf(refused).code]).toEqual([403, 'grant_beyond_own']);
      expect(await lastAudit()).toMatchObject({ outcome: 'denied' });
    }
    for (const groups of [{ securityData: ['Alerts.Manage'] }, { securityData: 'readAll' }])
      expect((await boss.call('POST', '/api/access/roles', { name: 'more', groups })).statusCode).toBe(403);
    // Neither by widening the role one has, nor by what others were given for other sources.
    const wider = { name: managing.name, groups: { securityData: 'manageAll', authorization: ['Auth.Manage'] } };
    expect((await boss.call('PUT', `/api/access/roles/${managing.id}`, wider)).statusCode).toBe(403);
    const mail = (await assign(admin, { roleId: readers.id, subjects, sources: ['email'] })).json<Assignment>();
    expect((await boss.call('DELETE', `/api/access/assignments/${mail.id}`)).statusCode).toBe(403);
    expect((await boss.call('DELETE', `/api/access/roles/${readers.id}`)).statusCode).toBe(403);
    // Taking over someone with more rights would be having them.
    const [ada] = (await admin.call('GET', '/api/users?search=ada')).json().items as { id: string }[];
    const takeover = await boss.call('PATCH', `/api/users/${ada?.id}`, { password: 'another long password' });
    expect([takeover.statusCode, errorOf(takeover).code]).toEqual([403, 'grant_beyond_own']);
    expect((await boss.call('DELETE', `/api/access/assignments/${own.id}`)).statusCode).toBe(204);
    expect(await permissionsOf(boss)).toEqual([]);
  });

  test('the last administrator stays, whichever way they hold the role', async () => {
    const second = await person();
    const made = await assign(admin, { roleId: 'securityAdministrator', subjects: [{ kind: 'user', id: second.id }] });
    const [ada] = (await admin.call('GET', '/api/users?search=ada')).json().items as { id: string }[];
    expect((await second.call('PATCH', `/api/users/${ada?.id}`, { role: 'securityReader' })).statusCode).toBe(200);
    const refused = await second.call('DELETE', `/api/access/assignments/${made.json().id}`);
    expect([refused.statusCode, errorOf(refused).code]).toEqual([409, 'last_administrator']);
    expect((await second.call('PATCH', `/api/users/${second.id}`, { disabled: true })).statusCode).toBe(409);
    expect((await second.call('PATCH', `/api/users/${ada?.id}`, { role: 'globalAdministrator' })).statusCode).toBe(200);
    expect((await admin.call('DELETE', `/api/access/assignments/${made.json().id}`)).statusCode).toBe(204);
    expect(await lastAudit()).toMatchObject({ action: 'assignment.delete', outcome: 'ok' });
  });
});

test('only some global roles open the portal; an assignment does too', async () => {
  const made = await admin.call('POST', '/api/users', {
    username: 'exa',
    displayName: 'Exa',
    role: 'exchangeAdministrator',
    password: PASSWORD,
  });
  const exa = await Browser.signIn(world.app, 'exa');
  const refused = await exa.call('GET', '/api/users/assignable');
  expect([refused.statusCode, errorOf(refused).code]).toEqual([403, 'portal_closed']);
  await assign(admin, { roleId: 'siem.reader', subjects: [{ kind: 'user', id: made.json().id }] });
  expect((await exa.call('GET', '/api/users/assignable')).statusCode).toBe(200);
});

test('more grants never mean fewer rights', () => {
  const grants = [...BUILT_IN_ROLES.values()].flatMap((role) =>
    [[], [{ kind: 'deviceGroup' as const, id: 'a' }], [{ kind: 'cloudScope' as const, id: 'b' }]].map((scopes) => ({
      roleId: role.id,
      roleName: role.name,
      roleKind: role.kind,
      holds: role.holds,
      assignment: null,
      through: 'user',
      scopes,
    })),
  );
  for (const a of grants)
    for (const b of grants) {
      const both = new Rights([a, b]);
      for (const one of [new Rights([a]), new Rights([b])]) {
        expect(both.lacks(one)).toEqual([]);
        expect(one.permissions.every((name) => both.can(name))).toBe(true);
      }
    }
});

test('the three roles of before become the global roles of the same meaning', async () => {
  const { openTestState } = await import('@parapet/state/testing');
  const db = await openTestState();
  const upTo = accessMigrations.findIndex(({ id }) => id === 'access/006-rights');
  await db.migrate(accessMigrations.slice(0, upTo));
  for (const name of ['administrator', 'operator', 'reader'])
    await db.query(
      `insert into app_user (id, username, username_key, display_name, role, password_hash, created_at, created_by)
       values ($1, $1, $1, $1, $1, 'x', now(), 'setup')`,
      [name],
    );
  await db.migrate(accessMigrations);
  expect(await db.query('select id, role from app_user order by id')).toEqual([
    { id: 'administrator', role: 'securityAdministrator' },
    { id: 'operator', role: 'securityOperator' },
    { id: 'reader', role: 'securityReader' },
  ]);
  await db.close();
});

describe('scopes, and everything together', () => {
  const make = async (path: string, body: object) => {
    const made = await admin.call('POST', `/api/access/${path}`, body);
    if (made.statusCode !== 201) throw new Error(made.body);
    return made.json();
  };

  test('are checked, ranked, and not removed while they limit someone', async () => {
    const rules = [{ property: 'name', operator: 'startsWith', values: ['lab-'] }];
    const first = await make('device-groups', { name: 'Lab', rules, automation: 'none' });
    const second = await make('device-groups', { name: 'Office', rules, automation: 'full', rank: 1 });
    const list = (await admin.call('GET', '/api/access/device-groups')).json().items as {
      name: string;
      rank: number;
    }[];
    expect(list.map(({ name, rank }) => [name, rank])).toEqual([
      ['Office', 1],
      ['Lab', 2],
    ]);
    for (const bad of [
      { rules: [] },
      { rules: [{ property: 'colour', operator: 'equals', values: ['red'] }] },
      { rules: [{ property: 'name', operator: 'equals', values: [] }] },
      { automation: 'sometimes' },
    ])
      expect(
        (await admin.call('POST', '/api/access/device-groups', { name: 'x', rules, automation: 'none', ...bad }))
          .statusCode,
      ).toBe(400);
    const subjects = [{ kind: 'group' as const, id: 'lab' }];
    const scopes = [{ kind: 'deviceGroup' as const, id: first.id as string }];
    const readers = await role({ securityData: ['SecData.Read'] });
    expect((await assign(admin, { roleId: readers.id, subjects, sources: ['email'], scopes })).statusCode).toBe(400);
    const made = await assign(admin, { roleId: readers.id, subjects, sources: ['endpoint'], scopes });
    const used = await admin.call('DELETE', `/api/access/device-groups/${first.id}`);
    expect([used.statusCode, errorOf(used).code]).toEqual([409, 'scope_in_use']);
    await admin.call('DELETE', `/api/access/assignments/${made.json().id}`);
    expect((await admin.call('DELETE', `/api/access/device-groups/${first.id}`)).statusCode).toBe(204);
    expect((await admin.call('DELETE', `/api/access/device-groups/${second.id}`)).statusCode).toBe(204);
  });

  test('the effective rights of an account name every grant, and follow its scopes at once', async () => {
    const ann = await person();
    const one = { kind: 'awsAccount', id: '111122223333' };
    const scope = await make('cloud-scopes', { name: 'One account', environments: [one, one] });
    expect(scope.environments).toEqual([one]);
    const readers = await role({ securityData: ['SecData.Read'] });
    const scopes = [{ kind: 'cloudScope' as const, id: scope.id as string }];
    await assign(admin, {
      roleId: readers.id,
      name: 'Cloud team',
      subjects: [{ kind: 'user', id: ann.id }],
      sources: ['cloud'],
      scopes,
    });
    const answer = (await admin.call('GET', `/api/access/effective?kind=user&id=${ann.id}`)).json();
    expect(answer).toMatchObject({
      name: ann.info.user?.displayName,
      opensPortal: true,
      permissions: [
        {
          name: 'SecData.Read',
          sources: [
            {
              source: 'cloud',
              scopes: [{ name: 'One account' }],
              grants: [{ role: readers.name, assignment: 'Cloud team', through: 'user' }],
            },
          ],
        },
      ],
    });
    const within = () =>
      world.access.directory
        .rightsOf({ kind: 'user', id: ann.id, role: null, groups: [] })
        .within('SecData.Read', 'cloud');
    expect(within()).toMatchObject({ environments: [one] });
    await admin.call('PUT', `/api/access/cloud-scopes/${scope.id}`, { name: 'One account', environments: [] });
    expect(within()).toMatchObject({ environments: [] });
  });

  test('a workload that is not switched over follows imported roles alone', async () => {
    const ann = await person();
    const readers = await role({ securityData: ['SecData.Read'] });
    await assign(admin, { roleId: readers.id, subjects: [{ kind: 'user', id: ann.id }], sources: ['identity'] });
    const put = (active: boolean) => admin.call('PUT', '/api/access/workloads/identity', { active });
    expect(await permissionsOf(ann)).toEqual(['SecData.Read']);
    expect((await put(false)).statusCode).toBe(200);
    expect(await permissionsOf(ann)).toEqual([]);
    expect(await permissionsOf(people.reader)).toContain('SecData.Read');
    await put(true);
    expect(await permissionsOf(ann)).toEqual(['SecData.Read']);
  });

  test('a document goes out and in again; a dry run changes nothing, and a bad part stops all of it', async () => {
    const document = (await admin.call('GET', '/api/access/export')).json();
    const bring = (given: object, dryRun = false, by = admin) =>
      by.call('POST', '/api/access/import', { document: given, dryRun });
    const again = (await bring(document)).json().changes as { action: string }[];
    expect(again.length).toBeGreaterThan(3);
    expect(again.every(({ action }) => action === 'same')).toBe(true);
    const more = {
      ...document,
      roles: [
        ...document.roles,
        { id: 'new-role', name: 'Brought in', description: '', groups: { posture: 'readAll' } },
      ],
      assignments: [
        {
          id: 'new-assignment',
          roleId: 'new-role',
          name: 'For all',
          subjects: [{ kind: 'group', id: 'g' }],
          sources: 'all',
          scopes: [],
          legacy: false,
          origin: '',
        },
      ],
    };
    const plan = (await bring(more, true)).json().changes as { name: string; action: string }[];
    expect(plan.filter(({ action }) => action === 'create').map(({ name }) => name)).toEqual(['Brought in', 'For all']);
    expect((await admin.call('GET', '/api/access/export')).json()).toEqual(document);
    const bad = { ...more, assignments: [{ ...more.assignments[0], sources: ['toaster'] }] };
    const refused = await bring(bad);
    expect([refused.statusCode, errorOf(refused).message]).toEqual([400, expect.stringContaining('"For all"')]);
    for (const odd of [
      {},
      { version: 2 },
      { version: 1, roles: {} },
      { version: 1, roles: [null] },
      { version: 1, assignments: [{ id: 'x', name: 'y', subjects: ['z'] }] },
    ])
      expect((await bring(odd)).statusCode).toBe(400);
    expect((await admin.call('GET', '/api/access/export')).json()).toEqual(document);
    expect((await bring(more)).statusCode).toBe(200);
    expect((await admin.call('GET', '/api/access/roles?search=Brought')).json().total).toBe(1);
  });
});

describe('the scope filter of a session', () => {
  const account = (id: string) => ({ kind: 'awsAccount', id }) as const;
  const scope = async (name: string, ...ids: string[]): Promise<string> =>
    (await admin.call('POST', '/api/access/cloud-scopes', { name, environments: ids.map(account) })).json().id;
  const set = (by: Browser, scopes: string[], environments: object[] = []) =>
    by.call('PUT', '/api/scope-filter', { scopes, environments });
  const shown = async (by: Browser): Promise<unknown> => {
    const { principal } = (await (world.access as AccessService).sessions.find(by.cookie)) ?? {};
    const within = principal?.rights.within('SecData.Read', 'cloud');
    return typeof within === 'object' ? within.environments.map(({ id }) => id) : within;
  };

  test('offers what the rights reach and narrows to it, and is gone with the session', async () => {
    const [one, two] = [await scope('filter one', '1001', '1002'), await scope('filter two', '2001')];
    world.access.knowEnvironments(async () => [account('3001')]);
    const whole = (await admin.call('GET', '/api/scope-filter')).json();
    expect(whole.filter).toEqual({ scopes: [], environments: [] });
    expect(whole.environments).toEqual(expect.arrayContaining([account('1001'), account('2001'), account('3001')]));
    expect(await shown(admin)).toBe('whole');
    expect((await set(admin, [one])).json().filter).toEqual({ scopes: [one], environments: [] });
    expect(await shown(admin)).toEqual(['1001', '1002']);
    expect((await set(admin, [one], [account('1002')])).statusCode).toBe(200);
    expect(await shown(admin)).toEqual(['1002']);
    // Choosing a scope overrides an environment of another.
    expect((await set(admin, [two], [account('1002')])).statusCode).toBe(400);
    expect((await set(admin, [], [account('3001')])).statusCode).toBe(200);
    expect(await shown(admin)).toEqual(['3001']);
    // What may be done is as before, and another session of the same person is not concerned.
    expect((await admin.call('GET', '/api/access/roles')).statusCode).toBe(200);
    expect(await shown(await Browser.signIn(world.app, 'ada'))).toBe('whole');

    const ann = await person();
    const readers = await role({ securityData: ['SecData.Read'] });
    await assign(admin, {
      roleId: readers.id,
      subjects: [{ kind: 'user', id: ann.id }],
      sources: ['cloud'],
      scopes: [{ kind: 'cloudScope', id: two }],
    });
    const offered = (await ann.call('GET', '/api/scope-filter')).json();
    expect([offered.scopes.map(({ id }: { id: string }) => id), offered.environments]).toEqual([
      [two],
      [account('2001')],
    ]);
    // Somebody else's scope, one that does not exist and somebody else's environment are refused alike.
    const answers = [await set(ann, [one]), await set(ann, ['none']), await set(ann, [], [account('1001')])];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 400, 400]);
    expect(errorOf(answers[0]!).message.replace(one, '?')).toBe(errorOf(answers[1]!).message.replace('none', '?'));
    expect((await set(ann, [two])).statusCode).toBe(200);
    // An environment taken out of the scope is gone with the next request, filter or not.
    const body = { name: 'filter two', environments: [] };
    expect((await admin.call('PUT', `/api/access/cloud-scopes/${two}`, body)).statusCode).toBe(200);
    expect(await shown(ann)).toEqual([]);
    expect((await set(admin, [])).json().filter).toEqual({ scopes: [], environments: [] });
    expect(await shown(admin)).toBe('whole');
  });

  test.each([{}, { scopes: 'x', environments: [] }, { scopes: [], environments: [{ kind: 'moon', id: '1' }] }])(
    '%j is refused',
    async (body) => {
      expect((await admin.call('PUT', '/api/scope-filter', body)).statusCode).toBe(400);
    },
  );
});

describe('the SIEM and its grants', () => {
  test('whether a Global Administrator alone opens its data is a setting; settings stay theirs', async () => {
    const reached = () => {
      const rights = world.access.directory.rightsOf({
        kind: 'user',
        id: 'x',
        role: 'globalAdministrator',
        groups: [],
      });
      return [rights.can('SecData.Read', 'siem'), rights.can('SecData.Read', 'endpoint'), rights.can('Sys.Manage')];
    };
    expect(reached()).toEqual([true, true, true]);
    const put = (by: Browser, administratorsOpenSiem: boolean) =>
      by.call('PUT', '/api/access/settings', { administratorsOpenSiem });
    expect((await put(admin, false)).statusCode).toBe(200);
    expect(reached()).toEqual([false, true, true]);
    expect(await lastAudit()).toMatchObject({ action: 'accessSettings.update', outcome: 'ok' });
    // A workspace role opens it again, as for everyone else.
    const own = world.access.directory;
    const ada = { kind: 'user', id: admin.info.user?.id ?? '', role: 'globalAdministrator', groups: [] } as const;
    expect(own.rightsOf(ada).can('SecData.Read', 'siem')).toBe(false);
    const made = await assign(admin, { roleId: 'siem.reader', subjects: [{ kind: 'user', id: ada.id }] });
    expect(own.rightsOf(ada).can('SecData.Read', 'siem')).toBe(true);
    expect((await put(people.operator, true)).statusCode).toBe(403);
    expect((await put(admin, true)).statusCode).toBe(200);
    await admin.call('DELETE', `/api/access/assignments/${made.json().id}`);
    expect(reached()).toEqual([true, true, true]);
  });

  test('grants of an origin are mirrored: what it no longer has is gone, others stay', async () => {
    const kept = await assign(admin, {
      roleId: 'siem.reader',
      name: 'by hand',
      subjects: [{ kind: 'group', id: 'g1' }],
    });
    const grant = (id: string, group: string) => ({
      id,
      roleId: 'siem.responder',
      name: `grant ${id}`,
      subjects: [{ kind: 'group', id: group }],
      sources: ['siem'],
      scopes: [],
      legacy: false,
      origin: '',
    });
    const mirror = async (...assignments: object[]) => {
      const answer = await admin.call('POST', '/api/access/import', {
        document: { version: 1, assignments },
        mirror: 'workspace one',
      });
      return (
        answer.json().changes?.map(({ name, action }: { name: string; action: string }) => [name, action]) ??
        answer.json()
      );
    };
    expect(await mirror(grant('m1', 'g1'), grant('m2', 'g2'))).toEqual([
      ['grant m1', 'create'],
      ['grant m2', 'create'],
    ]);
    expect(await mirror(grant('m1', 'g1'))).toEqual([
      ['grant m1', 'same'],
      ['grant m2', 'remove'],
    ]);
    const left = world.access.directory.snapshot.assignments;
    expect(left.filter(({ origin }) => origin === 'workspace one').map(({ id }) => id)).toEqual(['m1']);
    expect(left.some(({ id }) => id === kept.json().id)).toBe(true);
    // A mirror does not take over what was made by hand.
    expect((await mirror({ ...grant(kept.json().id, 'g9') })).error.code).toBe('invalid_request');
    expect(await mirror()).toEqual([['grant m1', 'remove']]);
  });
});
