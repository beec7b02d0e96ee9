/** How an application proves itself at the token endpoint: a secret, or a signed assertion. */
import { importSPKI, jwtVerify } from 'jose';
import type { AccessService } from '../access.ts';
import type { App, Apps } from './apps.ts';
import { invalidClient, invalidRequest } from './errors.ts';
import type { Grants } from './grants.ts';
import { ALGORITHM } from './keys.ts';
import type { TokenRequest } from './service.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** Name and secret of the client: in the form, or in Basic (RFC 6749 section 2.3.1). */
export function credentialsOf({ form, authorization }: TokenRequest): {
  readonly id: string;
  readonly secret: string | undefined;
} {
  const basic = /^basic\s+([A-Za-z0-9+/=_-]+)$/i.exec(authorization ?? '')?.[1];
  if (!basic) return { id: form.get('client_id') ?? '', secret: form.get('client_secret') ?? undefined };
  const text = Buffer.from(basic, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return { id: decode(text.slice(0, colon)), secret: decode(text.slice(colon + 1)) };
}

/** Names and secrets in Basic are form-encoded (RFC 6749 section 2.3.1). */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'));
  } catch {
    return text;
  }
}

export class ClientCheck {
  readonly #now: () => number;

  /** @param audiences addresses an assertion may name, by the address the caller reached */
  constructor(
    readonly access: AccessService,
    readonly apps: Apps,
    readonly grants: Grants,
    readonly audiences: (base: string) => readonly string[],
    now: () => number,
  ) {
    this.#now = now;
  }

  /** @throws OAuthError `invalid_client` for everything that does not fit */
  async client(
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
    const audience = [...this.audiences(base)];
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
}
