import type { SourceKindInfo, SourceLimits, SourceState } from '@parapet/schema';
import type { AppendRequest, Ingest, Sender } from '../types.ts';

/** A configured sender: who it is, how it delivers, what it may use. */
export interface Source {
  readonly id: string;
  readonly name: string;
  /** Id of a {@link SourceKind}. */
  readonly kind: string;
  readonly enabled: boolean;
  /** Connector that takes all its records; null lets each record find its connector by what it holds. */
  readonly connector: string | null;
  readonly limits: SourceLimits;
  /** Values of the fields its kind declares; secrets are opened only for the receiver. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly createdBy: string;
}

/** What a receiver works with. Every append goes through the limits of the source. */
export interface ReceiverContext {
  readonly ingest: Ingest;
  readonly source: Source;
  readonly sender: Sender;
  /** Folder of its own, made on demand: positions, spools, files to pick up. */
  readonly dataDir: string;
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
  /**
   * Append and wait: while the buffer or the rate limit refuses, try again, slower each time. For senders that cannot
   * be told to come back (a TCP stream simply is not read meanwhile).
   * @throws ParapetError once `signal` is aborted, or when the records themselves are refused
   */
  appendWhenRoom(request: AppendRequest, signal: AbortSignal): Promise<{ readonly firstSequence: number }>;
}

/** A receiver at work for one source. */
export interface RunningReceiver {
  /** What its page says: `listening`, `failed` with the reason, counters such as dropped datagrams. */
  state(): SourceState;
  stop(): Promise<void>;
}

/** A way to deliver events. Adding one is a file beside its protocol and a line in `kinds.ts`. */
export interface SourceKind extends SourceKindInfo {
  /** What is wrong with settings that are right one by one; null when nothing is. Secrets are not among them. */
  check?(settings: Readonly<Record<string, unknown>>): { readonly field: string; readonly message: string } | null;
  /** Absent for protocols served by the main port, which need nothing started for each source. */
  start?(context: ReceiverContext): Promise<RunningReceiver>;
}
