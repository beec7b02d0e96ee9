import './fastify.ts';
import { ParapetError, type Permission } from '@parapet/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AccessService } from './access.ts';
import { readSessionCookie } from './cookie.ts';
import type { DeclaredRoute } from './fastify.ts';
import { equalSecrets } from './secrets.ts';
import { requireStage } from './sign-in/stage.ts';

/** What a token of the public API needs where a query key would do. */
const QUERY_TOKEN_PERMISSION = 'ThreatHunting.Read.All';
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * The one place where calls are let through or refused. Must be set up before the routes it guards.
 * A route under `/api` that declares neither a permission nor that it is public stops the server from starting.
 */
export function addGuard(app: FastifyInstance, access: AccessService): void {
  app.decorateRequest('accessSession', null);
  app.decorateRequest('accessKey', null);
  app.decorateRequest('principal', {
    getter(this: FastifyRequest) {
      const principal = this.accessKey ?? this.accessSession?.principal;
      if (!principal) throw signedOut();
      return principal;
    },
  });

  const declaredRoutes: DeclaredRoute[] = [];
  app.decorate('declaredRoutes', declaredRoutes);
  app.addHook('onRoute', (route) => {
    const config = route.config ?? {};
    for (const method of [route.method].flat())
      if (method !== 'HEAD' && (isApi(route.url) || config.permission || config.signedIn))
        declaredRoutes.push({
          route: `${method} ${route.url}`,
          needs: config.permission ?? (config.signedIn ? 'signed in' : 'public'),
        });
    if (!isApi(route.url)) return;
    const declared = [config.permission, config.signedIn, config.public].filter(Boolean).length;
    if (declared !== 1) {
      throw new Error(
        `Route ${String(route.method)} ${route.url} must declare exactly one of config.permission, config.signedIn and config.public.`,
      );
    }
  });

  app.addHook('onRequest', (request, reply) => guard(access, request, reply));
}

async function guard(access: AccessService, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { config, url } = request.routeOptions;
  const needed: Permission | undefined = config.permission;
  // Unknown paths have no route and get their 404 without a look at who asks.
  if (!url || !(isApi(url) || needed || config.signedIn)) return;
  if (isApi(url)) reply.header('cache-control', 'no-store');

  const changes = !SAFE_METHODS.has(request.method);
  const target = `${request.method} ${url}`;
  const refuse = async (actor: string, missing: string, error: ParapetError): Promise<never> => {
    await access.denials.record({ actor, action: 'access.denied', target, missing, remoteAddress: request.ip });
    throw error;
  };

  if (changes && isForeign(request, access.origins)) {
    await refuse(
      '',
      'same origin',
      new ParapetError(
        'cross_site',
        403,
        'This call came from another site and was refused.',
        'Use the portal at its own address. Behind a proxy that changes the Host header, list the public address as an allowed origin.',
      ),
    );
  }

  // A key is sent on purpose, never by a browser of its own accord: no CSRF token is needed with it.
  if (config.queryKey && request.headers.authorization !== undefined) {
    const { authorization } = request.headers;
    if (access.tokens && isToken(authorization)) {
      const caller = await access.tokens.verify(authorization);
      request.accessKey = caller.principal;
      access.rates.callers.take(`app ${caller.principal.id}`, reply);
      // A token for alerts alone does not open the tables.
      if (!caller.permissions.has(QUERY_TOKEN_PERMISSION) || (needed && !caller.principal.permissions.includes(needed)))
        return refuse(caller.principal.username, QUERY_TOKEN_PERMISSION, tokenLacks(QUERY_TOKEN_PERMISSION));
      return;
    }
    const principal = await access.keyPrincipal(authorization);
    if (!principal) {
      access.rates.strangers.take(request.ip, reply);
      return refuse('', 'query key', wrongKey());
    }
    request.accessKey = principal;
    access.rates.callers.take(`key ${principal.id}`, reply);
    if (needed && !principal.permissions.includes(needed))
      return refuse(principal.username, needed, permissionMissing(needed, 'this key'));
    return;
  }

  const cookie = config.anonymous ? undefined : readSessionCookie(request);
  // Made-up cookies cost a look at the database: whoever has used up what strangers may ask gets none.
  if (cookie !== undefined && !access.sessions.knows(cookie)) access.rates.strangers.requireRoom(request.ip, reply);
  const session = cookie === undefined ? null : await access.sessions.find(cookie);
  request.accessSession = session;
  if (session) access.rates.callers.take(`user ${session.principal.id}`, reply);
  else access.rates.strangers.take(request.ip, reply);
  if (!session) {
    if (config.public) return;
    return refuse('', needed ?? 'session', signedOut(needed));
  }

  if (changes) {
    const given = request.headers['x-csrf-token'];
    if (typeof given !== 'string' || !equalSecrets(given, session.csrfToken)) {
      await refuse(
        session.principal.username,
        'x-csrf-token',
        new ParapetError(
          'csrf_token_wrong',
          403,
          'The x-csrf-token header is missing or wrong.',
          'Reload the page. Scripts send the csrfToken that GET /api/session answers.',
        ),
      );
    }
  }
  requireStage(session, config, access.now(), access.policies.current.confirmMinutes);
  const { permissions, rights, username } = session.principal;
  if (needed && !rights.opensPortal) await refuse(username, 'a role that opens the portal', noWayIn());
  if (needed && !permissions.includes(needed)) await refuse(username, needed, permissionMissing(needed, 'you'));
}

function permissionMissing(permission: Permission, holder: string): ParapetError {
  return new ParapetError(
    'permission_missing',
    403,
    `This needs the permission ${permission}, which ${holder} do${holder === 'you' ? '' : 'es'} not hold.`,
    'Ask an administrator for it.',
    { permission },
  );
}

/** Some global roles give rights without a way into the portal. */
function noWayIn(): ParapetError {
  return new ParapetError(
    'portal_closed',
    403,
    'Your roles do not open the portal.',
    'Ask an administrator for a security role, or for an assignment.',
  );
}

/** One answer for a key that is unknown, revoked, wrong or made for sending. */
function wrongKey(): ParapetError {
  return new ParapetError(
    'key_wrong',
    401,
    'The key is not valid for queries.',
    'Send `Authorization: Bearer <encoded>` with a key made for queries; keys for sending telemetry do not read it.',
  );
}

function tokenLacks(name: string): ParapetError {
  return new ParapetError(
    'permission_missing',
    403,
    `This needs the API permission ${name}, which the token does not carry.`,
    'Give it to the application and get a new token.',
    { permission: name },
  );
}

/** Three parts with points between them: a signed token, which no key looks like. */
function isToken(authorization: string): boolean {
  return /^bearer\s+[\w-]+\.[\w-]+\.[\w-]+$/i.test(authorization.trim());
}

function isApi(url: string): boolean {
  return url === '/api' || url.startsWith('/api/');
}

/** True when a browser says that a page of another site makes this call. Programs send neither header. */
function isForeign(request: FastifyRequest, allowed: readonly string[]): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return request.headers['sec-fetch-site'] === 'cross-site';
  if (allowed.includes(origin)) return false;
  try {
    return new URL(origin).host.toLowerCase() !== request.host.toLowerCase();
  } catch {
    return true; // `null`: a sandboxed page or a file.
  }
}

function signedOut(permission?: Permission): ParapetError {
  return new ParapetError(
    'signed_out',
    401,
    permission ? `This needs the permission ${permission}, and nobody is signed in.` : 'Nobody is signed in.',
    'Sign in and try again.',
    permission ? { permission } : undefined,
  );
}
