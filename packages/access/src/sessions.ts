import { ParapetError } from '@parapet/schema';
import type { StateDb } from '@parapet/state';
import type { Directory } from './directory.ts';
import { hashSecret, newSecret } from './secrets.ts';
import type { Principal } from './types.ts';
import { identityOf, type UserRow } from './users.ts';

const IDLE_MS = 12 * 3_600_000;
const ABSOLUTE_MS = 7 * 24 * 3_600_000;
export const SESSION_SECONDS = ABSOLUTE_MS / 1000;
/** The time last seen is written at most this often for each session. */
const TOUCH_MS = 60_000;
/** How long a session is taken from memory without asking the database. Changes made here take effect at once. */
const CACHE_MS = 30_000;
const MAX_CACHED = 10_000;

export interface LiveSession {
  /** SHA-256 of the cookie: the cookie itself is never stored. */
  readonly idHash: string;
  readonly csrfToken: string;
  readonly principal: Principal;
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
}

/** Sessions of people in browsers: idle 12 hours, 7 days at most. */
export class Sessions {
  #db: StateDb;
  #directory: Directory;
  #now: () => number;
  /** Oldest first. */
  #cache = new Map<string, Cached>();
  #writes = new Set<Promise<unknown>>();

  constructor(db: StateDb, directory: Directory, now: () => number) {
    this.#db = db;
    this.#directory = directory;
    this.#now = now;
  }

  /**
   * @returns the cookie's value, which exists nowhere else, and the session
   * @throws ParapetError `sign_in_failed` 401 when the person was disabled or got another password meanwhile
   */
  async create(user: UserRow, remoteAddress: string): Promise<{ cookie: string; session: LiveSession }> {
    const cookie = newSecret();
    const now = this.#now();
    await this.removeExpired();
    const made = await this.#db.query(
      `insert into user_session (id_hash, user_id, created_at, last_seen_at, remote_address)
       select $1, id, $3, $3, $4 from app_user where id = $2 and password_hash = $5 and not disabled
       returning user_id`,
      [hashSecret(cookie), user.id, new Date(now), remoteAddress.slice(0, 100), user.password_hash],
    );
    if (made.length === 0) throw signInFailed();
    return { cookie, session: this.#toSession(cookie, user) };
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
    if (now - cached.createdAt >= ABSOLUTE_MS || now - cached.lastSeenAt >= IDLE_MS) {
      await this.remove(idHash);
      return null;
    }
    if (cached.version !== this.#directory.version) {
      cached.version = this.#directory.version;
      cached.session = { ...cached.session, principal: this.#directory.principalOf(cached.session.principal) };
    }
    cached.lastSeenAt = now;
    if (now - cached.writtenAt >= TOUCH_MS) this.#write(idHash, cached);
    return cached.session;
  }

  async remove(idHash: string): Promise<void> {
    this.#cache.delete(idHash);
    await this.#db.query('delete from user_session where id_hash = $1', [idHash]);
    // A look-up that was under way may have put it back meanwhile.
    this.#cache.delete(idHash);
  }

  async removeAllOf(userId: string): Promise<void> {
    await this.#db.query('delete from user_session where user_id = $1', [userId]);
    this.forget(userId);
  }

  /** Read a person's sessions anew at their next request. */
  forget(userId: string): void {
    for (const [idHash, { session }] of this.#cache) if (session.principal.id === userId) this.#cache.delete(idHash);
  }

  async removeExpired(): Promise<void> {
    const now = this.#now();
    // A minute later than the check above, because the time last seen is written late.
    await this.#db.query('delete from user_session where created_at < $1 or last_seen_at < $2', [
      new Date(now - ABSOLUTE_MS),
      new Date(now - IDLE_MS - TOUCH_MS),
    ]);
  }

  async close(): Promise<void> {
    for (const [idHash, cached] of this.#cache) if (cached.lastSeenAt > cached.writtenAt) this.#write(idHash, cached);
    await Promise.all(this.#writes);
  }

  async #load(cookie: string, idHash: string, previous: Cached | undefined): Promise<Cached | undefined> {
    const [row] = await this.#db.query<SessionRow>(
      `select u.*, s.user_id, s.created_at as session_created_at, s.last_seen_at
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
      session: this.#toSession(cookie, row),
      createdAt: row.session_created_at.getTime(),
      loadedAt: this.#now(),
      lastSeenAt: Math.max(written, previous?.lastSeenAt ?? 0),
      writtenAt: Math.max(written, previous?.writtenAt ?? 0),
    };
    this.#cache.set(idHash, cached);
    if (this.#cache.size > MAX_CACHED) this.#cache.delete(this.#cache.keys().next().value as string);
    return cached;
  }

  #toSession(cookie: string, user: UserRow): LiveSession {
    return {
      idHash: hashSecret(cookie),
      // Derived, so that it needs no place of its own; it does not reveal the cookie it comes from.
      csrfToken: hashSecret(`csrf:${cookie}`),
      principal: this.#directory.principalOf(identityOf(user)),
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

/** One answer for every reason, so that it does not tell which names exist. */
export function signInFailed(): ParapetError {
  return new ParapetError(
    'sign_in_failed',
    401,
    'The user name or the password is wrong.',
    'Check both and try again.',
  );
}
