import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openEmbeddedStore } from '@parapet/store';
import { afterAll, expect, it } from 'vitest';
import { openIngest } from '../src/index.ts';
import { CONNECTORS, SENDER, silent, temporaryDir } from './setup.ts';

const { dir, remove } = temporaryDir();
/** One connector with two tables starts sooner than all of them. */
const connectorsDir = join(CONNECTORS, 'aws');
afterAll(remove);

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly engine: number;
}

/** A killed process frees its folder a moment later: try until it is free. */
async function start(tries = 40): Promise<Running> {
  return launch().catch(async (error: unknown) => {
    if (tries === 0) throw error;
    await sleep(250);
    return start(tries - 1);
  });
}

async function launch(): Promise<Running> {
  const child = fork(fileURLToPath(new URL('./crash-child.ts', import.meta.url)), [dir, connectorsDir], {
    execArgv: ['--import', 'tsx'],
    stdio: 'ignore',
  });
  const said = await new Promise<{ url: string; engine: number }>((resolve, reject) => {
    child.once('message', (message) => resolve(message as { url: string; engine: number }));
    child.once('exit', (code) => reject(new Error(`the server stopped at once (${code})`)));
  });
  return { child, ...said };
}

async function openStore(tries = 40): Promise<Awaited<ReturnType<typeof openEmbeddedStore>>> {
  return openEmbeddedStore({ dataDir: dir }).catch(async (error: unknown) => {
    if (tries === 0) throw error;
    await sleep(250);
    return openStore(tries - 1);
  });
}

let next = 0;
async function send(url: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => `crash-${next++}`);
  const body = ids
    .map(
      (id) =>
        `{"create":{}}\n${JSON.stringify({ eventTime: '2024-01-01T00:00:00Z', eventSource: 's', eventName: 'E', eventID: id })}\n`,
    )
    .join('');
  const answer = await fetch(`${url}/_bulk`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-ndjson' },
  });
  if (answer.status !== 200) return [];
  return ids;
}

it('loses nothing that was acknowledged and stores nothing twice when killed at random moments', async () => {
  const acknowledged = new Set<string>();
  // Uneven pauses: the kill falls before, inside and after the inserts of a batch.
  const pauses = [40, 330, 650, 950];
  for (const pause of pauses) {
    const { child, url, engine } = await start();
    const gone = new Promise((resolve) => child.once('exit', resolve));
    let running = true;
    const senders = Array.from({ length: 3 }, async () => {
      while (running) {
        const stored = await send(url, 7).catch(() => []);
        for (const id of stored) acknowledged.add(id);
        await sleep(3);
      }
    });
    await sleep(pause);
    // As when the machine goes down: server and engine at once.
    child.kill('SIGKILL');
    process.kill(engine, 'SIGKILL');
    running = false;
    await gone;
    await Promise.all(senders);
  }
  expect(acknowledged.size).toBeGreaterThan(100);

  const store = await openStore();
  const ingest = await openIngest({
    store,
    dataDir: join(dir, 'ingest'),
    connectorsDir,
    authenticate: async () => SENDER,
    log: silent,
  });
  await ingest.idle();
  for (const table of ['CloudAuditEvents', 'AWSCloudTrail', 'ParapetRawEvents']) {
    const id = {
      CloudAuditEvents: 'ReportId',
      AWSCloudTrail: 'AwsEventId',
      ParapetRawEvents: "JSONExtractString(RawEventData, 'eventID')",
    }[table];
    const rows = (await store.query(`SELECT ${id} AS id, count() AS times FROM hunting.${table} GROUP BY id`)).rows;
    const times = new Map(rows.map(([name, count]) => [String(name), Number(count)]));
    expect(
      [...acknowledged].filter((name) => !times.has(name)),
      `lost in ${table}`,
    ).toEqual([]);
    expect(
      [...times].filter(([, count]) => count !== 1),
      `twice in ${table}`,
    ).toEqual([]);
  }
  const batches =
    (await store.query('SELECT uniqExact(_Batch), max(_Batch) FROM hunting.ParapetRawEvents')).rows[0]?.map(Number) ??
    [];
  expect(batches[1]).toBe(ingest.lastCommittedBatch());
  expect(batches[0]).toBe(batches[1]);
  await ingest.close();
  await store.close();
});
