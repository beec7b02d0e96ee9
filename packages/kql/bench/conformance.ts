/**
 * Runs recorded cases against the compiler and the embedded engine, and prints how many agree, by family.
 * Usage: npx tsx packages/kql/bench/conformance.ts <cases.jsonl.gz> [--comparer <module>] [--show fail|unsupported] [--only text]
 *
 * A case is one JSON line: id, query, columns, types, rows (printed text or null), ordered, usable, mustFail.
 * The comparer is a module with compare(expected, {columns, rows}); without one, cells are compared as JSON text.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Session } from 'chdb';
import { compileOn, openSession, runTable } from '../test/session.ts';

interface Case {
  readonly id: string;
  readonly query: string;
  readonly family?: string;
  readonly columns: string[];
  readonly types?: [string, string][];
  readonly rows: (string | null)[][];
  readonly ordered: boolean;
  readonly usable: boolean;
  readonly mustFail?: boolean;
}

interface Verdict {
  readonly ok: boolean;
  readonly nameOk?: boolean;
  readonly why?: string;
}

type Comparer = (expected: Case, actual: { columns: string[]; rows: unknown[][] }) => Verdict;

const plain: Comparer = (expected, actual) => {
  const key = (rows: readonly (readonly unknown[])[]) =>
    rows.map((r) => JSON.stringify(r.map((v) => (v === null ? null : String(v))))).sort();
  const ok = JSON.stringify(key(expected.rows)) === JSON.stringify(key(actual.rows));
  return {
    ok,
    nameOk: JSON.stringify(expected.columns) === JSON.stringify(actual.columns),
    why: ok ? '' : 'rows differ',
  };
};

const [file, ...flags] = process.argv.slice(2);
if (!file) throw new Error('Give the path of a .jsonl.gz file of cases.');
const flag = (name: string) => (flags.includes(name) ? flags[flags.indexOf(name) + 1] : undefined);
const comparer = flag('--comparer');
const compareCase: Comparer = comparer
  ? (createRequire(import.meta.url)(resolve(comparer)) as { compare: Comparer }).compare
  : plain;
const show = flag('--show');
const only = flag('--only');

const cases = gunzipSync(readFileSync(file))
  .toString('utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line) as Case)
  .filter((c) => c.usable && (!only || c.id.includes(only) || c.query.includes(only)));
let session = openSession();
const schema = { tables: [], version: 'conformance' };
const counts = new Map<string, Record<string, number>>();
const reasons = new Map<string, number>();

for (const c of cases) {
  const family = c.family ?? 'all';
  const row = counts.get(family) ?? {};
  counts.set(family, row);
  const { status, why, sql } = await run(c);
  row[status] = (row[status] ?? 0) + 1;
  if (status === 'unsupported') {
    const reason = why.replace(/'[^']*'/g, (m) => (m.length < 30 ? m : "'…'")).slice(0, 90);
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  if (show && (status.startsWith(show) || show === 'all')) {
    console.log(`--- ${status} ${c.id}\n${c.query}\n  => ${why}`);
    if (flags.includes('--sql') && sql) console.log(sql);
  }
}

async function run(c: Case): Promise<{ status: string; why: string; sql?: string }> {
  const compiled = await compileOn(session, c.query, { schema, now: new Date('2026-01-01T00:00:00Z') }).catch(
    (e: unknown) => ({ ok: false as const, errors: [{ code: 'engine', message: String(e).slice(0, 300) }] }),
  );
  if (!compiled.ok) {
    const why = compiled.errors.map((e) => `${e.code} ${e.message}`).join('; ');
    return { status: c.mustFail ? 'pass' : 'unsupported', why };
  }
  if (c.mustFail) return { status: 'fail (must refuse)', why: 'the query should be refused' };
  try {
    const rows = await runTable(session, compiled);
    const verdict = compareCase(c, { columns: compiled.columns.map((x) => x.name), rows });
    if (!verdict.ok)
      return {
        status: 'fail',
        why: `${verdict.why ?? ''} got ${JSON.stringify(rows).slice(0, 300)}`,
        sql: compiled.sql,
      };
    const typeWrong = (c.types ?? []).some(([name, type]) => {
      const mine = compiled.columns.find((x) => x.name === name);
      const like = (t: string) => (t === 'int' ? 'long' : t === 'decimal' ? 'real' : t);
      return mine && like(mine.type) !== like(type);
    });
    if (verdict.nameOk === false)
      return {
        status: 'fail (names)',
        why: `names ${compiled.columns.map((x) => x.name).join()} expected ${c.columns.join()}`,
      };
    return typeWrong
      ? { status: 'pass (type differs)', why: JSON.stringify(c.types) + JSON.stringify(compiled.columns) }
      : { status: 'pass', why: '' };
  } catch (e) {
    // A statement that fails half-way leaves its partial output in the session.
    session = new Session((session as unknown as { path: string }).path);
    return {
      status: 'fail (engine)',
      why: (e instanceof Error ? e.message : String(e)).slice(0, 400),
      sql: compiled.sql,
    };
  }
}

for (const [family, row] of [...counts].sort()) console.log(family.padEnd(26), JSON.stringify(row));
const total: Record<string, number> = {};
for (const row of counts.values()) for (const [k, n] of Object.entries(row)) total[k] = (total[k] ?? 0) + n;
console.log('TOTAL', cases.length, JSON.stringify(total));
for (const [reason, n] of [...reasons].sort((a, b) => b[1] - a[1]).slice(0, 25))
  console.log(String(n).padStart(5), reason);
process.exit(0);
