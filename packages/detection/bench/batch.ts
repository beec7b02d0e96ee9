/**
 * What one committed batch costs: every continuous rule over a batch of ordinary rows in a store that already holds many.
 * `npx tsx packages/detection/bench/batch.ts [stored rows per table] [rows per batch]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHunting, openEmbeddedStore } from '@parapet/store';
import { createDetection } from '../src/index.ts';

const stored = Number(process.argv[2] ?? 200_000);
const perBatch = Number(process.argv[3] ?? 2_000);
const TABLES = ['DeviceProcessEvents', 'DeviceEvents', 'DeviceRegistryEvents', 'DeviceFileEvents', 'DeviceLogonEvents'];

const dataDir = mkdtempSync(join(tmpdir(), 'parapet-bench-'));
const store = await openEmbeddedStore({ dataDir });
const hunting = createHunting(store);
const start = Date.UTC(2026, 0, 10);
let serial = 0;

const row = (table: string, batch: number): Record<string, unknown> => {
  serial += 1;
  const common = {
    Timestamp: new Date(start + serial * 40).toISOString(),
    DeviceId: `device-${serial % 120}`,
    DeviceName: `ws${serial % 120}.corp.example`,
    ReportId: serial,
    InitiatingProcessFileName: ['svchost.exe', 'chrome.exe', 'explorer.exe', 'services.exe'][serial % 4],
    _Batch: batch,
  };
  switch (table) {
    case 'DeviceProcessEvents':
      return {
        ...common,
        ActionType: 'ProcessCreated',
        FileName: 'notepad.exe',
        ProcessCommandLine: `"C:\\Windows\\notepad.exe" C:\\docs\\${serial}.txt`,
        ProcessId: serial,
        ProcessUniqueId: `p${serial}`,
      };
    case 'DeviceEvents':
      return {
        ...common,
        ActionType: 'OpenProcessApiCall',
        FileName: 'svchost.exe',
        AdditionalFields: { DesiredAccess: 4096 },
      };
    case 'DeviceRegistryEvents':
      return {
        ...common,
        ActionType: 'RegistryValueSet',
        RegistryKey: `HKEY_LOCAL_MACHINE\\SOFTWARE\\Vendor\\${serial % 500}`,
        RegistryValueName: 'Last',
        RegistryValueData: String(serial),
      };
    case 'DeviceFileEvents':
      return { ...common, ActionType: 'FileCreated', FileName: `${serial}.tmp`, FolderPath: `C:\\Temp\\${serial}.tmp` };
    default:
      return {
        ...common,
        ActionType: 'LogonSuccess',
        LogonType: 'Network',
        AccountName: `user${serial % 90}`,
        RemoteIP: '10.0.0.9',
      };
  }
};

const fill = async (count: number, batch: number): Promise<Record<string, number>> => {
  for (const table of TABLES)
    for (let done = 0; done < count; done += 20_000)
      await store.insertRows(
        table,
        Array.from({ length: Math.min(20_000, count - done) }, () => row(table, batch)),
      );
  return Object.fromEntries(TABLES.map((table) => [table, count]));
};

await fill(stored, 1);
const warn = (fields: object, message: string): void => console.error(message, fields);
const began = performance.now();
const detection = await createDetection({
  hunting,
  store,
  contentDir: fileURLToPath(new URL('../../../content/detections', import.meta.url)),
  sink: { accept: async (drafts) => ({ created: drafts.length, repeated: 0 }) },
  log: { info: () => undefined, warn, error: warn },
});
const rules = await detection.list();
console.log(
  `${cpus().length} cores, ${stored} rows stored in each of ${TABLES.length} tables, ${perBatch} rows per table and batch`,
);
console.log(
  `${rules.filter((rule) => rule.kind === 'continuous').length} continuous rules loaded in ${Math.round(performance.now() - began)} ms`,
);
const times: number[] = [];
for (let index = 0; index < 12; index++) {
  const tables = await fill(perBatch, 2 + index);
  const from = performance.now();
  await detection.onBatch({
    batch: 2 + index,
    receivedAt: new Date().toISOString(),
    tables,
    acknowledgedAt: Date.now(),
  });
  times.push(performance.now() - from);
}
const warm = times.slice(2).sort((a, b) => a - b);
console.log(
  `first batch ${Math.round(times[0] ?? 0)} ms, then median ${Math.round(warm[warm.length >> 1] ?? 0)} ms, slowest ${Math.round(warm.at(-1) ?? 0)} ms`,
);
const from = performance.now();
await detection.settle();
console.log(`scheduled rules over the new rows ${Math.round(performance.now() - from)} ms`);
const slowest = (await detection.list()).sort((a, b) => (b.lastRunMs ?? 0) - (a.lastRunMs ?? 0)).slice(0, 5);
for (const rule of slowest) console.log(`  ${String(rule.lastRunMs).padStart(5)} ms  ${rule.title}`);
await detection.close();
await hunting.close();
await store.close();
rmSync(dataDir, { recursive: true, force: true });
