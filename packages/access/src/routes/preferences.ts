import { ParapetError } from '@parapet/schema';
import type { FastifyInstance } from 'fastify';
import type { AccessService } from '../access.ts';
import { MAX_PREFERENCE_BYTES } from '../preferences.ts';

const schema = {
  params: {
    type: 'object',
    properties: { key: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$' } },
  },
} as const;

/** GET and PUT /api/preferences/:key */
export function preferenceRoutes(app: FastifyInstance, access: AccessService): void {
  app.get<{ Params: { key: string } }>('/api/preferences/:key', { config: { signedIn: true }, schema }, (request) =>
    access.preferences.get(request.principal.id, request.params.key),
  );

  app.put<{ Params: { key: string }; Body: { value?: unknown } | null }>(
    '/api/preferences/:key',
    // Escapes and white space make a body longer than the value that is measured.
    { config: { signedIn: true }, schema, bodyLimit: 4 * MAX_PREFERENCE_BYTES },
    (request) => {
      // Checked by hand: the validator's type coercion would change the value.
      const body = request.body;
      if (body === null || typeof body !== 'object' || !('value' in body)) {
        throw new ParapetError('invalid_request', 400, 'value is missing.', 'Send {"value": …}; null removes it.', {
          field: 'value',
        });
      }
      return access.preferences.set(request.principal.id, request.params.key, body.value);
    },
  );
}
