export { createIncidents } from './create.ts';
export { incidentMigrations } from './migrations.ts';
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
