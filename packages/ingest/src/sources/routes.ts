import {
  type CreatedIngestKey,
  type IngestKey,
  type IngestSource,
  type InvalidValues,
  type Page,
  ParapetError,
  type SourceActivityBins,
  type SourceKindInfo,
  type SourceRequest,
} from '@parapet/schema';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Ingest } from '../types.ts';
import { invalidValues } from './invalid.ts';
import { describeSources, sourceActivity } from './list.ts';
import type { Receivers } from './receivers.ts';
import type { SourceRegistry } from './registry.ts';

/** What the routes need from the access room. */
export interface SourceKeys {
  create(name: string, by: string, sourceId: string, remoteAddress: string): Promise<CreatedIngestKey>;
  list(): Promise<IngestKey[]>;
  revoke(id: string, by: string): Promise<boolean>;
}

export interface SourceRoutes {
  readonly ingest: Ingest;
  readonly registry: SourceRegistry;
  readonly receivers: Receivers;
  readonly keys: SourceKeys;
  /** Put on record who did what. */
  audit(
    request: FastifyRequest,
    action: string,
    target: string,
    change: { readonly before?: unknown; readonly after?: unknown },
  ): Promise<void>;
}

const read = { permission: 'Sys.Read' } as const;
const manage = { permission: 'Data.Manage' } as const;

const limit = { type: ['number', 'null'], minimum: 0, maximum: 1e12 } as const;
const properties = {
  name: { type: 'string', minLength: 1, maxLength: 100 },
  enabled: { type: 'boolean' },
  connector: { type: ['string', 'null'], maxLength: 100 },
  limits: {
    type: 'object',
    additionalProperties: false,
    required: ['eventsPerSecond', 'bytesPerSecond'],
    properties: { eventsPerSecond: limit, bytesPerSecond: limit },
  },
  settings: { type: 'object', maxProperties: 50 },
} as const;
const params = { type: 'object', properties: { id: { type: 'string', maxLength: 100 } } } as const;

/** Sources: list, make, change, remove, keys. `GET /api/ingest/kinds` says what can be made. */
export function registerSources(app: FastifyInstance, options: SourceRoutes): void {
  const { ingest, registry, receivers, keys, audit } = options;

  const find = async (id: string): Promise<IngestSource> => {
    const found = (await describeSources(ingest, registry, receivers)).find((source) => source.id === id);
    if (!found)
      throw new ParapetError(
        'source_not_found',
        404,
        `There is no source ${id.slice(0, 100)}.`,
        'See the list under Sources & connectors.',
      );
    return found;
  };
  const checkConnector = (connector: string | null | undefined): void => {
    if (connector && !ingest.connectors().some((known) => known.id === connector))
      throw new ParapetError(
        'invalid_request',
        400,
        `There is no connector ${connector}.`,
        'Choose one of the list, or none: then each record finds its own.',
        { field: 'connector' },
      );
  };

  app.get(
    '/api/ingest/kinds',
    { config: read },
    async (): Promise<{ readonly items: readonly SourceKindInfo[] }> => ({
      items: registry.allKinds().map(({ id, title, description, credentials, fields, setup }) => ({
        id,
        title,
        description,
        credentials,
        fields,
        setup,
      })),
    }),
  );

  app.get('/api/ingest/sources', { config: read }, async (): Promise<Page<IngestSource>> => {
    const items = await describeSources(ingest, registry, receivers);
    return { items, total: items.length, page: 1, pageSize: Math.max(1, items.length) };
  });

  app.get<{ Params: { id: string } }>(
    '/api/ingest/sources/:id',
    { config: read, schema: { params } },
    async (request): Promise<IngestSource & { readonly keys: readonly IngestKey[] }> => ({
      ...(await find(request.params.id)),
      keys: (await keys.list()).filter((key) => key.sourceId === request.params.id),
    }),
  );

  app.get<{ Params: { id: string }; Querystring: { hours: number } }>(
    '/api/ingest/sources/:id/activity',
    {
      config: read,
      schema: {
        params,
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: { hours: { type: 'integer', minimum: 1, maximum: 24 * 90, default: 24 } },
        },
      },
    },
    async (request): Promise<SourceActivityBins> => sourceActivity(ingest, request.params.id, request.query.hours),
  );

  app.get<{ Params: { id: string }; Querystring: { hours: number } }>(
    '/api/ingest/sources/:id/invalid',
    {
      config: read,
      schema: {
        params,
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: { hours: { type: 'integer', minimum: 1, maximum: 24 * 90, default: 24 } },
        },
      },
    },
    async (request): Promise<InvalidValues> => {
      const source = await find(request.params.id);
      const used = new Set(source.connectors.map(({ id }) => id));
      const tables = ingest.connectors().flatMap((connector) => (used.has(connector.id) ? connector.tables : []));
      return invalidValues(ingest.options.store, source.id, request.query.hours, tables);
    },
  );

  app.post<{ Body: SourceRequest }>(
    '/api/ingest/sources',
    {
      config: manage,
      schema: {
        body: {
          type: 'object',
          required: ['name', 'kind'],
          additionalProperties: false,
          properties: { ...properties, kind: { type: 'string', maxLength: 50 } },
        },
      },
    },
    async (request, reply) => {
      checkConnector(request.body.connector);
      const by = request.principal.username;
      const source = await registry.create(request.body, by);
      const kind = registry.kind(source.kind);
      let key: CreatedIngestKey | null = null;
      try {
        if (kind?.credentials === 'key') key = await keys.create(source.name, by, source.id, request.ip);
      } catch (error) {
        await registry.remove(source.id);
        throw error;
      }
      await audit(request, 'source.create', `source/${source.id}`, { after: audited(source) });
      await receivers.settled(source.id);
      return reply.code(201).send({ source: await find(source.id), key });
    },
  );

  app.patch<{ Params: { id: string }; Body: Partial<Omit<SourceRequest, 'kind'>> }>(
    '/api/ingest/sources/:id',
    {
      config: manage,
      schema: { params, body: { type: 'object', additionalProperties: false, minProperties: 1, properties } },
    },
    async (request) => {
      checkConnector(request.body.connector);
      const { id } = request.params;
      const before = registry.get(id);
      const source = await registry.update(id, request.body);
      await audit(request, 'source.update', `source/${id}`, {
        before: before ? audited(before) : null,
        after: audited(source),
      });
      await receivers.settled(id);
      return find(id);
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/api/ingest/sources/:id',
    { config: manage, schema: { params } },
    async (request, reply) => {
      const { id } = request.params;
      const before = registry.get(id);
      await registry.remove(id);
      for (const key of await keys.list())
        if (key.sourceId === id) await keys.revoke(key.id, request.principal.username);
      await audit(request, 'source.remove', `source/${id}`, { before: before ? audited(before) : null });
      await receivers.settled(id);
      return reply.code(204).send();
    },
  );

  app.post<{ Params: { id: string } }>(
    '/api/ingest/sources/:id/keys',
    { config: manage, schema: { params } },
    async (request, reply) => {
      const source = registry.get(request.params.id);
      if (!source) throw new ParapetError('source_not_found', 404, 'There is no such source.');
      const taken = new Set((await keys.list()).map((key) => key.name.toLowerCase()));
      let name = source.name;
      for (let number = 2; taken.has(name.toLowerCase()); number++) name = `${source.name.slice(0, 90)} (${number})`;
      return reply.code(201).send(await keys.create(name, request.principal.username, source.id, request.ip));
    },
  );
}

/** A source as the audit log keeps it; sealed secrets are left out. */
function audited(source: { readonly settings: Readonly<Record<string, unknown>> } & object): unknown {
  return {
    ...source,
    settings: Object.fromEntries(
      Object.entries(source.settings).filter(([, value]) => !String(value).startsWith('sealed:')),
    ),
  };
}
