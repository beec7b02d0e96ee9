/** What the rules see of ATT&CK, from the rules as they run and the data as it arrives. */
import type {
  Coverage,
  CoverageLevel,
  CoverageRule,
  CoverageScenario,
  CoverageTechnique,
  DetectionInfo,
  RuleSight,
} from '@parapet/schema';
import { ATTACK_TACTICS, ATTACK_VERSION, TECHNIQUES } from '../rules/attack.ts';
import type { Scenario } from './scenarios.ts';

/** A table as the store tells of it. */
export interface TableState {
  readonly name: string;
  readonly origin: string;
  readonly rows: number;
  readonly bytes: number;
  readonly oldest: string | null;
  readonly newest: string | null;
}

export interface TechniqueHits {
  readonly alerts: number;
  readonly last: string;
}

export interface CoverageParts {
  readonly rules: readonly DetectionInfo[];
  readonly tables: readonly TableState[];
  /** By technique id, within the period. */
  readonly hits: ReadonlyMap<string, TechniqueHits>;
  readonly scenarios: readonly Scenario[];
  readonly days: number;
  readonly now: Date;
}

const DAY = 86_400_000;

/** `CommandAndControl` → `Command and control` */
const inWords = (tactic: string): string => {
  const words = tactic.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

export const TACTICS = ATTACK_TACTICS.map((id) => ({ id, name: inWords(id) }));

/** True when a table got no row that is newer than the period. */
export const isSilent = (table: TableState | undefined, days: number, now: Date): boolean =>
  !table?.newest || table.rows === 0 || now.getTime() - Date.parse(table.newest) > days * DAY;

/** What a rule sees now. A rule on the clock that has not run for a day (or two of its intervals) does not see. */
export function sightOf(rule: DetectionInfo, silent: ReadonlySet<string>, now: Date): RuleSight {
  if (!rule.enabled) return 'off';
  if (rule.shadow) return 'shadow';
  if (rule.status === 'failed' || rule.status === 'broken' || rule.lastError) return 'failing';
  if (rule.tables.length > 0 && rule.tables.every((table) => silent.has(table))) return 'blind';
  if (rule.lastRun === null) return 'waiting';
  const age = now.getTime() - Date.parse(rule.lastRun);
  if (rule.trigger === 'clock' && age > Math.max(DAY, 2 * rule.frequencyMs)) return 'waiting';
  return rule.tables.some((table) => silent.has(table)) ? 'partly' : 'sees';
}

const SEES: ReadonlySet<RuleSight> = new Set(['sees', 'partly']);
const ON: ReadonlySet<RuleSight> = new Set(['sees', 'partly', 'waiting', 'blind', 'failing']);

/** What rules with these sights make of a technique. */
export function levelOf(sights: readonly RuleSight[]): CoverageLevel {
  if (sights.some((sight) => SEES.has(sight))) return 'covered';
  if (sights.some((sight) => ON.has(sight))) return 'blind';
  return sights.length > 0 ? 'available' : 'none';
}

/** The technique a sub-technique belongs to; a technique itself. */
export const parentOf = (id: string): string => id.split('.')[0]!;

export function coverageOf({ rules, tables, hits, scenarios, days, now }: CoverageParts): Coverage {
  const silent = new Set(tables.filter((table) => isSilent(table, days, now)).map(({ name }) => name));
  const used = new Set(rules.flatMap((rule) => rule.tables));
  // A table the store has not made yet is as silent as an empty one.
  for (const table of used) if (!tables.some(({ name }) => name === table)) silent.add(table);

  const seen: CoverageRule[] = rules.map((rule) => ({
    id: rule.id,
    name: rule.name,
    severity: rule.severity,
    techniques: rule.techniques,
    tables: rule.tables,
    silent: rule.tables.filter((table) => silent.has(table)),
    sight: sightOf(rule, silent, now),
  }));
  const byTechnique = new Map<string, CoverageRule[]>();
  for (const rule of seen)
    for (const id of new Set(rule.techniques.flatMap((technique) => [technique, parentOf(technique)])))
      byTechnique.set(id, [...(byTechnique.get(id) ?? []), rule]);
  const hitsOf = (id: string): TechniqueHits | undefined => {
    const own = [...hits]
      .filter(([technique]) => technique === id || technique.startsWith(`${id}.`))
      .map(([, hit]) => hit);
    if (own.length === 0) return undefined;
    return {
      alerts: own.reduce((sum, hit) => sum + hit.alerts, 0),
      last:
        own
          .map((hit) => hit.last)
          .sort()
          .at(-1) ?? '',
    };
  };
  const techniques: CoverageTechnique[] = [...TECHNIQUES.values()].map(({ id, name, tactics }) => {
    const naming = byTechnique.get(id) ?? [];
    const hit = hitsOf(id);
    return {
      id,
      name,
      tactics,
      level: levelOf(naming.map(({ sight }) => sight)),
      rules: naming.map((rule) => rule.id),
      alerts: hit?.alerts ?? 0,
      lastAlert: hit?.last ?? null,
    };
  });
  const levels = new Map(techniques.map(({ id, level }) => [id, level]));
  return {
    attackVersion: ATTACK_VERSION,
    days,
    tactics: TACTICS,
    techniques,
    rules: seen,
    scenarios: scenarios.map((scenario): CoverageScenario => {
      const of = (level: CoverageLevel): number =>
        scenario.techniques.filter((technique) => levels.get(technique) === level).length;
      return { ...scenario, covered: of('covered'), reachable: of('covered') + of('blind') + of('available') };
    }),
    tables: [...used].sort().map((name) => ({
      name,
      newest: tables.find((table) => table.name === name)?.newest ?? null,
      silent: silent.has(name),
    })),
  };
}
