import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { loadSample, sampleEvents } from '../src/index.ts';
import { END } from './stream.ts';

const OPTIONS = { seed: 'load', end: END, days: 12, scale: 0.05 };

interface Request {
  readonly authorization: string;
  readonly url: string;
  readonly docs: readonly string[];
  readonly indexes: readonly string[];
}

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function listen(answer: (request: Request, response: ServerResponse, n: number) => void): Promise<string> {
  let n = 0;
  server = createServer((request: IncomingMessage, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const lines = gunzipSync(Buffer.concat(parts)).toString().trimEnd().split('\n');
      const docs = lines.filter((_, i) => i % 2 === 1);
      const indexes = lines
        .filter((_, i) => i % 2 === 0)
        .map((l) => (JSON.parse(l) as { create: { _index: string } }).create._index);
      answer(
        { authorization: request.headers.authorization ?? '', url: request.url ?? '', docs, indexes },
        response,
        n++,
      );
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server!.address() as AddressInfo).port}/elastic/`;
}

function accept(
  request: Request,
  response: ServerResponse,
  statusOf: (doc: string, i: number) => number = () => 201,
): void {
  const items = request.docs.map((doc, i) => ({ create: { _index: request.indexes[i], status: statusOf(doc, i) } }));
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ took: 1, errors: items.some((i) => i.create.status >= 400), items }));
}

const generated = () => [...sampleEvents(OPTIONS)];

// Generating twelve days takes seconds on an idle core and much longer on a busy machine.
describe('loadSample', { timeout: 180_000 }, () => {
  it('delivers every event once through refusals, in order of time, and reports what was acknowledged', async () => {
    const stored: string[] = [];
    const requests: Request[] = [];
    let refusals = 0;
    let flying = 0;
    let most = 0;
    const url = await listen((request, response, n) => {
      requests.push(request);
      most = Math.max(most, ++flying);
      setTimeout(() => {
        flying--;
        if (n % 4 === 1) {
          refusals++;
          response.writeHead(429, { 'retry-after': '0' }).end('{}');
        } else if (n % 4 === 2) {
          // Part of the request is put off, one event is refused for good.
          const put = request.docs.map((_, i) => (i === 0 ? 400 : i % 3 === 0 ? 429 : 201));
          stored.push(...request.docs.filter((_, i) => put[i] === 201));
          accept(request, response, (_, i) => put[i]!);
        } else {
          stored.push(...request.docs);
          accept(request, response);
        }
      }, 3);
    });
    const progress: number[] = [];
    const result = await loadSample({
      ...OPTIONS,
      url,
      authorization: 'ApiKey abc',
      progress: (p) => progress.push(p.fraction),
    });
    const all = generated();
    expect(requests.every((r) => r.authorization === 'ApiKey abc' && r.url === '/elastic/_bulk')).toBe(true);
    expect(refusals).toBeGreaterThan(0);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(3);
    expect(result.rejected).toBeGreaterThan(0);
    expect(result.events).toBe(stored.length);
    expect(result.events + result.rejected).toBe(all.length);
    expect(new Set(stored).size).toBe(stored.length);
    const known = new Map(all.map((e, position) => [e.doc, { index: e.index, position }]));
    for (const request of requests) {
      expect(request.docs.every((doc, i) => known.get(doc)?.index === request.indexes[i])).toBe(true);
      const positions = request.docs.map((doc) => known.get(doc)!.position);
      expect(positions).toEqual([...positions].sort((a, b) => a - b));
    }
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBeGreaterThan(0.99);
  });

  it('waits as long as the server asks', async () => {
    const times: number[] = [];
    const url = await listen((request, response, n) => {
      times.push(performance.now());
      if (n === 0) response.writeHead(429, { 'retry-after': '1' }).end('{}');
      else accept(request, response);
    });
    const first = performance.now();
    await loadSample({ ...OPTIONS, url, authorization: 'x' });
    expect(performance.now() - first).toBeGreaterThanOrEqual(990);
  });

  it('ends with the answer of a server that does not let it in', async () => {
    const url = await listen((_request, response) => response.writeHead(401).end('{"error":"no such key"}'));
    await expect(loadSample({ ...OPTIONS, url, authorization: 'x' })).rejects.toMatchObject({
      code: 'sample_refused',
      status: 401,
    });
  });

  it('sends nothing more once it is cancelled', async () => {
    const cancel = new AbortController();
    let after = 0;
    const url = await listen((request, response) => {
      if (cancel.signal.aborted) after++;
      else accept(request, response);
    });
    const load = loadSample({
      ...OPTIONS,
      scale: 1,
      url,
      authorization: 'x',
      signal: cancel.signal,
      progress: () => cancel.abort(new Error('enough')),
    });
    await expect(load).rejects.toThrow('enough');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(after).toBeLessThanOrEqual(3);
  });
});
