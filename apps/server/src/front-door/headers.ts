import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * Pages and the scripts of their workers. Fluent UI and Monaco write styles into the page at run time, so styles may be
 * inline; scripts may not. Monaco loads its workers from our own address.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

/** Everything that is not a page: shown in a window of its own it must be able to do nothing. */
const DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

const ALWAYS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  // For browsers that do not know frame-ancestors.
  'x-frame-options': 'DENY',
};

const YEAR_SECONDS = 31_536_000;

/**
 * Headers that tell browsers what an answer may do. Must be set up before any route, or the routes of plugins that were
 * registered earlier would go without.
 * @param hsts false for a certificate browsers do not know: with it they would let nobody past the warning
 */
export function addSecurityHeaders(app: FastifyInstance, hsts: boolean): void {
  app.addHook('onSend', async (request: FastifyRequest, reply: FastifyReply) => {
    const set = (name: string, value: string): void => {
      if (!reply.hasHeader(name)) reply.header(name, value);
    };
    for (const [name, value] of Object.entries(ALWAYS)) set(name, value);
    const type = String(reply.getHeader('content-type') ?? '');
    set('content-security-policy', /^text\/(html|javascript)/.test(type) ? PAGE_POLICY : DATA_POLICY);
    if (hsts && request.protocol === 'https')
      set('strict-transport-security', `max-age=${YEAR_SECONDS}; includeSubDomains`);
  });
}
