import { type CreatedIngestKey, type IngestKey, ParapetError, type SetupRequest, type User } from '@parapet/schema';
import type { Queryable, StateDb } from '@parapet/state';
import { RightsChanges } from './admin.ts';
import { RoleAdmin } from './assignments.ts';
import { AuditLog } from './audit.ts';
import { DenialLog } from './denials.ts';
import { Directory } from './directory.ts';
import { IngestKeys, QUERY_KEY_PERMISSIONS } from './keys.ts';
import { accessMigrations } from './migrations.ts';
import { checkPassword, hashPassword, needsRehash, prepareDecoy, verifyPassword } from './passwords.ts';
import { Preferences } from './preferences.ts';
import { type LiveSession, Sessions, signInFailed } from './sessions.ts';
import { Setup } from './setup.ts';
import { SignInThrottle } from './throttle.ts';
import type {
  Access,
  AccessLog,
  AuditInput,
  AuditVerification,
  Identity,
  KeySender,
  NewUser,
  Principal,
} from './types.ts';
import { foldName, notFound, toUser, type UserRow, Users } from './users.ts';

export interface CreateAccessOptions {
  readonly db: StateDb;
  readonly log?: AccessLog;
  /** The product's version, as the session call reports it. */
  readonly version: string;
  /** Origins (`https://parapet.example`) the portal is served from besides the request's own host, behind a proxy. */
  readonly origins?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Apply the migrations, load what is kept in memory and, while nobody exists, make a set-up token. */
export async function createAccess(options: CreateAccessOptions): Promise<Access> {
  const { db, log, version, origins = [], now = Date.now } = options;
  await db.migrate(accessMigrations);
  const audits = new AuditLog(db, now);
  const keys = await IngestKeys.load(db, audits, log, now);
  const directory = await Directory.load(db);
  const service = new AccessService(db, audits, keys, directory, { log, version, origins, now });
  await service.setup.start();
  await service.sessions.removeExpired();
  await prepareDecoy();
  return service;
}

/** Everything the routes of this room need; other rooms see {@link Access} alone. */
export class AccessService implements Access {
  readonly log: AccessLog | undefined;
  readonly version: string;
  readonly origins: readonly string[];
  readonly users: Users;
  readonly sessions: Sessions;
  readonly setup: Setup;
  readonly preferences: Preferences;
  readonly throttle: SignInThrottle;
  readonly denials: DenialLog;
  readonly changes: RightsChanges;
  readonly roles: RoleAdmin;
  #db: StateDb;
  #now: () => number;

  constructor(
    db: StateDb,
    readonly audits: AuditLog,
    readonly keys: IngestKeys,
    readonly directory: Directory,
    settings: Pick<AccessService, 'log' | 'version' | 'origins'> & { readonly now: () => number },
  ) {
    this.#db = db;
    this.#now = settings.now;
    this.log = settings.log;
    this.version = settings.version;
    this.origins = settings.origins;
    this.sessions = new Sessions(db, directory, this.#now);
    this.users = new Users(db, audits, directory, this.#now, (userId) => this.sessions.forget(userId));
    this.setup = new Setup(db, this.users, this.#now);
    this.preferences = new Preferences(db, this.#now);
    this.throttle = new SignInThrottle(this.#now);
    this.changes = new RightsChanges(db, audits, directory, this.#now);
    this.roles = new RoleAdmin(this.changes);
    this.denials = new DenialLog(audits, this.log, this.#now);
  }

  get setupToken(): string | null {
    return this.setup.token;
  }

  resetSetupToken(): Promise<string> {
    return this.setup.reset();
  }

  async createAdministrator(input: NewUser): Promise<User> {
    const user = await this.users.prepare({ ...input, role: 'globalAdministrator' }, 'system');
    await this.#db.transaction(async (tx) => {
      await this.users.insert(tx, user, '');
      await tx.query('delete from setup_token');
    });
    this.setup.done();
    return toUser(user);
  }

  audit(entry: AuditInput, tx?: Queryable): Promise<void> {
    return this.audits.append(entry, tx);
  }

  verifyAudit(): Promise<AuditVerification> {
    return this.audits.verify();
  }

  createKey(name: string, by: string, sourceId?: string, remoteAddress = ''): Promise<CreatedIngestKey> {
    return this.keys.create(name, by, remoteAddress, 'ingest', sourceId);
  }

  revokeKey(id: string, by: string): Promise<boolean> {
    return this.keys.revoke(id, by);
  }

  async listKeys(): Promise<IngestKey[]> {
    return this.keys.list();
  }

  async verifyKey(
    credentials: { readonly id: string; readonly secret: string } | string | undefined,
  ): Promise<KeySender | null> {
    return this.keys.verify(credentials);
  }

  /**
   * Whoever asks with a query key: its own assignments, or else what its maker may read, and never more than reading.
   * Null when the key is not valid, or its maker may not sign in any more.
   */
  async keyPrincipal(authorization: string | undefined): Promise<Principal | null> {
    const key = this.keys.holder(authorization);
    if (!key) return null;
    const identity: Identity = {
      kind: 'key',
      id: key.id,
      username: `key:${key.name}`,
      displayName: key.name,
      role: null,
      groups: [],
    };
    const own = this.directory.rightsOf(identity);
    if (own.grants().length > 0) return this.directory.principalOf(identity, own.only(QUERY_KEY_PERMISSIONS));
    const maker = await this.users.byName(key.createdBy);
    if (maker?.disabled) return null;
    const rights = maker ? this.users.rightsOf(maker) : this.directory.rightsOfRole('securityAdministrator');
    return this.directory.principalOf(identity, rights.only(QUERY_KEY_PERMISSIONS));
  }

  async close(): Promise<void> {
    await Promise.all([this.keys.close(), this.sessions.close()]);
  }

  /**
   * Check name and password.
   * @throws ParapetError `sign_in_failed` 401, the same for an unknown name, a wrong password and a disabled user;
   *   `too_many_attempts` 429
   */
  async signIn(
    username: string,
    password: string,
    remoteAddress: string,
  ): Promise<{ cookie: string; session: LiveSession }> {
    const succeeded = this.throttle.attempt(foldName(username), remoteAddress);
    const user = await this.users.byName(username);
    const fits = await verifyPassword(password, user?.password_hash);
    if (!user || !fits || user.disabled) {
      await this.audits.append({
        actor: username,
        action: 'session.signIn',
        target: `user/${username}`,
        outcome: 'failed',
        remoteAddress,
      });
      throw signInFailed();
    }
    succeeded();
    // Hashing takes a while: it is done before the transaction, which holds everyone else up.
    const renewed = needsRehash(user.password_hash) ? await hashPassword(password) : undefined;
    await this.#db.transaction(async (tx) => {
      await tx.query('update app_user set last_sign_in_at = $2 where id = $1', [user.id, new Date(this.#now())]);
      if (renewed) {
        await tx.query('update app_user set password_hash = $2 where id = $1 and password_hash = $3', [
          user.id,
          renewed,
          user.password_hash,
        ]);
      }
      await this.audits.append(
        { actor: user.username, action: 'session.signIn', target: `user/${user.username}`, remoteAddress },
        tx,
      );
    });
    return this.sessions.create(renewed ? { ...user, password_hash: renewed } : user, remoteAddress);
  }

  async completeSetup(request: SetupRequest, remoteAddress: string): Promise<{ cookie: string; session: LiveSession }> {
    const succeeded = this.throttle.attempt('setup link', remoteAddress);
    const user = await this.setup.complete(request, remoteAddress).catch((error: unknown) => {
      // Only a wrong token is a guess; a password that was refused is not.
      if (!(error instanceof ParapetError && error.code === 'setup_token_wrong')) succeeded();
      throw error;
    });
    succeeded();
    return this.sessions.create(user, remoteAddress);
  }

  /**
   * Change one's own password: every session of the person ends and a new one begins.
   * @throws ParapetError `wrong_password` 403, `password_weak` 400, `too_many_attempts` 429
   */
  async changePassword(
    userId: string,
    currentPassword: string,
    newPassword: string,
    remoteAddress: string,
  ): Promise<{ cookie: string; session: LiveSession }> {
    const user = await this.users.byId(userId);
    if (!user) throw notFound();
    const succeeded = this.throttle.attempt(foldName(user.username), remoteAddress);
    const entry = { actor: user.username, action: 'session.password', target: `user/${user.username}`, remoteAddress };
    if (!(await verifyPassword(currentPassword, user.password_hash))) {
      await this.audits.append({ ...entry, outcome: 'failed' });
      throw new ParapetError('wrong_password', 403, 'The current password is wrong.', 'Check it and try again.');
    }
    succeeded();
    checkPassword(newPassword, user.username);
    const hash = await hashPassword(newPassword);
    const changed: UserRow = { ...user, password_hash: hash };
    await this.#db.transaction(async (tx) => {
      await tx.query('update app_user set password_hash = $2 where id = $1', [user.id, hash]);
      await this.audits.append(entry, tx);
    });
    await this.sessions.removeAllOf(user.id);
    return this.sessions.create(changed, remoteAddress);
  }
}
