import { type OsqueryQueryRequest, ParapetError } from '@parapet/schema';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { HttpIngest } from '../http/scope.ts';
import type { Fleet } from './fleet.ts';
import { OSQUERY_KIND } from './kind.ts';

const read = { permission: 'Sys.Read' } as const;
const manage = { permission: 'Data.Manage' } as const;
const id = { type: 'string', minLength: 1, maxLength: 100 } as const;
const params = { type: 'object', properties: { id, node: id, query: id } } as const;
const MAX_ROWS = 1_000;

type Params = { readonly id: string; readonly node: string; readonly query: string };

/** Machines and questions, for the portal: `/api/ingest/sources/:id/osquery/nodes` and `/queries`. */
export function registerOsqueryApi(app: FastifyInstance, http: HttpIngest, fleetOf: () => Promise<Fleet>): void {
  const base = '/api/ingest/sources/:id/osquery';
  const fleet = (sourceId: string): Promise<Fleet> => {
    if (http.registry?.get(sourceId)?.kind !== OSQUERY_KIND)
      throw new ParapetError(
        'source_not_found',
        404,
        'There is no such source of osquery machines.',
        'See the list under Sources & connectors.',
      );
    return fleetOf();
  };
  const record = async (request: FastifyRequest, action: string, target: string, after: unknown): Promise<void> =>
    http.audit?.(request, action, target, { after });
  const missing = (what: string): ParapetError =>
    new ParapetError(`${what}_not_found`, 404, `There is no such ${what}.`);

  app.get<{ Params: Params }>(`${base}/nodes`, { config: read, schema: { params } }, async (request) => ({
    items: (await fleet(request.params.id)).nodes(request.params.id),
  }));

  app.delete<{ Params: Params }>(
    `${base}/nodes/:node`,
    { config: manage, schema: { params } },
    async (request, reply) => {
      const { id: source, node } = request.params;
      if (!(await (await fleet(source)).remove(source, node))) throw missing('node');
      await record(request, 'osquery.node.remove', `source/${source}`, { node });
      return reply.code(204).send();
    },
  );

  app.get<{ Params: Params }>(`${base}/queries`, { config: read, schema: { params } }, async (request) => ({
    items: await (await fleet(request.params.id)).queries(request.params.id),
  }));

  app.post<{ Params: Params; Body: OsqueryQueryRequest }>(
    `${base}/queries`,
    {
      config: manage,
      schema: {
        params,
        body: {
          type: 'object',
          required: ['sql'],
          additionalProperties: false,
          properties: {
            sql: { type: 'string', minLength: 1, maxLength: 20_000 },
            name: { type: 'string', maxLength: 100 },
            nodes: { type: ['array', 'null'], items: id, minItems: 1, maxItems: 10_000 },
            minutes: { type: 'integer', minimum: 1, maximum: 10_080 },
          },
        },
      },
    },
    async (request, reply) => {
      const { id: source } = request.params;
      const { sql, name, nodes, minutes } = request.body;
      const asked = await fleet(source);
      const known = new Set(asked.nodes(source).map((node) => node.id));
      const unknown = nodes?.find((node) => !known.has(node));
      if (unknown !== undefined)
        throw new ParapetError('node_not_found', 404, `There is no node ${unknown}.`, 'See the list of nodes.');
      const query = await asked.ask(
        source,
        { name: name?.trim() || 'live query', sql, nodes: nodes ?? null, minutes: minutes ?? 60 },
        request.principal.username,
      );
      await record(request, 'osquery.query', `source/${source}`, { sql, nodes: nodes ?? null });
      return reply.code(201).send(query);
    },
  );

  app.get<{ Params: Params }>(`${base}/queries/:query`, { config: read, schema: { params } }, async (request) => {
    const { id: source, query } = request.params;
    const found = await (await fleet(source)).query(source, query);
    if (!found) throw missing('query');
    const stored = await http.ingest.options.store.query(
      `SELECT RawEventData FROM hunting.ParapetRawEvents
       WHERE SourceId = {source:String} AND IndexName = 'osquery-distributed' AND TimeGenerated >= {since:DateTime64(3, 'UTC')}
         AND JSONExtractString(RawEventData, '_osquery', 'query_id') = {query:String}
       ORDER BY Sequence LIMIT ${MAX_ROWS}`,
      {
        params: {
          source: { type: 'String', value: source },
          query: { type: 'String', value: query },
          since: { type: "DateTime64(3, 'UTC')", value: found.query.createdAt.replace('T', ' ').replace('Z', '') },
        },
      },
    );
    const rows = stored.rows.map(([text]) => {
      const line = JSON.parse(String(text)) as { host?: unknown; hostIdentifier?: unknown; columns?: unknown };
      const { hostname } = (line.host ?? {}) as { hostname?: unknown };
      return { host: String(hostname ?? line.hostIdentifier ?? ''), columns: line.columns ?? {} };
    });
    return { ...found.query, results: found.answers, rows };
  });
}
