/**
 * `npm run demo:verify -- <archive>`: a fresh server, the archive sent over `_bulk`, then what the product made of it:
 * the alerts, the incidents with the reason of every link, and the time from acknowledgement to alert.
 * Exit code 0 when there is an incident, 1 when there is none.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { tsImport } from 'tsx/esm/api';
import { buildStale } from './build.mjs';

const files = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
if (files.length === 0) {
  console.error('Usage: npm run demo:verify -- <archive or file…>');
  process.exit(2);
}
await buildStale({ only: 'server', say: (line) => console.log(line) });
const { startServer } = await tsImport('../e2e/support/server.ts', import.meta.url);
const { runCli } = await import(
  pathToFileURL(fileURLToPath(new URL('../apps/server/dist/cli.mjs', import.meta.url))).href
);

const dataDir = mkdtempSync(join(tmpdir(), 'parapet-verify-'));
const server = await startServer({ dataDir, flags: ['--log-level', 'info'] });
let cookie = '';
let csrf = '';

async function call(method, path, body) {
  const response = await fetch(server.url + path, {
    method,
    headers: {
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(cookie ? { cookie } : {}),
      ...(csrf ? { 'x-csrf-token': csrf } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const set = response.headers.get('set-cookie');
  if (set) cookie = set.split(';')[0];
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const sum = (values) => values.reduce((total, value) => total + value, 0);

try {
  const token = new URL(server.setupLink).searchParams.get('token');
  const session = await call('POST', '/api/setup', {
    token,
    username: 'verify',
    displayName: 'Verification',
    password: crypto.randomUUID(),
  });
  csrf = session.csrfToken;
  const key = await call('POST', '/api/keys', { name: 'Verification' });

  const started = Date.now();
  const code = await runCli([
    'ingest',
    ...files.map((file) => resolve(file)),
    '--url',
    server.url,
    '--key',
    key.encoded,
    '--restart',
  ]);
  const acknowledged = Date.now();
  if (code === 2) throw new Error('The files could not be sent.');
  console.log(`\nAll events acknowledged ${((acknowledged - started) / 1000).toFixed(1)} s after the first was sent.`);

  // Everything is through when sources, alerts and incidents stand still for five seconds.
  let quiet = 0;
  let before = '';
  while (quiet < 5 && Date.now() - acknowledged < 180_000) {
    await pause(1_000);
    const alerts = await call('GET', '/api/alerts?pageSize=1&status=new,inProgress,resolved');
    const sources = await call('GET', '/api/ingest/sources');
    const now = `${alerts.total}/${sum((sources.items ?? sources).map((source) => sum(source.connectors.map((connector) => connector.events)) + source.unclaimed))}`;
    quiet = now === before ? quiet + 1 : 0;
    before = now;
  }

  const sources = await call('GET', '/api/ingest/sources');
  for (const source of sources.items ?? sources) {
    console.log(`\nSource ${source.name}: ${source.accepted} accepted, ${source.rejected} rejected`);
    for (const connector of source.connectors) console.log(`  ${connector.id}: ${connector.events}`);
    console.log(`  no connector: ${source.unclaimed}`);
  }
  const { tables } = await call('GET', '/api/hunting/schema');
  console.log('\nRows by table');
  for (const table of tables.filter((one) => one.rows > 0))
    console.log(`  ${table.name}: ${table.rows}, newest ${table.newest ?? '–'}`);

  const incidents = await call(
    'GET',
    '/api/incidents?pageSize=200&severity=informational,low,medium,high&sort=id&order=asc',
  );
  const delays = [];
  for (const incident of incidents.items) {
    console.log(`\nIncident ${incident.id}: ${incident.name}`);
    console.log(
      `  ${incident.severity}, priority ${incident.priorityScore}, ${incident.totalAlerts} alerts, tactics ${incident.categories.join(', ')}`,
    );
    console.log(`  assets: ${incident.impactedAssets.map((asset) => `${asset.type} ${asset.label}`).join(', ')}`);
    console.log(`  activity ${incident.firstActivity} to ${incident.lastActivity}`);
    const alerts = await call('GET', `/api/incidents/${incident.id}/alerts?pageSize=200`);
    for (const alert of alerts.items ?? alerts) {
      const detail = await call('GET', `/api/alerts/${alert.id}`);
      let delay = '';
      const query = detail.events[0]?.huntingQuery;
      if (query) {
        const row = await call('POST', '/api/hunting/run', {
          query: `${query} | project _TimeReceived | take 1`,
        }).catch(() => undefined);
        const received = row?.rows?.[0]?.[0];
        if (received) {
          const seconds = (Date.parse(alert.createdAt) - Date.parse(received)) / 1000;
          delays.push(seconds);
          delay = `, ${seconds.toFixed(2)} s after acknowledgement`;
        }
      }
      console.log(
        `  - ${alert.firstActivity} [${alert.severity}] ${alert.title} (${alert.techniques.join(', ')}; ${alert.eventCount} events${delay})`,
      );
      console.log(`      ${alert.mergeReason.text}`);
    }
  }
  if (delays.length > 0) {
    delays.sort((a, b) => a - b);
    console.log(
      `\n${delays.length} alerts in ${incidents.total} incidents. From acknowledgement to alert: median ${delays[Math.floor(delays.length / 2)].toFixed(2)} s, slowest ${delays.at(-1).toFixed(2)} s.`,
    );
  } else console.log('\nNo incident.');
  process.exitCode = incidents.total > 0 ? 0 : 1;
} finally {
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
process.exit();
