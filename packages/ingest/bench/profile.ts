/**
 * Where the time of one batch goes: every statement the engine is asked for, one after the other, with its processor time.
 *
 *     npx tsx packages/ingest/bench/profile.ts [--events n] [--sql part] <file.ndjson…>
 *
 *     --events <n>   events of the batch; the lines of the files are repeated as often as needed (default 120,000)
 *     --sql <part>   print the whole text of the statements that contain this
 *
 * In a real batch two statements run side by side, so the sum of the times is more than a batch takes.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openEmbeddedStore, type TelemetryStore } from '@parapet/store';
import { BatchEngine, type BatchJob } from '../src/batch/engine.ts';
import { encodeFrame, FRAME_PREFIX, PAYLOAD_HEADER } from '../src/buffer/frame.ts';
import { loadConnectors } from '../src/connectors/load.ts';
import { defaultPlansFile, loadPlans, storePlans } from '../src/connectors/plans.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { events: { type: 'string', default: '120000' }, sql: { type: 'string' } },
});
if (positionals.length === 0) {
  console.error('usage: profile.ts [--events n] [--sql part] <file.ndjson…>');
  process.exit(2);
}

const dir = mkdtempSync(join(tmpdir(), 'parapet-ingest-profile-'));
const store = await openEmbeddedStore({ dataDir: dir });
const pid = store.enginePid ?? 0;
const cpuMs = (): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

interface Taken {
  readonly sql: string;
  readonly wall: number;
  readonly cpu: number;
}
let taken: Taken[] = [];
let turn: Promise<unknown> = Promise.resolve();
/** One statement at a time, so that the time of the process is that of the statement. */
function timed<T>(sql: string, work: () => Promise<T>): Promise<T> {
  const mine = turn.then(async () => {
    const [wall, cpu] = [performance.now(), cpuMs()];
    try {
      return await work();
    } finally {
      taken.push({ sql, wall: performance.now() - wall, cpu: cpuMs() - cpu });
    }
  });
  turn = mine.catch(() => undefined);
  return mine;
}
const watched: TelemetryStore = Object.create(store, {
  query: {
    value: (sql: string, options: Parameters<TelemetryStore['query']>[1]) =>
      timed(sql, () => store.query(sql, options)),
  },
  command: {
    value: (sql: string, options: Parameters<TelemetryStore['command']>[1]) =>
      timed(sql, () => store.command(sql, options)),
  },
}) as TelemetryStore;

await loadPlans(defaultPlansFile());
const { connectors } = await loadConnectors(fileURLToPath(new URL('../../../content/connectors', import.meta.url)));
await storePlans(defaultPlansFile());
const file = join(store.filesDir, 'ingest-batch.bin');
const engine = new BatchEngine(watched, file, connectors);
const lines = positionals.flatMap((path) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Buffer.from(line)),
);

let next = 1;
function writeBatch(batch: number, events: number): BatchJob {
  const first = next;
  const frames: Buffer[] = [];
  for (let done = 0; done < events; ) {
    const documents = Array.from({ length: Math.min(1_000, events - done) }, (_one, i) => {
      const line = lines[(done + i) % lines.length];
      return line as Buffer;
    });
    frames.push(
      encodeFrame({
        firstSequence: next,
        acceptedAt: Date.now(),
        sourceId: 'bench',
        sourceName: 'bench',
        indexName: 'bench',
        documents,
      }).subarray(FRAME_PREFIX + PAYLOAD_HEADER),
    );
    done += documents.length;
    next += documents.length;
  }
  writeFileSync(file, Buffer.concat(frames));
  return {
    batch,
    file,
    events,
    rejected: 0,
    firstSequence: first,
    nextSequence: next,
    receivedAt: new Date().toISOString(),
  };
}

async function run(batch: number, events: number): Promise<void> {
  const job = writeBatch(batch, events);
  taken = [];
  const [wall, cpu] = [performance.now(), cpuMs()];
  await engine.wantsMore(job);
  await engine.process(job, false);
  const total = { wall: performance.now() - wall, cpu: cpuMs() - cpu };
  console.log(
    `batch of ${events}: ${Math.round(total.wall)} ms, processor ${total.cpu} ms, ${Math.round((total.cpu * 10_000) / events) / 10} µs an event, ${taken.length} statements`,
  );
  for (const { sql, wall, cpu } of taken)
    if (wall > 5)
      console.log(
        `${String(Math.round(wall)).padStart(7)} ${String(cpu).padStart(6)}  ${sql.length} ${sql.slice(0, 150).replaceAll('\n', ' ')}`,
      );
  if (values.sql) for (const { sql } of taken) if (sql.includes(values.sql)) console.log(`\n${sql}\n`);
}

try {
  await run(1, Math.min(2_000, lines.length));
  await run(2, 100);
  await run(3, Number(values.events));
} finally {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
}
process.exit(0);
