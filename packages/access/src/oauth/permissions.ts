import type { Permission } from '@parapet/schema';

/** A permission of the public API, by the name that its clients ask for and find in `roles` or `scp` of their token. */
export interface ApiPermission {
  readonly name: string;
  readonly about: string;
  /** What the product itself checks when the permission is used; nobody gives what they do not hold. */
  readonly needs: readonly Permission[];
}

/** Permissions of spec A 6.1 that lead to something that exists. The same names serve applications and people. */
export const API_PERMISSIONS: readonly ApiPermission[] = [
  { name: 'SecurityAlert.Read.All', about: 'Read alerts', needs: ['SecData.Read'] },
  {
    name: 'SecurityAlert.ReadWrite.All',
    about: 'Read alerts, change their state, comment on them',
    needs: ['SecData.Read', 'Alerts.Manage'],
  },
  { name: 'SecurityIncident.Read.All', about: 'Read incidents and the alerts in them', needs: ['SecData.Read'] },
  {
    name: 'SecurityIncident.ReadWrite.All',
    about: 'Read incidents, change their state, comment on them',
    needs: ['SecData.Read', 'Alerts.Manage'],
  },
  {
    name: 'SecurityData.Manage.All',
    about: 'Merge incidents, move alerts between them, import incidents',
    needs: ['SecData.Read', 'Alerts.Manage'],
  },
  { name: 'ThreatHunting.Read.All', about: 'Run hunting queries', needs: ['SecData.Read'] },
  { name: 'CustomDetection.Read.All', about: 'Read detection rules', needs: ['SecData.Read'] },
  {
    name: 'CustomDetection.ReadWrite.All',
    about: 'Read detection rules, switch and change them',
    needs: ['SecData.Read', 'DetTune.Manage'],
  },
];

const BY_NAME = new Map(API_PERMISSIONS.map((each) => [each.name.toLowerCase(), each]));

/** The permission of this name in any case, or undefined. */
export const apiPermission = (name: string): ApiPermission | undefined => BY_NAME.get(name.toLowerCase());

/** What the product checks for all of these together. */
export function productPermissions(names: Iterable<string>): Permission[] {
  const all = new Set<Permission>();
  for (const name of names) for (const needed of apiPermission(name)?.needs ?? []) all.add(needed);
  return [...all];
}

/** Scopes of OpenID Connect that say who somebody is and give no access to data. */
export const OPENID_SCOPES: readonly string[] = ['openid', 'profile', 'email', 'offline_access'];
