import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import type { Job, SigmaCheck, SigmaImported } from '@parapet/schema';
import { openTestState } from '@parapet/state/testing';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDetection, type Detection, detectionMigrations, registerSigma } from '../src/index.ts';
import type { AlertDraft } from '../src/types.ts';
import { openTestEngine } from './harness.ts';

const SIGMA_DIR = fileURLToPath(new URL('../../../content/sigma', import.meta.url));
const uuid = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
const sigmaRule = (index: number, command: string, title = `Sigma rule ${index}`): string =>
  `title: ${title}\nid: ${uuid(index)}\nlevel: high\ntags: [attack.execution, attack.t1059]\nlogsource: { product: windows, category: process_creation }\ndetection:\n  sel: { CommandLine|contains: ${command} }\n  condition: sel\n`;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

let engine: Awaited<ReturnType<typeof openTestEngine>>;
let state: Awaited<ReturnType<typeof openTestState>>;
let detection: Detection;
let app: FastifyInstance;
const alerts: AlertDraft[] = [];
const audited: string[] = [];
const jobs = new Map<string, unknown>();

beforeAll(async () => {
  [engine, state] = await Promise.all([openTestEngine(), openTestState(detectionMigrations)]);
  detection = await createDetection({
    hunting: engine.hunting,
    store: engine.store,
    state,
    contentDir: mkdtempSync(join(tmpdir(), 'parapet-no-rules-')),
    sink: {
      accept: async (drafts) => {
        alerts.push(...drafts);
        return { created: drafts.length, repeated: 0 };
      },
    },
    audit: async ({ action }) => void audited.push(action),
    log: quiet,
  });
  app = Fastify();
  app.decorateRequest('principal', { getter: () => ({ username: 'ada' }) } as never);
  await registerSigma(app, {
    hunting: engine.hunting,
    rules: detection.service,
    names: async () => new Map((await detection.list()).map(({ id, title }) => [id, title])),
    contentDir: SIGMA_DIR,
    jobs: {
      async start(kind, title, createdBy, work) {
        const id = String(jobs.size);
        jobs.set(id, await work({ signal: new AbortController().signal, progress: () => undefined }));
        return { id, kind, title, createdBy } as unknown as Job;
      },
    },
  });
});
afterAll(async () => {
  await app?.close();
  await detection?.close();
  await engine?.close();
  await state?.close();
});

const check = async (payload: Buffer | object, type = 'application/json'): Promise<SigmaCheck> => {
  const response = await app.inject({
    method: 'POST',
    url: '/api/detections/sigma/check',
    payload: payload as object,
    headers: { 'content-type': type },
  });
  expect(response.statusCode, response.body).toBe(202);
  return jobs.get(response.json<Job>().id) as SigmaCheck;
};
const files = (...texts: string[]) => ({ files: texts.map((text, index) => ({ name: `${index}.yml`, text })) });
const apply = async (id: string, body: object): Promise<SigmaImported> => {
  const response = await app.inject({
    method: 'POST',
    url: `/api/detections/sigma/checks/${id}/import`,
    payload: body,
  });
  expect(response.statusCode, response.body).toBe(202);
  return jobs.get(response.json<Job>().id) as SigmaImported;
};

/** A zip archive with these files, every second one stored as it is. */
function zip(entries: readonly (readonly [name: string, text: string])[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [index, [name, text]] of entries.entries()) {
    const content = Buffer.from(text);
    const packed = index % 2 ? content : deflateRawSync(content);
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(index % 2 ? 0 : 8, 8);
    head.writeUInt32LE(packed.length, 18);
    head.writeUInt32LE(content.length, 22);
    head.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(index % 2 ? 0 : 8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(content.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    locals.push(head, Buffer.from(name), packed);
    central.push(entry, Buffer.from(name));
    offset += 30 + name.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...central, end]);
}

describe('the import of Sigma rules', () => {
  it('checks first, stores on demand, and the rules alert on rows that arrive', async () => {
    const found = await check(
      files(sigmaRule(1, 'evil-one'), sigmaRule(2, 'evil-two', 'Sigma rule 1'), 'title: broken\n'),
    );
    expect(found).toMatchObject({ documents: 3, translated: 2, warnings: 0, refused: 1, rules: 2, by: 'ada' });
    expect(await detection.list()).toEqual([]);
    const listed = await app.inject(`/api/detections/sigma/checks/${found.id}/results?status=refused`);
    expect(listed.json()).toMatchObject({ total: 1, items: [{ title: 'broken', status: 'refused', index: 2 }] });
    const detail = await app.inject(`/api/detections/sigma/checks/${found.id}/results/0`);
    expect(detail.json()).toMatchObject({ source: sigmaRule(1, 'evil-one') });
    expect(detail.json<{ query: string }>().query).toContain('ProcessCommandLine contains "evil-one"');
    expect(await apply(found.id, { state: 'on' })).toEqual({ created: 2, updated: 0, unchanged: 0, failed: [] });
    expect((await detection.list()).map(({ title }) => title).sort()).toEqual([
      'Sigma rule 1',
      `Sigma rule 1 (${uuid(2).slice(0, 8)})`,
    ]);
    await engine.store.insertRows('DeviceProcessEvents', [
      {
        Timestamp: new Date().toISOString(),
        ReportId: 1,
        DeviceId: 'd',
        DeviceName: 'pc',
        ActionType: 'ProcessCreated',
        FolderPath: 'C:\\a.exe',
        FileName: 'a.exe',
        ProcessCommandLine: 'a EVIL-ONE',
        ProcessId: 5,
        _Batch: 7,
      },
    ]);
    await detection.onBatch({
      batch: 7,
      receivedAt: new Date().toISOString(),
      tables: { DeviceProcessEvents: 1 },
      acknowledgedAt: Date.now(),
    });
    await detection.settle();
    expect(alerts.map(({ ruleId, title, severity, category }) => [ruleId, title, severity, category])).toEqual([
      [uuid(1), 'Sigma rule 1', 'high', 'Execution'],
    ]);
    expect(audited).toEqual(['detection.imported']);
  });

  it('updates in place: exclusions and what was switched survive, the Sigma text is kept', async () => {
    await detection.service.saveExclusion(
      uuid(1),
      { name: 'ours', conditions: [{ column: 'DeviceName', operator: 'equals', values: ['pc'] }], reason: 'known' },
      { username: 'ada' },
    );
    await detection.setEnabled(uuid(2), false, { username: 'ada' });
    const same = await check(files(sigmaRule(1, 'evil-one'), sigmaRule(2, 'evil-two', 'Sigma rule 1')));
    expect(await apply(same.id, { state: 'on' })).toMatchObject({ created: 0, updated: 0, unchanged: 2 });
    const next = await check(files(sigmaRule(1, 'evil-1'), sigmaRule(2, 'evil-2', 'Sigma rule 1'), sigmaRule(3, 'x')));
    expect(await apply(next.id, { state: 'shadow', ids: [uuid(1), uuid(2)] })).toMatchObject({
      created: 0,
      updated: 2,
      unchanged: 0,
    });
    expect(detection.service.exclusions(uuid(1)).map(({ name }) => name)).toEqual(['ours']);
    expect(await detection.get(uuid(2))).toMatchObject({ enabled: false, version: 2, shadow: false });
    expect(detection.service.textOf(uuid(1))).toContain('CommandLine|contains: evil-1');
    expect(await detection.get(uuid(3))).toBeUndefined();
  });

  it('reads zip archives and refuses what is none', async () => {
    const archive = zip([
      ['rules/a.yml', sigmaRule(10, 'a')],
      ['rules/b.yaml', sigmaRule(11, 'b')],
      ['README.md', 'x'],
      ['big.yml', `#${'x'.repeat(1_100_000)}`],
    ]);
    expect(await check(archive, 'application/zip')).toMatchObject({ documents: 3, translated: 2, refused: 1 });
    for (const bad of [Buffer.from('no zip'), archive.subarray(100), zip([['a.txt', 'x']])]) {
      const response = await app.inject({
        method: 'POST',
        url: '/api/detections/sigma/check',
        payload: bad,
        headers: { 'content-type': 'application/zip' },
      });
      expect(response.statusCode).toBeGreaterThanOrEqual(400);
    }
    expect(
      (await app.inject({ method: 'POST', url: '/api/detections/sigma/checks/none/import', payload: { state: 'on' } }))
        .statusCode,
    ).toBe(404);
  });
});
