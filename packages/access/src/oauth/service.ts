import { createHash, randomUUID } from 'node:crypto';
import { ParapetError, type Permission } from '@parapet/schema';
import type { StateDb } from '@parapet/state';
import { decodeProtectedHeader, importSPKI, jwtVerify, SignJWT } from 'jose';
import { AccessService } from '../access.ts';
import { equalSecrets } from '../secrets.ts';
import type { Access, AccessLog, Principal } from '../types.ts';
import type { UserRow } from '../users.ts';
import { type App, Apps } from './apps.ts';
import { invalidClient, invalidGrant, invalidRequest, invalidScope, OAuthError } from './errors.ts';
import { type Grant, Grants } from './grants.ts';
import { ALGORITHM, type KeySealer, SigningKeys } from './keys.ts';
import { oauthMigrations } from './migrations.ts';
import { apiPermission, OPENID_SCOPES } from './permissions.ts';
import { appPrincipal, lentPrincipal, ownRights } from './principal.ts';

/** Seconds an access token is good for. */
export const TOKEN_SECONDS = 3_600;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** The resource of calls that name none, and of the names that clients of the reference send. */
const RESOURCES: readonly string[] = [
  'https://graph.microsoft.com',
  '00000003-0000-0000-c000-000000000000',
  'https://api.security.microsoft.com',
  'https://api.securitycenter.microsoft.com',
  'https://kusto.kusto.windows.net',
  'api://parapet',
];

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

/** Who calls with a token. */
export interface TokenCaller {
  readonly kind: 'app' | 'user';
  readonly principal: Principal;
  readonly appId: string;
  readonly appName: string;
  readonly tenantId: string;
  /** Names of the public API's permissions that the token carries. */
  readonly permissions: ReadonlySet<string>;
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
    const app = await this.#client(request, shown, grantType);
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

  /** @throws OAuthError `invalid_client` for everything that does not fit */
  async #client(
    { form, base, remoteAddress }: TokenRequest,
    { id, secret }: { readonly id: string; readonly secret: string | undefined },
    grantType: string,
  ): Promise<App> {
    if (id === '') throw invalidRequest('client_id is missing.');
    const app = this.apps.active(id);
    if (secret === undefined && !form.has('client_assertion')) {
      // Nothing to guess: what a public client shows is its code.
      if (!app) throw invalidClient();
      if (app.row.public_client && grantType !== 'client_credentials') return app;
      throw invalidClient();
    }
    const succeeded = this.access.throttle.attempt(`app:${id.slice(0, 100)}`, remoteAddress);
    const fits =
      app !== undefined &&
      (secret !== undefined ? this.apps.secretFits(app, secret) : await this.#assertionFits(app, form, base));
    if (!app || !fits) {
      await this.access.audits.append({
        actor: `app:${app?.row.name ?? id.slice(0, 100)}`,
        action: 'app.signIn',
        target: `app/${id.slice(0, 100)}`,
        outcome: 'failed',
        remoteAddress,
      });
      throw invalidClient();
    }
    succeeded();
    return app;
  }

  /** RFC 7523: a JWT that the application signed for us, good once. */
  async #assertionFits(app: App, form: URLSearchParams, base: string): Promise<boolean> {
    if (form.get('client_assertion_type') !== ASSERTION_TYPE) return false;
    const assertion = form.get('client_assertion') ?? '';
    const audience = [
      `${base}/${this.tenantId}/oauth2/v2.0/token`,
      `${base}/common/oauth2/v2.0/token`,
      `${base}/organizations/oauth2/v2.0/token`,
      `${base}/${this.tenantId}/oauth2/token`,
      this.issuer(base),
    ];
    for (const pem of this.apps.publicKeys(app)) {
      for (const algorithm of [ALGORITHM, 'PS256']) {
        try {
          const { payload } = await jwtVerify(assertion, await importSPKI(pem, algorithm), {
            algorithms: [algorithm],
            audience,
            issuer: app.row.id,
            subject: app.row.id,
            currentDate: new Date(this.#now()),
            clockTolerance: 60,
            requiredClaims: ['exp', 'jti'],
          });
          const expires = new Date(Number(payload.exp) * 1000 + 60_000);
          if (expires.getTime() - this.#now() > 86_400_000) return false;
          return await this.grants.useAssertion(app.row.id, String(payload.jti), expires);
        } catch {
          // Another key or algorithm may fit.
        }
      }
    }
    return false;
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

  /**
   * The resource that a scope or `resource` names.
   * @param wholly `{resource}/.default` is expected, as client credentials ask
   * @throws OAuthError `invalid_scope`
   */
  resource(text: string, base: string, wholly = false): string {
    const name = text.replace(/\/?\.default$/i, '').replace(/\/+$/, '');
    if (wholly && name === '') return base;
    if (this.#isResource(name, base)) return name;
    throw new OAuthError(
      'invalid_resource',
      `There is no resource ${JSON.stringify(text.slice(0, 200))} here. Ask for ${base}/.default.`,
      500011,
    );
  }

  #isResource(name: string, base: string): boolean {
    return RESOURCES.includes(name.toLowerCase()) || name === base || (name !== '' && name === this.publicUrl);
  }

  /**
   * What a list of scopes asks for: permissions by their names, in any spelling that clients send.
   * @throws OAuthError `invalid_scope`
   */
  scopes(text: string, base: string): { readonly resource: string; readonly names: string[]; readonly all: boolean } {
    const names = new Set<string>();
    let resource = '';
    let all = false;
    for (const scope of text.split(/[\s,]+/).filter(Boolean)) {
      const slash = scope.lastIndexOf('/');
      const name = slash < 0 ? scope : scope.slice(slash + 1);
      if (slash > 0) {
        const own = this.resource(scope.slice(0, slash), base);
        if (resource && resource !== own) throw invalidScope('One token is for one resource.');
        resource = own;
      }
      if (/^\.default$/i.test(name) || /^user_impersonation$/i.test(name)) all = true;
      else if (OPENID_SCOPES.includes(name.toLowerCase())) names.add(name.toLowerCase());
      else if (/^user\.read$/i.test(name)) names.add('profile');
      else {
        const known = apiPermission(name);
        if (!known) throw invalidScope(`There is no permission ${JSON.stringify(name.slice(0, 100))}.`);
        names.add(known.name);
      }
    }
    return { resource: resource || 'https://graph.microsoft.com', names: [...names], all };
  }

  /**
   * Who calls with this `Authorization` header.
   * @throws ParapetError `InvalidAuthenticationToken` 401 when the token is missing, foreign, forged or expired, or its
   *   application or person may no longer use it
   */
  async verify(authorization: string | undefined): Promise<TokenCaller> {
    const token = /^bearer\s+([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i.exec(authorization?.trim() ?? '')?.[1];
    if (!token) throw badToken('Access token is empty or is not a token of this server.');
    let claims: Record<string, unknown>;
    try {
      const header = decodeProtectedHeader(token);
      const key = this.keys.find(header.kid);
      // The algorithm is ours, never the token's own choice.
      if (!key || header.alg !== ALGORITHM) throw badToken('The token was not signed by this server.');
      const { payload } = await jwtVerify(token, key, {
        algorithms: [ALGORITHM],
        currentDate: new Date(this.#now()),
        clockTolerance: 5,
        requiredClaims: ['exp', 'iss', 'aud', 'tid', 'oid'],
      });
      claims = payload as Record<string, unknown>;
    } catch (error) {
      if (error instanceof ParapetError) throw error;
      const expired = (error as { code?: string }).code === 'ERR_JWT_EXPIRED';
      throw badToken(expired ? 'Lifetime validation failed, the token is expired.' : 'The token is not valid.');
    }
    const issuer = String(claims.iss);
    const fits =
      claims.tid === this.tenantId &&
      (issuer.endsWith(`/${this.tenantId}/v2.0`) || issuer.endsWith(`/${this.tenantId}/`)) &&
      (claims.idtyp === 'app' || claims.idtyp === 'user');
    if (!fits) throw badToken('The token is for another audience.');
    const app = this.apps.active(String(claims.azp ?? claims.appid ?? ''));
    if (!app) throw badToken('The application of the token is no longer registered.');
    return claims.idtyp === 'app' ? this.#appCaller(app, claims) : this.#userCaller(app, claims);
  }

  #appCaller(app: App, claims: Record<string, unknown>): TokenCaller {
    const carried = Array.isArray(claims.roles) ? (claims.roles as string[]) : [];
    // What was taken from the application since is gone at once.
    const permissions = carried.filter((name) => app.row.app_permissions.includes(name));
    this.apps.touch(app);
    return {
      kind: 'app',
      principal: appPrincipal(this.access, app.row, permissions),
      appId: app.row.id,
      appName: app.row.name,
      tenantId: this.tenantId,
      permissions: new Set(permissions),
    };
  }

  async #userCaller(app: App, claims: Record<string, unknown>): Promise<TokenCaller> {
    const user = await this.access.users.byId(String(claims.oid));
    if (!user || user.disabled) throw badToken('The person of the token may no longer sign in.');
    const carried = String(claims.scp ?? '')
      .split(' ')
      .filter(Boolean);
    const permissions = carried.filter((name) => app.row.delegated_permissions.includes(name));
    this.apps.touch(app);
    return {
      kind: 'user',
      principal: lentPrincipal(this.access, user, permissions),
      appId: app.row.id,
      appName: app.row.name,
      tenantId: this.tenantId,
      permissions: new Set(permissions),
    };
  }

  /**
   * Whoever an application acts for, as it may now: itself, or the person with this id. Undefined when either may no
   * longer sign in.
   */
  async principalFor(appId: string, id: string): Promise<Principal | undefined> {
    const app = this.apps.active(appId);
    if (!app) return undefined;
    if (id === app.row.id) return appPrincipal(this.access, app.row, app.row.app_permissions);
    const user = await this.access.users.byId(id);
    return user && !user.disabled ? lentPrincipal(this.access, user, app.row.delegated_permissions) : undefined;
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

/** Name and secret of the client: in the form, or in Basic (RFC 6749 section 2.3.1). */
function credentialsOf({ form, authorization }: TokenRequest): {
  readonly id: string;
  readonly secret: string | undefined;
} {
  const basic = /^basic\s+([A-Za-z0-9+/=_-]+)$/i.exec(authorization ?? '')?.[1];
  if (!basic) return { id: form.get('client_id') ?? '', secret: form.get('client_secret') ?? undefined };
  const text = Buffer.from(basic, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return { id: decode(text.slice(0, colon)), secret: decode(text.slice(colon + 1)) };
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

const badToken = (message: string): ParapetError => new ParapetError('InvalidAuthenticationToken', 401, message);

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

/** Names and secrets in Basic are form-encoded (RFC 6749 section 2.3.1). */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'));
  } catch {
    return text;
  }
}
