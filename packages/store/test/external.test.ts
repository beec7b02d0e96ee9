import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { ParapetError } from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isInternal } from '../src/external.ts';
import { createExternalReader, EXTERNAL_LIMITS } from '../src/index.ts';

let server: Server;
let base = '';
let calls: string[] = [];

const PAGES: Readonly<Record<string, RequestListener>> = {
  '/list.csv': (_, res) => res.end('a,b\n1,2\n'),
  '/packed': (_, res) => res.setHeader('content-encoding', 'gzip').end(gzipSync('packed text')),
  '/list.csv.gz': (_, res) => res.end(gzipSync('packed file')),
  '/bomb.gz': (_, res) => res.end(gzipSync(Buffer.alloc(5_000_000))),
  '/bomb': (_, res) => res.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(5_000_000))),
  '/large': (_, res) => res.end(Buffer.alloc(2_000_000, 'x')),
  '/moved': (_, res) => res.writeHead(302, { location: '/list.csv' }).end(),
  '/away': (_, res) => res.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
  '/loop': (_, res) => res.writeHead(302, { location: '/loop' }).end(),
  '/slow': () => undefined,
};

beforeAll(async () => {
  server = createServer((req, res) => {
    calls.push(req.url ?? '');
    const page = PAGES[req.url ?? ''];
    if (page) page(req, res);
    else res.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const limits = { ...EXTERNAL_LIMITS, bytes: 1_000_000, timeoutMs: 1_000 };
const codeOf = async (work: Promise<string>): Promise<string> =>
  work.then(
    (text) => `read: ${text}`,
    (error: ParapetError) => error.code,
  );

describe('reading of external data', () => {
  it('reads listed hosts, packed or not, and keeps what it read for a while', async () => {
    const reader = createExternalReader({ hosts: ['localhost'] }, true, limits);
    calls = [];
    expect(await reader.read(`${base}/list.csv`)).toBe('a,b\n1,2\n');
    expect(await reader.read(`${base}/list.csv`)).toBe('a,b\n1,2\n');
    expect(calls).toEqual(['/list.csv']);
    expect(await reader.read(`${base}/packed`)).toBe('packed text');
    expect(await reader.read(`${base}/list.csv.gz`)).toBe('packed file');
    expect(await reader.read(`${base}/moved`)).toBe('a,b\n1,2\n');
  });

  it.each([
    ['/nothing', 'external_failed'],
    ['/large', 'external_too_large'],
    ['/bomb', 'external_too_large'],
    ['/bomb.gz', 'external_too_large'],
    ['/loop', 'external_failed'],
    ['/slow', 'external_failed'],
    ['/away', 'external_refused'],
  ])('%s ends in %s', async (path, code) => {
    expect(await codeOf(createExternalReader({ hosts: ['localhost'] }, true, limits).read(base + path))).toBe(code);
  });

  it('reaches no host that is not listed and no internal address, whatever its name', async () => {
    const port = new URL(base).port;
    calls = [];
    const open = createExternalReader({ hosts: ['*'] }, false, limits);
    expect(await codeOf(open.read(`${base}/list.csv`))).toBe('external_refused');
    expect(await codeOf(open.read(`http://127.0.0.1:${port}/list.csv`))).toBe('external_refused');
    expect(await codeOf(open.read(`http://[::1]:${port}/list.csv`))).toBe('external_refused');
    expect(await codeOf(open.read(`http://[::ffff:127.0.0.1]:${port}/list.csv`))).toBe('external_refused');
    expect(await codeOf(open.read('file:///etc/passwd'))).toBe('external_refused');
    const other = createExternalReader({ hosts: ['*.example.org'] }, true, limits);
    expect(await codeOf(other.read(`${base}/list.csv`))).toBe('external_refused');
    expect(calls).toEqual([]);
  });

  it('knows internal addresses', () => {
    const inside = [
      '10.1.2.3',
      '127.0.0.2',
      '169.254.169.254',
      '192.168.1.1',
      '::1',
      'fd00::1',
      'fe80::1',
      '::ffff:10.0.0.1',
      '0.0.0.0',
    ];
    expect(inside.filter((address) => !isInternal(address))).toEqual([]);
    expect(['93.184.216.34', '2606:2800:220:1::1'].filter(isInternal)).toEqual([]);
  });

  it('stops waiting when the query is cancelled', async () => {
    const abort = new AbortController();
    const reading = codeOf(
      createExternalReader({ hosts: ['localhost'] }, true, limits).read(`${base}/slow`, abort.signal),
    );
    abort.abort();
    expect(await reading).toBe('query_cancelled');
  });
});
