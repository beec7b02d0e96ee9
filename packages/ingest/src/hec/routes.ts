import { createHash } from 'node:crypto';
import { ParapetError } from '@parapet/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Replays } from '../generic/replays.ts';
import { Growth } from '../http/growth.ts';
import { parseObject } from '../http/json.ts';
import { failureOf, type HttpIngest, rawBody, readRawBodies, settingOf } from '../http/scope.ts';
import type { Sender } from '../types.ts';
import { Acks } from './acks.ts';
import { HEC, HecError, sendHec } from './codes.ts';
import { type EventOptions, type LineBreaking, type ParsedEvents, parseEvents, parseRaw } from './parse.ts';
import type { HecMeta } from './record.ts';

const CHANNEL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MAX_ACKS_ASKED = 100_000;
/** Requests with bad events that are remembered. */
const MAX_FAILED = 10_000;

type Query = Readonly<Record<string, string | string[] | undefined>>;

/** The HTTP Event Collector of Splunk under `/services/collector`. */
export function registerHec(app: FastifyInstance, http: HttpIngest): void {
  const { ingest } = http;
  const acks = new Acks(() => ingest.committedSequence());
  const config = { public: true } as const;
  /**
   * Requests of which the events before the first bad one were stored and the answer was 400: a sender that repeats one as
   * it was gets the same answer, and nothing is stored again. By sender, address and content.
   */
  const failed = new Replays<null>(MAX_FAILED);

  app.register(async (scope) => {
    readRawBodies(scope, http);
    scope.setErrorHandler((error, request, reply) => sendFailure(reply, error, request));

    // Before anything of the body is read: nobody unknown may fill memory.
    const senders = new WeakMap<FastifyRequest, Sender>();
    const identify = async (request: FastifyRequest): Promise<void> => {
      senders.set(request, await senderOf(http, request));
    };
    const known = (request: FastifyRequest): Sender => {
      const sender = senders.get(request);
      if (!sender) throw new HecError(HEC.tokenRequired);
      return sender;
    };
    const receive =
      (parse: (body: Buffer, options: EventOptions, sender: Sender) => ParsedEvents) =>
      async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
        const sender = known(request);
        const channel = channelOf(request);
        const useAck = settingOf(http, sender, 'useAck') === true;
        if (useAck && channel === null) throw new HecError(HEC.channelMissing);
        const body = rawBody(request);
        const parsed = parse(body, eventOptions(http, sender, request), sender);
        if (parsed.accepted === 0 && !parsed.failure) throw new HecError(HEC.noData);
        if (useAck && channel !== null && !acks.hasRoom(sender.id, channel)) throw new HecError(HEC.busy);
        if (parsed.failure) {
          await failed.once(requestKey(sender, request, body), async () => {
            await ingest.appendRequest(sender, parsed);
            return null;
          });
          throw new HecError(parsed.failure.answer, { 'invalid-event-number': parsed.failure.number });
        }
        const { endSequence } = await ingest.appendRequest(sender, parsed);
        return sendHec(
          reply,
          HEC.success,
          useAck && channel !== null ? { ackId: acks.add(sender.id, channel, endSequence) } : {},
        );
      };
    const event = receive(parseEvents);
    const raw = receive((body, options, sender) =>
      parseRaw(body, (settingOf(http, sender, 'lineBreaking') as LineBreaking | undefined) ?? 'line', options),
    );

    for (const path of ['', '/event']) {
      for (const version of ['', '/1.0'])
        scope.route({
          method: 'POST',
          url: `/services/collector${path}${version}`,
          config,
          onRequest: identify,
          handler: event,
        });
    }
    for (const version of ['', '/1.0']) {
      scope.route({
        method: 'POST',
        url: `/services/collector/raw${version}`,
        config,
        onRequest: identify,
        handler: raw,
      });
      scope.route({
        method: 'GET',
        url: `/services/collector/health${version}`,
        config,
        handler: async (_request, reply) => {
          const { bufferBytes, bufferBudgetBytes } = ingest.metrics();
          return sendHec(reply, bufferBytes < bufferBudgetBytes ? HEC.healthy : HEC.unhealthy);
        },
      });
    }
    // Docker's log driver asks this way whether the address is right.
    scope.route({
      method: 'OPTIONS',
      url: '/services/collector/event/1.0',
      config,
      handler: async (_request, reply) => sendHec(reply, HEC.success),
    });
    scope.route({
      method: 'POST',
      url: '/services/collector/ack',
      config,
      onRequest: identify,
      handler: async (request, reply) => {
        const sender = known(request);
        if (settingOf(http, sender, 'useAck') !== true) throw new HecError(HEC.ackDisabled);
        const channel = channelOf(request);
        if (channel === null) throw new HecError(HEC.channelMissing);
        const ids = parseObject(rawBody(request).toString('utf8'))?.acks;
        if (!Array.isArray(ids) || ids.length > MAX_ACKS_ASKED || !ids.every((id) => Number.isSafeInteger(id)))
          throw new HecError(HEC.invalidFormat);
        return reply.send({ acks: acks.ask(sender.id, channel, ids as number[]) });
      },
    });
  });
}

/** What makes a request the same request: who sends it, where to, and every byte of it. */
function requestKey(sender: Sender, request: FastifyRequest, body: Buffer): string {
  return createHash('sha256')
    .update(`${sender.id}\n${request.url}\n${request.headers['x-splunk-request-channel'] ?? ''}\n`)
    .update(body)
    .digest('base64');
}

/**
 * @throws HecError when nobody may send with what the request carries
 */
async function senderOf(http: HttpIngest, request: FastifyRequest): Promise<Sender> {
  const { ingest } = http;
  const header = request.headers.authorization;
  const query = (request.query as Query).token;
  if (header === undefined && typeof query !== 'string') throw new HecError(HEC.tokenRequired);
  if (header !== undefined && !/^(splunk|basic|bearer|apikey) +\S/i.test(header))
    throw new HecError(HEC.invalidAuthorization);
  try {
    let sender = header === undefined ? null : await ingest.options.authenticate(request);
    const password = /^basic +(\S+)$/i.exec(header ?? '')?.[1];
    // Basic carries the token as password, under any name.
    if (!sender && password !== undefined) {
      const pair = Buffer.from(password, 'base64').toString('utf8');
      sender = (await ingest.options.verifySecret?.(pair.slice(pair.indexOf(':') + 1))) ?? null;
    }
    if (!sender && header === undefined && typeof query === 'string') {
      sender = (await ingest.options.verifySecret?.(query)) ?? null;
      if (sender && settingOf(http, sender, 'queryToken') !== true) throw new HecError(HEC.noQueryToken);
    }
    if (sender) return sender;
  } catch (error) {
    if (error instanceof ParapetError && error.code === 'source_disabled') throw new HecError(HEC.disabled);
    throw error;
  }
  throw new HecError(HEC.invalidToken);
}

/** @throws HecError when the channel is not an identifier as the protocol has them */
function channelOf(request: FastifyRequest): string | null {
  const header = request.headers['x-splunk-request-channel'];
  const channel = header ?? (request.query as Query).channel;
  if (channel === undefined || channel === '') return null;
  if (typeof channel !== 'string' || !CHANNEL.test(channel)) throw new HecError(HEC.invalidChannel);
  return channel;
}

function eventOptions(http: HttpIngest, sender: Sender, request: FastifyRequest): EventOptions {
  const query = request.query as Query;
  const given = (name: string): string | undefined => {
    const value = query[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const listed = String(settingOf(http, sender, 'indexes') ?? '')
    .split(/[\s,]+/)
    .filter((name) => name !== '');
  const indexes = listed.length > 0 ? new Set(listed) : null;
  const index = given('index');
  if (indexes && index !== undefined && !indexes.has(index)) throw new HecError(HEC.incorrectIndex);
  const defaults: Record<string, unknown> = {};
  for (const name of ['time', 'host', 'source', 'sourcetype', 'index'] as const satisfies (keyof HecMeta)[])
    if (given(name) !== undefined) defaults[name] = given(name);
  const { maxLineBytes, maxBodyBytes } = http.ingest.limits;
  return { maxBytes: maxLineBytes, defaults, indexes, growth: new Growth(maxBodyBytes) };
}

function sendFailure(reply: FastifyReply, error: unknown, request: FastifyRequest): FastifyReply {
  if (error instanceof HecError) {
    if (error.answer === HEC.busy) reply.header('Retry-After', 5);
    return sendHec(reply, error.answer, error.extra);
  }
  const failure = failureOf(error, request);
  if (failure.retryAfter !== null) reply.header('Retry-After', failure.retryAfter);
  const detail = { detail: failure.message };
  switch (failure.status) {
    case 429:
      // A sender over its own limit is told so; a full buffer is the server's trouble.
      return sendHec(reply, HEC.busy, detail, failure.code === 'source_rate' ? 429 : 503);
    case 503:
      return sendHec(reply, HEC.busy, detail);
    case 500:
      return sendHec(reply, HEC.internal, detail);
    default:
      return sendHec(reply, HEC.invalidFormat, detail, failure.status);
  }
}
