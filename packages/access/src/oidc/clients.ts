import { ParapetError, type ProviderCheck } from '@parapet/schema';
import { createRemoteJWKSet } from 'jose';
import * as client from 'openid-client';
import { isLoopbackIssuer, type Providers, type StoredProvider } from './providers.ts';

const DISCOVERY_MS = 3_600_000;
const TIMEOUT_SECONDS = 10;

export interface ProviderClient {
  readonly config: client.Configuration;
  readonly keys: ReturnType<typeof createRemoteJWKSet> | undefined;
}

/** What providers say about themselves, read once an hour and after each change of their settings. */
export class ProviderClients {
  #providers: Providers;
  #now: () => number;
  #known = new Map<
    string,
    { readonly version: number; readonly at: number; readonly client: Promise<ProviderClient> }
  >();

  constructor(providers: Providers, now: () => number) {
    this.#providers = providers;
    this.#now = now;
  }

  /** @throws ParapetError `provider_unreachable` 502 */
  of(provider: StoredProvider): Promise<ProviderClient> {
    const known = this.#known.get(provider.id);
    if (known && known.version === provider.version && this.#now() - known.at < DISCOVERY_MS) return known.client;
    const made = this.#discover(provider);
    this.#known.set(provider.id, { version: provider.version, at: this.#now(), client: made });
    made.catch(() => {
      if (this.#known.get(provider.id)?.client === made) this.#known.delete(provider.id);
    });
    return made;
  }

  async check(provider: StoredProvider): Promise<ProviderCheck> {
    this.#known.delete(provider.id);
    const { config } = await this.of(provider);
    const server = config.serverMetadata();
    return {
      issuer: server.issuer,
      authorizationEndpoint: server.authorization_endpoint ?? '',
      endSessionEndpoint: server.end_session_endpoint ?? null,
      backChannelLogout: server.backchannel_logout_supported === true,
      signingAlgorithms: server.id_token_signing_alg_values_supported ?? ['RS256'],
    };
  }

  async #discover(provider: StoredProvider): Promise<ProviderClient> {
    const issuer = new URL(provider.issuer);
    const insecure = issuer.protocol === 'http:' && isLoopbackIssuer(issuer);
    const secret = await this.#providers.openSecret(provider);
    try {
      const found = await client.discovery(issuer, provider.clientId, undefined, client.None(), {
        timeout: TIMEOUT_SECONDS,
        ...(insecure ? { execute: [client.allowInsecureRequests] } : {}),
      });
      const server = found.serverMetadata();
      if (!server.authorization_endpoint || !server.token_endpoint || !server.jwks_uri)
        throw new Error('its discovery document lacks authorization_endpoint, token_endpoint or jwks_uri');
      // The specification's default, when a provider does not say, is Basic.
      const post = server.token_endpoint_auth_methods_supported?.includes('client_secret_post');
      const auth =
        secret === undefined
          ? client.None()
          : post
            ? client.ClientSecretPost(secret)
            : client.ClientSecretBasic(secret);
      const config = new client.Configuration(server, provider.clientId, undefined, auth);
      config.timeout = TIMEOUT_SECONDS;
      if (insecure) client.allowInsecureRequests(config);
      // Id tokens are verified with the provider's public keys even though they come over TLS; algorithms without a
      // public key (none, HS256) are thereby out of the question.
      client.enableNonRepudiationChecks(config);
      return {
        config,
        keys: createRemoteJWKSet(new URL(server.jwks_uri), { timeoutDuration: TIMEOUT_SECONDS * 1000 }),
      };
    } catch (error) {
      throw new ParapetError(
        'provider_unreachable',
        502,
        `The provider ${provider.name} did not answer as expected: ${reason(error)}`,
        'Check the issuer; its address followed by /.well-known/openid-configuration must be readable from this server.',
      );
    }
  }
}

/** What went wrong, without addresses of the inside or texts of another server. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error.';
  const cause = error.cause instanceof Error ? ` (${error.cause.message.slice(0, 200)})` : '';
  return `${error.message.slice(0, 300)}${cause}.`;
}
