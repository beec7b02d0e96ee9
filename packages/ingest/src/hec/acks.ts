/** Ids that may wait for a question in one channel, and in all of them together. */
const MAX_PER_CHANNEL = 100_000;
const MAX_PENDING = 500_000;
const MAX_CHANNELS = 10_000;
/** A channel nobody used for this long is forgotten. */
const IDLE_MS = 10 * 60_000;

interface Channel {
  next: number;
  usedAt: number;
  /** Acknowledgement id → the sequence up to which all must be committed. */
  readonly pending: Map<number, number>;
}

export interface AckLimits {
  readonly perChannel?: number;
  readonly pending?: number;
  readonly channels?: number;
}

/**
 * Acknowledgement ids of the HTTP Event Collector. An id turns true once the rows of its request answer queries, is told
 * once, and is then forgotten. All of it is lost with the process: an id of before is false, and its sender sends again.
 * A number that was given out before a restart may be given out once more; it cannot turn true too early, because
 * batches are committed in the order of acceptance and the older request comes first.
 */
export class Acks {
  private readonly channels = new Map<string, Channel>();
  private total = 0;

  constructor(
    /** First sequence that does not answer queries yet. */
    private readonly committed: () => number,
    private readonly limits: AckLimits = {},
    private readonly now: () => number = Date.now,
  ) {}

  /** False when so many ids wait to be asked for that no further request may be taken. */
  hasRoom(sourceId: string, channel: string): boolean {
    const known = this.channels.get(keyOf(sourceId, channel));
    if (this.total >= (this.limits.pending ?? MAX_PENDING) || (!known && this.isCrowded())) this.forgetIdle();
    if (this.total >= (this.limits.pending ?? MAX_PENDING)) return false;
    if (known) return known.pending.size < (this.limits.perChannel ?? MAX_PER_CHANNEL);
    return !this.isCrowded();
  }

  /** The id of a request whose events have sequences below `endSequence`. */
  add(sourceId: string, channel: string, endSequence: number): number {
    const key = keyOf(sourceId, channel);
    let known = this.channels.get(key);
    if (!known) {
      known = { next: 0, usedAt: 0, pending: new Map() };
      this.channels.set(key, known);
    }
    known.usedAt = this.now();
    const id = known.next++;
    known.pending.set(id, endSequence);
    this.total++;
    return id;
  }

  /** Which of the ids are true by now. */
  ask(sourceId: string, channel: string, ids: readonly number[]): Record<string, boolean> {
    const known = this.channels.get(keyOf(sourceId, channel));
    if (known) known.usedAt = this.now();
    const committed = this.committed();
    const answer: Record<string, boolean> = {};
    for (const id of ids) {
      const end = known?.pending.get(id);
      const done = end !== undefined && end <= committed;
      if (done && known?.pending.delete(id)) this.total--;
      answer[id] = answer[id] || done;
    }
    return answer;
  }

  private isCrowded(): boolean {
    return this.channels.size >= (this.limits.channels ?? MAX_CHANNELS);
  }

  private forgetIdle(): void {
    const oldest = this.now() - IDLE_MS;
    for (const [key, channel] of this.channels) {
      if (channel.usedAt > oldest) continue;
      this.total -= channel.pending.size;
      this.channels.delete(key);
    }
  }
}

function keyOf(sourceId: string, channel: string): string {
  return `${sourceId}\n${channel.toLowerCase()}`;
}
