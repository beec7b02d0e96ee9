/** Changing roles, assignments and scopes: checks, one transaction, the audit log, and the directory afterwards. */
import { ParapetError } from '@parapet/schema';
import { isUniqueViolation, type Queryable, type StateDb } from '@parapet/state';
import { requireAnAdministrator } from './administrators.ts';
import type { AuditLog } from './audit.ts';
import { type Directory, readSnapshot, type Snapshot } from './directory.ts';
import type { Caller } from './users.ts';

export interface Change<T> {
  /** `<what>.<verb>`. */
  readonly action: string;
  readonly target: string;
  /** What was asked for, noted when it is refused. */
  readonly asked?: unknown;
  /**
   * Checks and writes; throws to refuse. `after` reads everything as the transaction leaves it.
   */
  work(
    tx: Queryable,
    after: () => Promise<Snapshot>,
  ): Promise<{ readonly result: T; readonly target?: string; readonly before?: unknown; readonly after?: unknown }>;
}

/** The one way rights are changed. */
export class RightsChanges {
  #db: StateDb;
  #audit: AuditLog;
  readonly directory: Directory;
  readonly now: () => number;

  constructor(db: StateDb, audit: AuditLog, directory: Directory, now: () => number) {
    this.#db = db;
    this.#audit = audit;
    this.directory = directory;
    this.now = now;
  }

  /**
   * Run one change. Refusals are audited as denied, with what was asked for.
   * @param dryRun check everything and write nothing
   */
  async run<T>(caller: Caller, change: Change<T>, dryRun = false): Promise<T> {
    const entry = { actor: caller.principal.username, action: change.action, remoteAddress: caller.remoteAddress };
    const outcome: { result?: { readonly value: T } } = {};
    try {
      await this.#db.transaction(async (tx) => {
        const done = await change.work(tx, () => readSnapshot(tx));
        await requireAnAdministrator(tx);
        outcome.result = { value: done.result };
        if (dryRun) throw new DryRun();
        await this.#audit.append(
          { ...entry, target: done.target ?? change.target, before: done.before ?? null, after: done.after ?? null },
          tx,
        );
      });
    } catch (error) {
      if (error instanceof DryRun && outcome.result) return outcome.result.value;
      const refused = nameTaken(error) ?? error;
      if (refused instanceof ParapetError && !dryRun)
        await this.#audit.append({
          ...entry,
          target: change.target,
          outcome: 'denied',
          after: { asked: change.asked ?? null, reason: refused.message },
        });
      throw refused;
    }
    await this.directory.reload();
    return (outcome.result as { readonly value: T }).value;
  }
}

class DryRun extends Error {}

function nameTaken(error: unknown): ParapetError | undefined {
  for (const what of ['access_role', 'device_group', 'cloud_scope', 'row_tag'])
    if (isUniqueViolation(error, `${what}_name`))
      return new ParapetError('name_taken', 409, 'That name is taken.', 'Choose another one.');
  return undefined;
}

const NAME = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]{1,100}$/u;

/** A name people gave, with the form it is compared by. Look-alikes of other scripts stay different names. */
export function checkedName(text: string): { readonly name: string; readonly key: string } {
  const name = text.normalize('NFC').trim();
  if (!NAME.test(name))
    throw new ParapetError(
      'invalid_request',
      400,
      'The name needs 1 to 100 characters, without line breaks or other control characters.',
      undefined,
      { field: 'name' },
    );
  return { name, key: name.normalize('NFKC').toLowerCase() };
}

/** @throws ParapetError 404 */
export function unknown(what: string): ParapetError {
  return new ParapetError('not_found', 404, `There is no such ${what}.`, 'Reload the list: it may have changed.');
}

/** Two people changing the same thing: the second is told. @throws ParapetError `changed_meanwhile` 412 */
export function requireVersion(known: number, given: number | undefined): void {
  if (given === undefined || given === known) return;
  throw new ParapetError(
    'changed_meanwhile',
    412,
    'Someone changed this since you opened it.',
    'Reload it and make your change again.',
    { version: known },
  );
}
