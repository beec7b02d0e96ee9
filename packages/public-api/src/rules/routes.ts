import type { DetectionInfo } from '@parapet/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { actorOf, apiRoute, baseUrl, rawQuery, sendJson } from '../auth.ts';
import { ApiError, badRequest } from '../errors.ts';
import type { PublicApiOptions } from '../types.ts';
import { type Definition, ruleChanges, wireRule } from './wire.ts';

interface Id {
  readonly Params: { readonly id: string };
}

const READ = ['CustomDetection.Read.All', 'CustomDetection.ReadWrite.All'];
const read = apiRoute({ any: READ, needs: 'SecData.Read', quota: 'security' });
const write = apiRoute({ any: ['CustomDetection.ReadWrite.All'], needs: 'DetTune.Manage', quota: 'security' });
/** Tries of a change that somebody else overtook; a change names single parts, so repeating it loses nothing. */
const TRIES = 5;

/** `/security/rules/detectionRules`: the rules of the product, delivered and made here. */
export function ruleRoutes(app: FastifyInstance, { detection, oauth }: PublicApiOptions, version: string): void {
  const path = `/${version}/security/rules/detectionRules`;
  const shown = new Map<string, { readonly version: number; readonly definition: Definition }>();
  const definitionOf = ({ id, version: at }: DetectionInfo): Definition => {
    const known = shown.get(id);
    if (known?.version === at) return known.definition;
    const definition = detection.service.definitionOf(id) ?? {};
    shown.set(id, { version: at, definition });
    return definition;
  };
  const one = async (request: FastifyRequest, reply: FastifyReply, id: string, status = 200): Promise<FastifyReply> => {
    const info = await detection.get(id);
    if (!info) throw new ApiError(404, 'There is no detection rule with this id.');
    const times = await detection.service.times([id]);
    if (status === 201) reply.header('location', `${baseUrl(oauth, request)}${path}/${id}`);
    return sendJson(
      reply,
      {
        '@odata.context': `${baseUrl(oauth, request)}/${version}/$metadata#security/rules/detectionRules/$entity`,
        ...wireRule(info, definitionOf(info), times.get(id)),
      },
      status,
    );
  };
  /** A rule with the period 0 is continuous where its query looks at single rows, and near real time where it does not. */
  const fitted = async (definition: Definition, id?: string): Promise<Definition> => {
    if (definition.kind !== 'continuous') return definition;
    const { rowWise } = await detection.service.check({ definition }, id);
    return rowWise ? definition : { ...definition, kind: 'nearRealTime' };
  };

  app.get(path, read, async (request, reply) => {
    const query = new URLSearchParams(rawQuery(request));
    const odd = [...query.keys()].find((name) => !['$top', '$skip', '$count'].includes(name.toLowerCase()));
    if (odd !== undefined)
      throw badRequest(`The query option '${odd.slice(0, 100)}' is not supported on detection rules.`);
    const top = whole(query.get('$top'), '$top', 100, 1, 1_000);
    const skip = whole(query.get('$skip'), '$skip', 0, 0, 1_000_000);
    const all = [...(await detection.list())].sort((a, b) => a.id.localeCompare(b.id, 'en'));
    const items = all.slice(skip, skip + top);
    const times = await detection.service.times(items.map(({ id }) => id));
    const base = `${baseUrl(oauth, request)}${path}`;
    return sendJson(reply, {
      '@odata.context': `${baseUrl(oauth, request)}/${version}/$metadata#security/rules/detectionRules`,
      ...(query.get('$count') === 'true' ? { '@odata.count': all.length } : {}),
      ...(all.length > skip + top ? { '@odata.nextLink': `${base}?$top=${top}&$skip=${skip + top}` } : {}),
      value: items.map((info) => wireRule(info, definitionOf(info), times.get(info.id))),
    });
  });

  app.get<Id>(`${path}/:id`, read, (request, reply) => one(request, reply, request.params.id));

  app.post(path, write, async (request, reply) => {
    const definition = await fitted(ruleChanges(request.body, true));
    const actor = actorOf(request);
    const rule = await detection.service.create({ definition }, actor, { owner: actor.username });
    return one(request, reply, rule.id, 201);
  });

  app.patch<Id>(`${path}/:id`, write, async (request, reply) => {
    const { id } = request.params;
    const changes = ruleChanges(request.body, false);
    const actor = actorOf(request);
    if (!(await detection.get(id))) throw new ApiError(404, 'There is no detection rule with this id.');
    const { enabled, ...rest } = changes;
    if (Object.keys(changes).length === 0) throw badRequest('The request body changes nothing.');
    for (let tries = 1; Object.keys(rest).length > 0; tries++) {
      const before = detection.service.definitionOf(id) ?? {};
      const record = detection.service.recordOf(id);
      const definition = await fitted({ ...before, ...rest }, id);
      try {
        await detection.service.update(id, { definition }, actor, record ? { version: record.version } : {});
        break;
      } catch (error) {
        if ((error as { code?: string }).code !== 'rule_changed' || tries >= TRIES) throw error;
      }
    }
    if (typeof enabled === 'boolean') await detection.setEnabled(id, enabled, actor);
    return one(request, reply, id);
  });

  app.delete<Id>(`${path}/:id`, write, async (request, reply) => {
    await detection.service.remove(request.params.id, actorOf(request));
    return reply.code(204).send();
  });
}

function whole(text: string | null, name: string, fallback: number, least: number, most: number): number {
  if (text === null) return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw badRequest(`${name} must be a whole number from ${least} to ${most}.`);
  return value;
}
