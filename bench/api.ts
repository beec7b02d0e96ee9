/**
 * `npx tsx bench/api.ts [--alerts 1000000] [--incidents 100000] [--data <folder>] [--prepare]`
 *
 * Speed of the public API over a state database of that size: real access, incidents, authorisation server and HTTP.
 * The folder is filled once and used again; `--prepare` only fills it. Writes a line a question with p50 and p99 in ms.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Fastify from 'fastify';
import {
  accessMigrations,
  createAccess,
  createOAuth,
  oauthMigrations,
  registerAccess,
  registerOAuth,
} from '../packages/access/src/index.ts';
import { correlation } from '../packages/detection/src/index.ts';
import { createIncidents, incidentMigrations } from '../packages/incidents/src/index.ts';
import { registerPublicApi, rewriteUrl } from '../packages/public-api/src/index.ts';
import { openState, outboxMigrations, type StateDb } from '../packages/state/src/index.ts';
import { createHunting, type TelemetryStore } from '../packages/store/src/index.ts';

const { values: given } = parseArgs({
  options: {
    alerts: { type: 'string', default: '1000000' },
    incidents: { type: 'string', default: '100000' },
    data: { type: 'string', default: join(tmpdir(), 'parapet-bench-api') },
    prepare: { type: 'boolean', default: false },
  },
});
const ALERTS = Number(given.alerts);
const INCIDENTS = Number(given.incidents);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Rows made by the database itself: ten alerts an incident, spread over 90 days. */
async function fill(db: StateDb): Promise<void> {
  const STEP = 20_000;
  for (let from = 1; from <= INCIDENTS; from += STEP)
    await db.query(
      `insert into incident (name, status, severity, first_activity, last_activity, created_at, last_update, last_modified_by,
         total_alerts, assigned_to, classification)
       select 'Incident ' || n, (array['active', 'inProgress', 'resolved', 'resolved'])[1 + n % 4], n % 4,
              at, at, at, at + interval '1 hour', 'bench', $3::integer, case when n % 5 = 0 then 'ada' end,
              case when n % 4 > 1 then 'truePositive' end
       from (select n, timestamptz '2026-01-01' + n * interval '1 second' * (7776000.0 / $4::integer) as at
             from generate_series($1::integer, $2::integer) n) s`,
      [from, Math.min(from + STEP - 1, INCIDENTS), Math.round(ALERTS / INCIDENTS), INCIDENTS],
    );
  for (let from = 1; from <= ALERTS; from += STEP) {
    const to = Math.min(from + STEP - 1, ALERTS);
    await db.query(
      `insert into alert (id, dedupe_key, incident_id, rule_id, title, description, recommended_actions, rule_query, severity,
         status, category, techniques, service_source, detection_source, product_name, process_ancestors, assets,
         first_activity, last_activity, created_at, last_update, event_count, merge_reason, search_text, assigned_to, classification)
       select 'da' || lpad(n::text, 20, '0'), 'bench|' || n, 1 + (n - 1) % $3::integer, 'rule-' || n % 500, 'Finding ' || n % 500,
              'A finding of the benchmark', 'Look at it', '', n % 4, (array['new', 'inProgress', 'resolved', 'resolved'])[1 + n % 4],
              'Execution', array['T1059.001'],
              (array['microsoftDefenderForEndpoint', 'microsoftDefenderForCloud', 'microsoftDefenderForIdentity'])[1 + n % 3],
              'microsoftDefenderForEndpoint', 'Parapet', '{}', '[]', at, at, at, at + interval '1 hour', 1,
              '{"codes":[],"text":"First alert","matchedAlertId":null,"keys":[],"score":0}', 'finding ' || n,
              case when n % 5 = 0 then 'ada' end, case when n % 4 > 1 then 'truePositive' end
       from (select n, timestamptz '2026-01-01' + n * interval '1 second' * (7776000.0 / $4::integer) as at
             from generate_series($1::integer, $2::integer) n) s`,
      [from, to, INCIDENTS, ALERTS],
    );
    await db.query(
      `insert into alert_evidence (alert_id, position, type, key, label, fields, roles)
       select 'da' || lpad(n::text, 20, '0'), 1, 'device', 'pc' || n % 5000, 'pc' || n % 5000,
              jsonb_build_object('deviceId', 'pc' || n % 5000, 'deviceName', 'pc' || n % 5000 || '.contoso.example'), '{compromised}'
       from generate_series($1::integer, $2::integer) n`,
      [from, to],
    );
    if (from % 200_000 < STEP) say(`  ${to} alerts`);
  }
  await db.query('vacuum (analyze) alert');
  await db.query('vacuum (analyze) alert_evidence');
  await db.query('vacuum (analyze) incident');
  await db.query('checkpoint');
}

mkdirSync(given.data, { recursive: true });
const db = await openState({ dataDir: join(given.data, 'state') });
await db.migrate([...outboxMigrations, ...incidentMigrations, ...accessMigrations, ...oauthMigrations]);
const mark = join(given.data, `filled-${ALERTS}-${INCIDENTS}`);
if (!existsSync(mark)) {
  say(`Filling ${given.data}`);
  await fill(db);
  writeFileSync(mark, '');
}
if (given.prepare) {
  await db.close();
  process.exit(0);
}

const silent = {
  info: () => undefined,
  warn: () => undefined,
  error: (fields: object, text: string) => console.error(text, fields),
};
const access = await createAccess({ db, version: 'bench' });
const store = { insertRows: async () => undefined, schema: { tables: [] } } as unknown as TelemetryStore;
const hunting = createHunting(store);
const incidents = await createIncidents({
  db,
  store,
  hunting,
  correlation,
  log: silent,
  audit: (entry, tx) => access.audit(entry, tx),
});
const app = Fastify({ rewriteUrl });
await registerAccess(app, access);
const sealer = {
  seal: async (text: string) => Buffer.from(text).toString('base64'),
  open: async (text: string) => Buffer.from(text, 'base64').toString(),
};
const oauth = await createOAuth({ access, db, sealer });
await registerOAuth(app, oauth);
const stop = await registerPublicApi(app, {
  oauth,
  incidents,
  detection: undefined as never,
  db,
  store,
  log: silent,
  audit: (entry, tx) => access.audit(entry, tx),
  hunt: () => Promise.reject(new Error('No engine in this benchmark')),
  limits: { security: { perMinute: 1_000_000 } },
});
const actor = { username: 'bench', rights: access.directory.rightsOfRole('globalAdministrator'), remoteAddress: '' };
const name = `Bench ${Date.now()}`;
const permissions = ['SecurityAlert.Read.All', 'SecurityIncident.Read.All'];
const registration = await oauth.apps.create({ name, applicationPermissions: permissions }, actor);
const { secret } = await oauth.apps.addSecret(registration.id, 'bench', 1, actor);
await app.listen({ port: 0, host: '127.0.0.1' });
const address = app.server.address();
const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
const tokenAnswer = await fetch(`${url}/${oauth.tenantId}/oauth2/v2.0/token`, {
  method: 'POST',
  body: new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: registration.id,
    client_secret: secret,
    scope: 'https://graph.microsoft.com/.default',
  }),
});
const headers = { authorization: `Bearer ${((await tokenAnswer.json()) as { access_token: string }).access_token}` };

async function ask(path: string): Promise<{ status: number; ms: number; count?: number; rows: number }> {
  const started = performance.now();
  const answer = await fetch(url + path, { headers });
  const body = (await answer.json()) as { value?: unknown[]; '@odata.count'?: number };
  return {
    status: answer.status,
    ms: performance.now() - started,
    rows: body.value?.length ?? 0,
    ...(body['@odata.count'] === undefined ? {} : { count: body['@odata.count'] }),
  };
}

const at = (sorted: readonly number[], share: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1).padStart(8);

const QUESTIONS: readonly (readonly [string, string])[] = [
  ['alerts, first page', '/v1.0/security/alerts_v2'],
  ['alerts, page far behind', '/v1.0/security/alerts_v2?$skip=5000&$top=100'],
  ['incidents, first page', '/v1.0/security/incidents'],
  ['incidents with alerts', '/v1.0/security/incidents?$expand=alerts'],
  ['alerts, severity', "/v1.0/security/alerts_v2?$filter=severity eq 'high'"],
  [
    'alerts, status and time',
    "/v1.0/security/alerts_v2?$filter=status eq 'new' and createdDateTime ge 2026-02-15T00:00:00Z",
  ],
  [
    'alerts, by last update',
    '/v1.0/security/alerts_v2?$orderby=lastUpdateDateTime&$filter=lastUpdateDateTime ge 2026-03-30T00:00:00Z',
  ],
  ['alerts, nobody’s', "/v1.0/security/alerts_v2?$filter=assignedTo eq null and severity eq 'low'"],
  ['alerts, count of all', '/v1.0/security/alerts_v2?$top=1&$count=true'],
  ['alerts, count of a severity', "/v1.0/security/alerts_v2?$top=1&$count=true&$filter=severity eq 'high'"],
  [
    'alerts, count of state and source',
    "/v1.0/security/alerts_v2?$top=1&$count=true&$filter=status eq 'new' and serviceSource eq 'microsoftDefenderForCloud'",
  ],
  [
    'alerts, count of a month',
    "/v1.0/security/alerts_v2?$top=1&$count=true&$filter=createdDateTime ge 2026-03-01T00:00:00Z and severity eq 'high'",
  ],
  ['incidents, count of all', '/v1.0/security/incidents?$top=1&$count=true'],
  [
    'incidents, count of a state',
    "/v1.0/security/incidents?$top=1&$count=true&$filter=status eq 'active' and severity ne 'low'",
  ],
];
say(`${ALERTS} alerts, ${INCIDENTS} incidents`);
say(`${'question'.padEnd(36)}${'p50 ms'.padStart(8)}${'p99 ms'.padStart(8)}   rows   count`);
for (const [what, path] of QUESTIONS) {
  await ask(path);
  const runs: number[] = [];
  let last = await ask(path);
  if (last.status !== 200) throw new Error(`${path} answered ${last.status}`);
  const until = performance.now() + 8_000;
  while (runs.length < 30 && performance.now() < until) {
    last = await ask(path);
    runs.push(last.ms);
  }
  runs.sort((a, b) => a - b);
  say(
    `${what.padEnd(36)}${at(runs, 0.5)}${at(runs, 0.99)}${String(last.rows).padStart(7)}${String(last.count ?? '').padStart(9)}`,
  );
}
const statuses = new Map<number, number>();
const times: number[] = [];
const began = performance.now();
await Promise.all(
  Array.from({ length: 200 }, async (_, client) => {
    for (let call = 0; call < 5; call++) {
      const { status, ms } = await ask(QUESTIONS[(client + call) % 6]?.[1] ?? '/v1.0/security/incidents');
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      times.push(ms);
    }
  }),
);
times.sort((a, b) => a - b);
const seconds = (performance.now() - began) / 1000;
say(
  `200 clients at once: ${(times.length / seconds).toFixed(0)} calls/s, p50${at(times, 0.5)} ms, p99${at(times, 0.99)} ms, statuses ${JSON.stringify([...statuses])}`,
);
await stop();
await app.close();
await incidents.close();
await hunting.close();
await access.close();
await db.close();
