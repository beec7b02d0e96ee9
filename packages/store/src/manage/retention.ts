import type { HuntingTable, RetentionRun, TableRules } from '@parapet/schema';
import { ARCHIVE_CODEC } from '../physical.ts';
import { quoteIdentifier } from '../sql.ts';
import { DATABASE } from '../tables.ts';
import { PHYSICAL_COLUMNS } from '../types.ts';
import type { Condition } from './condition.ts';
import type { Context } from './context.ts';
import type { Holds } from './holds.ts';
import {
  both,
  countRows,
  dropParts,
  matchingByPart,
  type PartRows,
  param,
  partsOf,
  physical,
  rewriteWithout,
} from './removal.ts';

const DAY_MS = 86_400_000;
/** How often the older rows of one part are cut off before the part goes whole: bytes and rows are not quite proportional. */
const TRIMS = 4;

const timeOf = (table: HuntingTable): string =>
  table.timeColumn ? quoteIdentifier(table.timeColumn) : PHYSICAL_COLUMNS.received;

/** A row is due when both its time and its receipt are older: an archive that was brought in today is not gone tonight. */
function dueBefore(table: HuntingTable, cutoff: Date): Condition {
  const at = `{cutoff:DateTime64(3, 'UTC')}`;
  return {
    sql: `(${timeOf(table)} < ${at} AND ${PHYSICAL_COLUMNS.received} < ${at})`,
    params: { cutoff: param("DateTime64(3, 'UTC')", cutoff.toISOString().replace('T', ' ').slice(0, 23)) },
  };
}

interface Removed {
  rows: number;
  bytes: number;
  held: number;
}

export interface EnforceOptions {
  readonly signal?: AbortSignal;
  readonly now?: Date;
}

/** Brings tables to their rules. Every step can be repeated and be cut off at any moment. */
export class Retention {
  constructor(
    private readonly context: Context,
    private readonly holds: Holds,
  ) {}

  /** @throws ParapetError `cancelled`; other failures are part of the answer */
  async enforce(table: HuntingTable, rules: TableRules, options: EnforceOptions = {}): Promise<RetentionRun> {
    const now = options.now ?? new Date();
    const removed: Removed = { rows: 0, bytes: 0, held: 0 };
    let error: string | null = null;
    try {
      await this.archive(table, rules.archiveAfterDays);
      if (rules.retentionDays !== null)
        await this.byDays(table, new Date(now.getTime() - rules.retentionDays * DAY_MS), removed, options);
      if (rules.retentionBytes !== null) await this.byBytes(table, rules.retentionBytes, removed, options, now);
    } catch (failure) {
      if (options.signal?.aborted) throw failure;
      error = failure instanceof Error ? failure.message : String(failure);
      this.context.log.error(
        { err: failure, table: table.name },
        'retention failed and is tried again with the next run',
      );
    }
    const run: RetentionRun = {
      at: now.toISOString(),
      removedRows: removed.rows,
      removedBytes: removed.bytes,
      heldRows: removed.held,
      error,
    };
    await this.record(table, run);
    return run;
  }

  private async record(table: HuntingTable, run: RetentionRun): Promise<void> {
    await this.context.db.query(
      `insert into store_retention_run (table_name, at, removed_rows, removed_bytes, held_rows, error)
       values ($1, $2, $3, $4, $5, $6) on conflict (table_name) do update set at = excluded.at,
       removed_rows = excluded.removed_rows, removed_bytes = excluded.removed_bytes, held_rows = excluded.held_rows, error = excluded.error`,
      [table.name, new Date(run.at), run.removedRows, run.removedBytes, run.heldRows, run.error],
    );
    if (run.removedRows > 0) await this.context.audit('system', 'store.retention', table.name, run);
  }

  private async byDays(table: HuntingTable, cutoff: Date, removed: Removed, options: EnforceOptions): Promise<void> {
    const { store } = this.context;
    const due = dueBefore(table, cutoff);
    for (;;) {
      const version = this.holds.version;
      const held = await this.holds.condition(table);
      const matching = await matchingByPart(store, table.name, due);
      if (matching.size === 0) return;
      const kept = held ? await matchingByPart(store, table.name, both(due, held, 'AND')) : new Map<string, number>();
      removed.held = [...kept.values()].reduce((sum, rows) => sum + rows, 0);
      const parts = await partsOf(store, table.name, timeOf(table));
      const whole = parts.filter((part) => matching.get(part.name) === part.rows && !kept.get(part.name));
      if (this.holds.version !== version) continue;
      add(removed, await dropParts(store, table.name, whole));
      const rest: Condition = held ? both(due, { ...held, sql: `NOT ${held.sql}` }, 'AND') : due;
      const left = await countRows(store, table.name, rest);
      if (left === 0) return;
      const before = await this.bytes(table);
      const result = await rewriteWithout({
        store,
        table: table.name,
        tag: `retention-${cutoff.getTime()}-${version}`,
        condition: rest,
        signal: options.signal,
        outdated: () => this.holds.version !== version,
      });
      if (result === 'outdated') continue;
      removed.rows += left;
      removed.bytes += Math.max(0, before - (await this.bytes(table)));
      return;
    }
  }

  /** Oldest parts go until the table fits; of the one that would free too much only its older rows go. */
  private async byBytes(
    table: HuntingTable,
    limit: number,
    removed: Removed,
    options: EnforceOptions,
    now: Date,
  ): Promise<void> {
    const { store } = this.context;
    for (let round = 0; ; round++) {
      const version = this.holds.version;
      const held = await this.holds.condition(table);
      const parts = await partsOf(store, table.name, timeOf(table));
      let excess = parts.reduce((sum, part) => sum + part.bytes, 0) - limit;
      if (excess <= 0) return;
      const kept = held ? await matchingByPart(store, table.name, held) : new Map<string, number>();
      const whole: PartRows[] = [];
      let trimmed: PartRows | undefined;
      for (const part of parts) {
        if (excess <= 0) break;
        if ((part.bytes <= excess || round >= TRIMS) && !kept.get(part.name)) {
          whole.push(part);
          excess -= part.bytes;
        } else {
          trimmed = part;
          break;
        }
      }
      if (this.holds.version !== version) continue;
      add(removed, await dropParts(store, table.name, whole));
      if (!trimmed || excess <= 0 || round > TRIMS) return;
      const fraction = Math.min(1, excess / trimmed.bytes);
      const millis = `toUnixTimestamp64Milli(${timeOf(table)})`;
      const at =
        fraction >= 1 ? `max(${millis}) + 1` : `quantileDeterministic(${fraction})(${millis}, toUInt32(_part_offset))`;
      const cut = await store.query(
        `SELECT toString(fromUnixTimestamp64Milli(toInt64(${at}), 'UTC')) FROM ${physical(table.name)} WHERE _part = {part:String}`,
        { params: { part: param('String', trimmed.name) }, lane: 'background' },
      );
      const due: Condition = {
        sql: `(${timeOf(table)} < {cut:DateTime64(7, 'UTC')})`,
        params: { cut: param("DateTime64(7, 'UTC')", String(cut.rows[0]?.[0] ?? '1970-01-01 00:00:00')) },
      };
      const rest = held ? both(due, { ...held, sql: `NOT ${held.sql}` }, 'AND') : due;
      if (held) removed.held = await countRows(store, table.name, both(due, held, 'AND'));
      const left = await countRows(store, table.name, rest);
      if (left === 0) {
        if (round >= TRIMS) return;
        // All its rows are of one moment: nothing is older than the rest.
        round = TRIMS - 1;
        continue;
      }
      const before = await this.bytes(table);
      const result = await rewriteWithout({
        store,
        table: table.name,
        tag: `retention-bytes-${now.getTime()}-${version}-${round}`,
        condition: rest,
        signal: options.signal,
        outdated: () => this.holds.version !== version,
      });
      if (result === 'outdated') continue;
      removed.rows += left;
      removed.bytes += Math.max(0, before - (await this.bytes(table)));
    }
  }

  /** Old parts are packed again by the engine itself, in its own merges. Changing the rule touches no row at once. */
  private async archive(table: HuntingTable, days: number | null): Promise<void> {
    const { store } = this.context;
    const found = await store.query(
      'SELECT create_table_query FROM system.tables WHERE database = {db:String} AND name = {table:String}',
      { params: { db: param('String', DATABASE), table: param('String', table.name) }, lane: 'background' },
    );
    const current = /\bTTL .*?toIntervalDay\((\d+)\) RECOMPRESS/s.exec(String(found.rows[0]?.[0] ?? ''))?.[1];
    if (days === null) {
      if (current !== undefined) await store.command(`ALTER TABLE ${physical(table.name)} REMOVE TTL`);
      return;
    }
    if (current === String(days)) return;
    await store.command(
      `ALTER TABLE ${physical(table.name)} MODIFY TTL toDateTime(${timeOf(table)}) + toIntervalDay(${Math.trunc(days)}) RECOMPRESS CODEC(${ARCHIVE_CODEC})`,
      { settings: { mutations_sync: 0 } },
    );
  }

  private async bytes(table: HuntingTable): Promise<number> {
    const found = await this.context.store.query(
      'SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = {db:String} AND table = {table:String}',
      { params: { db: param('String', DATABASE), table: param('String', table.name) }, lane: 'background' },
    );
    return Number(found.rows[0]?.[0] ?? 0);
  }
}

function add(removed: Removed, gone: readonly PartRows[]): void {
  for (const part of gone) {
    removed.rows += part.rows;
    removed.bytes += part.bytes;
  }
}
