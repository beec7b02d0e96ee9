import { ParapetError } from '@parapet/schema';
import { quoteString, type TelemetryStore } from '@parapet/store';
import { ROW_STRUCTURE } from '../buffer/frame.ts';
import { createWaiting, MAX_WAITING_BYTES, MAX_WAITING_ROWS } from '../connectors/assemble.ts';
import { type Claims, compileClaims } from '../connectors/claims.ts';
import type { LoadedConnector } from '../connectors/load.ts';
import { LIVE } from '../connectors/place.ts';
import type { Statement } from '../connectors/statement.ts';
import { type ConnectorStatements, createPairs, type TableInsert } from '../connectors/statements.ts';
import { Bisector, isTransient, type Range, rangeParams, type Span } from './ranges.ts';

export { isTransient };

/** Marks a buffered row that is a rejected line, not an event. Control characters cannot occur in an index name. */
export const DEAD_INDEX = '\u0001dead-letter';

/** Columns of the table that holds a batch while it is worked on. */
export const BATCH_COLUMNS =
  "Sequence Int64, ReceivedTime DateTime64(7, 'UTC'), SourceId String, SourceName String, IndexName String, RawEventData String, Connector String";

export interface BatchJob {
  readonly batch: number;
  readonly file: string;
  /** Rows of the file, rejected lines included. */
  readonly events: number;
  readonly rejected: number;
  /** Rows whose source names their connector. */
  readonly pinned?: number;
  readonly firstSequence: number;
  readonly nextSequence: number;
  /** The clock of the batch: when its last event was accepted. The same in every repetition. */
  readonly receivedAt: string;
  /** Records do not wait for the rest of their event. */
  readonly flush?: boolean;
}

export interface BatchResult {
  readonly tables: Readonly<Record<string, number>>;
  readonly connectors: Readonly<Record<string, number>>;
  readonly deadLetters: number;
  /** Records wait for the rest of their event until then, in milliseconds since the epoch; null when none does. */
  readonly waitingUntil: number | null;
}

const STATEMENT_MS = 300_000;
const BLOCKS = { max_block_size: 8_192, min_insert_block_size_rows: 8_192, min_insert_block_size_bytes: 0 };

const HOLD_NOTHING = { hold: { type: 'UInt8', value: 0 } };

/** The connectors in use, with what the engine is told of them. */
interface ActiveSet {
  readonly connectors: readonly ConnectorStatements[];
  readonly claims: Claims;
}

/**
 * Brings one batch into the hunting tables. Repeating a batch after a crash or a failure first removes whatever of it
 * reached the tables (`wipe`), so that nothing depends on how far the first try got. That is stronger than an insert
 * token, which the engine may have noted for a part it never finished, and spares the sort that tokens ask for.
 */
export class BatchEngine {
  private active: ActiveSet;
  private next: ActiveSet | null = null;
  private readonly bisector = new Bisector();
  private setUpFor = -1;
  /** Records left waiting by the last stored batch, by connector; null before it was asked. */
  private waiting: ReadonlyMap<string, number> | null = null;
  /** What `wantsMore` left ready in the working tables. */
  private prepared: { key: string; connectors: ReadonlySet<string> } = { key: '', connectors: new Set() };

  constructor(
    private readonly store: TelemetryStore,
    readonly file: string,
    connectors: readonly LoadedConnector[],
  ) {
    this.active = this.compile(connectors);
  }

  private compile(connectors: readonly LoadedConnector[]): ActiveSet {
    const definitions = connectors.map(({ compiled }) => compiled.definition);
    return {
      connectors: connectors.map(({ statements }) => statements),
      claims: compileClaims(definitions, this.source(), DEAD_INDEX),
    };
  }

  /** Other connectors from the next batch on; the one at work is finished with those it was begun with. */
  use(connectors: readonly LoadedConnector[]): void {
    this.next = this.compile(connectors);
  }

  /** A new batch is about to be cut: take over connectors that were changed meanwhile. */
  adopt(): void {
    if (!this.next) return;
    this.active = this.next;
    this.next = null;
    this.setUpFor = -1;
    this.waiting = null;
  }

  private source(): string {
    return `file(${quoteString(this.file)}, 'RowBinary', ${quoteString(ROW_STRUCTURE)})`;
  }

  /** Tables a batch may write to. */
  get targets(): string[] {
    const names = this.active.connectors.flatMap((connector) => [
      ...connector.tables.map((table) => table.table),
      ...(connector.passthrough?.targets ?? []),
    ]);
    return [...new Set(['ParapetRawEvents', 'ParapetDeadLetter', ...names])];
  }

  /** Working tables in memory; they are gone after a restart of the engine. */
  private async setUp(): Promise<void> {
    const { restarts } = await this.store.health();
    if (this.setUpFor === restarts) return;
    await this.store.command(`CREATE DATABASE IF NOT EXISTS ${LIVE.database}`);
    await this.store.command(`CREATE OR REPLACE TABLE ${LIVE.batch} (${BATCH_COLUMNS}) ENGINE = Memory`);
    await this.store.command(createPairs(LIVE));
    await this.store.command(createWaiting(LIVE));
    for (const connector of this.active.connectors)
      for (const sql of connector.createStages) await this.store.command(sql);
    this.setUpFor = restarts;
  }

  /**
   * Load a batch into the working tables and tell whether a larger one would be better: records wait for evidence about
   * their clock that may follow a little later. Nothing is stored by this.
   */
  async wantsMore(job: BatchJob): Promise<boolean> {
    const clocked = this.active.connectors.filter((connector) => connector.clock);
    this.prepared = { key: '', connectors: new Set() };
    if (clocked.length === 0) return false;
    await this.setUp();
    const params = batchParams(job);
    const { first, last } = spanOf(job);
    const range = rangeParams(first, last);
    try {
      await this.claim(job, { ...params, ...range });
      for (const connector of clocked) {
        for (const sql of connector.truncateStages) await this.store.command(sql);
        if (connector.assemble) await this.store.command(connector.assemble.truncate);
        await this.fill(connector.prepare.sql, { ...connector.prepare.params, ...params, ...range, ...HOLD_NOTHING });
        await this.correctClocks(connector, params);
        const found = await this.store.query(connector.clock?.uncorrected ?? '', { lane: 'background' });
        if (Number(found.rows[0]?.[0]) > 0) return true;
      }
    } catch (error) {
      if (isTransient(error)) throw error;
      // An event that cannot be prepared: `process` finds it and sets it aside.
      return false;
    }
    this.prepared = {
      key: jobKey(job),
      connectors: new Set(clocked.flatMap(({ id, assemble }) => (assemble ? [] : [id]))),
    };
    return false;
  }

  /** Fill the batch table. Takes the parameters of a sequence range. */
  private async claim(job: BatchJob, params: Statement['params']): Promise<void> {
    await this.store.command(`TRUNCATE TABLE ${LIVE.batch}`);
    const { match } = this.active.claims;
    if ((job.pinned ?? 0) < job.events - job.rejected)
      await this.fill(`INSERT INTO ${LIVE.batch} ${match.sql}`, { ...match.params, ...params });
    await this.claimPinned(job, params);
  }

  private async claimPinned(job: BatchJob, params: Statement['params']): Promise<void> {
    if (!job.pinned) return;
    await this.fill(`INSERT INTO ${LIVE.batch} ${this.active.claims.pinned.sql}`, params);
  }

  private async load(job: BatchJob): Promise<number> {
    const { match, none } = this.active.claims;
    await this.store.command(`TRUNCATE TABLE ${LIVE.batch}`);
    const dead = await this.bisector.run(
      spanOf(job),
      'claims',
      (range) => this.fill(`INSERT INTO ${LIVE.batch} ${match.sql}`, { ...match.params, ...range }),
      (range) => this.fill(`INSERT INTO ${LIVE.batch} ${none.sql}`, range),
    );
    const { first, last } = spanOf(job);
    await this.claimPinned(job, rangeParams(first, last));
    return dead;
  }

  /** Prepare the records of a connector; returns how many had to be set aside. */
  private async stage(job: BatchJob, connector: ConnectorStatements, params: Statement['params']): Promise<number> {
    for (const sql of connector.truncateStages) await this.store.command(sql);
    const { span, hold } = await this.assemble(job, connector, params);
    const dead = await this.bisector.run(
      span,
      connector.id,
      (range) => this.fill(connector.prepare.sql, { ...connector.prepare.params, ...params, ...hold, ...range }),
      (range, reason) => this.setAside(job, connector, null, range, reason),
    );
    await this.correctClocks(connector, params);
    return dead;
  }

  /**
   * Put events together from their records. What is not complete and may still wait is put aside for the next batch.
   * @returns the sequence numbers that `prepare` has to look at, and whether records may wait
   */
  private async assemble(
    job: BatchJob,
    connector: ConnectorStatements,
    params: Statement['params'],
  ): Promise<{ readonly span: Span; readonly hold: Statement['params'] }> {
    const whole = spanOf(job);
    const { assemble } = connector;
    if (!assemble) return { span: whole, hold: {} };
    await this.store.command(assemble.truncate);
    if (this.waiting?.has(connector.id)) await this.fill(assemble.recall.sql, params);
    await this.bisector.run(
      whole,
      `${connector.id}:key`,
      (range) => this.fill(assemble.key.sql, { ...assemble.key.params, ...params, ...range }),
      // Its key cannot be told: it stands alone, and `prepare` has the word.
      () => Promise.resolve(0),
    );
    const [parts, bytes, lowest] = (
      (await this.store.query(assemble.counts, { lane: 'background' })).rows[0] ?? []
    ).map(Number);
    const tooMuch = (parts ?? 0) > MAX_WAITING_ROWS || (bytes ?? 0) > MAX_WAITING_BYTES;
    const hold = { hold: { type: 'UInt8', value: job.flush || tooMuch ? 0 : 1 } };
    if ((parts ?? 0) === 0) return { span: whole, hold };
    await this.run(assemble.hold.sql, { ...params, ...hold });
    return { span: { first: Math.min(whole.first, lowest ?? whole.first), last: whole.last }, hold };
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
    this.bisector.begin();
    if (repeat) await this.wipe(job.batch, new Set([...targets, ...this.targets]));
    const params = batchParams(job);
    const assembling = this.active.connectors.some((connector) => connector.assemble);
    if (assembling && (repeat || this.waiting === null)) await this.settleWaiting(job.batch - 1);
    const tables: Record<string, number> = {};
    let dead = 0;

    if (repeat || this.prepared.key !== jobKey(job)) {
      this.prepared = { key: '', connectors: new Set() };
      dead += await this.load(job);
    }
    await this.run(
      "INSERT INTO hunting.ParapetRawEvents (Sequence, TimeGenerated, BatchId, SourceId, SourceName, IndexName, Connector, RawEventData, _Batch, _TimeReceived, _ItemId) SELECT Sequence, ReceivedTime, toString({batch:UInt64}), SourceId, SourceName, IndexName, Connector, RawEventData, {batch:UInt64}, ReceivedTime, concat(toString({batch:UInt64}), ':', toString(Sequence)) FROM " +
        `${LIVE.batch}`,
      params,
    );
    if (job.rejected > 0) await this.run(this.rejectedInsert, params);
    dead += job.rejected;
    const claimed = await this.store.query(`SELECT Connector, count() FROM ${LIVE.batch} GROUP BY Connector`, {
      lane: 'background',
    });
    const connectors: Record<string, number> = {};
    let held = 0;
    for (const [name, count] of claimed.rows) {
      connectors[String(name)] = Number(count);
      held += Number(count);
    }
    if (held > 0) tables.ParapetRawEvents = held;
    for (const connector of this.active.connectors) {
      // Records that waited may be due without a new one.
      if (!connectors[connector.id] && !this.waiting?.has(connector.id)) continue;
      dead += await this.connector(job, connector, params, tables);
    }
    if (dead > 0) tables.ParapetDeadLetter = dead;
    // The working tables live in the engine's memory: had it restarted between two statements, they would now be empty.
    const { restarts } = await this.store.health();
    if (restarts !== this.setUpFor || held !== job.events - job.rejected)
      throw new ParapetError(
        'engine_restarted',
        503,
        'The telemetry engine was restarted while a batch was being stored.',
      );
    const waitingUntil = assembling ? await this.settleWaiting(job.batch) : null;
    this.bisector.done();
    return { tables, connectors, deadLetters: dead, waitingUntil };
  }

  /** Look up what a batch left waiting and forget what waited before; tells when the first of it is due. */
  private async settleWaiting(batch: number): Promise<number | null> {
    const waiting = new Map<string, number>();
    let due: number | null = null;
    for (const { id, assemble } of this.active.connectors) {
      if (!assemble) continue;
      const params = { batch: { type: 'UInt64', value: batch } };
      const [at, parts] = (await this.store.query(assemble.due.sql, { params, lane: 'background' })).rows[0] ?? [];
      if (at === undefined || at === null) continue;
      due = due === null ? Number(at) : Math.min(due, Number(at));
      waiting.set(id, Number(parts));
    }
    if ((this.waiting?.size ?? 1) > 0) await this.dropWaiting(`Batch < ${Math.trunc(batch)}`);
    this.waiting = waiting;
    return due;
  }

  private async dropWaiting(where: string): Promise<void> {
    const found = await this.store.query(`SELECT DISTINCT Batch FROM ${LIVE.waiting} WHERE ${where}`, {
      lane: 'background',
    });
    for (const [batch] of found.rows)
      await this.store.command(`ALTER TABLE ${LIVE.waiting} DROP PARTITION ${Math.trunc(Number(batch))}`);
  }

  /** When records that the last stored batch left waiting are due; null when none waits. */
  async waitingUntil(lastCommitted: number): Promise<number | null> {
    if (!this.active.connectors.some((connector) => connector.assemble)) return null;
    await this.setUp();
    return this.settleWaiting(lastCommitted);
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
    const outputs = counts.slice(0, -4);
    const warnings = (counts.at(-4) ?? 0) + (counts.at(-3) ?? 0);
    const lowest = (counts.at(-2) ?? 0) > 0 ? (counts.at(-1) ?? 0) : job.firstSequence;
    const span = { first: Math.min(lowest, job.firstSequence), last: job.nextSequence - 1 };
    const insertInto = async (table: TableInsert, active: readonly number[], expected: number): Promise<void> => {
      const insert = table.insert(active);
      const failed = await this.bisector.run(
        span,
        `${connector.id}:${table.table}`,
        (range) => this.run(insert.sql, { ...insert.params, ...params, ...range }),
        (range, reason) => this.setAside(job, connector, table, range, reason),
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

  /** Record events that a connector could not map. They stay findable as raw events. */
  private async setAside(
    job: BatchJob,
    connector: ConnectorStatements,
    table: TableInsert | null,
    range: Range,
    reason: string,
  ): Promise<number> {
    const where = `Sequence BETWEEN {seq_from:Int64} AND {seq_to:Int64}${table ? ` AND Sequence IN (${table.sequences})` : ''}`;
    const detail = table ? `No row in ${table.table}: ${reason}` : reason;
    await this.run(
      `INSERT INTO hunting.ParapetDeadLetter (Sequence, TimeGenerated, SourceId, SourceName, Reason, Detail, Connector, BatchId, RawText, _Batch, _TimeReceived, _ItemId) SELECT Sequence, ReceivedTime, SourceId, SourceName, 'transform_failed', {detail:String}, {connector:String}, toString({batch:UInt64}), RawEventData, {batch:UInt64}, ReceivedTime, concat(toString(RawBatch), ':', toString(Sequence)) FROM ${connector.records} WHERE ${where}`,
      {
        ...range,
        ...batchParams(job),
        connector: { type: 'String', value: connector.id },
        detail: { type: 'String', value: detail.slice(0, 1_000) },
      },
    );
    const counted = await this.store.query(`SELECT count() FROM ${connector.records} WHERE ${where}`, {
      params: { ...range, ...batchParams(job) },
      lane: 'background',
    });
    return Number(counted.rows[0]?.[0]);
  }

  /** Rejected lines travel through the buffer like events and end in the dead-letter table. */
  private get rejectedInsert(): string {
    const value = (key: string): string => `JSONExtractString(RawEventData, '${key}')`;
    return `INSERT INTO hunting.ParapetDeadLetter (Sequence, TimeGenerated, SourceId, SourceName, Reason, Detail, Connector, BatchId, RawText, _Batch, _TimeReceived, _ItemId) SELECT Sequence, ReceivedTime, SourceId, SourceName, ${value('reason')}, ${value('detail')}, '', toString({batch:UInt64}), ${value('raw')}, {batch:UInt64}, ReceivedTime, concat(toString({batch:UInt64}), ':', toString(Sequence)) FROM ${this.source()} WHERE IndexName = ${quoteString(DEAD_INDEX)}`;
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
    await this.dropWaiting(`Batch = ${Math.trunc(batch)}`);
    await this.store.command(`ALTER TABLE ${LIVE.pairs} DELETE WHERE Batch = ${Math.trunc(batch)}`, {
      settings: { mutations_sync: 2 },
    });
  }
}

function jobKey(job: BatchJob): string {
  return `${job.batch}:${job.firstSequence}-${job.nextSequence}`;
}

function spanOf(job: BatchJob): Span {
  return { first: job.firstSequence, last: job.nextSequence - 1 };
}

function batchParams(job: BatchJob): Statement['params'] {
  return {
    batch: { type: 'UInt64', value: job.batch },
    now_ms: { type: 'Int64', value: Date.parse(job.receivedAt) },
  };
}
