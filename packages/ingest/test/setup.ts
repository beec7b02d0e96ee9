import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EmbeddedStore, openEmbeddedStore } from '@parapet/store';
import { type Ingest, type IngestOptions, openIngest } from '../src/index.ts';

export const CONNECTORS = fileURLToPath(new URL('../../../content/connectors', import.meta.url));
export const SENDER = { id: 'key-1', name: 'laboratory' };
export const silent = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
} as unknown as IngestOptions['log'];

export function temporaryDir(): { readonly dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'parapet-ingest-'));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

export interface Laboratory {
  readonly dir: string;
  readonly store: EmbeddedStore;
  readonly ingest: Ingest;
  query(sql: string): Promise<readonly (readonly unknown[])[]>;
  close(): Promise<void>;
}

/** A real engine and a real ingest room in a temporary folder. */
export async function laboratory(options: Partial<IngestOptions> = {}): Promise<Laboratory> {
  const { dir, remove } = temporaryDir();
  const store = await openEmbeddedStore({ dataDir: dir });
  const ingest = await openIngest({
    store,
    dataDir: join(dir, 'ingest'),
    connectorsDir: CONNECTORS,
    authenticate: async (request) => (request.headers.authorization === 'ApiKey good' ? SENDER : null),
    log: silent,
    ...options,
  });
  return {
    dir,
    store,
    ingest,
    query: async (sql) => (await store.query(sql)).rows,
    async close() {
      await ingest.close();
      await store.close();
      remove();
    },
  };
}
