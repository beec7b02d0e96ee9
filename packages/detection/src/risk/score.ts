/**
 * Risk of one entity. Pure: the same signals at the same time give the same score, points and order.
 *
 * - A signal is worth points from 0 to 100, read as the chance that the entity is in trouble. Signals are put together as independent
 *   causes ("noisy or", Pearl 1988): score = 100 × (1 − Π(1 − points/100)). So many small signals approach a large one and nothing passes 100.
 *   A contribution is what its signal adds to the larger ones before it; contributions therefore sum up to the score.
 * - Points of severities are chosen so that fresh open alerts give the levels of spec D 2.1: one high alert or three medium ones are high, one
 *   medium or three low ones are medium.
 * - Fading: an open alert keeps its points for 14 days (spec D 2.1, "decays 14 d after last signal") and halves every 14 days after that;
 *   a settled one halves from when it was resolved, a behaviour every 7 days. Nothing older than 180 days counts.
 * - The same detector again and again is no independent witness: from the fourth of its signals on, the nth counts 1/(n − 2).
 * - Behaviours alone never pass 40 points: they support, they do not accuse.
 * - Criticality multiplies the odds of the score, as published for Elastic's entity risk score: ×2 very high, ×1.5 high.
 */
import type { Category, Classification, Criticality, RiskContribution, RiskLevel, Severity } from '@parapet/schema';

export const RISK_DAYS = 180;
const PLATEAU_DAYS = 14;
const HALF_LIFE_DAYS = 14;
const BEHAVIOR_HALF_LIFE_DAYS = 7;
const BEHAVIOR_DAYS = 90;
/** Points of the most unusual behaviour. */
const BEHAVIOR_POINTS = 10;
const BEHAVIOR_CAP = 40;
const DAY = 86_400_000;

const POINTS: Readonly<Record<Severity, number>> = { high: 70, medium: 40, low: 15, informational: 1 };
/** Open alerts of these say that someone is in: high whatever their severity (spec D 2.1). */
export const GRAVE_CATEGORIES: readonly Category[] = ['Ransomware', 'CommandAndControl', 'CredentialAccess'];
const ODDS: Readonly<Record<Criticality, number>> = { none: 1, low: 1, medium: 1, high: 1.5, veryHigh: 2 };
const CRITICALITY_NAMES: Readonly<Record<Criticality, string>> = {
  none: 'None',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  veryHigh: 'Very high',
};
export const criticalityName = (level: Criticality): string => CRITICALITY_NAMES[level];

interface Signal {
  readonly id: string;
  readonly title: string;
  /** Rule, or kind of behaviour: its repeats count less. */
  readonly detector: string;
  readonly at: Date;
}

export interface AlertSignal extends Signal {
  readonly kind: 'alert';
  readonly severity: Severity;
  readonly category: Category;
  readonly resolved: boolean;
  readonly resolvedAt: Date | null;
  readonly classification: Classification | null;
  readonly incidentId: string;
  /** True when the entity was only asked or aimed at, like the domain controller of a lateral movement. */
  readonly bystander: boolean;
}

export interface BehaviorSignal extends Signal {
  readonly kind: 'behavior';
  /** 0 to 1. */
  readonly score: number;
}

export type RiskSignal = AlertSignal | BehaviorSignal;

export interface RiskResult {
  /** 0 to 100, whole. */
  readonly score: number;
  readonly level: RiskLevel;
  readonly levelReason: string;
  readonly openAlerts: number;
  /** Largest first. */
  readonly contributions: readonly RiskContribution[];
  /** Nothing changes by itself before; null when nothing ever does. */
  readonly nextChange: Date | null;
}

/**
 * @param deviceLevel the level is that of spec D 2.1 for devices, from open alerts of 180 days without fading; otherwise it comes from the score
 * @param criticality its level and the sentence that explains it
 */
export function riskOf(
  signals: readonly RiskSignal[],
  criticality: { readonly level: Criticality; readonly reason: string },
  now: Date,
  deviceLevel = false,
): RiskResult {
  const valued = signals
    .map((signal) => worthOf(signal, now))
    .filter(({ strength }) => strength >= 0.05)
    .sort((a, b) => b.strength - a.strength || (a.signal.id < b.signal.id ? -1 : 1));
  const repeats = new Map<string, number>();
  const contributions: RiskContribution[] = [];
  let sum = 0;
  let behaviors = 0;
  for (const { signal, strength, full, why, fadesAt } of valued) {
    const nth = (repeats.get(signal.detector) ?? 0) + 1;
    repeats.set(signal.detector, nth);
    const counted = nth > 3 ? strength / (nth - 2) : strength;
    let points = ((100 - sum) * counted) / 100;
    if (signal.kind === 'behavior') {
      points = Math.min(points, BEHAVIOR_CAP - behaviors);
      behaviors += points;
    }
    sum += points;
    contributions.push({
      kind: signal.kind,
      id: signal.id,
      title: signal.title,
      severity: signal.kind === 'alert' ? signal.severity : null,
      incidentId: signal.kind === 'alert' ? signal.incidentId : null,
      at: signal.at.toISOString(),
      points: round(points),
      fullPoints: round(full),
      why: nth > 3 ? `${why}; alert number ${nth} of the same detector` : why,
      fadesAt: fadesAt?.toISOString() ?? null,
    });
  }
  const raised = weighted(sum, ODDS[criticality.level]);
  if (raised - sum >= 0.05)
    contributions.push({
      kind: 'criticality',
      id: '',
      title: `Criticality: ${criticalityName(criticality.level)}`,
      severity: null,
      incidentId: null,
      at: null,
      points: round(raised - sum),
      fullPoints: round(raised - sum),
      why: `${criticality.reason} Odds × ${ODDS[criticality.level]}.`,
      fadesAt: null,
    });
  contributions.sort((a, b) => b.points - a.points);
  const open = signals.filter(
    (signal): signal is AlertSignal =>
      signal.kind === 'alert' && !signal.resolved && ageDays(signal.at, now) <= RISK_DAYS,
  );
  const score = Math.round(raised);
  return {
    score,
    ...(deviceLevel ? levelOfAlerts(open) : levelOfScore(round(raised))),
    openAlerts: open.length,
    contributions,
    // An open alert that has faded still counts for the level of a device, until it is too old.
    nextChange: nextChange(valued, now) ?? (open.length > 0 ? new Date(now.getTime() + DAY) : null),
  };
}

/** Level by the numbers of open alerts (spec D 2.1). */
export function levelOfCounts(counts: {
  readonly high: number;
  readonly medium: number;
  readonly low: number;
  readonly informational: number;
  /** Of ransomware, command and control or credential access. */
  readonly grave: number;
}): RiskLevel {
  if (counts.high > 0 || counts.medium >= 3 || counts.grave > 0) return 'high';
  if (counts.medium > 0 || counts.low >= 3) return 'medium';
  if (counts.low > 0) return 'low';
  return counts.informational > 0 ? 'informational' : 'none';
}

function levelOfAlerts(open: readonly AlertSignal[]): { level: RiskLevel; levelReason: string } {
  const count = (severity: Severity): number => open.filter((alert) => alert.severity === severity).length;
  const grave = open.filter(({ category }) => GRAVE_CATEGORIES.includes(category)).length;
  const counts = {
    high: count('high'),
    medium: count('medium'),
    low: count('low'),
    informational: count('informational'),
    grave,
  };
  const parts = (['high', 'medium', 'low', 'informational'] as const)
    .filter((severity) => counts[severity] > 0)
    .map((severity) => `${counts[severity]} ${severity}`);
  const level = levelOfCounts(counts);
  return {
    level,
    levelReason:
      level === 'none'
        ? 'No open alert of the last 180 days.'
        : `Open alerts of the last 180 days: ${parts.join(', ')}${grave > 0 ? `; ${grave} of credential access, command and control or ransomware` : ''}.`,
  };
}

const FROM_SCORE: readonly (readonly [RiskLevel, number])[] = [
  ['high', 70],
  ['medium', 38],
  ['low', 15],
];

function levelOfScore(score: number): { level: RiskLevel; levelReason: string } {
  const found = FROM_SCORE.find(([, from]) => score >= from);
  if (found) return { level: found[0], levelReason: `The score is ${found[1]} or more.` };
  return score >= 0.5
    ? { level: 'informational', levelReason: 'The score is under 15.' }
    : { level: 'none', levelReason: 'Nothing known counts against it now.' };
}

interface Valued {
  readonly signal: RiskSignal;
  /** By itself, now. */
  readonly strength: number;
  /** By itself, fresh. */
  readonly full: number;
  readonly why: string;
  readonly fadesAt: Date | null;
  /** Points stay as they are until then. */
  readonly steadyUntil: number;
}

const ageDays = (at: Date, now: Date): number => Math.max(0, (now.getTime() - at.getTime()) / DAY);
const round = (points: number): number => Math.round(points * 10) / 10;

function worthOf(signal: RiskSignal, now: Date): Valued {
  if (signal.kind === 'behavior') {
    const full = BEHAVIOR_POINTS * Math.min(1, Math.max(0, signal.score));
    return faded(signal, full, signal.at, 0, BEHAVIOR_HALF_LIFE_DAYS, BEHAVIOR_DAYS, now, 'Unusual behaviour');
  }
  const words = [capital(`${signal.severity} severity`)];
  let full = POINTS[signal.severity];
  if (GRAVE_CATEGORIES.includes(signal.category) && full < POINTS.high) {
    full = POINTS.high;
    words.push('credential access, command and control and ransomware count as high');
  }
  if (signal.bystander) {
    full *= 0.25;
    words.push('only asked or aimed at: a quarter');
  }
  if (!signal.resolved)
    return faded(signal, full, signal.at, PLATEAU_DAYS, HALF_LIFE_DAYS, RISK_DAYS, now, [...words, 'open'].join('; '));
  // What was looked at and found harmless says nothing; what was true was dealt with.
  const share = { truePositive: 0.5, informationalExpectedActivity: 0, falsePositive: 0, none: 0.25 };
  const verdict = signal.classification ?? 'none';
  words.push(
    verdict === 'truePositive'
      ? 'resolved as true positive: half'
      : verdict === 'none'
        ? 'resolved without a classification: a quarter'
        : 'resolved as harmless: nothing',
  );
  const since = signal.resolvedAt ?? signal.at;
  return faded(signal, full * share[verdict], since, 0, HALF_LIFE_DAYS, RISK_DAYS, now, words.join('; '));
}

function faded(
  signal: RiskSignal,
  full: number,
  since: Date,
  steadyDays: number,
  halfLife: number,
  mostDays: number,
  now: Date,
  why: string,
): Valued {
  const age = ageDays(since, now);
  const share = 0.5 ** (Math.max(0, age - steadyDays) / halfLife);
  const strength = age > mostDays ? 0 : full * share;
  const days = full < 1 ? mostDays : Math.min(mostDays, steadyDays + halfLife * Math.log2(full));
  return {
    signal,
    strength,
    full,
    why: share < 0.995 && strength > 0 ? `${why}; faded to ${Math.max(1, Math.round(share * 100))} %` : why,
    fadesAt: new Date(since.getTime() + days * DAY),
    steadyUntil: since.getTime() + steadyDays * DAY,
  };
}

/** The odds of a score times a factor, as a score. */
function weighted(score: number, factor: number): number {
  const chance = Math.min(score, 99.99) / 100;
  return factor === 1 ? score : (100 * factor * chance) / (1 - chance + factor * chance);
}

/** Fading scores are brought up to date a few times a day, steady ones when the first of their signals starts to fade. */
const FADING_STEP = DAY / 4;

function nextChange(valued: readonly Valued[], now: Date): Date | null {
  if (valued.length === 0) return null;
  const at = now.getTime();
  const steady = Math.min(...valued.map(({ steadyUntil }) => steadyUntil));
  return new Date(steady > at ? steady + 60_000 : at + FADING_STEP);
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
