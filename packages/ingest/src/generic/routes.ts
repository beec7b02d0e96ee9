import { Readable } from 'node:stream';
import { ParapetError } from '@parapet/schema';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { splitDocuments } from '../formats/text.ts';
import { Growth } from '../http/growth.ts';
import { asUtf8, parseObject, withMembers } from '../http/json.ts';
import { answerFailures, type HttpIngest, rawBody, readRawBodies } from '../http/scope.ts';
import { type TableRows, tableMembers } from '../http/table-rows.ts';
import type { Ingest, RejectedLine, Sender } from '../types.ts';
import { Replays } from './replays.ts';

const STEP = 65_536;
const KEEP_BYTES = 65_536;
const SHOWN_ERRORS = 20;
const config = { public: true } as const;

interface Answer {
  /** Ask `GET /api/ingest/batches/<id>` whether its rows can be hunted. */
  readonly id: string;
  readonly accepted: number;
  readonly rejected: number;
  /** The first of what was rejected, and why. */
  readonly errors: readonly string[];
}

/** Events by plain HTTP: `POST /api/ingest/<name>` with JSON, NDJSON, CSV or lines of text, told apart by content. */
export function registerGeneric(app: FastifyInstance, http: HttpIngest): void {
  const { ingest } = http;
  const replays = new Replays<Answer>();
  const senders = new WeakMap<FastifyRequest, Sender>();
  const tables = new Set(ingest.options.store.schema.tables.map((table) => table.name));
  app.register(async (scope) => {
    readRawBodies(scope, http);
    answerFailures(scope, (reply, failure, request, error) =>
      reply.code(failure.status).send({
        error: {
          code: failure.code,
          message: error instanceof ParapetError ? error.message : failure.message,
          ...(error instanceof ParapetError && error.hint ? { hint: error.hint } : {}),
          requestId: request.id,
        },
      }),
    );
    scope.addHook('onRequest', async (request) => {
      const sender = await ingest.options.authenticate(request);
      if (!sender)
        throw new ParapetError(
          'unauthenticated',
          401,
          'This request carries no valid key.',
          'Send the header "Authorization: Bearer <key>" with a key of the portal.',
        );
      senders.set(request, sender);
    });
    scope.route({
      method: 'POST',
      url: '/api/ingest/:name',
      config,
      handler: async (request, reply) => {
        const sender = senders.get(request);
        if (!sender) throw new ParapetError('unauthenticated', 401, 'This request carries no valid key.');
        const { name } = request.params as { name: string };
        const index = name.slice(0, 255);
        const rows = { table: tables.has(index) ? index : null, receivedAt: new Date().toISOString() };
        const take = (): Promise<Answer> => store(ingest, sender, index, rawBody(request), rows);
        const key = request.headers['idempotency-key'];
        if (typeof key !== 'string' || key === '') return reply.code(202).send(await take());
        if (key.length > 200)
          throw new ParapetError('bad_request', 400, 'Idempotency-Key is longer than 200 characters.');
        const { answer, repeated } = await replays.once(`${sender.id}\n${key}`, take);
        if (repeated) reply.header('Idempotent-Replayed', 'true');
        return reply.code(202).send(answer);
      },
    });
    scope.route({
      method: 'GET',
      url: '/api/ingest/batches/:id',
      config,
      handler: async (request) => {
        const { id } = request.params as { id: string };
        const end = /^b[0-9a-z]{1,11}$/.test(id) ? Number.parseInt(id.slice(1), 36) : Number.NaN;
        if (!Number.isSafeInteger(end))
          throw new ParapetError('batch_not_found', 404, 'This is not the id of a batch.', 'Use the id of the answer.');
        return { id, committed: end <= ingest.committedSequence() };
      },
    });
  });
}

async function store(ingest: Ingest, sender: Sender, index: string, body: Buffer, rows: TableRows): Promise<Answer> {
  const growth = new Growth(ingest.limits.maxBodyBytes);
  const documents: Buffer[] = [];
  const rejected: RejectedLine[] = [];
  const refuse = (reason: string, line: number, why: string, raw: Buffer): void => {
    rejected.push({ reason, detail: `Line ${line}: ${why}`, raw: raw.subarray(0, KEEP_BYTES) });
  };
  for await (const found of splitDocuments('request', Readable.from(pieces(body), { objectMode: false }))) {
    if (!('document' in found)) {
      refuse('malformed_event', found.line, found.problem, found.text ?? Buffer.alloc(0));
      continue;
    }
    const { bytes, line } = found.document;
    if (bytes.length > ingest.limits.maxLineBytes) {
      refuse('line_too_long', line, `it has ${bytes.length} bytes; the limit is ${ingest.limits.maxLineBytes}.`, bytes);
      continue;
    }
    const text = asUtf8(bytes);
    const object = parseObject(text.toString('utf8'));
    if (!object) {
      refuse('malformed_json', line, 'it is not a JSON object.', bytes);
      continue;
    }
    const has = (key: string): boolean => Object.hasOwn(object, key);
    const document = withMembers(text, { has }, tableMembers(object, rows));
    growth.add(document.length);
    documents.push(document);
  }
  if (documents.length === 0 && rejected.length === 0)
    throw new ParapetError(
      'no_data',
      400,
      'The request has no events.',
      'Send JSON objects, an array of them, lines of JSON, a table in CSV with a header, or lines of text.',
    );
  const groups = new Map(documents.length > 0 ? [[index, documents]] : []);
  const { endSequence } = await ingest.appendRequest(sender, { groups, rejected });
  return {
    id: `b${endSequence.toString(36)}`,
    accepted: documents.length,
    rejected: rejected.length,
    errors: rejected.slice(0, SHOWN_ERRORS).map((line) => line.detail),
  };
}

function* pieces(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += STEP) yield body.subarray(at, at + STEP);
}
