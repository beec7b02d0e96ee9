/**
 * Rows leave the tables in two ways. Parts of which every row is due are dropped whole, which costs nothing. What else is
 * due is rewritten by the engine in the background: it writes each part again without the rows and swaps it in, beside
 * ingest and queries. Both look at the legal holds first, and again whenever a hold is made meanwhile.
 */
import type { SqlParam } from '@parapet/kql';
import { ParapetError } from '@parapet/schema';
import { quoteIdentifier, quoteString } from '../sql.ts';
import { DATABASE } from '../tables.ts';
import type { TelemetryStore } from '../types.ts';
import type { Condition } from './condition.ts';

const POLL_MS = 300;

export const physical = (table: string): string => `${DATABASE}.${quoteIdentifier(table)}`;

/** Rows of a table for which a condition holds. */
export async function countRows(store: TelemetryStore, table: string, condition: Condition): Promise<number> {
  const found = await store.query(`SELECT count() FROM ${physical(table)} WHERE ${condition.sql}`, {
    params: condition.params,
    lane: 'background',
  });
  return Number(found.rows[0]?.[0] ?? 0);
}

export interface Rewrite {
  readonly store: TelemetryStore;
  readonly table: string;
  /** Marks the statement, so that it is found again after a crash of either process. Letters, digits and dashes. */
  readonly tag: string;
  readonly condition: Condition;
  readonly signal?: AbortSignal | undefined;
  /** Called with the part of the work that is done, 0 to 1. */
  progress?(fraction: number): void;
  /** True when what the condition was made from changed: the work stops and is planned again. */
  outdated?(): boolean;
}

interface Mutation {
  readonly id: string;
  readonly done: boolean;
  readonly left: number;
  readonly failure: string;
}

async function findMutation(store: TelemetryStore, table: string, tag: string): Promise<Mutation | undefined> {
  const found = await store.query(
    `SELECT mutation_id, is_done, parts_to_do, latest_fail_reason FROM system.mutations
     WHERE database = {db:String} AND table = {table:String} AND position(command, {tag:String}) > 0 AND NOT is_killed
     ORDER BY create_time DESC LIMIT 1`,
    {
      params: {
        db: { type: 'String', value: DATABASE },
        table: { type: 'String', value: table },
        tag: { type: 'String', value: tag },
      },
      lane: 'background',
    },
  );
  const row = found.rows[0];
  if (!row) return undefined;
  return { id: String(row[0]), done: Number(row[1]) === 1, left: Number(row[2]), failure: String(row[3] ?? '') };
}

async function killMutation(store: TelemetryStore, table: string, id: string): Promise<void> {
  await store.command(
    `KILL MUTATION WHERE database = ${quoteString(DATABASE)} AND table = ${quoteString(table)} AND mutation_id = ${quoteString(id)}`,
  );
}

/**
 * Write the parts of a table again without the rows of a condition, and wait. A statement with the same tag that is
 * already at work is waited for instead of being repeated.
 * @returns `outdated` when the work was stopped because its plan no longer holds
 * @throws ParapetError `cancelled` when the signal fires; what was rewritten by then stays so
 */
export async function rewriteWithout(work: Rewrite): Promise<'done' | 'outdated'> {
  const { store, table, tag } = work;
  let found = await findMutation(store, table, tag);
  if (!found) {
    await store.command(
      `ALTER TABLE ${physical(table)} DELETE WHERE ${quoteString(tag)} != '' AND (${work.condition.sql})`,
      { params: work.condition.params, settings: { mutations_sync: 0 } },
    );
    found = await findMutation(store, table, tag);
  }
  let most = Math.max(1, found?.left ?? 1);
  while (found && !found.done) {
    if (work.signal?.aborted || work.outdated?.()) {
      await killMutation(store, table, found.id);
      if (work.signal?.aborted) throw new ParapetError('cancelled', 499, 'The deletion was cancelled.');
      return 'outdated';
    }
    if (found.failure) {
      await killMutation(store, table, found.id);
      throw new ParapetError(
        'deletion_failed',
        500,
        `The engine could not rewrite ${table}.`,
        undefined,
        found.failure,
      );
    }
    most = Math.max(most, found.left);
    work.progress?.(1 - found.left / most);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    found = await findMutation(store, table, tag);
  }
  return 'done';
}

export interface PartRows {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  /** Seconds since the epoch of its newest row, by the time column. */
  readonly newest: number;
}

/** The parts of a table with what retention asks about them, oldest first. */
export async function partsOf(store: TelemetryStore, table: string, timeColumn: string): Promise<PartRows[]> {
  const found = await store.query(
    `SELECT p.name, p.rows, p.bytes_on_disk, t.newest FROM system.parts AS p
     INNER JOIN (SELECT _part, toUnixTimestamp64Milli(max(${timeColumn})) / 1000 AS newest FROM ${physical(table)} GROUP BY _part) AS t ON t._part = p.name
     WHERE p.database = {db:String} AND p.table = {table:String} AND p.active ORDER BY t.newest, p.name`,
    {
      params: { db: { type: 'String', value: DATABASE }, table: { type: 'String', value: table } },
      lane: 'background',
    },
  );
  return found.rows.map(([name, rows, bytes, newest]) => ({
    name: String(name),
    rows: Number(rows),
    bytes: Number(bytes),
    newest: Number(newest),
  }));
}

/** Rows of each part for which a condition holds; parts without any are left out. */
export async function matchingByPart(
  store: TelemetryStore,
  table: string,
  condition: Condition,
): Promise<ReadonlyMap<string, number>> {
  const found = await store.query(
    `SELECT _part, count() FROM ${physical(table)} WHERE ${condition.sql} GROUP BY _part`,
    { params: condition.params, lane: 'background' },
  );
  return new Map(found.rows.map(([part, rows]) => [String(part), Number(rows)]));
}

/**
 * Drop parts whole. A part that was merged since it was looked at is left: the next run looks again.
 * @returns those that are gone
 */
export async function dropParts(store: TelemetryStore, table: string, parts: readonly PartRows[]): Promise<PartRows[]> {
  const gone: PartRows[] = [];
  for (const part of parts) {
    try {
      await store.command(`ALTER TABLE ${physical(table)} DROP PART ${quoteString(part.name)}`);
      gone.push(part);
    } catch (error) {
      const code =
        error instanceof ParapetError ? (error.details as { engineCode?: number } | undefined)?.engineCode : 0;
      // No such part: merged or gone in the meantime.
      if (code !== 232) throw error;
    }
  }
  return gone;
}

export const both = (a: Condition, b: Condition | undefined, join: string): Condition =>
  b ? { sql: `${a.sql} ${join} ${b.sql}`, params: { ...a.params, ...b.params } } : a;

export const param = (type: string, value: SqlParam['value']): SqlParam => ({ type, value });
