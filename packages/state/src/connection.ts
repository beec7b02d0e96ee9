import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { DatabaseError, stateUnavailable } from './errors.ts';
import type { Reply, Request, WireError, WorkerMessage, WorkerSettings } from './protocol.ts';

type Unsent = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never;

/** One life of the worker thread. After {@link WorkerConnection.ended} settles it answers nothing more. */
export class WorkerConnection {
  /** Resolves with why the thread ended; undefined when it was asked to. */
  readonly ended: Promise<string | undefined>;
  #worker: Worker;
  #waiting = new Map<number, { resolve(rows: readonly unknown[]): void; reject(error: Error): void }>();
  #nextId = 1;
  #closing = false;
  #dead: string | undefined;

  private constructor(worker: Worker, ended: Promise<string | undefined>) {
    this.#worker = worker;
    this.ended = ended;
    worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'reply') this.#settle(message.reply);
    });
    void ended.then((why) => {
      this.#dead = why ?? 'it was closed';
      const error = stateUnavailable(this.#dead);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  /**
   * Start a thread and wait until PostgreSQL answers.
   * @param workerPath file of the worker; by default the one beside this module
   * @throws ParapetError `state_unavailable` 503 when the folder cannot be opened
   */
  static async open(
    settings: WorkerSettings,
    workerPath?: string,
  ): Promise<{ connection: WorkerConnection; openedInMs: number; created: boolean }> {
    const file = workerPath ? pathToFileURL(workerPath) : ownWorker();
    const worker = new Worker(file, { workerData: settings, execArgv: [], name: 'state' });
    let failure: string | undefined;
    worker.on('error', (error) => {
      failure = error instanceof Error ? error.message : String(error);
    });
    const ended = new Promise<string | undefined>((resolve) => {
      worker.once('exit', (code) =>
        resolve(failure ?? (code === 0 ? undefined : `its thread ended with code ${code}`)),
      );
    });
    const connection = new WorkerConnection(worker, ended);
    const ready = new Promise<{ openedInMs: number; created: boolean }>((resolve, reject) => {
      worker.once('message', (message: WorkerMessage) => {
        if (message.kind === 'ready') resolve(message);
        else if (message.kind === 'failed') reject(stateUnavailable(message.error.message));
      });
      void ended.then((why) => reject(stateUnavailable(why ?? 'its thread ended while opening')));
    });
    try {
      return { connection, ...(await ready) };
    } catch (error) {
      await worker.terminate();
      throw error;
    }
  }

  get alive(): boolean {
    return this.#dead === undefined && !this.#closing;
  }

  /** Send one request; rejects with {@link DatabaseError} or `state_unavailable`. */
  call(request: Unsent): Promise<readonly unknown[]> {
    if (this.#dead !== undefined) return Promise.reject(stateUnavailable(this.#dead));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      try {
        this.#worker.postMessage({ ...request, id });
      } catch (error) {
        // A parameter that cannot be copied to another thread, such as a function.
        this.#waiting.delete(id);
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  /** Shut PostgreSQL down cleanly and wait for the thread to end. */
  async close(): Promise<void> {
    if (this.#closing || this.#dead !== undefined) return;
    this.#closing = true;
    try {
      await this.call({ op: 'close' });
    } finally {
      await this.#worker.terminate();
    }
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (!waiting) return;
    this.#waiting.delete(reply.id);
    if ('error' in reply) waiting.reject(fromWire(reply.error));
    else waiting.resolve(reply.rows);
  }
}

function fromWire(error: WireError): Error {
  return error.code === undefined
    ? new Error(error.message)
    : new DatabaseError(error.message, error.code, error.constraint, error.detail, error.table);
}

function ownWorker(): URL {
  const name = import.meta.url.endsWith('.ts') ? './source-worker.mjs' : './state-worker.mjs';
  return new URL(name, import.meta.url);
}
