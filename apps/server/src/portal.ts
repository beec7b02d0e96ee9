import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { ParapetError } from '@parapet/schema';
import type { FastifyInstance } from 'fastify';

const wantsPage = (accept: string | undefined): boolean => (accept ?? '').includes('text/html');

/** Serve the built portal; every page address answers with its one HTML file. */
export async function registerPortal(app: FastifyInstance, portalDir: string): Promise<void> {
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
