export { createIncidents } from './create.ts';
export { incidentMigrations } from './migrations.ts';
export { registerIncidents } from './routes/register.ts';
export type { Actor, Audit, AuditInput, Caller, Incidents, IncidentsLog, IncidentsOptions } from './types.ts';
