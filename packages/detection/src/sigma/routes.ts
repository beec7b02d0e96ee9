import {
  type Job,
  type Page,
  ParapetError,
  type Permission,
  SIGMA_RULE_STATES,
  SIGMA_STATUSES,
  type SigmaCheck,
  type SigmaResultDetail,
  type SigmaResultInfo,
  type SigmaRuleState,
} from '@parapet/schema';
import type { FastifyInstance } from 'fastify';
import type { Actor } from '../stored/service.ts';
import type { SigmaFile } from './convert.ts';
import { resultInfo, type SigmaImport, type SigmaProgress } from './service.ts';
import { SigmaError } from './types.ts';
import type { Placeholders } from './values.ts';
import { readZip } from './zip.ts';

export interface SigmaRoutesOptions {
  readonly sigma: SigmaImport;
  readonly jobs: {
    start(
      kind: string,
      title: string,
      createdBy: string,
      work: (context: SigmaProgress) => Promise<unknown>,
    ): Promise<Job>;
  };
}

const MANAGE: { permission: Permission } = { permission: 'DetTune.Manage' };
const BODY_LIMIT = 64 * 2 ** 20;
const id = { type: 'string', maxLength: 64 } as const;

interface CheckBody {
  readonly files: readonly SigmaFile[];
  readonly placeholders?: Placeholders;
}

/**
 * Routes of the Sigma import:
 * `POST /api/detections/sigma/check` takes a zip archive, or `{files: [{name, text}], placeholders?}`, and answers 202 with the
 * job; its result is a `SigmaCheck`. `GET /api/detections/sigma/checks/:id` and `…/results?status&search&page&pageSize` tell what
 * was found, `…/results/:index` one document. `POST /api/detections/sigma/checks/:id/import` `{state, warnings, ids?}` stores the
 * rules, again as a job.
 */
export async function sigmaRoutes(app: FastifyInstance, { sigma, jobs }: SigmaRoutesOptions): Promise<void> {
  app.addContentTypeParser(
    ['application/zip', 'application/x-zip-compressed', 'application/octet-stream'],
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT },
    (_request, body, done) => done(null, body),
  );

  app.post<{ Body: CheckBody | Buffer }>(
    '/api/detections/sigma/check',
    { config: MANAGE, bodyLimit: BODY_LIMIT },
    async (request, reply): Promise<Job> => {
      const { files, placeholders } = await filesOf(request.body);
      reply.code(202);
      return jobs.start(
        'detection.sigma.check',
        `Check ${files.length === 1 ? (files[0]?.name ?? 'a file') : `${files.length} files`} of Sigma rules`,
        request.principal.username,
        (job) => sigma.check(files, request.principal.username, job, placeholders),
      );
    },
  );

  app.get<{ Params: { id: string } }>(
    '/api/detections/sigma/checks/:id',
    { config: MANAGE, schema: { params: { type: 'object', properties: { id } } } },
    async ({ params }): Promise<SigmaCheck> => sigma.info(params.id),
  );

  app.get<{
    Params: { id: string };
    Querystring: { status?: string; search?: string; page?: number; pageSize?: number };
  }>(
    '/api/detections/sigma/checks/:id/results',
    {
      config: MANAGE,
      schema: {
        params: { type: 'object', properties: { id } },
        querystring: {
          type: 'object',
          properties: {
            status: { type: 'string', maxLength: 100 },
            search: { type: 'string', maxLength: 200 },
            page: { type: 'integer', minimum: 1, default: 1 },
            pageSize: { type: 'integer', minimum: 1, maximum: 500, default: 50 },
          },
        },
      },
    },
    async ({ params, query }): Promise<Page<SigmaResultInfo & { readonly index: number }>> => {
      const statuses = new Set((query.status ?? '').split(',').filter(Boolean));
      for (const status of statuses)
        if (!(SIGMA_STATUSES as readonly string[]).includes(status))
          throw new ParapetError('invalid_request', 400, `status must be of ${SIGMA_STATUSES.join(', ')}.`);
      const search = (query.search ?? '').trim().toLowerCase();
      const found = sigma
        .results(params.id)
        .map((result, index) => ({ ...resultInfo(result), index }))
        .filter(
          (result) =>
            (statuses.size === 0 || statuses.has(result.status)) &&
            (!search ||
              [result.title, result.file, result.id, result.logSource, result.table, ...result.reasons].some((text) =>
                text.toLowerCase().includes(search),
              )),
        );
      const [page, pageSize] = [query.page ?? 1, query.pageSize ?? 50];
      return { items: found.slice((page - 1) * pageSize, page * pageSize), total: found.length, page, pageSize };
    },
  );

  app.get<{ Params: { id: string; index: number } }>(
    '/api/detections/sigma/checks/:id/results/:index',
    {
      config: MANAGE,
      schema: { params: { type: 'object', properties: { id, index: { type: 'integer', minimum: 0 } } } },
    },
    async ({ params }): Promise<SigmaResultDetail> => {
      const result = sigma.results(params.id)[params.index];
      if (!result) throw new ParapetError('sigma_result_not_found', 404, 'The check has no document with this number.');
      return { ...resultInfo(result), source: result.source, query: result.rule?.query ?? '' };
    },
  );

  app.post<{ Params: { id: string }; Body: { state: SigmaRuleState; warnings?: boolean; ids?: string[] } }>(
    '/api/detections/sigma/checks/:id/import',
    {
      config: MANAGE,
      schema: {
        params: { type: 'object', properties: { id } },
        body: {
          type: 'object',
          required: ['state'],
          additionalProperties: false,
          properties: {
            state: { enum: SIGMA_RULE_STATES },
            warnings: { type: 'boolean', default: true },
            ids: { type: 'array', maxItems: 20_000, items: id },
          },
        },
      },
    },
    async (request, reply): Promise<Job> => {
      const { params, body } = request;
      sigma.info(params.id);
      const actor: Actor = { username: request.principal.username, remoteAddress: request.ip };
      reply.code(202);
      return jobs.start('detection.sigma.import', 'Import Sigma rules', actor.username, (job) =>
        sigma.apply(
          params.id,
          { state: body.state, warnings: body.warnings ?? true, ...(body.ids ? { ids: body.ids } : {}) },
          actor,
          job,
        ),
      );
    },
  );
}

async function filesOf(body: CheckBody | Buffer): Promise<CheckBody> {
  const invalid = (message: string): ParapetError =>
    new ParapetError('invalid_request', 400, message, 'Send a zip archive or {"files": [{"name": "…", "text": "…"}]}.');
  if (Buffer.isBuffer(body)) {
    try {
      const files = await readZip(body);
      if (files.length === 0) throw invalid('The archive holds no .yml or .yaml file.');
      return { files };
    } catch (error) {
      if (error instanceof SigmaError) throw invalid(`${error.message[0]?.toUpperCase()}${error.message.slice(1)}.`);
      throw error;
    }
  }
  const files = body?.files;
  if (!Array.isArray(files) || files.length === 0 || files.length > 50_000) throw invalid('No files were sent.');
  for (const file of files)
    if (typeof file?.name !== 'string' || typeof file.text !== 'string' || file.name.length > 1_000)
      throw invalid('A file needs a name and its text.');
  const placeholders = body.placeholders ?? {};
  if (
    typeof placeholders !== 'object' ||
    !Object.values(placeholders).every(
      (list) => Array.isArray(list) && list.every((value) => typeof value === 'string'),
    )
  )
    throw invalid('placeholders must map names to lists of texts.');
  return { files, placeholders };
}
