import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ConnectorDetail,
  type ConnectorTrialAnswer,
  type ConnectorTrialRequest,
  ParapetError,
} from '@parapet/schema';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isMap, parseDocument } from 'yaml';
import { listConnectorFiles } from '../connectors/definition.ts';
import { totalsOf } from '../sources/totals.ts';
import type { Ingest } from '../types.ts';
import { pastedRecords } from './records.ts';
import type { ConnectorStore } from './store.ts';

export interface ConnectorRoutes {
  readonly ingest: Ingest;
  readonly store: ConnectorStore;
  audit(
    request: FastifyRequest,
    action: string,
    target: string,
    change: { readonly before?: unknown; readonly after?: unknown },
  ): Promise<void>;
}

const MAX_TEXT = 500_000;
const MAX_RECORDS = 4_000_000;
const read = { permission: 'Sys.Read' } as const;
const manage = { permission: 'Data.Manage' } as const;
const params = { type: 'object', properties: { id: { type: 'string', maxLength: 100 } } } as const;

/** Connectors that people write: look at the file in use, try a text on pasted records, install it, take it back. */
export function registerConnectorEditor(app: FastifyInstance, { ingest, store, audit }: ConnectorRoutes): void {
  // Reloads follow each other: the last one sees all that was saved before.
  let reloading: Promise<unknown> = Promise.resolve();
  const reload = (): Promise<Awaited<ReturnType<Ingest['reloadConnectors']>>> => {
    const next = reloading.then(async () => ingest.reloadConnectors(await store.all()));
    reloading = next.catch(() => undefined);
    return next;
  };

  const detail = async (id: string): Promise<ConnectorDetail> => {
    const [installed, builtIn] = await Promise.all([store.text(id), builtInText(ingest.options.connectorsDir, id)]);
    const summary = ingest.connectors().find((one) => one.id === id);
    const text = installed ?? builtIn;
    if (!summary || text === undefined)
      throw new ParapetError(
        'connector_not_found',
        404,
        `There is no connector ${id.slice(0, 100)}.`,
        'See the list under Sources & connectors.',
      );
    let events = 0;
    for (const { connectors } of (
      await totalsOf(ingest.options.store, () => ingest.lastCommittedBatch()).get()
    ).values())
      events += connectors.get(id) ?? 0;
    return {
      id,
      title: summary.title,
      vendor: summary.vendor,
      description: summary.description,
      docs: summary.docs,
      setup: summary.setup,
      tables: summary.tables,
      events,
      text,
      builtIn: builtIn !== undefined,
      installed: installed !== undefined,
      versions: await store.versions(id),
    };
  };

  app.get<{ Params: { id: string } }>(
    '/api/ingest/connectors/:id',
    { config: read, schema: { params } },
    async (request) => detail(request.params.id),
  );

  app.get<{ Params: { id: string; version: number } }>(
    '/api/ingest/connectors/:id/versions/:version',
    {
      config: read,
      schema: {
        params: {
          type: 'object',
          properties: { id: { type: 'string', maxLength: 100 }, version: { type: 'integer', minimum: 1 } },
        },
      },
    },
    async (request) => {
      const text = await store.text(request.params.id, request.params.version);
      if (text === undefined)
        throw new ParapetError('version_not_found', 404, 'There is no such version of this connector.');
      return { text };
    },
  );

  app.post<{ Body: ConnectorTrialRequest }>(
    '/api/ingest/connectors/try',
    {
      config: manage,
      bodyLimit: 6 * 2 ** 20,
      schema: {
        body: {
          type: 'object',
          additionalProperties: false,
          required: ['text', 'records'],
          properties: {
            text: { type: 'string', maxLength: MAX_TEXT },
            records: { type: 'string', maxLength: MAX_RECORDS },
          },
        },
      },
    },
    async (request): Promise<ConnectorTrialAnswer> => {
      const records = pastedRecords(request.body.records);
      return { ...(await ingest.tryConnector(request.body.text, records)), read: records.length };
    },
  );

  app.post<{ Body: { text: string } }>(
    '/api/ingest/connectors',
    {
      config: manage,
      bodyLimit: 2 ** 20,
      schema: {
        body: {
          type: 'object',
          additionalProperties: false,
          required: ['text'],
          properties: { text: { type: 'string', minLength: 1, maxLength: MAX_TEXT } },
        },
      },
    },
    async (request, reply) => {
      const { text } = request.body;
      const trial = await ingest.tryConnector(text, []);
      if (trial.problem) throw broken(trial.problem);
      const id = statedId(text);
      const before = await store.text(id);
      const version = await store.save(id, text, request.principal.username);
      const { problems } = await reload();
      const problem = problems.find((one) => one.file === `${id}.yaml`);
      if (problem) {
        // It compiled alone and fails among the others: the one before stays in use.
        if (before === undefined) await store.remove(id);
        else await store.save(id, before, request.principal.username);
        await reload();
        throw broken(problem);
      }
      await audit(request, 'connector.install', `connector/${id}`, { before, after: { version, text } });
      return reply.code(before === undefined ? 201 : 200).send(await detail(id));
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/api/ingest/connectors/:id',
    { config: manage, schema: { params } },
    async (request, reply) => {
      const { id } = request.params;
      const before = await store.text(id);
      await store.remove(id);
      await reload();
      await audit(request, 'connector.remove', `connector/${id}`, { before });
      return reply.code(204).send();
    },
  );
}

function broken(problem: { readonly line: number; readonly message: string }): ParapetError {
  return new ParapetError(
    'connector_invalid',
    400,
    `Line ${problem.line}: ${problem.message}`,
    'Correct the text and try again; nothing was installed.',
    { line: problem.line },
  );
}

/** Text of the release's file with this id; undefined when there is none. */
async function builtInText(dir: string, id: string): Promise<string | undefined> {
  for (const file of await listConnectorFiles(dir)) {
    const text = await readFile(join(dir, file), 'utf8');
    if (statedId(text) === id) return text;
  }
  return undefined;
}

/** The id a connector file states; empty when it states none. */
function statedId(text: string): string {
  const root = parseDocument(text).contents;
  const id = isMap(root) ? root.get('id') : undefined;
  return typeof id === 'string' ? id : '';
}
