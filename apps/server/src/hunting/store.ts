import { randomUUID } from 'node:crypto';
import { ParapetError, type QueryRun, type SavedQuery } from '@parapet/schema';
import type { Migration, Queryable } from '@parapet/state';

export const huntingMigrations: readonly Migration[] = [
  {
    id: 'hunting/001-queries',
    sql: `
      CREATE TABLE hunting_queries (
        id text PRIMARY KEY,
        owner_id text NOT NULL,
        owner_name text NOT NULL,
        name text NOT NULL,
        query text NOT NULL,
        shared boolean NOT NULL DEFAULT false,
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE UNIQUE INDEX hunting_queries_name ON hunting_queries (owner_id, lower(name));
      CREATE TABLE hunting_runs (
        id text PRIMARY KEY,
        user_id text NOT NULL,
        query text NOT NULL,
        started_at timestamptz NOT NULL,
        elapsed_ms double precision NOT NULL,
        rows bigint NOT NULL,
        state text NOT NULL,
        error text
      );
      CREATE INDEX hunting_runs_by_user ON hunting_runs (user_id, started_at DESC);
    `,
  },
];

interface QueryRow {
  id: string;
  owner_id: string;
  owner_name: string;
  name: string;
  query: string;
  shared: boolean;
  updated_at: Date;
}

const toSaved = (row: QueryRow): SavedQuery => ({
  id: row.id,
  name: row.name,
  query: row.query,
  shared: row.shared,
  owner: row.owner_name,
  updatedAt: row.updated_at.toISOString(),
});

/** Reference limits of the query history (spec B 2.2): the last 30 runs within 28 days. */
const HISTORY_ROWS = 30;
const HISTORY_DAYS = 28;

export interface Owner {
  readonly id: string;
  readonly displayName: string;
}

/** Saved queries and the run history of one person. */
export function createQueryStore(db: Queryable) {
  const nameTaken = (name: string): ParapetError =>
    new ParapetError(
      'query_name_taken',
      409,
      `You already have a query named "${name}".`,
      'Choose another name, or open that query and save it there.',
    );
  const missing = (): ParapetError =>
    new ParapetError('query_not_found', 404, 'This saved query does not exist or is not shared with you.');

  return {
    async list(user: Owner): Promise<SavedQuery[]> {
      const rows = await db.query<QueryRow>(
        'SELECT * FROM hunting_queries WHERE owner_id = $1 OR shared ORDER BY lower(name) LIMIT 1000',
        [user.id],
      );
      return rows.map(toSaved);
    },

    async create(user: Owner, input: { name: string; query: string; shared: boolean }): Promise<SavedQuery> {
      const rows = await db.query<QueryRow>(
        `INSERT INTO hunting_queries (id, owner_id, owner_name, name, query, shared) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT DO NOTHING RETURNING *`,
        [randomUUID(), user.id, user.displayName, input.name, input.query, input.shared],
      );
      if (!rows[0]) throw nameTaken(input.name);
      return toSaved(rows[0]);
    },

    async update(
      user: Owner,
      id: string,
      input: { name: string; query: string; shared: boolean },
    ): Promise<SavedQuery> {
      const taken = await db.query(
        'SELECT 1 FROM hunting_queries WHERE owner_id = $1 AND lower(name) = lower($2) AND id <> $3',
        [user.id, input.name, id],
      );
      if (taken.length > 0) throw nameTaken(input.name);
      const rows = await db.query<QueryRow>(
        'UPDATE hunting_queries SET name = $3, query = $4, shared = $5, updated_at = now() WHERE id = $1 AND owner_id = $2 RETURNING *',
        [id, user.id, input.name, input.query, input.shared],
      );
      if (!rows[0]) throw missing();
      return toSaved(rows[0]);
    },

    async remove(user: Owner, id: string): Promise<void> {
      const rows = await db.query('DELETE FROM hunting_queries WHERE id = $1 AND owner_id = $2 RETURNING id', [
        id,
        user.id,
      ]);
      if (rows.length === 0) throw missing();
    },

    async recordRun(user: Owner, run: Omit<QueryRun, 'id'>): Promise<void> {
      await db.query(
        'INSERT INTO hunting_runs (id, user_id, query, started_at, elapsed_ms, rows, state, error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
        [randomUUID(), user.id, run.query, run.startedAt, run.elapsedMs, run.rows, run.state, run.error],
      );
      await db.query(
        `DELETE FROM hunting_runs WHERE user_id = $1 AND (started_at < now() - interval '${HISTORY_DAYS} days'
           OR id NOT IN (SELECT id FROM hunting_runs WHERE user_id = $1 ORDER BY started_at DESC LIMIT ${HISTORY_ROWS}))`,
        [user.id],
      );
    },

    async history(user: Owner): Promise<QueryRun[]> {
      const rows = await db.query<{
        id: string;
        query: string;
        started_at: Date;
        elapsed_ms: number;
        rows: number;
        state: QueryRun['state'];
        error: string | null;
      }>('SELECT * FROM hunting_runs WHERE user_id = $1 ORDER BY started_at DESC LIMIT $2', [user.id, HISTORY_ROWS]);
      return rows.map((row) => ({
        id: row.id,
        query: row.query,
        startedAt: row.started_at.toISOString(),
        elapsedMs: row.elapsed_ms,
        rows: row.rows,
        state: row.state,
        error: row.error,
      }));
    },
  };
}

export type QueryStore = ReturnType<typeof createQueryStore>;
