import { fieldOf, matchesTuning, type TunedAlert, type TuningCondition, type TuningRule } from './types.ts';

/** An alert as the queue knows it. */
export interface HistoryAlert extends TunedAlert {
  readonly id: string;
  readonly title: string;
  readonly severity: string;
  readonly status: string;
  readonly createdAt: string;
  readonly classification: string | null;
}

/** What the alerts of a rule came to since a time. */
export interface RuleStatistics {
  readonly ruleId: string;
  readonly alerts: number;
  readonly open: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly expected: number;
  readonly unjudged: number;
  /** Median minutes from creation to the first time somebody took it up or closed it; null when nobody has. */
  readonly minutesToTriage: number | null;
}

/** What the incident room tells of past alerts. */
export interface AlertHistory {
  /** Newest first, at most so many. */
  recent(since: Date, limit: number): Promise<HistoryAlert[]>;
  statistics(since: Date): Promise<RuleStatistics[]>;
}

export interface TuningSuggestion {
  readonly ruleId: string;
  readonly title: string;
  /** Why, with the figures. */
  readonly reason: string;
  /** Judged false or expected, of the alerts it would take. */
  readonly benign: number;
  readonly matched: number;
  readonly condition: TuningCondition;
}

const LEAST_ALERTS = 3;
const LEAST_SHARE = 0.9;
const MOST = 20;

/** Properties that describe what happened rather than when, the most telling first. */
const TELLING: readonly (readonly [type: string, field: string])[] = [
  ['process', 'processCommandLine'],
  ['file', 'sha256'],
  ['process', 'folderPath'],
  ['file', 'folderPath'],
  ['registry', 'registryKey'],
  ['scheduledTask', 'taskName'],
  ['service', 'serviceName'],
  ['ip', 'ip'],
  ['user', 'accountName'],
  ['cloudIdentity', 'resourceId'],
  ['mailbox', 'mailboxAddress'],
  ['device', 'deviceName'],
];

const isBenign = ({ classification }: HistoryAlert): boolean =>
  classification === 'falsePositive' || classification === 'informationalExpectedActivity';

/**
 * Evidence that alerts of one rule share which people closed as false or expected again and again, and that no confirmed attack has.
 */
export function suggestions(alerts: readonly HistoryAlert[], rules: readonly TuningRule[]): TuningSuggestion[] {
  const byRule = new Map<string, HistoryAlert[]>();
  for (const alert of alerts) byRule.set(alert.ruleId, [...(byRule.get(alert.ruleId) ?? []), alert]);
  const found: TuningSuggestion[] = [];
  for (const [ruleId, own] of byRule) {
    const tuned = rules.filter(({ enabled }) => enabled);
    const judged = own.filter(
      (alert) => alert.classification !== null && !tuned.some(({ definition }) => matchesTuning(definition, alert)),
    );
    let best: TuningSuggestion | undefined;
    for (const [type, field] of TELLING) {
      const byValue = new Map<string, HistoryAlert[]>();
      for (const alert of judged) {
        const values = new Set(
          alert.evidence
            .filter((item) => item.type === type)
            .map((item) => String(fieldOf(item, field) ?? '').toLowerCase()),
        );
        for (const value of values) if (value) byValue.set(value, [...(byValue.get(value) ?? []), alert]);
      }
      for (const [value, group] of byValue) {
        const benign = group.filter(isBenign).length;
        if (benign < LEAST_ALERTS || benign / group.length < LEAST_SHARE) continue;
        if (group.some(({ classification }) => classification === 'truePositive')) continue;
        // The most telling property comes first; a later one must explain clearly more.
        if (best && group.length < best.matched * 1.5) continue;
        best = {
          ruleId,
          title: group[0]?.title ?? '',
          reason: `${benign} of ${group.length} judged alerts with this ${field} were closed as false or expected, none as an attack.`,
          benign,
          matched: group.length,
          condition: {
            all: [
              {
                evidence: type as 'process',
                fields: [{ field, operator: 'equals', values: [value] }],
              },
            ],
          },
        };
      }
    }
    if (best) found.push(best);
  }
  return found.sort((a, b) => b.benign - a.benign || a.ruleId.localeCompare(b.ruleId)).slice(0, MOST);
}
