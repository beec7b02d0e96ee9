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
        const { rows, truncated } = await new RuleQuery(traced(rule), hunting, store).run({});
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
      const index = indexes.get(record(row)) ?? '';
      byIndex.set(index, [...(byIndex.get(index) ?? []), row]);
    }
    for (const [index, own] of byIndex)
      for (const { draft } of buildDrafts(rule, own, rule.lookbackMs || undefined))
        findings.push({ rule, draft, index, unit: unitOf(index) });
  }
  return { findings, costs };
}

const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

/** Column that says which record a row was made of. */
const ITEM = 'BenchItem';

/** The rule with the id of the stored row carried through, as far as its operators let it. */
function traced(rule: CheckedRule): CheckedRule {
  const query = rule.query
    .replace(new RegExp(`^(\\s*)(${rule.eventTable})\\b`, 'm'), `$1$2\n| extend ${ITEM} = _ItemId`)
    .replace(/\barg_max\(\s*(Timestamp|TimeGenerated)\s*,/, `arg_max($1, ${ITEM},`);
  return { ...rule, query };
}

/** Id of a record: the first two parts of the row's. */
const record = (row: Row): string => text(row[ITEM]).split(':').slice(0, 2).join(':');

/** Record → index it was sent under. */
async function indexesOf(
  store: TelemetryStore,
  found: readonly { rows: readonly Row[] }[],
): Promise<Map<string, string>> {
  const wanted = new Set(found.flatMap(({ rows }) => rows.map(record)));
  wanted.delete('');
  const all = [...wanted];
  const result = new Map<string, string>();
  for (let start = 0; start < all.length; start += CHUNK) {
    const { rows } = await store.query(
      `SELECT _ItemId, IndexName FROM hunting.ParapetRawEvents WHERE _ItemId IN ({items:Array(String)})`,
      { params: { items: { type: 'Array(String)', value: all.slice(start, start + CHUNK) } }, lane: 'background' },
    );
    for (const [item, index] of rows) result.set(text(item), text(index));
  }
  return result;
}
