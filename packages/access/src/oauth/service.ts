import { createHash, randomUUID } from 'node:crypto';
import type { Permission } from '@parapet/schema';
import type { StateDb } from '@parapet/state';
import { SignJWT } from 'jose';
import { AccessService } from '../access.ts';
import { equalSecrets } from '../secrets.ts';
import type { Access, AccessLog, Principal } from '../types.ts';
import type { UserRow } from '../users.ts';
import { type App, Apps } from './apps.ts';
import { type TokenCaller, TokenCheck } from './check.ts';
import { ClientCheck, credentialsOf } from './client.ts';
import { invalidGrant, invalidRequest, OAuthError } from './errors.ts';
import { type Grant, Grants } from './grants.ts';
import { ALGORITHM, type KeySealer, SigningKeys } from './keys.ts';
import { oauthMigrations } from './migrations.ts';
import { OPENID_SCOPES } from './permissions.ts';
import { ownRights } from './principal.ts';
import { resourceNamed, scopesAsked } from './resources.ts';

/** Seconds an access token is good for. */
export const TOKEN_SECONDS = 3_600;

export interface OAuthOptions {
  readonly access: Access;
  readonly db: StateDb;
  readonly sealer: KeySealer;
  readonly log?: AccessLog;
  /** Address people use, when it is not the one requests name. */
  readonly publicUrl?: string;
  /** The token of a sender of telemetry, whose keys are good at the same endpoint; null when they are none of its. */
  readonly senderToken?: (key: {
    readonly id: string;
    readonly secret: string;
  }) => Promise<{ readonly token: string; readonly seconds: number } | null>;
  readonly now?: () => number;
}

export interface TokenAnswer {
  readonly token_type: 'Bearer';
  readonly scope?: string;
  readonly expires_in: number;
  readonly ext_expires_in: number;
  readonly expires_on?: string;
  readonly not_before?: string;
  readonly resource?: string;
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly client_info?: string;
}

/** One form of the token endpoint, with how the client proved itself. */
export interface TokenRequest {
  readonly form: URLSearchParams;
  /** First part of the address. */
  readonly tenant: string;
  readonly authorization: string | undefined;
  /** `https://parapet.example`, as the caller reached it. */
  readonly base: string;
  readonly remoteAddress: string;
  /** `resource` instead of `scope`, older claims. */
  readonly v1: boolean;
}

/** Open the authorisation server: apply migrations, load registrations and keys. */
export async function createOAuth(options: OAuthOptions): Promise<OAuth> {
  const { access, db } = options;
  if (!(access instanceof AccessService)) throw new TypeError('createOAuth needs what createAccess returned');
  await db.migrate(oauthMigrations);
  // Not in a migration: a prepared database would give every installation the same id.
  await db.query('insert into oauth_tenant (id) values ($1) on conflict do nothing', [randomUUID()]);
  const [tenant] = await db.query<{ id: string }>('select id from oauth_tenant');
  const oauth = new OAuth(access, options, tenant?.id ?? '');
  await oauth.apps.load();
  await oauth.keys.load();
  access.tokens = oauth;
  return oauth;
}

/** The OAuth 2 authorisation server and the check of its tokens. */
export class OAuth {
  readonly apps: Apps;
  readonly keys: SigningKeys;
  readonly grants: Grants;
  readonly publicUrl: string;
  #now: () => number;
  #senderToken: NonNullable<OAuthOptions['senderToken']>;
  readonly #clients: ClientCheck;
  readonly #check: TokenCheck;

  constructor(
    readonly access: AccessService,
    { db, sealer, log, publicUrl = '', now = Date.now, senderToken = async () => null }: OAuthOptions,
    readonly tenantId: string,
  ) {
    this.#now = now;
    this.#senderToken = senderToken;
    this.publicUrl = publicUrl.replace(/\/$/, '');
    this.apps = new Apps(db, access.audits, log, now);
    this.keys = new SigningKeys(db, sealer, now);
    this.grants = new Grants(db, now);
    const audiences = (base: string): readonly string[] => [
      ...[tenantId, 'common', 'organizations'].map((name) => `${base}/${name}/oauth2/v2.0/token`),
      `${base}/${tenantId}/oauth2/token`,
      this.issuer(base),
    ];
    this.#clients = new ClientCheck(access, this.apps, this.grants, audiences, now);
    this.#check = new TokenCheck(access, this.apps, this.keys, tenantId, now);
  }

  /** Whether an address names this installation: its id, or the words that stand for "whichever". */
  isTenant(name: string): boolean {
    return [this.tenantId, 'common', 'organizations', 'parapet'].includes(name.toLowerCase());
  }

  issuer(base: string, v1 = false): string {
    return v1 ? `${base}/${this.tenantId}/` : `${base}/${this.tenantId}/v2.0`;
  }

  /**
   * Answer the token endpoint.
   * @throws OAuthError of RFC 6749; ParapetError `too_many_attempts` 429
   */
  async token(request: TokenRequest): Promise<TokenAnswer> {
    const grantType = request.form.get('grant_type') ?? '';
    const shown = credentialsOf(request);
    if (grantType === 'client_credentials' && shown.secret !== undefined && !this.apps.active(shown.id)) {
      const sender = await this.#senderToken({ id: shown.id, secret: shown.secret });
      if (sender) return senderAnswer(sender, this.#now());
    }
    if (!this.isTenant(request.tenant)) throw unknownTenant(request.tenant, this.tenantId);
    const app = await this.#clients.client(request, shown, grantType);
    const answer = await this.#grant(grantType, app, request);
    this.apps.touch(app);
    return answer;
  }

  async #grant(grantType: string, app: App, request: TokenRequest): Promise<TokenAnswer> {
    const { form } = request;
    switch (grantType) {
      case 'client_credentials':
        return this.#forApp(app, request);
      case 'authorization_code': {
        const grant = await this.grants.redeemCode(required(form, 'code'), app.row.id);
        if (grant.redirectUri !== (form.get('redirect_uri') ?? ''))
          throw invalidGrant('redirect_uri is not the one the code was made for.');
        checkVerifier(grant.challenge, form.get('code_verifier'));
        return this.#forUser(app, grant, request);
      }
      case 'refresh_token':
        return this.#forUser(
          app,
          await this.grants.redeemRefresh(required(form, 'refresh_token'), app.row.id),
          request,
        );
      case 'device_code':
      case 'urn:ietf:params:oauth:grant-type:device_code':
        return this.#forUser(
          app,
          await this.grants.redeemDevice(form.get('device_code') ?? required(form, 'code'), app.row.id),
          request,
        );
      default:
        throw new OAuthError(
          'unsupported_grant_type',
          'grant_type must be client_credentials, authorization_code, refresh_token or the device code grant.',
          70003,
        );
    }
  }

  async #forApp(app: App, request: TokenRequest): Promise<TokenAnswer> {
    const { form, base, v1 } = request;
    const asked = v1 ? required(form, 'resource') : required(form, 'scope');
    const resource = this.resource(v1 ? asked : (asked.split(' ')[0] ?? ''), base, true);
    const roles = app.row.app_permissions;
    const token = await this.#sign(base, v1, resource, {
      oid: app.row.object_id,
      sub: app.row.object_id,
      ...clientClaims(app, v1, true),
      roles,
      idtyp: 'app',
    });
    return this.#answer(token, resource, v1);
  }

  async #forUser(app: App, grant: Grant, request: TokenRequest): Promise<TokenAnswer> {
    const { form, base, v1 } = request;
    const user = await this.access.users.byId(grant.userId);
    if (!user || user.disabled) {
      await this.grants.endFamily(grant.family);
      throw invalidGrant('The person may no longer sign in.');
    }
    const asked = form.get('scope');
    // A refresh may ask for less, never for more.
    const narrowed = asked ? this.scopes(asked, base).names : undefined;
    const granted = grant.scope.split(' ').filter(Boolean);
    const kept = narrowed?.length ? granted.filter((name) => narrowed.includes(name)) : granted;
    const scopes = granted.filter((name) => kept.includes(name) || OPENID_SCOPES.includes(name));
    const lent = scopes.filter((name) => !OPENID_SCOPES.includes(name) && app.row.delegated_permissions.includes(name));
    const person = {
      oid: user.id,
      sub: pairwise(app.row.id, user.id),
      name: user.display_name,
      preferred_username: user.username,
      ...(v1 ? { unique_name: user.username, upn: user.username } : {}),
    };
    const token = await this.#sign(base, v1, grant.resource, {
      ...person,
      ...clientClaims(app, v1, !app.row.public_client),
      scp: lent.join(' '),
      idtyp: 'user',
    });
    const offline = granted.includes('offline_access');
    const info = Buffer.from(JSON.stringify({ uid: user.id, utid: this.tenantId })).toString('base64url');
    return {
      ...this.#answer(token, grant.resource, v1),
      scope: scopes.map((name) => (OPENID_SCOPES.includes(name) ? name : `${grant.resource}/${name}`)).join(' '),
      ...(offline ? { refresh_token: await this.grants.issueRefresh(grant) } : {}),
      ...(granted.includes('openid')
        ? {
            id_token: await this.#sign(base, v1, app.row.id, {
              ...person,
              ...(grant.nonce ? { nonce: grant.nonce } : {}),
            }),
          }
        : {}),
      ...(form.get('client_info') === '1' ? { client_info: info } : {}),
    };
  }

  #answer(token: string, resource: string, v1: boolean): TokenAnswer {
    const now = Math.floor(this.#now() / 1000);
    return {
      token_type: 'Bearer',
      expires_in: TOKEN_SECONDS,
      ext_expires_in: TOKEN_SECONDS,
      ...(v1 ? { expires_on: String(now + TOKEN_SECONDS), not_before: String(now), resource } : {}),
      access_token: token,
    };
  }

  async #sign(base: string, v1: boolean, audience: string, claims: Record<string, unknown>): Promise<string> {
    const { kid, key } = await this.keys.signing();
    const now = Math.floor(this.#now() / 1000);
    return new SignJWT({ ...claims, tid: this.tenantId, ver: v1 ? '1.0' : '2.0', uti: randomUUID() })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', kid })
      .setIssuer(this.issuer(base, v1))
      .setAudience(audience)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + TOKEN_SECONDS)
      .sign(key);
  }

  /** @throws OAuthError `invalid_resource` */
  resource(text: string, base: string, wholly = false): string {
    return resourceNamed(text, { base, publicUrl: this.publicUrl }, wholly);
  }

  /** @throws OAuthError `invalid_scope` */
  scopes(text: string, base: string): ReturnType<typeof scopesAsked> {
    return scopesAsked(text, { base, publicUrl: this.publicUrl });
  }

  /** See {@link TokenCheck}. */
  verify(authorization: string | undefined): Promise<TokenCaller> {
    return this.#check.verify(authorization);
  }

  /** See {@link TokenCheck}. */
  principalFor(appId: string, id: string): Promise<Principal | undefined> {
    return this.#check.principalFor(appId, id);
  }

  /** A token that says this server sent a notification to an application; its receiver checks it with the public keys. */
  signNotification(appId: string): Promise<string> {
    const base = this.publicUrl || 'https://localhost';
    return this.#sign(base, false, appId, { appid: appId, azp: appId, idtyp: 'notification' });
  }

  /** What a person holds of what the permissions of an application need. */
  held(user: UserRow): readonly Permission[] {
    return ownRights(this.access, user).permissions;
  }
}

function senderAnswer({ token, seconds }: { token: string; seconds: number }, now: number): TokenAnswer {
  return {
    token_type: 'Bearer',
    expires_in: seconds,
    ext_expires_in: seconds,
    // The older endpoint, asked by older clients, says when in seconds since the epoch.
    expires_on: String(Math.floor(now / 1_000) + seconds),
    access_token: token,
  };
}

export const unknownTenant = (name: string, own: string): OAuthError =>
  new OAuthError(
    'invalid_tenant',
    `There is no tenant ${JSON.stringify(name.slice(0, 100))} here. This installation is ${own}.`,
    90002,
  );

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (!value) throw invalidRequest(`${name} is missing.`);
  return value;
}

/** RFC 7636; only S256, because a plain challenge protects nothing. */
function checkVerifier(challenge: string, verifier: string | null): void {
  if (challenge === '') {
    if (verifier) throw invalidGrant('The code was made without a challenge.');
    return;
  }
  if (!verifier || !/^[A-Za-z0-9._~-]{43,128}$/.test(verifier))
    throw invalidGrant('code_verifier is missing or not one of 43 to 128 characters.');
  if (!equalSecrets(createHash('sha256').update(verifier).digest('base64url'), challenge))
    throw invalidGrant('code_verifier does not fit the challenge.');
}

/** @param v1 older tokens call the client `appid`; both are sent, because clients look for either */
function clientClaims(app: App, v1: boolean, confidential: boolean): Record<string, unknown> {
  const kind = confidential ? '1' : '0';
  return {
    appid: app.row.id,
    app_displayname: app.row.name,
    ...(v1 ? { appidacr: kind } : { azp: app.row.id, azpacr: kind }),
  };
}

const pairwise = (appId: string, userId: string): string =>
  createHash('sha256').update(`${appId}\n${userId}`).digest('base64url');
