import type { OAuth, TokenCaller } from '@parapet/access';
import type { CallersView } from '@parapet/incidents';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, sendApiError, stampIds } from './errors.ts';
import type { CallThrottle } from './throttle.ts';
import type { ApiLimits, ApiRule, PublicApiOptions } from './types.ts';

const JSON_TYPE = 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';

/** Route options of an address of the public API. */
export const apiRoute = (rule: ApiRule) => ({ config: { public: true as const, anonymous: true as const, api: rule } });

/**
 * Everything that all addresses of the public API share: ids, the token, its permissions, the count of calls, errors.
 * A route that does not say what it needs stops the server from starting.
 */
export function apiFrame(
  app: FastifyInstance,
  options: PublicApiOptions,
  throttle: CallThrottle,
  limits: ApiLimits,
  sendError: typeof sendApiError = sendApiError,
): void {
  app.addHook('onRoute', (route) => {
    if (!route.config?.api) throw new Error(`Route ${String(route.method)} ${route.url} must declare config.api.`);
  });
  app.setErrorHandler((error: Error, request, reply) => sendError(error, request, reply));
  app.addHook('onRequest', async (request, reply) => {
    stampIds(request, reply);
    reply.header('cache-control', 'no-store').header('odata-version', '4.0');
    const rule = request.routeOptions.config.api;
    if (!rule) return;
    const caller = await options.oauth.verify(request.headers.authorization);
    request.apiCaller = caller;
    await authorise(options, caller, rule, request);
    if (rule.quota === 'security' || rule.quota === 'legacy') {
      const allowance = throttle.count(`${rule.quota}:${caller.appId}`, limits[rule.quota]);
      reply
        .header('ratelimit-limit', allowance.limit)
        .header('ratelimit-remaining', allowance.remaining)
        .header('ratelimit-reset', allowance.reset);
    }
  });
}

async function authorise(
  options: PublicApiOptions,
  caller: TokenCaller,
  rule: ApiRule,
  request: FastifyRequest,
): Promise<void> {
  const lacks =
    rule.any.length > 0 && !rule.any.some((name) => caller.permissions.has(name))
      ? `one of the permissions ${rule.any.join(', ')}`
      : rule.needs !== undefined && !caller.principal.permissions.includes(rule.needs)
        ? `the right ${rule.needs}`
        : undefined;
  if (lacks === undefined) return;
  await options.audit({
    actor: caller.principal.username,
    action: 'access.denied',
    target: `${request.method} ${request.routeOptions.url ?? ''}`,
    outcome: 'denied',
    after: { missing: rule.any, appId: caller.appId },
    remoteAddress: request.ip,
  });
  throw new ApiError(
    403,
    `This needs ${lacks}, which ${caller.kind === 'app' ? 'the token' : 'the token or the person'} does not have.`,
  );
}

/** Who calls, after {@link apiFrame} let them in. */
export function callerOf(request: FastifyRequest): TokenCaller {
  if (!request.apiCaller) throw new ApiError(401, 'Access token is empty.');
  return request.apiCaller;
}

/** Alerts and incidents as the caller sees them. */
export const viewOf = (options: PublicApiOptions, request: FastifyRequest): Promise<CallersView> =>
  options.incidents.as(callerOf(request).principal);

export const actorOf = (request: FastifyRequest): { readonly username: string; readonly remoteAddress: string } => ({
  username: callerOf(request).principal.username,
  remoteAddress: request.ip,
});

/** Whether the caller asked for enumeration members that came after `unknownFutureValue`. */
export function wantsAllMembers(request: FastifyRequest, reply: FastifyReply): boolean {
  const wants = /(^|[\s,;])include-unknown-enum-members([\s,;=]|$)/i.test(String(request.headers.prefer ?? ''));
  if (wants) reply.header('preference-applied', 'include-unknown-enum-members');
  return wants;
}

export function sendJson(reply: FastifyReply, body: unknown, status = 200): FastifyReply {
  return reply.code(status).type(JSON_TYPE).send(body);
}

/** The address people and programs reach this server under. */
export function baseUrl(oauth: OAuth, request: FastifyRequest): string {
  return oauth.publicUrl || `${request.protocol}://${request.host}`;
}

/** The query of a request as it was sent. */
export const rawQuery = (request: FastifyRequest): string => {
  const url = request.raw.url ?? '';
  const mark = url.indexOf('?');
  return mark < 0 ? '' : url.slice(mark + 1);
};
