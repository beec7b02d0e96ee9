import type { StateDb } from '@parapet/state';
import type { AuditLog, ChainedRow } from './audit.ts';
import type { AccessLog } from './types.ts';

/** Hunting table that shows the audit log. */
export const AUDIT_TABLE = 'ParapetAuditEvents';
const BATCH = 500;
const LOOK_MS = 1_000;
/** How often old entries are looked for. */
const PRUNE_MS = 3_600_000;
const MAX_PAUSE_MS = 60_000;

export interface AuditMirrorOptions {
  readonly db: StateDb;
  readonly audits: AuditLog;
  /**
   * Insert rows of {@link AUDIT_TABLE}. Called again with the same rows and token after a crash, which must change
   * nothing.
   */
  readonly write: (rows: readonly Record<string, unknown>[], token: string) => Promise<void>;
  readonly log?: AccessLog | undefined;
}

/**
 * Carries the audit log into the hunting tables. The log is itself an ordered list that is only added to, so that it is
 * its own outbox: the end of a delivery is noted before it begins, and its repetition has exactly the same rows.
 */
export class AuditMirror {
  #options: AuditMirrorOptions;
  #turn: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  // The first look comes a minute after the start, which has enough to do.
  #prunedAt = Date.now() - PRUNE_MS + 60_000;
  #closed = false;

  constructor(options: AuditMirrorOptions) {
    this.#options = options;
    this.#later(0);
    options.audits.onAppend = () => this.#later(50);
  }

  /** Deliver what is committed now. @throws whatever `write` threw */
  flush(): Promise<void> {
    const mine = this.#turn.then(() => this.#deliver());
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  /** Remove what is older than the retention says and can be hunted. @returns how many entries went */
  async prune(): Promise<number> {
    await this.flush();
    return this.#options.audits.prune(await this.doneId());
  }

  /** Newest entry that can be hunted. */
  async doneId(): Promise<number> {
    const [row] = await this.#options.db.query<{ done_id: number }>('select done_id from audit_mirror');
    return row?.done_id ?? 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#turn;
  }

  #later(milliseconds: number): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#step(), milliseconds);
    this.#timer.unref();
  }

  async #step(): Promise<void> {
    try {
      const now = Date.now();
      if (now - this.#prunedAt >= PRUNE_MS) {
        this.#prunedAt = now;
        await this.prune();
      } else await this.flush();
      this.#failures = 0;
      this.#later(LOOK_MS);
    } catch (error) {
      this.#failures++;
      const pause = Math.min(MAX_PAUSE_MS, LOOK_MS * 2 ** Math.min(this.#failures, 10));
      this.#options.log?.warn(
        { err: error, retryInMs: pause },
        'The audit log could not be carried into the hunting tables',
      );
      this.#later(pause);
    }
  }

  async #deliver(): Promise<void> {
    const { db, audits, write } = this.#options;
    const [mark] = await db.query<{ done_id: number; begun_id: number }>('select done_id, begun_id from audit_mirror');
    let done = mark?.done_id ?? 0;
    let begun = mark?.begun_id ?? 0;
    for (;;) {
      if (begun <= done) {
        const next = await audits.after(done, Number.MAX_SAFE_INTEGER, BATCH);
        const end = next.at(-1)?.id;
        if (end === undefined) return;
        await db.query('update audit_mirror set begun_id = $1', [end]);
        begun = end;
      }
      const rows = await audits.after(done, begun, BATCH);
      if (rows.length > 0) await write(rows.map(toHuntingRow), `audit-${begun}`);
      await db.query('update audit_mirror set done_id = $1', [begun]);
      done = begun;
    }
  }
}

/** An entry as a row of {@link AUDIT_TABLE}. */
function toHuntingRow(row: ChainedRow): Record<string, unknown> {
  const slash = row.target.indexOf('/');
  const before = row.before === null ? undefined : (JSON.parse(row.before) as unknown);
  const after = row.after === null ? undefined : (JSON.parse(row.after) as unknown);
  return {
    Timestamp: row.time.toISOString(),
    ActionType: row.action,
    Application: 'Parapet',
    AccountName: row.actor,
    ObjectType: slash < 0 ? row.target : row.target.slice(0, slash),
    ObjectName: slash < 0 ? '' : row.target.slice(slash + 1),
    Outcome: OUTCOMES[row.outcome],
    IPAddress: row.remote_address,
    UserAgent: textAt(after, 'userAgent'),
    SignInMethod: textAt(after, 'method'),
    Before: before ?? null,
    After: after ?? null,
    ChangedFields: changedFields(before, after),
    AuditId: row.id,
    Hash: row.hash,
    PreviousHash: row.previous_hash,
    ReportId: String(row.id),
  };
}

const OUTCOMES = { ok: 'Succeeded', denied: 'Denied', failed: 'Failed' } as const;

function textAt(value: unknown, key: string): string {
  const found = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return typeof found === 'string' ? found : '';
}

/** Names of what differs between before and after. */
function changedFields(before: unknown, after: unknown): string[] {
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isRecord(before) || !isRecord(after)) return [];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .sort();
}
