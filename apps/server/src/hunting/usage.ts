/** What was run: the history of one person, and the report of what queries took (spec B 2.2, 2.11). */
import { randomUUID } from 'node:crypto';
import { QUERY_INTERFACES, type QueryInterface, type QueryRun, type QueryUsagePage, queryUse } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import type { Owner } from './store.ts';

/** Reference limits of the query history: the last 30 runs within 28 days. */
const HISTORY_ROWS = 30;
const HISTORY_DAYS = 28;
/** The report keeps longer, but a program that asks every second must not fill the database. */
const REPORT_DAYS = 30;
const MOST_RUNS = 20_000;

/** One run as the runner tells it. */
export interface RecordedRun extends Omit<QueryRun, 'id'> {
  readonly via: QueryInterface;
  readonly rowsRead: number;
  readonly bytesRead: number;
  readonly timeRange: { readonly from: Date; readonly to: Date } | null;
}

/** Filters of the report. */
export interface UsageQuery {
  readonly via?: string;
  readonly state?: string;
  readonly use?: string;
  readonly search?: string;
  /** A day, `2026-03-01`. */
  readonly day?: string;
  readonly page?: number;
  readonly pageSize?: number;
}

interface RunRow {
  id: string;
  query: string;
  started_at: Date;
  elapsed_ms: number;
  rows: number;
  state: QueryRun['state'];
  error: string | null;
}

interface UsageRow extends RunRow {
  user_name: string;
  via: QueryInterface;
  rows_read: number;
  bytes_read: number;
  range_from: Date | null;
  range_to: Date | null;
  total: number;
}

const toRun = (row: RunRow): QueryRun => ({
  id: row.id,
  query: row.query,
  startedAt: row.started_at.toISOString(),
  elapsedMs: row.elapsed_ms,
  rows: row.rows,
  state: row.state,
  error: row.error,
});

/** `queryUse` in SQL. */
const USE_SQL = `case when elapsed_ms >= 30000 or bytes_read >= 10000000000 then 'high'
  when elapsed_ms >= 3000 or bytes_read >= 1000000000 then 'medium' else 'low' end`;

export function createUsage(db: Queryable) {
  let sinceSweep = 0;
  return {
    async recordRun(user: Owner, run: RecordedRun): Promise<void> {
      await db.query(
        `INSERT INTO hunting_runs (id, user_id, user_name, query, started_at, elapsed_ms, rows, state, error, via, rows_read,
           bytes_read, range_from, range_to)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
        [
          randomUUID(),
          user.id,
          user.displayName,
          run.query,
          run.startedAt,
          run.elapsedMs,
          run.rows,
          run.state,
          run.error,
          run.via,
          run.rowsRead,
          run.bytesRead,
          run.timeRange?.from.toISOString() ?? null,
          run.timeRange?.to.toISOString() ?? null,
        ],
      );
      sinceSweep += 1;
      if (sinceSweep < 50) return;
      sinceSweep = 0;
      await db.query(
        `DELETE FROM hunting_runs WHERE started_at < now() - interval '${REPORT_DAYS} days'
           OR started_at < (SELECT started_at FROM hunting_runs ORDER BY started_at DESC OFFSET ${MOST_RUNS} LIMIT 1)`,
      );
    },

    async history(user: Owner): Promise<QueryRun[]> {
      const rows = await db.query<RunRow>(
        `SELECT * FROM hunting_runs WHERE user_id = $1 AND started_at > now() - interval '${HISTORY_DAYS} days'
         ORDER BY started_at DESC LIMIT ${HISTORY_ROWS}`,
        [user.id],
      );
      return rows.map(toRun);
    },

    /** @param owner whose runs; absent for everyone's */
    async usage(query: UsageQuery, owner?: Owner): Promise<QueryUsagePage> {
      const params: unknown[] = [];
      const place = (value: unknown): string => `$${params.push(value)}`;
      const where = [`started_at > now() - interval '${REPORT_DAYS} days'`];
      if (owner) where.push(`user_id = ${place(owner.id)}`);
      if (query.via && (QUERY_INTERFACES as readonly string[]).includes(query.via))
        where.push(`via = ${place(query.via)}`);
      if (query.state) where.push(`state = ${place(query.state)}`);
      if (query.use) where.push(`${USE_SQL} = ${place(query.use)}`);
      if (query.search?.trim()) {
        const needle = place(query.search.trim().toLowerCase());
        where.push(`(strpos(lower(query), ${needle}) > 0 or strpos(lower(user_name), ${needle}) > 0)`);
      }
      const days = await db.query<{ day: string; via: QueryInterface; runs: number; average: number; highest: number }>(
        `SELECT to_char(started_at at time zone 'UTC', 'YYYY-MM-DD') AS day, via, count(*)::int AS runs,
                avg(elapsed_ms) AS average, max(elapsed_ms) AS highest
         FROM hunting_runs WHERE ${where.join(' AND ')} GROUP BY 1, 2 ORDER BY 1, 2`,
        params,
      );
      if (query.day) where.push(`to_char(started_at at time zone 'UTC', 'YYYY-MM-DD') = ${place(query.day)}`);
      const page = query.page ?? 1;
      const pageSize = query.pageSize ?? 50;
      const rows = await db.query<UsageRow>(
        `SELECT *, count(*) OVER ()::int AS total FROM hunting_runs WHERE ${where.join(' AND ')}
         ORDER BY started_at DESC, id LIMIT ${place(pageSize)} OFFSET ${place((page - 1) * pageSize)}`,
        params,
      );
      return {
        items: rows.map((row) => ({
          ...toRun(row),
          user: row.user_name,
          via: row.via,
          rowsRead: row.rows_read,
          bytesRead: row.bytes_read,
          use: queryUse({ elapsedMs: row.elapsed_ms, bytesRead: row.bytes_read }),
          timeRange:
            row.range_from && row.range_to
              ? { from: row.range_from.toISOString(), to: row.range_to.toISOString() }
              : null,
        })),
        total: rows[0]?.total ?? 0,
        page,
        pageSize,
        everyone: !owner,
        days: days.map(({ day, via, runs, average, highest }) => ({
          day,
          via,
          runs,
          averageMs: average,
          highestMs: highest,
        })),
      };
    },
  };
}
