import { randomUUID } from 'node:crypto';
import type { StoredFunction } from '@parapet/kql';
import { ParapetError, type SavedQuery } from '@parapet/schema';
import type { Migration, Queryable } from '@parapet/state';
import { createUsage } from './usage.ts';

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
  {
    id: 'hunting/002-functions',
    sql: `
      ALTER TABLE hunting_queries
        ADD COLUMN kind text NOT NULL DEFAULT 'query',
        ADD COLUMN parameters text NOT NULL DEFAULT '',
        ADD COLUMN description text NOT NULL DEFAULT '';
      CREATE UNIQUE INDEX hunting_functions_shared ON hunting_queries (name) WHERE kind = 'function' AND shared;
    `,
  },
  {
    id: 'hunting/003-usage',
    sql: `
      ALTER TABLE hunting_runs
        ADD COLUMN user_name text NOT NULL DEFAULT '',
        ADD COLUMN via text NOT NULL DEFAULT 'portal',
        ADD COLUMN rows_read bigint NOT NULL DEFAULT 0,
        ADD COLUMN bytes_read bigint NOT NULL DEFAULT 0,
        ADD COLUMN range_from timestamptz,
        ADD COLUMN range_to timestamptz;
      CREATE INDEX hunting_runs_by_time ON hunting_runs (started_at DESC);
    `,
  },
  {
    id: 'hunting/004-folders',
    sql: "ALTER TABLE hunting_queries ADD COLUMN folder text NOT NULL DEFAULT ''",
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
  kind: SavedQuery['kind'];
  parameters: string;
  description: string;
  folder: string;
}

/** What is saved, as the routes hand it over. */
export interface SavedInput {
  readonly kind: SavedQuery['kind'];
  readonly name: string;
  readonly query: string;
  readonly parameters: string;
  readonly description: string;
  readonly folder?: string;
  readonly shared: boolean;
}

const toSaved = (row: QueryRow, user: Owner): SavedQuery => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  query: row.query,
  parameters: row.parameters,
  description: row.description,
  folder: row.folder,
  shared: row.shared,
  owner: row.owner_name,
  own: row.owner_id === user.id,
  updatedAt: row.updated_at.toISOString(),
});

export interface Owner {
  readonly id: string;
  readonly displayName: string;
}

/** Saved queries and functions, and the run history of one person. */
export async function createQueryStore(db: Queryable) {
  /** All functions, for compiling without asking the database: this process is the only writer. */
  let functions: readonly QueryRow[] = [];
  const load = async (): Promise<void> => {
    functions = await db.query<QueryRow>("SELECT * FROM hunting_queries WHERE kind = 'function' ORDER BY name");
  };
  await load();

  /** @throws ParapetError `function_name_taken` when somebody shares a function of that name */
  const sharedFree = async (input: SavedInput, id?: string): Promise<void> => {
    const other = input.kind === 'function' && functions.find((f) => f.shared && f.name === input.name && f.id !== id);
    if (other)
      throw new ParapetError(
        'function_name_taken',
        409,
        `${other.owner_name} shares a function named ${input.name}.`,
        'Choose another name.',
      );
  };
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
    /** Functions a person's queries may call: shared ones, and their own in front of those. */
    functionsOf(userId?: string): StoredFunction[] {
      const seen = new Map<string, StoredFunction>();
      const own = functions.filter((f) => f.owner_id === userId);
      for (const f of [...functions.filter((one) => one.shared), ...own])
        seen.set(f.name, {
          name: f.name,
          parameters: f.parameters,
          body: f.query,
          ...(f.description ? { description: f.description } : {}),
        });
      return [...seen.values()];
    },

    async list(user: Owner): Promise<SavedQuery[]> {
      const rows = await db.query<QueryRow>(
        'SELECT * FROM hunting_queries WHERE owner_id = $1 OR shared ORDER BY lower(name) LIMIT 1000',
        [user.id],
      );
      return rows.map((row) => toSaved(row, user));
    },

    async find(user: Owner, id: string): Promise<SavedQuery> {
      const rows = await db.query<QueryRow>(
        'SELECT * FROM hunting_queries WHERE id = $1 AND (owner_id = $2 OR shared)',
        [id, user.id],
      );
      if (!rows[0]) throw missing();
      return toSaved(rows[0], user);
    },

    async create(user: Owner, input: SavedInput): Promise<SavedQuery> {
      await sharedFree(input);
      const rows = await db.query<QueryRow>(
        `INSERT INTO hunting_queries (id, owner_id, owner_name, kind, name, query, parameters, description, shared, folder)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING *`,
        [
          randomUUID(),
          user.id,
          user.displayName,
          input.kind,
          input.name,
          input.query,
          input.parameters,
          input.description,
          input.shared,
          input.folder ?? '',
        ],
      );
      if (!rows[0]) throw nameTaken(input.name);
      await load();
      return toSaved(rows[0], user);
    },

    async update(user: Owner, id: string, input: SavedInput): Promise<SavedQuery> {
      await sharedFree(input, id);
      const taken = await db.query(
        'SELECT 1 FROM hunting_queries WHERE owner_id = $1 AND lower(name) = lower($2) AND id <> $3',
        [user.id, input.name, id],
      );
      if (taken.length > 0) throw nameTaken(input.name);
      const rows = await db.query<QueryRow>(
        `UPDATE hunting_queries SET name = $3, query = $4, shared = $5, parameters = $6, description = $7,
                folder = coalesce($9, folder), updated_at = now()
         WHERE id = $1 AND owner_id = $2 AND kind = $8 RETURNING *`,
        [
          id,
          user.id,
          input.name,
          input.query,
          input.shared,
          input.parameters,
          input.description,
          input.kind,
          input.folder ?? null,
        ],
      );
      if (!rows[0]) throw missing();
      await load();
      return toSaved(rows[0], user);
    },

    async remove(user: Owner, id: string): Promise<void> {
      const rows = await db.query('DELETE FROM hunting_queries WHERE id = $1 AND owner_id = $2 RETURNING id', [
        id,
        user.id,
      ]);
      if (rows.length === 0) throw missing();
      await load();
    },

    ...createUsage(db),
  };
}

export type QueryStore = Awaited<ReturnType<typeof createQueryStore>>;
