import { hashSecret, newSecret } from '../secrets.ts';
import type { UserRow } from '../users.ts';

const PENDING_MS = 5 * 60_000;
const MAX_PENDING = 10_000;
const MAX_ATTEMPTS = 5;

export interface Pending {
  readonly user: UserRow;
  readonly remoteAddress: string;
}

/** Sign-ins whose password was right and whose second factor is missing. In memory: a restart means starting again. */
export class PendingSignIns {
  #now: () => number;
  /** By hash of the ticket, oldest first. */
  #waiting = new Map<string, Pending & { readonly until: number; attempts: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  add(pending: Pending): string {
    const ticket = newSecret();
    this.#waiting.set(hashSecret(ticket), { ...pending, until: this.#now() + PENDING_MS, attempts: 0 });
    if (this.#waiting.size > MAX_PENDING) this.#waiting.delete(this.#waiting.keys().next().value as string);
    return ticket;
  }

  /** The sign-in of a ticket, counting an attempt; undefined when it is unknown, too old or was tried too often. */
  attempt(ticket: string): Pending | undefined {
    const key = hashSecret(ticket);
    const found = this.#waiting.get(key);
    if (!found) return undefined;
    if (found.until < this.#now() || found.attempts >= MAX_ATTEMPTS) {
      this.#waiting.delete(key);
      return undefined;
    }
    found.attempts++;
    return found;
  }

  /** The sign-in of a ticket, without counting. */
  peek(ticket: string): Pending | undefined {
    const found = this.#waiting.get(hashSecret(ticket));
    return found && found.until >= this.#now() ? found : undefined;
  }

  done(ticket: string): void {
    this.#waiting.delete(hashSecret(ticket));
  }
}
