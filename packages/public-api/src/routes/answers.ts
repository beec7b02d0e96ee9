/** What the routes of alerts and incidents have in common: reading their bodies, and the envelopes of their answers. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { baseUrl, callerOf, sendJson, wantsAllMembers } from '../auth.ts';
import { bodyOf, textOf } from '../body.ts';
import { badRequest } from '../errors.ts';
import { enumMember } from '../graph/enums.ts';
import type { WireContext } from '../graph/records.ts';
import type { CollectionQuery } from '../odata/options.ts';
import type { PublicApiOptions } from '../types.ts';

/** The query of a list as the records take it. */
export function pageQuery({ order, top, skip, count, condition, after }: CollectionQuery) {
  return {
    order,
    limit: top,
    skip,
    count,
    ...(condition ? { condition } : {}),
    ...(after ? { after } : {}),
  };
}

interface RecordPage<T> {
  readonly items: readonly T[];
  readonly total?: number | undefined;
  readonly next?: Parameters<CollectionQuery['nextLink']>[1] | undefined;
}

/** A page of a list with its envelope; `context` and `path` stand behind the address of the API. */
export function sendPage<T>(
  reply: FastifyReply,
  { base }: WireContext,
  query: CollectionQuery,
  page: RecordPage<T>,
  what: { readonly context: string; readonly path: string; readonly value: (record: T) => unknown },
): FastifyReply {
  return sendJson(reply, {
    '@odata.context': `${base}/${what.context}`,
    ...(page.total === undefined ? {} : { '@odata.count': page.total }),
    ...(page.next ? { '@odata.nextLink': query.nextLink(base + what.path, page.next) } : {}),
    value: page.items.map(what.value),
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
