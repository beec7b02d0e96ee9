/**
 * Threat intelligence at size: `npx tsx bench/intel/run.ts [indicators] [rows a batch] [batches]`. Stores made-up indicators of all kinds,
 * then compares batches of connections and file events with them, some of which match, and prints the time of each part.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openEmbeddedStore } from '@parapet/store';
import { Intel } from '../../packages/detection/src/intel/index.ts';

const count = Number(process.argv[2] ?? 1_000_000);
const perBatch = Number(process.argv[3] ?? 10_000);
const batches = Number(process.argv[4] ?? 10);
const dataDir = mkdtempSync(join(tmpdir(), 'parapet-intel-'));
const store = await openEmbeddedStore({ dataDir });
const log = { info: () => undefined, warn: console.error, error: console.error };
const intel = await Intel.open({
  store,
  // No feeds here.
  db: { query: async () => [] },
  sealer: { seal: async (text) => text, open: async (text) => text },
  observablesFile: fileURLToPath(new URL('../../content/intel/observables.yaml', import.meta.url)),
  log,
  announce: async () => undefined,
});
const job = { signal: new AbortController().signal, progress: () => undefined };
const hex = (n: number, length: number): string => n.toString(16).padStart(length, '0');
const address = (n: number): string => `198.${18 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
const values = ['value,confidence'];
for (let n = 0; n < count; n++)
  values.push(
    `${n % 5 === 0 ? address(n % 131_072) : n % 5 === 1 ? `h${n}.bad.example` : n % 5 === 2 ? hex(n, 64) : n % 5 === 3 ? `https://u${n}.example/drop/${n}` : `${hex(n, 40)}`},${n % 100}`,
  );
const text = values.join('\n');
const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
  const started = performance.now();
  const result = await work();
  console.log(`${name}: ${((performance.now() - started) / 1000).toFixed(2)} s`);
  return result;
};
try {
  console.log(`${cpus().length} cores, ${count.toLocaleString('en')} lines (${(text.length / 1e6).toFixed(0)} MB)`);
  const done = await timed('import, with the look back', () => intel.importCsv(text, 'bench', 'bench', job));
  console.log(`${done.indicators.toLocaleString('en')} indicators, ${done.refused} refused`);
  await timed('first page of the list', () => intel.indicators.page({ states: ['active'], page: 1, pageSize: 50 }));
  await timed('summary', () => intel.indicators.summary());
  const times: number[] = [];
  let matched = 0;
  for (let batch = 1; batch <= batches; batch++) {
    const rows = Array.from({ length: perBatch }, (_, n) => ({
      Timestamp: new Date().toISOString(),
      ReportId: n,
      DeviceId: `d${n % 100}`,
      DeviceName: `pc${n % 100}`,
      _Batch: batch,
      ...(n % 2
        ? {
            ActionType: 'ConnectionSuccess',
            RemoteIP: `203.0.${(n >> 8) & 255}.${n & 255}`,
            RemoteUrl: n % 500 === 1 ? `x.h${n}.bad.example` : `www${n % 3000}.good.example`,
          }
        : {
            ActionType: 'FileCreated',
            FileName: 'a',
            SHA256: hex(n % 1000 === 0 ? 5 * n + 2 : 2 ** 40 + batch * perBatch + n, 64),
          }),
    }));
    await store.insertRows(
      'DeviceNetworkEvents',
      rows.filter((row) => 'RemoteIP' in row),
    );
    await store.insertRows(
      'DeviceFileEvents',
      rows.filter((row) => 'SHA256' in row),
    );
    const started = performance.now();
    const result = await intel.onBatch({
      batch,
      receivedAt: '',
      tables: { DeviceNetworkEvents: perBatch / 2, DeviceFileEvents: perBatch / 2 },
      acknowledgedAt: 0,
    });
    times.push(performance.now() - started);
    matched += result.tables.ThreatIntelMatches ?? 0;
  }
  times.sort((a, b) => a - b);
  const median = times[times.length >> 1] ?? 0;
  console.log(
    `a batch of ${perBatch.toLocaleString('en')} rows: median ${median.toFixed(0)} ms, slowest ${times.at(-1)?.toFixed(0)} ms, ${Math.round((perBatch / median) * 1000).toLocaleString('en')} rows/s, ${matched} matches`,
  );
  await timed(`looking back over ${(perBatch * batches).toLocaleString('en')} rows for all indicators`, () =>
    intel.lookBack(undefined, job),
  );
} finally {
  await intel.close();
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
}
process.exit(0);
