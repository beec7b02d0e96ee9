import { ParapetError } from '@parapet/schema';
import type { FastifyInstance, FastifySchemaValidationError } from 'fastify';
import type { Incidents } from '../types.ts';
import { alertRoutes } from './alerts.ts';
import { deskRoutes } from './desk.ts';
import { entityRoutes } from './entities.ts';
import { groupingRoutes } from './grouping.ts';
import { incidentRoutes } from './incidents.ts';
import { inventoryRoutes } from './inventories.ts';
import { proposalRoutes } from './proposals.ts';
import { riskRoutes } from './risk.ts';
import { telemetryRoutes } from './telemetry.ts';

/**
 * Add this room's routes. The access room's guard must be in place before.
 * @param service what `createIncidents` returned
 */
export async function registerIncidents(app: FastifyInstance, service: Incidents): Promise<void> {
  await app.register(async (own) => {
    own.setSchemaErrorFormatter(invalidRequest);
    own.addHook('preValidation', async (request) => {
      const known = (request.routeOptions.schema?.querystring as { properties?: object } | undefined)?.properties;
      if (!known) return;
      // The validator would drop them, and a misspelt filter must not silently show everything.
      const unknown = Object.keys(request.query as object).find((name) => !Object.hasOwn(known, name));
      if (unknown !== undefined)
        throw new ParapetError(
          'invalid_request',
          400,
          `There is no query parameter ${JSON.stringify(unknown.slice(0, 100))}.`,
          `Allowed: ${Object.keys(known).join(', ')}.`,
          { field: unknown, allowed: Object.keys(known) },
        );
    });
    own.addHook('preHandler', async (request) => {
      // The validator does not compare infinite numbers with its limits.
      const infinite = Object.entries(request.query as Record<string, unknown>).find(
        ([, value]) => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY,
      );
      if (infinite)
        throw new ParapetError('invalid_request', 400, `${infinite[0]} is too large.`, undefined, {
          field: infinite[0],
        });
    });
    for (const routes of [
      incidentRoutes,
      groupingRoutes,
      proposalRoutes,
      alertRoutes,
      telemetryRoutes,
      entityRoutes,
      inventoryRoutes,
      deskRoutes,
      riskRoutes,
    ])
      routes(own, service);
  });
}

function invalidRequest(errors: readonly FastifySchemaValidationError[], part: string): ParapetError {
  const [error] = errors;
  const params = (error?.params ?? {}) as { missingProperty?: string; additionalProperty?: string };
  const path = (error?.instancePath ?? '').slice(1).replaceAll('/', '.');
  const field = params.missingProperty ?? params.additionalProperty ?? path;
  const subject = path || (part === 'body' ? 'The body' : `The ${part}`);
  return new ParapetError('invalid_request', 400, `${subject} ${error?.message ?? 'is not valid'}.`, undefined, {
    field,
  });
}
