import type { FastifyInstance, FastifyRequest } from 'fastify';
import { apiFrame, apiRoute } from './auth.ts';
import { checkDepth } from './body.ts';
import { ApiError } from './errors.ts';
import { legacyRoutes, sendLegacyError } from './legacy/routes.ts';
import { publicApiMigrations } from './migrations.ts';
import { Notifier } from './notify/deliver.ts';
import { Subscriptions } from './notify/subscriptions.ts';
import { alertRoutes } from './routes/alerts.ts';
import { batchRoutes } from './routes/batch.ts';
import { HuntingBudget, huntingRoutes } from './routes/hunting.ts';
import { incidentRoutes } from './routes/incidents.ts';
import { subscriptionRoutes } from './routes/subscriptions.ts';
import { transferRoutes } from './routes/transfer.ts';
import { ruleRoutes } from './rules/routes.ts';
import { streamRoutes } from './stream/routes.ts';
import { Streams } from './stream/streams.ts';
import { CallThrottle } from './throttle.ts';
import { API_LIMITS, type ApiLimits, type PublicApiOptions } from './types.ts';

export { publicApiMigrations } from './migrations.ts';
export { rewriteUrl } from './path.ts';
export { API_LIMITS, type ApiLimits, type PublicApiOptions } from './types.ts';

const VERSIONS = ['v1.0', 'beta'] as const;

/** Add the public API. The guard of the access room must be in place before, and `rewriteUrl` given to Fastify. */
export async function registerPublicApi(app: FastifyInstance, options: PublicApiOptions): Promise<() => Promise<void>> {
  const limits: ApiLimits = { ...API_LIMITS, ...options.limits };
  const throttle = new CallThrottle(options.now);
  const budget = new HuntingBudget(limits.huntingSeconds, options.now);
  await options.db.migrate(publicApiMigrations);
  const subscriptions = new Subscriptions(options, limits);
  const notifier = new Notifier(options, limits);
  app.decorateRequest('apiCaller', null);
  await app.register(async (own) => {
    const routes = new KnownRoutes();
    own.addHook('onRoute', ({ method, url }) => routes.add(method, url));
    apiFrame(own, options, throttle, limits);
    own.addContentTypeParser(
      ['application/x-ndjson', 'application/jsonl', 'text/plain'],
      { parseAs: 'string' },
      (_request, body, done) => done(null, body),
    );
    own.addHook('preHandler', async (request) => {
      if (request.body !== undefined && request.body !== null) checkDepth(request.body);
    });
    for (const version of VERSIONS) {
      alertRoutes(own, options, version);
      incidentRoutes(own, options, version);
      huntingRoutes(own, options, limits, budget, version);
      ruleRoutes(own, options, version);
      transferRoutes(own, options, version);
      subscriptionRoutes(own, options, subscriptions, version);
      batchRoutes(own, version);
      unknownAddresses(own, version, routes);
    }
  });
  await app.register(async (own) => {
    apiFrame(own, options, throttle, limits, sendLegacyError);
    legacyRoutes(own, options);
  });
  const streams = options.streams && new Streams(options, options.streams, limits);
  if (streams) await app.register(async (own) => streamRoutes(own, options, streams));
  return async () => {
    await notifier.close();
    await streams?.close();
  };
}

/** Addresses that exist under another method answer 405, all others 404, both in the API's own form. */
function unknownAddresses(app: FastifyInstance, version: string, routes: KnownRoutes): void {
  const answer = async (request: FastifyRequest): Promise<never> => {
    const path = (request.raw.url ?? '').split('?')[0] ?? '';
    const methods = routes.methodsOf(path);
    if (methods.length > 0) throw new ApiError(405, `This address takes ${methods.join(', ')}.`);
    const segment = path.split('/').at(-1) ?? '';
    throw new ApiError(404, `Resource not found for the segment '${segment.slice(0, 100)}'.`);
  };
  app.route({
    method: ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'],
    url: `/${version}/*`,
    ...apiRoute({ any: [], needs: undefined, quota: 'none' }),
    handler: answer,
  });
}

/** Addresses of the API with their methods, as they were added. */
class KnownRoutes {
  readonly #routes: { readonly parts: readonly string[]; readonly method: string }[] = [];

  add(method: string | readonly string[], url: string): void {
    if (url.endsWith('*')) return;
    for (const each of [method].flat()) if (each !== 'HEAD') this.#routes.push({ parts: url.split('/'), method: each });
  }

  /** A fixed address hides one with an id in its place. */
  methodsOf(path: string): string[] {
    const parts = path.split('/');
    const fits = this.#routes.filter(
      (route) =>
        route.parts.length === parts.length &&
        route.parts.every((part, at) => part === parts[at] || (part.startsWith(':') && parts[at] !== '')),
    );
    const fixed = fits.filter((route) => route.parts.every((part, at) => part === parts[at]));
    return [...new Set((fixed.length > 0 ? fixed : fits).map(({ method }) => method))];
  }
}
