import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Browser, cookieOf, createPeople, createWorld, errorOf, openWorlds, PASSWORD, type World } from './support.ts';

const HOUR = 3_600_000;
let worlds: Awaited<ReturnType<typeof openWorlds>>;
let world: World;
beforeAll(async () => {
  worlds = await openWorlds();
});
afterAll(() => worlds.close());
beforeEach(async () => {
  world = await worlds.create({ origins: ['https://parapet.example'] });
  await world.access.createAdministrator({ username: 'Ada', displayName: 'Ada', password: PASSWORD });
});
afterEach(() => world.close());

const signIn = (username: string, password: string, remoteAddress = '192.0.2.1') =>
  world.app.inject({ method: 'POST', url: '/api/session', payload: { username, password }, remoteAddress });

describe('signing in', () => {
  test('sets a cookie that scripts and other sites cannot use, of which only the hash is stored', async () => {
    const plain = await signIn('ada', PASSWORD);
    expect(plain.headers['set-cookie']).toMatch(
      /^parapet_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(plain.headers['cache-control']).toBe('no-store');
    const overTls = await world.app.inject({
      method: 'POST',
      url: '/api/session',
      payload: { username: 'ADA', password: PASSWORD },
      headers: { 'x-forwarded-proto': 'https' },
    });
    expect(overTls.headers['set-cookie']).toMatch(/; Secure$/);
    const stored = JSON.stringify(await world.db.query('select * from user_session'));
    expect(stored).not.toContain(cookieOf(plain));
    expect(JSON.stringify(await world.db.query('select * from app_user'))).not.toContain(PASSWORD);
  });

  test('answers an unknown user, a wrong password and a disabled user alike', async () => {
    const ada = await Browser.signIn(world.app, 'ada');
    const made = await ada.call('POST', '/api/users', {
      username: 'gone',
      displayName: 'Gone',
      role: 'securityReader',
      password: PASSWORD,
    });
    await ada.call('PATCH', `/api/users/${made.json().id}`, { disabled: true });
    const answers = [
      await signIn('nobody', PASSWORD),
      await signIn('ada', 'wrong password'),
      await signIn('gone', PASSWORD),
    ];
    for (const answer of answers) {
      expect(answer.statusCode).toBe(401);
      expect({ ...errorOf(answer), requestId: '' }).toEqual({ ...errorOf(answers[0]!), requestId: '' });
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
  });

  test('over an old session ends it, without its CSRF token', async () => {
    const old = await Browser.signIn(world.app, 'ada');
    const next = await world.app.inject({
      method: 'POST',
      url: '/api/session',
      payload: { username: 'ada', password: PASSWORD },
      headers: { cookie: `parapet_session=${old.cookie}` },
    });
    expect(next.statusCode).toBe(200);
    expect((await old.call('GET', '/api/preferences/x')).statusCode).toBe(401);
  });
});

describe('throttling', () => {
  test('slows one person at one address down, longer each time, and says for how long', async () => {
    for (let n = 0; n < 5; n++) expect((await signIn('ada', `wrong${n}`)).statusCode).toBe(401);
    const blocked = await signIn('ada', PASSWORD);
    expect(blocked.statusCode).toBe(429);
    expect(blocked.headers['retry-after']).toBe('30');
    expect(errorOf(blocked)).toMatchObject({ code: 'too_many_attempts', hint: 'Wait 30 seconds, then try again.' });
    // Neither another address nor another person is held up.
    expect((await signIn('ada', PASSWORD, '192.0.2.2')).statusCode).toBe(200);
    expect((await signIn('bob', PASSWORD)).statusCode).toBe(401);

    world.clock.now += 30_000;
    expect((await signIn('ada', 'wrong again')).statusCode).toBe(401);
    expect((await signIn('ada', PASSWORD)).headers['retry-after']).toBe('60');
    world.clock.now += 60_000;
    expect((await signIn('ada', PASSWORD)).statusCode).toBe(200);
    expect((await signIn('ada', 'wrong')).statusCode).toBe(401);
    expect((await signIn('ada', PASSWORD)).statusCode).toBe(200);
  });

  test('counts simultaneous guesses before it knows their outcome', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => signIn('ada', `wrong${n}`)));
    expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(5);
    expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(7);
  });

  test('slows one address down whatever names it tries', async () => {
    for (let n = 0; n < 30; n++) expect((await signIn(`user${n}`, 'x', '198.51.100.9')).statusCode).toBe(401);
    expect((await signIn('ada', PASSWORD, '198.51.100.9')).statusCode).toBe(429);
    expect((await signIn('ada', PASSWORD)).statusCode).toBe(200);
  });
});

describe('a session', () => {
  test('ends after 12 idle hours, and lives on while it is used', async () => {
    const ada = await Browser.signIn(world.app, 'ada');
    for (let n = 0; n < 3; n++) {
      world.clock.now += 11 * HOUR;
      expect((await ada.call('GET', '/api/users')).statusCode).toBe(200);
    }
    world.clock.now += 12 * HOUR;
    const ended = await ada.call('GET', '/api/users');
    expect(ended.statusCode).toBe(401);
    expect(errorOf(ended)).toMatchObject({ code: 'signed_out', details: { permission: 'Auth.Read' } });
    expect((await ada.call('GET', '/api/session')).json().user).toBeNull();
  });

  test('ends after 7 days however much it is used', async () => {
    const ada = await Browser.signIn(world.app, 'ada');
    for (let n = 0; n < 16; n++) {
      world.clock.now += 10 * HOUR;
      expect((await ada.call('GET', '/api/users')).statusCode).toBe(200);
    }
    world.clock.now += 8 * HOUR;
    expect((await ada.call('GET', '/api/users')).statusCode).toBe(401);
    expect(await world.db.query('select * from user_session')).toEqual([]);
  });

  test('ends when signed out', async () => {
    const ada = await Browser.signIn(world.app, 'ada');
    const out = await ada.call('DELETE', '/api/session');
    expect(out.statusCode).toBe(204);
    expect(out.headers['set-cookie']).toMatch(/^parapet_session=; Max-Age=0;/);
    expect((await ada.call('GET', '/api/users')).statusCode).toBe(401);
    expect((await ada.call('DELETE', '/api/session')).statusCode).toBe(401);
  });

  test('follows changes of its owner at once', async () => {
    await world.close();
    world = await worlds.create();
    const { administrator, operator } = await createPeople(world);
    expect((await operator.call('GET', '/api/audit')).statusCode).toBe(403);
    const id = operator.info.user?.id;
    await administrator.call('PATCH', `/api/users/${id}`, { role: 'globalReader' });
    expect((await operator.call('GET', '/api/audit')).statusCode).toBe(200);
    await administrator.call('PATCH', `/api/users/${id}`, { role: 'securityReader' });
    expect((await operator.call('GET', '/api/audit')).statusCode).toBe(403);
    await administrator.call('PATCH', `/api/users/${id}`, { role: 'securityAdministrator' });
    expect((await operator.call('GET', '/api/audit')).statusCode).toBe(200);
    await administrator.call('PATCH', `/api/users/${id}`, { disabled: true });
    expect((await operator.call('GET', '/api/audit')).statusCode).toBe(401);
    await administrator.call('PATCH', `/api/users/${id}`, { disabled: false });
    expect((await operator.call('GET', '/api/audit')).statusCode).toBe(401);
  });

  test('survives a restart of the server', async () => {
    const ada = await Browser.signIn(world.app, 'ada');
    const next = await createWorld({ db: world.db });
    const same = new Browser(next.app, ada.cookie, ada.info);
    expect((await same.call('GET', '/api/users')).statusCode).toBe(200);
    await next.close();
  });
});

describe('changing the password', () => {
  const change = (browser: Browser, currentPassword: string, newPassword: string) =>
    browser.call('POST', '/api/session/password', { currentPassword, newPassword });

  test('ends every other session and begins a new one', async () => {
    const [here, there] = [await Browser.signIn(world.app, 'ada'), await Browser.signIn(world.app, 'ada')];
    expect(errorOf(await change(here, 'not mine', 'another good phrase')).code).toBe('wrong_password');
    expect(errorOf(await change(here, PASSWORD, 'short')).code).toBe('password_weak');
    const done = await change(here, PASSWORD, 'another good phrase');
    expect(done.statusCode).toBe(200);
    for (const old of [here, there]) expect((await old.call('GET', '/api/users')).statusCode).toBe(401);
    const now = new Browser(world.app, cookieOf(done), done.json());
    expect((await now.call('GET', '/api/users')).statusCode).toBe(200);
    expect((await signIn('ada', PASSWORD)).statusCode).toBe(401);
    expect((await signIn('ada', 'another good phrase')).statusCode).toBe(200);
  });

  test('is throttled like signing in', async () => {
    const ada = await Browser.signIn(world.app, 'ada');
    for (let n = 0; n < 5; n++) expect((await change(ada, `wrong${n}`, 'another good phrase')).statusCode).toBe(403);
    const blocked = await change(ada, PASSWORD, 'another good phrase');
    expect(blocked.statusCode).toBe(429);
    expect(blocked.headers['retry-after']).toBe('30');
  });
});

describe('calls from elsewhere', () => {
  const put = (headers: Record<string, string>) =>
    world.app.inject({ method: 'PUT', url: '/api/preferences/x', headers, payload: { value: 1 } });

  test('need the CSRF token of this very session', async () => {
    const [ada, other] = [await Browser.signIn(world.app, 'ada'), await Browser.signIn(world.app, 'ada')];
    const cookie = `other=1; parapet_session=${ada.cookie}`;
    for (const token of [undefined, '', 'wrong', other.info.csrfToken, `${ada.info.csrfToken}x`]) {
      const refused = await put({ cookie, ...(token === undefined ? {} : { 'x-csrf-token': token as string }) });
      expect(refused.statusCode).toBe(403);
      expect(errorOf(refused).code).toBe('csrf_token_wrong');
    }
    expect((await ada.call('DELETE', '/api/session')).statusCode).toBe(204);
    expect(
      (await put({ cookie: `parapet_session=${other.cookie}`, 'x-csrf-token': other.info.csrfToken ?? '' })).statusCode,
    ).toBe(200);
  });

  test('are refused when a page of another site makes them', async () => {
    const ada = await Browser.signIn(world.app, 'ada');
    const own = {
      cookie: `parapet_session=${ada.cookie}`,
      'x-csrf-token': ada.info.csrfToken ?? '',
      host: 'soc.local:8080',
    };
    for (const origin of [
      'https://evil.example',
      'http://soc.local',
      'http://soc.local:8080.evil.example',
      'null',
      '',
    ]) {
      const refused = await put({ ...own, origin });
      expect([origin, refused.statusCode]).toEqual([origin, 403]);
      expect(errorOf(refused).code).toBe('cross_site');
    }
    expect((await put({ ...own, 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403);
    for (const origin of ['http://soc.local:8080', 'http://SOC.local:8080', 'https://parapet.example']) {
      expect((await put({ ...own, origin })).statusCode).toBe(200);
    }
    const signInFromElsewhere = await world.app.inject({
      method: 'POST',
      url: '/api/session',
      payload: { username: 'ada', password: PASSWORD },
      headers: { origin: 'https://evil.example' },
    });
    expect(signInFromElsewhere.statusCode).toBe(403);
  });

  test('with a made-up or broken cookie are signed out', async () => {
    for (const cookie of [
      'parapet_session=',
      `parapet_session=${'A'.repeat(43)}`,
      'parapet_session="; drop',
      'parapet_session',
      ';;;=',
    ]) {
      expect((await world.app.inject({ url: '/api/users', headers: { cookie } })).statusCode).toBe(401);
    }
  });
});
