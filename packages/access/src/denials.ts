import type { AuditLog } from './audit.ts';
import type { AccessLog } from './types.ts';

/** The same refusal is written at most this often; the next entry says how many were left out. */
const REPEAT_MS = 60_000;
const MAX_TRACKED = 10_000;

export interface Denial {
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  /** What was missing. */
  readonly missing: string;
  readonly remoteAddress: string;
}

/** Audits refused calls without letting a stranger fill the disk by repeating one. */
export class DenialLog {
  #audit: AuditLog;
  #log: AccessLog | undefined;
  #now: () => number;
  #recent = new Map<string, { readonly at: number; repeats: number }>();

  constructor(audit: AuditLog, log: AccessLog | undefined, now: () => number) {
    this.#audit = audit;
    this.#log = log;
    this.#now = now;
  }

  /** Never rejects: a call is refused whether or not that can be recorded. */
  async record(denial: Denial): Promise<void> {
    // Strangers are told apart by address alone: they may try any number of routes.
    const key =
      denial.actor === '' ? denial.remoteAddress : JSON.stringify([denial.actor, denial.target, denial.missing]);
    const now = this.#now();
    const known = this.#recent.get(key);
    if (known && now - known.at < REPEAT_MS) {
      known.repeats++;
      return;
    }
    this.#recent.delete(key);
    this.#recent.set(key, { at: now, repeats: 0 });
    if (this.#recent.size > MAX_TRACKED) this.#recent.delete(this.#recent.keys().next().value as string);
    const repeats = known?.repeats ?? 0;
    await this.#audit
      .append({
        actor: denial.actor === '' ? 'signed out' : denial.actor,
        action: denial.action,
        target: denial.target,
        outcome: 'denied',
        after: { missing: denial.missing, ...(repeats > 0 ? { repeatsSinceLastEntry: repeats } : {}) },
        remoteAddress: denial.remoteAddress,
      })
      .catch((error: unknown) => this.#log?.error({ err: error }, 'a refused call could not be audited'));
  }
}
