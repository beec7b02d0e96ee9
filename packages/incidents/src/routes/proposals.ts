import type { IncidentProposal, ProposalRequest } from '@parapet/schema';
import type { FastifyInstance } from 'fastify';
import type { Incidents } from '../types.ts';
import { actorOf, idParams, incidentChangesBody, MANAGE, READ, text, viewOf } from './common.ts';

interface Id {
  readonly Params: { readonly id: string };
}
interface ProposalId {
  readonly Params: { readonly id: string; readonly proposal: string };
}

const proposalBody = {
  type: 'object',
  required: ['reason'],
  additionalProperties: false,
  properties: { changes: incidentChangesBody, comment: text(200_000), reason: text(10_000) },
} as const;
const proposalParams = {
  type: 'object',
  required: ['id', 'proposal'],
  properties: { ...idParams.properties, proposal: { type: 'string', minLength: 1, maxLength: 40 } },
} as const;

/** /api/incidents/:id/proposals */
export function proposalRoutes(app: FastifyInstance, service: Incidents): void {
  /** Changes suggested for an incident, open ones first. */
  app.get<Id>(
    '/api/incidents/:id/proposals',
    { config: READ, schema: { params: idParams } },
    async (request): Promise<{ readonly items: readonly IncidentProposal[] }> => {
      const { incidents, proposals } = await viewOf(service, request);
      const incident = await incidents.get(request.params.id);
      return { items: await proposals.list(incident.id) };
    },
  );

  // Assistants propose with the key they read with; deciding takes a person's session.
  /** Suggest a change of an incident; nothing happens until somebody accepts. */
  app.post<Id & { Body: ProposalRequest }>(
    '/api/incidents/:id/proposals',
    { config: READ, schema: { params: idParams, body: proposalBody } },
    async (request, reply): Promise<IncidentProposal> => {
      const { incidents, proposals } = await viewOf(service, request);
      const incident = await incidents.get(request.params.id);
      reply.code(201);
      return proposals.propose(incident.id, request.body, actorOf(request));
    },
  );

  for (const verdict of ['accept', 'dismiss'] as const)
    app.post<ProposalId>(
      `/api/incidents/:id/proposals/:proposal/${verdict}`,
      { config: MANAGE, schema: { params: proposalParams } },
      async (request): Promise<IncidentProposal> => {
        const { incidents, proposals } = await viewOf(service, request);
        const incident = await incidents.get(request.params.id);
        const state = verdict === 'accept' ? 'accepted' : 'dismissed';
        return proposals.decide(incident.id, request.params.proposal, state, actorOf(request));
      },
    );
}
