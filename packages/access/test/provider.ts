import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type Configuration } from 'oidc-provider';

export const CLIENT_ID = 'parapet';
export const CLIENT_SECRET = 'a-secret-of-forty-characters-and-a-few-more';

/** A person at the provider. */
export interface Account {
  readonly sub: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A certified OpenID Connect provider on loopback, whose sign-in page is one header. */
export class TestProvider {
  readonly accounts = new Map<string, Account>();
  readonly provider: Provider;
  readonly issuer: string;
  readonly #server: Server;

  private constructor(server: Server, portal: string, id: () => string) {
    this.#server = server;
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const own = (path: string): string => `${portal}/api/sign-in/oidc/${id()}/${path}`;
    const configuration: Configuration = {
      clients: [
        {
          client_id: CLIENT_ID,
          client_secret: CLIENT_SECRET,
          redirect_uris: [own('callback')],
          post_logout_redirect_uris: [`${portal}/sign-in`],
          backchannel_logout_uri: own('back-channel-logout'),
          backchannel_logout_session_required: true,
        },
      ],
      // The id token carries what was asked for.
      conformIdTokenClaims: false,
      claims: { openid: ['sub', 'groups', 'preferred_username', 'name', 'realm_access', 'amr'] },
      pkce: { required: () => true },
      features: {
        devInteractions: { enabled: false },
        rpInitiatedLogout: { enabled: true },
        backchannelLogout: { enabled: true },
      },
      findAccount: (_context, sub) => {
        const account = this.accounts.get(sub);
        return account && { accountId: sub, claims: async () => ({ sub, ...account.claims }) };
      },
      interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
      cookies: { keys: ['for tests'] },
      // Its own refuses addresses of this machine.
      fetch: (url, options) => {
        const { dispatcher: _, ...rest } = (options ?? {}) as RequestInit & { dispatcher?: unknown };
        return fetch(url, rest);
      },
    };
    this.provider = new Provider(this.issuer, configuration);
    this.provider.on('server_error', (_context, error) => console.error(error));
    this.provider.on('backchannel.error', (_context, error) => console.error(error));
  }

  /** @param portal origin of the application that people sign in to. @param id of the provider there */
  static async start(portal: string, id: () => string): Promise<TestProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const test = new TestProvider(server, portal, id);
    const callback = test.provider.callback();
    server.on('request', (request, response) => {
      if (!request.url?.startsWith('/interaction/')) return callback(request, response);
      // Signs in as whom the header names and consents.
      void test.provider
        .interactionDetails(request, response)
        .then(async ({ prompt, params, session }) => {
          if (prompt.name === 'login') {
            const accountId = String(request.headers['x-account']);
            return test.provider.interactionFinished(request, response, { login: { accountId, amr: ['pwd', 'mfa'] } });
          }
          const grant = new test.provider.Grant({
            accountId: session?.accountId ?? '',
            clientId: String(params.client_id),
          });
          grant.addOIDCScope(String(params.scope));
          const grantId = await grant.save();
          return test.provider.interactionFinished(
            request,
            response,
            { consent: { grantId } },
            { mergeWithLastSubmission: true },
          );
        })
        .catch((error: unknown) => {
          response.statusCode = 500;
          response.end(String(error));
        });
    });
    return test;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A browser's cookies at the provider, and following its redirects until they lead elsewhere. */
export class ProviderBrowser {
  readonly cookies = new Map<string, string>();
  constructor(
    readonly issuer: string,
    readonly account: string,
  ) {}

  /** @returns the address outside the provider that it sends the browser to, or the last page */
  async follow(start: string, init: RequestInit = {}): Promise<{ location?: string; body: string }> {
    let url = start;
    let options = init;
    for (let n = 0; n < 10; n++) {
      const response = await fetch(url, {
        ...options,
        redirect: 'manual',
        headers: {
          ...options.headers,
          'x-account': this.account,
          cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        },
      });
      for (const line of response.headers.getSetCookie()) {
        const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s);
        if (value) this.cookies.set(name, value);
        else this.cookies.delete(name);
      }
      const location = response.headers.get('location');
      if (!location) return { body: await response.text() };
      url = new URL(location, url).href;
      options = {};
      if (!url.startsWith(this.issuer)) return { location: url, body: '' };
    }
    throw new Error('too many redirects');
  }
}
