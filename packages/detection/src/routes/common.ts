import { ParapetError, type Permission } from '@parapet/schema';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../stored/service.ts';

export const READ: { permission: Permission } = { permission: 'SecData.Read' };
export const MANAGE: { permission: Permission } = { permission: 'DetTune.Manage' };

export const invalid = (message: string): ParapetError => new ParapetError('invalid_request', 400, message);

export const actorOf = (request: FastifyRequest): Actor => ({
  username: request.principal.username,
  remoteAddress: request.ip,
});

/** A body that is an object. */
export function bodyOf(request: FastifyRequest): Record<string, unknown> {
  const { body } = request;
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid('The body must be a JSON object.');
  return body as Record<string, unknown>;
}

export function whole(value: unknown, fallback: number, least: number, most: number, name: string): number {
  const number = value === undefined || value === null || value === '' ? fallback : Number(value);
  if (!Number.isInteger(number) || number < least || number > most)
    throw invalid(`${name} must be a whole number from ${least} to ${most}.`);
  return number;
}

export function optionalText(value: unknown, name: string, most = 500): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string' || value.length > most)
    throw invalid(`${name} must be a text of at most ${most} characters.`);
  return value;
}
