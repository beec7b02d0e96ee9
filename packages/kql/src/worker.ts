import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { PlainOptions } from './cache.ts';
import type { CompileResult, KqlSchema } from './types.ts';

export type WorkerRequest =
  | { readonly kind: 'library'; readonly folder: string }
  | { readonly kind: 'schema'; readonly key: string; readonly schema: KqlSchema }
  | {
      readonly kind: 'compile';
      readonly id: number;
      readonly key: string;
      readonly text: string;
      readonly options: PlainOptions;
    };

export interface WorkerReply {
  readonly id: number;
  readonly result?: CompileResult;
  readonly missingSchema?: boolean;
}

export interface KqlWorkerOptions {
  /** The worker script; by default the source file beside this one, or `kql-worker.mjs` beside the bundle. */
  readonly path?: string;
  /** Folder of the language library's scripts, when it is not in `node_modules`. */
  readonly libraryFolder?: string;
}

/** Compiles off the event loop. */
export interface KqlWorker {
  compile(text: string, schema: KqlSchema, options: PlainOptions): Promise<CompileResult>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (r: CompileResult) => void;
  readonly reject: (e: Error) => void;
}

function script(path: string | undefined): { file: string; source: boolean } {
  if (path) return { file: path, source: path.endsWith('.ts') };
  const source = fileURLToPath(new URL('./kql-worker.ts', import.meta.url));
  if (import.meta.url.endsWith('.ts') && existsSync(source)) return { file: source, source: true };
  return { file: fileURLToPath(new URL('./kql-worker.mjs', import.meta.url)), source: false };
}

/** A worker that runs TypeScript source; the loader is registered inside it, whatever the main thread uses. */
function sourceWorker(file: string): Worker {
  const loader = createRequire(import.meta.url)
    .resolve('tsx/esm/api')
    .replace(/\.cjs$/, '.mjs');
  const boot =
    'const { loader, file } = require("node:worker_threads").workerData; import(loader).then((api) => { api.register(); return import(file); });';
  return new Worker(boot, {
    eval: true,
    workerData: { loader: pathToFileURL(loader).href, file: pathToFileURL(file).href },
  });
}

/**
 * Starts a compile worker. The schema crosses once for each version. A worker that dies fails what was waiting and is
 * started again by the next call.
 */
export function createKqlWorker(options: KqlWorkerOptions = {}): KqlWorker {
  let worker: Worker | undefined;
  let sent = new Map<string, KqlSchema>();
  let next = 0;
  let closed = false;
  const waiting = new Map<number, Waiting>();

  const failAll = (error: Error): void => {
    for (const w of waiting.values()) w.reject(error);
    waiting.clear();
    worker = undefined;
    sent = new Map();
  };

  const start = (): Worker => {
    if (worker) return worker;
    const { file, source } = script(options.path);
    const made = source ? sourceWorker(file) : new Worker(file);
    made.on('message', (reply: WorkerReply) => {
      const w = waiting.get(reply.id);
      waiting.delete(reply.id);
      if (reply.result) w?.resolve(reply.result);
      else w?.reject(new Error('The compile worker does not know the schema.'));
      if (waiting.size === 0) made.unref();
    });
    made.on('error', failAll);
    made.on('exit', (code) => {
      if (worker === made) failAll(new Error(`The compile worker stopped (${code}).`));
    });
    if (options.libraryFolder)
      made.postMessage({ kind: 'library', folder: options.libraryFolder } satisfies WorkerRequest);
    worker = made;
    return made;
  };

  return {
    compile: (text, schema, plain) => {
      if (closed) return Promise.reject(new Error('The compile worker is closed.'));
      const w = start();
      w.ref();
      const key = `${schema.version}\u0000${schema.tables.length}`;
      if (sent.get(key) !== schema) {
        sent.set(key, schema);
        w.postMessage({ kind: 'schema', key, schema } satisfies WorkerRequest);
      }
      const id = next++;
      return new Promise<CompileResult>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        w.postMessage({ kind: 'compile', id, key, text, options: plain } satisfies WorkerRequest);
      });
    },
    close: async () => {
      closed = true;
      const w = worker;
      failAll(new Error('The compile worker is closed.'));
      await w?.terminate();
    },
  };
}
