import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createAccess } from '@parapet/access';
import { ParapetError } from '@parapet/schema';
import { createSealer, openState } from '@parapet/state';
import { pino } from 'pino';
import { lockDataDir } from '../lock.ts';
import type { Paths } from '../paths.ts';
import { type AdminAnswer, type AdminRequest, runAdmin } from './admin.ts';
import { sendControl } from './control.ts';

export const ADMIN_HELP = `  parapet users list|add|reset-password|remove-factors|unlock|break-glass <name>
      Accounts, for the day when nobody can sign in. add takes --role and --break-glass.

  parapet setup-link
      A new link for the first administrator.

  parapet sign-in list|add <file.json>|remove <id>|policy [--local everyone|breakGlassOnly] [--second-factor optional|required]
      OpenID Connect providers and the rules; the client secret comes from PARAPET_CLIENT_SECRET.

  parapet audit verify
      Whether the audit log is as it was written; exit code 1 when it is not.

  parapet keys rotate [--forget-old]
      A new key for sealed secrets.

      All of these work on --data (or PARAPET_DATA_DIR), beside a running server or while it is stopped.
`;

const COMMANDS = new Set(['users', 'setup-link', 'sign-in', 'audit', 'keys']);

/** True for the first word of a command of this file. */
export const isAdminCommand = (word: string | undefined): boolean => word !== undefined && COMMANDS.has(word);

/** @returns the process's exit code */
export async function runAdminCli(
  argv: readonly string[],
  paths: Paths,
  env: Readonly<Record<string, string | undefined>>,
  print: (line: string) => void = console.log,
): Promise<number> {
  const { values, positionals } = parse(argv);
  const words = positionals[0] === 'setup-link' ? 1 : 2;
  const dataDir = resolve(String(values.data ?? env.PARAPET_DATA_DIR ?? '.parapet'));
  const { data: _, 'public-url': publicUrl, ...flags } = values as Record<string, string | boolean | undefined>;
  const args = positionals.slice(words);
  const request: AdminRequest = {
    command: positionals.slice(0, words).join(' '),
    args,
    flags: { ...flags, ...(await document(positionals, args, env)) },
  };
  const answer =
    (await sendControl(dataDir, request)) ??
    (await runAlone(dataDir, paths, String(publicUrl ?? env.PARAPET_PUBLIC_URL ?? 'http://127.0.0.1:8080'), request));
  for (const line of answer.lines) print(line);
  return answer.exit;
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        data: { type: 'string' },
        'public-url': { type: 'string' },
        role: { type: 'string' },
        'break-glass': { type: 'boolean' },
        off: { type: 'boolean' },
        'forget-old': { type: 'boolean' },
        local: { type: 'string' },
        'second-factor': { type: 'string' },
      },
    });
  } catch (error) {
    throw new ParapetError('bad_configuration', 400, error instanceof Error ? error.message : String(error));
  }
}

/** The file of `sign-in add` is read here: a running server may not be able to see it. */
async function document(
  positionals: readonly string[],
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, string>> {
  if (positionals[0] !== 'sign-in' || positionals[1] !== 'add') return {};
  const [file] = args;
  if (!file) throw new ParapetError('bad_configuration', 400, 'Say which file: parapet sign-in add <file.json>');
  try {
    return { document: readFileSync(resolve(file), 'utf8'), secret: env.PARAPET_CLIENT_SECRET ?? '' };
  } catch {
    throw new ParapetError('bad_configuration', 400, `The file ${file} cannot be read.`);
  }
}

/** No server runs: the command has the data folder for itself. */
async function runAlone(dataDir: string, paths: Paths, base: string, request: AdminRequest): Promise<AdminAnswer> {
  const unlock = lockDataDir(dataDir);
  try {
    const workerPath = paths.bundleDir ? join(paths.bundleDir, 'state-worker.mjs') : undefined;
    const db = await openState({
      dataDir: join(dataDir, 'state'),
      log: pino({ level: 'silent' }),
      ...(workerPath ? { workerPath } : {}),
      ...(paths.stateTemplate ? { templatePath: paths.stateTemplate } : {}),
    });
    try {
      const sealer = createSealer(join(dataDir, 'secret.key'));
      const access = await createAccess({ db, version: '', sealer, origins: [base], keepSetup: true });
      const answer = await runAdmin({ access, db, sealer, base, running: false }, request);
      await access.close();
      return answer;
    } finally {
      await db.close();
    }
  } finally {
    unlock();
  }
}
