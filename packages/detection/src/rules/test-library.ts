import type { Hunting, TelemetryStore } from '@parapet/store';
import { buildDrafts } from '../runtime/drafts.ts';
import { type Row, RuleQuery } from '../runtime/rule-query.ts';
import type { CheckedRule } from './load.ts';
import { completeRow, roomOf, SLOT_MS, type TestOutcome } from './test-rule.ts';

/** The outcome of one sample and the rule it belongs to. */
export interface LibraryOutcome extends TestOutcome {
  readonly file: string;
}

/** Far from the time that `testRule` uses, so that both can run in one store. */
const START = Date.UTC(1980, 0, 1);
const AT_ONCE = 4;

/**
 * Run the samples of all rules: every sample gets a stretch of time of its own, all rows of a table go in together, and a
 * continuous rule looks at all its samples in one query, since it judges row by row. Rules that aggregate are run sample by sample.
 * @param store an engine without other data before 2020
 */
export async function testLibrary(
  rules: readonly CheckedRule[],
  store: TelemetryStore,
  hunting: Hunting,
): Promise<LibraryOutcome[]> {
  const tables = new Map<string, Record<string, unknown>[]>();
  const first = new Map<CheckedRule, number>();
  let slot = 0;
  for (const rule of rules) {
    first.set(rule, slot);
    for (const test of rule.tests) {
      const { slots, base } = roomOf(test);
      const from = START + slot * SLOT_MS + base;
      slot += slots;
      for (const [table, rows] of Object.entries(test.rows)) {
        const list = tables.get(table) ?? [];
        list.push(...rows.map((row, index) => completeRow(table, row, from, index)));
        tables.set(table, list);
      }
    }
  }
  for (const [table, rows] of tables) await store.insertRows(table, rows);

  const outcomes = new Map<CheckedRule, LibraryOutcome[]>();
  const queue = [...rules];
  const work = async (): Promise<void> => {
    for (let rule = queue.shift(); rule; rule = queue.shift()) {
      const from = START + (first.get(rule) ?? 0) * SLOT_MS;
      outcomes.set(
        rule,
        await judge(rule, from, hunting, store).catch((error: unknown) => failed(rule as CheckedRule, error)),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return rules.flatMap((rule) => outcomes.get(rule) ?? []);
}

/** What a query that cannot be run leaves: one outcome that says why. */
function failed(rule: CheckedRule, error: unknown): LibraryOutcome[] {
  const reason = error instanceof Error ? error.message : String(error);
  const expected = rule.tests[0]?.expect ?? 'hit';
  return [{ file: rule.file, name: `the query fails: ${reason}`, expect: expected, ok: false, drafts: [] }];
}

/** @param from start of the rule's first sample, milliseconds since the epoch */
async function judge(
  rule: CheckedRule,
  from: number,
  hunting: Hunting,
  store: TelemetryStore,
): Promise<LibraryOutcome[]> {
  const query = new RuleQuery(rule, hunting, store);
  const bySample = new Map<number, Row[]>();
  // First slot of each sample, and the end of the last.
  const starts = [0];
  for (const test of rule.tests) starts.push((starts.at(-1) ?? 0) + roomOf(test).slots);
  const window = (sample: number, count: number): { from: number; to: number } => ({
    from: from + (starts[sample] ?? 0) * SLOT_MS,
    to: from + (starts[sample + count] ?? 0) * SLOT_MS - 1,
  });
  if (rule.kind === 'continuous') {
    const { rows } = await query.run({ times: window(0, rule.tests.length) });
    for (const row of rows) {
      const slot = Math.floor((Date.parse(String(row[rule.timeColumn])) - from) / SLOT_MS);
      const sample = starts.findLastIndex((start) => start <= slot);
      bySample.set(sample, [...(bySample.get(sample) ?? []), row]);
    }
  } else
    for (const sample of rule.tests.keys())
      bySample.set(sample, [...(await query.run({ times: window(sample, 1) })).rows]);
  return rule.tests.map((test, sample) => {
    const drafts = buildDrafts(rule, bySample.get(sample) ?? [], rule.lookbackMs || undefined).map(
      ({ draft }) => draft,
    );
    return {
      file: rule.file,
      name: test.name,
      expect: test.expect,
      ok: drafts.length > 0 === (test.expect === 'hit'),
      drafts,
    };
  });
}
