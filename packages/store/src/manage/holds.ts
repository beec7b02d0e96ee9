import { randomUUID } from 'node:crypto';
import type { SqlParam } from '@parapet/kql';
import { type HuntingTable, type LegalHold, ParapetError, type RowFilter } from '@parapet/schema';
import { quoteIdentifier } from '../sql.ts';
import { DATABASE } from '../tables.ts';
import { type Condition, compileCondition, filterText } from './condition.ts';
import type { Context } from './context.ts';

interface HoldRow {
  readonly id: string;
  readonly name: string;
  readonly reason: string;
  readonly table_name: string;
  readonly filter: RowFilter;
  readonly created_by: string;
  readonly created_at: Date;
  readonly released_by: string | null;
  readonly released_at: Date | null;
}

const RAW = 'ParapetRawEvents';
const LETTERS = 'ParapetDeadLetter';
/** Batch and sequence of the raw event that a row came from. */
export const ITEM =
  "toUInt64OrZero(splitByChar(':', _ItemId)[1]) AS held_batch, toInt64OrZero(splitByChar(':', _ItemId)[2]) AS held_sequence";

const toHold = (row: HoldRow): LegalHold => ({
  id: row.id,
  name: row.name,
  reason: row.reason,
  table: row.table_name,
  filter: row.filter,
  createdBy: row.created_by,
  createdAt: row.created_at.toISOString(),
  releasedBy: row.released_by,
  releasedAt: row.released_at?.toISOString() ?? null,
});

const MAX_VALUES = 500;

/** Named reasons to keep rows. While a hold stands neither retention nor a deletion removes what it reaches, nor the raw copies of it. */
export class Holds {
  /** Changes with every hold that is made or released: work that was planned before must plan again. */
  version = 0;
  private active: readonly LegalHold[] | undefined;

  constructor(private readonly context: Context) {}

  async list(): Promise<LegalHold[]> {
    const rows = await this.context.db.query<HoldRow>(
      'select * from store_hold order by released_at desc nulls first, created_at desc, id limit 1000',
    );
    return rows.map(toHold);
  }

  private async current(): Promise<readonly LegalHold[]> {
    this.active ??= (
      await this.context.db.query<HoldRow>('select * from store_hold where released_at is null order by created_at, id')
    ).map(toHold);
    return this.active;
  }

  /** @throws ParapetError `hold_exists`, `unknown_table`, `filter_not_possible`, `kql_error`, `invalid_request` */
  async create(
    input: { readonly name: string; readonly reason: string; readonly table: string; readonly filter: RowFilter },
    by: string,
  ): Promise<LegalHold> {
    await this.check(input.table, input.filter);
    const now = new Date();
    const id = randomUUID();
    const found = await this.context.db.query<HoldRow>(
      'select * from store_hold where lower(name) = lower($1) and released_at is null',
      [input.name],
    );
    if (found.length)
      throw new ParapetError('hold_exists', 409, `A hold named ${input.name} stands already.`, 'Choose another name.');
    await this.context.db.query(
      'insert into store_hold (id, name, reason, table_name, filter, created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7)',
      [id, input.name, input.reason, input.table, JSON.stringify(input.filter), by, now],
    );
    this.changed();
    return {
      ...input,
      id,
      createdBy: by,
      createdAt: now.toISOString(),
      releasedBy: null,
      releasedAt: null,
    };
  }

  async release(id: string, by: string): Promise<LegalHold> {
    const [row] = await this.context.db.query<HoldRow>(
      'update store_hold set released_by = $2, released_at = $3 where id = $1 and released_at is null returning *',
      [id, by, new Date()],
    );
    if (!row)
      throw new ParapetError('hold_not_found', 404, 'There is no such hold, or it was released.', 'Reload the list.');
    this.changed();
    return toHold(row);
  }

  private changed(): void {
    this.active = undefined;
    this.version += 1;
  }

  private async check(table: string, filter: RowFilter): Promise<void> {
    const invalid = (message: string): ParapetError => new ParapetError('invalid_request', 400, message);
    for (const values of [filter.devices, filter.users]) {
      if ((values?.length ?? 0) > MAX_VALUES) throw invalid(`A hold names at most ${MAX_VALUES} devices and users.`);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
      if (values?.some((value) => value === '' || /[\u0000-\u001f]/.test(value)))
        throw invalid('Names must not be empty or hold control characters.');
    }
    for (const time of [filter.from, filter.to])
      if (time !== undefined && Number.isNaN(Date.parse(time))) throw invalid(`Not a time: ${time}`);
    if (filter.kql !== undefined && /\b(ago|now|ingestion_time)\s*\(/.test(filter.kql))
      throw invalid('A hold must reach the same rows every day: write times as datetime(…) instead of ago() or now().');
    if (table === '*') {
      if (filter.kql !== undefined) throw invalid('A KQL condition belongs to one table; choose the table.');
      const reached = this.context.schema.tables.some((one) => filterText(one, filter) !== undefined);
      if (!reached) throw invalid('Name devices, users or times: a hold over all tables must say which rows.');
      return;
    }
    const known = this.context.schema.byName.get(table);
    if (!known) throw new ParapetError('unknown_table', 400, `There is no table named ${table}.`);
    if (isEmpty(filter)) return;
    const text = filterText(known, filter);
    if (text === undefined)
      throw invalid(`${table} has no column for these names or times; write the condition in KQL.`);
    await compileCondition(this.context.hunting, table, text, new Date(), 'check_');
  }

  /** Names of the holds that reach a table itself. */
  async names(table: HuntingTable): Promise<string[]> {
    return (await this.current()).filter((hold) => textFor(hold, table) !== undefined).map((hold) => hold.name);
  }

  /**
   * The condition under which a row of the table is held; undefined when nothing is. Raw copies and dead letters of held
   * rows are held with them.
   */
  async condition(table: HuntingTable): Promise<Condition | undefined> {
    const holds = await this.current();
    if (holds.length === 0) return undefined;
    const parts: string[] = [];
    const params: Record<string, SqlParam> = {};
    let count = 0;
    const add = async (hold: LegalHold, of: HuntingTable, wrap: (sql: string) => string): Promise<void> => {
      const text = textFor(hold, of);
      if (text === undefined) return;
      if (text === '') {
        parts.push(wrap('1'));
        return;
      }
      const made = await compileCondition(
        this.context.hunting,
        of.name,
        text,
        new Date(hold.createdAt),
        `h${count++}_`,
      );
      parts.push(wrap(made.sql));
      Object.assign(params, made.params);
    };
    for (const hold of holds) {
      await add(hold, table, (sql) => sql);
      if (table.name !== RAW && table.name !== LETTERS) continue;
      for (const other of await this.context.filledTables()) {
        if (other.name === RAW || other.name === LETTERS) continue;
        await add(
          hold,
          other,
          (sql) =>
            `(_Batch, Sequence) IN (SELECT ${ITEM} FROM ${DATABASE}.${quoteIdentifier(other.name)} WHERE _ItemId != '' AND ${sql})`,
        );
      }
    }
    return parts.length ? { sql: `(${parts.join(' OR ')})`, params } : undefined;
  }
}

const isEmpty = (filter: RowFilter): boolean =>
  filter.kql === undefined && !filter.devices?.length && !filter.users?.length && !filter.from && !filter.to;

/** KQL of a hold in a table; empty for all its rows, undefined when it does not reach the table. */
function textFor(hold: LegalHold, table: HuntingTable): string | undefined {
  if (hold.table !== '*' && hold.table !== table.name) return undefined;
  if (isEmpty(hold.filter)) return hold.table === '*' ? undefined : '';
  return filterText(table, hold.filter);
}
