/**
 * KQL through the compiler against SQL written by hand, same engine, same rows, one run: prints the ratio of medians.
 * `npx tsx bench/hunting-vs-sql.ts [rows]` (default 1,000,000).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHunting, openEmbeddedStore } from '@parapet/store';

const rows = Number(process.argv[2] ?? 1_000_000);
const REPEATS = 7;

interface Case {
  readonly name: string;
  readonly kql: string;
  readonly sql: string;
}

const T = 'hunting.DeviceProcessEvents';
const CASES: readonly Case[] = [
  {
    name: 'point filter, few columns',
    kql: 'DeviceProcessEvents | where FileName =~ "tool7.exe" and ProcessId == 77 | project Timestamp, DeviceName, ProcessCommandLine',
    sql: `SELECT Timestamp, DeviceName, ProcessCommandLine FROM ${T} WHERE lower(FileName) = 'tool7.exe' AND ProcessId = 77 LIMIT 30001`,
  },
  {
    name: 'one day of thirty, count by device',
    kql: 'DeviceProcessEvents | where Timestamp between (datetime(2026-01-10) .. datetime(2026-01-11)) | summarize n = count() by DeviceName',
    sql: `SELECT DeviceName, count() AS n FROM ${T} WHERE Timestamp >= '2026-01-10' AND Timestamp <= '2026-01-11' GROUP BY DeviceName LIMIT 30001`,
  },
  {
    name: 'whole term in the command line',
    kql: 'DeviceProcessEvents | where ProcessCommandLine has "needle42" | count',
    sql: `SELECT count() FROM ${T} WHERE hasTokenCaseInsensitive(ProcessCommandLine, 'needle42')`,
  },
  {
    name: 'hourly series',
    kql: 'DeviceProcessEvents | summarize n = count(), d = dcount(DeviceName) by bin(Timestamp, 1h) | order by Timestamp asc',
    sql: `SELECT toStartOfHour(Timestamp) AS t, count() AS n, uniq(DeviceName) AS d FROM ${T} GROUP BY t ORDER BY t LIMIT 30001`,
  },
  {
    name: 'property of AdditionalFields',
    kql: 'DeviceProcessEvents | where tostring(AdditionalFields.kind) == "k3" | count',
    sql: `SELECT count() FROM ${T} WHERE JSONExtractString(AdditionalFields, 'kind') = 'k3'`,
  },
  {
    name: 'newest row of each device',
    kql: 'DeviceProcessEvents | summarize arg_max(Timestamp, FileName, ProcessId) by DeviceName',
    sql: `SELECT DeviceName, max(Timestamp), argMax(FileName, Timestamp), argMax(ProcessId, Timestamp) FROM ${T} GROUP BY DeviceName LIMIT 30001`,
  },
];

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const dataDir = mkdtempSync(join(tmpdir(), 'parapet-bench-'));
const store = await openEmbeddedStore({ dataDir });
const hunting = createHunting(store);
try {
  await store.command(
    `INSERT INTO ${T} (Timestamp, DeviceName, DeviceId, FileName, ProcessId, ProcessCommandLine, AdditionalFields)
     SELECT toDateTime64('2026-01-01 00:00:00', 7, 'UTC') + INTERVAL intDiv(number * 2592000, {n:UInt64}) SECOND,
       concat('pc', toString(number % 500)), hex(SHA1(concat('pc', toString(number % 500)))), concat('tool', toString(sipHash64(number) % 40), '.exe'),
       number % 5000, concat('C:\\\\run\\\\tool.exe --id ', toString(number), if(number % 5000 = 0, ' needle42', ''), ' --mode fast'),
       concat('{"kind":"k', toString(number % 10), '","size":', toString(number % 97), '}')
     FROM numbers({n:UInt64})`,
    { params: { n: { type: 'UInt64', value: rows } } },
  );
  console.log(
    `${rows.toLocaleString('en-US')} rows, median of ${REPEATS}; compile time is paid once per text and shown apart\n`,
  );
  for (const { name, kql, sql } of CASES) {
    const first = performance.now();
    const compiled = await hunting.compile(kql);
    const compileMs = performance.now() - first;
    if (!compiled.ok) {
      console.log(`${name}: does not compile: ${compiled.errors[0]?.message}`);
      continue;
    }
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat += 1) {
      let started = performance.now();
      await hunting.run(kql);
      ours.push(performance.now() - started);
      started = performance.now();
      await store.query(sql);
      theirs.push(performance.now() - started);
    }
    const [a, b] = [median(ours), median(theirs)];
    console.log(
      `${name.padEnd(36)} KQL ${a.toFixed(1).padStart(7)} ms   SQL ${b.toFixed(1).padStart(7)} ms   ratio ${(a / b).toFixed(2)}   compile ${compileMs.toFixed(0)} ms`,
    );
  }
} finally {
  await hunting.close();
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
}
