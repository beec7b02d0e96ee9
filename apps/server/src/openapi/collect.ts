/** Every route as it is added, with the schemas that its calls are checked against. */
import type { FastifyInstance } from 'fastify';

type JsonSchema = Readonly<Record<string, unknown>>;

export interface CollectedRoute {
  readonly method: string;
  /** As written for the router: `/api/incidents/:id`. */
  readonly path: string;
  readonly permission: string | undefined;
  readonly signedIn: boolean;
  readonly public: boolean;
  /** Takes a key in `Authorization` in place of a session. */
  readonly keys: boolean;
  readonly params?: JsonSchema;
  readonly query?: JsonSchema;
  readonly body?: JsonSchema;
}

const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
/** What the description is of: the portal's API, the Graph-compatible API and the Kusto endpoints. */
const DESCRIBED = /^\/(api|v1\.0|beta|v1\/rest|v2\/rest)(\/|$)/;

/** Call before any route is added. The list grows until the server listens. */
export function collectRoutes(app: FastifyInstance): readonly CollectedRoute[] {
  const found: CollectedRoute[] = [];
  app.addHook('onRoute', (route) => {
    if (!DESCRIBED.test(route.url)) return;
    const config = (route.config ?? {}) as Record<string, unknown>;
    const schema = (route.schema ?? {}) as Record<string, JsonSchema | undefined>;
    for (const method of [route.method].flat()) {
      if (!METHODS.has(method)) continue;
      found.push({
        method,
        path: route.url,
        permission: typeof config.permission === 'string' ? config.permission : undefined,
        signedIn: config.signedIn === true,
        public: config.public === true,
        keys: config.queryKey === true,
        ...(schema.params ? { params: schema.params } : {}),
        ...(schema.querystring ? { query: schema.querystring } : {}),
        ...(schema.body ? { body: schema.body } : {}),
      });
    }
  });
  return found;
}
