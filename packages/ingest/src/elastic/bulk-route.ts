import { performance } from 'node:perf_hooks';
import { ParapetError } from '@parapet/schema';
import type { FastifyReply } from 'fastify';
import type { Ingest, RejectedLine, Sender } from '../types.ts';
import { type BulkItem, MalformedBulk, type ParsedBulk, parseBulk } from './bulk-parser.ts';
import { elasticError } from './errors.ts';
import { filterPath } from './filter-path.ts';

const EMPTY: ReadonlyMap<string, readonly Uint8Array[]> = new Map();

/**
 * Parse, store durably, then answer item by item.
 * @throws ParapetError when nothing could be stored for a reason the sender should hear as a whole
 */
export async function handleBulk(
  ingest: Ingest,
  sender: Sender,
  body: Buffer,
  defaultIndex: string,
  filter: string | undefined,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const started = performance.now();
  let parsed: ParsedBulk;
  try {
    parsed = parseBulk(body, defaultIndex, { maxLineBytes: ingest.limits.maxLineBytes });
  } catch (error) {
    if (!(error instanceof MalformedBulk)) throw error;
    await ingest.appendRequest(sender, { groups: EMPTY, rejected: error.dead });
    return reply.code(400).send(elasticError('illegal_argument_exception', error.message, 400));
  }
  if (parsed.items.length === 0)
    return reply
      .code(400)
      .send(
        elasticError(
          'parse_exception',
          'The request has no lines: send NDJSON with an action line before each event.',
          400,
        ),
      );
  let firstSequence = 0;
  try {
    ({ firstSequence } = await ingest.appendRequest(sender, { groups: parsed.groups, rejected: parsed.dead }));
  } catch (error) {
    if (!(error instanceof ParapetError) || error.status !== 429) throw error;
    return refuse(reply, parsed.items, error, started, filter);
  }
  return send(reply.code(200), bulkAnswer(parsed.items, firstSequence, performance.now() - started), filter);
}

/** Over budget: the whole request and every item that could have been stored say 429, as Elasticsearch does. */
function refuse(
  reply: FastifyReply,
  items: readonly BulkItem[],
  error: ParapetError,
  started: number,
  filter: string | undefined,
): FastifyReply {
  const refused = items.map((item) =>
    item.status === 201
      ? { ...item, status: 429, error: { type: 'es_rejected_execution_exception', reason: error.message } }
      : item,
  );
  reply.code(429).header('Retry-After', '5');
  const answer = JSON.parse(bulkAnswer(refused, 0, performance.now() - started)) as Record<string, unknown>;
  const whole = {
    ...answer,
    ...elasticError('es_rejected_execution_exception', `${error.message} ${error.hint ?? ''}`.trim(), 429),
  };
  return send(reply, JSON.stringify(whole), filter);
}

function send(reply: FastifyReply, answer: string, filter: string | undefined): FastifyReply {
  reply.header('Content-Type', 'application/json');
  return reply.send(filter ? JSON.stringify(filterPath(JSON.parse(answer), filter)) : answer);
}

/** Built as text: a request of thousands of items is answered without thousands of objects. */
export function bulkAnswer(items: readonly BulkItem[], firstSequence: number, tookMs: number): string {
  const parts: string[] = [];
  let errors = false;
  let stored = 0;
  for (const item of items) {
    if (item.error) {
      errors = true;
      const id = item.id === null ? '' : `"_id":${JSON.stringify(item.id)},`;
      parts.push(
        `{"${item.action}":{"_index":${JSON.stringify(item.index)},${id}"status":${item.status},"error":${JSON.stringify(item.error)}}}`,
      );
      continue;
    }
    const id = item.id === null ? `p${(firstSequence + stored).toString(36)}` : item.id;
    stored++;
    parts.push(
      `{"${item.action}":{"_index":${JSON.stringify(item.index)},"_id":${JSON.stringify(id)},"_version":1,"result":"created","_shards":{"total":1,"successful":1,"failed":0},"_seq_no":${firstSequence + stored},"_primary_term":1,"status":201}}`,
    );
  }
  return `{"took":${Math.round(tookMs)},"errors":${errors},"items":[${parts.join(',')}]}`;
}

/** A request that was refused before its lines were read still leaves a trace. */
export function refusedBody(detail: string): RejectedLine {
  return { reason: 'body_too_large', detail, raw: new Uint8Array() };
}
