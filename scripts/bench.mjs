/**
 * `npm run bench`: every benchmark that needs no input of its own, one after the other. `npm run bench -- hunting` runs those whose path
 * contains the word.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const BENCHES = [
  ['bench/hunting-vs-sql.ts', 'compiled KQL against SQL written by hand'],
  ['packages/ingest/bench/throughput.ts', 'acknowledged and queryable events a second'],
  ['packages/detection/bench/batch.ts', 'every continuous rule over a batch'],
  ['packages/sample/bench/generate.ts', 'events generated a second'],
];
const wanted = process.argv[2] ?? '';
for (const [path, about] of BENCHES) {
  if (!path.includes(wanted)) continue;
  console.log(`\n== ${path}: ${about}`);
  const result = spawnSync(process.execPath, ['--import', 'tsx', path], { stdio: 'inherit', cwd: root });
  if (result.status !== 0) process.exit(result.status ?? 1);
}
