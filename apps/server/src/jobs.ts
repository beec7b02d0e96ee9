import { type Job, ParapetError, type Permission } from '@parapet/schema';
import type { Jobs } from '@parapet/state';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Who may start a kind of work may also stop it. */
const neededFor = (job: Pick<Job, 'kind'>): Permission =>
  job.kind.startsWith('detection.') ? 'DetTune.Manage' : 'Data.Manage';

/** Titles tell what others work on: for who may start such work, and for who sees the settings. */
const maySee = ({ principal }: FastifyRequest, job: Job): boolean =>
  principal.permissions.includes('Sys.Read') || principal.permissions.includes(neededFor(job));

/** Long work, seen and stopped from the portal. */
export function registerJobs(app: FastifyInstance, jobs: Jobs): void {
  const idParam = { type: 'object', properties: { id: { type: 'string', maxLength: 64 } }, required: ['id'] } as const;
  const missing = (id: string): ParapetError =>
    new ParapetError('job_not_found', 404, `There is no job ${id}.`, 'It may have been cleaned up; start it again.');

  app.get('/api/jobs', { config: { permission: 'SecData.Read' } }, async (request) => ({
    items: (await jobs.list(50)).filter((job) => maySee(request, job)),
  }));

  app.get<{ Params: { id: string } }>(
    '/api/jobs/:id',
    { config: { permission: 'SecData.Read' }, schema: { params: idParam } },
    async (request) => {
      const job = await jobs.get(request.params.id);
      if (!job || !maySee(request, job)) throw missing(request.params.id);
      return job;
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/api/jobs/:id',
    { config: { permission: 'SecData.Read' }, schema: { params: idParam } },
    async (request, reply) => {
      const job = await jobs.get(request.params.id);
      if (!job || !maySee(request, job)) throw missing(request.params.id);
      // Who may start a kind of work may also stop it.
      const needed: Permission = job.kind.startsWith('detection.') ? 'DetTune.Manage' : 'Data.Manage';
      if (!request.principal?.permissions.includes(needed)) {
        throw new ParapetError(
          'permission_denied',
          403,
          `Cancelling this needs the permission ${needed}.`,
          'Ask an administrator.',
        );
      }
      const cancelled = await jobs.cancel(request.params.id);
      if (!cancelled) throw new ParapetError('job_not_running', 409, 'The job has already ended.');
      return reply.code(202).send(await jobs.get(request.params.id));
    },
  );
}
