import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** How far a file has been stored. */
export interface Position {
  /** Items stored, events and rejected lines alike. */
  readonly items: number;
  readonly events: number;
  readonly problems: number;
  /** Everything is stored; only what comes afterwards (moving it away) may be left to do. */
  readonly finished: boolean;
  /** Milliseconds since the epoch of the last change; old entries of files that are gone are forgotten. */
  readonly at: number;
  /** Anything the owner wants to remember beside it. */
  readonly note?: Readonly<Record<string, unknown>>;
}

/** An append that may or may not have happened when the process died. */
export interface OpenAppend {
  readonly key: string;
  /** Item number of its first item, and how many there are. */
  readonly from: number;
  readonly count: number;
  /** Of those, how many are events; they come first. */
  readonly events: number;
  /** Everything this source had stored before has a smaller sequence number. */
  readonly sequence: number;
}

interface Content {
  readonly version: 1;
  readonly sequence: number;
  readonly open: OpenAppend | null;
  readonly positions: Readonly<Record<string, Position>>;
}

const NOTHING: Position = { items: 0, events: 0, problems: 0, finished: false, at: 0 };

/**
 * What was taken of which file, on disk: written by rename and synced, so that it is whole whatever happens. Before
 * each append the intent is noted; see {@link ExactAppender} for what that is good for.
 */
export class Ledger {
  private readonly positions: Map<string, Position>;
  private saving: Promise<void> = Promise.resolve();

  private constructor(
    private readonly path: string,
    content: Content,
  ) {
    this.positions = new Map(Object.entries(content.positions));
    this.sequence = content.sequence;
    this.open = content.open;
  }

  /** Smallest sequence number the next append of this source can get. */
  sequence: number;
  open: OpenAppend | null;

  /** @throws Error when the file is there and cannot be read: starting afresh would store everything twice */
  static async load(path: string): Promise<Ledger> {
    await mkdir(dirname(path), { recursive: true });
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return new Ledger(path, { version: 1, sequence: 0, open: null, positions: {} });
    }
    try {
      return new Ledger(path, JSON.parse(text) as Content);
    } catch {
      throw new Error(
        `The record of what was read (${path}) is damaged. Restore it, or remove it to read everything again.`,
      );
    }
  }

  get(key: string): Position {
    return this.positions.get(key) ?? NOTHING;
  }

  has(key: string): boolean {
    return this.positions.has(key);
  }

  keys(): string[] {
    return [...this.positions.keys()];
  }

  set(key: string, position: Position): void {
    this.positions.set(key, position);
  }

  delete(key: string): void {
    this.positions.delete(key);
  }

  /** Write down the present state; resolves once it is on disk. */
  save(): Promise<void> {
    const content: Content = {
      version: 1,
      sequence: this.sequence,
      open: this.open,
      positions: Object.fromEntries(this.positions),
    };
    const text = JSON.stringify(content);
    this.saving = this.saving.catch(() => undefined).then(() => write(this.path, text));
    return this.saving;
  }
}

async function write(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
