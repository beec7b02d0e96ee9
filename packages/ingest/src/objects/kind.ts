import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExactAppender } from '../intake/exact.ts';
import { Ledger } from '../intake/ledger.ts';
import type { ReceiverContext, RunningReceiver, SourceKind } from '../sources/types.ts';
import { type PullSettings, type PullState, pull } from './pull.ts';
import { S3 } from './s3.ts';
import { TakenObjects } from './taken.ts';

/** CloudTrail, load balancer and flow logs, and whatever else is delivered into a bucket. */
export const objectsKind: SourceKind = {
  id: 's3',
  title: 'Object storage (S3)',
  description:
    'Objects of a bucket on AWS, MinIO, Ceph, Cloudflare R2 or any other storage that speaks S3; each is taken once.',
  credentials: 'none',
  fields: [
    { name: 'bucket', label: 'Bucket', type: 'text', required: true, pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$' },
    {
      name: 'prefix',
      label: 'Prefix',
      type: 'text',
      hint: 'Such as AWSLogs/123456789012/CloudTrail/. Empty is the whole bucket.',
    },
    { name: 'region', label: 'Region', type: 'text', required: true, fallback: 'us-east-1' },
    {
      name: 'endpoint',
      label: 'Endpoint',
      type: 'text',
      hint: 'Such as https://minio.example.com:9000. Empty is AWS. This server connects to it.',
    },
    {
      name: 'pathStyle',
      label: 'Bucket in the path',
      type: 'switch',
      fallback: false,
      hint: 'MinIO, Ceph and most servers other than AWS.',
    },
    { name: 'accessKeyId', label: 'Access key id', type: 'text', required: true },
    { name: 'secretAccessKey', label: 'Secret access key', type: 'secret', required: true },
    { name: 'pollSeconds', label: 'Seconds between listings', type: 'number', fallback: 60, min: 5, max: 86_400 },
    {
      name: 'from',
      label: 'Only objects changed since',
      type: 'text',
      pattern: '^(\\d{4}-\\d{2}-\\d{2}(T[0-9:.]+Z?)?)?$',
      hint: 'A date such as 2024-03-01, in UTC.',
    },
    {
      name: 'until',
      label: 'Only objects changed before',
      type: 'text',
      pattern: '^(\\d{4}-\\d{2}-\\d{2}(T[0-9:.]+Z?)?)?$',
      hint: 'A date such as 2024-04-01, in UTC.',
    },
    {
      name: 'replay',
      label: 'Replay',
      type: 'number',
      fallback: 0,
      min: 0,
      max: 1_000_000,
      hint: 'Raise it to take the objects of this prefix and time again, for example after a connector was changed.',
    },
    { name: 'maxMegabytes', label: 'Largest object, in MiB', type: 'number', fallback: 4_096, min: 1, max: 1_000_000 },
  ],
  setup: [
    {
      title: 'What the key must be allowed',
      language: 'json',
      text: `{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::{{setting:bucket}}" },
    { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::{{setting:bucket}}/*" }
  ]
}`,
    },
  ],
  start: startObjects,
};

const RETRY_MS = 15_000;

/** @throws Error when a setting cannot be used */
export async function startObjects(context: ReceiverContext): Promise<RunningReceiver> {
  const { settings } = context.source;
  const text = (name: string): string => String(settings[name] ?? '').trim();
  const s3 = new S3({
    endpoint: text('endpoint'),
    region: text('region') || 'us-east-1',
    bucket: text('bucket'),
    accessKeyId: text('accessKeyId'),
    secretAccessKey: String(settings.secretAccessKey ?? ''),
    pathStyle: settings.pathStyle === true,
  });
  const wanted: PullSettings = {
    prefix: text('prefix'),
    pollMs: Number(settings.pollSeconds ?? 60) * 1_000,
    from: moment(text('from'), Number.NEGATIVE_INFINITY),
    until: moment(text('until'), Number.POSITIVE_INFINITY),
    maxBytes: Number(settings.maxMegabytes ?? 4_096) * 2 ** 20,
    replay: Number(settings.replay ?? 0),
  };
  const ledger = await Ledger.load(join(context.dataDir, 'positions.json'));
  const taken = await TakenObjects.load(join(context.dataDir, 'taken.log'));
  const stop = new AbortController();
  const appender = new ExactAppender(context, ledger, stop.signal);
  const state: PullState = {
    counters: { objects: 0, failedObjects: 0, events: 0, problems: 0, listed: 0, waiting: 0 },
    current: '',
    problem: '',
    failures: [],
  };
  const work = (async () => {
    while (!stop.signal.aborted) {
      try {
        await appender.recover();
        await pull(s3, wanted, join(context.dataDir, 'spool'), ledger, taken, appender, state, stop.signal);
      } catch (error) {
        if (stop.signal.aborted) break;
        state.problem = error instanceof Error ? error.message : String(error);
        context.log.warn(
          { reason: state.problem, source: context.source.name },
          'a bucket could not be read; tried again',
        );
        await sleep(Math.min(RETRY_MS, wanted.pollMs), undefined, { signal: stop.signal }).catch(() => undefined);
      }
    }
  })();
  return {
    state: () => ({
      state: state.problem === '' ? 'running' : 'failed',
      detail:
        state.problem !== ''
          ? state.problem
          : [
              state.current !== ''
                ? `Reading ${state.current}`
                : `Looking for objects in ${text('bucket')}/${wanted.prefix}`,
              ...(state.failures.length > 0 ? [`not used: ${state.failures.join('; ')}`] : []),
            ].join('; '),
      counters: { ...state.counters },
    }),
    async stop() {
      stop.abort();
      await work;
      await appender.settled();
      await ledger.save();
      await taken.close();
    },
  };
}

function moment(text: string, otherwise: number): number {
  if (text === '') return otherwise;
  const at = Date.parse(text);
  if (!Number.isFinite(at)) throw new Error(`"${text.slice(0, 40)}" is no date such as 2024-03-01.`);
  return at;
}
