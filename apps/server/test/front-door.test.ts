import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { createAccess, registerAccess } from '@parapet/access';
import { openTestState } from '@parapet/state/testing';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Config, loadConfig } from '../src/config.ts';
import { DOOR_LIMITS, openFrontDoor } from '../src/front-door/app.ts';
import { isDeeper } from '../src/front-door/json.ts';
import { registerPortal } from '../src/portal.ts';

const log = pino({ level: 'silent' });
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'door-'));
  mkdirSync(join(dir, 'portal', 'assets'), { recursive: true });
  writeFileSync(join(dir, 'portal', 'index.html'), '<!doctype html><title>Parapet</title>');
  writeFileSync(join(dir, 'portal', 'assets', 'app-1.js'), 'export {};');
  writeFileSync(join(dir, 'secret.key'), 'not for the world');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const configOf = (...flags: string[]): Config => loadConfig([...flags, '--data', join(dir, 'data')], {}, dir);

async function open(config = configOf(), limits = DOOR_LIMITS) {
  const { app, certificate } = await openFrontDoor(config, log, {}, limits);
  // A plugin that is registered before the portal, as those of the rooms are.
  await app.register(async (own) => {
    own.get('/api/data', async () => ({ ok: true }));
    own.get('/api/file', async (_request, reply) => reply.type('text/csv').send('a,b'));
    own.get('/api/gone', async (_request, reply) => reply.redirect('/x', 303));
    own.get('/api/who', async (request) => ({ ip: request.ip, protocol: request.protocol, host: request.host }));
    own.get('/api/broken', async () => {
      throw new Error('inner detail');
    });
    own.post('/api/data', async (request) => request.body);
  });
  await registerPortal(app, join(dir, 'portal'));
  return { app, certificate };
}

describe('headers', () => {
  test('say on every kind of answer what a browser may do with it', async () => {
    const { app } = await open();
    const get = (url: string, accept = '*/*') => app.inject({ url, headers: { accept } });
    const answers: Record<string, Awaited<ReturnType<typeof get>>> = {
      page: await get('/incidents', 'text/html'),
      script: await get('/assets/app-1.js'),
      json: await get('/api/data'),
      download: await get('/api/file'),
      redirect: await get('/api/gone'),
      error: await get('/api/broken'),
      missing: await get('/api/nothing'),
      missingAsset: await get('/assets/nothing.js'),
      badBody: await app.inject({
        method: 'POST',
        url: '/api/data',
        payload: '{',
        headers: { 'content-type': 'application/json' },
      }),
    };
    for (const [kind, { headers }] of Object.entries(answers)) {
      expect([kind, headers['x-content-type-options']]).toEqual([kind, 'nosniff']);
      expect([kind, headers['referrer-policy']]).toEqual([kind, 'no-referrer']);
      expect([kind, headers['x-frame-options']]).toEqual([kind, 'DENY']);
      expect([kind, headers['cross-origin-resource-policy']]).toEqual([kind, 'same-origin']);
      const policy = String(headers['content-security-policy']);
      expect([kind, policy]).toEqual([kind, expect.stringContaining("default-src 'none'")]);
      expect(policy).toContain("frame-ancestors 'none'");
      // No script that is not a file of ours, anywhere.
      expect(/script-src[^;]*/.exec(policy)?.[0] ?? "script-src 'self'").toBe("script-src 'self'");
      expect(headers['strict-transport-security']).toBeUndefined();
      expect(headers.server).toBeUndefined();
    }
    expect(answers.json!.headers['content-security-policy']).toContain('sandbox');
    expect(answers.page!.body).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(answers.error!.body).not.toContain('inner detail');
    await app.close();
  });

  test('ask for HTTPS for a year where it is spoken', async () => {
    const { app } = await open(configOf('--public-url', 'https://soc.example'));
    const answer = await app.inject({ url: '/api/data', headers: { 'x-forwarded-proto': 'https' } });
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains');
    await app.close();
  });
});

describe('a proxy', () => {
  const ask = async (config: Config, remoteAddress: string, headers: Record<string, string>, url = '/api/who') => {
    const { app } = await open(config);
    const answer = await app.inject({ url, remoteAddress, headers });
    await app.close();
    return answer;
  };
  const forwarded = {
    'x-forwarded-for': '203.0.113.7',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'soc.example',
  };

  test('is believed when it is one of those that are listed, and nobody else', async () => {
    const listed = configOf('--trusted-proxies', '10.0.0.5,10.1.0.0/16');
    const believed = { ip: '203.0.113.7', protocol: 'https', host: 'soc.example' };
    expect((await ask(listed, '10.0.0.5', forwarded)).json()).toEqual(believed);
    expect((await ask(listed, '10.1.200.3', forwarded)).json()).toEqual(believed);
    expect((await ask(listed, '10.2.0.1', forwarded)).json()).toMatchObject({ ip: '10.2.0.1', protocol: 'http' });
    expect((await ask(configOf(), '127.0.0.1', forwarded)).json()).toMatchObject({ ip: '127.0.0.1', protocol: 'http' });
    // A client cannot put an address in front of the one the proxy saw.
    const spoofed = { ...forwarded, 'x-forwarded-for': '192.0.2.1, 203.0.113.7' };
    expect((await ask(listed, '10.0.0.5', spoofed)).json().ip).toBe('203.0.113.7');
  });

  test('that let something unencrypted in: pages move to HTTPS, calls are refused', async () => {
    const config = configOf('--public-url', 'https://soc.example');
    const plain = { ...forwarded, 'x-forwarded-proto': 'http' };
    const page = await ask(config, '127.0.0.1', plain, '/incidents?a=1');
    expect([page.statusCode, page.headers.location]).toEqual([308, 'https://soc.example/incidents?a=1']);
    expect((await ask(config, '127.0.0.1', plain)).statusCode).toBe(403);
    expect((await ask(config, '127.0.0.1', {})).statusCode).toBe(200);
  });
});

describe('input', () => {
  test('nested beyond reason is refused, and what only looks like it is not', async () => {
    const { app } = await open();
    const send = (payload: string) =>
      app.inject({ method: 'POST', url: '/api/data', payload, headers: { 'content-type': 'application/json' } });
    const nested = (n: number) => `${'['.repeat(n)}1${']'.repeat(n)}`;
    expect((await send(nested(64))).statusCode).toBe(200);
    for (const body of [nested(65), nested(500_000), '{"a":'.repeat(300_000), '['.repeat(1_000_000)]) {
      const refused = await send(body);
      expect([refused.statusCode, refused.json().error.code]).toEqual([400, 'json_too_deep']);
    }
    const text = JSON.stringify({ text: `"${'[{'.repeat(1000)}\\"` });
    expect((await send(text)).json()).toEqual(JSON.parse(text));
    expect((await send('{"__proto__": {"a": 1}}')).statusCode).toBe(400);
    expect((await send('x'.repeat(3 * 2 ** 20))).statusCode).toBe(413);
    expect(isDeeper('"\\\\"[[', 1)).toBe(true);
    await app.close();
  });

  test('never leaves the folder of static files', async () => {
    const { app } = await open();
    for (const path of [
      '/assets/../../secret.key',
      '/assets/..%2f..%2fsecret.key',
      '/assets/%2e%2e/%2e%2e/secret.key',
      '/assets/..%5c..%5csecret.key',
      '/assets/....//....//secret.key',
      '/assets/%00/secret.key',
      '/assets/app-1.js%00.html',
      '/assets//etc/passwd',
      '/assets/%252e%252e%252fsecret.key',
    ]) {
      const answer = await app.inject({ url: path });
      expect([path, answer.statusCode >= 400]).toEqual([path, true]);
      expect(answer.body).not.toContain('not for the world');
    }
    await app.close();
  });

  test('with headers beyond the limit, or that never come to an end, loses its connection', async () => {
    const { app } = await open(configOf(), { ...DOOR_LIMITS, headersMs: 300, requestMs: 800, checkMs: 100 });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    const talk = (text: string): Promise<{ answer: string; ms: number }> =>
      new Promise((resolve) => {
        const started = Date.now();
        let answer = '';
        const socket = connect(port, '127.0.0.1', () => socket.write(text));
        socket.on('data', (chunk) => {
          answer += chunk.toString();
        });
        socket.on('error', () => undefined);
        socket.on('close', () => resolve({ answer, ms: Date.now() - started }));
      });
    const slow = await talk('GET /api/data HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    expect(slow.answer).toContain('408');
    expect(slow.ms).toBeGreaterThan(250);
    const body = await talk(
      'POST /api/data HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":',
    );
    expect(body.answer).toContain('408');
    const large = await talk(`GET /api/data HTTP/1.1\r\nHost: x\r\nX-Large: ${'a'.repeat(20_000)}\r\n\r\n`);
    expect(large.answer).toContain('431');
    const two = await talk(
      'GET /api/data HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    expect(two.answer).toContain('400');
    await app.close();
  });
});

describe('a certificate of our own', () => {
  test('is made once, fits the names, and speaks TLS 1.2 and newer alone', async () => {
    const config = configOf('--tls-self-signed', '--host', '0.0.0.0', '--public-url', 'https://soc.example');
    const { app, certificate } = await open(config);
    expect(statSync(certificate!.key).mode & 0o077).toBe(0);
    const first = readFileSync(certificate!.cert, 'utf8');
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    const shake = (options: object): Promise<string> =>
      new Promise((resolve) => {
        const socket = connectTls({ port, host: '127.0.0.1', ca: first, ...options }, () => {
          resolve(`${socket.authorized} ${socket.getProtocol()}`);
          socket.destroy();
        });
        socket.on('error', (error) => resolve(error.message));
      });
    for (const servername of ['localhost', 'soc.example']) expect(await shake({ servername })).toBe('true TLSv1.3');
    expect(await shake({ servername: 'other.example' })).toContain('does not match');
    expect(
      await shake({ servername: 'localhost', maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }),
    ).not.toContain('true');
    // Browsers would let nobody past their warning.
    const answer = await app.inject({ url: '/api/data' });
    expect(answer.headers['strict-transport-security']).toBeUndefined();
    await app.close();
    const again = await open(config);
    expect(readFileSync(again.certificate!.cert, 'utf8')).toBe(first);
    await again.app.close();
    const other = await open(configOf('--tls-self-signed', '--public-url', 'https://new.example'));
    expect(readFileSync(other.certificate!.cert, 'utf8')).not.toBe(first);
    await other.app.close();
  });
});

test('configuration that would be insecure or makes no sense does not start', () => {
  const problem = (...flags: string[]): string => {
    try {
      configOf(...flags);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(problem('--host', '0.0.0.0')).toContain('unencrypted');
  expect(problem('--host', '0.0.0.0', '--trusted-proxies', '10.0.0.5')).toContain('unencrypted');
  expect(problem('--host', '0.0.0.0', '--tls-self-signed')).toBe('');
  expect(problem('--host', '0.0.0.0', '--allow-insecure-http')).toBe('');
  expect(problem('--tls-self-signed', '--tls-cert', 'a', '--tls-key', 'b')).toContain('exclude');
  for (const proxy of ['all', '10.0.0.0/33', '10.0.0', '10.0.0.0/8/8', 'proxy.example'])
    expect(problem('--trusted-proxies', proxy)).toContain(proxy);
  expect(problem('--trusted-proxies', '10.0.0.5, fd00::/8')).toBe('');
});

describe('rate limits', () => {
  test('hold each caller by themselves, say what is left, and when to come again', async () => {
    const db = await openTestState();
    let now = Date.parse('2026-03-01T08:00:00Z');
    const access = await createAccess({ db, version: '1', requestsPerMinute: 60, now: () => now });
    const { app } = await openFrontDoor(configOf(), log);
    await registerAccess(app, access);
    await access.createAdministrator({ username: 'ada', displayName: 'Ada', password: 'correct horse battery' });
    const signed = await app.inject({
      method: 'POST',
      url: '/api/session',
      payload: { username: 'ada', password: 'correct horse battery' },
    });
    const cookie = `parapet_session=${signed.cookies[0]?.value}`;
    const get = (headers: Record<string, string> = {}, remoteAddress = '192.0.2.9') =>
      app.inject({ url: '/api/session', headers, remoteAddress });
    const first = await get({ cookie });
    expect(first.headers).toMatchObject({
      'ratelimit-limit': '60',
      'ratelimit-remaining': '59',
      'ratelimit-policy': '60;w=60',
    });
    const answers = await Promise.all(Array.from({ length: 80 }, () => get({ cookie })));
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(59);
    const refused = answers.at(-1)!;
    expect([refused.statusCode, refused.headers['retry-after'], refused.headers['ratelimit-remaining']]).toEqual([
      429,
      '1',
      '0',
    ]);
    expect(refused.json().error).toMatchObject({ code: 'too_many_requests' });
    // Strangers of the same address have a bucket of their own, half as large, and others are not held up at all.
    const strangers = await Promise.all(Array.from({ length: 40 }, () => get()));
    expect(strangers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(30);
    expect((await get({}, '192.0.2.10')).statusCode).toBe(200);
    now += 10_000;
    const later = await Promise.all(Array.from({ length: 20 }, () => get({ cookie })));
    expect(later.filter(({ statusCode }) => statusCode === 200)).toHaveLength(10);
    // Made-up cookies are strangers too.
    now += 60_000;
    const forged = Array.from({ length: 40 }, (_, n) =>
      get({ cookie: `parapet_session=${String(n).padStart(43, 'A')}` }),
    );
    expect((await Promise.all(forged)).filter(({ statusCode }) => statusCode === 429)).toHaveLength(10);
    await app.close();
    await access.close();
    await db.close();
  });
});
