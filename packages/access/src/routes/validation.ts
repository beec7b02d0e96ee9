import { ParapetError } from '@parapet/schema';
import type { FastifySchemaValidationError } from 'fastify';

/** A sentence for people instead of the validator's: `username must be at most 64 characters long`. */
export function invalidRequest(errors: readonly FastifySchemaValidationError[], part: string): ParapetError {
  const error = errors[0];
  const params = (error?.params ?? {}) as Record<string, unknown>;
  const path = (error?.instancePath ?? '').slice(1).replaceAll('/', '.');
  const field = path || (part === 'body' ? 'The body' : 'The query');
  const message = sentence(error?.keyword ?? '', field, path, params, error?.message);
  return new ParapetError('invalid_request', 400, `${message}.`, undefined, { field: path || params.missingProperty });
}

function sentence(
  keyword: string,
  field: string,
  path: string,
  params: Record<string, unknown>,
  fallback: string | undefined,
): string {
  switch (keyword) {
    case 'required':
      return `${path ? `${path}.` : ''}${String(params.missingProperty)} is missing`;
    case 'additionalProperties':
      return `${field} has an unknown field: ${String(params.additionalProperty).slice(0, 100)}`;
    case 'minLength':
      return params.limit === 1 ? `${field} is empty` : `${field} must be at least ${params.limit} characters long`;
    case 'maxLength':
      return `${field} must be at most ${params.limit} characters long`;
    case 'enum':
      return `${field} must be one of ${(params.allowedValues as unknown[]).filter((value) => value !== null).join(', ')}`;
    default:
      return `${field} ${fallback ?? 'is not valid'}`;
  }
}

/** `page` and `pageSize` of every list. */
export const paging = {
  page: { type: 'integer', minimum: 1, maximum: 1_000_000, default: 1 },
  pageSize: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
} as const;

export interface Paging {
  readonly page: number;
  readonly pageSize: number;
}

/** `a,b` as the portal sends lists; every item must be one of those allowed. */
export function listOf<T extends string>(
  text: string | undefined,
  allowed: readonly T[],
  field: string,
): T[] | undefined {
  if (!text) return undefined;
  const items = text.split(',').map((item) => item.trim());
  const unknown = items.find((item) => !(allowed as readonly string[]).includes(item));
  if (unknown !== undefined) {
    throw new ParapetError('invalid_request', 400, `${field} must be one of ${allowed.join(', ')}.`, undefined, {
      field,
    });
  }
  return items as T[];
}

/** An instant from a query string. */
export function instant(text: string | undefined, field: string): Date | undefined {
  if (!text) return undefined;
  const at = new Date(text);
  // PostgreSQL's range is wider than four-digit years, but nothing here is older or later.
  if (Number.isNaN(at.getTime()) || at.getUTCFullYear() < 1 || at.getUTCFullYear() > 9999) {
    throw new ParapetError('invalid_request', 400, `${field} must be an ISO 8601 time.`, undefined, { field });
  }
  return at;
}

/** The version in an `If-Match` header: `"3"` or `3`; undefined without one or for `*`. */
export function versionOf(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const [, digits] = /^\s*(?:W\/)?"?(\d{1,15})"?\s*$/.exec(header) ?? [];
  if (digits === undefined) {
    throw new ParapetError('invalid_request', 400, 'If-Match must be the version of what is changed.', undefined, {
      field: 'if-match',
    });
  }
  return Number(digits);
}
