/** The check of access tokens: who calls, and what the token and its application may do now. */
import { ParapetError } from '@parapet/schema';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import type { AccessService } from '../access.ts';
import type { Principal } from '../types.ts';
import type { App, Apps } from './apps.ts';
import { ALGORITHM, type SigningKeys } from './keys.ts';
import { appPrincipal, lentPrincipal } from './principal.ts';

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

const badToken = (message: string): ParapetError => new ParapetError('InvalidAuthenticationToken', 401, message);

export class TokenCheck {
  readonly #now: () => number;

  constructor(
    readonly access: AccessService,
    readonly apps: Apps,
    readonly keys: SigningKeys,
    readonly tenantId: string,
    now: () => number,
  ) {
    this.#now = now;
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
}
