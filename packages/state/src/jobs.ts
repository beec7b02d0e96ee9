import { randomUUID } from 'node:crypto';
import { type Job, ParapetError } from '@parapet/schema';
import type { JobContext, Jobs, Migration, StateDb } from './types.ts';

export const jobsMigrations: readonly Migration[] = [
  {
    id: 'state/001-job',
    sql: `
      create table job (
        id text primary key,
        kind text not null,
        title text not null,
        state text not null check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
        progress double precision check (progress between 0 and 1),
        detail text not null default '',
        result jsonb,
        created_by text not null,
        created_at timestamptz not null,
        started_at timestamptz,
        finished_at timestamptz
      );
      create index job_newest on job (created_at desc, id);
      create index job_unfinished on job (state) where state in ('queued', 'running');`,
  },
];

/** At most two progress writes a second and job. */
const WRITE_INTERVAL_MS = 500;
/** Finished jobs kept; older ones are removed when the server starts. */
const KEPT_JOBS = 1000;
/** How long close() waits for work that does not react to its signal. */
const CLOSE_WAIT_MS = 10_000;
const MAX_DETAIL = 2000;

interface Running {
  readonly controller: AbortController;
  readonly done: Promise<void>;
  progress: number | null;
  detail: string;
  stopReason: string | undefined;
}

interface JobRow {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly state: Job['state'];
  readonly progress: number | null;
  readonly detail: string;
  readonly result: unknown;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
}

const COLUMNS = 'id, kind, title, state, progress, detail, result, created_at, started_at, finished_at';

/**
 * Long work with a persisted record. Applies its own migrations; jobs that were running when the process ended are
 * marked failed. Open it once per database.
 */
export async function createJobs(db: StateDb): Promise<Jobs> {
  await db.migrate(jobsMigrations);
  await db.query(
    `update job set state = 'failed', detail = 'interrupted by a restart', finished_at = $1
     where state in ('queued', 'running')`,
    [new Date()],
  );
  await db.query('delete from job where id in (select id from job order by created_at desc, id offset $1)', [
    KEPT_JOBS,
  ]);
  return new PersistedJobs(db);
}

class PersistedJobs implements Jobs {
  #db: StateDb;
  #running = new Map<string, Running>();
  #closed = false;

  constructor(db: StateDb) {
    this.#db = db;
  }

  async start(
    kind: string,
    title: string,
    createdBy: string,
    work: (context: JobContext) => Promise<unknown>,
  ): Promise<Job> {
    if (this.#closed) throw new ParapetError('shutting_down', 503, 'The server is stopping; no new work is started.');
    const id = randomUUID();
    const now = new Date();
    const [row] = await this.#db.query<JobRow>(
      `insert into job (id, kind, title, state, created_by, created_at, started_at)
       values ($1, $2, $3, 'running', $4, $5, $5) returning ${COLUMNS}`,
      [id, kind, title, createdBy, now],
    );
    if (this.#closed) {
      await this.#finish(id, 'cancelled', null, 'The server was stopped.', undefined);
      throw new ParapetError('shutting_down', 503, 'The server is stopping; no new work is started.');
    }
    const controller = new AbortController();
    let settle: () => void = () => undefined;
    const running: Running = {
      controller,
      done: new Promise((resolve) => {
        settle = resolve;
      }),
      progress: null,
      detail: '',
      stopReason: undefined,
    };
    this.#running.set(id, running);
    // A turn later, so that the caller has its answer before work that fails at once reports.
    setImmediate(() => {
      void this.#run(id, running, work).finally(() => {
        this.#running.delete(id);
        settle();
      });
    });
    return toJob(row as JobRow);
  }

  async list(limit = 50): Promise<Job[]> {
    const rows = await this.#db.query<JobRow>(`select ${COLUMNS} from job order by created_at desc, id limit $1`, [
      Math.max(1, Math.min(Math.trunc(limit) || 50, KEPT_JOBS)),
    ]);
    return rows.map((row) => this.#live(row));
  }

  async get(id: string): Promise<Job | undefined> {
    const [row] = await this.#db.query<JobRow>(`select ${COLUMNS} from job where id = $1`, [id]);
    return row && this.#live(row);
  }

  async cancel(id: string): Promise<boolean> {
    return this.#stop(id, 'Cancelled.');
  }

  async close(): Promise<void> {
    this.#closed = true;
    const waits = [...this.#running].map(([id, { done }]) => {
      this.#stop(id, 'The server was stopped.');
      return done;
    });
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_WAIT_MS);
    });
    await Promise.race([Promise.all(waits), deadline]);
    clearTimeout(timer);
  }

  #stop(id: string, reason: string): boolean {
    const running = this.#running.get(id);
    if (!running) return false;
    running.stopReason ??= reason;
    running.controller.abort(new ParapetError('cancelled', 499, reason));
    return true;
  }

  async #run(id: string, running: Running, work: (context: JobContext) => Promise<unknown>): Promise<void> {
    const writer = new ProgressWriter(this.#db, id, running);
    try {
      const result = await work({
        signal: running.controller.signal,
        progress: (fraction, detail) => {
          running.progress =
            fraction === null || !Number.isFinite(fraction) ? null : Math.max(0, Math.min(1, fraction));
          running.detail = detail.slice(0, MAX_DETAIL);
          writer.wake();
        },
      });
      await writer.stop();
      if (running.stopReason) {
        await this.#finish(id, 'cancelled', running.progress, running.stopReason, result);
      } else {
        await this.#finish(id, 'succeeded', 1, running.detail || 'Done.', result);
      }
    } catch (error) {
      await writer.stop();
      const state = running.stopReason ? 'cancelled' : 'failed';
      await this.#finish(id, state, running.progress, running.stopReason ?? reasonOf(error), undefined);
    }
  }

  /** Never rejects: a record that cannot be written now is put right at the next start. */
  async #finish(id: string, state: Job['state'], progress: number | null, detail: string, result: unknown) {
    await this.#db
      .query('update job set state = $2, progress = $3, detail = $4, result = $5, finished_at = $6 where id = $1', [
        id,
        state,
        progress,
        detail.slice(0, MAX_DETAIL),
        result === undefined ? null : JSON.stringify(result),
        new Date(),
      ])
      .catch(() => undefined);
  }

  /** The record, with progress that has not been written yet. */
  #live(row: JobRow): Job {
    const running = this.#running.get(row.id);
    if (!running || row.state !== 'running') return toJob(row);
    return toJob({ ...row, progress: running.progress, detail: running.detail });
  }
}

class ProgressWriter {
  #db: StateDb;
  #id: string;
  #source: { readonly progress: number | null; readonly detail: string };
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<unknown> = Promise.resolve();
  #lastWrite = 0;
  #stopped = false;

  constructor(db: StateDb, id: string, source: { readonly progress: number | null; readonly detail: string }) {
    this.#db = db;
    this.#id = id;
    this.#source = source;
  }

  wake(): void {
    if (this.#timer || this.#stopped) return;
    const wait = Math.max(0, this.#lastWrite + WRITE_INTERVAL_MS - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#lastWrite = Date.now();
      const { progress, detail } = this.#source;
      this.#writing = this.#db
        .query('update job set progress = $2, detail = $3 where id = $1', [this.#id, progress, detail])
        .catch(() => undefined);
    }, wait);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#writing;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ParapetError) return error.hint ? `${error.message} ${error.hint}` : error.message;
  return error instanceof Error ? error.message : String(error);
}

function toJob(row: JobRow): Job {
  return {
    id: row.id,
    kind: row.kind,
    title: row.title,
    state: row.state,
    progress: row.progress,
    detail: row.detail,
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    ...(row.result === null ? {} : { result: row.result }),
  };
}
