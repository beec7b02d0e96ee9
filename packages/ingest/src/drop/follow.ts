import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { readDocuments } from '../formats/index.ts';
import { Expansion, packingOf, unpacked } from '../formats/unpack.ts';
import type { ExactAppender } from '../intake/exact.ts';
import { takeFile } from '../intake/intake.ts';
import type { Ledger } from '../intake/ledger.ts';
import { type DropState, indexOf } from './collect.ts';
import { filesIn, type SeenFile } from './files.ts';
import type { DropSettings } from './settings.ts';
import { type TailEnd, tail } from './tail.ts';

const POLL_MS = 1_000;
const IDLE_MS = 250;
/** Files that are open at once. */
const MAX_OPEN = 256;
/** The beginning of a file that tells it from others, also after it was copied or packed. */
const PRINT_BYTES = 1_024;
/** Positions of files that are gone are kept so long, for copies that turn up later. */
const FORGET_MS = 30 * 86_400_000;

/**
 * Logs that grow are read where they are. A file that is renamed is the same file; one that is copied or packed in the
 * course of its rotation is known by its first 1,024 bytes and goes on where the original was. Runs until the signal.
 */
export async function follow(
  settings: DropSettings,
  ledger: Ledger,
  appender: ExactAppender,
  state: DropState,
  signal: AbortSignal,
): Promise<void> {
  const open = new Map<string, Promise<void>>();
  let names = new Map<string, string>();
  while (!signal.aborted) {
    const files = await filesIn(settings.folder, settings.takes, []);
    names = new Map(files.map((file) => [file.name, file.identity]));
    state.counters.waiting = Math.max(0, files.length - MAX_OPEN);
    for (const file of files) {
      const key = file.identity;
      const position = ledger.get(key);
      if (open.has(key) || open.size >= MAX_OPEN || file.size === 0) continue;
      if (position.finished && position.note?.size === file.size) continue;
      const print = await fingerprint(file);
      if (position.note?.print !== undefined && print !== null && position.note.print !== print) {
        // The inode was given to another file.
        ledger.delete(key);
      }
      if (!ledger.has(key) && print !== null && !(await adopt(ledger, key, print, open))) continue;
      const taken = one(
        file,
        print,
        settings,
        ledger,
        appender,
        state,
        signal,
        (name) => names.get(name) !== key,
      ).catch((error: unknown) => {
        if (!signal.aborted) state.problem = error instanceof Error ? error.message : String(error);
      });
      open.set(key, taken);
      void taken.finally(() => open.delete(key));
    }
    forget(ledger, new Set(files.map((file) => file.identity)));
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(open.values());
  await ledger.save();
}

/**
 * A file that is new here may be a copy of one that is known. False when it has to wait until that one has come to its
 * end, because only then it is clear how much of it was read.
 */
async function adopt(ledger: Ledger, key: string, print: string, open: ReadonlyMap<string, unknown>): Promise<boolean> {
  for (const other of ledger.keys()) {
    const position = ledger.get(other);
    if (other === key || position.note?.print !== print) continue;
    if (open.has(other)) return false;
    ledger.set(key, { ...position, finished: false, at: Date.now(), note: { print } });
    if (position.note?.retired) ledger.delete(other);
    await ledger.save();
    return true;
  }
  return true;
}

async function one(
  file: SeenFile,
  print: string | null,
  settings: DropSettings,
  ledger: Ledger,
  appender: ExactAppender,
  state: DropState,
  signal: AbortSignal,
  movedFrom: (name: string) => boolean,
): Promise<void> {
  const key = file.identity;
  const before = ledger.get(key);
  const packed = packingOf(await head(file.path)) !== null;
  let end = 'rotated' as TailEnd;
  const handle = await open(file.path, 'r');
  try {
    const info = await handle.stat({ bigint: true });
    if (`${info.dev}:${info.ino}` !== key) return;
    ledger.set(key, {
      ...before,
      finished: false,
      at: Date.now(),
      note: { ...(print === null ? {} : { print }), name: file.name },
    });
    const stream = packed
      ? undefined
      : Readable.from(
          tail(
            handle,
            () => movedFrom(file.name),
            settings.settleMs,
            signal,
            (why) => {
              end = why;
            },
          ),
          { objectMode: false },
        );
    const counted = { events: before.events, problems: before.problems };
    const watch = setInterval(() => {
      const now = ledger.get(key);
      state.counters.events += now.events - counted.events;
      state.counters.problems += now.problems - counted.problems;
      counted.events = now.events;
      counted.problems = now.problems;
      // A file that was too short to be known by its beginning may be long enough now.
      if (now.note?.print === undefined)
        void fingerprint(file).then((found) => {
          if (found !== null && ledger.has(key))
            ledger.set(key, { ...ledger.get(key), note: { ...ledger.get(key).note, print: found } });
        });
    }, 500);
    try {
      const found = readDocuments(file.path, () => undefined, { name: file.name, ...(stream ? { stream } : {}) });
      await takeFile(found, key, indexOf(file.name), ledger, appender, IDLE_MS);
    } finally {
      clearInterval(watch);
      const now = ledger.get(key);
      state.counters.events += now.events - counted.events;
      state.counters.problems += now.problems - counted.problems;
      stream?.destroy();
    }
    const position = ledger.get(key);
    state.counters.files++;
    if (end === 'truncated') {
      // Cut after it was copied: the copy goes on at this position, this file begins anew.
      const known = position.note?.print;
      ledger.delete(key);
      if (known !== undefined)
        ledger.set(`cut ${known}`, {
          ...position,
          finished: true,
          at: Date.now(),
          note: { print: known, retired: true },
        });
    } else
      ledger.set(key, {
        ...position,
        finished: true,
        at: Date.now(),
        note: { ...position.note, size: Number((await handle.stat()).size) },
      });
    await ledger.save();
  } finally {
    await handle.close();
  }
}

async function head(path: string): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Hash of the first bytes of a file, unpacked; null when it has fewer. */
async function fingerprint(file: SeenFile): Promise<string | null> {
  try {
    const packing = packingOf(await head(file.path));
    const raw = createReadStream(file.path);
    const stream = packing ? unpacked(raw, packing, new Expansion(file.size), () => undefined) : raw;
    const parts: Buffer[] = [];
    let size = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      parts.push(chunk);
      size += chunk.length;
      if (size >= PRINT_BYTES) break;
    }
    raw.destroy();
    if (size < PRINT_BYTES) return null;
    return createHash('sha256').update(Buffer.concat(parts).subarray(0, PRINT_BYTES)).digest('hex');
  } catch {
    return null;
  }
}

function forget(ledger: Ledger, present: ReadonlySet<string>): void {
  const limit = Date.now() - FORGET_MS;
  for (const key of ledger.keys()) if (!present.has(key) && ledger.get(key).at < limit) ledger.delete(key);
}
