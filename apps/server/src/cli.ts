/** The `parapet` command line. */
import { readFileSync } from 'node:fs';
import { runIngestCli } from '@parapet/ingest';
import { compile, explain, type Stage } from '@parapet/kql';
import { loadHuntingSchema, ParapetError } from '@parapet/schema';
import { toKqlSchema } from '@parapet/store';

import { findPaths } from './paths.ts';

export { createStateTemplate } from '@parapet/state';

const HELP = `parapet <command>

  parapet ingest <file or folder…> --key <key> [--url http://127.0.0.1:8080]
      Send files (NDJSON, JSON, CloudTrail, zip, gz, tar.gz) to a running server. Resumable.

  parapet kql explain [--stage syntax|plan|optimised|sql] <query or @file>
      Show what the compiler makes of a query.

The server itself: npm start -- [flags]; see docs/configuration.md.
`;

function explainCommand(args: readonly string[]): number {
  const rest = [...args];
  let stage: Stage = 'sql';
  const at = rest.indexOf('--stage');
  if (at >= 0) {
    const value = rest[at + 1];
    if (value !== 'syntax' && value !== 'plan' && value !== 'optimised' && value !== 'sql') {
      console.error('--stage must be syntax, plan, optimised or sql.');
      return 2;
    }
    stage = value;
    rest.splice(at, 2);
  }
  const given = rest[0];
  if (!given) {
    console.error('Give a query, or @file to read it from a file.');
    return 2;
  }
  const text = given.startsWith('@') ? readFileSync(given.slice(1), 'utf8') : given;
  const options = { schema: toKqlSchema(loadHuntingSchema(findPaths(import.meta.url).schemaFile)), now: new Date() };
  const result = compile(text, options);
  if (!result.ok) {
    for (const error of result.errors)
      console.error(
        `${error.line}:${error.column} ${error.code} ${error.message}${error.suggestion ? ` (${error.suggestion})` : ''}`,
      );
    return 1;
  }
  console.log(explain(text, options, stage));
  if (stage === 'sql') console.log(JSON.stringify(result.params, null, 2));
  return 0;
}

/** @returns the process's exit code: 0 done, 1 failed, 2 wrong use */
export async function runCli(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv;
  try {
    if (command === 'ingest')
      return await runIngestCli(rest, { stdout: process.stdout, stderr: process.stderr, env: process.env });
    if (command === 'kql' && rest[0] === 'explain') return explainCommand(rest.slice(1));
  } catch (error) {
    if (!(error instanceof ParapetError)) throw error;
    console.error(`${error.message}${error.hint ? `\n${error.hint}` : ''}`);
    return 1;
  }
  const wanted = command === undefined || command === 'help' || command === '--help';
  (wanted ? console.log : console.error)(HELP);
  return wanted ? 0 : 2;
}
