import type { ReceiverContext } from '../sources/types.ts';
import { type Chunk, itemsOf } from './chunks.ts';
import type { Ledger } from './ledger.ts';

/**
 * Stores the items of files exactly once, whatever happens in between.
 *
 * Before a chunk is appended, the ledger notes which items it holds and which sequence numbers of this source are
 * taken. After a crash there is one open intent at most; the rows of this source with greater sequence numbers are what
 * reached the disk of it, in their order, so counting them gives the position. Appends of one source therefore follow
 * each other, and nothing else may append for it.
 */
export class ExactAppender {
  private work: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly context: ReceiverContext,
    private readonly ledger: Ledger,
    private readonly signal: AbortSignal,
  ) {}

  /** Settle what a crash left open. Call it before anything is read. */
  async recover(): Promise<void> {
    const { open, sequence } = this.ledger;
    if (!open && sequence > 0) return;
    const { ingest, sender } = this.context;
    // What was acknowledged before the crash may still be on its way to the tables.
    await Promise.race([ingest.idle(), aborted(this.signal)]);
    const found = await ingest.options.store.query(
      `SELECT count(DISTINCT Sequence), max(Sequence) FROM (
         SELECT Sequence FROM hunting.ParapetRawEvents WHERE SourceId = {source:String} AND Sequence >= {from:Int64}
         UNION ALL
         SELECT Sequence FROM hunting.ParapetDeadLetter WHERE SourceId = {source:String} AND Sequence >= {from:Int64})`,
      {
        params: {
          source: { type: 'String', value: sender.id },
          from: { type: 'Int64', value: open?.sequence ?? 0 },
        },
        lane: 'background',
      },
    );
    if (!open) {
      // A ledger that is new, of a source that may not be.
      this.ledger.sequence = Number(found.rows[0]?.[1] ?? 0) + 1;
      return;
    }
    const stored = Math.min(open.count, Number(found.rows[0]?.[0] ?? 0));
    this.advance(open.key, open.from, Math.min(stored, open.events), Math.max(0, stored - open.events));
    this.ledger.sequence = open.sequence + stored;
    this.ledger.open = null;
    await this.ledger.save();
  }

  /**
   * Store a chunk; resolves once it is on disk.
   * @param key what the ledger calls the file
   * @throws ParapetError when the source stops, or when the chunk is refused
   */
  append(key: string, index: string, chunk: Chunk): Promise<void> {
    const done = this.work.catch(() => undefined).then(() => this.store(key, index, chunk));
    this.work = done;
    return done;
  }

  /** The last append is through, or failed. */
  async settled(): Promise<void> {
    await this.work.catch(() => undefined);
  }

  private async store(key: string, index: string, chunk: Chunk): Promise<void> {
    this.signal.throwIfAborted();
    const { ledger } = this;
    ledger.open = {
      key,
      from: chunk.from,
      count: itemsOf(chunk),
      events: chunk.documents.length,
      sequence: ledger.sequence,
    };
    await ledger.save();
    const { firstSequence } = await this.context.appendWhenRoom(
      {
        groups: chunk.documents.length > 0 ? new Map([[index, chunk.documents]]) : new Map(),
        ...(chunk.rejected.length > 0 ? { rejected: chunk.rejected } : {}),
      },
      this.signal,
    );
    ledger.open = null;
    ledger.sequence = firstSequence + itemsOf(chunk);
    // The next intent, or `flush`, brings this to disk; until then the open intent on disk tells the same.
    this.advance(key, chunk.from, chunk.documents.length, chunk.rejected.length);
  }

  private advance(key: string, from: number, events: number, problems: number): void {
    const position = this.ledger.get(key);
    this.ledger.set(key, {
      ...position,
      items: from + events + problems,
      events: position.events + events,
      problems: position.problems + problems,
      at: Date.now(),
    });
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
