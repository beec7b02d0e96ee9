/**
 * Written by `npm run docs` from the description of the API; do not edit.
 * `Operations['GET /api/incidents/:id']` has the parameters, the query, the body and the answer of a call.
 */

import type {
  AccessSettings,
  ActivityEntry,
  AlertDetail,
  AlertSummary,
  AppCredential,
  AppRegistration,
  Assignment,
  AttackStory,
  AuditEntry,
  Behavior,
  BulkResult,
  CloudScope,
  Comment,
  ConnectorDetail,
  ConnectorInfo,
  ConnectorTrialAnswer,
  ConsentRequest,
  Coverage,
  CreatedIngestKey,
  CustomColumn,
  CustomTable,
  DeadLetter,
  Deletion,
  DeletionPreview,
  DetectionCheck,
  DetectionInfo,
  DetectionStatistics,
  DetectionSummary,
  DetectionText,
  DetectionVersion,
  DeviceDetail,
  DeviceGroup,
  DeviceSummary,
  EffectiveRights,
  EntityCriticality,
  EntityDetail,
  EntityMarks,
  EntityMarksDetail,
  EntityNote,
  EntityRelations,
  EntityRisk,
  EntityRiskSummary,
  Environment,
  HomeData,
  HuntCheck,
  HuntExplanation,
  HuntingLanguage,
  HuntingSchemaInfo,
  HuntResult,
  IdentitySummary,
  IncidentAlert,
  IncidentAsset,
  IncidentDetail,
  IncidentEvidence,
  IncidentGrouping,
  IncidentProposal,
  IncidentSummary,
  IncidentTarget,
  IncidentTask,
  IngestKey,
  IngestSource,
  IntelAllowed,
  IntelFeed,
  IntelIndicator,
  IntelSummary,
  InvalidValues,
  InventorySummary,
  Job,
  LegalHold,
  LibraryQuery,
  LinkRowsResult,
  OsqueryAnswer,
  OsqueryNode,
  OsqueryQuery,
  ProcessTree,
  Provider,
  ProviderCheck,
  QueryRun,
  QueryUsagePage,
  QueueFacets,
  RightsChange,
  RightsDocument,
  RoleDetails,
  RowTag,
  RuleProblemInfo,
  SavedQuery,
  SavedView,
  ScopeFilterState,
  SearchResult,
  SecurityProfile,
  SessionInfo,
  SigmaCheck,
  SigmaResultDetail,
  SignInOptions,
  SignInPolicy,
  SimilarIncident,
  SourceActivityBins,
  SourceKindInfo,
  SourceLimits,
  SourceState,
  StoreHealth,
  StoreStatus,
  StoreTable,
  Stream,
  Suggestion,
  TableRules,
  TimelineFlag,
  TimelinePage,
  TotpOffer,
  UploadJob,
  User,
  UserSession,
  WatchlistEvent,
  WatchlistInfo,
  WatchlistItem,
  WatchlistLimits,
  WatchlistUploadResult,
  Workload,
} from '@parapet/schema/wire';

export interface Schemas {
  ApiDocument: {
    readonly openapi: '3.1.0';
    readonly info: { readonly title: string; readonly version: string; readonly description: string };
    readonly tags: readonly { readonly name: string }[];
    readonly paths: Readonly<Record<string, Readonly<Record<string, Schemas['Operation']>>>>;
    readonly components: {
      readonly schemas: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
      readonly securitySchemes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    };
  };
  AuditVerification:
    | {
        readonly ok: true;
        readonly entries: number;
        readonly head: string;
        readonly removed: number;
        readonly sealed: boolean;
      }
    | { readonly ok: false; readonly entries: number; readonly brokenAt: number; readonly reason: string };
  Condition: {
    readonly column: string;
    readonly operator: 'contains' | 'endsWith' | 'equals' | 'inRange' | 'matches' | 'notEquals' | 'startsWith';
    readonly values: readonly string[];
  };
  ConnectorProblem: { readonly file: string; readonly line: number; readonly message: string };
  CostHour: {
    readonly hour: string;
    readonly runs: number;
    readonly rows: number;
    readonly alerts: number;
    readonly hidden: number;
    readonly rowsRead: number;
    readonly engineMs: number;
    readonly failures: number;
  };
  EvidenceTest: {
    readonly evidence:
      | 'any'
      | 'cloudAccount'
      | 'cloudApp'
      | 'cloudIdentity'
      | 'cloudResource'
      | 'device'
      | 'file'
      | 'ip'
      | 'mailMessage'
      | 'mailbox'
      | 'oauthApp'
      | 'process'
      | 'registry'
      | 'scheduledTask'
      | 'service'
      | 'url'
      | 'user';
    readonly fields: readonly Schemas['FieldTest'][];
  };
  Exclusion: {
    readonly id: string;
    readonly name: string;
    readonly conditions: readonly Schemas['Condition'][];
    readonly reason: string;
    readonly owner: string;
    readonly createdAt: null | string;
    readonly expiresAt: null | string;
  };
  FieldTest: {
    readonly field: string;
    readonly operator: 'contains' | 'endsWith' | 'equals' | 'inRange' | 'matches' | 'startsWith';
    readonly values: readonly string[];
  };
  HiddenAlert: {
    readonly dedupeKey: string;
    readonly tuningId: string;
    readonly ruleId: string;
    readonly title: string;
    readonly severity: string;
    readonly action: string;
    readonly at: string;
  };
  Operation: {
    readonly operationId: string;
    readonly summary: string;
    readonly tags: readonly string[];
    readonly parameters?: readonly Schemas['Parameter'][];
    readonly requestBody?: {
      readonly required: boolean;
      readonly content: Readonly<Record<string, { readonly schema: Readonly<Record<string, unknown>> }>>;
    };
    readonly responses: Readonly<
      Record<
        string,
        {
          readonly description: string;
          readonly content?: Readonly<Record<string, { readonly schema: Readonly<Record<string, unknown>> }>>;
        }
      >
    >;
    readonly security: readonly Readonly<Record<string, readonly string[]>>[];
    readonly 'x-permission'?: string;
  };
  PageOfActivityEntry: {
    readonly items: readonly ActivityEntry[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfAlertSummary: {
    readonly items: readonly AlertSummary[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfAssignment: {
    readonly items: readonly Assignment[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfAuditEntry: {
    readonly items: readonly AuditEntry[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfBehavior: {
    readonly items: readonly Behavior[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfCloudScope: {
    readonly items: readonly CloudScope[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfDetectionInfo: {
    readonly items: readonly DetectionInfo[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfDeviceGroup: {
    readonly items: readonly DeviceGroup[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfDeviceSummary: {
    readonly items: readonly DeviceSummary[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfEntityRiskSummary: {
    readonly items: readonly EntityRiskSummary[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfIdentitySummary: {
    readonly items: readonly IdentitySummary[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfIncidentAlert: {
    readonly items: readonly IncidentAlert[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfIncidentAsset: {
    readonly items: readonly IncidentAsset[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfIncidentEvidence: {
    readonly items: readonly IncidentEvidence[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfIncidentSummary: {
    readonly items: readonly IncidentSummary[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfIngestKey: {
    readonly items: readonly IngestKey[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfIngestSource: {
    readonly items: readonly IngestSource[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfIntelIndicator: {
    readonly items: readonly IntelIndicator[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfRoleDetails: {
    readonly items: readonly RoleDetails[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfRowTag: {
    readonly items: readonly RowTag[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfSuggestion: {
    readonly items: readonly Suggestion[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfUploadJob: {
    readonly items: readonly UploadJob[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfUser: {
    readonly items: readonly User[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfUserDetails: {
    readonly items: readonly Schemas['UserDetails'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfWatchlistItem: {
    readonly items: readonly WatchlistItem[];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  Parameter: {
    readonly name: string;
    readonly in: 'path' | 'query';
    readonly required: boolean;
    readonly schema: Readonly<Record<string, unknown>>;
    readonly description?: string;
  };
  Preference: { readonly key: string; readonly value: unknown; readonly updatedAt: null | string };
  Preview: {
    readonly rows: number;
    readonly truncated: boolean;
    readonly alertCount: number;
    readonly alerts: readonly Schemas['PreviewAlert'][];
    readonly columns: readonly string[];
    readonly sample: readonly Readonly<Record<string, unknown>>[];
    readonly cost: { readonly rowsRead: number; readonly bytesRead: number; readonly engineMs: number };
  };
  PreviewAlert: {
    readonly title: string;
    readonly severity: string;
    readonly firstActivity: string;
    readonly lastActivity: string;
    readonly events: number;
    readonly entities: readonly { readonly type: string; readonly label: string; readonly roles: readonly string[] }[];
    readonly details: Readonly<Record<string, readonly string[]>>;
  };
  RunKind: 'arrival' | 'catchUp' | 'gap' | 'history' | 'late' | 'manual' | 'planned' | 'suppressed';
  RunOutcome: 'completed' | 'failed' | 'partiallyFailed' | 'skipped';
  RunRecord: {
    readonly ruleId: string;
    readonly kind: Schemas['RunKind'];
    readonly state: Schemas['RunOutcome'];
    readonly startedAt: string;
    readonly windowFrom: null | string;
    readonly windowTo: null | string;
    readonly durationMs: number;
    readonly rows: number;
    readonly alerts: number;
    readonly hidden: number;
    readonly rowsRead: number;
    readonly engineMs: number;
    readonly errorCode: null | string;
    readonly note: string;
  };
  RunState: { readonly state: 'running' } | { readonly state: 'queued'; readonly place: number };
  SampleDescription: {
    readonly domain: string;
    readonly people: number;
    readonly devices: number;
    readonly servers: number;
    readonly sites: number;
    readonly cloudAccounts: number;
    readonly days: number;
    readonly from: string;
    readonly to: string;
    readonly campaigns: readonly {
      readonly id: string;
      readonly kind: string;
      readonly scenario: string;
      readonly devices: number;
      readonly identities: number;
      readonly from: string;
      readonly to: string;
    }[];
  };
  Technique: { readonly id: string; readonly name: string; readonly tactics: readonly string[] };
  TuningCondition:
    | Schemas['EvidenceTest']
    | { readonly all: readonly Schemas['TuningCondition'][] }
    | { readonly any: readonly Schemas['TuningCondition'][] };
  TuningDefinition: {
    readonly comment: string;
    readonly action: 'change' | 'hide' | 'resolve';
    readonly sources: readonly string[];
    readonly ruleIds: readonly string[];
    readonly devices: readonly string[];
    readonly condition: Schemas['TuningCondition'];
    readonly severity: ('high' | 'informational' | 'low' | 'medium') | null;
    readonly tags: readonly string[];
  };
  TuningPreview: {
    readonly days: number;
    readonly looked: number;
    readonly matched: number;
    readonly share: number;
    readonly broad: boolean;
    readonly alerts: readonly {
      readonly id: string;
      readonly createdAt: string;
      readonly title: string;
      readonly severity: string;
      readonly ruleId: string;
      readonly classification: null | string;
    }[];
    readonly truePositives: number;
  };
  TuningRule: {
    readonly id: string;
    readonly name: string;
    readonly enabled: boolean;
    readonly definition: Schemas['TuningDefinition'];
    readonly createdAt: string;
    readonly createdBy: string;
    readonly updatedAt: string;
    readonly updatedBy: string;
    readonly expiresAt: null | string;
    readonly matched: number;
    readonly lastMatched: null | string;
  };
  TuningSuggestion: {
    readonly ruleId: string;
    readonly title: string;
    readonly reason: string;
    readonly benign: number;
    readonly matched: number;
    readonly condition: Schemas['TuningCondition'];
  };
  UserDetails: {
    readonly disabled: boolean;
    readonly createdAt: string;
    readonly createdBy: string;
    readonly lastSignInAt: null | string;
    readonly version: number;
    readonly breakGlass: boolean;
    readonly factorRule: 'optional' | 'policy' | 'required';
    readonly mustChangePassword: boolean;
    readonly providerId: null | string;
    readonly id: string;
    readonly username: string;
    readonly displayName: string;
    readonly role:
      | (
          | 'billingAdministrator'
          | 'complianceAdministrator'
          | 'complianceDataAdministrator'
          | 'exchangeAdministrator'
          | 'globalAdministrator'
          | 'globalReader'
          | 'helpdeskAdministrator'
          | 'securityAdministrator'
          | 'securityOperator'
          | 'securityReader'
          | 'serviceSupportAdministrator'
          | 'sharePointAdministrator'
          | 'userAdministrator'
        )
      | null;
  };
}

export interface Operations {
  'GET /api/access/assignments': {
    params: Record<never, never>;
    query: { page?: number; pageSize?: number; search?: string; roleId?: string; subject?: string };
    body: undefined;
    answer: Schemas['PageOfAssignment'];
  };
  'POST /api/access/assignments': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly roleId: string;
      readonly name: string;
      readonly subjects: readonly { readonly kind: string; readonly id: string }[];
      readonly sources: 'all' | readonly string[];
      readonly scopes?: readonly { readonly kind: string; readonly id: string }[];
      readonly version?: number;
    };
    answer: Assignment;
  };
  'DELETE /api/access/assignments/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'PUT /api/access/assignments/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly roleId: string;
      readonly name: string;
      readonly subjects: readonly { readonly kind: string; readonly id: string }[];
      readonly sources: 'all' | readonly string[];
      readonly scopes?: readonly { readonly kind: string; readonly id: string }[];
      readonly version?: number;
    };
    answer: Assignment;
  };
  'GET /api/access/cloud-scopes': {
    params: Record<never, never>;
    query: { page?: number; pageSize?: number; search?: string };
    body: undefined;
    answer: Schemas['PageOfCloudScope'];
  };
  'POST /api/access/cloud-scopes': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly name: string;
      readonly description?: string;
      readonly version?: number;
      readonly environments: readonly { readonly kind: string; readonly id: string }[];
    };
    answer: CloudScope;
  };
  'DELETE /api/access/cloud-scopes/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'PUT /api/access/cloud-scopes/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly name: string;
      readonly description?: string;
      readonly version?: number;
      readonly environments: readonly { readonly kind: string; readonly id: string }[];
    };
    answer: CloudScope;
  };
  'GET /api/access/device-groups': {
    params: Record<never, never>;
    query: { page?: number; pageSize?: number; search?: string };
    body: undefined;
    answer: Schemas['PageOfDeviceGroup'];
  };
  'POST /api/access/device-groups': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly name: string;
      readonly description?: string;
      readonly version?: number;
      readonly rank?: number;
      readonly rules: readonly {
        readonly property: string;
        readonly operator: string;
        readonly values: readonly string[];
      }[];
      readonly automation: string;
    };
    answer: DeviceGroup;
  };
  'DELETE /api/access/device-groups/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'PUT /api/access/device-groups/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly name: string;
      readonly description?: string;
      readonly version?: number;
      readonly rank?: number;
      readonly rules: readonly {
        readonly property: string;
        readonly operator: string;
        readonly values: readonly string[];
      }[];
      readonly automation: string;
    };
    answer: DeviceGroup;
  };
  'GET /api/access/effective': {
    params: Record<never, never>;
    query: { kind: 'user' | 'group' | 'app' | 'key'; id: string };
    body: undefined;
    answer: EffectiveRights;
  };
  'GET /api/access/environments': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly Environment[] };
  };
  'GET /api/access/export': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: RightsDocument;
  };
  'POST /api/access/import': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly document: Readonly<Record<string, unknown>>; readonly dryRun?: boolean; readonly mirror?: string };
    answer: { readonly changes: readonly RightsChange[]; readonly dryRun: boolean };
  };
  'GET /api/access/roles': {
    params: Record<never, never>;
    query: { page?: number; pageSize?: number; search?: string; roleId?: string; subject?: string };
    body: undefined;
    answer: Schemas['PageOfRoleDetails'];
  };
  'POST /api/access/roles': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly name: string;
      readonly description?: string;
      readonly groups: Readonly<Record<string, unknown>>;
      readonly version?: number;
    };
    answer: RoleDetails;
  };
  'DELETE /api/access/roles/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'PUT /api/access/roles/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly name: string;
      readonly description?: string;
      readonly groups: Readonly<Record<string, unknown>>;
      readonly version?: number;
    };
    answer: RoleDetails;
  };
  'GET /api/access/row-tags': {
    params: Record<never, never>;
    query: { page?: number; pageSize?: number; search?: string };
    body: undefined;
    answer: Schemas['PageOfRowTag'];
  };
  'POST /api/access/row-tags': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly name: string;
      readonly description?: string;
      readonly version?: number;
      readonly rules: readonly {
        readonly table: string;
        readonly column: string;
        readonly values: readonly unknown[];
      }[];
    };
    answer: RowTag;
  };
  'DELETE /api/access/row-tags/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'PUT /api/access/row-tags/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly name: string;
      readonly description?: string;
      readonly version?: number;
      readonly rules: readonly {
        readonly table: string;
        readonly column: string;
        readonly values: readonly unknown[];
      }[];
    };
    answer: RowTag;
  };
  'GET /api/access/settings': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: AccessSettings;
  };
  'PUT /api/access/settings': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly administratorsOpenSiem: boolean };
    answer: AccessSettings;
  };
  'GET /api/access/workloads': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly Workload[] };
  };
  'PUT /api/access/workloads/:source': {
    params: { source: string };
    query: Record<never, never>;
    body: { readonly active: boolean };
    answer: {
      readonly source: 'cloud' | 'cloudApps' | 'dataLake' | 'email' | 'endpoint' | 'exposure' | 'identity' | 'siem';
      readonly active: boolean;
    };
  };
  'GET /api/alerts': {
    params: Record<never, never>;
    query: {
      status?: string | readonly string[];
      severity?: string | readonly string[];
      assignee?: string | readonly string[];
      assignedTo?: string | readonly string[];
      category?: string | readonly string[];
      technique?: string | readonly string[];
      classification?: string | readonly string[];
      determination?: string | readonly string[];
      tag?: string | readonly string[];
      asset?: string | readonly string[];
      detectionSource?: string | readonly string[];
      source?: string | readonly string[];
      serviceSource?: string | readonly string[];
      product?: string | readonly string[];
      ruleId?: string | readonly string[];
      incidentId?: string | readonly string[];
      entity?: string | readonly string[];
      search?: string;
      from?: string;
      to?: string;
      sort?: string;
      order?: string;
      page?: number;
      pageSize?: number;
    };
    body: undefined;
    answer: Schemas['PageOfAlertSummary'];
  };
  'GET /api/alerts/:id': { params: { id: string }; query: Record<never, never>; body: undefined; answer: AlertDetail };
  'PATCH /api/alerts/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly status?: string;
      readonly assignedTo?: string | null;
      readonly classification?: string | null;
      readonly determination?: string | null;
    };
    answer: AlertDetail;
  };
  'POST /api/alerts/:id/comments': {
    params: { id: string };
    query: Record<never, never>;
    body: { readonly text: string };
    answer: Comment;
  };
  'DELETE /api/alerts/:id/comments/:comment': {
    params: { id: string; comment: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'PATCH /api/alerts/:id/comments/:comment': {
    params: { id: string; comment: string };
    query: Record<never, never>;
    body: { readonly text: string };
    answer: Comment;
  };
  'GET /api/alerts/:id/process-tree': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: ProcessTree;
  };
  'POST /api/alerts/bulk': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly ids: readonly string[];
      readonly changes: {
        readonly status?: string;
        readonly assignedTo?: string | null;
        readonly classification?: string | null;
        readonly determination?: string | null;
      };
      readonly comment?: string;
    };
    answer: BulkResult;
  };
  'POST /api/alerts/move': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly alertIds: readonly string[]; readonly incidentId?: string; readonly comment?: string };
    answer: IncidentTarget;
  };
  'GET /api/apps': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly AppRegistration[]; readonly tenantId: string };
  };
  'POST /api/apps': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly name: string;
      readonly description?: string;
      readonly publicClient?: boolean;
      readonly enabled?: boolean;
      readonly dataAccess?: 'all' | 'assigned';
      readonly redirectUris?: readonly string[];
      readonly applicationPermissions?: readonly string[];
      readonly delegatedPermissions?: readonly string[];
    };
    answer: AppRegistration;
  };
  'DELETE /api/apps/:id': { params: { id: string }; query: Record<never, never>; body: undefined; answer: undefined };
  'GET /api/apps/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: AppRegistration;
  };
  'PATCH /api/apps/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly name?: string;
      readonly description?: string;
      readonly publicClient?: boolean;
      readonly enabled?: boolean;
      readonly dataAccess?: 'all' | 'assigned';
      readonly redirectUris?: readonly string[];
      readonly applicationPermissions?: readonly string[];
      readonly delegatedPermissions?: readonly string[];
    };
    answer: AppRegistration;
  };
  'POST /api/apps/:id/certificates': {
    params: { id: string };
    query: Record<never, never>;
    body: { readonly name: string; readonly certificate: string };
    answer: AppCredential;
  };
  'DELETE /api/apps/:id/credentials/:credential': {
    params: { id: string; credential: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/apps/:id/secrets': {
    params: { id: string };
    query: Record<never, never>;
    body: { readonly name: string; readonly days?: number };
    answer: { readonly credential: AppCredential; readonly secret: string };
  };
  'GET /api/apps/permissions': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly items: readonly { readonly name: string; readonly about: string; readonly grantable: boolean }[];
    };
  };
  'POST /api/apps/signing-keys': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly kid: string };
  };
  'GET /api/audit': {
    params: Record<never, never>;
    query: {
      page?: number;
      pageSize?: number;
      actor?: string;
      action?: string;
      target?: string;
      outcome?: string;
      from?: string;
      to?: string;
      search?: string;
      order?: 'asc' | 'desc';
    };
    body: undefined;
    answer: Schemas['PageOfAuditEntry'];
  };
  'GET /api/audit/settings': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly keepDays: number };
  };
  'PUT /api/audit/settings': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly keepDays: 0 | unknown };
    answer: { readonly keepDays: number };
  };
  'GET /api/audit/verification': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['AuditVerification'];
  };
  'GET /api/coverage': { params: Record<never, never>; query: { days?: number }; body: undefined; answer: Coverage };
  'GET /api/coverage/navigator': {
    params: Record<never, never>;
    query: { days?: number };
    body: undefined;
    answer: Readonly<Record<string, unknown>>;
  };
  'GET /api/coverage/suggestions': {
    params: Record<never, never>;
    query: { days?: number };
    body: undefined;
    answer: Schemas['PageOfSuggestion'];
  };
  'PUT /api/coverage/suggestions/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: { readonly state: 'active' | 'inProgress' | 'dismissed'; readonly note?: string };
    answer: undefined;
  };
  'PUT /api/criticality/:type/:key': {
    params: { type: string; key: string };
    query: Record<never, never>;
    body: { readonly level: string | null; readonly reason: string; readonly expiresAt?: string | null };
    answer: EntityCriticality;
  };
  'GET /api/detections': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['PageOfDetectionInfo'];
  };
  'POST /api/detections': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly rule: DetectionInfo; readonly job: null | Job };
  };
  'DELETE /api/detections/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'GET /api/detections/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: DetectionInfo;
  };
  'PATCH /api/detections/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: DetectionInfo;
  };
  'PUT /api/detections/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: DetectionInfo;
  };
  'GET /api/detections/:id/cost': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly Schemas['CostHour'][] };
  };
  'POST /api/detections/:id/duplicate': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: DetectionInfo;
  };
  'GET /api/detections/:id/exclusions': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly Schemas['Exclusion'][] };
  };
  'POST /api/detections/:id/exclusions': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['Exclusion'];
  };
  'DELETE /api/detections/:id/exclusions/:exclusionId': {
    params: { id: string; exclusionId: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'PUT /api/detections/:id/exclusions/:exclusionId': {
    params: { id: string; exclusionId: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['Exclusion'];
  };
  'GET /api/detections/:id/export': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: string;
  };
  'POST /api/detections/:id/revert': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: DetectionInfo;
  };
  'POST /api/detections/:id/run': { params: { id: string }; query: Record<never, never>; body: undefined; answer: Job };
  'POST /api/detections/:id/run-now': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: { readonly rows: number; readonly alerts: number };
  };
  'GET /api/detections/:id/runs': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly page: number;
      readonly pageSize: number;
      readonly items: readonly Schemas['RunRecord'][];
      readonly total: number;
    };
  };
  'GET /api/detections/:id/text': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: DetectionText;
  };
  'POST /api/detections/:id/update-from-template': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: DetectionInfo;
  };
  'GET /api/detections/:id/versions': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly DetectionVersion[] };
  };
  'POST /api/detections/check': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: DetectionCheck;
  };
  'GET /api/detections/export': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: string;
  };
  'POST /api/detections/import': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly results: readonly {
        readonly name: string;
        readonly outcome: 'created' | 'refused' | 'unchanged' | 'updated';
        readonly id?: string;
        readonly problems: readonly RuleProblemInfo[];
      }[];
    };
  };
  'POST /api/detections/notices/:id/dismiss': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/detections/preview': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['Preview'];
  };
  'POST /api/detections/run': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Job;
  };
  'POST /api/detections/sigma/check': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Job;
  };
  'GET /api/detections/sigma/checks/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: SigmaCheck;
  };
  'POST /api/detections/sigma/checks/:id/import': {
    params: { id: string };
    query: Record<never, never>;
    body: { readonly state: 'on' | 'shadow' | 'off'; readonly warnings?: boolean; readonly ids?: readonly string[] };
    answer: Job;
  };
  'GET /api/detections/sigma/checks/:id/results': {
    params: { id: string };
    query: { status?: string; search?: string; page?: number; pageSize?: number };
    body: undefined;
    answer: {
      readonly items: readonly {
        readonly file: string;
        readonly id: string;
        readonly title: string;
        readonly kind: 'correlation' | 'filter' | 'rule' | 'unknown';
        readonly status: 'refused' | 'translated' | 'warning';
        readonly reasons: readonly string[];
        readonly logSource: string;
        readonly table: string;
        readonly level: string;
        readonly state: string;
        readonly importable: boolean;
        readonly index: number;
      }[];
      readonly total: number;
      readonly page: number;
      readonly pageSize: number;
    };
  };
  'GET /api/detections/sigma/checks/:id/results/:index': {
    params: { id: string; index: string };
    query: Record<never, never>;
    body: undefined;
    answer: SigmaResultDetail;
  };
  'GET /api/detections/statistics': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly DetectionStatistics[] };
  };
  'GET /api/detections/summary': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: DetectionSummary;
  };
  'GET /api/detections/vocabulary': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly presets: readonly {
        readonly name: string;
        readonly type:
          | 'cloudAccount'
          | 'cloudApp'
          | 'cloudIdentity'
          | 'cloudResource'
          | 'device'
          | 'file'
          | 'ip'
          | 'mailMessage'
          | 'mailbox'
          | 'oauthApp'
          | 'process'
          | 'registry'
          | 'scheduledTask'
          | 'service'
          | 'url'
          | 'user';
        readonly required: readonly string[];
      }[];
      readonly techniques: readonly Schemas['Technique'][];
    };
  };
  'GET /api/devices': {
    params: Record<never, never>;
    query: {
      search?: string;
      risk?: string | readonly string[];
      os?: string | readonly string[];
      criticality?: string | readonly string[];
      tag?: string | readonly string[];
      group?: string | readonly string[];
      health?: string | readonly string[];
      cloud?: string | readonly string[];
      excluded?: boolean;
      from?: string;
      newSince?: string;
      sort?: string;
      order?: string;
      page?: number;
      pageSize?: number;
    };
    body: undefined;
    answer: Schemas['PageOfDeviceSummary'];
  };
  'GET /api/devices/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: DeviceDetail;
  };
  'GET /api/devices/:id/timeline': {
    params: { id: string };
    query: {
      from?: string;
      to?: string;
      at?: string;
      types?: string | readonly string[];
      actionType?: string | readonly string[];
      search?: string;
      flagged?: boolean;
      cursor?: string;
      limit?: number;
    };
    body: undefined;
    answer: TimelinePage;
  };
  'GET /api/devices/export': {
    params: Record<never, never>;
    query: {
      search?: string;
      risk?: string | readonly string[];
      os?: string | readonly string[];
      criticality?: string | readonly string[];
      tag?: string | readonly string[];
      group?: string | readonly string[];
      health?: string | readonly string[];
      cloud?: string | readonly string[];
      excluded?: boolean;
      from?: string;
      newSince?: string;
      sort?: string;
      order?: string;
    };
    body: undefined;
    answer: undefined;
  };
  'GET /api/devices/summary': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: InventorySummary;
  };
  'GET /api/entities/:type/:key': {
    params: { type: string; key: string };
    query: Record<never, never>;
    body: undefined;
    answer: EntityDetail;
  };
  'GET /api/entities/:type/:key/behaviors': {
    params: { type: string; key: string };
    query: { from?: string; to?: string; page?: number; pageSize?: number };
    body: undefined;
    answer: Schemas['PageOfBehavior'];
  };
  'GET /api/entities/:type/:key/marks': {
    params: { type: string; key: string };
    query: Record<never, never>;
    body: undefined;
    answer: EntityMarksDetail;
  };
  'PATCH /api/entities/:type/:key/marks': {
    params: { type: string; key: string };
    query: Record<never, never>;
    body: {
      readonly tags?: readonly string[];
      readonly addTags?: readonly string[];
      readonly removeTags?: readonly string[];
      readonly excluded?: null | {
        readonly reason: 'inactive' | 'duplicate' | 'doesNotExist' | 'outOfScope' | 'other';
        readonly note?: string;
      };
    };
    answer: EntityMarks;
  };
  'POST /api/entities/:type/:key/notes': {
    params: { type: string; key: string };
    query: Record<never, never>;
    body: { readonly text: string };
    answer: EntityNote;
  };
  'DELETE /api/entities/:type/:key/notes/:id': {
    params: { type: string; key: string; id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'PATCH /api/entities/:type/:key/notes/:id': {
    params: { type: string; key: string; id: string };
    query: Record<never, never>;
    body: { readonly text: string };
    answer: { readonly note?: EntityNote };
  };
  'GET /api/entities/:type/:key/related': {
    params: { type: string; key: string };
    query: Record<never, never>;
    body: undefined;
    answer: EntityRelations;
  };
  'GET /api/entities/:type/:key/timeline': {
    params: { type: string; key: string };
    query: {
      from?: string;
      to?: string;
      at?: string;
      types?: string | readonly string[];
      actionType?: string | readonly string[];
      search?: string;
      flagged?: boolean;
      cursor?: string;
      limit?: number;
    };
    body: undefined;
    answer: TimelinePage;
  };
  'GET /api/entities/:type/:key/timeline/export': {
    params: { type: string; key: string };
    query: {
      from?: string;
      to?: string;
      at?: string;
      types?: string | readonly string[];
      actionType?: string | readonly string[];
      search?: string;
      flagged?: boolean;
      format?: 'csv' | 'jsonl';
    };
    body: undefined;
    answer: undefined;
  };
  'PUT /api/entities/:type/:key/timeline/flag': {
    params: { type: string; key: string };
    query: Record<never, never>;
    body: { readonly position: string; readonly flagged: boolean; readonly note?: string };
    answer: { readonly flag: null | TimelineFlag };
  };
  'POST /api/entities/bulk/marks': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly entities: readonly {
        readonly type:
          | 'device'
          | 'user'
          | 'process'
          | 'file'
          | 'ip'
          | 'url'
          | 'registry'
          | 'service'
          | 'scheduledTask'
          | 'cloudResource'
          | 'cloudAccount'
          | 'cloudIdentity'
          | 'mailbox'
          | 'mailMessage'
          | 'cloudApp'
          | 'oauthApp';
        readonly key: string;
      }[];
      readonly changes: {
        readonly addTags?: readonly string[];
        readonly removeTags?: readonly string[];
        readonly excluded?: null | {
          readonly reason: 'inactive' | 'duplicate' | 'doesNotExist' | 'outOfScope' | 'other';
          readonly note?: string;
        };
      };
    };
    answer: {
      readonly results: readonly {
        readonly type:
          | 'cloudAccount'
          | 'cloudApp'
          | 'cloudIdentity'
          | 'cloudResource'
          | 'device'
          | 'file'
          | 'ip'
          | 'mailMessage'
          | 'mailbox'
          | 'oauthApp'
          | 'process'
          | 'registry'
          | 'scheduledTask'
          | 'service'
          | 'url'
          | 'user';
        readonly key: string;
        readonly ok: boolean;
        readonly error?: string;
      }[];
    };
  };
  'GET /api/home': { params: Record<never, never>; query: Record<never, never>; body: undefined; answer: HomeData };
  'POST /api/hunting/check': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly query: string };
    answer: HuntCheck;
  };
  'POST /api/hunting/explain': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly query: string; readonly timeRange?: { readonly from: string; readonly to: string } };
    answer: HuntExplanation;
  };
  'GET /api/hunting/history': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly QueryRun[] };
  };
  'GET /api/hunting/language': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: HuntingLanguage;
  };
  'GET /api/hunting/library': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly LibraryQuery[] };
  };
  'GET /api/hunting/queries': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly SavedQuery[] };
  };
  'POST /api/hunting/queries': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly kind?: 'query' | 'function';
      readonly name: string;
      readonly query: string;
      readonly parameters?: string;
      readonly description?: string;
      readonly folder?: string;
      readonly shared?: boolean;
    };
    answer: SavedQuery;
  };
  'DELETE /api/hunting/queries/:id': {
    params: { id: string };
    query: { force?: boolean };
    body: undefined;
    answer: undefined;
  };
  'PUT /api/hunting/queries/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly kind?: 'query' | 'function';
      readonly name: string;
      readonly query: string;
      readonly parameters?: string;
      readonly description?: string;
      readonly folder?: string;
      readonly shared?: boolean;
    };
    answer: SavedQuery;
  };
  'POST /api/hunting/run': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly query: string;
      readonly runId?: string;
      readonly timeRange?: { readonly from: string; readonly to: string };
      readonly maxRows?: number;
    };
    answer: HuntResult;
  };
  'DELETE /api/hunting/run/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'GET /api/hunting/run/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['RunState'];
  };
  'GET /api/hunting/schema': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: HuntingSchemaInfo;
  };
  'GET /api/hunting/usage': {
    params: Record<never, never>;
    query: {
      via?: '' | 'portal' | 'api';
      state?: '' | 'completed' | 'failed' | 'cancelled';
      use?: '' | 'low' | 'medium' | 'high';
      search?: string;
      day?: string;
      page?: number;
      pageSize?: number;
    };
    body: undefined;
    answer: QueryUsagePage;
  };
  'GET /api/identities': {
    params: Record<never, never>;
    query: {
      search?: string;
      kind?: string | readonly string[];
      risk?: string | readonly string[];
      criticality?: string | readonly string[];
      tag?: string | readonly string[];
      domain?: string | readonly string[];
      source?: string | readonly string[];
      enabled?: boolean;
      sort?: string;
      page?: number;
      pageSize?: number;
    };
    body: undefined;
    answer: Schemas['PageOfIdentitySummary'];
  };
  'GET /api/identities/export': {
    params: Record<never, never>;
    query: {
      search?: string;
      kind?: string | readonly string[];
      risk?: string | readonly string[];
      criticality?: string | readonly string[];
      tag?: string | readonly string[];
      domain?: string | readonly string[];
      source?: string | readonly string[];
      enabled?: boolean;
      sort?: string;
    };
    body: undefined;
    answer: undefined;
  };
  'GET /api/identities/summary': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: InventorySummary;
  };
  'GET /api/incidents': {
    params: Record<never, never>;
    query: {
      status?: string | readonly string[];
      severity?: string | readonly string[];
      assignee?: string | readonly string[];
      assignedTo?: string | readonly string[];
      category?: string | readonly string[];
      tag?: string | readonly string[];
      detectionSource?: string | readonly string[];
      source?: string | readonly string[];
      ruleId?: string | readonly string[];
      classification?: string | readonly string[];
      determination?: string | readonly string[];
      technique?: string | readonly string[];
      serviceSource?: string | readonly string[];
      product?: string | readonly string[];
      multipleSources?: boolean;
      multipleCategories?: boolean;
      mention?: string | readonly string[];
      asset?: string | readonly string[];
      entity?: string | readonly string[];
      priority?: string | readonly string[];
      background?: string;
      search?: string;
      from?: string;
      to?: string;
      sort?: string;
      order?: string;
      page?: number;
      pageSize?: number;
    };
    body: undefined;
    answer: Schemas['PageOfIncidentSummary'];
  };
  'GET /api/incidents/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: IncidentDetail;
  };
  'PATCH /api/incidents/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly status?: string;
      readonly assignedTo?: string | null;
      readonly classification?: string | null;
      readonly determination?: string | null;
      readonly name?: string | null;
      readonly severity?: string | null;
      readonly withAlerts?: boolean;
      readonly tags?: readonly string[];
      readonly resolvingComment?: string;
    };
    answer: IncidentDetail;
  };
  'GET /api/incidents/:id/activity': {
    params: { id: string };
    query: { page?: number; pageSize?: number };
    body: undefined;
    answer:
      | Schemas['PageOfIncidentAlert']
      | Schemas['PageOfIncidentAsset']
      | Schemas['PageOfIncidentEvidence']
      | Schemas['PageOfActivityEntry'];
  };
  'GET /api/incidents/:id/alerts': {
    params: { id: string };
    query: { page?: number; pageSize?: number };
    body: undefined;
    answer:
      | Schemas['PageOfIncidentAlert']
      | Schemas['PageOfIncidentAsset']
      | Schemas['PageOfIncidentEvidence']
      | Schemas['PageOfActivityEntry'];
  };
  'GET /api/incidents/:id/assets': {
    params: { id: string };
    query: { page?: number; pageSize?: number };
    body: undefined;
    answer:
      | Schemas['PageOfIncidentAlert']
      | Schemas['PageOfIncidentAsset']
      | Schemas['PageOfIncidentEvidence']
      | Schemas['PageOfActivityEntry'];
  };
  'GET /api/incidents/:id/behaviors': {
    params: { id: string };
    query: { from?: string; to?: string; page?: number; pageSize?: number };
    body: undefined;
    answer: Schemas['PageOfBehavior'];
  };
  'POST /api/incidents/:id/comments': {
    params: { id: string };
    query: Record<never, never>;
    body: { readonly text: string };
    answer: Comment;
  };
  'DELETE /api/incidents/:id/comments/:comment': {
    params: { id: string; comment: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'PATCH /api/incidents/:id/comments/:comment': {
    params: { id: string; comment: string };
    query: Record<never, never>;
    body: { readonly text: string };
    answer: Comment;
  };
  'GET /api/incidents/:id/evidence': {
    params: { id: string };
    query: { page?: number; pageSize?: number };
    body: undefined;
    answer:
      | Schemas['PageOfIncidentAlert']
      | Schemas['PageOfIncidentAsset']
      | Schemas['PageOfIncidentEvidence']
      | Schemas['PageOfActivityEntry'];
  };
  'GET /api/incidents/:id/graph': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: AttackStory;
  };
  'GET /api/incidents/:id/grouping': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: IncidentGrouping;
  };
  'GET /api/incidents/:id/live': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/incidents/:id/merges/:merge/undo': {
    params: { id: string; merge: string };
    query: Record<never, never>;
    body: { readonly comment?: string };
    answer: IncidentTarget;
  };
  'GET /api/incidents/:id/proposals': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly IncidentProposal[] };
  };
  'POST /api/incidents/:id/proposals': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly changes?: {
        readonly status?: string;
        readonly assignedTo?: string | null;
        readonly classification?: string | null;
        readonly determination?: string | null;
        readonly name?: string | null;
        readonly severity?: string | null;
        readonly withAlerts?: boolean;
        readonly tags?: readonly string[];
        readonly resolvingComment?: string;
      };
      readonly comment?: string;
      readonly reason: string;
    };
    answer: IncidentProposal;
  };
  'POST /api/incidents/:id/proposals/:proposal/accept': {
    params: { id: string; proposal: string };
    query: Record<never, never>;
    body: undefined;
    answer: IncidentProposal;
  };
  'POST /api/incidents/:id/proposals/:proposal/dismiss': {
    params: { id: string; proposal: string };
    query: Record<never, never>;
    body: undefined;
    answer: IncidentProposal;
  };
  'DELETE /api/incidents/:id/separations/:separation': {
    params: { id: string; separation: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'GET /api/incidents/:id/similar': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly SimilarIncident[] };
  };
  'POST /api/incidents/:id/split': {
    params: { id: string };
    query: Record<never, never>;
    body: { readonly alertIds: readonly string[]; readonly comment?: string };
    answer: IncidentTarget;
  };
  'GET /api/incidents/:id/tasks': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly IncidentTask[] };
  };
  'POST /api/incidents/:id/tasks': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly title: string;
      readonly text?: string;
      readonly owner?: string | null;
      readonly dueAt?: string | null;
      readonly state?: string;
    };
    answer: IncidentTask;
  };
  'DELETE /api/incidents/:id/tasks/:task': {
    params: { id: string; task: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'PATCH /api/incidents/:id/tasks/:task': {
    params: { id: string; task: string };
    query: Record<never, never>;
    body: {
      readonly title?: string;
      readonly text?: string;
      readonly owner?: string | null;
      readonly dueAt?: string | null;
      readonly state?: string;
    };
    answer: IncidentTask;
  };
  'POST /api/incidents/bulk': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly ids: readonly string[];
      readonly changes: {
        readonly status?: string;
        readonly assignedTo?: string | null;
        readonly classification?: string | null;
        readonly determination?: string | null;
        readonly name?: string | null;
        readonly severity?: string | null;
        readonly withAlerts?: boolean;
        readonly tags?: readonly string[];
        readonly resolvingComment?: string;
      };
      readonly comment?: string;
    };
    answer: BulkResult;
  };
  'GET /api/incidents/facets': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: QueueFacets;
  };
  'POST /api/incidents/link': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly incidentId?: string;
      readonly title: string;
      readonly severity: 'informational' | 'low' | 'medium' | 'high';
      readonly category:
        | 'Reconnaissance'
        | 'ResourceDevelopment'
        | 'InitialAccess'
        | 'Execution'
        | 'Persistence'
        | 'PrivilegeEscalation'
        | 'DefenseEvasion'
        | 'CredentialAccess'
        | 'Discovery'
        | 'LateralMovement'
        | 'Collection'
        | 'CommandAndControl'
        | 'Exfiltration'
        | 'Impact'
        | 'Malware'
        | 'Ransomware'
        | 'UnwantedSoftware'
        | 'Exploit'
        | 'SuspiciousActivity';
      readonly description?: string;
      readonly recommendedActions?: string;
      readonly query: string;
      readonly table: string;
      readonly rows: readonly Readonly<Record<string, unknown>>[];
      readonly entities: readonly {
        readonly type:
          | 'device'
          | 'user'
          | 'process'
          | 'file'
          | 'ip'
          | 'url'
          | 'registry'
          | 'service'
          | 'scheduledTask'
          | 'cloudResource'
          | 'cloudAccount'
          | 'cloudIdentity'
          | 'mailbox'
          | 'mailMessage'
          | 'cloudApp'
          | 'oauthApp';
        readonly part: 'impacted' | 'related';
        readonly fields: Readonly<Record<string, string>>;
      }[];
    };
    answer: LinkRowsResult;
  };
  'POST /api/incidents/merge': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly incidentIds: readonly string[]; readonly comment?: string };
    answer: IncidentTarget;
  };
  'POST /api/ingest/:name': {
    params: { name: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'GET /api/ingest/batches/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'GET /api/ingest/connectors': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly items: readonly ConnectorInfo[];
      readonly total: number;
      readonly page: number;
      readonly pageSize: number;
      readonly problems: readonly Schemas['ConnectorProblem'][];
    };
  };
  'POST /api/ingest/connectors': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly text: string };
    answer: ConnectorDetail;
  };
  'DELETE /api/ingest/connectors/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'GET /api/ingest/connectors/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: ConnectorDetail;
  };
  'GET /api/ingest/connectors/:id/versions/:version': {
    params: { id: string; version: string };
    query: Record<never, never>;
    body: undefined;
    answer: { readonly text: string };
  };
  'POST /api/ingest/connectors/try': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly text: string; readonly records: string };
    answer: ConnectorTrialAnswer;
  };
  'GET /api/ingest/dead-letters': {
    params: Record<never, never>;
    query: { page?: number; pageSize?: number; reason?: string; source?: string; search?: string };
    body: undefined;
    answer: {
      readonly items: readonly DeadLetter[];
      readonly total: number;
      readonly page: number;
      readonly pageSize: number;
      readonly reasons: readonly { readonly reason: string; readonly count: number }[];
    };
  };
  'GET /api/ingest/kinds': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly SourceKindInfo[] };
  };
  'GET /api/ingest/sources': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['PageOfIngestSource'];
  };
  'POST /api/ingest/sources': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly name: string;
      readonly enabled?: boolean;
      readonly connector?: string | null;
      readonly limits?: { readonly eventsPerSecond: number | null; readonly bytesPerSecond: number | null };
      readonly settings?: Readonly<Record<string, unknown>>;
      readonly kind: string;
    };
    answer: { readonly source: IngestSource; readonly key: null | CreatedIngestKey };
  };
  'DELETE /api/ingest/sources/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'GET /api/ingest/sources/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly id: string;
      readonly name: string;
      readonly protocol: string;
      readonly kind: null | string;
      readonly enabled: boolean;
      readonly connector: null | string;
      readonly limits: SourceLimits;
      readonly settings: Readonly<Record<string, unknown>>;
      readonly state: SourceState;
      readonly createdAt: null | string;
      readonly createdBy: string;
      readonly firstEventAt: null | string;
      readonly lastEventAt: null | string;
      readonly accepted: number;
      readonly rejected: number;
      readonly bytes: number;
      readonly rate: number;
      readonly connectors: readonly { readonly id: string; readonly events: number }[];
      readonly unclaimed: number;
      readonly lagMs: null | number;
      readonly refused: number;
      readonly keys: readonly IngestKey[];
    };
  };
  'PATCH /api/ingest/sources/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly name?: string;
      readonly enabled?: boolean;
      readonly connector?: string | null;
      readonly limits?: { readonly eventsPerSecond: number | null; readonly bytesPerSecond: number | null };
      readonly settings?: Readonly<Record<string, unknown>>;
    };
    answer: IngestSource;
  };
  'GET /api/ingest/sources/:id/activity': {
    params: { id: string };
    query: { hours?: number };
    body: undefined;
    answer: SourceActivityBins;
  };
  'GET /api/ingest/sources/:id/invalid': {
    params: { id: string };
    query: { hours?: number };
    body: undefined;
    answer: InvalidValues;
  };
  'POST /api/ingest/sources/:id/keys': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: CreatedIngestKey;
  };
  'GET /api/ingest/sources/:id/osquery/nodes': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly OsqueryNode[] };
  };
  'DELETE /api/ingest/sources/:id/osquery/nodes/:node': {
    params: { id: string; node: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'GET /api/ingest/sources/:id/osquery/queries': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly OsqueryQuery[] };
  };
  'POST /api/ingest/sources/:id/osquery/queries': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly sql: string;
      readonly name?: string;
      readonly nodes?: readonly string[] | null;
      readonly minutes?: number;
    };
    answer: OsqueryQuery;
  };
  'GET /api/ingest/sources/:id/osquery/queries/:query': {
    params: { id: string; query: string };
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly results: readonly OsqueryAnswer[];
      readonly rows: readonly { readonly host: string; readonly columns: Readonly<Record<string, unknown>> }[];
      readonly id: string;
      readonly name: string;
      readonly sql: string;
      readonly nodes: null | readonly string[];
      readonly createdAt: string;
      readonly createdBy: string;
      readonly expiresAt: string;
      readonly answers: number;
    };
  };
  'GET /api/ingest/uploads': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['PageOfUploadJob'];
  };
  'POST /api/ingest/uploads': {
    params: Record<never, never>;
    query: { name: string; source?: string };
    body: undefined;
    answer: UploadJob;
  };
  'GET /api/ingest/uploads/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: UploadJob;
  };
  'GET /api/intel/allowed': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly IntelAllowed[] };
  };
  'POST /api/intel/allowed': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly value: string;
      readonly kind?: 'sha256' | 'sha1' | 'md5' | 'ip' | 'cidr' | 'domain' | 'url' | 'email' | 'certificate';
      readonly note?: string;
    };
    answer: {
      readonly kind: 'certificate' | 'cidr' | 'domain' | 'email' | 'ip' | 'md5' | 'sha1' | 'sha256' | 'url';
      readonly value: string;
    };
  };
  'POST /api/intel/allowed/remove': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly value: string;
      readonly kind: 'sha256' | 'sha1' | 'md5' | 'ip' | 'cidr' | 'domain' | 'url' | 'email' | 'certificate';
    };
    answer: undefined;
  };
  'GET /api/intel/feeds': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly IntelFeed[] };
  };
  'POST /api/intel/feeds': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly name: string;
      readonly url: string;
      readonly collection: string;
      readonly username?: string;
      readonly secret?: string;
      readonly everyMinutes: number;
      readonly enabled: boolean;
    };
    answer: IntelFeed;
  };
  'DELETE /api/intel/feeds/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'PUT /api/intel/feeds/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly name: string;
      readonly url: string;
      readonly collection: string;
      readonly username?: string;
      readonly secret?: string;
      readonly everyMinutes: number;
      readonly enabled: boolean;
    };
    answer: IntelFeed;
  };
  'POST /api/intel/feeds/:id/poll': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Job;
  };
  'POST /api/intel/import': {
    params: Record<never, never>;
    query: { source: string; name?: string };
    body: undefined;
    answer: Job;
  };
  'GET /api/intel/indicators': {
    params: Record<never, never>;
    query: {
      search?: string;
      kind?: string;
      source?: string;
      state?: string;
      confidence?: number;
      sort?: string;
      page?: number;
      pageSize?: number;
    };
    body: undefined;
    answer: Schemas['PageOfIntelIndicator'];
  };
  'POST /api/intel/indicators': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly kind?: 'sha256' | 'sha1' | 'md5' | 'ip' | 'cidr' | 'domain' | 'url' | 'email' | 'certificate';
      readonly value: string;
      readonly name?: string;
      readonly description?: string;
      readonly confidence?: number;
      readonly validUntil?: string;
      readonly tags?: readonly string[];
    };
    answer: { readonly id: string; readonly matches: number };
  };
  'POST /api/intel/indicators/change': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly indicators: readonly { readonly source: string; readonly id: string }[];
      readonly validUntil?: string;
      readonly confidence?: number;
      readonly tags?: readonly string[];
      readonly name?: string;
      readonly description?: string;
    };
    answer: { readonly changed: number };
  };
  'POST /api/intel/indicators/remove': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly indicators: readonly { readonly source: string; readonly id: string }[] };
    answer: { readonly removed: number };
  };
  'POST /api/intel/look-back': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Job;
  };
  'GET /api/intel/summary': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: IntelSummary;
  };
  'GET /api/jobs': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly Job[] };
  };
  'DELETE /api/jobs/:id': { params: { id: string }; query: Record<never, never>; body: undefined; answer: Job };
  'GET /api/jobs/:id': { params: { id: string }; query: Record<never, never>; body: undefined; answer: Job };
  'GET /api/keys': {
    params: Record<never, never>;
    query: { page?: number; pageSize?: number; search?: string };
    body: undefined;
    answer: Schemas['PageOfIngestKey'];
  };
  'POST /api/keys': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly name: string; readonly purpose?: 'ingest' | 'query' };
    answer: CreatedIngestKey;
  };
  'DELETE /api/keys/:id': { params: { id: string }; query: Record<never, never>; body: undefined; answer: undefined };
  'POST /api/oauth/consent': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly query: string; readonly allow?: boolean };
    answer: { readonly redirect: string };
  };
  'POST /api/oauth/consent/check': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly query: string; readonly allow?: boolean };
    answer: ConsentRequest;
  };
  'GET /api/oauth/device/:code': {
    params: { code: string };
    query: Record<never, never>;
    body: undefined;
    answer: ConsentRequest;
  };
  'POST /api/oauth/device/:code': {
    params: { code: string };
    query: Record<never, never>;
    body: { readonly allow: boolean };
    answer: undefined;
  };
  'GET /api/openapi.json': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['ApiDocument'];
  };
  'POST /api/osquery/config': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/osquery/distributed/read': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/osquery/distributed/write': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/osquery/distributed_read': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/osquery/distributed_write': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/osquery/enroll': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/osquery/log': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/osquery/logger': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'GET /api/preferences/:key': {
    params: { key: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['Preference'];
  };
  'PUT /api/preferences/:key': {
    params: { key: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['Preference'];
  };
  'POST /api/profile/passkeys': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly name: string; readonly response: Readonly<Record<string, unknown>> };
    answer: { readonly recoveryCodes: null | readonly string[] };
  };
  'DELETE /api/profile/passkeys/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/profile/passkeys/challenge': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly challenge: string;
      readonly timeout?: number;
      readonly rpId?: string;
      readonly allowCredentials?: readonly {
        readonly id: string;
        readonly transports?: readonly string[];
        readonly type: string;
      }[];
      readonly userVerification?: 'discouraged' | 'preferred' | 'required';
      readonly hints?: readonly ('client-device' | 'hybrid' | 'security-key')[];
      readonly extensions?: {
        readonly appid?: string;
        readonly credProps?: boolean;
        readonly hmacCreateSecret?: boolean;
        readonly minPinLength?: boolean;
        readonly prf?: {
          readonly eval?: {
            readonly first:
              | { readonly byteLength: number }
              | {
                  readonly buffer: { readonly byteLength: number };
                  readonly byteLength: number;
                  readonly byteOffset: number;
                };
            readonly second?:
              | { readonly byteLength: number }
              | {
                  readonly buffer: { readonly byteLength: number };
                  readonly byteLength: number;
                  readonly byteOffset: number;
                };
          };
          readonly evalByCredential?: Readonly<
            Record<
              string,
              {
                readonly first:
                  | { readonly byteLength: number }
                  | {
                      readonly buffer: { readonly byteLength: number };
                      readonly byteLength: number;
                      readonly byteOffset: number;
                    };
                readonly second?:
                  | { readonly byteLength: number }
                  | {
                      readonly buffer: { readonly byteLength: number };
                      readonly byteLength: number;
                      readonly byteOffset: number;
                    };
              }
            >
          >;
        };
      };
    };
  };
  'POST /api/profile/passkeys/offer': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly rp: { readonly id?: string; readonly name: string };
      readonly user: { readonly id: string; readonly name: string; readonly displayName: string };
      readonly challenge: string;
      readonly pubKeyCredParams: readonly { readonly alg: number; readonly type: 'public-key' }[];
      readonly timeout?: number;
      readonly excludeCredentials?: readonly {
        readonly id: string;
        readonly transports?: readonly string[];
        readonly type: string;
      }[];
      readonly authenticatorSelection?: {
        readonly authenticatorAttachment?: 'cross-platform' | 'platform';
        readonly requireResidentKey?: boolean;
        readonly residentKey?: 'discouraged' | 'preferred' | 'required';
        readonly userVerification?: 'discouraged' | 'preferred' | 'required';
      };
      readonly hints?: readonly ('client-device' | 'hybrid' | 'security-key')[];
      readonly attestation?: 'direct' | 'enterprise' | 'indirect' | 'none';
      readonly attestationFormats?: readonly (
        | 'android-key'
        | 'android-safetynet'
        | 'apple'
        | 'fido-u2f'
        | 'none'
        | 'packed'
        | 'tpm'
      )[];
      readonly extensions?: {
        readonly appid?: string;
        readonly credProps?: boolean;
        readonly hmacCreateSecret?: boolean;
        readonly minPinLength?: boolean;
        readonly prf?: {
          readonly eval?: {
            readonly first:
              | { readonly byteLength: number }
              | {
                  readonly buffer: { readonly byteLength: number };
                  readonly byteLength: number;
                  readonly byteOffset: number;
                };
            readonly second?:
              | { readonly byteLength: number }
              | {
                  readonly buffer: { readonly byteLength: number };
                  readonly byteLength: number;
                  readonly byteOffset: number;
                };
          };
          readonly evalByCredential?: Readonly<
            Record<
              string,
              {
                readonly first:
                  | { readonly byteLength: number }
                  | {
                      readonly buffer: { readonly byteLength: number };
                      readonly byteLength: number;
                      readonly byteOffset: number;
                    };
                readonly second?:
                  | { readonly byteLength: number }
                  | {
                      readonly buffer: { readonly byteLength: number };
                      readonly byteLength: number;
                      readonly byteOffset: number;
                    };
              }
            >
          >;
        };
      };
    };
  };
  'POST /api/profile/recovery-codes': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly recoveryCodes: readonly string[] };
  };
  'GET /api/profile/security': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: SecurityProfile;
  };
  'DELETE /api/profile/sessions': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly ended: number };
  };
  'GET /api/profile/sessions': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: readonly UserSession[];
  };
  'DELETE /api/profile/sessions/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'DELETE /api/profile/totp': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/profile/totp': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: TotpOffer;
  };
  'POST /api/profile/totp/confirmation': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly code: string };
    answer: { readonly recoveryCodes: null | readonly string[] };
  };
  'GET /api/risk': {
    params: Record<never, never>;
    query: {
      type?: string | readonly string[];
      level?: string | readonly string[];
      search?: string;
      page?: number;
      pageSize?: number;
    };
    body: undefined;
    answer: Schemas['PageOfEntityRiskSummary'];
  };
  'GET /api/risk/:type/:key': {
    params: { type: string; key: string };
    query: Record<never, never>;
    body: undefined;
    answer: EntityRisk;
  };
  'GET /api/sample': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['SampleDescription'];
  };
  'POST /api/sample': { params: Record<never, never>; query: Record<never, never>; body: undefined; answer: Job };
  'GET /api/scope-filter': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: ScopeFilterState;
  };
  'PUT /api/scope-filter': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly scopes: readonly string[];
      readonly environments: readonly {
        readonly kind:
          | 'azureSubscription'
          | 'awsAccount'
          | 'awsManagementAccount'
          | 'gcpProject'
          | 'azureDevOpsOrganization'
          | 'gitHubOrganization'
          | 'gitLabGroup'
          | 'dockerHubOrganization'
          | 'jfrogArtifactory';
        readonly id: string;
      }[];
    };
    answer: ScopeFilterState;
  };
  'GET /api/search': {
    params: Record<never, never>;
    query: { q: string; limit?: number };
    body: undefined;
    answer: SearchResult;
  };
  'DELETE /api/session': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'GET /api/session': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: SessionInfo;
  };
  'POST /api/session': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly username: string; readonly password: string };
    answer: SessionInfo;
  };
  'POST /api/session/confirm': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly password?: string;
      readonly totp?: string;
      readonly recoveryCode?: string;
      readonly passkey?: Readonly<Record<string, unknown>>;
    };
    answer: undefined;
  };
  'POST /api/session/factor': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly ticket: string;
      readonly totp?: string;
      readonly recoveryCode?: string;
      readonly passkey?: Readonly<Record<string, unknown>>;
    };
    answer: SessionInfo;
  };
  'POST /api/session/passkey': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly passkey: Readonly<Record<string, unknown>> };
    answer: SessionInfo;
  };
  'POST /api/session/password': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly currentPassword: string; readonly newPassword: string };
    answer: SessionInfo;
  };
  'POST /api/setup': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly token: string;
      readonly username: string;
      readonly displayName: string;
      readonly password: string;
    };
    answer: SessionInfo;
  };
  'GET /api/sign-in': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: SignInOptions;
  };
  'POST /api/sign-in/factor/passkey': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly ticket: string };
    answer: {
      readonly challenge: string;
      readonly timeout?: number;
      readonly rpId?: string;
      readonly allowCredentials?: readonly {
        readonly id: string;
        readonly transports?: readonly string[];
        readonly type: string;
      }[];
      readonly userVerification?: 'discouraged' | 'preferred' | 'required';
      readonly hints?: readonly ('client-device' | 'hybrid' | 'security-key')[];
      readonly extensions?: {
        readonly appid?: string;
        readonly credProps?: boolean;
        readonly hmacCreateSecret?: boolean;
        readonly minPinLength?: boolean;
        readonly prf?: {
          readonly eval?: {
            readonly first:
              | { readonly byteLength: number }
              | {
                  readonly buffer: { readonly byteLength: number };
                  readonly byteLength: number;
                  readonly byteOffset: number;
                };
            readonly second?:
              | { readonly byteLength: number }
              | {
                  readonly buffer: { readonly byteLength: number };
                  readonly byteLength: number;
                  readonly byteOffset: number;
                };
          };
          readonly evalByCredential?: Readonly<
            Record<
              string,
              {
                readonly first:
                  | { readonly byteLength: number }
                  | {
                      readonly buffer: { readonly byteLength: number };
                      readonly byteLength: number;
                      readonly byteOffset: number;
                    };
                readonly second?:
                  | { readonly byteLength: number }
                  | {
                      readonly buffer: { readonly byteLength: number };
                      readonly byteLength: number;
                      readonly byteOffset: number;
                    };
              }
            >
          >;
        };
      };
    };
  };
  'POST /api/sign-in/oidc/:id/back-channel-logout': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'GET /api/sign-in/oidc/:id/callback': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'GET /api/sign-in/oidc/:id/start': {
    params: { id: string };
    query: { returnTo?: string; confirm?: boolean };
    body: undefined;
    answer: undefined;
  };
  'POST /api/sign-in/passkey': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly challenge: string;
      readonly timeout?: number;
      readonly rpId?: string;
      readonly allowCredentials?: readonly {
        readonly id: string;
        readonly transports?: readonly string[];
        readonly type: string;
      }[];
      readonly userVerification?: 'discouraged' | 'preferred' | 'required';
      readonly hints?: readonly ('client-device' | 'hybrid' | 'security-key')[];
      readonly extensions?: {
        readonly appid?: string;
        readonly credProps?: boolean;
        readonly hmacCreateSecret?: boolean;
        readonly minPinLength?: boolean;
        readonly prf?: {
          readonly eval?: {
            readonly first:
              | { readonly byteLength: number }
              | {
                  readonly buffer: { readonly byteLength: number };
                  readonly byteLength: number;
                  readonly byteOffset: number;
                };
            readonly second?:
              | { readonly byteLength: number }
              | {
                  readonly buffer: { readonly byteLength: number };
                  readonly byteLength: number;
                  readonly byteOffset: number;
                };
          };
          readonly evalByCredential?: Readonly<
            Record<
              string,
              {
                readonly first:
                  | { readonly byteLength: number }
                  | {
                      readonly buffer: { readonly byteLength: number };
                      readonly byteLength: number;
                      readonly byteOffset: number;
                    };
                readonly second?:
                  | { readonly byteLength: number }
                  | {
                      readonly buffer: { readonly byteLength: number };
                      readonly byteLength: number;
                      readonly byteOffset: number;
                    };
              }
            >
          >;
        };
      };
    };
  };
  'GET /api/sign-in/policy': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: SignInPolicy;
  };
  'PUT /api/sign-in/policy': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly localSignIn: 'everyone' | 'breakGlassOnly';
      readonly secondFactor: 'optional' | 'required';
      readonly idleHours: number;
      readonly maxHours: number;
      readonly confirmMinutes: number;
    };
    answer: SignInPolicy;
  };
  'GET /api/sign-in/providers': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: readonly Provider[];
  };
  'POST /api/sign-in/providers': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly name: string;
      readonly enabled: boolean;
      readonly issuer: string;
      readonly clientId: string;
      readonly clientSecret?: string;
      readonly scopes?: string;
      readonly usernameClaim?: string;
      readonly displayNameClaim?: string;
      readonly groupsClaim?: string;
      readonly mappings: readonly { readonly claim: string; readonly value: string; readonly role: string }[];
      readonly defaultRole: string | null;
      readonly createUsers: boolean;
      readonly adoptLocal?: boolean;
      readonly requiredAmr?: string;
    };
    answer: Provider;
  };
  'DELETE /api/sign-in/providers/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'PUT /api/sign-in/providers/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly name: string;
      readonly enabled: boolean;
      readonly issuer: string;
      readonly clientId: string;
      readonly clientSecret?: string;
      readonly scopes?: string;
      readonly usernameClaim?: string;
      readonly displayNameClaim?: string;
      readonly groupsClaim?: string;
      readonly mappings: readonly { readonly claim: string; readonly value: string; readonly role: string }[];
      readonly defaultRole: string | null;
      readonly createUsers: boolean;
      readonly adoptLocal?: boolean;
      readonly requiredAmr?: string;
    };
    answer: Provider;
  };
  'POST /api/sign-in/providers/:id/test': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: ProviderCheck;
  };
  'GET /api/store/deletions': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly items: readonly Deletion[];
      readonly total: number;
      readonly page: number;
      readonly pageSize: number;
    };
  };
  'POST /api/store/deletions': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly table: string;
      readonly filter: string;
      readonly reason: string;
      readonly asOf: string;
      readonly matched: number;
    };
    answer: { readonly deletion: Deletion; readonly job: Job };
  };
  'GET /api/store/deletions/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Deletion;
  };
  'POST /api/store/deletions/preview': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly table: string; readonly filter: string };
    answer: DeletionPreview;
  };
  'GET /api/store/health': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: StoreHealth;
  };
  'GET /api/store/holds': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly items: readonly LegalHold[];
      readonly total: number;
      readonly page: number;
      readonly pageSize: number;
    };
  };
  'POST /api/store/holds': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly name: string;
      readonly reason: string;
      readonly table: string;
      readonly filter: {
        readonly kql?: string;
        readonly devices?: readonly string[];
        readonly users?: readonly string[];
        readonly from?: string;
        readonly to?: string;
      };
    };
    answer: LegalHold;
  };
  'DELETE /api/store/holds/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: LegalHold;
  };
  'POST /api/store/retention': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly table?: string };
    answer: Job;
  };
  'GET /api/store/schema': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly tables: readonly CustomTable[];
      readonly columns: readonly { readonly name: string; readonly type: string; readonly table: string }[];
    };
  };
  'POST /api/store/schema/tables': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly name: string;
      readonly description: string;
      readonly columns: readonly { readonly name: string; readonly type: string }[];
    };
    answer: CustomTable;
  };
  'DELETE /api/store/schema/tables/:name': {
    params: { name: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/store/schema/tables/:name/columns': {
    params: { name: string };
    query: Record<never, never>;
    body: { readonly name: string; readonly type: string };
    answer: CustomColumn;
  };
  'GET /api/store/status': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: StoreStatus;
  };
  'GET /api/store/tables': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly items: readonly StoreTable[];
      readonly total: number;
      readonly page: number;
      readonly pageSize: number;
    };
  };
  'GET /api/store/tables/:name': {
    params: { name: string };
    query: Record<never, never>;
    body: undefined;
    answer: StoreTable;
  };
  'DELETE /api/store/tables/:name/rules': {
    params: { name: string };
    query: Record<never, never>;
    body: undefined;
    answer: TableRules;
  };
  'PUT /api/store/tables/:name/rules': {
    params: { name: string };
    query: Record<never, never>;
    body: {
      readonly retentionDays: number | null;
      readonly retentionBytes: number | null;
      readonly archiveAfterDays: number | null;
    };
    answer: TableRules;
  };
  'GET /api/streams': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly Stream[]; readonly max: number; readonly tables: readonly string[] };
  };
  'POST /api/streams': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly name: string;
      readonly enabled?: boolean;
      readonly tables: readonly string[];
      readonly settings: unknown | unknown | unknown | unknown;
    };
    answer: Stream;
  };
  'DELETE /api/streams/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'PATCH /api/streams/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly name?: string;
      readonly enabled?: boolean;
      readonly tables?: readonly string[];
      readonly settings?: unknown | unknown | unknown | unknown;
    };
    answer: Stream;
  };
  'GET /api/tuning/export': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly rules: readonly {
        readonly comment: string;
        readonly action: 'change' | 'hide' | 'resolve';
        readonly sources: readonly string[];
        readonly ruleIds: readonly string[];
        readonly devices: readonly string[];
        readonly condition: Schemas['TuningCondition'];
        readonly severity: ('high' | 'informational' | 'low' | 'medium') | null;
        readonly tags: readonly string[];
        readonly id: string;
        readonly name: string;
        readonly enabled: boolean;
        readonly expiresAt: null | string;
      }[];
    };
  };
  'POST /api/tuning/import': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly results: readonly {
        readonly name: string;
        readonly outcome: 'created' | 'refused' | 'updated';
        readonly message?: string;
      }[];
    };
  };
  'POST /api/tuning/preview': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['TuningPreview'];
  };
  'GET /api/tuning/rules': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly Schemas['TuningRule'][] };
  };
  'POST /api/tuning/rules': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['TuningRule'];
  };
  'DELETE /api/tuning/rules/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'GET /api/tuning/rules/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['TuningRule'];
  };
  'PUT /api/tuning/rules/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['TuningRule'];
  };
  'POST /api/tuning/rules/:id/apply': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: { readonly matched: number; readonly resolved: number };
  };
  'GET /api/tuning/rules/:id/hidden': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly page: number;
      readonly pageSize: number;
      readonly items: readonly Schemas['HiddenAlert'][];
      readonly total: number;
    };
  };
  'GET /api/tuning/suggestions': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly Schemas['TuningSuggestion'][] };
  };
  'GET /api/users': {
    params: Record<never, never>;
    query: {
      page?: number;
      pageSize?: number;
      search?: string;
      role?: string;
      disabled?: boolean;
      sort?: 'username' | 'displayName' | 'role' | 'createdAt' | 'lastSignInAt';
      order?: 'asc' | 'desc';
    };
    body: undefined;
    answer: Schemas['PageOfUserDetails'];
  };
  'POST /api/users': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly username: string;
      readonly displayName: string;
      readonly role:
        | 'globalAdministrator'
        | 'securityAdministrator'
        | 'securityOperator'
        | 'securityReader'
        | 'globalReader'
        | 'exchangeAdministrator'
        | 'sharePointAdministrator'
        | 'serviceSupportAdministrator'
        | 'userAdministrator'
        | 'helpdeskAdministrator'
        | 'complianceAdministrator'
        | 'complianceDataAdministrator'
        | 'billingAdministrator'
        | null;
      readonly password: string;
      readonly breakGlass?: boolean;
      readonly factorRule?: 'policy' | 'required' | 'optional';
      readonly mustChangePassword?: boolean;
    };
    answer: Schemas['UserDetails'];
  };
  'GET /api/users/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['UserDetails'];
  };
  'PATCH /api/users/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly displayName?: string;
      readonly role?:
        | 'globalAdministrator'
        | 'securityAdministrator'
        | 'securityOperator'
        | 'securityReader'
        | 'globalReader'
        | 'exchangeAdministrator'
        | 'sharePointAdministrator'
        | 'serviceSupportAdministrator'
        | 'userAdministrator'
        | 'helpdeskAdministrator'
        | 'complianceAdministrator'
        | 'complianceDataAdministrator'
        | 'billingAdministrator'
        | null;
      readonly password?: string;
      readonly disabled?: boolean;
      readonly breakGlass?: boolean;
      readonly factorRule?: 'policy' | 'required' | 'optional';
      readonly mustChangePassword?: boolean;
    };
    answer: Schemas['UserDetails'];
  };
  'DELETE /api/users/:id/factors': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'DELETE /api/users/:id/lock': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'DELETE /api/users/:id/sessions': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: { readonly ended: number };
  };
  'GET /api/users/:id/sessions': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: { readonly sessions: readonly UserSession[]; readonly factors: readonly string[] };
  };
  'DELETE /api/users/:id/sessions/:session': {
    params: { id: string; session: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'GET /api/users/assignable': {
    params: Record<never, never>;
    query: { page?: number; pageSize?: number; search?: string };
    body: undefined;
    answer: Schemas['PageOfUser'];
  };
  'POST /api/v1/osquery/config': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/v1/osquery/distributed/read': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/v1/osquery/distributed/write': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/v1/osquery/distributed_read': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/v1/osquery/distributed_write': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/v1/osquery/enroll': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/v1/osquery/log': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'POST /api/v1/osquery/logger': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'GET /api/views': {
    params: Record<never, never>;
    query: { area: string };
    body: undefined;
    answer: { readonly items: readonly SavedView[] };
  };
  'POST /api/views': {
    params: Record<never, never>;
    query: { area: string };
    body: { readonly name: string; readonly search: string; readonly shared?: boolean };
    answer: SavedView;
  };
  'DELETE /api/views/:id': { params: { id: string }; query: Record<never, never>; body: undefined; answer: undefined };
  'PATCH /api/views/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: { readonly name?: string; readonly search?: string; readonly shared?: boolean };
    answer: SavedView;
  };
  'GET /api/watchlists': {
    params: Record<never, never>;
    query: { deleted?: boolean };
    body: undefined;
    answer: { readonly items: readonly WatchlistInfo[] };
  };
  'POST /api/watchlists': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: {
      readonly alias: string;
      readonly name: string;
      readonly description?: string;
      readonly columns: readonly string[];
      readonly searchKey: string;
      readonly itemLifeDays?: number | null;
    };
    answer: WatchlistInfo;
  };
  'DELETE /api/watchlists/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'GET /api/watchlists/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: WatchlistInfo;
  };
  'PATCH /api/watchlists/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly alias?: string;
      readonly name?: string;
      readonly description?: string;
      readonly itemLifeDays?: number | null;
    };
    answer: WatchlistInfo;
  };
  'GET /api/watchlists/:id/history': {
    params: { id: string };
    query: { limit?: number };
    body: undefined;
    answer: { readonly items: readonly WatchlistEvent[] };
  };
  'GET /api/watchlists/:id/items': {
    params: { id: string };
    query: { page?: number; pageSize?: number; search?: string; sort?: string; descending?: boolean };
    body: undefined;
    answer: Schemas['PageOfWatchlistItem'];
  };
  'POST /api/watchlists/:id/items': {
    params: { id: string };
    query: Record<never, never>;
    body: { readonly cells: Readonly<Record<string, string>> };
    answer: WatchlistItem;
  };
  'DELETE /api/watchlists/:id/items/:item': {
    params: { id: string; item: string };
    query: Record<never, never>;
    body: undefined;
    answer: undefined;
  };
  'PUT /api/watchlists/:id/items/:item': {
    params: { id: string; item: string };
    query: Record<never, never>;
    body: { readonly cells: Readonly<Record<string, string>> };
    answer: WatchlistItem;
  };
  'POST /api/watchlists/:id/items/:item/restore': {
    params: { id: string; item: string };
    query: Record<never, never>;
    body: undefined;
    answer: WatchlistItem;
  };
  'POST /api/watchlists/:id/restore': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: WatchlistInfo;
  };
  'POST /api/watchlists/:id/upload': {
    params: { id: string };
    query: {
      format: 'csv' | 'tsv' | 'json';
      source?: string;
      duplicates?: 'refuse' | 'keep';
      mode: 'replace' | 'upsert' | 'append';
    };
    body: undefined;
    answer: WatchlistUploadResult;
  };
  'GET /api/watchlists/limits': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: WatchlistLimits;
  };
  'POST /api/watchlists/upload': {
    params: Record<never, never>;
    query: {
      format: 'csv' | 'tsv' | 'json';
      source?: string;
      duplicates?: 'refuse' | 'keep';
      alias: string;
      name: string;
      description?: string;
      searchKey: string;
      itemLifeDays?: number;
    };
    body: undefined;
    answer: WatchlistUploadResult;
  };
}
