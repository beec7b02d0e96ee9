/** `parapet kql …`: run, explain, batch. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type CompileOptions, compile, explain, type KqlDiagnostic, type Stage } from '@parapet/kql';
import { loadHuntingSchema, ParapetError } from '@parapet/schema';
import { toKqlSchema } from '@parapet/store';
import type { Paths } from '../paths.ts';
import { runBatchCommand } from './batch-command.ts';
import { printFindings } from './caret.ts';
import { FORMATS, type Format, type PrintedTable, printTable } from './format.ts';
import { openLocalKql } from './local.ts';
import { runRemote } from './remote.ts';

export const KQL_HELP = `parapet kql <command>

  parapet kql run [file|-] [options]
      Run a query and print its rows. Without a file, or with -, the query comes from standard input.
      --query <text>              The query itself, in place of a file
      --format table|json|csv     What is printed (default table); whole numbers keep all their digits
      --data <folder>             Read the store in this data folder (default: an empty store with every table)
      --server <url> --key <key>  Ask a running server; the key is one made for queries (or PARAPET_KEY)
      --param <name>=<value>      Value for "declare query_parameters"; may be given several times
      --max-rows <n>              Most rows, up to 100000 (default 30000)
      --timeout <s>               Seconds the query may take (default 60)
      --now <datetime>            What now() means; not with --server
      --explain                   Print the SQL, its parameters and the times to standard error as well; not with --server

  parapet kql explain [file|-] [--query <text>] [--stage syntax|plan|optimised|sql] [--param <name>=<value>]
      Print what a stage of the compiler makes of a query (default sql). Runs nothing.

  parapet kql batch [options] < in.jsonl > out.jsonl
      Many queries in one process, one JSON line each; see parapet kql batch --help.

Exit codes: 0 done, 1 the query or the store failed, 2 wrong use.
`;

class UsageError extends Error {}

const STAGES: readonly Stage[] = ['syntax', 'plan', 'optimised', 'sql'];

const options = {
  query: { type: 'string' },
  format: { type: 'string', default: 'table' },
  data: { type: 'string' },
  server: { type: 'string' },
  key: { type: 'string' },
  param: { type: 'string', multiple: true },
  'max-rows': { type: 'string' },
  timeout: { type: 'string' },
  now: { type: 'string' },
  explain: { type: 'boolean', default: false },
  stage: { type: 'string', default: 'sql' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
type Flags = ReturnType<typeof parse>['values'];

interface Query {
  readonly text: string;
  /** Name for messages. */
  readonly from: string;
}

async function standardInput(): Promise<string> {
  if (process.stdin.isTTY) throw new UsageError('Give a file, - for standard input, or --query <text>.');
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

async function readQuery(positionals: readonly string[], flags: Flags): Promise<Query> {
  if (positionals.length > 1) throw new UsageError(`There is one query too many: ${positionals[1]}`);
  const given = positionals[0];
  if (flags.query !== undefined) {
    if (given !== undefined) throw new UsageError('Give a file or --query, not both.');
    return { text: flags.query, from: 'query' };
  }
  if (given === undefined || given === '-') return { text: await standardInput(), from: 'standard input' };
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), given.replace(/^@/, ''));
  if (existsSync(path) && statSync(path).isFile())
    return { text: readFileSync(path, 'utf8').replace(/^\uFEFF/, ''), from: given.replace(/^@/, '') };
  // A query is no file name: it has spaces or a bar.
  if (/[\s|]/.test(given) && !given.startsWith('@')) return { text: given, from: 'query' };
  throw new UsageError(`There is no file ${given}. A query itself goes behind --query.`);
}

function parameters(flags: Flags): Record<string, string> {
  return Object.fromEntries(
    (flags.param ?? []).map((each) => {
      const at = each.indexOf('=');
      if (at < 1) throw new UsageError(`--param ${each}: write <name>=<value>.`);
      return [each.slice(0, at), each.slice(at + 1)];
    }),
  );
}

function number(flags: Flags, name: 'max-rows' | 'timeout', max: number): number | undefined {
  const text = flags[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0 || value > max)
    throw new UsageError(`--${name} must be a number up to ${max}.`);
  return value;
}

function instant(flags: Flags): Date {
  if (flags.now === undefined) return new Date();
  const now = new Date(flags.now);
  if (Number.isNaN(now.getTime())) throw new UsageError('--now must be a date and time, like 2026-01-31T12:00:00Z.');
  return now;
}

function explainCommand({ text, from }: Query, flags: Flags, paths: Paths): number {
  const stage = STAGES.find((each) => each === flags.stage);
  if (!stage) throw new UsageError(`--stage must be one of ${STAGES.join(', ')}.`);
  const compileOptions: CompileOptions = {
    schema: toKqlSchema(loadHuntingSchema(paths.schemaFile)),
    now: instant(flags),
    parameters: parameters(flags),
  };
  const result = compile(text, compileOptions);
  // The syntax of a text that does not bind can still be shown; the problems come with it.
  if (stage === 'syntax') console.log(explain(text, compileOptions, stage));
  if (!result.ok) {
    console.error(printFindings(text, result.errors, from));
    return 1;
  }
  if (stage !== 'syntax') console.log(explain(text, compileOptions, stage));
  if (stage === 'sql' && Object.keys(result.params).length > 0) console.log(JSON.stringify(result.params, null, 2));
  if (result.warnings.length) console.error(printFindings(text, result.warnings, from));
  return 0;
}

function print(tables: readonly PrintedTable[], format: Format): void {
  for (const [index, table] of tables.entries()) {
    if (index > 0) process.stdout.write('\n');
    for (const line of printTable(table, format)) process.stdout.write(`${line}\n`);
  }
}

async function runCommand({ text, from }: Query, flags: Flags, paths: Paths): Promise<number> {
  const format = FORMATS.find((each) => each === flags.format);
  if (!format) throw new UsageError(`--format must be one of ${FORMATS.join(', ')}.`);
  const maxRows = Math.floor(number(flags, 'max-rows', 100_000) ?? 30_000);
  const timeoutMs = (number(flags, 'timeout', 3_600) ?? 60) * 1000;
  const values = parameters(flags);
  const now = instant(flags);
  if (flags.server !== undefined && (flags.data !== undefined || flags.explain || flags.now !== undefined))
    throw new UsageError('--data, --explain and --now do not go with --server.');
  const key = flags.key ?? process.env.PARAPET_KEY;
  if (flags.server !== undefined && !key)
    throw new UsageError('--server needs --key <key>, or the key in PARAPET_KEY.');

  const stop = new AbortController();
  const interrupted = (): void => stop.abort();
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    if (flags.server !== undefined) {
      const asked = {
        server: flags.server,
        key: key as string,
        maxRows,
        timeoutMs,
        parameters: values,
        signal: stop.signal,
      };
      const { tables, problems } = await runRemote(text, asked);
      print(tables, format);
      for (const problem of problems) console.error(problem);
      return problems.length ? 1 : 0;
    }
    const kql = await openLocalKql({ paths, ...(flags.data === undefined ? {} : { dataDir: flags.data }) });
    try {
      const hunt = {
        now,
        maxRows,
        limits: { timeoutMs },
        signal: stop.signal,
        ...(Object.keys(values).length ? { parameters: values } : {}),
      };
      const result = await kql.hunting.run(text, hunt);
      print([result, ...(result.more ?? [])], format);
      const { compiled, stats } = result;
      if (compiled.warnings.length) console.error(printFindings(text, compiled.warnings, from));
      if (flags.explain) {
        console.error(`\n${compiled.sql}\n${JSON.stringify(compiled.params, null, 2)}`);
        console.error(
          `compiled in ${stats.compileMs.toFixed(1)} ms, run in ${stats.elapsedMs.toFixed(1)} ms, ${stats.rowsRead} rows and ${stats.bytesRead} bytes read`,
        );
      }
      if (result.truncated) console.error(`Cut to ${maxRows} rows; --max-rows allows up to 100000.`);
      return 0;
    } finally {
      await kql.close();
    }
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}

/** @returns exit code */
export async function runKqlCli(argv: readonly string[], paths: Paths): Promise<number> {
  const [command, ...rest] = argv;
  if (command === 'batch') return runBatchCommand(rest, paths);
  let query: Query | undefined;
  try {
    if (command === undefined || command === 'help' || command === '--help' || command === '-h') {
      console.log(KQL_HELP);
      return command === undefined ? 2 : 0;
    }
    if (command !== 'run' && command !== 'explain') throw new UsageError(`There is no command kql ${command}.`);
    const { values: flags, positionals } = parse(rest);
    if (flags.help) {
      console.log(KQL_HELP);
      return 0;
    }
    query = await readQuery(positionals, flags);
    return command === 'explain' ? explainCommand(query, flags, paths) : await runCommand(query, flags, paths);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\nparapet kql --help tells more.`);
      return 2;
    }
    if (!(error instanceof ParapetError)) throw error;
    const findings = error.code === 'kql_error' ? (error.details as readonly KqlDiagnostic[] | undefined) : undefined;
    if (findings?.length && query) console.error(printFindings(query.text, findings, query.from));
    else console.error(`${error.message}${error.hint ? `\n${error.hint}` : ''}`);
    return 1;
  }
}
