import { ParapetError, type Permission, type RowFilter, type TableRules } from '@parapet/schema';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { StoreManagement } from './manage.ts';
import { ALL } from './rules.ts';

const READ: { permission: Permission } = { permission: 'Sys.Read' };
const MANAGE: { permission: Permission } = { permission: 'Data.Manage' };

const text = (maxLength: number, minLength = 0) => ({ type: 'string', maxLength, minLength }) as const;
const days = { type: ['integer', 'null'], minimum: 1, maximum: 36_500 } as const;
const body = (properties: Record<string, unknown>, required: readonly string[]) =>
  ({ type: 'object', additionalProperties: false, properties, required }) as const;

const rulesBody = body(
  {
    retentionDays: days,
    retentionBytes: { type: ['integer', 'null'], minimum: 1_000_000, maximum: 2 ** 53 },
    archiveAfterDays: days,
  },
  ['retentionDays', 'retentionBytes', 'archiveAfterDays'],
);
const names = { type: 'array', maxItems: 500, items: text(500, 1) } as const;
const holdBody = body(
  {
    name: text(100, 1),
    reason: text(2_000, 1),
    table: text(200, 1),
    filter: body({ kql: text(10_000, 1), devices: names, users: names, from: text(40), to: text(40) }, []),
  },
  ['name', 'reason', 'table', 'filter'],
);
const previewBody = body({ table: text(200, 1), filter: text(10_000, 1) }, ['table', 'filter']);
const deletionBody = body(
  {
    table: text(200, 1),
    filter: text(10_000, 1),
    reason: text(2_000, 1),
    asOf: text(40, 1),
    matched: { type: 'integer', minimum: 0 },
  },
  ['table', 'filter', 'reason', 'asOf', 'matched'],
);
const column = body({ name: text(200, 1), type: text(20, 1) }, ['name', 'type']);
const tableBody = body(
  { name: text(200, 1), description: text(1_000), columns: { type: 'array', maxItems: 500, items: column } },
  ['name', 'description', 'columns'],
);

export interface StoreRouteOptions {
  audit(request: FastifyRequest, action: string, target: string, after?: unknown): Promise<void>;
}

/**
 * The store as people see and rule it: `GET /api/store/status`, `/health`, `/tables`, `PUT|DELETE /api/store/tables/:name/rules`
 * (`:name` may be `*`), `POST /api/store/retention`, `GET|POST /api/store/holds`, `DELETE /api/store/holds/:id`,
 * `GET|POST /api/store/deletions`, `GET /api/store/deletions/:id`, `POST /api/store/deletions/preview`, `GET /api/store/schema`,
 * `POST /api/store/schema/tables`, `DELETE /api/store/schema/tables/:name`, `POST /api/store/schema/tables/:name/columns`.
 */
export function registerStore(app: FastifyInstance, management: StoreManagement, { audit }: StoreRouteOptions): void {
  const { rules, holds, deletions, status, custom } = management;
  const who = (request: FastifyRequest): string => request.principal?.username ?? 'unknown';

  app.get('/api/store/status', { config: READ }, () => status.engine());
  app.get('/api/store/health', { config: { signedIn: true } }, () => management.health());
  app.get('/api/store/tables', { config: READ }, async () => {
    const items = await status.tables();
    return { items, total: items.length, page: 1, pageSize: Math.max(1, items.length) };
  });
  app.get<{ Params: { name: string } }>('/api/store/tables/:name', { config: READ }, async ({ params }) => {
    const found = (await status.tables()).find((table) => table.name === params.name);
    if (!found) throw new ParapetError('unknown_table', 404, `There is no table named ${params.name.slice(0, 200)}.`);
    return found;
  });

  const setRules = async (request: FastifyRequest, name: string, wanted: TableRules | null): Promise<TableRules> => {
    const result = await rules.set(name, wanted, who(request));
    await audit(request, 'store.rules', name === ALL ? 'all tables' : name, wanted);
    return result;
  };
  app.put<{ Params: { name: string }; Body: TableRules }>(
    '/api/store/tables/:name/rules',
    { config: MANAGE, schema: { body: rulesBody } },
    (request) => setRules(request, request.params.name, request.body),
  );
  app.delete<{ Params: { name: string } }>('/api/store/tables/:name/rules', { config: MANAGE }, (request) =>
    setRules(request, request.params.name, null),
  );
  app.post<{ Body: { table?: string } | null }>(
    '/api/store/retention',
    { config: MANAGE, schema: { body: body({ table: text(200, 1) }, []) } },
    async (request, reply) => {
      const job = await management.runRetention(who(request), request.body?.table);
      await audit(request, 'store.retention.run', request.body?.table ?? 'all tables');
      return reply.code(202).send(job);
    },
  );

  app.get('/api/store/holds', { config: READ }, async () => {
    const items = await holds.list();
    return { items, total: items.length, page: 1, pageSize: Math.max(1, items.length) };
  });
  app.post<{ Body: { name: string; reason: string; table: string; filter: RowFilter } }>(
    '/api/store/holds',
    { config: MANAGE, schema: { body: holdBody } },
    async (request, reply) => {
      const hold = await holds.create(request.body, who(request));
      await audit(request, 'store.hold.create', hold.name, hold);
      return reply.code(201).send(hold);
    },
  );
  app.delete<{ Params: { id: string } }>('/api/store/holds/:id', { config: MANAGE }, async (request) => {
    const hold = await holds.release(request.params.id, who(request));
    await audit(request, 'store.hold.release', hold.name, hold);
    return hold;
  });

  app.get('/api/store/deletions', { config: READ }, async () => {
    const items = await deletions.list();
    return { items, total: items.length, page: 1, pageSize: Math.max(1, items.length) };
  });
  app.get<{ Params: { id: string } }>('/api/store/deletions/:id', { config: READ }, ({ params }) =>
    deletions.get(params.id),
  );
  app.post<{ Body: { table: string; filter: string } }>(
    '/api/store/deletions/preview',
    { config: MANAGE, schema: { body: previewBody } },
    ({ body: asked }) => deletions.preview(asked.table, asked.filter),
  );
  app.post<{ Body: { table: string; filter: string; reason: string; asOf: string; matched: number } }>(
    '/api/store/deletions',
    { config: MANAGE, schema: { body: deletionBody } },
    async (request, reply) => {
      const started = await deletions.start(request.body, who(request));
      await audit(request, 'store.delete.start', request.body.table, started.deletion);
      return reply.code(202).send(started);
    },
  );

  app.get('/api/store/schema', { config: READ }, () => custom.list());
  app.post<{ Body: { name: string; description: string; columns: { name: string; type: string }[] } }>(
    '/api/store/schema/tables',
    { config: MANAGE, schema: { body: tableBody } },
    async (request, reply) => {
      const table = await custom.createTable(request.body, who(request));
      await audit(request, 'store.table.create', table.name, table);
      return reply.code(201).send(table);
    },
  );
  app.delete<{ Params: { name: string } }>(
    '/api/store/schema/tables/:name',
    { config: MANAGE },
    async (request, reply) => {
      await custom.dropTable(request.params.name);
      await audit(request, 'store.table.drop', request.params.name);
      return reply.code(204).send();
    },
  );
  app.post<{ Params: { name: string }; Body: { name: string; type: string } }>(
    '/api/store/schema/tables/:name/columns',
    { config: MANAGE, schema: { body: column } },
    async (request, reply) => {
      const added = await custom.addColumn(request.params.name, request.body, who(request));
      await audit(request, 'store.column.add', request.params.name, added);
      return reply.code(201).send(added);
    },
  );
}
