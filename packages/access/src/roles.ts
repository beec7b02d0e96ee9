import { ParapetError, PERMISSIONS, type Permission, type Role } from '@parapet/schema';

/** What each built-in role may do. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  administrator: PERMISSIONS,
  operator: ['SecData.Read', 'Alerts.Manage', 'DetTune.Manage', 'Auth.Read', 'Sys.Read'],
  reader: ['SecData.Read', 'Sys.Read'],
};

/** Roles that include a permission. */
export function rolesWith(permission: Permission): Role[] {
  return (Object.keys(ROLE_PERMISSIONS) as Role[]).filter((role) => ROLE_PERMISSIONS[role].includes(permission));
}

/**
 * Nobody gives, or takes over, rights they do not hold themselves.
 * @throws ParapetError `grant_beyond_own` 403 naming what the caller lacks
 */
export function requireGrantable(own: readonly Permission[], role: Role): void {
  const missing = ROLE_PERMISSIONS[role].filter((permission) => !own.includes(permission));
  if (missing.length > 0) {
    throw new ParapetError(
      'grant_beyond_own',
      403,
      `The role ${role} includes permissions you do not hold: ${missing.join(', ')}.`,
      'Ask someone who holds them.',
      { missing },
    );
  }
}
