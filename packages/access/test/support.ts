import { type ErrorBody, ParapetError, type Role, type SessionInfo } from '@parapet/schema';
import type { StateDb } from '@parapet/state';
import { openTestState, resetTestState } from '@parapet/state/testing';
import Fastify, { type FastifyInstance, type InjectOptions, type LightMyRequestResponse } from 'fastify';
import { type Access, createAccess, registerAccess } from '../src/index.ts';

export const PASSWORD = 'correct horse battery';
export const START = Date.parse('2026-03-01T08:00:00Z');

/** A clock that only moves when told to. */
export interface Clock {
  now: number;
}

export interface World {
  readonly db: StateDb;
  readonly clock: Clock;
  readonly access: Access;
  readonly app: FastifyInstance;
  close(): Promise<void>;
}

/** One database for a whole test file, emptied before each world is made in it. */
export async function openWorlds(): Promise<{ create: typeof createWorld; close(): Promise<void> }> {
  const db = await openTestState();
  return {
    async create(options = {}) {
      await resetTestState(db);
      return createWorld({ ...options, db });
    },
    close: () => db.close(),
  };
}

/** A real database, this room and an application that answers errors as the server does. */
export async function createWorld(
  options: { db?: StateDb; more?: (app: FastifyInstance) => void; origins?: string[] } = {},
): Promise<World> {
  const db = options.db ?? (await openTestState());
  const clock: Clock = { now: START };
  const access = await createAccess({ db, version: '1.2.3', now: () => clock.now, origins: options.origins });
  const app = await createApp(access, options.more);
  return {
    db,
    clock,
    access,
    app,
    async close() {
      await app.close();
      await access.close();
      if (!options.db) await db.close();
    },
  };
}

export async function createApp(access: Access, more?: (app: FastifyInstance) => void): Promise<FastifyInstance> {
  const app = Fastify({ trustProxy: true });
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    const known = error instanceof ParapetError;
    const body: ErrorBody = {
      error: {
        code: known ? error.code : (error.code ?? 'internal'),
        message: error.message,
        requestId: request.id,
        ...(known ? { hint: error.hint, details: error.details } : {}),
      },
    };
    return reply.code(known ? error.status : (error.statusCode ?? 500)).send(body);
  });
  await registerAccess(app, access);
  more?.(app);
  await app.ready();
  return app;
}

/** The value of the session cookie an answer set. */
export function cookieOf(response: LightMyRequestResponse): string {
  return response.cookies.find(({ name }) => name === 'parapet_session')?.value ?? '';
}

export function errorOf(response: LightMyRequestResponse): ErrorBody['error'] {
  return response.json<ErrorBody>().error;
}

/** A signed-in browser: sends its cookie and CSRF token. */
export class Browser {
  constructor(
    readonly app: FastifyInstance,
    readonly cookie: string,
    readonly info: SessionInfo,
  ) {}

  static async signIn(app: FastifyInstance, username: string, password = PASSWORD): Promise<Browser> {
    const response = await app.inject({ method: 'POST', url: '/api/session', payload: { username, password } });
    if (response.statusCode !== 200) throw new Error(response.body);
    return new Browser(app, cookieOf(response), response.json());
  }

  call(method: InjectOptions['method'], url: string, payload?: unknown): Promise<LightMyRequestResponse> {
    return this.app.inject({
      method,
      url,
      headers: {
        cookie: `parapet_session=${this.cookie}`,
        'x-csrf-token': this.info.csrfToken ?? '',
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(payload === undefined ? {} : { payload: JSON.stringify(payload) }),
    });
  }
}

/** The global role of each person the tests sign in. */
export const ROLE_OF = {
  administrator: 'globalAdministrator',
  operator: 'securityOperator',
  reader: 'securityReader',
} as const satisfies Record<string, Role>;
export type Person = keyof typeof ROLE_OF;

/** One signed-in person of each role; the administrator is the first user. */
export async function createPeople({ access, app }: World): Promise<Record<Person, Browser>> {
  await access.createAdministrator({ username: 'ada', displayName: 'Ada', password: PASSWORD });
  const administrator = await Browser.signIn(app, 'ada');
  for (const [username, role] of [
    ['olga', ROLE_OF.operator],
    ['rene', ROLE_OF.reader],
  ]) {
    const made = await administrator.call('POST', '/api/users', {
      username,
      displayName: username,
      role,
      password: PASSWORD,
    });
    if (made.statusCode !== 201) throw new Error(made.body);
  }
  return { administrator, operator: await Browser.signIn(app, 'olga'), reader: await Browser.signIn(app, 'rene') };
}
