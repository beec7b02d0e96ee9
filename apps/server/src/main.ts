/** The server as a program: configuration, start-up lines, signals. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setIpDatabase } from '@parapet/kql';
import { ParapetError } from '@parapet/schema';
import { type RunningServer, startServer } from './app.ts';
import { loadConfig } from './config.ts';
import { createLog } from './log.ts';
import { findPaths } from './paths.ts';

function fail(error: unknown): never {
  if (error instanceof ParapetError) {
    console.error(`\n${error.message}${error.hint ? `\n${error.hint}` : ''}`);
  } else {
    console.error(error);
  }
  process.exit(1);
}

async function main(): Promise<void> {
  const paths = findPaths(import.meta.url);
  const { version } = JSON.parse(readFileSync(join(paths.root, 'package.json'), 'utf8')) as { version: string };
  const config = loadConfig(process.argv.slice(2), process.env);
  const log = createLog(config);
  const started = Date.now();
  log.info({ version, dataDir: config.dataDir }, `Parapet ${version}, data in ${config.dataDir}`);

  let server: RunningServer | undefined;
  let stopping: Promise<void> | undefined;
  const stop = (signal: string): void => {
    if (stopping) {
      log.warn('Still shutting down; a second signal ends the process at once.');
      process.exit(130);
    }
    log.info(`${signal}: shutting down`);
    stopping = (server?.close() ?? Promise.resolve()).then(
      () => {
        log.info('Shut down cleanly');
        process.exit(0);
      },
      (error: unknown) => {
        log.error({ err: error }, 'Shutting down failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', () => stop('Ctrl-C'));
  process.on('SIGTERM', () => stop('SIGTERM'));

  // Before anything else starts: helper processes inherit it.
  setIpDatabase(config.geoipDatabase && resolve(config.geoipDatabase));
  server = await startServer({
    config,
    paths,
    version,
    log,
    step: (name, milliseconds) =>
      log.info(
        { step: name, milliseconds: Math.round(milliseconds) },
        `${name} (${(milliseconds / 1000).toFixed(1)} s)`,
      ),
  });
  log.info(
    { url: server.url, seconds: (Date.now() - started) / 1000 },
    `Ready in ${((Date.now() - started) / 1000).toFixed(1)} s: ${server.url}`,
  );
  if (server.setupLink) {
    // The one secret that must be seen: it works once, and only until somebody has an account.
    process.stdout.write(`\n  Create the first administrator here (works once):\n  ${server.setupLink}\n\n`);
  }
  if (config.sample) await server.startSample();
}

main().catch(fail);
