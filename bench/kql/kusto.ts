/**
 * The same hunts through the engine's own reading of the language (`dialect = 'kusto'`): which compile, which give the
 * right answer, and how long those take against the SQL written by hand.
 * `npx tsx bench/kql/kusto.ts --data <seeded folder> [--repeat 5]`
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Session as EngineSession } from 'chdb';
import { difference, median } from './answers.ts';
import { HUNTS } from './hunts.ts';
import { END } from './tables.ts';

const { values: args } = parseArgs({
  options: { data: { type: 'string' }, repeat: { type: 'string', default: '5' } },
});
if (!args.data) throw new Error('Give --data, a folder that run.ts has filled.');
const repeat = Number(args.repeat);

const { Session } = createRequire(new URL('../../packages/store/package.json', import.meta.url))('chdb') as {
  Session: new (path: string) => EngineSession;
};

/** The clock of the events in place of the machine's. */
function fixed(kql: string): string {
  const at = (ms: number): string =>
    `datetime(${new Date(END.getTime() - ms).toISOString().slice(0, 19).replace('T', ' ')})`;
  const unit: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000 };
  return kql
    .replace(/ago\((\d+)([dhm])\)/g, (_, n: string, u: string) => at(Number(n) * unit[u]!))
    .replaceAll('now()', at(0));
}

const folder = join(args.data, 'engine');
/** A failed statement leaves its output in the session, so each one starts a new session. */
const open = (): EngineSession => {
  const made = new Session(folder);
  made.query('USE hunting');
  made.query('SET allow_experimental_kusto_dialect = 1, use_query_condition_cache = 0, max_threads = 2');
  return made;
};
let session = open();
const rows = (sql: string): unknown[][] => {
  const text = String(session.query(sql, 'JSONCompact'));
  return (JSON.parse(text) as { data: unknown[][] }).data;
};
const timed = (work: () => unknown): number => {
  const started = performance.now();
  work();
  return performance.now() - started;
};
const inKusto = (kql: string): unknown[][] => {
  session.query("SET dialect = 'kusto'");
  try {
    return rows(kql);
  } finally {
    session.query("set dialect = 'clickhouse'");
  }
};

const ratios: number[] = [];
const count = { refused: 0, wrong: 0 };
for (const hunt of HUNTS) {
  const kql = fixed(hunt.kql);
  let answer: unknown[][];
  try {
    answer = inKusto(kql);
  } catch (error) {
    count.refused += 1;
    session.close();
    session = open();
    console.log(
      `${hunt.name}: refused: ${String((error as Error).message)
        .slice(0, 110)
        .replaceAll('\n', ' ')}`,
    );
    continue;
  }
  const differs = difference(answer, rows(hunt.sql));
  if (differs) {
    count.wrong += 1;
    console.log(`${hunt.name}: wrong: ${differs.slice(0, 140)}`);
    continue;
  }
  const times = { kusto: [] as number[], sql: [] as number[] };
  for (let i = 0; i < repeat; i += 1) {
    times.kusto.push(timed(() => inKusto(kql)));
    times.sql.push(timed(() => rows(hunt.sql)));
  }
  const ratio = median(times.kusto) / median(times.sql);
  ratios.push(ratio);
  console.log(
    `${hunt.name}: right, ${median(times.kusto).toFixed(1)} ms against ${median(times.sql).toFixed(1)} ms, ratio ${ratio.toFixed(2)}`,
  );
}
console.log(
  `${ratios.length} of ${HUNTS.length} right, ${count.wrong} wrong, ${count.refused} refused; median ratio of the right ones ${median(ratios).toFixed(2)}`,
);
session.close();
