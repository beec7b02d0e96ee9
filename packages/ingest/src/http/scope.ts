import type { Readable } from 'node:stream';
import { ParapetError } from '@parapet/schema';
import type { Sealer, StateDb } from '@parapet/state';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SourceRegistry } from '../sources/registry.ts';
import type { Ingest, Sender } from '../types.ts';
import { type BodyBudget, readBody } from './body.ts';

/** What protocols on the main port share. */
export interface HttpIngest {
  readonly ingest: Ingest;
  /** Memory for request bodies, over all protocols. */
  readonly budget: BodyBudget;
  /** Settings of sources; without it every source has the defaults of its kind. */
  readonly registry?: SourceRegistry;
  /** Makes and opens tokens that are handed out. Without it no protocol hands out any. */
  readonly sealer?: Sealer;
  readonly db?: StateDb;
  /** Another room answers the token endpoints and hands out {@link issueSenderToken} for keys of senders. */
  readonly tokensElsewhere?: boolean;
  /** Put on record who did what. */
  audit?(
    request: FastifyRequest,
    action: string,
    target: string,
    change: { readonly before?: unknown; readonly after?: unknown },
  ): Promise<void>;
}

interface RawBody {
  readonly body: Buffer;
  release(): void;
}

/**
 * In this scope every request body, whatever its type, is read raw, decompressed and counted against the shared budget.
 * Its memory is given back when the answer has gone out or the client has left.
 */
export function readRawBodies(scope: FastifyInstance, http: HttpIngest, maxBodyBytes?: number): void {
  const limit = Math.min(maxBodyBytes ?? Number.POSITIVE_INFINITY, http.ingest.limits.maxBodyBytes);
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { bodyLimit: limit }, async (request: FastifyRequest, stream: Readable) => {
    const length = Number(request.headers['content-length'] ?? 0);
    if (length > limit)
      throw new ParapetError(
        'body_too_large',
        413,
        `The request body is larger than ${limit} bytes; nothing of it was stored.`,
        'Send fewer events in one request.',
        { limit, length },
      );
    return readBody(stream, request.headers['content-encoding'], { maxBodyBytes: limit }, http.budget);
  });
  const release = (request: FastifyRequest): void => (request.body as RawBody | null | undefined)?.release?.();
  scope.addHook('preHandler', async (request, reply) => {
    if (reply.raw.closed) release(request);
    else reply.raw.once('close', () => release(request));
  });
  scope.addHook('onResponse', async (request) => release(request));
}

const EMPTY = Buffer.alloc(0);

/** The body that {@link readRawBodies} collected; empty when there was none. */
export function rawBody(request: FastifyRequest): Buffer {
  return (request.body as RawBody | null | undefined)?.body ?? EMPTY;
}

/** Setting of a source, or what its kind falls back to. */
export function settingOf(http: HttpIngest, sender: Sender, name: string): unknown {
  return http.registry?.get(sender.id)?.settings[name];
}

/** Seconds after which a refused request should be sent again. */
export function retryAfterSeconds(error: ParapetError): number {
  const wait = (error.details as { retryAfterMs?: unknown } | null | undefined)?.retryAfterMs;
  return typeof wait === 'number' && wait > 0 ? Math.ceil(wait / 1_000) : 5;
}

/** What a protocol answers to a failed request. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Seconds, for 429 and 503. */
  readonly retryAfter: number | null;
}

/** Any error as a protocol may show it: nothing of what nobody foresaw leaves the process. */
export function failureOf(error: unknown, request: FastifyRequest): Failure {
  if (error instanceof ParapetError)
    return {
      status: error.status,
      code: error.code,
      message: error.hint ? `${error.message} ${error.hint}` : error.message,
      retryAfter: error.status === 429 || error.status === 503 ? retryAfterSeconds(error) : null,
    };
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  if (status < 500) return { status, code: 'bad_request', message: (error as Error).message, retryAfter: null };
  request.log.error({ err: error }, 'ingest request failed');
  return {
    status: 500,
    code: 'internal_error',
    message: `Unexpected failure; quote request ${request.id} when asking for help.`,
    retryAfter: null,
  };
}

/** Answer every error of this scope in the protocol's own form. */
export function answerFailures(
  scope: FastifyInstance,
  send: (reply: FastifyReply, failure: Failure, request: FastifyRequest, error: unknown) => FastifyReply,
): void {
  scope.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error, request);
    if (failure.retryAfter !== null) reply.header('Retry-After', failure.retryAfter);
    return send(reply, failure, request, error);
  });
}
