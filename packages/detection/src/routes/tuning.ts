import { ParapetError } from '@parapet/schema';
import type { FastifyInstance } from 'fastify';
import type { DetectionRoutesOptions } from '../routes.ts';
import { readTuning } from '../tuning/types.ts';
import { actorOf, bodyOf, invalid, MANAGE, READ, whole } from './common.ts';

type ById = { Params: { id: string } };
const MAX_IMPORTED = 1_000;

/**
 * Routes of tuning (spec A 1.7): `/api/tuning/rules`, `/api/tuning/preview`, `/api/tuning/suggestions`. Reading needs SecData.Read,
 * everything else DetTune.Manage.
 */
export function registerTuningRoutes(
  app: FastifyInstance,
  { detection, historyOf, resolveAlerts, wholeOf }: DetectionRoutesOptions,
): void {
  const { tuning } = detection;
  const audit = detection.audit;

  app.get('/api/tuning/rules', { config: READ }, async () => ({ items: tuning.list() }));

  app.post('/api/tuning/rules', { config: MANAGE }, async (request, reply) => {
    const rule = await tuning.save(bodyOf(request), request.principal.username);
    await audit(actorOf(request), 'tuning.created', rule.id, null, rule);
    reply.code(201);
    return rule;
  });

  app.get<ById>('/api/tuning/rules/:id', { config: READ }, async ({ params }) => tuning.get(params.id));

  app.put<ById>('/api/tuning/rules/:id', { config: MANAGE }, async (request) => {
    const before = tuning.get(request.params.id);
    const rule = await tuning.save(bodyOf(request), request.principal.username, request.params.id);
    await audit(actorOf(request), 'tuning.changed', rule.id, before, rule);
    return rule;
  });

  app.delete<ById>('/api/tuning/rules/:id', { config: MANAGE }, async (request, reply) => {
    const before = await tuning.remove(request.params.id);
    await audit(actorOf(request), 'tuning.deleted', before.id, before, null);
    reply.code(204);
  });

  app.post('/api/tuning/preview', { config: READ }, async (request) =>
    tuning.preview(readTuning({ name: 'preview', ...bodyOf(request) }).definition, await historyOf?.(request)),
  );

  app.get('/api/tuning/suggestions', { config: READ }, async (request) => ({
    items: await tuning.suggest(await historyOf?.(request)),
  }));

  app.get<ById & { Querystring: { page?: string; pageSize?: string } }>(
    '/api/tuning/rules/:id/hidden',
    { config: READ },
    async (request) => {
      const { params, query } = request;
      tuning.get(params.id);
      const page = whole(query.page, 1, 1, 100_000, 'page');
      const pageSize = whole(query.pageSize, 50, 1, 200, 'pageSize');
      // What was hidden was never an alert whose scope could be asked: it is told with the rows its rule reads.
      const sees = await wholeOf?.(request);
      const told = sees && (await detection.list()).filter(({ tables }) => sees(tables)).map(({ id }) => id);
      return { ...(await tuning.hidden(params.id, page, pageSize, told)), page, pageSize };
    },
  );

  /** The one way a tuning rule touches alerts that exist: a person says so. */
  app.post<ById>('/api/tuning/rules/:id/apply', { config: MANAGE }, async (request) => {
    const { rule, alertIds } = await tuning.existing(request.params.id, await historyOf?.(request));
    if (!resolveAlerts) throw new ParapetError('not_available', 503, 'Alerts cannot be changed on this server.');
    if (rule.definition.action === 'change')
      throw new ParapetError(
        'nothing_to_apply',
        409,
        'Only rules that hide or resolve can be applied to alerts that exist.',
      );
    const because = `Tuning rule "${rule.name}"${rule.definition.comment ? `: ${rule.definition.comment}` : ''}`;
    const changed = await resolveAlerts(request, alertIds, because);
    await audit(actorOf(request), 'tuning.applied', rule.id, null, { alerts: changed });
    return { matched: alertIds.length, resolved: changed };
  });

  /** Stable ids, so that the file can be reviewed and brought into another installation. */
  app.get('/api/tuning/export', { config: READ }, async (_, reply) => {
    reply.header('content-disposition', 'attachment; filename="tuning-rules.json"');
    return {
      rules: tuning
        .list()
        .map(({ id, name, enabled, expiresAt, definition }) => ({ id, name, enabled, expiresAt, ...definition })),
    };
  });

  app.post('/api/tuning/import', { config: MANAGE }, async (request) => {
    const { rules } = bodyOf(request);
    if (!Array.isArray(rules) || rules.length > MAX_IMPORTED)
      throw invalid(`rules must list at most ${MAX_IMPORTED} rules.`);
    const results: { name: string; outcome: 'created' | 'updated' | 'refused'; message?: string }[] = [];
    for (const raw of rules as { id?: unknown; name?: unknown }[]) {
      const known = tuning.list().find(({ id }) => id === raw?.id);
      const name = String(raw?.name ?? '');
      try {
        const rule = await tuning.save(raw, request.principal.username, known?.id);
        await audit(actorOf(request), known ? 'tuning.changed' : 'tuning.created', rule.id, known ?? null, rule);
        results.push({ name, outcome: known ? 'updated' : 'created' });
      } catch (error) {
        if (!(error instanceof ParapetError)) throw error;
        results.push({ name, outcome: 'refused', message: error.message });
      }
    }
    return { results };
  });
}
