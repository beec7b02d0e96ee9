/** A server with one folder source for the crash test: real engine, real ingest, killed by its parent at any moment. */
import { join } from 'node:path';
import { openEmbeddedStore } from '@parapet/store';
import { startDrop } from '../src/drop/kind.ts';
import { openIngest } from '../src/index.ts';
import { receiverContext } from './receiver.ts';
import { CONNECTORS, SENDER, silent } from './setup.ts';

const dir = process.argv[2] ?? '';
const store = await openEmbeddedStore({ dataDir: dir });
const ingest = await openIngest({
  store,
  dataDir: join(dir, 'ingest'),
  connectorsDir: CONNECTORS,
  authenticate: async () => SENDER,
  log: silent,
  limits: { batchIdleMs: 20 },
});
const receiver = await startDrop(
  receiverContext(ingest, 'files', 'folder', dir, { mode: 'collect', settleSeconds: 0 }),
);
setInterval(() => process.send?.({ ...receiver.state(), engine: store.enginePid }), 20);
