import { correlate, correlationKeys, deservesAttention, supports } from '../../src/correlation/index.ts';
import type { CorrelationAlert, CorrelationCandidate } from '../../src/types.ts';

/** Something with an alert that gets an incident. */
export interface Alerted {
  readonly alert: CorrelationAlert;
}

export interface PlacedIncident<T extends Alerted> {
  readonly id: string;
  readonly alerts: T[];
  /** Holds alerts that wait for one they belong to. */
  background: boolean;
}

const PER_INCIDENT = 40;

/** True for an incident that the queue shows without being asked for more. */
export const inQueue = ({ alerts, background }: PlacedIncident<Alerted>): boolean =>
  !background || deservesAttention(alerts.map(({ alert }) => alert));

/** Put alerts into incidents in the order of their activity, by the decisions of the product's correlation. */
export function incidentsOf<T extends Alerted>(alerts: readonly T[]): PlacedIncident<T>[] {
  const incidents = new Map<string, PlacedIncident<T>>();
  const byKey = new Map<string, Set<string>>();
  const home = new Map<string, string>();
  const known = new Map<string, T>();
  const waiting = new Map<string, string>();
  let next = 1;
  const open = (background: boolean): string => {
    const id = String(next++);
    incidents.set(id, { id, alerts: [], background });
    return id;
  };
  const move = (from: string, into: string, which: (member: T) => boolean): void => {
    const source = incidents.get(from);
    const target = incidents.get(into);
    if (!source || !target) return;
    const moved = source.alerts.filter(which);
    const left = source.alerts.filter((member) => !which(member));
    for (const { alert } of moved) home.set(alert.id, into);
    target.alerts.push(...moved);
    source.alerts.splice(0, source.alerts.length, ...left);
    if (left.length > 0) return;
    incidents.delete(from);
    for (const [key, id] of waiting) if (id === from) waiting.delete(key);
  };
  const ordered = [...alerts].sort((a, b) => (a.alert.firstActivity < b.alert.firstActivity ? -1 : 1));
  for (const placed of ordered) {
    const { alert } = placed;
    const keys = correlationKeys(alert);
    const shared = new Map<string, number>();
    for (const key of keys) for (const id of byKey.get(key) ?? []) shared.set(id, (shared.get(id) ?? 0) + 1);
    const byIncident = new Map<string, { alert: CorrelationAlert; shared: number }[]>();
    for (const [id, count] of shared) {
      const incident = home.get(id) ?? '';
      const other = known.get(id);
      if (other) byIncident.set(incident, [...(byIncident.get(incident) ?? []), { alert: other.alert, shared: count }]);
    }
    const start = Date.parse(alert.firstActivity);
    const apart = (other: CorrelationAlert): number => Math.abs(Date.parse(other.firstActivity) - start);
    const candidates: CorrelationCandidate[] = [...byIncident].map(([incidentId, members]) => ({
      incidentId,
      assignedTo: null,
      classification: null,
      determination: null,
      alertCount: incidents.get(incidentId)?.alerts.length ?? 0,
      background: incidents.get(incidentId)?.background ?? false,
      alerts: members
        .sort((a, b) => b.shared - a.shared || apart(a.alert) - apart(b.alert))
        .slice(0, PER_INCIDENT)
        .map((member) => member.alert),
    }));
    const decision = correlate(alert, candidates);
    let into: string;
    if (decision.kind === 'join') into = decision.incidentId;
    else if (decision.kind === 'new') into = open(false);
    else {
      into = waiting.get(decision.key) ?? open(true);
      waiting.set(decision.key, into);
    }
    incidents.get(into)?.alerts.push(placed);
    home.set(alert.id, into);
    known.set(alert.id, placed);
    for (const key of keys) byKey.set(key, (byKey.get(key) ?? new Set()).add(alert.id));
    if (decision.kind === 'join') for (const { incidentId } of decision.merge) move(incidentId, into, () => true);
    if (decision.kind !== 'background')
      for (const { incidentId, alertId } of decision.pull)
        move(incidentId, into, (member) => member.alert.id === alertId);
  }
  return [...incidents.values()];
}

export { supports };
