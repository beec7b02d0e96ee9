import { ENTITY_TYPES } from '@parapet/schema';
import type { FastifyInstance } from 'fastify';
import type { TimelineQuery } from '../telemetry/timeline.ts';
import type { Incidents } from '../types.ts';
import { member } from '../validate.ts';
import { callerOf, idParams, queryOf, READ, text, viewOf } from './common.ts';
import { timelinePaging, timelineQuery } from './entities.ts';

interface Id {
  readonly Params: { readonly id: string };
}

const searchQuery = {
  ...queryOf({
    q: { type: 'string', minLength: 2, maxLength: 400 },
    limit: { type: 'integer', minimum: 1, maximum: 100 },
  }),
  required: ['q'],
} as const;
const entityParams = {
  type: 'object',
  required: ['type', 'key'],
  properties: { type: text(40), key: { type: 'string', minLength: 1, maxLength: 2000 } },
} as const;

/** Devices, other entities, search and home. */
export function telemetryRoutes(app: FastifyInstance, service: Incidents): void {
  app.get<Id>('/api/devices/:id', { config: READ, schema: { params: idParams } }, async (request) =>
    (await viewOf(service, request)).telemetry.device(request.params.id),
  );

  app.get<Id & { Querystring: TimelineQuery }>(
    '/api/devices/:id/timeline',
    { config: READ, schema: { params: idParams, querystring: queryOf({ ...timelineQuery, ...timelinePaging }) } },
    async (request) => (await viewOf(service, request)).telemetry.timeline('device', request.params.id, request.query),
  );

  app.get<{ Params: { readonly type: string; readonly key: string } }>(
    '/api/entities/:type/:key',
    { config: READ, schema: { params: entityParams } },
    async (request) =>
      (await viewOf(service, request)).telemetry.entity(
        member('type', request.params.type, ENTITY_TYPES),
        request.params.key,
      ),
  );

  app.get<{ Querystring: { readonly q: string; readonly limit?: number } }>(
    '/api/search',
    { config: READ, schema: { querystring: searchQuery } },
    async (request) => (await viewOf(service, request)).search.search(request.query.q, request.query.limit),
  );

  app.get('/api/home', { config: READ }, async (request) =>
    (await viewOf(service, request)).home.get(callerOf(request)),
  );
}
