import { type CriticalityRequest, ENTITY_TYPES } from '@parapet/schema';
import type { FastifyInstance } from 'fastify';
import type { BehaviorQuery, RiskListQuery } from '../risk/service.ts';
import type { Incidents } from '../types.ts';
import { member } from '../validate.ts';
import { actorOf, idParams, list, paging, queryOf, READ, text, viewOf } from './common.ts';

interface Named {
  readonly Params: { readonly type: string; readonly key: string };
}

const named = {
  type: 'object',
  required: ['type', 'key'],
  properties: { type: text(40), key: { type: 'string', minLength: 1, maxLength: 2000 } },
} as const;
const behaviorQuery = queryOf({ from: text(40), to: text(40), ...paging });

/** Risk, criticality and behaviours of entities. */
export function riskRoutes(app: FastifyInstance, service: Incidents): void {
  app.get<{ Querystring: RiskListQuery }>(
    '/api/risk',
    { config: READ, schema: { querystring: queryOf({ type: list, level: list, search: text(500), ...paging }) } },
    async (request) => (await viewOf(service, request)).risk.list(request.query),
  );

  app.get<Named>('/api/risk/:type/:key', { config: READ, schema: { params: named } }, async (request) =>
    (await viewOf(service, request)).risk.get(request.params.type, request.params.key),
  );

  app.get<Named & { Querystring: BehaviorQuery }>(
    '/api/entities/:type/:key/behaviors',
    { config: READ, schema: { params: named, querystring: behaviorQuery } },
    async (request) =>
      (await viewOf(service, request)).risk.behaviors(
        member('type', request.params.type, ENTITY_TYPES),
        request.params.key,
        request.query,
      ),
  );

  app.get<{ Params: { readonly id: string }; Querystring: BehaviorQuery }>(
    '/api/incidents/:id/behaviors',
    { config: READ, schema: { params: idParams, querystring: behaviorQuery } },
    async (request) => (await viewOf(service, request)).risk.behaviorsOfIncident(request.params.id, request.query),
  );

  app.put<Named & { Body: CriticalityRequest }>(
    '/api/criticality/:type/:key',
    {
      config: { permission: 'Exposure.Manage' },
      schema: {
        params: named,
        body: {
          type: 'object',
          required: ['level', 'reason'],
          additionalProperties: false,
          properties: {
            level: { type: ['string', 'null'], maxLength: 40 },
            reason: { type: 'string', maxLength: 2000 },
            expiresAt: { type: ['string', 'null'], maxLength: 40 },
          },
        },
      },
    },
    async (request) =>
      (await viewOf(service, request)).risk.setCriticality(
        request.params.type,
        request.params.key,
        request.body,
        actorOf(request),
      ),
  );
}
