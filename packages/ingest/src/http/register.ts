import type { FastifyInstance } from 'fastify';
import { registerAzure } from '../azure/routes.ts';
import { registerElastic } from '../elastic/routes.ts';
import { registerGeneric } from '../generic/routes.ts';
import { registerHec } from '../hec/routes.ts';
import { registerOsquery } from '../osquery/register.ts';
import { registerOtlp } from '../otlp/routes.ts';
import type { Ingest } from '../types.ts';
import { BodyBudget } from './body.ts';
import type { HttpIngest } from './scope.ts';

/**
 * Every protocol of the main port. Call it before the routes of the portal: `GET /` answers Elasticsearch's banner to
 * clients that do not ask for `text/html`, through a hook on `app`.
 * @param services what protocols need beside ingest itself; without it sources have default settings, and protocols
 *   that hand out tokens or keep state are not served
 */
export function registerIngest(
  app: FastifyInstance,
  ingest: Ingest,
  services: Pick<HttpIngest, 'registry' | 'sealer' | 'db' | 'audit' | 'tokensElsewhere'> = {},
): void {
  const http: HttpIngest = { ingest, budget: new BodyBudget(ingest.limits.maxInflightBytes), ...services };
  registerElastic(app, http);
  registerHec(app, http);
  registerOtlp(app, http);
  registerAzure(app, http);
  registerOsquery(app, http);
  registerGeneric(app, http);
}
