import type { UserSession } from '@parapet/schema';
import { ParapetError } from '@parapet/schema';
import type { RegistrationResponseJSON } from '@simplewebauthn/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AccessService } from '../access.ts';
import type { Owner } from '../sign-in/factors.ts';
import { requireSite } from '../sign-in/passkeys.ts';
import { attempted, sessionOf, siteOfRequest } from './request.ts';

const bodyLimit = 16 * 1024;
const byId = {
  params: { type: 'object', properties: { id: { type: 'string', minLength: 1, maxLength: 2_000 } } },
} as const;

/** /api/profile/…: one's own factors, recovery codes and sessions. */
export function profileRoutes(app: FastifyInstance, access: AccessService): void {
  const { factors } = access.signIn;
  const owner = ({ principal, ip }: FastifyRequest): Owner => ({
    id: principal.id,
    username: principal.username,
    remoteAddress: ip,
  });
  /** Adding a factor is how a session becomes complete; otherwise it needs a recent proof, as taking one away does. */
  const adding = { signedIn: true, incomplete: true, confirmed: true } as const;
  const changing = { signedIn: true, confirmed: true } as const;

  app.get('/api/profile/security', { config: { signedIn: true, incomplete: true } }, (request) =>
    access.signIn.profile(sessionOf(request), siteOfRequest(request, access)),
  );

  app.post('/api/profile/totp', { config: adding, bodyLimit }, async (request) =>
    factors.offerTotp(await access.signIn.localUser(request.principal.id)),
  );

  app.post<{ Body: { code: string } }>(
    '/api/profile/totp/confirmation',
    {
      config: adding,
      bodyLimit,
      schema: {
        body: {
          type: 'object',
          required: ['code'],
          additionalProperties: false,
          properties: { code: { type: 'string', minLength: 1, maxLength: 20 } },
        },
      },
    },
    async (request, reply) => {
      await access.signIn.localUser(request.principal.id);
      // Guessing codes of an offered secret is of no use to anyone, but costs work all the same.
      const attempt = async () => {
        const succeeded = access.throttle.attempt(`factor of ${request.principal.id}`, request.ip);
        const codes = await factors.confirmTotp(owner(request), request.body.code);
        succeeded();
        return codes;
      };
      return { recoveryCodes: await attempted(access, request, reply, attempt()) };
    },
  );

  app.delete('/api/profile/totp', { config: changing }, async (request, reply) => {
    const user = await access.signIn.localUser(request.principal.id);
    await factors.removeTotp(owner(request), access.signIn.needsFactor(user));
    return reply.code(204).send();
  });

  app.post('/api/profile/passkeys/offer', { config: adding, bodyLimit }, async (request) => {
    const user = await access.signIn.localUser(request.principal.id);
    return factors.passkeys.offer(user, requireSite(siteOfRequest(request, access)));
  });

  app.post<{ Body: { name: string; response: RegistrationResponseJSON } }>(
    '/api/profile/passkeys',
    {
      config: adding,
      bodyLimit: 64 * 1024,
      schema: {
        body: {
          type: 'object',
          required: ['name', 'response'],
          additionalProperties: false,
          properties: { name: { type: 'string', minLength: 1, maxLength: 60 }, response: { type: 'object' } },
        },
      },
    },
    async (request) => {
      await access.signIn.localUser(request.principal.id);
      await factors.passkeys.add(owner(request), request.body.name.trim(), request.body.response);
      return { recoveryCodes: await factors.firstCodes(owner(request)) };
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/api/profile/passkeys/:id',
    { config: changing, schema: byId },
    async (request, reply) => {
      const user = await access.signIn.localUser(request.principal.id);
      await factors.removePasskey(owner(request), request.params.id, access.signIn.needsFactor(user));
      return reply.code(204).send();
    },
  );

  // For proving again who one is, with a passkey.
  app.post('/api/profile/passkeys/challenge', { config: { signedIn: true }, bodyLimit }, (request) =>
    factors.passkeys.ask(request.principal.id, requireSite(siteOfRequest(request, access))),
  );

  app.post('/api/profile/recovery-codes', { config: changing, bodyLimit }, async (request) => {
    await access.signIn.localUser(request.principal.id);
    return { recoveryCodes: await factors.renewCodes(owner(request)) };
  });

  app.get(
    '/api/profile/sessions',
    { config: { signedIn: true } },
    (request): Promise<UserSession[]> => access.sessions.listOf(request.principal.id, sessionOf(request).idHash),
  );

  app.delete('/api/profile/sessions', { config: { signedIn: true } }, async (request) => {
    const ended = await access.sessions.removeAllOf(request.principal.id, sessionOf(request).idHash);
    await record(request, 'session.revokeOthers', { ended });
    return { ended };
  });

  app.delete<{ Params: { id: string } }>(
    '/api/profile/sessions/:id',
    { config: { signedIn: true }, schema: byId },
    async (request, reply) => {
      if (!(await access.sessions.revoke(request.principal.id, request.params.id))) throw sessionNotFound();
      await record(request, 'session.revoke', { session: request.params.id });
      return reply.code(204).send();
    },
  );

  function record(request: FastifyRequest, action: string, after: unknown): Promise<void> {
    const { username } = request.principal;
    return access.audit({ actor: username, action, target: `user/${username}`, after, remoteAddress: request.ip });
  }
}

export function sessionNotFound(): ParapetError {
  return new ParapetError('session_not_found', 404, 'There is no such session.', 'It may have ended already.');
}
