import { FACTOR_RULES, type Page, ROLES, type Role, type User } from '@parapet/schema';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AccessService } from '../access.ts';
import { MAX_PASSWORD } from '../passwords.ts';
import type { NewUser, UserDetails } from '../types.ts';
import { type Caller, notFound, toDetails, USER_SORTS, type UserChange, type UserSort } from '../users.ts';
import { listOf, type Paging, paging, versionOf } from './validation.ts';

const bodyLimit = 16 * 1024;
const search = { type: 'string', maxLength: 200 } as const;
const displayName = { type: 'string', minLength: 1, maxLength: 100 } as const;
const role = { type: ['string', 'null'], enum: [...ROLES, null] } as const;
const password = { type: 'string', minLength: 1, maxLength: MAX_PASSWORD * 2 } as const;
const breakGlass = { type: 'boolean' } as const;
const factorRule = { type: 'string', enum: FACTOR_RULES } as const;
const mustChangePassword = { type: 'boolean' } as const;
const byId = {
  params: { type: 'object', properties: { id: { type: 'string', maxLength: 100 } } },
} as const;

interface ListQuery extends Paging {
  readonly search?: string;
  readonly role?: string;
  readonly disabled?: boolean;
  readonly sort?: UserSort;
  readonly order: 'asc' | 'desc';
}

/** GET and POST /api/users, GET and PATCH /api/users/:id, GET /api/users/assignable */
export function userRoutes(app: FastifyInstance, access: AccessService): void {
  const caller = (request: FastifyRequest): Caller => ({ principal: request.principal, remoteAddress: request.ip });

  app.get<{ Querystring: ListQuery }>(
    '/api/users',
    {
      config: { permission: 'Auth.Read' },
      schema: {
        querystring: {
          type: 'object',
          properties: {
            ...paging,
            search,
            role: { type: 'string', maxLength: 200 },
            disabled: { type: 'boolean' },
            sort: { type: 'string', enum: USER_SORTS },
            order: { type: 'string', enum: ['asc', 'desc'], default: 'asc' },
          },
        },
      },
    },
    async ({ query }): Promise<Page<UserDetails>> => {
      const { page, pageSize, sort, disabled } = query;
      const found = await access.users.list({
        page,
        pageSize,
        sort,
        disabled,
        search: query.search,
        role: listOf<Role>(query.role, ROLES, 'role'),
        descending: query.order === 'desc',
      });
      return { ...found, page, pageSize };
    },
  );

  // Who may be given an incident or an alert: anyone who may work on it.
  app.get<{ Querystring: Paging & { search?: string } }>(
    '/api/users/assignable',
    {
      config: { permission: 'SecData.Read' },
      schema: { querystring: { type: 'object', properties: { ...paging, search } } },
    },
    async ({ query }): Promise<Page<User>> => {
      const { page, pageSize } = query;
      const { items, total } = await access.users.list({
        page,
        pageSize,
        search: query.search,
        sort: 'displayName',
        disabled: false,
        permission: 'Alerts.Manage',
      });
      return {
        items: items.map(({ id, username, displayName, role }) => ({ id, username, displayName, role })),
        total,
        page,
        pageSize,
      };
    },
  );

  app.get<{ Params: { id: string } }>(
    '/api/users/:id',
    { config: { permission: 'Auth.Read' }, schema: byId },
    async ({ params }): Promise<UserDetails> => {
      const user = await access.users.byId(params.id);
      if (!user) throw notFound();
      return toDetails(user);
    },
  );

  app.post<{ Body: NewUser & { role: Role | null } }>(
    '/api/users',
    {
      config: { permission: 'Auth.Manage' },
      bodyLimit,
      schema: {
        body: {
          type: 'object',
          required: ['username', 'displayName', 'role', 'password'],
          additionalProperties: false,
          properties: {
            username: { type: 'string', minLength: 1, maxLength: 64 },
            displayName,
            role,
            password,
            breakGlass,
            factorRule,
            mustChangePassword,
          },
        },
      },
    },
    async (request, reply) => reply.code(201).send(await access.users.create(request.body, caller(request))),
  );

  app.patch<{ Params: { id: string }; Body: UserChange }>(
    '/api/users/:id',
    {
      config: { permission: 'Auth.Manage' },
      bodyLimit,
      schema: {
        ...byId,
        body: {
          type: 'object',
          additionalProperties: false,
          properties: {
            displayName,
            role,
            password,
            disabled: { type: 'boolean' },
            breakGlass,
            factorRule,
            mustChangePassword,
          },
        },
      },
    },
    (request) =>
      access.users.update(request.params.id, request.body, caller(request), versionOf(request.headers['if-match'])),
  );
}
