import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { ParapetError } from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningReceiver } from '../src/sources/types.ts';
import { selfSigned } from '../src/syslog/certificate.ts';
import { startSyslog } from '../src/syslog/kind.ts';
import type { Ingest } from '../src/types.ts';
import { receiverContext, until } from './receiver.ts';
import { type Laboratory, laboratory } from './setup.ts';

let lab: Laboratory;
let serial = 0;
const running: RunningReceiver[] = [];

beforeAll(async () => {
  lab = await laboratory();
});
afterAll(async () => {
  for (const receiver of running) await receiver.stop();
  await lab.close();
});

interface Started {
  readonly receiver: RunningReceiver;
  readonly port: number;
  readonly dir: string;
  counters(): Record<string, number>;
  /** Texts that are stored, in their order. */
  stored(): Promise<string[]>;
}

async function start(settings: Record<string, unknown>, ingest: Ingest = lab.ingest): Promise<Started> {
  const id = `syslog-${++serial}`;
  const dir = join(lab.dir, id);
  const context = receiverContext(ingest, 'syslog', id, lab.dir, {
    host: '127.0.0.1',
    port: 0,
    timeZone: 'UTC',
    maxConnections: 1_000,
    ...settings,
  });
  const receiver = await startSyslog(context);
  running.push(receiver);
  return {
    receiver,
    dir,
    port: Number(/:(\d+) /.exec(receiver.state().detail)?.[1]),
    counters: () => ({ ...receiver.state().counters }),
    async stored() {
      await lab.ingest.idle();
      return (
        await lab.query(
          `SELECT JSONExtractString(RawEventData, 'message') FROM hunting.ParapetRawEvents WHERE SourceId = '${id}' ORDER BY Sequence`,
        )
      ).map(([message]) => String(message));
    },
  };
}

const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.on('close', () => resolve()));

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

describe('syslog over TCP', () => {
  it('takes counted messages and lines, in order, from many connections', async () => {
    const source = await start({ transport: 'tcp' });
    const one = await dial(source.port);
    for (let i = 0; i < 500; i++) {
      const text = `<34>1 2024-03-01T10:00:00Z host app - - - counted ${i}\nwith a second line`;
      one.write(`${Buffer.byteLength(text)} ${text}`);
    }
    one.end();
    const two = await dial(source.port);
    two.write(Array.from({ length: 500 }, (_, i) => `<34>Mar  1 10:00:00 host app: line ${i}\n`).join(''));
    two.end('<34>Mar  1 10:00:00 host app: without its end');
    await until(() => source.counters().stored === 1_001);
    const stored = await source.stored();
    expect(stored.filter((text) => text.startsWith('counted'))).toEqual(
      Array.from({ length: 500 }, (_, i) => `counted ${i}\nwith a second line`),
    );
    expect(stored.filter((text) => text.startsWith('line'))).toEqual(
      Array.from({ length: 500 }, (_, i) => `line ${i}`),
    );
    expect(stored).toContain('without its end');
    expect(source.counters()).toMatchObject({ received: 1_001, connections: 0, lost: 0, framingErrors: 0 });
  });

  it('is not read while there is no room, and loses nothing when there is again', async () => {
    let full = true;
    const ingest = new Proxy(lab.ingest, {
      get: (target, key) =>
        key === 'appendRequest'
          ? (...args: Parameters<Ingest['appendRequest']>) =>
              full ? Promise.reject(new ParapetError('buffer_full', 429, 'full')) : target.appendRequest(...args)
          : Reflect.get(target, key),
    });
    const source = await start({ transport: 'tcp' }, ingest);
    const socket = await dial(source.port);
    const line = (i: number): string => `<34>Mar  1 10:00:00 host app: ${i} ${'x'.repeat(1_000)}\n`;
    const total = 20_000;
    let written = 0;
    const sending = (async () => {
      for (let i = 0; i < total; i++) {
        written = i;
        if (!socket.write(line(i))) await once(socket, 'drain');
      }
      socket.end();
    })();
    await until(() => source.receiver.state().state === 'waiting');
    await sleep(500);
    const held = written;
    await sleep(300);
    // The sender's writes have come to rest far from the end: about 8 MiB here, and what the kernel holds.
    expect(written).toBe(held);
    expect(held).toBeLessThan(total - 2_000);
    expect(source.counters().received).toBeLessThan(12_000);
    full = false;
    await sending;
    await until(() => source.counters().stored === total, 60_000);
    const stored = await source.stored();
    expect(stored.length).toBe(total);
    expect(stored.every((text, i) => text.startsWith(`${i} `))).toBe(true);
  });

  it('keeps its memory and its other senders through what is hostile', async () => {
    const source = await start({ transport: 'tcp', maxConnections: 1_000, peers: '127.0.0.0/8' });
    const sockets = await Promise.all(Array.from({ length: 1_000 }, () => dial(source.port)));
    await until(() => source.counters().connections === 1_000);
    const tooMany = connect(source.port, '127.0.0.1');
    tooMany.on('error', () => undefined);
    await closed(tooMany);
    expect(source.counters().refusedConnections).toBe(1);
    // One byte at a time, as slow as a sender likes.
    for (const byte of '<34>slow') {
      sockets[0]?.write(byte);
      await sleep(5);
    }
    // 100 MB without a line end, and announcements that cannot be.
    const before = process.memoryUsage().rss;
    const block = Buffer.alloc(2 ** 20, 0x61);
    for (let i = 0; i < 100; i++) if (!sockets[1]?.write(block)) await once(sockets[1] as Socket, 'drain');
    sockets[1]?.end('\n<34>after\n');
    sockets[2]?.end('99999999 <34>bad count\n5 <1>ok');
    sockets[3]?.end(Buffer.from([0x3c, 0x31, 0x3e, 0xff, 0xfe, 0x0a]));
    sockets[0]?.end('\n');
    for (const socket of sockets.slice(4)) socket.write('<34>one of many\n');
    await until(() => source.counters().stored === 6 + sockets.length - 4);
    expect(process.memoryUsage().rss - before).toBeLessThan(250 * 2 ** 20);
    for (const socket of sockets) socket.destroy();
    const all = await source.stored();
    const stored = all.filter((text) => text !== 'one of many');
    expect(all.length - stored.length).toBe(sockets.length - 4);
    expect(stored.map((text) => text.slice(0, 20)).sort()).toEqual(
      ['aaaaaaaaaaaaaaaaaaaa', 'after', '99999999 <34>bad cou', 'ok', 'slow', '\ufffd\ufffd'].sort(),
    );
    expect(stored.find((text) => text.startsWith('aaaa'))).toHaveLength(65_536);
    expect(source.counters()).toMatchObject({ truncated: 1, framingErrors: 1 });
    const flagged = await lab.query(
      `SELECT count() FROM hunting.ParapetRawEvents WHERE SourceId = 'syslog-${serial}' AND has(JSONExtract(RawEventData, 'log', 'flags', 'Array(String)'), 'truncated')`,
    );
    expect(Number(flagged[0]?.[0])).toBe(1);
  });

  it('turns away who is not allowed, and says why a port cannot be had', async () => {
    const source = await start({ transport: 'tcp', peers: '192.0.2.0/24' });
    const socket = connect(source.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await closed(socket);
    expect(source.counters()).toMatchObject({ refusedPeers: 1, received: 0 });
    await expect(start({ transport: 'tcp', port: source.port })).rejects.toThrow(/is taken/);
    await expect(start({ transport: 'tcp', timeZone: 'Nowhere' })).rejects.toThrow(/time zone/);
    await expect(start({ transport: 'tcp', peers: 'x' })).rejects.toThrow(/neither/);
    await expect(start({ transport: 'tls', certFile: '/absent' })).rejects.toThrow(/needs its key file/);
  });
});

describe('syslog over TLS', () => {
  it('has a certificate of its own that clients can trust by its file, and keeps it', async () => {
    const source = await start({ transport: 'tls' });
    const ca = readFileSync(join(source.dir, 'server.crt'), 'utf8');
    const socket = connectTls({ port: source.port, host: '127.0.0.1', ca, servername: 'localhost' });
    await once(socket, 'secureConnect');
    expect(socket.authorized).toBe(true);
    expect(source.receiver.state().detail).toContain(socket.getPeerCertificate().fingerprint256);
    socket.end('<34>Mar  1 10:00:00 host app: over TLS\n');
    await until(() => source.counters().stored === 1);
    expect(await source.stored()).toEqual(['over TLS']);
    // No TLS at all, and a client that trusts another authority.
    const plain = await dial(source.port);
    plain.write('<34>not encrypted\n');
    await closed(plain);
    const stranger = connectTls({ port: source.port, host: '127.0.0.1', ca: selfSigned(['localhost']).cert });
    await once(stranger, 'error');
    await until(() => (source.counters().failedHandshakes ?? 0) >= 1);
    await until(() => source.counters().connections === 0);
    expect(source.counters().received).toBe(1);
    await source.receiver.stop();
    expect(readFileSync(join(source.dir, 'server.crt'), 'utf8')).toBe(ca);
  });

  it('asks clients for a certificate, checks who signed it and who it is, and notes its subject', async () => {
    const dir = join(lab.dir, 'pki');
    mkdirSync(dir, { recursive: true });
    const openssl = (...args: string[]): void => {
      execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' });
    };
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-subj',
      '/CN=Test CA',
      '-days',
      '2',
    );
    for (const name of ['good', 'other']) {
      openssl(
        'req',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
        '-subj',
        `/O=Example/CN=${name}.example.com`,
      );
      openssl(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        '-CA',
        'ca.crt',
        '-CAkey',
        'ca.key',
        '-out',
        `${name}.crt`,
        '-days',
        '2',
      );
    }
    const alien = selfSigned(['good.example.com']);
    writeFileSync(join(dir, 'alien.crt'), alien.cert);
    writeFileSync(join(dir, 'alien.key'), alien.key);
    const source = await start({
      transport: 'tls',
      clientCaFile: join(dir, 'ca.crt'),
      clientNames: 'good.example.com',
    });
    const send = async (name: string | null): Promise<void> => {
      const socket = connectTls({
        port: source.port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        ...(name ? { cert: readFileSync(join(dir, `${name}.crt`)), key: readFileSync(join(dir, `${name}.key`)) } : {}),
      });
      socket.on('error', () => undefined);
      socket.end(`<34>Mar  1 10:00:00 host app: from ${name}\n`);
      await closed(socket);
    };
    for (const name of ['alien', null, 'other', 'good']) await send(name);
    await until(() => source.counters().stored === 1);
    expect(await source.stored()).toEqual(['from good']);
    const [subject] = await lab.query(
      `SELECT JSONExtractString(RawEventData, 'tls', 'client', 'subject') FROM hunting.ParapetRawEvents WHERE SourceId = 'syslog-${serial}'`,
    );
    expect(subject).toEqual(['O=Example, CN=good.example.com']);
    expect(source.counters()).toMatchObject({ failedHandshakes: 2, refusedPeers: 1 });
  });
});

describe('syslog over UDP', () => {
  it('takes a message a datagram and counts what it has no room for', async () => {
    let full = false;
    const ingest = new Proxy(lab.ingest, {
      get: (target, key) =>
        key === 'appendRequest'
          ? (...args: Parameters<Ingest['appendRequest']>) =>
              full ? Promise.reject(new ParapetError('buffer_full', 429, 'full')) : target.appendRequest(...args)
          : Reflect.get(target, key),
    });
    const source = await start({ transport: 'udp' }, ingest);
    const client = createSocket('udp4');
    const send = (text: string): Promise<void> =>
      new Promise((resolve) => client.send(text, source.port, '127.0.0.1', () => resolve()));
    await send('<34>Mar  1 10:00:00 host app: one\n');
    await send('<34>1 2024-03-01T10:00:00Z host app - - - two\nlines');
    await until(() => source.counters().stored === 2);
    full = true;
    const body = 'x'.repeat(60_000);
    for (let i = 0; (source.counters().dropped ?? 0) === 0 && i < 5_000; i++) {
      await send(`<34>Mar  1 10:00:00 host app: ${body}`);
      if (i % 20 === 0) await sleep(1);
    }
    expect(source.counters().dropped).toBeGreaterThan(0);
    const { received = 0 } = source.counters();
    expect(received).toBeLessThan(600);
    full = false;
    await until(() => source.counters().stored === source.counters().received);
    expect((await source.stored()).slice(0, 2)).toEqual(['one', 'two\nlines']);
    client.close();
  });
});

describe('RELP', () => {
  it('answers a message once it is stored, and not before', async () => {
    const source = await start({ transport: 'relp' });
    const socket = await dial(source.port);
    let answers = '';
    socket.on('data', (chunk) => {
      answers += chunk.toString();
    });
    const offers = 'relp_version=0\nrelp_software=librelp,1.2.14,http://librelp.adiscon.com\ncommands=syslog';
    socket.write(`1 open ${offers.length} ${offers}\n`);
    await until(() => answers.includes('commands=syslog'));
    for (let i = 2; i < 302; i++) {
      const text = `<34>Mar  1 10:00:00 host app: relp ${i}`;
      socket.write(`${i} syslog ${text.length} ${text}\n`);
    }
    await until(() => answers.includes('301 rsp 6 200 OK\n'));
    expect(source.counters().stored).toBe(300);
    expect([...answers.matchAll(/^(\d+) rsp 6 200 OK$/gm)].map((match) => Number(match[1]))).toEqual(
      Array.from({ length: 300 }, (_, i) => i + 2),
    );
    socket.write('302 close 0\n');
    await closed(socket);
    expect(answers).toContain('0 serverclose 0\n');
    expect((await source.stored()).length).toBe(300);
    const wrong = await dial(source.port);
    wrong.write('<34>Mar  1 10:00:00 host app: this is plain syslog\n');
    await closed(wrong);
    expect(source.counters().framingErrors).toBe(1);
  });
});
