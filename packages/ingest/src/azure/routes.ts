import { randomUUID } from 'node:crypto';
import { ParapetError } from '@parapet/schema';
import type { Sealer } from '@parapet/state';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Growth } from '../http/growth.ts';
import { answerFailures, type HttpIngest, rawBody, readRawBodies } from '../http/scope.ts';
import type { IngestOptions, Sender } from '../types.ts';
import { parseRows } from './rows.ts';
import { holderOf, issueToken, TOKEN_SECONDS } from './token.ts';

/** Of one call, before and after decompression. */
const CALL_BYTES = 2 ** 20;
const config = { public: true } as const;

/**
 * Azure Monitor's Logs Ingestion API, with the endpoints of the token service its clients ask first.
 * Sources: "Logs Ingestion API in Azure Monitor" and "OAuth 2.0 client credentials flow" of the vendor's documentation.
 */
export function registerAzure(app: FastifyInstance, http: HttpIngest): void {
  const { sealer } = http;
  const verify = http.ingest.options.verifySecret;
  if (!sealer || !verify) return;
  if (!http.tokensElsewhere) app.register(async (scope) => tokens(scope, http, sealer, verify));
  app.register(async (scope) => logs(scope, http, sealer, verify));
}

type Verify = NonNullable<IngestOptions['verifySecret']>;

function tokens(scope: FastifyInstance, http: HttpIngest, sealer: Sealer, verify: Verify): void {
  readRawBodies(scope, http, 16_384);
  answerFailures(scope, (reply, failure) =>
    failure.code === 'source_disabled'
      ? refuse(reply, 401, 'unauthorized_client', 7000112, failure.message)
      : refuse(
          reply,
          failure.status,
          failure.status >= 500 ? 'server_error' : 'invalid_request',
          90014,
          failure.message,
        ),
  );
  const token = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const form = new URLSearchParams(rawBody(request).toString('utf8'));
    if (form.get('grant_type') !== 'client_credentials')
      return refuse(reply, 400, 'unsupported_grant_type', 70003, 'Only the grant client_credentials is supported.');
    const key = credentials(form, request.headers.authorization);
    if (!key)
      return refuse(reply, 401, 'invalid_client', 7000218, 'The request must contain client_id and client_secret.');
    const sender = await verify(key);
    if (!sender)
      return refuse(
        reply,
        401,
        'invalid_client',
        7000215,
        'Invalid client secret provided: send the id of a key as client_id and its secret as client_secret.',
      );
    const accessToken = await issueToken(sealer, key, Date.now());
    return reply.header('Cache-Control', 'no-store').send({
      token_type: 'Bearer',
      expires_in: TOKEN_SECONDS,
      ext_expires_in: TOKEN_SECONDS,
      // The older endpoint, asked by older clients, says when in seconds since the epoch.
      expires_on: String(Math.floor(Date.now() / 1_000) + TOKEN_SECONDS),
      access_token: accessToken,
    });
  };
  for (const url of ['/:tenant/oauth2/v2.0/token', '/:tenant/oauth2/token'])
    scope.route({ method: 'POST', url, config, handler: token });

  const discovery = async (request: FastifyRequest): Promise<unknown> => {
    const { tenant } = request.params as { tenant: string };
    const base = `${request.protocol}://${request.host}/${encodeURIComponent(tenant)}`;
    return {
      issuer: `${base}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/oauth2/v2.0/token`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      response_types_supported: ['token'],
      response_modes_supported: ['query'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      scopes_supported: [],
      claims_supported: [],
    };
  };
  scope.route({ method: 'GET', url: '/:tenant/v2.0/.well-known/openid-configuration', config, handler: discovery });
  scope.route({
    method: 'GET',
    url: '/common/discovery/instance',
    config,
    handler: async (request) => {
      const { host } = request;
      return {
        tenant_discovery_endpoint: `${request.protocol}://${host}/common/v2.0/.well-known/openid-configuration`,
        'api-version': '1.1',
        metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
      };
    },
  });
}

function credentials(
  form: URLSearchParams,
  authorization: string | undefined,
): { readonly id: string; readonly secret: string } | null {
  const basic = /^basic +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (basic) {
    const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':', 2).map(unescapeForm);
    if (id && secret) return { id, secret };
  }
  const id = form.get('client_id');
  const secret = form.get('client_secret');
  return id && secret ? { id, secret } : null;
}

function unescapeForm(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** A refusal as the token service words it. */
function refuse(reply: FastifyReply, status: number, error: string, code: number, text: string): FastifyReply {
  const trace = randomUUID();
  return reply.code(status).send({
    error,
    error_description: `AADSTS${code}: ${text} Trace ID: ${trace}`,
    error_codes: [code],
    timestamp: `${new Date().toISOString().slice(0, 19).replace('T', ' ')}Z`,
    trace_id: trace,
    correlation_id: trace,
  });
}

/** Codes of the service's errors by what went wrong here. */
const CODES: Readonly<Record<string, string>> = {
  body_too_large: 'ContentLengthLimitExceeded',
  source_rate: 'RateLimitExceeded',
  buffer_full: 'TooManyRequests',
  unauthenticated: 'InvalidAuthenticationToken',
  source_disabled: 'Forbidden',
  malformed_request: 'InvalidPayload',
  invalid_stream: 'InvalidStream',
  api_version: 'UnsupportedApiVersion',
};

function logs(scope: FastifyInstance, http: HttpIngest, sealer: Sealer, verify: Verify): void {
  const { ingest } = http;
  const senders = new WeakMap<FastifyRequest, Sender>();
  readRawBodies(scope, http, CALL_BYTES);
  answerFailures(scope, (reply, failure) => {
    const code = CODES[failure.code] ?? (failure.status >= 500 ? 'InternalServerError' : 'BadArgument');
    if (failure.status === 401)
      reply.header('WWW-Authenticate', 'Bearer error="invalid_token", error_description="Ask for a new token."');
    return reply
      .code(failure.status)
      .header('x-ms-error-code', code)
      .send({ error: { code, message: failure.message } });
  });
  scope.addHook('onRequest', async (request) => {
    const token = /^bearer +([A-Za-z0-9_.-]{1,8000})$/i.exec(request.headers.authorization ?? '')?.[1];
    const holder = token === undefined ? null : await holderOf(sealer, verify, token, Date.now());
    if (holder === null || holder === 'expired')
      throw new ParapetError(
        'unauthenticated',
        401,
        holder === 'expired' ? 'The access token has expired.' : 'The access token is missing or invalid.',
        'Get one from /{tenant}/oauth2/v2.0/token of this server, with the id of a key as client_id and its secret as client_secret.',
      );
    senders.set(request, holder);
  });
  const tables = new Set(ingest.options.store.schema.tables.map((table) => table.name));
  scope.route({
    method: 'POST',
    url: '/dataCollectionRules/:rule/streams/:stream',
    config,
    handler: async (request, reply) => {
      const sender = senders.get(request);
      if (!sender) throw new ParapetError('unauthenticated', 401, 'The access token is missing.');
      const { stream } = request.params as { stream: string };
      const named = /^(?:Custom|Microsoft)-(?<table>[A-Za-z0-9_-]{1,200})$/.exec(stream)?.groups?.table;
      if (!named)
        throw new ParapetError(
          'invalid_stream',
          400,
          `The stream ${stream.slice(0, 100)} does not exist.`,
          'Streams are named Custom-<table> or Microsoft-<table>.',
        );
      if (!(request.query as Record<string, unknown>)['api-version'])
        throw new ParapetError('api_version', 400, 'The api-version query parameter is required.', 'Use 2023-01-01.');
      const table = tables.has(named) ? named : null;
      let parsed: ReturnType<typeof parseRows>;
      try {
        parsed = parseRows(rawBody(request), {
          table,
          receivedAt: new Date().toISOString(),
          // Small rows weigh many times what they are sent as.
          growth: new Growth(16 * CALL_BYTES),
        });
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        throw new ParapetError(
          'malformed_request',
          400,
          'The body is not a JSON array of records; nothing of it was stored.',
          error.message.slice(0, 200),
        );
      }
      const { rows, rejected } = parsed;
      if (rows.length > 0 || rejected.length > 0)
        await ingest.appendRequest(sender, { groups: new Map(rows.length > 0 ? [[stream, rows]] : []), rejected });
      if (rows.length === 0 && rejected.length > 0)
        throw new ParapetError('malformed_request', 400, 'No record of the array is a JSON object.');
      return reply.code(204).send();
    },
  });
}
