import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Provider as PortalProvider, ProviderInput, SessionInfo } from '@parapet/schema';
import type { LightMyRequestResponse } from 'fastify';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { rolesOf } from '../src/oidc/claims.ts';
import { safeReturn } from '../src/sign-in/return-to.ts';
import { CLIENT_ID, CLIENT_SECRET, ProviderBrowser, TestProvider } from './provider.ts';
import { Browser, cookieOf, createWorld, errorOf, PASSWORD, type World } from './support.ts';

let world: World;
let ada: Browser;
let base: string;
let idp: TestProvider;
let portal: PortalProvider;

const INPUT: Omit<ProviderInput, 'issuer'> = {
  name: 'Contoso login',
  enabled: true,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  scopes: 'openid profile',
  usernameClaim: 'preferred_username',
  displayNameClaim: 'name',
  groupsClaim: 'groups',
  mappings: [
    { claim: 'groups', value: 'soc-analysts', role: 'securityOperator' },
    { claim: 'groups', value: 'soc-readers', role: 'securityReader' },
    { claim: 'realm_access.roles', value: 'soc-admin', role: 'globalAdministrator' },
  ],
  defaultRole: null,
  createUsers: true,
  adoptLocal: false,
  requiredAmr: '',
};

beforeAll(async () => {
  world = await createWorld();
  // Tokens of the provider carry the time of today.
  world.clock.now = Date.now();
  // The provider calls back, so this application listens.
  await world.app.listen({ port: 0, host: '127.0.0.1' });
  base = `http://127.0.0.1:${(world.app.server.address() as AddressInfo).port}`;
  await world.access.createAdministrator({ username: 'ada', displayName: 'Ada', password: PASSWORD });
  ada = await Browser.signIn(world.app, 'ada');
  // The id is known only once the provider is entered here, and entering it needs the provider’s address.
  const made = await ada.call('POST', '/api/sign-in/providers', { ...INPUT, issuer: 'http://127.0.0.1:1' });
  expect(made.statusCode, made.body).toBe(201);
  expect(made.body).not.toContain(CLIENT_SECRET);
  const { id } = made.json<PortalProvider>();
  idp = await TestProvider.start(base, () => id);
  portal = await change({ issuer: idp.issuer, clientSecret: CLIENT_SECRET }, made.json());
});
afterAll(async () => {
  await idp.close();
  await world.close();
});
beforeEach(async () => {
  world.clock.now = Date.now();
  await world.db.query("delete from user_session where method like 'oidc:%'");
  for (const [sub, groups] of [
    ['u-1', ['soc-analysts', 'staff']],
    ['u-2', ['staff']],
  ] as const)
    idp.accounts.set(sub, {
      sub,
      claims: { preferred_username: `${sub}@contoso.example`, name: `Person ${sub}`, groups: [...groups] },
    });
});

async function change(patch: Partial<ProviderInput>, from = portal): Promise<PortalProvider> {
  await ada.call('POST', '/api/session/confirm', { password: PASSWORD });
  const { id, version, hasSecret, redirectUri, backChannelLogoutUri, postLogoutRedirectUri, ...input } = from;
  const answer = await ada.call('PUT', `/api/sign-in/providers/${id}`, { ...input, ...patch });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
}

interface Start {
  readonly url: string;
  readonly cookie: string;
}

const here = (address: string): string => address.slice(base.length);
const headers = { host: '' };

async function start(query = ''): Promise<Start> {
  headers.host = new URL(base).host;
  const answer = await world.app.inject({ url: `/api/sign-in/oidc/${portal.id}/start${query}`, headers });
  expect(answer.statusCode, answer.body).toBe(303);
  const cookie = answer.cookies.find(({ name }) => name === 'parapet_sign_in');
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
  return { url: String(answer.headers.location), cookie: cookie?.value ?? '' };
}

const callback = (address: string, cookie?: string): Promise<LightMyRequestResponse> =>
  world.app.inject({
    url: here(address),
    headers: { ...headers, ...(cookie ? { cookie: `parapet_sign_in=${cookie}` } : {}) },
  });

async function signIn(sub: string, query = '', browser = new ProviderBrowser(idp.issuer, sub)) {
  const begun = await start(query);
  const { location = '' } = await browser.follow(begun.url);
  const answer = await callback(location, begun.cookie);
  const cookie = cookieOf(answer);
  const info = cookie
    ? (
        await world.app.inject({ url: '/api/session', headers: { cookie: `parapet_session=${cookie}` } })
      ).json<SessionInfo>()
    : undefined;
  return { answer, location, begun, browser, session: info && new Browser(world.app, cookie, info) };
}

describe('a certified provider', () => {
  test('signs people in with code, PKCE, state and nonce, and makes their account', async () => {
    const { url } = await start();
    const asked = new URL(url).searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      client_id: CLIENT_ID,
      redirect_uri: `${base}/api/sign-in/oidc/${portal.id}/callback`,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    const { answer, session } = await signIn('u-1', '?returnTo=/incidents%3Fstatus%3Dactive');
    expect(answer.headers.location).toBe('/incidents?status=active');
    expect(answer.headers['set-cookie']).toMatch(/^parapet_session=[\w-]{43};.*SameSite=Strict/);
    expect(session?.info.user).toMatchObject({
      username: 'u-1@contoso.example',
      displayName: 'Person u-1',
      role: 'securityOperator',
    });
    const row = (
      await world.db.query<{ id_token: string }>("select id_token from user_session where method like 'oidc:%'")
    )[0];
    expect(row?.id_token).toMatch(/^sealed:2:/);
    expect(errorOf(await session!.call('POST', '/api/profile/totp')).code).toBe('provider_account');
  });

  test('says at every sign-in what somebody may do, and the account follows', async () => {
    const first = (await signIn('u-1')).session;
    idp.accounts.set('u-1', {
      sub: 'u-1',
      claims: { preferred_username: 'other@contoso.example', name: 'Renamed', realm_access: { roles: ['soc-admin'] } },
    });
    const second = (await signIn('u-1')).session;
    expect(second?.info.user).toMatchObject({
      username: 'u-1@contoso.example',
      displayName: 'Renamed',
      role: 'globalAdministrator',
    });
    expect(second?.info.user?.id).toBe(first?.info.user?.id);
    // The older session has the new rights too.
    expect((await first!.call('GET', '/api/session')).json().user.role).toBe('globalAdministrator');
    const refused = (await signIn('u-2')).answer;
    expect(refused.headers.location).toBe('/sign-in?failure=noRole');
    expect(refused.headers['set-cookie']).toBeUndefined();
    portal = await change({ defaultRole: 'securityReader' });
    expect((await signIn('u-2')).session?.info.user?.role).toBe('securityReader');
    portal = await change({ defaultRole: null });
  });

  test('does not sign disabled people in, nor new ones where no accounts are made', async () => {
    const { session } = await signIn('u-1');
    const id = session?.info.user?.id;
    await ada.call('PATCH', `/api/users/${id}`, { disabled: true });
    expect((await signIn('u-1')).answer.headers.location).toBe('/sign-in?failure=disabled');
    await ada.call('PATCH', `/api/users/${id}`, { disabled: false });
    portal = await change({ createUsers: false });
    idp.accounts.set('u-3', { sub: 'u-3', claims: { preferred_username: 'u-3', name: 'x', groups: ['soc-readers'] } });
    expect((await signIn('u-3')).answer.headers.location).toBe('/sign-in?failure=notInvited');
    expect((await signIn('u-1')).session).toBeDefined();
    portal = await change({ createUsers: true });
  });

  test('cannot take over an account by its name, unless an administrator says so, and never a break-glass one', async () => {
    for (const username of ['victim', 'glass'])
      await ada.call('POST', '/api/users', {
        username,
        displayName: username,
        role: 'securityReader',
        password: PASSWORD,
        breakGlass: username === 'glass',
      });
    const claim = (preferred_username: string) =>
      idp.accounts.set('evil', { sub: 'evil', claims: { preferred_username, name: 'E', groups: ['soc-analysts'] } });
    claim('Victim');
    expect((await signIn('evil')).answer.headers.location).toBe('/sign-in?failure=nameTaken');
    claim('v\u0456ctim'); // Cyrillic і
    expect((await signIn('evil')).answer.headers.location).toMatch(/failure=n(ameTaken|oName)$/);
    portal = await change({ adoptLocal: true });
    claim('glass');
    expect((await signIn('evil')).answer.headers.location).toBe('/sign-in?failure=nameTaken');
    claim('victim');
    expect((await signIn('evil')).session?.info.user).toMatchObject({ username: 'victim', role: 'securityOperator' });
    // From now on the provider alone signs this account in.
    const local = await world.app.inject({
      method: 'POST',
      url: '/api/session',
      payload: { username: 'victim', password: PASSWORD },
    });
    expect(local.statusCode).toBe(401);
    portal = await change({ adoptLocal: false });
  });

  test('gives custom roles and groups, through assignments that everybody sees', async () => {
    const role = (
      await ada.call('POST', '/api/access/roles', {
        name: 'Night shift',
        description: '',
        groups: { securityData: ['SecData.Read'] },
      })
    ).json();
    portal = await change({
      mappings: [...INPUT.mappings, { claim: 'groups', value: 'staff', role: role.id }],
    });
    const own = () =>
      world.access.directory.snapshot.assignments.filter(({ subjects }) =>
        subjects.some(({ id }) => id === `mapping:${portal.id}:${role.id}`),
      );
    expect(own()).toMatchObject([{ roleId: role.id, sources: 'all', scopes: [] }]);
    const { session } = await signIn('u-2');
    expect(session?.info.user?.role).toBeNull();
    expect(session?.info.permissions).toEqual(['SecData.Read']);
    expect(session && (await session.call('GET', '/api/users/assignable')).statusCode).toBe(200);
    const [row] = await world.db.query<{ groups: string[] }>(
      "select groups from app_user where provider_subject = 'u-2'",
    );
    expect(row?.groups).toEqual(['staff', `mapping:${portal.id}:${role.id}`]);
    // Groups of the token cannot pass for mapped roles.
    idp.accounts.set('u-1', {
      sub: 'u-1',
      claims: { preferred_username: 'u-1', name: 'x', groups: [`mapping:${portal.id}:${role.id}`] },
    });
    expect((await signIn('u-1')).answer.headers.location).toBe('/sign-in?failure=noRole');
    portal = await change({ mappings: INPUT.mappings });
    expect(own()).toEqual([]);
    expect((await session!.call('GET', '/api/users/assignable')).statusCode).toBe(403);
  });

  test('can be asked to show a second factor', async () => {
    portal = await change({ requiredAmr: 'hwk' });
    expect((await signIn('u-1')).answer.headers.location).toBe('/sign-in?failure=factorMissing');
    portal = await change({ requiredAmr: 'mfa' });
    expect((await signIn('u-1')).session).toBeDefined();
    portal = await change({ requiredAmr: '' });
  });

  test('proves again who is there: the same person replaces the session, another one does not', async () => {
    const { session, browser } = await signIn('u-1');
    await signIn('u-2');
    const begin = () =>
      world.app.inject({
        url: `/api/sign-in/oidc/${portal.id}/start?confirm=true&returnTo=/settings`,
        headers: { ...headers, cookie: `parapet_session=${session!.cookie}` },
      });
    const begun = await begin();
    const asked = new URL(String(begun.headers.location));
    expect(asked.searchParams.get('prompt')).toBe('login');
    const cookie = begun.cookies.find(({ name }) => name === 'parapet_sign_in')?.value ?? '';
    const back = await browser.follow(asked.href);
    const done = await callback(back.location ?? '', cookie);
    expect(done.headers.location).toBe('/settings');
    expect(cookieOf(done)).not.toBe('');
    expect((await session!.call('GET', '/api/profile/sessions')).statusCode).toBe(401);
  });
});

describe('signing out', () => {
  test('here ends the session at the provider too', async () => {
    const { session, browser } = await signIn('u-1');
    const out = await world.app.inject({
      method: 'DELETE',
      url: '/api/session',
      headers: {
        ...headers,
        cookie: `parapet_session=${session!.cookie}`,
        'x-csrf-token': session!.info.csrfToken ?? '',
      },
    });
    expect(out.statusCode).toBe(200);
    const url = new URL(out.json().redirectTo);
    expect(url.origin).toBe(idp.issuer);
    expect(url.searchParams.get('id_token_hint')).toMatch(/^ey/);
    const page = await browser.follow(url.href);
    // The provider asks; its form is sent as the person would.
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.body)?.[1];
    const action = /action="([^"]+)"/.exec(page.body)?.[1] ?? '';
    const left = await browser.follow(new URL(action, idp.issuer).href, {
      method: 'POST',
      body: new URLSearchParams({ xsrf: xsrf ?? '', logout: 'yes' }),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(left.location).toBe(`${base}/sign-in`);
    expect((await session!.call('GET', '/api/profile/sessions')).statusCode).toBe(401);
  });

  test('at the provider ends the session here, through the back channel', async () => {
    const { session, browser } = await signIn('u-1');
    expect((await session!.call('GET', '/api/profile/sessions')).statusCode).toBe(200);
    // Signing out at the provider itself, without coming from here.
    const page = await browser.follow(`${idp.issuer}/session/end`);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.body)?.[1];
    const action = /action="([^"]+)"/.exec(page.body)?.[1] ?? '';
    await browser.follow(new URL(action, idp.issuer).href, {
      method: 'POST',
      body: new URLSearchParams({ xsrf: xsrf ?? '', logout: 'yes' }),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    await expect.poll(async () => (await session!.call('GET', '/api/profile/sessions')).statusCode).toBe(401);
    const log = (await ada.call('GET', '/api/audit?action=session.signOut')).json();
    expect(log.items[0]).toMatchObject({ actor: 'provider Contoso login', after: { people: 1, everySession: false } });
  });
});

describe('hostile input', () => {
  test('a code that is replayed, a state that is made up, and another browser get nothing', async () => {
    const { location, begun } = await signIn('u-1');
    const failure = async (address: string, cookie?: string) => (await callback(address, cookie)).headers.location;
    expect(await failure(location, begun.cookie)).toBe('/sign-in?failure=expired');
    const next = await start();
    const back = (await new ProviderBrowser(idp.issuer, 'u-1').follow(next.url)).location ?? '';
    const forged = new URL(back);
    forged.searchParams.set('state', 'A'.repeat(43));
    expect(await failure(forged.href, next.cookie)).toBe('/sign-in?failure=expired');
    expect(await failure(back, 'B'.repeat(43))).toBe('/sign-in?failure=expired');
    // The answer was used up by the wrong browser: the right one must begin again.
    expect(await failure(back, next.cookie)).toBe('/sign-in?failure=expired');
    const late = await start();
    const lateBack = (await new ProviderBrowser(idp.issuer, 'u-1').follow(late.url)).location ?? '';
    world.clock.now += 11 * 60_000;
    expect(await failure(lateBack, late.cookie)).toBe('/sign-in?failure=expired');
    world.clock.now = Date.now();
    const other = await start();
    const stolen = new URL((await new ProviderBrowser(idp.issuer, 'u-1').follow(other.url)).location ?? '');
    // The code of one sign-in in another: PKCE binds it to the first.
    const mine = await start();
    stolen.searchParams.set('state', new URL(mine.url).searchParams.get('state') ?? '');
    expect(await failure(stolen.href, mine.cookie)).toBe('/sign-in?failure=providerFailed');
    const denied = await start();
    const state = new URL(denied.url).searchParams.get('state');
    expect(
      await failure(
        `${base}/api/sign-in/oidc/${portal.id}/callback?error=access_denied&state=${state}&iss=${encodeURIComponent(idp.issuer)}`,
        denied.cookie,
      ),
    ).toBe('/sign-in?failure=providerRefused');
  });

  test('nobody is led to another site', async () => {
    for (const evil of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/%2f/evil.example/..//evil.example',
      'javascript:alert(1)',
      '/\t/evil.example',
      '/api/session',
      '/sign-in?next=/x',
      `/${'a'.repeat(5000)}`,
    ]) {
      const to = safeReturn(evil);
      expect([evil, new URL(to, 'https://portal.example').origin]).toEqual([evil, 'https://portal.example']);
      expect(to.startsWith('//') || to.startsWith('/\\')).toBe(false);
    }
    const { answer } = await signIn('u-1', '?returnTo=//evil.example/x');
    expect(answer.headers.location).toBe('/');
  });

  test('settings cannot send the secret elsewhere or grant what does not exist', async () => {
    await ada.call('POST', '/api/session/confirm', { password: PASSWORD });
    const put = (patch: object) => {
      const { id, version, hasSecret, redirectUri, backChannelLogoutUri, postLogoutRedirectUri, ...input } = portal;
      return ada.call('PUT', `/api/sign-in/providers/${id}`, { ...input, ...patch });
    };
    const moved = await put({ issuer: 'https://evil.example' });
    expect([moved.body, moved.statusCode]).toEqual([expect.stringContaining('secret_needed'), 400]);
    for (const patch of [
      { issuer: 'http://login.example' },
      { issuer: 'ftp://x' },
      { issuer: 'nonsense' },
      { scopes: 'profile' },
      { defaultRole: 'emperor' },
      { mappings: [{ claim: 'a', value: 'b', role: 'emperor' }] },
    ])
      expect([patch, (await put(patch)).statusCode]).toEqual([patch, 400]);
    const seen = JSON.stringify((await ada.call('GET', '/api/sign-in/providers')).json());
    expect(seen).not.toContain(CLIENT_SECRET);
    expect(JSON.stringify((await ada.call('GET', '/api/audit?pageSize=200')).json())).not.toContain(CLIENT_SECRET);
    expect(JSON.stringify(await world.db.query('select * from sign_in_provider'))).not.toContain(CLIENT_SECRET);
    const checked = await ada.call('POST', `/api/sign-in/providers/${portal.id}/test`);
    expect(checked.json()).toMatchObject({ issuer: idp.issuer, backChannelLogout: true });
  });

  test('claims are read as they are written', () => {
    const provider = { mappings: INPUT.mappings, defaultRole: null };
    expect(rolesOf({ groups: 'soc-readers' }, provider)).toEqual(['securityReader']);
    expect(rolesOf({ groups: ['soc-readers', 'soc-analysts', 7, null] }, provider)).toEqual([
      'securityOperator',
      'securityReader',
    ]);
    expect(rolesOf({ 'realm_access.roles': ['soc-admin'] }, provider)).toEqual(['globalAdministrator']);
    expect(rolesOf({ groups: { 'soc-readers': true } }, provider)).toEqual([]);
    expect(rolesOf({ groups: ['SOC-READERS', 'soc-readers '] }, provider)).toEqual([]);
    expect(rolesOf(JSON.parse('{"__proto__": {"groups": ["soc-readers"]}}'), provider)).toEqual([]);
  });
});

describe('a provider that lies', () => {
  /** Answers the token request with whatever id token a test makes. */
  async function hostile(
    make: (claims: JWTPayload, keys: Awaited<ReturnType<typeof generateKeyPair>>) => Promise<string>,
  ) {
    const keys = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
    const state: { nonce: string; issuer: string } = { nonce: '', issuer: '' };
    const server = createServer((request, response) => {
      const answer = (body: unknown): void => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(body));
      };
      if (request.url === '/.well-known/openid-configuration')
        return answer({
          issuer: state.issuer,
          authorization_endpoint: `${state.issuer}/auth`,
          token_endpoint: `${state.issuer}/token`,
          jwks_uri: `${state.issuer}/jwks`,
          id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
        });
      if (request.url === '/jwks') return answer({ keys: [jwk] });
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        iss: state.issuer,
        aud: CLIENT_ID,
        sub: 'liar',
        nonce: state.nonce,
        iat: now,
        exp: now + 300,
        preferred_username: 'liar',
        groups: ['soc-readers'],
      };
      void make(claims, keys).then((id_token) => answer({ access_token: 'x', token_type: 'bearer', id_token }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    state.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return {
      state,
      close: () => {
        server.closeAllConnections();
        server.close();
      },
    };
  }

  const cases: readonly [string, Parameters<typeof hostile>[0], string | undefined][] = [
    ['says the truth', (claims, { privateKey }) => sign(claims, privateKey), undefined],
    [
      'signs with the public key as a shared secret',
      async (claims, { publicKey }) => {
        const secret = Buffer.from(JSON.stringify(await exportJWK(publicKey)));
        return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(secret);
      },
      'providerFailed',
    ],
    [
      'does not sign',
      async (claims) => {
        const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
        return `${part({ alg: 'none' })}.${part(claims)}.`;
      },
      'providerFailed',
    ],
    [
      'signs with another key',
      async (claims) => sign(claims, (await generateKeyPair('RS256')).privateKey),
      'providerFailed',
    ],
    [
      'answers another nonce',
      (claims, { privateKey }) => sign({ ...claims, nonce: 'x' }, privateKey),
      'providerFailed',
    ],
    [
      'means another client',
      (claims, { privateKey }) => sign({ ...claims, aud: 'other' }, privateKey),
      'providerFailed',
    ],
    [
      'is another issuer',
      (claims, { privateKey }) => sign({ ...claims, iss: 'https://evil.example' }, privateKey),
      'providerFailed',
    ],
    [
      'is late',
      (claims, { privateKey }) => sign({ ...claims, exp: (claims.iat ?? 0) - 100 }, privateKey),
      'providerFailed',
    ],
  ];
  const sign = (claims: JWTPayload, key: Awaited<ReturnType<typeof generateKeyPair>>['privateKey']): Promise<string> =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(key);

  test.each(cases)('%s', async (name, make, failure) => {
    const liar = await hostile(make);
    try {
      await ada.call('POST', '/api/session/confirm', { password: PASSWORD });
      const made = await ada.call('POST', '/api/sign-in/providers', { ...INPUT, name, issuer: liar.state.issuer });
      expect(made.statusCode, made.body).toBe(201);
      const { id } = made.json<PortalProvider>();
      const begun = await world.app.inject({ url: `/api/sign-in/oidc/${id}/start`, headers });
      const asked = new URL(String(begun.headers.location)).searchParams;
      liar.state.nonce = asked.get('nonce') ?? '';
      const cookie = begun.cookies.find((each) => each.name === 'parapet_sign_in')?.value;
      const done = await world.app.inject({
        url: `/api/sign-in/oidc/${id}/callback?code=c&state=${asked.get('state')}`,
        headers: { ...headers, cookie: `parapet_sign_in=${cookie}` },
      });
      expect(done.headers.location).toBe(failure ? `/sign-in?failure=${failure}` : '/');
      expect(cookieOf(done) !== '').toBe(failure === undefined);
      if (failure) {
        const entry = (await ada.call('GET', `/api/audit?target=sign-in provider/${id}&outcome=failed`)).json()
          .items[0];
        expect(entry.after).toMatchObject({ failure, detail: expect.any(String) });
      }
      expect((await ada.call('DELETE', `/api/sign-in/providers/${id}`)).statusCode).toBe(204);
    } finally {
      liar.close();
    }
  });
});

describe('logout tokens', () => {
  test('that are not ones, of others, late, replayed or signed otherwise end nothing', async () => {
    const keys = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
    let issuer = '';
    const server = createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify(
          request.url === '/jwks'
            ? { keys: [jwk] }
            : {
                issuer,
                authorization_endpoint: `${issuer}/a`,
                token_endpoint: `${issuer}/t`,
                jwks_uri: `${issuer}/jwks`,
              },
        ),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await ada.call('POST', '/api/session/confirm', { password: PASSWORD });
    const { id } = (
      await ada.call('POST', '/api/sign-in/providers', { ...INPUT, name: 'Logout', issuer })
    ).json<PortalProvider>();
    const now = Math.floor(Date.now() / 1000);
    const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
    const good = {
      iss: issuer,
      aud: CLIENT_ID,
      sub: 's',
      iat: now,
      jti: 'j1',
      exp: now + 100,
      events: { [EVENT]: {} },
    };
    const send = async (
      claims: JWTPayload,
      header: { alg: string } = { alg: 'RS256' },
      key: unknown = keys.privateKey,
    ) => {
      const token = await new SignJWT(claims)
        .setProtectedHeader({ kid: 'one', typ: 'logout+jwt', ...header })
        .sign(key as Uint8Array);
      const answer = await world.app.inject({
        method: 'POST',
        url: `/api/sign-in/oidc/${id}/back-channel-logout`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: `logout_token=${token}`,
      });
      return answer.statusCode;
    };
    const { events, ...noEvents } = good;
    for (const [what, claims] of [
      ['an id token', { ...noEvents, nonce: 'n' }],
      ['with a nonce', { ...good, jti: 'j2', nonce: 'n' }],
      ['for another client', { ...good, jti: 'j3', aud: 'other' }],
      ['of another issuer', { ...good, jti: 'j4', iss: 'https://evil.example' }],
      ['too old', { ...good, jti: 'j5', iat: now - 3600, exp: now + 100 }],
      ['without id', { ...good, jti: undefined }],
      ['about nobody', { ...good, jti: 'j6', sub: undefined }],
    ] as const)
      expect([what, await send(claims as JWTPayload)]).toEqual([what, 400]);
    expect(await send({ ...good, jti: 'j7' }, { alg: 'HS256' }, Buffer.from(JSON.stringify(jwk)))).toBe(400);
    expect(await send(good)).toBe(200);
    expect(await send(good)).toBe(400);
    server.closeAllConnections();
    server.close();
  });
});
