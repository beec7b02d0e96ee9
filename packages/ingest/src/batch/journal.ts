import { type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Position } from '../buffer/disk-buffer.ts';

/** What makes a batch the same batch after a crash: its number and the slice of the buffer it holds. */
export interface FormedBatch {
  readonly batch: number;
  readonly from: Position;
  readonly to: Position;
  /** Rows, rejected lines included. */
  readonly events: number;
  readonly rejected: number;
  /** Rows of sources that name their connector; absent in journals of older versions, whose rows have none. */
  readonly pinned?: number;
  readonly firstSequence: number;
  /** First sequence number after the batch. */
  readonly nextSequence: number;
  /** Milliseconds since the epoch at which the oldest event was accepted. */
  readonly acknowledgedAt: number;
  readonly receivedAt: string;
  /** Nothing waits for the rest of its event in this batch. */
  readonly flush?: boolean;
  /** Tables a try may have written to, whatever the connectors are at the next start. */
  readonly targets: readonly string[];
}

export interface JournalState {
  readonly lastCommitted: number;
  /** Everything before this position of the buffer is in the tables. */
  readonly position: Position;
  readonly nextSequence: number;
  /** Formed but not known to be committed: to be repeated. */
  readonly open: FormedBatch | null;
}

type Line =
  | ({ readonly kind: 'state' } & JournalState)
  | ({ readonly kind: 'formed' } & FormedBatch)
  | { readonly kind: 'committed'; readonly batch: number }
  | { readonly kind: 'skip'; readonly position: Position };

const COMPACT_BYTES = 1 << 20;

/**
 * Append-only record of batches, synced line by line: a batch is on record before the engine sees any of it,
 * so a restart repeats exactly the same batch instead of cutting a new one.
 */
export class Journal {
  private size = 0;

  private constructor(
    private readonly path: string,
    private handle: FileHandle,
    private state: JournalState,
  ) {}

  /** @param initial position and numbers to use when there is no journal yet */
  static async open(path: string, initial: JournalState): Promise<Journal> {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const state = replay(text, initial);
    const journal = new Journal(path, await writeFresh(path, state), state);
    return journal;
  }

  get current(): JournalState {
    return this.state;
  }

  async formed(batch: FormedBatch): Promise<void> {
    await this.append({ kind: 'formed', ...batch });
    this.state = apply(this.state, { kind: 'formed', ...batch });
  }

  async committed(batch: number): Promise<void> {
    await this.append({ kind: 'committed', batch });
    this.state = apply(this.state, { kind: 'committed', batch });
    if (this.size > COMPACT_BYTES) {
      await this.handle.close();
      this.handle = await writeFresh(this.path, this.state);
      this.size = 0;
    }
  }

  /** Move past a stretch of the buffer that holds no readable event. */
  async skip(position: Position): Promise<void> {
    await this.append({ kind: 'skip', position });
    this.state = apply(this.state, { kind: 'skip', position });
  }

  private async append(line: Line): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    await this.handle.appendFile(bytes);
    await this.handle.datasync();
    this.size += bytes.length;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

function apply(state: JournalState, line: Line): JournalState {
  if (line.kind === 'state') return line;
  if (line.kind === 'skip') return { ...state, position: line.position };
  if (line.kind === 'formed') return { ...state, open: line };
  if (state.open?.batch !== line.batch) return state;
  return {
    lastCommitted: line.batch,
    position: state.open.to,
    nextSequence: Math.max(state.nextSequence, state.open.nextSequence),
    open: null,
  };
}

function replay(text: string, initial: JournalState): JournalState {
  let state = initial;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      state = apply(state, JSON.parse(line) as Line);
    } catch {
      // The last line of a crashed process: it was never synced, so nothing was built on it.
      break;
    }
  }
  return state;
}

/** Replace the journal by one line holding its state; the rename makes it all or nothing. */
async function writeFresh(path: string, state: JournalState): Promise<FileHandle> {
  const temporary = join(dirname(path), 'journal.new');
  const file = await open(temporary, 'w');
  await file.writeFile(`${JSON.stringify({ kind: 'state', ...state })}\n`);
  await file.sync();
  await file.close();
  await rename(temporary, path);
  const dir = await open(dirname(path), 'r');
  await dir.sync();
  await dir.close();
  return open(path, 'a');
}
