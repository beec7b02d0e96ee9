import type { Page, ScopeKind } from '@parapet/schema';
import type { FastifyInstance } from 'fastify';
import type { AccessService } from '../access.ts';
import {
  type CloudScopeInput,
  type DeviceGroupInput,
  type RowTagInput,
  type Scopes,
  scopesIn,
} from '../scope-admin.ts';
import { byId, callerOf, pageOf, version } from './roles.ts';
import { type Paging, paging } from './validation.ts';

const bodyLimit = 512 * 1024;
const READ = { permission: 'Auth.Read' } as const;
const MANAGE = { permission: 'Auth.Manage' } as const;
const text = (maxLength: number) => ({ type: 'string', maxLength }) as const;
const named = { name: text(400), description: { ...text(2000), default: '' }, version } as const;
const listOf = (items: object) => ({ type: 'array', maxItems: 2000, items }) as const;
const object = (properties: Record<string, object>, required: readonly string[] = Object.keys(properties)) =>
  ({ type: 'object', required, additionalProperties: false, properties }) as const;

const deviceGroup = object(
  {
    ...named,
    rank: { type: 'integer', minimum: 1, maximum: 10_000 },
    rules: listOf(object({ property: text(40), operator: text(40), values: listOf(text(400)) })),
    automation: text(40),
  },
  ['name', 'rules', 'automation'],
);
const cloudScope = object({ ...named, environments: listOf(object({ kind: text(60), id: text(400) })) }, [
  'name',
  'environments',
]);
const rowTag = object(
  {
    ...named,
    // Values keep their type: a number is compared with numbers.
    rules: listOf(
      object({ table: text(200), column: text(200), values: { type: 'array', maxItems: 2000, items: {} } }),
    ),
  },
  ['name', 'rules'],
);
const listQuery = {
  querystring: { type: 'object', properties: { ...paging, search: text(200) } },
} as const;

interface Id {
  readonly Params: { readonly id: string };
}
type Listed = { readonly Querystring: Paging & { search?: string } };
type Versioned<T> = Id & { Body: T & { version?: number } };

/** /api/access/device-groups, /api/access/cloud-scopes and /api/access/row-tags */
export function scopeRoutes(app: FastifyInstance, access: AccessService): void {
  const { scopes, directory } = access;
  const list = <K extends ScopeKind>(kind: K, query: Listed['Querystring']): Page<Scopes[K]> => {
    const wanted = query.search?.toLowerCase() ?? '';
    const all = scopesIn(directory.snapshot, kind);
    return pageOf(
      all.filter(({ name, description }) => `${name}\n${description}`.toLowerCase().includes(wanted)),
      query,
    );
  };

  app.get<Listed>('/api/access/device-groups', { config: READ, schema: listQuery }, async ({ query }) =>
    list('deviceGroup', query),
  );
  app.post<{ Body: DeviceGroupInput }>(
    '/api/access/device-groups',
    { config: MANAGE, bodyLimit, schema: { body: deviceGroup } },
    async (request, reply) => reply.code(201).send(await scopes.create('deviceGroup', request.body, callerOf(request))),
  );
  app.put<Versioned<DeviceGroupInput>>(
    '/api/access/device-groups/:id',
    { config: MANAGE, bodyLimit, schema: { ...byId, body: deviceGroup } },
    (request) => scopes.update('deviceGroup', request.params.id, request.body, request.body.version, callerOf(request)),
  );

  app.get<Listed>('/api/access/cloud-scopes', { config: READ, schema: listQuery }, async ({ query }) =>
    list('cloudScope', query),
  );
  app.post<{ Body: CloudScopeInput }>(
    '/api/access/cloud-scopes',
    { config: MANAGE, bodyLimit, schema: { body: cloudScope } },
    async (request, reply) => reply.code(201).send(await scopes.create('cloudScope', request.body, callerOf(request))),
  );
  app.put<Versioned<CloudScopeInput>>(
    '/api/access/cloud-scopes/:id',
    { config: MANAGE, bodyLimit, schema: { ...byId, body: cloudScope } },
    (request) => scopes.update('cloudScope', request.params.id, request.body, request.body.version, callerOf(request)),
  );

  app.get<Listed>('/api/access/row-tags', { config: READ, schema: listQuery }, async ({ query }) =>
    list('rowTag', query),
  );
  app.post<{ Body: RowTagInput }>(
    '/api/access/row-tags',
    { config: MANAGE, bodyLimit, schema: { body: rowTag } },
    async (request, reply) => reply.code(201).send(await scopes.create('rowTag', request.body, callerOf(request))),
  );
  app.put<Versioned<RowTagInput>>(
    '/api/access/row-tags/:id',
    { config: MANAGE, bodyLimit, schema: { ...byId, body: rowTag } },
    (request) => scopes.update('rowTag', request.params.id, request.body, request.body.version, callerOf(request)),
  );

  for (const [path, kind] of [
    ['device-groups', 'deviceGroup'],
    ['cloud-scopes', 'cloudScope'],
    ['row-tags', 'rowTag'],
  ] as const)
    app.delete<Id>(`/api/access/${path}/:id`, { config: MANAGE, schema: byId }, async (request, reply) => {
      await scopes.remove(kind, request.params.id, callerOf(request));
      return reply.code(204).send();
    });
}
