import type { CorrelationAlert } from '@parapet/detection';
import {
  type AlertExtras,
  type AlertStatus,
  type AlertSummary,
  type Category,
  type Classification,
  type Determination,
  type Entity,
  type EntityFields,
  type EntityType,
  type Evidence,
  type EvidenceRole,
  type IncidentStatus,
  type IncidentSummary,
  type MergeReason,
  SEVERITIES,
  type Severity,
} from '@parapet/schema';
import { iso } from './sql.ts';

/** Columns of `incident` as the state room returns them. */
export interface IncidentRow {
  readonly id: string;
  readonly name: string;
  readonly name_is_automatic: boolean;
  readonly status: IncidentStatus;
  readonly severity: number;
  readonly severity_is_automatic: boolean;
  readonly priority_score: number;
  readonly priority_terms: readonly { readonly label: string; readonly points: number }[];
  readonly categories: readonly Category[];
  readonly product_names: readonly string[];
  readonly detection_sources: readonly string[];
  readonly assets: readonly Entity[];
  readonly active_alerts: number;
  readonly total_alerts: number;
  readonly first_activity: Date;
  readonly last_activity: Date;
  readonly created_at: Date;
  readonly last_update: Date;
  readonly last_modified_by: string;
  readonly resolved_at: Date | null;
  readonly assigned_to: string | null;
  readonly classification: Classification | null;
  readonly determination: Determination | null;
  readonly tags: readonly string[];
  readonly resolving_comment: string;
  readonly redirect_incident_id: string | null;
  readonly outside_alerts: number;
  readonly description: string;
  readonly version: string;
}

/** SELECT list for IncidentRow; ids are text because a bigint is more than a number. */
export const INCIDENT_COLUMNS = `i.id::text as id, i.name, i.name_is_automatic, i.status, i.severity, i.severity_is_automatic,
  i.priority_score, i.priority_terms, i.categories, i.product_names, i.detection_sources, i.assets, i.active_alerts,
  i.total_alerts, i.first_activity, i.last_activity, i.created_at, i.last_update, i.last_modified_by, i.resolved_at,
  i.assigned_to, i.classification, i.determination, i.tags, i.resolving_comment,
  i.redirect_incident_id::text as redirect_incident_id, i.outside_alerts, i.description, i.version::text as version`;

/** Columns of `alert` with the name of its incident. */
export interface AlertRow {
  readonly id: string;
  readonly incident_id: string;
  readonly incident_name: string;
  readonly rule_id: string;
  readonly title: string;
  readonly description: string;
  readonly recommended_actions: string;
  readonly rule_query: string;
  readonly severity: number;
  readonly status: AlertStatus;
  readonly category: Category;
  readonly techniques: readonly string[];
  readonly service_source: string;
  readonly detection_source: string;
  readonly product_name: string;
  readonly assets: readonly Entity[];
  readonly assigned_to: string | null;
  readonly classification: Classification | null;
  readonly determination: Determination | null;
  readonly first_activity: Date;
  readonly last_activity: Date;
  readonly created_at: Date;
  readonly last_update: Date;
  readonly resolved_at: Date | null;
  readonly event_count: number;
  readonly merge_reason: MergeReason;
  readonly extras: AlertExtras;
  readonly version: string;
}

/** SELECT list for AlertRow over `alert a join incident i on i.id = a.incident_id`. */
export const ALERT_COLUMNS = `a.id, a.incident_id::text as incident_id, i.name as incident_name, a.rule_id, a.title, a.description,
  a.recommended_actions, a.rule_query, a.severity, a.status, a.category, a.techniques, a.service_source,
  a.detection_source, a.product_name, a.assets, a.assigned_to, a.classification, a.determination, a.first_activity,
  a.last_activity, a.created_at, a.last_update, a.resolved_at, a.event_count, a.merge_reason, a.extras, a.version::text as version`;

export const severityName = (rank: number): Severity => SEVERITIES[rank] ?? 'informational';
export const severityRank = (severity: Severity): number => SEVERITIES.indexOf(severity);

export function toIncidentSummary(row: IncidentRow): IncidentSummary {
  return {
    id: row.id,
    name: row.name,
    severity: severityName(row.severity),
    status: row.status,
    priorityScore: row.priority_score,
    categories: row.categories,
    impactedAssets: row.assets,
    activeAlerts: row.active_alerts,
    totalAlerts: row.total_alerts,
    outsideAlerts: row.outside_alerts,
    productNames: row.product_names,
    detectionSources: row.detection_sources,
    firstActivity: iso(row.first_activity),
    lastActivity: iso(row.last_activity),
    createdAt: iso(row.created_at),
    lastUpdate: iso(row.last_update),
    assignedTo: row.assigned_to,
    classification: row.classification,
    determination: row.determination,
    tags: row.tags,
  };
}

export function toAlertSummary(row: AlertRow): AlertSummary {
  return {
    id: row.id,
    title: row.title,
    severity: severityName(row.severity),
    status: row.status,
    category: row.category,
    techniques: row.techniques,
    incidentId: row.incident_id,
    incidentName: row.incident_name,
    ruleId: row.rule_id,
    serviceSource: row.service_source,
    detectionSource: row.detection_source,
    productName: row.product_name,
    impactedAssets: row.assets,
    assignedTo: row.assigned_to,
    classification: row.classification,
    determination: row.determination,
    firstActivity: iso(row.first_activity),
    lastActivity: iso(row.last_activity),
    createdAt: iso(row.created_at),
    lastUpdate: iso(row.last_update),
    eventCount: row.event_count,
    tags: row.extras.tags ?? [],
  };
}

export interface EvidenceRow {
  readonly type: EntityType;
  readonly key: string;
  readonly label: string;
  readonly fields: EntityFields;
  readonly roles: readonly EvidenceRole[];
}

export const toEvidence = ({ type, key, label, fields, roles }: EvidenceRow): Evidence => ({
  type,
  key,
  label,
  fields,
  roles,
});

/** An alert as correlation sees it, with what the incident's own sums need. */
export interface PlacedAlert extends CorrelationAlert {
  readonly detectionSource: string;
  readonly productName: string;
}

/** Types that are assets: what an incident may have harmed (spec A 2.5, Assets tab). */
export const ASSET_TYPES: readonly EntityType[] = [
  'device',
  'user',
  'mailbox',
  'cloudResource',
  'cloudAccount',
  'cloudIdentity',
];

/** The entity without its roles. */
export const bare = ({ type, key, label, fields }: Entity): Entity => ({ type, key, label, fields });

export const entityId = (entity: Pick<Entity, 'type' | 'key'>): string => `${entity.type}:${entity.key}`;

/** Assets of one alert, each once, devices first. */
export function assetsOf(evidence: readonly Evidence[]): Entity[] {
  const found = new Map<string, Entity>();
  for (const each of evidence)
    if (ASSET_TYPES.includes(each.type) && !found.has(entityId(each))) found.set(entityId(each), bare(each));
  return [...found.values()].sort((a, b) => ASSET_TYPES.indexOf(a.type) - ASSET_TYPES.indexOf(b.type));
}
