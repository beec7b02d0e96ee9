import {
  type CreatedIngestKey,
  type Environment,
  type IngestKey,
  ParapetError,
  type SetupRequest,
  type User,
} from '@parapet/schema';
import { createMemorySealer, type KeyRing, type Queryable, type StateDb } from '@parapet/state';
import { RightsChanges } from './admin.ts';
import { RoleAdmin } from './assignments.ts';
import { AuditLog } from './audit.ts';
import { AuditMirror, type AuditMirrorOptions } from './audit-mirror.ts';
import { DenialLog } from './denials.ts';
import { Directory } from './directory.ts';
import { IngestKeys, QUERY_KEY_PERMISSIONS } from './keys.ts';
import { accessMigrations } from './migrations.ts';
import { checkPassword, hashPassword, prepareDecoy, verifyPassword } from './passwords.ts';
import { Preferences } from './preferences.ts';
import { RateLimiter } from './rate-limit.ts';
import { ScopeAdmin } from './scope-admin.ts';
import { Sessions } from './sessions.ts';
import { Setup } from './setup.ts';
import type { Alarm } from './sign-in/alarm.ts';
import { Policies } from './sign-in/policy.ts';
import { SignInService } from './sign-in/service.ts';
import type { From, SignedIn } from './sign-in/sign-in.ts';
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
import { foldName, toUser, type UserRow, Users } from './users.ts';

export interface CreateAccessOptions {
  readonly db: StateDb;
  readonly log?: AccessLog;
  /** The product's version, as the session call reports it. */
  readonly version: string;
  /** Origins (`https://parapet.example`) the portal is served from besides the request's own host, behind a proxy. */
  readonly origins?: readonly string[];
  /** Seals what must not be read from the database, and signs the audit log. Without one: a key that is gone with the process. */
  readonly sealer?: KeyRing;
  /** Leave a set-up link as it is: for commands that work beside a server's folder. */
  readonly keepSetup?: boolean;
  /** Requests one person or key may make in a minute, half of it for addresses of strangers; 0 sets no limit. */
  readonly requestsPerMinute?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Apply the migrations, load what is kept in memory and, while nobody exists, make a set-up token. */
export async function createAccess(options: CreateAccessOptions): Promise<Access> {
  const { db, log, version, origins = [], now = Date.now, sealer = createMemorySealer() } = options;
  await db.migrate(accessMigrations);
  const audits = new AuditLog(db, now, sealer);
  const keys = await IngestKeys.load(db, audits, log, now);
  const directory = await Directory.load(db);
  const service = new AccessService(db, audits, keys, directory, {
    log,
    version,
    origins,
    now,
    sealer,
    requestsPerMinute: options.requestsPerMinute ?? 0,
  });
  await service.policies.load();
  await service.users.fillLooks();
  if (!options.keepSetup) await service.setup.start();
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
  readonly scopes: ScopeAdmin;
  readonly policies: Policies;
  readonly signIn: SignInService;
  readonly sealer: KeyRing;
  readonly rates: { readonly callers: RateLimiter; readonly strangers: RateLimiter };
  readonly now: () => number;
  /** Cloud environments that data has come from; the server knows, this room does not. */
  environments: () => Promise<readonly Environment[]> = async () => [];
  #alarms = new Set<(alarm: Alarm) => void>();
  /** Checks tokens of the public API where a query key would do; set once the authorisation server is open. */
  tokens:
    | {
        verify(
          authorization: string,
        ): Promise<{ readonly principal: Principal; readonly permissions: ReadonlySet<string> }>;
      }
    | undefined;
  #db: StateDb;
  #now: () => number;

  constructor(
    db: StateDb,
    readonly audits: AuditLog,
    readonly keys: IngestKeys,
    readonly directory: Directory,
    settings: Pick<AccessService, 'log' | 'version' | 'origins' | 'now' | 'sealer'> & {
      readonly requestsPerMinute: number;
    },
  ) {
    this.#db = db;
    this.#now = settings.now;
    this.now = settings.now;
    this.sealer = settings.sealer;
    this.policies = new Policies(db, audits);
    this.log = settings.log;
    this.version = settings.version;
    this.origins = settings.origins;
    this.sessions = new Sessions(db, directory, this.#now, () => this.policies.current);
    this.users = new Users(db, audits, directory, this.#now, (userId) => this.sessions.forget(userId));
    this.setup = new Setup(db, this.users, this.#now);
    this.preferences = new Preferences(db, this.#now);
    this.throttle = new SignInThrottle(this.#now);
    this.changes = new RightsChanges(db, audits, directory, this.#now);
    this.roles = new RoleAdmin(this.changes);
    this.scopes = new ScopeAdmin(this.changes);
    this.denials = new DenialLog(audits, this.log, this.#now);
    this.rates = {
      callers: new RateLimiter(settings.requestsPerMinute, this.#now),
      strangers: new RateLimiter(Math.ceil(settings.requestsPerMinute / 2), this.#now),
    };
    this.signIn = new SignInService({
      db,
      audits,
      users: this.users,
      sessions: this.sessions,
      throttle: this.throttle,
      policies: this.policies,
      directory,
      roles: this.roles,
      sealer: this.sealer,
      alarm: (alarm) => this.#raise(alarm),
      now: this.#now,
    });
  }

  mirrorAudit(write: AuditMirrorOptions['write']): AuditMirror {
    return new AuditMirror({ db: this.#db, audits: this.audits, write, log: this.log });
  }

  onAlarm(listener: (alarm: Alarm) => void): void {
    this.#alarms.add(listener);
  }

  #raise(alarm: Alarm): void {
    this.log?.warn({ ...alarm }, 'A break-glass account signed in');
    for (const listener of this.#alarms) listener(alarm);
  }

  knowEnvironments(read: () => Promise<readonly Environment[]>): void {
    this.environments = read;
  }

  knowColumns(hasColumn: (table: string, column: string) => boolean): void {
    this.scopes.hasColumn = hasColumn;
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

  async completeSetup(request: SetupRequest, from: From): Promise<SignedIn> {
    const { remoteAddress } = from;
    const succeeded = this.throttle.attempt('setup link', remoteAddress);
    const user = await this.setup.complete(request, remoteAddress).catch((error: unknown) => {
      // Only a wrong token is a guess; a password that was refused is not.
      if (!(error instanceof ParapetError && error.code === 'setup_token_wrong')) succeeded();
      throw error;
    });
    succeeded();
    return this.sessions.create(user, { ...from, method: 'setup' });
  }

  /**
   * Change one's own password: every session of the person ends and a new one begins.
   * @param method how the old session began; the new one goes on with it
   * @throws ParapetError `wrong_password` 403, `password_weak` 400, `password_same` 400, `too_many_attempts` 429
   */
  async changePassword(
    userId: string,
    currentPassword: string,
    newPassword: string,
    from: From,
    method: string,
  ): Promise<SignedIn> {
    const { remoteAddress } = from;
    const user = await this.signIn.localUser(userId);
    const succeeded = this.throttle.attempt(foldName(user.username), remoteAddress);
    const entry = { actor: user.username, action: 'session.password', target: `user/${user.username}`, remoteAddress };
    if (!(await verifyPassword(currentPassword, user.password_hash))) {
      await this.audits.append({ ...entry, outcome: 'failed' });
      throw new ParapetError('wrong_password', 403, 'The current password is wrong.', 'Check it and try again.');
    }
    succeeded();
    checkPassword(newPassword, user.username);
    if (newPassword === currentPassword) {
      throw new ParapetError('password_same', 400, 'The new password is the old one.', 'Choose another one.');
    }
    const hash = await hashPassword(newPassword);
    const changed: UserRow = { ...user, password_hash: hash };
    await this.#db.transaction(async (tx) => {
      await tx.query(
        'update app_user set password_hash = $2, must_change_password = false, version = version + 1 where id = $1',
        [user.id, hash],
      );
      await this.audits.append(entry, tx);
    });
    await this.sessions.removeAllOf(user.id);
    return this.sessions.create(changed, { ...from, method });
  }
}
