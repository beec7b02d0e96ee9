import type { KqlSchema } from '@parapet/kql';
import { type HuntRequest, type HuntResult, ParapetError, QUERY_INTERFACES } from '@parapet/schema';
import type { Hunting, HuntRows } from '@parapet/store';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { callersOf, checkFunction } from './functions.ts';
import type { QueryLibrary } from './library.ts';
import type { Runner } from './runner.ts';
import type { createSchemaInfo } from './schema-info.ts';
import { type SightOf, scopedInfo } from './scopes.ts';
import type { Owner, QueryStore, SavedInput } from './store.ts';
import type { UsageQuery } from './usage.ts';

export const MAX_QUERY_CHARS = 100_000;

const runBody = {
  type: 'object',
  additionalProperties: false,
  required: ['query'],
  properties: {
    query: { type: 'string', minLength: 1, maxLength: MAX_QUERY_CHARS },
    runId: { type: 'string', pattern: '^[A-Za-z0-9-]{8,64}$' },
    timeRange: {
      type: 'object',
      additionalProperties: false,
      required: ['from', 'to'],
      properties: { from: { type: 'string', format: 'date-time' }, to: { type: 'string', format: 'date-time' } },
    },
    maxRows: { type: 'integer', minimum: 1, maximum: 100_000 },
  },
} as const;

const savedBody = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'query'],
  properties: {
    kind: { enum: ['query', 'function'], default: 'query' },
    name: { type: 'string', minLength: 1, maxLength: 200, pattern: '\\S' },
    query: { type: 'string', minLength: 1, maxLength: MAX_QUERY_CHARS },
    parameters: { type: 'string', maxLength: 4_000, default: '' },
    description: { type: 'string', maxLength: 2_000, default: '' },
    // Names between strokes; no empty ones, so that every folder can be shown.
    folder: { type: 'string', maxLength: 300, pattern: '^([^/\\u0000-\\u001f]+(/[^/\\u0000-\\u001f]+){0,7})?$' },
    shared: { type: 'boolean', default: false },
  },
} as const;

const usageQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    via: { enum: ['', ...QUERY_INTERFACES] },
    state: { enum: ['', 'completed', 'failed', 'cancelled'] },
    use: { enum: ['', 'low', 'medium', 'high'] },
    search: { type: 'string', maxLength: 200 },
    day: { type: 'string', pattern: '^(\\d{4}-\\d\\d-\\d\\d)?$' },
    page: { type: 'integer', minimum: 1, maximum: 100_000 },
    pageSize: { type: 'integer', minimum: 1, maximum: 200 },
  },
} as const;

export interface HuntingRoutes {
  readonly hunting: Hunting;
  readonly runner: Runner;
  readonly scopes: SightOf;
  /** Asked for each time: tables may be added while the server runs. */
  readonly schema: () => KqlSchema;
  readonly queries: QueryStore;
  readonly library: QueryLibrary;
  readonly schemaInfo: ReturnType<typeof createSchemaInfo>;
  readonly audit: (request: FastifyRequest, action: string, target: string, after?: unknown) => Promise<void>;
}

function toResult(rows: HuntRows, maxRows: number): HuntResult {
  return {
    columns: rows.columns,
    rows: rows.rows,
    truncated: rows.truncated,
    ...(rows.compiled.name ? { name: rows.compiled.name } : {}),
    ...(rows.more ? { more: rows.more } : {}),
    maxRows,
    stats: rows.stats,
    ...(rows.compiled.render ? { render: rows.compiled.render } : {}),
    filtersTime: rows.compiled.filtersTime,
    warnings: rows.compiled.warnings,
    tables: rows.compiled.tables,
  };
}

const notRunning = (): ParapetError => new ParapetError('run_not_found', 404, 'This query is not running any more.');

/** Aborts when the caller goes away before it has its answer: a closed tab must not keep the engine busy. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}

export const ownerOf = (request: FastifyRequest): Owner => {
  const principal = request.principal;
  if (!principal) throw new ParapetError('not_signed_in', 401, 'Sign in first.');
  return principal;
};

/** The hunting page's API: run, cancel, save, history, schema. */
export function registerHunting(
  app: FastifyInstance,
  { hunting, runner, scopes, schema, queries, library, schemaInfo, audit }: HuntingRoutes,
): void {
  const read = { permission: 'SecData.Read' } as const;
  /** Programs hunt with a key, within the limits of the API. */
  const withKey = { ...read, queryKey: true } as const;

  app.get('/api/hunting/schema', { config: withKey }, async (request) =>
    scopedInfo(await schemaInfo(ownerOf(request).id), schema(), await scopes(request.principal)),
  );

  app.post<{ Body: HuntRequest }>(
    '/api/hunting/run',
    { config: withKey, schema: { body: runBody } },
    async (request, reply) => {
      const user = ownerOf(request);
      const person = request.principal.kind === 'user';
      if (!person) runner.countCall(user);
      const { query, timeRange } = request.body;
      const maxRows = request.body.maxRows ?? runner.limits.portalRows;
      const range = timeRange ? { from: new Date(timeRange.from), to: new Date(timeRange.to) } : undefined;
      if (range && range.from >= range.to)
        throw new ParapetError('bad_time_range', 400, 'The time range ends before it begins.');
      const rows = await runner.run(user, {
        query,
        runId: request.body.runId ?? request.id,
        maxRows,
        limits: { timeoutMs: person ? runner.limits.portalTimeoutMs : runner.limits.apiTimeoutMs },
        signal: goneSignal(reply),
        owner: user.id,
        via: person ? 'portal' : 'api',
        ...(await scopes(request.principal)),
        ...(range ? { timeRange: range } : {}),
      });
      return toResult(rows, maxRows);
    },
  );

  app.get<{ Params: { id: string } }>('/api/hunting/run/:id', { config: read }, async (request) => {
    const state = runner.state(ownerOf(request), request.params.id);
    if (!state) throw notRunning();
    return state;
  });

  app.delete<{ Params: { id: string } }>('/api/hunting/run/:id', { config: read }, async (request, reply) => {
    if (!runner.cancel(ownerOf(request), request.params.id)) throw notRunning();
    return reply.code(204).send();
  });

  app.get('/api/hunting/history', { config: read }, async (request) => ({
    items: await queries.history(ownerOf(request)),
  }));

  app.get('/api/hunting/library', { config: read }, async () => ({ items: library.list() }));

  app.get<{ Querystring: UsageQuery }>(
    '/api/hunting/usage',
    { config: read, schema: { querystring: usageQuery } },
    async (request) => {
      const owner = ownerOf(request);
      // What others asked is for those who look after the system.
      const everyone = request.principal.permissions.includes('Sys.Read');
      return queries.usage(request.query, everyone ? undefined : owner);
    },
  );

  app.get('/api/hunting/queries', { config: read }, async (request) => ({
    items: await queries.list(ownerOf(request)),
  }));

  app.post<{ Body: SavedInput }>(
    '/api/hunting/queries',
    { config: read, schema: { body: savedBody } },
    async (request, reply) => {
      const owner = ownerOf(request);
      if (request.body.kind === 'function')
        await checkFunction(hunting, schema(), request.body, owner, await scopes(request.principal));
      const saved = await queries.create(owner, request.body);
      await audit(request, `hunting.${saved.kind}.create`, saved.id, { name: saved.name, shared: saved.shared });
      return reply.code(201).send(saved);
    },
  );

  app.put<{ Params: { id: string }; Body: SavedInput }>(
    '/api/hunting/queries/:id',
    { config: read, schema: { body: savedBody } },
    async (request) => {
      const owner = ownerOf(request);
      if (request.body.kind === 'function')
        await checkFunction(hunting, schema(), request.body, owner, await scopes(request.principal));
      const saved = await queries.update(owner, request.params.id, request.body);
      await audit(request, `hunting.${saved.kind}.update`, saved.id, { name: saved.name, shared: saved.shared });
      return saved;
    },
  );

  app.delete<{ Params: { id: string }; Querystring: { force: boolean } }>(
    '/api/hunting/queries/:id',
    {
      config: read,
      schema: { querystring: { type: 'object', properties: { force: { type: 'boolean', default: false } } } },
    },
    async (request, reply) => {
      const owner = ownerOf(request);
      const saved = await queries.find(owner, request.params.id);
      const callers =
        saved.kind === 'function' && saved.own ? callersOf(saved.name, queries.functionsOf(owner.id)) : [];
      if (callers.length && !request.query.force)
        throw new ParapetError(
          'function_in_use',
          409,
          `${saved.name} is called by ${callers.slice(0, 10).join(', ')}.`,
          'Change those functions first, or delete it all the same.',
          { callers },
        );
      await queries.remove(owner, saved.id);
      await audit(request, `hunting.${saved.kind}.delete`, saved.id, { name: saved.name });
      return reply.code(204).send();
    },
  );
}
