import { ROLES } from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Browser, createPeople, createWorld, errorOf, PASSWORD, type Person, type World } from './support.ts';

let world: World;
let people: Record<Person, Browser>;
beforeAll(async () => {
  world = await createWorld();
  people = await createPeople(world);
});
afterAll(() => world.close());

const create = (change: object) =>
  people.administrator.call('POST', '/api/users', {
    username: 'new',
    displayName: 'New',
    role: 'securityReader',
    password: PASSWORD,
    ...change,
  });

describe('creating', () => {
  test('keeps names of any script, and refuses the same name in another case', async () => {
    const made = await create({ username: 'Zoë.Ünal@example', displayName: "  Zoë O'Neill <b>🦊</b>  " });
    expect(made.statusCode).toBe(201);
    expect(made.json()).toMatchObject({
      username: 'Zoë.Ünal@example',
      displayName: "Zoë O'Neill <b>🦊</b>",
      role: 'securityReader',
      disabled: false,
      createdBy: 'ada',
      lastSignInAt: null,
    });
    expect(made.body).not.toMatch(/password|scrypt/);
    expect((await people.administrator.call('GET', `/api/users/${made.json().id}`)).json()).toEqual(made.json());
    const twin = await create({ username: 'ZOË.ÜNAL@EXAMPLE' });
    expect(twin.statusCode).toBe(409);
    expect(errorOf(twin).code).toBe('username_taken');
    await Browser.signIn(world.app, 'zoë.ünal@example');
  });

  test.each([
    [{ username: 'x'.repeat(300) }, 'username must be at most 64 characters long.'],
    [{ displayName: 'x'.repeat(300) }, 'displayName must be at most 100 characters long.'],
    [{ username: '' }, 'username is empty.'],
    [{ role: 'root' }, `role must be one of ${ROLES.join(', ')}.`],
    [{ password: undefined }, 'password is missing.'],
    [{ password: 'short' }, 'The password needs at least 12 characters.'],
    [{ password: 'my name is new, hello' }, 'The password needs not to contain the user name.'],
  ])('refuses %j in words for people', async (change, message) => {
    const refused = await create(change);
    expect(refused.statusCode).toBe(400);
    expect(errorOf(refused).message).toBe(message);
  });

  test.each([
    "a' or 1=1",
    'a\0b',
    'a\u202eb',
    '../../etc',
    ' ',
    '-a',
    '<script>',
    'a\nb',
    '\ud800',
    { $gt: '' },
    ['a', 'b'],
    null,
  ])('refuses the user name %j', async (username) => {
    expect((await create({ username })).statusCode).toBe(400);
  });

  test.each(['a\0b', 'a\u202eb', 'a\nb', '   ', '\ud800'])('refuses the display name %j', async (displayName) => {
    expect((await create({ username: 'display', displayName })).statusCode).toBe(400);
  });

  test('refuses bodies that are no objects', async () => {
    for (const payload of ['', '{', '[]', 'null', '"x"', '1', '{"username":', `{"a":"${'x'.repeat(20_000)}"}`]) {
      for (const url of ['/api/users', '/api/keys', '/api/session', '/api/setup', '/api/session/password']) {
        const answer = await world.app.inject({
          method: 'POST',
          url,
          payload,
          headers: {
            'content-type': 'application/json',
            cookie: `parapet_session=${people.administrator.cookie}`,
            'x-csrf-token': people.administrator.info.csrfToken ?? '',
          },
        });
        expect([400, 413]).toContain(answer.statusCode);
      }
    }
  });
});

describe('changing', () => {
  test('sets what is given and nothing else, and a new password ends the sessions', async () => {
    const { id } = (await create({ username: 'changing' })).json();
    const browser = await Browser.signIn(world.app, 'changing');
    const changed = await people.administrator.call('PATCH', `/api/users/${id}`, { displayName: 'Changed' });
    expect(changed.json()).toMatchObject({ username: 'changing', displayName: 'Changed', role: 'securityReader' });
    expect((await browser.call('GET', '/api/keys')).statusCode).toBe(200);
    await people.administrator.call('PATCH', `/api/users/${id}`, { password: 'a brand new phrase' });
    expect((await browser.call('GET', '/api/keys')).statusCode).toBe(401);
    await Browser.signIn(world.app, 'changing', 'a brand new phrase');
  });

  test('refuses nothing, unknown people and hostile ids', async () => {
    expect((await people.administrator.call('PATCH', `/api/users/${people.reader.info.user?.id}`, {})).statusCode).toBe(
      400,
    );
    for (const id of ['unknown', "'", '%00', '%F0%9F%A6%8A']) {
      expect((await people.administrator.call('PATCH', `/api/users/${id}`, { disabled: true })).statusCode).toBe(404);
      expect((await people.administrator.call('GET', `/api/users/${id}`)).statusCode).toBe(404);
    }
  });

  test('never leaves nobody in charge, also when two try at once', async () => {
    const me = people.administrator.info.user?.id;
    for (const change of [{ role: 'securityReader' }, { disabled: true }]) {
      const refused = await people.administrator.call('PATCH', `/api/users/${me}`, change);
      expect(refused.statusCode).toBe(409);
      expect(errorOf(refused).code).toBe('last_administrator');
    }
    const second = (await create({ username: 'second', role: 'globalAdministrator' })).json();
    const other = await Browser.signIn(world.app, 'second');
    const both = await Promise.all([
      people.administrator.call('PATCH', `/api/users/${second.id}`, { role: 'securityReader' }),
      other.call('PATCH', `/api/users/${me}`, { role: 'securityReader' }),
    ]);
    expect(both.map(({ statusCode }) => statusCode).sort()).not.toEqual([200, 200]);
    expect(
      await world.db.query("select count(*) as n from app_user where role = 'globalAdministrator' and not disabled"),
    ).toEqual([{ n: 1 }]);
    // Put things back for the tests below.
    await world.db.query("update app_user set role = 'globalAdministrator' where username_key = 'ada'");
    await world.db.query("update app_user set role = 'securityReader' where username_key = 'second'");
    people.administrator = await Browser.signIn(world.app, 'ada');
  });
});

describe('listing', () => {
  test('pages, sorts and filters', async () => {
    const ask = async (query: string) => (await people.administrator.call('GET', `/api/users?${query}`)).json();
    const all = await ask('');
    expect(all.items).toHaveLength(all.total);
    const names = all.items.map((user: { username: string }) => user.username.toLowerCase());
    expect(names).toEqual([...names].sort());
    const last = await ask('sort=username&order=desc&pageSize=1&page=2');
    expect(last).toMatchObject({ total: all.total, page: 2, pageSize: 1 });
    expect(last.items[0].username.toLowerCase()).toBe(names.at(-2));
    expect((await ask('role=securityOperator')).items.map((u: { username: string }) => u.username)).toEqual(['olga']);
    expect((await ask('search=OLG')).total).toBe(1);
    expect((await ask('search=%25')).total).toBe(0);
    expect((await ask('disabled=true')).total).toBe(0);
  });

  test('only people who may work on incidents are assignable, without their details', async () => {
    const answer = await people.reader.call('GET', '/api/users/assignable');
    expect(answer.json().items).toEqual([
      { id: people.administrator.info.user?.id, username: 'ada', displayName: 'Ada', role: 'globalAdministrator' },
      { id: people.operator.info.user?.id, username: 'olga', displayName: 'olga', role: 'securityOperator' },
    ]);
  });
});

describe('preferences', () => {
  const put = (browser: Browser, key: string, value: unknown) =>
    browser.call('PUT', `/api/preferences/${key}`, { value });

  test('are kept per person', async () => {
    const value = { columns: ['a', "'", '🦊'], widths: { a: 1.5 }, on: false, none: null };
    expect((await put(people.reader, 'incidents.columns', value)).json()).toMatchObject({
      key: 'incidents.columns',
      value,
    });
    expect((await people.reader.call('GET', '/api/preferences/incidents.columns')).json()).toMatchObject({ value });
    expect((await people.operator.call('GET', '/api/preferences/incidents.columns')).json()).toEqual({
      key: 'incidents.columns',
      value: null,
      updatedAt: null,
    });
    await put(people.reader, 'incidents.columns', ['changed']);
    expect((await people.reader.call('GET', '/api/preferences/incidents.columns')).json().value).toEqual(['changed']);
    await put(people.reader, 'incidents.columns', null);
    expect((await people.reader.call('GET', '/api/preferences/incidents.columns')).json().value).toBeNull();
  });

  test.each(['text', '', 0, false, '123', '{}', 'null', { nul: '\0' }])('keep %j as it is', async (value) => {
    await put(people.reader, 'kept', value);
    const expected = typeof value === 'object' ? { nul: '\uFFFD' } : value;
    expect((await people.reader.call('GET', '/api/preferences/kept')).json().value).toEqual(expected);
  });

  test('have limits', async () => {
    expect((await put(people.reader, 'big', 'x'.repeat(64 * 1024 - 2))).statusCode).toBe(200);
    expect((await put(people.reader, 'big', 'x'.repeat(64 * 1024 - 1))).statusCode).toBe(413);
    expect((await put(people.reader, 'big', 'x'.repeat(300_000))).statusCode).toBe(413);
    expect((await people.reader.call('PUT', '/api/preferences/a', {})).statusCode).toBe(400);
    for (const key of ['%00', "a'b", '-']) expect((await put(people.reader, key, 1)).statusCode).toBe(400);
    expect((await put(people.reader, 'x'.repeat(300), 1)).statusCode).toBe(414);
    for (let n = 0; n < 205; n++) await put(people.operator, `key${n}`, n);
    expect((await put(people.operator, 'one-more', 1)).statusCode).toBe(409);
    expect((await put(people.operator, 'key0', 'changed')).statusCode).toBe(200);
  });
});
