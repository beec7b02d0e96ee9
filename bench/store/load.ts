/**
 * Real telemetry in a data folder, through the product's own way in: files → `_bulk` → buffer → connectors → tables.
 * The folder is kept, so that designs can be compared over the same rows again and again.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type IngestOptions, openIngest, registerIngest, runIngestCli } from '@parapet/ingest';
import { type EmbeddedStore, openEmbeddedStore } from '@parapet/store';
import Fastify from 'fastify';

export interface Loaded {
  readonly store: EmbeddedStore;
  readonly events: number;
  /** Bytes of the records as JSON, as they were accepted. */
  readonly rawBytes: number;
}

/**
 * Open a folder; when it is empty, bring the files into it first.
 * @param dataDir folder that is kept
 * @param paths files or folders that `parapet ingest` understands
 */
export async function loadOnce(dataDir: string, paths: readonly string[]): Promise<Loaded> {
  const done = join(dataDir, 'loaded.json');
  const present = existsSync(done);
  const store = await openEmbeddedStore({ dataDir });
  if (!present) {
    const ingest = await openIngest({
      store,
      dataDir: join(dataDir, 'ingest'),
      connectorsDir: new URL('../../content/connectors', import.meta.url).pathname,
      authenticate: async () => ({ id: 'bench', name: 'bench' }),
      log: { info: () => undefined, warn: console.warn, error: console.error } as unknown as IngestOptions['log'],
    });
    const app = Fastify();
    registerIngest(app, ingest);
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const sink = { write: () => true } as unknown as NodeJS.WritableStream;
    await runIngestCli([...paths, '--url', url, '--key', 'x', '--state', join(dataDir, 'sent.json')], {
      stdout: sink as never,
      stderr: process.stderr,
      env: process.env,
    });
    await ingest.idle();
    const { eventsByConnector, deadLetters, acceptedEvents } = ingest.metrics();
    console.error(JSON.stringify({ acceptedEvents, eventsByConnector, deadLetters }));
    await app.close();
    await ingest.close();
    writeFileSync(done, '{}');
  }
  const counted = await store.query('SELECT count(), sum(length(RawEventData)) FROM hunting.ParapetRawEvents');
  const [events, rawBytes] = (counted.rows[0] ?? []).map(Number);
  return { store, events: events ?? 0, rawBytes: rawBytes ?? 0 };
}
