/** A store and a compiler in this process, for the command line. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createKqlWorker, type KqlWorker } from '@parapet/kql';
import { loadHuntingSchema, ParapetError } from '@parapet/schema';
import { createHunting, type EmbeddedStore, type Hunting, openEmbeddedStore, toKqlSchema } from '@parapet/store';
import { lockDataDir } from '../lock.ts';
import type { Paths } from '../paths.ts';

export interface LocalKql {
  readonly hunting: Hunting;
  readonly store: EmbeddedStore;
  /** Gives up a compiler that does not answer any more; what waits for it fails. */
  restartCompiler(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenLocalOptions {
  readonly paths: Paths;
  /** A data folder of the server, or a folder of a store alone. Without one: an empty store that is removed at the end. */
  readonly dataDir?: string;
  /** Told when the engine died and is being started again. */
  onRestart?(reason: string): void;
}

interface Folder {
  readonly path: string;
  release(): void;
}

function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'parapet-kql-'));
  const release = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  // The last resort when the process is told to go: an orderly end has removed it by then.
  process.once('exit', release);
  return {
    path,
    release: () => {
      process.off('exit', release);
      release();
    },
  };
}

/** The store inside a folder somebody names, held for this process alone. */
function existingFolder(given: string): Folder {
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), given);
  if (!existsSync(path) || !statSync(path).isDirectory())
    throw new ParapetError('no_data_folder', 400, `There is no folder ${path}.`, 'Name the data folder of a server.');
  const release = lockDataDir(path);
  process.once('exit', release);
  return {
    path: existsSync(join(path, 'engine')) ? path : join(path, 'telemetry'),
    release: () => {
      process.off('exit', release);
      release();
    },
  };
}

/**
 * Open a store with every table of the schema. The compiler warms up while the engine opens.
 * @throws ParapetError `no_data_folder`, `data_folder_in_use`, `engine_start_failed`
 */
export async function openLocalKql({ paths, dataDir, onRestart }: OpenLocalOptions): Promise<LocalKql> {
  const folder = dataDir === undefined ? temporaryFolder() : existingFolder(dataDir);
  const schema = loadHuntingSchema(paths.schemaFile);
  const workerFile = paths.bundleDir ? join(paths.bundleDir, 'kql-worker.mjs') : undefined;
  const warm = (): KqlWorker => {
    const worker = createKqlWorker(workerFile ? { path: workerFile } : {});
    worker.compile('print 1', toKqlSchema(schema), { now: new Date() }).catch(() => undefined);
    return worker;
  };
  let compiler = warm();
  let store: EmbeddedStore;
  try {
    store = await openEmbeddedStore({
      dataDir: folder.path,
      schema,
      ...(paths.bundleDir ? { hostPath: join(paths.bundleDir, 'engine-host.mjs') } : {}),
      ...(onRestart ? { onRestart } : {}),
    });
  } catch (error) {
    await compiler.close();
    folder.release();
    throw error;
  }
  let hunting = createHunting(store, { compiler });
  return {
    store,
    get hunting() {
      return hunting;
    },
    async restartCompiler() {
      const old = compiler;
      compiler = warm();
      hunting = createHunting(store, { compiler });
      await old.close();
    },
    async close() {
      await compiler.close();
      await store.close();
      folder.release();
    },
  };
}
