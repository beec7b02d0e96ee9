import type { AlertRecord } from '@parapet/incidents';
import type { AlertChanges } from '@parapet/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { actorOf, apiRoute, rawQuery, sendJson, viewOf } from '../auth.ts';
import { bodyOf, clearable, textOf, textsOf } from '../body.ts';
import { ApiError, badRequest } from '../errors.ts';
import { ALERT_SHAPE, commentList, pick, wireAlert } from '../graph/records.ts';
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

export const READ_ALERTS = ['SecurityAlert.Read.All', 'SecurityAlert.ReadWrite.All'] as const;
const read = apiRoute({ any: READ_ALERTS, needs: 'SecData.Read', quota: 'security' });
const write = apiRoute({ any: ['SecurityAlert.ReadWrite.All'], needs: 'Alerts.Manage', quota: 'security' });
const manage = apiRoute({ any: ['SecurityData.Manage.All'], needs: 'Alerts.Manage', quota: 'security' });

/** `/security/alerts_v2` (spec A 6.1). */
export function alertRoutes(app: FastifyInstance, options: PublicApiOptions, version: string): void {
  const path = `/${version}/security/alerts_v2`;
  const one = (request: FastifyRequest, reply: FastifyReply, record: AlertRecord, select?: readonly string[]) =>
    sendRecord(options, request, reply, version, 'security/alerts_v2', record.version, (context) =>
      pick(wireAlert(record, context), select),
    );

  app.get(path, read, async (request, reply) => {
    const query = collectionQuery(rawQuery(request), ALERT_SHAPE);
    const view = await viewOf(options, request);
    const context = contextOf(options, request, reply);
    const page = await placed(() => view.records.alerts(pageQuery(query)));
    return sendPage(reply, context, query, page, {
      context: `${version}/$metadata#security/alerts_v2`,
      path,
      value: (record) => pick(wireAlert(record, context), query.select),
    });
  });

  app.get<Id>(`${path}/:id`, read, async (request, reply) => {
    const { select } = singleQuery(rawQuery(request), ALERT_SHAPE);
    const { records } = await viewOf(options, request);
    return one(request, reply, await records.alert(request.params.id), select);
  });

  app.patch<Id>(`${path}/:id`, write, async (request, reply) => {
    const { id } = request.params;
    const changes = alertChanges(request.body);
    const { records, alerts } = await viewOf(options, request);
    await records.alert(id);
    await alerts.change(id, changes, actorOf(request), ifMatch(request));
    return one(request, reply, await records.alert(id));
  });

  app.post<Id>(`${path}/:id/comments`, write, async (request, reply) => {
    const { id } = request.params;
    const text = commentBody(request.body);
    const { records, alerts } = await viewOf(options, request);
    await records.alert(id);
    await alerts.comment(id, text, actorOf(request));
    const record = await records.alert(id);
    const { base } = contextOf(options, request, reply);
    return sendJson(reply, {
      '@odata.context': `${base}/${version}/$metadata#security/alerts_v2('${encodeURIComponent(id)}')/comments`,
      value: commentList(record.comments),
    });
  });

  app.post(`${path}/moveAlerts`, manage, async (request, reply) => {
    const body = bodyOf(request.body, ['alertIds', 'incidentId', 'alertComment', 'newCorrelationReasons']);
    const alertIds = textsOf(body.alertIds ?? [], 'alertIds', 1_000);
    if (alertIds.length === 0) throw badRequest('alertIds is empty.');
    const target =
      body.incidentId === undefined || body.incidentId === null ? '' : textOf(body.incidentId, 'incidentId', 40);
    const { records } = await viewOf(options, request);
    const found = await records.alerts({ order: [], limit: alertIds.length, ids: alertIds });
    const missing = alertIds.find((id) => !found.items.some((record) => record.id === id));
    if (missing !== undefined)
      throw new ApiError(404, `There is no alert with the id ${JSON.stringify(missing.slice(0, 100))}.`);
    if (target !== '') await records.incident(target);
    const moved = await records.move(
      alertIds,
      target,
      { ...comment(body.alertComment, 'alertComment'), codes: reasonCodes(body.newCorrelationReasons) },
      actorOf(request),
    );
    return sendTarget(options, request, reply, version, moved);
  });
}

const WORK = ['status', 'classification', 'determination', 'assignedTo'] as const;

function alertChanges(body: unknown): AlertChanges {
  const given = bodyOf(body, WORK);
  const changes: Record<string, unknown> = {};
  for (const name of WORK)
    if (given[name] !== undefined)
      changes[name] = name === 'status' ? textOf(given[name], name, 100) : clearable(given[name], name);
  return changes as AlertChanges;
}
