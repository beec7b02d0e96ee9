import {
  type DetectionStatistics,
  type DetectionText,
  type DetectionVersion,
  type Job,
  ParapetError,
} from '@parapet/schema';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseAllDocuments } from 'yaml';
import type { DetectionRoutesOptions } from '../routes.ts';
import { TECHNIQUES } from '../rules/attack.ts';
import { PRESETS } from '../rules/presets.ts';
import type { Row } from '../runtime/rule-query.ts';
import type { RuleInput } from '../stored/service.ts';
import { type Definition, ruleDefinition } from '../stored/text.ts';
import { actorOf, bodyOf, invalid, MANAGE, optionalText, READ, whole } from './common.ts';

const MAX_IMPORT_FILES = 2_000;
const MAX_IMPORT_BYTES = 8 * 2 ** 20;
const MAX_BACKFILL_DAYS = 30;
const DAY = 86_400_000;
type ById = { Params: { id: string } };

function ruleInput(body: Record<string, unknown>): RuleInput {
  const { definition, text } = body;
  if (typeof text === 'string') return { text };
  if (typeof definition === 'object' && definition !== null && !Array.isArray(definition))
    return { definition: definition as Definition };
  throw invalid('The body must hold definition (the keys of a rule) or text (its YAML).');
}

/** What a preview is about: a rule that is being written, or `ruleId` alone. */
function subjectOf(body: Record<string, unknown>): RuleInput & { readonly ruleId?: string } {
  const ruleId = optionalText(body.ruleId, 'ruleId', 100);
  if (ruleId && body.definition === undefined && body.text === undefined) return { ruleId };
  return { ...ruleInput(body), ...(ruleId ? { ruleId } : {}) };
}

function eventsOf(value: unknown): Readonly<Record<string, readonly Row[]>> {
  const tables = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  for (const [table, rows] of tables)
    if (!Array.isArray(rows) || rows.some((row) => typeof row !== 'object' || row === null || Array.isArray(row)))
      throw invalid(`events.${table} must be a list of objects.`);
  if (tables.length === 0) throw invalid('events must map tables to lists of rows.');
  return Object.fromEntries(tables) as Record<string, Row[]>;
}

/** A file may hold several rules, separated by `---`. */
function splitDocuments(name: string, text: string): { name: string; text: string }[] {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents) || documents.length <= 1) return [{ name, text }];
  return documents.map((document, index) => ({
    name: `${name}#${index + 1}`,
    text: document.toString({ lineWidth: 140 }),
  }));
}

/**
 * Routes of making and changing rules. Reading needs SecData.Read, changing DetTune.Manage; the shapes are in
 * packages/schema `api/detections.ts`.
 */
export function registerRuleRoutes(
  app: FastifyInstance,
  { detection, jobs, sightOf, historyOf, wholeOf }: DetectionRoutesOptions,
): void {
  const { service, records } = detection;
  /** Whether the caller sees all rows the rule of the address reads, and so may know what its runs found. */
  const isTold = async (request: FastifyRequest, id: string): Promise<boolean> => {
    const { tables } = await info(id);
    const sees = await wholeOf?.(request);
    return !sees || sees(tables);
  };
  const info = async (id: string) => {
    const found = await detection.get(id);
    if (!found) throw new ParapetError('detection_not_found', 404, 'There is no detection rule with this id.');
    return found;
  };
  const backfill = async (request: FastifyRequest, id: string, days: number): Promise<Job> => {
    const { name } = await info(id);
    return jobs.start(
      'detection.history',
      `Run "${name}" over the last ${days} days`,
      request.principal.username,
      (context) => detection.runOverHistory(id, { from: new Date(Date.now() - days * DAY) }, context),
    );
  };

  /** Words the wizard offers: presets of entities, techniques. */
  app.get('/api/detections/vocabulary', { config: READ }, async () => ({
    presets: Object.entries(PRESETS).map(([name, preset]) => ({ name, type: preset.type, required: preset.required })),
    techniques: [...TECHNIQUES.values()],
  }));

  app.post('/api/detections/check', { config: READ }, async (request) => {
    const body = bodyOf(request);
    return service.check(ruleInput(body), optionalText(body.id, 'id', 100));
  });

  app.post('/api/detections/preview', { config: READ }, async (request) => {
    const body = bodyOf(request);
    const subject = subjectOf(body);
    if (body.events !== undefined) return service.previewEvents(subject, eventsOf(body.events));
    const days = whole(body.days, 30, 1, 90, 'days');
    const limits = await sightOf?.(request);
    const gone = new AbortController();
    request.raw.on('close', () => {
      if (request.raw.destroyed && !request.raw.complete) gone.abort();
    });
    return service.previewHistory(subject, days, { ...limits, signal: gone.signal });
  });

  app.post('/api/detections', { config: MANAGE }, async (request, reply) => {
    const body = bodyOf(request);
    const days = whole(body.backfillDays, 0, 0, MAX_BACKFILL_DAYS, 'backfillDays');
    const owner = optionalText(body.owner, 'owner', 200);
    const templateId = optionalText(body.templateId, 'templateId', 100);
    const comment = optionalText(body.comment, 'comment');
    const rule = await service.create(ruleInput(body), actorOf(request), {
      ...(owner ? { owner } : {}),
      ...(templateId ? { templateId } : {}),
      ...(comment ? { comment } : {}),
    });
    const job = days > 0 ? await backfill(request, rule.id, days) : null;
    reply.code(201);
    return { rule: await info(rule.id), job };
  });

  app.put<ById>('/api/detections/:id', { config: MANAGE }, async (request) => {
    const body = bodyOf(request);
    const owner = optionalText(body.owner, 'owner', 200);
    await service.update(request.params.id, ruleInput(body), actorOf(request), {
      comment: optionalText(body.comment, 'comment') ?? '',
      ...(owner ? { owner } : {}),
      ...(body.version === undefined ? {} : { version: whole(body.version, 1, 1, 1_000_000, 'version') }),
    });
    return info(request.params.id);
  });

  app.delete<ById>('/api/detections/:id', { config: MANAGE }, async (request, reply) => {
    await service.remove(request.params.id, actorOf(request));
    reply.code(204);
  });

  app.post<ById>('/api/detections/:id/duplicate', { config: MANAGE }, async (request, reply) => {
    const name = optionalText((request.body as { name?: unknown } | null)?.name, 'name', 200);
    const rule = await service.duplicate(request.params.id, actorOf(request), name);
    reply.code(201);
    return info(rule.id);
  });

  app.get<ById>('/api/detections/:id/text', { config: READ }, async ({ params }): Promise<DetectionText> => {
    const text = service.textOf(params.id);
    const record = service.recordOf(params.id);
    let templateText: string | null = null;
    if (record?.template)
      try {
        templateText = service.textOf(record.template.id);
      } catch (error) {
        // The delivered rule is gone from the library; the copy goes on.
        if (!(error instanceof ParapetError)) throw error;
      }
    return {
      id: params.id,
      version: record?.version ?? service.latestTemplate(params.id),
      text,
      definition: ruleDefinition(text) ?? {},
      templateText,
    };
  });

  app.get<ById>('/api/detections/:id/export', { config: READ }, async ({ params }, reply) => {
    const text = service.textOf(params.id);
    reply
      .header('content-disposition', `attachment; filename="${params.id}.yaml"`)
      .type('application/yaml; charset=utf-8');
    return text;
  });

  app.get<{ Querystring: { ids?: string } }>('/api/detections/export', { config: READ }, async ({ query }, reply) => {
    const ids = query.ids
      ? query.ids.split(',').filter(Boolean)
      : (await detection.list()).filter(({ origin }) => origin === 'own').map(({ id }) => id);
    const texts = ids.map((id) => service.textOf(id).trimEnd());
    reply
      .header('content-disposition', 'attachment; filename="detections.yaml"')
      .type('application/yaml; charset=utf-8');
    return `${texts.join('\n---\n')}\n`;
  });

  app.post('/api/detections/import', { config: MANAGE, bodyLimit: MAX_IMPORT_BYTES }, async (request) => {
    const body = bodyOf(request);
    if (!Array.isArray(body.files) || body.files.length === 0 || body.files.length > MAX_IMPORT_FILES)
      throw invalid(`files must list 1 to ${MAX_IMPORT_FILES} files.`);
    const files = body.files.flatMap((file: unknown) => {
      const { name, text } = (file ?? {}) as { name?: unknown; text?: unknown };
      if (typeof name !== 'string' || typeof text !== 'string') throw invalid('Each file has a name and a text.');
      return splitDocuments(name.slice(0, 300), text);
    });
    if (files.length > MAX_IMPORT_FILES) throw invalid(`At most ${MAX_IMPORT_FILES} rules can be brought in at once.`);
    return { results: await service.importRules(files, actorOf(request), body.dryRun === true) };
  });

  app.post<ById>('/api/detections/:id/run-now', { config: MANAGE }, async ({ params }) => detection.runNow(params.id));

  app.get<ById & { Querystring: { page?: string; pageSize?: string } }>(
    '/api/detections/:id/runs',
    { config: READ },
    async (request) => {
      const { params, query } = request;
      const page = whole(query.page, 1, 1, 100_000, 'page');
      const pageSize = whole(query.pageSize, 50, 1, 200, 'pageSize');
      if (!(await isTold(request, params.id))) return { items: [], total: 0, page, pageSize };
      return { ...(await records.runs(params.id, page, pageSize)), page, pageSize };
    },
  );

  app.get<ById & { Querystring: { days?: string } }>('/api/detections/:id/cost', { config: READ }, async (request) => {
    const { params, query } = request;
    const days = whole(query.days, 7, 1, 90, 'days');
    if (!(await isTold(request, params.id))) return { items: [] };
    return { items: await records.costs(params.id, new Date(Date.now() - days * DAY)) };
  });

  app.get<ById>(
    '/api/detections/:id/versions',
    { config: READ },
    async ({ params }): Promise<{ items: DetectionVersion[] }> => ({
      items: await service.versions(params.id),
    }),
  );

  app.post<ById>('/api/detections/:id/revert', { config: MANAGE }, async (request) => {
    const version = whole(bodyOf(request).version, 0, 1, 1_000_000, 'version');
    await service.revert(request.params.id, version, actorOf(request));
    return info(request.params.id);
  });

  app.post<ById>('/api/detections/:id/update-from-template', { config: MANAGE }, async (request) => {
    await service.updateFromTemplate(request.params.id, actorOf(request));
    return info(request.params.id);
  });

  app.get<ById>('/api/detections/:id/exclusions', { config: READ }, async ({ params }) => ({
    items: service.exclusions(params.id),
  }));
  app.post<ById>('/api/detections/:id/exclusions', { config: MANAGE }, async (request, reply) => {
    reply.code(201);
    return service.saveExclusion(request.params.id, request.body, actorOf(request));
  });
  app.put<{ Params: { id: string; exclusionId: string } }>(
    '/api/detections/:id/exclusions/:exclusionId',
    { config: MANAGE },
    async (request) =>
      service.saveExclusion(request.params.id, request.body, actorOf(request), request.params.exclusionId),
  );
  app.delete<{ Params: { id: string; exclusionId: string } }>(
    '/api/detections/:id/exclusions/:exclusionId',
    { config: MANAGE },
    async (request, reply) => {
      await service.removeExclusion(request.params.id, request.params.exclusionId, actorOf(request));
      reply.code(204);
    },
  );

  app.post<ById>('/api/detections/notices/:id/dismiss', { config: MANAGE }, async (request, reply) => {
    if (!(await records.dismiss(request.params.id, request.principal.username)))
      throw new ParapetError('notice_not_found', 404, 'There is no such notice.');
    reply.code(204);
  });

  app.get<{ Querystring: { days?: string } }>(
    '/api/detections/statistics',
    { config: READ },
    async (request): Promise<{ items: DetectionStatistics[] }> => {
      const since = new Date(Date.now() - whole(request.query.days, 30, 1, 365, 'days') * DAY);
      return { items: await detection.statistics(since, await historyOf?.(request)) };
    },
  );
}
