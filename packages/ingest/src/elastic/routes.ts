import { ParapetError } from '@parapet/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type HttpIngest, rawBody, readRawBodies } from '../http/scope.ts';
import type { Sender } from '../types.ts';
import { handleBulk, handleDocument, refusedBody } from './bulk-route.ts';
import { sendElasticError } from './errors.ts';
import { filterPath } from './filter-path.ts';
import { banner, registerPolite } from './polite.ts';

/** How official clients say that their bulk helper sends: `es=9.4.3,js=20.20.2,…,h=bp`. */
const BULK_HELPER = /(?:^|,)h=bp(?:,|$)/;

/**
 * The Elasticsearch-compatible surface, at the root and under `/elastic`. `GET /` answers the banner to clients that do
 * not ask for `text/html`, through a hook on `app`.
 */
export function registerElastic(app: FastifyInstance, http: HttpIngest): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.url.split('?')[0] !== '/' || (request.method !== 'GET' && request.method !== 'HEAD')) return;
    if ((request.headers.accept ?? '').includes('text/html')) return;
    reply.header('X-Elastic-Product', 'Elasticsearch');
    return reply.send(banner());
  });
  for (const prefix of ['/elastic', ''])
    app.register(
      async (scope) => {
        surface(scope, http);
        if (prefix === '/elastic')
          scope.route({ method: ['GET', 'HEAD'], url: '/', config: { public: true }, handler: async () => banner() });
      },
      { prefix },
    );
}

function surface(scope: FastifyInstance, http: HttpIngest): void {
  const senders = new WeakMap<FastifyRequest, Sender>();
  const { ingest } = http;

  scope.addHook('onRequest', async (request, reply) => {
    reply.header('X-Elastic-Product', 'Elasticsearch');
    const sender = await ingest.options.authenticate(request);
    if (!sender)
      throw new ParapetError(
        'unauthenticated',
        401,
        request.headers.authorization
          ? 'The API key of this request is not valid.'
          : 'This request carries no API key.',
        'Create a key in the portal and send it as "Authorization: ApiKey <encoded>", or as Basic with id and secret.',
      );
    senders.set(request, sender);
  });
  scope.setErrorHandler((error, request, reply) => {
    if (!(error instanceof ParapetError) && ((error as { statusCode?: number }).statusCode ?? 500) >= 500)
      request.log.error({ err: error }, 'ingest request failed');
    return sendElasticError(reply, error);
  });
  scope.addHook('preSerialization', async (request, _reply, payload: unknown) => {
    const filter = (request.query as { filter_path?: string }).filter_path;
    return filter && typeof payload === 'object' && payload !== null ? filterPath(payload, filter) : payload;
  });

  readRawBodies(scope, http);

  const bulk = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const sender = senders.get(request);
    if (!sender) throw new ParapetError('unauthenticated', 401, 'This request carries no API key.');
    const index = (request.params as { index?: string }).index ?? '';
    const filter = (request.query as { filter_path?: string }).filter_path;
    const byItem = BULK_HELPER.test(String(request.headers['x-elastic-client-meta'] ?? ''));
    return handleBulk(ingest, sender, rawBody(request), { index, filter, byItem }, reply);
  };
  const config = { public: true } as const;
  scope.route({ method: ['POST', 'PUT'], url: '/_bulk', config, handler: bulk, errorHandler: refusal });
  scope.route({ method: ['POST', 'PUT'], url: '/:index/_bulk', config, handler: bulk, errorHandler: refusal });
  const document = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const sender = senders.get(request);
    if (!sender) throw new ParapetError('unauthenticated', 401, 'This request carries no API key.');
    const { index, id = null } = request.params as { index: string; id?: string };
    return handleDocument(ingest, sender, rawBody(request), { index: index.slice(0, 255), id }, reply);
  };
  for (const path of ['/:index/_doc', '/:index/_doc/:id', '/:index/_create/:id'])
    scope.route({ method: ['POST', 'PUT'], url: path, config, handler: document, errorHandler: refusal });
  registerPolite(scope);

  async function refusal(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const sender = senders.get(request);
    if (sender && error instanceof ParapetError && error.status === 413)
      await ingest
        .appendRequest(sender, { groups: new Map(), rejected: [refusedBody(error.message)] })
        .catch((failure: unknown) => request.log.warn({ err: failure }, 'refused body could not be recorded'));
    else if (!(error instanceof ParapetError)) request.log.error({ err: error }, 'bulk request failed');
    return sendElasticError(reply, error);
  }
}
