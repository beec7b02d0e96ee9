import { fork } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { openEmbeddedStore } from '@parapet/store';
import { afterAll, expect, it } from 'vitest';
import { startDrop } from '../src/drop/kind.ts';
import { openIngest } from '../src/index.ts';
import { receiverContext, until } from './receiver.ts';
import { CONNECTORS, SENDER, silent, temporaryDir } from './setup.ts';

const { dir, remove } = temporaryDir();
afterAll(remove);

interface Said {
  readonly engine: number;
  readonly detail: string;
  readonly counters: { readonly files: number; readonly events: number };
}

/** A killed process frees its folder a moment later: try until it is free. */
async function openStore(tries = 40): Promise<Awaited<ReturnType<typeof openEmbeddedStore>>> {
  return openEmbeddedStore({ dataDir: dir }).catch(async (error: unknown) => {
    if (tries === 0) throw error;
    await sleep(250);
    return openStore(tries - 1);
  });
}

/** Run the server until `enough` says so, then kill it and its engine. */
async function runUntil(enough: (said: Said) => boolean, pause: number): Promise<void> {
  const child = fork(fileURLToPath(new URL('./drop-child.ts', import.meta.url)), [dir], {
    execArgv: ['--import', 'tsx'],
    stdio: 'ignore',
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  let engine = 0;
  const end = Date.now() + 200_000;
  const reached = new Promise<void>((resolve, reject) => {
    child.on('message', (message) => {
      const said = message as Said;
      engine = said.engine;
      if (enough(said)) resolve();
      else if (Date.now() > end) reject(new Error(`not reached: ${said.detail}`));
    });
    // The folder of a process that was just killed may be locked for a moment.
    child.once('exit', () => resolve());
  });
  try {
    await reached;
    await sleep(pause);
  } finally {
    child.kill('SIGKILL');
  }
  try {
    if (engine > 0) process.kill(engine, 'SIGKILL');
  } catch {
    // It went with its server.
  }
  await gone;
  await sleep(300);
}

it('stores every line of every file once when killed in the middle of them', async () => {
  const folder = join(dir, 'folder', 'drop');
  mkdirSync(folder, { recursive: true });
  const total = 16_000;
  const lines = (file: string, from: number, to: number): string =>
    // Broken lines between the good ones take their place in the order as well.
    Array.from({ length: to - from }, (_, i) =>
      (from + i) % 1_000 === 999 ? `{"broken ${file}-${from + i}\n` : `{"id":"${file}-${from + i}"}\n`,
    ).join('');
  writeFileSync(join(folder, 'a.json'), lines('a', 0, total));
  writeFileSync(join(folder, 'b.json.gz'), gzipSync(lines('b', 0, total)));
  for (const pause of [60, 250]) await runUntil(({ detail }) => detail.startsWith('Reading'), pause);

  const store = await openStore();
  const ingest = await openIngest({
    store,
    dataDir: join(dir, 'ingest'),
    connectorsDir: CONNECTORS,
    authenticate: async () => SENDER,
    log: silent,
  });
  const receiver = await startDrop(
    receiverContext(ingest, 'files', 'folder', dir, { mode: 'collect', settleSeconds: 0 }),
  );
  await until(() => readdirSync(folder).every((name) => !name.includes('.json')), 120_000);
  await receiver.stop();
  await ingest.idle();
  const [events] = (
    await store.query(
      "SELECT count(), uniqExact(JSONExtractString(RawEventData, 'id')) FROM hunting.ParapetRawEvents WHERE SourceId = 'folder'",
    )
  ).rows;
  const [dead] = (
    await store.query(
      "SELECT count(), uniqExact(RawText) FROM hunting.ParapetDeadLetter WHERE SourceId = 'folder' AND Reason = 'malformed_json'",
    )
  ).rows;
  const broken = 2 * (total / 1_000);
  expect(events?.map(Number)).toEqual([2 * total - broken, 2 * total - broken]);
  expect(dead?.map(Number)).toEqual([broken, broken]);
  expect(readdirSync(join(folder, 'done')).sort()).toEqual([
    'a.json',
    'a.json.problems.txt',
    'b.json.gz',
    'b.json.gz.problems.txt',
  ]);
  await ingest.close();
  await store.close();
}, 600_000);
