/** Tokens and grants: what the authorisation server gives, and what is refused. */
import { createHash, randomBytes } from 'node:crypto';
import { decodeJwt, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALL, type Answer, incident, openWorld, type World } from './support.ts';

let world: World;
let tenant = '';
let full = '';
const { inject, portal, form, api, register, tokenOf } = new Proxy({} as World, {
  get:
    (_, name) =>
    (...given: never[]) =>
      (world[name as keyof World] as (...all: never[]) => unknown)(...given),
});

beforeAll(async () => {
  world = await openWorld();
  tenant = world.tenant;
  full = await tokenOf(await register('Everything', { applicationPermissions: ALL }));
  const lines = Array.from({ length: 7 }, (_, index) => JSON.stringify(incident(index + 1))).join('\n');
  const imported = await api(full, 'POST', '/v1.0/security/incidents/import', lines);
  expect(imported.body, world.logged.join()).toMatchObject({ created: 7, failed: 0 });
});
afterAll(() => world?.close());

describe('tokens', () => {
  it('of client credentials carry roles and are refused by whoever lacks them', async () => {
    const reader = await register('Reader', { applicationPermissions: ['SecurityAlert.Read.All'] });
    const token = await tokenOf(reader);
    expect(decodeJwt(token)).toMatchObject({
      tid: tenant,
      appid: reader.id,
      azp: reader.id,
      roles: ['SecurityAlert.Read.All'],
      aud: 'https://graph.microsoft.com',
      iss: expect.stringContaining(`/${tenant}/v2.0`),
    });
    const list = await api(token, 'GET', '/v1.0/security/alerts_v2?$top=1');
    expect(list.status).toBe(200);
    const id = list.body.value[0].id;
    const denied = await api(token, 'PATCH', `/v1.0/security/alerts_v2/${id}`, { status: 'resolved' });
    expect([denied.status, denied.body.error.code]).toEqual([403, 'Forbidden']);
    expect((await api(token, 'GET', '/v1.0/security/incidents')).status).toBe(403);
    expect((await api(token, 'POST', '/v1.0/security/runHuntingQuery', { Query: 'print 1' })).status).toBe(403);
    const portalCall = await api(token, 'GET', '/api/users');
    expect(portalCall.status).toBe(401);
    // Taken away, it is gone from tokens that were issued before.
    await portal('PATCH', `/api/apps/${reader.id}`, { applicationPermissions: [] });
    expect((await api(token, 'GET', '/v1.0/security/alerts_v2')).status).toBe(403);
    await portal('PATCH', `/api/apps/${reader.id}`, { enabled: false });
    expect((await api(token, 'GET', '/v1.0/security/alerts_v2')).status).toBe(401);
  });

  it('forged, unsigned, foreign, expired and confused ones are refused alike', async () => {
    const claims = decodeJwt(full) as Record<string, unknown>;
    const [head = '', body = '', signature = ''] = full.split('.');
    const { privateKey } = await generateKeyPair('RS256');
    const kid = JSON.parse(Buffer.from(head, 'base64url').toString()).kid;
    const keys = (await inject({ method: 'GET', url: `/${tenant}/discovery/v2.0/keys` })).body.keys;
    const publicKey = Buffer.from(JSON.stringify(keys[0]));
    const forged = [
      '',
      'x.y.z',
      `${head}.${body}.${signature.slice(0, -4)}AAAA`,
      `${head}.${Buffer.from(JSON.stringify({ ...claims, roles: [...ALL, 'More'] })).toString('base64url')}.${signature}`,
      new UnsecuredJWT(claims).encode(),
      await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey),
      await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid }).sign(publicKey),
      await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'other' }).sign(privateKey),
    ];
    for (const [index, token] of forged.entries()) {
      const answer = await api(token, 'GET', '/v1.0/security/alerts_v2');
      expect([answer.status, answer.body.error?.code], `${index} ${JSON.stringify(answer.body).slice(0, 200)}`).toEqual(
        [401, 'InvalidAuthenticationToken'],
      );
      expect(String(answer.headers['www-authenticate'])).toMatch(/^Bearer/);
    }
    expect(kid).toBe(keys[0].kid);
    expect(keys[0].d).toBeUndefined();
  });

  it('wrong secrets, tenants, resources and forms get the errors that client libraries read', async () => {
    const app = await register('Wrong', { applicationPermissions: ['SecurityAlert.Read.All'] });
    const good = {
      grant_type: 'client_credentials',
      client_id: app.id,
      client_secret: app.secret,
      scope: 'https://graph.microsoft.com/.default',
    };
    const token = (change: Record<string, string>, path = `/${tenant}/oauth2/v2.0/token`) =>
      form(path, { ...good, ...change });
    const wrong = await token({ client_secret: 'nope' });
    expect([wrong.status, wrong.body.error]).toEqual([401, 'invalid_client']);
    expect(wrong.body).toMatchObject({
      error_codes: [7000215],
      trace_id: expect.any(String),
      error_description: expect.stringMatching(/^AADSTS7000215/),
    });
    expect((await token({ client_id: 'nobody' })).body.error).toBe('invalid_client');
    expect((await token({ scope: 'https://evil.example/.default' })).body.error).toBe('invalid_resource');
    expect((await token({ grant_type: 'password' })).body.error).toBe('unsupported_grant_type');
    expect((await token({}, '/other-tenant/oauth2/v2.0/token')).body.error).toBe('invalid_tenant');
    const json = await inject({ method: 'POST', url: `/${tenant}/oauth2/v2.0/token`, payload: good });
    expect([json.status, json.body.error]).toEqual([415, 'invalid_request']);
    const basic = `Basic ${Buffer.from(`${app.id}:${app.secret}`).toString('base64')}`;
    const { client_id: _, client_secret: __, ...rest } = good;
    expect((await form(`/${tenant}/oauth2/v2.0/token`, rest, { authorization: basic })).status).toBe(200);
    const v1 = await form(`/${tenant}/oauth2/token`, { ...good, resource: 'https://api.security.microsoft.com' });
    expect(v1.body).toMatchObject({ resource: 'https://api.security.microsoft.com', expires_on: expect.any(String) });
    expect((await api(v1.body.access_token, 'GET', '/v1.0/security/alerts_v2?$top=1')).status).toBe(200);
    // The secret is shown once.
    const shown = await portal('GET', `/api/apps/${app.id}`);
    expect(JSON.stringify(shown.body)).not.toContain(app.secret);
    expect(shown.body.credentials[0]).toMatchObject({ hint: app.secret.slice(0, 3), lastUsedAt: expect.any(String) });
  });

  it('are described where client libraries look', async () => {
    const found = await inject({ method: 'GET', url: `/${tenant}/v2.0/.well-known/openid-configuration` });
    expect(found.body).toMatchObject({
      issuer: expect.stringMatching(new RegExp(`/${tenant}/v2.0$`)),
      token_endpoint: expect.stringMatching(/\/oauth2\/v2\.0\/token$/),
      code_challenge_methods_supported: ['S256'],
    });
    expect((await inject({ method: 'GET', url: '/.well-known/openid-configuration' })).status).toBe(200);
    // A new key signs at once, and tokens of the old one stay good.
    const before = (await inject({ method: 'GET', url: `/${tenant}/discovery/v2.0/keys` })).body.keys.length;
    expect((await portal('POST', '/api/apps/signing-keys')).status).toBe(201);
    expect((await inject({ method: 'GET', url: `/${tenant}/discovery/v2.0/keys` })).body.keys).toHaveLength(before + 1);
    expect((await api(full, 'GET', '/v1.0/security/alerts_v2?$top=1')).status).toBe(200);
    const stored = await portal('GET', '/api/audit?pageSize=200');
    expect(JSON.stringify(stored.body)).not.toMatch(/PRIVATE KEY/);
  });
});

describe('people lend an application their rights', () => {
  const redirect = 'http://localhost:3000/back';
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  let app = '';

  const consent = async (change: Record<string, string> = {}, allow = true): Promise<Answer> =>
    portal('POST', '/api/oauth/consent', {
      allow,
      query: new URLSearchParams({
        client_id: app,
        response_type: 'code',
        redirect_uri: redirect,
        scope: 'openid offline_access https://graph.microsoft.com/SecurityAlert.Read.All',
        state: 'st&ate',
        nonce: 'n-1',
        code_challenge: challenge,
        code_challenge_method: 'S256',
        ...change,
      }).toString(),
    });
  const redeem = (code: string, change: Record<string, string> = {}): Promise<Answer> =>
    form(`/${tenant}/oauth2/v2.0/token`, {
      grant_type: 'authorization_code',
      client_id: app,
      code,
      redirect_uri: redirect,
      code_verifier: verifier,
      client_info: '1',
      ...change,
    });
  const codeOf = (answer: Answer): string => new URL(answer.body.redirect).searchParams.get('code') ?? '';

  it('with a code that is bound to address, challenge and application and good once', async () => {
    const made = await portal('POST', '/api/apps', {
      name: 'Desk',
      publicClient: true,
      redirectUris: ['http://localhost/back'],
      delegatedPermissions: ['SecurityAlert.Read.All'],
    });
    app = made.body.id;
    const begun = await inject({
      method: 'GET',
      url: `/${tenant}/oauth2/v2.0/authorize?client_id=${app}&redirect_uri=${encodeURIComponent(redirect)}`,
    });
    expect([begun.status, String(begun.headers.location)]).toEqual([
      302,
      expect.stringMatching(/^\/consent\?client_id/),
    ]);
    const evil = await inject({
      method: 'GET',
      url: `/${tenant}/oauth2/v2.0/authorize?client_id=${app}&redirect_uri=https://evil.example/back`,
    });
    expect([evil.status, evil.headers.location]).toEqual([400, undefined]);
    expect((await consent({ redirect_uri: 'http://localhost:3000/other' })).status).toBe(400);
    expect((await consent({ code_challenge: '' })).status).toBe(400);
    expect((await consent({ code_challenge_method: 'plain' })).status).toBe(400);
    expect((await consent({ scope: 'SecurityIncident.Read.All' })).body.error.message).toMatch(/not registered/);
    expect(new URL((await consent({}, false)).body.redirect).searchParams.get('error')).toBe('access_denied');

    const allowed = await consent();
    expect(new URL(allowed.body.redirect).searchParams.get('state')).toBe('st&ate');
    const code = codeOf(allowed);
    expect((await redeem(code, { code_verifier: randomBytes(32).toString('base64url') })).body.error).toBe(
      'invalid_grant',
    );
    // A failed attempt uses the code up as well.
    expect((await redeem(code)).body.error).toBe('invalid_grant');
    const tokens = await redeem(codeOf(await consent()));
    expect(decodeJwt(tokens.body.access_token)).toMatchObject({ scp: 'SecurityAlert.Read.All', azp: app });
    expect(decodeJwt(tokens.body.id_token)).toMatchObject({ nonce: 'n-1', aud: app, preferred_username: 'ada' });
    expect((await api(tokens.body.access_token, 'GET', '/v1.0/security/alerts_v2?$top=1')).status).toBe(200);
    expect((await api(tokens.body.access_token, 'GET', '/v1.0/security/incidents')).status).toBe(403);
    expect((await api(tokens.body.id_token, 'GET', '/v1.0/security/alerts_v2')).status).toBe(401);

    const refresh = (token: string) =>
      form(`/${tenant}/oauth2/v2.0/token`, { grant_type: 'refresh_token', client_id: app, refresh_token: token });
    const second = await refresh(tokens.body.refresh_token);
    expect(second.status).toBe(200);
    expect(second.body.refresh_token).not.toBe(tokens.body.refresh_token);
    // A refresh token that comes a second time ends what came from it.
    expect((await refresh(tokens.body.refresh_token)).body.error).toBe('invalid_grant');
    expect((await refresh(second.body.refresh_token)).body.error).toBe('invalid_grant');
  });

  it('with a code on another device', async () => {
    const begun = await form(`/${tenant}/oauth2/v2.0/devicecode`, { client_id: app, scope: 'SecurityAlert.Read.All' });
    expect(begun.body).toMatchObject({
      interval: 5,
      expires_in: 900,
      verification_uri: expect.stringMatching(/\/device$/),
    });
    const poll = () =>
      form(`/${tenant}/oauth2/v2.0/token`, {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        client_id: app,
        device_code: begun.body.device_code,
      });
    expect((await poll()).body.error).toBe('authorization_pending');
    expect((await poll()).body.error).toBe('slow_down');
    const code = begun.body.user_code;
    expect((await portal('GET', '/api/oauth/device/BBBBBBBBB')).status).toBe(404);
    expect((await portal('GET', `/api/oauth/device/${code.toLowerCase()}`)).body).toMatchObject({ appName: 'Desk' });
    expect((await portal('POST', `/api/oauth/device/${code}`, { allow: true })).status).toBe(204);
    const tokens = await poll();
    expect(decodeJwt(tokens.body.access_token)).toMatchObject({ scp: 'SecurityAlert.Read.All' });
    expect((await poll()).body.error).toBe('invalid_grant');
    expect((await portal('POST', `/api/oauth/device/${code}`, { allow: true })).status).toBe(404);
  });
});
