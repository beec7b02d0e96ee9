/**
 * Rows a second of a row-wise transform that reads about forty properties of one JSON document.
 * Usage: npx tsx packages/kql/bench/extraction.ts <events.jsonl> [repeat]
 * Each line is one event as JSON with a `Channel` and `EventID`; the file is loaded `repeat` times.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import { compile, type KqlSchema } from '../src/index.ts';

const [file, times = '20'] = process.argv.slice(2);
if (!file) throw new Error('Give the path of a .jsonl file of events.');
const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
const keys = new Map<string, number>();
for (const l of lines.slice(0, 2000))
  for (const k of Object.keys(JSON.parse(l) as object)) keys.set(k, (keys.get(k) ?? 0) + 1);
const names = [...keys]
  .filter(([k]) => /^\w+$/.test(k))
  .sort((a, b) => b[1] - a[1])
  .map(([k]) => k);
const texts = names.slice(0, 40);

const session = new Session(mkdtempSync(join(tmpdir(), 'extraction-')));
session.query('CREATE DATABASE b');
session.query('CREATE TABLE b.source (RawEventData String) ENGINE = MergeTree ORDER BY tuple()');
const batch = Array.from({ length: Number(times) }, () => lines).flat();
const payload = batch.map((RawEventData) => JSON.stringify({ RawEventData })).join('\n');
for (let i = 0; i < payload.length; ) {
  let end = Math.min(i + 50_000_000, payload.length);
  if (end < payload.length) end = payload.lastIndexOf('\n', end) + 1;
  await session.insert({ table: 'b.source', values: Buffer.from(payload.slice(i, end)), format: 'JSONEachRow' });
  i = end;
}

const schema: KqlSchema = {
  version: 'bench',
  tables: [
    { name: 'source', physical: '`b`.`source`', timeColumn: null, columns: [{ name: 'RawEventData', type: 'string' }] },
  ],
};
const plain = `source | extend e = todynamic(RawEventData) | where tostring(e.Channel) != "none" | project ${texts.map((k) => `${k} = tostring(e.${k})`).join(', ')}`;
const typed = `source | extend e = todynamic(RawEventData) | where isnotempty(tostring(e.Channel)) and toint(e.EventID) > 0
  | project Timestamp = todatetime(e.UtcTime), EventID = toint(e.EventID), Pid = tolong(e.ProcessId), FileName = tostring(split(tostring(e.Image), "\\\\")[-1]),
  ${texts
    .slice(0, 36)
    .map((k) => `c_${k} = tostring(e.${k})`)
    .join(', ')}`;

for (const [name, text] of [
  ['40 texts', plain],
  ['36 texts, 4 typed', typed],
] as const) {
  const c = compile(text, { schema, now: new Date() });
  if (!c.ok) throw new Error(JSON.stringify(c.errors));
  const params = Object.fromEntries(Object.entries(c.params).map(([k, p]) => [k, p.value]));
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    await session.queryBindAsync(`${c.sql} SETTINGS max_threads = 2`, params, { format: 'Null' });
    const seconds = (performance.now() - start) / 1000;
    console.log(
      `${name}: ${batch.length} rows of ${Math.round(Buffer.byteLength(lines.join('')) / lines.length)} bytes in ${seconds.toFixed(2)} s = ${Math.round(batch.length / seconds)} rows/s`,
    );
  }
}
process.exit(0);
