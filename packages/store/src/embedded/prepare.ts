import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadHuntingSchema } from '@parapet/schema';
import { openEmbeddedStore } from './store.ts';
import { keepTemplate, templateFolder } from './template.ts';

/** Make the template of an empty telemetry folder when there is none, so that opening a new one is quick. */
export async function prepareStoreTemplate(options: { readonly hostPath?: string } = {}): Promise<void> {
  const schema = loadHuntingSchema();
  if (existsSync(templateFolder(schema))) return;
  const dir = mkdtempSync(join(tmpdir(), 'parapet-template-'));
  try {
    const store = await openEmbeddedStore({ dataDir: dir, schema, ...options });
    await store.close();
    keepTemplate(schema, join(dir, 'engine'));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
