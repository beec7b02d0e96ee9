/** The Kusto-compatible endpoint: queries, commands and the sign-in description that client libraries ask for. */
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { type KqlSchema, type StoredFunction, scopedSchema } from '@parapet/kql';
import { ParapetError } from '@parapet/schema';
import type { HuntRows } from '@parapet/store';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { fromFastify, retryAfter } from '../errors.ts';
import { goneSignal, ownerOf } from '../hunting/routes.ts';
import type { Runner } from '../hunting/runner.ts';
import type { SightOf } from '../hunting/scopes.ts';
import { kustoError } from './errors.ts';
import { type DataSet, v1, v1Command, v2 } from './frames.ts';
import { asQuery, type ManagementContext, runCommand, splitPipe } from './management.ts';
import { type CallIds, callIds, checkDatabase, type KustoBody, kustoBodySchema, readProperties } from './request.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Ids of a call to the query endpoint. */
    kustoIds: CallIds | null;
  }
}

export interface KustoRoutes {
  readonly runner: Runner;
  readonly scopes: SightOf;
  /** Asked for each time: tables may be added while the server runs. */
  readonly schema: () => KqlSchema;
  /** Functions that a person's queries may call. */
  readonly functionsOf: (ownerId: string) => readonly StoredFunction[];
  readonly folderOf: (table: string) => string;
  readonly version: string;
}

type Call = FastifyRequest<{ Body: KustoBody }>;
type Version = 'v1' | 'v2';

const isCommand = (text: string): boolean => /^(?:\s|\/\/[^\n]*\n)*\./.test(text);

function dataSet(result: HuntRows, asked: ReturnType<typeof readProperties>): DataSet {
  const tables = [{ name: 'PrimaryResult', columns: result.columns, rows: result.rows }, ...(result.more ?? [])];
  const cut = result.truncated || (result.more ?? []).some((table) => table.truncated);
  return {
    tables: asked.schemaOnly
      ? tables.map(({ name, columns }) => ({
          name,
          columns: [
            { name: 'ColumnName', type: 'string' },
            { name: 'ColumnOrdinal', type: 'int' },
            { name: 'ColumnType', type: 'string' },
          ],
          rows: columns.map((column, index) => [column.name, index, column.type]),
        }))
      : tables,
    ...(result.compiled.render ? { render: result.compiled.render } : {}),
    ...(cut && !asked.takesQuietly ? { cutAt: asked.hunt.maxRows as number } : {}),
    elapsedMs: result.stats.elapsedMs,
    rowsRead: result.stats.rowsRead,
    bytesRead: result.stats.bytesRead,
    warnings: result.compiled.warnings.map((warning) => warning.message),
  };
}

function send(request: FastifyRequest, reply: FastifyReply, pieces: Iterable<string>): FastifyReply {
  void reply
    .type('application/json; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('vary', 'accept-encoding');
  const text = Readable.from(pieces, { objectMode: false });
  if (!/\bgzip\b/i.test(String(request.headers['accept-encoding'] ?? ''))) return reply.send(text);
  return reply.header('content-encoding', 'gzip').send(text.pipe(createGzip({ level: 1 })));
}

/** Adds `/v1/rest/…` and `/v2/rest/…`. Whoever may hunt in the portal may ask here, within the limits of the API. */
export async function registerKusto(app: FastifyInstance, routes: KustoRoutes): Promise<void> {
  await app.register(async (own) => kustoRoutes(own, routes));
}

function kustoRoutes(
  app: FastifyInstance,
  { runner, scopes, schema, functionsOf, folderOf, version }: KustoRoutes,
): void {
  const startedAt = new Date();
  app.decorateRequest('kustoIds', null);
  const idsOf = (request: FastifyRequest, reply: FastifyReply): CallIds => {
    request.kustoIds ??= callIds(request, reply);
    return request.kustoIds;
  };

  app.setErrorHandler((error: Error, request, reply) => {
    const ids = idsOf(request, reply);
    const known = error instanceof ParapetError ? error : fromFastify(error as never);
    if (!known || known.status >= 500)
      request.log.error(
        { err: error, activityId: ids.activityId, url: request.routeOptions.url },
        'A query call failed',
      );
    const shown =
      known ??
      new ParapetError(
        'internal_error',
        500,
        'Something failed inside Parapet.',
        `Quote ${ids.activityId} when asking for help; the log holds the detail.`,
      );
    const query = (request.body as KustoBody | undefined)?.csl;
    const { status, body } = kustoError(shown, ids, query);
    const wait = retryAfter(shown);
    if (wait !== undefined) void reply.header('retry-after', wait);
    if (status === 401) void reply.header('www-authenticate', 'Bearer');
    return reply.code(status).type('application/json; charset=utf-8').header('cache-control', 'no-store').send(body);
  });

  const query = async (request: Call, reply: FastifyReply, text: string, shape: Version): Promise<FastifyReply> => {
    const ids = idsOf(request, reply);
    const asked = readProperties(request.body.properties, runner.limits);
    const owner = ownerOf(request);
    runner.countCall(owner);
    const result = await runner.run(owner, {
      query: text,
      runId: ids.activityId,
      signal: goneSignal(reply),
      owner: owner.id,
      ...(await scopes(request.principal)),
      ...asked.hunt,
    });
    const set = dataSet(result, asked);
    return send(request, reply, shape === 'v2' ? v2(set, ids, asked.fragmented) : v1(set, ids));
  };

  const command = async (request: Call, reply: FastifyReply, shape: Version): Promise<FastifyReply> => {
    const ids = idsOf(request, reply);
    const seen = scopedSchema(schema(), (await scopes(request.principal)).scope);
    const context: ManagementContext = {
      schema: seen,
      functions: presentable(functionsOf(request.principal.id), schema(), seen),
      folderOf,
      version,
      startedAt,
    };
    const { command: text, rest } = splitPipe(request.body.csl ?? '');
    const result = runCommand(text, context);
    if (rest !== undefined) return query(request, reply, asQuery(result, rest), shape);
    const set: DataSet = { tables: [result], elapsedMs: 0, rowsRead: 0, bytesRead: 0, warnings: [] };
    return send(request, reply, shape === 'v2' ? v2(set, ids, false) : v1Command(result));
  };

  const config = { permission: 'SecData.Read', queryKey: true } as const;
  const options = { config, bodyLimit: 4 * 2 ** 20, schema: { body: kustoBodySchema } };
  for (const [path, shape] of [
    ['/v1/rest/query', 'v1'],
    ['/v2/rest/query', 'v2'],
    ['/v1/rest/mgmt', 'v1'],
  ] as const)
    app.post<{ Body: KustoBody }>(path, options, async (request, reply) => {
      idsOf(request, reply);
      checkDatabase(request.body.db);
      const text = request.body.csl ?? '';
      // Some clients send commands to the query address; there they are answered as well.
      if (isCommand(text)) return command(request, reply, shape);
      if (path.endsWith('mgmt'))
        throw new ParapetError(
          'not_a_command',
          400,
          'This address takes commands, which begin with a dot.',
          'Send queries to /v2/rest/query.',
        );
      return query(request, reply, text, shape);
    });

  // Public: a client asks for it before it has a token. It names no sign-in service of ours, since keys are made in the
  // portal; the addresses are those that client libraries compare with their own lists.
  app.get('/v1/rest/auth/metadata', { config: { public: true } }, async (request, reply) => {
    idsOf(request, reply);
    return {
      AzureAD: {
        LoginEndpoint: 'https://login.microsoftonline.com',
        LoginMfaRequired: false,
        KustoClientAppId: '',
        KustoClientRedirectUri: '',
        KustoServiceResourceId: 'https://kusto.kusto.windows.net',
        FirstPartyAuthorityUrl: '',
      },
    };
  });
}

/** Functions without those whose text names a table that the caller may not see. */
function presentable(functions: readonly StoredFunction[], all: KqlSchema, seen: KqlSchema): readonly StoredFunction[] {
  const visible = new Set(seen.tables.map((table) => table.name));
  const hidden = new Set(all.tables.map((table) => table.name).filter((name) => !visible.has(name)));
  if (hidden.size === 0) return functions;
  return functions.filter(({ body }) => !(body.match(/[A-Za-z_]\w*/g) ?? []).some((word) => hidden.has(word)));
}
