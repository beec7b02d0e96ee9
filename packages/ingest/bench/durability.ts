/**
 * Kill -9 under load, again and again: server and engine together, the engine alone, the server alone, at random moments.
 * Then every event is looked for by its content.
 *
 *     npx tsx packages/ingest/bench/durability.ts [--kills 100] [--seed 1] [--senders 3]
 *
 * Ends with exit code 1 when an acknowledged event is missing or any event is stored twice.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openEmbeddedStore } from '@parapet/store';
import { type IngestOptions, openIngest } from '../src/index.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    senders: { type: 'string', default: '3' },
  },
});
const kills = Number(values.kills);
const dir = mkdtempSync(join(tmpdir(), 'parapet-durability-'));
/** One connector that fills two tables: what is looked for is the way of the events, not their mapping. */
const connectorsDir = fileURLToPath(new URL('../../../content/connectors/aws', import.meta.url));

/** Random numbers that a seed repeats. */
let state = Number(values.seed) >>> 0;
function random(): number {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = state;
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  engine(): Promise<number>;
}

/** A killed process frees its folder a moment later: try until it is free. */
async function start(tries = 120): Promise<Running> {
  try {
    const child = fork(fileURLToPath(new URL('../test/crash-child.ts', import.meta.url)), [dir, connectorsDir], {
      execArgv: ['--import', 'tsx'],
      stdio: 'ignore',
    });
    const said = await new Promise<{ url: string }>((resolve, reject) => {
      child.once('message', (message) => resolve(message as { url: string }));
      child.once('exit', (code) => reject(new Error(`the server stopped at once (${code})`)));
    });
    const engine = (): Promise<number> =>
      new Promise((resolve) => {
        child.once('message', (message) => resolve((message as { engine: number }).engine));
        child.send('engine');
      });
    return { child, url: said.url, engine };
  } catch (error) {
    if (tries === 0) throw error;
    await sleep(250);
    return start(tries - 1);
  }
}

const acknowledged = new Set<string>();
let next = 0;
let url = '';
let stopped = false;

async function sender(): Promise<void> {
  while (!stopped) {
    const ids = Array.from({ length: 1 + Math.floor(random() * 40) }, () => `event-${next++}`);
    const body = ids
      .map(
        (id) =>
          `{"create":{}}\n${JSON.stringify({ eventTime: '2024-01-01T00:00:00Z', eventSource: 's', eventName: 'E', eventID: id, filler: 'x'.repeat(200) })}\n`,
      )
      .join('');
    const answer = await fetch(`${url}/_bulk`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-ndjson' },
    }).catch(() => null);
    if (answer?.status === 200) for (const id of ids) acknowledged.add(id);
    else await sleep(20);
    await answer?.arrayBuffer().catch(() => undefined);
    await sleep(2);
  }
}

const started = Date.now();
let running = await start();
url = running.url;
const senders = Array.from({ length: Number(values.senders) }, sender);
const how = { both: 0, engine: 0, server: 0 };
for (let kill = 1; kill <= kills; kill++) {
  await sleep(30 + random() * 1_500);
  const chance = random();
  const engine = await Promise.race([running.engine(), sleep(2_000, 0)]);
  const stop = (pid: number): void => {
    try {
      if (pid > 0) process.kill(pid, 'SIGKILL');
    } catch {
      // Gone by itself.
    }
  };
  if (chance < 0.4) {
    how.engine++;
    stop(engine);
  } else {
    const gone = new Promise((resolve) => running.child.once('exit', resolve));
    running.child.kill('SIGKILL');
    if (chance < 0.8) {
      how.both++;
      stop(engine);
    } else how.server++;
    await gone;
    running = await start();
    url = running.url;
  }
  if (kill % 10 === 0)
    console.log(
      `${kill} kills, ${acknowledged.size} events acknowledged, ${Math.round((Date.now() - started) / 1000)} s`,
    );
}
stopped = true;
await Promise.all(senders);
const gone = new Promise((resolve) => running.child.once('exit', resolve));
running.child.kill('SIGKILL');
await gone;

async function openStore(tries = 120): Promise<Awaited<ReturnType<typeof openEmbeddedStore>>> {
  return openEmbeddedStore({ dataDir: dir }).catch(async (error: unknown) => {
    if (tries === 0) throw error;
    await sleep(250);
    return openStore(tries - 1);
  });
}
const store = await openStore();
const ingest = await openIngest({
  store,
  dataDir: join(dir, 'ingest'),
  connectorsDir,
  authenticate: async () => null,
  log: { info: () => undefined, warn: () => undefined, error: console.error } as unknown as IngestOptions['log'],
});
await ingest.idle();
let bad = 0;
const report: Record<string, unknown> = {};
for (const [table, id] of [
  ['ParapetRawEvents', "JSONExtractString(RawEventData, 'eventID')"],
  ['CloudAuditEvents', 'ReportId'],
  ['AWSCloudTrail', 'AwsEventId'],
] as const) {
  const found = await store.query(`SELECT ${id} AS id, count() AS times FROM hunting.${table} GROUP BY id`);
  const times = new Map(found.rows.map(([name, count]) => [String(name), Number(count)]));
  const lost = [...acknowledged].filter((name) => !times.has(name)).length;
  const doubled = [...times.values()].filter((count) => count !== 1).length;
  bad += lost + doubled;
  report[table] = { events: times.size, lost, doubled };
}
console.log(
  JSON.stringify(
    {
      kills,
      how,
      acknowledged: acknowledged.size,
      batches: ingest.lastCommittedBatch(),
      seconds: Math.round((Date.now() - started) / 1000),
      ...report,
    },
    null,
    2,
  ),
);
await ingest.close();
await store.close();
if (bad === 0) rmSync(dir, { recursive: true, force: true });
else console.log(`kept for a look: ${dir}`);
process.exit(bad === 0 ? 0 : 1);
