import type { SessionInfo, SetupRequest, SignInRequest } from '@parapet/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AccessService } from '../access.ts';
import { clearSessionCookie } from '../cookie.ts';
import { MAX_PASSWORD } from '../passwords.ts';
import type { LiveSession } from '../sessions.ts';
import { isPending } from '../sign-in/service.ts';
import type { FactorProof, SignedIn } from '../sign-in/sign-in.ts';
import { attempted, baseOf, fromOf, sessionOf, takeOver } from './request.ts';

/** A body far beyond any of these fields is refused before it is read. */
const bodyLimit = 16 * 1024;
const password = { type: 'string', minLength: 1, maxLength: MAX_PASSWORD * 2 } as const;

/** A factor as it is sent; what a passkey says is checked by the library that reads it. */
export const factorProperties = {
  totp: { type: 'string', minLength: 1, maxLength: 20 },
  recoveryCode: { type: 'string', minLength: 1, maxLength: 60 },
  passkey: { type: 'object' },
} as const;

/** GET, POST and DELETE /api/session, POST /api/session/{factor,passkey,password,confirm}, POST /api/setup */
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
    stage: session?.stage ?? 'complete',
    version: access.version,
  });

  /** Answer with a new session in place of the one the browser may still hold. */
  async function begin(request: FastifyRequest, reply: FastifyReply, attempt: Promise<SignedIn>): Promise<SessionInfo> {
    const begun = await attempted(access, request, reply, attempt);
    await takeOver(access, request, reply, begun);
    return info(begun.session);
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
    async (request, reply) => {
      const { username, password } = request.body;
      const attempt = access.signIn.local.withPassword(username, password, fromOf(request));
      const outcome = await attempted(access, request, reply, attempt);
      if (isPending(outcome)) return { ...info(null), secondFactor: outcome };
      return begin(request, reply, Promise.resolve(outcome));
    },
  );

  app.post<{ Body: FactorProof & { ticket: string } }>(
    '/api/session/factor',
    {
      config: { public: true, anonymous: true },
      bodyLimit,
      schema: {
        body: {
          type: 'object',
          required: ['ticket'],
          additionalProperties: false,
          properties: { ticket: { type: 'string', minLength: 1, maxLength: 100 }, ...factorProperties },
        },
      },
    },
    (request, reply) => {
      const { ticket, ...proof } = request.body;
      return begin(request, reply, access.signIn.local.withFactor(ticket, proof, fromOf(request)));
    },
  );

  app.post<{ Body: { passkey: NonNullable<FactorProof['passkey']> } }>(
    '/api/session/passkey',
    {
      config: { public: true, anonymous: true },
      bodyLimit,
      schema: {
        body: {
          type: 'object',
          required: ['passkey'],
          additionalProperties: false,
          properties: { passkey: factorProperties.passkey },
        },
      },
    },
    (request, reply) => begin(request, reply, access.signIn.local.withPasskey(request.body.passkey, fromOf(request))),
  );

  app.post<{ Body: FactorProof & { password?: string } }>(
    '/api/session/confirm',
    {
      config: { signedIn: true },
      bodyLimit,
      schema: {
        body: { type: 'object', additionalProperties: false, properties: { password, ...factorProperties } },
      },
    },
    async (request, reply) => {
      await attempted(access, request, reply, access.signIn.confirm(sessionOf(request), request.body, fromOf(request)));
      return reply.code(204).send();
    },
  );

  app.delete('/api/session', { config: { signedIn: true, incomplete: true } }, async (request, reply) => {
    const { idHash, principal } = sessionOf(request);
    const provider = await access.sessions.providerOf(idHash);
    await access.sessions.remove(idHash);
    await access.audit({
      actor: principal.username,
      action: 'session.signOut',
      target: `user/${principal.username}`,
      remoteAddress: request.ip,
    });
    clearSessionCookie(request, reply);
    // Otherwise the next click on the provider's button would sign the person in again without a question.
    const redirectTo = provider && (await access.signIn.oidc.signOutUrl(provider, baseOf(request, access)));
    return redirectTo ? { redirectTo } : reply.code(204).send();
  });

  app.post<{ Body: { currentPassword: string; newPassword: string } }>(
    '/api/session/password',
    {
      config: { signedIn: true, incomplete: true },
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
        access.changePassword(
          request.principal.id,
          currentPassword,
          newPassword,
          fromOf(request),
          sessionOf(request).method,
        ),
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
    (request, reply) => begin(request, reply, access.completeSetup(request.body, fromOf(request))),
  );
}
