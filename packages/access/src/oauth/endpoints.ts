import { randomUUID } from 'node:crypto';
import { ParapetError } from '@parapet/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OAuthError } from './errors.ts';
import { DEVICE_MS, POLL_SECONDS } from './grants.ts';
import { API_PERMISSIONS, OPENID_SCOPES } from './permissions.ts';
import { type OAuth, unknownTenant } from './service.ts';

interface Tenant {
  readonly Params: { readonly tenant: string };
}

const MAX_FORM = 64 * 1024;
const PUBLIC = { public: true, anonymous: true } as const;

/** `https://parapet.example`, as the caller reached this server. */
export function baseOf(oauth: OAuth, request: FastifyRequest): string {
  return oauth.publicUrl || `${request.protocol}://${request.host}`;
}

/**
 * The authorisation server's own addresses, `/{tenant}/oauth2/v2.0/…` and the older `/{tenant}/oauth2/…`, discovery and keys.
 * They are public: whoever calls proves who they are with a secret, a code or a signed assertion.
 */
export function oauthEndpoints(app: FastifyInstance, oauth: OAuth): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: MAX_FORM },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  );
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => sendError(error, request, reply));
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('pragma', 'no-cache');
    const { tenant } = request.params as { tenant?: string };
    // Senders of telemetry may use any name; the token endpoint tells them apart by their key.
    const open = /\/(token|openid-configuration|instance|keys)$/.test(request.routeOptions.url ?? '');
    if (tenant !== undefined && !open && !oauth.isTenant(tenant)) throw unknownTenant(tenant, oauth.tenantId);
  });

  for (const [path, v1] of [
    ['/:tenant/oauth2/v2.0/token', false],
    ['/:tenant/oauth2/token', true],
  ] as const)
    app.post<Tenant>(path, { config: PUBLIC, bodyLimit: MAX_FORM }, (request) =>
      oauth.token({
        form: formOf(request),
        tenant: request.params.tenant,
        authorization: request.headers.authorization,
        base: baseOf(oauth, request),
        remoteAddress: request.ip,
        v1,
      }),
    );

  app.get<Tenant & { Querystring: Record<string, string | string[]> }>(
    '/:tenant/oauth2/v2.0/authorize',
    { config: PUBLIC },
    // The page repeats every check with the person's answer; here only what must not lead anywhere is stopped.
    async (request, reply) => {
      const query = new URLSearchParams(request.raw.url?.split('?')[1] ?? '');
      checkClient(oauth, query);
      return reply.redirect(`/consent?${query.toString()}`, 302);
    },
  );

  app.post<Tenant>('/:tenant/oauth2/v2.0/devicecode', { config: PUBLIC, bodyLimit: MAX_FORM }, async (request) => {
    const form = formOf(request);
    const base = baseOf(oauth, request);
    const found = oauth.apps.active(form.get('client_id') ?? undefined);
    if (!found) throw new OAuthError('invalid_client', 'The client is not known here.', 700016, 401);
    if (!found.row.public_client)
      throw new OAuthError('unauthorized_client', 'Only public clients may use device codes.', 7000218, 401);
    const succeeded = oauth.access.throttle.attempt(`device:${found.row.id}`, request.ip);
    const { resource, names, all } = oauth.scopes(form.get('scope') ?? '', base);
    const scope = [...new Set([...names, ...(all ? found.row.delegated_permissions : [])])].join(' ');
    const { deviceCode, userCode } = await oauth.grants.issueDevice(found.row.id, resource, scope);
    succeeded();
    return {
      user_code: userCode,
      device_code: deviceCode,
      verification_uri: `${base}/device`,
      verification_url: `${base}/device`,
      expires_in: DEVICE_MS / 1000,
      interval: POLL_SECONDS,
      message: `To sign in, open ${base}/device in a browser and enter the code ${userCode}.`,
    };
  });

  app.get<Tenant & { Querystring: { post_logout_redirect_uri?: string; client_id?: string; done?: string } }>(
    '/:tenant/oauth2/v2.0/logout',
    { config: PUBLIC },
    async (request, reply) => {
      const { post_logout_redirect_uri: back, client_id: id, done } = request.query;
      const known = oauth.apps.list().some((each) => (!id || each.id === id) && each.redirectUris.includes(back ?? ''));
      if (done === '1') return reply.redirect(known ? (back ?? '/') : '/sign-in', 302);
      // The page signs the person out: a link from elsewhere must not do it by itself.
      return reply.redirect(`/sign-out${known ? `?next=${encodeURIComponent(back ?? '')}` : ''}`, 302);
    },
  );

  const keys = async (): Promise<unknown> => {
    await oauth.keys.signing();
    return oauth.keys.published();
  };
  for (const path of [
    '/:tenant/discovery/v2.0/keys',
    '/:tenant/discovery/keys',
    '/discovery/v2.0/keys',
    '/common/discovery/keys',
  ])
    app.get(path, { config: PUBLIC }, keys);

  for (const [path, v1] of [
    ['/:tenant/v2.0/.well-known/openid-configuration', false],
    ['/:tenant/.well-known/openid-configuration', true],
    ['/.well-known/openid-configuration', false],
  ] as const)
    app.get(path, { config: PUBLIC }, async (request) => {
      const { tenant } = request.params as { tenant?: string };
      return discovery(oauth, baseOf(oauth, request), v1, tenant);
    });

  app.get('/:tenant/discovery/instance', { config: PUBLIC }, async (request) => instance(oauth, request));
  app.get('/common/discovery/instance', { config: PUBLIC }, async (request) => instance(oauth, request));
}

/** OpenID Connect Discovery 1.0. */
function discovery(oauth: OAuth, base: string, v1: boolean, tenant = oauth.tenantId): Record<string, unknown> {
  const own = `${base}/${encodeURIComponent(oauth.isTenant(tenant) ? oauth.tenantId : tenant)}`;
  const endpoint = v1 ? `${own}/oauth2` : `${own}/oauth2/v2.0`;
  return {
    issuer: oauth.issuer(base, v1),
    authorization_endpoint: `${own}/oauth2/v2.0/authorize`,
    token_endpoint: `${endpoint}/token`,
    device_authorization_endpoint: `${own}/oauth2/v2.0/devicecode`,
    end_session_endpoint: `${own}/oauth2/v2.0/logout`,
    jwks_uri: `${own}/discovery/v2.0/keys`,
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'fragment'],
    grant_types_supported: [
      'client_credentials',
      'authorization_code',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code',
    ],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic', 'private_key_jwt', 'none'],
    code_challenge_methods_supported: ['S256'],
    scopes_supported: [...OPENID_SCOPES, ...API_PERMISSIONS.map(({ name }) => name)],
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nonce', 'name', 'preferred_username', 'tid', 'oid'],
    request_uri_parameter_supported: false,
    tenant_region_scope: null,
    cloud_instance_name: new URL(base).host,
    msgraph_host: new URL(base).host,
  };
}

/** What client libraries ask to learn which names are one authority: only this host is. */
function instance(oauth: OAuth, request: FastifyRequest): Record<string, unknown> {
  const base = baseOf(oauth, request);
  const { host } = new URL(base);
  return {
    tenant_discovery_endpoint: `${base}/${oauth.tenantId}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}

/**
 * The application and redirect address of an authorisation request. Nothing is sent to an address that is not
 * registered, so these two are checked before anything else and refused on our own page.
 */
export function checkClient(oauth: OAuth, query: URLSearchParams) {
  const app = oauth.apps.active(query.get('client_id') ?? undefined);
  if (!app) throw new OAuthError('invalid_client', 'The application is not registered here.', 700016);
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!app.row.redirect_uris.some((each) => sameRedirect(each, redirectUri)))
    throw new OAuthError('invalid_request', 'redirect_uri is not one of those registered for the application.', 50011);
  return { app, redirectUri };
}

/** Programs listen on a free port of the person's own machine (RFC 8252 section 7.3); everything else is exact. */
function sameRedirect(registered: string, given: string): boolean {
  if (registered === given) return true;
  try {
    const [a, b] = [new URL(registered), new URL(given)];
    const local = (url: URL): boolean => url.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(url.hostname);
    if (!local(a) || !local(b) || a.hostname !== b.hostname || b.username || b.hash) return false;
    return a.pathname === b.pathname && a.search === b.search;
  } catch {
    return false;
  }
}

function formOf(request: FastifyRequest): URLSearchParams {
  if (!(request.body instanceof URLSearchParams))
    throw new OAuthError('invalid_request', 'The body must be application/x-www-form-urlencoded.', 900144);
  const names = [...request.body.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new OAuthError('invalid_request', `${twice.slice(0, 100)} is sent twice.`, 900144);
  return request.body;
}

/** The body that client libraries of the reference read. */
function sendError(error: Error & { statusCode?: number }, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const trace = randomUUID();
  const known = error instanceof ParapetError;
  const status = known ? error.status : (error.statusCode ?? 500);
  if (!known && status >= 500) request.log.error({ err: error, requestId: trace }, 'A token call failed');
  const number = error instanceof OAuthError ? error.number : 90000;
  const text = known ? error.message : status < 500 ? error.message : 'Something failed inside Parapet.';
  const wait = known ? (error.details as { retryAfterSeconds?: number } | undefined)?.retryAfterSeconds : undefined;
  if (wait !== undefined) reply.header('retry-after', wait);
  if (status === 401) reply.header('www-authenticate', 'Basic realm="parapet"');
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send({
      error:
        error instanceof OAuthError
          ? error.error
          : status === 429
            ? 'temporarily_unavailable'
            : status < 500
              ? 'invalid_request'
              : 'server_error',
      error_description: `AADSTS${number}: ${text} Trace ID: ${trace}`,
      error_codes: [number],
      timestamp: `${new Date().toISOString().slice(0, 19).replace('T', ' ')}Z`,
      trace_id: trace,
      correlation_id: String(request.headers['client-request-id'] ?? trace).slice(0, 100),
    });
}
