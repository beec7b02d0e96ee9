import type { CorrelationAlert } from '../types.ts';
import { profileOf } from './profile.ts';

/** Detectors that must agree before quiet alerts of one asset and day ask for a look. */
const DETECTORS = 3;

/**
 * True for an alert that says something only beside others: it joins what it belongs to, opens nothing and ties nothing together (ADR
 * 0011). Low and informational ones, unless their rule says otherwise.
 */
export function supports({ severity, opensIncident = 'severity' }: CorrelationAlert): boolean {
  if (opensIncident !== 'severity') return opensIncident === 'never';
  return severity === 'low' || severity === 'informational';
}

/** Where a supporting alert waits: with the others of its asset and day (UTC, by its first activity). */
export function backgroundKey(alert: CorrelationAlert): string {
  const profile = profileOf(alert);
  const day = new Date(profile.start).toISOString().slice(0, 10);
  return `${profile.place || `rule:${alert.ruleId}`}|${day}`;
}

/**
 * Whether alerts that wait together are worth a look: at least three detectors of low severity, of two tactics or two products. Depends on the
 * set of alerts only.
 */
export function deservesAttention(alerts: readonly CorrelationAlert[]): boolean {
  const low = alerts.filter(({ severity, opensIncident }) => severity !== 'informational' && opensIncident !== 'never');
  const distinct = (of: (alert: CorrelationAlert) => string): number => new Set(low.map(of)).size;
  return (
    distinct(({ ruleId }) => ruleId) >= DETECTORS &&
    (distinct(({ category }) => category) >= 2 || distinct(({ serviceSource }) => serviceSource ?? '') >= 2)
  );
}
