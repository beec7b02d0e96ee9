import { type FactorKind, ParapetError, type TotpOffer } from '@parapet/schema';
import type { Sealer, StateDb } from '@parapet/state';
import { encode } from 'uqr';
import type { AuditLog } from '../audit.ts';
import type { UserRow } from '../users.ts';
import { Passkeys } from './passkeys.ts';
import { RecoveryCodes } from './recovery-codes.ts';
import { matchingStep, newTotpSecret, totpUri } from './totp.ts';

/** An offer that is not confirmed by then is forgotten. */
const OFFER_MS = 15 * 60_000;
const MAX_OFFERS = 1_000;

/** Who changes their own factors, and from where. */
export interface Owner {
  readonly id: string;
  readonly username: string;
  readonly remoteAddress: string;
}

/** Second factors of local accounts: codes of an app, passkeys, recovery codes. */
export class Factors {
  readonly passkeys: Passkeys;
  readonly recovery: RecoveryCodes;
  #db: StateDb;
  #audit: AuditLog;
  #sealer: Sealer;
  #now: () => number;
  #changed: (userId: string) => void;
  /** Secrets that were shown and not yet confirmed, by person. */
  #offers = new Map<string, { readonly secret: string; readonly until: number }>();

  constructor(
    db: StateDb,
    audit: AuditLog,
    sealer: Sealer,
    now: () => number,
    /** Called when what a person has changed: their sessions may leave a stage. */
    changed: (userId: string) => void,
  ) {
    this.#db = db;
    this.#audit = audit;
    this.#sealer = sealer;
    this.#now = now;
    this.#changed = changed;
    this.passkeys = new Passkeys(db, audit, now, changed);
    this.recovery = new RecoveryCodes(db, now);
  }

  /** What a person can prove themselves with beside the password. */
  async kindsOf(userId: string): Promise<FactorKind[]> {
    const [row] = await this.#db.query<{ totp: boolean; passkey: boolean; code: boolean }>(
      `select exists (select from user_totp where user_id = $1) as totp,
              exists (select from user_passkey where user_id = $1) as passkey,
              exists (select from user_recovery_code where user_id = $1) as code`,
      [userId],
    );
    const kinds: FactorKind[] = [];
    if (row?.totp) kinds.push('totp');
    if (row?.passkey) kinds.push('passkey');
    // A code alone is no factor: it stands in for one.
    if (row?.code && kinds.length > 0) kinds.push('recoveryCode');
    return kinds;
  }

  async totpSince(userId: string): Promise<Date | null> {
    const [row] = await this.#db.query<{ created_at: Date }>('select created_at from user_totp where user_id = $1', [
      userId,
    ]);
    return row?.created_at ?? null;
  }

  /** Show a new secret. Nothing changes until a code of it is sent. */
  offerTotp(user: Pick<UserRow, 'id' | 'username'>): TotpOffer {
    const secret = newTotpSecret();
    this.#offers.delete(user.id);
    this.#offers.set(user.id, { secret, until: this.#now() + OFFER_MS });
    if (this.#offers.size > MAX_OFFERS) this.#offers.delete(this.#offers.keys().next().value as string);
    const uri = totpUri(secret, user.username, 'Parapet');
    const qr = encode(uri, { border: 2, ecc: 'M' });
    return { secret, uri, qr: qr.data.map((row) => row.map((dark) => (dark ? '1' : '0')).join('')) };
  }

  /**
   * Take the offered secret into use.
   * @returns recovery codes when the person had none yet, else null
   * @throws ParapetError `code_wrong` 400, `offer_expired` 409
   */
  async confirmTotp(owner: Owner, code: string): Promise<string[] | null> {
    const offer = this.#offers.get(owner.id);
    if (!offer || offer.until < this.#now()) {
      throw new ParapetError('offer_expired', 409, 'This QR code is no longer valid.', 'Start again with a new one.');
    }
    const step = matchingStep(offer.secret, code, this.#now(), 0);
    if (step === undefined) throw wrongCode();
    const sealed = await this.#sealer.seal(offer.secret);
    const codes = await this.#db.transaction(async (tx) => {
      await tx.query(
        `insert into user_totp (user_id, secret, created_at, last_step) values ($1, $2, $3, $4)
         on conflict (user_id) do update set secret = excluded.secret, created_at = excluded.created_at,
           last_step = excluded.last_step`,
        [owner.id, sealed, new Date(this.#now()), step],
      );
      await this.#record(owner, 'factor.add', { factor: 'totp' }, tx);
      return this.#firstCodes(owner, tx);
    });
    this.#offers.delete(owner.id);
    this.#changed(owner.id);
    return codes;
  }

  /** A code of the app, which works once. */
  async useTotp(userId: string, code: string): Promise<boolean> {
    const [row] = await this.#db.query<{ secret: string; last_step: number }>(
      'select secret, last_step from user_totp where user_id = $1',
      [userId],
    );
    if (!row) return false;
    const step = matchingStep(await this.#sealer.open(row.secret), code, this.#now(), row.last_step);
    if (step === undefined) return false;
    // Of simultaneous uses of one code exactly one finds the older step.
    const used = await this.#db.query(
      'update user_totp set last_step = $2 where user_id = $1 and last_step < $2 returning user_id',
      [userId, step],
    );
    return used.length > 0;
  }

  /** @throws ParapetError `factor_not_found` 404, `factor_required` 409 */
  async removeTotp(owner: Owner, required: boolean): Promise<void> {
    await this.#db.transaction(async (tx) => {
      if (required) await this.passkeys.requireAnother(tx, owner.id);
      const gone = await tx.query('delete from user_totp where user_id = $1 returning user_id', [owner.id]);
      if (gone.length === 0) throw factorNotFound();
      await this.#record(owner, 'factor.remove', { factor: 'totp' }, tx);
      await this.#dropUselessCodes(owner.id, tx);
    });
    this.#changed(owner.id);
  }

  /** @throws ParapetError `factor_not_found` 404, `factor_required` 409 */
  async removePasskey(owner: Owner, id: string, required: boolean): Promise<void> {
    await this.#db.transaction(async (tx) => {
      await this.passkeys.remove(tx, owner, id);
      const [row] = await tx.query<{ any: boolean }>(
        `select exists (select from user_totp where user_id = $1)
             or exists (select from user_passkey where user_id = $1) as any`,
        [owner.id],
      );
      if (required && !row?.any) throw factorNeeded();
      await this.#dropUselessCodes(owner.id, tx);
    });
    this.#changed(owner.id);
  }

  /** Recovery codes when this is somebody's first factor. */
  async firstCodes(owner: Owner): Promise<string[] | null> {
    return this.#db.transaction((tx) => this.#firstCodes(owner, tx));
  }

  async renewCodes(owner: Owner): Promise<string[]> {
    if ((await this.kindsOf(owner.id)).length === 0) {
      throw new ParapetError(
        'factor_missing',
        409,
        'Recovery codes stand in for a second factor, and there is none yet.',
        'Add an authenticator app or a passkey first.',
      );
    }
    return this.#db.transaction(async (tx) => {
      await this.#record(owner, 'factor.codes', { codes: 'renewed' }, tx);
      return this.recovery.renew(tx, owner.id);
    });
  }

  /** Take everything beside the password away, for someone who lost it. */
  async reset(user: UserRow, actor: string, remoteAddress: string): Promise<void> {
    await this.#db.transaction(async (tx) => {
      const removed = await tx.query<{ totp: number; passkeys: number; codes: number }>(
        `with t as (delete from user_totp where user_id = $1 returning 1),
              p as (delete from user_passkey where user_id = $1 returning 1),
              c as (delete from user_recovery_code where user_id = $1 returning 1)
         select (select count(*) from t) as totp, (select count(*) from p) as passkeys, (select count(*) from c) as codes`,
        [user.id],
      );
      await this.#audit.append(
        {
          actor,
          action: 'factor.reset',
          target: `user/${user.username}`,
          before: removed[0],
          remoteAddress,
        },
        tx,
      );
    });
    this.#changed(user.id);
  }

  async #firstCodes(owner: Owner, tx: Parameters<RecoveryCodes['renew']>[0]): Promise<string[] | null> {
    const [row] = await tx.query<{ n: number }>('select count(*) as n from user_recovery_code where user_id = $1', [
      owner.id,
    ]);
    return row?.n ? null : this.recovery.renew(tx, owner.id);
  }

  async #dropUselessCodes(userId: string, tx: Parameters<RecoveryCodes['renew']>[0]): Promise<void> {
    await tx.query(
      `delete from user_recovery_code where user_id = $1
         and not exists (select from user_totp where user_id = $1)
         and not exists (select from user_passkey where user_id = $1)`,
      [userId],
    );
  }

  #record(owner: Owner, action: string, after: unknown, tx: Parameters<AuditLog['append']>[1]): Promise<void> {
    return this.#audit.append(
      { actor: owner.username, action, target: `user/${owner.username}`, after, remoteAddress: owner.remoteAddress },
      tx,
    );
  }
}

export function wrongCode(): ParapetError {
  return new ParapetError(
    'code_wrong',
    400,
    'The code is wrong or was used already.',
    'Wait for the next one. If it goes on, check that the clock of the phone is right.',
  );
}

export function factorNotFound(): ParapetError {
  return new ParapetError('factor_not_found', 404, 'There is no such factor.', 'Load the page again.');
}

export function factorNeeded(): ParapetError {
  return new ParapetError(
    'factor_required',
    409,
    'This account needs a second factor, and this is the last one.',
    'Add another one first.',
  );
}
