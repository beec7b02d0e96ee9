import type { Entity, EntityType, Evidence } from '../entities.ts';
import type { AlertStatus, Category, Classification, Determination, IncidentStatus, Severity } from './common.ts';

/** Reason codes of spec A 2.6 (`correlationReason`), the ones the engine gives today. */
export type CorrelationReason =
  | 'eventSequence'
  | 'sameAsset'
  | 'repeatedAlertOccurrence'
  | 'similarArtifacts'
  | 'sameActor'
  | 'lateralMovementPath'
  | 'sharedIndicators'
  | 'temporalProximity'
  | 'sameTargetedAsset'
  | 'networkProximity';

/** Why an alert belongs to its incident: which rule of the table in spec A 2.6, which keys, how many points. */
export interface MergeReason {
  readonly codes: readonly CorrelationReason[];
  /** Sentence for people: "Same process tree as 'Encoded PowerShell' on workstation5". */
  readonly text: string;
  /** Alert it was matched with; null for the first alert of an incident. */
  readonly matchedAlertId: string | null;
  readonly keys: readonly string[];
  readonly score: number;
}

export interface AlertSummary {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly status: AlertStatus;
  readonly category: Category;
  readonly techniques: readonly string[];
  readonly incidentId: string;
  readonly incidentName: string;
  readonly ruleId: string;
  readonly serviceSource: string;
  readonly detectionSource: string;
  readonly productName: string;
  readonly impactedAssets: readonly Entity[];
  readonly assignedTo: string | null;
  readonly classification: Classification | null;
  readonly determination: Determination | null;
  readonly firstActivity: string;
  readonly lastActivity: string;
  readonly createdAt: string;
  readonly lastUpdate: string;
  readonly eventCount: number;
  /** Tags that its rule gave it. */
  readonly tags: readonly string[];
}

/** One telemetry row behind an alert. */
export interface AlertEvent {
  readonly table: string;
  readonly time: string;
  readonly reportId: string;
  readonly deviceId: string;
  /** Row as the rule returned it. */
  readonly row: Readonly<Record<string, unknown>>;
  /** KQL that returns exactly this row. */
  readonly huntingQuery: string;
}

export interface AlertDetail extends AlertSummary {
  readonly description: string;
  readonly recommendedActions: string;
  readonly evidence: readonly Evidence[];
  readonly events: readonly AlertEvent[];
  readonly comments: readonly Comment[];
  readonly mergeReason: MergeReason;
  /** KQL of the rule, for "open the rule's query". */
  readonly ruleQuery: string;
  readonly extras: AlertExtras;
  readonly similar: SimilarAlerts;
  /** Send it back as `If-Match` to change only what was read. */
  readonly version: string;
}

/** Other alerts of the same detector. */
export interface SimilarAlerts {
  /** Those that share most evidence with this one first, then the newest; at most 50. */
  readonly items: readonly SimilarAlert[];
  /** All of them, also beyond `items`; counting stops at 1,000. */
  readonly total: number;
  /** How they were judged; `unclassified` for those that were not. */
  readonly verdicts: Readonly<Record<string, number>>;
}

export interface SimilarAlert extends AlertSummary {
  /** Evidence that both name. */
  readonly shared: readonly Entity[];
}

/** What a rule took from its rows for the alert, and what became of it at its creation. */
export interface AlertExtras {
  readonly customDetails?: Readonly<Record<string, readonly string[]>>;
  readonly link?: string;
  readonly confidence?: string;
  readonly provider?: string;
  /** Found in rows that were stored before the rule looked. */
  readonly backfilled?: boolean;
  /** Stands for findings beyond the cap of a run. */
  readonly overflow?: boolean;
  readonly tags?: readonly string[];
  /** What the rule said about opening incidents, where it did not leave that to the severity. */
  readonly opensIncident?: 'severity' | 'always' | 'never';
  /** False: its rule is left out of correlation. */
  readonly correlates?: boolean;
  readonly resolvedBy?: { readonly id: string; readonly name: string; readonly comment: string };
}

export interface Comment {
  readonly id: string;
  readonly text: string;
  readonly author: string;
  readonly createdAt: string;
  /** When its author last changed it; null for as it was written. */
  readonly editedAt: string | null;
}

/** What is left to do in an incident. */
export interface IncidentTask {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly owner: string | null;
  readonly dueAt: string | null;
  readonly state: 'open' | 'done';
  readonly createdBy: string;
  readonly createdAt: string;
  readonly doneBy: string | null;
  readonly doneAt: string | null;
}

/** POST and PATCH of /api/incidents/:id/tasks. Absent = unchanged; null clears. */
export interface TaskChanges {
  readonly title?: string;
  readonly text?: string;
  readonly owner?: string | null;
  readonly dueAt?: string | null;
  readonly state?: 'open' | 'done';
}

/** GET /api/incidents/:id/similar — the likest first, at most 20. */
export interface SimilarIncident {
  readonly incident: IncidentSummary;
  /** 0 to 100. */
  readonly score: number;
  /** Shared entities, the rarest first, at most 10; `entityCount` counts all. */
  readonly entities: readonly Entity[];
  readonly entityCount: number;
  readonly rules: readonly { readonly id: string; readonly title: string }[];
  readonly techniques: readonly string[];
}

/** GET /api/incidents/facets — what the filters of the queues can be set to. */
export interface QueueFacets {
  readonly detectionSources: readonly string[];
  readonly products: readonly string[];
  readonly tags: readonly string[];
}

/** A named set of filters of a queue. */
export interface SavedView {
  readonly id: string;
  /** Page it belongs to: `incidents`, `alerts`. */
  readonly area: string;
  readonly name: string;
  /** Query string of the page's address. */
  readonly search: string;
  readonly owner: string;
  /** Everybody who may see the page sees it. */
  readonly shared: boolean;
  readonly updatedAt: string;
}

/** POST /api/views and PATCH /api/views/:id. */
export interface SavedViewChanges {
  readonly name?: string;
  readonly search?: string;
  readonly shared?: boolean;
}

export interface IncidentSummary {
  /** Decimal string. */
  readonly id: string;
  readonly name: string;
  readonly severity: Severity;
  readonly status: IncidentStatus;
  readonly priorityScore: number;
  readonly categories: readonly Category[];
  readonly impactedAssets: readonly Entity[];
  readonly activeAlerts: number;
  readonly totalAlerts: number;
  /** Alerts of the incident outside the caller's scope; everything else here is made of the others. */
  readonly outsideAlerts: number;
  readonly productNames: readonly string[];
  readonly detectionSources: readonly string[];
  readonly firstActivity: string;
  readonly lastActivity: string;
  readonly createdAt: string;
  readonly lastUpdate: string;
  readonly assignedTo: string | null;
  readonly classification: Classification | null;
  readonly determination: Determination | null;
  readonly tags: readonly string[];
}

export interface IncidentDetail extends IncidentSummary {
  readonly nameIsAutomatic: boolean;
  readonly redirectIncidentId: string | null;
  readonly resolvingComment: string;
  readonly comments: readonly Comment[];
  readonly counts: {
    readonly alerts: number;
    readonly assets: number;
    readonly evidence: number;
    readonly activity: number;
  };
  /** Every term of the priority score; the points sum to `priorityScore` after clamping to 0–100. */
  readonly priorityTerms: readonly { readonly label: string; readonly points: number }[];
  readonly lastModifiedBy: string;
  /** Send it back as `If-Match` to change only what was read. */
  readonly version: string;
  readonly description: string;
  readonly severityIsAutomatic: boolean;
  readonly openTasks: number;
}

/** PATCH /api/incidents/:id, and `changes` of POST /api/incidents/bulk. Absent = unchanged; null clears. */
export interface IncidentChanges {
  /** null: the automatic name again. */
  readonly name?: string | null;
  readonly status?: 'active' | 'inProgress' | 'resolved';
  /** null: the highest severity of the alerts again. */
  readonly severity?: Severity | null;
  /**
   * With a status: reopening also reopens the alerts that were resolved along; in progress also sets the new alerts to in progress.
   * Resolving always resolves them.
   */
  readonly withAlerts?: boolean;
  readonly assignedTo?: string | null;
  readonly classification?: Classification | null;
  readonly determination?: Determination | null;
  readonly tags?: readonly string[];
  readonly resolvingComment?: string;
  readonly description?: string;
  readonly summary?: string;
}

/** POST /api/incidents/:id/proposals: changes, a comment, or both. */
export interface ProposalRequest {
  readonly changes?: IncidentChanges;
  readonly comment?: string;
  /** Why, for whoever decides. */
  readonly reason: string;
}

/** A change that was suggested and waits for somebody who may make it. */
export interface IncidentProposal {
  readonly id: string;
  readonly incidentId: string;
  readonly changes: IncidentChanges;
  readonly comment: string;
  readonly reason: string;
  readonly proposedBy: string;
  readonly createdAt: string;
  readonly state: 'open' | 'accepted' | 'dismissed';
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
}

export interface IncidentBulkRequest {
  /** At most 1,000. */
  readonly ids: readonly string[];
  readonly changes: IncidentChanges;
  /** Written on each; `changes` may be empty then. */
  readonly comment?: string;
}

/** POST /api/alerts/bulk */
export interface AlertBulkRequest {
  /** At most 1,000. */
  readonly ids: readonly string[];
  readonly changes: AlertChanges;
  /** Written on each; `changes` may be empty then. */
  readonly comment?: string;
}

/** PATCH /api/alerts/:id, and `changes` of POST /api/alerts/bulk. */
export interface AlertChanges {
  readonly status?: AlertStatus;
  readonly assignedTo?: string | null;
  readonly classification?: Classification | null;
  readonly determination?: Determination | null;
}

/** GET /api/incidents/:id/alerts — in order of activity. */
export interface IncidentAlert extends AlertSummary {
  readonly mergeReason: MergeReason;
  readonly evidence: readonly Evidence[];
}

/** GET /api/incidents/:id/assets */
export interface IncidentAsset {
  readonly entity: Entity;
  readonly roles: readonly string[];
  readonly alertCount: number;
  readonly highestSeverity: Severity;
  readonly firstActivity: string;
  readonly lastActivity: string;
}

/** GET /api/incidents/:id/evidence */
export interface IncidentEvidence {
  readonly entity: Entity;
  readonly roles: readonly string[];
  readonly alertIds: readonly string[];
  readonly devices: readonly string[];
  readonly firstSeen: string;
}

/** GET /api/incidents/:id/grouping — what was merged into the incident and what is kept apart from it, newest first. */
export interface IncidentGrouping {
  readonly merges: readonly IncidentMerge[];
  readonly separations: readonly IncidentSeparation[];
}

export interface IncidentMerge {
  readonly id: string;
  /** Incident that was merged into this one. */
  readonly incidentId: string;
  readonly incidentName: string;
  readonly at: string;
  /** User name or `correlation`. */
  readonly actor: string;
  readonly reason: MergeReason;
  /** Alerts that moved with it. */
  readonly alerts: number;
  /** POST /api/incidents/:id/merges/:merge/undo takes it back. */
  readonly canUndo: boolean;
  readonly undoneAt: string | null;
  readonly undoneBy: string | null;
}

/** A pair of incidents that correlation never joins, because a person split them or took a merge back. */
export interface IncidentSeparation {
  readonly id: string;
  /** The other incident, as it stands now. */
  readonly incidentId: string;
  readonly incidentName: string;
  readonly at: string;
  readonly actor: string;
  readonly origin: 'split' | 'undo';
  readonly comment: string;
}

/** What merging, moving, splitting and undoing answer: the incident that holds the alerts now. */
export interface IncidentTarget {
  readonly incidentId: string;
}

/** GET /api/incidents/:id/activity — newest first. */
export interface ActivityEntry {
  readonly id: string;
  readonly time: string;
  /** User name, `rule:<id>` or `correlation`. */
  readonly actor: string;
  readonly origin: 'user' | 'system' | 'correlation' | 'rule';
  readonly category:
    | 'created'
    | 'alertAdded'
    | 'merged'
    | 'status'
    | 'assignment'
    | 'classification'
    | 'severity'
    | 'name'
    | 'tags'
    | 'comment'
    | 'task'
    | 'proposal';
  readonly text: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** GET /api/incidents/:id/graph — the attack story (spec A 2.5, ux.md "Attack story"). */
export interface AttackStory {
  readonly nodes: readonly StoryNode[];
  readonly edges: readonly StoryEdge[];
  /** Alerts in order of activity, for the list beside the graph and the replay. */
  readonly steps: readonly StoryStep[];
}

export interface StoryNode {
  readonly id: string;
  readonly type: Entity['type'];
  readonly label: string;
  /** The single entity, or the folded ones ("14 files on 3 devices"). */
  readonly entities: readonly Entity[];
  readonly alertIds: readonly string[];
  readonly severity: Severity;
  /** True on the asset where the earliest activity was seen. */
  readonly patientZero: boolean;
  readonly firstActivity: string;
  readonly lastActivity: string;
}

export interface StoryEdge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  /** Verb: "ran", "logged on to", "connected to", "wrote". */
  readonly label: string;
  readonly alertIds: readonly string[];
  readonly firstActivity: string;
}

export interface StoryStep {
  readonly alertId: string;
  readonly time: string;
  readonly title: string;
  readonly severity: Severity;
  readonly category: Category;
  readonly nodeIds: readonly string[];
  /** One sentence that tells the step without the picture. */
  readonly narrative: string;
}

/** GET /api/alerts/:id/process-tree — from telemetry, keyed on device + process unique id (or pid + creation time). */
export interface ProcessTree {
  readonly deviceId: string;
  readonly deviceName: string;
  readonly roots: readonly ProcessNode[];
  /** What could not be shown and why ("telemetry before 14:30 is missing", "200 more children"). */
  readonly gaps: readonly string[];
  /** Alerts that are not about processes: ordered rows instead of a tree. */
  readonly events: readonly AlertEvent[];
}

export interface ProcessNode {
  readonly key: string;
  readonly fileName: string;
  readonly folderPath: string;
  readonly processId: number | null;
  readonly creationTime: string | null;
  readonly commandLine: string;
  readonly account: string;
  readonly integrityLevel: string;
  readonly sha256: string;
  readonly sha1: string;
  /** True for processes named by the opened alert's evidence. */
  readonly highlighted: boolean;
  readonly alerts: readonly { readonly id: string; readonly title: string; readonly severity: Severity }[];
  /** Telemetry of the process itself: counts with one hunting query each, and the first rows. */
  readonly activity: readonly {
    readonly table: string;
    readonly actionType: string;
    readonly count: number;
    readonly huntingQuery: string;
  }[];
  readonly children: readonly ProcessNode[];
  /** KQL that returns the row that created the process. */
  readonly huntingQuery: string;
}

/** POST /api/incidents/link: rows of a hunt become alerts of an incident. */
export interface LinkRowsRequest {
  /** Absent opens a new incident. */
  readonly incidentId?: string;
  readonly title: string;
  readonly severity: Severity;
  readonly category: Category;
  readonly description?: string;
  readonly recommendedActions?: string;
  /** The query that returned the rows. */
  readonly query: string;
  /** Table the rows are mostly from; decides which data source the alerts belong to. */
  readonly table: string;
  /** At most `LINK_MAX_ROWS`. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly entities: readonly LinkEntity[];
}

/** Which columns of the rows name one entity, and whether it is hit or only part of what happened. */
export interface LinkEntity {
  readonly type: EntityType;
  readonly part: 'impacted' | 'related';
  /** Entity field → column. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface LinkRowsResult {
  readonly incidentId: string;
  /** One for each different combination of impacted entities. */
  readonly alertIds: readonly string[];
}

export const LINK_MAX_ROWS = 1_000;
export const LINK_MAX_ALERTS = 100;
