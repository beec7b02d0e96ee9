import { Readable } from 'node:stream';
import { ENTITY_TYPES, type EntityType, EXCLUSION_REASONS } from '@parapet/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { fileName } from '../csv.ts';
import type { EntityName } from '../marks/service.ts';
import { MAX_NOTE, type MarkChange } from '../marks/validate.ts';
import type { TimelineQuery } from '../telemetry/timeline.ts';
import { exportTimeline } from '../telemetry/timeline-export.ts';
import type { Incidents } from '../types.ts';
import { member } from '../validate.ts';
import { actorOf, list, MANAGE, queryOf, READ, text, viewOf } from './common.ts';

export const timelineQuery = {
  from: text(40),
  to: text(40),
  at: text(40),
  types: list,
  actionType: list,
  search: text(500),
  flagged: { type: 'boolean' },
} as const;
export const timelinePaging = { cursor: text(4000), limit: { type: 'integer', minimum: 1, maximum: 500 } } as const;

const entityParams = {
  type: 'object',
  required: ['type', 'key'],
  properties: { type: text(40), key: { type: 'string', minLength: 1, maxLength: 2000 } },
} as const;
const noteParams = {
  ...entityParams,
  required: ['type', 'key', 'id'],
  properties: { ...entityParams.properties, id: text(40) },
} as const;
const noteBody = {
  type: 'object',
  required: ['text'],
  additionalProperties: false,
  properties: { text: text(MAX_NOTE * 2) },
} as const;
const tags = { type: 'array', maxItems: 200, items: text(1000) } as const;
const markFields = {
  addTags: tags,
  removeTags: tags,
  excluded: {
    anyOf: [
      { type: 'null' },
      {
        type: 'object',
        required: ['reason'],
        additionalProperties: false,
        properties: { reason: { type: 'string', enum: EXCLUSION_REASONS }, note: text(MAX_NOTE) },
      },
    ],
  },
} as const;

interface Named {
  readonly Params: { readonly type: string; readonly key: string };
}

/** Timelines of entities and what people say about them. */
export function entityRoutes(app: FastifyInstance, service: Incidents): void {
  const typeOf = (text: string): EntityType => member('type', text, ENTITY_TYPES);
  /** The name under which marks are kept: devices by their id, however they were named. */
  const nameOf = async (request: FastifyRequest<Named>): Promise<EntityName> => {
    const type = typeOf(request.params.type);
    const key = request.params.key.trim().toLowerCase();
    return { type, key: type === 'device' ? await (await viewOf(service, request)).telemetry.deviceKey(key) : key };
  };

  app.get<Named & { Querystring: TimelineQuery }>(
    '/api/entities/:type/:key/timeline',
    { config: READ, schema: { params: entityParams, querystring: queryOf({ ...timelineQuery, ...timelinePaging }) } },
    async (request) =>
      (await viewOf(service, request)).telemetry.timeline(
        typeOf(request.params.type),
        request.params.key,
        request.query,
      ),
  );

  app.get<Named & { Querystring: TimelineQuery & { readonly format?: 'csv' | 'jsonl' } }>(
    '/api/entities/:type/:key/timeline/export',
    {
      config: READ,
      schema: {
        params: entityParams,
        querystring: queryOf({ ...timelineQuery, format: { type: 'string', enum: ['csv', 'jsonl'] } }),
      },
    },
    async (request, reply): Promise<FastifyReply> => {
      const { format = 'csv', ...query } = request.query;
      const type = typeOf(request.params.type);
      const lines = await exportTimeline(
        (await viewOf(service, request)).telemetry,
        type,
        request.params.key,
        query,
        format,
      );
      await service.noteExport(actorOf(request), `timeline ${type}:${request.params.key}`, { ...query, format });
      return reply
        .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
        .header('content-disposition', `attachment; filename="timeline-${fileName(request.params.key)}.${format}"`)
        .send(Readable.from(lines));
    },
  );

  app.put<Named & { Body: { readonly position: string; readonly flagged: boolean; readonly note?: string } }>(
    '/api/entities/:type/:key/timeline/flag',
    {
      config: MANAGE,
      schema: {
        params: entityParams,
        body: {
          type: 'object',
          required: ['position', 'flagged'],
          additionalProperties: false,
          properties: { position: text(4000), flagged: { type: 'boolean' }, note: text(4000) },
        },
      },
    },
    async (request) => {
      const { position, flagged, note = '' } = request.body;
      const { marks } = await viewOf(service, request);
      return { flag: await marks.flag(await nameOf(request), position, flagged ? note : undefined, actorOf(request)) };
    },
  );

  app.get<Named>(
    '/api/entities/:type/:key/related',
    { config: READ, schema: { params: entityParams } },
    async (request) =>
      (await viewOf(service, request)).telemetry.relations(typeOf(request.params.type), request.params.key),
  );

  app.get<Named>(
    '/api/entities/:type/:key/marks',
    { config: READ, schema: { params: entityParams } },
    async (request) => (await viewOf(service, request)).marks.get(await nameOf(request)),
  );

  app.patch<Named & { Body: MarkChange }>(
    '/api/entities/:type/:key/marks',
    {
      config: MANAGE,
      schema: {
        params: entityParams,
        body: { type: 'object', additionalProperties: false, properties: { tags, ...markFields } },
      },
    },
    async (request) =>
      (await viewOf(service, request)).marks.change(await nameOf(request), request.body, actorOf(request)),
  );

  app.post<{ Body: { readonly entities: readonly EntityName[]; readonly changes: MarkChange } }>(
    '/api/entities/bulk/marks',
    {
      config: MANAGE,
      schema: {
        body: {
          type: 'object',
          required: ['entities', 'changes'],
          additionalProperties: false,
          properties: {
            entities: {
              type: 'array',
              minItems: 1,
              maxItems: 1000,
              items: {
                type: 'object',
                required: ['type', 'key'],
                additionalProperties: false,
                properties: {
                  type: { type: 'string', enum: ENTITY_TYPES },
                  key: { type: 'string', minLength: 1, maxLength: 2000 },
                },
              },
            },
            changes: { type: 'object', additionalProperties: false, properties: markFields },
          },
        },
      },
    },
    async (request) =>
      (await viewOf(service, request)).marks.changeMany(request.body.entities, request.body.changes, actorOf(request)),
  );

  app.post<Named & { Body: { readonly text: string } }>(
    '/api/entities/:type/:key/notes',
    { config: MANAGE, schema: { params: entityParams, body: noteBody } },
    async (request, reply) => {
      const note = await (await viewOf(service, request)).marks.addNote(
        await nameOf(request),
        request.body.text,
        actorOf(request),
      );
      reply.code(201);
      return note;
    },
  );

  app.patch<{ Params: Named['Params'] & { readonly id: string }; Body: { readonly text: string } }>(
    '/api/entities/:type/:key/notes/:id',
    { config: MANAGE, schema: { params: noteParams, body: noteBody } },
    async (request) => {
      const { marks } = await viewOf(service, request);
      return {
        note: await marks.changeNote(await nameOf(request), request.params.id, request.body.text, actorOf(request)),
      };
    },
  );

  app.delete<{ Params: Named['Params'] & { readonly id: string } }>(
    '/api/entities/:type/:key/notes/:id',
    { config: MANAGE, schema: { params: noteParams } },
    async (request, reply) => {
      const { marks } = await viewOf(service, request);
      await marks.changeNote(await nameOf(request), request.params.id, undefined, actorOf(request));
      return reply.code(204).send();
    },
  );
}
