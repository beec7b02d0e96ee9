import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { Batcher } from './batcher.ts';
import { Framer, MESSAGE_LIMIT } from './framing.ts';
import { originJson, syslogRecord, syslogText } from './parse.ts';
import { plainAddress } from './peers.ts';
import { RELP_OPEN, RelpReader, relpAnswer } from './relp.ts';
import type { SyslogSettings } from './settings.ts';

export interface StreamCounters {
  received: number;
  truncated: number;
  connections: number;
  refusedPeers: number;
  refusedConnections: number;
  failedHandshakes: number;
  framingErrors: number;
}

export interface StreamListener {
  readonly port: number;
  readonly counters: StreamCounters;
  /** Subjects of the client certificates that are connected. */
  subjects(): string[];
  /** Stop reading and close. What was read is with the batcher. */
  close(): Promise<void>;
}

/** Gives the other connections their turn. */
const YIELD_AFTER = 2_000;

/**
 * Listen for syslog or RELP over TCP or TLS. A connection is not read while there is no room, so that the sender's own
 * queue fills; RELP is answered once a message is on disk.
 * @throws Error when the port cannot be had
 */
export async function listenStream(settings: SyslogSettings, batcher: Batcher): Promise<StreamListener> {
  const counters: StreamCounters = {
    received: 0,
    truncated: 0,
    connections: 0,
    refusedPeers: 0,
    refusedConnections: 0,
    failedHandshakes: 0,
    framingErrors: 0,
  };
  const open = new Map<Socket, string>();
  const relp = settings.transport === 'relp' || settings.transport === 'relp-tls';

  /** Before anything is read or any handshake is done. */
  const admit = (socket: Socket): boolean => {
    socket.on('error', () => undefined);
    if (!settings.allows(socket.remoteAddress ?? '')) counters.refusedPeers++;
    else if (open.size >= settings.maxConnections) counters.refusedConnections++;
    else {
      socket.setKeepAlive(true, 60_000);
      open.set(socket, '');
      counters.connections = open.size;
      socket.on('close', () => {
        open.delete(socket);
        counters.connections = open.size;
      });
      return true;
    }
    socket.destroy();
    return false;
  };

  const serve = async (socket: Socket, subject: string | undefined): Promise<void> => {
    const json = originJson({
      ip: plainAddress(socket.remoteAddress ?? ''),
      ...(socket.remotePort === undefined ? {} : { port: socket.remotePort }),
      ...(subject === undefined ? {} : { subject }),
    });
    const take = (bytes: Buffer, truncated: boolean, done?: (stored: boolean) => void): void => {
      counters.received++;
      if (truncated) counters.truncated++;
      const origin = { json, zone: settings.zone, now: Date.now(), ...(truncated ? { truncated } : {}) };
      batcher.add(syslogRecord(syslogText(bytes), origin), done);
    };
    try {
      if (relp) await serveRelp(socket, batcher, take);
      else {
        const framer = new Framer();
        let turn = 0;
        for await (const chunk of socket as AsyncIterable<Buffer>) {
          for (const frame of framer.push(chunk)) {
            take(frame.bytes, frame.truncated);
            if (++turn % YIELD_AFTER === 0) await new Promise(setImmediate);
          }
          counters.framingErrors += framer.problems;
          framer.problems = 0;
          if (batcher.full) await batcher.room();
        }
        for (const frame of framer.finish()) take(frame.bytes, frame.truncated);
      }
    } catch (error) {
      // A connection that breaks is the sender's to open again; what RELP cannot read is counted.
      if (error instanceof Error && error.message.includes('RELP')) counters.framingErrors++;
    } finally {
      socket.destroy();
    }
  };

  const server = settings.tls
    ? createTlsServer(settings.tls, (socket: TLSSocket) => {
        const parts = settings.tls?.requestCert ? subjectOf(socket) : undefined;
        const subject = parts?.join(', ').slice(0, 500);
        if (parts !== undefined && !named(parts, settings.clientNames)) {
          counters.refusedPeers++;
          socket.on('error', () => undefined);
          socket.destroy();
          return;
        }
        // The TLS socket wraps the one that was admitted.
        for (const [raw] of open)
          if (raw.remotePort === socket.remotePort && raw.remoteAddress === socket.remoteAddress)
            open.set(raw, subject ?? '');
        void serve(socket, subject);
      })
    : createServer((socket) => {
        if (admit(socket)) void serve(socket, undefined);
      });
  if (settings.tls) {
    server.prependListener('connection', (socket: Socket) => void admit(socket));
    server.on('tlsClientError', (_error: Error, socket: Socket) => {
      counters.failedHandshakes++;
      socket.destroy();
    });
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: settings.host, port: settings.port }, resolve);
  }).catch((error: unknown) => {
    throw readable(error, settings);
  });
  server.on('error', () => undefined);
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : settings.port,
    counters,
    subjects: () => [...new Set([...open.values()].filter((subject) => subject !== ''))],
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open.keys()) socket.destroy();
      await closed;
    },
  };
}

async function serveRelp(
  socket: Socket,
  batcher: Batcher,
  take: (bytes: Buffer, truncated: boolean, done: (stored: boolean) => void) => void,
): Promise<void> {
  const reader = new RelpReader(MESSAGE_LIMIT);
  const answer = (transaction: string, text: string): void => {
    if (socket.writable) socket.write(relpAnswer(transaction, text));
  };
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    for (const frame of reader.push(chunk)) {
      if (frame.command === 'open') answer(frame.transaction, RELP_OPEN);
      else if (frame.command === 'syslog')
        // Not stored: the connection goes, and the sender keeps what was not answered.
        take(frame.data, frame.truncated, (stored) =>
          stored ? answer(frame.transaction, '200 OK') : socket.destroy(),
        );
      else if (frame.command === 'close') {
        answer(frame.transaction, '');
        if (socket.writable) socket.end('0 serverclose 0\n');
      } else answer(frame.transaction, '500 unknown command');
    }
    if (batcher.full) await batcher.room();
  }
}

/** Attributes of a subject, `CN=…` and the like. They are compared one by one: a value may hold commas. */
function subjectOf(socket: TLSSocket): string[] {
  const { subject } = socket.getPeerCertificate();
  if (!subject) return [];
  return Object.entries(subject as unknown as Record<string, string | string[]>).flatMap(([key, value]) =>
    [value].flat().map((one) => `${key}=${one}`),
  );
}

/** Whether one of the names is a common name of the subject, or one of its attributes as `O=…`. */
export function named(parts: readonly string[], names: readonly string[]): boolean {
  return names.length === 0 || names.some((name) => parts.includes(/^[\w.]+=/.test(name) ? name : `CN=${name}`));
}

export function readable(error: unknown, settings: { readonly host: string; readonly port: number }): Error {
  const where = `${settings.host}:${settings.port}`;
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new Error(`Port ${where} is taken by another program or source.`);
    case 'EACCES':
      return new Error(
        `Port ${where} is reserved: ports below 1024 need a privilege (CAP_NET_BIND_SERVICE). Choose a higher port or redirect to it.`,
      );
    case 'EADDRNOTAVAIL':
      return new Error(`${settings.host} is not an address of this machine.`);
    default:
      return error instanceof Error ? error : new Error(String(error));
  }
}
