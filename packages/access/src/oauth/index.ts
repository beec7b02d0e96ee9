import type { FastifyInstance } from 'fastify';
import { oauthEndpoints } from './endpoints.ts';
import { oauthPortal } from './portal.ts';
import type { OAuth } from './service.ts';

export type { TokenCaller } from './check.ts';
export { baseOf } from './endpoints.ts';
export { oauthMigrations } from './migrations.ts';
export { API_PERMISSIONS } from './permissions.ts';
export { createOAuth, type OAuth } from './service.ts';

/** Add the authorisation server's addresses and the portal's pages about it. The guard must be in place before. */
export async function registerOAuth(app: FastifyInstance, oauth: OAuth): Promise<void> {
  await app.register(async (own) => oauthEndpoints(own, oauth));
  await app.register(async (own) => oauthPortal(own, oauth));
}
