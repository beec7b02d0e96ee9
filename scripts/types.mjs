/** Type-check both halves: Node code and the portal. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
let failed = false;
for (const project of ['tsconfig.json', 'apps/portal/tsconfig.json']) {
  const result = spawnSync(process.execPath, [tsc, '-p', project], {
    stdio: 'inherit',
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  });
  if (result.status !== 0) failed = true;
}
process.exit(failed ? 1 : 0);
