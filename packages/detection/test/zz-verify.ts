import { execSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openIngest } from '@parapet/ingest';
import { openEmbeddedStore } from '@parapet/store';
import { createDetection } from '../src/index.ts';
import { settle } from './correlation-model.ts';
import { localHunting } from './zz-local-hunting.ts';

const dir = mkdtempSync('/tmp/scratch/verify-');
const log: any = {
  info: () => {},
  warn: (o: any, m: string) => console.log('WARN', m, JSON.stringify(o).slice(0, 300), o?.err?.message ?? ''),
  error: (o: any, m: string) => console.log('ERROR', m, o?.err?.message ?? '', JSON.stringify(o).slice(0, 300)),
};
const store = await openEmbeddedStore({ dataDir: dir });
const hunting = localHunting(store);
const ingest = await openIngest({
  store,
  dataDir: join(dir, 'ingest'),
  connectorsDir: '/work/main/content/connectors',
  authenticate: async () => null,
  log,
});
let drafts: any[] = [];
const detection = await createDetection({
  hunting,
  store,
  contentDir: '/work/main/content/detections',
  log,
  sink: {
    accept: async (d) => {
      drafts.push(...d);
      return { created: d.length, repeated: 0 };
    },
  },
});
let busy: Promise<void> = Promise.resolve();
let worst = 0;
ingest.onCommitted((b) => {
  if (process.env.TABLES) console.log(JSON.stringify(b));
  busy = Promise.all([
    busy,
    (async () => {
      const t = performance.now();
      await detection.onBatch(b);
      worst = Math.max(worst, performance.now() - t);
    })(),
  ]).then(() => {});
});
async function feed(name: string, files: { name: string; docs: string[] }[]) {
  drafts = [];
  worst = 0;
  const t0 = Date.now();
  let n = 0;
  for (const f of files)
    for (let i = 0; i < f.docs.length; i += 5000) {
      await ingest.append({ id: 'k', name: 'verify' }, 'idx', f.docs.slice(i, i + 5000));
      n += Math.min(5000, f.docs.length - i);
    }
  await ingest.idle();
  const t1 = Date.now();
  await new Promise((r) => setTimeout(r, 50));
  await busy;
  await detection.settle();
  await busy;
  console.log(
    `\n=== ${name}: ${n} events, ingest ${t1 - t0} ms, detect +${Date.now() - t1} ms, slowest batch ${Math.round(worst)} ms -> ${drafts.length} alerts`,
  );
  const byTitle = new Map<string, number>();
  for (const d of drafts) {
    const k = `${d.severity} ${d.category} | ${d.title} | ${d.evidence
      .filter((e: any) => ['device', 'user', 'cloudIdentity', 'ip'].includes(e.type))
      .map((e: any) => `${e.type}:${e.label}(${e.roles})`)
      .slice(0, 8)
      .join(' ')}`;
    byTitle.set(k, (byTitle.get(k) ?? 0) + 1);
  }
  for (const [k, v] of byTitle) console.log(`  ${v}x ${k.slice(0, 330)}`);
  if (process.env.ROWS)
    for (const d of drafts) console.log('   ', d.title, JSON.stringify(d.events[0]?.row).slice(0, 700));
  const inc = settle(drafts.map((d, i) => ({ ...d, id: String(i) })));
  console.log('  incidents:', inc.length, inc.map((x) => x.alerts.length).join(','));
  if (process.env.INC)
    for (const x of inc) {
      console.log('   --');
      for (const a of x.alerts)
        console.log(
          '      ',
          a.firstActivity,
          a.category,
          a.title,
          a.evidence
            .filter((e: any) => e.type === 'device')
            .map((e: any) => e.label + '(' + e.roles + ')')
            .join(','),
        );
    }
}
const lines = (b: Buffer) =>
  b
    .toString('utf8')
    .split(/\r?\n/)
    .filter((l) => l.trim().startsWith('{'));
const unpack = (p: string): Buffer =>
  p.endsWith('.zip')
    ? execSync(`unzip -p '${p}'`, { maxBuffer: 1 << 30 })
    : p.endsWith('.tar.gz')
      ? execSync(`tar xzOf '${p}'`, { maxBuffer: 1 << 30 })
      : gunzipSync(readFileSync(p));
const D = '/work/shared/data/';
for (const arg of process.argv.slice(2)) {
  if (arg === 'aws') {
    const docs: string[] = [];
    for (const f of readdirSync('/tmp/scratch/aws'))
      for (const r of JSON.parse(readFileSync(join('/tmp/scratch/aws', f), 'utf8')).Records)
        docs.push(JSON.stringify(r));
    await feed('aws', [{ name: 'aws', docs }]);
  } else await feed(arg, [{ name: arg, docs: lines(unpack(D + arg)) }]);
}
console.log(JSON.stringify(ingest.metrics()));
console.log(ingest.connectorProblems());
await detection.close();
await ingest.close();
await store.close();
