import type { SignInPolicy, TotpOffer } from '@parapet/schema';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lookKey } from '../src/sign-in/look-alike.ts';
import { totpCode } from '../src/sign-in/totp.ts';
import { SoftAuthenticator } from './authenticator.ts';
import { Browser, cookieOf, createPeople, errorOf, openWorlds, PASSWORD, type World } from './support.ts';

const ORIGIN = 'https://soc.example';
const MINUTE = 60_000;
let worlds: Awaited<ReturnType<typeof openWorlds>>;
let world: World;
let ada: Browser;
beforeAll(async () => {
  worlds = await openWorlds();
});
afterAll(() => worlds.close());
beforeEach(async () => {
  world = await worlds.create({ origins: [ORIGIN] });
  await world.access.createAdministrator({ username: 'ada', displayName: 'Ada', password: PASSWORD });
  ada = await Browser.signIn(world.app, 'ada');
});
afterEach(() => world.close());

const post = (url: string, payload: object, remoteAddress = '192.0.2.1') =>
  world.app.inject({ method: 'POST', url, payload, remoteAddress });
const signIn = (username: string, password = PASSWORD) => post('/api/session', { username, password });
const code = (secret: string, steps = 0) => totpCode(secret, Math.floor(world.clock.now / 30_000) + steps);

async function addTotp(browser = ada): Promise<{ secret: string; codes: string[] }> {
  const offer = (await browser.call('POST', '/api/profile/totp')).json<TotpOffer>();
  const done = await browser.call('POST', '/api/profile/totp/confirmation', { code: code(offer.secret) });
  expect(done.statusCode, done.body).toBe(200);
  world.clock.now += 30_000;
  return { secret: offer.secret, codes: done.json().recoveryCodes };
}

async function addPasskey(browser = ada, key = new SoftAuthenticator(ORIGIN)): Promise<SoftAuthenticator> {
  const offer = (await browser.call('POST', '/api/profile/passkeys/offer')).json();
  const made = await browser.call('POST', '/api/profile/passkeys', { name: 'Laptop', response: key.create(offer) });
  expect(made.statusCode, made.body).toBe(200);
  return key;
}

async function setPolicy(change: Partial<SignInPolicy>, browser = ada) {
  const { version, ...policy } = (await browser.call('GET', '/api/sign-in/policy')).json<SignInPolicy>();
  return browser.call('PUT', '/api/sign-in/policy', { ...policy, ...change });
}

describe('an authenticator app', () => {
  test('follows the test vectors of RFC 6238', () => {
    // Appendix B, SHA-1: the secret is the ASCII text 12345678901234567890.
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    for (const [seconds, expected] of [
      [59, '287082'],
      [1111111109, '081804'],
      [1234567890, '005924'],
      [2000000000, '279037'],
      [20000000000, '353130'],
    ] as const)
      expect(totpCode(secret, Math.floor(seconds / 30))).toBe(expected);
  });

  test('is asked for after the password, and no code works twice', async () => {
    const { secret } = await addTotp();
    expect((await world.db.query<{ secret: string }>('select secret from user_totp'))[0]?.secret).toMatch(/^sealed:2:/);
    const half = await signIn('ada');
    expect(half.json()).toMatchObject({ user: null, secondFactor: { methods: ['totp', 'recoveryCode'] } });
    expect(half.headers['set-cookie']).toBeUndefined();
    const { ticket } = half.json().secondFactor;
    const good = code(secret);
    const wrong = await post('/api/session/factor', { ticket, totp: good === '000000' ? '000001' : '000000' });
    expect([wrong.statusCode, errorOf(wrong).code]).toEqual([400, 'code_wrong']);
    const whole = await post('/api/session/factor', { ticket, totp: good });
    expect(whole.statusCode).toBe(200);
    expect(whole.json().user.username).toBe('ada');
    expect(errorOf(await post('/api/session/factor', { ticket, totp: good })).code).toBe('ticket_expired');

    const again = (await signIn('ada')).json().secondFactor.ticket;
    expect(errorOf(await post('/api/session/factor', { ticket: again, totp: good })).code).toBe('code_wrong');
    // The step before was valid too, but is older than the one that was used.
    expect(errorOf(await post('/api/session/factor', { ticket: again, totp: code(secret, -1) })).code).toBe(
      'code_wrong',
    );
    expect((await post('/api/session/factor', { ticket: again, totp: code(secret, 1) })).statusCode).toBe(200);
  });

  test('lets one of simultaneous uses of a code through', async () => {
    const { secret } = await addTotp();
    const tickets = await Promise.all([1, 2, 3].map(async () => (await signIn('ada')).json().secondFactor.ticket));
    const answers = await Promise.all(
      tickets.map((ticket) => post('/api/session/factor', { ticket, totp: code(secret) })),
    );
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 400, 400]);
  });

  test('cannot be guessed: tries are counted, and a ticket ends after five minutes', async () => {
    const { secret } = await addTotp();
    const { ticket } = (await signIn('ada')).json().secondFactor;
    for (let n = 0; n < 5; n++)
      expect((await post('/api/session/factor', { ticket, totp: '12' })).statusCode).toBe(400);
    expect(errorOf(await post('/api/session/factor', { ticket, totp: code(secret) })).code).toBe('ticket_expired');
    const next = (await signIn('ada')).json().secondFactor.ticket;
    const held = await post('/api/session/factor', { ticket: next, totp: code(secret) });
    expect([held.statusCode, held.headers['retry-after']]).toEqual([429, '30']);
    world.clock.now += 6 * MINUTE;
    expect(errorOf(await post('/api/session/factor', { ticket: next, totp: code(secret) })).code).toBe(
      'ticket_expired',
    );
  });

  test('is offered with a QR code that holds the address, and only a code of it takes it into use', async () => {
    const offer = (await ada.call('POST', '/api/profile/totp')).json<TotpOffer>();
    expect(offer.uri).toBe(
      `otpauth://totp/Parapet:ada?secret=${offer.secret}&issuer=Parapet&algorithm=SHA1&digits=6&period=30`,
    );
    expect(offer.qr.length).toBeGreaterThan(20);
    expect(new Set(offer.qr.map((row) => row.length))).toEqual(new Set([offer.qr.length]));
    expect(errorOf(await ada.call('POST', '/api/profile/totp/confirmation', { code: 'abc' })).code).toBe('code_wrong');
    expect((await signIn('ada')).json().user).not.toBeNull();
    world.clock.now += 16 * MINUTE;
    await ada.call('POST', '/api/session/confirm', { password: PASSWORD });
    const late = await ada.call('POST', '/api/profile/totp/confirmation', { code: code(offer.secret) });
    expect(errorOf(late).code).toBe('offer_expired');
  });
});

describe('recovery codes', () => {
  test('come with the first factor, are kept as hashes, and each works once', async () => {
    const { codes } = await addTotp();
    expect(codes).toHaveLength(10);
    expect(new Set(codes).size).toBe(10);
    const stored = JSON.stringify(await world.db.query('select * from user_recovery_code'));
    for (const each of codes) expect(stored).not.toContain(each);
    const use = async (recoveryCode: string) => {
      const { ticket } = (await signIn('ada')).json().secondFactor;
      return post('/api/session/factor', { ticket, recoveryCode });
    };
    expect((await use(codes[0]!.toLowerCase().replaceAll('-', ' '))).statusCode).toBe(200);
    expect((await use(codes[0]!)).statusCode).toBe(400);
    expect((await ada.call('GET', '/api/profile/security')).json().recoveryCodesLeft).toBe(9);
    const renewed = (await ada.call('POST', '/api/profile/recovery-codes')).json().recoveryCodes;
    expect(renewed).toHaveLength(10);
    expect((await use(codes[1]!)).statusCode).toBe(400);
    expect((await use(renewed[1])).statusCode).toBe(200);
  });

  test('end with the last factor they stand in for', async () => {
    await addTotp();
    expect((await ada.call('DELETE', '/api/profile/totp')).statusCode).toBe(204);
    expect(await world.db.query('select * from user_recovery_code')).toEqual([]);
    expect((await signIn('ada')).json().user.username).toBe('ada');
    expect(errorOf(await ada.call('POST', '/api/profile/recovery-codes')).code).toBe('factor_missing');
  });
});

describe('passkeys', () => {
  test('sign in alone, and as second factor', async () => {
    const key = await addPasskey();
    const asked = (await post('/api/sign-in/passkey', {})).json();
    const alone = await post('/api/session/passkey', { passkey: key.get(asked) });
    expect(alone.statusCode, alone.body).toBe(200);
    expect(alone.json().user.username).toBe('ada');
    const { ticket, methods } = (await signIn('ada')).json().secondFactor;
    expect(methods).toEqual(['passkey', 'recoveryCode']);
    const second = (await post('/api/sign-in/factor/passkey', { ticket })).json();
    expect(second.allowCredentials).toMatchObject([{ id: key.id }]);
    expect((await post('/api/session/factor', { ticket, passkey: key.get(second) })).statusCode).toBe(200);
  });

  test('refuse replays, other sites, unknown keys, keys of others and gestures without PIN', async () => {
    const key = await addPasskey();
    const ask = async () => (await post('/api/sign-in/passkey', {})).json();
    const tries: [string, object][] = [];
    const used = await ask();
    expect((await post('/api/session/passkey', { passkey: key.get(used) })).statusCode).toBe(200);
    tries.push(['the same challenge again', key.get(used)]);
    tries.push(['a challenge of its own', key.get({ challenge: 'AAAAAAAAAAAAAAAAAAAAAA' })]);
    tries.push(['no PIN', key.get(await ask(), false)]);
    tries.push(['unknown key', new SoftAuthenticator(ORIGIN).get(await ask())]);
    const elsewhere = key.get(await ask()) as { response: { clientDataJSON: string } };
    const data = JSON.parse(Buffer.from(elsewhere.response.clientDataJSON, 'base64url').toString());
    elsewhere.response.clientDataJSON = Buffer.from(
      JSON.stringify({ ...data, origin: 'https://soc.example.evil.test' }),
    ).toString('base64url');
    tries.push(['another origin', elsewhere]);
    tries.push(['nonsense', { id: key.id, response: { clientDataJSON: 'x' } }]);
    tries.push(['nothing', {}]);
    const late = await ask();
    for (const [n, [what, passkey]] of tries.entries()) {
      const refused = await post('/api/session/passkey', { passkey }, `198.51.100.${n}`);
      expect([what, refused.statusCode]).toEqual([what, 401]);
    }
    world.clock.now += 20 * MINUTE;
    expect((await post('/api/session/passkey', { passkey: key.get(late) })).statusCode).toBe(401);
    expect((await post('/api/session/passkey', { passkey: key.get(await ask()) })).statusCode).toBe(200);
  });

  test('of one person do not stand in for another’s second factor', async () => {
    await world.close();
    world = await worlds.create({ origins: [ORIGIN] });
    const people = await createPeople(world);
    const mine = await addPasskey(people.operator);
    await addTotp(people.administrator);
    const { ticket } = (await signIn('ada')).json().secondFactor;
    const asked = (await post('/api/sign-in/passkey', {})).json();
    expect(errorOf(await post('/api/session/factor', { ticket, passkey: mine.get(asked) })).code).toBe('code_wrong');
  });

  test('are not offered where browsers refuse them', async () => {
    await world.close();
    world = await worlds.create();
    await world.access.createAdministrator({ username: 'ada', displayName: 'Ada', password: PASSWORD });
    for (const [host, possible] of [
      ['127.0.0.1:8080', false],
      ['[::1]:8080', false],
      ['soc.example', false],
      ['localhost:8080', true],
    ] as const) {
      const answer = await world.app.inject({ url: '/api/sign-in', headers: { host } });
      expect([host, answer.json().passkeys]).toEqual([host, possible]);
    }
    const overTls = { host: 'soc.example', 'x-forwarded-proto': 'https' };
    expect((await world.app.inject({ url: '/api/sign-in', headers: overTls })).json().passkeys).toBe(true);
  });

  test('can be taken away by their owner alone, and not the last one that is required', async () => {
    const key = await addPasskey();
    expect(errorOf(await ada.call('DELETE', '/api/profile/passkeys/unknown')).code).toBe('factor_not_found');
    expect((await setPolicy({ secondFactor: 'required' })).statusCode).toBe(200);
    expect(errorOf(await ada.call('DELETE', `/api/profile/passkeys/${key.id}`)).code).toBe('factor_required');
    await addTotp();
    expect((await ada.call('DELETE', `/api/profile/passkeys/${key.id}`)).statusCode).toBe(204);
    expect(errorOf(await ada.call('DELETE', '/api/profile/totp')).code).toBe('factor_required');
    const asked = (await post('/api/sign-in/passkey', {})).json();
    expect((await post('/api/session/passkey', { passkey: key.get(asked) })).statusCode).toBe(401);
  });
});

describe('the policy', () => {
  test('lets people without the required factor do nothing but add one', async () => {
    await ada.call('POST', '/api/users', {
      username: 'rene',
      displayName: 'Rene',
      role: 'securityReader',
      password: PASSWORD,
      factorRule: 'required',
    });
    const rene = await Browser.signIn(world.app, 'rene');
    expect(rene.info.stage).toBe('enrolFactor');
    const refused = await rene.call('GET', '/api/preferences/x');
    expect([refused.statusCode, errorOf(refused).code]).toEqual([403, 'sign_in_incomplete']);
    expect((await rene.call('GET', '/api/profile/sessions')).statusCode).toBe(403);
    await addTotp(rene);
    expect((await rene.call('GET', '/api/session')).json().stage).toBe('complete');
    expect((await rene.call('GET', '/api/preferences/x')).statusCode).toBe(200);
  });

  test('lets people with a temporary password do nothing but choose another', async () => {
    await ada.call('POST', '/api/users', {
      username: 'rene',
      displayName: 'Rene',
      role: 'securityReader',
      password: PASSWORD,
      mustChangePassword: true,
    });
    const rene = await Browser.signIn(world.app, 'rene');
    expect(rene.info.stage).toBe('changePassword');
    expect((await rene.call('GET', '/api/preferences/x')).statusCode).toBe(403);
    const same = await rene.call('POST', '/api/session/password', { currentPassword: PASSWORD, newPassword: PASSWORD });
    expect(errorOf(same).code).toBe('password_same');
    const done = await rene.call('POST', '/api/session/password', {
      currentPassword: PASSWORD,
      newPassword: 'another good phrase',
    });
    expect(done.json().stage).toBe('complete');
  });

  test('cannot lock everybody out, and of two people who change it at once one is told', async () => {
    expect(errorOf(await setPolicy({ localSignIn: 'breakGlassOnly' })).code).toBe('no_way_in');
    const { version, ...policy } = (await ada.call('GET', '/api/sign-in/policy')).json<SignInPolicy>();
    const put = (idleHours: number) =>
      world.app.inject({
        method: 'PUT',
        url: '/api/sign-in/policy',
        payload: { ...policy, idleHours },
        headers: {
          cookie: `parapet_session=${ada.cookie}`,
          'x-csrf-token': ada.info.csrfToken ?? '',
          'if-match': `"${version}"`,
        },
      });
    const both = await Promise.all([put(3), put(4)]);
    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 412]);
  });

  test('decides how long sessions last', async () => {
    expect((await setPolicy({ idleHours: 1, maxHours: 2 })).statusCode).toBe(200);
    world.clock.now += 59 * MINUTE;
    expect((await ada.call('GET', '/api/profile/sessions')).statusCode).toBe(200);
    world.clock.now += 59 * MINUTE;
    expect((await ada.call('GET', '/api/profile/sessions')).statusCode).toBe(200);
    world.clock.now += 3 * MINUTE;
    expect((await ada.call('GET', '/api/profile/sessions')).statusCode).toBe(401);
  });
});

describe('sensitive changes', () => {
  test('need a proof of the last minutes', async () => {
    const { secret } = await addTotp();
    world.clock.now += 16 * MINUTE;
    const refused = await ada.call('DELETE', '/api/profile/totp');
    expect([refused.statusCode, errorOf(refused).code]).toEqual([403, 'confirmation_required']);
    expect((await ada.call('POST', '/api/profile/totp')).statusCode).toBe(403);
    expect((await setPolicy({ idleHours: 3 })).statusCode).toBe(403);
    const confirm = (proof: object) => ada.call('POST', '/api/session/confirm', proof);
    expect(errorOf(await confirm({ password: 'wrong' })).code).toBe('wrong_password');
    expect(errorOf(await confirm({ password: PASSWORD })).code).toBe('code_wrong');
    expect((await confirm({ password: PASSWORD, totp: code(secret) })).statusCode).toBe(204);
    expect((await ada.call('DELETE', '/api/profile/totp')).statusCode).toBe(204);
  });
});

describe('a break-glass account', () => {
  test('raises an alarm at every use, with an entry of its own in the audit log', async () => {
    const alarms: object[] = [];
    world.access.onAlarm((alarm) => void alarms.push(alarm));
    const made = await ada.call('POST', '/api/users', {
      username: 'glass',
      displayName: 'In case of fire',
      role: 'globalAdministrator',
      password: PASSWORD,
      breakGlass: true,
    });
    expect(made.json().breakGlass).toBe(true);
    await signIn('glass', 'wrong password');
    expect(alarms).toEqual([]);
    await signIn('glass');
    expect(alarms).toMatchObject([
      { kind: 'breakGlass', username: 'glass', method: 'password', remoteAddress: '192.0.2.1' },
    ]);
    const log = await ada.call('GET', '/api/audit?action=session.breakGlass');
    expect(log.json().items).toMatchObject([{ actor: 'glass', target: 'user/glass', outcome: 'ok' }]);
  });
});

describe('sessions', () => {
  test('are listed with where they are, and ended one by one or all but this one', async () => {
    const elsewhere = await world.app.inject({
      method: 'POST',
      url: '/api/session',
      payload: { username: 'ada', password: PASSWORD },
      headers: { 'user-agent': 'Other/1.0' },
      remoteAddress: '203.0.113.9',
    });
    const other = new Browser(world.app, cookieOf(elsewhere), elsewhere.json());
    const third = await Browser.signIn(world.app, 'ada');
    const list = (await ada.call('GET', '/api/profile/sessions')).json();
    expect(list).toHaveLength(3);
    expect(list.filter((one: { current: boolean }) => one.current)).toHaveLength(1);
    const found = list.find((one: { userAgent: string }) => one.userAgent === 'Other/1.0');
    expect(found).toMatchObject({ remoteAddress: '203.0.113.9', method: 'password', current: false });
    // The id of the list is no key to the session.
    expect(JSON.stringify(list)).not.toContain(other.cookie);
    expect((await ada.call('DELETE', `/api/profile/sessions/${found.id}`)).statusCode).toBe(204);
    expect((await other.call('GET', '/api/profile/sessions')).statusCode).toBe(401);
    expect((await ada.call('DELETE', '/api/profile/sessions')).json()).toEqual({ ended: 1 });
    expect((await third.call('GET', '/api/profile/sessions')).statusCode).toBe(401);
    expect((await ada.call('GET', '/api/profile/sessions')).json()).toHaveLength(1);
  });

  test('and factors of others are an administrator’s to end, and a lock to lift', async () => {
    await world.close();
    world = await worlds.create({ origins: [ORIGIN] });
    const people = await createPeople(world);
    await addTotp(people.operator);
    const id = people.operator.info.user?.id;
    const seen = (await people.administrator.call('GET', `/api/users/${id}/sessions`)).json();
    expect(seen).toMatchObject({ factors: ['totp', 'recoveryCode'] });
    expect(seen.sessions).toHaveLength(1);
    expect((await people.reader.call('GET', `/api/users/${id}/sessions`)).statusCode).toBe(403);
    expect(
      (await people.administrator.call('DELETE', `/api/users/${id}/sessions/${seen.sessions[0].id}`)).statusCode,
    ).toBe(204);
    expect((await people.operator.call('GET', '/api/profile/sessions')).statusCode).toBe(401);
    expect((await people.administrator.call('DELETE', `/api/users/${id}/factors`)).statusCode).toBe(204);
    expect((await signIn('olga')).json().user.username).toBe('olga');
    for (let n = 0; n < 5; n++) await signIn('olga', `wrong${n}`);
    expect((await signIn('olga')).statusCode).toBe(429);
    expect((await people.administrator.call('DELETE', `/api/users/${id}/lock`)).statusCode).toBe(204);
    expect((await signIn('olga')).statusCode).toBe(200);
  });
});

describe('user names', () => {
  const make = (username: string) =>
    ada.call('POST', '/api/users', {
      username,
      displayName: 'Someone',
      role: 'securityReader',
      password: 'fifteen good words',
    });

  test('that look like one that exists are refused', async () => {
    for (const [name, code] of [
      ['\u0430d\u0430', 'invalid_request'], // Cyrillic а beside Latin d
      ['ａｄａ', 'username_taken'], // full width
      ['ADA', 'username_taken'],
      ['р\u043e\u0440', undefined], // all Cyrillic, like nobody yet
      ['pop', 'username_looks_taken'],
    ] as const) {
      const answer = await make(name);
      expect([name, answer.statusCode === 201 ? undefined : errorOf(answer).code]).toEqual([name, code]);
    }
    expect(lookKey('\u0441\u0430\u0440')).toBe('cap');
    // Names of other scripts as such are welcome.
    for (const name of ['Ольга', '张伟', 'Σοφία', 'يوسف', 'José']) expect((await make(name)).statusCode).toBe(201);
  });
});

describe('parallel changes of one account', () => {
  test('lose nothing: whoever saw an older state is told', async () => {
    const made = (
      await ada.call('POST', '/api/users', {
        username: 'rene',
        displayName: 'Rene',
        role: 'securityReader',
        password: PASSWORD,
      })
    ).json();
    const patch = (change: object, version: unknown) =>
      world.app.inject({
        method: 'PATCH',
        url: `/api/users/${made.id}`,
        payload: change,
        headers: {
          cookie: `parapet_session=${ada.cookie}`,
          'x-csrf-token': ada.info.csrfToken ?? '',
          'if-match': `"${version}"`,
        },
      });
    const both = await Promise.all([
      patch({ displayName: 'Rene One' }, made.version),
      patch({ role: 'securityOperator' }, made.version),
    ]);
    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 412]);
    const now = (await ada.call('GET', `/api/users/${made.id}`)).json();
    expect(now.version).toBe(made.version + 1);
    expect((await patch({ role: 'securityOperator' }, 'x')).statusCode).toBe(400);
    expect((await patch({ role: 'securityOperator' }, now.version)).statusCode).toBe(200);
  });
});
