/**
 * What ingestion does on this machine, from the socket to rows that can be queried, acknowledgements on.
 *
 *     npx tsx packages/ingest/bench/ingest.ts [options] <file.ndjson…>
 *
 *     --events <n>        events to send of each file; it is repeated as often as needed (default 300,000)
 *     --connections <n>   senders at once (default 4)   --per-request <n>  events in a request (default 2,000)
 *     --rate <n>          events a second; 0 for as many as are taken (default 0)
 *     --long              20 million events and a memory curve, one line every 500,000 events
 *     --hunt <rows>       in the end multiply the stored rows inside the engine to at least so many, and measure three
 *                         queries while events come in (100,000,000 takes about 25 GB)
 *     --dir <folder>      where the data goes while it runs (default: the folder for temporary files)
 *
 * For each file: events a second acknowledged and queryable; the engine's own bare `INSERT … SELECT` of the same file in
 * the same run, one table with a column for each of its names and the line itself; their ratio; processor time and peak
 * memory of both processes; bytes on disk against the raw JSON; time from acknowledgement to queryable.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compile, type SqlParam } from '@parapet/kql';
import { loadHuntingSchema } from '@parapet/schema';
import { toKqlSchema } from '@parapet/store';
import type { FromLoad, LoadOrder, ToParent, ToServer } from './rate/messages.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    events: { type: 'string', default: '300000' },
    connections: { type: 'string', default: '4' },
    'per-request': { type: 'string', default: '2000' },
    rate: { type: 'string', default: '0' },
    long: { type: 'boolean', default: false },
    hunt: { type: 'string' },
    dir: { type: 'string', default: tmpdir() },
  },
});
if (positionals.length === 0) {
  console.error(
    'usage: ingest.ts [--events n] [--connections n] [--per-request n] [--rate n] [--long] [--hunt rows] <file.ndjson…>',
  );
  process.exit(2);
}

const child = (name: string, args: string[] = []): ChildProcess =>
  fork(fileURLToPath(new URL(`./rate/${name}.ts`, import.meta.url)), args, { execArgv: ['--import', 'tsx'] });

type Kind = ToParent['kind'];
type Of<K extends Kind> = Extract<ToParent, { kind: K }>;

/** The server in a process of its own. */
class Server {
  pid = 0;
  enginePid = 0;
  url = '';
  private constructor(private readonly process: ChildProcess) {
    process.on('message', (message: ToParent) => {
      if (message.kind === 'warning') console.error(message.text.slice(0, 300));
    });
  }
  static async start(dir: string): Promise<Server> {
    const server = new Server(child('server', [dir]));
    const ready = await server.next('ready');
    Object.assign(server, { pid: ready.pid, enginePid: ready.enginePid, url: ready.url });
    return server;
  }
  private next<K extends Kind>(kind: K): Promise<Of<K>> {
    return new Promise((done, fail) => {
      const hear = (message: ToParent): void => {
        if (message.kind !== kind && message.kind !== 'failed') return;
        this.process.off('message', hear);
        if (message.kind === 'failed') fail(new Error(message.text));
        else done(message as Of<K>);
      };
      this.process.on('message', hear);
    });
  }
  ask<K extends Kind>(message: ToServer, kind: K): Promise<Of<K>> {
    const answer = this.next(kind);
    this.process.send(message);
    return answer;
  }
  async query(
    sql: string,
    lane: 'interactive' | 'background' = 'background',
    params: Readonly<Record<string, SqlParam>> = {},
  ): Promise<Of<'rows'>> {
    return this.ask({ kind: 'sql', sql, lane, params }, 'rows');
  }
  async command(sql: string): Promise<void> {
    await this.ask({ kind: 'sql', sql, write: true }, 'rows');
  }
  async close(): Promise<void> {
    const gone = new Promise((done) => this.process.once('exit', done));
    this.process.send({ kind: 'close' } satisfies ToServer);
    await gone;
  }
}

/** Seconds of processor time of a process. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Megabytes: resident now, and the most there ever was. */
function memory(pid: number): { readonly now: number; readonly peak: number } {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string): number => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1] ?? 0) / 1024);
  return { now: of('VmRSS'), peak: of('VmHWM') };
}

function quantile(latencies: readonly { readonly ms: number; readonly events: number }[], part: number): number {
  const sorted = [...latencies].sort((a, b) => a.ms - b.ms);
  const total = sorted.reduce((sum, { events }) => sum + events, 0);
  let seen = 0;
  for (const { ms, events } of sorted) {
    seen += events;
    if (seen >= total * part) return ms;
  }
  return 0;
}

const text = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const name = (value: string): string => `\`${value.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;

/** The engine alone: events a second from the file to a table with a column for each name, and the line. */
async function bare(server: Server, file: string): Promise<{ readonly perSecond: number; readonly cpuUs: number }> {
  const source = `file(${text(file)}, 'LineAsString', 'line String')`;
  const found = await server.ask(
    {
      kind: 'sql',
      write: true,
      sql: `CREATE OR REPLACE TABLE hunting.bench_lines ENGINE = Memory AS SELECT line FROM ${source} LIMIT 2000`,
    },
    'rows',
  );
  void found;
  const keys = await server.query(
    'SELECT arrayJoin(JSONExtractKeys(line)) AS k, count() FROM hunting.bench_lines GROUP BY k ORDER BY 2 DESC LIMIT 60',
  );
  const names = keys.rows.map(([key]) => String(key));
  const columns = names.map((_key, i) => `c${i} String CODEC(ZSTD(1))`);
  await server.command(
    `CREATE OR REPLACE TABLE hunting.bench_bare (${[...columns, 'line String CODEC(ZSTD(1))'].join(', ')}) ENGINE = MergeTree ORDER BY tuple()`,
  );
  const tuple = `Tuple(${names.map((key) => `${name(key)} String`).join(', ')})`;
  const [cpu, started] = [cpuSeconds(server.enginePid), performance.now()];
  await server.command(
    `INSERT INTO hunting.bench_bare SELECT ${names.map((key) => `t.${name(key)}`).join(', ')}, line FROM (SELECT line, JSONExtract(line, ${text(tuple)}) AS t FROM ${source})`,
  );
  const seconds = (performance.now() - started) / 1000;
  const used = cpuSeconds(server.enginePid) - cpu;
  const rows = Number((await server.query('SELECT count() FROM hunting.bench_bare')).rows[0]?.[0]);
  await server.command('DROP TABLE hunting.bench_bare');
  await server.command('DROP TABLE hunting.bench_lines');
  return { perSecond: Math.round(rows / seconds), cpuUs: Math.round((used / rows) * 1e7) / 10 };
}

const DISK =
  "SELECT sum(bytes_on_disk), sumIf(bytes_on_disk, table = 'ParapetRawEvents') FROM system.parts WHERE active AND database = 'hunting'";

async function measure(server: Server, path: string): Promise<void> {
  const file = resolve(path);
  const events = values.long ? 20_000_000 : Number(values.events);
  const own = await bare(server, file);
  const diskBefore = (await server.query(DISK)).rows[0]?.map(Number) ?? [0, 0];
  await server.ask({ kind: 'latencies' }, 'latencies');
  const before = {
    server: cpuSeconds(server.pid),
    engine: cpuSeconds(server.enginePid),
    queryable: (await server.ask({ kind: 'progress' }, 'progress')).queryable,
  };
  const load = child('load');
  const started = performance.now();
  const done = new Promise<Extract<FromLoad, { kind: 'done' }>>((finished, failed) => {
    let told = 0;
    load.on('message', (message: FromLoad) => {
      if (message.kind === 'done') finished(message);
      else if (values.long && message.events - told >= 500_000) {
        told = message.events;
        const [node, engine] = [memory(server.pid), memory(server.enginePid)];
        console.log(
          `${told} events, ${Math.round((performance.now() - started) / 1000)} s, server ${node.now} MB, engine ${engine.now} MB`,
        );
      }
    });
    load.once('exit', (code) => code && failed(new Error(`the load generator ended with ${code}`)));
  });
  const order: LoadOrder = {
    url: server.url,
    file,
    events,
    connections: Number(values.connections),
    perRequest: Number(values['per-request']),
    rate: Number(values.rate),
  };
  load.send(order);
  const sent = await done;
  const loadCpu = cpuSeconds(load.pid ?? 0);
  load.kill();
  const idle = await server.ask({ kind: 'idle' }, 'idle');
  const seconds = (performance.now() - started) / 1000;
  const stored = idle.queryable - before.queryable;
  if (stored !== sent.events) throw new Error(`${sent.events} events were acknowledged, ${stored} are queryable`);
  const latencies = (await server.ask({ kind: 'latencies' }, 'latencies')).values;
  const disk = (await server.query(DISK)).rows[0]?.map(Number) ?? [0, 0];
  const bytes = disk.map((value, i) => value - (diskBefore[i] ?? 0));
  const micro = (cpu: number): number => Math.round((cpu / sent.events) * 1e7) / 10;
  const perSecond = Math.round(sent.events / seconds);
  console.log(
    JSON.stringify(
      {
        file: basename(file),
        fileMegabytes: Math.round(statSync(file).size / 1e6),
        events: sent.events,
        acknowledgedPerSecond: Math.round(sent.events / sent.seconds),
        queryablePerSecond: perSecond,
        barePerSecond: own.perSecond,
        ratio: Math.round((perSecond / own.perSecond) * 100) / 100,
        ackToQueryableMs: { p50: quantile(latencies, 0.5), p95: quantile(latencies, 0.95) },
        cpuMicrosecondsPerEvent: {
          server: micro(cpuSeconds(server.pid) - before.server),
          engine: micro(cpuSeconds(server.enginePid) - before.engine),
          load: micro(loadCpu),
          bare: own.cpuUs,
        },
        peakMegabytes: { server: memory(server.pid).peak, engine: memory(server.enginePid).peak },
        bytesPerEvent: {
          raw: Math.round(sent.bytes / sent.events),
          disk: Math.round((bytes[0] ?? 0) / sent.events),
          diskRawCopy: Math.round((bytes[1] ?? 0) / sent.events),
          ratio: Math.round((sent.bytes / (bytes[0] || 1)) * 10) / 10,
        },
        batches: idle.metrics.batches,
        deadLetters: idle.metrics.deadLetters,
        loadAverage: loadavg().map((value) => Math.round(value * 10) / 10),
      },
      null,
      2,
    ),
  );
}

/** Multiply the rows of the largest table and ask three questions while events come in. */
async function hunt(server: Server, rows: number, file: string): Promise<void> {
  const largest = await server.query(
    "SELECT table, sum(rows) FROM system.parts WHERE active AND database = 'hunting' AND table LIKE 'Device%' GROUP BY table ORDER BY 2 DESC LIMIT 1",
  );
  const table = `hunting.${name(String(largest.rows[0]?.[0] ?? 'DeviceEvents'))}`;
  const count = async (): Promise<number> => Number((await server.query(`SELECT count() FROM ${table}`)).rows[0]?.[0]);
  const columns = await server.query(
    `SELECT name FROM system.columns WHERE database = 'hunting' AND table = ${text(String(largest.rows[0]?.[0]))} AND default_kind != 'ALIAS'`,
  );
  const names = columns.rows.map(([column]) => String(column));
  let stored = await count();
  for (let days = 1; stored < rows; days *= 2) {
    // Copies lie on days of their own, like the events of a longer time.
    const select = names.map((column) =>
      column === 'Timestamp' ? `${name(column)} - INTERVAL ${days} DAY` : name(column),
    );
    await server.command(
      `INSERT INTO ${table} (${names.map(name).join(', ')}) SELECT ${select.join(', ')} FROM ${table} LIMIT ${rows - stored}`,
    );
    stored = await count();
    console.log(`${stored} rows in ${table}`);
  }
  const load = child('load');
  load.send({
    url: server.url,
    file: resolve(file),
    events: Number.MAX_SAFE_INTEGER,
    connections: 2,
    perRequest: 1_000,
    rate: Number(values.rate) || 5_000,
  } satisfies LoadOrder);
  await new Promise((done) => setTimeout(done, 5_000));
  const kql = `${String(largest.rows[0]?.[0])}`;
  const middle = String((await server.query(`SELECT toString(quantile(0.5)(Timestamp)) FROM ${table}`)).rows[0]?.[0]);
  const texts = ['RegistryKey', 'FolderPath', 'ProcessCommandLine', 'RemoteUrl'].filter((one) => names.includes(one));
  const questions = {
    needle: `${kql} | where ${texts.map((one) => `${one} has "zzneedlezz"`).join(' or ')} | count`,
    oneHour: `${kql} | where Timestamp between (datetime(${middle.slice(0, 19)}) .. 1h) | summarize count() by ActionType`,
    topDevices: `${kql} | summarize n = count() by DeviceName | top 10 by n`,
  };
  const schema = toKqlSchema(loadHuntingSchema());
  for (const [question, text] of Object.entries(questions)) {
    const plan = compile(text, { schema, now: new Date() });
    if (!plan.ok) throw new Error(`${text}: ${plan.errors[0]?.message}`);
    const times: number[] = [];
    for (let i = 0; i < 7; i++) times.push((await server.query(plan.sql, 'interactive', plan.params)).ms);
    times.sort((a, b) => a - b);
    console.log(
      JSON.stringify({
        question,
        rows: stored,
        kql: text,
        medianMs: Math.round(times[3] ?? 0),
        worstMs: Math.round(times.at(-1) ?? 0),
      }),
    );
  }
  load.kill();
}

for (const [i, path] of positionals.entries()) {
  const dir = mkdtempSync(join(values.dir, 'parapet-ingest-bench-'));
  let server: Server | undefined;
  try {
    server = await Server.start(dir);
    await measure(server, path);
    if (values.hunt && i === positionals.length - 1) await hunt(server, Number(values.hunt), path);
  } finally {
    await server?.close();
    rmSync(dir, { recursive: true, force: true });
  }
}
process.exit(0);
