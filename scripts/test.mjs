/** `npm test`: lint, types, unit tests, then the browser tests against a fresh build. Stops at the first part that fails. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url));
const parts = [
  { name: 'lint', command: bin('biome'), args: ['check', '--error-on-warnings', '.'] },
  { name: 'types', command: process.execPath, args: ['scripts/types.mjs'] },
  { name: 'dependencies', command: process.execPath, args: ['scripts/audit-deps.mjs', '--offline'] },
  { name: 'generated files', command: process.execPath, args: ['scripts/docs.mjs', '--check'] },
  { name: 'unit', command: bin('vitest'), args: ['run'] },
  { name: 'build', command: process.execPath, args: ['scripts/build.mjs'] },
  { name: 'browser', command: bin('playwright'), args: ['test', '--config', 'e2e/playwright.config.ts'] },
];
for (const { name, command, args } of parts) {
  const started = Date.now();
  console.log(`\n== ${name}`);
  const result = spawnSync(command, args, { stdio: 'inherit', cwd: root, env: { ...process.env, FORCE_COLOR: '0' } });
  console.log(
    `== ${name}: ${result.status === 0 ? 'passed' : 'FAILED'} in ${((Date.now() - started) / 1000).toFixed(0)} s`,
  );
  if (result.status !== 0) process.exit(result.status ?? 1);
}
