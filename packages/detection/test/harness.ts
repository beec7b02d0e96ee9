import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHunting, type EmbeddedStore, type Hunting, openEmbeddedStore } from '@parapet/store';

export const CONTENT_DIR = fileURLToPath(new URL('../../../content/detections', import.meta.url));

/** A real engine in a folder of its own. */
export async function openTestEngine(): Promise<{ store: EmbeddedStore; hunting: Hunting; close(): Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'parapet-detection-'));
  const store = await openEmbeddedStore({ dataDir });
  const hunting = createHunting(store);
  return {
    store,
    hunting,
    close: async () => {
      await hunting.close();
      await store.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
