/** Makes the helper process known to an embedded engine. */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The engine's name of the one function that all host calls go through. */
export const HOST_FUNCTION = 'kqlHost';

const CONFIG = `<functions><function>
<type>executable_pool</type><name>${HOST_FUNCTION}</name><return_type>String</return_type>
<argument><type>String</type><name>fn</name></argument><argument><type>String</type><name>args</name></argument>
<format>RowBinary</format><command>kql-host</command><execute_direct>1</execute_direct><send_chunk_header>1</send_chunk_header>
<pool_size>4</pool_size><command_read_timeout>120000</command_read_timeout><command_write_timeout>120000</command_write_timeout>
<max_command_execution_time>120</max_command_execution_time><stderr_reaction>throw</stderr_reaction><check_exit_code>1</check_exit_code>
</function></functions>
`;

/** Bundles the helper from source into the module cache, once for each content. For running from source only. */
function bundleFromSource(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const require = createRequire(import.meta.url);
  const hash = createHash('sha256');
  const walk = (folder: string): void => {
    for (const e of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (e.isDirectory()) walk(join(folder, e.name));
      else hash.update(e.name).update(readFileSync(join(folder, e.name)));
    }
  };
  walk(here);
  const cache = join(dirname(require.resolve('esbuild/package.json')), '..', '.cache', 'parapet');
  const target = join(cache, `kql-host-${hash.digest('hex').slice(0, 16)}.mjs`);
  if (existsSync(target)) return target;
  mkdirSync(cache, { recursive: true });
  const esbuild = require('esbuild') as { buildSync(options: Record<string, unknown>): unknown };
  const made = `${target}.${process.pid}.tmp`;
  esbuild.buildSync({
    entryPoints: [join(here, 'main.ts')],
    outfile: made,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: { js: "import { createRequire as cr } from 'node:module'; const require = cr(import.meta.url);" },
    logLevel: 'error',
  });
  renameSync(made, target);
  return target;
}

function bundlePath(): string {
  const beside = fileURLToPath(new URL('./kql-host.mjs', import.meta.url));
  return import.meta.url.endsWith('.ts') ? bundleFromSource() : beside;
}

/** A union of every table makes statements far larger than what people type; the engine's limits are meant for those. */
const STATEMENT_SIZES: readonly string[] = [
  '--max_query_size=67108864',
  '--max_parser_backtracks=1000000000',
  '--max_parser_depth=5000',
  '--max_ast_elements=5000000',
  '--max_expanded_ast_elements=10000000',
];

/**
 * Writes what the engine needs to start helpers into a folder.
 * @param folder created when missing; the engine must be able to run programs from it
 * @param bundle the helper's script; by default `kql-host.mjs` beside the running bundle, or a bundle made from source
 * @returns arguments for the engine's connection
 */
export function installHost(folder: string, bundle: string = bundlePath()): string[] {
  mkdirSync(folder, { recursive: true });
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const script = join(folder, 'kql-host');
  const config = join(folder, 'functions.xml');
  writeFileSync(script, `#!/bin/sh\nexec ${quoted(process.execPath)} --max-old-space-size=1024 ${quoted(bundle)}\n`);
  chmodSync(script, 0o755);
  writeFileSync(config, CONFIG);
  return [`--user_defined_executable_functions_config=${config}`, `--user_scripts_path=${folder}`, ...STATEMENT_SIZES];
}
