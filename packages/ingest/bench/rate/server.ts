/**
 * The server under load, as a process of its own: store, ingest room and receivers. Reports to its parent.
 * Started by `bench/ingest.ts` with the data folder as argument.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openEmbeddedStore } from '@parapet/store';
import Fastify from 'fastify';
import { type IngestOptions, openIngest, registerIngest } from '../../src/index.ts';
import type { ToParent, ToServer } from './messages.ts';

const dir = process.argv[2] ?? '';
const say = (message: ToParent): void => void process.send?.(message);
const store = await openEmbeddedStore({ dataDir: dir });
const ingest = await openIngest({
  store,
  dataDir: join(dir, 'ingest'),
  connectorsDir: fileURLToPath(new URL('../../../../content/connectors', import.meta.url)),
  authenticate: async () => ({ id: 'bench', name: 'bench' }),
  log: {
    info: () => undefined,
    warn: (fields: unknown, text: string) => say({ kind: 'warning', text: `${text} ${JSON.stringify(fields)}` }),
    error: (fields: unknown, text: string) => say({ kind: 'warning', text: `${text} ${JSON.stringify(fields)}` }),
  } as unknown as IngestOptions['log'],
});

/** Acknowledgements in order, and how many events of each are not yet queryable: gives the latency of every event. */
const acknowledged: { at: number; events: number }[] = [];
const latencies: { ms: number; events: number }[] = [];
let queryable = 0;
const appendRequest = ingest.appendRequest.bind(ingest);
const watched = Object.create(ingest, {
  appendRequest: {
    value: async (...args: Parameters<typeof appendRequest>) => {
      const result = await appendRequest(...args);
      let events = args[1].rejected?.length ?? 0;
      for (const documents of args[1].groups.values()) events += documents.length;
      acknowledged.push({ at: Date.now(), events });
      return result;
    },
  },
}) as typeof ingest;
ingest.onCommitted((batch) => {
  let left = batch.tables.ParapetRawEvents ?? 0;
  queryable += left;
  for (let first = acknowledged[0]; left > 0 && first; first = acknowledged[0]) {
    const events = Math.min(left, first.events);
    latencies.push({ ms: Date.now() - first.at, events });
    left -= events;
    first.events -= events;
    if (first.events === 0) acknowledged.shift();
  }
});

const app = Fastify();
registerIngest(app, watched);
const url = await app.listen({ port: 0, host: '127.0.0.1' });
say({ kind: 'ready', url, pid: process.pid, enginePid: store.enginePid ?? 0 });

const handle = async (message: ToServer): Promise<void> => {
  switch (message.kind) {
    case 'idle':
      await ingest.idle();
      say({ kind: 'idle', queryable, metrics: ingest.metrics() });
      return;
    case 'progress':
      say({ kind: 'progress', queryable });
      return;
    case 'latencies':
      say({ kind: 'latencies', values: latencies.splice(0) });
      return;
    case 'sql':
      try {
        if (message.write) {
          await store.command(message.sql, { timeoutMs: 3_600_000 });
          say({ kind: 'rows', rows: [], ms: 0 });
        } else {
          const result = await store.query(message.sql, {
            lane: message.lane ?? 'background',
            ...(message.params ? { params: message.params } : {}),
          });
          say({ kind: 'rows', rows: result.rows, ms: result.stats.elapsedMs });
        }
      } catch (error) {
        say({ kind: 'failed', text: error instanceof Error ? error.message : String(error) });
      }
      return;
    case 'close':
      await app.close();
      await ingest.close();
      await store.close();
      process.exit(0);
  }
};
process.on('message', (message: ToServer) => void handle(message));
