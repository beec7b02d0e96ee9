import { rm, writeFile } from 'node:fs/promises';
import { ParapetError } from '@parapet/schema';
import type { TelemetryStore } from '@parapet/store';
import { encodeFrame, FRAME_PREFIX, frameRows } from '../buffer/frame.ts';
import { createWaiting } from '../connectors/assemble.ts';
import { compileMatch } from '../connectors/claims.ts';
import { ConnectorError, findParts } from '../connectors/definition.ts';
import { type LoadedConnector, loadConnector } from '../connectors/load.ts';
import { TRIAL } from '../connectors/place.ts';
import type { Statement } from '../connectors/statement.ts';
import { type ConnectorStatements, createPairs, huntingTables } from '../connectors/statements.ts';
import { unmappedPaths } from '../connectors/unmapped.ts';
import type { ConnectorTrial } from '../types.ts';
import { Bisector, type Range, rangeParams } from './ranges.ts';
import { BATCH_COLUMNS, batchRecords } from './sql.ts';

export const MAX_TRIAL_RECORDS = 200;
const MAX_TRIAL_BYTES = 4 * 2 ** 20;
const TRIAL_MS = 30_000;

interface Progress {
  readonly problems: string[][];
  readonly rows: number[];
}

/** Runs connectors over pasted records: the statements of ingestion over working tables of their own, and no INSERT into a hunting table. */
export class ConnectorTrials {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: TelemetryStore,
    private readonly file: string,
    private readonly connectorsDir: string,
  ) {}

  /** One after the other: they share their working tables. */
  run(
    text: string,
    records: readonly Readonly<Record<string, unknown>>[],
    inUse: readonly LoadedConnector[],
  ): Promise<ConnectorTrial> {
    const result = this.last.then(() => this.trial(text, records, inUse));
    this.last = result.catch(() => undefined);
    return result;
  }

  private async trial(
    text: string,
    records: readonly Readonly<Record<string, unknown>>[],
    inUse: readonly LoadedConnector[],
  ): Promise<ConnectorTrial> {
    const documents = checked(records);
    let loaded: ReturnType<typeof loadConnector>;
    try {
      const parts = await findParts(this.connectorsDir, text);
      loaded = loadConnector({ file: 'connector.yaml', text, parts }, huntingTables(), TRIAL);
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      return { problem: error.toProblem(), tables: {}, records: [], unmapped: [] };
    }
    const { definition } = loaded.compiled;
    try {
      await this.setUp(loaded.statements, documents);
      const progress: Progress = { problems: records.map(() => []), rows: records.map(() => 0) };
      const takenBy = await this.takers(
        inUse.filter(({ compiled }) => compiled.definition.id !== definition.id),
        records.length,
      );
      const claimed = await this.claim(loaded, progress);
      const tables = await this.rows(loaded.statements, progress);
      return {
        problem: null,
        tables,
        records: records.map((_record, i) => ({
          claimed: claimed.has(i),
          takenBy: takenBy.get(i) ?? null,
          rows: progress.rows[i] ?? 0,
          problems: progress.problems[i] ?? [],
        })),
        unmapped: unmappedPaths(definition, records),
      };
    } finally {
      await rm(this.file, { force: true });
    }
  }

  private get source(): string {
    return `(SELECT * FROM ${batchRecords(this.file)} WHERE Sequence BETWEEN {seq_from:Int64} AND {seq_to:Int64})`;
  }

  private command(sql: string, params: Statement['params'] = {}): Promise<void> {
    return this.store.command(sql, { params, timeoutMs: TRIAL_MS });
  }

  private async setUp(statements: ConnectorStatements, documents: readonly Buffer[]): Promise<void> {
    const frame = encodeFrame({
      firstSequence: 1,
      acceptedAt: Date.now(),
      sourceId: 'trial',
      sourceName: 'trial',
      indexName: '',
      documents,
    });
    await writeFile(this.file, frameRows(frame.subarray(FRAME_PREFIX)));
    await this.command(`CREATE DATABASE IF NOT EXISTS ${TRIAL.database}`);
    await this.command(`CREATE OR REPLACE TABLE ${TRIAL.batch} (${BATCH_COLUMNS}) ENGINE = Memory`);
    for (const [table, create] of [
      [TRIAL.pairs, createPairs(TRIAL)],
      [TRIAL.waiting, createWaiting(TRIAL)],
    ] as const) {
      await this.command(`DROP TABLE IF EXISTS ${table}`);
      await this.command(create);
    }
    for (const sql of statements.createStages) await this.command(sql);
  }

  /** Connectors in use that would take a record. */
  private async takers(inUse: readonly LoadedConnector[], count: number): Promise<ReadonlyMap<number, string>> {
    const taken = new Map<number, string>();
    const definitions = inUse.map(({ compiled }) => compiled.definition);
    if (definitions.length === 0 || count === 0) return taken;
    const match = compileMatch(definitions, this.source);
    await this.command(`TRUNCATE TABLE ${TRIAL.batch}`);
    await this.command(`INSERT INTO ${TRIAL.batch} ${match.sql}`, { ...match.params, ...rangeParams(1, count) }).catch(
      // A record on which the predicate of another connector fails: ingestion would leave it unclaimed.
      () => undefined,
    );
    const found = await this.store.query(`SELECT Sequence, Connector FROM ${TRIAL.batch} WHERE Connector != ''`);
    for (const [sequence, id] of found.rows) taken.set(Number(sequence) - 1, String(id));
    return taken;
  }

  private async claim(loaded: Pick<LoadedConnector, 'compiled'>, progress: Progress): Promise<ReadonlySet<number>> {
    const match = compileMatch([loaded.compiled.definition], this.source);
    await this.command(`TRUNCATE TABLE ${TRIAL.batch}`);
    await this.each(progress, 'match', (range) =>
      this.command(`INSERT INTO ${TRIAL.batch} ${match.sql}`, { ...match.params, ...range }),
    );
    const found = await this.store.query(`SELECT Sequence FROM ${TRIAL.batch} WHERE Connector != ''`);
    return new Set(found.rows.map(([sequence]) => Number(sequence) - 1));
  }

  /** Run a statement over all records; the ones that make it fail get its error among their problems. */
  private async each(progress: Progress, step: string, work: (range: Range) => Promise<void>): Promise<void> {
    const count = progress.rows.length;
    if (count === 0) return;
    await new Bisector().run({ first: 1, last: count }, step, work, (range, reason) => {
      for (let i = Number(range.seq_from.value); i <= Number(range.seq_to.value); i++)
        progress.problems[i - 1]?.push(`${step}: ${reason.slice(0, 500)}`);
      return Promise.resolve(0);
    });
  }

  private async rows(statements: ConnectorStatements, progress: Progress): Promise<ConnectorTrial['tables']> {
    const params: Statement['params'] = {
      batch: { type: 'UInt64', value: 1 },
      now_ms: { type: 'Int64', value: Date.now() },
      hold: { type: 'UInt8', value: 0 },
    };
    const { assemble, clock } = statements;
    if (assemble)
      await this.each(progress, 'assemble', (range) =>
        this.command(assemble.key.sql, { ...assemble.key.params, ...params, ...range }),
      );
    await this.each(progress, 'prepare', (range) =>
      this.command(statements.prepare.sql, { ...statements.prepare.params, ...params, ...range }),
    );
    if (clock) {
      await this.command(clock.pairs.sql, params);
      await this.command(clock.correct.sql, params);
    }
    for (const [sequence, state] of (await this.store.query(statements.timeStates)).rows)
      progress.problems[Number(sequence) - 1]?.push(TIME_PROBLEMS[String(state)] ?? String(state));
    const tables: Record<string, Record<string, unknown>[]> = {};
    const passed = statements.passthrough
      ? (await this.store.query(statements.passthrough.counts)).rows.map(([name]) => String(name))
      : [];
    const inserts = [...statements.tables, ...passed.flatMap((name) => statements.passthrough?.table(name) ?? [])];
    for (const table of inserts) {
      const select = table.select(table.outputs);
      const rows: Record<string, unknown>[] = [];
      await this.each(progress, table.table, async (range) => {
        const result = await this.store.query(select.sql, { params: { ...select.params, ...params, ...range } });
        const names = result.columns.map(({ name }) => name.replace(/^out_/, ''));
        for (const values of result.rows) rows.push(plainRow(names, values, progress));
      });
      if (rows.length > 0) tables[table.table] = [...(tables[table.table] ?? []), ...rows];
    }
    return tables;
  }
}

const TIME_PROBLEMS: Readonly<Record<string, string>> = {
  missing: 'The record has no time; the time of receipt is used.',
  invalid: 'The time of the record cannot be read; the time of receipt is used.',
  uncorrected: 'No other record shows how wrong the clock of this record is; its time is used as it stands.',
};

function checked(records: readonly Readonly<Record<string, unknown>>[]): Buffer[] {
  if (records.length > MAX_TRIAL_RECORDS)
    throw new ParapetError('trial_too_large', 413, `Try a connector with at most ${MAX_TRIAL_RECORDS} records.`);
  let bytes = 0;
  const documents = records.map((record, i) => {
    if (typeof record !== 'object' || record === null || Array.isArray(record))
      throw new ParapetError('bad_trial', 400, `Record ${i + 1} is not a JSON object.`);
    const document = Buffer.from(JSON.stringify(record), 'utf8');
    bytes += document.length;
    return document;
  });
  if (bytes > MAX_TRIAL_BYTES)
    throw new ParapetError('trial_too_large', 413, 'The records are larger than 4 MiB; try fewer of them.');
  return documents;
}

function plainRow(names: readonly string[], values: readonly unknown[], progress: Progress): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  names.forEach((name, i) => {
    const value = values[i];
    if (value !== null && value !== '' && name !== '_Batch' && name !== '_ItemId' && name !== '_TimeReceived')
      row[name] = value;
  });
  const item = String(values[names.indexOf('_ItemId')]);
  const record = Number(item.split(':')[1]) - 1;
  row._record = record;
  progress.rows[record] = (progress.rows[record] ?? 0) + 1;
  const bag = typeof row.AdditionalFields === 'string' ? row.AdditionalFields : '';
  if (bag.includes('"_invalid"')) {
    const { _invalid: invalid } = JSON.parse(bag) as { _invalid?: Record<string, string> };
    for (const [column, text] of Object.entries(invalid ?? {})) {
      const problem = `${column}: "${text.slice(0, 100)}" does not fit the column and is left out.`;
      if (!progress.problems[record]?.includes(problem)) progress.problems[record]?.push(problem);
    }
  }
  return row;
}
