import { ParapetError } from '@parapet/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerFailures, type HttpIngest, rawBody, readRawBodies } from '../http/scope.ts';
import type { Sender } from '../types.ts';
import { type Encoding, exportAnswer, exportLogs, rpcCode, statusBody, UnreadableRequest } from './export.ts';

const TYPES: Readonly<Record<Encoding, string>> = { json: 'application/json', proto: 'application/x-protobuf' };

/** OTLP/HTTP logs: `POST /v1/logs`, and `/otlp/v1/logs` for those who give an address with a path. */
export function registerOtlp(app: FastifyInstance, http: HttpIngest): void {
  const { ingest } = http;
  const senders = new WeakMap<FastifyRequest, Sender>();
  app.register(async (scope) => {
    readRawBodies(scope, http);
    answerFailures(scope, (reply, failure, request) =>
      send(
        reply.code(failure.status),
        encodingOf(request),
        statusBody(rpcCode(failure.status), failure.message, encodingOf(request)),
      ),
    );
    scope.addHook('onRequest', async (request, reply) => {
      const sender = await ingest.options.authenticate(request);
      if (!sender) {
        reply.header('WWW-Authenticate', 'Bearer, ApiKey, Basic realm="parapet"');
        throw new ParapetError(
          'unauthenticated',
          401,
          'This request carries no valid key.',
          'Send the header "Authorization: Bearer <key>" with a key of the portal.',
        );
      }
      senders.set(request, sender);
    });
    const receive = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const sender = senders.get(request);
      if (!sender) throw new ParapetError('unauthenticated', 401, 'This request carries no valid key.');
      const encoding = encodingOf(request);
      const type = mediaType(request);
      if (type !== TYPES.json && type !== TYPES.proto && type !== 'application/protobuf')
        throw new ParapetError(
          'unsupported_media_type',
          415,
          `Content-Type ${type.slice(0, 60) || '(none)'} is not supported.`,
          `Send ${TYPES.proto} or ${TYPES.json}.`,
        );
      try {
        const exported = await exportLogs(ingest, sender, rawBody(request), encoding);
        return send(reply.code(200), encoding, exportAnswer(exported, encoding));
      } catch (error) {
        if (!(error instanceof UnreadableRequest)) throw error;
        throw new ParapetError('malformed_request', 400, error.message, 'Nothing of it was stored.');
      }
    };
    for (const url of ['/v1/logs', '/otlp/v1/logs'])
      scope.route({ method: 'POST', url, config: { public: true }, handler: receive });
  });
}

function mediaType(request: FastifyRequest): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** Answers have the type of the request. */
function encodingOf(request: FastifyRequest): Encoding {
  return mediaType(request) === TYPES.json ? 'json' : 'proto';
}

function send(reply: FastifyReply, encoding: Encoding, body: Buffer): FastifyReply {
  return reply.header('Content-Type', TYPES[encoding]).send(body);
}
