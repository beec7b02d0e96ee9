import { ENTITY_TYPES } from '@parapet/schema';
import type { FastifyInstance } from 'fastify';
import type { DeviceListQuery } from '../telemetry/devices.ts';
import type { TimelineQuery } from '../telemetry/timeline.ts';
import type { Incidents } from '../types.ts';
import { member } from '../validate.ts';
import { callerOf, idParams, list, paging, queryOf, READ, text, viewOf } from './common.ts';

interface Id {
  readonly Params: { readonly id: string };
}

const deviceQuery = queryOf({
  search: text(500),
  risk: list,
  os: list,
  from: text(40),
  sort: text(40),
  order: text(10),
  ...paging,
});
const timelineQuery = queryOf({
  from: text(40),
  to: text(40),
  types: list,
  actionType: list,
  search: text(500),
  cursor: text(4000),
  limit: { type: 'integer', minimum: 1, maximum: 500 },
});
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
  app.get<{ Querystring: DeviceListQuery }>(
    '/api/devices',
    { config: READ, schema: { querystring: deviceQuery } },
    async (request) => (await viewOf(service, request)).telemetry.devices(request.query),
  );

  app.get<Id>('/api/devices/:id', { config: READ, schema: { params: idParams } }, async (request) =>
    (await viewOf(service, request)).telemetry.device(request.params.id),
  );

  app.get<Id & { Querystring: TimelineQuery }>(
    '/api/devices/:id/timeline',
    { config: READ, schema: { params: idParams, querystring: timelineQuery } },
    async (request) => (await viewOf(service, request)).telemetry.timeline(request.params.id, request.query),
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
