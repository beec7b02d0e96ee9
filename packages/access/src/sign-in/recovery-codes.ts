import { randomBytes } from 'node:crypto';
import type { Queryable, StateDb } from '@parapet/state';
import { hashSecret } from '../secrets.ts';
import { toBase32 } from './totp.ts';

const COUNT = 10;
/** 120 random bits: a fast hash of them cannot be guessed back, unlike one of a password. */
const BYTES = 15;

/** Codes for the day the phone is gone: each works once, and only hashes are kept. */
export class RecoveryCodes {
  #db: StateDb;
  #now: () => number;

  constructor(db: StateDb, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  /** New codes in place of all old ones; they can be read this one time. */
  async renew(tx: Queryable, userId: string): Promise<string[]> {
    const codes = Array.from({ length: COUNT }, () =>
      (toBase32(randomBytes(BYTES)).match(/.{4}/g) as string[]).join('-'),
    );
    await this.clear(tx, userId);
    await tx.query(
      'insert into user_recovery_code (code_hash, user_id, created_at) select unnest($1::text[]), $2, $3',
      [codes.map((code) => hashCode(userId, code)), userId, new Date(this.#now())],
    );
    return codes;
  }

  async clear(tx: Queryable, userId: string): Promise<void> {
    await tx.query('delete from user_recovery_code where user_id = $1', [userId]);
  }

  async left(userId: string): Promise<number> {
    const [row] = await this.#db.query<{ n: number }>(
      'select count(*) as n from user_recovery_code where user_id = $1',
      [userId],
    );
    return row?.n ?? 0;
  }

  /** Use a code up. False when it is not one of this person's. */
  async use(userId: string, code: string): Promise<boolean> {
    const used = await this.#db.query(
      'delete from user_recovery_code where user_id = $1 and code_hash = $2 returning user_id',
      [userId, hashCode(userId, code)],
    );
    return used.length > 0;
  }
}

/** The person is part of the hash: the same code of two people has two hashes. */
function hashCode(userId: string, code: string): string {
  return hashSecret(`${userId}:${code.toUpperCase().replace(/[^A-Z2-7]/g, '')}`);
}
