import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { ParapetError } from '@parapet/schema';
import type { FastifyInstance } from 'fastify';

/**
 * Fluent UI writes its styles into the page at run time, so styles may be inline; scripts may not.
 * Monaco loads its workers from our own address.
 */
const CONTENT_SECURITY_POLICY = [
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
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

const wantsPage = (accept: string | undefined): boolean => (accept ?? '').includes('text/html');

/** Serve the built portal; every page address answers with its one HTML file. */
export async function registerPortal(app: FastifyInstance, portalDir: string): Promise<void> {
  app.addHook('onSend', async (_request, reply) => {
    for (const [name, value] of Object.entries(HEADERS)) if (!reply.hasHeader(name)) reply.header(name, value);
  });
  const index = join(portalDir, 'index.html');
  const built = existsSync(index);
  const html = built ? readFileSync(index) : undefined;
  if (built) {
    await app.register(fastifyStatic, {
      root: join(portalDir, 'assets'),
      prefix: '/assets/',
      // File names carry a hash of their content.
      immutable: true,
      maxAge: '365d',
      index: false,
      decorateReply: false,
    });
  }
  app.setNotFoundHandler(async (request, reply) => {
    const isPage =
      (request.method === 'GET' || request.method === 'HEAD') &&
      wantsPage(request.headers.accept) &&
      !request.url.startsWith('/api/') &&
      !request.url.startsWith('/assets/');
    if (isPage && html) return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(html);
    throw new ParapetError(
      'not_found',
      404,
      `There is nothing at ${request.method} ${request.url.split('?')[0]?.slice(0, 200)}.`,
      'Check the address; the portal is at /.',
    );
  });
}
