/** Flags and end of the batch mode. */
import { parseArgs } from 'node:util';
import { ParapetError } from '@parapet/schema';
import type { Paths } from '../paths.ts';
import { runBatch } from './batch.ts';
import { openLocalKql } from './local.ts';

const HELP = `npm run -s kql:batch -- [options] < in.jsonl > out.jsonl
parapet kql batch [options] < in.jsonl > out.jsonl

Each line in is {"id": …, "query": "…"}; each line out is
{"id", "ok", "columns": [{"name", "type"}], "rows": [[…]], "error": {"code", "message", "line", "column"}, "compileMs", "runMs"}.
The answers keep the order of the input. A failure ends its own query, nothing else.

  --data <folder>    Read the store in this data folder (default: an empty store with every table, removed at the end)
  --jobs <n>         Queries at a time (default 1)
  --timeout <s>      Seconds one query may take (default 60)
  --max-rows <n>     Most rows of an answer, up to 100000 (default 100000); a cut answer says "truncated": true
  --now <datetime>   What now() means (default: the time of each query)
  --help
`;

class UsageError extends Error {}

function number(text: string | undefined, flag: string, fallback: number, max: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0 || value > max)
    throw new UsageError(`--${flag} must be a number from 1 to ${max}.`);
  return value;
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        data: { type: 'string' },
        jobs: { type: 'string' },
        timeout: { type: 'string' },
        'max-rows': { type: 'string' },
        now: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @returns exit code: 0 every line was answered (whatever the answers say), 1 the store did not open, 2 wrong use
 */
export async function runBatchCommand(argv: readonly string[], paths: Paths): Promise<number> {
  // Standard output is for answers alone, whatever a library prints.
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  console.log = console.info = console.debug = (...parts: unknown[]) => console.error(...parts);
  let options: Parameters<typeof runBatch>[3];
  let dataDir: string | undefined;
  try {
    const flags = parse(argv);
    if (flags.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const now = flags.now === undefined ? undefined : new Date(flags.now);
    if (now && Number.isNaN(now.getTime()))
      throw new UsageError('--now must be a date and time, like 2026-01-31T12:00:00Z.');
    dataDir = flags.data;
    options = {
      jobs: Math.floor(number(flags.jobs, 'jobs', 1, 3)),
      timeoutMs: number(flags.timeout, 'timeout', 60, 3_600) * 1000,
      maxRows: Math.floor(number(flags['max-rows'], 'max-rows', 100_000, 100_000)),
      ...(now ? { now } : {}),
      log,
    };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    log(`${error.message}\n\n${HELP}`);
    return 2;
  }
  // A reader that left early ends the run; what cannot be foreseen must not.
  process.stdout.on('error', () => process.exit(1));
  process.on('uncaughtException', (error) => log(`Unexpected: ${error.stack ?? error.message}`));
  process.on('unhandledRejection', (reason) => log(`Unexpected: ${String(reason)}`));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
  try {
    const kql = await openLocalKql({
      paths,
      ...(dataDir === undefined ? {} : { dataDir }),
      onRestart: (reason) => log(`The engine stopped (${reason}) and is started again.`),
    });
    await runBatch(kql, process.stdin, process.stdout, options);
    await kql.close();
    return 0;
  } catch (error) {
    if (!(error instanceof ParapetError)) throw error;
    log(`${error.message}${error.hint ? `\n${error.hint}` : ''}`);
    return 1;
  }
}
