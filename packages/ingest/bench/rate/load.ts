/**
 * The load generator, as a process of its own: sends the lines of a file over `_bulk`, again and again, and waits for
 * every acknowledgement. Bodies are built once, so that it takes as little of the processor as it can.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FromLoad, LoadOrder } from './messages.ts';

const ACTION = Buffer.from('{"create":{"_index":"bench"}}\n');
const say = (message: FromLoad): void => void process.send?.(message);

interface Body {
  readonly bytes: Buffer;
  readonly events: number;
  readonly raw: number;
}

function bodies(file: string, perRequest: number): Body[] {
  const data = readFileSync(file);
  const made: Body[] = [];
  let parts: Buffer[] = [];
  let raw = 0;
  const close = (): void => {
    if (parts.length > 0) made.push({ bytes: Buffer.concat(parts), events: parts.length / 2, raw });
    parts = [];
    raw = 0;
  };
  for (let at = 0; at < data.length; ) {
    let end = data.indexOf(10, at);
    if (end === -1) end = data.length;
    if (end > at) {
      const line = data.subarray(at, end + 1);
      parts.push(ACTION, line);
      raw += line.length;
      if (parts.length >= perRequest * 2) close();
    }
    at = end + 1;
  }
  close();
  return made;
}

function post(url: string, agent: Agent, body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(
      `${url}/_bulk`,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/x-ndjson',
          'content-length': body.length,
          authorization: 'ApiKey bench',
        },
      },
      (response) => {
        let head = '';
        response.on('data', (chunk: Buffer) => {
          if (head.length < 64) head += chunk.toString('latin1', 0, 64);
        });
        response.on('end', () => {
          if (response.statusCode === 200 && !head.includes('"errors":false'))
            reject(new Error(`items were refused: ${head}`));
          else resolve(response.statusCode ?? 0);
        });
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

async function run(order: LoadOrder): Promise<void> {
  const all = bodies(order.file, order.perRequest);
  const agent = new Agent({ keepAlive: true, maxSockets: order.connections });
  const started = performance.now();
  let next = 0;
  let begun = 0;
  let events = 0;
  let bytes = 0;
  let told = 0;
  const sender = async (): Promise<void> => {
    while (begun < order.events) {
      const body = all[next++ % all.length];
      if (!body) return;
      begun += body.events;
      if (order.rate > 0) {
        const due = started + ((begun - body.events) / order.rate) * 1000;
        if (due > performance.now()) await sleep(due - performance.now());
      }
      for (;;) {
        const status = await post(order.url, agent, body.bytes);
        if (status === 200) break;
        if (status !== 429) throw new Error(`the server answered ${status}`);
        await sleep(200);
      }
      events += body.events;
      bytes += body.raw;
      if (events - told >= 10_000) {
        told = events;
        say({ kind: 'sent', events });
      }
    }
  };
  await Promise.all(Array.from({ length: order.connections }, sender));
  agent.destroy();
  say({ kind: 'done', events, bytes, seconds: (performance.now() - started) / 1000 });
}

process.on('message', (order: LoadOrder) => void run(order));
