import { ParapetError, type ProviderInput, type SignInOptions, type SignInPolicy } from '@parapet/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AccessService } from '../access.ts';
import { readSignInCookie, setSignInCookie } from '../cookie.ts';
import { asFailure } from '../oidc/failure.ts';
import { providerNotFound, toProvider } from '../oidc/providers.ts';
import { newSecret } from '../secrets.ts';
import { requireSite } from '../sign-in/passkeys.ts';
import type { Caller } from '../users.ts';
import { attempted, baseOf, fromOf, siteOfRequest, takeOver } from './request.ts';
import { versionOf } from './validation.ts';

const bodyLimit = 256 * 1024;
const text = (max: number, min = 0) => ({ type: 'string', minLength: min, maxLength: max }) as const;
const hours = (maximum: number) => ({ type: 'integer', minimum: 1, maximum }) as const;
const byId = { params: { type: 'object', properties: { id: text(40) } } } as const;

const policyBody = {
  type: 'object',
  required: ['localSignIn', 'secondFactor', 'idleHours', 'maxHours', 'confirmMinutes'],
  additionalProperties: false,
  properties: {
    localSignIn: { type: 'string', enum: ['everyone', 'breakGlassOnly'] },
    secondFactor: { type: 'string', enum: ['optional', 'required'] },
    idleHours: hours(72),
    maxHours: hours(720),
    confirmMinutes: hours(120),
  },
} as const;

const providerBody = {
  type: 'object',
  required: ['name', 'enabled', 'issuer', 'clientId', 'mappings', 'defaultRole', 'createUsers'],
  additionalProperties: false,
  properties: {
    name: text(60, 1),
    enabled: { type: 'boolean' },
    issuer: text(500, 1),
    clientId: text(300, 1),
    clientSecret: text(2_000),
    scopes: { ...text(500), default: 'openid profile email' },
    usernameClaim: { ...text(200, 1), default: 'preferred_username' },
    displayNameClaim: { ...text(200, 1), default: 'name' },
    groupsClaim: { ...text(200), default: 'groups' },
    mappings: {
      type: 'array',
      items: {
        type: 'object',
        required: ['claim', 'value', 'role'],
        additionalProperties: false,
        properties: { claim: text(200, 1), value: text(500, 1), role: text(100, 1) },
      },
    },
    defaultRole: { type: ['string', 'null'], maxLength: 100 },
    createUsers: { type: 'boolean' },
    adoptLocal: { type: 'boolean', default: false },
    requiredAmr: { ...text(100), default: '' },
  },
} as const;

/** What the sign-in page needs, the policy, and providers: /api/sign-in/… */
export function signInRoutes(app: FastifyInstance, access: AccessService): void {
  const { providers, clients, oidc, backChannel } = access.signIn;

  app.get('/api/sign-in', { config: { public: true } }, async (request): Promise<SignInOptions> => {
    const enabled = (await providers.list()).filter((provider) => provider.enabled);
    return {
      localSignIn: access.policies.current.localSignIn === 'everyone',
      passkeys: siteOfRequest(request, access) !== null,
      providers: enabled.map(({ id, name }) => ({ id, name })),
    };
  });

  app.post('/api/sign-in/passkey', { config: { public: true, anonymous: true }, bodyLimit }, (request) =>
    access.signIn.factors.passkeys.ask(null, requireSite(siteOfRequest(request, access))),
  );

  // The passkey that is missing in a sign-in whose password was right.
  app.post<{ Body: { ticket: string } }>(
    '/api/sign-in/factor/passkey',
    {
      config: { public: true, anonymous: true },
      bodyLimit,
      schema: {
        body: {
          type: 'object',
          required: ['ticket'],
          additionalProperties: false,
          properties: { ticket: text(100, 1) },
        },
      },
    },
    async (request, reply) => {
      const asked = async () => {
        const pending = access.signIn.local.pending.peek(request.body.ticket);
        if (!pending) {
          throw new ParapetError('ticket_expired', 401, 'This sign-in took too long.', 'Sign in again.');
        }
        return access.signIn.factors.passkeys.ask(pending.user.id, requireSite(siteOfRequest(request, access)));
      };
      return attempted(access, request, reply, asked());
    },
  );

  app.get('/api/sign-in/policy', { config: { permission: 'Auth.Read' } }, () => access.policies.current);

  app.put<{ Body: Omit<SignInPolicy, 'version'> }>(
    '/api/sign-in/policy',
    { config: { permission: 'Auth.Manage', confirmed: true }, bodyLimit, schema: { body: policyBody } },
    async (request) => {
      const seen = versionOf(request.headers['if-match']) ?? access.policies.current.version;
      const { principal, ip } = request;
      const next = await access.policies.change(request.body, seen, { principal, remoteAddress: ip });
      // Stages and lifetimes follow at once.
      access.sessions.forgetAll();
      return next;
    },
  );

  app.get('/api/sign-in/providers', { config: { permission: 'Auth.Read' } }, async (request) =>
    (await providers.list()).map((provider) => toProvider(provider, baseOf(request, access))),
  );

  app.post<{ Body: ProviderInput }>(
    '/api/sign-in/providers',
    { config: { permission: 'Auth.Manage', confirmed: true }, bodyLimit, schema: { body: providerBody } },
    async (request, reply) => {
      const made = await access.signIn.createProvider(request.body, caller(request));
      return reply.code(201).send(toProvider(made, baseOf(request, access)));
    },
  );

  app.put<{ Params: { id: string }; Body: ProviderInput }>(
    '/api/sign-in/providers/:id',
    { config: { permission: 'Auth.Manage', confirmed: true }, bodyLimit, schema: { ...byId, body: providerBody } },
    async (request) => {
      const { id } = request.params;
      const seen = versionOf(request.headers['if-match']) ?? (await providers.find(id))?.version ?? 0;
      const updated = await access.signIn.updateProvider(id, request.body, seen, caller(request));
      return toProvider(updated, baseOf(request, access));
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/api/sign-in/providers/:id',
    { config: { permission: 'Auth.Manage', confirmed: true }, schema: byId },
    async (request, reply) => {
      await access.signIn.removeProvider(request.params.id, caller(request));
      return reply.code(204).send();
    },
  );

  app.post<{ Params: { id: string } }>(
    '/api/sign-in/providers/:id/test',
    { config: { permission: 'Auth.Manage' }, bodyLimit, schema: byId },
    async (request) => {
      const provider = await providers.find(request.params.id);
      if (!provider) throw providerNotFound();
      return clients.check(provider);
    },
  );

  app.get<{ Params: { id: string }; Querystring: { returnTo?: string; confirm?: boolean } }>(
    '/api/sign-in/oidc/:id/start',
    {
      config: { public: true, incomplete: true },
      schema: {
        ...byId,
        querystring: { type: 'object', properties: { returnTo: text(4_000), confirm: { type: 'boolean' } } },
      },
    },
    async (request, reply) => {
      const { returnTo = '/', confirm } = request.query;
      const session = request.accessSession;
      const browser = readSignInCookie(request) ?? newSecret();
      try {
        const replaces = confirm && session ? { idHash: session.idHash, userId: session.principal.id } : null;
        const url = await oidc.begin(request.params.id, baseOf(request, access), returnTo, browser, replaces);
        setSignInCookie(request, reply, browser);
        return reply.redirect(url.href, 303);
      } catch (error) {
        return failed(request, reply, error);
      }
    },
  );

  app.get<{ Params: { id: string } }>(
    '/api/sign-in/oidc/:id/callback',
    { config: { public: true, anonymous: true }, schema: byId },
    async (request, reply) => {
      try {
        const search = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : '';
        const begun = await oidc.finish(request.params.id, search, readSignInCookie(request), fromOf(request));
        await takeOver(access, request, reply, begun);
        return reply.redirect(begun.returnTo, 303);
      } catch (error) {
        return failed(request, reply, error);
      }
    },
  );

  app.register(async (own) => {
    own.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 64 * 1024 },
      (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    own.post<{ Params: { id: string }; Body: { logout_token?: string } | undefined }>(
      '/api/sign-in/oidc/:id/back-channel-logout',
      { config: { public: true, anonymous: true }, bodyLimit: 64 * 1024, schema: byId },
      async (request, reply) => {
        const token = request.body?.logout_token;
        if (typeof token !== 'string') {
          throw new ParapetError('logout_token_wrong', 400, 'The form field logout_token is missing.');
        }
        await backChannel.receive(request.params.id, token, request.ip);
        return reply.code(200).send();
      },
    );
  });

  /** The browser is at one of our addresses that has no page: the sign-in page says what happened. */
  async function failed(request: FastifyRequest, reply: FastifyReply, error: unknown): Promise<FastifyReply> {
    const { failure, detail, who } = asFailure(error);
    const { id } = request.params as { readonly id: string };
    await access.audit({
      actor: who ?? 'signed out',
      action: 'session.signIn',
      target: `sign-in provider/${id}`,
      outcome: 'failed',
      after: { failure, detail },
      remoteAddress: request.ip,
    });
    access.log?.warn({ provider: id, failure, detail }, 'A sign-in through a provider failed');
    return reply.redirect(`/sign-in?failure=${failure}`, 303);
  }

  function caller(request: FastifyRequest): Caller {
    return { principal: request.principal, remoteAddress: request.ip };
  }
}
