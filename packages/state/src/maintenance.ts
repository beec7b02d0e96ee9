import type { Queryable } from './types.ts';

/**
 * The embedded engine has none of a server's background processes: it writes no checkpoint before it is closed, so its
 * log grows without end and a start after a crash replays all of it; and nothing removes dead rows or counts what the
 * planner needs to know. This does both.
 */
export interface MaintenanceLimits {
  /** Bytes of log since the last checkpoint. */
  readonly walBytes: number;
  /** Dead or changed rows of a table, on top of a fifth of its rows (PostgreSQL's own default share). */
  readonly rows: number;
}

const LIMITS: MaintenanceLimits = { walBytes: 64 * 1024 * 1024, rows: 1000 };

/** @returns what was done, for the log; nothing most of the time */
export async function maintain(db: Queryable, limits: MaintenanceLimits = LIMITS): Promise<string[]> {
  const done: string[] = [];
  // Counts are otherwise shown up to a second late.
  await db.query('select pg_stat_force_next_flush()');
  const tables = await db.query<{ name: string }>(
    `select quote_ident(schemaname) || '.' || quote_ident(relname) as name from pg_stat_user_tables
     where n_dead_tup > $1::int + n_live_tup / 5 or n_mod_since_analyze > $1::int + n_live_tup / 5`,
    [limits.rows],
  );
  for (const { name } of tables) {
    // A name of pg_stat_user_tables, quoted by quote_ident; VACUUM takes no parameters.
    await db.query(`vacuum (analyze) ${name}`);
    done.push(`vacuum ${name}`);
  }
  const [wal] = await db.query<{ behind: string }>(
    'select (pg_current_wal_lsn() - redo_lsn)::text as behind from pg_control_checkpoint()',
  );
  if (Number(wal?.behind ?? 0) > limits.walBytes) {
    await db.query('checkpoint');
    done.push('checkpoint');
  }
  return done;
}
