/**
 * Compiles (and with `--run` executes, on empty tables) published queries against the full hunting schema, and prints
 * how many work, by class.
 * Usage: npx tsx packages/kql/bench/corpus.ts <queries.jsonl> [--run] [--show <class>] [--only <text>] [--sample N] [--sql]
 *   [--save <file>]  (the queries of the shown class, to run them again)
 *
 * A line: {"text"} or {"query"}, and optionally "repo", "path", "line". A text of several queries is taken apart as the
 * editor does. Classes: `runs`, `apart: …` (tables, functions and clusters that only their authors have), `refused`,
 * `engine error`, `external: …` (externaldata was in the way: the class when it is allowed and brings no rows), `not KQL` (the grammar of Microsoft's library refuses it).
 * `refused by both` is a text that we refuse and in which the reference's own analysis of names and types, given the same
 * tables, finds errors too: a placeholder, a misspelt column, a comparison of text with a number.
 *
 * Several shares are printed. "Grammar accepts" counts every text without a syntax error that belongs to no class apart
 * (`apart.ts` has the rules). "Without names of elsewhere" leaves out those that read a name nothing declares. "Grammar and
 * names accept" counts the texts without any error of the reference's analysis.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { loadHuntingSchema } from '@parapet/schema';
import type { Session } from 'chdb';
import { createTableSql, DATABASE, toKqlSchema } from '../../store/src/tables.ts';
import { bind } from '../src/bind/bind.ts';
import { bindSchema } from '../src/bind/schema.ts';
import { splitQueries, syntaxProblems } from '../src/bind/split.ts';
import {
  type CompiledQuery,
  compile,
  compileWithData,
  type ExternalAccess,
  KQL_RESULT_SETTINGS,
} from '../src/index.ts';
import { openSession, runTable } from '../test/session.ts';
import { apart, columnNames, freeName } from './apart.ts';

interface Query {
  readonly id: string;
  readonly text: string;
}

const [file, ...flags] = process.argv.slice(2);
if (!file) throw new Error('Give the path of a .jsonl file of queries.');
const flag = (name: string) => (flags.includes(name) ? flags[flags.indexOf(name) + 1] : undefined);
const run = flags.includes('--run');
const show = flag('--show');
const only = flag('--only');
const save = flag('--save');
const saved: string[] = [];
const sample = Number(flag('--sample') ?? 0);

const hunting = loadHuntingSchema();
const schema = toKqlSchema(hunting);
const now = new Date('2026-03-10T12:00:00Z');

function load(path: string): Query[] {
  const seen = new Set<string>();
  const out: Query[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
    const row = JSON.parse(line) as { text?: string; query?: string; repo?: string; path?: string; line?: number };
    const text = row.text ?? row.query ?? '';
    for (const part of splitQueries(text)) {
      const body = text.slice(part.start, part.start + part.length);
      const key = body.replace(/\s+/g, ' ');
      if (seen.has(key)) continue;
      seen.add(key);
      out.push({
        id: `${row.repo ?? ''}/${row.path ?? ''}:${(row.line ?? 0) + text.slice(0, part.start).split('\n').length - 1}`,
        text: body,
      });
    }
  }
  return out;
}

let queries = load(file).filter((q) => !only || q.text.includes(only) || q.id.includes(only));
if (sample > 0 && sample < queries.length) {
  const every = queries.length / sample;
  queries = Array.from({ length: sample }, (_, i) => queries[Math.floor(i * every)]!);
}

let session: Session | undefined;
if (run) {
  session = openSession();
  session.query(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`);
  for (const table of hunting.tables) session.query(createTableSql(table));
}
const settings = Object.entries(KQL_RESULT_SETTINGS)
  .map(([k, v]) => `${k} = ${v}`)
  .join(', ');

const columns = columnNames(schema);

/** Errors the reference's own analysis finds in a text, given our tables: the codes, in order. */
function referenceErrors(text: string): string[] {
  return bind(text, bindSchema(schema))
    .diagnostics.filter((d) => d.Severity === 'Error')
    .map((d) => d.Code);
}

interface Outcome {
  readonly kind: string;
  readonly why: string;
  /** Refused for a name that nothing declares. */
  readonly free?: boolean;
  readonly compiled?: CompiledQuery;
}

const times: number[] = [];
const stages: Record<string, number[]> = {};

async function outcome(q: Query, external?: ExternalAccess): Promise<Outcome> {
  const syntax = syntaxProblems(q.text);
  if (syntax.length) return { kind: 'not KQL', why: `${syntax[0]!.Code} ${syntax[0]!.Message}` };
  const started = performance.now();
  let last = started;
  const trace = (stage: string): void => {
    const at = performance.now();
    stages[stage] ??= [];
    stages[stage].push(at - last);
    last = at;
  };
  const options = { schema, now, maxRows: 100, trace, ...(external ? { external } : {}) };
  const engine = session;
  const compiled = engine
    ? await compileWithData(
        (facts) => compile(q.text, { ...options, facts }),
        (probe) => runTable(engine, probe).catch(() => []),
      )
    : compile(q.text, options);
  times.push(performance.now() - started);
  if (!compiled.ok) {
    const own = apart(bind(q.text, bindSchema(schema)), compiled.errors);
    const why = compiled.errors.map((e) => `${e.code} ${e.message}`).join(' | ');
    if (own) return { kind: `apart: ${own}`, why };
    if (compiled.probe) return { kind: 'compiles', why: '' };
    if (external || !compiled.errors.some((e) => e.code === 'KQL0070'))
      return { kind: 'refused', why, free: freeName(q.text, compiled.errors, columns) !== undefined };
    const allowed = await outcome(q, { hosts: ['*'] });
    return { ...allowed, kind: `external: ${allowed.kind}` };
  }
  if (!session) return { kind: 'compiles', why: '', compiled };
  const params = Object.fromEntries(Object.entries(compiled.params).map(([k, p]) => [k, p.value]));
  try {
    await session.queryBindAsync(`${compiled.sql} SETTINGS ${settings}, max_execution_time = 20`, params, {
      format: 'JSONCompact',
    });
    return { kind: 'runs', why: '', compiled };
  } catch (e) {
    return { kind: 'engine error', why: e instanceof Error ? e.message : String(e), compiled };
  }
}

compile('DeviceEvents | take 1', { schema, now });
const counts = new Map<string, number>();
const reasons = new Map<string, Map<string, number>>();
const started = performance.now();
/** What the reference's analysis refuses of the counted texts: by first code, those we run all the same and those we refuse. */
const both = new Map<string, { ours: number; refused: number }>();
const accepted = { good: 0, all: 0 };
let free = 0;
for (const q of queries) {
  const first = await outcome(q);
  const isCounted = /^(runs|compiles|refused|engine error)$/.test(first.kind);
  const reference = isCounted ? referenceErrors(q.text) : [];
  const isGood = first.kind === 'runs' || first.kind === 'compiles';
  if (isCounted && !reference.length) {
    accepted.all++;
    if (isGood) accepted.good++;
  }
  if (isCounted && first.free) free++;
  for (const code of reference.slice(0, 1)) {
    const n = both.get(code) ?? { ours: 0, refused: 0 };
    both.set(code, isGood ? { ...n, ours: n.ours + 1 } : { ...n, refused: n.refused + 1 });
  }
  const o = first.kind === 'refused' && reference.length ? { ...first, kind: 'refused by both' } : first;
  counts.set(o.kind, (counts.get(o.kind) ?? 0) + 1);
  const byReason = reasons.get(o.kind) ?? new Map<string, number>();
  reasons.set(o.kind, byReason);
  const key = o.why.split(' | ')[0]!.replace(/\s+/g, ' ').slice(0, 140);
  if (key) byReason.set(key, (byReason.get(key) ?? 0) + 1);
  if (show?.split(',').some((s) => o.kind.startsWith(s))) {
    saved.push(JSON.stringify({ text: q.text, path: q.id }));
    if (save) continue;
    console.log(`--- ${o.kind} ${q.id}\n${q.text}\n  => ${o.why.slice(0, 1200)}`);
    if (flags.includes('--sql') && o.compiled) console.log(o.compiled.sql);
  }
}

const at = (values: number[], p: number) => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? 0).toFixed(1);
};
for (const [kind, byReason] of [...reasons].sort()) {
  if (!byReason.size) continue;
  console.log(`\n${kind}`);
  for (const [reason, n] of [...byReason].sort((a, b) => b[1] - a[1]).slice(0, show ? 100 : 40))
    console.log(String(n).padStart(5), reason);
}
console.log(`\n${queries.length} queries in ${((performance.now() - started) / 1000).toFixed(0)} s`);
for (const [kind, n] of [...counts].sort((a, b) => b[1] - a[1])) console.log(String(n).padStart(6), kind);
console.log(
  '\nErrors of the reference analysis in counted texts, by first code: refused by both, accepted by us all the same',
);
for (const [code, n] of [...both].sort((a, b) => b[1].refused - a[1].refused))
  console.log(`  ${code} ${String(n.refused).padStart(5)} ${String(n.ours).padStart(5)}`);
const good = (counts.get('runs') ?? 0) + (counts.get('compiles') ?? 0);
const counted =
  good + (counts.get('refused') ?? 0) + (counts.get('refused by both') ?? 0) + (counts.get('engine error') ?? 0);
const share = (n: number, of: number) => `${((100 * n) / Math.max(1, of)).toFixed(2)}% (${n} of ${of})`;
console.log(`grammar accepts:           ${share(good, counted)}`);
console.log(`  without names of elsewhere: ${share(good, counted - free)}`);
console.log(`  the reference's analysis:   ${share(accepted.all, counted)} accepted by it`);
console.log(`grammar and names accept:  ${share(accepted.good, accepted.all)}`);
console.log('(own tables, functions and watchlists, external data and what is not KQL aside)');
console.log(`compile p50 ${at(times, 0.5)} p90 ${at(times, 0.9)} p99 ${at(times, 0.99)} max ${at(times, 1)} ms`);
for (const [stage, values] of Object.entries(stages))
  console.log(`  ${stage} p50 ${at(values, 0.5)} p99 ${at(values, 0.99)} ms`);
if (save) writeFileSync(save, `${saved.join('\n')}\n`);
process.exit(0);
