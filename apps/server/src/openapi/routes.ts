import type { FastifyInstance } from 'fastify';
import type { CollectedRoute } from './collect.ts';
import { type ApiDocument, describeApi } from './document.ts';

/** GET /api/openapi.json: the whole API, described. */
export function registerOpenApi(app: FastifyInstance, routes: readonly CollectedRoute[], version: string): void {
  let made: { readonly count: number; readonly document: ApiDocument } | undefined;
  /** The description of this API in OpenAPI 3.1. */
  app.get('/api/openapi.json', { config: { signedIn: true } }, () => {
    if (made?.count !== routes.length) made = { count: routes.length, document: describeApi(routes, version) };
    return made.document;
  });
}
