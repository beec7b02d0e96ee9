import { type IngestKey, KEY_PURPOSES, type KeyPurpose, type Page, ParapetError } from '@parapet/schema';
import type { FastifyInstance } from 'fastify';
import type { AccessService } from '../access.ts';
import { type Paging, paging } from './validation.ts';

/** GET and POST /api/keys, DELETE /api/keys/:id */
export function keyRoutes(app: FastifyInstance, access: AccessService): void {
  app.get<{ Querystring: Paging & { search?: string } }>(
    '/api/keys',
    {
      config: { permission: 'Sys.Read' },
      schema: {
        querystring: { type: 'object', properties: { ...paging, search: { type: 'string', maxLength: 200 } } },
      },
    },
    async ({ query }): Promise<Page<IngestKey>> => {
      const { page, pageSize } = query;
      const wanted = query.search?.toLowerCase() ?? '';
      const keys = access.keys.list().filter(({ name }) => name.toLowerCase().includes(wanted));
      return { items: keys.slice((page - 1) * pageSize, page * pageSize), total: keys.length, page, pageSize };
    },
  );

  app.post<{ Body: { name: string; purpose: KeyPurpose } }>(
    '/api/keys',
    {
      config: { permission: 'Data.Manage' },
      bodyLimit: 16 * 1024,
      schema: {
        body: {
          type: 'object',
          required: ['name'],
          additionalProperties: false,
          properties: {
            name: { type: 'string', minLength: 1, maxLength: 100 },
            purpose: { type: 'string', enum: KEY_PURPOSES, default: 'ingest' },
          },
        },
      },
    },
    async (request, reply) => {
      const name = request.body.name.trim();
      if (name === '' || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) {
        throw new ParapetError('invalid_request', 400, 'name must hold visible characters in one line.', undefined, {
          field: 'name',
        });
      }
      const { purpose } = request.body;
      const { rights, username } = request.principal;
      // Where nothing else is assigned to it, a key reads what its maker may read.
      if (purpose === 'query' && !rights.can('SecData.Read')) {
        throw new ParapetError(
          'grant_beyond_own',
          403,
          'A query key reads telemetry, which needs the permission SecData.Read; you do not hold it.',
          'Ask someone who does.',
        );
      }
      return reply.code(201).send(await access.keys.create(name, username, request.ip, purpose));
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/api/keys/:id',
    {
      config: { permission: 'Data.Manage' },
      schema: { params: { type: 'object', properties: { id: { type: 'string', maxLength: 100 } } } },
    },
    async (request, reply) => {
      if (!(await access.keys.revoke(request.params.id, request.principal.username, request.ip))) {
        throw new ParapetError(
          'key_not_found',
          404,
          'There is no such active key.',
          'It may have been revoked already.',
        );
      }
      return reply.code(204).send();
    },
  );
}
