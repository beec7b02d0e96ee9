import type { Hunting, TelemetryStore } from '@parapet/store';
import type { CheckedRule } from '../../src/rules/load.ts';
import { buildDrafts } from '../../src/runtime/drafts.ts';
import { type Row, RuleQuery } from '../../src/runtime/rule-query.ts';
import type { AlertDraft } from '../../src/types.ts';
import { unitOf } from './load.ts';

/** An alert and the record index its first event came from. */
export interface Finding {
  readonly rule: CheckedRule;
  readonly draft: AlertDraft;
  readonly index: string;
  readonly unit: string;
}

export interface RuleCost {
  readonly file: string;
  readonly ms: number;
  readonly rows: number;
  readonly truncated: boolean;
  readonly error?: string;
}

const CHUNK = 4_000;
const AT_ONCE = 2;

/** Every rule once over everything stored; its rows become alerts unit by unit, as if each recording had been alone. */
export async function findAll(
  rules: readonly CheckedRule[],
  hunting: Hunting,
  store: TelemetryStore,
): Promise<{ findings: Finding[]; costs: RuleCost[] }> {
  const costs: RuleCost[] = [];
  const found: { rule: CheckedRule; rows: readonly Row[] }[] = [];
  const queue = [...rules];
  const work = async (): Promise<void> => {
    for (let rule = queue.shift(); rule; rule = queue.shift()) {
      const started = performance.now();
      try {
        const { rows, truncated } = await new RuleQuery(rule, hunting, store).run({});
        costs.push({ file: rule.file, ms: performance.now() - started, rows: rows.length, truncated });
        if (rows.length > 0) found.push({ rule, rows });
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        costs.push({ file: rule.file, ms: performance.now() - started, rows: 0, truncated: false, error: message });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  found.sort((a, b) => (a.rule.file < b.rule.file ? -1 : 1));

  const indexes = await indexesOf(store, found);
  const findings: Finding[] = [];
  for (const { rule, rows } of found) {
    const byIndex = new Map<string, Row[]>();
    for (const row of rows) {
      const index = indexes.get(rowKey(rule, row)) ?? '';
      byIndex.set(index, [...(byIndex.get(index) ?? []), row]);
    }
    for (const [index, own] of byIndex)
      for (const { draft } of buildDrafts(rule, own, rule.lookbackMs || undefined))
        findings.push({ rule, draft, index, unit: unitOf(index) });
  }
  return { findings, costs };
}

const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value));
const rowKey = (rule: CheckedRule, row: Row): string =>
  `${rule.eventTable}|${Date.parse(text(row[rule.timeColumn]))}|${text(row.DeviceId)}|${text(row.ReportId)}`;

/** Row identity → index of the record it was made of. */
async function indexesOf(
  store: TelemetryStore,
  found: readonly { rule: CheckedRule; rows: readonly Row[] }[],
): Promise<Map<string, string>> {
  const times = new Map<string, Set<number>>();
  for (const { rule, rows } of found) {
    const set = times.get(rule.eventTable) ?? new Set();
    for (const row of rows) set.add(Date.parse(text(row[rule.timeColumn])));
    times.set(rule.eventTable, set);
  }
  const result = new Map<string, string>();
  for (const [name, set] of times) {
    const table = store.schema.tables.find((candidate) => candidate.name === name);
    if (!table?.timeColumn) continue;
    const has = (column: string): boolean => table.columns.some((each) => each.name === column);
    const device = has('DeviceId') ? 'toString(t.DeviceId)' : "''";
    const report = has('ReportId') ? "ifNull(toString(t.ReportId), '')" : "''";
    const all = [...set].filter(Number.isFinite);
    for (let start = 0; start < all.length; start += CHUNK) {
      const rows = await store.query(
        `SELECT toUnixTimestamp64Milli(t.\`${table.timeColumn}\`), ${device}, ${report}, r.IndexName
         FROM ${table.physical} t
         JOIN (SELECT _ItemId, IndexName FROM hunting.ParapetRawEvents) r
           ON arrayStringConcat(arraySlice(splitByChar(':', t._ItemId), 1, 2), ':') = r._ItemId
         WHERE toUnixTimestamp64Milli(t.\`${table.timeColumn}\`) IN (${all.slice(start, start + CHUNK).join(',')})`,
        { lane: 'background' },
      );
      for (const [time, id, own, index] of rows.rows)
        result.set(`${name}|${Number(time)}|${text(id)}|${text(own)}`, text(index));
    }
  }
  return result;
}
