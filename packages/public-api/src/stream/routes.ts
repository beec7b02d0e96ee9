import type { StreamInput } from '@parapet/schema';
import type { FastifyInstance } from 'fastify';
import type { PublicApiOptions } from '../types.ts';
import { MAX_STREAMS, RECORD_TABLES, type Streams } from './streams.ts';

interface Id {
  readonly Params: { readonly id: string };
}

const READ = { permission: 'Sys.Read' } as const;
const MANAGE = { permission: 'Data.Manage' } as const;
const fields = {
  name: { type: 'string', maxLength: 200 },
  enabled: { type: 'boolean' },
  tables: { type: 'array', maxItems: 500, items: { type: 'string', maxLength: 200 } },
  settings: {
    type: 'object',
    additionalProperties: false,
    required: ['kind'],
    properties: {
      kind: { type: 'string', enum: ['file', 'http', 'syslog', 'nats'] },
      folder: { type: 'string', maxLength: 64 },
      url: { type: 'string', maxLength: 2_000 },
      authorization: { anyOf: [{ type: 'string', maxLength: 4_000 }, { type: 'boolean' }] },
      host: { type: 'string', maxLength: 253 },
      port: { type: 'integer', minimum: 1, maximum: 65_535 },
      tls: { type: 'boolean' },
      format: { type: 'string', enum: ['json', 'cef'] },
      subject: { type: 'string', maxLength: 200 },
      token: { anyOf: [{ type: 'string', maxLength: 4_000 }, { type: 'boolean' }] },
    },
    anyOf: [
      { properties: { kind: { const: 'file' } }, required: ['folder'] },
      { properties: { kind: { const: 'http' } }, required: ['url'] },
      { properties: { kind: { const: 'syslog' } }, required: ['host', 'port', 'tls', 'format'] },
      { properties: { kind: { const: 'nats' } }, required: ['host', 'port', 'tls', 'subject'] },
    ],
  },
} as const;
const body = (required: readonly string[]) =>
  ({ type: 'object', additionalProperties: false, required, properties: fields }) as const;

/** `/api/streams`: the portal's page about streaming. */
export function streamRoutes(app: FastifyInstance, { store, audit }: PublicApiOptions, streams: Streams): void {
  app.get('/api/streams', { config: READ }, async () => ({
    items: await streams.list(),
    max: MAX_STREAMS,
    tables: [...RECORD_TABLES, ...store.schema.tables.map(({ name }) => name).sort()],
  }));
  const note = (username: string, remoteAddress: string, action: string, id: string, after?: object) =>
    audit({ actor: username, action: `stream.${action}`, target: `stream/${id}`, after, remoteAddress });

  app.post<{ Body: StreamInput }>(
    '/api/streams',
    { config: MANAGE, schema: { body: body(['name', 'tables', 'settings']) } },
    async (request, reply) => {
      const made = await streams.create(request.body, request.principal.username);
      await note(request.principal.username, request.ip, 'create', made.id, {
        name: made.name,
        settings: made.settings,
      });
      return reply.code(201).send(made);
    },
  );
  app.patch<Id & { Body: Partial<StreamInput> }>(
    '/api/streams/:id',
    { config: MANAGE, schema: { body: body([]) } },
    async (request) => {
      const changed = await streams.update(request.params.id, request.body);
      await note(request.principal.username, request.ip, 'update', changed.id, {
        name: changed.name,
        enabled: changed.enabled,
        settings: changed.settings,
      });
      return changed;
    },
  );
  app.delete<Id>('/api/streams/:id', { config: MANAGE }, async (request, reply) => {
    await streams.remove(request.params.id);
    await note(request.principal.username, request.ip, 'delete', request.params.id);
    return reply.code(204).send();
  });
}
