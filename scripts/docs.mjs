/** Write the generated parts of the documentation; `--check` fails when they are stale. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tsImport } from 'tsx/esm/api';

const page = fileURLToPath(new URL('../docs/configuration.md', import.meta.url));
const { SETTINGS } = await tsImport('../apps/server/src/config.ts', import.meta.url);
const head = '| --- | --- | --- | --- |\n';
const before = readFileSync(page, 'utf8');
const rows = SETTINGS.map(
  (setting) => `| \`--${setting.flag}\` | \`${setting.env}\` | \`${setting.fallback}\` | ${setting.about} |\n`,
).join('');
const after = before.slice(0, before.indexOf(head) + head.length) + rows;
if (process.argv.includes('--check')) {
  if (after !== before) {
    console.error('docs/configuration.md is stale: run npm run docs.');
    process.exit(1);
  }
} else writeFileSync(page, after);

const { functionReference, REFERENCE_PAGE } = await tsImport('../packages/kql/scripts/reference.ts', import.meta.url);
const functions = functionReference();
if (process.argv.includes('--check')) {
  if (readFileSync(REFERENCE_PAGE, 'utf8') !== functions) {
    console.error('docs/reference/functions.md is stale: run npm run docs.');
    process.exit(1);
  }
} else writeFileSync(REFERENCE_PAGE, functions);

const api = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/openapi/main.ts', ...process.argv.slice(2)], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  stdio: 'inherit',
});
if (api.status !== 0) process.exit(api.status ?? 1);
