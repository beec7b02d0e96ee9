/**
 * How fast rules are matched, over recorded Windows events.
 *
 * `npx tsx packages/detection/bench/speed.ts pass <data folder> [rules]`: all events through the ingest path, then one pass of so many
 * continuous rules over all of them; events a second and core.
 *
 * `npx tsx packages/detection/bench/speed.ts live <data folder> [rules] [events a second] [seconds]`: events are sent through the ingest path
 * at a steady rate; time from a batch's acknowledgement to its alerts, p50 and p99.
 *
 * `--rules-dir <folder>` takes rules from a folder (converted Sigma rules, for instance); without it, and when there are too few, the
 * library's conditions are repeated with other words. `--keep <folder>` keeps the loaded store and uses it again.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHunting, openEmbeddedStore } from '@parapet/store';
import { createDetection, loadRules } from '../src/index.ts';
import { clausesOf } from '../src/match/atoms.ts';
import { sifted, TableMatcher } from '../src/match/matcher.ts';
import type { CheckedRule } from '../src/rules/load.ts';
import { probe, RuleQuery } from '../src/runtime/rule-query.ts';
import { loadEvents, openBenchIngest, recordedEvents, SENDER, writeRuleFolder } from './speed-events.ts';

/** Requests a second. */
const SLICES = 5;

const args = process.argv.slice(2);
const flag = (name: string): string | undefined => {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args.splice(at, 2)[1];
};
const rulesDir = flag('--rules-dir') ?? fileURLToPath(new URL('../../../content/detections', import.meta.url));
const kept = flag('--keep');
const [mode = 'pass', folder = '', count = mode === 'pass' ? '3000' : '500'] = args;
if (!folder) {
  console.error('usage: speed.ts pass|live <data folder> [rules] …');
  process.exit(2);
}
const wanted = Number(count);

const dataDir = kept ?? mkdtempSync(join(tmpdir(), 'parapet-speed-'));
const store = await openEmbeddedStore({ dataDir: join(dataDir, 'store') });
const hunting = createHunting(store);
const log = { info: () => undefined, warn: () => undefined, error: (_: object, text: string) => console.error(text) };

/** Processor time of this process and the engine below it, in milliseconds. */
function processorMs(): number {
  const ticks = Number(spawnSync('getconf', ['CLK_TCK']).stdout.toString()) || 100;
  const children = spawnSync('ps', ['-o', 'pid=', '--ppid', String(process.pid)])
    .stdout.toString()
    .split(/\s+/)
    .filter(Boolean);
  let total = 0;
  for (const pid of [String(process.pid), ...children]) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      total += Number(stat[11]) + Number(stat[12]);
    } catch {
      // It has ended.
    }
  }
  return (total * 1000) / ticks;
}

/** The row-wise rules of a folder, repeated with other words until there are enough: every copy looks for texts of its own. */
async function rules(count: number): Promise<CheckedRule[]> {
  const loaded = (await loadRules(rulesDir, hunting)).rules.filter(({ kind }) => kind === 'continuous');
  const all: CheckedRule[] = [...loaded].slice(0, count);
  let copy = 0;
  while (all.length < count && loaded.length > 0) {
    const origin = loaded[copy % loaded.length] as CheckedRule;
    const round = Math.floor(copy / loaded.length) + 1;
    copy += 1;
    // Letters of the longest word of each literal are turned, so that lengths and characters stay like those of the original.
    const query = origin.query.replace(/"([^"\\]*)"/g, (whole, text: string) =>
      /[A-Za-z]{4,}/.test(text) ? `"${text.replace(/[A-Za-z]{4,}/, (word) => turn(word, round))}"` : whole,
    );
    const compiled = await hunting.compile(query);
    if (!compiled.ok) continue;
    all.push({ ...origin, id: crypto.randomUUID(), query, clauses: clausesOf(compiled.plan) });
  }
  return all;
}

const turn = (word: string, by: number): string =>
  [...word]
    .map((letter, index) => {
      const base = letter < 'a' ? 65 : 97;
      return String.fromCharCode(base + ((letter.charCodeAt(0) - base + by * (index + 3)) % 26));
    })
    .join('');

const stats = (values: readonly number[]): string => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${Math.round(sorted.at(-1) ?? 0)} ms`;
};

if (mode === 'pass') {
  const events = await loadEvents(store, dataDir, folder);
  const set = await rules(wanted);
  const byTable = new Map<string, CheckedRule[]>();
  for (const rule of set) byTable.set(rule.eventTable, [...(byTable.get(rule.eventTable) ?? []), rule]);
  const tables = [...byTable].filter(([table]) => (events.tables.get(table) ?? 0) > 0);
  const rows = [...events.tables.values()].reduce((sum, count) => sum + count, 0);
  const looked = tables.reduce((sum, [table]) => sum + (events.tables.get(table) ?? 0), 0);
  console.log(
    `${cpus().length} cores, ${set.length} rules over ${byTable.size} tables, ${rows.toLocaleString('en')} rows of ${events.tables.size} tables; ${looked.toLocaleString('en')} rows of tables that rules read`,
  );
  const matchers = new Map<string, TableMatcher>();
  for (const [table, list] of tables) {
    const physical = store.schema.tables.find(({ name }) => name === table)?.physical ?? '';
    matchers.set(
      table,
      new TableMatcher(
        table,
        physical,
        await sifted(
          store,
          list.map(({ id, clauses }) => ({ id, clauses })),
        ),
      ),
    );
  }
  const queries = new Map(set.map((rule) => [rule.id, new RuleQuery(rule, hunting, store)]));
  for (const round of ['first', 'second']) {
    const started = performance.now();
    const cpu = processorMs();
    let candidates = 0;
    let hits = 0;
    let hitRows = 0;
    let passMs = 0;
    let askMs = 0;
    for (const [table, list] of tables) {
      const matcher = matchers.get(table);
      if (!matcher) continue;
      const { ids, stats: pass } = await matcher.candidates(store, { from: 0, to: events.last });
      passMs += pass.engineMs;
      const maybe = list.filter(({ id }) => ids.has(id));
      candidates += maybe.length;
      const probed = await probe(
        maybe.map(({ id }) => queries.get(id) as RuleQuery),
        store,
        { from: 0, to: events.last },
      );
      askMs += probed.elapsedMs;
      hits += probed.hits.size;
      for (const count of probed.hits.values()) hitRows += count;
    }
    const wall = performance.now() - started;
    const used = processorMs() - cpu;
    const perCore = (looked / used) * 1000;
    console.log(
      `${round} round: ${Math.round(wall)} ms, ${Math.round(used)} ms of processor (pass ${Math.round(passMs)} ms, asking ${candidates} of ${set.length} rules ${Math.round(askMs)} ms); ${hits} rules found ${hitRows} rows`,
    );
    console.log(
      `  ${Math.round(perCore).toLocaleString('en')} events a second and core with ${set.length} rules = ${((perCore * set.length) / 1e6).toFixed(1)} million rule evaluations`,
    );
  }
} else {
  const rate = Number(args[3] ?? 5_000);
  const seconds = Number(args[4] ?? 30);
  const set = await rules(wanted);
  const ruleFolder = writeRuleFolder(set);
  const { documents, mark } = await recordedEvents(folder, 60_000);
  const latencies: number[] = [];
  const sent = new Map<number, number>();
  let alerts = 0;
  const detection = await createDetection({
    hunting,
    store,
    contentDir: ruleFolder,
    sink: {
      accept: async (drafts) => {
        for (const draft of drafts) {
          const number = /^Mark .*mark-(\d+)/.exec(draft.title)?.[1];
          const at = sent.get(Number(number ?? -1));
          if (at !== undefined) latencies.push(performance.now() - at);
        }
        alerts += drafts.length;
        return { created: drafts.length, repeated: 0 };
      },
    },
    log,
  });
  const ingest = await openBenchIngest(store, dataDir);
  ingest.onCommitted((batch) => void detection.onBatch(batch));
  // Rules compile their plans when they first may have something; that is not what is measured.
  await ingest.appendRequest(SENDER, { groups: new Map([['warm', documents.slice(0, 20_000)]]) });
  await ingest.idle();
  await detection.settle();
  const cpu = processorMs();
  const started = performance.now();
  const slice = Math.round(rate / SLICES);
  let next = 0;
  let marks = 0;
  for (let part = 0; part < seconds * SLICES; part++) {
    const wait = started + (part * 1000) / SLICES - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const events: string[] = [];
    for (let index = 0; index < slice; index++) events.push(documents[next++ % documents.length] ?? '');
    events.push(mark(++marks));
    await ingest.appendRequest(SENDER, { groups: new Map([['live', events]]) });
    sent.set(marks, performance.now());
  }
  const sending = performance.now() - started;
  await ingest.idle();
  await detection.settle();
  console.log(
    `${cpus().length} cores, ${set.length} continuous rules, ${Math.round((seconds * rate) / (sending / 1000))} events/s for ${Math.round(sending / 1000)} s through the ingest path: ${latencies.length} of ${marks} marks found, ${alerts} alerts; acknowledged to alert ${stats(latencies)}; processor ${Math.round((processorMs() - cpu) / (sending / 1000))} ms a second`,
  );
  await ingest.close();
  await detection.close();
  rmSync(ruleFolder, { recursive: true, force: true });
}
await hunting.close();
await store.close();
if (!kept) rmSync(dataDir, { recursive: true, force: true });
