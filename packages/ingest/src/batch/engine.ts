import { ParapetError } from '@parapet/schema';
import type { TelemetryStore } from '@parapet/store';
import { createWaiting, MAX_WAITING_BYTES, MAX_WAITING_ROWS } from '../connectors/assemble.ts';
import { ARRIVED_COLUMNS, Claims } from '../connectors/claims.ts';
import type { LoadedConnector } from '../connectors/load.ts';
import { LIVE } from '../connectors/place.ts';
import type { Statement } from '../connectors/statement.ts';
import { type ConnectorStatements, createPairs, type TableInsert } from '../connectors/statements.ts';
import { sideBySide } from './lanes.ts';
import { Bisector, isTransient, type Range, rangeParams, type Span } from './ranges.ts';
import { BATCH_COLUMNS, batchFile, batchRecords, DEAD_INDEX, failedInsert, RAW_INSERT, rejectedInsert } from './sql.ts';
import { Waiting } from './waiting.ts';

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
/**
 * Rewrites of conditions that look at every pair of terms: of a connector's statement they take a second to plan, many
 * times what the statement runs, and find nothing in rows that are all in memory.
 */
const PLANNING = {
  optimize_and_compare_chain: 0,
  optimize_extract_common_expressions: 0,
  optimize_min_equality_disjunction_chain_length: 1_000_000,
  optimize_min_inequality_conjunction_chain_length: 1_000_000,
  // Steps kept apart are planned sooner, and run a quarter faster: in one step more is worked out than a row needs.
  query_plan_merge_expressions: 0,
};
const BLOCKS = {
  ...PLANNING,
  max_block_size: 8_192,
  min_insert_block_size_rows: 8_192,
  min_insert_block_size_bytes: 0,
};
/**
 * The engine's own dropping of equal blocks is off: a batch that is repeated was removed before (`wipe`), and must not be
 * taken for the copy that is gone. Replayed archives span years: one insert may touch many months. Inserts run side by
 * side, one thread each.
 */
const INSERT = { ...PLANNING, insert_deduplicate: 0, max_partitions_per_insert_block: 0, max_threads: 1 };
const INSERTS_AT_ONCE = 2;

/** The connectors in use, with what the engine is told of them. */
interface ActiveSet {
  readonly connectors: readonly ConnectorStatements[];
  readonly claims: Claims;
}

/** Records of a connector that stand prepared in its working table. */
interface Staged {
  readonly hold: Statement['params'];
  /** Some records belong together. */
  readonly parts: boolean;
  readonly deadLetters: number;
}

/** What of a batch is in the working tables. */
interface Loaded {
  readonly key: string;
  readonly claimed: ReadonlyMap<string, number>;
  readonly staged: Map<string, Staged>;
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
  private readonly waiting: Waiting;
  private setUpFor = -1;
  /** What `wantsMore` left ready in the working tables. */
  private loaded: Loaded | null = null;

  constructor(
    private readonly store: TelemetryStore,
    readonly file: string,
    connectors: readonly LoadedConnector[],
  ) {
    this.waiting = new Waiting(store);
    this.active = this.compile(connectors);
  }

  private compile(connectors: readonly LoadedConnector[]): ActiveSet {
    const definitions = connectors.map(({ compiled }) => compiled.definition);
    return {
      connectors: connectors.map(({ statements }) => statements),
      claims: new Claims(definitions, batchRecords(this.file), LIVE.arrived, DEAD_INDEX),
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
    this.waiting.forget();
  }

  /** Tables a batch may write to. */
  get targets(): string[] {
    const names = this.active.connectors.flatMap((connector) => [
      ...connector.tables.map((table) => table.table),
      ...(connector.passthrough?.targets ?? []),
    ]);
    return [...new Set(['ParapetRawEvents', 'ParapetDeadLetter', ...names])];
  }

  private get assembles(): boolean {
    return this.active.connectors.some((connector) => connector.assemble);
  }

  /** Working tables in memory; they are gone after a restart of the engine. */
  private async setUp(): Promise<void> {
    const { restarts } = await this.store.health();
    if (this.setUpFor === restarts) return;
    await this.store.command(`CREATE DATABASE IF NOT EXISTS ${LIVE.database}`);
    await this.store.command(`CREATE OR REPLACE TABLE ${LIVE.batch} (${BATCH_COLUMNS}) ENGINE = Memory`);
    await this.store.command(`CREATE OR REPLACE TABLE ${LIVE.arrived} (${ARRIVED_COLUMNS}) ENGINE = Memory`);
    await this.store.command(createPairs(LIVE));
    await this.store.command(createWaiting(LIVE));
    for (const connector of this.active.connectors)
      for (const sql of connector.createStages) await this.store.command(sql);
    const { claims } = this.active;
    const empty = claims.emptyRecord;
    if (empty) {
      const said = await this.store.query(empty.sql, { params: empty.params, lane: 'background' });
      claims.learn(said.rows[0] ?? []);
    }
    this.setUpFor = restarts;
  }

  /**
   * Load a batch into the working tables and tell whether a larger one would be better: records wait for evidence about
   * their clock that may follow a little later. Nothing is stored by this.
   */
  async wantsMore(job: BatchJob): Promise<boolean> {
    this.loaded = null;
    if (!this.active.connectors.some((connector) => connector.clock)) return false;
    await this.setUp();
    if (!this.waiting.known) await this.waiting.settle(job.batch - 1, this.active.connectors);
    const params = batchParams(job);
    const { first, last } = spanOf(job);
    const range = rangeParams(first, last);
    try {
      await this.claim(job, (_key, work) => work(range).then(() => 0));
      const claimed = await this.claimed();
      const staged = new Map<string, Staged>();
      for (const connector of this.active.connectors) {
        if (!connector.clock || !claimed.has(connector.id)) continue;
        for (const sql of connector.truncateStages) await this.store.command(sql);
        const assembled = await this.assemble(job, connector, params, (work) => work(range).then(() => 0));
        const all = { ...params, ...assembled.hold, ...rangeParams(assembled.span.first, assembled.span.last) };
        await this.fill(connector.prepare.sql, { ...connector.prepare.params, ...all });
        const clocked = await this.correctClocks(connector, params);
        staged.set(connector.id, { ...assembled, deadLetters: 0 });
        if (!clocked) continue;
        const found = await this.store.query(connector.clock.uncorrected, { lane: 'background' });
        if (Number(found.rows[0]?.[0]) > 0) return true;
      }
      this.loaded = { key: jobKey(job), claimed, staged };
    } catch (error) {
      if (isTransient(error)) throw error;
      // An event that cannot be prepared: `process` finds it and sets it aside.
    }
    return false;
  }

  /** Fill the batch table: every row with the connector that claims it. */
  private async claim(
    job: BatchJob,
    ranged: (
      key: string,
      work: (range: Range) => Promise<void>,
      setAside: (range: Range) => Promise<void>,
    ) => Promise<number>,
  ): Promise<number> {
    const { claims } = this.active;
    const into = `INSERT INTO ${LIVE.batch}`;
    await this.store.command(`TRUNCATE TABLE ${LIVE.batch}`);
    let dead = 0;
    if (job.pinned) await this.fill(`${into} ${claims.pinned.sql}`, claims.pinned.params);
    await this.store.command(`TRUNCATE TABLE ${LIVE.arrived}`);
    await this.fill(claims.arrive.sql, claims.arrive.params);
    const found = await this.store.query(claims.shapes, { lane: 'background' });
    const counts = new Map(found.rows.map(([shape, rows]) => [Number(shape), Number(rows)]));
    const unknown = claims.unknown([...counts.keys()]);
    if (unknown) {
      const named = await this.store.query(unknown.sql, { params: unknown.params, lane: 'background' });
      for (const [shape, keys] of named.rows) claims.name(Number(shape), keys as string[]);
    }
    for (const { key, match, none } of claims.groups(counts))
      dead += await ranged(
        `claims:${key}`,
        (range) => this.fill(`${into} ${match.sql}`, { ...match.params, ...range }),
        (range) => this.fill(`${into} ${none.sql}`, { ...none.params, ...range }),
      );
    await this.store.command(`TRUNCATE TABLE ${LIVE.arrived}`);
    return dead;
  }

  private async claimed(): Promise<ReadonlyMap<string, number>> {
    const found = await this.store.query(`SELECT Connector, count() FROM ${LIVE.batch} GROUP BY Connector`, {
      lane: 'background',
    });
    return new Map(found.rows.map(([name, count]) => [String(name), Number(count)]));
  }

  private async load(job: BatchJob): Promise<{ readonly loaded: Loaded; readonly dead: number }> {
    const dead = await this.claim(job, (key, work, setAside) => this.bisector.run(spanOf(job), key, work, setAside));
    return { loaded: { key: jobKey(job), claimed: await this.claimed(), staged: new Map() }, dead };
  }

  /** Prepare the records of a connector. What makes it fail is set aside. */
  private async stage(job: BatchJob, connector: ConnectorStatements, params: Statement['params']): Promise<Staged> {
    for (const sql of connector.truncateStages) await this.store.command(sql);
    const { span, hold, parts } = await this.assemble(job, connector, params, (work) =>
      // A record whose key cannot be told stands alone, and `prepare` has the word.
      this.bisector.run(spanOf(job), `${connector.id}:key`, work, () => Promise.resolve(0)),
    );
    const deadLetters = await this.bisector.run(
      span,
      connector.id,
      (range) => this.fill(connector.prepare.sql, { ...connector.prepare.params, ...params, ...hold, ...range }),
      (range, reason) => this.setAside(job, connector, null, range, reason),
    );
    await this.correctClocks(connector, params);
    return { hold, parts, deadLetters };
  }

  /**
   * Find the records that belong together. Nothing is stored by this.
   * @returns the sequence numbers that `prepare` has to look at, and whether records may wait
   */
  private async assemble(
    job: BatchJob,
    connector: ConnectorStatements,
    params: Statement['params'],
    ranged: (work: (range: Range) => Promise<void>) => Promise<number>,
  ): Promise<{ readonly span: Span; readonly hold: Statement['params']; readonly parts: boolean }> {
    const whole = spanOf(job);
    const { assemble } = connector;
    if (!assemble) return { span: whole, hold: {}, parts: false };
    await this.store.command(assemble.truncate);
    if (this.waiting.has(connector.id)) await this.fill(assemble.recall.sql, params);
    await ranged((range) => this.fill(assemble.key.sql, { ...assemble.key.params, ...params, ...range }));
    const counted = (await this.store.query(assemble.counts, { lane: 'background' })).rows[0] ?? [];
    const [parts = 0, bytes = 0, lowest = 0] = counted.map(Number);
    const tooMuch = parts > MAX_WAITING_ROWS || bytes > MAX_WAITING_BYTES;
    return {
      span: { first: parts > 0 ? Math.min(whole.first, lowest) : whole.first, last: whole.last },
      hold: { hold: { type: 'UInt8', value: job.flush || tooMuch ? 0 : 1 } },
      parts: parts > 0,
    };
  }

  /** @returns false when the connector has no record with a clock to correct */
  private async correctClocks(connector: ConnectorStatements, params: Statement['params']): Promise<boolean> {
    if (!connector.clock) return false;
    const counted = await this.store.query(connector.clock.count, { lane: 'background' });
    if (Number(counted.rows[0]?.[0]) === 0) {
      await this.store.command(connector.clock.take);
      return false;
    }
    await this.insert(connector.clock.pairs, params);
    await this.fill(connector.clock.correct.sql, params);
    return true;
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
    if (this.assembles && (repeat || !this.waiting.known))
      await this.waiting.settle(job.batch - 1, this.active.connectors);
    const tables: Record<string, number> = {};
    let dead = job.rejected;
    let loaded = this.loaded;
    this.loaded = null;
    if (repeat || loaded?.key !== jobKey(job)) {
      const fresh = await this.load(job);
      loaded = fresh.loaded;
      dead += fresh.dead;
    }
    const { claimed, staged } = loaded;
    const held = [...claimed.values()].reduce((sum, count) => sum + count, 0);
    if (held > 0) tables.ParapetRawEvents = held;
    const mayWait = new Set<string>();
    await sideBySide(INSERTS_AT_ONCE, [
      async () => {
        await this.insert({ sql: RAW_INSERT, params: {} }, params);
        if (job.rejected > 0) await this.insert({ sql: rejectedInsert(batchFile(this.file)), params: {} }, params);
      },
      async () => {
        for (const connector of this.active.connectors) {
          // Records that waited may be due without a new one.
          if (!claimed.has(connector.id) && !this.waiting.has(connector.id)) continue;
          const ready = staged.get(connector.id) ?? (await this.stage(job, connector, params));
          if (ready.parts) mayWait.add(connector.id);
          dead += await this.connector(job, connector, ready, params, tables);
        }
      },
    ]);
    if (dead > 0) tables.ParapetDeadLetter = dead;
    // The working tables live in the engine's memory: had it restarted between two statements, they would now be empty.
    const { restarts } = await this.store.health();
    if (restarts !== this.setUpFor || held !== job.events - job.rejected)
      throw new ParapetError(
        'engine_restarted',
        503,
        'The telemetry engine was restarted while a batch was being stored.',
      );
    const left = this.active.connectors.filter(({ id }) => mayWait.has(id));
    const waitingUntil = this.assembles ? await this.waiting.settle(job.batch, left) : null;
    this.bisector.done();
    return { tables, connectors: Object.fromEntries(claimed), deadLetters: dead, waitingUntil };
  }

  /** When records that the last stored batch left waiting are due; null when none waits. */
  async waitingUntil(lastCommitted: number): Promise<number | null> {
    if (!this.assembles) return null;
    await this.setUp();
    return this.waiting.settle(lastCommitted, this.active.connectors);
  }

  /** Fill a working table in small blocks, so that the next statement reads it with several threads. */
  private async fill(sql: string, params: Statement['params']): Promise<void> {
    await this.store.command(sql, { params, settings: BLOCKS, timeoutMs: STATEMENT_MS });
  }

  private async insert(statement: Statement, params: Statement['params']): Promise<void> {
    const all = { ...statement.params, ...params };
    await this.store.command(statement.sql, { params: all, settings: INSERT, timeoutMs: STATEMENT_MS });
  }

  private async connector(
    job: BatchJob,
    connector: ConnectorStatements,
    staged: Staged,
    params: Statement['params'],
    tables: Record<string, number>,
  ): Promise<number> {
    let dead = staged.deadLetters;
    if (connector.assemble && staged.parts) await this.insert(connector.assemble.hold, { ...params, ...staged.hold });
    const counts = ((await this.store.query(connector.counts, { lane: 'background' })).rows[0] ?? []).map(Number);
    const outputs = counts.slice(0, -4);
    const [missing = 0, invalid = 0, records = 0, lowest = 0] = counts.slice(-4);
    const span = spanOf(job);
    const whole = records > 0 ? { ...span, first: Math.min(lowest, span.first) } : span;
    const insertInto = async (table: TableInsert, active: readonly number[], expected: number): Promise<void> => {
      const insert = table.insert(active);
      const failed = await this.bisector.run(
        whole,
        `${connector.id}:${table.table}`,
        (range) => this.insert(insert, { ...params, ...range }),
        (range, reason) => this.setAside(job, connector, table, range, reason),
      );
      dead += failed;
      tables[table.table] = (tables[table.table] ?? 0) + expected - failed;
    };
    const work: (() => Promise<void>)[] = [];
    for (const table of connector.tables) {
      const active = table.outputs.filter((i) => (outputs[i] ?? 0) > 0);
      const expected = active.reduce((sum, i) => sum + (outputs[i] ?? 0), 0);
      if (expected > 0) work.push(() => insertInto(table, active, expected));
    }
    if (connector.passthrough) {
      const { passthrough } = connector;
      for (const [name, count] of (await this.store.query(passthrough.counts, { lane: 'background' })).rows)
        work.push(() => insertInto(passthrough.table(String(name)), [0], Number(count)));
    }
    if (missing + invalid > 0) {
      work.push(() => this.insert(connector.timeWarnings, params));
      dead += missing + invalid;
    }
    await sideBySide(INSERTS_AT_ONCE, work);
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
    const params = { ...range, ...batchParams(job) };
    await this.insert(
      { sql: failedInsert(connector.records, where), params: {} },
      {
        ...params,
        connector: { type: 'String', value: connector.id },
        detail: { type: 'String', value: detail.slice(0, 1_000) },
      },
    );
    const counted = await this.store.query(`SELECT count() FROM ${connector.records} WHERE ${where}`, {
      params,
      lane: 'background',
    });
    return Number(counted.rows[0]?.[0]);
  }

  /** Remove what an earlier try of a batch may have left. */
  private async wipe(batch: number, targets: ReadonlySet<string>): Promise<void> {
    const params = { batch: { type: 'UInt64', value: batch } };
    const settings = { mutations_sync: 2 };
    // Hundreds of tables may be written to, and most are empty in any one organisation. Where a table cannot tell how many
    // rows it has, it is asked.
    const filled = await this.store.query(
      "SELECT name FROM system.tables WHERE database = 'hunting' AND ifNull(total_rows, 1) > 0",
      { lane: 'background' },
    );
    for (const table of new Set(filled.rows.map(([name]) => String(name)))) {
      if (!targets.has(table)) continue;
      const name = `hunting.\`${table}\``;
      const found = await this.store.query(`SELECT count() FROM ${name} WHERE _Batch = {batch:UInt64}`, {
        params,
        lane: 'background',
      });
      if (Number(found.rows[0]?.[0]) > 0)
        await this.store.command(`ALTER TABLE ${name} DELETE WHERE _Batch = ${Math.trunc(batch)}`, { settings });
    }
    await this.waiting.drop(`Batch = ${Math.trunc(batch)}`);
    await this.store.command(`ALTER TABLE ${LIVE.pairs} DELETE WHERE Batch = ${Math.trunc(batch)}`, { settings });
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
