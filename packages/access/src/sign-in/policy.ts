import { ParapetError, type SignInPolicy } from '@parapet/schema';
import type { StateDb } from '@parapet/state';
import type { AuditLog } from '../audit.ts';
import type { Caller } from '../users.ts';

export const FIRST_POLICY: SignInPolicy = {
  localSignIn: 'everyone',
  secondFactor: 'optional',
  idleHours: 12,
  maxHours: 168,
  confirmMinutes: 15,
  version: 0,
};

/** The installation's rules for signing in, held in memory: every request asks. */
export class Policies {
  #db: StateDb;
  #audit: AuditLog;
  #current: SignInPolicy = FIRST_POLICY;

  constructor(db: StateDb, audit: AuditLog) {
    this.#db = db;
    this.#audit = audit;
  }

  get current(): SignInPolicy {
    return this.#current;
  }

  async load(): Promise<void> {
    const [row] = await this.#db.query<{ settings: Omit<SignInPolicy, 'version'>; version: number }>(
      'select settings, version from sign_in_policy',
    );
    if (row) this.#current = { ...FIRST_POLICY, ...row.settings, version: row.version };
  }

  /**
   * @param version the one that was read; another means that somebody changed it meanwhile
   * @throws ParapetError `changed_meanwhile` 412, `no_way_in` 409 when nobody could sign in afterwards
   */
  async change(
    next: Omit<SignInPolicy, 'version'>,
    version: number,
    caller: Pick<Caller, 'remoteAddress'> & { readonly principal: { readonly username: string } },
  ): Promise<SignInPolicy> {
    const stored: SignInPolicy = await this.#db.transaction(async (tx) => {
      const [row] = await tx.query<{ version: number }>('select version from sign_in_policy for update');
      if ((row?.version ?? 0) !== version) throw changedMeanwhile();
      if (next.localSignIn === 'breakGlassOnly') {
        const [way] = await tx.query<{ ok: boolean }>(
          `select exists (select from app_user where break_glass and not disabled)
              and exists (select from sign_in_provider where enabled) as ok`,
        );
        if (!way?.ok) {
          throw new ParapetError(
            'no_way_in',
            409,
            'Without a provider that is switched on and a break-glass account nobody could sign in.',
            'Add both first, and sign in through the provider once.',
          );
        }
      }
      await tx.query(
        `insert into sign_in_policy (settings, version) values ($1, $2)
         on conflict (only_one) do update set settings = excluded.settings, version = excluded.version`,
        [JSON.stringify(next), version + 1],
      );
      await this.#audit.append(
        {
          actor: caller.principal.username,
          action: 'signIn.policy',
          target: 'sign-in policy',
          before: this.#current,
          after: next,
          remoteAddress: caller.remoteAddress,
        },
        tx,
      );
      return { ...next, version: version + 1 };
    });
    this.#current = stored;
    return stored;
  }
}

export function changedMeanwhile(): ParapetError {
  return new ParapetError(
    'changed_meanwhile',
    412,
    'Somebody else changed this meanwhile.',
    'Load it again and repeat your change.',
  );
}
