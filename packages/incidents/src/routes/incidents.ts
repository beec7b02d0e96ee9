import {
  ENTITY_FIELDS,
  ENTITY_TYPES,
  type IncidentBulkRequest,
  type IncidentChanges,
  LINK_MAX_ROWS,
  type LinkRowsRequest,
  OTHER_CATEGORIES,
  SEVERITIES,
  TACTICS,
} from '@parapet/schema';
import type { FastifyInstance } from 'fastify';
import type { IncidentListQuery } from '../incidents/list.ts';
import type { PageQuery } from '../incidents/service.ts';
import type { Incidents } from '../types.ts';
import {
  actorOf,
  bulkBody,
  callerOf,
  commentBody,
  idParams,
  incidentChangesBody,
  list,
  MANAGE,
  paging,
  queryOf,
  READ,
  text,
  versionOf,
  viewOf,
} from './common.ts';

interface Id {
  readonly Params: { readonly id: string };
}

const listQuery = queryOf({
  status: list,
  severity: list,
  assignee: list,
  assignedTo: list,
  category: list,
  tag: list,
  detectionSource: list,
  source: list,
  ruleId: list,
  classification: list,
  determination: list,
  technique: list,
  serviceSource: list,
  product: list,
  multipleSources: { type: 'boolean' },
  multipleCategories: { type: 'boolean' },
  mention: list,
  asset: list,
  entity: list,
  priority: list,
  background: text(20),
  search: text(500),
  from: text(40),
  to: text(40),
  sort: text(40),
  order: text(10),
  ...paging,
});
const pageQuery = queryOf({ ...paging, pageSize: { type: 'integer', minimum: 1, maximum: 1000 } });

const linkBody = {
  type: 'object',
  additionalProperties: false,
  required: ['title', 'severity', 'category', 'query', 'table', 'rows', 'entities'],
  properties: {
    incidentId: { type: 'string', pattern: '^[1-9][0-9]{0,17}$' },
    title: { type: 'string', minLength: 1, maxLength: 256, pattern: '\\S' },
    severity: { enum: SEVERITIES },
    category: { enum: [...TACTICS, ...OTHER_CATEGORIES] },
    description: text(10_000),
    recommendedActions: text(10_000),
    query: { type: 'string', minLength: 1, maxLength: 100_000 },
    table: text(128),
    rows: { type: 'array', minItems: 1, maxItems: LINK_MAX_ROWS, items: { type: 'object', maxProperties: 1_000 } },
    entities: {
      type: 'array',
      minItems: 1,
      maxItems: 30,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['type', 'part', 'fields'],
        properties: {
          type: { enum: ENTITY_TYPES },
          part: { enum: ['impacted', 'related'] },
          fields: {
            type: 'object',
            minProperties: 1,
            propertyNames: { enum: ENTITY_FIELDS },
            additionalProperties: { type: 'string', minLength: 1, maxLength: 200 },
          },
        },
      },
    },
  },
} as const;

/** /api/incidents and what an incident contains. */
export function incidentRoutes(app: FastifyInstance, service: Incidents): void {
  app.get<{ Querystring: IncidentListQuery }>(
    '/api/incidents',
    { config: READ, schema: { querystring: listQuery } },
    async (request) => (await viewOf(service, request)).incidents.list(request.query, callerOf(request)),
  );

  app.post<{ Body: IncidentBulkRequest }>(
    '/api/incidents/bulk',
    { config: MANAGE, schema: { body: bulkBody(incidentChangesBody) } },
    async (request) =>
      (await viewOf(service, request)).incidents.changeMany(
        request.body.ids,
        request.body.changes,
        actorOf(request),
        request.body.comment,
      ),
  );

  app.post<{ Body: LinkRowsRequest }>(
    '/api/incidents/link',
    { config: MANAGE, bodyLimit: 16 * 2 ** 20, schema: { body: linkBody } },
    async (request, reply) => {
      reply.code(201);
      return (await viewOf(service, request)).links.link(request.body, actorOf(request));
    },
  );

  app.get<Id>('/api/incidents/:id', { config: READ, schema: { params: idParams } }, async (request) =>
    (await viewOf(service, request)).incidents.get(request.params.id),
  );

  app.patch<Id & { Body: IncidentChanges }>(
    '/api/incidents/:id',
    { config: MANAGE, schema: { params: idParams, body: incidentChangesBody } },
    async (request) =>
      (await viewOf(service, request)).incidents.change(
        request.params.id,
        request.body,
        actorOf(request),
        versionOf(request),
      ),
  );

  app.post<Id & { Body: { readonly text: string } }>(
    '/api/incidents/:id/comments',
    { config: MANAGE, schema: { params: idParams, body: commentBody } },
    async (request, reply) => {
      reply.code(201);
      return (await viewOf(service, request)).incidents.comment(request.params.id, request.body.text, actorOf(request));
    },
  );

  for (const part of ['alerts', 'assets', 'evidence', 'activity'] as const)
    app.get<Id & { Querystring: PageQuery }>(
      `/api/incidents/:id/${part}`,
      { config: READ, schema: { params: idParams, querystring: pageQuery } },
      async (request) => (await viewOf(service, request)).incidents[part](request.params.id, request.query),
    );

  app.get<Id>('/api/incidents/:id/graph', { config: READ, schema: { params: idParams } }, async (request) =>
    (await viewOf(service, request)).incidents.story(request.params.id),
  );
}
