/**
 * Events a second by protocol, from a socket to queryable rows: the same made-up Sysmon events through each protocol of
 * the main port, with acknowledgement, sender and server on one machine.
 *
 *     npx tsx packages/ingest/bench/protocols.ts [events=100000] [events per request=1000]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSealer } from '@parapet/state';
import { openEmbeddedStore } from '@parapet/store';
import Fastify from 'fastify';
import { openIngest, registerIngest } from '../src/index.ts';
import { bytesField } from '../src/otlp/wire.ts';

const [total = 100_000, perRequest = 1_000] = process.argv.slice(2).map(Number);
const CONNECTIONS = 4;
const dir = mkdtempSync(join(tmpdir(), 'parapet-protocols-'));
const silent = { info: () => undefined, warn: console.error, error: console.error } as never;
const sender = { id: 'bench', name: 'bench' };
const key = Buffer.from('bench:bench').toString('base64');

const store = await openEmbeddedStore({ dataDir: dir });
const ingest = await openIngest({
  store,
  dataDir: join(dir, 'ingest'),
  connectorsDir: fileURLToPath(new URL('../../../content/connectors', import.meta.url)),
  authenticate: async () => sender,
  verifySecret: async () => sender,
  log: silent,
});
const app = Fastify();
registerIngest(app, ingest, { sealer: createSealer(join(dir, 'secret.key')) });
const url = await app.listen({ host: '127.0.0.1', port: 0 });

const event = (n: number): string => {
  const time = new Date(1_717_200_000_000 + n * 20).toISOString();
  return JSON.stringify({
    '@timestamp': time,
    Hostname: `pc-${n % 50}.corp.example`,
    RecordNumber: n,
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    SourceName: 'Microsoft-Windows-Sysmon',
    EventID: 1,
    UtcTime: time.replace('T', ' ').replace('Z', ''),
    ProcessGuid: `{0a1b2c3d-0001-6638-0102-${String(n).padStart(12, '0')}}`,
    ProcessId: String(1_000 + (n % 5_000)),
    Image: 'C:\\Windows\\System32\\svchost.exe',
    CommandLine: `C:\\Windows\\System32\\svchost.exe -k netsvcs -p -s Schedule ${n}`,
    User: 'NT AUTHORITY\\SYSTEM',
    ParentImage: 'C:\\Windows\\System32\\services.exe',
  });
};
const token = (
  (await (
    await fetch(`${url}/t/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'bench', client_secret: 'bench' }),
    })
  ).json()) as { access_token: string }
).access_token;

const otlpRecord = (text: string): Buffer => bytesField(2, bytesField(5, bytesField(1, Buffer.from(text))));
const PROTOCOLS: Readonly<
  Record<string, { path: string; type: string; auth: string; body(events: string[]): Buffer }>
> = {
  'Elastic _bulk': {
    path: '/_bulk',
    type: 'application/x-ndjson',
    auth: `ApiKey ${key}`,
    body: (events) => Buffer.from(events.map((one) => `{"create":{}}\n${one}\n`).join('')),
  },
  'Splunk HEC': {
    path: '/services/collector',
    type: 'application/json',
    auth: `Splunk ${key}`,
    body: (events) => Buffer.from(events.map((one) => `{"time":1717200000.5,"host":"pc","event":${one}}`).join('')),
  },
  'Splunk HEC raw': {
    path: '/services/collector/raw',
    type: 'text/plain',
    auth: `Splunk ${key}`,
    body: (events) => Buffer.from(events.join('\n')),
  },
  'OTLP protobuf': {
    path: '/v1/logs',
    type: 'application/x-protobuf',
    auth: `Bearer ${key}`,
    body: (events) => bytesField(1, bytesField(2, Buffer.concat(events.map(otlpRecord)))),
  },
  'OTLP JSON': {
    path: '/v1/logs',
    type: 'application/json',
    auth: `Bearer ${key}`,
    body: (events) =>
      Buffer.from(
        JSON.stringify({
          resourceLogs: [{ scopeLogs: [{ logRecords: events.map((one) => ({ body: { stringValue: one } })) }] }],
        }),
      ),
  },
  'Azure Logs Ingestion': {
    path: '/dataCollectionRules/dcr/streams/Custom-Bench?api-version=2023-01-01',
    type: 'application/json',
    auth: `Bearer ${token}`,
    body: (events) => Buffer.from(`[${events.join(',')}]`),
  },
  'HTTP, lines of JSON': {
    path: '/api/ingest/bench',
    type: 'application/x-ndjson',
    auth: `Bearer ${key}`,
    body: (events) => Buffer.from(events.join('\n')),
  },
};

console.log(`${total} events, ${perRequest} a request, ${CONNECTIONS} connections; load ${loadavg()[0]?.toFixed(1)}`);
console.log('protocol                acknowledged/s  queryable/s  cpu µs/event  rss MiB');
for (const [name, { path, type, auth, body }] of Object.entries(PROTOCOLS)) {
  const bodies = Array.from({ length: Math.ceil(total / perRequest) }, (_, i) =>
    body(Array.from({ length: Math.min(perRequest, total - i * perRequest) }, (_, j) => event(i * perRequest + j))),
  );
  const before = Number((await store.query('SELECT count() FROM hunting.DeviceProcessEvents')).rows[0]?.[0]);
  const started = performance.now();
  const cpu = process.cpuUsage();
  let next = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let i = next++; i < bodies.length; i = next++) {
        const answer = await fetch(url + path, {
          method: 'POST',
          headers: { authorization: auth, 'content-type': type },
          body: new Uint8Array(bodies[i] as Buffer),
        });
        if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
        await answer.arrayBuffer();
      }
    }),
  );
  const acknowledged = (performance.now() - started) / 1_000;
  await ingest.idle();
  const queryable = (performance.now() - started) / 1_000;
  const used = process.cpuUsage(cpu);
  const after = Number((await store.query('SELECT count() FROM hunting.DeviceProcessEvents')).rows[0]?.[0]);
  if (after - before !== total) throw new Error(`${name}: ${after - before} rows of ${total} events`);
  const figures = [
    Math.round(total / acknowledged)
      .toLocaleString('en-US')
      .padStart(14),
    Math.round(total / queryable)
      .toLocaleString('en-US')
      .padStart(12),
    ((used.user + used.system) / total).toFixed(1).padStart(13),
    String(Math.round(process.memoryUsage().rss / 2 ** 20)).padStart(8),
  ];
  console.log(`${name.padEnd(22)}${figures.join(' ')}`);
}
await app.close();
await ingest.close();
await store.close();
rmSync(dir, { recursive: true, force: true });
