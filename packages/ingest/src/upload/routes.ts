import type { Readable } from 'node:stream';
import { type Page, ParapetError, type UploadJob } from '@parapet/schema';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Receivers } from '../sources/receivers.ts';
import type { SourceRegistry } from '../sources/registry.ts';
import type { Ingest } from '../types.ts';
import { uploadKind, uploadQueues } from './kind.ts';
import { tooLarge, type UploadQueue } from './queue.ts';

export interface UploadRoutes {
  readonly ingest: Ingest;
  readonly registry: SourceRegistry;
  readonly receivers: Receivers;
  /** Put on record who did what. */
  audit(
    request: FastifyRequest,
    action: string,
    target: string,
    change: { readonly before?: unknown; readonly after?: unknown },
  ): Promise<void>;
}

/** Source of uploads that name none; made with the first of them. */
const OWN_SOURCE = 'portal-uploads';
const manage = { permission: 'Data.Manage' } as const;
const read = { permission: 'Sys.Read' } as const;

/**
 * `POST /api/ingest/uploads?name=…&source=…`: the body is the file, of any kind `readDocuments` knows; answered with 202
 * and a job once the file is on disk. `GET /api/ingest/uploads`, `/api/ingest/uploads/:id`: how far it is.
 */
export function registerUploads(app: FastifyInstance, { ingest, registry, receivers, audit }: UploadRoutes): void {
  const queues = uploadQueues(ingest);

  const queueOf = async (id: string, by: string): Promise<UploadQueue> => {
    if (id === OWN_SOURCE && !registry.get(id))
      await registry.create({ name: 'Uploads in the portal', kind: uploadKind.id }, by, { id, anyName: true });
    const source = registry.get(id);
    if (!source || source.kind !== uploadKind.id)
      throw new ParapetError('source_not_found', 404, 'There is no such source of uploads.');
    // Refuses a source that is switched off.
    registry.sender(source);
    await receivers.settled(id);
    const queue = queues.get(id);
    if (!queue)
      throw new ParapetError(
        'upload_not_ready',
        503,
        'The source of uploads is not running.',
        receivers.state(source).detail,
      );
    return queue;
  };

  void app.register(async (scope) => {
    // Whatever the browser calls it, the body is the file, and it is not held in memory.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

    scope.post<{ Querystring: { name: string; source?: string }; Body: Readable | undefined }>(
      '/api/ingest/uploads',
      {
        config: manage,
        schema: {
          querystring: {
            type: 'object',
            required: ['name'],
            additionalProperties: false,
            properties: {
              name: { type: 'string', minLength: 1, maxLength: 300 },
              source: { type: 'string', minLength: 1, maxLength: 100 },
            },
          },
        },
      },
      async (request, reply) => {
        const by = request.principal.username;
        // Whatever is refused below: the rest of the file is not waited for.
        reply.header('connection', 'close');
        const queue = await queueOf(request.query.source ?? OWN_SOURCE, by);
        if (Number(request.headers['content-length'] ?? 0) > queue.maxBytes) throw tooLarge(queue.maxBytes);
        if (!request.body) throw new ParapetError('upload_empty', 400, 'The request holds no file.');
        const name = request.query.name.replace(/[\p{Cc}/\\]+/gu, '_');
        const job = await queue.add(request.body, name, by);
        await audit(request, 'source.upload', `source/${job.sourceId}`, {
          after: { upload: job.id, name: job.name, size: job.size },
        });
        return reply.code(202).send(job);
      },
    );
  });

  const jobs = (): UploadJob[] => [...queues.values()].flatMap((queue) => queue.jobs());

  app.get('/api/ingest/uploads', { config: read }, async (): Promise<Page<UploadJob>> => {
    const items = jobs()
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt))
      .slice(0, 200);
    return { items, total: items.length, page: 1, pageSize: Math.max(1, items.length) };
  });

  app.get<{ Params: { id: string } }>(
    '/api/ingest/uploads/:id',
    { config: read, schema: { params: { type: 'object', properties: { id: { type: 'string', maxLength: 100 } } } } },
    async (request): Promise<UploadJob> => {
      const found = jobs().find((job) => job.id === request.params.id);
      if (!found)
        throw new ParapetError('upload_not_found', 404, 'There is no such upload; results are kept for 30 days.');
      return found;
    },
  );
}
