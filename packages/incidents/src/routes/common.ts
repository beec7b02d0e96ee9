import { ParapetError } from '@parapet/schema';
import type { FastifyRequest } from 'fastify';
import type { Actor, Caller, CallersView, Incidents } from '../types.ts';

/** Route options of everything that only shows: programs read with a key made for queries, as they hunt. */
export const READ = { permission: 'SecData.Read', queryKey: true } as const;
/** Route options of everything that changes alerts or incidents. */
export const MANAGE = { permission: 'Alerts.Manage' } as const;

/** @throws ParapetError `unauthenticated` 401 when no hook has said who is calling */
export function callerOf(request: FastifyRequest): Caller {
  const { principal } = request as { principal?: Caller | null };
  if (!principal) throw new ParapetError('unauthenticated', 401, 'Sign in first.');
  return principal;
}

/** Everything a route answers comes through its caller's eyes. */
export function viewOf(service: Incidents, request: FastifyRequest): Promise<CallersView> {
  return service.as(callerOf(request));
}

export function actorOf(request: FastifyRequest): Actor {
  return { username: callerOf(request).username, remoteAddress: request.ip };
}

/** One value or several, each comma-separated. */
export const list = {
  anyOf: [
    { type: 'string', maxLength: 4000 },
    { type: 'array', maxItems: 100, items: { type: 'string', maxLength: 1000 } },
  ],
} as const;
export const text = (maxLength: number) => ({ type: 'string', maxLength }) as const;
export const paging = {
  page: { type: 'integer', minimum: 1, maximum: 100_000 },
  pageSize: { type: 'integer', minimum: 1, maximum: 200 },
} as const;
export const idParams = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string', minLength: 1, maxLength: 400 } },
} as const;
/** Query strings refuse names they do not know: a misspelt filter must not silently show everything. */
export const queryOf = (properties: Readonly<Record<string, unknown>>) =>
  ({ type: 'object', additionalProperties: false, properties }) as const;

/** A version as `If-Match` carries it, with or without quotes; any version when absent or `*`. */
export function versionOf(request: FastifyRequest): string | undefined {
  const [given] = [request.headers['if-match']].flat();
  const version = given
    ?.trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1');
  return version === undefined || version === '*' ? undefined : version;
}

export const commentParams = {
  type: 'object',
  required: ['id', 'comment'],
  properties: { ...idParams.properties, comment: { type: 'string', minLength: 1, maxLength: 40 } },
} as const;

export const commentBody = {
  type: 'object',
  required: ['text'],
  additionalProperties: false,
  properties: { text: { type: 'string', maxLength: 200_000 } },
} as const;

const nullableText = (maxLength: number) => ({ type: ['string', 'null'], maxLength }) as const;

const alertFields = {
  status: text(40),
  assignedTo: nullableText(1000),
  classification: nullableText(60),
  determination: nullableText(60),
} as const;

const incidentFields = {
  ...alertFields,
  name: nullableText(10_000),
  severity: nullableText(40),
  withAlerts: { type: 'boolean' },
  tags: { type: 'array', maxItems: 1000, items: text(10_000) },
  resolvingComment: text(200_000),
} as const;

export const incidentChangesBody = { type: 'object', additionalProperties: false, properties: incidentFields } as const;
export const alertChangesBody = { type: 'object', additionalProperties: false, properties: alertFields } as const;

export const bulkBody = (changes: object) =>
  ({
    type: 'object',
    required: ['ids', 'changes'],
    additionalProperties: false,
    properties: {
      ids: { type: 'array', minItems: 1, maxItems: 1000, items: { type: 'string', minLength: 1, maxLength: 400 } },
      changes,
      comment: text(200_000),
    },
  }) as const;
