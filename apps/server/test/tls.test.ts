import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { CreatedIngestKey, SessionInfo } from '@parapet/schema';
import { cachedTemplate } from '@parapet/state/testing';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import { loadCertificate, watchCertificate } from '../src/front-door/tls.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'parapet-tls-'));
const files = { cert: join(dir, 'tls.crt'), key: join(dir, 'tls.key') };
const log = pino({ level: 'silent' });

/** A self-signed certificate for this machine. False where there is no openssl command. */
function make(name: string): boolean {
  try {
    execFileSync(
      'openssl',
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ${name}.key -out ${name}.crt -days 2 -subj /CN=${name} -addext subjectAltName=DNS:localhost,IP:127.0.0.1`.split(
        ' ',
      ),
      { cwd: dir, stdio: 'pipe' },
    );
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

const openssl = make('tls') && make('renewed');
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('configuration', () => {
  it('takes both files or neither, and needs no leave for plain HTTP with them', () => {
    expect(() => loadConfig(['--tls-cert', 'a.crt'], {}, dir)).toThrow(/belong together/);
    const config = loadConfig(['--host', '0.0.0.0', '--tls-cert', 'a.crt', '--tls-key', 'a.key'], {}, dir);
    expect([config.tlsCert, config.tlsKey]).toEqual([join(dir, 'a.crt'), join(dir, 'a.key')]);
  });
});

describe.skipIf(!openssl)('with certificates of the openssl command', () => {
  let server: RunningServer;

  it('files that do not fit or are missing are named', () => {
    expect(() => loadCertificate({ cert: files.cert, key: join(dir, 'none.key') })).toThrow(/none\.key/);
    expect(() => loadCertificate({ cert: files.cert, key: join(dir, 'renewed.key') })).toThrow(/cannot be used/);
  });

  it('renewed files are used once both fit', async () => {
    const pair = { cert: join(dir, 'pair.crt'), key: join(dir, 'pair.key') };
    copyFileSync(files.cert, pair.cert);
    copyFileSync(files.key, pair.key);
    const used: string[] = [];
    const stop = watchCertificate(pair, (options) => used.push(String(options.cert)), log, 50);
    writeFileSync(pair.cert, readFileSync(join(dir, 'renewed.crt')));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(used).toEqual([]);
    writeFileSync(pair.key, readFileSync(join(dir, 'renewed.key')));
    await expect.poll(() => used.length, { timeout: 10_000 }).toBe(1);
    expect(used[0]).toBe(readFileSync(join(dir, 'renewed.crt'), 'utf8'));
    stop();
  });

  describe('the server', () => {
    beforeAll(async () => {
      server = await startServer({
        config: loadConfig(
          ['--port', '0', '--data', join(dir, 'data'), '--tls-cert', files.cert, '--tls-key', files.key],
          {},
          dir,
        ),
        version: '0.0.0-test',
        log,
        paths: {
          root,
          contentDir: join(root, 'content'),
          portalDir: join(root, 'apps/portal/dist'),
          schemaFile: join(root, 'packages/schema/data/hunting-schema.json'),
          bundleDir: undefined,
          stateTemplate: await cachedTemplate(),
        },
      });
    });
    afterAll(() => server?.close());

    async function call(method: string, path: string, body: unknown, headers: Record<string, string> = {}) {
      const text = typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body);
      return new Promise<{ status: number; cookie: string; body: Record<string, string> }>((resolve, reject) => {
        const sent = request(
          server.url + path,
          {
            method,
            ca: readFileSync(files.cert),
            headers: { ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
          },
          async (answer) => {
            let found = '';
            for await (const chunk of answer) found += String(chunk);
            resolve({
              status: answer.statusCode ?? 0,
              cookie: answer.headers['set-cookie']?.[0] ?? '',
              body: found ? (JSON.parse(found) as Record<string, string>) : {},
            });
          },
        );
        sent.on('error', reject);
        sent.end(text);
      });
    }

    it('signs people in with cookies for HTTPS alone, and gives the holder of a key a token to send rows with', async () => {
      expect(server.url).toMatch(/^https:/);
      const token = new URL(server.setupLink ?? '').searchParams.get('token');
      const setup = await call('POST', '/api/setup', {
        token,
        username: 'ada',
        displayName: 'Ada',
        password: 'seven quiet harbours',
      });
      expect(setup.cookie).toMatch(/; Secure/);
      const session = setup.body as unknown as SessionInfo;
      const person = { cookie: setup.cookie.split(';')[0] ?? '', 'x-csrf-token': session.csrfToken ?? '' };
      const made = await call('POST', '/api/ingest/sources', { name: 'Azure', kind: 'azure-logs' }, person);
      const key = (made.body as unknown as { key: CreatedIngestKey }).key;
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: key.id,
        client_secret: key.secret,
      });
      const answer = await call('POST', '/contoso/oauth2/v2.0/token', form.toString(), {
        'content-type': 'application/x-www-form-urlencoded',
      });
      const bearer = { authorization: `Bearer ${answer.body.access_token}` };
      const path = '/dataCollectionRules/dcr-1/streams/Custom-X_CL?api-version=2023-01-01';
      expect((await call('POST', path, [{ n: 1 }], bearer)).status).toBe(204);
      // An event collector's token is the same key.
      const hec = { authorization: `Splunk ${key.encoded}` };
      expect((await call('POST', '/services/collector', '{"event":"x"}', hec)).body).toEqual({
        text: 'Success',
        code: 0,
      });
      const generic = { authorization: `Bearer ${key.encoded}` };
      expect((await call('POST', '/api/ingest/mine', { a: 1 }, generic)).status).toBe(202);
      expect((await call('POST', '/api/ingest/mine', { a: 1 })).status).toBe(401);
      // Revoked, the key takes its token along.
      expect((await call('DELETE', `/api/keys/${key.id}`, undefined, person)).status).toBe(204);
      expect((await call('POST', path, [{ n: 2 }], bearer)).status).toBe(401);
    });

    it('refuses old versions of TLS and plain HTTP', async () => {
      const port = Number(new URL(server.url).port);
      await expect(
        new Promise((resolve, reject) => {
          const socket = connect({
            port,
            host: '127.0.0.1',
            ca: readFileSync(files.cert),
            maxVersion: 'TLSv1.1',
            minVersion: 'TLSv1',
          });
          socket.once('secureConnect', resolve);
          socket.once('error', reject);
        }),
      ).rejects.toThrow();
      await expect(fetch(`http://127.0.0.1:${port}/api/health`)).rejects.toThrow();
    });
  });
});
