/**
 * Thirty hunts over seeded events: compiled KQL against SQL written by hand, the same engine, rows and run, in turns.
 * `npx tsx bench/kql/run.ts [--rows 5000000] [--data folder] [--repeat 7] [--only text] [--sql] [--json file]`
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createHunting, type TelemetryStore } from '@parapet/store';
import { difference, median } from './answers.ts';
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
  readonly kqlRead: number;
  readonly sqlRead: number;
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
    if (args.only && !hunt.name.includes(args.only)) continue;
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
      const kql: number[] = [];
      const sql: number[] = [];
      for (let i = 0; i < repeat; i += 1) {
        const first = performance.now();
        await hunting.run(hunt.kql, options);
        const second = performance.now();
        await store.query(hunt.sql);
        kql.push(second - first);
        sql.push(performance.now() - second);
      }
      const line = {
        name: hunt.name,
        rows: ours.rows.length,
        kqlMs: median(kql),
        sqlMs: median(sql),
        compileMs,
        kqlRead: ours.stats.rowsRead,
        sqlRead: theirs.stats.rowsRead,
      };
      lines.push(line);
      console.log(
        `${hunt.name.padEnd(62)} ${String(line.rows).padStart(6)} rows  KQL ${line.kqlMs.toFixed(1).padStart(8)} ms  SQL ${line.sqlMs.toFixed(1).padStart(8)} ms  ratio ${(line.kqlMs / line.sqlMs).toFixed(2).padStart(5)}  read ${line.kqlRead}/${line.sqlRead}  compile ${compileMs.toFixed(0)} ms`,
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
const ratios = lines.map((line) => line.kqlMs / line.sqlMs);
console.log(
  `\n${lines.length} hunts over ${rows.toLocaleString('en-US')} rows: median ratio ${median(ratios).toFixed(3)}, highest ${Math.max(...ratios).toFixed(2)}, ${ratios.filter((r) => r > 1.3).length} over 1.3; ${wrong} wrong`,
);
if (args.json) writeFileSync(args.json, JSON.stringify({ rows, lines }, null, 1));
