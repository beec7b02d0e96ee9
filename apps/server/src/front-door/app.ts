import { ParapetError } from '@parapet/schema';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerOptions,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { registerErrors } from '../errors.ts';
import { addSecurityHeaders } from './headers.ts';
import { addJsonLimits } from './json.ts';
import { ownCertificate } from './self-signed.ts';
import { type CertificateFiles, loadCertificate } from './tls.ts';

/** What one connection may hold and for how long. */
export interface DoorLimits {
  /** A sender that does not get its headers across in this time holds a connection for nothing. */
  readonly headersMs: number;
  /** The same for a whole request. */
  readonly requestMs: number;
  /** How often connections are looked at. */
  readonly checkMs: number;
  readonly headerBytes: number;
  /** Beyond it further connections are closed at once, so that those that are open keep their files and memory. */
  readonly connections: number;
  readonly bodyBytes: number;
}

export const DOOR_LIMITS: DoorLimits = {
  headersMs: 20_000,
  requestMs: 300_000,
  checkMs: 5_000,
  headerBytes: 16 * 1024,
  connections: 10_000,
  bodyBytes: 2 * 2 ** 20,
};

export interface FrontDoor {
  readonly app: FastifyInstance;
  /** Files the server encrypts with; undefined for plain HTTP. */
  readonly certificate: CertificateFiles | undefined;
}

/**
 * The application before any route: encryption, limits, proxies that are believed, headers of every answer, errors.
 * @throws ParapetError `bad_configuration` for certificate files that cannot be used
 */
export async function openFrontDoor(
  config: Config,
  log: Logger,
  more: Pick<FastifyServerOptions, 'rewriteUrl'> = {},
  limits: DoorLimits = DOOR_LIMITS,
): Promise<FrontDoor> {
  let certificate: CertificateFiles | undefined = config.tlsCert
    ? { cert: config.tlsCert, key: config.tlsKey }
    : undefined;
  if (config.tlsSelfSigned) {
    const own = await ownCertificate(config.dataDir, [config.host, hostOf(config.publicUrl)]);
    log.warn(
      { certificate: own.cert, fingerprint: own.fingerprint },
      `Serving with a certificate of our own. Compare its SHA-256 fingerprint when a browser asks: ${own.fingerprint}`,
    );
    certificate = own;
  }
  const options: FastifyServerOptions = {
    loggerInstance: log as FastifyBaseLogger,
    // One line a request is noise at info; failures are logged by the error handler.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trustedProxies(config),
    bodyLimit: limits.bodyBytes,
    routerOptions: { maxParamLength: 2_000 },
    ajv: { customOptions: { coerceTypes: 'array', removeAdditional: false, allErrors: false } },
    requestTimeout: limits.requestMs,
    ...more,
  };
  const http = {
    headersTimeout: limits.headersMs,
    connectionsCheckingInterval: limits.checkMs,
    maxHeaderSize: limits.headerBytes,
  };
  const app = (certificate
    ? Fastify({ ...options, https: { ...loadCertificate(certificate), ...http } } as FastifyServerOptions)
    : Fastify({ ...options, http } as FastifyServerOptions)) as unknown as FastifyInstance;
  app.server.maxConnections = limits.connections;
  registerErrors(app);
  addSecurityHeaders(app, !config.tlsSelfSigned);
  addJsonLimits(app);
  if (config.publicUrl.startsWith('https:')) sendToHttps(app, config.publicUrl);
  return { app, certificate };
}

/** Whose forwarded headers are believed: nobody's, a proxy's on this machine, or those that are listed. */
function trustedProxies(config: Config): string[] | string | false {
  if (config.trustedProxies) return config.trustedProxies.split(/[\s,]+/).filter(Boolean);
  return config.publicUrl ? 'loopback' : false;
}

/** What reached the proxy unencrypted goes on encrypted, or, when it is no page, not at all. */
function sendToHttps(app: FastifyInstance, publicUrl: string): void {
  app.addHook('onRequest', async (request, reply) => {
    // Calls of this machine that come past the proxy say nothing of a protocol.
    if (request.protocol === 'https' || request.headers['x-forwarded-proto'] === undefined) return;
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (reads && !request.url.startsWith('/api/')) return reply.redirect(publicUrl + request.url, 308);
    throw new ParapetError(
      'https_required',
      403,
      'This came over an unencrypted connection.',
      `Use ${publicUrl}. If it did come encrypted, the proxy must send X-Forwarded-Proto: https.`,
    );
  });
}

function hostOf(url: string): string {
  try {
    return new URL(url).hostname.replace(/^\[|\]$/g, '');
  } catch {
    return '';
  }
}
