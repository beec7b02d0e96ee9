import { ParapetError } from '@parapet/schema';
import { jwtVerify } from 'jose';
import type { AuditLog } from '../audit.ts';
import type { Sessions } from '../sessions.ts';
import type { ProviderClients } from './clients.ts';
import type { Providers } from './providers.ts';

/** Claim that makes a token a logout token (OpenID Connect Back-Channel Logout 1.0, 2.4). */
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** Signatures with a public key only: a token "signed" with HS256 and that public key as the secret is refused. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const MAX_AGE_SECONDS = 600;
const MAX_TRACKED = 10_000;

/** Ends sessions because a provider says so. */
export class BackChannel {
  /** Ids of tokens that were used, with when they may be forgotten. */
  #used = new Map<string, number>();
  #parts: {
    readonly providers: Providers;
    readonly clients: ProviderClients;
    readonly sessions: Sessions;
    readonly audits: AuditLog;
    readonly now: () => number;
  };

  constructor(parts: {
    readonly providers: Providers;
    readonly clients: ProviderClients;
    readonly sessions: Sessions;
    readonly audits: AuditLog;
    readonly now: () => number;
  }) {
    this.#parts = parts;
  }

  /**
   * @returns how many people's sessions ended
   * @throws ParapetError `logout_token_wrong` 400
   */
  async receive(providerId: string, token: string, remoteAddress: string): Promise<number> {
    const { providers, clients, sessions, audits, now } = this.#parts;
    const provider = await providers.find(providerId);
    if (!provider) throw wrongToken('the provider is unknown');
    const { config, keys } = await clients.of(provider);
    if (!keys) throw wrongToken('the provider has no keys');
    const { payload } = await jwtVerify(token, keys, {
      issuer: config.serverMetadata().issuer,
      audience: provider.clientId,
      algorithms: ALGORITHMS,
      maxTokenAge: MAX_AGE_SECONDS,
      clockTolerance: 30,
      requiredClaims: ['iat', 'jti'],
      currentDate: new Date(now()),
    }).catch((error: unknown) => {
      throw wrongToken(error instanceof Error ? error.message : 'it cannot be read');
    });
    const events = payload.events as Record<string, unknown> | undefined;
    if (typeof events !== 'object' || events === null || typeof events[EVENT] !== 'object')
      throw wrongToken('it is not a logout token');
    // An id token must never pass for one.
    if (payload.nonce !== undefined) throw wrongToken('it carries a nonce');
    const subject = typeof payload.sub === 'string' ? payload.sub : undefined;
    const sid = typeof payload.sid === 'string' ? payload.sid : undefined;
    if (subject === undefined && sid === undefined) throw wrongToken('it names neither person nor session');
    this.#useOnce(`${providerId}:${payload.jti}`);
    const people = await sessions.removeOfProvider(providerId, subject, sid);
    await audits.append({
      actor: `provider ${provider.name}`,
      action: 'session.signOut',
      target: `sign-in provider/${providerId}`,
      after: { people: people.length, everySession: sid === undefined },
      remoteAddress,
    });
    return people.length;
  }

  #useOnce(id: string): void {
    const now = this.#parts.now();
    for (const [known, until] of this.#used) {
      if (until > now) break;
      this.#used.delete(known);
    }
    if (this.#used.has(id)) throw wrongToken('it was used before');
    this.#used.set(id, now + 2 * MAX_AGE_SECONDS * 1000);
    if (this.#used.size > MAX_TRACKED) this.#used.delete(this.#used.keys().next().value as string);
  }
}

function wrongToken(detail: string): ParapetError {
  return new ParapetError('logout_token_wrong', 400, `The logout token was refused: ${detail.slice(0, 200)}.`);
}
