import { randomUUID } from 'node:crypto';
import { type FactorRule, ParapetError, type Permission, type Role, type User } from '@parapet/schema';
import { isUniqueViolation, type Queryable, type StateDb } from '@parapet/state';
import { requireAnAdministrator } from './administrators.ts';
import { type AuditLog, like } from './audit.ts';
import type { Directory } from './directory.ts';
import { requireGrantable } from './grantable.ts';
import { checkPassword, hashPassword } from './passwords.ts';
import type { Rights } from './rights.ts';
import { lookKey, refuseMixedScripts } from './sign-in/look-alike.ts';
import { changedMeanwhile } from './sign-in/policy.ts';
import type { Identity, NewUser, Principal, UserDetails } from './types.ts';

const USERNAME = /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u;
const DISPLAY_NAME = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]{1,100}$/u;

export interface UserRow {
  readonly id: string;
  readonly username: string;
  readonly display_name: string;
  readonly role: Role | null;
  readonly groups: readonly string[];
  readonly password_hash: string;
  readonly disabled: boolean;
  readonly created_at: Date;
  readonly created_by: string;
  readonly last_sign_in_at: Date | null;
  /** Grows with each change; whoever changes says which one they saw. */
  readonly version: number;
  readonly break_glass: boolean;
  readonly factor_rule: FactorRule;
  readonly must_change_password: boolean;
  /** Null for local accounts. */
  readonly provider_id: string | null;
  readonly provider_subject: string | null;
}

export interface UserChange {
  readonly displayName?: string;
  /** Null takes the global role away. */
  readonly role?: Role | null;
  readonly disabled?: boolean;
  readonly password?: string;
  /** Signs in locally whatever the policy says, and every use raises an alarm. */
  readonly breakGlass?: boolean;
  readonly factorRule?: FactorRule;
  readonly mustChangePassword?: boolean;
}

/** Who asks for a change, and from where. */
export interface Caller {
  readonly principal: Pick<Principal, 'id' | 'username' | 'rights'>;
  readonly remoteAddress: string;
}

const SORTS = {
  username: 'username_key',
  displayName: 'lower(display_name)',
  role: 'role',
  createdAt: 'created_at',
  lastSignInAt: 'last_sign_in_at',
} as const;
export type UserSort = keyof typeof SORTS;
export const USER_SORTS = Object.keys(SORTS) as UserSort[];

export interface UserFilter {
  /** In user name or display name. */
  readonly search?: string;
  readonly role?: readonly Role[];
  readonly disabled?: boolean;
  readonly permission?: Permission;
  readonly sort?: UserSort;
  readonly descending?: boolean;
  readonly page: number;
  readonly pageSize: number;
}

export class Users {
  #db: StateDb;
  #audit: AuditLog;
  #directory: Directory;
  #now: () => number;
  /** Called after a change that ends or alters a person's rights. */
  #onChange: (userId: string) => void;

  constructor(
    db: StateDb,
    audit: AuditLog,
    directory: Directory,
    now: () => number,
    onChange: (userId: string) => void,
  ) {
    this.#db = db;
    this.#audit = audit;
    this.#directory = directory;
    this.#now = now;
    this.#onChange = onChange;
  }

  /** @throws ParapetError `grant_beyond_own` 403 when the person holds more than the caller */
  requireMayManage(user: UserRow, principal: Caller['principal']): void {
    requireGrantable(principal.rights, this.rightsOf(user));
  }

  /** Work out how the names of accounts of before look; of two that look alike the older one keeps the look. */
  async fillLooks(): Promise<void> {
    const rows = await this.#db.query<UserRow>('select * from app_user where look_key is null order by created_at, id');
    for (const row of rows) {
      await this.#db.query(
        `update app_user set look_key = $2 where id = $1
           and not exists (select from app_user where look_key = $2)`,
        [row.id, lookKey(row.username)],
      );
    }
  }

  async any(queryable: Queryable = this.#db): Promise<boolean> {
    const [row] = await queryable.query<{ any: boolean }>('select exists (select from app_user) as any');
    return row?.any ?? false;
  }

  async byName(username: string): Promise<UserRow | undefined> {
    const [row] = await this.#db.query<UserRow>('select * from app_user where username_key = $1', [foldName(username)]);
    return row;
  }

  async byId(id: string): Promise<UserRow | undefined> {
    const [row] = await this.#db.query<UserRow>('select * from app_user where id = $1', [id]);
    return row;
  }

  /** Ids of everyone who holds the permission, by whatever grant. */
  async #holders(permission: Permission): Promise<string[]> {
    const rows = await this.#db.query<Pick<UserRow, 'id' | 'role' | 'groups'>>('select id, role, groups from app_user');
    return rows.filter((row) => this.#directory.rightsOf({ kind: 'user', ...row }).can(permission)).map(({ id }) => id);
  }

  /** What someone may do now. */
  rightsOf(row: Pick<UserRow, 'id' | 'role' | 'groups'>): Rights {
    return this.#directory.rightsOf({ kind: 'user', id: row.id, role: row.role, groups: row.groups });
  }

  async list(filter: UserFilter): Promise<{ items: UserDetails[]; total: number }> {
    const conditions: string[] = [];
    const params: unknown[] = [];
    const add = (value: unknown, condition: (place: string) => string): void => {
      if (value === undefined || value === '') return;
      params.push(value);
      conditions.push(condition(`$${params.length}`));
    };
    add(filter.search && `%${like(filter.search)}%`, (p) => `(username ilike ${p} or display_name ilike ${p})`);
    add(filter.role?.length ? filter.role : undefined, (p) => `role = any(${p}::text[])`);
    add(filter.permission && (await this.#holders(filter.permission)), (p) => `id = any(${p}::text[])`);
    add(filter.disabled, (p) => `disabled = ${p}`);
    const where = conditions.length > 0 ? `where ${conditions.join(' and ')}` : '';
    const [count] = await this.#db.query<{ n: number }>(`select count(*) as n from app_user ${where}`, params);
    const rows = await this.#db.query<UserRow>(
      `select * from app_user ${where}
       order by ${SORTS[filter.sort ?? 'username']} ${filter.descending ? 'desc nulls last' : 'asc nulls first'}, id
       limit $${params.length + 1} offset $${params.length + 2}`,
      [...params, filter.pageSize, (filter.page - 1) * filter.pageSize],
    );
    return { items: rows.map(toDetails), total: count?.n ?? 0 };
  }

  /**
   * Check what people typed and hash the password: everything that may be refused before anything is written.
   * @throws ParapetError `invalid_request` or `password_weak`, both 400
   */
  async prepare(input: NewUser & { readonly role: Role | null }, createdBy: string): Promise<UserRow> {
    const username = input.username.normalize('NFKC').trim();
    if (!USERNAME.test(username)) {
      throw new ParapetError(
        'invalid_request',
        400,
        'The user name needs 1 to 64 letters, digits or the signs . _ @ + - and starts with a letter or digit.',
      );
    }
    refuseMixedScripts(username);
    const displayName = checkDisplayName(input.displayName);
    checkPassword(input.password, username);
    return {
      id: randomUUID(),
      username,
      display_name: displayName,
      role: input.role,
      groups: [],
      password_hash: await hashPassword(input.password),
      disabled: false,
      created_at: new Date(this.#now()),
      created_by: createdBy,
      last_sign_in_at: null,
      version: 1,
      break_glass: input.breakGlass ?? false,
      factor_rule: input.factorRule ?? 'policy',
      must_change_password: input.mustChangePassword ?? false,
      provider_id: null,
      provider_subject: null,
    };
  }

  /** @throws ParapetError `username_taken` 409 */
  async insert(tx: Queryable, user: UserRow, remoteAddress: string): Promise<void> {
    try {
      await tx.query(
        `insert into app_user
           (id, username, username_key, display_name, role, password_hash, created_at, created_by, look_key,
            break_glass, factor_rule, must_change_password)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
        [
          user.id,
          user.username,
          foldName(user.username),
          user.display_name,
          user.role,
          user.password_hash,
          user.created_at,
          user.created_by,
          lookKey(user.username),
          user.break_glass,
          user.factor_rule,
          user.must_change_password,
        ],
      );
    } catch (error) {
      if (isUniqueViolation(error, 'app_user_look')) {
        throw new ParapetError(
          'username_looks_taken',
          409,
          `The user name "${user.username}" looks like one that exists.`,
          'Choose one that people can tell apart from it.',
        );
      }
      if (!isUniqueViolation(error, 'app_user_username')) throw error;
      throw new ParapetError(
        'username_taken',
        409,
        `The user name "${user.username}" is taken.`,
        'Choose another one.',
      );
    }
    await this.#audit.append(
      {
        actor: user.created_by,
        action: 'user.create',
        target: `user/${user.username}`,
        after: auditView(user),
        remoteAddress,
      },
      tx,
    );
  }

  async create(input: NewUser & { readonly role: Role | null }, caller: Caller): Promise<UserDetails> {
    requireGrantable(caller.principal.rights, this.#directory.rightsOfRole(input.role));
    const user = await this.prepare(input, caller.principal.username);
    await this.#db.transaction((tx) => this.insert(tx, user, caller.remoteAddress));
    return toDetails(user);
  }

  /**
   * @param seen version of the account the caller saw; another one is refused
   * @throws ParapetError `user_not_found` 404, `last_administrator` 409, `grant_beyond_own` 403, `password_weak` 400,
   *   `changed_meanwhile` 412, `provider_account` 409
   */
  async update(id: string, change: UserChange, caller: Caller, seen?: number): Promise<UserDetails> {
    if (Object.values(change).every((value) => value === undefined)) {
      throw new ParapetError('invalid_request', 400, 'Nothing to change was given.');
    }
    const displayName = change.displayName === undefined ? undefined : checkDisplayName(change.displayName);
    if (change.role) requireGrantable(caller.principal.rights, this.#directory.rightsOfRole(change.role));
    const known = await this.byId(id);
    if (!known) throw notFound();
    let passwordHash: string | undefined;
    if (change.password !== undefined) {
      checkPassword(change.password, known.username);
      passwordHash = await hashPassword(change.password);
    }
    const after = await this.#db.transaction(async (tx) => {
      const [before] = await tx.query<UserRow>('select * from app_user where id = $1 for update', [id]);
      if (!before) throw notFound();
      if (seen !== undefined && seen !== before.version) throw changedMeanwhile();
      if (before.provider_id && (passwordHash !== undefined || change.breakGlass || change.mustChangePassword)) {
        throw new ParapetError(
          'provider_account',
          409,
          'This account signs in through a provider, so it has no password here.',
          'Add a local account beside it.',
        );
      }
      // Whoever could reset the password of someone with more rights would have those rights.
      requireGrantable(caller.principal.rights, this.rightsOf(before));
      const next: UserRow = {
        ...before,
        display_name: displayName ?? before.display_name,
        role: change.role === undefined ? before.role : change.role,
        disabled: change.disabled ?? before.disabled,
        password_hash: passwordHash ?? before.password_hash,
        version: before.version + 1,
        break_glass: change.breakGlass ?? before.break_glass,
        factor_rule: change.factorRule ?? before.factor_rule,
        must_change_password: change.mustChangePassword ?? before.must_change_password,
      };
      await tx.query(
        `update app_user set display_name = $2, role = $3, disabled = $4, password_hash = $5, version = $6,
           break_glass = $7, factor_rule = $8, must_change_password = $9 where id = $1`,
        [
          id,
          next.display_name,
          next.role,
          next.disabled,
          next.password_hash,
          next.version,
          next.break_glass,
          next.factor_rule,
          next.must_change_password,
        ],
      );
      if (next.role !== before.role || next.disabled !== before.disabled) await requireAnAdministrator(tx);
      if (next.disabled || passwordHash !== undefined) {
        await tx.query('delete from user_session where user_id = $1', [id]);
      }
      await this.#audit.append(
        {
          actor: caller.principal.username,
          action: 'user.update',
          target: `user/${before.username}`,
          before: auditView(before),
          after: { ...auditView(next), ...(passwordHash === undefined ? {} : { signInChanged: true }) },
          remoteAddress: caller.remoteAddress,
        },
        tx,
      );
      return next;
    });
    this.#onChange(id);
    return toDetails(after);
  }
}

/** Names are compared without case and compatibility forms. */
export function foldName(username: string): string {
  return username.normalize('NFKC').trim().toLowerCase();
}

export function toUser(row: UserRow): User {
  return { id: row.id, username: row.username, displayName: row.display_name, role: row.role };
}

export function toDetails(row: UserRow): UserDetails {
  return {
    ...toUser(row),
    disabled: row.disabled,
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
    lastSignInAt: row.last_sign_in_at?.toISOString() ?? null,
    version: row.version,
    breakGlass: row.break_glass,
    factorRule: row.factor_rule,
    mustChangePassword: row.must_change_password,
    providerId: row.provider_id,
  };
}

export function notFound(): ParapetError {
  return new ParapetError('user_not_found', 404, 'There is no such user.', 'Reload the list: it may have changed.');
}

function checkDisplayName(input: string): string {
  const displayName = input.normalize('NFC').trim();
  if (!DISPLAY_NAME.test(displayName)) {
    throw new ParapetError(
      'invalid_request',
      400,
      'The display name needs 1 to 100 characters, without line breaks or other control characters.',
    );
  }
  return displayName;
}

/** Who the person is, for their rights. */
export function identityOf(row: UserRow): Identity {
  return {
    kind: 'user',
    id: row.id,
    username: row.username,
    displayName: row.display_name,
    role: row.role,
    groups: row.groups,
  };
}

function auditView(row: UserRow): object {
  return {
    username: row.username,
    displayName: row.display_name,
    role: row.role,
    disabled: row.disabled,
    breakGlass: row.break_glass,
    factorRule: row.factor_rule,
  };
}
