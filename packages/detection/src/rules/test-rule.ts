import { loadHuntingSchema } from '@parapet/schema';
import type { Hunting, TelemetryStore } from '@parapet/store';
import { buildDrafts } from '../runtime/drafts.ts';
import { RuleQuery } from '../runtime/rule-query.ts';
import type { AlertDraft } from '../types.ts';
import type { CheckedRule } from './load.ts';
import type { RuleTest } from './types.ts';

export interface TestOutcome {
  readonly name: string;
  readonly expect: 'hit' | 'miss';
  readonly ok: boolean;
  readonly drafts: readonly AlertDraft[];
}

/** Each case gets two hours of its own, so that cases in one store never see each other's rows. */
export const SLOT_MS = 2 * 3_600_000;
const START = Date.UTC(2020, 0, 1);
let slot = 0;

/** A time written as a distance from the sample's own time: `-12d`, `+30m`. */
const DISTANCE = /^([+-]?\d+(?:\.\d+)?)([smhd])$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const distance = (text: unknown): number | undefined => {
  const match = typeof text === 'string' ? DISTANCE.exec(text.trim()) : null;
  return match ? Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? 0) : undefined;
};
const timeColumnOf = (table: string): string => loadHuntingSchema().byName.get(table)?.timeColumn ?? 'Timestamp';

/** Slots that a sample needs for all its times, and where in them its own time lies, in milliseconds. */
export function roomOf(test: RuleTest): { readonly slots: number; readonly base: number } {
  const distances = Object.entries(test.rows).flatMap(([table, rows]) =>
    rows.flatMap((row) => distance(row[timeColumnOf(table)]) ?? []),
  );
  const before = Math.ceil(Math.max(0, ...distances.map((d) => -d)) / SLOT_MS);
  const after = Math.ceil(Math.max(0, ...distances) / SLOT_MS);
  return { slots: before + 1 + after, base: before * SLOT_MS };
}

/**
 * Run the samples of a rule through a real engine. Rows get a time, a report id and a device where they name none, one second
 * apart in the order written; a time may be written as a distance (`-12d`), and the sample gets the room for it.
 * @param store an engine without other data of January to December 2020
 */
export async function testRule(rule: CheckedRule, store: TelemetryStore, hunting: Hunting): Promise<TestOutcome[]> {
  const query = new RuleQuery(rule, hunting, store);
  const outcomes: TestOutcome[] = [];
  for (const test of rule.tests) {
    const { slots, base } = roomOf(test);
    const from = START + slot * SLOT_MS;
    slot += slots;
    for (const [table, rows] of Object.entries(test.rows))
      await store.insertRows(
        table,
        rows.map((row, index) => completeRow(table, row, from + base, index)),
      );
    const { rows } = await query.run({ times: { from, to: from + slots * SLOT_MS - 1 } });
    const drafts = buildDrafts(rule, rows, rule.lookbackMs || undefined).map(({ draft }) => draft);
    outcomes.push({ name: test.name, expect: test.expect, ok: drafts.length > 0 === (test.expect === 'hit'), drafts });
  }
  return outcomes;
}

/** Fill in what every stored row has. */
export function completeRow(
  table: string,
  row: Readonly<Record<string, unknown>>,
  from: number,
  index: number,
): Record<string, unknown> {
  const known = loadHuntingSchema().byName.get(table);
  const type = (name: string) => known?.columns.find((column) => column.name === name)?.type;
  const time = timeColumnOf(table);
  const filled: Record<string, unknown> = { [time]: new Date(from + index * 1000).toISOString(), ...row };
  const away = distance(filled[time]);
  if (away !== undefined) filled[time] = new Date(from + away + index * 1000).toISOString();
  if (type('ReportId') && filled.ReportId === undefined)
    filled.ReportId = type('ReportId') === 'long' ? index + 1 : `event-${index + 1}`;
  if (type('DeviceId') && filled.DeviceId === undefined) filled.DeviceId = 'device-1';
  if (type('DeviceId') && type('DeviceName') && filled.DeviceName === undefined) filled.DeviceName = 'ws1.corp.example';
  return filled;
}
