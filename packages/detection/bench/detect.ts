/**
 * What the library sees in recordings nobody here made: recall, precision, correlation.
 *
 *     npx tsx packages/detection/bench/detect.ts [options] <data folder>
 *
 *     --only <area,…>     areas of the folder (endpoint-windows, cloud-aws, …); default all
 *     --keep <folder>     keep the loaded store there and use it again
 *     --again             with --keep: judge the alerts found last time, without running the rules
 *     --rules <folder>    rules to judge (default content/detections)
 *     --sigma <checkout>  judge the Sigma rules of a checkout besides, translated as an import does
 *     --missed            name every simulation and label that was not judged right
 *     --json <file>       write everything that was found
 *
 * The folder has a `MANIFEST.csv` with the columns `path` and `attack` (published ATT&CK ids); `saas-audit/` holds lines
 * `{rule_id, test, expected_alert, log}`.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createHunting, openEmbeddedStore } from '@parapet/store';
import { formatProblem, keepPlans, loadRules } from '../src/index.ts';
import { type Finding, findAll } from './detect/find.ts';
import { correlation } from './detect/incidents.ts';
import { load } from './detect/load.ts';
import { productAlerts } from './detect/products.ts';
import { precision, recall, verdicts } from './detect/report.ts';
import { sigmaRules } from './detect/sigma.ts';
import { sourcesOf } from './detect/units.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: '' },
    keep: { type: 'string' },
    rules: { type: 'string', default: fileURLToPath(new URL('../../../content/detections', import.meta.url)) },
    sigma: { type: 'string' },
    missed: { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const [folder] = positionals;
if (!folder) {
  console.error('usage: detect.ts [--only areas] [--keep folder] [--missed] [--json file] <data folder>');
  process.exit(2);
}
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;
const dir = options.keep ?? mkdtempSync(join(tmpdir(), 'parapet-detect-'));
const store = await openEmbeddedStore({ dataDir: join(dir, 'store') });
const hunting = createHunting(store);
try {
  const began = performance.now();
  const loaded = await load(store, dir, sourcesOf(folder, options.only ? options.only.split(',') : []));
  const events = Object.values(loaded.units).reduce((sum, unit) => sum + unit.events, 0);
  console.log(`${events} events of ${Object.keys(loaded.units).length} recordings loaded in ${seconds(began)}`);
  const findings = await (options.again ? foundBefore() : find());
  console.log(recall(loaded, findings, options.missed));
  console.log(precision(loaded, findings));
  console.log(verdicts(loaded, findings, options.missed));
  console.log(await correlation(loaded.units, findings, hunting, options.missed));
  if (!options.only || options.only.split(',').includes('alerts')) console.log(await productAlerts(folder, dir));
  if (options.json)
    writeFileSync(
      options.json,
      JSON.stringify(
        findings.map(({ rule, draft, index }) => ({
          index,
          rule: rule.file,
          severity: rule.severity,
          techniques: rule.techniques,
          title: draft.title,
          events: draft.eventCount,
          first: draft.firstActivity,
        })),
        null,
        1,
      ),
    );
} finally {
  await hunting.close();
  await store.close();
  if (!options.keep) rmSync(dir, { recursive: true, force: true });
}

/** Run every rule. */
async function find(): Promise<readonly Finding[]> {
  const began = performance.now();
  const plans = await keepPlans(hunting, store, join(dir, 'rule-plans.json.gz'));
  const own = await loadRules(options.rules, plans.hunting);
  const rules = [...own.rules];
  const problems = [...own.problems];
  if (options.sigma) {
    const sigma = await sigmaRules(options.sigma, plans.hunting);
    const imported = await loadRules(sigma.folder, plans.hunting);
    rmSync(sigma.folder, { recursive: true, force: true });
    rules.push(...imported.rules);
    problems.push(...imported.problems);
    console.log(
      `${imported.rules.length} of ${sigma.rules} Sigma rules (${sigma.documents} documents) in ${seconds(began)}`,
    );
  }
  for (const problem of problems) console.error(formatProblem(problem));
  const { findings, costs } = await findAll(rules, plans.hunting, store);
  await plans.save();
  console.log(`${rules.length} rules, ${findings.length} alerts in ${seconds(began)}`);
  for (const cost of costs)
    if (cost.error || cost.truncated) console.log(`  ${cost.file}: ${cost.error ?? 'more rows than a run may return'}`);
  costs.sort((a, b) => b.ms - a.ms);
  console.log(
    `  slowest: ${costs
      .slice(0, 5)
      .map((cost) => `${cost.file} ${Math.round(cost.ms)} ms`)
      .join(', ')}`,
  );
  writeFileSync(join(dir, 'findings.json'), JSON.stringify(findings));
  return findings;
}

function foundBefore(): readonly Finding[] {
  return JSON.parse(readFileSync(join(dir, 'findings.json'), 'utf8')) as Finding[];
}
