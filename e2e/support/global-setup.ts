import { launchOptions } from './browser.ts';

/** Unpack the browser once, before the workers start. */
export default async function globalSetup(): Promise<void> {
  await launchOptions();
}
