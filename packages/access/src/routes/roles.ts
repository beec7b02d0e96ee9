import type { Assignment, Page, RoleDetails } from '@parapet/schema';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AccessService } from '../access.ts';
import { type AssignmentInput, type RoleInput, roleDetails } from '../assignments.ts';
import type { Caller } from '../users.ts';
import { type Paging, paging } from './validation.ts';

const bodyLimit = 256 * 1024;
const READ = { permission: 'Auth.Read' } as const;
const MANAGE = { permission: 'Auth.Manage' } as const;
const text = (maxLength: number) => ({ type: 'string', maxLength }) as const;
export const byId = { params: { type: 'object', properties: { id: text(100) } } } as const;
export const version = { type: 'integer', minimum: 0 } as const;

/** Values are checked by the service, so that what is refused is audited. */
const roleBody = {
  type: 'object',
  required: ['name', 'groups'],
  additionalProperties: false,
  properties: {
    name: text(400),
    description: { ...text(2000), default: '' },
    groups: {
      type: 'object',
      maxProperties: 20,
      // No type: the validator would take a list of one name for the name.
      additionalProperties: {},
    },
    version,
  },
} as const;
const ref = {
  type: 'object',
  required: ['kind', 'id'],
  additionalProperties: false,
  properties: { kind: text(40), id: text(400) },
} as const;
export const sourcesSchema = { anyOf: [{ const: 'all' }, { type: 'array', maxItems: 50, items: text(60) }] } as const;
const assignmentBody = {
  type: 'object',
  required: ['roleId', 'name', 'subjects', 'sources'],
  additionalProperties: false,
  properties: {
    roleId: text(100),
    name: text(400),
    subjects: { type: 'array', maxItems: 1000, items: ref },
    sources: sourcesSchema,
    scopes: { type: 'array', maxItems: 200, items: ref, default: [] },
    version,
  },
} as const;

interface Id {
  readonly Params: { readonly id: string };
}

export const callerOf = (request: FastifyRequest): Caller => ({
  principal: request.principal,
  remoteAddress: request.ip,
});

/** One page of a list that is in memory. */
export function pageOf<T>(items: readonly T[], { page, pageSize }: Paging): Page<T> {
  return { items: items.slice((page - 1) * pageSize, page * pageSize), total: items.length, page, pageSize };
}

/** /api/access/roles and /api/access/assignments */
export function roleRoutes(app: FastifyInstance, access: AccessService): void {
  const { roles, directory } = access;
  const listQuery = {
    querystring: {
      type: 'object',
      properties: { ...paging, search: text(200), roleId: text(100), subject: text(400) },
    },
  } as const;

  app.get<{ Querystring: Paging & { search?: string } }>(
    '/api/access/roles',
    { config: READ, schema: listQuery },
    async ({ query }): Promise<Page<RoleDetails>> => {
      const wanted = query.search?.toLowerCase() ?? '';
      return pageOf(
        roleDetails(directory.snapshot).filter(({ name, description }) =>
          `${name}\n${description}`.toLowerCase().includes(wanted),
        ),
        query,
      );
    },
  );

  app.post<{ Body: RoleInput }>(
    '/api/access/roles',
    { config: MANAGE, bodyLimit, schema: { body: roleBody } },
    async (request, reply) => reply.code(201).send(await roles.createRole(request.body, callerOf(request))),
  );

  app.put<Id & { Body: RoleInput & { version?: number } }>(
    '/api/access/roles/:id',
    { config: MANAGE, bodyLimit, schema: { ...byId, body: roleBody } },
    (request) => roles.updateRole(request.params.id, request.body, request.body.version, callerOf(request)),
  );

  app.delete<Id>('/api/access/roles/:id', { config: MANAGE, schema: byId }, async (request, reply) => {
    await roles.deleteRole(request.params.id, callerOf(request));
    return reply.code(204).send();
  });

  app.get<{ Querystring: Paging & { search?: string; roleId?: string; subject?: string } }>(
    '/api/access/assignments',
    { config: READ, schema: listQuery },
    async ({ query }): Promise<Page<Assignment>> => {
      const wanted = query.search?.toLowerCase() ?? '';
      return pageOf(
        directory.snapshot.assignments.filter(
          ({ name, roleId, subjects }) =>
            name.toLowerCase().includes(wanted) &&
            (query.roleId === undefined || roleId === query.roleId) &&
            (query.subject === undefined || subjects.some(({ kind, id }) => `${kind}:${id}` === query.subject)),
        ),
        query,
      );
    },
  );

  app.post<{ Body: AssignmentInput }>(
    '/api/access/assignments',
    { config: MANAGE, bodyLimit, schema: { body: assignmentBody } },
    async (request, reply) => reply.code(201).send(await roles.assign(request.body, callerOf(request))),
  );

  app.put<Id & { Body: AssignmentInput & { version?: number } }>(
    '/api/access/assignments/:id',
    { config: MANAGE, bodyLimit, schema: { ...byId, body: assignmentBody } },
    (request) => roles.reassign(request.params.id, request.body, request.body.version, callerOf(request)),
  );

  app.delete<Id>('/api/access/assignments/:id', { config: MANAGE, schema: byId }, async (request, reply) => {
    await roles.unassign(request.params.id, callerOf(request));
    return reply.code(204).send();
  });
}
