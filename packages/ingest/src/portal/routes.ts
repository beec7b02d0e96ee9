import type { SqlParam } from '@parapet/kql';
import type { ConnectorInfo, DeadLetter, Page } from '@parapet/schema';
import type { TelemetryStore } from '@parapet/store';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { toIso, totalsOf } from '../sources/totals.ts';
import type { ConnectorProblem, ConnectorSummary, Ingest } from '../types.ts';

interface DeadLetterQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly reason?: string;
  readonly source?: string;
  readonly search?: string;
}

const deadLetterQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    page: { type: 'integer', minimum: 1, maximum: 100_000, default: 1 },
    pageSize: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    reason: { type: 'string', maxLength: 100 },
    source: { type: 'string', maxLength: 200 },
    search: { type: 'string', maxLength: 500 },
  },
} as const;

const read = { permission: 'Sys.Read' } as const;

/**
 * What the portal shows of ingestion: `GET /api/ingest/connectors` and
 * `/api/ingest/dead-letters?page&pageSize&reason&source&search`. Totals are counted from stored rows, so they survive restarts.
 * @param storeOf the store as the caller sees it
 */
export function registerIngestPortal(
  app: FastifyInstance,
  ingest: Ingest,
  storeOf: (request: FastifyRequest) => Promise<Pick<TelemetryStore, 'query'>> = async () => ingest.options.store,
): void {
  const events = async (): Promise<ReadonlyMap<string, number>> => {
    const counts = new Map<string, number>();
    for (const { connectors } of (
      await totalsOf(ingest.options.store, () => ingest.lastCommittedBatch()).get()
    ).values())
      for (const [id, count] of connectors) counts.set(id, (counts.get(id) ?? 0) + count);
    return counts;
  };
  const info = (
    { id, title, vendor, description, tables, installed }: ConnectorSummary,
    counts: ReadonlyMap<string, number>,
  ): ConnectorInfo => ({
    id,
    title,
    vendor,
    description,
    tables,
    installed,
    events: counts.get(id) ?? 0,
  });

  app.get(
    '/api/ingest/connectors',
    { config: read },
    async (): Promise<Page<ConnectorInfo> & { readonly problems: readonly ConnectorProblem[] }> => {
      const counts = await events();
      const items = ingest.connectors().map((connector) => info(connector, counts));
      return {
        items,
        total: items.length,
        page: 1,
        pageSize: Math.max(1, items.length),
        problems: ingest.connectorProblems(),
      };
    },
  );

  app.get<{ Querystring: DeadLetterQuery }>(
    '/api/ingest/dead-letters',
    { config: read, schema: { querystring: deadLetterQuery } },
    async (
      request,
    ): Promise<
      Page<DeadLetter> & { readonly reasons: readonly { readonly reason: string; readonly count: number }[] }
    > => {
      const { page, pageSize, reason, source, search } = request.query;
      // Rejected events hold what was sent: only of sources the caller sees.
      const store = await storeOf(request);
      const where: string[] = [];
      const params: Record<string, SqlParam> = {};
      const text = (name: string, value: string | undefined, sql: string): void => {
        if (!value) return;
        where.push(sql);
        params[name] = { type: 'String', value };
      };
      text('source', source, '(SourceId = {source:String} OR SourceName = {source:String})');
      text(
        'search',
        search,
        '(positionCaseInsensitiveUTF8(RawText, {search:String}) > 0 OR positionCaseInsensitiveUTF8(Detail, {search:String}) > 0)',
      );
      const reasons = await store.query(
        `SELECT Reason, count() FROM hunting.ParapetDeadLetter ${where.length ? `WHERE ${where.join(' AND ')}` : ''} GROUP BY Reason ORDER BY count() DESC, Reason LIMIT 100`,
        { params },
      );
      text('reason', reason, 'Reason = {reason:String}');
      const filter = where.length ? `WHERE ${where.join(' AND ')}` : '';
      const [total, rows] = await Promise.all([
        store.query(`SELECT count() FROM hunting.ParapetDeadLetter ${filter}`, { params }),
        store.query(
          `SELECT concat(BatchId, ':', toString(Sequence), ':', Reason), TimeGenerated, SourceName, Reason, Detail, Connector, substringUTF8(RawText, 1, 20000)
           FROM hunting.ParapetDeadLetter ${filter}
           ORDER BY TimeGenerated DESC, _Batch DESC, Sequence DESC, Reason LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
          {
            params: {
              ...params,
              limit: { type: 'UInt32', value: pageSize },
              offset: { type: 'UInt32', value: (page - 1) * pageSize },
            },
          },
        ),
      ]);
      return {
        items: rows.rows.map(([id, time, sourceName, why, detail, connector, rawText]) => ({
          id: String(id),
          time: toIso(time),
          sourceName: String(sourceName),
          reason: String(why),
          detail: String(detail),
          connector: String(connector),
          rawText: String(rawText),
        })),
        total: Number(total.rows[0]?.[0] ?? 0),
        page,
        pageSize,
        reasons: reasons.rows.map(([name, count]) => ({ reason: String(name), count: Number(count) })),
      };
    },
  );
}
