import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readDocuments } from '../formats/index.ts';
import type { ExactAppender } from '../intake/exact.ts';
import { type FileResult, takeFile } from '../intake/intake.ts';
import type { Ledger } from '../intake/ledger.ts';
import { filesIn, type SeenFile, seenFile } from './files.ts';
import type { DropSettings } from './settings.ts';

export const DONE = 'done';
export const FAILED = 'failed';
const POLL_MS = 1_000;
const SWEEP_MS = 3_600_000;
const BLOCKED_MS = 60_000;

export interface DropCounters {
  files: number;
  failedFiles: number;
  events: number;
  problems: number;
  waiting: number;
}

export interface DropState {
  readonly counters: DropCounters;
  /** File at work; empty when there is none. */
  current: string;
  problem: string;
}

/**
 * Files that are put into a folder: each one is read when it has stopped growing, then moved to `done/`, or to `failed/`
 * when nothing of it could be used, with a text beside it that says why. Runs until the signal.
 */
export async function collect(
  settings: DropSettings,
  ledger: Ledger,
  appender: ExactAppender,
  state: DropState,
  signal: AbortSignal,
): Promise<void> {
  /** Size and time of files as they were seen first. */
  const seen = new Map<string, { readonly stamp: string; readonly since: number }>();
  /** Files that could not be handled, with the time at which they are tried again. */
  const blocked = new Map<string, number>();
  let swept = 0;
  while (!signal.aborted) {
    const files = await filesIn(settings.folder, settings.takes, [DONE, FAILED]);
    const names = new Set(files.map((file) => file.name));
    for (const name of seen.keys()) if (!names.has(name)) seen.delete(name);
    state.counters.waiting = files.length;
    for (const file of files) {
      if (signal.aborted) return;
      const stamp = `${file.identity} ${file.size} ${file.modified}`;
      const known = seen.get(file.name);
      const now = Date.now();
      if (known?.stamp !== stamp) seen.set(file.name, { stamp, since: now });
      // A file that was renamed in, or lay here before, has been quiet long enough already.
      const quiet = Math.max(known?.stamp === stamp ? now - known.since : 0, now - file.modified);
      if (quiet < settings.settleMs) continue;
      if ((blocked.get(file.name) ?? 0) > now) continue;
      state.current = file.name;
      try {
        if (await takeOne(settings.folder, file, ledger, appender, state)) seen.delete(file.name);
        else seen.set(file.name, { stamp: '', since: Date.now() });
        blocked.delete(file.name);
        if (blocked.size === 0) state.problem = '';
      } catch (error) {
        // What was being stored must be settled first; a file that cannot be moved only blocks itself.
        if (signal.aborted || ledger.open !== null) throw error;
        blocked.set(file.name, Date.now() + BLOCKED_MS);
        state.problem = `${file.name}: ${error instanceof Error ? error.message : String(error)}`;
      } finally {
        state.current = '';
      }
      state.counters.waiting--;
    }
    if (settings.keepMs !== null && Date.now() - swept > SWEEP_MS) {
      swept = Date.now();
      for (const folder of [DONE, FAILED]) await sweep(join(settings.folder, folder), Date.now() - settings.keepMs);
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Identity and time tell a file from a later one that got the same inode. */
const keyOf = (file: SeenFile): string => `${file.identity} ${file.name}`;

/** Read a file and move it away. False when it has grown meanwhile and is to be looked at again. */
export async function takeOne(
  folder: string,
  file: SeenFile,
  ledger: Ledger,
  appender: ExactAppender,
  state: DropState,
): Promise<boolean> {
  const key = keyOf(file);
  const before = ledger.get(key);
  let result: FileResult = { events: before.events, problems: before.problems, examples: [] };
  if (!before.finished) {
    result = await takeFile(
      readDocuments(file.path, () => undefined, { name: file.name }),
      key,
      indexOf(file.name),
      ledger,
      appender,
    );
    const after = await seenFile(folder, file.name);
    if (after && (after.size !== file.size || after.identity !== file.identity)) {
      await ledger.save();
      return false;
    }
    // From here on the file is stored, whether or not it can be moved.
    ledger.set(key, { ...ledger.get(key), finished: true, at: Date.now(), note: { examples: result.examples } });
    await ledger.save();
    state.counters.events += result.events - before.events;
    state.counters.problems += result.problems - before.problems;
  } else if (Array.isArray(before.note?.examples)) result = { ...result, examples: before.note.examples as string[] };
  const failed = result.events === 0 && result.problems > 0;
  await moveAway(folder, file, failed ? FAILED : DONE, result);
  state.counters.files++;
  if (failed) state.counters.failedFiles++;
  ledger.delete(key);
  await ledger.save();
  return true;
}

/** What the events of a file carry as their index name. */
export const indexOf = (name: string): string => (name.split('/').at(-1) ?? name).slice(0, 255);

async function moveAway(folder: string, file: SeenFile, to: string, result: FileResult): Promise<void> {
  let target = join(folder, to, file.name);
  await mkdir(dirname(target), { recursive: true });
  // A file of the same name may have been here before.
  for (let number = 2; await exists(target); number++) target = `${join(folder, to, file.name)}.${number}`;
  if (result.problems > 0)
    await writeFile(
      `${target}.problems.txt`,
      [
        `${result.events} events were taken, ${result.problems} lines or parts were not.`,
        'What could not be used is in the dead-letter list of the portal.',
        '',
        ...result.examples,
        ...(result.problems > result.examples.length && result.examples.length > 0 ? ['…'] : []),
        '',
      ].join('\n'),
    );
  await rename(file.path, target);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Remove what was read before a time, and folders that are empty then. */
async function sweep(folder: string, before: number): Promise<void> {
  let entries: Awaited<ReturnType<typeof readdirTypes>>;
  try {
    entries = await readdirTypes(folder);
  } catch {
    return;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      await sweep(path, before);
      if ((await readdir(path)).length === 0) await rm(path, { recursive: true, force: true });
    } else {
      // A move keeps the time of the content; the change of the name is when it was read.
      const info = await stat(path).catch(() => null);
      if (info && info.ctimeMs < before) await rm(path, { force: true });
    }
  }
}

const readdirTypes = (folder: string) => readdir(folder, { withFileTypes: true });
