import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createAccess } from '../src/index.ts';
import { cookieOf, createApp, errorOf, openWorlds, PASSWORD, type World } from './support.ts';

let worlds: Awaited<ReturnType<typeof openWorlds>>;
let world: World;
beforeAll(async () => {
  worlds = await openWorlds();
});
afterAll(() => worlds.close());
beforeEach(async () => {
  world = await worlds.create();
});
afterEach(() => world.close());

const request = (token: unknown, username = 'ada', password = PASSWORD) => ({
  method: 'POST' as const,
  url: '/api/setup',
  payload: { token, username, displayName: 'Ada Lovelace', password },
});

test('the link makes the first administrator and signs them in; it works once', async () => {
  const { app, access, db } = world;
  const token = access.setupToken as string;
  expect(token).toMatch(/^[\w-]{43}$/);
  expect((await app.inject('/api/session')).json()).toEqual({
    user: null,
    permissions: [],
    csrfToken: null,
    setupRequired: true,
    stage: 'complete',
    version: '1.2.3',
  });
  const stored = JSON.stringify(await db.query('select * from setup_token'));
  expect(stored).toContain('token_hash');
  expect(stored).not.toContain(token);

  const done = await app.inject(request(token));
  expect(done.statusCode).toBe(200);
  expect(done.json()).toMatchObject({
    user: { username: 'ada', displayName: 'Ada Lovelace', role: 'globalAdministrator' },
    setupRequired: false,
  });
  const session = await app.inject({ url: '/api/session', headers: { cookie: `parapet_session=${cookieOf(done)}` } });
  expect(session.json()).toEqual(done.json());
  expect(session.json().permissions).toContain('Auth.Manage');

  expect(access.setupToken).toBeNull();
  const again = await app.inject(request(token, 'eve'));
  expect(again.statusCode).toBe(409);
  expect(errorOf(again).code).toBe('already_set_up');
  await expect(access.resetSetupToken()).rejects.toMatchObject({ code: 'already_set_up' });
  expect((await createAccess({ db, version: '1' })).setupToken).toBeNull();
});

test('of simultaneous calls exactly one wins', async () => {
  const { app, access, db } = world;
  const token = access.setupToken as string;
  const answers = await Promise.all(['ada', 'bob', 'cyd', 'dan'].map((name) => app.inject(request(token, name))));
  const codes = answers.map(({ statusCode }) => statusCode).sort();
  expect(codes[0]).toBe(200);
  expect(codes.slice(1).every((code) => code === 409 || code === 403)).toBe(true);
  expect(await db.query('select count(*) as n from app_user')).toEqual([{ n: 1 }]);
  expect(await db.query('select count(*) as n from user_session')).toEqual([{ n: 1 }]);
  expect(answers.filter((answer) => cookieOf(answer) !== '')).toHaveLength(1);
});

test('a new start without users ends the old link', async () => {
  const { app, access, db } = world;
  const old = access.setupToken as string;
  const next = await createAccess({ db, version: '1.2.3' });
  const nextApp = await createApp(next);
  expect(next.setupToken).not.toBe(old);
  for (const server of [app, nextApp]) {
    const refused = await server.inject(request(old));
    expect(refused.statusCode).toBe(403);
    expect(errorOf(refused)).toMatchObject({ code: 'setup_token_wrong' });
  }
  expect((await nextApp.inject(request(next.setupToken))).statusCode).toBe(200);
  await nextApp.close();
});

test('what is refused does not use the link up, and guesses are slowed down', async () => {
  const { app, access, clock } = world;
  const token = access.setupToken as string;
  for (const password of ['short', 'x'.repeat(300), 'aaaaaaaaaaaaaaaa', 'ada-ada-ada-ada']) {
    const weak = await app.inject(request(token, 'ada', password));
    expect(weak.statusCode).toBe(400);
    expect(errorOf(weak).code).toBe('password_weak');
  }
  const long = await app.inject(request(token, 'x'.repeat(300)));
  expect(errorOf(long)).toMatchObject({
    code: 'invalid_request',
    message: 'username must be at most 64 characters long.',
  });

  for (let guess = 0; guess < 5; guess++) expect((await app.inject(request(`wrong${guess}`))).statusCode).toBe(403);
  const slowed = await app.inject(request(token));
  expect(slowed.statusCode).toBe(429);
  expect(slowed.headers['retry-after']).toBe('30');
  clock.now += 31_000;
  expect((await app.inject(request(token))).statusCode).toBe(200);
});
