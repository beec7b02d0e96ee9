/**
 * What a machine runs out of: the disk under everything, and memory for the engine.
 *
 *     npx tsx packages/ingest/bench/trouble.ts disk      a file system of its own, in memory, that is filled up
 *     npx tsx packages/ingest/bench/trouble.ts memory    the engine in a control group too small for it, as root
 *
 * Both need Linux: `unshare` with user namespaces, and control groups (version 1) for memory. Ends with exit code 1 when
 * an acknowledged event is missing, any is stored twice, or the server does not take events again.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  connectorsOf,
  eventOf,
  judge,
  killServer,
  kindOf,
  type Running,
  startServer,
  stopProcess,
} from './crash/world.ts';

const what = process.argv[2];
const dir = process.argv[3] ?? mkdtempSync(join(tmpdir(), 'parapet-trouble-'));
const SIZE = '900m';
if (what === 'disk' && process.argv[3] === undefined) {
  // Again, in a mount namespace of its own.
  const again = [...process.execArgv, process.argv[1] ?? '', 'disk', dir];
  const script = `mount -t tmpfs -o size=${SIZE} tmpfs "$0" && exec "$@"`;
  const done = spawnSync('unshare', ['-rm', 'sh', '-c', script, dir, process.execPath, ...again], { stdio: 'inherit' });
  rmSync(dir, { recursive: true, force: true });
  process.exit(done.status ?? 1);
}
if (what !== 'disk' && what !== 'memory') {
  console.error('usage: trouble.ts disk|memory');
  process.exit(2);
}

const connectorsDir = connectorsOf(dir, ['aws', 'microsoft']);
const acknowledged = new Set<string>();
const refusals = new Map<string, number>();
let next = 0;

/** One request of twenty events that cannot be packed; its status. */
async function send(url: string): Promise<number> {
  const ids = Array.from({ length: 20 }, () => `${next % 2 ? 'aws' : 'windows'}-${next++}`);
  const body = ids.map((id) => `{"create":{}}\n${eventOf(id, kindOf(id), randomBytes(8_000).toString('base64'))}\n`);
  const answer = await fetch(`${url}/_bulk`, {
    method: 'POST',
    body: body.join(''),
    headers: { 'content-type': 'application/x-ndjson' },
  }).catch(() => null);
  const text = (await answer?.text().catch(() => '')) ?? '';
  if (answer?.status === 200) for (const id of ids) acknowledged.add(id);
  else {
    const reason = `${answer?.status ?? 'no answer'}: ${/"reason":"([^"]{0,120})/.exec(text)?.[1] ?? text.slice(0, 120)}`;
    refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
  }
  return answer?.status ?? 0;
}

async function takesAgain(url: string, seconds: number): Promise<boolean> {
  for (let i = 0; i < seconds; i++) {
    if ((await send(url)) === 200) return true;
    await sleep(1_000);
  }
  return false;
}

const free = (): number => Math.round((statfsSync(dir).bavail * statfsSync(dir).bsize) / 2 ** 20);
let fine = true;
const say = (text: string): void => console.log(text);
let running: Running = await startServer(dir, connectorsDir);

if (what === 'disk') {
  const ballast = join(dir, 'ballast');
  const chunk = Buffer.alloc(2 ** 20);
  for (let left = free() - 120; left > 0; left--) writeFileSync(ballast, chunk, { flag: 'a' });
  say(`${free()} MB free`);
  for (let refused = 0, sent = 0; refused < 10 && sent < 5_000; sent++) {
    if ((await send(running.url)) === 200) refused = 0;
    else {
      refused++;
      await sleep(200);
    }
  }
  say(`full: ${free()} MB free, ${acknowledged.size} events acknowledged`);
  const engine = await running.engine();
  const gone = killServer(running);
  stopProcess(engine);
  await gone;
  // A start with the disk still full must either come up or say why, never harm what is stored.
  const early = await startServer(dir, connectorsDir, 20).catch((error: unknown) => String(error));
  say(typeof early === 'string' ? `start on the full disk: ${early}` : 'start on the full disk: came up');
  rmSync(ballast);
  running = typeof early === 'string' ? await startServer(dir, connectorsDir) : early;
  fine = await takesAgain(running.url, 60);
  say(`space again (${free()} MB): ${fine ? 'takes events' : 'DOES NOT TAKE EVENTS'}`);
} else {
  const group = '/sys/fs/cgroup/memory/parapet-trouble';
  mkdirSync(group, { recursive: true });
  const engine = await running.engine();
  const resident = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${engine}/status`, 'utf8'))?.[1]) * 1024;
  writeFileSync(join(group, 'memory.limit_in_bytes'), String(48 * 2 ** 20));
  writeFileSync(join(group, 'cgroup.procs'), String(engine));
  say(`engine ${engine} holds ${Math.round(resident / 2 ** 20)} MB and may have 48 MB more`);
  let successor = engine;
  for (let sent = 0; sent < 3_000 && successor === engine; sent++) {
    await send(running.url);
    if (sent % 20 === 0) successor = await running.engine();
  }
  say(`engine ${successor === engine ? 'STILL ALIVE' : `died and is ${successor} now`}`);
  const oom = readFileSync(join(group, 'memory.oom_control'), 'utf8');
  say(`kills for want of memory in its group: ${/oom_kill (\d+)/.exec(oom)?.[1] ?? 'unknown'}`);
  fine = successor !== engine && (await takesAgain(running.url, 60));
  rmdirSync(group);
}
await sleep(2_000);
const last = await running.engine();
const gone = killServer(running);
stopProcess(last);
await gone;
const { report, bad } = await judge(dir, connectorsDir, acknowledged);
console.log(
  JSON.stringify({ what, acknowledged: acknowledged.size, refusals: Object.fromEntries(refusals), ...report }, null, 2),
);
if (what === 'memory') rmSync(dir, { recursive: true, force: true });
process.exit(fine && bad === 0 ? 0 : 1);
