/** What would make the rules see more, from the data that arrives and the rules that are there. */
import type { Coverage, CoverageRule, Suggestion } from '@parapet/schema';
import { isSilent, parentOf, type TableState } from './matrix.ts';

export interface Feed {
  readonly id: string;
  readonly title: string;
  readonly tables: readonly string[];
}

export interface SuggestParts {
  readonly coverage: Coverage;
  readonly tables: readonly TableState[];
  /** Connectors that could fill tables. */
  readonly feeds: readonly Feed[];
  /** Texts of hunting queries of the last 30 days. */
  readonly hunted: readonly string[];
  readonly now: Date;
}

/** A suggestion before somebody has said what becomes of it. */
export type Found = Omit<Suggestion, 'state' | 'note' | 'changedBy' | 'changedAt'>;

const DAY = 86_400_000;
/** Tables that Parapet fills from its own work: no connector brings them. */
const OWN = /^(Alert|Security(Alert|Incident)$|Behavior|Parapet|ThreatIntel|Incident|UserPeer|Anomalies)/;
const short = (rule: CoverageRule) => ({ id: rule.id, name: rule.name, enabled: rule.sight !== 'off' });
const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** Suggestions with the most to gain first. */
export function suggestionsOf({ coverage, tables, feeds, hunted, now }: SuggestParts): Found[] {
  const level = new Map(coverage.techniques.map((technique) => [technique.id, technique.level]));
  const gainOf = (rules: readonly CoverageRule[]): string[] => [
    ...new Set(rules.flatMap((rule) => rule.techniques).filter((id) => level.get(id) !== 'covered' && level.has(id))),
  ];
  const found: Found[] = [];
  const made = (part: Partial<Found> & Pick<Found, 'id' | 'kind' | 'title' | 'reason'>): void => {
    found.push({ table: null, rules: [], connectors: [], gained: [], bytesPerDay: null, ...part });
  };

  const failing = coverage.rules.filter((rule) => rule.sight === 'failing');
  if (failing.length > 0)
    made({
      id: 'repair',
      kind: 'repair',
      title: `Mend ${count(failing.length, 'rule')} that ${failing.length === 1 ? 'fails' : 'fail'}`,
      reason: 'Their last run did not succeed: what they look for is not seen.',
      rules: failing.map(short),
      gained: gainOf(failing),
    });

  const byTable = new Map<string, CoverageRule[]>();
  for (const rule of coverage.rules)
    if (rule.sight === 'blind')
      for (const table of rule.silent) byTable.set(table, [...(byTable.get(table) ?? []), rule]);
  for (const [table, rules] of byTable) {
    if (OWN.test(table)) continue;
    const connectors = feeds.filter((feed) => feed.tables.includes(table)).map(({ id, title }) => ({ id, title }));
    const newest = tables.find(({ name }) => name === table)?.newest;
    made({
      id: `connect:${table}`,
      kind: 'connect',
      title: `Send data to ${table}`,
      reason:
        `${count(rules.length, 'rule')} ${rules.length === 1 ? 'is' : 'are'} on and cannot see: the table ` +
        `${newest ? `has had nothing since ${newest.slice(0, 10)}` : 'is empty'}.`,
      table,
      rules: rules.map(short),
      connectors,
      gained: gainOf(rules),
    });
  }

  const readers = (table: string, on: boolean): CoverageRule[] =>
    coverage.rules.filter((rule) => rule.tables.includes(table) && (rule.sight !== 'off') === on);
  for (const table of tables) {
    if (OWN.test(table.name) || table.origin === 'parapet' || isSilent(table, coverage.days, now)) continue;
    if (readers(table.name, true).length > 0) continue;
    const days = Math.max(1, (Date.parse(table.newest ?? '') - Date.parse(table.oldest ?? '')) / DAY);
    const off = readers(table.name, false);
    const named = new RegExp(`\\b${table.name}\\b`);
    const queries = hunted.filter((text) => named.test(text)).length;
    made({
      id: `use:${table.name}`,
      kind: 'use',
      title: `Use ${table.name}, or keep it for less`,
      reason:
        `Data arrives and no rule that is on reads it. ` +
        (queries > 0
          ? `${count(queries, 'hunting query', 'hunting queries')} of the last 30 days named it.`
          : 'No hunting query of the last 30 days named it.'),
      table: table.name,
      rules: off.map(short),
      gained: gainOf(off),
      bytesPerDay: Math.round(table.bytes / days),
    });
  }

  const ready = coverage.rules.filter(
    (rule) => rule.sight === 'off' && rule.tables.length > 0 && rule.silent.length < rule.tables.length,
  );
  const tactics = new Map(coverage.techniques.map(({ id, tactics }) => [id, tactics]));
  for (const { id: tactic, name } of coverage.tactics) {
    const helpful = ready.filter((rule) =>
      gainOf([rule]).some((id) => (tactics.get(id) ?? tactics.get(parentOf(id)))?.includes(tactic)),
    );
    if (helpful.length === 0) continue;
    made({
      id: `enable:${tactic}`,
      kind: 'enable',
      title: `Turn on ${count(helpful.length, 'rule')} for ${name.toLowerCase()}`,
      reason: 'Their data arrives, and nothing that is on covers these techniques.',
      rules: helpful.map(short),
      gained: gainOf(helpful).filter((id) => (tactics.get(id) ?? []).includes(tactic)),
    });
  }
  const order = { repair: 0, enable: 1, connect: 2, use: 3 } as const;
  return found.sort(
    (a, b) => b.gained.length - a.gained.length || order[a.kind] - order[b.kind] || a.id.localeCompare(b.id),
  );
}
