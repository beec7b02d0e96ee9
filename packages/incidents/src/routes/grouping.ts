import type { IncidentTarget } from '@parapet/schema';
import type { FastifyInstance } from 'fastify';
import type { Incidents } from '../types.ts';
import { actorOf, idParams, MANAGE, READ, text, viewOf } from './common.ts';

interface Id {
  readonly Params: { readonly id: string };
}

const id = { type: 'string', minLength: 1, maxLength: 400 } as const;
const alertIds = { type: 'array', minItems: 1, maxItems: 1000, items: id } as const;
const body = (required: readonly string[], properties: Readonly<Record<string, unknown>>) =>
  ({ type: 'object', required, additionalProperties: false, properties }) as const;
const comment = text(200_000);

const mergeBody = body(['incidentIds'], {
  incidentIds: { type: 'array', minItems: 1, maxItems: 100, items: id },
  comment,
});
const moveBody = body(['alertIds'], { alertIds, incidentId: { type: 'string', maxLength: 40 }, comment });
const splitBody = body(['alertIds'], { alertIds, comment });
const undoBody = body([], { comment });
const partParams = (part: string) =>
  ({ type: 'object', required: ['id', part], properties: { id, [part]: { type: 'string', maxLength: 40 } } }) as const;

/** Which alerts belong together, by hand: merge, take a merge back, move, split. */
export function groupingRoutes(app: FastifyInstance, service: Incidents): void {
  app.get<Id>('/api/incidents/:id/grouping', { config: READ, schema: { params: idParams } }, async (request) =>
    (await viewOf(service, request)).records.grouping(request.params.id),
  );

  app.post<{ Body: { readonly incidentIds: readonly string[]; readonly comment?: string } }>(
    '/api/incidents/merge',
    { config: MANAGE, schema: { body: mergeBody } },
    async (request): Promise<IncidentTarget> => {
      const { incidentIds, ...reason } = request.body;
      const { records } = await viewOf(service, request);
      return { incidentId: await records.merge(incidentIds, { ...reason, codes: [] }, actorOf(request)) };
    },
  );

  app.post<{
    Params: { readonly id: string; readonly merge: string };
    Body: { readonly comment?: string };
  }>(
    '/api/incidents/:id/merges/:merge/undo',
    { config: MANAGE, schema: { params: partParams('merge'), body: undoBody } },
    async (request): Promise<IncidentTarget> => {
      const { records } = await viewOf(service, request);
      const { id: incident, merge } = request.params;
      return { incidentId: await records.undoMerge(incident, merge, request.body.comment ?? '', actorOf(request)) };
    },
  );

  app.post<Id & { Body: { readonly alertIds: readonly string[]; readonly comment?: string } }>(
    '/api/incidents/:id/split',
    { config: MANAGE, schema: { params: idParams, body: splitBody } },
    async (request): Promise<IncidentTarget> => {
      const { alertIds: alerts, ...reason } = request.body;
      const { records } = await viewOf(service, request);
      return {
        incidentId: await records.split(request.params.id, alerts, { ...reason, codes: [] }, actorOf(request)),
      };
    },
  );

  app.delete<{ Params: { readonly id: string; readonly separation: string } }>(
    '/api/incidents/:id/separations/:separation',
    { config: MANAGE, schema: { params: partParams('separation') } },
    async (request, reply) => {
      const { id: incident, separation } = request.params;
      await (await viewOf(service, request)).records.forgetSeparation(incident, separation, actorOf(request));
      reply.code(204);
    },
  );

  app.post<{
    Body: { readonly alertIds: readonly string[]; readonly incidentId?: string; readonly comment?: string };
  }>('/api/alerts/move', { config: MANAGE, schema: { body: moveBody } }, async (request): Promise<IncidentTarget> => {
    const { alertIds: alerts, incidentId = '', ...reason } = request.body;
    const { records } = await viewOf(service, request);
    return { incidentId: await records.move(alerts, incidentId, { ...reason, codes: [] }, actorOf(request)) };
  });
}
