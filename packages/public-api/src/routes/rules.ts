import type { DetectionInfo } from '@parapet/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { actorOf, apiRoute, baseUrl, rawQuery, sendJson } from '../auth.ts';
import { bodyOf } from '../body.ts';
import { ApiError, badRequest } from '../errors.ts';
import type { PublicApiOptions } from '../types.ts';

interface Id {
  readonly Params: { readonly id: string };
}

const READ = ['CustomDetection.Read.All', 'CustomDetection.ReadWrite.All'];
const read = apiRoute({ any: READ, needs: 'SecData.Read', quota: 'security' });
const write = apiRoute({ any: ['CustomDetection.ReadWrite.All'], needs: 'DetTune.Manage', quota: 'security' });

/** `microsoft.graph.security.detectionRule` of the beta description. */
function wireRule(info: DetectionInfo): Record<string, unknown> {
  return {
    '@odata.type': '#microsoft.graph.security.detectionRule',
    id: info.id,
    displayName: info.title,
    isEnabled: info.enabled,
    detectorId: info.id,
    createdBy: null,
    createdDateTime: null,
    lastModifiedBy: null,
    lastModifiedDateTime: null,
    queryCondition: { queryText: info.query, lastModifiedDateTime: null },
    // Continuous rules have the period 0 in the reference.
    schedule: { period: info.kind === 'continuous' ? '0' : null, nextRunDateTime: null },
    lastRunDetails:
      info.lastRun === null
        ? null
        : {
            lastRunDateTime: info.lastRun,
            status: info.lastError === null ? 'completed' : 'failed',
            failureReason: info.lastError,
            errorCode: null,
          },
    detectionAction: {
      alertTemplate: {
        title: info.title,
        description: info.description,
        severity: info.severity,
        category: info.category,
        recommendedActions: info.recommendedActions,
        mitreTechniques: info.techniques,
        impactedAssets: [],
      },
      organizationalScope: null,
      responseActions: [],
    },
  };
}

/** `/security/rules/detectionRules`: reading, and switching rules on and off. */
export function ruleRoutes(app: FastifyInstance, { detection, oauth }: PublicApiOptions, version: string): void {
  const path = `/${version}/security/rules/detectionRules`;
  const one = (request: FastifyRequest, reply: FastifyReply, info: DetectionInfo): FastifyReply =>
    sendJson(reply, {
      '@odata.context': `${baseUrl(oauth, request)}/${version}/$metadata#security/rules/detectionRules/$entity`,
      ...wireRule(info),
    });

  app.get(path, read, async (request, reply) => {
    const query = new URLSearchParams(rawQuery(request));
    const odd = [...query.keys()].find((name) => !['$top', '$skip', '$count'].includes(name.toLowerCase()));
    if (odd !== undefined)
      throw badRequest(`The query option '${odd.slice(0, 100)}' is not supported on detection rules.`);
    const top = whole(query.get('$top'), '$top', 100, 1, 1_000);
    const skip = whole(query.get('$skip'), '$skip', 0, 0, 1_000_000);
    const all = [...(await detection.list())].sort((a, b) => a.id.localeCompare(b.id, 'en'));
    const base = `${baseUrl(oauth, request)}${path}`;
    return sendJson(reply, {
      '@odata.context': `${baseUrl(oauth, request)}/${version}/$metadata#security/rules/detectionRules`,
      ...(query.get('$count') === 'true' ? { '@odata.count': all.length } : {}),
      ...(all.length > skip + top ? { '@odata.nextLink': `${base}?$top=${top}&$skip=${skip + top}` } : {}),
      value: all.slice(skip, skip + top).map(wireRule),
    });
  });

  app.get<Id>(`${path}/:id`, read, async (request, reply) => {
    const info = await detection.get(request.params.id);
    if (!info) throw new ApiError(404, 'There is no detection rule with this id.');
    return one(request, reply, info);
  });

  app.patch<Id>(`${path}/:id`, write, async (request, reply) => {
    const { isEnabled } = bodyOf(request.body, ['isEnabled']);
    if (typeof isEnabled !== 'boolean') throw badRequest('isEnabled must be true or false.');
    return one(request, reply, await detection.setEnabled(request.params.id, isEnabled, actorOf(request)));
  });
}

function whole(text: string | null, name: string, fallback: number, least: number, most: number): number {
  if (text === null) return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw badRequest(`${name} must be a whole number from ${least} to ${most}.`);
  return value;
}
