import { isIP } from 'node:net';
import { ParapetError, type Passkey } from '@parapet/schema';
import type { Queryable, StateDb } from '@parapet/state';
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { AuditLog } from '../audit.ts';
import type { UserRow } from '../users.ts';
import { factorNeeded, factorNotFound, type Owner } from './factors.ts';

const CHALLENGE_MS = 5 * 60_000;
const MAX_CHALLENGES = 10_000;
const MAX_PASSKEYS = 20;

/** The site a passkey belongs to, as the browser sees it. */
export interface Site {
  /** Host name without port: browsers bind a passkey to it. */
  readonly rpId: string;
  readonly origin: string;
}

interface PasskeyRow {
  readonly id: string;
  readonly user_id: string;
  readonly rp_id: string;
  readonly name: string;
  readonly public_key: string;
  readonly counter: number;
  readonly transports: string;
  readonly synced: boolean;
  readonly created_at: Date;
  readonly last_used_at: Date | null;
}

interface Challenge {
  /** The person it was made for; null when anybody may answer with a passkey of their own. */
  readonly userId: string | null;
  readonly purpose: 'create' | 'get';
  readonly site: Site;
  readonly until: number;
}

/** Passkeys (WebAuthn): the browser proves that it holds a key, which never leaves its device. */
export class Passkeys {
  #db: StateDb;
  #audit: AuditLog;
  #now: () => number;
  #changed: (userId: string) => void;
  /** Oldest first. A challenge is answered once. */
  #challenges = new Map<string, Challenge>();

  constructor(db: StateDb, audit: AuditLog, now: () => number, changed: (userId: string) => void) {
    this.#db = db;
    this.#audit = audit;
    this.#now = now;
    this.#changed = changed;
  }

  async listOf(userId: string): Promise<Passkey[]> {
    const rows = await this.#rowsOf(userId);
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      createdAt: row.created_at.toISOString(),
      lastUsedAt: row.last_used_at?.toISOString() ?? null,
      synced: row.synced,
    }));
  }

  /** @throws ParapetError `too_many_passkeys` 409 */
  async offer(
    user: Pick<UserRow, 'id' | 'username' | 'display_name'>,
    site: Site,
  ): Promise<PublicKeyCredentialCreationOptionsJSON> {
    const known = await this.#rowsOf(user.id);
    if (known.length >= MAX_PASSKEYS) {
      throw new ParapetError(
        'too_many_passkeys',
        409,
        `At most ${MAX_PASSKEYS} passkeys are kept for one person.`,
        'Remove one that is no longer used.',
      );
    }
    const options = await generateRegistrationOptions({
      rpName: 'Parapet',
      rpID: site.rpId,
      userID: new TextEncoder().encode(user.id),
      userName: user.username,
      userDisplayName: user.display_name,
      attestationType: 'none',
      excludeCredentials: known.map(({ id, transports }) => ({ id, transports: transports.split(',') as never })),
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    });
    this.#remember(options.challenge, { userId: user.id, purpose: 'create', site });
    return options;
  }

  /** @throws ParapetError `passkey_refused` 400 */
  async add(owner: Owner, name: string, response: RegistrationResponseJSON): Promise<void> {
    const challenge = this.#take(response, 'create');
    if (challenge.userId !== owner.id) throw refused();
    const result = await verifyRegistrationResponse({
      response,
      expectedChallenge: () => true,
      expectedOrigin: challenge.site.origin,
      expectedRPID: challenge.site.rpId,
      requireUserVerification: true,
    }).catch(() => undefined);
    if (!result?.verified) throw refused();
    const { credential, credentialBackedUp } = result.registrationInfo;
    await this.#db.transaction(async (tx) => {
      const made = await tx.query(
        `insert into user_passkey (id, user_id, rp_id, name, public_key, counter, transports, synced, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do nothing returning id`,
        [
          credential.id,
          owner.id,
          challenge.site.rpId,
          name,
          Buffer.from(credential.publicKey).toString('base64url'),
          credential.counter,
          (credential.transports ?? []).join(','),
          credentialBackedUp,
          new Date(this.#now()),
        ],
      );
      if (made.length === 0) throw refused();
      await this.#audit.append(
        {
          actor: owner.username,
          action: 'factor.add',
          target: `user/${owner.username}`,
          after: { factor: 'passkey', name },
          remoteAddress: owner.remoteAddress,
        },
        tx,
      );
    });
    this.#changed(owner.id);
  }

  /**
   * Ask for a passkey: of one person, or, without one, of anybody who has one here.
   */
  async ask(userId: string | null, site: Site): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const known = userId ? await this.#rowsOf(userId) : [];
    const options = await generateAuthenticationOptions({
      rpID: site.rpId,
      userVerification: 'required',
      ...(userId
        ? { allowCredentials: known.map(({ id, transports }) => ({ id, transports: transports.split(',') as never })) }
        : {}),
    });
    this.#remember(options.challenge, { userId, purpose: 'get', site });
    return options;
  }

  /**
   * Check an answer to {@link ask}.
   * @returns id of the person it belongs to; undefined when it is not good
   */
  async verify(response: AuthenticationResponseJSON): Promise<string | undefined> {
    let challenge: Challenge;
    try {
      challenge = this.#take(response, 'get');
    } catch {
      return undefined;
    }
    const [row] = await this.#db.query<PasskeyRow>('select * from user_passkey where id = $1', [String(response.id)]);
    if (!row || row.rp_id !== challenge.site.rpId) return undefined;
    if (challenge.userId !== null && challenge.userId !== row.user_id) return undefined;
    const result = await verifyAuthenticationResponse({
      response,
      expectedChallenge: () => true,
      expectedOrigin: challenge.site.origin,
      expectedRPID: challenge.site.rpId,
      requireUserVerification: true,
      credential: {
        id: row.id,
        publicKey: new Uint8Array(Buffer.from(row.public_key, 'base64url')),
        counter: row.counter,
        transports: row.transports.split(',').filter(Boolean) as never,
      },
    }).catch(() => undefined);
    if (!result?.verified) return undefined;
    await this.#db.query('update user_passkey set counter = $2, last_used_at = $3 where id = $1', [
      row.id,
      result.authenticationInfo.newCounter,
      new Date(this.#now()),
    ]);
    return row.user_id;
  }

  async remove(tx: Queryable, owner: Owner, id: string): Promise<void> {
    const [gone] = await tx.query<{ name: string }>(
      'delete from user_passkey where user_id = $1 and id = $2 returning name',
      [owner.id, id],
    );
    if (!gone) throw factorNotFound();
    await this.#audit.append(
      {
        actor: owner.username,
        action: 'factor.remove',
        target: `user/${owner.username}`,
        before: { factor: 'passkey', name: gone.name },
        remoteAddress: owner.remoteAddress,
      },
      tx,
    );
  }

  /** @throws ParapetError `factor_required` 409 when the person has no passkey */
  async requireAnother(tx: Queryable, userId: string): Promise<void> {
    const rows = await tx.query('select id from user_passkey where user_id = $1 limit 1', [userId]);
    if (rows.length === 0) throw factorNeeded();
  }

  #rowsOf(userId: string): Promise<PasskeyRow[]> {
    return this.#db.query<PasskeyRow>('select * from user_passkey where user_id = $1 order by created_at, id', [
      userId,
    ]) as Promise<PasskeyRow[]>;
  }

  #remember(challenge: string, about: Omit<Challenge, 'until'>): void {
    this.#challenges.set(challenge, { ...about, until: this.#now() + CHALLENGE_MS });
    if (this.#challenges.size > MAX_CHALLENGES) {
      this.#challenges.delete(this.#challenges.keys().next().value as string);
    }
  }

  /** The challenge an answer names, which is used up by that. */
  #take(
    response: { readonly response?: { readonly clientDataJSON?: unknown } },
    purpose: Challenge['purpose'],
  ): Challenge {
    let name: unknown;
    try {
      name = (
        JSON.parse(Buffer.from(String(response.response?.clientDataJSON), 'base64url').toString()) as {
          challenge?: unknown;
        }
      ).challenge;
    } catch {
      throw refused();
    }
    const challenge = typeof name === 'string' ? this.#challenges.get(name) : undefined;
    if (!challenge) throw refused();
    this.#challenges.delete(name as string);
    if (challenge.until < this.#now() || challenge.purpose !== purpose) throw refused();
    return challenge;
  }
}

/**
 * Where the browser is, or null where it would refuse passkeys: an address of digits has no name to bind them to.
 * @param origins public addresses; the first one is the site when there is one
 */
export function siteOf(
  request: { readonly protocol: string; readonly host: string },
  origins: readonly string[],
): Site | null {
  const origin = origins[0] ?? `${request.protocol}://${request.host}`;
  let url: URL;
  try {
    url = new URL(origin);
  } catch {
    return null;
  }
  if (isIP(url.hostname.replace(/^\[|\]$/g, ''))) return null;
  // Browsers allow WebAuthn over plain HTTP for this one name.
  if (url.protocol !== 'https:' && url.hostname !== 'localhost' && !url.hostname.endsWith('.localhost')) return null;
  return { rpId: url.hostname, origin: url.origin };
}

export function requireSite(site: Site | null): Site {
  if (site) return site;
  throw new ParapetError(
    'passkeys_unavailable',
    409,
    'Browsers allow passkeys only for a host name over HTTPS, or for localhost.',
    'Open the portal by its name over HTTPS instead of by an address of digits.',
  );
}

function refused(): ParapetError {
  return new ParapetError(
    'passkey_refused',
    400,
    'The passkey could not be checked.',
    'Try again; an attempt is good for five minutes and one use.',
  );
}
