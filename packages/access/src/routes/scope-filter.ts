import { ENVIRONMENT_KINDS, type ScopeFilter, type ScopeFilterState } from '@parapet/schema';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AccessService } from '../access.ts';
import { checkedFilter, filterState } from '../scope-filter.ts';
import { sessionOf } from './request.ts';

/** GET and PUT /api/scope-filter: what of the cloud this session looks at. */
export function scopeFilterRoutes(app: FastifyInstance, access: AccessService): void {
  const stateOf = (request: FastifyRequest): Promise<ScopeFilterState> => {
    const { principal, scopeFilter } = sessionOf(request);
    return filterState(access.directory, principal, scopeFilter, () => access.environments());
  };

  app.get('/api/scope-filter', { config: { signedIn: true } }, stateOf);

  app.put<{ Body: ScopeFilter }>(
    '/api/scope-filter',
    {
      config: { signedIn: true },
      bodyLimit: 64 * 1024,
      schema: {
        body: {
          type: 'object',
          required: ['scopes', 'environments'],
          additionalProperties: false,
          properties: {
            scopes: { type: 'array', maxItems: 200, items: { type: 'string', minLength: 1, maxLength: 100 } },
            environments: {
              type: 'array',
              maxItems: 200,
              items: {
                type: 'object',
                required: ['kind', 'id'],
                additionalProperties: false,
                properties: {
                  kind: { type: 'string', enum: ENVIRONMENT_KINDS },
                  id: { type: 'string', minLength: 1, maxLength: 400 },
                },
              },
            },
          },
        },
      },
    },
    async (request): Promise<ScopeFilterState> => {
      const state = await stateOf(request);
      const filter = checkedFilter(request.body, state);
      await access.sessions.setScopeFilter(sessionOf(request).idHash, filter);
      return { ...state, filter: filter ?? { scopes: [], environments: [] } };
    },
  );

  /** Environments that data has come from, for who makes cloud scopes. */
  app.get(
    '/api/access/environments',
    { config: { permission: 'Auth.Manage' } },
    async (): Promise<{ readonly items: readonly ScopeFilter['environments'][number][] }> => ({
      items: [...(await access.environments())],
    }),
  );
}
