import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { Batcher } from './batcher.ts';
import { MESSAGE_LIMIT } from './framing.ts';
import { originJson, syslogRecord, syslogText } from './parse.ts';
import { plainAddress } from './peers.ts';
import type { SyslogSettings } from './settings.ts';
import { readable } from './stream.ts';

export interface DatagramCounters {
  received: number;
  truncated: number;
  refusedPeers: number;
  /** Thrown away because the queue was full. */
  dropped: number;
  /** Thrown away by the kernel before this program saw them. */
  droppedByKernel: number;
}

export interface DatagramListener {
  readonly port: number;
  readonly counters: DatagramCounters;
  close(): Promise<void>;
}

/** A datagram cannot be told to wait: so many are held while the buffer has no room. */
const QUEUE_EVENTS = 50_000;
const QUEUE_BYTES = 32 * 2 ** 20;
/** Asked of the kernel; it grants what `net.core.rmem_max` allows. */
const SOCKET_BUFFER = 8 * 2 ** 20;
const KERNEL_EVERY_MS = 5_000;
const KNOWN_PEERS = 10_000;

/**
 * Listen for syslog in datagrams, one message each (RFC 5426). What finds no place is dropped and counted.
 * @throws Error when the port cannot be had
 */
export async function listenDatagrams(settings: SyslogSettings, batcher: Batcher): Promise<DatagramListener> {
  const counters: DatagramCounters = { received: 0, truncated: 0, refusedPeers: 0, dropped: 0, droppedByKernel: 0 };
  const socket = createSocket({ type: isIP(settings.host) === 6 ? 'udp6' : 'udp4' });
  /** What is said of a peer, or null when it may not send. */
  const peers = new Map<string, string | null>();
  socket.on('message', (bytes, peer) => {
    let json = peers.get(peer.address);
    if (json === undefined) {
      if (peers.size >= KNOWN_PEERS) peers.clear();
      json = settings.allows(peer.address) ? originJson({ ip: plainAddress(peer.address) }) : null;
      peers.set(peer.address, json);
    }
    if (json === null) counters.refusedPeers++;
    else if (batcher.size >= QUEUE_EVENTS || batcher.queuedBytes >= QUEUE_BYTES) counters.dropped++;
    else {
      counters.received++;
      const truncated = bytes.length > MESSAGE_LIMIT;
      if (truncated) counters.truncated++;
      batcher.add(
        syslogRecord(syslogText(truncated ? bytes.subarray(0, MESSAGE_LIMIT) : bytes), {
          json,
          zone: settings.zone,
          now: Date.now(),
          ...(truncated ? { truncated } : {}),
        }),
      );
    }
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address: settings.host, port: settings.port }, resolve);
  }).catch((error: unknown) => {
    throw readable(error, settings);
  });
  socket.on('error', () => undefined);
  try {
    socket.setRecvBufferSize(SOCKET_BUFFER);
  } catch {
    // The default of the system stays.
  }
  const { port } = socket.address();
  let before: number | null = null;
  const look = async (): Promise<void> => {
    const drops = await kernelDrops(port);
    if (drops === null) return;
    // The first look sees what the socket had before; it is new, so that is nothing.
    counters.droppedByKernel += before === null ? drops : Math.max(0, drops - before);
    before = drops;
  };
  const timer = setInterval(() => void look(), KERNEL_EVERY_MS);
  timer.unref();
  return {
    port,
    counters,
    async close() {
      clearInterval(timer);
      await look();
      await new Promise<void>((resolve) => socket.close(() => resolve()));
    },
  };
}

/** Datagrams the kernel dropped for the sockets on a port, from /proc; null where that does not exist. */
export async function kernelDrops(port: number): Promise<number | null> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  let drops: number | null = null;
  for (const file of ['/proc/net/udp', '/proc/net/udp6']) {
    let table: string;
    try {
      table = await readFile(file, 'utf8');
    } catch {
      continue;
    }
    for (const line of table.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(suffix)) drops = (drops ?? 0) + Number(fields.at(-1) ?? 0);
    }
  }
  return drops;
}
