import { randomUUID } from 'node:crypto';
import { ParapetError } from '@parapet/schema';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Error codes of the reference by status (spec A 6.5). */
const CODES: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'InvalidAuthenticationToken',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  412: 'PreconditionFailed',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  424: 'FailedDependency',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
};

/** A refusal with the code that clients of the reference know. */
export class ApiError extends ParapetError {
  constructor(
    status: number,
    message: string,
    readonly apiCode: string = CODES[status] ?? 'BadRequest',
    details?: unknown,
  ) {
    super(apiCode, status, message, undefined, details);
    this.name = 'ApiError';
  }
}

export const badRequest = (message: string): ApiError => new ApiError(400, message);

/** What went wrong, as status, code and message; undefined for what nobody foresaw. */
export function shownError(
  error: Error & { statusCode?: number; code?: string },
):
  | { readonly status: number; readonly code: string; readonly message: string; readonly details?: unknown }
  | undefined {
  if (error instanceof ParapetError) {
    // Merged incidents and bad values are the caller's mistakes in one word.
    const status = error.code === 'incident_redirected' ? 400 : error.status === 499 ? 503 : error.status;
    if (status >= 500 && status !== 503) return undefined;
    const message = [error.message, error instanceof ApiError ? undefined : error.hint].filter(Boolean).join(' ');
    return {
      status,
      code: error instanceof ApiError ? error.apiCode : (CODES[status] ?? 'BadRequest'),
      message,
      details: error.details,
    };
  }
  const status = error.statusCode ?? 500;
  if (status >= 500) return undefined;
  const message =
    status === 413
      ? 'The request body is larger than this address accepts.'
      : status === 415
        ? 'The request body must be application/json.'
        : `Unable to read the request: ${error.message}`;
  return { status, code: CODES[status] ?? 'BadRequest', message };
}

const printable = /^[\x20-\x7e]{1,100}$/;

/** Give every answer its `request-id`, and the caller's own id back. */
export function stampIds(request: FastifyRequest, reply: FastifyReply): string {
  const known = reply.getHeader('request-id');
  if (typeof known === 'string') return known;
  const id = randomUUID();
  reply.header('request-id', id);
  const own = clientRequestId(request);
  if (own !== undefined) reply.header('client-request-id', own);
  return id;
}

export function clientRequestId(request: FastifyRequest): string | undefined {
  const given = request.headers['client-request-id'];
  return typeof given === 'string' && printable.test(given) ? given : undefined;
}

/** The error body of the reference, with ids under which the log tells more. */
export function sendApiError(error: Error & { statusCode?: number }, request: FastifyRequest, reply: FastifyReply) {
  const id = stampIds(request, reply);
  const known = shownError(error);
  if (!known)
    request.log.error({ err: error, requestId: id, url: request.routeOptions.url }, 'A call of the public API failed');
  const status = known?.status ?? 500;
  const wait = (known?.details as { retryAfterSeconds?: unknown } | null | undefined)?.retryAfterSeconds;
  if (typeof wait === 'number') reply.header('retry-after', wait);
  if (status === 401)
    reply.header(
      'www-authenticate',
      `Bearer realm="", error="invalid_token", error_description="${known?.message ?? ''}"`,
    );
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send({
      error: {
        code: known?.code ?? 'InternalServerError',
        message: known?.message ?? 'Something failed inside Parapet; the log holds the detail under the request id.',
        innerError: {
          date: new Date().toISOString().slice(0, 19),
          'request-id': id,
          'client-request-id': clientRequestId(request) ?? id,
        },
      },
    });
}
