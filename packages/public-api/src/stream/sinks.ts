/** Where streamed records go. A sink returns when the receiver has taken what it was given, and throws when not. */
import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import type { StreamSettings } from '@parapet/schema';
import { send } from '../notify/outbound.ts';

export interface StreamRecord {
  readonly time: string;
  readonly tenantId: string;
  /** `AdvancedHunting-<Table>` */
  readonly category: string;
  readonly operationName: 'Publish';
  /** Grows by one with each record of the stream; a repeated delivery repeats it. */
  readonly sequence: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface Sink {
  deliver(table: string, records: readonly StreamRecord[]): Promise<void>;
  close(): void;
}

const TIMEOUT_MS = 15_000;
/** A file of this size is put aside under its time. */
const FILE_BYTES = 256 * 2 ** 20;

export interface SinkPlace {
  /** Folder below which file streams write. */
  readonly root: string;
  readonly allowLoopback: boolean;
}

export function openSink(settings: StreamSettings, place: SinkPlace): Sink {
  switch (settings.kind) {
    case 'file':
      return fileSink(join(place.root, settings.folder));
    case 'http':
      return httpSink(settings, place.allowLoopback);
    case 'syslog':
      return syslogSink(settings);
    case 'nats':
      return natsSink(settings);
  }
}

const lines = (records: readonly StreamRecord[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** One file of NDJSON for each table. */
function fileSink(folder: string): Sink {
  return {
    async deliver(table, records) {
      await mkdir(folder, { recursive: true });
      const file = join(folder, `${table}.ndjson`);
      await appendFile(file, lines(records), { flush: true });
      if ((await stat(file)).size > FILE_BYTES)
        await rename(file, join(folder, `${table}.${new Date().toISOString().replace(/[:.]/g, '-')}.ndjson`));
    },
    close: () => undefined,
  };
}

function httpSink(settings: Extract<StreamSettings, { kind: 'http' }>, allowLoopback: boolean): Sink {
  return {
    async deliver(_table, records) {
      const { status } = await send(new URL(settings.url), {
        method: 'POST',
        headers: {
          'content-type': 'application/x-ndjson; charset=utf-8',
          'x-parapet-sequence': String(records[0]?.sequence ?? 0),
          ...(typeof settings.authorization === 'string' ? { authorization: settings.authorization } : {}),
        },
        body: lines(records),
        timeoutMs: TIMEOUT_MS,
        allowLoopback,
      });
      if (status < 200 || status > 299) throw new Error(`The receiver answered ${status}`);
    },
    close: () => undefined,
  };
}

/** A connection that is opened when needed and again after it broke. */
class Line {
  #socket: Socket | undefined;
  readonly #open: () => Socket;
  readonly #greet: (socket: Socket) => Promise<void>;

  constructor(
    settings: { readonly host: string; readonly port: number; readonly tls: boolean },
    greet: (socket: Socket) => Promise<void> = async () => undefined,
  ) {
    const { host, port, tls } = settings;
    this.#open = () => (tls ? connectTls({ host, port, servername: host }) : connectTcp({ host, port }));
    this.#greet = greet;
  }

  /** Run something over the connection; a failure closes it. */
  async use<T>(work: (socket: Socket) => Promise<T>): Promise<T> {
    try {
      if (!this.#socket || this.#socket.destroyed) {
        const socket = this.#open();
        this.#socket = socket;
        socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`No answer in ${TIMEOUT_MS / 1000} s`)));
        await new Promise<void>((resolve, reject) => {
          socket.once('error', reject);
          socket.once('close', () => reject(new Error('The connection was closed')));
          socket.once(
            socket.listenerCount('secureConnect') >= 0 && 'encrypted' in socket ? 'secureConnect' : 'connect',
            () => resolve(),
          );
        });
        // Later failures show in what is written next; without a listener they would end the process.
        socket.on('error', () => undefined);
        await this.#greet(socket);
      }
      return await work(this.#socket);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }
}

function write(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const broken = (): void => reject(new Error('The connection was closed'));
    socket.once('close', broken);
    socket.write(text, (error) => {
      socket.off('close', broken);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** RFC 5424 messages with octet counting (RFC 6587) over TCP or TLS, the record as JSON or as CEF. */
function syslogSink(settings: Extract<StreamSettings, { kind: 'syslog' }>): Sink {
  const line = new Line(settings);
  const host = hostname().replace(/[^\x21-\x7e]/g, '') || '-';
  return {
    deliver: (table, records) =>
      line.use((socket) =>
        write(
          socket,
          records
            .map((record) => {
              const body = settings.format === 'cef' ? cef(table, record) : JSON.stringify(record);
              const message = `<134>1 ${record.time} ${host} parapet - ${table.slice(0, 32)} - ${body}`;
              return `${Buffer.byteLength(message)} ${message}`;
            })
            .join(''),
        ),
      ),
    close: () => line.close(),
  };
}

const SEVERITIES: Readonly<Record<string, number>> = { informational: 1, low: 3, medium: 6, high: 9 };
const header = (value: unknown): string =>
  String(value ?? '')
    .replace(/[\r\n]+/g, ' ')
    .replace(/[\\|]/g, '\\$&');
const extension = (value: unknown): string =>
  (typeof value === 'object' ? JSON.stringify(value) : String(value))
    .replace(/[\\=]/g, '\\$&')
    .replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n');

/** ArcSight Common Event Format 0, with the names of the table's columns as keys. */
export function cef(table: string, { time, sequence, properties }: StreamRecord): string {
  const severity = SEVERITIES[String(properties.severity ?? properties.Severity ?? '').toLowerCase()] ?? 1;
  const name = properties.title ?? properties.Title ?? properties.displayName ?? properties.ActionType ?? table;
  const pairs = Object.entries(properties)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([key, value]) => `${key.replace(/[^\w.]/g, '_')}=${extension(value)}`);
  return `CEF:0|Parapet|Parapet|1|${header(table)}|${header(name)}|${severity}|rt=${Date.parse(time)} externalId=${sequence} ${pairs.join(' ')}`;
}

/** Core NATS: what was published is taken once the server answers the PING behind it. */
function natsSink(settings: Extract<StreamSettings, { kind: 'nats' }>): Sink {
  const line = new Line(settings, async (socket) => {
    const options = {
      verbose: false,
      pedantic: false,
      lang: 'node',
      version: '1',
      protocol: 1,
      name: 'parapet',
      ...(typeof settings.token === 'string' ? { auth_token: settings.token } : {}),
    };
    await write(socket, `CONNECT ${JSON.stringify(options)}\r\n`);
    await pong(socket);
  });
  return {
    deliver: (table, records) =>
      line.use(async (socket) => {
        const subject = settings.subject.replaceAll('{table}', table);
        const text = records
          .map((record) => {
            const body = JSON.stringify(record);
            return `PUB ${subject} ${Buffer.byteLength(body)}\r\n${body}\r\n`;
          })
          .join('');
        await write(socket, text);
        await pong(socket);
      }),
    close: () => line.close(),
  };
}

async function pong(socket: Socket): Promise<void> {
  const answered = new Promise<void>((resolve, reject) => {
    let text = '';
    const end = (error?: Error): void => {
      socket.off('data', data);
      socket.off('close', closed);
      if (error) reject(error);
      else resolve();
    };
    const closed = (): void => end(new Error('The server closed the connection'));
    const data = (part: Buffer): void => {
      text = (text + part.toString('latin1')).slice(-65_536);
      const refused = /-ERR ([^\r\n]*)/.exec(text);
      if (refused) end(new Error(`The server refused: ${refused[1]}`));
      else if (/(^|\n)PONG\r?\n/.test(text)) end();
    };
    socket.on('data', data);
    socket.once('close', closed);
  });
  answered.catch(() => undefined);
  await write(socket, 'PING\r\n');
  await answered;
}
