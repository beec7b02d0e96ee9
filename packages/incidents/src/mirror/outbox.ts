import { isProductRule } from '@parapet/detection';
import type { Category } from '@parapet/schema';
import { appendOutbox, type Queryable } from '@parapet/state';
import {
  ALERT_COLUMNS,
  type AlertRow,
  type EvidenceRow,
  INCIDENT_COLUMNS,
  type IncidentRow,
  severityName,
  toEvidence,
} from '../rows.ts';
import { iso } from '../sql.ts';
import { REDIRECTED_TAG } from '../validate.ts';
import { capitalised, detectionName, evidenceColumns, serviceName } from './columns.ts';

export const MIRROR_TOPIC = 'incidents.mirror';

export type MirrorTable = 'AlertInfo' | 'AlertEvidence' | 'SecurityAlert' | 'SecurityIncident' | 'ParapetEntityRisk';
/** Rows by hunting table. */
export type MirrorPayload = Partial<Record<MirrorTable, readonly Record<string, unknown>[]>>;

const CLASSIFICATION_NAMES: Readonly<Record<string, string>> = {
  truePositive: 'TruePositive',
  falsePositive: 'FalsePositive',
  informationalExpectedActivity: 'BenignPositive',
};
const INCIDENT_STATUS_NAMES = {
  active: 'New',
  inProgress: 'Active',
  resolved: 'Closed',
  redirected: 'Closed',
} as const;
const ALERT_STATUS_NAMES = { new: 'New', inProgress: 'InProgress', resolved: 'Resolved' } as const;

/**
 * Announce alerts to the hunting tables: a new one gets its AlertInfo and AlertEvidence rows, and every state gets a
 * SecurityAlert row. AlertInfo and AlertEvidence carry the time of the alert's last activity, like the telemetry they
 * are joined with; SecurityAlert carries the time of the change.
 */
export async function mirrorAlerts(
  tx: Queryable,
  ids: readonly string[],
  options: { readonly isNew: boolean; readonly at: Date },
): Promise<void> {
  if (ids.length === 0) return;
  const rows = await tx.query<AlertRow & { readonly evidence: readonly EvidenceRow[] | null }>(
    `select ${ALERT_COLUMNS},
            (select jsonb_agg(jsonb_build_object('type', e.type, 'key', e.key, 'label', e.label, 'fields', e.fields,
                                                 'roles', e.roles) order by e.position)
             from alert_evidence e where e.alert_id = a.id) as evidence
     from alert a join incident i on i.id = a.incident_id where a.id = any($1::text[]) order by a.id`,
    [ids],
  );
  const payload: Record<Exclude<MirrorTable, 'ParapetEntityRisk'>, Record<string, unknown>[]> = {
    AlertInfo: [],
    AlertEvidence: [],
    SecurityAlert: [],
    SecurityIncident: [],
  };
  for (const row of rows) {
    const severity = capitalised(severityName(row.severity));
    const shared = {
      Timestamp: iso(row.last_activity),
      AlertId: row.id,
      Title: row.title,
      Severity: severity,
      ServiceSource: serviceName(row.service_source),
      DetectionSource: detectionName(row.detection_source),
      AttackTechniques: row.techniques.length ? JSON.stringify(row.techniques) : '',
    };
    const evidence = (row.evidence ?? []).map(toEvidence);
    // What another product reported is in these tables already, row by row.
    if (options.isNew && !isProductRule(row.rule_id)) {
      payload.AlertInfo.push({ ...shared, Category: row.category });
      for (const each of evidence)
        payload.AlertEvidence.push({
          ...shared,
          Categories: JSON.stringify([row.category]),
          ...evidenceColumns(each),
        });
    }
    payload.SecurityAlert.push({
      TimeGenerated: iso(options.at),
      DisplayName: row.title,
      AlertName: row.title,
      AlertSeverity: severity,
      Description: row.description,
      ProviderName: row.product_name,
      VendorName: row.product_name,
      VendorOriginalId: row.id,
      SystemAlertId: row.id,
      AlertType: row.rule_id,
      IsIncident: false,
      StartTime: iso(row.first_activity),
      EndTime: iso(row.last_activity),
      ProcessingEndTime: iso(row.created_at),
      RemediationSteps: JSON.stringify(row.recommended_actions.split('\n').filter(Boolean)),
      ExtendedProperties: JSON.stringify({
        IncidentId: row.incident_id,
        EventCount: row.event_count,
        AssignedTo: row.assigned_to,
        Classification: row.classification,
        Determination: row.determination,
      }),
      Entities: JSON.stringify(evidence.map(({ type, key, label, roles }) => ({ type, key, label, roles }))),
      ProductName: row.product_name,
      ProductComponentName: detectionName(row.detection_source),
      AlertLink: `/alerts/${row.id}`,
      Status: ALERT_STATUS_NAMES[row.status],
      CompromisedEntity: row.assets[0]?.label ?? '',
      Tactics: row.category,
      Techniques: JSON.stringify(row.techniques.map((each) => each.split('.')[0])),
      SubTechniques: JSON.stringify(row.techniques.filter((each) => each.includes('.'))),
    });
  }
  await appendOutbox(tx, MIRROR_TOPIC, payload);
}

/** Announce the present state of incidents: one SecurityIncident row each, at the time of the change. */
export async function mirrorIncidents(tx: Queryable, ids: readonly string[], at: Date): Promise<void> {
  if (ids.length === 0) return;
  const rows = await tx.query<
    IncidentRow & {
      readonly alert_ids: readonly string[];
      readonly rule_ids: readonly string[];
      readonly techniques: readonly string[];
      readonly comments: number;
    }
  >(
    `select ${INCIDENT_COLUMNS},
            array(select a.id from alert a where a.incident_id = i.id order by a.first_activity, a.id limit 1000) as alert_ids,
            array(select distinct a.rule_id from alert a where a.incident_id = i.id order by 1) as rule_ids,
            array(select distinct t from alert a, unnest(a.techniques) t where a.incident_id = i.id order by 1) as techniques,
            (select count(*) from incident_comment c where c.incident_id = i.id) as comments
     from incident i where i.id = any($1::bigint[]) order by i.id`,
    [ids],
  );
  const payload: MirrorPayload = {
    SecurityIncident: rows.map((row) => ({
      TimeGenerated: iso(at),
      IncidentName: row.id,
      Title: row.name,
      Severity: capitalised(severityName(row.severity)),
      Status: INCIDENT_STATUS_NAMES[row.status],
      Classification: row.classification
        ? CLASSIFICATION_NAMES[row.classification]
        : row.resolved_at
          ? 'Undetermined'
          : '',
      ClassificationComment: row.resolving_comment,
      ClassificationReason: row.determination ?? '',
      Owner: { assignedTo: row.assigned_to },
      ProviderName: 'Parapet',
      ProviderIncidentId: row.id,
      FirstActivityTime: iso(row.first_activity),
      LastActivityTime: iso(row.last_activity),
      FirstModifiedTime: iso(row.created_at),
      LastModifiedTime: iso(row.last_update),
      CreatedTime: iso(row.created_at),
      ...(row.resolved_at ? { ClosedTime: iso(row.resolved_at) } : {}),
      IncidentNumber: Number(row.id),
      RelatedAnalyticRuleIds: row.rule_ids,
      AlertIds: row.alert_ids,
      Labels: row.tags.map((labelName) => ({
        labelName,
        labelType: labelName === REDIRECTED_TAG ? 'AutoAssigned' : 'User',
      })),
      IncidentUrl: `/incidents/${row.id}`,
      AdditionalData: {
        alertsCount: row.total_alerts,
        commentsCount: row.comments,
        alertProductNames: row.product_names,
        tactics: row.categories satisfies readonly Category[],
        techniques: row.techniques,
        priorityScore: row.priority_score,
        ...(row.redirect_incident_id ? { redirectedTo: row.redirect_incident_id } : {}),
      },
      ModifiedBy: row.last_modified_by,
    })),
  };
  await appendOutbox(tx, MIRROR_TOPIC, payload);
}
