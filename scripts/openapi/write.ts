/** Writes what is derived from the routes: their answers, the description of the API and the portal's types. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { startServer } from '../../apps/server/src/app.ts';
import { loadConfig } from '../../apps/server/src/config.ts';
import { type Answers, describeApi } from '../../apps/server/src/openapi/document.ts';
import { findPaths } from '../../apps/server/src/paths.ts';
import { clientTypes } from './client.ts';
import { readRoutes } from './routes.ts';

/**
 * @param root folder of the project
 * @param check compare instead of writing
 * @returns names of files that are stale
 */
export async function writeApiFiles(root: string, check: boolean): Promise<string[]> {
  const answers = readRoutes(root);
  const dataDir = mkdtempSync(join(tmpdir(), 'parapet-openapi-'));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const paths = findPaths(pathToFileURL(join(root, 'scripts', 'openapi', 'write.ts')).href);
  const server = await startServer({
    config: loadConfig(['--port', '0', '--data', dataDir, '--log-level', 'silent'], {}, dataDir),
    paths,
    version,
    log: pino({ level: 'silent' }),
  });
  const document = describeApi(server.routes, version, answers as unknown as Answers);
  await server.close();
  rmSync(dataDir, { recursive: true, force: true });
  const files: Readonly<Record<string, string>> = {
    'apps/server/src/openapi/answers.json': JSON.stringify(answers),
    'docs/reference/openapi.json': JSON.stringify(document, (name, value: unknown) =>
      name === 'x-shared' ? undefined : value,
    ),
    'apps/portal/src/api/operations.ts': clientTypes(document),
  };
  const stale: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    const formatted = format(root, name, text);
    const path = join(root, name);
    let before = '';
    try {
      before = readFileSync(path, 'utf8');
    } catch {
      // The first time there is none.
    }
    if (before === formatted) continue;
    stale.push(name);
    if (!check) writeFileSync(path, formatted);
  }
  return stale;
}

function format(root: string, name: string, text: string): string {
  const biome = join(root, 'node_modules', '.bin', 'biome');
  const result = spawnSync(biome, ['check', '--write', '--stdin-file-path', name], {
    cwd: root,
    input: text,
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
  if (result.status !== 0) throw new Error(`${name} cannot be formatted: ${result.stderr}`);
  return result.stdout;
}
