import type { Entity, EntityType } from '../entities.ts';
import type { Severity } from './common.ts';
import type { AlertSummary, IncidentSummary } from './incidents.ts';

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
}

/** GET /api/devices/:id */
export interface DeviceDetail extends DeviceSummary {
  readonly facts: readonly Fact[];
  readonly incidents: readonly IncidentSummary[];
  readonly alerts: readonly AlertSummary[];
  /** Rows per hunting table in the last 30 days of the device's data, each with the query that returns them. */
  readonly activity: readonly { readonly table: string; readonly rows: number; readonly huntingQuery: string }[];
}

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** Where the value comes from: table or computation. */
  readonly source: string;
}

/** GET /api/devices/:id/timeline?from&to&types&search&cursor&limit — newest first. */
export interface TimelinePage {
  readonly items: readonly TimelineEvent[];
  /** Pass as `cursor` for the next page; null at the end. */
  readonly nextCursor: string | null;
  /** Rows per bucket over the whole filter, for the brush. */
  readonly histogram: readonly { readonly start: string; readonly count: number }[];
  readonly bucketSeconds: number;
  readonly total: number;
}

export type TimelineGroup = 'process' | 'network' | 'file' | 'registry' | 'logon' | 'imageLoad' | 'other' | 'alert';

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
  /** KQL that returns the row. */
  readonly huntingQuery: string;
  readonly row: Readonly<Record<string, unknown>>;
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
