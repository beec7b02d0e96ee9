import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ParapetError } from '@parapet/schema';
import { WorkerConnection } from './connection.ts';
import { stateUnavailable } from './errors.ts';
import { maintain } from './maintenance.ts';
import { applyMigrations } from './migrations.ts';
import type { WorkerSettings } from './protocol.ts';
import type { Migration, Queryable, StateDb } from './types.ts';
import { toWire } from './values.ts';

/** The part of a pino logger this room uses. */
export interface StateLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface OpenStateOptions {
  /** Folder of the database, created when missing; `memory://` keeps everything in memory. One process at a time. */
  readonly dataDir: string;
  readonly log?: StateLog;
  /** File of the bundled worker when it is not `state-worker.mjs` beside the bundle. */
  readonly workerPath?: string;
  /** File made by `createStateTemplate`: a new folder is then filled from it, which is several times quicker. */
  readonly templatePath?: string;
}

/**
 * Open the embedded PostgreSQL in a thread of its own.
 * @throws ParapetError `state_unavailable` 503 when the folder cannot be opened
 */
export async function openState(options: OpenStateOptions): Promise<StateDb> {
  const settings: WorkerSettings = {
    dataDir: options.dataDir === 'memory://' ? options.dataDir : resolve(options.dataDir),
    ...(options.templatePath ? { templatePath: options.templatePath } : {}),
  };
  if (settings.dataDir !== 'memory://') mkdirSync(dirname(settings.dataDir), { recursive: true });
  const db = new EmbeddedState(settings, options);
  await db.open();
  return db;
}

/** Waiting time before another attempt to reopen a crashed engine. */
const REOPEN_PAUSE_MS = 1000;

/** How often the engine is looked after; it takes a few milliseconds when there is nothing to do. */
const MAINTENANCE_MS = 60_000;

class EmbeddedState implements StateDb {
  #settings: WorkerSettings;
  #options: OpenStateOptions;
  #connection: WorkerConnection | undefined;
  #opening: Promise<WorkerConnection> | undefined;
  #lastFailure = 0;
  #closed = false;
  #maintenance: NodeJS.Timeout | undefined;
  /** Whoever holds the connection; everyone else waits behind. */
  #tail: Promise<unknown> = Promise.resolve();
  #inside = new AsyncLocalStorage<{ open: boolean }>();

  constructor(settings: WorkerSettings, options: OpenStateOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  async open(): Promise<void> {
    await this.#connect();
    this.#maintenance = setInterval(() => void this.#maintain(), MAINTENANCE_MS).unref();
  }

  async query<T>(sql: string, params: readonly unknown[] = []): Promise<T[]> {
    this.#refuseInsideTransaction();
    return this.#exclusively(async (connection) => (await run(connection, sql, params)) as T[]);
  }

  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.#transaction((connection, state) =>
      work({
        query: async <R>(sql: string, params: readonly unknown[] = []): Promise<R[]> => {
          if (!state.open) throw new Error('This transaction has ended; its handle was kept too long.');
          try {
            const rows = (await run(connection, sql, params)) as R[];
            // Going back to a savepoint makes an aborted transaction usable again.
            if (/^\s*rollback\s+to\b/i.test(sql)) state.failure = undefined;
            return rows;
          } catch (error) {
            state.failure ??= error;
            throw error;
          }
        },
      }),
    );
  }

  async migrate(migrations: readonly Migration[]): Promise<void> {
    await applyMigrations(migrations, (work) =>
      this.#transaction((connection) =>
        work({
          query: async <R>(sql: string, params: readonly unknown[] = []) => (await run(connection, sql, params)) as R[],
          exec: async (sql: string) => {
            await connection.call({ op: 'exec', sql });
          },
        }),
      ),
    );
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#maintenance);
    await this.#tail.catch(() => undefined);
    const connection = this.#connection ?? (await this.#opening?.catch(() => undefined));
    await connection?.close();
  }

  async #transaction<T>(
    work: (connection: WorkerConnection, state: { open: boolean; failure?: unknown }) => Promise<T>,
  ): Promise<T> {
    this.#refuseInsideTransaction();
    return this.#exclusively(async (connection) => {
      const state: { open: boolean; failure?: unknown } = { open: true };
      await connection.call({ op: 'exec', sql: 'BEGIN' });
      try {
        const result = await this.#inside.run(state, () => work(connection, state));
        // PostgreSQL answers COMMIT of an aborted transaction with a silent rollback; a caller that swallowed the
        // error must not believe its rows were kept.
        if (state.failure !== undefined) throw state.failure;
        state.open = false;
        await connection.call({ op: 'exec', sql: 'COMMIT' });
        return result;
      } catch (error) {
        state.open = false;
        if (connection.alive) await connection.call({ op: 'exec', sql: 'ROLLBACK' }).catch(() => undefined);
        throw error;
      }
    });
  }

  async #maintain(): Promise<void> {
    const { log } = this.#options;
    try {
      const done = await maintain(this);
      if (done.length > 0) log?.info({ done }, 'state database maintained');
    } catch (error) {
      if (!this.#closed) log?.warn({ err: error }, 'state database could not be maintained');
    }
  }

  #exclusively<T>(work: (connection: WorkerConnection) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(stateUnavailable('it was closed'));
    const turn = this.#tail.then(async () => work(await this.#connect()));
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  #refuseInsideTransaction(): void {
    if (this.#inside.getStore()?.open) {
      throw new Error('The database was called inside its own transaction: use the handle given to it.');
    }
  }

  async #connect(): Promise<WorkerConnection> {
    if (this.#connection?.alive) return this.#connection;
    if (this.#opening) return this.#opening;
    const pause = this.#lastFailure + REOPEN_PAUSE_MS - Date.now();
    if (pause > 0) throw stateUnavailable('it is being reopened');
    this.#opening = this.#start().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #start(): Promise<WorkerConnection> {
    const { log, workerPath } = this.#options;
    try {
      const { connection, openedInMs, created } = await WorkerConnection.open(this.#settings, workerPath);
      this.#connection = connection;
      log?.info({ openedInMs, created }, created ? 'state database created' : 'state database opened');
      void connection.ended.then((why) => this.#afterEnd(connection, why));
      return connection;
    } catch (error) {
      this.#lastFailure = Date.now();
      throw error instanceof ParapetError ? error : stateUnavailable(String(error));
    }
  }

  #afterEnd(connection: WorkerConnection, why: string | undefined): void {
    if (this.#closed || this.#connection !== connection) return;
    this.#connection = undefined;
    const { log } = this.#options;
    log?.error({ why: why ?? 'unknown' }, 'state database stopped unexpectedly');
    if (this.#settings.dataDir === 'memory://') {
      // What was in memory is gone; opening an empty one in its place would look like lost data.
      this.#lastFailure = Number.POSITIVE_INFINITY;
      return;
    }
    // Open again at once, so that the next caller waits for it instead of finding it down.
    this.#connect().catch((error: unknown) => log?.error({ err: error }, 'state database could not be reopened'));
  }
}

function run(connection: WorkerConnection, sql: string, params: readonly unknown[]): Promise<readonly unknown[]> {
  return connection.call({ op: 'query', sql, params: params.map(toWire) });
}
