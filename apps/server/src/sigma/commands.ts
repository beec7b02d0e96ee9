/** `parapet sigma import`: Sigma rules to rules of Parapet, without a server. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  detectionMigrations,
  loadPipelines,
  openStoredRules,
  type Placeholders,
  resultInfo,
  ruleYaml,
  SigmaImport,
} from '@parapet/detection';
import { ParapetError, SIGMA_RULE_STATES, type SigmaRuleState } from '@parapet/schema';
import { openState } from '@parapet/state';
import { parse as parseYaml } from 'yaml';
import { openLocalKql } from '../kql/local.ts';
import type { Paths } from '../paths.ts';

export const SIGMA_HELP = `parapet sigma import <file or folder…> [options]

Translates Sigma rules, correlations and filters into rules of Parapet and says what became of every document.

  --dry-run              Only say what would happen
  --report <file>        Write the report as JSON
  --out <folder>         Write the rules as files, to be imported in the portal or kept in a repository
  --data <folder>        Store the rules in the data folder of a server that is not running
  --state on|shadow|off  How they start: alerting, counting only (default), switched off
  --no-warnings          Leave out rules that were translated with a warning
  --placeholders <file>  YAML with values for %placeholders%: name: [value, …]

Exit codes: 0 done, 1 some documents were refused, 2 wrong use.
`;

/** @returns the exit code */
export async function runSigmaCli(argv: readonly string[], paths: Paths): Promise<number> {
  const [command, ...rest] = argv;
  if (command === undefined || command === '--help' || command === 'help') {
    console.log(SIGMA_HELP);
    return command === undefined ? 2 : 0;
  }
  let args: ReturnType<typeof parse>;
  try {
    if (command !== 'import') throw new Error(`There is no command "sigma ${command}".`);
    args = parse(rest);
    if (!args.values.help && args.positionals.length === 0) throw new Error('Name at least one file or folder.');
    if (!(SIGMA_RULE_STATES as readonly string[]).includes(args.values.state))
      throw new Error(`--state must be one of ${SIGMA_RULE_STATES.join(', ')}.`);
    if (!args.values.help && !args.values['dry-run'] && !args.values.out && !args.values.data && !args.values.report)
      throw new Error('Say where the rules go: --out, --data, or --dry-run.');
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${SIGMA_HELP}`);
    return 2;
  }
  if (args.values.help) {
    console.log(SIGMA_HELP);
    return 0;
  }
  return importFiles(args.positionals, args.values, paths);
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      'dry-run': { type: 'boolean', default: false },
      report: { type: 'string' },
      out: { type: 'string' },
      data: { type: 'string' },
      state: { type: 'string', default: 'shadow' },
      'no-warnings': { type: 'boolean', default: false },
      placeholders: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}

async function importFiles(
  inputs: readonly string[],
  values: ReturnType<typeof parse>['values'],
  paths: Paths,
): Promise<number> {
  const files = inputs
    .flatMap(filesBelow)
    .map((path) => ({ name: relative(here(), path), text: readFileSync(path, 'utf8') }));
  if (files.length === 0) throw new ParapetError('no_files', 400, 'There is no .yml or .yaml file.');
  const local = await openLocalKql({ paths, ...(values.data ? { dataDir: values.data } : {}) });
  const state = values.state as SigmaRuleState;
  try {
    const db = values.data && !values['dry-run'] ? await openDatabase(resolve(here(), values.data)) : undefined;
    try {
      await db?.migrate(detectionMigrations);
      const stored = db ? await openStoredRules(db, local.hunting, join(paths.contentDir, 'detections')) : undefined;
      const sigma = new SigmaImport(
        { hunting: local.hunting, rules: stored?.service as never, names: stored?.names ?? (async () => new Map()) },
        loadPipelines(join(paths.contentDir, 'sigma')),
      );
      const job = { signal: new AbortController().signal, progress: () => undefined };
      const check = await sigma.check(files, 'parapet sigma import', job, placeholdersOf(values.placeholders));
      const results = sigma.results(check.id);
      for (const result of results)
        if (result.status !== 'translated')
          console.log(`${result.status}: ${result.file}: ${result.reasons.join('; ')}`);
      console.log(
        `${check.documents} documents: ${check.translated} translated, ${check.warnings} with a warning, ${check.refused} refused; ${check.rules} rules`,
      );
      if (values.report)
        writeFileSync(
          resolve(here(), values.report),
          `${JSON.stringify({ ...check, results: results.map((result) => ({ ...resultInfo(result), query: result.rule?.query ?? '' })) }, undefined, 2)}\n`,
        );
      if (values.out && !values['dry-run']) {
        const folder = resolve(here(), values.out);
        mkdirSync(folder, { recursive: true });
        for (const { rule, source, status } of results)
          if (rule && !(values['no-warnings'] && status === 'warning'))
            writeFileSync(join(folder, `${rule.id}.yaml`), ruleYaml(rule, source, state));
      }
      if (stored) {
        const choice = { state, warnings: !values['no-warnings'] };
        const done = await sigma.apply(check.id, choice, { username: 'parapet sigma import' }, job);
        for (const { name, problem } of done.failed) console.log(`not stored: ${name}: ${problem}`);
        console.log(
          `${done.created} rules made, ${done.updated} updated, ${done.unchanged} unchanged, ${done.failed.length} not stored`,
        );
        if (done.failed.length > 0) return 1;
      }
      return check.refused > 0 ? 1 : 0;
    } finally {
      await db?.close();
    }
  } finally {
    await local.close();
  }
}

/** npm runs scripts in the folder of the package; paths are meant from where the person stands. */
const here = (): string => process.env.INIT_CWD ?? process.cwd();

function filesBelow(input: string): string[] {
  const path = resolve(here(), input);
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) throw new ParapetError('no_files', 400, `There is no file or folder ${path}.`);
  if (info.isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function placeholdersOf(file: string | undefined): Placeholders {
  if (!file) return {};
  const data = parseYaml(readFileSync(resolve(here(), file), 'utf8')) as Record<string, unknown> | null;
  return Object.fromEntries(Object.entries(data ?? {}).map(([name, list]) => [name, [list].flat().map(String)]));
}

function openDatabase(dataDir: string): ReturnType<typeof openState> {
  const log = { info: () => undefined, warn: console.error, error: console.error };
  return openState({ dataDir: join(dataDir, 'state'), log: log as never });
}
