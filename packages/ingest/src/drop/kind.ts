import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExactAppender } from '../intake/exact.ts';
import { Ledger } from '../intake/ledger.ts';
import type { ReceiverContext, RunningReceiver, SourceKind } from '../sources/types.ts';
import { collect, type DropState } from './collect.ts';
import { follow } from './follow.ts';
import { dropSettings } from './settings.ts';

/** Files of this server: exports, copies of logs, logs of programs that run beside it. */
export const dropKind: SourceKind = {
  id: 'files',
  title: 'Files in a folder',
  description:
    'Exports and archives that are put into a folder, or logs on this server that are followed as they grow.',
  credentials: 'none',
  fields: [
    {
      name: 'mode',
      label: 'What lies there',
      type: 'choice',
      required: true,
      fallback: 'collect',
      choices: [
        { value: 'collect', label: 'Files to take: each is read once and moved away' },
        { value: 'follow', label: 'Logs to follow: read where they are, through rotation' },
      ],
    },
    {
      name: 'folder',
      label: 'Folder',
      type: 'text',
      hint: 'Absolute path on this server. Empty: a folder of this source below the data folder; its page shows where.',
    },
    {
      name: 'pattern',
      label: 'File names',
      type: 'text',
      hint: 'Such as *.log *.json.gz. Empty takes all but hidden and half-written ones.',
    },
    {
      name: 'settleSeconds',
      label: 'Seconds without change',
      type: 'number',
      fallback: 3,
      min: 0,
      max: 86_400,
      hint: 'A file is complete when it has not changed for so long.',
    },
    {
      name: 'keepDays',
      label: 'Days to keep what was read',
      type: 'number',
      fallback: 7,
      min: 0,
      max: 36_500,
      onlyFor: { field: 'mode', values: ['collect'] },
    },
  ],
  setup: [
    {
      title: 'Put a file there',
      language: 'bash',
      text: '# Under another name while it is written, so that it is never taken half:\ncp export.json.gz {{setting:folder}}/export.json.gz.part\nmv {{setting:folder}}/export.json.gz.part {{setting:folder}}/export.json.gz',
    },
  ],
  start: startDrop,
};

const RETRY_MS = 5_000;

/** @throws Error when the folder cannot be used */
export async function startDrop(context: ReceiverContext): Promise<RunningReceiver> {
  const settings = dropSettings(context);
  if (settings.mode === 'collect') await mkdir(settings.folder, { recursive: true });
  await access(settings.folder, settings.mode === 'collect' ? constants.R_OK | constants.W_OK : constants.R_OK).catch(
    () => {
      throw new Error(
        `The folder ${settings.folder} cannot be ${settings.mode === 'collect' ? 'read and written' : 'read'} by this server.`,
      );
    },
  );
  const ledger = await Ledger.load(join(context.dataDir, 'positions.json'));
  const stop = new AbortController();
  const appender = new ExactAppender(context, ledger, stop.signal);
  const state: DropState = {
    counters: { files: 0, failedFiles: 0, events: 0, problems: 0, waiting: 0 },
    current: '',
    problem: '',
  };
  let recovering = true;
  const work = (async () => {
    while (!stop.signal.aborted) {
      try {
        await appender.recover();
        recovering = false;
        state.problem = '';
        await (settings.mode === 'follow' ? follow : collect)(settings, ledger, appender, state, stop.signal);
      } catch (error) {
        if (stop.signal.aborted) break;
        state.problem = error instanceof Error ? error.message : String(error);
        context.log.warn(
          { err: error, source: context.source.name },
          'files of a folder could not be taken; tried again',
        );
        await sleep(RETRY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
      }
    }
  })();
  return {
    state() {
      const doing = recovering
        ? 'Finding out how far the last run came'
        : state.current !== ''
          ? `Reading ${state.current}`
          : settings.mode === 'follow'
            ? 'Following'
            : 'Waiting for files';
      return {
        state: state.problem === '' ? 'running' : 'failed',
        detail: state.problem === '' ? `${doing} in ${settings.folder}` : `${state.problem} (${settings.folder})`,
        counters: { ...state.counters },
      };
    },
    async stop() {
      stop.abort();
      await work;
      await appender.settled();
      await ledger.save();
    },
  };
}
