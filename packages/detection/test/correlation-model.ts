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
        alerts: sharing,
      });
    }
    const decision = correlate(alert, candidates);
    if (decision.kind === 'new') {
      const id = String(next++);
      incidents.set(id, { id, alerts: [alert] });
      continue;
    }
    const target = incidents.get(decision.incidentId);
    if (!target) throw new Error(`joined an incident that does not exist: ${decision.incidentId}`);
    target.alerts.push(alert);
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
    .sort();
}
