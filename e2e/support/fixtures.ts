import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { test as base, chromium, expect } from '@playwright/test';
import { launchOptions } from './browser.ts';

/** Tests run in the Chromium that the npm package carries. */
export const test = base.extend<object, { browser: Awaited<ReturnType<typeof chromium.launch>> }>({
  browser: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's dependencies from this pattern.
    async ({}, use) => {
      const browser = await chromium.launch(await launchOptions());
      await use(browser);
      await browser.close();
    },
    { scope: 'worker' },
  ],
});

/** No serious or critical violation on the page as it stands. Tabster's focus dummies are not content. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  const result = await new AxeBuilder({ page }).exclude('[data-tabster-dummy]').analyze();
  const serious = result.violations.filter(
    (violation) => violation.impact === 'serious' || violation.impact === 'critical',
  );
  expect(
    serious.map(
      (violation) => `${where}: ${violation.id} at ${violation.nodes.map((node) => node.target.join(' ')).join(' | ')}`,
    ),
  ).toEqual([]);
}

export { expect };
