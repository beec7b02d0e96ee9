/**
 * Thirty hunts over seeded events: compiled KQL against SQL written by hand, the same engine, rows and run, in turns.
 * `npx tsx bench/kql/run.ts [--rows 5000000] [--data folder] [--repeat 7] [--only text,text] [--sql] [--json file]`
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createHunting, type TelemetryStore } from '@parapet/store';
import { difference, median } from './answers.ts';
import { cpuMs } from './cpu.ts';
import { openSeeded } from './generate.ts';
import { HUNTS } from './hunts.ts';
import { END } from './tables.ts';

const { values: args } = parseArgs({
  options: {
    rows: { type: 'string', default: '5000000' },
    data: { type: 'string' },
    repeat: { type: 'string', default: '7' },
    only: { type: 'string' },
    sql: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const rows = Number(args.rows);
const repeat = Number(args.repeat);
const folder = args.data ?? join(tmpdir(), `parapet-kql-bench-${rows}`);

interface Line {
  readonly name: string;
  readonly rows: number;
  readonly kqlMs: number;
  readonly sqlMs: number;
  readonly compileMs: number;
  readonly kqlCpuMs: number;
  readonly sqlCpuMs: number;
}

// The engine remembers which blocks a condition left over; a second run of the same text would measure that memory.
const seeded = await openSeeded(folder, rows);
const store: TelemetryStore = {
  ...seeded,
  query: (sql, query) =>
    seeded.query(sql, { ...query, settings: { ...query?.settings, use_query_condition_cache: 0 } }),
};
const hunting = createHunting(store);
const lines: Line[] = [];
let wrong = 0;
try {
  for (const hunt of HUNTS) {
    if (args.only && !args.only.split(',').some((part) => hunt.name.includes(part))) continue;
    const options = { now: END, maxRows: 100_000 };
    const started = performance.now();
    const compiled = await hunting.compile(hunt.kql, options);
    const compileMs = performance.now() - started;
    if (!compiled.ok) {
      wrong += 1;
      console.log(`${hunt.name}: does not compile: ${compiled.errors[0]?.message}`);
      continue;
    }
    if (args.sql)
      console.log(`\n${hunt.name}\n${compiled.sql}\n${JSON.stringify(compiled.params)}\n-- by hand\n${hunt.sql}\n`);
    try {
      const [ours, theirs] = [await hunting.run(hunt.kql, options), await store.query(hunt.sql)];
      const differs = difference(ours.rows, theirs.rows);
      if (differs) {
        wrong += 1;
        console.log(`${hunt.name}: different answers: ${differs.slice(0, 600)}`);
      }
      const wall = { kql: [] as number[], sql: [] as number[] };
      const cpu = { kql: [] as number[], sql: [] as number[] };
      const measure = async (which: 'kql' | 'sql', work: () => Promise<unknown>): Promise<void> => {
        const before = cpuMs(seeded.enginePid);
        const started = performance.now();
        await work();
        wall[which].push(performance.now() - started);
        const after = cpuMs(seeded.enginePid);
        if (before !== undefined && after !== undefined) cpu[which].push(after - before);
      };
      for (let i = 0; i < repeat; i += 1) {
        await measure('kql', () => hunting.run(hunt.kql, options));
        await measure('sql', () => store.query(hunt.sql));
      }
      const line: Line = {
        name: hunt.name,
        rows: ours.rows.length,
        kqlMs: median(wall.kql),
        sqlMs: median(wall.sql),
        kqlCpuMs: median(cpu.kql),
        sqlCpuMs: median(cpu.sql),
        compileMs,
      };
      lines.push(line);
      const [ms, ratio] = [(n: number) => n.toFixed(1).padStart(8), (a: number, b: number) => (a / b).toFixed(2)];
      console.log(
        `${hunt.name.padEnd(62)} ${String(line.rows).padStart(6)} rows  KQL ${ms(line.kqlMs)} ms  SQL ${ms(line.sqlMs)} ms  ratio ${ratio(line.kqlMs, line.sqlMs)}  cpu ${ms(line.kqlCpuMs)} ${ms(line.sqlCpuMs)}  ${ratio(line.kqlCpuMs, line.sqlCpuMs)}`,
      );
    } catch (error) {
      wrong += 1;
      console.log(`${hunt.name}: ${(error as Error).message.slice(0, 500)}`);
    }
  }
} finally {
  await hunting.close();
  await store.close();
}
const summary = (what: string, ratios: readonly number[]): string =>
  `${what}: median ratio ${median(ratios).toFixed(3)}, highest ${Math.max(...ratios).toFixed(2)}, ${ratios.filter((r) => r > 1.3).length} over 1.3`;
console.log(`\n${lines.length} hunts over ${rows.toLocaleString('en-US')} rows; ${wrong} wrong`);
console.log(
  summary(
    'time',
    lines.map((line) => line.kqlMs / line.sqlMs),
  ),
);
console.log(
  summary(
    'processor',
    lines.map((line) => line.kqlCpuMs / line.sqlCpuMs),
  ),
);
if (args.json) writeFileSync(args.json, JSON.stringify({ rows, lines }, null, 1));
