import {
  INTEL_KINDS,
  INTEL_STATES,
  type IntelAllowed,
  type IntelFeed,
  type IntelFeedInput,
  type IntelIndicator,
  type IntelIndicatorInput,
  type IntelKind,
  type IntelState,
  type IntelSummary,
  type Job,
  type Page,
  ParapetError,
  type Permission,
} from '@parapet/schema';
import type { TelemetryStore } from '@parapet/store';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { kindOf, normalised } from './observables.ts';
import { type Intel, type IntelJob, RETRO_DAYS } from './service.ts';

export interface IntelRoutesOptions {
  readonly intel: Intel;
  readonly jobs: {
    start(kind: string, title: string, createdBy: string, work: (context: IntelJob) => Promise<unknown>): Promise<Job>;
  };
  /** The store as the caller sees it: matches in rows outside are not counted. The whole store when absent. */
  storeOf?(request: FastifyRequest): Promise<Pick<TelemetryStore, 'query'>>;
  /** Put on record who did what. */
  audit(
    request: FastifyRequest,
    action: string,
    target: string,
    change: { readonly before?: unknown; readonly after?: unknown },
  ): Promise<void>;
}

const READ: { permission: Permission } = { permission: 'SecData.Read' };
const MANAGE: { permission: Permission } = { permission: 'DetTune.Manage' };
const FILE_LIMIT = 250 * 2 ** 20;
const id = { type: 'string', maxLength: 300 } as const;
const params = { type: 'object', properties: { id } } as const;
const kind = { enum: INTEL_KINDS } as const;
const value = { type: 'string', minLength: 1, maxLength: 4_000 } as const;
const tags = { type: 'array', maxItems: 50, items: { type: 'string', maxLength: 200 } } as const;
const confidence = { type: 'integer', minimum: 0, maximum: 100 } as const;
const moment = { type: 'string', maxLength: 40, format: 'date-time' } as const;
const chosen = {
  type: 'array',
  minItems: 1,
  maxItems: 1_000,
  items: {
    type: 'object',
    required: ['source', 'id'],
    additionalProperties: false,
    properties: { source: id, id },
  },
} as const;
const feed = {
  type: 'object',
  required: ['name', 'url', 'collection', 'everyMinutes', 'enabled'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 100, pattern: '\\S' },
    url: { type: 'string', maxLength: 1_000 },
    collection: { type: 'string', minLength: 1, maxLength: 200 },
    username: { type: 'string', maxLength: 200 },
    secret: { type: 'string', maxLength: 4_000 },
    everyMinutes: { type: 'integer', minimum: 1, maximum: 1_440 },
    enabled: { type: 'boolean' },
  },
} as const;
const quiet: IntelJob = { signal: new AbortController().signal, progress: () => undefined };

interface ListQuery {
  readonly search?: string;
  readonly kind?: string;
  readonly source?: string;
  readonly state?: string;
  readonly confidence?: number;
  readonly sort?: string;
  readonly page?: number;
  readonly pageSize?: number;
}
interface Change {
  readonly indicators: { readonly source: string; readonly id: string }[];
  readonly validUntil?: string;
  readonly confidence?: number;
  readonly tags?: string[];
  readonly name?: string;
  readonly description?: string;
}

const among = <T extends string>(text: string | undefined, allowed: readonly T[]): T[] =>
  (text ?? '').split(',').filter((item): item is T => (allowed as readonly string[]).includes(item));

/** `/api/intel`: indicators, imports (STIX 2.0 and 2.1 bundles, CSV, lists), the allow list, TAXII feeds. */
export async function intelRoutes(
  app: FastifyInstance,
  { intel, jobs, audit, storeOf }: IntelRoutesOptions,
): Promise<void> {
  const { indicators, feeds } = intel;

  app.get(
    '/api/intel/summary',
    { config: READ },
    async (request): Promise<IntelSummary> => indicators.summary(await storeOf?.(request)),
  );

  app.get<{ Querystring: ListQuery }>(
    '/api/intel/indicators',
    {
      config: READ,
      schema: {
        querystring: {
          type: 'object',
          properties: {
            search: { type: 'string', maxLength: 300 },
            kind: { type: 'string', maxLength: 200 },
            source: { type: 'string', maxLength: 2_000 },
            state: { type: 'string', maxLength: 100 },
            confidence,
            sort: { type: 'string', maxLength: 30 },
            page: { type: 'integer', minimum: 1, maximum: 100_000, default: 1 },
            pageSize: { type: 'integer', minimum: 1, maximum: 500, default: 50 },
          },
        },
      },
    },
    async ({ query }): Promise<Page<IntelIndicator>> =>
      indicators.page({
        ...(query.search ? { search: query.search.trim() } : {}),
        kinds: among<IntelKind>(query.kind, INTEL_KINDS),
        states: among<IntelState>(query.state, INTEL_STATES),
        sources: (query.source ?? '').split(',').filter(Boolean),
        ...(query.confidence ? { minimumConfidence: query.confidence } : {}),
        ...(query.sort ? { sort: query.sort } : {}),
        page: query.page ?? 1,
        pageSize: query.pageSize ?? 50,
      }),
  );

  app.post<{ Body: IntelIndicatorInput }>(
    '/api/intel/indicators',
    {
      config: MANAGE,
      schema: {
        body: {
          type: 'object',
          required: ['value'],
          additionalProperties: false,
          properties: {
            kind,
            value,
            name: { type: 'string', maxLength: 500 },
            description: { type: 'string', maxLength: 4_000 },
            confidence,
            validUntil: moment,
            tags,
          },
        },
      },
    },
    async (request, reply): Promise<{ readonly id: string; readonly matches: number }> => {
      const { id: made, matches } = await intel.add(request.body, request.principal.username, quiet);
      await audit(request, 'intel.indicatorAdded', made, { after: request.body });
      reply.code(201);
      return { id: made, matches };
    },
  );

  app.post<{ Body: Change }>(
    '/api/intel/indicators/change',
    {
      config: MANAGE,
      schema: {
        body: {
          type: 'object',
          required: ['indicators'],
          additionalProperties: false,
          properties: {
            indicators: chosen,
            validUntil: moment,
            confidence,
            tags,
            name: { type: 'string', maxLength: 500 },
            description: { type: 'string', maxLength: 4_000 },
          },
        },
      },
    },
    async (request): Promise<{ readonly changed: number }> => {
      const { indicators: which, validUntil, ...change } = request.body;
      const changed = await indicators.change(
        which,
        { ...change, ...(validUntil ? { validUntil: new Date(validUntil).toISOString() } : {}) },
        request.principal.username,
      );
      await audit(request, 'intel.indicatorsChanged', `${changed} indicators`, { after: request.body });
      return { changed };
    },
  );

  app.post<{ Body: { indicators: { source: string; id: string }[] } }>(
    '/api/intel/indicators/remove',
    {
      config: MANAGE,
      schema: {
        body: {
          type: 'object',
          required: ['indicators'],
          additionalProperties: false,
          properties: { indicators: chosen },
        },
      },
    },
    async (request): Promise<{ readonly removed: number }> => {
      const removed = await indicators.change(request.body.indicators, { deleted: true }, request.principal.username);
      await audit(request, 'intel.indicatorsRemoved', `${removed} indicators`, { before: request.body.indicators });
      return { removed };
    },
  );

  app.post('/api/intel/look-back', { config: MANAGE }, async (request, reply): Promise<Job> => {
    await audit(request, 'intel.lookedBack', `${RETRO_DAYS} days`, {});
    reply.code(202);
    return jobs.start(
      'detection.intel.history',
      `Look for all indicators in the last ${RETRO_DAYS} days`,
      request.principal.username,
      async (job) => ({ matches: await intel.lookBack(undefined, job) }),
    );
  });

  // A file of any size comes as it is.
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: FILE_LIMIT }, (_request, body, done) =>
      done(null, body),
    );
    scope.post<{ Body: Buffer; Querystring: { source: string; name?: string } }>(
      '/api/intel/import',
      {
        config: MANAGE,
        bodyLimit: FILE_LIMIT,
        schema: {
          querystring: {
            type: 'object',
            required: ['source'],
            properties: {
              source: { type: 'string', minLength: 1, maxLength: 100, pattern: '\\S' },
              name: { type: 'string', maxLength: 300 },
            },
          },
        },
      },
      async (request, reply): Promise<Job> => {
        const { body, query, principal } = request;
        if (!Buffer.isBuffer(body) || body.length === 0)
          throw new ParapetError(
            'invalid_request',
            400,
            'The file is empty.',
            'Send a STIX bundle, a CSV file or a list.',
          );
        const source = query.source.trim();
        await audit(request, 'intel.imported', source, { after: { file: query.name ?? '', bytes: body.length } });
        reply.code(202);
        return jobs.start('detection.intel.import', `Import indicators of ${source}`, principal.username, (job) =>
          intel.importFile(body, source, principal.username, job),
        );
      },
    );
  });

  app.get(
    '/api/intel/allowed',
    { config: READ },
    async (): Promise<{ readonly items: IntelAllowed[] }> => ({
      items: await indicators.allowed(),
    }),
  );

  app.post<{ Body: { value: string; kind?: IntelKind; note?: string } }>(
    '/api/intel/allowed',
    {
      config: MANAGE,
      schema: {
        body: {
          type: 'object',
          required: ['value'],
          additionalProperties: false,
          properties: { value, kind, note: { type: 'string', maxLength: 500 } },
        },
      },
    },
    async (request, reply): Promise<{ readonly kind: IntelKind; readonly value: string }> => {
      const entry = entryOf(request.body);
      await indicators.allow(entry.kind, entry.value, request.body.note ?? '', request.principal.username);
      await audit(request, 'intel.allowed', `${entry.kind}:${entry.value}`, { after: request.body });
      reply.code(201);
      return entry;
    },
  );

  app.post<{ Body: { value: string; kind: IntelKind } }>(
    '/api/intel/allowed/remove',
    {
      config: MANAGE,
      schema: {
        body: { type: 'object', required: ['value', 'kind'], additionalProperties: false, properties: { value, kind } },
      },
    },
    async (request, reply): Promise<void> => {
      const entry = entryOf(request.body);
      await indicators.allow(entry.kind, entry.value, '', request.principal.username, true);
      await audit(request, 'intel.allowanceRemoved', `${entry.kind}:${entry.value}`, {});
      reply.code(204);
    },
  );

  app.get(
    '/api/intel/feeds',
    { config: READ },
    async (): Promise<{ readonly items: IntelFeed[] }> => ({
      items: await feeds.list(),
    }),
  );

  const noSecret = ({ secret, ...rest }: IntelFeedInput): object => ({
    ...rest,
    secret: secret ? 'changed' : undefined,
  });
  app.post<{ Body: IntelFeedInput }>(
    '/api/intel/feeds',
    { config: MANAGE, schema: { body: feed } },
    async (request, reply): Promise<IntelFeed> => {
      const made = await feeds.save(request.body);
      await audit(request, 'intel.feedAdded', made.name, { after: noSecret(request.body) });
      reply.code(201);
      return made;
    },
  );

  app.put<{ Params: { id: string }; Body: IntelFeedInput }>(
    '/api/intel/feeds/:id',
    { config: MANAGE, schema: { params, body: feed } },
    async (request): Promise<IntelFeed> => {
      const saved = await feeds.save(request.body, request.params.id);
      await audit(request, 'intel.feedChanged', saved.name, { after: noSecret(request.body) });
      return saved;
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/api/intel/feeds/:id',
    { config: MANAGE, schema: { params } },
    async (request, reply): Promise<void> => {
      const gone = await feeds.remove(request.params.id);
      await audit(request, 'intel.feedRemoved', gone.name, { before: gone });
      reply.code(204);
    },
  );

  app.post<{ Params: { id: string } }>(
    '/api/intel/feeds/:id/poll',
    { config: MANAGE, schema: { params } },
    async (request, reply): Promise<Job> => {
      const found = (await feeds.list()).find((each) => each.id === request.params.id);
      if (!found) throw new ParapetError('feed_not_found', 404, 'There is no feed with this id.');
      reply.code(202);
      return jobs.start('detection.intel.feed', `Ask "${found.name}" for news`, request.principal.username, () =>
        feeds.poll(request.params.id),
      );
    },
  );
}

/** @throws ParapetError `invalid_indicator` */
function entryOf(body: { readonly value: string; readonly kind?: IntelKind }): { kind: IntelKind; value: string } {
  const guess = body.kind ?? kindOf(body.value);
  const known = guess && normalised(guess, body.value);
  if (!guess || !known)
    throw new ParapetError(
      'invalid_indicator',
      400,
      `"${body.value.slice(0, 80)}" is no address, network, domain, URL, hash or mail address.`,
    );
  return { kind: guess, value: known };
}
