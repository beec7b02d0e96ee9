import { randomInt, randomUUID } from 'node:crypto';
import type { StateDb } from '@parapet/state';
import { hashSecret, newSecret } from '../secrets.ts';
import { invalidGrant, OAuthError } from './errors.ts';

const CODE_MS = 5 * 60_000;
const REFRESH_MS = 90 * 86_400_000;
export const DEVICE_MS = 15 * 60_000;
export const POLL_SECONDS = 5;
/** No vowels, no look-alikes: easy to read out, spells nothing. */
const USER_CODE = 'BCDFGHJKLMNPQRSTVWXZ';

/** What a person has allowed an application. */
export interface Grant {
  readonly appId: string;
  readonly userId: string;
  readonly resource: string;
  /** Names of permissions and OpenID scopes, separated by spaces. */
  readonly scope: string;
  readonly nonce: string;
  /** Tokens that come from one consent; one replayed code or token ends them all. */
  readonly family: string;
}

interface CodeRow {
  readonly family: string;
  readonly app_id: string;
  readonly user_id: string;
  readonly redirect_uri: string;
  readonly resource: string;
  readonly scope: string;
  readonly nonce: string;
  readonly challenge: string;
  readonly expires_at: Date;
  readonly used_at: Date | null;
}

interface RefreshRow {
  readonly family: string;
  readonly app_id: string;
  readonly user_id: string;
  readonly resource: string;
  readonly scope: string;
  readonly expires_at: Date;
  readonly used_at: Date | null;
}

interface DeviceRow {
  readonly user_code: string;
  readonly app_id: string;
  readonly resource: string;
  readonly scope: string;
  readonly expires_at: Date;
  readonly polled_at: Date | null;
  readonly state: 'pending' | 'approved' | 'declined' | 'used';
  readonly user_id: string | null;
}

/** Codes, refresh tokens and device codes; each is good once. */
export class Grants {
  #db: StateDb;
  #now: () => number;

  constructor(db: StateDb, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  /** @returns the code that goes to the redirect address */
  async issueCode(
    grant: Omit<Grant, 'family'> & { readonly redirectUri: string; readonly challenge: string },
  ): Promise<string> {
    const code = newSecret();
    const now = this.#now();
    await this.#db.query('delete from oauth_code where expires_at < $1', [new Date(now - REFRESH_MS)]);
    await this.#db.query(
      `insert into oauth_code (code_hash, family, app_id, user_id, redirect_uri, resource, scope, nonce, challenge, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        hashSecret(code),
        randomUUID(),
        grant.appId,
        grant.userId,
        grant.redirectUri,
        grant.resource,
        grant.scope,
        grant.nonce,
        grant.challenge,
        new Date(now + CODE_MS),
      ],
    );
    return code;
  }

  /**
   * @throws OAuthError `invalid_grant`. A code that comes a second time ends everything its first use gave.
   */
  async redeemCode(code: string, appId: string): Promise<Grant & { redirectUri: string; challenge: string }> {
    const hash = hashSecret(code);
    const [row] = await this.#db.query<CodeRow>(
      'update oauth_code set used_at = $2 where code_hash = $1 and used_at is null and app_id = $3 returning *',
      [hash, new Date(this.#now()), appId],
    );
    if (!row) {
      const [used] = await this.#db.query<CodeRow>('select * from oauth_code where code_hash = $1', [hash]);
      if (used?.used_at) await this.endFamily(used.family);
      throw invalidGrant('The code is not known, was used before or belongs to another application.');
    }
    if (row.expires_at.getTime() <= this.#now()) throw invalidGrant('The code has expired.');
    return { ...fromRow(row), nonce: row.nonce, redirectUri: row.redirect_uri, challenge: row.challenge };
  }

  async issueRefresh(grant: Grant): Promise<string> {
    const token = newSecret();
    const now = this.#now();
    await this.#db.query('delete from oauth_refresh where expires_at < $1', [new Date(now)]);
    await this.#db.query(
      `insert into oauth_refresh (token_hash, family, app_id, user_id, resource, scope, created_at, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        hashSecret(token),
        grant.family,
        grant.appId,
        grant.userId,
        grant.resource,
        grant.scope,
        new Date(now),
        new Date(now + REFRESH_MS),
      ],
    );
    return token;
  }

  /** @throws OAuthError `invalid_grant`. A token that comes a second time was copied: its whole family ends. */
  async redeemRefresh(token: string, appId: string): Promise<Grant> {
    const hash = hashSecret(token);
    const [row] = await this.#db.query<RefreshRow>(
      'update oauth_refresh set used_at = $2 where token_hash = $1 and used_at is null and app_id = $3 returning *',
      [hash, new Date(this.#now()), appId],
    );
    if (!row) {
      const [used] = await this.#db.query<RefreshRow>('select * from oauth_refresh where token_hash = $1', [hash]);
      if (used?.used_at) await this.endFamily(used.family);
      throw invalidGrant('The refresh token is not known, was used before or belongs to another application.');
    }
    if (row.expires_at.getTime() <= this.#now()) throw invalidGrant('The refresh token has expired.');
    return { ...fromRow(row), nonce: '' };
  }

  endFamily(family: string): Promise<unknown> {
    return this.#db.query('delete from oauth_refresh where family = $1', [family]);
  }

  /** Every refresh token that a person lent applications. */
  endAllOf(userId: string): Promise<unknown> {
    return this.#db.query('delete from oauth_refresh where user_id = $1', [userId]);
  }

  async issueDevice(
    appId: string,
    resource: string,
    scope: string,
  ): Promise<{ readonly deviceCode: string; readonly userCode: string }> {
    const deviceCode = newSecret();
    const userCode = Array.from({ length: 9 }, () => USER_CODE[randomInt(USER_CODE.length)]).join('');
    const now = this.#now();
    await this.#db.query('delete from oauth_device where expires_at < $1', [new Date(now - DEVICE_MS)]);
    await this.#db.query(
      `insert into oauth_device (device_hash, user_code, app_id, resource, scope, created_at, expires_at, state)
       values ($1, $2, $3, $4, $5, $6, $7, 'pending')`,
      [hashSecret(deviceCode), userCode, appId, resource, scope, new Date(now), new Date(now + DEVICE_MS)],
    );
    return { deviceCode, userCode };
  }

  /** The request a person sees for the code on their screen, while it waits for an answer. */
  async findDevice(
    userCode: string,
  ): Promise<{ readonly appId: string; readonly resource: string; readonly scope: string } | undefined> {
    const [row] = await this.#db.query<DeviceRow>(
      `select * from oauth_device where user_code = $1 and state = 'pending' and expires_at > $2`,
      [normalUserCode(userCode), new Date(this.#now())],
    );
    return row && { appId: row.app_id, resource: row.resource, scope: row.scope };
  }

  /** False when the code no longer waits for an answer. */
  async answerDevice(userCode: string, userId: string, allow: boolean, scope: string): Promise<boolean> {
    const rows = await this.#db.query(
      `update oauth_device set state = $3, user_id = $2, scope = $5
       where user_code = $1 and state = 'pending' and expires_at > $4 returning 1 as one`,
      [normalUserCode(userCode), userId, allow ? 'approved' : 'declined', new Date(this.#now()), scope],
    );
    return rows.length > 0;
  }

  /** @throws OAuthError `authorization_pending`, `slow_down`, `authorization_declined`, `expired_token`, `invalid_grant` */
  async redeemDevice(deviceCode: string, appId: string): Promise<Grant> {
    const hash = hashSecret(deviceCode);
    const now = this.#now();
    const row = await this.#db.transaction(async (tx) => {
      const [found] = await tx.query<DeviceRow>(
        'select * from oauth_device where device_hash = $1 and app_id = $2 for update',
        [hash, appId],
      );
      if (found)
        await tx.query('update oauth_device set polled_at = $2, state = $3 where device_hash = $1', [
          hash,
          new Date(now),
          found.state === 'approved' ? 'used' : found.state,
        ]);
      return found;
    });
    if (!row || row.state === 'used') throw invalidGrant('The device code is not known or was used before.');
    if (row.expires_at.getTime() <= now) throw new OAuthError('expired_token', 'The device code has expired.', 70020);
    if (row.state === 'declined')
      throw new OAuthError('authorization_declined', 'The person declined the request.', 70018);
    if (row.state === 'pending' || row.user_id === null) {
      if (row.polled_at && now - row.polled_at.getTime() < (POLL_SECONDS - 1) * 1000)
        throw new OAuthError('slow_down', `Ask every ${POLL_SECONDS} seconds.`, 70019);
      throw new OAuthError('authorization_pending', 'The person has not answered yet.', 70016);
    }
    return { ...fromRow({ ...row, user_id: row.user_id, family: randomUUID() }), nonce: '' };
  }

  /** False when the assertion was used before. */
  async useAssertion(appId: string, jti: string, expiresAt: Date): Promise<boolean> {
    await this.#db.query('delete from oauth_assertion where expires_at < $1', [new Date(this.#now())]);
    const rows = await this.#db.query(
      'insert into oauth_assertion (app_id, jti, expires_at) values ($1, $2, $3) on conflict do nothing returning 1 as one',
      [appId, jti.slice(0, 400), expiresAt],
    );
    return rows.length > 0;
  }
}

const normalUserCode = (text: string): string =>
  text
    .toUpperCase()
    .replace(/[^A-Z]/g, '')
    .slice(0, 20);

const fromRow = (row: {
  readonly app_id: string;
  readonly user_id: string;
  readonly resource: string;
  readonly scope: string;
  readonly family: string;
}): Omit<Grant, 'nonce'> => ({
  appId: row.app_id,
  userId: row.user_id,
  resource: row.resource,
  scope: row.scope,
  family: row.family,
});
