import './fastify.ts';

export { type CreateAccessOptions, createAccess } from './access.ts';
export { accessMigrations } from './migrations.ts';
export { registerAccess } from './plugin.ts';
export type { Preference } from './preferences.ts';
export { ROLE_PERMISSIONS } from './roles.ts';
export type { LiveSession } from './sessions.ts';
export type * from './types.ts';
