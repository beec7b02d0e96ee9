import { randomBytes } from 'node:crypto';
import { ParapetError, type Provider, type ProviderInput } from '@parapet/schema';
import { isUniqueViolation, type Queryable, type Sealer, type StateDb } from '@parapet/state';
import type { AuditLog } from '../audit.ts';
import { changedMeanwhile } from '../sign-in/policy.ts';

type Settings = Omit<ProviderInput, 'name' | 'enabled' | 'issuer' | 'clientId' | 'clientSecret'>;

interface ProviderRow {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly issuer: string;
  readonly client_id: string;
  readonly client_secret: string | null;
  readonly settings: Settings;
  readonly version: number;
}

/** A provider as this room works with it: the secret still sealed. */
export interface StoredProvider extends Omit<ProviderInput, 'clientSecret'> {
  readonly id: string;
  readonly sealedSecret: string | null;
  readonly version: number;
}

/** Who changes a provider, and which roles they may hand out. */
export interface ProviderEditor {
  readonly username: string;
  readonly remoteAddress: string;
  /** @throws ParapetError when the role does not exist or the caller may not give it */
  readonly checkRole: (role: string) => void;
}

const MAX_PROVIDERS = 20;
const MAX_MAPPINGS = 500;

/** OpenID Connect providers people sign in through. */
export class Providers {
  #db: StateDb;
  #audit: AuditLog;
  #sealer: Sealer;
  #now: () => number;

  constructor(db: StateDb, audit: AuditLog, sealer: Sealer, now: () => number) {
    this.#db = db;
    this.#audit = audit;
    this.#sealer = sealer;
    this.#now = now;
  }

  async list(): Promise<StoredProvider[]> {
    const rows = await this.#db.query<ProviderRow>('select * from sign_in_provider order by lower(name)');
    return rows.map(toStored);
  }

  async find(id: string): Promise<StoredProvider | undefined> {
    const [row] = await this.#db.query<ProviderRow>('select * from sign_in_provider where id = $1', [id]);
    return row && toStored(row);
  }

  async openSecret(provider: StoredProvider): Promise<string | undefined> {
    return provider.sealedSecret === null ? undefined : this.#sealer.open(provider.sealedSecret);
  }

  /** @throws ParapetError `invalid_request` 400, `provider_name_taken` 409 */
  async create(input: ProviderInput, editor: ProviderEditor, id = newProviderId()): Promise<StoredProvider> {
    checkInput(input, editor);
    // The secret must not travel on with the rest: what is returned here is answered to the caller.
    const { clientSecret, ...settings } = input;
    const provider: StoredProvider = {
      ...settings,
      id,
      sealedSecret: clientSecret ? await this.#sealer.seal(clientSecret) : null,
      version: 1,
    };
    await this.#write(async (tx) => {
      const [count] = await tx.query<{ n: number }>('select count(*) as n from sign_in_provider');
      if ((count?.n ?? 0) >= MAX_PROVIDERS) {
        throw new ParapetError('too_many_providers', 409, `At most ${MAX_PROVIDERS} providers are kept.`);
      }
      await tx.query(
        `insert into sign_in_provider (id, name, enabled, issuer, client_id, client_secret, settings, version, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, 1, $8)`,
        [...columns(provider), new Date(this.#now())],
      );
      await this.#record(tx, editor, 'provider.create', provider.id, undefined, view(provider));
    });
    return provider;
  }

  /**
   * @param version the one that was read
   * @throws ParapetError `provider_not_found` 404, `changed_meanwhile` 412, `invalid_request` 400
   */
  async update(id: string, input: ProviderInput, version: number, editor: ProviderEditor): Promise<StoredProvider> {
    checkInput(input, editor);
    const { clientSecret, ...settings } = input;
    const sealed = clientSecret ? await this.#sealer.seal(clientSecret) : null;
    return this.#write(async (tx) => {
      const [row] = await tx.query<ProviderRow>('select * from sign_in_provider where id = $1 for update', [id]);
      if (!row) throw providerNotFound();
      if (row.version !== version) throw changedMeanwhile();
      const before = toStored(row);
      if (clientSecret === undefined && before.issuer !== input.issuer && before.sealedSecret !== null) {
        // Otherwise whoever may edit a provider could have its secret sent to a server of their own.
        throw new ParapetError(
          'secret_needed',
          400,
          'With another issuer the client secret must be entered again.',
          undefined,
          { field: 'clientSecret' },
        );
      }
      const next: StoredProvider = {
        ...settings,
        id,
        sealedSecret: clientSecret === undefined ? before.sealedSecret : sealed,
        version: version + 1,
      };
      await tx.query(
        `update sign_in_provider set name = $2, enabled = $3, issuer = $4, client_id = $5, client_secret = $6,
           settings = $7, version = version + 1 where id = $1`,
        columns(next),
      );
      await this.#record(tx, editor, 'provider.update', id, view(before), {
        ...view(next),
        ...(clientSecret === undefined ? {} : { clientKeyChanged: true }),
      });
      return next;
    });
  }

  /** Its people keep their accounts and can no longer sign in; their sessions end. */
  async remove(id: string, editor: ProviderEditor): Promise<void> {
    await this.#write(async (tx) => {
      const [row] = await tx.query<ProviderRow>('delete from sign_in_provider where id = $1 returning *', [id]);
      if (!row) throw providerNotFound();
      await tx.query('delete from user_session where provider_id = $1', [id]);
      await this.#record(tx, editor, 'provider.remove', id, view(toStored(row)), undefined);
    });
  }

  /** Everything that would refuse the input, before anything is written. @throws ParapetError `invalid_request` 400 */
  check(input: ProviderInput, editor: ProviderEditor): void {
    checkInput(input, editor);
  }

  async #write<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    try {
      return await this.#db.transaction(work);
    } catch (error) {
      if (!isUniqueViolation(error, 'sign_in_provider_name')) throw error;
      throw new ParapetError('provider_name_taken', 409, 'Another provider has this name.', 'Choose another one.');
    }
  }

  #record(
    tx: Queryable,
    editor: ProviderEditor,
    action: string,
    id: string,
    before: unknown,
    after: unknown,
  ): Promise<void> {
    const { username, remoteAddress } = editor;
    return this.#audit.append(
      { actor: username, action, target: `sign-in provider/${id}`, before, after, remoteAddress },
      tx,
    );
  }
}

/** What anyone with the right to see settings may read. */
export function toProvider(stored: StoredProvider, base: string): Provider {
  const { sealedSecret, ...rest } = stored;
  return { ...rest, hasSecret: sealedSecret !== null, ...addressesOf(stored.id, base) };
}

/** The addresses of ours that a provider is told. @param base origin of the portal */
export function addressesOf(
  id: string,
  base: string,
): Pick<Provider, 'redirectUri' | 'backChannelLogoutUri' | 'postLogoutRedirectUri'> {
  return {
    redirectUri: `${base}/api/sign-in/oidc/${id}/callback`,
    backChannelLogoutUri: `${base}/api/sign-in/oidc/${id}/back-channel-logout`,
    postLogoutRedirectUri: `${base}/sign-in`,
  };
}

export function providerNotFound(): ParapetError {
  return new ParapetError('provider_not_found', 404, 'There is no such provider.', 'Load the page again.');
}

export const newProviderId = (): string => randomBytes(6).toString('hex');

/** True for an issuer on this very machine, which needs no TLS. */
export function isLoopbackIssuer(issuer: URL): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(issuer.hostname);
}

function checkInput(input: ProviderInput, editor: ProviderEditor): void {
  const invalid = (field: string, message: string): ParapetError =>
    new ParapetError('invalid_request', 400, message, undefined, { field });
  const wrong = (field: string, message: string): never => {
    throw invalid(field, message);
  };
  let issuer: URL;
  try {
    issuer = new URL(input.issuer);
  } catch {
    throw invalid('issuer', 'The issuer is an address such as https://login.example.org.');
  }
  if (issuer.protocol !== 'https:' && !(issuer.protocol === 'http:' && isLoopbackIssuer(issuer)))
    wrong('issuer', 'The issuer must be an https address.');
  if (issuer.username || issuer.password || issuer.search || issuer.hash)
    wrong('issuer', 'The issuer is an address without user name, question mark or #.');
  if (!input.scopes.split(/\s+/).includes('openid')) wrong('scopes', 'The scopes must include openid.');
  if (input.mappings.length > MAX_MAPPINGS) wrong('mappings', `At most ${MAX_MAPPINGS} lines fit into the mapping.`);
  for (const role of new Set([...input.mappings.map((line) => line.role), input.defaultRole]))
    if (role !== null) editor.checkRole(role);
}

function toStored(row: ProviderRow): StoredProvider {
  return {
    ...row.settings,
    id: row.id,
    name: row.name,
    enabled: row.enabled,
    issuer: row.issuer,
    clientId: row.client_id,
    sealedSecret: row.client_secret,
    version: row.version,
  };
}

function columns(provider: StoredProvider): unknown[] {
  const settings: Settings = {
    scopes: provider.scopes,
    usernameClaim: provider.usernameClaim,
    displayNameClaim: provider.displayNameClaim,
    groupsClaim: provider.groupsClaim,
    mappings: provider.mappings,
    defaultRole: provider.defaultRole,
    createUsers: provider.createUsers,
    adoptLocal: provider.adoptLocal,
    requiredAmr: provider.requiredAmr,
  };
  return [
    provider.id,
    provider.name.trim(),
    provider.enabled,
    provider.issuer,
    provider.clientId,
    provider.sealedSecret,
    JSON.stringify(settings),
  ];
}

function view(provider: StoredProvider): object {
  const { sealedSecret, version, id, ...rest } = provider;
  return { ...rest, hasClientKey: sealedSecret !== null };
}
