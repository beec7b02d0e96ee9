/** Fills a folder with the seeded events; an unfinished or differently sized folder is made anew. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EmbeddedStore, openEmbeddedStore } from '@parapet/store';
import { base, type SeededTable, START, TABLES } from './tables.ts';

/** Raise it when the rows would change. */
const SEED_VERSION = 1;
const CHUNK = 1_000_000;
const SECONDS = 30 * 86_400;

/**
 * `n` is the row number of the chunk, `t` the seconds since the start: even over the thirty days, busier at daytime, and
 * a little out of order, as events arrive.
 */
function insertSql(table: SeededTable, total: number): string {
  const names = [table.time, ...Object.keys(table.columns)];
  const seconds = `${SECONDS} * (n / ${total})`;
  const day = `floor(${seconds} / 86400) * 86400`;
  const shifted = `${day} + 86400 * (0.5 + asin(2 * ((${seconds} - ${day}) / 86400) - 1) / pi()) `;
  const jitter = `cityHash64(n, 'jitter') % 20000000 / 1000000`;
  const time = `toDateTime64('${START}', 7, 'UTC') + toIntervalMicrosecond(toInt64((${shifted} + ${jitter}) * 1000000))`;
  const columns = Object.entries(table.columns).map(([name, sql]) => `${sql} AS \`${name}\``);
  return `INSERT INTO hunting.\`${table.name}\` (${names.map((n) => `\`${n}\``).join(', ')})
    SELECT ${names.map((n) => `\`${n}\``).join(', ')} FROM (
      SELECT number AS n, ${base(table.name)}, ${time} AS \`${table.time}\`, ${columns.join(', ')}
      FROM numbers({from:UInt64}, {count:UInt64}))`;
}

export async function openSeeded(folder: string, rows: number): Promise<EmbeddedStore> {
  const stamp = join(folder, 'seeded.json');
  const wanted = JSON.stringify({ version: SEED_VERSION, rows });
  if (existsSync(folder) && (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted)) {
    if (existsSync(join(folder, 'engine'))) rmSync(folder, { recursive: true });
  }
  mkdirSync(folder, { recursive: true });
  const fresh = !existsSync(stamp);
  const store = await openEmbeddedStore({ dataDir: folder });
  if (!fresh) return store;
  for (const table of TABLES) {
    const total = Math.ceil(rows * table.share);
    const started = performance.now();
    const sql = insertSql(table, total);
    for (let from = 0; from < total; from += CHUNK) {
      await store.command(sql, {
        params: {
          from: { type: 'UInt64', value: from },
          count: { type: 'UInt64', value: Math.min(CHUNK, total - from) },
        },
        settings: { max_partitions_per_insert_block: 0 },
      });
    }
    console.log(
      `${table.name}: ${total.toLocaleString('en-US')} rows in ${((performance.now() - started) / 1000).toFixed(0)} s`,
    );
  }
  // Merges would go on under the measurement.
  for (const table of TABLES)
    await store.command(`OPTIMIZE TABLE hunting.\`${table.name}\``, { settings: { optimize_throw_if_noop: 0 } });
  writeFileSync(stamp, wanted);
  return store;
}
