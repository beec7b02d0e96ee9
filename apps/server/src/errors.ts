import { randomUUID } from 'node:crypto';
import { type ErrorBody, ParapetError } from '@parapet/schema';
import type { FastifyError, FastifyInstance } from 'fastify';

/** Seconds to wait that an error names. */
export function retryAfter(error: ParapetError): number | undefined {
  const details = error.details as { readonly retryAfterSeconds?: unknown } | null | undefined;
  return typeof details?.retryAfterSeconds === 'number' ? details.retryAfterSeconds : undefined;
}

/** What Fastify itself refuses, in the words of our own errors. */
export function fromFastify(error: FastifyError): ParapetError | undefined {
  if (error.validation) {
    const first = error.validation[0];
    const field = [error.validationContext, ...(first?.instancePath.split('/').filter(Boolean) ?? [])]
      .filter(Boolean)
      .join('.');
    const allowed =
      first?.params && 'allowedValues' in first.params
        ? ` Allowed: ${(first.params.allowedValues as unknown[]).join(', ')}.`
        : '';
    return new ParapetError(
      'bad_request',
      400,
      `${field}: ${first?.message ?? error.message}.${allowed}`,
      undefined,
      error.validation,
    );
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new ParapetError(
      'body_too_large',
      413,
      'The request body is larger than this address accepts.',
      'Send less at once.',
    );
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new ParapetError(
      'unsupported_media_type',
      415,
      'The request body must be JSON.',
      'Set Content-Type: application/json.',
    );
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return new ParapetError('bad_request', error.statusCode, error.message);
  return undefined;
}

/** Every failed call answers in one shape; what nobody foresaw is logged under an id and told without detail. */
export function registerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const known = error instanceof ParapetError ? error : fromFastify(error);
    const requestId = randomUUID();
    if (!known || known.status >= 500)
      request.log.error(
        { err: error, requestId, url: request.routeOptions.url, method: request.method },
        'A request failed',
      );
    const shown =
      known ??
      new ParapetError(
        'internal_error',
        500,
        'Something failed inside Parapet; nothing you sent was changed half-way.',
        `Quote ${requestId} when asking for help; the log holds the detail.`,
      );
    // An engine message may quote a row; people see that something failed, the log says what.
    const message = shown.code === 'engine_error' ? 'The telemetry engine refused the query.' : shown.message;
    const body: ErrorBody = {
      error: {
        code: shown.code,
        message,
        ...(shown.hint ? { hint: shown.hint } : {}),
        ...(shown.details !== undefined && shown.code !== 'engine_error' ? { details: shown.details } : {}),
        requestId,
      },
    };
    const wait = retryAfter(shown);
    if (wait !== undefined) void reply.header('retry-after', wait);
    return reply.code(shown.status).type('application/json').send(body);
  });
}
