/**
 * Physical designs compared over real telemetry: bytes of every column, processor time of insert and merge, time of queries.
 *
 *     npx tsx bench/store/design.ts --data <folder that is kept> [--only <words of a label>] [--json <file>] <file or folder…>
 *
 * The files are ingested once the product's own way (`load.ts`); then every candidate table gets the same rows, a batch an
 * insert, is merged to one part a partition, and is asked the same questions. Candidates of a table stand in `designs.ts`.
 * Processor time is that of the engine process over all threads, so it holds while other programs use the machine.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { SqlParam } from '@parapet/kql';
import { type HuntingTable, loadHuntingSchema } from '@parapet/schema';
import { type EmbeddedStore, quoteIdentifier } from '@parapet/store';
import { createTableSql } from '../../packages/store/src/tables.ts';
import { DESIGNS, type Design, QUESTIONS } from './designs.ts';
import { type Loaded, loadOnce } from './load.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    only: { type: 'string' },
    json: { type: 'string' },
    columns: { type: 'string' },
  },
});
if (!values.data) throw new Error('--data <folder> is missing');

interface Measured {
  readonly table: string;
  readonly label: string;
  readonly rows: number;
  readonly bytes: number;
  readonly bytesPerRow: number;
  readonly indexBytes: number;
  readonly insertCpuMs: number;
  readonly mergeCpuMs: number;
  readonly questions: Readonly<Record<string, number>>;
  readonly columns: readonly (readonly [string, number, number])[];
}

/** Milliseconds of processor time of a process. */
const cpuMs = (pid: number | undefined): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

/** Tables with fewer rows say little. */
const MIN_ROWS = 30_000;

/** Values that occur, for the questions: the busiest device, its first hour, a rare kind of event, a rare account. */
async function sampleValues(store: EmbeddedStore): Promise<Record<string, SqlParam>> {
  const one = async (sql: string): Promise<readonly unknown[]> => (await store.query(sql)).rows[0] ?? [];
  const [device, from] = await one(
    'SELECT DeviceName, toStartOfHour(min(Timestamp)) FROM design.t GROUP BY DeviceName ORDER BY count() DESC LIMIT 1',
  );
  const [rare] = await one('SELECT ActionType FROM design.t GROUP BY ActionType ORDER BY count() LIMIT 1');
  const [account] = await one('SELECT InitiatingProcessAccountName FROM design.t GROUP BY 1 ORDER BY count() LIMIT 1');
  return {
    device: { type: 'String', value: String(device) },
    from: { type: 'DateTime64(7)', value: String(from) },
    rare: { type: 'String', value: String(rare) },
    account: { type: 'String', value: String(account) },
  };
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;

async function measure({ store }: Loaded, table: HuntingTable, design: Design): Promise<Measured | undefined> {
  const source = `hunting.${quoteIdentifier(table.name)}`;
  const rows = Number((await store.query(`SELECT count() FROM ${source}`)).rows[0]?.[0]);
  const product = createTableSql(table);
  const create = design.change(product);
  if (rows < MIN_ROWS || (create === product && design.label !== 'chosen')) return undefined;
  await store.command('DROP DATABASE IF EXISTS design');
  await store.command('CREATE DATABASE design');
  // Parts of columns in files of their own, so that the engine can tell the bytes of each.
  await store.command(
    create
      .replace(source, 'design.t')
      .replace('min_bytes_for_wide_part = 268435456', 'min_bytes_for_wide_part = 0')
      .replace('fsync_after_insert = 1', 'fsync_after_insert = 0') +
      ', max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1',
  );
  const names = await store.query(
    "SELECT arrayStringConcat(groupArray(concat('`', name, '`')), ', ') FROM system.columns WHERE database = 'design' AND table = 't'",
  );
  const columnList = String(names.rows[0]?.[0]);
  const batches = await store.query(`SELECT DISTINCT _Batch FROM ${source} ORDER BY 1`);
  const insertFrom = cpuMs(store.enginePid);
  for (const [batch] of batches.rows)
    await store.command(
      `INSERT INTO design.t (${columnList}) SELECT ${columnList} FROM ${source} WHERE _Batch = {b:UInt64}`,
      {
        params: { b: { type: 'UInt64', value: String(batch) } },
        settings: { max_partitions_per_insert_block: 0, insert_deduplicate: 0 },
      },
    );
  const insertCpuMs = cpuMs(store.enginePid) - insertFrom;
  const mergeFrom = cpuMs(store.enginePid);
  await store.command('OPTIMIZE TABLE design.t FINAL', { settings: { mutations_sync: 2 } });
  const mergeCpuMs = cpuMs(store.enginePid) - mergeFrom;
  const total = await store.query(
    "SELECT sum(bytes_on_disk), sum(secondary_indices_compressed_bytes) FROM system.parts WHERE active AND database = 'design'",
  );
  const columns = await store.query(
    `SELECT column, sum(column_data_compressed_bytes), sum(column_data_uncompressed_bytes) FROM system.parts_columns
     WHERE active AND database = 'design' GROUP BY column ORDER BY 2 DESC LIMIT 40`,
  );
  const values_ = table.name === 'DeviceEvents' ? await sampleValues(store) : {};
  const questions: Record<string, number> = {};
  for (const [name, sql] of Object.entries(QUESTIONS[table.name] ?? {})) {
    const times: number[] = [];
    for (let i = 0; i < 3; i++) {
      const begun = performance.now();
      await store.query(sql, { params: values_, settings: { use_query_condition_cache: 0 } });
      times.push(performance.now() - begun);
    }
    questions[name] = Math.round(median(times));
  }
  const [bytes = 0, indexBytes = 0] = (total.rows[0] ?? []).map(Number);
  return {
    table: table.name,
    label: design.label,
    rows,
    bytes,
    bytesPerRow: bytes / rows,
    indexBytes,
    insertCpuMs,
    mergeCpuMs,
    questions,
    columns: columns.rows.map(
      ([name, compressed, plain]) => [String(name), Number(compressed), Number(plain)] as const,
    ),
  };
}

const loaded = await loadOnce(values.data, positionals);
const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(2);
console.log(`${loaded.events} events, ${mib(loaded.rawBytes)} MiB of JSON`);
const schema = loadHuntingSchema();
const results: Measured[] = [];
for (const { table, design } of schema.tables.flatMap((one) =>
  DESIGNS.map((other) => ({ table: one, design: other })),
)) {
  if (values.only && !`${table.name} ${design.label}`.includes(values.only)) continue;
  const found = await measure(loaded, table, design);
  if (!found) continue;
  results.push(found);
  const asked = Object.entries(found.questions).map(([name, ms]) => `${name} ${ms} ms`);
  console.log(
    `${found.table} | ${found.label} | ${mib(found.bytes)} MiB, ${found.bytesPerRow.toFixed(1)} B a row, indexes ${mib(found.indexBytes)} | insert ${found.insertCpuMs} ms, merge ${found.mergeCpuMs} ms cpu | ${asked.join(', ')}`,
  );
  for (const [name, compressed, plain] of found.columns.slice(0, Number(values.columns ?? 0)))
    console.log(
      `    ${name.padEnd(40)} ${(compressed / found.rows).toFixed(2).padStart(9)} B a row, ${(plain / Math.max(1, compressed)).toFixed(1)}:1`,
    );
}
if (values.json) writeFileSync(values.json, JSON.stringify(results, null, 1));
await loaded.store.command('DROP DATABASE IF EXISTS design');
await loaded.store.close();
