import { type ConsentRequest, ParapetError } from '@parapet/schema';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { invalidRequest as schemaError } from '../routes/validation.ts';
import type { App } from './apps.ts';
import { baseOf, checkClient } from './endpoints.ts';
import { OAuthError } from './errors.ts';
import { API_PERMISSIONS, apiPermission, OPENID_SCOPES } from './permissions.ts';
import type { OAuth } from './service.ts';
import type { AppActor, AppInput } from './types.ts';

interface Id {
  readonly Params: { readonly id: string };
}

const texts = (maxItems: number, maxLength: number) =>
  ({ type: 'array', maxItems, items: { type: 'string', maxLength } }) as const;
const appFields = {
  name: { type: 'string', maxLength: 200 },
  description: { type: 'string', maxLength: 1000 },
  publicClient: { type: 'boolean' },
  enabled: { type: 'boolean' },
  dataAccess: { type: 'string', enum: ['all', 'assigned'] },
  redirectUris: texts(50, 2000),
  applicationPermissions: texts(50, 100),
  delegatedPermissions: texts(50, 100),
} as const;
const objectOf = (properties: object, required: readonly string[] = []) =>
  ({ type: 'object', additionalProperties: false, properties, required }) as const;
const READ = { permission: 'Auth.Read' } as const;
const MANAGE = { permission: 'Auth.Manage' } as const;

/** The portal's side: registrations, and the two pages on which a person lets an application act for them. */
export function oauthPortal(app: FastifyInstance, oauth: OAuth): void {
  app.setSchemaErrorFormatter((errors, part) => schemaError(errors, part));
  const { apps } = oauth;
  const options = { bodyLimit: 256 * 1024 };

  app.get('/api/apps', { config: READ }, async () => ({ items: apps.list(), tenantId: oauth.tenantId }));
  app.get('/api/apps/permissions', { config: READ }, async ({ principal }) => ({
    items: API_PERMISSIONS.map(({ name, about, needs }) => ({
      name,
      about,
      grantable: needs.every((needed) => principal.rights.can(needed)),
    })),
  }));
  app.get<Id>('/api/apps/:id', { config: READ }, async ({ params }) => apps.get(params.id));
  app.post<{ Body: AppInput }>(
    '/api/apps',
    { ...options, config: MANAGE, schema: { body: objectOf(appFields, ['name']) } },
    async (request, reply) => reply.code(201).send(await apps.create(request.body, actorOf(request))),
  );
  app.patch<Id & { Body: Partial<AppInput> }>(
    '/api/apps/:id',
    { ...options, config: MANAGE, schema: { body: objectOf(appFields) } },
    async (request) => apps.update(request.params.id, request.body, actorOf(request)),
  );
  app.delete<Id>('/api/apps/:id', { config: MANAGE }, async (request, reply) => {
    await apps.remove(request.params.id, actorOf(request));
    return reply.code(204).send();
  });
  app.post<Id & { Body: { name: string; days: number } }>(
    '/api/apps/:id/secrets',
    {
      ...options,
      config: MANAGE,
      schema: {
        body: objectOf(
          {
            name: { type: 'string', maxLength: 200 },
            days: { type: 'integer', minimum: 1, maximum: 731, default: 180 },
          },
          ['name'],
        ),
      },
    },
    async (request, reply) =>
      reply
        .code(201)
        .send(await apps.addSecret(request.params.id, request.body.name, request.body.days, actorOf(request))),
  );
  app.post<Id & { Body: { name: string; certificate: string } }>(
    '/api/apps/:id/certificates',
    {
      ...options,
      config: MANAGE,
      schema: {
        body: objectOf(
          { name: { type: 'string', maxLength: 200 }, certificate: { type: 'string', maxLength: 20_000 } },
          ['name', 'certificate'],
        ),
      },
    },
    async (request, reply) =>
      reply
        .code(201)
        .send(
          await apps.addCertificate(request.params.id, request.body.name, request.body.certificate, actorOf(request)),
        ),
  );
  app.delete<{ Params: { id: string; credential: string } }>(
    '/api/apps/:id/credentials/:credential',
    { config: MANAGE },
    async (request, reply) => {
      await apps.removeCredential(request.params.id, request.params.credential, actorOf(request));
      return reply.code(204).send();
    },
  );
  app.post('/api/apps/signing-keys', { config: MANAGE }, async (request, reply) => {
    const key = await oauth.keys.rotate();
    await oauth.access.audit({
      actor: request.principal.username,
      action: 'app.signingKey.rotate',
      target: `key/${key.kid}`,
      remoteAddress: request.ip,
    });
    return reply.code(201).send({ kid: key.kid });
  });

  const consentBody = objectOf({ query: { type: 'string', maxLength: 8_000 }, allow: { type: 'boolean' } }, ['query']);
  app.post<{ Body: { query: string } }>(
    '/api/oauth/consent/check',
    { ...options, config: { signedIn: true }, schema: { body: consentBody } },
    async (request): Promise<ConsentRequest> => {
      const asked = authorization(oauth, request, new URLSearchParams(request.body.query));
      return { ...(await shown(oauth, request, asked.app, asked.scopes)), redirectUri: asked.redirectUri };
    },
  );
  app.post<{ Body: { query: string; allow: boolean } }>(
    '/api/oauth/consent',
    { ...options, config: { signedIn: true }, schema: { body: consentBody } },
    async (request): Promise<{ redirect: string }> => {
      const query = new URLSearchParams(request.body.query);
      const asked = authorization(oauth, request, query);
      const back = new URLSearchParams();
      const state = query.get('state');
      if (state !== null) back.set('state', state);
      await note(oauth, request, asked.app, asked.scopes, request.body.allow === true);
      if (request.body.allow !== true) {
        back.set('error', 'access_denied');
        back.set('error_description', 'The person declined the request.');
      } else {
        back.set(
          'code',
          await oauth.grants.issueCode({
            appId: asked.app.row.id,
            userId: request.principal.id,
            redirectUri: asked.redirectUri,
            resource: asked.resource,
            scope: asked.scopes.join(' '),
            nonce: (query.get('nonce') ?? '').slice(0, 400),
            challenge: asked.challenge,
          }),
        );
        if (query.get('client_info') === '1')
          back.set(
            'client_info',
            Buffer.from(JSON.stringify({ uid: request.principal.id, utid: oauth.tenantId })).toString('base64url'),
          );
        back.set('session_state', oauth.tenantId);
      }
      return { redirect: joined(asked.redirectUri, back, query.get('response_mode')) };
    },
  );

  app.get<{ Params: { code: string } }>(
    '/api/oauth/device/:code',
    { config: { signedIn: true } },
    async (request): Promise<ConsentRequest> => {
      const { app: found, scopes } = await waiting(oauth, request);
      return { ...(await shown(oauth, request, found, scopes)), redirectUri: '' };
    },
  );
  app.post<{ Params: { code: string }; Body: { allow: boolean } }>(
    '/api/oauth/device/:code',
    { ...options, config: { signedIn: true }, schema: { body: objectOf({ allow: { type: 'boolean' } }, ['allow']) } },
    async (request, reply) => {
      const { app: found, scopes } = await waiting(oauth, request);
      const { allow } = request.body;
      if (!(await oauth.grants.answerDevice(request.params.code, request.principal.id, allow, scopes.join(' '))))
        throw unknownCode();
      await note(oauth, request, found, scopes, allow);
      return reply.code(204).send();
    },
  );
}

/**
 * Everything about an authorisation request. What is wrong with it is told to the person here: the application that sent
 * them has a mistake that only its maker can put right.
 */
function authorization(oauth: OAuth, request: FastifyRequest, query: URLSearchParams) {
  const { app, redirectUri } = checkClient(oauth, query);
  if (query.get('response_type') !== 'code')
    throw new OAuthError('unsupported_response_type', 'Only response_type=code is supported.', 700051);
  const mode = query.get('response_mode') ?? 'query';
  if (mode !== 'query' && mode !== 'fragment')
    throw new OAuthError('invalid_request', 'response_mode must be query or fragment.', 900144);
  const challenge = query.get('code_challenge') ?? '';
  const method = query.get('code_challenge_method') ?? (challenge ? 'plain' : '');
  if (challenge && (method !== 'S256' || !/^[A-Za-z0-9_-]{43}$/.test(challenge)))
    throw new OAuthError('invalid_request', 'code_challenge_method must be S256.', 900144);
  if (!challenge && app.row.public_client)
    throw new OAuthError('invalid_request', 'A public client must send a code_challenge (PKCE).', 9002325);
  const { resource, names, all } = oauth.scopes(query.get('scope') ?? '', baseOf(oauth, request));
  const scopes = [...new Set([...names, ...(all ? app.row.delegated_permissions : [])])];
  checkScopes(app, scopes);
  return { app, redirectUri, challenge, resource, scopes };
}

function checkScopes(app: App, scopes: readonly string[]): void {
  const foreign = scopes.find((name) => !OPENID_SCOPES.includes(name) && !app.row.delegated_permissions.includes(name));
  if (foreign)
    throw new OAuthError('invalid_scope', `The application is not registered for the permission ${foreign}.`, 650053);
}

async function shown(
  oauth: OAuth,
  request: FastifyRequest,
  app: App,
  scopes: readonly string[],
): Promise<Omit<ConsentRequest, 'redirectUri'>> {
  const user = await oauth.access.users.byId(request.principal.id);
  const held = user ? oauth.held(user) : [];
  return {
    appId: app.row.id,
    appName: app.row.name,
    appDescription: app.row.description,
    scopes: scopes
      .filter((name) => !OPENID_SCOPES.includes(name))
      .map((name) => ({
        name,
        about: apiPermission(name)?.about ?? '',
        held: (apiPermission(name)?.needs ?? []).every((needed) => held.includes(needed)),
      })),
    offline: scopes.includes('offline_access'),
  };
}

async function waiting(oauth: OAuth, request: FastifyRequest<{ Params: { code: string } }>) {
  const succeeded = oauth.access.throttle.attempt(`device code of ${request.principal.id}`, request.ip);
  const found = await oauth.grants.findDevice(request.params.code);
  const app = oauth.apps.active(found?.appId);
  if (!found || !app) throw unknownCode();
  succeeded();
  const scopes = found.scope.split(' ').filter(Boolean);
  checkScopes(app, scopes);
  return { app, scopes };
}

const unknownCode = (): ParapetError =>
  new ParapetError(
    'code_unknown',
    404,
    'No device waits for this code.',
    'Check it on the device; a code is good for 15 minutes and for one answer.',
  );

function note(oauth: OAuth, request: FastifyRequest, app: App, scopes: readonly string[], allow: boolean) {
  return oauth.access.audit({
    actor: request.principal.username,
    action: allow ? 'app.consent' : 'app.consent.declined',
    target: `app/${app.row.id}`,
    after: { app: app.row.name, scopes },
    remoteAddress: request.ip,
  });
}

function joined(redirectUri: string, values: URLSearchParams, mode: string | null): string {
  if (mode === 'fragment') return `${redirectUri}#${values.toString()}`;
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${values.toString()}`;
}

const actorOf = (request: FastifyRequest): AppActor => ({
  username: request.principal.username,
  rights: request.principal.rights,
  remoteAddress: request.ip,
});
