import type { Found } from '../formats/types.ts';
import { chunked } from './chunks.ts';
import type { ExactAppender } from './exact.ts';
import type { Ledger } from './ledger.ts';

/** Problems of a file that are shown; all of them are in the dead-letter table. */
const SHOWN = 100;

export interface FileResult {
  readonly events: number;
  readonly problems: number;
  /** The first problems, with the place in the file. */
  readonly examples: readonly string[];
}

/**
 * Store what a reader finds in a file, from where the ledger says it was left.
 * @param key what the ledger calls the file
 * @param index index name its events carry
 * @param idleMs for files that are still being written: store what is there after so long
 * @throws what the appender throws; the position stays at what is stored
 */
export async function takeFile(
  found: AsyncIterable<Found>,
  key: string,
  index: string,
  ledger: Ledger,
  appender: ExactAppender,
  idleMs = 0,
): Promise<FileResult> {
  const examples: string[] = [];
  for await (const chunk of chunked(found, ledger.get(key).items, idleMs)) {
    for (const line of chunk.rejected) if (examples.length < SHOWN) examples.push(line.detail);
    await appender.append(key, index, chunk);
  }
  const { events, problems } = ledger.get(key);
  return { events, problems, examples };
}
