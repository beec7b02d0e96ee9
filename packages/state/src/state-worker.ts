/** The thread that runs PostgreSQL. One request at a time, in the order received. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite, type PGliteOptions, types } from '@electric-sql/pglite';
import { DurableNodeFS, durableStartParams, startParams } from './durable-fs.ts';
import type { Reply, Request, WireError, WorkerMessage, WorkerSettings } from './protocol.ts';
import { storableJson } from './values.ts';

const port = parentPort;
if (!port) throw new Error('state-worker runs as a worker thread only');
const send = (message: WorkerMessage): void => port.postMessage(message);

const shared: PGliteOptions = {
  serializers: { [types.JSON]: storableJson, [types.JSONB]: storableJson },
};

/** Open the folder, creating the database in it when there is none. */
async function open(settings: WorkerSettings): Promise<{ db: PGlite; created: boolean }> {
  const template = settings.templatePath ? { loadDataDir: new Blob([readFileSync(settings.templatePath)]) } : {};
  if (settings.dataDir === 'memory://') {
    return { db: await PGlite.create({ ...shared, ...template, startParams, dataDir: 'memory://' }), created: true };
  }
  // Creation copies about a thousand files. The marker stands beside the folder until they are all on disk, so an
  // interrupted creation is started over instead of being opened half-made. Nothing can have been committed by then.
  const marker = `${settings.dataDir}.creating`;
  if (existsSync(marker)) rmSync(settings.dataDir, { recursive: true, force: true });
  const created = !existsSync(join(settings.dataDir, 'PG_VERSION'));
  if (created) writeFileSync(marker, 'The state database is being created; this file goes away when it is complete.\n');
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 });
  const db = await PGlite.create({
    ...shared,
    ...(created ? template : {}),
    fs: new DurableNodeFS(settings.dataDir),
    startParams: durableStartParams,
  });
  if (created) {
    await syncTree(settings.dataDir);
    rmSync(marker);
  }
  return { db, created };
}

/** Flush a folder and all in it. Several at a time, because the disk then writes them together: five times quicker. */
async function syncTree(folder: string): Promise<void> {
  const paths = [folder];
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() || entry.isDirectory()) paths.push(join(entry.parentPath, entry.name));
  }
  const next = async (): Promise<void> => {
    for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
      const file = await openFile(path, 'r');
      await file.sync().finally(() => file.close());
    }
  };
  await Promise.all(Array.from({ length: 8 }, next));
}

function toWireError(error: unknown): WireError {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code, constraint, detail, table } = error as Error & Partial<Record<keyof WireError, unknown>>;
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  return {
    message: error.message,
    code: text(code),
    constraint: text(constraint),
    detail: text(detail),
    table: text(table),
  };
}

/** A trap or an exit inside the engine leaves its memory undefined: only a new thread is safe. */
function isFatal(error: unknown): boolean {
  return error instanceof Error && (error.name === 'RuntimeError' || error.name === 'ExitStatus');
}

async function answer(db: PGlite, request: Request): Promise<Reply> {
  switch (request.op) {
    case 'query':
      return { id: request.id, rows: (await db.query(request.sql, [...request.params])).rows };
    case 'exec':
      await db.exec(request.sql);
      return { id: request.id, rows: [] };
    case 'close':
      await db.close();
      return { id: request.id, rows: [] };
  }
}

async function main(): Promise<void> {
  const started = performance.now();
  let db: PGlite;
  try {
    const opened = await open(workerData as WorkerSettings);
    db = opened.db;
    send({ kind: 'ready', openedInMs: Math.round(performance.now() - started), created: opened.created });
  } catch (error) {
    send({ kind: 'failed', error: toWireError(error) });
    return;
  }
  let tail: Promise<void> = Promise.resolve();
  port?.on('message', (request: Request) => {
    tail = tail.then(async () => {
      try {
        send({ kind: 'reply', reply: await answer(db, request) });
      } catch (error) {
        if (isFatal(error)) throw error;
        send({ kind: 'reply', reply: { id: request.id, error: toWireError(error) } });
      }
      if (request.op === 'close') port?.close();
    });
  });
}

await main();
