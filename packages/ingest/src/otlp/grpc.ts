import { once } from 'node:events';
import * as http2 from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync, inflateSync } from 'node:zlib';
import { ParapetError } from '@parapet/schema';
import { BodyBudget, readBody } from '../http/body.ts';
import { retryAfterSeconds } from '../http/scope.ts';
import type { ReceiverContext, RunningReceiver } from '../sources/types.ts';
import type { Sender } from '../types.ts';
import { exportAnswer, exportLogs, RPC, rpcCode, UnreadableRequest } from './export.ts';
import { bytesField, numberField } from './wire.ts';

/**
 * The log service over gRPC. Of gRPC it needs one unary call: a request of one framed message, an answer of one, and
 * the outcome in trailers ("gRPC over HTTP2", the protocol's public description).
 */
const METHOD = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
const FRAME_HEADER = 5;
const OK = 0;
const MAX_STREAMS = 200;

class RpcError extends Error {
  constructor(
    readonly code: number,
    message: string,
    /** Milliseconds after which to send again. */
    readonly retryMs: number | null = null,
  ) {
    super(message);
  }
}

/** Listens when the source has a gRPC port; otherwise there is nothing to run. */
export async function startGrpc(context: ReceiverContext): Promise<RunningReceiver> {
  const { settings } = context.source;
  const port = Number(settings.grpcPort ?? 0);
  if (port === 0)
    return { state: () => ({ state: 'ready', detail: 'Served by the main port' }), stop: async () => undefined };
  const cert = String(settings.certificate ?? '').trim();
  const key = String(settings.privateKey ?? '').trim();
  if ((cert === '') !== (key === ''))
    throw new Error('A certificate and its private key belong together: enter both or neither.');
  const options = { maxSessionMemory: 64, settings: { maxConcurrentStreams: MAX_STREAMS } };
  const server = cert
    ? http2.createSecureServer({ ...options, cert, key, minVersion: 'TLSv1.2' })
    : http2.createServer(options);
  const budget = new BodyBudget(context.ingest.limits.maxInflightBytes);
  const sockets = new Set<Socket>();
  let calls = 0;
  server.on(cert ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('session', (session) => session.on('error', () => session.destroy()));
  server.on('stream', (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
    calls++;
    stream.on('error', () => stream.destroy());
    void serve(context, budget, stream, headers);
  });
  const host = String(settings.grpcHost ?? '127.0.0.1');
  server.listen(port, host);
  await once(server, 'listening');
  server.on('error', (error) => context.log.warn({ err: error }, 'gRPC listener'));
  const address = server.address() as AddressInfo;
  return {
    state: () => ({
      state: 'running',
      detail: `HTTP on the main port, gRPC on ${host}:${address.port}${cert ? ' with TLS' : ''}`,
      counters: { connections: sockets.size, calls },
    }),
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function serve(
  context: ReceiverContext,
  budget: BodyBudget,
  stream: http2.ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
): Promise<void> {
  const { ingest } = context;
  let release = (): void => undefined;
  try {
    if (headers[':method'] !== 'POST' || !String(headers['content-type'] ?? '').startsWith('application/grpc')) {
      stream.respond({ ':status': 415 });
      stream.end();
      return;
    }
    if (headers[':path'] !== METHOD)
      throw new RpcError(RPC.unimplemented, `This port serves ${METHOD} alone: only logs are taken.`);
    const sender = await senderOf(context, headers.authorization);
    // Room for the frame's header; the message inside has the limit of every body.
    const maxBodyBytes = ingest.limits.maxBodyBytes + FRAME_HEADER;
    const read = await readBody(stream, undefined, { maxBodyBytes }, budget);
    release = read.release;
    const message = unframe(read.body, headers['grpc-encoding'], ingest.limits.maxBodyBytes);
    const exported = await exportLogs(ingest, sender, message, 'proto');
    finish(stream, OK, '', frame(exportAnswer(exported, 'proto')));
  } catch (error) {
    const failure = asRpc(error, context);
    finish(stream, failure.code, failure.message, null, failure.retryMs);
  } finally {
    release();
  }
}

async function senderOf(context: ReceiverContext, authorization: string | undefined): Promise<Sender> {
  const key = /^(?:bearer|apikey|basic) +(\S+)$/i.exec(authorization ?? '')?.[1];
  const sender = key === undefined ? null : await context.ingest.options.verifySecret?.(key);
  if (!sender)
    throw new RpcError(RPC.unauthenticated, 'No valid key: send the metadata "authorization: Bearer <key>".');
  return sender;
}

function unframe(body: Buffer, encoding: string | string[] | undefined, maxBytes: number): Buffer {
  if (body.length < FRAME_HEADER || body.readUInt32BE(1) !== body.length - FRAME_HEADER)
    throw new RpcError(RPC.invalidArgument, 'The call must hold one message.');
  const message = body.subarray(FRAME_HEADER);
  if (body[0] === 0) return message;
  const unpack = encoding === 'gzip' ? gunzipSync : encoding === 'deflate' ? inflateSync : null;
  if (!unpack) throw new RpcError(RPC.unimplemented, `grpc-encoding ${String(encoding)} is not supported; use gzip.`);
  try {
    return unpack(message, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new RpcError(RPC.invalidArgument, `The message is larger than ${maxBytes} bytes after decompression.`);
    throw new RpcError(RPC.invalidArgument, 'The message is not what its grpc-encoding says.');
  }
}

function asRpc(error: unknown, context: ReceiverContext): RpcError {
  if (error instanceof RpcError) return error;
  if (error instanceof UnreadableRequest) return new RpcError(RPC.invalidArgument, error.message);
  if (error instanceof ParapetError) {
    const text = error.hint ? `${error.message} ${error.hint}` : error.message;
    const later = error.status === 429 || error.status === 503;
    return new RpcError(rpcCode(error.status), text, later ? retryAfterSeconds(error) * 1_000 : null);
  }
  context.log.warn({ err: error }, 'a gRPC call failed');
  return new RpcError(RPC.internal, 'Unexpected failure; see the log of the server.');
}

function frame(message: Buffer): Buffer {
  const header = Buffer.alloc(FRAME_HEADER);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

function finish(
  stream: http2.ServerHttp2Stream,
  code: number,
  message: string,
  body: Buffer | null,
  retryMs: number | null = null,
): void {
  if (stream.destroyed || stream.closed) return;
  const outcome: http2.OutgoingHttpHeaders = { 'grpc-status': String(code) };
  if (message) outcome['grpc-message'] = percent(message);
  if (code !== OK) outcome['grpc-status-details-bin'] = details(code, message, retryMs).toString('base64');
  if (!body) {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...outcome }, { endStream: true });
    // What the client still sends is not read.
    if (!stream.readableEnded) stream.close(http2.constants.NGHTTP2_NO_ERROR);
    return;
  }
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(outcome));
  stream.end(body);
}

/** google.rpc.Status with a RetryInfo, by which a client knows that and when it may send again. */
function details(code: number, message: string, retryMs: number | null): Buffer {
  const parts = [numberField(1, code), bytesField(2, Buffer.from(message, 'utf8'))];
  if (retryMs !== null) {
    const delay = Buffer.concat([numberField(1, Math.floor(retryMs / 1_000)), numberField(2, (retryMs % 1_000) * 1e6)]);
    const info = Buffer.concat([
      bytesField(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo')),
      bytesField(2, bytesField(1, delay)),
    ]);
    parts.push(bytesField(3, info));
  }
  return Buffer.concat(parts);
}

/** Percent-encoding of gRPC messages: everything but printable ASCII, and the percent sign. */
function percent(text: string): string {
  return [...Buffer.from(text.slice(0, 1_000), 'utf8')]
    .map((byte) =>
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}
