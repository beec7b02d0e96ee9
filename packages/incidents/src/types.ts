import type { Principal } from '@parapet/access';
import type { AlertHistory, AlertSink, Correlation } from '@parapet/detection';
import type { Behavior, DeviceGroup } from '@parapet/schema';
import type { Queryable, StateDb } from '@parapet/state';
import type { Hunting, TelemetryStore } from '@parapet/store';
import type { AlertService } from './alerts/service.ts';
import type { LiveIncidents } from './desk/live.ts';
import type { TaskService } from './desk/tasks.ts';
import type { ViewService } from './desk/views.ts';
import type { HomeService } from './home.ts';
import type { RowLinker } from './incidents/link.ts';
import type { IncidentService } from './incidents/service.ts';
import type { MarkService } from './marks/service.ts';
import type { ProposalService } from './proposals/service.ts';
import type { RecordService } from './query/service.ts';
import type { RiskService } from './risk/service.ts';
import type { SearchService } from './search/service.ts';
import type { GroupedDevice } from './sight/device-groups.ts';
import type { Sight } from './sight/sight.ts';
import type { TelemetryService } from './telemetry/service.ts';

/** The part of a pino logger this room uses. */
export interface IncidentsLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** One line of the audit log; the access room writes it. */
export interface AuditInput {
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly outcome?: 'ok' | 'denied' | 'failed';
  readonly before?: unknown;
  readonly after?: unknown;
  readonly remoteAddress?: string;
}

/** With `tx` the line is kept exactly when the change it tells of is. */
export type Audit = (entry: AuditInput, tx?: Queryable) => Promise<void>;

/** Who is calling, as the access room's hook sets it on the request. */
export type Caller = Principal;

/** Who changes something, for the activity log and the audit log. */
export interface Actor {
  readonly username: string;
  readonly remoteAddress: string;
}

export interface IncidentsOptions {
  /** With `incidentMigrations` and the state room's `outboxMigrations` applied. */
  readonly db: StateDb;
  readonly store: TelemetryStore;
  readonly hunting: Hunting;
  readonly correlation: Correlation;
  readonly log: IncidentsLog;
  readonly audit: Audit;
  /** Default: the current time. */
  readonly clock?: () => Date;
  /** By rank; none when absent. */
  readonly deviceGroups?: () => readonly DeviceGroup[];
  /** Tables each connector fills, for who sees which events as they were sent. */
  readonly connectors?: () => ReadonlyMap<string, readonly string[]>;
}

/** The services of the pages through one caller's eyes. */
export interface CallersView {
  readonly records: RecordService;
  readonly incidents: IncidentService;
  readonly alerts: AlertService;
  readonly proposals: ProposalService;
  /** Rows of a hunt become alerts. */
  readonly links: RowLinker;
  readonly tasks: TaskService;
  readonly telemetry: TelemetryService;
  readonly search: SearchService;
  readonly home: HomeService;
  readonly risk: RiskService;
  readonly marks: MarkService;
  /** Past alerts that the caller sees. */
  readonly history: AlertHistory;
  readonly sight: Sight;
  /** Alerts by rule id. */
  countAlertsByRule(since?: Date): Promise<Map<string, number>>;
}

/** Everything one part of this room needs from the others. */
export interface Context {
  readonly db: StateDb;
  readonly store: TelemetryStore;
  readonly hunting: Hunting;
  readonly correlation: Correlation;
  readonly log: IncidentsLog;
  readonly audit: Audit;
  readonly now: () => Date;
  /** Name of the device group by device key; absent where nothing is grouped. */
  readonly deviceGroupNames?: () => Promise<ReadonlyMap<string, string>>;
  /** Called after a commit that put something into the outbox. */
  readonly committed: () => void;
  /** Refuses a change of what the caller does not see or may not change; absent for the product's own changes. */
  readonly mayChange?: (kind: 'incident' | 'alert', id: string, cascades: boolean) => Promise<void>;
}

export interface Incidents extends AlertSink {
  /** What routes answer from: everything through it is limited to what the caller sees. */
  as(caller: Pick<Caller, 'rights'>): Promise<CallersView>;
  /** Keep in the audit log that someone took data out. */
  noteExport(actor: Actor, what: string, filter: object): Promise<void>;
  /** Ids of the devices of each group, now. */
  deviceGroupMembers(): Promise<ReadonlyMap<string, readonly GroupedDevice[]>>;
  /** Without limits, for the product itself. */
  readonly records: RecordService;
  readonly incidents: IncidentService;
  readonly alerts: AlertService;
  readonly proposals: ProposalService;
  readonly tasks: TaskService;
  readonly telemetry: TelemetryService;
  readonly search: SearchService;
  readonly home: HomeService;
  readonly risk: RiskService;
  /** Keep behaviours for pages and scores; known ones stay as they are. They raise no alert. */
  noteBehaviors(behaviors: readonly Behavior[]): Promise<void>;
  /** Past alerts and what people made of them. */
  readonly history: AlertHistory;
  /** Saved views of the queues. */
  readonly views: ViewService;
  /** Tells open incident pages of changes. */
  readonly live: LiveIncidents;
  /** Alerts ever raised, by rule id. */
  countAlertsByRule(): Promise<Map<string, number>>;
  /** Write what is committed to the hunting tables now. */
  flushMirror(): Promise<void>;
  /** Resolves when every draft accepted before the call is placed, scored and mirrored. */
  idle(): Promise<void>;
  /** Finish the placement and the mirror delivery under way. */
  close(): Promise<void>;
}
