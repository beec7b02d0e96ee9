import { type EntityFields, type EntityType, type Evidence, type EvidenceRole, makeEntity } from '@parapet/schema';
import { correlate, correlationKeys } from '../src/index.ts';
import type { CorrelationAlert, CorrelationCandidate } from '../src/types.ts';

/** Evidence as the runtime makes it; throws when the fields identify nothing, so that a test cannot pass by accident. */
export function evidence(type: EntityType, fields: EntityFields, ...roles: EvidenceRole[]): Evidence {
  const entity = makeEntity(type, fields);
  if (!entity) throw new Error(`no ${type} in ${JSON.stringify(fields)}`);
  return { ...entity, roles };
}

let serial = 0;

/** An alert at `minute` minutes after an arbitrary start. */
export function alertAt(
  minute: number,
  category: CorrelationAlert['category'],
  list: readonly Evidence[],
  extra: Partial<CorrelationAlert> = {},
): CorrelationAlert {
  serial += 1;
  const time = new Date(Date.UTC(2026, 2, 1) + minute * 60_000).toISOString();
  return {
    id: `a${String(serial).padStart(5, '0')}`,
    ruleId: `rule-${serial}`,
    title: `Alert ${serial}`,
    category,
    severity: 'medium',
    evidence: list,
    processAncestors: [],
    firstActivity: time,
    lastActivity: time,
    ...extra,
  };
}

export interface ModelIncident {
  readonly id: string;
  readonly alerts: CorrelationAlert[];
  /** Key of a background incident. */
  readonly waiting?: string;
}

/** The smallest store that follows the decisions: what packages/incidents does, without a database. */
export function settle(alerts: readonly CorrelationAlert[]): ModelIncident[] {
  const incidents = new Map<string, ModelIncident>();
  let next = 1;
  for (const alert of alerts) {
    const keys = new Set(correlationKeys(alert));
    const candidates: CorrelationCandidate[] = [];
    for (const incident of incidents.values()) {
      const sharing = incident.alerts.filter((other) => correlationKeys(other).some((key) => keys.has(key)));
      if (sharing.length === 0) continue;
      candidates.push({
        incidentId: incident.id,
        assignedTo: null,
        classification: null,
        determination: null,
        alertCount: incident.alerts.length,
        background: incident.waiting !== undefined,
        alerts: sharing,
      });
    }
    const decision = correlate(alert, candidates);
    if (decision.kind === 'background') {
      const there = [...incidents.values()].find(({ waiting }) => waiting === decision.key);
      if (there) there.alerts.push(alert);
      else {
        const id = String(next++);
        incidents.set(id, { id, alerts: [alert], waiting: decision.key });
      }
      continue;
    }
    const opened = decision.kind === 'new' ? String(next++) : decision.incidentId;
    if (decision.kind === 'new') incidents.set(opened, { id: opened, alerts: [] });
    const target = incidents.get(opened);
    if (!target) throw new Error(`joined an incident that does not exist: ${opened}`);
    target.alerts.push(alert);
    for (const { alertId, incidentId } of decision.pull) {
      const source = incidents.get(incidentId);
      const at = source?.alerts.findIndex(({ id }) => id === alertId) ?? -1;
      const [moved] = at < 0 ? [] : (source?.alerts.splice(at, 1) ?? []);
      if (!source || !moved) throw new Error(`took an alert that is not there: ${alertId}`);
      target.alerts.push(moved);
      if (source.alerts.length === 0) incidents.delete(incidentId);
    }
    if (decision.kind === 'new') continue;
    for (const { incidentId } of decision.merge) {
      const source = incidents.get(incidentId);
      if (!source) throw new Error(`merged an incident that does not exist: ${incidentId}`);
      target.alerts.push(...source.alerts);
      incidents.delete(incidentId);
    }
  }
  return [...incidents.values()];
}

/** Partition as a comparable value: alert ids by incident, incidents sorted. */
export function partition(incidents: readonly ModelIncident[]): string[] {
  return incidents
    .map((incident) =>
      incident.alerts
        .map((alert) => alert.id)
        .sort()
        .join(' '),
    )
    .filter((ids) => ids !== '')
    .sort();
}
