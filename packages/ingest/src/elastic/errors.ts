import { ParapetError } from '@parapet/schema';
import type { FastifyReply } from 'fastify';
import { retryAfterSeconds } from '../http/scope.ts';

/** Our code → the exception name Elasticsearch clients know. */
const TYPES: Readonly<Record<string, string>> = {
  buffer_full: 'es_rejected_execution_exception',
  source_rate: 'es_rejected_execution_exception',
  buffer_disk_full: 'es_rejected_execution_exception',
  too_many_requests: 'es_rejected_execution_exception',
  buffer_disk: 'unavailable_shards_exception',
  ingest_closed: 'node_closed_exception',
  body_too_large: 'content_too_long_exception',
  bad_encoding: 'parse_exception',
  unsupported_encoding: 'media_type_header_exception',
  malformed_request: 'illegal_argument_exception',
  unauthenticated: 'security_exception',
};

/** Body of a failed call, shaped as Elasticsearch does. */
export function elasticError(type: string, reason: string, status: number): Record<string, unknown> {
  return { error: { root_cause: [{ type, reason }], type, reason }, status };
}

export function sendElasticError(reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof ParapetError) {
    const reason = error.hint ? `${error.message} ${error.hint}` : error.message;
    if (error.status === 429 || error.status === 503) reply.header('Retry-After', retryAfterSeconds(error));
    if (error.status === 401) reply.header('WWW-Authenticate', 'ApiKey, Basic realm="parapet"');
    return reply.code(error.status).send(elasticError(TYPES[error.code] ?? 'exception', reason, error.status));
  }
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  if (status < 500)
    return reply.code(status).send(elasticError('illegal_argument_exception', (error as Error).message, status));
  return reply
    .code(500)
    .send(
      elasticError('exception', `Unexpected failure; quote request ${reply.request.id} when asking for help.`, 500),
    );
}
