import { mkdtempSync } from 'node:fs';
import { createHunting, openEmbeddedStore } from '@parapet/store';
import { loadRules } from '../src/rules/load.ts';
import { RuleQuery } from '../src/runtime/rule-query.ts';
const store = await openEmbeddedStore({ dataDir: mkdtempSync('/tmp/scratch/crash-'), onRestart: (r) => console.log('RESTART', r) } as any);
const hunting = createHunting(store);
const { rules } = await loadRules('/work/main/content/detections', hunting);
let serial = 0;
const mk = (b: number, extra: any) => { serial++; return { Timestamp: new Date(Date.UTC(2026, 0, 10) + serial * 40).toISOString(), DeviceId: `device-${serial % 120}`, DeviceName: `ws${serial % 120}`, ReportId: serial, InitiatingProcessFileName: ['svchost.exe', 'chrome.exe'][serial % 2], _Batch: b, ...extra }; };
const make: any = {
  DeviceProcessEvents: (b: number) => mk(b, { ActionType: 'ProcessCreated', FileName: 'notepad.exe', ProcessCommandLine: `"C:\\Windows\\notepad.exe" ${serial}.txt`, ProcessId: serial, ProcessUniqueId: `p${serial}` }),
  DeviceEvents: (b: number) => mk(b, { ActionType: 'OpenProcessApiCall', FileName: 'svchost.exe', AdditionalFields: { DesiredAccess: 4096 } }),
  DeviceRegistryEvents: (b: number) => mk(b, { ActionType: 'RegistryValueSet', RegistryKey: `HKEY_LOCAL_MACHINE\\SOFTWARE\\V\\${serial % 500}`, RegistryValueName: 'Last', RegistryValueData: String(serial) }),
  DeviceFileEvents: (b: number) => mk(b, { ActionType: 'FileCreated', FileName: `${serial}.tmp`, FolderPath: `C:\\Temp\\${serial}.tmp` }),
};
for (const t of Object.keys(make)) { for (let i = 0; i < 3; i++) await store.insertRows(t, Array.from({ length: 10000 }, () => make[t](1))); await store.insertRows(t, Array.from({ length: 1000 }, () => make[t](2))); }
console.log('filled');
for (const rule of rules.filter((r) => r.kind === 'continuous' && make[r.eventTable])) {
  const q = new RuleQuery(rule, hunting, store);
  const times: number[] = [];
  for (let i = 0; i < 3; i++) { const t = performance.now(); try { const r = await q.run({ batches: { from: 2, to: 2 } }); times.push(Math.round(performance.now() - t)); } catch (e: any) { console.log('FAIL', rule.file, e.code, e.message); } }
  console.log(rule.eventTable, rule.file, times.join(' '));
}
await hunting.close(); await store.close(); process.exit(0);
