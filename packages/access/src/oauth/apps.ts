import { createHash, randomUUID, X509Certificate } from 'node:crypto';
import { ParapetError } from '@parapet/schema';
import { isUniqueViolation, type Queryable, type StateDb } from '@parapet/state';
import type { AuditLog } from '../audit.ts';
import { equalSecrets, hashSecret, newSecret } from '../secrets.ts';
import type { AccessLog } from '../types.ts';
import { apiPermission, productPermissions } from './permissions.ts';
import type { AppActor, AppCredential, AppInput, AppRegistration } from './types.ts';

/** The time of last use is written at most this often. */
const TOUCH_MS = 60_000;
const MAX_APPS = 1_000;
const MAX_CREDENTIALS = 10;
const MAX_REDIRECTS = 50;
const DAY_MS = 86_400_000;
/** 24 months (spec A 6.5). */
export const MAX_CREDENTIAL_DAYS = 731;

interface AppRow {
  readonly id: string;
  readonly object_id: string;
  readonly name: string;
  readonly description: string;
  readonly public_client: boolean;
  readonly enabled: boolean;
  readonly data_access: 'all' | 'assigned';
  readonly redirect_uris: readonly string[];
  readonly app_permissions: readonly string[];
  readonly delegated_permissions: readonly string[];
  readonly created_at: Date;
  readonly created_by: string;
  readonly last_used_at: Date | null;
}

interface CredentialRow {
  readonly id: string;
  readonly app_id: string;
  readonly kind: 'secret' | 'certificate';
  readonly name: string;
  readonly hint: string;
  readonly secret_hash: string | null;
  readonly public_key: string | null;
  readonly created_at: Date;
  readonly created_by: string;
  readonly expires_at: Date;
  readonly last_used_at: Date | null;
}

/** An application as the token endpoint sees it. */
export interface App {
  readonly row: AppRow;
  readonly credentials: Map<string, { readonly row: CredentialRow; usedAt: number | null }>;
  usedAt: number | null;
  writtenAt: number;
}

const refuse = (message: string, field: string): ParapetError =>
  new ParapetError('invalid_request', 400, message, undefined, { field });

/**
 * Registered applications. All are held in memory, because every call of the public API asks; this process is the only
 * writer.
 */
export class Apps {
  #db: StateDb;
  #audit: AuditLog;
  #log: AccessLog | undefined;
  #now: () => number;
  #apps = new Map<string, App>();

  constructor(db: StateDb, audit: AuditLog, log: AccessLog | undefined, now: () => number) {
    this.#db = db;
    this.#audit = audit;
    this.#log = log;
    this.#now = now;
  }

  async load(): Promise<void> {
    const apps = await this.#db.query<AppRow>('select * from oauth_app');
    const credentials = await this.#db.query<CredentialRow>('select * from oauth_credential');
    this.#apps = new Map(
      apps.map((row) => [
        row.id,
        { row, credentials: new Map(), usedAt: row.last_used_at?.getTime() ?? null, writtenAt: 0 },
      ]),
    );
    for (const row of credentials)
      this.#apps.get(row.app_id)?.credentials.set(row.id, { row, usedAt: row.last_used_at?.getTime() ?? null });
  }

  /** An application that may be used. */
  active(id: string | undefined): App | undefined {
    const app = this.#apps.get((id ?? '').toLowerCase());
    return app?.row.enabled ? app : undefined;
  }

  list(): AppRegistration[] {
    return [...this.#apps.values()].map(toRegistration).sort((a, b) => a.name.localeCompare(b.name, 'en'));
  }

  /** @throws ParapetError `app_not_found` 404 */
  get(id: string): AppRegistration {
    return toRegistration(this.#held(id));
  }

  /** Whether a secret is one of the application's that have not expired. */
  secretFits(app: App, secret: string): boolean {
    const hash = hashSecret(secret);
    let found = false;
    for (const credential of app.credentials.values()) {
      if (credential.row.kind !== 'secret' || credential.row.expires_at.getTime() <= this.#now()) continue;
      if (!equalSecrets(hash, credential.row.secret_hash ?? '')) continue;
      credential.usedAt = this.#now();
      this.#write(
        this.#db.query('update oauth_credential set last_used_at = $2 where id = $1', [
          credential.row.id,
          new Date(this.#now()),
        ]),
      );
      found = true;
    }
    return found;
  }

  /** Public keys (PEM) of certificates that have not expired, for `client_assertion`. */
  publicKeys(app: App): readonly string[] {
    return [...app.credentials.values()]
      .filter(({ row }) => row.kind === 'certificate' && row.expires_at.getTime() > this.#now())
      .map(({ row }) => row.public_key ?? '');
  }

  /** Note that the application was used now. */
  touch(app: App): void {
    app.usedAt = this.#now();
    if (app.usedAt - app.writtenAt < TOUCH_MS) return;
    app.writtenAt = app.usedAt;
    this.#write(
      this.#db.query('update oauth_app set last_used_at = $2 where id = $1', [app.row.id, new Date(app.usedAt)]),
    );
  }

  /** @throws ParapetError 400 naming the field, 403 `grant_beyond_own`, 409 `app_name_taken` */
  async create(input: AppInput, actor: AppActor): Promise<AppRegistration> {
    if (this.#apps.size >= MAX_APPS)
      throw new ParapetError('too_many_apps', 409, `There are ${MAX_APPS} app registrations, which is the most.`);
    const checked = check({ ...EMPTY, ...input }, actor);
    const id = randomUUID();
    const now = new Date(this.#now());
    await this.#naming(checked.name, async (tx) => {
      await tx.query(
        `insert into oauth_app (id, object_id, name, description, public_client, enabled, data_access, redirect_uris,
           app_permissions, delegated_permissions, created_at, created_by, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11)`,
        [id, randomUUID(), ...columns(checked), now, actor.username],
      );
      await this.#note(tx, 'app.create', id, actor, undefined, checked);
    });
    await this.load();
    return this.get(id);
  }

  /** @throws ParapetError as `create`, and 404 `app_not_found` */
  async update(id: string, input: Partial<AppInput>, actor: AppActor): Promise<AppRegistration> {
    const before = inputOf(this.#held(id).row);
    const checked = check({ ...before, ...input }, actor, before);
    await this.#naming(checked.name, async (tx) => {
      await tx.query(
        `update oauth_app set name = $2, description = $3, public_client = $4, enabled = $5, data_access = $6,
                redirect_uris = $7, app_permissions = $8, delegated_permissions = $9, updated_at = $10 where id = $1`,
        [id, ...columns(checked), new Date(this.#now())],
      );
      await this.#note(tx, 'app.update', id, actor, before, checked);
    });
    await this.load();
    return this.get(id);
  }

  /** Its tokens are refused from now on. */
  async remove(id: string, actor: AppActor): Promise<void> {
    const before = inputOf(this.#held(id).row);
    await this.#db.transaction(async (tx) => {
      await tx.query('delete from oauth_app where id = $1', [id]);
      await this.#note(tx, 'app.delete', id, actor, before);
    });
    this.#apps.delete(id);
  }

  /** @returns the secret, which is shown this once. */
  async addSecret(
    id: string,
    name: string,
    days: number,
    actor: AppActor,
  ): Promise<{ readonly credential: AppCredential; readonly secret: string }> {
    const secret = newSecret();
    const row = await this.#addCredential(
      id,
      { kind: 'secret', name, hint: secret.slice(0, 3), days, actor },
      (row) => ({
        ...row,
        secret_hash: hashSecret(secret),
      }),
    );
    return { credential: toCredential(row, null), secret };
  }

  /** @param certificate PEM of an X.509 certificate or of an RSA public key */
  async addCertificate(id: string, name: string, certificate: string, actor: AppActor): Promise<AppCredential> {
    let publicKey: string;
    let days = 365;
    let thumbprint = '';
    try {
      const x509 = new X509Certificate(certificate);
      publicKey = x509.publicKey.export({ type: 'spki', format: 'pem' }) as string;
      days = (Date.parse(x509.validTo) - this.#now()) / DAY_MS;
      thumbprint = createHash('sha256').update(x509.raw).digest('hex');
      if (x509.publicKey.asymmetricKeyType !== 'rsa') throw new Error('not RSA');
    } catch {
      throw refuse('This is not the PEM text of an X.509 certificate with an RSA key.', 'certificate');
    }
    if (days <= 0) throw refuse('The certificate has expired.', 'certificate');
    const row = await this.#addCredential(
      id,
      { kind: 'certificate', name, hint: thumbprint.slice(0, 16), days: Math.min(days, MAX_CREDENTIAL_DAYS), actor },
      (row) => ({ ...row, public_key: publicKey }),
    );
    return toCredential(row, null);
  }

  /** @throws ParapetError 404 `credential_not_found` */
  async removeCredential(id: string, credentialId: string, actor: AppActor): Promise<void> {
    const app = this.#held(id);
    const credential = app.credentials.get(credentialId);
    if (!credential)
      throw new ParapetError('credential_not_found', 404, 'The application has no such secret or certificate.');
    await this.#db.transaction(async (tx) => {
      await tx.query('delete from oauth_credential where id = $1', [credentialId]);
      await this.#note(tx, 'app.credential.delete', id, actor, {
        name: credential.row.name,
        hint: credential.row.hint,
      });
    });
    app.credentials.delete(credentialId);
  }

  async #addCredential(
    id: string,
    given: {
      readonly kind: 'secret' | 'certificate';
      readonly name: string;
      readonly hint: string;
      readonly days: number;
      readonly actor: AppActor;
    },
    complete: (row: CredentialRow) => CredentialRow,
  ): Promise<CredentialRow> {
    const app = this.#held(id);
    // A secret is a way to everything the application may do.
    requireGrantable([...app.row.app_permissions, ...app.row.delegated_permissions], given.actor);
    if (app.credentials.size >= MAX_CREDENTIALS)
      throw new ParapetError(
        'too_many_credentials',
        409,
        `An application has at most ${MAX_CREDENTIALS} secrets and certificates.`,
        'Remove one that is no longer used.',
      );
    if (!(given.days > 0 && given.days <= MAX_CREDENTIAL_DAYS))
      throw refuse(`A secret is good for 1 to ${MAX_CREDENTIAL_DAYS} days.`, 'days');
    const now = this.#now();
    const row = complete({
      id: randomUUID(),
      app_id: id,
      kind: given.kind,
      name: line(given.name, 'name', 100),
      hint: given.hint,
      secret_hash: null,
      public_key: null,
      created_at: new Date(now),
      created_by: given.actor.username,
      expires_at: new Date(now + given.days * DAY_MS),
      last_used_at: null,
    });
    await this.#db.transaction(async (tx) => {
      await tx.query(
        `insert into oauth_credential (id, app_id, kind, name, hint, secret_hash, public_key, created_at, created_by, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          row.id,
          row.app_id,
          row.kind,
          row.name,
          row.hint,
          row.secret_hash,
          row.public_key,
          row.created_at,
          row.created_by,
          row.expires_at,
        ],
      );
      const after = { kind: row.kind, name: row.name, hint: row.hint, expiresAt: row.expires_at.toISOString() };
      await this.#note(tx, 'app.credential.create', id, given.actor, undefined, after);
    });
    app.credentials.set(row.id, { row, usedAt: null });
    return row;
  }

  #held(id: string): App {
    const app = this.#apps.get(id.toLowerCase());
    if (!app) throw new ParapetError('app_not_found', 404, 'There is no app registration with this id.');
    return app;
  }

  async #naming(name: string, work: (tx: Queryable) => Promise<void>): Promise<void> {
    try {
      await this.#db.transaction(work);
    } catch (error) {
      if (!isUniqueViolation(error, 'oauth_app_name')) throw error;
      throw new ParapetError(
        'app_name_taken',
        409,
        `An application is already named "${name}".`,
        'Choose another name.',
      );
    }
  }

  #note(tx: Queryable, action: string, id: string, actor: AppActor, before?: unknown, after?: unknown): Promise<void> {
    return this.#audit.append(
      { actor: actor.username, action, target: `app/${id}`, before, after, remoteAddress: actor.remoteAddress },
      tx,
    );
  }

  #write(write: Promise<unknown>): void {
    write.catch((error: unknown) => this.#log?.warn({ err: error }, 'the last use of an application was not recorded'));
  }
}

type Checked = Required<AppInput>;
const EMPTY: Omit<Checked, 'name'> = {
  description: '',
  publicClient: false,
  enabled: true,
  dataAccess: 'all',
  redirectUris: [],
  applicationPermissions: [],
  delegatedPermissions: [],
};

function inputOf(row: AppRow): Checked {
  return {
    name: row.name,
    description: row.description,
    publicClient: row.public_client,
    enabled: row.enabled,
    dataAccess: row.data_access,
    redirectUris: row.redirect_uris,
    applicationPermissions: row.app_permissions,
    delegatedPermissions: row.delegated_permissions,
  };
}

const columns = (input: Checked): unknown[] => [
  input.name,
  input.description,
  input.publicClient,
  input.enabled,
  input.dataAccess,
  input.redirectUris,
  input.applicationPermissions,
  input.delegatedPermissions,
];

function check(input: Checked, actor: AppActor, before?: Checked): Checked {
  if (input.redirectUris.length > MAX_REDIRECTS)
    throw refuse(`An application has at most ${MAX_REDIRECTS} redirect addresses.`, 'redirectUris');
  const checked: Checked = {
    ...input,
    name: line(input.name, 'name', 100),
    description: input.description.trim().slice(0, 1000),
    redirectUris: [...new Set(input.redirectUris.map(redirectUri))],
    applicationPermissions: permissionNames(input.applicationPermissions, 'applicationPermissions'),
    delegatedPermissions: permissionNames(input.delegatedPermissions, 'delegatedPermissions'),
  };
  if (checked.publicClient && checked.applicationPermissions.length > 0)
    throw refuse(
      'A public client cannot keep a secret, so it has no permissions of its own; people lend it theirs.',
      'applicationPermissions',
    );
  const added = [...checked.applicationPermissions, ...checked.delegatedPermissions].filter(
    (name) => !before?.applicationPermissions.includes(name) && !before?.delegatedPermissions.includes(name),
  );
  requireGrantable(added, actor);
  const widened = before?.dataAccess === 'all' ? added : checked.applicationPermissions;
  if (checked.dataAccess === 'all')
    requireWhole(
      widened.filter((name) => checked.applicationPermissions.includes(name)),
      actor,
    );
  return checked;
}

/** Nobody gives an application what they may not do themselves. */
function requireGrantable(names: readonly string[], { rights }: AppActor): void {
  beyond(
    productPermissions(names).filter((needed) => !rights.managesRoles && !rights.can(needed)),
    'This gives the application permissions you do not hold',
  );
}

/** An application that reaches all data is given that by someone who does. */
function requireWhole(names: readonly string[], { rights }: AppActor): void {
  beyond(
    productPermissions(names).filter((needed) => !rights.managesRoles && !rights.holdsWhole(needed)),
    'This gives the application all data, and you do not hold that for',
  );
}

function beyond(missing: readonly string[], text: string): void {
  if (missing.length > 0)
    throw new ParapetError(
      'grant_beyond_own',
      403,
      `${text}: ${missing.join(', ')}.`,
      'Ask someone who does, or limit the application to roles assigned to it.',
      { missing },
    );
}

function permissionNames(names: readonly string[], field: string): string[] {
  return [
    ...new Set(
      names.map((name) => {
        const known = apiPermission(name);
        if (!known) throw refuse(`There is no permission ${JSON.stringify(name.slice(0, 100))}.`, field);
        return known.name;
      }),
    ),
  ];
}

function line(text: string, field: string, most: number): string {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > most || /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(trimmed))
    throw refuse(`${field} must be one line of 1 to ${most} visible characters.`, field);
  return trimmed;
}

/** Exact addresses alone; plain HTTP only back to the person's own machine. */
function redirectUri(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw refuse(`${JSON.stringify(text.slice(0, 200))} is not an address.`, 'redirectUris');
  }
  const local = url.hostname === 'localhost' || url.hostname === '127.0.0.1' || url.hostname === '[::1]';
  const native = /^[a-z][a-z0-9+]*\.[a-z0-9.+-]+:$/.test(url.protocol) || /^msal[0-9a-f-]+:$/.test(url.protocol);
  if (url.hash || url.username || text.length > 2000 || text.includes('*'))
    throw refuse('A redirect address has no fragment, no user and no wildcard.', 'redirectUris');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && local) && !native)
    throw refuse('A redirect address begins with https://, or with http://localhost for programs.', 'redirectUris');
  return text;
}

function toRegistration(app: App): AppRegistration {
  const { row } = app;
  return {
    id: row.id,
    objectId: row.object_id,
    name: row.name,
    description: row.description,
    publicClient: row.public_client,
    enabled: row.enabled,
    dataAccess: row.data_access,
    redirectUris: row.redirect_uris,
    applicationPermissions: row.app_permissions,
    delegatedPermissions: row.delegated_permissions,
    credentials: [...app.credentials.values()]
      .map(({ row, usedAt }) => toCredential(row, usedAt))
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt)),
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
    lastUsedAt: app.usedAt === null ? null : new Date(app.usedAt).toISOString(),
  };
}

function toCredential(row: CredentialRow, usedAt: number | null): AppCredential {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    hint: row.hint,
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
    expiresAt: row.expires_at.toISOString(),
    lastUsedAt: usedAt === null ? null : new Date(usedAt).toISOString(),
  };
}
