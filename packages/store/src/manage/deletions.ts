import { randomUUID } from 'node:crypto';
import { type Deletion, type DeletionPreview, type HuntingTable, type Job, ParapetError } from '@parapet/schema';
import type { JobContext, Jobs } from '@parapet/state';
import { quoteIdentifier } from '../sql.ts';
import { DATABASE } from '../tables.ts';
import { PHYSICAL_COLUMNS } from '../types.ts';
import { type Condition, compileCondition } from './condition.ts';
import type { Context } from './context.ts';
import { type Holds, ITEM } from './holds.ts';
import { both, countRows, param, physical, rewriteWithout } from './removal.ts';

interface DeletionRow {
  readonly id: string;
  readonly table_name: string;
  readonly filter: string;
  readonly reason: string;
  readonly as_of: Date;
  readonly state: Deletion['state'];
  readonly job_id: string | null;
  readonly matched: number;
  readonly held: number;
  readonly removed: number;
  readonly raw_removed: number;
  readonly also_in: Deletion['alsoIn'];
  readonly detail: string;
  readonly created_by: string;
  readonly created_at: Date;
  readonly finished_at: Date | null;
}

const toDeletion = (row: DeletionRow): Deletion => ({
  id: row.id,
  table: row.table_name,
  filter: row.filter,
  reason: row.reason,
  asOf: row.as_of.toISOString(),
  state: row.state,
  jobId: row.job_id,
  matched: Number(row.matched),
  held: Number(row.held),
  removed: Number(row.removed),
  rawRemoved: Number(row.raw_removed),
  alsoIn: row.also_in,
  detail: row.detail,
  createdBy: row.created_by,
  createdAt: row.created_at.toISOString(),
  finishedAt: row.finished_at?.toISOString() ?? null,
});

/** Tables that keep events as they were sent. */
const COPIES = ['ParapetRawEvents', 'ParapetDeadLetter'];
const WORK = 'parapet_removal';
const OWN = new Set(COPIES);

/** Removing rows on request: counted first, then a job that can be cancelled, is taken up again after a crash, and leaves held rows. */
export class Deletions {
  constructor(
    private readonly context: Context,
    private readonly holds: Holds,
    private readonly jobs: Jobs,
  ) {}

  private table(name: string): HuntingTable {
    const table = this.context.schema.byName.get(name);
    if (!table) throw new ParapetError('unknown_table', 400, `There is no table named ${name}.`);
    return table;
  }

  /** The rows of a request: what the condition finds among those received until `asOf`. */
  private async condition(table: HuntingTable, filter: string, asOf: Date): Promise<Condition> {
    const made = await compileCondition(this.context.hunting, table.name, filter, asOf, 'd_');
    return {
      sql: `(${made.sql} AND ${PHYSICAL_COLUMNS.received} <= {as_of:DateTime64(3, 'UTC')})`,
      params: {
        ...made.params,
        as_of: param("DateTime64(3, 'UTC')", asOf.toISOString().replace('T', ' ').slice(0, 23)),
      },
    };
  }

  async preview(name: string, filter: string, asOf = new Date()): Promise<DeletionPreview> {
    const table = this.table(name);
    const condition = await this.condition(table, filter, asOf);
    const held = await this.holds.condition(table);
    const time = table.timeColumn ? quoteIdentifier(table.timeColumn) : PHYSICAL_COLUMNS.received;
    const found = await this.context.store.query(
      `SELECT count(), toString(min(${time})), toString(max(${time})) FROM ${physical(name)} WHERE ${condition.sql}`,
      { params: condition.params, lane: 'background' },
    );
    const [count, oldest, newest] = found.rows[0] ?? [];
    const matched = Number(count);
    const iso = (value: unknown): string | null =>
      matched > 0 ? `${String(value).replace(' ', 'T').slice(0, 23)}Z` : null;
    return {
      table: name,
      filter,
      asOf: asOf.toISOString(),
      matched,
      held: held ? await countRows(this.context.store, name, both(condition, held, 'AND')) : 0,
      holds: await this.holds.names(table),
      oldest: iso(oldest),
      newest: iso(newest),
    };
  }

  async list(): Promise<Deletion[]> {
    const rows = await this.context.db.query<DeletionRow>(
      'select * from store_deletion order by created_at desc, id limit 200',
    );
    return rows.map(toDeletion);
  }

  async get(id: string): Promise<Deletion> {
    const [row] = await this.context.db.query<DeletionRow>('select * from store_deletion where id = $1', [id]);
    if (!row) throw new ParapetError('deletion_not_found', 404, 'There is no such deletion.');
    return toDeletion(row);
  }

  /**
   * @param input `matched` is what the preview counted; rows that changed since make the request void
   * @throws ParapetError `deletion_changed` when the count differs, `nothing_to_delete`
   */
  async start(
    input: {
      readonly table: string;
      readonly filter: string;
      readonly reason: string;
      readonly asOf: string;
      readonly matched: number;
    },
    by: string,
  ): Promise<{ readonly deletion: Deletion; readonly job: Job }> {
    const asOf = new Date(input.asOf);
    if (Number.isNaN(asOf.getTime()) || asOf.getTime() > Date.now())
      throw new ParapetError('invalid_request', 400, 'asOf must be the time that the preview gave.');
    const preview = await this.preview(input.table, input.filter, asOf);
    if (preview.matched === 0) throw new ParapetError('nothing_to_delete', 409, 'No row matches the condition.');
    if (preview.matched !== input.matched)
      throw new ParapetError(
        'deletion_changed',
        409,
        `The condition now matches ${preview.matched} rows, not ${input.matched}.`,
        'Look at the preview again.',
      );
    const id = randomUUID();
    await this.context.db.query(
      `insert into store_deletion (id, table_name, filter, reason, as_of, state, matched, held, created_by, created_at)
       values ($1, $2, $3, $4, $5, 'running', $6, $7, $8, $9)`,
      [id, input.table, input.filter, input.reason, asOf, preview.matched, preview.held, by, new Date()],
    );
    const job = await this.begin(id, by);
    return { deletion: await this.get(id), job };
  }

  /** Take up what a crash or a restart left behind. */
  async resume(): Promise<void> {
    const rows = await this.context.db.query<DeletionRow>("select * from store_deletion where state = 'running'");
    for (const row of rows) {
      this.context.log.warn({ deletion: row.id, table: row.table_name }, 'a deletion was interrupted and goes on');
      await this.begin(row.id, row.created_by);
    }
  }

  private async begin(id: string, by: string): Promise<Job> {
    const { table } = await this.get(id);
    const job = await this.jobs.start('store.delete', `Delete rows of ${table}`, by, (context) =>
      this.run(id, context),
    );
    await this.context.db.query('update store_deletion set job_id = $2 where id = $1', [id, job.id]);
    return job;
  }

  private async run(id: string, job: JobContext): Promise<Deletion> {
    const request = await this.get(id);
    const finish = async (state: Deletion['state'], detail: string): Promise<void> => {
      await this.context.db.query('update store_deletion set state = $2, detail = $3, finished_at = $4 where id = $1', [
        id,
        state,
        detail,
        new Date(),
      ]);
      await this.context.audit(request.createdBy, `store.delete.${state}`, request.table, await this.get(id));
    };
    try {
      await this.remove(request, job);
    } catch (error) {
      const cancelled = error instanceof ParapetError && error.code === 'cancelled';
      const stopping = job.signal.aborted && (job.signal.reason as Error | undefined)?.message.includes('server');
      // The server stops: the request stays open and is taken up at the next start.
      if (!stopping)
        await finish(cancelled ? 'cancelled' : 'failed', error instanceof Error ? error.message : String(error));
      throw error;
    }
    const done = await this.get(id);
    const kept = done.held > 0 ? `; ${done.held} held rows stay` : '';
    const detail = `${done.removed} rows and ${done.rawRemoved} raw copies removed${kept}.`;
    await finish('done', detail);
    job.progress(1, detail);
    return this.get(id);
  }

  private async remove(request: Deletion, job: JobContext): Promise<void> {
    const { store } = this.context;
    const table = this.table(request.table);
    const asOf = new Date(request.asOf);
    const items = `${WORK}.${quoteIdentifier(`items_${request.id}`)}`;
    const step = (from: number, to: number, what: string) => (fraction: number) =>
      job.progress(from + (to - from) * fraction, what);
    await store.command(`CREATE DATABASE IF NOT EXISTS ${WORK}`);
    await store.command(
      `CREATE TABLE IF NOT EXISTS ${items} (Batch UInt64, Sequence Int64) ENGINE = ReplacingMergeTree ORDER BY (Batch, Sequence)`,
    );
    for (;;) {
      const version = this.holds.version;
      const wanted = await this.condition(table, request.filter, asOf);
      const held = await this.holds.condition(table);
      const heldRows = held ? await countRows(store, table.name, both(wanted, held, 'AND')) : 0;
      const rest = held ? both(wanted, { ...held, sql: `NOT ${held.sql}` }, 'AND') : wanted;
      job.progress(0.02, `finding the events of ${request.table}`);
      // Where the rows came from, noted before they go.
      if (table.name === 'ParapetRawEvents')
        await store.command(
          `INSERT INTO ${items} SELECT DISTINCT _Batch, assumeNotNull(Sequence) FROM ${physical(table.name)} WHERE ${rest.sql}`,
          { params: rest.params },
        );
      else
        await store.command(
          `INSERT INTO ${items} SELECT DISTINCT ${ITEM} FROM ${physical(table.name)} WHERE _ItemId != '' AND ${rest.sql}`,
          { params: rest.params },
        );
      if (job.signal.aborted) throw new ParapetError('cancelled', 499, 'The deletion was cancelled.');
      const result = await rewriteWithout({
        store,
        table: table.name,
        tag: `delete-${request.id}-${version}`,
        condition: rest,
        signal: job.signal,
        progress: step(0.05, 0.6, `rewriting ${table.name}`),
        outdated: () => this.holds.version !== version,
      });
      if (result === 'outdated') continue;
      const left = await countRows(store, table.name, wanted);
      await this.context.db.query(
        'update store_deletion set held = $2, removed = greatest(removed, matched - $3) where id = $1',
        [request.id, heldRows, left],
      );
      break;
    }
    const raw = await this.removeCopies(request, items, job, step(0.6, 0.95, 'removing raw copies'));
    const alsoIn = await this.elsewhere(request, items);
    await this.context.db.query(
      'update store_deletion set raw_removed = raw_removed + $2, also_in = $3 where id = $1',
      [request.id, raw, JSON.stringify(alsoIn)],
    );
    await store.command(`DROP TABLE IF EXISTS ${items}`);
  }

  /** The events as they were sent, unless a row that stays because of a hold came from them. */
  private async removeCopies(
    request: Deletion,
    items: string,
    job: JobContext,
    progress: (fraction: number) => void,
  ): Promise<number> {
    const { store, schema } = this.context;
    let removed = 0;
    for (const name of COPIES) {
      const copies = schema.byName.get(name);
      if (!copies || name === request.table) continue;
      for (;;) {
        const version = this.holds.version;
        const held = await this.holds.condition(copies);
        const of: Condition = {
          sql: `((_Batch, assumeNotNull(Sequence)) IN (SELECT Batch, Sequence FROM ${items}))`,
          params: {},
        };
        const rest = held ? both(of, { ...held, sql: `NOT ${held.sql}` }, 'AND') : of;
        const count = await countRows(store, name, rest);
        if (count === 0) break;
        const result = await rewriteWithout({
          store,
          table: name,
          tag: `delete-${request.id}-${version}`,
          condition: rest,
          signal: job.signal,
          progress,
          outdated: () => this.holds.version !== version,
        });
        if (result === 'outdated') continue;
        removed += count;
        break;
      }
    }
    return removed;
  }

  /** Other tables with rows from the same events: the person who asked decides about those. */
  private async elsewhere(request: Deletion, items: string): Promise<Deletion['alsoIn']> {
    const found: { table: string; rows: number }[] = [];
    for (const table of await this.context.filledTables()) {
      if (table.name === request.table || OWN.has(table.name)) continue;
      const rows = await this.context.store.query(
        `SELECT count() FROM (SELECT ${ITEM} FROM ${DATABASE}.${quoteIdentifier(table.name)} WHERE _ItemId != ''
         AND _Batch IN (SELECT DISTINCT Batch FROM ${items})) WHERE (held_batch, held_sequence) IN (SELECT Batch, Sequence FROM ${items})`,
        { lane: 'background' },
      );
      const count = Number(rows.rows[0]?.[0] ?? 0);
      if (count > 0) found.push({ table: table.name, rows: count });
    }
    return found;
  }
}
