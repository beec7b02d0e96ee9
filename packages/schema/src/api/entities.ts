import type { Entity, EntityType } from '../entities.ts';
import type { Severity } from './common.ts';
import type { AlertSummary, IncidentSummary } from './incidents.ts';
import type { Criticality, RiskLevel } from './risk.ts';

/** GET /api/devices — server-side paged. */
export interface DeviceSummary {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
  readonly osPlatform: string;
  readonly ips: readonly string[];
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly riskLevel: Severity | 'none';
  readonly openAlerts: number;
  readonly loggedOnUsers: readonly string[];
  /** Inactive after seven days of silence. */
  readonly health: DeviceHealth;
  /** As people set it. */
  readonly criticality: Criticality;
  /** What people gave it, then what its inventory says. */
  readonly tags: readonly string[];
  /** Left out of vulnerability figures. */
  readonly excluded: boolean;
  /** Name of its device group; empty for none. */
  readonly group: string;
  readonly osVersion: string;
  readonly deviceType: string;
  /** Azure, AWS, GCP or empty. */
  readonly cloudPlatform: string;
  readonly onboarding: string;
  readonly internetFacing: boolean;
}

export type DeviceHealth = 'active' | 'inactive';

/** GET /api/devices/summary, GET /api/identities/summary: figures over the whole inventory, each with the list it counts. */
export interface InventorySummary {
  readonly figures: readonly {
    readonly id: string;
    readonly label: string;
    readonly count: number;
    readonly href: string;
  }[];
  /** Values that occur, for filters. */
  readonly values: Readonly<Record<string, readonly string[]>>;
}

export const IDENTITY_KINDS = ['person', 'service', 'machine', 'system'] as const;
export type IdentityKind = (typeof IDENTITY_KINDS)[number];

/** GET /api/identities — every account that telemetry or the directory names, server-side paged. */
export interface IdentitySummary {
  /** Key of the user entity. */
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  readonly domain: string;
  readonly upn: string;
  readonly sid: string;
  readonly kind: IdentityKind;
  /** Where it is known from: on-premises, cloud or both. */
  readonly source: 'onPremises' | 'cloud' | 'hybrid';
  readonly department: string;
  /** null when no directory says. */
  readonly enabled: boolean | null;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly riskLevel: RiskLevel;
  readonly openAlerts: number;
  /** As people set it. */
  readonly criticality: Criticality;
  readonly tags: readonly string[];
}

/** GET /api/devices/:id */
export interface DeviceDetail extends DeviceSummary {
  readonly facts: readonly Fact[];
  readonly incidents: readonly IncidentSummary[];
  readonly alerts: readonly AlertSummary[];
  /** Records of clouds that are this device: all their alerts are listed here too. */
  readonly cloudResources: readonly string[];
  /** Rows per hunting table in the last 30 days of the device's data, each with the query that returns them. */
  readonly activity: readonly { readonly table: string; readonly rows: number; readonly huntingQuery: string }[];
}

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** Where the value comes from: table or computation. */
  readonly source: string;
}

/** GET /api/devices/:id/timeline, GET /api/entities/:type/:key/timeline — newest first. */
export interface TimelinePage {
  readonly items: readonly TimelineEvent[];
  /** Pass as `cursor` for the next page; null at the end. */
  readonly nextCursor: string | null;
  /** Rows per bucket over the whole filter, for the brush; empty on later pages. */
  readonly histogram: readonly { readonly start: string; readonly count: number }[];
  readonly bucketSeconds: number;
  /** Of the whole filter; 0 on later pages. */
  readonly total: number;
  /** The range that was looked at: what was asked for, or the last 30 days of what is there. */
  readonly from: string;
  readonly to: string;
  /** Rows in range by kind, whichever kinds were asked for: what a filter would show. Empty on later pages. */
  readonly groups: readonly { readonly group: TimelineGroup; readonly count: number }[];
  /** Kinds that are left out until they are asked for: records as they were logged, where other rows tell the same. */
  readonly leftOut: readonly TimelineGroup[];
}

export const TIMELINE_GROUPS = [
  'process',
  'network',
  'file',
  'registry',
  'logon',
  'imageLoad',
  'other',
  'signIn',
  'directory',
  'cloud',
  'email',
  'inventory',
  'log',
  'alert',
] as const;
export type TimelineGroup = (typeof TIMELINE_GROUPS)[number];

export interface TimelineEvent {
  readonly id: string;
  readonly time: string;
  readonly group: TimelineGroup;
  readonly table: string;
  readonly actionType: string;
  /** One line: "powershell.exe started whoami.exe". */
  readonly title: string;
  readonly entities: readonly Entity[];
  readonly severity?: Severity;
  readonly alertId?: string;
  /** ATT&CK techniques: of the alert, or of alerts that were raised from this row. */
  readonly techniques?: readonly string[];
  /** Alerts that were raised from this row. */
  readonly raised?: readonly { readonly id: string; readonly title: string; readonly severity: Severity }[];
  readonly flag?: TimelineFlag;
  /** Names the row to those who flag it. */
  readonly position: string;
  /** KQL that returns the row. */
  readonly huntingQuery: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/** A mark that someone set on a row of a timeline; everyone who sees the row sees it. */
export interface TimelineFlag {
  readonly by: string;
  readonly at: string;
  readonly note: string;
}

/** Why a device is left out of vulnerability figures. */
export const EXCLUSION_REASONS = ['inactive', 'duplicate', 'doesNotExist', 'outOfScope', 'other'] as const;
export type ExclusionReason = (typeof EXCLUSION_REASONS)[number];

/** What people say about an entity. */
export interface EntityMarks {
  readonly tags: readonly string[];
  /** null while it counts. */
  readonly excluded: {
    readonly reason: ExclusionReason;
    readonly note: string;
    readonly by: string;
    readonly at: string;
  } | null;
  /** Last change of any of them. */
  readonly changedBy: string | null;
  readonly changedAt: string | null;
}

export interface EntityNote {
  readonly id: string;
  /** Plain text. */
  readonly text: string;
  readonly author: string;
  readonly createdAt: string;
  readonly editedAt: string | null;
}

/** GET /api/entities/:type/:key/marks */
export interface EntityMarksDetail {
  readonly marks: EntityMarks;
  /** Newest first. */
  readonly notes: readonly EntityNote[];
}

/** Something that occurs together with an entity. */
export interface RelatedEntity {
  readonly entity: Entity;
  /** In how many open or closed alerts both are named. */
  readonly alerts: number;
  /** In how many rows both occur; 0 where only alerts tell. */
  readonly rows: number;
}

/** GET /api/entities/:type/:key/related */
export interface EntityRelations {
  /** How common it is over everything stored; null for a device. */
  readonly prevalence: {
    readonly devices: number;
    /** Devices that ever sent anything. */
    readonly ofDevices: number;
    readonly users: number;
  } | null;
  /** Most shared alerts first, then most shared rows. */
  readonly related: readonly RelatedEntity[];
}

/** GET /api/entities/:type/:key — users, files, addresses, cloud resources… */
export interface EntityDetail {
  readonly entity: Entity;
  readonly facts: readonly Fact[];
  readonly firstSeen: string | null;
  readonly lastSeen: string | null;
  /** "Observed in organisation": where it occurs. */
  readonly observed: readonly {
    readonly table: string;
    readonly rows: number;
    readonly devices: readonly { readonly id: string; readonly name: string; readonly rows: number }[];
    readonly huntingQuery: string;
  }[];
  readonly incidents: readonly IncidentSummary[];
  readonly alerts: readonly AlertSummary[];
  /** Alerts that name it, of which the newest are listed. */
  readonly alertCount: number;
  /** The device that a cloud resource is, where an inventory says so. */
  readonly device?: { readonly id: string; readonly name: string };
}

/** GET /api/search?q=&limit= — suggestions of the top bar, and the page of results. */
export interface SearchResult {
  readonly groups: readonly {
    readonly group: 'incidents' | 'alerts' | 'devices' | 'users' | 'files' | 'ips' | 'urls' | 'mailboxes' | 'tables';
    /** All that match, of which the first are given. */
    readonly total: number;
    readonly items: readonly SearchHit[];
  }[];
  /** Groups that took too long and are missing. */
  readonly incomplete?: readonly string[];
}

export interface SearchHit {
  readonly label: string;
  readonly detail: string;
  /** Portal path. */
  readonly href: string;
  readonly type?: EntityType;
}
