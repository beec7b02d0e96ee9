import './fastify.ts';

export { type CreateAccessOptions, createAccess } from './access.ts';
export { AccessAdmin } from './access-admin.ts';
export { AUDIT_TABLE, type AuditMirror } from './audit-mirror.ts';
export { Directory, NOTHING_ASSIGNED, rightsUnder, type Snapshot } from './directory.ts';
export { accessMigrations } from './migrations.ts';
export {
  API_PERMISSIONS,
  baseOf,
  createOAuth,
  type OAuth,
  oauthMigrations,
  registerOAuth,
  type TokenCaller,
} from './oauth/index.ts';
export { registerAccess } from './plugin.ts';
export type { Preference } from './preferences.ts';
export { type Grant, NO_RIGHTS, type Reach, Rights, type ScopeContents, type SourceReach } from './rights.ts';
export { BUILT_IN_ROLES, permissionsOfGroups, roleNamed } from './roles.ts';
export type { LiveSession } from './sessions.ts';
export type * from './types.ts';
