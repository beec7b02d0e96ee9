/** `parapet rules …`: a folder of detections, checked and run over its own samples. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { formatProblem, labNames, loadRules, testLibrary } from '@parapet/detection';
import { openLocalKql } from '../kql/local.ts';
import type { Paths } from '../paths.ts';

const HELP = `parapet rules test [folder] [--json] [--only <words>]

  Checks every rule below a folder (the product's own when none is named) and runs all samples through a real engine at once:
  hits must find something, misses nothing. Also: columns exist, ATT&CK techniques are in force, look-back and period fit,
  ids and titles are unique, no rule keys on names of one laboratory.

  --only <words>   Rules whose path contains this
  --json           One JSON object, for programs

Exit codes: 0 all good, 1 something is wrong, 2 wrong use.
`;

const options = {
  json: { type: 'boolean', default: false },
  only: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** @returns the process's exit code */
export async function runRulesCli(argv: readonly string[], paths: Paths): Promise<number> {
  let parsed: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [command, folder, ...more] = positionals;
  if (command !== 'test' || more.length > 0) {
    console.error(HELP);
    return 2;
  }
  const dir = folder ? resolve(process.env.INIT_CWD ?? process.cwd(), folder) : resolve(paths.contentDir, 'detections');
  if (!existsSync(dir) || !statSync(dir).isDirectory()) {
    console.error(`There is no folder ${dir}.`);
    return 2;
  }
  const started = performance.now();
  const local = await openLocalKql({ paths });
  try {
    const { rules, problems } = await loadRules(dir, local.hunting);
    const wanted = values.only ?? '';
    const chosen = rules.filter(({ file }) => file.includes(wanted));
    const found = problems.filter(({ file }) => file.includes(wanted)).map(formatProblem);
    for (const rule of chosen) for (const text of labNames(rule.query)) found.push(`${rule.file}: ${text}`);
    const outcomes = await testLibrary(chosen, local.store, local.hunting);
    const wrong = outcomes.filter(({ ok }) => !ok);
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    if (values.json)
      console.log(
        JSON.stringify({
          rules: chosen.length,
          samples: outcomes.length,
          seconds,
          problems: found,
          failed: wrong.map(({ file, name, expect, drafts }) => ({ file, name, expect, alerts: drafts.length })),
        }),
      );
    else {
      for (const text of found) console.error(text);
      for (const { file, name, expect, drafts } of wrong)
        console.error(
          `${file}: "${name}" should ${expect}, got ${drafts.length} ${drafts.length === 1 ? 'alert' : 'alerts'}`,
        );
      console.log(
        `${chosen.length} rules, ${outcomes.length} samples in ${seconds} s: ${found.length + wrong.length === 0 ? 'all good' : `${found.length} problems, ${wrong.length} samples failed`}`,
      );
    }
    return found.length + wrong.length > 0 || (chosen.length === 0 && problems.length > 0) ? 1 : 0;
  } finally {
    await local.close();
  }
}
