/** A whole server with one administrator signed in, for tests of portal routes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ErrorBody, HuntResult, Role, SessionInfo } from '@parapet/schema';
import { cachedTemplate } from '@parapet/state/testing';
import { pino } from 'pino';
import { type RunningServer, startServer } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

export interface Person {
  call<T = ErrorBody>(method: string, path: string, body?: unknown, type?: string): Promise<Answer<T>>;
  /** Rows of a query that must run. */
  hunt(query: string): Promise<HuntResult['rows']>;
}

export interface PortalServer extends Person {
  readonly server: RunningServer;
  /** Somebody else, signed in. */
  person(username: string, role: 'operator' | 'reader' | Role | null): Promise<Person>;
  close(): Promise<void>;
}

const PASSWORD = 'seven quiet harbours';

function personOf(server: RunningServer): Person & { enter(path: string, body: object): Promise<void> } {
  let cookie = '';
  let csrf = '';
  const call = async <T>(method: string, path: string, body?: unknown, type?: string): Promise<Answer<T>> => {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(server.url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': type ?? (raw ? 'text/csv' : 'application/json') }),
        ...(cookie ? { cookie } : {}),
        ...(csrf ? { 'x-csrf-token': csrf } : {}),
      },
      ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
    });
    cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    const text = await response.text();
    // Exports answer with files, which may call themselves JSON and hold a document a line.
    let parsed: unknown = text || null;
    try {
      if (text) parsed = JSON.parse(text);
    } catch {
      // The text as it is.
    }
    return { status: response.status, body: parsed as T };
  };
  return {
    call,
    async hunt(query) {
      const answer = await call<HuntResult>('POST', '/api/hunting/run', { query });
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
      return answer.body.rows;
    },
    async enter(path, body) {
      const answer = await call<SessionInfo>('POST', path, body);
      if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
      csrf = answer.body.csrfToken ?? '';
    },
  };
}

export async function startPortalServer(flags: readonly string[] = []): Promise<PortalServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'parapet-portal-'));
  const server = await startServer({
    config: loadConfig(['--port', '0', '--data', dataDir, '--log-level', 'silent', ...flags], {}, dataDir),
    version: '0.0.0-test',
    log: pino({ level: 'silent' }),
    paths: {
      root,
      contentDir: join(root, 'content'),
      portalDir: join(root, 'apps/portal/dist'),
      schemaFile: join(root, 'packages/schema/data/hunting-schema.json'),
      bundleDir: undefined,
      stateTemplate: await cachedTemplate(),
    },
  });
  const admin = personOf(server);
  const token = new URL(server.setupLink ?? '').searchParams.get('token');
  await admin.enter('/api/setup', { token, username: 'ada', displayName: 'Ada', password: PASSWORD });
  return {
    ...admin,
    server,
    async person(username, role) {
      const made = await admin.call('POST', '/api/users', {
        username,
        displayName: username,
        role: role === 'operator' ? 'securityOperator' : role === 'reader' ? 'securityReader' : role,
        password: PASSWORD,
      });
      if (made.status >= 300) throw new Error(JSON.stringify(made.body));
      const other = personOf(server);
      await other.enter('/api/session', { username, password: PASSWORD });
      return other;
    },
    async close() {
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
