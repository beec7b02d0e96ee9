import type { IncidentRecord } from '@parapet/incidents';
import type { IncidentChanges } from '@parapet/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { actorOf, apiRoute, rawQuery, sendJson, viewOf } from '../auth.ts';
import { bodyOf, clearable, textOf, textsOf } from '../body.ts';
import { ApiError } from '../errors.ts';
import { ALERT_SHAPE, commentList, INCIDENT_SHAPE, pick, wireAlert, wireIncident } from '../graph/records.ts';
import { collectionQuery, singleQuery } from '../odata/options.ts';
import type { PublicApiOptions } from '../types.ts';
import {
  comment,
  commentBody,
  contextOf,
  ifMatch,
  pageQuery,
  placed,
  reasonCodes,
  sendPage,
  sendRecord,
  sendTarget,
} from './answers.ts';

interface Id {
  readonly Params: { readonly id: string };
}

export const READ_INCIDENTS = ['SecurityIncident.Read.All', 'SecurityIncident.ReadWrite.All'] as const;
const read = apiRoute({ any: READ_INCIDENTS, needs: 'SecData.Read', quota: 'security' });
const write = apiRoute({ any: ['SecurityIncident.ReadWrite.All'], needs: 'Alerts.Manage', quota: 'security' });
const manage = apiRoute({ any: ['SecurityData.Manage.All'], needs: 'Alerts.Manage', quota: 'security' });

/** `/security/incidents` (spec A 6.1). */
export function incidentRoutes(app: FastifyInstance, options: PublicApiOptions, version: string): void {
  const path = `/${version}/security/incidents`;
  const one = async (
    request: FastifyRequest,
    reply: FastifyReply,
    record: IncidentRecord,
    query: Pick<ReturnType<typeof singleQuery>, 'select' | 'expand'> = { expand: new Map() },
  ): Promise<FastifyReply> => {
    const { records } = await viewOf(options, request);
    const alerts = query.expand.has('alerts') ? (await records.alertsOf([record.id])).get(record.id) : undefined;
    const inner = query.expand.get('alerts');
    return sendRecord(options, request, reply, version, 'security/incidents', record.version, (context) => {
      const own = query.expand.has('alerts')
        ? { alerts: (alerts ?? []).map((each) => pick(wireAlert(each, context), inner)) }
        : {};
      return pick({ ...wireIncident(record, context), ...own }, withExpanded(query.select, query.expand));
    });
  };

  app.get(path, read, async (request, reply) => {
    const query = collectionQuery(rawQuery(request), INCIDENT_SHAPE);
    const { records } = await viewOf(options, request);
    const context = contextOf(options, request, reply);
    const page = await placed(() => records.incidents(pageQuery(query)));
    const expand = query.expand.has('alerts');
    const alerts = expand ? await records.alertsOf(page.items.map(({ id }) => id)) : undefined;
    const inner = query.expand.get('alerts');
    const select = withExpanded(query.select, query.expand);
    return sendPage(reply, context, query, page, {
      context: `${version}/$metadata#security/incidents${expand ? '(alerts())' : ''}`,
      path,
      value: (record) => {
        const wire = wireIncident(record, context);
        const own = alerts
          ? { alerts: (alerts.get(record.id) ?? []).map((each) => pick(wireAlert(each, context), inner)) }
          : {};
        return pick({ ...wire, ...own }, select);
      },
    });
  });

  app.get<Id>(`${path}/:id`, read, async (request, reply) => {
    const query = singleQuery(rawQuery(request), INCIDENT_SHAPE);
    const { records } = await viewOf(options, request);
    return one(request, reply, await records.incident(request.params.id), query);
  });

  app.get<Id>(`${path}/:id/alerts`, read, async (request, reply) => {
    const { records } = await viewOf(options, request);
    const { id } = await records.incident(request.params.id);
    const query = collectionQuery(rawQuery(request), ALERT_SHAPE);
    const context = contextOf(options, request, reply);
    const page = await placed(() => records.alerts({ incidentId: id, ...pageQuery(query) }));
    return sendPage(reply, context, query, page, {
      context: `${version}/$metadata#security/incidents('${id}')/alerts`,
      path: `${path}/${id}/alerts`,
      value: (record) => pick(wireAlert(record, context), query.select),
    });
  });

  app.patch<Id>(`${path}/:id`, write, async (request, reply) => {
    const { id } = request.params;
    const changes = incidentChanges(request.body);
    const { records, incidents } = await viewOf(options, request);
    await records.incident(id);
    await incidents.change(id, changes, actorOf(request), ifMatch(request));
    return one(request, reply, await records.incident(id));
  });

  app.post<Id>(`${path}/:id/comments`, write, async (request, reply) => {
    const { id } = request.params;
    const text = commentBody(request.body);
    const { records, incidents } = await viewOf(options, request);
    await records.incident(id);
    await incidents.comment(id, text, actorOf(request));
    const record = await records.incident(id);
    const { base } = contextOf(options, request, reply);
    return sendJson(reply, {
      '@odata.context': `${base}/${version}/$metadata#security/incidents('${record.id}')/comments`,
      value: commentList(record.comments),
    });
  });

  app.post(`${path}/mergeIncidents`, manage, async (request, reply) => {
    const body = bodyOf(request.body, ['incidentIds', 'incidentComment', 'mergeReasons']);
    const ids = textsOf(body.incidentIds ?? [], 'incidentIds', 100, 40);
    const { records } = await viewOf(options, request);
    for (const id of new Set(ids)) await records.incident(id);
    const target = await records.merge(
      ids,
      { ...comment(body.incidentComment, 'incidentComment'), codes: reasonCodes(body.mergeReasons) },
      actorOf(request),
    );
    return sendTarget(options, request, reply, version, target);
  });
}

/** What was expanded is shown, whether `$select` names it or not. */
function withExpanded(
  select: readonly string[] | undefined,
  expand: ReadonlyMap<string, unknown>,
): readonly string[] | undefined {
  return select && [...select, ...expand.keys()];
}

const TEXTS = {
  displayName: 'name',
  description: 'description',
  summary: 'summary',
  resolvingComment: 'resolvingComment',
} as const;
const WRITABLE = [
  'status',
  'severity',
  'classification',
  'determination',
  'assignedTo',
  'customTags',
  'displayName',
  'description',
  'summary',
  'resolvingComment',
] as const;

function incidentChanges(body: unknown): IncidentChanges {
  const given = bodyOf(body, WRITABLE);
  const changes: Record<string, unknown> = {};
  for (const name of WRITABLE) {
    const value = given[name];
    if (value === undefined) continue;
    if (name === 'customTags') changes.tags = textsOf(value ?? [], name, 50, 100);
    else if (name === 'status' || name === 'severity') changes[name] = textOf(value, name, 100);
    else if (name in TEXTS) changes[TEXTS[name as keyof typeof TEXTS]] = value === null ? '' : textOf(value, name);
    else changes[name] = clearable(value, name);
  }
  const status = String(changes.status ?? '').toLowerCase();
  if (status === 'redirected' || status === 'awaitingaction')
    throw new ApiError(
      400,
      `status cannot be set to ${String(changes.status)} here. Allowed: active, inProgress, resolved.`,
    );
  return changes as IncidentChanges;
}
