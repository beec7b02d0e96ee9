import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'content/**/*.test.ts'],
    // One empty telemetry folder is made before the tests; each store starts from a copy of it.
    globalSetup: ['scripts/vitest-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // The embedded engines hold hundreds of megabytes each: one worker per core is the ceiling that stays quick.
    maxWorkers: 2,
    pool: 'forks',
  },
});
