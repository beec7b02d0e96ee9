import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ParapetError } from '@parapet/schema';
import type { AdminAnswer, AdminRequest } from './admin.ts';

/** Names of sockets may not be longer than this on any system. */
const MAX_PATH = 100;
const MAX_BODY = 1024 * 1024;

/**
 * Where commands reach a running server: a socket in the data folder, which only its owner may enter. Long folders have
 * it in a private folder of the system's place for temporary files; a file in the data folder says where.
 */
function socketPath(dataDir: string): string {
  const inside = join(dataDir, 'control.sock');
  if (Buffer.byteLength(inside) <= MAX_PATH) return inside;
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 24);
  return join(tmpdir(), `parapet-${process.getuid?.() ?? 0}-${name}`, 'control.sock');
}

/** Take commands of whoever may enter the data folder. @returns the function that ends it */
export async function openControl(
  dataDir: string,
  run: (request: AdminRequest) => Promise<AdminAnswer>,
): Promise<() => Promise<void>> {
  if (process.platform === 'win32') return async () => undefined;
  const path = socketPath(dataDir);
  if (dirname(path) !== dataDir) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  rmSync(path, { force: true });
  const server = createServer((incoming, answer) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY) incoming.destroy();
      else chunks.push(chunk);
    });
    incoming.on('end', () => {
      void (async () => {
        try {
          return await run(JSON.parse(Buffer.concat(chunks).toString()) as AdminRequest);
        } catch (error) {
          if (error instanceof ParapetError)
            return { lines: [error.message, error.hint ?? ''].filter(Boolean), exit: 1 as const };
          return { lines: ['The command failed inside the server; its log says why.'], exit: 1 as const };
        }
      })().then((result) => {
        answer.setHeader('content-type', 'application/json');
        answer.end(JSON.stringify(result));
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  const note = join(dataDir, 'control.path');
  writeFileSync(note, path, { mode: 0o600 });
  return async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    rmSync(note, { force: true });
    rmSync(path, { force: true });
  };
}

/** Send a command to the server of a data folder. @returns undefined when none runs there */
export async function sendControl(dataDir: string, command: AdminRequest): Promise<AdminAnswer | undefined> {
  const note = join(dataDir, 'control.path');
  if (!existsSync(note)) return undefined;
  const socket = readFileSync(note, 'utf8').trim();
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: socket, method: 'POST', path: '/' }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString()) as AdminAnswer));
    });
    call.on('error', (error: NodeJS.ErrnoException) => {
      // Left behind by a server that was killed.
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
      else reject(error);
    });
    call.end(JSON.stringify(command));
  });
}
