/**
 * `npm test`: the checks, the unit tests and the browser tests against a fresh build. Two lanes run side by side, because
 * each waits a good part of its time; the output of a part is printed whole when it ends. The first failure ends it all.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url));
const script = (name, command, ...args) => ({ name, command, args });
const checks = [
  script('lint', bin('biome'), 'check', '--error-on-warnings', '.'),
  script('types', process.execPath, 'scripts/types.mjs'),
  script('dependencies', process.execPath, 'scripts/audit-deps.mjs', '--offline'),
];
const lanes = [
  [script('unit', bin('vitest'), 'run')],
  [
    script('generated files', process.execPath, 'scripts/docs.mjs', '--check'),
    script('build', process.execPath, 'scripts/build.mjs'),
    script('browser', bin('playwright'), 'test', '--config', 'e2e/playwright.config.ts'),
  ],
];

/** Parts that are running, to be ended when another one fails. */
const running = new Set();

/** Run one part with its output held back. @returns whether it passed */
async function run({ name, command, args }) {
  const started = Date.now();
  console.log(`== ${name}: started`);
  // A process group of its own: ending it ends the servers and browsers it started.
  const child = spawn(command, args, { cwd: root, detached: true, env: { ...process.env, FORCE_COLOR: '0' } });
  running.add(child);
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const code = await new Promise((resolve) => child.on('close', resolve));
  running.delete(child);
  process.stdout.write(`\n${Buffer.concat(output)}`);
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  console.log(`== ${name}: ${code === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
  return code === 0;
}

function endAll() {
  for (const { pid } of running) {
    try {
      process.kill(-pid, 'SIGTERM');
    } catch {
      // It ended by itself.
    }
  }
}

async function runLane(parts) {
  for (const part of parts)
    if (!(await run(part))) {
      process.exitCode = 1;
      endAll();
      return;
    } else if (process.exitCode) return;
}

for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    endAll();
    process.exit(1);
  });
await runLane(checks);
if (!process.exitCode) await Promise.all(lanes.map(runLane));
