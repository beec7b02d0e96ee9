import { randomBytes } from 'node:crypto';
import {
  ParapetError,
  type ScopeFilter,
  type SessionStage,
  type SignInPolicy,
  type UserSession,
} from '@parapet/schema';
import type { StateDb } from '@parapet/state';
import type { Directory } from './directory.ts';
import { filtered } from './scope-filter.ts';
import { hashSecret, newSecret } from './secrets.ts';
import { FIRST_POLICY } from './sign-in/policy.ts';
import type { Principal } from './types.ts';
import { identityOf, type UserRow } from './users.ts';

const HOUR_MS = 3_600_000;
/** The time last seen is written at most this often for each session. */
const TOUCH_MS = 60_000;
/** How long a session is taken from memory without asking the database. Changes made here take effect at once. */
const CACHE_MS = 30_000;
const MAX_CACHED = 10_000;

export interface LiveSession {
  /** SHA-256 of the cookie: the cookie itself is never stored. */
  readonly idHash: string;
  /** Named in lists; of no use for signing in. */
  readonly publicId: string;
  readonly csrfToken: string;
  readonly principal: Principal;
  /** `password+totp`, `oidc:<provider>`: see `UserSession.method`. */
  readonly method: string;
  readonly stage: SessionStage;
  /** When the person last proved who they are, in ms since the epoch. */
  readonly confirmedAt: number;
  /** What the person looks at now; their principal sees no more. */
  readonly scopeFilter: ScopeFilter | null;
}

/** How somebody came in. */
export interface Arrival {
  readonly remoteAddress: string;
  readonly userAgent?: string;
  readonly method: string;
  /** Of an OpenID Connect sign-in. */
  readonly provider?: {
    readonly id: string;
    readonly subject: string;
    readonly sid: string | null;
    /** Sealed. */
    readonly idToken: string | null;
  };
}

interface Cached {
  session: LiveSession;
  /** Version of the directory the session's rights were computed under. */
  version: number;
  readonly createdAt: number;
  readonly loadedAt: number;
  lastSeenAt: number;
  writtenAt: number;
}

interface SessionRow extends UserRow {
  readonly user_id: string;
  readonly session_created_at: Date;
  readonly last_seen_at: Date;
  readonly public_id: string;
  readonly method: string;
  readonly confirmed_at: Date | null;
  readonly has_factor: boolean;
  readonly scope_filter: ScopeFilter | null;
}

/** Whether a person has a second factor, as part of a statement about `app_user u`. */
const HAS_FACTOR = `(exists (select from user_totp t where t.user_id = u.id)
   or exists (select from user_passkey p where p.user_id = u.id)) as has_factor`;

/** Sessions of people in browsers; how long they last is the policy's. */
export class Sessions {
  #db: StateDb;
  #directory: Directory;
  #now: () => number;
  #policy: () => SignInPolicy;
  /** Oldest first. */
  #cache = new Map<string, Cached>();
  #writes = new Set<Promise<unknown>>();

  constructor(db: StateDb, directory: Directory, now: () => number, policy: () => SignInPolicy = () => FIRST_POLICY) {
    this.#db = db;
    this.#directory = directory;
    this.#now = now;
    this.#policy = policy;
  }

  get #idleMs(): number {
    return this.#policy().idleHours * HOUR_MS;
  }

  get #absoluteMs(): number {
    return this.#policy().maxHours * HOUR_MS;
  }

  /**
   * @returns the cookie's value, which exists nowhere else, and the session
   * @throws ParapetError `sign_in_failed` 401 when the person was disabled or got another password meanwhile
   */
  async create(user: UserRow, arrival: Arrival): Promise<{ cookie: string; session: LiveSession }> {
    const cookie = newSecret();
    const now = new Date(this.#now());
    await this.removeExpired();
    const { provider } = arrival;
    const [made] = await this.#db.query<SessionRow>(
      `with made as (
         insert into user_session (id_hash, public_id, user_id, created_at, last_seen_at, confirmed_at, remote_address,
           user_agent, method, provider_id, provider_subject, provider_sid, id_token)
         select $1, $2, id, $4, $4, $4, $5, $7, $8, $9, $10, $11, $12
         from app_user where id = $3 and password_hash = $6 and not disabled
         returning *)
       select u.*, s.user_id, s.created_at as session_created_at, s.last_seen_at, s.public_id, s.method, s.confirmed_at, s.scope_filter,
              ${HAS_FACTOR}
       from made s join app_user u on u.id = s.user_id`,
      [
        hashSecret(cookie),
        randomBytes(12).toString('hex'),
        user.id,
        now,
        arrival.remoteAddress.slice(0, 100),
        user.password_hash,
        (arrival.userAgent ?? '').slice(0, 300),
        arrival.method,
        provider?.id ?? null,
        provider?.subject ?? null,
        provider?.sid ?? null,
        provider?.idToken ?? null,
      ],
    );
    if (!made) throw signInFailed();
    return { cookie, session: this.#toSession(hashSecret(cookie), cookie, made) };
  }

  /** The session of a cookie, while it lives and its owner may sign in. */
  async find(cookie: string): Promise<LiveSession | null> {
    const idHash = hashSecret(cookie);
    const now = this.#now();
    let cached = this.#cache.get(idHash);
    if (!cached || now - cached.loadedAt >= CACHE_MS) {
      cached = await this.#load(cookie, idHash, cached);
      if (!cached) return null;
    }
    if (now - cached.createdAt >= this.#absoluteMs || now - cached.lastSeenAt >= this.#idleMs) {
      await this.remove(idHash);
      return null;
    }
    if (cached.version !== this.#directory.version) {
      cached.version = this.#directory.version;
      const { principal, scopeFilter } = cached.session;
      cached.session = { ...cached.session, principal: filtered(this.#directory, principal, scopeFilter) };
    }
    cached.lastSeenAt = now;
    if (now - cached.writtenAt >= TOUCH_MS) this.#write(idHash, cached);
    return cached.session;
  }

  /** True when {@link find} need not ask the database. */
  knows(cookie: string): boolean {
    return this.#cache.has(hashSecret(cookie));
  }

  /** @returns the sealed id token and provider of a session that came from one, for signing out there */
  async providerOf(idHash: string): Promise<{ readonly providerId: string; readonly idToken: string } | null> {
    const [row] = await this.#db.query<{ provider_id: string | null; id_token: string | null }>(
      'select provider_id, id_token from user_session where id_hash = $1',
      [idHash],
    );
    return row?.provider_id && row.id_token ? { providerId: row.provider_id, idToken: row.id_token } : null;
  }

  /** The person has just proved again who they are. */
  async confirm(idHash: string): Promise<void> {
    await this.#db.query('update user_session set confirmed_at = $2 where id_hash = $1', [
      idHash,
      new Date(this.#now()),
    ]);
    this.#cache.delete(idHash);
  }

  /** What the session looks at from its next request on; null for everything. */
  async setScopeFilter(idHash: string, filter: ScopeFilter | null): Promise<void> {
    await this.#db.query('update user_session set scope_filter = $2::jsonb where id_hash = $1', [
      idHash,
      filter && JSON.stringify(filter),
    ]);
    this.#cache.delete(idHash);
  }

  async listOf(userId: string, currentIdHash?: string): Promise<UserSession[]> {
    await this.removeExpired();
    const rows = await this.#db.query<{
      id_hash: string;
      public_id: string;
      created_at: Date;
      last_seen_at: Date;
      remote_address: string;
      user_agent: string;
      method: string;
    }>(
      `select id_hash, public_id, created_at, last_seen_at, remote_address, user_agent, method from user_session
       where user_id = $1 order by last_seen_at desc, public_id limit 200`,
      [userId],
    );
    return rows.map((row) => ({
      id: row.public_id,
      current: row.id_hash === currentIdHash,
      createdAt: row.created_at.toISOString(),
      lastSeenAt: new Date(
        Math.max(row.last_seen_at.getTime(), this.#cache.get(row.id_hash)?.lastSeenAt ?? 0),
      ).toISOString(),
      remoteAddress: row.remote_address,
      userAgent: row.user_agent,
      method: row.method,
    }));
  }

  /** End one session of a person by the id of the list. False when there is none. */
  async revoke(userId: string, publicId: string): Promise<boolean> {
    const gone = await this.#db.query<{ id_hash: string }>(
      'delete from user_session where user_id = $1 and public_id = $2 returning id_hash',
      [userId, publicId],
    );
    for (const { id_hash } of gone) this.#cache.delete(id_hash);
    return gone.length > 0;
  }

  async remove(idHash: string): Promise<void> {
    this.#cache.delete(idHash);
    await this.#db.query('delete from user_session where id_hash = $1', [idHash]);
    // A look-up that was under way may have put it back meanwhile.
    this.#cache.delete(idHash);
  }

  /** @param except id hash of a session that goes on. @returns how many ended */
  async removeAllOf(userId: string, except = ''): Promise<number> {
    const gone = await this.#db.query(
      'delete from user_session where user_id = $1 and id_hash <> $2 returning id_hash',
      [userId, except],
    );
    this.forget(userId);
    return gone.length;
  }

  /** End what a provider says is over: one of its sessions, or all of a person. @returns the people concerned */
  async removeOfProvider(providerId: string, subject: string | undefined, sid: string | undefined): Promise<string[]> {
    const gone = await this.#db.query<{ user_id: string }>(
      `delete from user_session where provider_id = $1 and ($2::text is null or provider_subject = $2)
         and ($3::text is null or provider_sid = $3) and ($2::text is not null or $3::text is not null)
       returning user_id`,
      [providerId, subject ?? null, sid ?? null],
    );
    const people = [...new Set(gone.map((row) => row.user_id))];
    for (const id of people) this.forget(id);
    return people;
  }

  /** Read a person's sessions anew at their next request. */
  forget(userId: string): void {
    for (const [idHash, { session }] of this.#cache) if (session.principal.id === userId) this.#cache.delete(idHash);
  }

  /** Read all sessions anew at their next request. */
  forgetAll(): void {
    this.#cache.clear();
  }

  async removeExpired(): Promise<void> {
    const now = this.#now();
    // A minute later than the check above, because the time last seen is written late.
    await this.#db.query('delete from user_session where created_at < $1 or last_seen_at < $2', [
      new Date(now - this.#absoluteMs),
      new Date(now - this.#idleMs - TOUCH_MS),
    ]);
  }

  async close(): Promise<void> {
    for (const [idHash, cached] of this.#cache) if (cached.lastSeenAt > cached.writtenAt) this.#write(idHash, cached);
    await Promise.all(this.#writes);
  }

  async #load(cookie: string, idHash: string, previous: Cached | undefined): Promise<Cached | undefined> {
    const [row] = await this.#db.query<SessionRow>(
      `select u.*, s.user_id, s.created_at as session_created_at, s.last_seen_at, s.public_id, s.method, s.confirmed_at, s.scope_filter,
              ${HAS_FACTOR}
       from user_session s join app_user u on u.id = s.user_id
       where s.id_hash = $1 and not u.disabled`,
      [idHash],
    );
    if (!row) {
      this.#cache.delete(idHash);
      return undefined;
    }
    const written = row.last_seen_at.getTime();
    const cached: Cached = {
      version: this.#directory.version,
      session: this.#toSession(idHash, cookie, row),
      createdAt: row.session_created_at.getTime(),
      loadedAt: this.#now(),
      lastSeenAt: Math.max(written, previous?.lastSeenAt ?? 0),
      writtenAt: Math.max(written, previous?.writtenAt ?? 0),
    };
    this.#cache.set(idHash, cached);
    if (this.#cache.size > MAX_CACHED) this.#cache.delete(this.#cache.keys().next().value as string);
    return cached;
  }

  #toSession(idHash: string, cookie: string, row: SessionRow): LiveSession {
    return {
      idHash,
      publicId: row.public_id,
      // Derived, so that it needs no place of its own; it does not reveal the cookie it comes from.
      csrfToken: hashSecret(`csrf:${cookie}`),
      principal: filtered(this.#directory, identityOf(row), row.scope_filter),
      method: row.method,
      stage: stageOf(row, this.#policy()),
      confirmedAt: (row.confirmed_at ?? row.session_created_at).getTime(),
      scopeFilter: row.scope_filter,
    };
  }

  #write(idHash: string, cached: Cached): void {
    cached.writtenAt = cached.lastSeenAt;
    const write: Promise<unknown> = this.#db
      .query('update user_session set last_seen_at = $2 where id_hash = $1', [idHash, new Date(cached.lastSeenAt)])
      // Losing one write shortens the idle time by a minute; the request itself need not fail.
      .catch(() => undefined)
      .finally(() => this.#writes.delete(write));
    this.#writes.add(write);
  }
}

/** True when the rules ask a local account for more than its password. */
export function factorRequired(user: Pick<UserRow, 'factor_rule' | 'provider_id'>, policy: SignInPolicy): boolean {
  if (user.provider_id) return false;
  return user.factor_rule === 'required' || (user.factor_rule === 'policy' && policy.secondFactor === 'required');
}

function stageOf(row: SessionRow, policy: SignInPolicy): SessionStage {
  if (row.method.startsWith('oidc:')) return 'complete';
  if (row.must_change_password && row.method.startsWith('password')) return 'changePassword';
  if (factorRequired(row, policy) && !row.has_factor) return 'enrolFactor';
  return 'complete';
}

/** One answer for every reason, so that it does not tell which names exist. */
export function signInFailed(): ParapetError {
  return new ParapetError(
    'sign_in_failed',
    401,
    'The user name or the password is wrong.',
    'Check both and try again.',
  );
}
