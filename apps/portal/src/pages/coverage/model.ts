/** What the matrix shows of the coverage that the server counted. */
import type { Coverage, CoverageLevel, CoverageTechnique, RuleSight } from '@parapet/schema/wire';

export const LEVEL_LABEL: Readonly<Record<CoverageLevel, string>> = {
  covered: 'Covered',
  blind: 'Blind',
  available: 'Rules off',
  none: 'No rule',
};
export const LEVEL_MEANING: Readonly<Record<CoverageLevel, string>> = {
  covered: 'A rule is on, runs, and its data arrives',
  blind: 'Rules are on, and none of them sees',
  available: 'Rules exist and are off',
  none: 'No rule names it',
};
export const SIGHT_LABEL: Readonly<Record<RuleSight, string>> = {
  sees: 'Sees',
  partly: 'Sees in part',
  waiting: 'Has not run',
  blind: 'No data',
  failing: 'Fails',
  shadow: 'Shadow',
  off: 'Off',
};

export interface MatrixFilter {
  readonly level: readonly CoverageLevel[];
  readonly table: readonly string[];
  readonly scenario: readonly string[];
  readonly search: string;
}

export interface MatrixColumn {
  readonly id: string;
  readonly name: string;
  readonly covered: number;
  readonly total: number;
  readonly techniques: readonly {
    readonly technique: CoverageTechnique;
    readonly subs: readonly CoverageTechnique[];
  }[];
}

const parentOf = (id: string): string => id.split('.')[0] ?? id;

/** Columns of the matrix: tactics with the techniques that pass, each with those of its sub-techniques that pass. */
export function columnsOf(coverage: Coverage, filter: MatrixFilter): readonly MatrixColumn[] {
  const rules = new Map(coverage.rules.map((rule) => [rule.id, rule]));
  const inScenario = new Set(
    coverage.scenarios.filter(({ id }) => filter.scenario.includes(id)).flatMap(({ techniques }) => techniques),
  );
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const passes = (technique: CoverageTechnique): boolean => {
    if (filter.level.length && !filter.level.includes(technique.level)) return false;
    if (filter.scenario.length && !inScenario.has(technique.id)) return false;
    if (
      filter.table.length &&
      !technique.rules.some((id) => rules.get(id)?.tables.some((t) => filter.table.includes(t)))
    )
      return false;
    const text = `${technique.id} ${technique.name}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const subs = new Map<string, CoverageTechnique[]>();
  for (const technique of coverage.techniques)
    if (technique.id.includes('.') && passes(technique))
      subs.set(parentOf(technique.id), [...(subs.get(parentOf(technique.id)) ?? []), technique]);
  return coverage.tactics.map(({ id, name }) => {
    const all = coverage.techniques.filter(
      (technique) => !technique.id.includes('.') && technique.tactics.includes(id),
    );
    return {
      id,
      name,
      covered: all.filter(({ level }) => level === 'covered').length,
      total: all.length,
      techniques: all
        .map((technique) => ({
          technique,
          subs: (subs.get(technique.id) ?? []).filter(({ tactics }) => tactics.includes(id)),
        }))
        .filter(({ technique, subs: below }) => passes(technique) || below.length > 0)
        .sort((a, b) => a.technique.name.localeCompare(b.technique.name)),
    };
  });
}

/** Techniques and sub-techniques by level. */
export function levelCounts(coverage: Coverage): Readonly<Record<CoverageLevel, number>> {
  const counts = { covered: 0, blind: 0, available: 0, none: 0 };
  for (const { level } of coverage.techniques) counts[level]++;
  return counts;
}
