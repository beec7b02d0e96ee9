import type { TimelineFlag } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { iso } from '../sql.ts';
import { type Position, ticks } from './positions.ts';

/** A flag with the place of its row. */
export interface StoredFlag extends Position {
  readonly shown: TimelineFlag;
}

/** Newest flags that one timeline takes note of. */
const MOST_FLAGS = 2000;

/** Flags on rows of a stretch of time. */
export async function flagsOf(db: Queryable, from: string, to: string): Promise<StoredFlag[]> {
  const rows = await db.query<{
    time: string;
    table_name: string;
    tie: string;
    flagged_by: string;
    flagged_at: Date;
    note: string;
  }>(
    `select time, table_name, tie, flagged_by, flagged_at, note from timeline_flag
     where time >= $1 and time <= $2 order by flagged_at desc limit ${MOST_FLAGS}`,
    [ticks(from), `${ticks(to).slice(0, -1)}~`],
  );
  return rows.map((row) => ({
    time: row.time,
    table: row.table_name,
    tie: row.tie,
    shown: { by: row.flagged_by, at: iso(row.flagged_at), note: row.note },
  }));
}
