import type { Sealer } from '@parapet/state';
import * as client from 'openid-client';
import { equalSecrets, hashSecret, newSecret } from '../secrets.ts';
import type { Sessions } from '../sessions.ts';
import { safeReturn } from '../sign-in/return-to.ts';
import type { From, SignedIn } from '../sign-in/sign-in.ts';
import { type Claims, claimValues, showsFactor } from './claims.ts';
import { type ProviderClients, reason } from './clients.ts';
import { OidcError } from './failure.ts';
import type { ProviderPeople } from './people.ts';
import { addressesOf, type Providers, type StoredProvider } from './providers.ts';

const PENDING_MS = 10 * 60_000;
const MAX_PENDING = 10_000;

interface Pending {
  readonly providerId: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly returnTo: string;
  readonly redirectUri: string;
  /** Hash of the cookie of the browser that began: another browser cannot end it. */
  readonly browser: string;
  readonly until: number;
  /** Session that is replaced when somebody only proves again who they are. */
  readonly replaces: { readonly idHash: string; readonly userId: string } | null;
}

export interface FlowParts {
  readonly providers: Providers;
  readonly clients: ProviderClients;
  readonly people: ProviderPeople;
  readonly sessions: Sessions;
  readonly sealer: Sealer;
  readonly now: () => number;
}

/** Signing in and out through OpenID Connect: authorisation code with PKCE, state and nonce. */
export class OidcFlow {
  #parts: FlowParts;
  /** By state, oldest first. Each is answered once. */
  #pending = new Map<string, Pending>();

  constructor(parts: FlowParts) {
    this.#parts = parts;
  }

  /**
   * @param browser secret cookie that ties the answer to this browser
   * @param fresh the person must show again who they are, and be the same
   * @returns the provider's address to send the browser to
   */
  async begin(
    id: string,
    base: string,
    returnTo: string,
    browser: string,
    replaces: Pending['replaces'] = null,
  ): Promise<URL> {
    const provider = await this.#enabled(id);
    const { config } = await this.#parts.clients.of(provider);
    const verifier = client.randomPKCECodeVerifier();
    const state = newSecret();
    const nonce = newSecret();
    const { redirectUri } = addressesOf(id, base);
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: provider.scopes,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...(replaces ? { prompt: 'login', max_age: '0' } : {}),
    });
    const until = this.#parts.now() + PENDING_MS;
    this.#pending.set(state, {
      providerId: id,
      nonce,
      verifier,
      returnTo: safeReturn(returnTo),
      redirectUri,
      browser: hashSecret(browser),
      until,
      replaces,
    });
    if (this.#pending.size > MAX_PENDING) this.#pending.delete(this.#pending.keys().next().value as string);
    return url;
  }

  /**
   * The provider sent the browser back.
   * @param search query string of the callback, as it came
   * @throws OidcError for everything that goes wrong
   */
  async finish(
    id: string,
    search: string,
    browser: string | undefined,
    from: From,
  ): Promise<SignedIn & { readonly returnTo: string }> {
    const params = new URLSearchParams(search);
    const state = params.get('state') ?? '';
    const pending = this.#pending.get(state);
    // Used up whatever comes of it: a code that is replayed finds nothing.
    this.#pending.delete(state);
    if (!pending || pending.providerId !== id || pending.until < this.#parts.now())
      throw new OidcError('expired', 'the state is unknown, used or too old');
    if (browser === undefined || !equalSecrets(hashSecret(browser), pending.browser))
      throw new OidcError('expired', 'another browser began this sign-in');
    const provider = await this.#enabled(id);
    const { claims, idToken } = await this.#exchange(provider, pending, state, params);
    const who = `${provider.name}: ${claimValues(claims, provider.usernameClaim)[0] ?? String(claims.sub)}`.slice(
      0,
      200,
    );
    if (!showsFactor(claims, provider.requiredAmr))
      throw new OidcError('factorMissing', `neither amr nor acr holds ${provider.requiredAmr}`, who);
    const user = await this.#parts.people.resolve(provider, claims, who, from);
    if (pending.replaces && pending.replaces.userId !== user.id)
      throw new OidcError('otherPerson', 'another person signed in at the provider', who);
    const begun = await this.#parts.sessions.create(user, {
      ...from,
      method: `oidc:${provider.name}`,
      provider: {
        id,
        subject: String(claims.sub),
        sid: typeof claims.sid === 'string' ? claims.sid.slice(0, 500) : null,
        idToken: await this.#parts.sealer.seal(idToken),
      },
    });
    if (pending.replaces) await this.#parts.sessions.remove(pending.replaces.idHash);
    return { ...begun, returnTo: pending.returnTo };
  }

  /** Where to send the browser so that the session at the provider ends too; null when it offers no such place. */
  async signOutUrl(
    session: { readonly providerId: string; readonly idToken: string },
    base: string,
  ): Promise<string | null> {
    try {
      const provider = await this.#parts.providers.find(session.providerId);
      if (!provider) return null;
      const { config } = await this.#parts.clients.of(provider);
      if (!config.serverMetadata().end_session_endpoint) return null;
      return client.buildEndSessionUrl(config, {
        id_token_hint: await this.#parts.sealer.open(session.idToken),
        post_logout_redirect_uri: addressesOf(session.providerId, base).postLogoutRedirectUri,
      }).href;
    } catch {
      // Signing out here must work while the provider does not answer.
      return null;
    }
  }

  async #exchange(
    provider: StoredProvider,
    pending: Pending,
    state: string,
    params: URLSearchParams,
  ): Promise<{ claims: Claims; idToken: string }> {
    const { config } = await this.#parts.clients.of(provider);
    const url = new URL(pending.redirectUri);
    url.search = params.toString();
    try {
      const tokens = await client.authorizationCodeGrant(config, url, {
        pkceCodeVerifier: pending.verifier,
        expectedState: state,
        expectedNonce: pending.nonce,
        idTokenExpected: true,
        ...(pending.replaces ? { maxAge: 0 } : {}),
      });
      const claims = tokens.claims();
      if (!claims || !tokens.id_token) throw new Error('no id token');
      return { claims: await this.#complete(provider, config, tokens.access_token, claims), idToken: tokens.id_token };
    } catch (error) {
      if (error instanceof client.AuthorizationResponseError) throw new OidcError('providerRefused', error.error);
      throw new OidcError('providerFailed', reason(error));
    }
  }

  /** Providers that keep tokens small tell groups and names at the userinfo endpoint only. */
  async #complete(
    provider: StoredProvider,
    config: client.Configuration,
    accessToken: string,
    claims: client.IDToken,
  ): Promise<Claims> {
    const wanted = [provider.usernameClaim, provider.displayNameClaim, ...provider.mappings.map(({ claim }) => claim)];
    const missing = wanted.some((claim) => claimValues(claims, claim).length === 0);
    if (!missing || !config.serverMetadata().userinfo_endpoint) return claims;
    const more = await client.fetchUserInfo(config, accessToken, claims.sub);
    return { ...more, ...claims };
  }

  async #enabled(id: string): Promise<StoredProvider> {
    const provider = await this.#parts.providers.find(id);
    if (!provider?.enabled) throw new OidcError('providerOff', 'the provider is switched off or gone');
    return provider;
  }
}
