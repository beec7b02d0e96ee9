import { scryptSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkPassword, hashPassword, needsRehash, verifyPassword } from '../src/passwords.ts';
import { Throttle } from '../src/throttle.ts';
import { Browser, createWorld, PASSWORD } from './support.ts';

test('hashes carry their cost and their own salt', async () => {
  const [one, two] = [await hashPassword('pässword phrase'), await hashPassword('pässword phrase')];
  expect(one).not.toBe(two);
  const [kind, N, r, p] = one.split('$');
  expect(kind).toBe('scrypt');
  expect(Number(N)).toBeGreaterThanOrEqual(2 ** 15);
  expect([r, p]).toEqual(['8', '1']);
  expect(await verifyPassword('pässword phrase', one)).toBe(true);
  // The same letters typed as base letter and accent.
  expect(await verifyPassword('pa\u0308ssword phrase', one)).toBe(true);
  expect(await verifyPassword('password phrase', one)).toBe(false);
  expect(await verifyPassword('', one)).toBe(false);
  expect(needsRehash(one)).toBe(false);
});

test('no hash or a broken one fits no password', async () => {
  for (const stored of [undefined, '', 'scrypt', 'scrypt$32768$8$1$$', 'plain$text']) {
    expect(await verifyPassword('anything', stored)).toBe(false);
  }
});

test('a hash of lower cost is replaced at the next sign-in', async () => {
  const world = await createWorld();
  await world.access.createAdministrator({ username: 'ada', displayName: 'Ada', password: PASSWORD });
  const salt = Buffer.alloc(16, 7);
  const weak = [
    'scrypt',
    1024,
    8,
    1,
    salt.toString('base64'),
    scryptSync(PASSWORD, salt, 32, { N: 1024 }).toString('base64'),
  ].join('$');
  await world.db.query('update app_user set password_hash = $1', [weak]);
  const browser = await Browser.signIn(world.app, 'ada');
  expect((await browser.call('GET', '/api/users')).statusCode).toBe(200);
  const [row] = await world.db.query<{ password_hash: string }>('select password_hash from app_user');
  expect(needsRehash(row?.password_hash ?? '')).toBe(false);
  await Browser.signIn(world.app, 'ada');
  await world.close();
});

test('the throttle forgets, forgives and stays small', () => {
  const clock = { now: 0 };
  const throttle = new Throttle({ free: 2, firstPauseMs: 1000, maxPauseMs: 4000 }, () => clock.now);
  const waits: number[] = [];
  for (let n = 0; n < 6; n++) {
    throttle.fail('a');
    waits.push(throttle.waitMs('a'));
  }
  expect(waits).toEqual([0, 1000, 2000, 4000, 4000, 4000]);
  clock.now += 16 * 60_000;
  throttle.fail('a');
  expect(throttle.waitMs('a')).toBe(0);
  throttle.fail('a');
  throttle.forgive('a');
  expect(throttle.waitMs('a')).toBe(0);
  for (let n = 0; n < 20_000; n++) throttle.fail(`flood${n}`);
  expect(throttle.waitMs('flood0')).toBe(0);
});

test('common passwords are refused however they are dressed up, and phrases are not', () => {
  for (const common of [
    'qwertyuiop123',
    'Password1234!',
    'P@ssw0rd!2026',
    'PASSWORDpassword',
    '123456789012345',
    '...dragon-2024-',
    'iloveyou iloveyou',
    'Ｐａｓｓｗｏｒｄ2026',
  ])
    expect([common, () => checkPassword(common, 'ada')]).toEqual([
      common,
      expect.toSatisfy((check: () => void) => {
        try {
          check();
          return false;
        } catch (error) {
          return (error as { code: string }).code === 'password_weak';
        }
      }),
    ]);
  for (const good of [
    'seven quiet harbours',
    'correct horse battery',
    'gT7#kq02-Zulu-lamp',
    'dragon boats at noon',
    'mörderisch schöne Küste',
  ])
    expect(() => checkPassword(good, 'ada')).not.toThrow();
});
