/** A server for the crash test: real engine, real ingest, killed by its parent at any moment. */
import { join } from 'node:path';
import { openEmbeddedStore } from '@parapet/store';
import Fastify from 'fastify';
import { openIngest, registerIngest } from '../src/index.ts';
import type { SourceRegistry } from '../src/sources/registry.ts';
import { CONNECTORS, SENDER, silent } from './setup.ts';

const dir = process.argv[2] ?? '';
const store = await openEmbeddedStore({ dataDir: dir });
const ingest = await openIngest({
  store,
  dataDir: join(dir, 'ingest'),
  connectorsDir: process.argv[3] ?? CONNECTORS,
  authenticate: async () => SENDER,
  log: silent,
  limits: { batchEvents: 40, batchIdleMs: 20 },
});
const app = Fastify();
// Every sender may ask whether its events can be queried.
const registry = { get: () => ({ settings: { useAck: true } }) } as unknown as SourceRegistry;
registerIngest(app, ingest, { registry });
process.send?.({ url: await app.listen({ port: 0, host: '127.0.0.1' }), engine: store.enginePid });
// The engine may have been started again meanwhile.
process.on('message', () => process.send?.({ engine: store.enginePid ?? 0 }));
