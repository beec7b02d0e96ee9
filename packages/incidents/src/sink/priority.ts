import { type Category, type Severity, TACTICS } from '@parapet/schema';

export interface PriorityTerm {
  readonly label: string;
  readonly points: number;
}

/** What a rule's alerts of the 30 days before the incident's last activity say about it. */
export interface RuleRecord {
  readonly hits: number;
  readonly verdicts: number;
  readonly falsePositives: number;
}

export interface PriorityInput {
  readonly severity: Severity;
  readonly categories: ReadonlySet<Category>;
  readonly ruleIds: ReadonlySet<string>;
  readonly detectionSources: ReadonlySet<string>;
  readonly recordOf: (rule: string) => RuleRecord | undefined;
}

const SEVERITY_POINTS: Readonly<Record<Severity, number>> = { high: 40, medium: 25, low: 10, informational: 2 };
const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/**
 * Priority score of an incident (spec A 2.3), the terms today's data can fill. Asset criticality, disruption, labels and
 * attack paths have no source yet and give no term.
 * @returns the score, 0 to 100, and its terms, whose sum it is after clamping
 */
export function priority(input: PriorityInput): { readonly score: number; readonly terms: readonly PriorityTerm[] } {
  const terms: PriorityTerm[] = [];
  const add = (label: string, points: number): void => {
    if (points !== 0) terms.push({ label, points });
  };
  add(`Highest severity: ${input.severity}`, SEVERITY_POINTS[input.severity]);
  if (input.categories.has('Ransomware')) add('High-profile threat: ransomware', 15);

  const tactics = TACTICS.filter((tactic) => input.categories.has(tactic)).length;
  add(`${plural(tactics, 'tactic')} in the chain`, Math.min(15, 3 * Math.max(0, tactics - 1)));

  const detectors = input.ruleIds.size;
  const sources = input.detectionSources.size;
  // Detectors and sources are counted together: the second detector of the same source still confirms the first.
  const further = Math.max(0, detectors - 1) + Math.max(0, sources - 1);
  add(`${plural(detectors, 'detector')} from ${plural(sources, 'source')} agree`, Math.min(10, 2 * further));

  const rare = [...input.ruleIds].some((rule) => (input.recordOf(rule)?.hits ?? 0) <= 1);
  if (rare) add('Rare detector: at most one hit in 30 days', 8);
  if (input.categories.has('Exfiltration')) add('Evidence of exfiltration', 8);

  const noisy = [...input.ruleIds].some((rule) => {
    const record = input.recordOf(rule);
    return record !== undefined && record.verdicts >= 10 && record.falsePositives * 2 >= record.verdicts;
  });
  if (noisy) add('Noisy detector: at least half false positives in 30 days', -15);

  const sum = terms.reduce((total, term) => total + term.points, 0);
  return { score: Math.min(100, Math.max(0, sum)), terms };
}
