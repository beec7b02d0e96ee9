import type { ReceiverContext, RunningReceiver, SourceKind } from '../sources/types.ts';
import type { Ingest } from '../types.ts';
import { UploadQueue } from './queue.ts';

/** Files people give to the portal. */
export const uploadKind: SourceKind = {
  id: 'upload',
  title: 'Uploads',
  description: 'Files that people upload in the portal: exports, archives, event logs, mail.',
  credentials: 'none',
  fields: [
    { name: 'maxMegabytes', label: 'Largest file, in MiB', type: 'number', fallback: 2_048, min: 1, max: 1_000_000 },
  ],
  setup: [
    {
      title: 'Upload from a shell',
      language: 'bash',
      text: `curl -sS -X POST --data-binary @export.json.gz -H 'Content-Type: application/octet-stream' \\
  -b "$COOKIE" -H "x-csrf-token: $TOKEN" '{{url}}/api/ingest/uploads?name=export.json.gz'`,
    },
  ],
  start: startUploads,
};

const queues = new WeakMap<Ingest, Map<string, UploadQueue>>();

/** The queues of the upload sources that run, by source id. */
export function uploadQueues(ingest: Ingest): Map<string, UploadQueue> {
  const known = queues.get(ingest) ?? new Map<string, UploadQueue>();
  queues.set(ingest, known);
  return known;
}

export async function startUploads(context: ReceiverContext): Promise<RunningReceiver> {
  const queue = await UploadQueue.open(context, Number(context.source.settings.maxMegabytes ?? 2_048) * 2 ** 20);
  const running = uploadQueues(context.ingest);
  running.set(context.source.id, queue);
  return {
    state() {
      const jobs = queue.jobs();
      const reading = jobs.find((job) => job.state === 'reading');
      const waiting = jobs.filter((job) => job.state === 'waiting').length;
      return {
        state: queue.problem === '' ? 'running' : 'failed',
        detail: queue.problem !== '' ? queue.problem : reading ? `Reading ${reading.name}` : 'Waiting for uploads',
        counters: { files: jobs.length, waiting },
      };
    },
    async stop() {
      running.delete(context.source.id);
      await queue.close();
    },
  };
}
