import type { FastifyInstance } from 'fastify';
import { AccessService } from './access.ts';
import { addGuard } from './guard.ts';
import { auditRoutes } from './routes/audit.ts';
import { accessSettingRoutes, effectiveRoutes } from './routes/effective.ts';
import { keyRoutes } from './routes/keys.ts';
import { preferenceRoutes } from './routes/preferences.ts';
import { profileRoutes } from './routes/profile.ts';
import { roleRoutes } from './routes/roles.ts';
import { scopeFilterRoutes } from './routes/scope-filter.ts';
import { scopeRoutes } from './routes/scopes.ts';
import { sessionRoutes } from './routes/session.ts';
import { signInRoutes } from './routes/sign-in.ts';
import { userSecurityRoutes } from './routes/user-security.ts';
import { userRoutes } from './routes/users.ts';
import { invalidRequest } from './routes/validation.ts';
import type { Access } from './types.ts';

/**
 * Guard every `/api` route of the application and add this room's own. Await it before other routes are added: the
 * guard covers only what comes after it.
 */
export async function registerAccess(app: FastifyInstance, access: Access): Promise<void> {
  if (!(access instanceof AccessService)) throw new TypeError('registerAccess needs what createAccess returned');
  const guard = async (instance: FastifyInstance): Promise<void> => addGuard(instance, access);
  // Hooks of an ordinary plugin would guard its own routes alone.
  await app.register(Object.assign(guard, { [Symbol.for('skip-override')]: true }));
  await app.register(async (own) => {
    own.setSchemaErrorFormatter((errors, part) => invalidRequest(errors, part));
    for (const routes of [
      sessionRoutes,
      signInRoutes,
      profileRoutes,
      userRoutes,
      userSecurityRoutes,
      roleRoutes,
      scopeRoutes,
      scopeFilterRoutes,
      effectiveRoutes,
      accessSettingRoutes,
      keyRoutes,
      auditRoutes,
      preferenceRoutes,
    ])
      routes(own, access);
  });
}
