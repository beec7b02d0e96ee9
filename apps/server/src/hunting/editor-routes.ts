/** What the query editor asks while somebody types, and the explain pane. */
import { type HuntCheck, type HuntExplanation, type HuntingLanguage, ParapetError } from '@parapet/schema';
import type { Hunting } from '@parapet/store';
import type { FastifyInstance } from 'fastify';
import type { SightOf } from './scopes.ts';

const MAX_QUERY_CHARS = 100_000;
/** Columns that depend on data are asked for while explaining; that must not take as long as a run. */
const EXPLAIN_TIMEOUT_MS = 60_000;

const textBody = {
  type: 'object',
  additionalProperties: false,
  required: ['query'],
  properties: { query: { type: 'string', maxLength: MAX_QUERY_CHARS } },
} as const;

const explainBody = {
  ...textBody,
  properties: {
    query: { ...textBody.properties.query, minLength: 1 },
    timeRange: {
      type: 'object',
      additionalProperties: false,
      required: ['from', 'to'],
      properties: { from: { type: 'string', format: 'date-time' }, to: { type: 'string', format: 'date-time' } },
    },
  },
} as const;

export interface HuntingEditorRoutes {
  readonly hunting: Hunting;
  readonly scopes: SightOf;
  readonly schemaVersion: () => string;
}

/** All of them need what running a query needs. */
export function registerHuntingEditor(
  app: FastifyInstance,
  { hunting, scopes, schemaVersion }: HuntingEditorRoutes,
): void {
  const read = { permission: 'SecData.Read' } as const;

  app.get(
    '/api/hunting/language',
    { config: read },
    (request): Promise<HuntingLanguage> => hunting.language(request.principal.id),
  );

  app.post<{ Body: { query: string } }>(
    '/api/hunting/check',
    { config: read, schema: { body: textBody } },
    async (request): Promise<HuntCheck> => {
      const { parts, diagnostics } = await hunting.check(request.body.query, {
        owner: request.principal.id,
        ...(await scopes(request.principal)),
      });
      return { schemaVersion: schemaVersion(), parts, diagnostics };
    },
  );

  app.post<{ Body: { query: string; timeRange?: { from: string; to: string } } }>(
    '/api/hunting/explain',
    { config: read, schema: { body: explainBody } },
    async (request, reply): Promise<HuntExplanation> => {
      const { query, timeRange } = request.body;
      const range = timeRange ? { from: new Date(timeRange.from), to: new Date(timeRange.to) } : undefined;
      if (range && range.from >= range.to)
        throw new ParapetError('bad_time_range', 400, 'The time range ends before it begins.');
      const gone = new AbortController();
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) gone.abort();
      });
      const { probe: _, ...explained } = await hunting.explain(query, {
        signal: gone.signal,
        limits: { timeoutMs: EXPLAIN_TIMEOUT_MS },
        owner: request.principal.id,
        ...(await scopes(request.principal)),
        ...(range ? { timeRange: range } : {}),
      });
      return explained;
    },
  );
}
