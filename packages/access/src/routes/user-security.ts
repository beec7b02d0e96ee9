import type { UserSession } from '@parapet/schema';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AccessService } from '../access.ts';
import { foldName, notFound, type UserRow } from '../users.ts';
import { sessionNotFound } from './profile.ts';

const byId = {
  params: {
    type: 'object',
    properties: { id: { type: 'string', maxLength: 100 }, session: { type: 'string', maxLength: 100 } },
  },
} as const;

/** /api/users/:id/…: sessions and factors of others, for administrators. */
export function userSecurityRoutes(app: FastifyInstance, access: AccessService): void {
  const found = async (id: string): Promise<UserRow> => {
    const user = await access.users.byId(id);
    if (!user) throw notFound();
    return user;
  };
  const record = (request: FastifyRequest, user: UserRow, action: string, after: unknown): Promise<void> =>
    access.audit({
      actor: request.principal.username,
      action,
      target: `user/${user.username}`,
      after,
      remoteAddress: request.ip,
    });

  app.get<{ Params: { id: string } }>(
    '/api/users/:id/sessions',
    { config: { permission: 'Auth.Manage' }, schema: byId },
    async (request): Promise<{ sessions: UserSession[]; factors: readonly string[] }> => {
      const user = await found(request.params.id);
      return {
        sessions: await access.sessions.listOf(user.id, request.accessSession?.idHash),
        factors: await access.signIn.factors.kindsOf(user.id),
      };
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/api/users/:id/sessions',
    { config: { permission: 'Auth.Manage' }, schema: byId },
    async (request) => {
      const user = await found(request.params.id);
      const ended = await access.sessions.removeAllOf(user.id);
      await record(request, user, 'session.revokeAll', { ended });
      return { ended };
    },
  );

  app.delete<{ Params: { id: string; session: string } }>(
    '/api/users/:id/sessions/:session',
    { config: { permission: 'Auth.Manage' }, schema: byId },
    async (request, reply) => {
      const user = await found(request.params.id);
      if (!(await access.sessions.revoke(user.id, request.params.session))) throw sessionNotFound();
      await record(request, user, 'session.revoke', { session: request.params.session });
      return reply.code(204).send();
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/api/users/:id/factors',
    { config: { permission: 'Auth.Manage', confirmed: true }, schema: byId },
    async (request, reply) => {
      const user = await found(request.params.id);
      // Whoever could strip the second factor of someone with more rights would be half way to those rights.
      access.users.requireMayManage(user, request.principal);
      await access.signIn.factors.reset(user, request.principal.username, request.ip);
      await access.sessions.removeAllOf(user.id);
      return reply.code(204).send();
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/api/users/:id/lock',
    { config: { permission: 'Auth.Manage' }, schema: byId },
    async (request, reply) => {
      const user = await found(request.params.id);
      access.throttle.unlock(foldName(user.username));
      access.throttle.unlock(`factor of ${user.id}`);
      await record(request, user, 'user.unlock', undefined);
      return reply.code(204).send();
    },
  );
}
