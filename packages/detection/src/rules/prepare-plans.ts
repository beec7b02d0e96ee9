import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKqlWorker } from '@parapet/kql';
import { createHunting, openEmbeddedStore } from '@parapet/store';
import { RuleQuery } from '../runtime/rule-query.ts';
import { keepPlans } from './kept-plans.ts';
import { loadRules } from './load.ts';

/**
 * Compile every rule of a folder as a first start would, and keep the plans, so that a start only has to read them. What is compiled already is
 * taken from the file.
 * @param options.file where the plans are kept; the usual place when left out
 * @param options.bundleDir where the programs of the engine and the compiler are, when they are not run from their sources
 */
export async function prepareRulePlans(
  contentDir: string,
  { file, bundleDir }: { readonly file?: string; readonly bundleDir?: string } = {},
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'parapet-plans-'));
  const store = await openEmbeddedStore({
    dataDir: dir,
    ...(bundleDir ? { hostPath: join(bundleDir, 'engine-host.mjs') } : {}),
  });
  const compiler = createKqlWorker(bundleDir ? { path: join(bundleDir, 'kql-worker.mjs') } : {});
  const hunting = createHunting(store, { compiler });
  try {
    const plans = await keepPlans(hunting, store, file);
    const { rules } = await loadRules(contentDir, plans.hunting);
    // A rule that cannot be compiled says so when it runs.
    for (const rule of rules)
      if (rule.kind === 'continuous') await new RuleQuery(rule, plans.hunting, store).rows().catch(() => undefined);
    await plans.save();
  } finally {
    await hunting.close();
    await compiler.close();
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}
