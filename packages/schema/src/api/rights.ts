/** Permissions, data sources and roles (spec A 5.1 to 5.5) as both ends know them, and the wire types of the pages about them. */

/** What rights can be limited to. Rights on one source never reach another. */
export const DATA_SOURCES = [
  'endpoint',
  'email',
  'identity',
  'cloudApps',
  'cloud',
  'exposure',
  'siem',
  'dataLake',
] as const;
export type DataSource = (typeof DATA_SOURCES)[number];

export const PERMISSION_GROUPS = ['securityData', 'rawData', 'posture', 'authorization', 'dataOperations'] as const;
export type PermissionGroup = (typeof PERMISSION_GROUPS)[number];

export interface PermissionInfo {
  readonly name: string;
  readonly group: PermissionGroup;
  readonly level: 'read' | 'manage';
  /**
   * `settings` permissions are about the product, not about rows: changing something with one needs it for every data
   * source. `data` permissions act on what the caller may see.
   */
  readonly kind: 'data' | 'settings';
  readonly label: string;
  readonly allows: string;
  /** Reading personal or otherwise sensitive content; marked where rights are given. */
  readonly sensitive?: true;
}

const permission = <N extends string>(
  name: N,
  group: PermissionGroup,
  level: 'read' | 'manage',
  kind: 'data' | 'settings',
  label: string,
  allows: string,
  sensitive?: true,
) => ({ name, group, level, kind, label, allows, ...(sensitive ? { sensitive } : {}) });

/** The one list of permissions (spec A 5.2). A permission added here reaches the roles that hold "all" of its group. */
export const PERMISSION_CATALOG = [
  permission(
    'SecData.Read',
    'securityData',
    'read',
    'data',
    'Security data',
    'See incidents, alerts, devices, hunting',
  ),
  permission(
    'Alerts.Manage',
    'securityData',
    'manage',
    'data',
    'Alerts',
    'Manage alerts and incidents, start investigations',
  ),
  permission(
    'Response.Manage',
    'securityData',
    'manage',
    'data',
    'Response',
    'Response actions, approvals, allow and block lists',
  ),
  permission(
    'LiveBasic.Manage',
    'securityData',
    'manage',
    'data',
    'Basic live response',
    'Sessions with commands that only read',
  ),
  permission(
    'LiveAdv.Manage',
    'securityData',
    'manage',
    'data',
    'Advanced live response',
    'Uploads, scripts, remediation',
    true,
  ),
  permission(
    'FileCollect.Manage',
    'securityData',
    'manage',
    'data',
    'File collection',
    'Collect and download files',
    true,
  ),
  permission(
    'Quarantine.Manage',
    'securityData',
    'manage',
    'data',
    'Email quarantine',
    'View and release quarantined mail',
  ),
  permission(
    'EmailAct.Manage',
    'securityData',
    'manage',
    'data',
    'Email advanced actions',
    'Move and delete mail in mailboxes',
    true,
  ),
  permission('Playbooks.Run', 'securityData', 'manage', 'data', 'Playbooks', 'List, view and run playbooks'),
  permission('EmailMeta.Read', 'rawData', 'read', 'data', 'Email metadata', 'Mail tables in hunting, mail explorer'),
  permission('EmailContent.Read', 'rawData', 'read', 'data', 'Email content', 'Message bodies and attachments', true),
  permission('VM.Read', 'posture', 'read', 'data', 'Vulnerability management', 'Software, weaknesses, baselines'),
  permission('Exception.Manage', 'posture', 'manage', 'data', 'Exception handling', 'Manage exceptions'),
  permission('Remediation.Manage', 'posture', 'manage', 'data', 'Remediation handling', 'Manage remediation requests'),
  permission(
    'Application.Manage',
    'posture',
    'manage',
    'data',
    'Application handling',
    'Block and unblock applications',
  ),
  permission('Baseline.Manage', 'posture', 'manage', 'data', 'Security baselines', 'Manage baseline profiles'),
  permission(
    'Exposure.Read',
    'posture',
    'read',
    'data',
    'Exposure management',
    'Exposure insights, secure score, attack paths',
  ),
  permission('Exposure.Manage', 'posture', 'manage', 'data', 'Exposure management', 'Change exposure insights'),
  permission(
    'Auth.Read',
    'authorization',
    'read',
    'settings',
    'Authorization',
    'See roles, assignments, device groups, scopes, users',
  ),
  permission('Auth.Manage', 'authorization', 'manage', 'settings', 'Authorization', 'Manage them', true),
  permission(
    'CoreSec.Read',
    'authorization',
    'read',
    'settings',
    'Core security settings',
    'See security settings and notification rules',
  ),
  permission('CoreSec.Manage', 'authorization', 'manage', 'settings', 'Core security settings', 'Change them'),
  permission(
    'DetTune.Manage',
    'authorization',
    'manage',
    'data',
    'Detection tuning',
    'Custom detections, tuning, indicators',
  ),
  permission(
    'Sys.Read',
    'authorization',
    'read',
    'settings',
    'System settings',
    'See general settings, alert services, connectors',
  ),
  permission('Sys.Manage', 'authorization', 'manage', 'settings', 'System settings', 'Change them', true),
  permission(
    'Data.Manage',
    'dataOperations',
    'manage',
    'settings',
    'Data',
    'Retention, tiers, tables, connectors',
    true,
  ),
  permission(
    'Jobs.Read',
    'dataOperations',
    'read',
    'settings',
    'Analytics jobs',
    'See scheduled jobs over long-term data',
  ),
  permission('Jobs.Manage', 'dataOperations', 'manage', 'settings', 'Analytics jobs', 'Schedule them'),
  permission('Workbooks.Manage', 'dataOperations', 'manage', 'data', 'Workbooks', 'Edit workbooks'),
] as const satisfies readonly PermissionInfo[];

export type Permission = (typeof PERMISSION_CATALOG)[number]['name'];
/** Short names of every permission. */
export const PERMISSIONS: readonly Permission[] = PERMISSION_CATALOG.map(({ name }) => name);

/** Global roles (spec A 5.1). The first five open the portal. */
export const ROLES = [
  'globalAdministrator',
  'securityAdministrator',
  'securityOperator',
  'securityReader',
  'globalReader',
  'exchangeAdministrator',
  'sharePointAdministrator',
  'serviceSupportAdministrator',
  'userAdministrator',
  'helpdeskAdministrator',
  'complianceAdministrator',
  'complianceDataAdministrator',
  'billingAdministrator',
] as const;
export type Role = (typeof ROLES)[number];
/** Global roles that let people into the portal by themselves. */
export const PORTAL_ROLES: readonly Role[] = ROLES.slice(0, 5);

/** Who holds rights: a person, a group of the identity provider, an app registration, a query key. */
export const SUBJECT_KINDS = ['user', 'group', 'app', 'key'] as const;
export interface Subject {
  readonly kind: (typeof SUBJECT_KINDS)[number];
  /** A group is named by what the provider's claim holds. */
  readonly id: string;
}

/** What a role holds of one group. The two "all" choices include what is added to the group later. */
export type GroupChoice = 'readAll' | 'manageAll' | readonly Permission[];
export type RoleGroups = { readonly [G in PermissionGroup]?: GroupChoice };

export const SCOPE_KINDS = ['deviceGroup', 'cloudScope', 'rowTag'] as const;
export type ScopeKind = (typeof SCOPE_KINDS)[number];
export interface ScopeRef {
  readonly kind: ScopeKind;
  readonly id: string;
}

/** `all` includes data sources that are added later. */
export type SourceChoice = 'all' | readonly DataSource[];

/** GET /api/access/roles */
export interface RoleDetails {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** `global` and `siem` roles are built in and are not edited; `custom` ones are. */
  readonly kind: 'global' | 'siem' | 'custom';
  readonly groups: RoleGroups;
  /** What it holds today, and for which data sources (built-in roles say; an assignment says for the others). */
  readonly permissions: readonly { readonly name: Permission; readonly sources: SourceChoice }[];
  readonly assignments: number;
  readonly version: number;
}

/** GET /api/access/assignments */
export interface Assignment {
  readonly id: string;
  readonly roleId: string;
  readonly name: string;
  readonly subjects: readonly Subject[];
  readonly sources: SourceChoice;
  /**
   * Each kind limits the data sources it is about: device groups the endpoint, cloud scopes cloud and exposure, row tags the
   * SIEM tables. Without a scope of a kind those sources are seen whole.
   */
  readonly scopes: readonly ScopeRef[];
  /** Imported from the roles of a workload; counts only while that workload is not switched to the roles here. */
  readonly legacy: boolean;
  /** Where a mirrored grant comes from, such as a workspace; empty for those made here. */
  readonly origin: string;
  readonly version: number;
}

/** Kinds of cloud environments a scope lists (spec A 5.4). */
export const ENVIRONMENT_KINDS = [
  'azureSubscription',
  'awsAccount',
  'awsManagementAccount',
  'gcpProject',
  'azureDevOpsOrganization',
  'gitHubOrganization',
  'gitLabGroup',
  'dockerHubOrganization',
  'jfrogArtifactory',
] as const;
export interface Environment {
  readonly kind: (typeof ENVIRONMENT_KINDS)[number];
  /** As the provider writes it: subscription id, account number, project id, organisation name. Compared without case. */
  readonly id: string;
}

/** GET /api/access/cloud-scopes: an explicit list of environments. New ones are not added by themselves. */
export interface CloudScope {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly environments: readonly Environment[];
  readonly version: number;
}

/**
 * What of the cloud somebody wants to look at now; it lasts as long as the session and limits every page, hunt and export of it. Environments
 * narrow within the scopes; two empty lists show everything the rights reach.
 */
export interface ScopeFilter {
  /** Ids of cloud scopes; any of them. */
  readonly scopes: readonly string[];
  readonly environments: readonly Environment[];
}

/** GET and PUT /api/scope-filter: the filter of this session, and the values the caller may choose from. */
export interface ScopeFilterState {
  readonly filter: ScopeFilter;
  readonly scopes: readonly Pick<CloudScope, 'id' | 'name' | 'description' | 'environments'>[];
  /** Of the scopes; for who sees the cloud whole also those that data has come from. */
  readonly environments: readonly Environment[];
}

export const DEVICE_PROPERTIES = ['name', 'domain', 'os', 'tag'] as const;
export const DEVICE_OPERATORS = ['equals', 'startsWith', 'endsWith', 'contains'] as const;
/** One condition of a device group; all of them must hold. Compared without case. */
export interface DeviceRule {
  readonly property: (typeof DEVICE_PROPERTIES)[number];
  readonly operator: (typeof DEVICE_OPERATORS)[number];
  /** Any of them. */
  readonly values: readonly string[];
}

export const AUTOMATION_LEVELS = ['full', 'semiCore', 'semiNonTemp', 'semiAll', 'none'] as const;
/** GET /api/access/device-groups. A device is in the first group by rank whose rules all match, and in no other. */
export interface DeviceGroup {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** 1 is asked first. */
  readonly rank: number;
  readonly rules: readonly DeviceRule[];
  readonly automation: (typeof AUTOMATION_LEVELS)[number];
  readonly version: number;
}

/** Rows of a SIEM table: the column has one of the values. */
export interface RowRule {
  readonly table: string;
  readonly column: string;
  readonly values: readonly (string | number | boolean)[];
}

/** GET /api/access/row-tags: a name for rows of SIEM tables. */
export interface RowTag {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Tables without a rule have no row with the tag. Rules of one table add up. */
  readonly rules: readonly RowRule[];
  readonly version: number;
}

/** GET /api/access/export, and the `document` of POST /api/access/import. */
export interface RightsDocument {
  readonly version: 1;
  readonly roles?: readonly Pick<RoleDetails, 'id' | 'name' | 'description' | 'groups'>[];
  readonly deviceGroups?: readonly Omit<DeviceGroup, 'version'>[];
  readonly cloudScopes?: readonly Omit<CloudScope, 'version'>[];
  readonly rowTags?: readonly Omit<RowTag, 'version'>[];
  readonly assignments?: readonly Omit<Assignment, 'version'>[];
}

/** One line of what an import does. */
export interface RightsChange {
  readonly kind: 'role' | 'assignment' | ScopeKind;
  readonly name: string;
  /** `remove`: a grant that its origin no longer has. */
  readonly action: 'create' | 'update' | 'same' | 'remove';
}

/** GET /api/access/effective?kind=…&id=…: what one account may do, for what, and why. */
export interface EffectiveRights {
  readonly subject: Subject;
  readonly name: string;
  readonly role: Role | null;
  readonly groups: readonly string[];
  readonly opensPortal: boolean;
  readonly managesRoles: boolean;
  readonly permissions: readonly {
    readonly name: Permission;
    readonly sources: readonly {
      readonly source: DataSource;
      /** Names of the scopes it is limited to; null when it reaches the source whole. */
      readonly scopes: readonly { readonly kind: ScopeKind; readonly id: string; readonly name: string }[] | null;
      readonly grants: readonly {
        readonly role: string;
        /** Null for a global role held directly. */
        readonly assignment: string | null;
        /** `user`, `app`, `key`, or the group. */
        readonly through: string;
      }[];
    }[];
  }[];
}

/** GET /api/access/workloads: whether a data source follows the roles here, or the imported ones. */
export interface Workload {
  readonly source: DataSource;
  readonly active: boolean;
  /** Assignments imported for it, which count while it is not active. */
  readonly imported: number;
}

/** GET and PUT /api/access/settings */
export interface AccessSettings {
  /** Whether the role of a Global Administrator alone opens the data of the SIEM. Without it they take a workspace role like others. */
  readonly administratorsOpenSiem: boolean;
}
