import { existsSync, readdirSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { UploadJob } from '@parapet/schema';
import type { StateDb } from '@parapet/state';
import { createSealer } from '@parapet/state';
import { openTestState } from '@parapet/state/testing';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SOURCE_KINDS } from '../src/sources/kinds.ts';
import { ingestMigrations } from '../src/sources/migrations.ts';
import { Receivers } from '../src/sources/receivers.ts';
import { SourceRegistry } from '../src/sources/registry.ts';
import { registerUploads } from '../src/upload/routes.ts';
import { until } from './receiver.ts';
import { type Laboratory, laboratory, silent } from './setup.ts';

let lab: Laboratory;
let db: StateDb;
let app: FastifyInstance;
let registry: SourceRegistry;
let receivers: Receivers;
let url: string;
const audited: string[] = [];

beforeAll(async () => {
  lab = await laboratory();
  db = await openTestState();
  await db.migrate(ingestMigrations);
  registry = await SourceRegistry.load(db, SOURCE_KINDS, createSealer(join(lab.dir, 'secret.key')));
  receivers = new Receivers(lab.ingest, registry, join(lab.dir, 'ingest'), silent);
  app = Fastify({ bodyLimit: 1_000 });
  app.decorateRequest('principal', { getter: () => ({ username: 'ada' }) } as never);
  registerUploads(app, {
    ingest: lab.ingest,
    registry,
    receivers,
    audit: async (_request, action, target, change) => {
      audited.push(`${action} ${target} ${(change.after as { name: string }).name}`);
    },
  });
  app.setErrorHandler((error: { status?: number; code?: string; message: string }, _request, reply) =>
    reply.code(error.status ?? 500).send({ code: error.code, message: error.message }),
  );
  url = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await receivers.close();
  await app.close();
  await db.close();
  await lab.close();
});

async function upload(name: string, body: string | Buffer, query = ''): Promise<{ status: number; job: UploadJob }> {
  const answer = await fetch(`${url}/api/ingest/uploads?name=${encodeURIComponent(name)}${query}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
  return { status: answer.status, job: (await answer.json()) as UploadJob };
}

async function finished(id: string): Promise<UploadJob> {
  let job: UploadJob | undefined;
  await until(async () => {
    job = (await (await fetch(`${url}/api/ingest/uploads/${id}`)).json()) as UploadJob;
    return job.finishedAt !== null;
  });
  return job as UploadJob;
}

it('takes a file of any kind, larger than other bodies may be, and tells what became of it', async () => {
  const lines = Array.from({ length: 2_000 }, (_, i) => (i === 999 ? '{broken' : `{"id":"upload-${i}"}`)).join('\n');
  const first = await upload('events.json.gz', gzipSync(lines));
  expect(first.status).toBe(202);
  expect(first.job).toMatchObject({ name: 'events.json.gz', by: 'ada', sourceId: 'portal-uploads' });
  const second = await upload('../../etc/a log', 'Mar  1 10:00:00 host app: x\n');
  const noise = await upload('noise.bin', Buffer.alloc(5_000));
  expect(await finished(first.job.id)).toMatchObject({
    state: 'done',
    events: 1_999,
    problems: 1,
    examples: [expect.stringContaining('events.json.gz:1000: ')],
  });
  expect(await finished(second.job.id)).toMatchObject({ state: 'done', events: 1, name: '.._.._etc_a log' });
  expect(await finished(noise.job.id)).toMatchObject({ state: 'failed', events: 0, problems: 1 });
  await lab.ingest.idle();
  const [counted] = await lab.query(
    "SELECT count(), uniqExact(RawEventData) FROM hunting.ParapetRawEvents WHERE SourceId = 'portal-uploads'",
  );
  expect(counted?.map(Number)).toEqual([2_000, 2_000]);
  expect(audited).toEqual([
    'source.upload source/portal-uploads events.json.gz',
    'source.upload source/portal-uploads .._.._etc_a log',
    'source.upload source/portal-uploads noise.bin',
  ]);
  const list = (await (await fetch(`${url}/api/ingest/uploads`)).json()) as { items: UploadJob[] };
  expect(list.items.map((job) => job.name)).toEqual(['noise.bin', '.._.._etc_a log', 'events.json.gz']);
  // Read files do not stay, and results outlive a restart of the receiver.
  const folder = join(lab.dir, 'ingest', 'sources', 'portal-uploads', 'queue');
  expect(readdirSync(folder)).toEqual([]);
  await registry.update('portal-uploads', { settings: { maxMegabytes: 1 } });
  await receivers.settled('portal-uploads');
  expect(await finished(first.job.id)).toMatchObject({ state: 'done', events: 1_999 });
});

it('refuses what is too large, broken off or has no place to go, and keeps nothing of it', async () => {
  const { status, job } = await upload('large', Buffer.alloc(2 ** 20 + 1, 0x61));
  expect([status, (job as unknown as { code: string }).code]).toEqual([413, 'upload_too_large']);
  // Without a length that says so beforehand.
  const chunks = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let i = 0; i < 20; i++) controller.enqueue(new Uint8Array(100_000).fill(97));
      controller.close();
    },
  });
  const streamed = await fetch(`${url}/api/ingest/uploads?name=streamed`, {
    method: 'POST',
    body: chunks,
    duplex: 'half',
  } as RequestInit).then(
    (answer) => answer.status,
    () => 413,
  );
  expect(streamed).toBe(413);
  await new Promise<void>((resolve) => {
    const broken = httpRequest(`${url}/api/ingest/uploads?name=broken`, {
      method: 'POST',
      headers: { 'content-length': 1_000, 'content-type': 'text/plain' },
    });
    broken.on('error', () => resolve());
    broken.on('close', () => resolve());
    broken.write('half of it');
    setTimeout(() => broken.destroy(), 300);
  });
  const folder = join(lab.dir, 'ingest', 'sources', 'portal-uploads', 'queue');
  await until(() => readdirSync(folder).length === 0);
  expect((await upload('x', 'x', '&source=nobody')).status).toBe(404);
  await registry.update('portal-uploads', { enabled: false });
  expect((await upload('x', 'x')).status).toBe(403);
  expect(existsSync(folder)).toBe(true);
});
