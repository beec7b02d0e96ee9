import {
  type FactorKind,
  ParapetError,
  type ProviderInput,
  type Role,
  type SignInPolicy,
  type User,
} from '@parapet/schema';
import { AccessService } from './access.ts';
import type { StoredProvider } from './oidc/providers.ts';
import type { Access, UserDetails } from './types.ts';
import { type Caller, foldName, notFound, type UserRow } from './users.ts';

export interface AdminUser extends UserDetails {
  readonly factors: readonly FactorKind[];
  /** Name of the provider the person comes through. */
  readonly provider: string | null;
}

/**
 * What somebody with a shell on the machine may do: everything, because they have the data folder. Each change is
 * audited under the given name.
 */
export class AccessAdmin {
  #access: AccessService;
  #caller: Caller;

  constructor(access: Access, actor: string) {
    if (!(access instanceof AccessService)) throw new TypeError('AccessAdmin needs what createAccess returned');
    this.#access = access;
    const rights = access.directory.rightsOfRole('globalAdministrator');
    this.#caller = { principal: { id: '', username: actor, rights }, remoteAddress: '' };
  }

  async users(): Promise<AdminUser[]> {
    const { items } = await this.#access.users.list({ page: 1, pageSize: 10_000 });
    const providers = new Map((await this.#access.signIn.providers.list()).map(({ id, name }) => [id, name]));
    return Promise.all(
      items.map(async (user) => ({
        ...user,
        factors: await this.#access.signIn.factors.kindsOf(user.id),
        provider: user.providerId && (providers.get(user.providerId) ?? 'a removed provider'),
      })),
    );
  }

  async add(username: string, role: Role, password: string, breakGlass: boolean): Promise<User> {
    const input = { username, displayName: username, role, password, breakGlass, mustChangePassword: !breakGlass };
    const made = await this.#access.users.create(input, this.#caller);
    this.#access.setup.done();
    return made;
  }

  /** @returns how many sessions ended */
  async resetPassword(username: string, password: string): Promise<number> {
    const user = await this.#find(username);
    const ended = await this.#access.sessions.removeAllOf(user.id);
    await this.#access.users.update(user.id, { password, mustChangePassword: true }, this.#caller);
    return ended;
  }

  async removeFactors(username: string): Promise<void> {
    const user = await this.#find(username);
    await this.#access.signIn.factors.reset(user, this.#caller.principal.username, '');
    await this.#access.sessions.removeAllOf(user.id);
  }

  async unlock(username: string): Promise<void> {
    const user = await this.#find(username);
    if (user.disabled) await this.#access.users.update(user.id, { disabled: false }, this.#caller);
    this.#access.throttle.unlock(foldName(user.username));
    this.#access.throttle.unlock(`factor of ${user.id}`);
    await this.#access.audit({
      actor: this.#caller.principal.username,
      action: 'user.unlock',
      target: `user/${user.username}`,
    });
  }

  async setBreakGlass(username: string, breakGlass: boolean): Promise<void> {
    const user = await this.#find(username);
    await this.#access.users.update(user.id, { breakGlass }, this.#caller);
  }

  providers(): Promise<StoredProvider[]> {
    return this.#access.signIn.providers.list();
  }

  addProvider(input: ProviderInput): Promise<StoredProvider> {
    return this.#access.signIn.createProvider(input, this.#caller);
  }

  removeProvider(id: string): Promise<void> {
    return this.#access.signIn.removeProvider(id, this.#caller);
  }

  async changePolicy(change: Partial<Pick<SignInPolicy, 'localSignIn' | 'secondFactor'>>): Promise<SignInPolicy> {
    if (change.localSignIn && !['everyone', 'breakGlassOnly'].includes(change.localSignIn))
      throw new ParapetError('invalid_request', 400, '--local is everyone or breakGlassOnly.');
    if (change.secondFactor && !['optional', 'required'].includes(change.secondFactor))
      throw new ParapetError('invalid_request', 400, '--second-factor is optional or required.');
    const { version, ...current } = this.#access.policies.current;
    if (Object.keys(change).length === 0) return this.#access.policies.current;
    const next = await this.#access.policies.change({ ...current, ...change }, version, this.#caller);
    this.#access.sessions.forgetAll();
    return next;
  }

  /** Seal the end of the audit log with the present key, by an entry that tells of it. */
  async resealAudit(keyId: string): Promise<void> {
    await this.#access.audit({
      actor: this.#caller.principal.username,
      action: 'keys.rotate',
      target: 'sealing key',
      after: { keyId },
    });
  }

  /** True when nothing but the present key vouches for the audit log. */
  oldKeysUnused(keyId: string): Promise<boolean> {
    return this.#access.audits.sealedOnlyWith(keyId);
  }

  async #find(username: string): Promise<UserRow> {
    const user = await this.#access.users.byName(username);
    if (!user) throw notFound();
    return user;
  }
}
