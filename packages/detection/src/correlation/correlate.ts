import type { CorrelationReason, MergeReason } from '@parapet/schema';
import type { CorrelationAlert, CorrelationCandidate, CorrelationDecision, Pulled } from '../types.ts';
import { backgroundKey, supports } from './background.ts';
import { comparePair, JOIN_SCORE, NOISY_INCIDENTS, type Noise, type PairScore, SIMILAR_SCORE } from './matches.ts';
import { type Profile, profileOf } from './profile.ts';

/** An incident is not grown beyond this by the engine (spec A 2.6). */
export const MAX_ALERTS = 1000;
/** A file on more devices than this is no artifact of one attack. */
const WIDESPREAD_DEVICES = 25;
const SIMILAR_LIMIT = 10;
/** Alerts that one alert takes out of the background. */
const MAX_PULLED = 200;

/**
 * Every string under which an alert must be findable: two alerts that share none of them score nothing against each other.
 * Deterministic, sorted, without the keys that spec A 2.6 never uses.
 */
export function correlationKeys(alert: CorrelationAlert): readonly string[] {
  const profile = profileOf(alert);
  const keys = new Set<string>();
  const add = (prefix: string, map: { keys(): Iterable<string> }) => {
    for (const key of map.keys()) keys.add(`${prefix}:${key}`);
  };
  add('process', profile.processes);
  for (const map of [profile.devices, profile.sourceDevices, profile.targetDevices]) add('device', map);
  add('user', profile.users);
  add('session', profile.sessions);
  add('workload', profile.workloads);
  add('file', profile.files);
  // Attacker addresses and plain sources share a prefix: one alert may know what the other only saw.
  add('ip', profile.threats);
  add('ip', profile.sources);
  add('resource', profile.resources);
  add('detector', profile.detectors);
  return [...keys].sort();
}

interface Scored {
  readonly candidate: CorrelationCandidate;
  readonly pair: PairScore;
  readonly matched: CorrelationAlert;
}

/**
 * Decide where a new alert goes (spec A 2.6).
 *
 * An incident scores what its best single alert scores against the new one. Adding up matches over different alerts of the
 * incident would make the result depend on which alert came first; this way incidents are the connected components of "scores
 * at least 70 with", whatever the order of arrival, as long as nobody edits and no limit is hit. Alerts that only support others
 * (`supports`) are no part of that: they are leaves of the alert they score best with, and wait in the background until there is one.
 *
 * @param candidates open incidents only; the caller leaves resolved and locked ones out
 */
export function correlate(alert: CorrelationAlert, candidates: readonly CorrelationCandidate[]): CorrelationDecision {
  const profile = profileOf(alert);
  const noise = noiseOf(profile, candidates);
  const scored: Scored[] = [];
  for (const candidate of candidates) {
    if (candidate.background) continue;
    const best = bestMatch(profile, candidate, noise);
    if (best && best.pair.score >= SIMILAR_SCORE) scored.push(best);
  }
  scored.sort(byPreference);
  const joinable = scored.filter(
    ({ pair, candidate }) => pair.score >= JOIN_SCORE && candidate.alertCount < MAX_ALERTS,
  );
  const [target, ...others] = joinable;
  if (supports(alert))
    return target
      ? { kind: 'join', incidentId: target.candidate.incidentId, reason: reasonOf(target), merge: [], pull: [] }
      : { kind: 'background', key: backgroundKey(alert) };
  const pull = pulled(profile, candidates, noise);
  if (!target) {
    return {
      kind: 'new',
      pull,
      similar: scored.slice(0, SIMILAR_LIMIT).map(({ candidate, pair, matched }) => ({
        incidentId: candidate.incidentId,
        score: pair.score,
        text: sentence(pair, matched),
      })),
    };
  }
  const merge: { incidentId: string; reason: MergeReason }[] = [];
  let merged = mergeState(target.candidate, 1);
  for (const other of others) {
    const next = tryMerge(merged, other.candidate);
    if (!next) continue;
    merged = next;
    merge.push({ incidentId: other.candidate.incidentId, reason: reasonOf(other) });
  }
  return { kind: 'join', incidentId: target.candidate.incidentId, reason: reasonOf(target), merge, pull };
}

function bestMatch(profile: Profile, candidate: CorrelationCandidate, noise: Noise): Scored | undefined {
  const rest = widespread(candidate, noise);
  let best: Scored | undefined;
  for (const alert of candidate.alerts) {
    if (alert.id === profile.alert.id || supports(alert)) continue;
    const pair = comparePair(profile, profileOf(alert), rest);
    if (!best || pair.score > best.pair.score || (pair.score === best.pair.score && alert.id < best.matched.id))
      best = { candidate, pair, matched: alert };
  }
  return best;
}

/** What waits in the background for this alert. */
function pulled(profile: Profile, candidates: readonly CorrelationCandidate[], noise: Noise): Pulled[] {
  const found: Pulled[] = [];
  for (const candidate of candidates) {
    if (!candidate.background || candidate.touched) continue;
    for (const alert of candidate.alerts) {
      const pair = comparePair(profile, profileOf(alert), noise);
      if (pair.score < JOIN_SCORE) continue;
      const reason = reasonOf({ candidate, pair, matched: profile.alert });
      found.push({ alertId: alert.id, incidentId: candidate.incidentId, reason });
    }
  }
  found.sort((a, b) => b.reason.score - a.reason.score || (a.alertId < b.alertId ? -1 : 1));
  return found.slice(0, MAX_PULLED);
}

/** Open incidents that share a key, where it is many: the entity is met in unrelated alerts, whatever it is. */
function noiseOf(profile: Profile, candidates: readonly CorrelationCandidate[]): Noise {
  const found = new Map<string, number>();
  if (candidates.length <= NOISY_INCIDENTS) return found;
  const counts = new Map<string, number>();
  for (const candidate of candidates) {
    const keys = new Set(candidate.alerts.flatMap((alert) => [...correlationKeys(alert)]));
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const key of correlationKeys(profile.alert)) {
    const met = counts.get(key) ?? 0;
    // A process or a set of credentials is one thing, however many incidents it was split over.
    if (met <= NOISY_INCIDENTS || /^(process|session|detector):/.test(key)) continue;
    found.set(key, met);
    if (key.startsWith('ip:')) found.set(`threat:${key.slice(3)}`, met);
  }
  return found;
}

/** Hashes that an incident saw on more than 25 devices say nothing, added to the noise. */
function widespread(candidate: CorrelationCandidate, noise: Noise): Noise {
  if (candidate.alerts.length <= WIDESPREAD_DEVICES) return noise;
  const devices = new Map<string, Set<string>>();
  for (const alert of candidate.alerts) {
    const { files, devices: on } = profileOf(alert);
    for (const hash of files.keys()) {
      const set = devices.get(hash) ?? new Set<string>();
      for (const one of on.each()) set.add(one.own()[0] ?? '');
      devices.set(hash, set);
    }
  }
  const result = new Map(noise);
  for (const [hash, set] of devices)
    if (set.size > WIDESPREAD_DEVICES) result.set(`file:${hash}`, Number.POSITIVE_INFINITY);
  return result;
}

/** Highest score, then the survivor rule of spec A 2.7: assigned, more alerts, lower id. */
function byPreference(a: Scored, b: Scored): number {
  return (
    b.pair.score - a.pair.score ||
    Number(b.candidate.assignedTo !== null) - Number(a.candidate.assignedTo !== null) ||
    b.candidate.alertCount - a.candidate.alertCount ||
    compareIds(a.candidate.incidentId, b.candidate.incidentId)
  );
}

/** Decimal strings by value, anything else by text. */
function compareIds(a: string, b: string): number {
  if (/^\d+$/.test(a) && /^\d+$/.test(b) && a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

interface MergeState {
  readonly ids: readonly string[];
  readonly assignedTo: string | null;
  readonly classification: string | null;
  readonly determination: string | null;
  readonly alertCount: number;
}

const mergeState = (candidate: CorrelationCandidate, extraAlerts: number): MergeState => ({
  ids: [candidate.incidentId],
  assignedTo: candidate.assignedTo,
  classification: candidate.classification,
  determination: candidate.determination,
  alertCount: candidate.alertCount + extraAlerts,
});

/** The state after taking `other` in, or undefined when spec A 2.6 "Never joined" forbids it. */
function tryMerge(into: MergeState, other: CorrelationCandidate): MergeState | undefined {
  const agree = (a: string | null, b: string | null): boolean => a === null || b === null || a === b;
  if (!agree(into.assignedTo, other.assignedTo)) return undefined;
  if (!agree(into.classification, other.classification)) return undefined;
  if (!agree(into.determination, other.determination)) return undefined;
  if (other.apart?.some((id) => into.ids.includes(id))) return undefined;
  const alertCount = into.alertCount + other.alertCount;
  if (alertCount > MAX_ALERTS) return undefined;
  return {
    ids: [...into.ids, other.incidentId],
    assignedTo: into.assignedTo ?? other.assignedTo,
    classification: into.classification ?? other.classification,
    determination: into.determination ?? other.determination,
    alertCount,
  };
}

function reasonOf({ pair, matched }: Scored): MergeReason {
  const codes = new Set<CorrelationReason>(pair.matches.flatMap((match) => [...match.codes]));
  return {
    codes: [...codes],
    text: sentence(pair, matched),
    matchedAlertId: matched.id,
    keys: pair.matches.map((match) => match.key),
    score: pair.score,
  };
}

/** "Same process tree (x.exe) on ws5 as 'Encoded PowerShell'; same account (corp\ann)". */
function sentence(pair: PairScore, matched: CorrelationAlert): string {
  const [first, ...rest] = pair.matches;
  if (!first) return '';
  const further = rest.slice(0, 3).map((match) => match.text.charAt(0).toLowerCase() + match.text.slice(1));
  const more = rest.length > 3 ? [`${rest.length - 3} more`] : [];
  return [`${first.text}, with '${matched.title}'`, ...further, ...more].join('; ');
}
