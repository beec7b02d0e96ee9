import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { correlate, correlationKeys, createDetection, detectionMigrations, incidentName } from '@parapet/detection';
import { openIngest } from '@parapet/ingest';
import { test } from 'vitest';
import { openWorld } from './support.ts';

test('real', async () => {
  const world = await openWorld({ telemetry: true });
  await world.db.migrate(detectionMigrations);
  const log = {
    info() {},
    warn: (...a: unknown[]) => console.warn(...a),
    error: (...a: unknown[]) => console.error(...a),
  };
  const detection = await createDetection({
    hunting: world.hunting,
    store: world.store,
    state: world.db,
    contentDir: '/work/main/content/detections',
    sink: world.incidents,
    log,
  } as never);
  const ingest = await openIngest({
    store: world.store,
    dataDir: mkdtempSync(join(tmpdir(), 'ing-')),
    connectorsDir: '/work/main/content/connectors',
    authenticate: async () => null,
    log,
  } as never);
  ingest.onCommitted((b) => (detection as any).onBatch(b));
  const docs = process.env.ZIP!.split(',').flatMap((zip) => { const text = execFileSync('unzip', ['-p', zip], { maxBuffer: 2 ** 30 }).toString('utf8').trim(); const all: string[] = []; for (const l of text.split('\n')) { const x = l.trim(); if (x.startsWith('{')) { try { const o = JSON.parse(x); if (o.Records) all.push(...o.Records.map((r: unknown) => JSON.stringify(r))); else all.push(x); } catch { /* */ } } } if (all.length < 2) { try { const o = JSON.parse(text); for (const r of (o.Records ?? o)) all.push(JSON.stringify(r)); } catch (e) { console.info('cannot', zip, String(e).slice(0, 100)); } } console.info(zip, all.length); return all; });
  const t = performance.now();
  for (let i = 0; i < docs.length; i += 5000)
    await ingest.append({ id: 's', name: 's' }, 'winlogbeat', docs.slice(i, i + 5000));
  await ingest.idle();
  await (detection as any).settle();
  await world.incidents.idle();
  console.info(docs.length, 'events', Math.round(performance.now() - t), 'ms');
  const time = async (path: string) => {
    const s = performance.now();
    const r = await world.get<any>(path);
    console.info(Math.round(performance.now() - s), 'ms', path);
    return r;
  };
  const list = await time('/api/incidents?status=active&sort=-priorityScore');
  for (const i of list.items)
    console.info(
      i.id,
      i.name,
      i.severity,
      i.priorityScore,
      i.totalAlerts,
      i.impactedAssets.map((a: any) => a.label).join(','),
    );
  for (const i of list.items.slice(0, 2)) {
    const d = await time(`/api/incidents/${i.id}`);
    console.info(d.priorityTerms);
    const story = await time(`/api/incidents/${i.id}/graph`);
    console.info('nodes', story.nodes.length, 'edges', story.edges.length);
    const label = new Map(story.nodes.map((n: any) => [n.id, n.label]));
    for (const e of story.edges.slice(0, 40)) console.info('  ', label.get(e.source), e.label, label.get(e.target));
    for (const s of story.steps) console.info('  #', s.time, s.narrative);
    const alerts = await time(`/api/incidents/${i.id}/alerts`);
    for (const a of alerts.items.slice(0, 6)) {
      const tree = await time(`/api/alerts/${a.id}/process-tree`);
      console.info(a.title, '|', a.mergeReason.text);
      const show = (n: any, d: number): void => {
        console.info(
          '   '.repeat(d) +
            `${n.highlighted ? '*' : ''}${n.fileName} (${n.processId}) ${n.creationTime} [${n.alerts.length}] ${n.activity.map((x: any) => `${x.table}/${x.actionType}:${x.count}`).join(' ')}`,
        );
        n.children.slice(0, 8).forEach((c: any) => show(c, d + 1));
      };
      for (const r of tree.roots) show(r, 1);
      console.info('   gaps', tree.gaps, 'events', tree.events.length);
    }
  }
  const devices = await time('/api/devices');
  console.info(
    devices.items.map(
      (x: any) => `${x.name} ${x.osPlatform} ${x.riskLevel} ${x.openAlerts} ${x.ips} ${x.loggedOnUsers}`,
    ),
  );
  for (const dev of devices.items.slice(0, 2)) {
    const tl = await time(`/api/devices/${dev.id}/timeline?limit=200`);
    console.info(
      tl.total,
      tl.histogram.length,
      tl.items.slice(0, 5).map((x: any) => x.title),
    );
    await time(`/api/devices/${dev.id}`);
  }
  const home = await time('/api/home');
  console.info(JSON.stringify(home.incidents.active), JSON.stringify(home.ingestion));
  const s = await time('/api/search?q=power');
  console.info(JSON.stringify(s.groups.map((g: any) => [g.group, g.items.map((x: any) => x.label)])));
  await time('/api/search?q=mimik');
  await time('/api/search?q=172.18');
  // Exactness of links.
  const tl = await world.get<any>(`/api/devices/${devices.items[0].id}/timeline?limit=25`);
  let bad = 0;
  for (const e of tl.items) {
    const n = (await world.hunting.run(e.huntingQuery)).rows.length;
    if (n !== 1) {
      bad++;
      console.info(n, e.huntingQuery);
    }
  }
  console.info('bad links', bad);
  await ingest.close();
  await (detection as any).close();
  await world.close();
}, 600_000);
