import './fastify.ts';
import { ParapetError, type Permission } from '@parapet/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AccessService } from './access.ts';
import { readSessionCookie } from './cookie.ts';
import { equalSecrets } from './secrets.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * The one place where calls are let through or refused. Must be set up before the routes it guards.
 * A route under `/api` that declares neither a permission nor that it is public stops the server from starting.
 */
export function addGuard(app: FastifyInstance, access: AccessService): void {
  app.decorateRequest('accessSession', null);
  app.decorateRequest('principal', {
    getter(this: FastifyRequest) {
      if (!this.accessSession) throw signedOut();
      return this.accessSession.principal;
    },
  });

  app.addHook('onRoute', (route) => {
    if (!isApi(route.url)) return;
    const config = route.config ?? {};
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

  const cookie = config.anonymous ? undefined : readSessionCookie(request.headers.cookie);
  const session = cookie === undefined ? null : await access.sessions.find(cookie);
  request.accessSession = session;
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
  const { role, permissions, username } = session.principal;
  if (needed && !permissions.includes(needed)) {
    await refuse(
      username,
      needed,
      new ParapetError(
        'permission_missing',
        403,
        `This needs the permission ${needed}, which the role ${role} does not include.`,
        'Ask an administrator for it.',
        { permission: needed },
      ),
    );
  }
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
