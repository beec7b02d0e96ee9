#!/usr/bin/env node
/** `parapet <command>`: the command line, from the built bundle. */
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const bundle = fileURLToPath(new URL('../apps/server/dist/cli.mjs', import.meta.url));
if (!existsSync(bundle)) {
  const { buildStale } = await import('../scripts/build.mjs');
  await buildStale({ only: 'server', say: (line) => console.error(line) });
}
const { runCli } = await import(pathToFileURL(bundle).href);
process.exitCode = await runCli(process.argv.slice(2));
