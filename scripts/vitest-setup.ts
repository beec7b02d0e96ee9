import { prepareStoreTemplate } from '@parapet/store';

/** Before the first test: an empty telemetry folder that every store starts from. */
export default async function setup(): Promise<void> {
  await prepareStoreTemplate();
}
