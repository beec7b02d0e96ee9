import type { QueueFacets, SavedView, SavedViewChanges, TaskChanges } from '@parapet/schema';
import type { FastifyInstance } from 'fastify';
import type { LiveMessage } from '../desk/live.ts';
import type { Incidents } from '../types.ts';
import {
  actorOf,
  callerOf,
  commentBody,
  commentParams,
  idParams,
  MANAGE,
  queryOf,
  READ,
  text,
  viewOf,
} from './common.ts';

interface Id {
  readonly Params: { readonly id: string };
}
interface OfComment {
  readonly Params: { readonly id: string; readonly comment: string };
}
interface OfTask {
  readonly Params: { readonly id: string; readonly task: string };
}

/** Proxies cut connections that stay silent. */
const BEAT_MS = 20_000;
const CONNECTION_MS = 5 * 60_000;

const taskBody = {
  type: 'object',
  additionalProperties: false,
  properties: {
    title: text(10_000),
    text: text(200_000),
    owner: { type: ['string', 'null'], maxLength: 1000 },
    dueAt: { type: ['string', 'null'], maxLength: 40 },
    state: text(40),
  },
} as const;
const taskParams = {
  type: 'object',
  required: ['id', 'task'],
  properties: { ...idParams.properties, task: { type: 'string', minLength: 1, maxLength: 40 } },
} as const;
const viewBody = {
  type: 'object',
  additionalProperties: false,
  properties: { name: text(10_000), search: text(100_000), shared: { type: 'boolean' } },
} as const;
const area = { type: 'string', pattern: '^[a-z][a-z-]{0,39}$' } as const;

/** Comments, tasks, similar incidents, facets and saved views. */
export function deskRoutes(app: FastifyInstance, service: Incidents): void {
  for (const kind of ['incidents', 'alerts'] as const) {
    app.patch<OfComment & { Body: { readonly text: string } }>(
      `/api/${kind}/:id/comments/:comment`,
      { config: MANAGE, schema: { params: commentParams, body: commentBody } },
      async (request) => {
        const { id, comment } = request.params;
        return (await viewOf(service, request))[kind].rewriteComment(id, comment, request.body.text, actorOf(request));
      },
    );
    app.delete<OfComment>(
      `/api/${kind}/:id/comments/:comment`,
      { config: MANAGE, schema: { params: commentParams } },
      async (request, reply) => {
        const { id, comment } = request.params;
        await (await viewOf(service, request))[kind].rewriteComment(id, comment, null, actorOf(request));
        return reply.code(204).send();
      },
    );
  }

  app.get<Id>('/api/incidents/:id/tasks', { config: READ, schema: { params: idParams } }, async (request) => {
    const { incidents, tasks } = await viewOf(service, request);
    return { items: await tasks.list((await incidents.get(request.params.id)).id) };
  });
  app.post<Id & { Body: TaskChanges }>(
    '/api/incidents/:id/tasks',
    { config: MANAGE, schema: { params: idParams, body: { ...taskBody, required: ['title'] } } },
    async (request, reply) => {
      reply.code(201);
      return (await viewOf(service, request)).tasks.add(request.params.id, request.body, actorOf(request));
    },
  );
  app.patch<OfTask & { Body: TaskChanges }>(
    '/api/incidents/:id/tasks/:task',
    { config: MANAGE, schema: { params: taskParams, body: taskBody } },
    async (request) => {
      const { id, task } = request.params;
      return (await viewOf(service, request)).tasks.change(id, task, request.body, actorOf(request));
    },
  );
  app.delete<OfTask>(
    '/api/incidents/:id/tasks/:task',
    { config: MANAGE, schema: { params: taskParams } },
    async (request, reply) => {
      await (await viewOf(service, request)).tasks.remove(request.params.id, request.params.task, actorOf(request));
      return reply.code(204).send();
    },
  );

  app.get<Id>('/api/incidents/:id/similar', { config: READ, schema: { params: idParams } }, async (request) => ({
    items: await (await viewOf(service, request)).incidents.similar(request.params.id),
  }));

  app.get(
    '/api/incidents/facets',
    { config: READ },
    async (request): Promise<QueueFacets> => (await viewOf(service, request)).incidents.facets(),
  );

  // Closing the server does not wait for pages that stay open.
  const open = new Set<() => void>();
  app.addHook('preClose', async () => {
    for (const end of open) end();
  });
  /** Server-sent events of an open page: that the incident changed, and who has it open. */
  app.get<Id>('/api/incidents/:id/live', { config: READ, schema: { params: idParams } }, async (request, reply) => {
    const incident = await (await viewOf(service, request)).incidents.get(request.params.id);
    reply.hijack();
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    const send = (message: LiveMessage): void => void reply.raw.write(`data: ${JSON.stringify(message)}\n\n`);
    const stop = service.live.watch(incident.id, incident.version, callerOf(request).username, send);
    const beat = setInterval(() => reply.raw.write(':\n\n'), BEAT_MS);
    // The page connects again, and its rights are looked at again.
    const enough = setTimeout(() => end(), CONNECTION_MS);
    const end = (): void => {
      clearInterval(beat);
      clearTimeout(enough);
      stop();
      open.delete(end);
      reply.raw.end();
    };
    open.add(end);
    request.raw.once('close', end);
  });

  // Views of other pages than the queues live here too: they are the same thing everywhere.
  app.get<{ Querystring: { readonly area: string } }>(
    '/api/views',
    { config: READ, schema: { querystring: { ...queryOf({ area }), required: ['area'] } } },
    async (request): Promise<{ readonly items: readonly SavedView[] }> => ({
      items: await service.views.list(request.query.area, callerOf(request).username),
    }),
  );
  app.post<{ Querystring: { readonly area: string }; Body: SavedViewChanges }>(
    '/api/views',
    {
      config: { permission: 'SecData.Read' },
      schema: {
        querystring: { ...queryOf({ area }), required: ['area'] },
        body: { ...viewBody, required: ['name', 'search'] },
      },
    },
    async (request, reply): Promise<SavedView> => {
      reply.code(201);
      return service.views.add(request.query.area, request.body, actorOf(request));
    },
  );
  app.patch<Id & { Body: SavedViewChanges }>(
    '/api/views/:id',
    { config: { permission: 'SecData.Read' }, schema: { params: idParams, body: viewBody } },
    async (request): Promise<SavedView> => service.views.change(request.params.id, request.body, actorOf(request)),
  );
  app.delete<Id>(
    '/api/views/:id',
    { config: { permission: 'SecData.Read' }, schema: { params: idParams } },
    async (request, reply) => {
      await service.views.remove(request.params.id, actorOf(request));
      return reply.code(204).send();
    },
  );
}
