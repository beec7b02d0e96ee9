import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { CheckedText } from './editor/check.ts';
import type { Explained } from './editor/explain.ts';
import type { PlainOptions } from './plain.ts';
import type { LanguageCatalog } from './reference/catalog.ts';
import type { CompileResult, KqlSchema, StoredFunction } from './types.ts';

export type WorkerRequest =
  | { readonly kind: 'library'; readonly folder: string }
  | { readonly kind: 'schema'; readonly key: string; readonly schema: KqlSchema }
  | {
      readonly kind: 'compile';
      readonly id: number;
      readonly key: string;
      readonly text: string;
      readonly options: PlainOptions;
    }
  | {
      readonly kind: 'check' | 'explain';
      readonly id: number;
      readonly key: string;
      readonly text: string;
      readonly options: PlainOptions;
    }
  | { readonly kind: 'language'; readonly id: number; readonly functions: readonly StoredFunction[] };

/** Requests that get an answer. */
type Asked = Extract<WorkerRequest, { readonly id: number }>;

export interface WorkerReply {
  readonly id: number;
  readonly result?: CompileResult | CheckedText | Explained | LanguageCatalog;
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
  /** Findings of every query of a text; compiles, runs nothing. */
  check(text: string, schema: KqlSchema, options: PlainOptions): Promise<CheckedText>;
  /** A compile with what each stage gave and took. */
  explain(text: string, schema: KqlSchema, options: PlainOptions): Promise<Explained>;
  /** Every word the compiler knows, with its help. */
  language(functions: readonly StoredFunction[]): Promise<LanguageCatalog>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (r: NonNullable<WorkerReply['result']>) => void;
  readonly reject: (e: Error) => void;
}

const keyOf = (schema: KqlSchema): string => `${schema.version}\u0000${schema.tables.length}`;

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

  /** Sends a request and waits for its answer, whose type the kind of the request decides. */
  const ask = <T extends WorkerReply['result']>(request: (id: number) => Asked, schema?: KqlSchema): Promise<T> => {
    if (closed) return Promise.reject(new Error('The compile worker is closed.'));
    const w = start();
    w.ref();
    if (schema && sent.get(keyOf(schema)) !== schema) {
      sent.set(keyOf(schema), schema);
      w.postMessage({ kind: 'schema', key: keyOf(schema), schema } satisfies WorkerRequest);
    }
    const id = next++;
    return new Promise<T>((resolve, reject) => {
      waiting.set(id, { resolve: (result) => resolve(result as T), reject });
      w.postMessage(request(id));
    });
  };
  const withText =
    (kind: 'compile' | 'check' | 'explain') =>
    <T extends WorkerReply['result']>(text: string, schema: KqlSchema, plain: PlainOptions): Promise<T> =>
      ask<T>((id) => ({ kind, id, key: keyOf(schema), text, options: plain }), schema);

  return {
    compile: withText('compile'),
    check: withText('check'),
    explain: withText('explain'),
    language: (functions) => ask((id) => ({ kind: 'language', id, functions })),
    close: async () => {
      closed = true;
      const w = worker;
      failAll(new Error('The compile worker is closed.'));
      await w?.terminate();
    },
  };
}
