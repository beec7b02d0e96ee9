/** The `parapet` command line. */
import { runIngestCli } from '@parapet/ingest';
import { ParapetError } from '@parapet/schema';
import { ADMIN_HELP, isAdminCommand, runAdminCli } from './admin/cli.ts';
import { runKqlCli } from './kql/commands.ts';
import { findPaths } from './paths.ts';
import { runRulesCli } from './rules/commands.ts';
import { runSigmaCli } from './sigma/commands.ts';

export { prepareRulePlans } from '@parapet/detection';
export { prepareConnectorPlans } from '@parapet/ingest';
export { loadHuntingSchema } from '@parapet/schema';
export { createStateTemplate } from '@parapet/state';
export { prepareStoreTemplate } from '@parapet/store';

const HELP = `parapet <command>

  parapet ingest <file or folder…> --key <key> [--url http://127.0.0.1:8080]
      Send files (NDJSON, JSON, CloudTrail, zip, gz, tar.gz) to a running server. Resumable.

  parapet kql run|explain|batch …
      Run queries on a store or a server, or see what the compiler makes of them; see parapet kql --help.

  parapet rules test [folder]
      Check detection rules and run them over their own samples; see parapet rules --help.

  parapet sigma import <file or folder…> [--dry-run] [--report out.json] …
      Translate Sigma rules into rules of Parapet; see parapet sigma --help.

${ADMIN_HELP}
The server itself: npm start -- [flags]; see docs/configuration.md.
`;

/** @returns the process's exit code: 0 done, 1 failed, 2 wrong use */
export async function runCli(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv;
  try {
    if (command === 'ingest')
      return await runIngestCli(rest, { stdout: process.stdout, stderr: process.stderr, env: process.env });
    if (isAdminCommand(command)) return await runAdminCli(argv, findPaths(import.meta.url), process.env);
    if (command === 'sigma') return await runSigmaCli(rest, findPaths(import.meta.url));
    if (command === 'rules') return await runRulesCli(rest, findPaths(import.meta.url));
    if (command === 'kql') return await runKqlCli(rest, findPaths(import.meta.url));
  } catch (error) {
    if (!(error instanceof ParapetError)) throw error;
    console.error(`${error.message}${error.hint ? `\n${error.hint}` : ''}`);
    return 1;
  }
  const wanted = command === undefined || command === 'help' || command === '--help';
  (wanted ? console.log : console.error)(HELP);
  return wanted ? 0 : 2;
}
