export { createIncidents } from './create.ts';
export type { ImportedAlert, ImportedIncident, ImportResult } from './incidents/import.ts';
export { incidentMigrations } from './migrations.ts';
export type { Condition, ConditionValue, Operator, Order } from './query/condition.ts';
export {
  ALERT_FIELDS,
  type AlertRecord,
  type CommentRecord,
  type EvidenceRecord,
  INCIDENT_FIELDS,
  type IncidentRecord,
  type RecordPage,
  type RecordQuery,
} from './query/records.ts';
export type { RecordService } from './query/service.ts';
export { registerIncidents } from './routes/register.ts';
export type { GroupedDevice } from './sight/device-groups.ts';
export type { HuntSight, Sight } from './sight/sight.ts';
export type {
  Actor,
  Audit,
  AuditInput,
  Caller,
  CallersView,
  Incidents,
  IncidentsLog,
  IncidentsOptions,
} from './types.ts';
