import type { AlertRecord } from '@parapet/incidents';
import type { AlertChanges } from '@parapet/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { actorOf, apiRoute, baseUrl, callerOf, rawQuery, sendJson, viewOf, wantsAllMembers } from '../auth.ts';
import { bodyOf, clearable, textOf, textsOf } from '../body.ts';
import { ApiError, badRequest } from '../errors.ts';
import { enumMember } from '../graph/enums.ts';
import { ALERT_SHAPE, commentList, pick, type WireContext, wireAlert } from '../graph/records.ts';
import { collectionQuery, singleQuery } from '../odata/options.ts';
import type { PublicApiOptions } from '../types.ts';

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
    const page = await placed(() =>
      view.records.alerts({
        order: query.order,
        limit: query.top,
        skip: query.skip,
        count: query.count,
        ...(query.condition ? { condition: query.condition } : {}),
        ...(query.after ? { after: query.after } : {}),
      }),
    );
    return sendJson(reply, {
      '@odata.context': `${context.base}/${version}/$metadata#security/alerts_v2`,
      ...(page.total === undefined ? {} : { '@odata.count': page.total }),
      ...(page.next ? { '@odata.nextLink': query.nextLink(context.base + path, page.next) } : {}),
      value: page.items.map((record) => pick(wireAlert(record, context), query.select)),
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

export function sendTarget(
  options: PublicApiOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  version: string,
  targetIncidentId: string,
): FastifyReply {
  return sendJson(reply, {
    '@odata.context': `${baseUrl(options.oauth, request)}/${version}/$metadata#microsoft.graph.security.mergeResponse`,
    '@odata.type': '#microsoft.graph.security.mergeResponse',
    targetIncidentId,
  });
}

export function sendRecord(
  options: PublicApiOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  version: string,
  set: string,
  recordVersion: string,
  body: (context: WireContext) => Record<string, unknown>,
): FastifyReply {
  const context = contextOf(options, request, reply);
  const etag = `W/"${recordVersion}"`;
  reply.header('etag', etag);
  return sendJson(reply, {
    '@odata.context': `${context.base}/${version}/$metadata#${set}/$entity`,
    '@odata.etag': etag,
    ...body(context),
  });
}

export function contextOf(options: PublicApiOptions, request: FastifyRequest, reply: FastifyReply): WireContext {
  return {
    base: baseUrl(options.oauth, request),
    tenantId: callerOf(request).tenantId,
    allMembers: wantsAllMembers(request, reply),
  };
}

/** A `$skiptoken` is the caller's text: a place the database cannot read is their mistake. */
export async function placed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // Class 22 of the SQLSTATEs: a value that does not fit its type.
    if (String((error as { code?: unknown }).code).startsWith('22'))
      throw badRequest('The $skiptoken or a value in $filter is out of range.');
    throw error;
  }
}

/** The version an `If-Match` names; undefined when the caller takes whatever is there. */
export function ifMatch(request: FastifyRequest): string | undefined {
  const given = request.headers['if-match']?.trim();
  if (given === undefined || given === '*') return undefined;
  const match = /^(?:W\/)?"(\d{1,20})"$/.exec(given);
  // A tag that never was one of ours matches nothing.
  return match?.[1] ?? 'none';
}

export function commentBody(body: unknown): string {
  const { comment: text } = bodyOf(body, ['comment']);
  const given = textOf(text ?? '', 'comment');
  if (given.trim() === '') throw badRequest('comment is empty.');
  return given;
}

export const comment = (value: unknown, name: string): { readonly comment?: string } =>
  value === undefined || value === null ? {} : { comment: textOf(value, name) };

/** `sameCampaign, sameActor`: a flags enumeration in one text. */
export function reasonCodes(value: unknown): string[] {
  if (value === undefined || value === null || value === '') return [];
  return textOf(value, 'The reasons', 1_000)
    .split(',')
    .map((part) => {
      const member = enumMember('correlationReason', part.trim());
      if (member === undefined || member === 'unknownFutureValue')
        throw badRequest(`'${part.trim().slice(0, 100)}' is not a correlation reason.`);
      return member;
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
