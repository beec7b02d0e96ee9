import type { SqlParam } from '@parapet/kql';
import { ParapetError } from '@parapet/schema';
import type { TelemetryStore } from '@parapet/store';
import { ROW_STRUCTURE } from '../buffer/frame.ts';
import { BATCH_TABLE, compileClaims, STAGE_DATABASE, type Statement } from '../connectors/compile.ts';
import type { ConnectorDefinition } from '../connectors/definition.ts';
import { type ConnectorStatements, CREATE_PAIRS, type TableInsert } from '../connectors/statements.ts';

/** Marks a buffered row that is a rejected line, not an event. Control characters cannot occur in an index name. */
export const DEAD_INDEX = '\u0001dead-letter';

/** Errors that say nothing about the data: the same statement may work in a moment. */
const TRANSIENT = new Set(['engine_restarted', 'engine_start_failed', 'engine_closed', 'disk_full', 'query_cancelled']);

export function isTransient(error: unknown): boolean {
  return error instanceof ParapetError ? TRANSIENT.has(error.code) : true;
}

export interface BatchJob {
  readonly batch: number;
  readonly file: string;
  /** Rows of the file, rejected lines included. */
  readonly events: number;
  readonly rejected: number;
  readonly firstSequence: number;
  readonly nextSequence: number;
}

export interface BatchResult {
  readonly tables: Readonly<Record<string, number>>;
  readonly connectors: Readonly<Record<string, number>>;
  readonly deadLetters: number;
}

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const STATEMENT_MS = 300_000;
const BLOCKS = { max_block_size: 8_192, min_insert_block_size_rows: 8_192, min_insert_block_size_bytes: 0 };
/** Beyond this many single bad events the rest of a failing range is set aside as a whole. */
const MAX_SINGLE_FAILURES = 200;

/**
 * Brings one batch into the hunting tables. Repeating a batch after a crash or a failure first removes whatever of it
 * reached the tables (`wipe`), so that nothing depends on how far the first try got. That is stronger than an insert
 * token, which the engine may have noted for a part it never finished, and spares the sort that tokens ask for.
 */
export class BatchEngine {
  private readonly claims: Statement;
  private readonly fallback: string;
  /** Statement and range → how often the engine died on it. */
  private readonly deaths = new Map<string, number>();
  private failures = 0;
  private setUpFor = -1;
  /** What `wantsMore` left ready in the working tables. */
  private prepared: { key: string; connectors: ReadonlySet<string> } = { key: '', connectors: new Set() };

  constructor(
    private readonly store: TelemetryStore,
    readonly file: string,
    definitions: readonly ConnectorDefinition[],
    private readonly connectors: readonly ConnectorStatements[],
  ) {
    const rows = `(SELECT * FROM ${this.source()} WHERE IndexName != ${quote(DEAD_INDEX)} AND Sequence BETWEEN {seq_from:Int64} AND {seq_to:Int64})`;
    this.claims = compileClaims(definitions, rows);
    this.fallback = `SELECT Sequence, ReceivedTime, SourceId, SourceName, IndexName, RawEventData, '' AS Connector FROM ${rows}`;
  }

  private source(): string {
    return `file(${quote(this.file)}, 'RowBinary', ${quote(ROW_STRUCTURE)})`;
  }

  /** Tables a batch may write to. */
  get targets(): string[] {
    const names = this.connectors.flatMap((connector) => [
      ...connector.tables.map((table) => table.table),
      ...(connector.passthrough?.targets ?? []),
    ]);
    return [...new Set(['ParapetRawEvents', 'ParapetDeadLetter', ...names])];
  }

  /** Working tables in memory; they are gone after a restart of the engine. */
  private async setUp(): Promise<void> {
    const { restarts } = await this.store.health();
    if (this.setUpFor === restarts) return;
    await this.store.command(`CREATE DATABASE IF NOT EXISTS ${STAGE_DATABASE}`);
    await this.store.command(
      `CREATE OR REPLACE TABLE ${BATCH_TABLE} (Sequence Int64, ReceivedTime DateTime64(7, 'UTC'), SourceId String, SourceName String, IndexName String, RawEventData String, Connector String) ENGINE = Memory`,
    );
    await this.store.command(CREATE_PAIRS);
    for (const connector of this.connectors) for (const sql of connector.createStages) await this.store.command(sql);
    this.setUpFor = restarts;
  }

  /**
   * Load a batch into the working tables and tell whether a larger one would be better: records wait for evidence about
   * their clock that may follow a little later. Nothing is stored by this.
   */
  async wantsMore(job: BatchJob): Promise<boolean> {
    const clocked = this.connectors.filter((connector) => connector.clock);
    this.prepared = { key: '', connectors: new Set() };
    if (clocked.length === 0) return false;
    await this.setUp();
    const params = { batch: { type: 'UInt64', value: job.batch } };
    const range = rangeParams(job.firstSequence, job.nextSequence - 1);
    try {
      await this.store.command(`TRUNCATE TABLE ${BATCH_TABLE}`);
      await this.fill(`INSERT INTO ${BATCH_TABLE} ${this.claims.sql}`, { ...this.claims.params, ...range });
      for (const connector of clocked) {
        for (const sql of connector.truncateStages) await this.store.command(sql);
        await this.fill(connector.prepare.sql, { ...connector.prepare.params, ...range });
        await this.correctClocks(connector, params);
        const found = await this.store.query(connector.clock?.uncorrected ?? '', { lane: 'background' });
        if (Number(found.rows[0]?.[0]) > 0) return true;
      }
    } catch (error) {
      if (isTransient(error)) throw error;
      // An event that cannot be prepared: `process` finds it and sets it aside.
      return false;
    }
    this.prepared = { key: jobKey(job), connectors: new Set(clocked.map((connector) => connector.id)) };
    return false;
  }

  private async load(job: BatchJob): Promise<number> {
    await this.store.command(`TRUNCATE TABLE ${BATCH_TABLE}`);
    return this.ranges(
      job,
      'claims',
      (range) => this.fill(`INSERT INTO ${BATCH_TABLE} ${this.claims.sql}`, { ...this.claims.params, ...range }),
      (range) => this.fill(`INSERT INTO ${BATCH_TABLE} ${this.fallback}`, range),
    );
  }

  /** Prepare the records of a connector; returns how many had to be set aside. */
  private async stage(job: BatchJob, connector: ConnectorStatements, params: Statement['params']): Promise<number> {
    for (const sql of connector.truncateStages) await this.store.command(sql);
    const dead = await this.ranges(
      job,
      connector.id,
      (range) => this.fill(connector.prepare.sql, { ...connector.prepare.params, ...range }),
      (range, reason) => this.setAside(job, connector.id, null, range, reason),
    );
    await this.correctClocks(connector, params);
    return dead;
  }

  private async correctClocks(connector: ConnectorStatements, params: Statement['params']): Promise<void> {
    if (!connector.clock) return;
    const clocked = await this.store.query(connector.clock.count, { lane: 'background' });
    if (Number(clocked.rows[0]?.[0]) > 0) await this.run(connector.clock.pairs.sql, params);
    await this.fill(connector.clock.correct.sql, params);
  }

  /**
   * @param repeat true when a try may already have written something
   * @throws ParapetError when the engine is not available; the batch must be repeated
   */
  async process(job: BatchJob, repeat: boolean, targets: readonly string[] = this.targets): Promise<BatchResult> {
    await this.setUp();
    this.failures = 0;
    if (repeat) await this.wipe(job.batch, new Set([...targets, ...this.targets]));
    const params = { batch: { type: 'UInt64', value: job.batch } };
    const tables: Record<string, number> = {};
    let dead = 0;

    if (repeat || this.prepared.key !== jobKey(job)) {
      this.prepared = { key: '', connectors: new Set() };
      dead += await this.load(job);
    }
    await this.run(
      "INSERT INTO hunting.ParapetRawEvents (Sequence, TimeGenerated, BatchId, SourceId, SourceName, IndexName, Connector, RawEventData, _Batch, _TimeReceived, _ItemId) SELECT Sequence, ReceivedTime, toString({batch:UInt64}), SourceId, SourceName, IndexName, Connector, RawEventData, {batch:UInt64}, ReceivedTime, concat(toString({batch:UInt64}), ':', toString(Sequence)) FROM " +
        `${BATCH_TABLE}`,
      params,
    );
    if (job.rejected > 0) await this.run(this.rejectedInsert, params);
    dead += job.rejected;
    const claimed = await this.store.query(`SELECT Connector, count() FROM ${BATCH_TABLE} GROUP BY Connector`, {
      lane: 'background',
    });
    const connectors: Record<string, number> = {};
    let held = 0;
    for (const [name, count] of claimed.rows) {
      connectors[String(name)] = Number(count);
      held += Number(count);
    }
    if (held > 0) tables.ParapetRawEvents = held;
    for (const connector of this.connectors) {
      if (!connectors[connector.id]) continue;
      dead += await this.connector(job, connector, params, tables);
    }
    if (dead > 0) tables.ParapetDeadLetter = dead;
    // The working tables live in the engine's memory: had it restarted between two statements, they would now be empty.
    const after = await this.store.query(`SELECT count() FROM ${BATCH_TABLE}`, { lane: 'background' });
    if (Number(after.rows[0]?.[0]) !== job.events - job.rejected || held !== job.events - job.rejected)
      throw new ParapetError(
        'engine_restarted',
        503,
        'The telemetry engine was restarted while a batch was being stored.',
      );
    this.deaths.clear();
    return { tables, connectors, deadLetters: dead };
  }

  /** Fill a working table in small blocks, so that the next statement reads it with several threads. */
  private async fill(sql: string, params: Statement['params']): Promise<void> {
    await this.store.command(sql, { params, settings: BLOCKS, timeoutMs: STATEMENT_MS });
  }

  private async run(sql: string, params: Statement['params']): Promise<void> {
    // The engine's own dropping of equal blocks is off: a batch that is repeated was removed before (`wipe`), and must
    // not be taken for the copy that is gone. Replayed archives span years: one insert may touch many months.
    await this.store.command(sql, {
      params,
      settings: { insert_deduplicate: 0, max_partitions_per_insert_block: 0 },
      timeoutMs: STATEMENT_MS,
    });
  }

  private async connector(
    job: BatchJob,
    connector: ConnectorStatements,
    params: Statement['params'],
    tables: Record<string, number>,
  ): Promise<number> {
    let dead = this.prepared.connectors.has(connector.id) ? 0 : await this.stage(job, connector, params);
    const counted = (await this.store.query(connector.counts, { lane: 'background' })).rows[0] ?? [];
    const counts = counted.map(Number);
    const outputs = counts.slice(0, -3);
    const warnings = (counts.at(-3) ?? 0) + (counts.at(-2) ?? 0);
    const insertInto = async (table: TableInsert, active: readonly number[], expected: number): Promise<void> => {
      const insert = table.insert(active);
      const failed = await this.ranges(
        job,
        `${connector.id}:${table.table}`,
        (range) => this.run(insert.sql, { ...insert.params, ...params, ...range }),
        (range, reason) => this.setAside(job, connector.id, table, range, reason),
      );
      dead += failed;
      tables[table.table] = (tables[table.table] ?? 0) + expected - failed;
    };
    for (const table of connector.tables) {
      const expected = table.outputs.reduce((sum, i) => sum + (outputs[i] ?? 0), 0);
      if (expected > 0)
        await insertInto(
          table,
          table.outputs.filter((i) => (outputs[i] ?? 0) > 0),
          expected,
        );
    }
    if (connector.passthrough) {
      const found = await this.store.query(connector.passthrough.counts, { lane: 'background' });
      for (const [name, count] of found.rows)
        await insertInto(connector.passthrough.table(String(name)), [0], Number(count));
    }
    if (warnings > 0) {
      await this.run(connector.timeWarnings.sql, params);
      dead += warnings;
    }
    return dead;
  }

  /**
   * Run a statement over the whole batch; when the data makes it fail, halve the range until the events that cause it
   * stand alone, and set those aside. Returns how many events were set aside.
   */
  private async ranges(
    job: BatchJob,
    key: string,
    work: (range: Range) => Promise<void>,
    setAside: (range: Range, reason: string) => Promise<unknown>,
  ): Promise<number> {
    const visit = async (from: number, to: number): Promise<number> => {
      const range = rangeParams(from, to);
      const name = `${key}:${from}-${to}`;
      const whole = from === job.firstSequence && to === job.nextSequence - 1;
      let reason = 'The engine stopped while working on it.';
      if ((this.deaths.get(name) ?? 0) < 2) {
        try {
          await work(range);
          return 0;
        } catch (error) {
          if (isTransient(error)) {
            if (error instanceof ParapetError && error.code === 'engine_restarted')
              this.deaths.set(name, (this.deaths.get(name) ?? 0) + 1);
            throw error;
          }
          reason = error instanceof Error ? error.message : String(error);
        }
      }
      if (from < to && whole && (await this.failsWithoutData(work))) {
        // Not the data: the statement itself does not work, so no half of it will.
        this.failures = MAX_SINGLE_FAILURES;
      }
      if (from >= to || this.failures >= MAX_SINGLE_FAILURES) {
        this.failures++;
        const count = await setAside(range, reason);
        return typeof count === 'number' ? count : 0;
      }
      const middle = Math.floor((from + to) / 2);
      return (await visit(from, middle)) + (await visit(middle + 1, to));
    };
    return visit(job.firstSequence, job.nextSequence - 1);
  }

  private async failsWithoutData(work: (range: Range) => Promise<void>): Promise<boolean> {
    try {
      await work(rangeParams(1, 0));
      return false;
    } catch (error) {
      if (isTransient(error)) throw error;
      return true;
    }
  }

  /** Record events that a connector could not map. They stay findable as raw events. */
  private async setAside(
    job: BatchJob,
    connector: string,
    table: TableInsert | null,
    range: Range,
    reason: string,
  ): Promise<number> {
    const where = `Connector = {connector:String} AND Sequence BETWEEN {seq_from:Int64} AND {seq_to:Int64}${table ? ` AND Sequence IN (${table.sequences})` : ''}`;
    const detail = table ? `No row in ${table.table}: ${reason}` : reason;
    await this.run(
      `INSERT INTO hunting.ParapetDeadLetter (Sequence, TimeGenerated, SourceId, SourceName, Reason, Detail, Connector, BatchId, RawText, _Batch, _TimeReceived, _ItemId) SELECT Sequence, ReceivedTime, SourceId, SourceName, 'transform_failed', {detail:String}, Connector, toString({batch:UInt64}), RawEventData, {batch:UInt64}, ReceivedTime, concat(toString({batch:UInt64}), ':', toString(Sequence)) FROM ${BATCH_TABLE} WHERE ${where}`,
      {
        ...range,
        batch: { type: 'UInt64', value: job.batch },
        connector: { type: 'String', value: connector },
        detail: { type: 'String', value: detail.slice(0, 1_000) },
      },
    );
    const counted = await this.store.query(`SELECT count() FROM ${BATCH_TABLE} WHERE ${where}`, {
      params: { ...range, connector: { type: 'String', value: connector } },
      lane: 'background',
    });
    return Number(counted.rows[0]?.[0]);
  }

  /** Rejected lines travel through the buffer like events and end in the dead-letter table. */
  private get rejectedInsert(): string {
    const value = (key: string): string => `JSONExtractString(RawEventData, '${key}')`;
    return `INSERT INTO hunting.ParapetDeadLetter (Sequence, TimeGenerated, SourceId, SourceName, Reason, Detail, Connector, BatchId, RawText, _Batch, _TimeReceived, _ItemId) SELECT Sequence, ReceivedTime, SourceId, SourceName, ${value('reason')}, ${value('detail')}, '', toString({batch:UInt64}), ${value('raw')}, {batch:UInt64}, ReceivedTime, concat(toString({batch:UInt64}), ':', toString(Sequence)) FROM ${this.source()} WHERE IndexName = ${quote(DEAD_INDEX)}`;
  }

  /** Remove what an earlier try of a batch may have left. */
  private async wipe(batch: number, targets: ReadonlySet<string>): Promise<void> {
    const params = { batch: { type: 'UInt64', value: batch } };
    for (const table of targets) {
      const name = `hunting.\`${table}\``;
      const found = await this.store.query(`SELECT count() FROM ${name} WHERE _Batch = {batch:UInt64}`, {
        params,
        lane: 'background',
      });
      if (Number(found.rows[0]?.[0]) > 0)
        await this.store.command(`ALTER TABLE ${name} DELETE WHERE _Batch = ${Math.trunc(batch)}`, {
          settings: { mutations_sync: 2 },
        });
    }
    await this.store.command(`ALTER TABLE ${STAGE_DATABASE}.clock_pairs DELETE WHERE Batch = ${Math.trunc(batch)}`, {
      settings: { mutations_sync: 2 },
    });
  }
}

function jobKey(job: BatchJob): string {
  return `${job.batch}:${job.firstSequence}-${job.nextSequence}`;
}

type Range = { readonly seq_from: SqlParam; readonly seq_to: SqlParam };

function rangeParams(from: number, to: number): Range {
  return { seq_from: { type: 'Int64', value: from }, seq_to: { type: 'Int64', value: to } };
}
