import { randomUUID } from 'node:crypto';
import type { Role } from '@parapet/schema';
import type { Queryable, StateDb } from '@parapet/state';
import type { AuditLog } from '../audit.ts';
import type { Directory } from '../directory.ts';
import { lookKey, refuseMixedScripts } from '../sign-in/look-alike.ts';
import type { From } from '../sign-in/sign-in.ts';
import { foldName, type UserRow } from '../users.ts';
import { type Claims, displayNameOf, groupsOf, rolesOf, usernameOf } from './claims.ts';
import { OidcError } from './failure.ts';
import type { StoredProvider } from './providers.ts';
import { directRole, mappedGroups } from './role-targets.ts';

/** What a sign-in says about somebody. */
interface Told {
  readonly displayName: string;
  readonly role: Role | null;
  /** Of the provider, and those that stand for mapped roles. */
  readonly groups: readonly string[];
}

/** Accounts of people who come through a provider: made at their first sign-in, brought up to date at each. */
export class ProviderPeople {
  #db: StateDb;
  #audit: AuditLog;
  #directory: Directory;
  #now: () => number;
  #changed: (userId: string) => void;

  constructor(
    db: StateDb,
    audit: AuditLog,
    directory: Directory,
    now: () => number,
    changed: (userId: string) => void,
  ) {
    this.#db = db;
    this.#audit = audit;
    this.#directory = directory;
    this.#now = now;
    this.#changed = changed;
  }

  /**
   * The account of whoever the token is about. People are known by issuer and subject alone: names and e-mail addresses
   * of a provider can be chosen by others.
   * @throws OidcError
   */
  async resolve(provider: StoredProvider, claims: Claims, who: string, from: From): Promise<UserRow> {
    const subject = String(claims.sub);
    const roles = rolesOf(claims, provider);
    const role = directRole(roles);
    const groups = [...groupsOf(claims, provider.groupsClaim), ...mappedGroups(provider.id, roles)];
    const name = usernameOf(claims, provider.usernameClaim);
    if (!name) throw new OidcError('noName', `the claim ${provider.usernameClaim} is missing`, who);
    const displayName = displayNameOf(claims, provider.displayNameClaim, name);
    const told: Told = { displayName, role, groups };
    const user = await this.#db.transaction(async (tx) => {
      const known = await this.#known(tx, provider, subject, name, who);
      if (known?.disabled) throw new OidcError('disabled', 'the account is disabled', who);
      const rights = this.#directory.rightsOf({ kind: 'user', id: known?.id ?? '', role, groups });
      if (rights.grants().length === 0)
        throw new OidcError('noRole', 'neither the mapping nor an assignment gives a right', who);
      if (known) return this.#bringUpToDate(tx, known, provider, subject, told, from);
      if (!provider.createUsers) throw new OidcError('notInvited', 'there is no account and none is made', who);
      return this.#create(tx, provider, subject, { ...told, name }, who, from);
    });
    this.#changed(user.id);
    return user;
  }

  async #known(
    tx: Queryable,
    provider: StoredProvider,
    subject: string,
    name: string,
    who: string,
  ): Promise<UserRow | undefined> {
    const [own] = await tx.query<UserRow>(
      'select * from app_user where provider_id = $1 and provider_subject = $2 for update',
      [provider.id, subject],
    );
    if (own) return own;
    const [same] = await tx.query<UserRow>(
      'select * from app_user where username_key = $1 or look_key = $2 for update',
      [foldName(name), lookKey(name)],
    );
    if (!same) return undefined;
    const mayAdopt =
      provider.adoptLocal &&
      same.provider_id === null &&
      !same.break_glass &&
      foldName(same.username) === foldName(name);
    if (mayAdopt) return same;
    throw new OidcError('nameTaken', `the user name ${name} belongs to another account`, who);
  }

  async #bringUpToDate(
    tx: Queryable,
    before: UserRow,
    provider: StoredProvider,
    subject: string,
    next: Told,
    from: From,
  ): Promise<UserRow> {
    const adopted = before.provider_id === null;
    const groupsChanged = JSON.stringify(before.groups) !== JSON.stringify(next.groups);
    const changed = adopted || groupsChanged || before.display_name !== next.displayName || before.role !== next.role;
    const [user] = await tx.query<UserRow>(
      `update app_user set display_name = $2, role = $3, provider_id = $4, provider_subject = $5, last_sign_in_at = $6,
         password_hash = '', version = version + $7, groups = $8 where id = $1 returning *`,
      [
        before.id,
        next.displayName,
        next.role,
        provider.id,
        subject,
        new Date(this.#now()),
        changed ? 1 : 0,
        next.groups,
      ],
    );
    if (adopted) {
      // What a local account could be signed in with must not go on working beside the provider.
      await tx.query('delete from user_totp where user_id = $1', [before.id]);
      await tx.query('delete from user_passkey where user_id = $1', [before.id]);
      await tx.query('delete from user_recovery_code where user_id = $1', [before.id]);
      await tx.query('delete from user_session where user_id = $1', [before.id]);
    }
    if (changed) {
      await this.#audit.append(
        {
          actor: `provider ${provider.name}`,
          action: adopted ? 'user.adopt' : 'user.update',
          target: `user/${before.username}`,
          before: { displayName: before.display_name, role: before.role, groups: before.groups },
          after: next,
          remoteAddress: from.remoteAddress,
        },
        tx,
      );
    }
    await this.#signedIn(tx, before.username, provider, from);
    return user as UserRow;
  }

  async #create(
    tx: Queryable,
    provider: StoredProvider,
    subject: string,
    next: Told & { readonly name: string },
    who: string,
    from: From,
  ): Promise<UserRow> {
    try {
      refuseMixedScripts(next.name);
    } catch {
      throw new OidcError('noName', 'the user name mixes letters that look alike', who);
    }
    const now = new Date(this.#now());
    const [user] = await tx.query<UserRow>(
      `insert into app_user (id, username, username_key, look_key, display_name, role, password_hash, created_at,
         created_by, last_sign_in_at, provider_id, provider_subject, groups)
       values ($1, $2, $3, $4, $5, $6, '', $7, $8, $7, $9, $10, $11) returning *`,
      [
        randomUUID(),
        next.name,
        foldName(next.name),
        lookKey(next.name),
        next.displayName,
        next.role,
        now,
        `provider ${provider.name}`,
        provider.id,
        subject,
        next.groups,
      ],
    );
    await this.#audit.append(
      {
        actor: `provider ${provider.name}`,
        action: 'user.create',
        target: `user/${next.name}`,
        after: { username: next.name, displayName: next.displayName, role: next.role, groups: next.groups, subject },
        remoteAddress: from.remoteAddress,
      },
      tx,
    );
    await this.#signedIn(tx, next.name, provider, from);
    return user as UserRow;
  }

  #signedIn(tx: Queryable, username: string, provider: StoredProvider, from: From): Promise<void> {
    return this.#audit.append(
      {
        actor: username,
        action: 'session.signIn',
        target: `user/${username}`,
        after: { method: `oidc:${provider.name}`, userAgent: from.userAgent.slice(0, 300) },
        remoteAddress: from.remoteAddress,
      },
      tx,
    );
  }
}
