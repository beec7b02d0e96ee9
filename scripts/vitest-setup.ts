import { rmSync } from 'node:fs';
import { prepareStoreTemplate } from '@parapet/store';

/** Before the first test: an empty telemetry folder that every store starts from. After the last: the memory disk is left empty. */
export default async function setup(): Promise<() => void> {
  await prepareStoreTemplate();
  return () => {
    const folder = process.env.TMPDIR;
    if (folder?.startsWith('/dev/shm/parapet-test-')) rmSync(folder, { recursive: true, force: true });
  };
}
