import { ParapetError, type PendingFactor, type ProviderInput, type SecurityProfile } from '@parapet/schema';
import type { KeyRing, StateDb } from '@parapet/state';
import type { RoleAdmin } from '../assignments.ts';
import type { AuditLog } from '../audit.ts';
import type { Directory } from '../directory.ts';
import { BackChannel } from '../oidc/back-channel.ts';
import { ProviderClients } from '../oidc/clients.ts';
import { OidcFlow } from '../oidc/flow.ts';
import { ProviderPeople } from '../oidc/people.ts';
import { newProviderId, type ProviderEditor, Providers, type StoredProvider } from '../oidc/providers.ts';
import { RoleTargets } from '../oidc/role-targets.ts';
import { verifyPassword } from '../passwords.ts';
import { factorRequired, type LiveSession, type Sessions } from '../sessions.ts';
import type { SignInThrottle } from '../throttle.ts';
import { type Caller, foldName, notFound, type UserRow, type Users } from '../users.ts';
import type { Alarm } from './alarm.ts';
import { Factors, wrongCode } from './factors.ts';
import type { Site } from './passkeys.ts';
import type { Policies } from './policy.ts';
import { type FactorProof, type From, LocalSignIn } from './sign-in.ts';

export interface SignInServiceParts {
  readonly db: StateDb;
  readonly audits: AuditLog;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly throttle: SignInThrottle;
  readonly policies: Policies;
  readonly directory: Directory;
  readonly roles: RoleAdmin;
  readonly sealer: KeyRing;
  readonly alarm: (alarm: Alarm) => void;
  readonly now: () => number;
}

/** Everything about proving who one is. */
export class SignInService {
  readonly factors: Factors;
  readonly local: LocalSignIn;
  readonly providers: Providers;
  readonly clients: ProviderClients;
  readonly oidc: OidcFlow;
  readonly backChannel: BackChannel;
  readonly policies: Policies;
  readonly targets: RoleTargets;
  #parts: SignInServiceParts;

  constructor(parts: SignInServiceParts) {
    const { db, audits, sessions, sealer, now } = parts;
    this.#parts = parts;
    this.policies = parts.policies;
    this.targets = new RoleTargets(parts.directory, parts.roles);
    const forget = (userId: string): void => sessions.forget(userId);
    this.factors = new Factors(db, audits, sealer, now, forget);
    this.local = new LocalSignIn({ ...parts, factors: this.factors });
    this.providers = new Providers(db, audits, sealer, now);
    this.clients = new ProviderClients(this.providers, now);
    const people = new ProviderPeople(db, audits, parts.directory, now, forget);
    this.oidc = new OidcFlow({ providers: this.providers, clients: this.clients, people, sessions, sealer, now });
    this.backChannel = new BackChannel({ ...parts, providers: this.providers, clients: this.clients });
  }

  async profile(session: LiveSession, site: Site | null): Promise<SecurityProfile> {
    const { users, policies, now } = this.#parts;
    const user = await users.byId(session.principal.id);
    if (!user) throw notFound();
    const provider = user.provider_id ? await this.providers.find(user.provider_id) : undefined;
    const totpSince = await this.factors.totpSince(user.id);
    const until = session.confirmedAt + policies.current.confirmMinutes * 60_000;
    return {
      hasPassword: user.password_hash !== '',
      provider: user.provider_id ? { id: user.provider_id, name: provider?.name ?? 'a removed provider' } : null,
      breakGlass: user.break_glass,
      secondFactorRequired: factorRequired(user, policies.current),
      totp: totpSince && { since: totpSince.toISOString() },
      passkeys: await this.factors.passkeys.listOf(user.id),
      passkeysPossible: site !== null,
      recoveryCodesLeft: await this.factors.recovery.left(user.id),
      confirmedUntil: until > now() ? new Date(until).toISOString() : null,
    };
  }

  /** Make a provider, and the assignments its mapping needs: those first, because they may be refused. */
  async createProvider(input: ProviderInput, caller: Caller): Promise<StoredProvider> {
    const id = newProviderId();
    this.providers.check(input, this.#editor(caller));
    await this.targets.follow(id, input, caller);
    return this.providers.create(input, this.#editor(caller), id);
  }

  /** @param version the one that was read */
  async updateProvider(id: string, input: ProviderInput, version: number, caller: Caller): Promise<StoredProvider> {
    const updated = await this.providers.update(id, input, version, this.#editor(caller));
    await this.targets.follow(id, input, caller);
    return updated;
  }

  async removeProvider(id: string, caller: Caller): Promise<void> {
    await this.providers.remove(id, this.#editor(caller));
    await this.targets.forget(id, caller);
    this.#parts.sessions.forgetAll();
  }

  #editor(caller: Caller): ProviderEditor {
    return {
      username: caller.principal.username,
      remoteAddress: caller.remoteAddress,
      checkRole: (role) => this.targets.check(role, caller),
    };
  }

  /** The account behind a session, of the kind that has its own password and factors here. */
  async localUser(userId: string): Promise<UserRow> {
    const user = await this.#parts.users.byId(userId);
    if (!user) throw notFound();
    if (user.provider_id) {
      throw new ParapetError(
        'provider_account',
        409,
        'This account signs in through a provider, which keeps its password and factors.',
        'Change them there.',
      );
    }
    return user;
  }

  /** True when the rules ask this account for a second factor. */
  needsFactor(user: UserRow): boolean {
    return factorRequired(user, this.policies.current);
  }

  /**
   * Prove again who one is: a passkey alone, or the password and, where there is one, a code of the app.
   * @throws ParapetError `wrong_password` 403, `code_wrong` 400, `too_many_attempts` 429
   */
  async confirm(session: LiveSession, proof: FactorProof & { readonly password?: string }, from: From): Promise<void> {
    const { throttle, audits, sessions } = this.#parts;
    if (!proof.passkey && !proof.password)
      throw new ParapetError('invalid_request', 400, 'The password or a passkey is missing.', undefined, {
        field: 'password',
      });
    const user = await this.localUser(session.principal.id);
    const succeeded = throttle.attempt(foldName(user.username), from.remoteAddress);
    const entry = {
      actor: user.username,
      action: 'session.confirm',
      target: `user/${user.username}`,
      remoteAddress: from.remoteAddress,
    };
    const fail = async (error: ParapetError): Promise<never> => {
      await audits.append({ ...entry, outcome: 'failed' });
      throw error;
    };
    if (proof.passkey) {
      if (!(await this.local.check(user.id, { passkey: proof.passkey }))) await fail(wrongCode());
    } else {
      if (!(await verifyPassword(proof.password ?? '', user.password_hash || undefined))) {
        await fail(new ParapetError('wrong_password', 403, 'The password is wrong.', 'Check it and try again.'));
      }
      const kinds = await this.factors.kindsOf(user.id);
      const second: FactorProof = proof.recoveryCode
        ? { recoveryCode: proof.recoveryCode }
        : { totp: proof.totp ?? '' };
      if (kinds.length > 0 && !(await this.local.check(user.id, second))) await fail(wrongCode());
    }
    succeeded();
    await sessions.confirm(session.idHash);
    await audits.append(entry);
  }
}

export function isPending(outcome: object): outcome is PendingFactor {
  return 'ticket' in outcome;
}
