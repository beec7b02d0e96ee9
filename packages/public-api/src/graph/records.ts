import type { AlertRecord, CommentRecord, IncidentRecord } from '@parapet/incidents';
import { SEVERITIES } from '@parapet/schema';
import type { CollectionShape } from '../odata/options.ts';
import { ENUMS, wireMember } from './enums.ts';
import { wireEvidence } from './evidence.ts';

/** What the form of an answer depends on. */
export interface WireContext {
  /** `https://parapet.example` */
  readonly base: string;
  readonly tenantId: string;
  /** The caller asked for members that came after `unknownFutureValue`. */
  readonly allMembers: boolean;
}

type Wire = Record<string, unknown>;

const severity = (rank: number): string => SEVERITIES[rank] ?? 'unknown';
const iso = (time: Date | null): string | null => time?.toISOString() ?? null;

const comments = (records: readonly CommentRecord[]): Wire[] =>
  records.map(({ text, author, createdAt }) => ({
    comment: text,
    createdByDisplayName: author,
    createdDateTime: createdAt,
  }));

/** The complete list of comments as the comment calls answer it. */
export const commentList = (records: readonly CommentRecord[]): Wire[] =>
  comments(records).map((each) => ({ '@odata.type': '#microsoft.graph.security.alertComment', ...each }));

const MERGED = 'Redirected';

/** `microsoft.graph.security.alert` of the published v1.0 description. */
export function wireAlert(record: AlertRecord, context: WireContext): Wire {
  const { base, tenantId, allMembers } = context;
  const created = record.created_at.toISOString();
  const evidence: Wire[] = [];
  const others: Wire[] = [];
  for (const each of record.evidence) {
    const wire = wireEvidence(each, created, allMembers);
    if (wire) evidence.push(wire);
    else others.push({ type: each.type, label: each.label, roles: each.roles, ...each.fields });
  }
  return {
    '@odata.type': '#microsoft.graph.security.alert',
    id: record.id,
    providerAlertId: record.id,
    incidentId: record.incident_id,
    status: wireMember('alertStatus', record.status, allMembers),
    severity: severity(record.severity),
    classification: record.classification,
    determination: record.determination,
    serviceSource: wireMember('serviceSource', record.service_source, allMembers),
    detectionSource: wireMember('detectionSource', record.detection_source, allMembers),
    productName: record.product_name,
    detectorId: record.rule_id,
    tenantId,
    title: record.title,
    description: record.description,
    recommendedActions: record.recommended_actions,
    category: record.category,
    categories: [record.category],
    assignedTo: record.assigned_to,
    alertWebUrl: `${base}/alerts/${encodeURIComponent(record.id)}?tid=${tenantId}`,
    incidentWebUrl: `${base}/incident2/${record.incident_id}/overview?tid=${tenantId}`,
    actorDisplayName: null,
    threatDisplayName: null,
    threatFamilyName: null,
    mitreTechniques: [...record.techniques],
    createdDateTime: created,
    lastUpdateDateTime: iso(record.last_update),
    resolvedDateTime: iso(record.resolved_at),
    firstActivityDateTime: iso(record.first_activity),
    lastActivityDateTime: iso(record.last_activity),
    systemTags: [...(record.extras.tags ?? [])],
    alertPolicyId: null,
    investigationState: null,
    customDetails: { ...record.extras.customDetails },
    ...record.wire,
    additionalData: {
      ...(record.wire?.additionalData as Wire | undefined),
      eventCount: record.event_count,
      correlation: record.merge_reason.text,
      correlationReasons: record.merge_reason.codes.join(','),
      ...(others.length > 0 ? { otherEvidence: others } : {}),
    },
    comments: comments(record.comments),
    evidence,
  };
}

/** `microsoft.graph.security.incident` without `alerts`. */
export function wireIncident(record: IncidentRecord, context: WireContext): Wire {
  const { base, tenantId, allMembers } = context;
  return {
    '@odata.type': '#microsoft.graph.security.incident',
    id: record.id,
    tenantId,
    status: wireMember('incidentStatus', record.status, allMembers),
    incidentWebUrl: `${base}/incident2/${record.id}/overview?tid=${tenantId}`,
    redirectIncidentId: record.redirect_incident_id,
    displayName: record.name,
    createdDateTime: iso(record.created_at),
    lastUpdateDateTime: iso(record.last_update),
    assignedTo: record.assigned_to,
    classification: record.classification,
    determination: record.determination,
    severity: severity(record.severity),
    customTags: record.tags.filter((tag) => tag !== MERGED),
    systemTags: record.tags.filter((tag) => tag === MERGED),
    description: record.description || null,
    summary: record.summary || null,
    resolvingComment: record.resolving_comment || null,
    lastModifiedBy: record.last_modified_by,
    priorityScore: record.priority_score,
    comments: comments(record.comments),
  };
}

/** Only the properties asked for; annotations stay. */
export function pick(wire: Wire, select: readonly string[] | undefined): Wire {
  if (!select) return wire;
  return Object.fromEntries(Object.entries(wire).filter(([name]) => name.startsWith('@') || select.includes(name)));
}

const words = (text: string): readonly string[] => text.trim().split(/\s+/);
const state = {
  assignedTo: { field: 'assignedTo', kind: 'text' },
  classification: {
    field: 'classification',
    kind: 'enum',
    members: ENUMS.alertClassification,
    none: 'unknown',
  },
  determination: { field: 'determination', kind: 'enum', members: ENUMS.alertDetermination, none: 'unknown' },
  createdDateTime: { field: 'createdAt', kind: 'time' },
  lastUpdateDateTime: { field: 'lastUpdate', kind: 'time' },
  severity: { field: 'severity', kind: 'enum', members: ENUMS.alertSeverity },
} as const;

/** What a list of alerts offers (spec A 6.2). */
export const ALERT_SHAPE: CollectionShape = {
  filter: {
    ...state,
    serviceSource: { field: 'serviceSource', kind: 'enum', members: ENUMS.serviceSource },
    status: { field: 'status', kind: 'enum', members: ENUMS.alertStatus },
  },
  order: {
    createdDateTime: 'createdAt',
    lastUpdateDateTime: 'lastUpdate',
    severity: 'severity',
    firstActivityDateTime: 'firstActivity',
    lastActivityDateTime: 'lastActivity',
    title: 'title',
    status: 'status',
  },
  defaultOrder: { field: 'createdAt', descending: true },
  properties: words(`id providerAlertId incidentId status severity classification determination serviceSource
    detectionSource productName detectorId tenantId title description recommendedActions category categories assignedTo
    alertWebUrl incidentWebUrl actorDisplayName threatDisplayName threatFamilyName mitreTechniques createdDateTime
    lastUpdateDateTime resolvedDateTime firstActivityDateTime lastActivityDateTime systemTags alertPolicyId
    investigationState customDetails additionalData comments evidence`),
  expand: [],
  pageSize: 100,
  maxPageSize: 1_000,
};

/** What a list of incidents offers. */
export const INCIDENT_SHAPE: CollectionShape = {
  filter: {
    ...state,
    status: { field: 'status', kind: 'enum', members: ENUMS.incidentStatus },
  },
  order: {
    createdDateTime: 'createdAt',
    lastUpdateDateTime: 'lastUpdate',
    severity: 'severity',
    priorityScore: 'priorityScore',
    displayName: 'name',
    status: 'status',
  },
  defaultOrder: { field: 'createdAt', descending: true },
  properties: words(`id tenantId status incidentWebUrl redirectIncidentId displayName createdDateTime lastUpdateDateTime
    assignedTo classification determination severity customTags systemTags description summary resolvingComment
    lastModifiedBy priorityScore comments alerts`),
  expand: ['alerts'],
  pageSize: 50,
  maxPageSize: 1_000,
};
