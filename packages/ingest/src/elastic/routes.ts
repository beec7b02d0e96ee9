import type { Readable } from 'node:stream';
import { ParapetError } from '@parapet/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Ingest, Sender } from '../types.ts';
import { BodyBudget, readBody } from './body.ts';
import { handleBulk, refusedBody } from './bulk-route.ts';
import { sendElasticError } from './errors.ts';
import { filterPath } from './filter-path.ts';
import { banner, registerPolite } from './polite.ts';

interface BulkBody {
  readonly body: Buffer;
  release(): void;
}

/**
 * The Elasticsearch-compatible surface, at the root and under `/elastic`. Call it before the routes of the
 * portal: `GET /` answers the banner to clients that do not ask for `text/html`, through a hook on `app`.
 */
export function registerIngest(app: FastifyInstance, ingest: Ingest): void {
  const budget = new BodyBudget(ingest.limits.maxInflightBytes);
  app.addHook('onRequest', async (request, reply) => {
    if (request.url.split('?')[0] !== '/' || (request.method !== 'GET' && request.method !== 'HEAD')) return;
    if ((request.headers.accept ?? '').includes('text/html')) return;
    reply.header('X-Elastic-Product', 'Elasticsearch');
    return reply.send(banner());
  });
  for (const prefix of ['/elastic', ''])
    app.register(
      async (scope) => {
        surface(scope, ingest, budget);
        if (prefix === '/elastic')
          scope.route({ method: ['GET', 'HEAD'], url: '/', config: { public: true }, handler: async () => banner() });
      },
      { prefix },
    );
}

function surface(scope: FastifyInstance, ingest: Ingest, budget: BodyBudget): void {
  const senders = new WeakMap<FastifyRequest, Sender>();
  const { limits } = ingest;

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

  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    '*',
    { bodyLimit: limits.maxBodyBytes },
    async (request: FastifyRequest, stream: Readable) => {
      const length = Number(request.headers['content-length'] ?? 0);
      if (length > limits.maxBodyBytes)
        throw new ParapetError(
          'body_too_large',
          413,
          `The request body is larger than ${limits.maxBodyBytes} bytes; nothing of it was stored.`,
          'Send fewer events in one request.',
        );
      return readBody(stream, request.headers['content-encoding'], limits, budget);
    },
  );

  const bulk = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const sender = senders.get(request);
    if (!sender) throw new ParapetError('unauthenticated', 401, 'This request carries no API key.');
    const received = request.body as BulkBody | undefined | null;
    try {
      const index = (request.params as { index?: string }).index ?? '';
      const filter = (request.query as { filter_path?: string }).filter_path;
      return await handleBulk(ingest, sender, received?.body ?? Buffer.alloc(0), index, filter, reply);
    } finally {
      received?.release();
    }
  };
  const config = { public: true } as const;
  scope.route({ method: ['POST', 'PUT'], url: '/_bulk', config, handler: bulk, errorHandler: refusal });
  scope.route({ method: ['POST', 'PUT'], url: '/:index/_bulk', config, handler: bulk, errorHandler: refusal });
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
