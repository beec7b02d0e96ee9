import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: './tests',
  // The walk loads the whole sample environment, while the unit tests run beside it.
  timeout: 900_000,
  expect: { timeout: 20_000 },
  workers: 1,
  fullyParallel: false,
  retries: 0,
  reporter: [['list']],
  outputDir: '../test-results',
  globalSetup: './support/global-setup.ts',
  use: {
    locale: 'en-US',
    timezoneId: 'UTC',
    actionTimeout: 20_000,
    navigationTimeout: 30_000,
    viewport: { width: 1440, height: 900 },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
