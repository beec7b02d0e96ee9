import { describeSample, loadSample } from '@parapet/sample';
import { type Job, ParapetError } from '@parapet/schema';
import type { Jobs } from '@parapet/state';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const HOUR_MS = 3_600_000;
/** Any number would do; a fixed one makes two installations show the same organisation. */
const SEED = 20_260_101;

/** The thirty days up to the last full hour. */
const sampleWindow = (): { seed: number; end: Date } => ({
  seed: SEED,
  end: new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS),
});

export interface SampleLoader {
  /** Start loading through the real ingest endpoint. @throws ParapetError `sample_running` when a load is in progress */
  start(by: string): Promise<Job>;
}

export interface SampleDeps {
  readonly jobs: Jobs;
  /** Address of this server, known once it listens. */
  url(): string;
  /** Make a key for the sample's sender; returns the `Authorization` header. */
  createAuthorization(by: string): Promise<string>;
  /** Resolves when everything ingested so far was committed and detected. */
  idle(): Promise<void>;
}

export function createSampleLoader({ jobs, url, createAuthorization, idle }: SampleDeps): SampleLoader {
  let current: string | undefined;
  return {
    async start(by) {
      const running = current ? await jobs.get(current) : undefined;
      if (running && (running.state === 'running' || running.state === 'queued')) {
        throw new ParapetError(
          'sample_running',
          409,
          'The sample environment is already being loaded.',
          'Watch its progress, or cancel it first.',
        );
      }
      const authorization = await createAuthorization(by);
      const job = await jobs.start('sample', 'Load the sample environment', by, async ({ signal, progress }) => {
        const result = await loadSample({
          ...sampleWindow(),
          url: url(),
          authorization,
          signal,
          // The last hundredth is the detections catching up.
          progress: (now) =>
            progress(
              now.fraction * 0.99,
              `${now.events.toLocaleString('en-US')} events sent in ${Math.round(now.seconds)} s`,
            ),
        });
        progress(0.99, `${result.events.toLocaleString('en-US')} events sent; waiting for the detections to finish`);
        await idle();
        progress(1, `${result.events.toLocaleString('en-US')} events loaded in ${Math.round(result.seconds)} s`);
        return result;
      });
      current = job.id;
      return job;
    },
  };
}

/** `POST /api/sample` starts it; what it will hold is told beforehand. */
export function registerSample(
  app: FastifyInstance,
  loader: SampleLoader,
  audit: (request: FastifyRequest, action: string, target: string) => Promise<void>,
): void {
  app.get('/api/sample', { config: { permission: 'SecData.Read' } }, async () => describeSample(sampleWindow()));

  app.post('/api/sample', { config: { permission: 'Data.Manage' } }, async (request, reply) => {
    const job = await loader.start(request.principal?.username ?? 'unknown');
    await audit(request, 'sample.load', job.id);
    return reply.code(202).send(job);
  });
}
