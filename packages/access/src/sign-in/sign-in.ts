import { type FactorKind, ParapetError, type PendingFactor } from '@parapet/schema';
import type { StateDb } from '@parapet/state';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import type { AuditLog } from '../audit.ts';
import { hashPassword, needsRehash, verifyPassword } from '../passwords.ts';
import { type Arrival, type LiveSession, type Sessions, signInFailed } from '../sessions.ts';
import type { SignInThrottle } from '../throttle.ts';
import { foldName, type UserRow, type Users } from '../users.ts';
import type { Alarm } from './alarm.ts';
import { type Factors, wrongCode } from './factors.ts';
import { PendingSignIns } from './pending.ts';
import type { Policies } from './policy.ts';

/** From where a request comes. */
export interface From {
  readonly remoteAddress: string;
  readonly userAgent: string;
}

export interface SignedIn {
  readonly cookie: string;
  readonly session: LiveSession;
}

/** A second factor as it was sent. */
export interface FactorProof {
  readonly totp?: string;
  readonly recoveryCode?: string;
  readonly passkey?: AuthenticationResponseJSON;
}

export interface SignInParts {
  readonly db: StateDb;
  readonly audits: AuditLog;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly throttle: SignInThrottle;
  readonly factors: Factors;
  readonly policies: Policies;
  readonly alarm: (alarm: Alarm) => void;
  readonly now: () => number;
}

/** Signing in with what Parapet itself keeps: passwords, second factors and passkeys. */
export class LocalSignIn {
  readonly pending: PendingSignIns;
  #parts: SignInParts;

  constructor(parts: SignInParts) {
    this.#parts = parts;
    this.pending = new PendingSignIns(parts.now);
  }

  /**
   * Check name and password; people with a second factor get a ticket for it instead of a session.
   * @throws ParapetError `sign_in_failed` 401, the same for an unknown name, a wrong password, a disabled user and one
   *   who signs in elsewhere; `too_many_attempts` 429; `local_sign_in_off` 403 after a right password
   */
  async withPassword(username: string, password: string, from: From): Promise<SignedIn | PendingFactor> {
    const { users, throttle, factors, db } = this.#parts;
    const succeeded = throttle.attempt(foldName(username), from.remoteAddress);
    const user = await users.byName(username);
    const fits = await verifyPassword(password, user?.password_hash || undefined);
    if (!user || !fits || user.disabled) return this.#fail(username, 'password', from);
    succeeded();
    await this.#requireLocal(user, from);
    let checked = user;
    if (needsRehash(user.password_hash)) {
      // Hashing takes a while: it is done before the statement, which holds everyone else up.
      const renewed = await hashPassword(password);
      await db.query('update app_user set password_hash = $2 where id = $1 and password_hash = $3', [
        user.id,
        renewed,
        user.password_hash,
      ]);
      checked = { ...user, password_hash: renewed };
    }
    const methods = await factors.kindsOf(user.id);
    if (methods.length > 0) {
      return { ticket: this.pending.add({ user: checked, remoteAddress: from.remoteAddress }), methods };
    }
    return this.#begin(checked, from, 'password');
  }

  /**
   * Send the missing factor of a sign-in.
   * @throws ParapetError `ticket_expired` 401, `code_wrong` 400, `too_many_attempts` 429
   */
  async withFactor(ticket: string, proof: FactorProof, from: From): Promise<SignedIn> {
    const pending = this.pending.attempt(ticket);
    if (!pending) {
      throw new ParapetError(
        'ticket_expired',
        401,
        'This sign-in took too long or was tried too often.',
        'Sign in again with user name and password.',
      );
    }
    const { user } = pending;
    // Counted beside passwords: a stolen password must not allow guessing codes at leisure.
    const succeeded = this.#parts.throttle.attempt(`factor of ${user.id}`, from.remoteAddress);
    const kind = await this.check(user.id, proof);
    if (!kind) {
      await this.#record(user.username, 'failed', `password+${Object.keys(proof)[0] ?? 'nothing'}`, from);
      throw wrongCode();
    }
    succeeded();
    this.pending.done(ticket);
    return this.#begin(user, from, `password+${kind}`);
  }

  /** Sign in with a passkey alone: it is a device and a gesture or PIN on it, two factors in one. */
  async withPasskey(response: AuthenticationResponseJSON, from: From): Promise<SignedIn> {
    // Nobody guesses a signature: counted by address alone, so that a stranger cannot hold up everyone’s passkeys.
    const succeeded = this.#parts.throttle.attempt(`passkey from ${from.remoteAddress}`, from.remoteAddress);
    const userId = await this.#parts.factors.passkeys.verify(response);
    const user = userId ? await this.#parts.users.byId(userId) : undefined;
    if (!user || user.disabled || user.provider_id) {
      await this.#record('passkey', 'failed', 'passkey', from);
      throw new ParapetError(
        'passkey_unknown',
        401,
        'This passkey is not known here.',
        'Sign in with user name and password.',
      );
    }
    succeeded();
    await this.#requireLocal(user, from);
    return this.#begin(user, from, 'passkey');
  }

  /** @returns which factor it was, when it is one of this person's */
  async check(userId: string, proof: FactorProof): Promise<FactorKind | undefined> {
    const { factors } = this.#parts;
    if (proof.totp !== undefined) return (await factors.useTotp(userId, proof.totp)) ? 'totp' : undefined;
    if (proof.recoveryCode !== undefined) {
      return (await factors.recovery.use(userId, proof.recoveryCode)) ? 'recoveryCode' : undefined;
    }
    if (proof.passkey) return (await factors.passkeys.verify(proof.passkey)) === userId ? 'passkey' : undefined;
    return undefined;
  }

  async #begin(user: UserRow, from: From, method: string): Promise<SignedIn> {
    const { db, audits, sessions, now, alarm } = this.#parts;
    const arrival: Arrival = { ...from, method };
    const begun = await sessions.create(user, arrival);
    await db.transaction(async (tx) => {
      await tx.query('update app_user set last_sign_in_at = $2 where id = $1', [user.id, new Date(now())]);
      await audits.append(
        {
          actor: user.username,
          action: user.break_glass ? 'session.breakGlass' : 'session.signIn',
          target: `user/${user.username}`,
          after: { method, userAgent: from.userAgent.slice(0, 300) },
          remoteAddress: from.remoteAddress,
        },
        tx,
      );
    });
    if (user.break_glass) {
      alarm({
        kind: 'breakGlass',
        username: user.username,
        userId: user.id,
        method,
        ...from,
        time: new Date(now()),
        sessionId: begun.session.publicId,
      });
    }
    return begun;
  }

  /** Told only to people whose password was right: others learn nothing about who may come in how. */
  async #requireLocal(user: UserRow, from: From): Promise<void> {
    if (user.break_glass || this.#parts.policies.current.localSignIn === 'everyone') return;
    await this.#record(user.username, 'denied', 'local sign-in is off', from);
    throw new ParapetError(
      'local_sign_in_off',
      403,
      'People sign in through the organisation’s provider here.',
      'Use its button on the sign-in page.',
    );
  }

  async #fail(username: string, method: string, from: From): Promise<never> {
    await this.#record(username, 'failed', method, from);
    throw signInFailed();
  }

  #record(username: string, outcome: 'failed' | 'denied', method: string, from: From): Promise<void> {
    return this.#parts.audits.append({
      actor: username,
      action: 'session.signIn',
      target: `user/${username}`,
      outcome,
      after: { method, userAgent: from.userAgent.slice(0, 300) },
      remoteAddress: from.remoteAddress,
    });
  }
}
