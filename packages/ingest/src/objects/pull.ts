import { createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { readDocuments } from '../formats/index.ts';
import type { ExactAppender } from '../intake/exact.ts';
import { takeFile } from '../intake/intake.ts';
import type { Ledger } from '../intake/ledger.ts';
import { type ListedObject, type S3, S3Error } from './s3.ts';
import type { TakenObjects } from './taken.ts';

export interface PullSettings {
  readonly prefix: string;
  readonly pollMs: number;
  /** Milliseconds since the epoch; objects that changed outside are passed over. */
  readonly from: number;
  readonly until: number;
  readonly maxBytes: number;
  /** Part of what the ledger calls an object: raising it takes everything once more. */
  readonly replay: number;
}

export interface PullState {
  readonly counters: {
    objects: number;
    failedObjects: number;
    events: number;
    problems: number;
    listed: number;
    waiting: number;
  };
  current: string;
  problem: string;
  /** Why the last objects could not be used. */
  readonly failures: string[];
}

/** A failing object is left alone after so many tries; a changed one is another object. */
const MAX_TRIES = 5;
const SHOWN_FAILURES = 3;

/**
 * Take every object of a bucket once: list, take what the ledger does not know by key and etag, wait, list again. An
 * object is brought to disk first and read from there, so that nothing has to be fetched again after a crash in the
 * middle and nothing holds a connection open while there is no room. Runs until the signal.
 */
export async function pull(
  s3: S3,
  settings: PullSettings,
  folder: string,
  ledger: Ledger,
  taken: TakenObjects,
  appender: ExactAppender,
  state: PullState,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const spool = join(folder, 'object');
  const tries = new Map<string, number>();
  for (;;) {
    const present = new Set<string>();
    state.counters.listed = 0;
    for await (const page of s3.list(settings.prefix, '', signal)) {
      state.counters.listed += page.length;
      state.problem = '';
      for (const object of page) {
        const key = ledgerKey(object, settings.replay);
        present.add(key);
        if (object.size === 0 || object.key.endsWith('/') || taken.has(key)) continue;
        if (object.modified < settings.from || object.modified > settings.until) continue;
        if ((tries.get(key) ?? 0) >= MAX_TRIES) continue;
        state.current = object.key;
        try {
          await takeObject(s3, object, key, spool, settings, ledger, taken, appender, state, signal);
        } catch (error) {
          // The listing and the ledger stay; only an object of its own is passed over for now.
          if (signal.aborted || !(error instanceof S3Error) || ledger.open !== null) throw error;
          tries.set(key, (tries.get(key) ?? 0) + 1);
          state.counters.failedObjects++;
          note(state, `${object.key}: ${error.message}`);
        } finally {
          state.current = '';
        }
      }
    }
    // What lies no longer in the bucket cannot be taken again.
    for (const key of ledger.keys()) if (!present.has(key)) ledger.delete(key);
    await taken.keepOnly(present);
    await ledger.save();
    await sleep(settings.pollMs, undefined, { signal });
  }
}

const ledgerKey = (object: ListedObject, replay: number): string =>
  `${replay > 0 ? `${replay} ` : ''}${object.etag} ${object.key}`;

function note(state: PullState, text: string): void {
  state.failures.push(text.slice(0, 300));
  if (state.failures.length > SHOWN_FAILURES) state.failures.shift();
}

async function takeObject(
  s3: S3,
  object: ListedObject,
  key: string,
  spool: string,
  settings: PullSettings,
  ledger: Ledger,
  taken: TakenObjects,
  appender: ExactAppender,
  state: PullState,
  signal: AbortSignal,
): Promise<void> {
  if (object.size > settings.maxBytes) {
    state.counters.failedObjects++;
    note(state, `${object.key}: it has ${object.size} bytes, more than the limit`);
  } else {
    const before = ledger.get(key);
    const body = await s3.read(object, signal);
    await pipeline(Readable.fromWeb(body as never), createWriteStream(spool, { mode: 0o600 }), { signal });
    const { size } = await stat(spool);
    if (size !== object.size) throw new S3Error(0, 'Incomplete', `${size} of ${object.size} bytes came`);
    const name = object.key.split('/').at(-1) ?? object.key;
    const found = readDocuments(spool, () => undefined, { name: object.key });
    const result = await takeFile(found, key, name.slice(0, 255), ledger, appender);
    state.counters.events += result.events - before.events;
    state.counters.problems += result.problems - before.problems;
    state.counters.objects++;
    if (result.events === 0 && result.examples[0] !== undefined) note(state, result.examples[0]);
    await rm(spool, { force: true });
  }
  await taken.add(key);
  // The position is not needed any more; while it is there, it only means that nothing is left to store.
  ledger.delete(key);
  await ledger.save();
}
