/** The API of watchlists: lists, uploads, rows, history. */
import {
  type Page,
  ParapetError,
  WATCHLIST_FORMATS,
  WATCHLIST_MODES,
  type WatchlistChange,
  type WatchlistEvent,
  type WatchlistFormat,
  type WatchlistInfo,
  type WatchlistItem,
  type WatchlistLimits,
  type WatchlistMode,
  type WatchlistRequest,
  type WatchlistUploadResult,
} from '@parapet/schema';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Watchlists } from './service.ts';

export interface WatchlistRoutes {
  readonly watchlists: Watchlists;
  /** Put on record who did what. */
  audit(
    request: FastifyRequest,
    action: string,
    target: string,
    change: { readonly before?: unknown; readonly after?: unknown },
  ): Promise<void>;
}

const read = { permission: 'SecData.Read' } as const;
const manage = { permission: 'DetTune.Manage' } as const;

const id = { type: 'string', maxLength: 100 } as const;
const params = { type: 'object', properties: { id, item: id } } as const;
const life = { type: ['integer', 'null'], minimum: 1, maximum: 3_650 } as const;
const name = { type: 'string', minLength: 1, maxLength: 200, pattern: '\\S' } as const;
const description = { type: 'string', maxLength: 2_000 } as const;
const alias = { type: 'string', minLength: 1, maxLength: 200 } as const;
const column = { type: 'string', minLength: 1, maxLength: 200 } as const;
const cells = {
  type: 'object',
  required: ['cells'],
  additionalProperties: false,
  properties: { cells: { type: 'object', maxProperties: 200, additionalProperties: { type: 'string' } } },
} as const;
const file = {
  format: { enum: WATCHLIST_FORMATS },
  source: { type: 'string', maxLength: 300 },
  duplicates: { enum: ['refuse', 'keep'], default: 'refuse' },
} as const;

interface FileQuery {
  format: WatchlistFormat;
  source?: string;
  duplicates: 'refuse' | 'keep';
}

interface ListParams {
  Params: { id: string };
}
interface ItemParams {
  Params: { id: string; item: string };
}

/** Routes that read a body of any kind as it arrives are registered in a scope of their own. */
export async function registerWatchlists(app: FastifyInstance, { watchlists, audit }: WatchlistRoutes): Promise<void> {
  const by = (request: FastifyRequest): string => request.principal.username;
  const target = (list: string, item?: string): string => `watchlist/${list}${item ? `/${item}` : ''}`;
  const counts = ({ watchlist, ...rest }: WatchlistUploadResult): object => ({
    alias: watchlist.alias,
    items: watchlist.items,
    source: watchlist.source,
    ...rest,
  });

  app.get('/api/watchlists/limits', { config: read }, (): WatchlistLimits => watchlists.limits);

  app.get<{ Querystring: { deleted?: boolean } }>(
    '/api/watchlists',
    { config: read, schema: { querystring: { type: 'object', properties: { deleted: { type: 'boolean' } } } } },
    (request): { readonly items: readonly WatchlistInfo[] } => ({ items: watchlists.list(request.query.deleted) }),
  );

  app.post<{ Body: WatchlistRequest }>(
    '/api/watchlists',
    {
      config: manage,
      schema: {
        body: {
          type: 'object',
          required: ['alias', 'name', 'columns', 'searchKey'],
          additionalProperties: false,
          properties: {
            alias,
            name,
            description,
            columns: { type: 'array', minItems: 1, maxItems: 200, items: column },
            searchKey: column,
            itemLifeDays: life,
          },
        },
      },
    },
    async (request, reply) => {
      const { watchlist } = await watchlists.createEmpty(request.body, by(request));
      await audit(request, 'watchlist.create', target(watchlist.id), { after: watchlist });
      return reply.code(201).send(watchlist);
    },
  );

  app.get<ListParams>('/api/watchlists/:id', { config: read, schema: { params } }, (request) =>
    watchlists.get(request.params.id),
  );

  app.patch<ListParams & { Body: WatchlistChange }>(
    '/api/watchlists/:id',
    {
      config: manage,
      schema: {
        params,
        body: {
          type: 'object',
          additionalProperties: false,
          minProperties: 1,
          properties: { alias, name, description, itemLifeDays: life },
        },
      },
    },
    async (request): Promise<WatchlistInfo> => {
      const { before, after } = await watchlists.change(request.params.id, request.body, by(request));
      await audit(request, 'watchlist.change', target(after.id), { before, after });
      return after;
    },
  );

  app.delete<ListParams>('/api/watchlists/:id', { config: manage, schema: { params } }, async (request, reply) => {
    const before = await watchlists.remove(request.params.id, by(request));
    await audit(request, 'watchlist.delete', target(before.id), { before });
    return reply.code(204).send();
  });

  app.post<ListParams>(
    '/api/watchlists/:id/restore',
    { config: manage, schema: { params } },
    async (request): Promise<WatchlistInfo> => {
      const after = await watchlists.restore(request.params.id, by(request));
      await audit(request, 'watchlist.restore', target(after.id), { after });
      return after;
    },
  );

  app.get<ListParams & { Querystring: { limit: number } }>(
    '/api/watchlists/:id/history',
    {
      config: read,
      schema: {
        params,
        querystring: {
          type: 'object',
          properties: { limit: { type: 'integer', minimum: 1, maximum: 1_000, default: 200 } },
        },
      },
    },
    async (request): Promise<{ readonly items: readonly WatchlistEvent[] }> => ({
      items: await watchlists.history(request.params.id, request.query.limit),
    }),
  );

  app.get<
    ListParams & { Querystring: { page: number; pageSize: number; search: string; sort?: string; descending: boolean } }
  >(
    '/api/watchlists/:id/items',
    {
      config: read,
      schema: {
        params,
        querystring: {
          type: 'object',
          properties: {
            page: { type: 'integer', minimum: 1, maximum: 1_000_000, default: 1 },
            pageSize: { type: 'integer', minimum: 1, maximum: 500, default: 50 },
            search: { type: 'string', maxLength: 500, default: '' },
            sort: { type: 'string', maxLength: 200 },
            descending: { type: 'boolean', default: false },
          },
        },
      },
    },
    (request): Promise<Page<WatchlistItem>> => watchlists.items(request.params.id, request.query),
  );

  app.post<ListParams & { Body: { cells: Record<string, string> } }>(
    '/api/watchlists/:id/items',
    { config: manage, schema: { params, body: cells } },
    async (request, reply) => {
      const item = await watchlists.addItem(request.params.id, request.body.cells, by(request));
      await audit(request, 'watchlist.item.add', target(request.params.id, item.id), { after: request.body.cells });
      return reply.code(201).send(item);
    },
  );

  app.put<ItemParams & { Body: { cells: Record<string, string> } }>(
    '/api/watchlists/:id/items/:item',
    { config: manage, schema: { params, body: cells } },
    async (request): Promise<WatchlistItem> => {
      const { id: list, item } = request.params;
      const changed = await watchlists.changeItem(list, item, request.body.cells, by(request));
      await audit(request, 'watchlist.item.change', target(list, item), { after: request.body.cells });
      return changed;
    },
  );

  app.delete<ItemParams>(
    '/api/watchlists/:id/items/:item',
    { config: manage, schema: { params } },
    async (request, reply) => {
      const { id: list, item } = request.params;
      await watchlists.removeItem(list, item, by(request));
      await audit(request, 'watchlist.item.delete', target(list, item), {});
      return reply.code(204).send();
    },
  );

  app.post<ItemParams>(
    '/api/watchlists/:id/items/:item/restore',
    { config: manage, schema: { params } },
    async (request): Promise<WatchlistItem> => {
      const { id: list, item } = request.params;
      const back = await watchlists.restoreItem(list, item, by(request));
      await audit(request, 'watchlist.item.restore', target(list, item), {});
      return back;
    },
  );

  await app.register(async (uploads) => {
    // The file is the body, read as it arrives: it may be far larger than what is kept of it at a time.
    uploads.removeAllContentTypeParsers();
    uploads.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    const stream = (body: unknown): AsyncIterable<Uint8Array> => {
      if (body && typeof body === 'object' && Symbol.asyncIterator in body) return body as AsyncIterable<Uint8Array>;
      throw new ParapetError('empty_file', 400, 'There is no file in this request.', 'Send the file as the body.');
    };
    const bodyLimit = watchlists.limits.uploadBytes;

    uploads.post<{
      Querystring: FileQuery & {
        alias: string;
        name: string;
        description: string;
        searchKey: string;
        itemLifeDays?: number;
      };
    }>(
      '/api/watchlists/upload',
      {
        config: manage,
        bodyLimit,
        schema: {
          querystring: {
            type: 'object',
            required: ['alias', 'name', 'searchKey', 'format'],
            properties: {
              ...file,
              alias,
              name,
              description: { ...description, default: '' },
              searchKey: column,
              itemLifeDays: { type: 'integer', minimum: 1, maximum: 3_650 },
            },
          },
        },
      },
      async (request, reply) => {
        const { source, itemLifeDays, ...rest } = request.query;
        const result = await watchlists.createFrom(
          {
            ...rest,
            source: source || `${rest.format} file`,
            itemLifeDays: itemLifeDays ?? null,
            stream: stream(request.body),
          },
          by(request),
        );
        await audit(request, 'watchlist.create', target(result.watchlist.id), { after: counts(result) });
        return reply.code(201).send(result);
      },
    );

    uploads.post<ListParams & { Querystring: FileQuery & { mode: WatchlistMode } }>(
      '/api/watchlists/:id/upload',
      {
        config: manage,
        bodyLimit,
        schema: {
          params,
          querystring: {
            type: 'object',
            required: ['mode', 'format'],
            properties: { ...file, mode: { enum: WATCHLIST_MODES } },
          },
        },
      },
      async (request): Promise<WatchlistUploadResult> => {
        const { mode, source, format, duplicates } = request.query;
        const result = await watchlists.upload(
          request.params.id,
          mode,
          { stream: stream(request.body), format, duplicates, source: source || `${format} file` },
          by(request),
        );
        await audit(request, `watchlist.${mode}`, target(request.params.id), { after: counts(result) });
        return result;
      },
    );
  });
}
