/**
 * Kill -9 under load, again and again: server and engine together, the engine alone, the server alone, at random moments.
 * Events of two connectors come over `_bulk` and the HTTP Event Collector with acknowledgement. Then every event is looked
 * for by its content.
 *
 *     npx tsx packages/ingest/bench/durability.ts [--kills 100] [--seed 1] [--senders 3]
 *
 * Ends with exit code 1 when an acknowledged event is missing or any event is stored twice.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { connectorsOf, eventOf, judge, killServer, kindOf, seeded, startServer, stopProcess } from './crash/world.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    senders: { type: 'string', default: '3' },
  },
});
const kills = Number(values.kills);
const dir = mkdtempSync(join(tmpdir(), 'parapet-durability-'));
const connectorsDir = connectorsOf(dir, ['aws', 'microsoft']);
const random = seeded(Number(values.seed));

const acknowledged = new Set<string>();
/** Events whose acknowledgement of the collector turned true: their rows answered queries then. */
const confirmed = new Set<string>();
let next = 0;
let url = '';
let stopped = false;

function newIds(): string[] {
  return Array.from({ length: 1 + Math.floor(random() * 40) }, () => `${random() < 0.5 ? 'aws' : 'windows'}-${next++}`);
}
const filler = 'x'.repeat(200);
const post = (path: string, body: string): Promise<Response | null> =>
  fetch(`${url}${path}`, {
    method: 'POST',
    body,
    headers: { authorization: 'Splunk x', 'content-type': 'application/x-ndjson' },
  }).catch(() => null);

async function bulkSender(): Promise<void> {
  while (!stopped) {
    const ids = newIds();
    const answer = await post(
      '/_bulk',
      ids.map((id) => `{"create":{}}\n${eventOf(id, kindOf(id), filler)}\n`).join(''),
    );
    if (answer?.status === 200) for (const id of ids) acknowledged.add(id);
    else await sleep(20);
    await answer?.arrayBuffer().catch(() => undefined);
    await sleep(2);
  }
}

/** Sends, and asks for its acknowledgements. What the server forgot when it was killed stays unconfirmed. */
async function collectorSender(): Promise<void> {
  const channel = randomUUID();
  let open = new Map<number, readonly string[]>();
  let server = url;
  while (!stopped) {
    if (server !== url) {
      server = url;
      open = new Map();
    }
    const ids = newIds();
    const answer = await post(
      `/services/collector?channel=${channel}`,
      ids.map((id) => `{"event":${eventOf(id, kindOf(id), filler)}}`).join(''),
    );
    const said = (await answer?.json().catch(() => null)) as { ackId?: number } | null;
    if (answer?.status === 200) {
      for (const id of ids) acknowledged.add(id);
      if (said?.ackId !== undefined && server === url) open.set(said.ackId, ids);
    } else await sleep(20);
    const asked = await post(
      `/services/collector/ack?channel=${channel}`,
      JSON.stringify({ acks: [...open.keys()].slice(0, 500) }),
    );
    const told = (await asked?.json().catch(() => null)) as { acks?: Record<string, boolean> } | null;
    if (server === url)
      for (const [id, done] of Object.entries(told?.acks ?? {}))
        if (done) {
          for (const event of open.get(Number(id)) ?? []) confirmed.add(event);
          open.delete(Number(id));
        }
    await sleep(2);
  }
}

const started = Date.now();
let running = await startServer(dir, connectorsDir);
url = running.url;
const senders = [...Array.from({ length: Number(values.senders) }, bulkSender), collectorSender()];
const how = { both: 0, engine: 0, server: 0 };
for (let kill = 1; kill <= kills; kill++) {
  await sleep(30 + random() * 1_500);
  const chance = random();
  const engine = await Promise.race([running.engine(), sleep(2_000, 0)]);
  if (chance < 0.4) {
    how.engine++;
    stopProcess(engine);
  } else {
    const gone = killServer(running);
    if (chance < 0.8) {
      how.both++;
      stopProcess(engine);
    } else how.server++;
    await gone;
    running = await startServer(dir, connectorsDir);
    url = running.url;
  }
  if (kill % 10 === 0)
    console.log(
      `${kill} kills, ${acknowledged.size} events acknowledged, ${Math.round((Date.now() - started) / 1000)} s`,
    );
}
stopped = true;
await Promise.all(senders);
await killServer(running);

const { report, bad } = await judge(dir, connectorsDir, acknowledged);
console.log(
  JSON.stringify(
    {
      kills,
      how,
      acknowledged: acknowledged.size,
      confirmedByCollector: confirmed.size,
      confirmedButNotAcknowledged: [...confirmed].filter((id) => !acknowledged.has(id)).length,
      seconds: Math.round((Date.now() - started) / 1000),
      ...report,
    },
    null,
    2,
  ),
);
if (bad === 0) rmSync(dir, { recursive: true, force: true });
else console.log(`kept for a look: ${dir}`);
process.exit(bad === 0 ? 0 : 1);
