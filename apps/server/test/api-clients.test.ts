/** The public API with clients that nobody here wrote, over TLS, against the whole server. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cachedTemplate } from '@parapet/state/testing';
import type { InjectOptions } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'parapet-clients-'));
const cert = join(dir, 'tls.crt');
const key = join(dir, 'tls.key');

const has = (command: string, ...given: string[]): boolean => {
  try {
    execFileSync(command, given, { stdio: 'pipe', cwd: dir });
    return true;
  } catch {
    return false;
  }
};
const openssl = has(
  'openssl',
  ...`req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tls.key -out tls.crt -days 2 -subj /CN=parapet -addext subjectAltName=DNS:localhost,IP:127.0.0.1`.split(
    ' ',
  ),
);
if (!openssl) console.warn('There is no openssl command: the clients of the public API are not tested');

describe.skipIf(!openssl)('clients of the Graph security API', () => {
  let server: RunningServer;
  let url = '';
  let cookie = '';
  let csrf = '';
  let tenant = '';
  let hook: Server;
  // biome-ignore lint/suspicious/noExplicitAny: bodies are looked into freely.
  const notified: any[] = [];

  // biome-ignore lint/suspicious/noExplicitAny: bodies are looked into freely.
  const portal = async (method: InjectOptions['method'], path: string, payload?: object): Promise<any> => {
    const response = await server.app.inject({
      method,
      url: path,
      headers: { cookie, 'x-csrf-token': csrf },
      ...(payload ? { payload } : {}),
    });
    if (response.statusCode >= 400) throw new Error(response.body);
    return response.body ? response.json() : undefined;
  };

  beforeAll(async () => {
    hook = createServer((request, response) => {
      const token = new URL(request.url ?? '/', 'http://x').searchParams.get('validationToken');
      if (token !== null) {
        response.writeHead(200, { 'content-type': 'text/plain' }).end(token);
        return;
      }
      let text = '';
      request.on('data', (part: Buffer) => {
        text += part.toString();
      });
      request.on('end', () => {
        notified.push(JSON.parse(text));
        response.writeHead(202).end();
      });
    });
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    const settings = ['--port', '0', '--data', dir, '--log-level', 'silent', '--tls-cert', cert, '--tls-key', key];
    server = await startServer({
      config: loadConfig(settings, {}, dir),
      version: '1.2.3-test',
      log: pino({ level: 'silent' }),
      api: { allowLoopback: true },
      paths: {
        root,
        contentDir: join(root, 'content'),
        portalDir: join(root, 'apps/portal/dist'),
        schemaFile: join(root, 'packages/schema/data/hunting-schema.json'),
        bundleDir: undefined,
        stateTemplate: await cachedTemplate(),
      },
    });
    url = server.url.replace('127.0.0.1', 'localhost');
    const setup = new URL(server.setupLink ?? '').searchParams.get('token');
    const person = { token: setup, username: 'ada', displayName: 'Ada', password: 'seven quiet harbours' };
    const response = await server.app.inject({ method: 'POST', url: '/api/setup', payload: person });
    cookie = String(response.headers['set-cookie']).split(';')[0] ?? '';
    csrf = response.json<{ csrfToken: string }>().csrfToken;
    tenant = (await portal('GET', '/api/apps')).tenantId;
  }, 180_000);
  afterAll(async () => {
    hook?.close();
    await server?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('list, page, filter, expand, patch, comment, merge, hunt, subscribe and sign people in', async () => {
    const app = await portal('POST', '/api/apps', {
      name: 'Script',
      applicationPermissions: [
        'SecurityAlert.ReadWrite.All',
        'SecurityIncident.ReadWrite.All',
        'SecurityData.Manage.All',
        'ThreatHunting.Read.All',
      ],
    });
    const { secret } = await portal('POST', `/api/apps/${app.id}/secrets`, { name: 'test', days: 1 });
    const desk = await portal('POST', '/api/apps', {
      name: 'Desk',
      publicClient: true,
      delegatedPermissions: ['SecurityAlert.Read.All'],
    });
    const tokenOf = await server.app.inject({
      method: 'POST',
      url: `/${tenant}/oauth2/v2.0/token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: app.id,
        client_secret: secret,
        scope: 'https://graph.microsoft.com/.default',
      }).toString(),
    });
    const token = tokenOf.json<{ access_token: string }>().access_token;
    const lines = Array.from({ length: 9 }, (_, n) =>
      JSON.stringify({
        displayName: `Incident ${n}`,
        alerts: [
          {
            id: `x-${n}`,
            title: `Finding ${n}`,
            severity: n % 2 ? 'high' : 'low',
            productName: 'Example Sensor',
            evidence: [
              { '@odata.type': '#microsoft.graph.security.deviceEvidence', deviceDnsName: `pc${n}.contoso.example` },
            ],
          },
        ],
      }),
    );
    const imported = await server.app.inject({
      method: 'POST',
      url: '/v1.0/security/incidents/import',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
      payload: lines.join('\n'),
    });
    expect(imported.json()).toMatchObject({ created: 9 });

    const told = await new Promise<Record<string, unknown>>((resolve, reject) => {
      const given = {
        url,
        tenant,
        clientId: app.id,
        clientSecret: secret,
        publicClientId: desk.id,
        hook: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`,
      };
      const script = fileURLToPath(new URL('graph-clients.mjs', import.meta.url));
      const child = spawn(process.execPath, [script, JSON.stringify(given)], {
        env: { ...process.env, NODE_EXTRA_CA_CERTS: cert },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let text = '';
      let errors = '';
      child.stderr.on('data', (part: Buffer) => {
        errors += part.toString();
      });
      child.stdout.on('data', (part: Buffer) => {
        const before = text;
        text += part.toString();
        const code = /DEVICE (\w+)\n/.exec(text)?.[1];
        if (code && !/DEVICE (\w+)\n/.test(before))
          portal('POST', `/api/oauth/device/${code}`, { allow: true }).catch(reject);
      });
      child.on('close', () => {
        const line = /TOLD (.*)\n/.exec(text)?.[1];
        if (line) resolve(JSON.parse(line) as Record<string, unknown>);
        else reject(new Error(`${text}\n${errors}`));
      });
    });
    expect(told).toMatchObject({
      count: 9,
      paged: 9,
      severities: ['high'],
      expanded: [1, 1],
      patched: ['inProgress', 'truePositive', 'malware', ['Demo']],
      comments: ['From a script'],
      merged: true,
      hunted: {
        schema: [
          { name: 'Name', type: 'String' },
          { name: 'Number', type: 'Int64' },
          { name: 'At', type: 'DateTime' },
          { name: 'Bag', type: 'Object' },
          { name: 'Yes', type: 'Boolean' },
        ],
        results: [{ Name: 'ü', Number: 1, Bag: { a: 1 }, Yes: true }],
      },
      refused: [400, 'BadRequest', true],
      subscribed: true,
      batch: [200],
      kusto: [{ x: 42 }],
      device: ['ada', true],
      refreshed: true,
    });
    // A change is told within ten seconds, signed and with the secret of the subscriber.
    await expect.poll(() => notified.length, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(notified[0]).toMatchObject({
      value: [
        { clientState: 'mine', changeType: 'updated', tenantId: tenant, resourceData: { id: expect.any(String) } },
      ],
      validationTokens: [expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/)],
    });
  });

  it.skipIf(!has('curl', '--version'))('curl reads what the documentation says', async () => {
    // Not the synchronous form: the server lives in this process.
    const curl = async (...given: string[]): Promise<string> =>
      (await promisify(execFile)('curl', ['-sS', '--cacert', cert, ...given], { timeout: 20_000 })).stdout;
    const described = JSON.parse(await curl(`${url}/${tenant}/v2.0/.well-known/openid-configuration`));
    expect(described.token_endpoint).toBe(`${url}/${tenant}/oauth2/v2.0/token`);
    expect(JSON.parse(await curl(described.jwks_uri)).keys[0]).toMatchObject({ kty: 'RSA', alg: 'RS256' });
    const refused = JSON.parse(await curl(`${url}/v1.0/security/incidents`));
    expect(refused.error.code).toBe('InvalidAuthenticationToken');
  });
});
