/** What roles hold: the built-in ones of spec A 5.1 and 5.5, and how a role becomes permissions. Pure. */
import {
  DATA_SOURCES,
  type DataSource,
  PERMISSION_CATALOG,
  PERMISSION_GROUPS,
  type Permission,
  type PermissionInfo,
  ROLES,
  type Role,
  type RoleGroups,
  type ScopeKind,
  type SourceChoice,
} from '@parapet/schema';

/** A permission with the data sources it is held for. */
export interface Held {
  readonly name: Permission;
  readonly sources: SourceChoice;
}

/** A role that every installation has. */
export interface BuiltInRole {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly kind: 'global' | 'siem';
  readonly holds: readonly Held[];
  /** May give any right, also one it does not hold itself (spec A 5.3: the two administrators manage roles). */
  readonly managesRoles?: true;
  /** For programs only, never for people. */
  readonly appsOnly?: true;
}

/** Data sources that a scope of each kind limits. */
export const SCOPED_SOURCES: Readonly<Record<ScopeKind, readonly DataSource[]>> = {
  deviceGroup: ['endpoint'],
  cloudScope: ['cloud', 'exposure'],
  rowTag: ['siem', 'dataLake'],
};

const all = (...names: Permission[]): Held[] => names.map((name) => ({ name, sources: 'all' }));
const on = (sources: readonly DataSource[], ...names: Permission[]): Held[] => names.map((name) => ({ name, sources }));
/** Cloud alerts and correlations are for the two administrators and for who is assigned the cloud data source. */
const ALL_BUT_CLOUD: readonly DataSource[] = DATA_SOURCES.filter((source) => source !== 'cloud');

const EVERYTHING = all(
  ...PERMISSION_CATALOG.map(({ name }): Permission => name).filter((name) => name !== 'EmailContent.Read'),
);
const READING: readonly Held[] = [
  ...on(ALL_BUT_CLOUD, 'SecData.Read'),
  ...all('VM.Read', 'Exposure.Read', 'EmailMeta.Read', 'CoreSec.Read'),
  ...on(['email', 'identity'], 'Sys.Read'),
];

const GLOBAL: Readonly<Record<Role, readonly [name: string, description: string, holds: readonly Held[]]>> = {
  globalAdministrator: ['Global Administrator', 'Everything but the content of mail; manages roles.', EVERYTHING],
  securityAdministrator: ['Security Administrator', 'Everything but the content of mail; manages roles.', EVERYTHING],
  securityOperator: [
    'Security Operator',
    'Works on incidents and alerts, responds, hunts and tunes detections; cloud alerts need an assignment.',
    [
      ...on(
        ALL_BUT_CLOUD,
        'SecData.Read',
        'Alerts.Manage',
        'Response.Manage',
        'LiveBasic.Manage',
        'LiveAdv.Manage',
        'FileCollect.Manage',
      ),
      ...all('VM.Read', 'Exception.Manage', 'Remediation.Manage', 'Exposure.Read', 'EmailMeta.Read'),
      ...all('CoreSec.Read', 'CoreSec.Manage', 'DetTune.Manage'),
      ...on(['email'], 'Sys.Manage'),
      ...on(['email', 'identity'], 'Sys.Read'),
    ],
  ],
  securityReader: ['Security Reader', 'Sees incidents, alerts and hunting except cloud; changes nothing.', READING],
  globalReader: [
    'Global Reader',
    'Sees what a Security Reader sees, and the roles of mail.',
    [...READING, ...on(['email'], 'Auth.Read')],
  ],
  exchangeAdministrator: [
    'Exchange Administrator',
    'Mail alerts, mail metadata and exposure.',
    [
      ...all('Exposure.Read', 'Exposure.Manage'),
      ...on(['email'], 'SecData.Read', 'EmailMeta.Read', 'Sys.Read', 'Sys.Manage'),
    ],
  ],
  sharePointAdministrator: ['SharePoint Administrator', 'Exposure.', all('Exposure.Read', 'Exposure.Manage')],
  serviceSupportAdministrator: ['Service Support Administrator', 'Sees exposure.', all('Exposure.Read')],
  userAdministrator: ['User Administrator', 'Sees exposure.', all('Exposure.Read')],
  helpdeskAdministrator: ['Helpdesk Administrator', 'Sees exposure.', all('Exposure.Read')],
  complianceAdministrator: [
    'Compliance Administrator',
    'Works on mail alerts.',
    on(['email'], 'SecData.Read', 'Alerts.Manage'),
  ],
  complianceDataAdministrator: [
    'Compliance Data Administrator',
    'Works on mail alerts.',
    on(['email'], 'SecData.Read', 'Alerts.Manage'),
  ],
  billingAdministrator: ['Billing Administrator', 'No rights here.', []],
};

const ADMINISTRATORS: readonly string[] = ['globalAdministrator', 'securityAdministrator'];
/** True for the two roles that manage roles and of which one holder must remain. */
export const isAdministratorRole = (roleId: string | null): boolean =>
  roleId !== null && ADMINISTRATORS.includes(roleId);

const siem = (id: string, name: string, description: string, ...names: Permission[]): BuiltInRole => ({
  id: `siem.${id}`,
  name,
  description,
  kind: 'siem',
  holds: on(['siem'], ...names),
});
const RESPONDER: readonly Permission[] = ['SecData.Read', 'Alerts.Manage', 'Response.Manage'];

/** Every built-in role by id. Workspace roles (spec A 5.5) are held for the SIEM data source only. */
export const BUILT_IN_ROLES: ReadonlyMap<string, BuiltInRole> = new Map(
  [
    ...ROLES.map((id): BuiltInRole => {
      const [name, description, holds] = GLOBAL[id];
      return {
        id,
        name,
        description,
        kind: 'global',
        holds,
        ...(isAdministratorRole(id) ? { managesRoles: true as const } : {}),
      };
    }),
    siem('reader', 'Workspace Reader', 'Sees the data, alerts and incidents of the SIEM.', 'SecData.Read'),
    siem('responder', 'Workspace Responder', 'Reader, and works on incidents.', ...RESPONDER),
    siem(
      'contributor',
      'Workspace Contributor',
      'Responder, and manages detections, content and workbooks.',
      ...RESPONDER,
      'DetTune.Manage',
      'Workbooks.Manage',
      'Playbooks.Run',
    ),
    siem('playbookOperator', 'Playbook Operator', 'Lists, views and runs playbooks, nothing else.', 'Playbooks.Run'),
    {
      ...siem(
        'automationContributor',
        'Automation Contributor',
        'Lets automation of the product run playbooks; never for people.',
        'Playbooks.Run',
        'Response.Manage',
      ),
      appsOnly: true as const,
    },
    siem(
      'workbookContributor',
      'Workbook Contributor',
      'Reader, and edits workbooks.',
      'SecData.Read',
      'Workbooks.Manage',
    ),
  ].map((role) => [role.id, role]),
);

/** Permissions whose "manage" includes the "read" of the same name. */
const READ_OF = new Map<string, string>(
  PERMISSION_CATALOG.filter(({ level }) => level === 'manage').flatMap(({ name }) => {
    const read = name.replace(/\.Manage$/, '.Read');
    return PERMISSION_CATALOG.some((each) => each.name === read) ? [[name, read] as const] : [];
  }),
);

/**
 * Permissions of a custom role.
 * @param catalog the permissions there are; "all" choices follow it, lists of names do not
 */
export function permissionsOfGroups(
  groups: RoleGroups,
  catalog: readonly Pick<PermissionInfo, 'name' | 'group' | 'level'>[] = PERMISSION_CATALOG,
): string[] {
  const held = new Set<string>();
  for (const group of PERMISSION_GROUPS) {
    const choice = groups[group];
    if (choice === undefined) continue;
    for (const each of catalog) {
      if (each.group !== group) continue;
      const chosen =
        choice === 'manageAll' ||
        (choice === 'readAll' ? each.level === 'read' : (choice as string[]).includes(each.name));
      if (!chosen) continue;
      held.add(each.name);
      const read = READ_OF.get(each.name);
      if (read) held.add(read);
    }
  }
  return [...held];
}

/** Names a file of data scopes or an older client may still use. */
const FORMER: Readonly<Record<string, Role>> = {
  administrator: 'securityAdministrator',
  operator: 'securityOperator',
  reader: 'securityReader',
};
/** The role a present or former name means. */
export function roleNamed(name: string): Role | undefined {
  return Object.hasOwn(FORMER, name) ? FORMER[name] : ROLES.find((role) => role === name);
}
