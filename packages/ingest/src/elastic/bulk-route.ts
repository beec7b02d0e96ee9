import { performance } from 'node:perf_hooks';
import { ParapetError } from '@parapet/schema';
import type { FastifyReply } from 'fastify';
import { asUtf8 } from '../http/json.ts';
import { retryAfterSeconds } from '../http/scope.ts';
import type { Ingest, RejectedLine, Sender } from '../types.ts';
import { type BulkItem, checkObject, MalformedBulk, type ParsedBulk, parseBulk } from './bulk-parser.ts';
import { elasticError } from './errors.ts';
import { filterPath } from './filter-path.ts';

const EMPTY: ReadonlyMap<string, readonly Uint8Array[]> = new Map();

export interface BulkCall {
  /** Index of the path. */
  readonly index: string;
  readonly filter: string | undefined;
  /**
   * The sender sends single items again, but gives up when a whole request is refused: the bulk helpers of the official
   * clients, which name themselves. Others, Vector for one, do it the other way round.
   */
  readonly byItem: boolean;
}

/**
 * Parse, store durably, then answer item by item.
 * @throws ParapetError when nothing could be stored for a reason the sender should hear as a whole
 */
export async function handleBulk(
  ingest: Ingest,
  sender: Sender,
  body: Buffer,
  { index: defaultIndex, filter, byItem }: BulkCall,
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
    return refuse(reply, parsed.items, error, { filter, byItem, started });
  }
  return send(reply.code(200), bulkAnswer(parsed.items, firstSequence, performance.now() - started), filter);
}

/**
 * One event by itself (`POST /<index>/_doc`), for senders that know no bulk.
 * @throws ParapetError when it could not be stored
 */
export async function handleDocument(
  ingest: Ingest,
  sender: Sender,
  body: Buffer,
  { index, id }: { readonly index: string; readonly id: string | null },
  reply: FastifyReply,
): Promise<FastifyReply> {
  const tooLong = body.length > ingest.limits.maxLineBytes;
  const problem = tooLong ? `The event has ${body.length} bytes.` : checkObject(body);
  if (problem !== null) {
    const dead = {
      reason: tooLong ? 'line_too_long' : 'malformed_json',
      detail: problem,
      raw: body.subarray(0, 65_536),
    };
    await ingest.appendRequest(sender, { groups: EMPTY, rejected: [dead] });
    const type = tooLong ? 'content_too_long_exception' : 'document_parsing_exception';
    return reply.code(tooLong ? 413 : 400).send(elasticError(type, problem, tooLong ? 413 : 400));
  }
  const { firstSequence } = await ingest.append(sender, index, [asUtf8(body)]);
  const answer = JSON.parse(bulkAnswer([{ action: 'create', index, id, status: 201 }], firstSequence, 0)) as {
    items: { create: Record<string, unknown> }[];
  };
  const { status: _status, ...created } = answer.items[0]?.create ?? {};
  return reply.code(201).send(created);
}

/**
 * Over budget or over the rate of the source: every item that could have been stored says 429 and, but for senders that
 * look at items alone, so does the whole request.
 */
function refuse(
  reply: FastifyReply,
  items: readonly BulkItem[],
  error: ParapetError,
  { filter, byItem, started }: Pick<BulkCall, 'filter' | 'byItem'> & { readonly started: number },
): FastifyReply {
  // Nothing was stored, dead letters neither: where items are sent again one by one, bad ones must come again as well.
  const refused = items.map((item) =>
    item.status === 201 || byItem
      ? { ...item, status: 429, error: { type: 'es_rejected_execution_exception', reason: error.message } }
      : item,
  );
  reply.header('Retry-After', retryAfterSeconds(error));
  if (byItem) return send(reply.code(200), bulkAnswer(refused, 0, performance.now() - started), filter);
  reply.code(429);
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

const CREATED = ',"_version":1,"result":"created","_shards":{"total":1,"successful":1,"failed":0},"_seq_no":';

/** Built as text: a request of thousands of items is answered without thousands of objects. */
export function bulkAnswer(items: readonly BulkItem[], firstSequence: number, tookMs: number): string {
  const parts: string[] = [];
  let errors = false;
  let stored = 0;
  let like: BulkItem | undefined;
  let before = '';
  for (const item of items) {
    if (item.error) {
      errors = true;
      const id = item.id === null ? '' : `"_id":${JSON.stringify(item.id)},`;
      parts.push(
        `{"${item.action}":{"_index":${JSON.stringify(item.index)},${id}"status":${item.status},"error":${JSON.stringify(item.error)}}}`,
      );
      continue;
    }
    if (item !== like) {
      like = item;
      before = `{"${item.action}":{"_index":${JSON.stringify(item.index)},"_id":`;
    }
    const id = item.id === null ? `"p${(firstSequence + stored).toString(36)}"` : JSON.stringify(item.id);
    stored++;
    parts.push(`${before}${id}${CREATED}${firstSequence + stored},"_primary_term":1,"status":201}}`);
  }
  return `{"took":${Math.round(tookMs)},"errors":${errors},"items":[${parts.join(',')}]}`;
}

/** A request that was refused before its lines were read still leaves a trace. */
export function refusedBody(detail: string): RejectedLine {
  return { reason: 'body_too_large', detail, raw: new Uint8Array() };
}
