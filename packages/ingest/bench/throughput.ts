/**
 * Events a second from file to queryable rows, over the real way: CLI, `_bulk`, buffer, engine.
 *
 *     npx tsx packages/ingest/bench/throughput.ts <file or folder…>
 *     PARAPET_DATA=<folder> npx tsx packages/ingest/bench/throughput.ts     (its endpoint-windows and cloud-aws)
 *     npx tsx packages/ingest/bench/throughput.ts                           (made-up Windows events)
 *
 * Prints the processor time of both processes as well, so that runs on a busy machine can be compared.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from '@parapet/store';
import Fastify from 'fastify';
import { type IngestOptions, openIngest, registerIngest, runIngestCli } from '../src/index.ts';

const EVENTS = 200_000;
const dir = mkdtempSync(join(tmpdir(), 'parapet-bench-'));

/** Windows events in the proportions of a workstation with Sysmon: mostly process access and registry. */
function synthetic(): string {
  const lines: string[] = [];
  for (let i = 0; i < EVENTS; i++) {
    const time = new Date(1_717_200_000_000 + i * 20).toISOString();
    const utc = time.replace('T', ' ').replace('Z', '');
    const base = { '@timestamp': time, Hostname: `pc-${i % 50}.corp.example`, RecordNumber: i };
    const sysmon = {
      ...base,
      Channel: 'Microsoft-Windows-Sysmon/Operational',
      SourceName: 'Microsoft-Windows-Sysmon',
      UtcTime: utc,
      ProcessGuid: `{0a1b2c3d-0001-6638-0102-${String(i).padStart(12, '0')}}`,
      ProcessId: String(1000 + (i % 5000)),
      Image: 'C:\\Windows\\System32\\svchost.exe',
      User: 'NT AUTHORITY\\SYSTEM',
    };
    const kind = i % 20;
    const event =
      kind < 7
        ? {
            ...sysmon,
            EventID: 10,
            SourceImage: 'C:\\Windows\\System32\\svchost.exe',
            SourceProcessId: '900',
            TargetImage: 'C:\\Windows\\explorer.exe',
            TargetProcessId: '4000',
            GrantedAccess: '0x1000',
            CallTrace: 'C:\\Windows\\SYSTEM32\\ntdll.dll+9c524|C:\\Windows\\System32\\KERNELBASE.dll+2730e'.repeat(6),
          }
        : kind < 12
          ? {
              ...sysmon,
              EventID: 13,
              EventType: 'SetValue',
              TargetObject: `HKLM\\System\\CurrentControlSet\\Services\\svc${i % 99}\\Start`,
              Details: 'DWORD (0x00000002)',
            }
          : kind < 14
            ? {
                ...sysmon,
                EventID: 3,
                Protocol: 'tcp',
                Initiated: 'true',
                SourceIp: '10.0.0.4',
                SourcePort: '50000',
                DestinationIp: '198.51.100.9',
                DestinationPort: '443',
              }
            : kind < 15
              ? {
                  ...sysmon,
                  EventID: 1,
                  CommandLine: `svchost.exe -k netsvcs -p -s task${i}`,
                  ParentImage: 'C:\\Windows\\System32\\services.exe',
                  ParentProcessId: '700',
                  Hashes: `SHA256=${'ab'.repeat(32)}`,
                }
              : {
                  ...base,
                  Channel: 'Security',
                  SourceName: 'Microsoft-Windows-Security-Auditing',
                  EventID: kind < 18 ? 4658 : 4624,
                  TargetUserName: `user${i % 90}`,
                  TargetDomainName: 'CORP',
                  LogonType: '3',
                  IpAddress: '10.0.0.9',
                  SubjectUserName: 'SYSTEM',
                  ObjectServer: 'Security',
                  HandleId: '0x1f4',
                };
    lines.push(JSON.stringify(event));
  }
  const path = join(dir, 'events.json');
  writeFileSync(path, lines.join('\n'));
  return path;
}

/** Seconds of processor time of a process; 0 where the system does not tell. */
function cpuSeconds(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

const data = process.env.PARAPET_DATA;
const given = process.argv.slice(2);
const paths =
  given.length > 0 ? given : data ? [join(data, 'endpoint-windows', 'otrf'), join(data, 'cloud-aws')] : [synthetic()];
const store = await openEmbeddedStore({ dataDir: dir });
const ingest = await openIngest({
  store,
  dataDir: join(dir, 'ingest'),
  connectorsDir: new URL('../../../content/connectors', import.meta.url).pathname,
  authenticate: async () => ({ id: 'bench', name: 'bench' }),
  log: { info: () => undefined, warn: console.warn, error: console.error } as unknown as IngestOptions['log'],
});
const app = Fastify();
registerIngest(app, ingest);
const url = await app.listen({ port: 0, host: '127.0.0.1' });
const cpuBefore = [cpuSeconds(process.pid), cpuSeconds(store.enginePid)];
const started = performance.now();
await runIngestCli([...paths, '--url', url, '--key', 'x', '--state', join(dir, 'state.json')], {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
});
const sent = performance.now();
await ingest.idle();
const seconds = (performance.now() - started) / 1000;
const metrics = ingest.metrics();
const cpu = [cpuSeconds(process.pid), cpuSeconds(store.enginePid)].map((value, i) => value - (cpuBefore[i] ?? 0));
console.log(
  JSON.stringify(
    {
      events: metrics.acceptedEvents,
      megabytes: Math.round(metrics.acceptedBytes / 1e6),
      acknowledgedPerSecond: Math.round(metrics.acceptedEvents / ((sent - started) / 1000)),
      queryablePerSecond: Math.round(metrics.acceptedEvents / seconds),
      megabytesPerSecond: Math.round(metrics.acceptedBytes / 1e6 / seconds),
      batches: metrics.batches,
      cpuSecondsServerAndSender: cpu[0],
      cpuSecondsEngine: cpu[1],
      connectors: metrics.eventsByConnector,
      deadLetters: metrics.deadLetters,
      loadAverage: loadavg().map((value) => Math.round(value * 10) / 10),
    },
    null,
    2,
  ),
);
await app.close();
await ingest.close();
await store.close();
rmSync(dir, { recursive: true, force: true });
