import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prepareRulePlans } from '@parapet/detection';
import { prepareStoreTemplate } from '@parapet/store';

/**
 * Before the first test: an empty telemetry folder that every store starts from. Before a run of everything also the library's plans, which
 * every server of the tests would compile by itself; a run of named files may not need them. After the last: the memory disk is left empty.
 */
export default async function setup(): Promise<() => void> {
  await prepareStoreTemplate();
  const named = process.argv.slice(2).some((arg) => /\.test\.|\/test\/|^(-t|--testNamePattern)/.test(arg));
  if (!named) await prepareRulePlans(fileURLToPath(new URL('../content/detections', import.meta.url)));
  return () => {
    const folder = process.env.TMPDIR;
    if (folder?.startsWith('/dev/shm/parapet-test-')) rmSync(folder, { recursive: true, force: true });
  };
}
