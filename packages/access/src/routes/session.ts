import type { SessionInfo, SetupRequest, SignInRequest } from '@parapet/schema';
import { ParapetError } from '@parapet/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AccessService } from '../access.ts';
import { clearSessionCookie, readSessionCookie, setSessionCookie } from '../cookie.ts';
import { MAX_PASSWORD } from '../passwords.ts';
import { hashSecret } from '../secrets.ts';
import type { LiveSession } from '../sessions.ts';

/** A body far beyond any of these fields is refused before it is read. */
const bodyLimit = 16 * 1024;
const password = { type: 'string', minLength: 1, maxLength: MAX_PASSWORD * 2 } as const;

/** GET, POST and DELETE /api/session, POST /api/session/password, POST /api/setup */
export function sessionRoutes(app: FastifyInstance, access: AccessService): void {
  const info = (session: LiveSession | null): SessionInfo => ({
    user: session
      ? {
          id: session.principal.id,
          username: session.principal.username,
          displayName: session.principal.displayName,
          role: session.principal.role,
        }
      : null,
    permissions: session?.principal.permissions ?? [],
    csrfToken: session?.csrfToken ?? null,
    setupRequired: access.setup.required,
    version: access.version,
  });

  /** Answer with a new session in place of the one the browser may still hold. */
  async function begin(
    request: FastifyRequest,
    reply: FastifyReply,
    attempt: Promise<{ cookie: string; session: LiveSession }>,
  ): Promise<SessionInfo> {
    const { cookie, session } = await attempt.catch(async (error: unknown) => {
      if (error instanceof ParapetError && error.code === 'too_many_attempts') {
        const { retryAfterSeconds } = error.details as { readonly retryAfterSeconds: number };
        reply.header('retry-after', retryAfterSeconds);
        await access.denials.record({
          actor: '',
          action: 'access.denied',
          target: `${request.method} ${request.routeOptions.url}`,
          missing: 'patience: too many failed attempts',
          remoteAddress: request.ip,
        });
      }
      throw error;
    });
    const old = readSessionCookie(request.headers.cookie);
    if (old) await access.sessions.remove(hashSecret(old));
    setSessionCookie(request, reply, cookie);
    return info(session);
  }

  app.get('/api/session', { config: { public: true } }, async (request) => info(request.accessSession));

  app.post<{ Body: SignInRequest }>(
    '/api/session',
    {
      config: { public: true, anonymous: true },
      bodyLimit,
      schema: {
        body: {
          type: 'object',
          required: ['username', 'password'],
          additionalProperties: false,
          properties: { username: { type: 'string', minLength: 1, maxLength: 200 }, password },
        },
      },
    },
    (request, reply) => begin(request, reply, access.signIn(request.body.username, request.body.password, request.ip)),
  );

  app.delete('/api/session', { config: { signedIn: true } }, async (request, reply) => {
    const { idHash, principal } = request.accessSession as LiveSession;
    await access.sessions.remove(idHash);
    await access.audit({
      actor: principal.username,
      action: 'session.signOut',
      target: `user/${principal.username}`,
      remoteAddress: request.ip,
    });
    clearSessionCookie(request, reply);
    return reply.code(204).send();
  });

  app.post<{ Body: { currentPassword: string; newPassword: string } }>(
    '/api/session/password',
    {
      config: { signedIn: true },
      bodyLimit,
      schema: {
        body: {
          type: 'object',
          required: ['currentPassword', 'newPassword'],
          additionalProperties: false,
          properties: { currentPassword: password, newPassword: password },
        },
      },
    },
    (request, reply) => {
      const { currentPassword, newPassword } = request.body;
      return begin(
        request,
        reply,
        access.changePassword(request.principal.id, currentPassword, newPassword, request.ip),
      );
    },
  );

  app.post<{ Body: SetupRequest }>(
    '/api/setup',
    {
      config: { public: true, anonymous: true },
      bodyLimit,
      schema: {
        body: {
          type: 'object',
          required: ['token', 'username', 'displayName', 'password'],
          additionalProperties: false,
          properties: {
            token: { type: 'string', minLength: 1, maxLength: 200 },
            username: { type: 'string', minLength: 1, maxLength: 64 },
            displayName: { type: 'string', minLength: 1, maxLength: 100 },
            password,
          },
        },
      },
    },
    (request, reply) => begin(request, reply, access.completeSetup(request.body, request.ip)),
  );
}
