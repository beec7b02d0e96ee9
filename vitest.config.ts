import { mkdtempSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/**
 * Hundreds of stores of some thousand small files each are made and removed: in memory where the machine has a memory
 * disk with room. The set-up removes the folder after the last test.
 */
function useMemoryDisk(): void {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize > 8 * 1024 ** 3) process.env.TMPDIR = mkdtempSync(join('/dev/shm', 'parapet-test-'));
  } catch {
    // No such disk: the usual folder for temporary files.
  }
}
if (!process.env.TMPDIR) useMemoryDisk();

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'content/**/*.test.ts'],
    // One empty telemetry folder is made before the tests; each store starts from a copy of it.
    globalSetup: ['scripts/vitest-setup.ts'],
    // Browser tests run beside these on the same two cores: a limit is for what hangs, not for what is slow.
    testTimeout: 180_000,
    hookTimeout: 300_000,
    // The embedded engines hold hundreds of megabytes each: one worker per core is the ceiling that stays quick.
    maxWorkers: 2,
    pool: 'forks',
  },
});
