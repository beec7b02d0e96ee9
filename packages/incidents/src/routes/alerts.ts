import type { AlertBulkRequest, AlertChanges } from '@parapet/schema';
import type { FastifyInstance } from 'fastify';
import type { AlertListQuery } from '../alerts/list.ts';
import type { Incidents } from '../types.ts';
import {
  actorOf,
  alertChangesBody,
  bulkBody,
  callerOf,
  commentBody,
  idParams,
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
  technique: list,
  classification: list,
  determination: list,
  tag: list,
  asset: list,
  detectionSource: list,
  source: list,
  serviceSource: list,
  product: list,
  ruleId: list,
  incidentId: list,
  entity: list,
  search: text(500),
  from: text(40),
  to: text(40),
  sort: text(40),
  order: text(10),
  ...paging,
});

/** /api/alerts. */
export function alertRoutes(app: FastifyInstance, service: Incidents): void {
  app.get<{ Querystring: AlertListQuery }>(
    '/api/alerts',
    { config: READ, schema: { querystring: listQuery } },
    async (request) => (await viewOf(service, request)).alerts.list(request.query, callerOf(request)),
  );

  app.post<{ Body: AlertBulkRequest }>(
    '/api/alerts/bulk',
    { config: MANAGE, schema: { body: bulkBody(alertChangesBody) } },
    async (request) =>
      (await viewOf(service, request)).alerts.changeMany(
        request.body.ids,
        request.body.changes,
        actorOf(request),
        request.body.comment,
      ),
  );

  app.get<Id>('/api/alerts/:id', { config: READ, schema: { params: idParams } }, async (request) =>
    (await viewOf(service, request)).alerts.get(request.params.id),
  );

  app.patch<Id & { Body: AlertChanges }>(
    '/api/alerts/:id',
    { config: MANAGE, schema: { params: idParams, body: alertChangesBody } },
    async (request) =>
      (await viewOf(service, request)).alerts.change(
        request.params.id,
        request.body,
        actorOf(request),
        versionOf(request),
      ),
  );

  app.post<Id & { Body: { readonly text: string } }>(
    '/api/alerts/:id/comments',
    { config: MANAGE, schema: { params: idParams, body: commentBody } },
    async (request, reply) => {
      reply.code(201);
      return (await viewOf(service, request)).alerts.comment(request.params.id, request.body.text, actorOf(request));
    },
  );

  app.get<Id>('/api/alerts/:id/process-tree', { config: READ, schema: { params: idParams } }, async (request) =>
    (await viewOf(service, request)).telemetry.processTree(request.params.id),
  );
}
