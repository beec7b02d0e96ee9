/**
 * What becomes of given files: loads them through the real readers and the real engine and prints, file by file, how
 * many records it holds, the rows of each table, what no connector claimed, what was set aside and why, the time
 * window of the events, and how full the columns are.
 *
 *     npx tsx packages/ingest/bench/prove.ts [options] <file or folder…>
 *
 *     --connectors <dir>   connector files to use (default content/connectors)
 *     --each <n>           print n of the records that were not claimed and n that were set aside (default 0)
 *     --fill               print how full the columns of each table are, over all files
 *     --files              print how full the columns of each table are, file by file
 *     --sql <query>        run a query at the end and print its rows; may be repeated. hunting.<Table> are the tables
 *     --json               one JSON object a file instead of text
 *
 * Every file is sent under an index of its own (`prove-<n>`), so that rows can be traced back to it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadHuntingSchema } from '@parapet/schema';
import { insertableColumns, openEmbeddedStore } from '@parapet/store';
import { findFiles } from '../src/cli/files.ts';
import { readDocuments } from '../src/formats/index.ts';
import { type IngestOptions, openIngest } from '../src/index.ts';

const REQUEST_EVENTS = 2_000;
const REQUEST_BYTES = 8 * 2 ** 20;
/** Columns that every row has; they say nothing about a mapping. */
const COMMON = new Set(['TenantId', 'TimeGenerated', 'SourceSystem', 'Type', '_IsBillable', '_BilledSize']);

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    connectors: { type: 'string', default: fileURLToPath(new URL('../../../content/connectors', import.meta.url)) },
    each: { type: 'string', default: '0' },
    fill: { type: 'boolean', default: false },
    files: { type: 'boolean', default: false },
    sql: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
  },
});
if (positionals.length === 0) {
  console.error('usage: prove.ts [--fill] [--files] [--each n] [--json] [--sql query] <file or folder…>');
  process.exit(2);
}
const each = Math.max(0, Math.trunc(Number(options.each)) || 0);

interface TableReport {
  readonly rows: number;
  readonly first: string;
  readonly last: string;
  readonly fill: Readonly<Record<string, number>>;
}

interface FileReport {
  readonly file: string;
  readonly records: number;
  /** What the reader could not turn into a record. */
  readonly problems: readonly string[];
  readonly connectors: Readonly<Record<string, number>>;
  readonly unclaimed: number;
  readonly deadLetters: Readonly<Record<string, number>>;
  readonly tables: Readonly<Record<string, TableReport>>;
}

const dir = mkdtempSync(join(tmpdir(), 'parapet-prove-'));
const store = await openEmbeddedStore({ dataDir: dir });
const complain = (context: unknown, text?: string): void => console.error(text ?? context);
const ingest = await openIngest({
  store,
  dataDir: join(dir, 'ingest'),
  connectorsDir: options.connectors,
  authenticate: async () => ({ id: 'prove', name: 'prove' }),
  log: { info: () => undefined, warn: complain, error: complain } as unknown as IngestOptions['log'],
});
const base = 'hunting';
const schema = loadHuntingSchema().byName;

try {
  const files = await findFiles(positionals);
  const found: { path: string; records: number; problems: string[] }[] = [];
  for (const [i, { path }] of files.entries()) found.push(await send(path, `prove-${i}`));
  await ingest.idle();
  const tables = await filledTables();
  const totals: Record<string, number> = {};
  for (const [i, file] of found.entries()) {
    const report = await reportOf(file, `prove-${i}`, tables);
    for (const [name, table] of Object.entries(report.tables)) totals[name] = (totals[name] ?? 0) + table.rows;
    console.log(options.json ? JSON.stringify(report) : textOf(report));
  }
  if (!options.json) {
    const sum = (pick: (index: number) => number): number => found.reduce((all, _file, i) => all + pick(i), 0);
    console.log(`\n${found.length} files, ${sum((i) => found[i]?.records ?? 0)} records`);
    console.log(`rows: ${list(totals)}`);
  }
  if (options.fill)
    for (const name of tables) console.log(fillText(name, await fillOf(name, 'true'), totals[name] ?? 0));
  for (const query of options.sql) {
    const result = await store.query(query);
    console.log(`\n${query}`);
    for (const row of result.rows)
      console.log(result.columns.map((column, i) => `${column.name}=${String(row[i])}`).join('  '));
  }
} finally {
  await ingest.close();
  await store.close();
  rmSync(dir, { recursive: true, force: true });
}

/** Send one file in requests of a bounded size. */
async function send(path: string, index: string): Promise<{ path: string; records: number; problems: string[] }> {
  const problems: string[] = [];
  let pending: Buffer[] = [];
  let bytes = 0;
  let records = 0;
  const flush = async (): Promise<void> => {
    if (pending.length === 0) return;
    const documents = pending;
    pending = [];
    bytes = 0;
    for (;;) {
      try {
        await ingest.append({ id: 'prove', name: 'prove' }, index, documents);
        return;
      } catch (error) {
        if ((error as { code?: string }).code !== 'buffer_full') throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  };
  for await (const item of readDocuments(path, () => undefined)) {
    if (!('document' in item)) {
      problems.push(`${item.source}:${item.line}: ${item.problem}`);
      continue;
    }
    // What a receiver would refuse must not reach the engine: it takes JSON objects only.
    if (!isObject(item.document.bytes)) {
      problems.push(`${item.document.source}:${item.document.line}: not a JSON object`);
      continue;
    }
    pending.push(item.document.bytes);
    bytes += item.document.bytes.length;
    records++;
    if (pending.length >= REQUEST_EVENTS || bytes > REQUEST_BYTES) await flush();
  }
  await flush();
  return { path, records, problems };
}

function isObject(bytes: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Tables that got rows, without the ones of the ingest room itself. */
async function filledTables(): Promise<string[]> {
  const filled = await store.query(
    `SELECT name FROM system.tables WHERE database = '${base}' AND total_rows > 0 ORDER BY name`,
  );
  return filled.rows.map(([name]) => String(name)).filter((name) => schema.has(name) && !name.startsWith('Parapet'));
}

/** Restricts rows of a table to those that came from the records of one index. */
function fromIndex(index: string): string {
  return `arrayStringConcat(arraySlice(splitByChar(':', _ItemId), 1, 2), ':') IN (SELECT _ItemId FROM ${base}.ParapetRawEvents WHERE IndexName = '${index}')`;
}

async function reportOf(
  file: { path: string; records: number; problems: string[] },
  index: string,
  tables: readonly string[],
): Promise<FileReport> {
  const claimed = await store.query(
    `SELECT Connector, count() FROM ${base}.ParapetRawEvents WHERE IndexName = '${index}' GROUP BY Connector ORDER BY Connector`,
  );
  const connectors: Record<string, number> = {};
  let unclaimed = 0;
  for (const [name, count] of claimed.rows)
    if (name === '') unclaimed = Number(count);
    else connectors[String(name)] = Number(count);
  const dead = await store.query(
    `SELECT Reason, count() FROM ${base}.ParapetDeadLetter WHERE ${fromIndex(index)} GROUP BY Reason ORDER BY Reason`,
  );
  if (each > 0 && !options.json) {
    const left = await store.query(
      `SELECT RawEventData FROM ${base}.ParapetRawEvents WHERE IndexName = '${index}' AND Connector = '' LIMIT ${each}`,
    );
    for (const [raw] of left.rows) console.log(`  unclaimed: ${String(raw).slice(0, 700)}`);
    const aside = await store.query(
      `SELECT Reason, Detail, RawText FROM ${base}.ParapetDeadLetter WHERE ${fromIndex(index)} LIMIT ${each}`,
    );
    for (const [reason, detail, raw] of aside.rows)
      console.log(`  set aside: ${String(reason)} ${String(detail)} ${String(raw).slice(0, 700)}`);
  }
  const reports: Record<string, TableReport> = {};
  for (const name of tables) {
    const column = schema.get(name)?.timeColumn ?? null;
    const time = column === null ? '_TimeReceived' : `\`${column}\``;
    const window = (
      await store.query(
        `SELECT count(), toString(min(${time})), toString(max(${time})) FROM ${base}.\`${name}\` WHERE ${fromIndex(index)}`,
      )
    ).rows[0];
    const rows = Number(window?.[0]);
    if (rows === 0) continue;
    reports[name] = {
      rows,
      first: String(window?.[1]).slice(0, 19),
      last: String(window?.[2]).slice(0, 19),
      fill: options.files || options.json ? await fillOf(name, fromIndex(index)) : {},
    };
  }
  return {
    file: relative(process.cwd(), file.path),
    records: file.records,
    problems: file.problems,
    connectors,
    unclaimed,
    deadLetters: Object.fromEntries(dead.rows.map(([reason, count]) => [String(reason), Number(count)])),
    tables: reports,
  };
}

/** Share of rows, 0 to 1, that have a value in each column of a table; columns without any are left out. */
async function fillOf(name: string, where: string): Promise<Record<string, number>> {
  const table = schema.get(name);
  const columns = table ? [...insertableColumns(table)].filter(([column]) => !COMMON.has(column)) : [];
  const present = columns.map(([column, type]) =>
    type === 'string' || type === 'guid'
      ? `countIf(\`${column}\` != '')`
      : type === 'dynamic'
        ? `countIf(toString(\`${column}\`) NOT IN ('', '{}', 'null', '[]'))`
        : `countIf(isNotNull(\`${column}\`))`,
  );
  const row = (await store.query(`SELECT count(), ${present.join(', ')} FROM ${base}.\`${name}\` WHERE ${where}`))
    .rows[0];
  const rows = Number(row?.[0]);
  const fill: Record<string, number> = {};
  columns.forEach(([column], i) => {
    const filled = Number(row?.[i + 1]);
    if (filled > 0) fill[column] = filled / rows;
  });
  return fill;
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function textOf(report: FileReport): string {
  const lines = [
    `${report.file}: ${report.records} records; ${list(report.connectors) || 'no connector'}; unclaimed ${report.unclaimed}; set aside ${list(report.deadLetters) || 0}`,
  ];
  if (report.problems.length > 0)
    lines.push(`  ${report.problems.length} problems of the reader, first: ${report.problems[0]}`);
  for (const [name, table] of Object.entries(report.tables)) {
    lines.push(`  ${name} ${table.rows}  ${table.first} to ${table.last}`);
    if (options.files) lines.push(fillText('', table.fill, table.rows));
  }
  return lines.join('\n');
}

function fillText(name: string, fill: Readonly<Record<string, number>>, rows: number): string {
  const full = Object.entries(fill).filter(([, share]) => share === 1);
  const part = Object.entries(fill).filter(([, share]) => share < 1);
  const percent = (share: number): string => `${share < 0.01 ? '<1' : Math.floor(share * 100)}%`;
  const head = name === '' ? '' : `\n${name}: ${rows} rows\n`;
  return `${head}    all: ${full.map(([column]) => column).join(', ')}\n    some: ${part.map(([column, share]) => `${column} ${percent(share)}`).join(', ')}`;
}
