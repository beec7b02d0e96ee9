/**
 * Written by `npm run docs` from the description of the API; do not edit.
 * `Operations['GET /api/incidents/:id']` has the parameters, the query, the body and the answer of a call.
 */

export interface Schemas {
  ActivityEntry: {
    readonly id: string;
    readonly time: string;
    readonly actor: string;
    readonly origin: 'correlation' | 'rule' | 'system' | 'user';
    readonly category:
      | 'alertAdded'
      | 'assignment'
      | 'classification'
      | 'comment'
      | 'created'
      | 'merged'
      | 'name'
      | 'proposal'
      | 'severity'
      | 'status'
      | 'tags';
    readonly text: string;
    readonly before: unknown;
    readonly after: unknown;
  };
  AlertDetail: {
    readonly description: string;
    readonly recommendedActions: string;
    readonly evidence: readonly Schemas['Evidence'][];
    readonly events: readonly Schemas['AlertEvent'][];
    readonly comments: readonly Schemas['Comment'][];
    readonly mergeReason: Schemas['MergeReason'];
    readonly ruleQuery: string;
    readonly extras: Schemas['AlertExtras'];
    readonly similar: readonly Schemas['AlertSummary'][];
    readonly id: string;
    readonly title: string;
    readonly severity: 'high' | 'informational' | 'low' | 'medium';
    readonly status: 'inProgress' | 'new' | 'resolved';
    readonly category: Schemas['Category'];
    readonly techniques: readonly string[];
    readonly incidentId: string;
    readonly incidentName: string;
    readonly ruleId: string;
    readonly serviceSource: string;
    readonly detectionSource: string;
    readonly productName: string;
    readonly impactedAssets: readonly Schemas['Entity'][];
    readonly assignedTo: null | string;
    readonly classification: ('falsePositive' | 'informationalExpectedActivity' | 'truePositive') | null;
    readonly determination:
      | (
          | 'compromisedAccount'
          | 'confirmedActivity'
          | 'lineOfBusinessApplication'
          | 'maliciousUserActivity'
          | 'malware'
          | 'multiStagedAttack'
          | 'notEnoughDataToValidate'
          | 'notMalicious'
          | 'other'
          | 'phishing'
          | 'securityTesting'
          | 'unwantedSoftware'
        )
      | null;
    readonly firstActivity: string;
    readonly lastActivity: string;
    readonly createdAt: string;
    readonly lastUpdate: string;
    readonly eventCount: number;
  };
  AlertEvent: {
    readonly table: string;
    readonly time: string;
    readonly reportId: string;
    readonly deviceId: string;
    readonly row: Readonly<Record<string, unknown>>;
    readonly huntingQuery: string;
  };
  AlertExtras: {
    readonly customDetails?: Readonly<Record<string, readonly string[]>>;
    readonly link?: string;
    readonly confidence?: string;
    readonly provider?: string;
    readonly backfilled?: boolean;
    readonly overflow?: boolean;
    readonly tags?: readonly string[];
    readonly resolvedBy?: { readonly id: string; readonly name: string; readonly comment: string };
  };
  AlertSummary: {
    readonly id: string;
    readonly title: string;
    readonly severity: 'high' | 'informational' | 'low' | 'medium';
    readonly status: 'inProgress' | 'new' | 'resolved';
    readonly category: Schemas['Category'];
    readonly techniques: readonly string[];
    readonly incidentId: string;
    readonly incidentName: string;
    readonly ruleId: string;
    readonly serviceSource: string;
    readonly detectionSource: string;
    readonly productName: string;
    readonly impactedAssets: readonly Schemas['Entity'][];
    readonly assignedTo: null | string;
    readonly classification: ('falsePositive' | 'informationalExpectedActivity' | 'truePositive') | null;
    readonly determination:
      | (
          | 'compromisedAccount'
          | 'confirmedActivity'
          | 'lineOfBusinessApplication'
          | 'maliciousUserActivity'
          | 'malware'
          | 'multiStagedAttack'
          | 'notEnoughDataToValidate'
          | 'notMalicious'
          | 'other'
          | 'phishing'
          | 'securityTesting'
          | 'unwantedSoftware'
        )
      | null;
    readonly firstActivity: string;
    readonly lastActivity: string;
    readonly createdAt: string;
    readonly lastUpdate: string;
    readonly eventCount: number;
  };
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
  AppCredential: {
    readonly id: string;
    readonly kind: 'certificate' | 'secret';
    readonly name: string;
    readonly hint: string;
    readonly createdAt: string;
    readonly createdBy: string;
    readonly expiresAt: string;
    readonly lastUsedAt: null | string;
  };
  AppRegistration: {
    readonly id: string;
    readonly objectId: string;
    readonly name: string;
    readonly description: string;
    readonly publicClient: boolean;
    readonly enabled: boolean;
    readonly dataAccess: 'all' | 'assigned';
    readonly redirectUris: readonly string[];
    readonly applicationPermissions: readonly string[];
    readonly delegatedPermissions: readonly string[];
    readonly credentials: readonly Schemas['AppCredential'][];
    readonly createdAt: string;
    readonly createdBy: string;
    readonly lastUsedAt: null | string;
  };
  Assignment: {
    readonly id: string;
    readonly roleId: string;
    readonly name: string;
    readonly subjects: readonly Schemas['Subject'][];
    readonly sources: Schemas['SourceChoice'];
    readonly scopes: readonly Schemas['ScopeRef'][];
    readonly legacy: boolean;
    readonly origin: string;
    readonly version: number;
  };
  AttackStory: {
    readonly nodes: readonly Schemas['StoryNode'][];
    readonly edges: readonly Schemas['StoryEdge'][];
    readonly steps: readonly Schemas['StoryStep'][];
  };
  AuditEntry: {
    readonly id: number;
    readonly time: string;
    readonly actor: string;
    readonly action: string;
    readonly target: string;
    readonly outcome: 'denied' | 'failed' | 'ok';
    readonly before: unknown;
    readonly after: unknown;
    readonly remoteAddress: string;
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
  BulkResult: {
    readonly results: readonly {
      readonly id: string;
      readonly ok: boolean;
      readonly error?: { readonly code: string; readonly message: string };
    }[];
  };
  Category:
    | 'Collection'
    | 'CommandAndControl'
    | 'CredentialAccess'
    | 'DefenseEvasion'
    | 'Discovery'
    | 'Execution'
    | 'Exfiltration'
    | 'Exploit'
    | 'Impact'
    | 'InitialAccess'
    | 'LateralMovement'
    | 'Malware'
    | 'Persistence'
    | 'PrivilegeEscalation'
    | 'Ransomware'
    | 'SuspiciousActivity'
    | 'UnwantedSoftware';
  ClaimMapping: { readonly claim: string; readonly value: string; readonly role: string };
  CloudScope: {
    readonly id: string;
    readonly name: string;
    readonly description: string;
    readonly environments: readonly Schemas['Environment'][];
    readonly version: number;
  };
  Comment: { readonly id: string; readonly text: string; readonly author: string; readonly createdAt: string };
  Condition: {
    readonly column: string;
    readonly operator: 'contains' | 'endsWith' | 'equals' | 'inRange' | 'matches' | 'notEquals' | 'startsWith';
    readonly values: readonly string[];
  };
  ConnectorDetail: {
    readonly id: string;
    readonly title: string;
    readonly vendor: string;
    readonly description: string;
    readonly tables: readonly string[];
    readonly events: number;
    readonly docs: string;
    readonly setup: readonly Schemas['SetupStep'][];
    readonly text: string;
    readonly builtIn: boolean;
    readonly installed: boolean;
    readonly versions: readonly { readonly version: number; readonly savedAt: string; readonly savedBy: string }[];
  };
  ConnectorInfo: {
    readonly id: string;
    readonly title: string;
    readonly vendor: string;
    readonly description: string;
    readonly tables: readonly string[];
    readonly events: number;
    readonly installed: boolean;
  };
  ConnectorProblem: { readonly file: string; readonly line: number; readonly message: string };
  ConnectorTrialAnswer: {
    readonly problem: null | { readonly file: string; readonly line: number; readonly message: string };
    readonly tables: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
    readonly records: readonly {
      readonly claimed: boolean;
      readonly takenBy: null | string;
      readonly rows: number;
      readonly problems: readonly string[];
    }[];
    readonly unmapped: readonly { readonly path: string; readonly records: number; readonly example: string }[];
    readonly read: number;
  };
  ConsentRequest: {
    readonly appId: string;
    readonly appName: string;
    readonly appDescription: string;
    readonly scopes: readonly { readonly name: string; readonly about: string; readonly held: boolean }[];
    readonly redirectUri: string;
    readonly offline: boolean;
  };
  CorrelationReason:
    | 'eventSequence'
    | 'lateralMovementPath'
    | 'networkProximity'
    | 'repeatedAlertOccurrence'
    | 'sameActor'
    | 'sameAsset'
    | 'sameTargetedAsset'
    | 'sharedIndicators'
    | 'similarArtifacts'
    | 'temporalProximity';
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
  Counted: { readonly count: number; readonly href: string };
  Coverage: {
    readonly attackVersion: string;
    readonly days: number;
    readonly tactics: readonly { readonly id: string; readonly name: string }[];
    readonly techniques: readonly Schemas['CoverageTechnique'][];
    readonly rules: readonly Schemas['CoverageRule'][];
    readonly scenarios: readonly Schemas['CoverageScenario'][];
    readonly tables: readonly { readonly name: string; readonly newest: null | string; readonly silent: boolean }[];
  };
  CoverageLevel: 'available' | 'blind' | 'covered' | 'none';
  CoverageRule: {
    readonly id: string;
    readonly name: string;
    readonly severity: 'high' | 'informational' | 'low' | 'medium';
    readonly techniques: readonly string[];
    readonly tables: readonly string[];
    readonly silent: readonly string[];
    readonly sight: Schemas['RuleSight'];
  };
  CoverageScenario: {
    readonly id: string;
    readonly name: string;
    readonly description: string;
    readonly techniques: readonly string[];
    readonly covered: number;
    readonly reachable: number;
  };
  CoverageTechnique: {
    readonly id: string;
    readonly name: string;
    readonly tactics: readonly string[];
    readonly level: Schemas['CoverageLevel'];
    readonly rules: readonly string[];
    readonly alerts: number;
    readonly lastAlert: null | string;
  };
  CreatedIngestKey: {
    readonly encoded: string;
    readonly secret: string;
    readonly purpose: 'ingest' | 'query';
    readonly sourceId: string;
    readonly id: string;
    readonly name: string;
    readonly createdAt: string;
    readonly createdBy: string;
    readonly lastUsedAt: null | string;
  };
  CustomColumn: { readonly name: string; readonly type: string };
  CustomTable: {
    readonly name: string;
    readonly description: string;
    readonly columns: readonly Schemas['CustomColumn'][];
    readonly createdBy: string;
    readonly createdAt: string;
  };
  DeadLetter: {
    readonly id: string;
    readonly time: string;
    readonly sourceName: string;
    readonly reason: string;
    readonly detail: string;
    readonly connector: string;
    readonly rawText: string;
  };
  Deletion: {
    readonly id: string;
    readonly table: string;
    readonly filter: string;
    readonly reason: string;
    readonly asOf: string;
    readonly state: 'cancelled' | 'done' | 'failed' | 'running';
    readonly jobId: null | string;
    readonly matched: number;
    readonly held: number;
    readonly removed: number;
    readonly rawRemoved: number;
    readonly alsoIn: readonly { readonly table: string; readonly rows: number }[];
    readonly detail: string;
    readonly createdBy: string;
    readonly createdAt: string;
    readonly finishedAt: null | string;
  };
  DeletionPreview: {
    readonly table: string;
    readonly filter: string;
    readonly asOf: string;
    readonly matched: number;
    readonly held: number;
    readonly holds: readonly string[];
    readonly oldest: null | string;
    readonly newest: null | string;
  };
  DetectionCheck: {
    readonly ok: boolean;
    readonly problems: readonly Schemas['RuleProblemInfo'][];
    readonly text: string;
    readonly columns: readonly string[];
    readonly tables: readonly string[];
    readonly rowWise: boolean;
  };
  DetectionInfo: {
    readonly id: string;
    readonly name: string;
    readonly title: string;
    readonly description: string;
    readonly severity: 'high' | 'informational' | 'low' | 'medium';
    readonly category: Schemas['Category'];
    readonly techniques: readonly string[];
    readonly kind: Schemas['DetectionKind'];
    readonly trigger: 'arrival' | 'clock';
    readonly frequencyMs: number;
    readonly lookbackMs: number;
    readonly tables: readonly string[];
    readonly enabled: boolean;
    readonly shadow: boolean;
    readonly status: 'broken' | 'failed' | 'new' | 'off' | 'ok' | 'suppressed' | 'throttled' | 'warning';
    readonly query: string;
    readonly recommendedActions: string;
    readonly falsePositives: readonly string[];
    readonly blindSpots: readonly string[];
    readonly lastRun: null | string;
    readonly lastRunMs: null | number;
    readonly lastRows: null | number;
    readonly lastError: null | string;
    readonly lastErrorCode: null | string;
    readonly nextRun: null | string;
    readonly warning: null | string;
    readonly alerts: number;
    readonly alerts30d: number;
    readonly origin: 'builtIn' | 'own';
    readonly version: number;
    readonly owner: string;
    readonly createdBy: string;
    readonly updatedAt: null | string;
    readonly template: null | { readonly id: string; readonly version: number; readonly latest: number };
    readonly exclusions: number;
    readonly couldBeContinuous: boolean;
    readonly cost: { readonly runs: number; readonly rowsRead: number; readonly engineMs: number };
    readonly problems: readonly Schemas['RuleProblemInfo'][];
  };
  DetectionKind: 'continuous' | 'nearRealTime' | 'scheduled';
  DetectionNotice: {
    readonly id: string;
    readonly at: string;
    readonly ruleId: string;
    readonly name: string;
    readonly kind: string;
    readonly text: string;
    readonly owner: string;
  };
  DetectionStatistics: {
    readonly ruleId: string;
    readonly name: string;
    readonly alerts: number;
    readonly open: number;
    readonly truePositives: number;
    readonly falsePositives: number;
    readonly expected: number;
    readonly unjudged: number;
    readonly hidden: number;
    readonly minutesToTriage: null | number;
    readonly engineMs: number;
  };
  DetectionSummary: {
    readonly total: number;
    readonly enabled: number;
    readonly failing: number;
    readonly warnings: number;
    readonly off: number;
    readonly shadow: number;
    readonly updates: number;
    readonly couldBeContinuous: number;
    readonly engineMs: number;
    readonly notices: readonly Schemas['DetectionNotice'][];
  };
  DetectionText: {
    readonly id: string;
    readonly version: number;
    readonly text: string;
    readonly definition: Readonly<Record<string, unknown>>;
    readonly templateText: null | string;
  };
  DetectionVersion: {
    readonly version: number;
    readonly at: string;
    readonly author: string;
    readonly comment: string;
    readonly text: string;
  };
  DeviceDetail: {
    readonly facts: readonly Schemas['Fact'][];
    readonly incidents: readonly Schemas['IncidentSummary'][];
    readonly alerts: readonly Schemas['AlertSummary'][];
    readonly activity: readonly { readonly table: string; readonly rows: number; readonly huntingQuery: string }[];
    readonly id: string;
    readonly name: string;
    readonly domain: string;
    readonly osPlatform: string;
    readonly ips: readonly string[];
    readonly firstSeen: string;
    readonly lastSeen: string;
    readonly riskLevel: 'high' | 'informational' | 'low' | 'medium' | 'none';
    readonly openAlerts: number;
    readonly loggedOnUsers: readonly string[];
  };
  DeviceGroup: {
    readonly id: string;
    readonly name: string;
    readonly description: string;
    readonly rank: number;
    readonly rules: readonly Schemas['DeviceRule'][];
    readonly automation: 'full' | 'none' | 'semiAll' | 'semiCore' | 'semiNonTemp';
    readonly version: number;
  };
  DeviceRule: {
    readonly property: 'domain' | 'name' | 'os' | 'tag';
    readonly operator: 'contains' | 'endsWith' | 'equals' | 'startsWith';
    readonly values: readonly string[];
  };
  DeviceSummary: {
    readonly id: string;
    readonly name: string;
    readonly domain: string;
    readonly osPlatform: string;
    readonly ips: readonly string[];
    readonly firstSeen: string;
    readonly lastSeen: string;
    readonly riskLevel: 'high' | 'informational' | 'low' | 'medium' | 'none';
    readonly openAlerts: number;
    readonly loggedOnUsers: readonly string[];
  };
  EffectiveRights: {
    readonly subject: Schemas['Subject'];
    readonly name: string;
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
    readonly groups: readonly string[];
    readonly opensPortal: boolean;
    readonly managesRoles: boolean;
    readonly permissions: readonly {
      readonly name:
        | 'Alerts.Manage'
        | 'Application.Manage'
        | 'Auth.Manage'
        | 'Auth.Read'
        | 'Baseline.Manage'
        | 'CoreSec.Manage'
        | 'CoreSec.Read'
        | 'Data.Manage'
        | 'DetTune.Manage'
        | 'EmailAct.Manage'
        | 'EmailContent.Read'
        | 'EmailMeta.Read'
        | 'Exception.Manage'
        | 'Exposure.Manage'
        | 'Exposure.Read'
        | 'FileCollect.Manage'
        | 'Jobs.Manage'
        | 'Jobs.Read'
        | 'LiveAdv.Manage'
        | 'LiveBasic.Manage'
        | 'Playbooks.Run'
        | 'Quarantine.Manage'
        | 'Remediation.Manage'
        | 'Response.Manage'
        | 'SecData.Read'
        | 'Sys.Manage'
        | 'Sys.Read'
        | 'VM.Read'
        | 'Workbooks.Manage';
      readonly sources: readonly {
        readonly source: 'cloud' | 'cloudApps' | 'dataLake' | 'email' | 'endpoint' | 'exposure' | 'identity' | 'siem';
        readonly scopes:
          | null
          | readonly {
              readonly kind: 'cloudScope' | 'deviceGroup' | 'rowTag';
              readonly id: string;
              readonly name: string;
            }[];
        readonly grants: readonly {
          readonly role: string;
          readonly assignment: null | string;
          readonly through: string;
        }[];
      }[];
    }[];
  };
  Entity: {
    readonly type:
      | 'cloudAccount'
      | 'cloudIdentity'
      | 'cloudResource'
      | 'device'
      | 'file'
      | 'ip'
      | 'mailbox'
      | 'process'
      | 'registry'
      | 'scheduledTask'
      | 'service'
      | 'url'
      | 'user';
    readonly key: string;
    readonly label: string;
    readonly fields: Schemas['EntityFields'];
  };
  EntityDetail: {
    readonly entity: Schemas['Entity'];
    readonly facts: readonly Schemas['Fact'][];
    readonly firstSeen: null | string;
    readonly lastSeen: null | string;
    readonly observed: readonly {
      readonly table: string;
      readonly rows: number;
      readonly devices: readonly { readonly id: string; readonly name: string; readonly rows: number }[];
      readonly huntingQuery: string;
    }[];
    readonly incidents: readonly Schemas['IncidentSummary'][];
    readonly alerts: readonly Schemas['AlertSummary'][];
  };
  EntityFields: {
    readonly deviceId?: string;
    readonly deviceName?: string;
    readonly accountName?: string;
    readonly accountDomain?: string;
    readonly accountSid?: string;
    readonly accountUpn?: string;
    readonly accountObjectId?: string;
    readonly processId?: number;
    readonly processUniqueId?: string;
    readonly processCreationTime?: string;
    readonly processCommandLine?: string;
    readonly parentProcessFileName?: string;
    readonly fileName?: string;
    readonly folderPath?: string;
    readonly sha1?: string;
    readonly sha256?: string;
    readonly md5?: string;
    readonly ip?: string;
    readonly url?: string;
    readonly registryKey?: string;
    readonly registryValueName?: string;
    readonly registryValueData?: string;
    readonly serviceName?: string;
    readonly taskName?: string;
    readonly cloudPlatform?: string;
    readonly cloudAccountId?: string;
    readonly resourceId?: string;
    readonly resourceType?: string;
    readonly mailboxAddress?: string;
  };
  Environment: {
    readonly kind:
      | 'awsAccount'
      | 'awsManagementAccount'
      | 'azureDevOpsOrganization'
      | 'azureSubscription'
      | 'dockerHubOrganization'
      | 'gcpProject'
      | 'gitHubOrganization'
      | 'gitLabGroup'
      | 'jfrogArtifactory';
    readonly id: string;
  };
  Evidence: {
    readonly roles: readonly Schemas['EvidenceRole'][];
    readonly type:
      | 'cloudAccount'
      | 'cloudIdentity'
      | 'cloudResource'
      | 'device'
      | 'file'
      | 'ip'
      | 'mailbox'
      | 'process'
      | 'registry'
      | 'scheduledTask'
      | 'service'
      | 'url'
      | 'user';
    readonly key: string;
    readonly label: string;
    readonly fields: Schemas['EntityFields'];
  };
  EvidenceRole:
    | 'attacked'
    | 'attacker'
    | 'commandAndControl'
    | 'compromised'
    | 'contextual'
    | 'created'
    | 'destination'
    | 'loaded'
    | 'source'
    | 'suspicious'
    | 'unknown';
  EvidenceTest: {
    readonly evidence:
      | 'any'
      | 'cloudAccount'
      | 'cloudIdentity'
      | 'cloudResource'
      | 'device'
      | 'file'
      | 'ip'
      | 'mailbox'
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
  Fact: { readonly label: string; readonly value: string; readonly source: string };
  FactorKind: 'passkey' | 'recoveryCode' | 'totp';
  FieldTest: {
    readonly field: string;
    readonly operator: 'contains' | 'endsWith' | 'equals' | 'inRange' | 'matches' | 'startsWith';
    readonly values: readonly string[];
  };
  GroupChoice:
    | ('manageAll' | 'readAll')
    | readonly (
        | 'Alerts.Manage'
        | 'Application.Manage'
        | 'Auth.Manage'
        | 'Auth.Read'
        | 'Baseline.Manage'
        | 'CoreSec.Manage'
        | 'CoreSec.Read'
        | 'Data.Manage'
        | 'DetTune.Manage'
        | 'EmailAct.Manage'
        | 'EmailContent.Read'
        | 'EmailMeta.Read'
        | 'Exception.Manage'
        | 'Exposure.Manage'
        | 'Exposure.Read'
        | 'FileCollect.Manage'
        | 'Jobs.Manage'
        | 'Jobs.Read'
        | 'LiveAdv.Manage'
        | 'LiveBasic.Manage'
        | 'Playbooks.Run'
        | 'Quarantine.Manage'
        | 'Remediation.Manage'
        | 'Response.Manage'
        | 'SecData.Read'
        | 'Sys.Manage'
        | 'Sys.Read'
        | 'VM.Read'
        | 'Workbooks.Manage'
      )[];
  HiddenAlert: {
    readonly dedupeKey: string;
    readonly tuningId: string;
    readonly ruleId: string;
    readonly title: string;
    readonly severity: string;
    readonly action: string;
    readonly at: string;
  };
  HomeData: {
    readonly incidents: {
      readonly active: Schemas['Counted'];
      readonly unassigned: Schemas['Counted'];
      readonly bySeverity: readonly {
        readonly count: number;
        readonly href: string;
        readonly severity: 'high' | 'informational' | 'low' | 'medium';
      }[];
      readonly mine: Schemas['Counted'];
      readonly newest: readonly Schemas['IncidentSummary'][];
    };
    readonly alertsPerDay: readonly {
      readonly day: string;
      readonly high: number;
      readonly medium: number;
      readonly low: number;
      readonly informational: number;
    }[];
    readonly devicesAtRisk: readonly {
      readonly id: string;
      readonly name: string;
      readonly riskLevel: 'high' | 'informational' | 'low' | 'medium';
      readonly openAlerts: number;
    }[];
    readonly devices: Schemas['Counted'];
    readonly topDetections: readonly {
      readonly ruleId: string;
      readonly title: string;
      readonly severity: 'high' | 'informational' | 'low' | 'medium';
      readonly alerts: Schemas['Counted'];
    }[];
    readonly ingestion: {
      readonly sources: Schemas['Counted'];
      readonly eventsLast24h: Schemas['Counted'];
      readonly eventsTotal: Schemas['Counted'];
      readonly rejectedLast24h: Schemas['Counted'];
      readonly lastEventAt: null | string;
    };
    readonly tactics: readonly { readonly category: Schemas['Category']; readonly alerts: Schemas['Counted'] }[];
    readonly empty: boolean;
  };
  HuntCheck: {
    readonly schemaVersion: string;
    readonly parts: readonly { readonly start: number; readonly length: number }[];
    readonly diagnostics: readonly Schemas['HuntDiagnostic'][];
  };
  HuntDiagnostic: {
    readonly code: string;
    readonly severity: 'error' | 'warning';
    readonly message: string;
    readonly line: number;
    readonly column: number;
    readonly start: number;
    readonly length: number;
    readonly suggestion?: string;
  };
  HuntExplanation: {
    readonly ok: boolean;
    readonly timings: readonly { readonly stage: string; readonly ms: number }[];
    readonly syntax: string;
    readonly plan?: { readonly tree: string; readonly json: string };
    readonly optimised?: { readonly tree: string; readonly json: string };
    readonly statements: readonly {
      readonly name: string;
      readonly sql: string;
      readonly params: Readonly<Record<string, { readonly type: string; readonly value: unknown }>>;
      readonly columns: readonly { readonly name: string; readonly type: Schemas['KqlType'] }[];
    }[];
    readonly render?: { readonly visualization: string; readonly properties: Readonly<Record<string, string>> };
    readonly tables: readonly string[];
    readonly rowWise: boolean;
    readonly filtersTime: boolean;
    readonly errors: readonly Schemas['HuntDiagnostic'][];
    readonly warnings: readonly Schemas['HuntDiagnostic'][];
  };
  HuntResult: {
    readonly columns: readonly { readonly name: string; readonly type: Schemas['KqlType'] }[];
    readonly rows: readonly (readonly unknown[])[];
    readonly truncated: boolean;
    readonly name?: string;
    readonly more?: readonly {
      readonly name: string;
      readonly columns: readonly { readonly name: string; readonly type: Schemas['KqlType'] }[];
      readonly rows: readonly (readonly unknown[])[];
      readonly truncated: boolean;
    }[];
    readonly maxRows: number;
    readonly stats: {
      readonly elapsedMs: number;
      readonly compileMs: number;
      readonly rowsRead: number;
      readonly bytesRead: number;
    };
    readonly render?: { readonly visualization: string; readonly properties: Readonly<Record<string, string>> };
    readonly filtersTime: boolean;
    readonly warnings: readonly Schemas['HuntDiagnostic'][];
    readonly tables: readonly string[];
  };
  HuntingLanguage: { readonly items: readonly Schemas['LanguageWord'][]; readonly unsupported: readonly string[] };
  HuntingSchemaInfo: {
    readonly version: string;
    readonly tables: readonly {
      readonly name: string;
      readonly category: string;
      readonly description: string;
      readonly origin: string;
      readonly timeColumn: null | string;
      readonly columns: readonly {
        readonly name: string;
        readonly type: Schemas['KqlType'];
        readonly description?: string;
        readonly values?: readonly string[];
      }[];
      readonly actionTypes: readonly string[];
      readonly rows: number;
      readonly newest: null | string;
    }[];
    readonly standardColumns: readonly {
      readonly name: string;
      readonly type: Schemas['KqlType'];
      readonly description?: string;
    }[];
    readonly tableAliases: Readonly<Record<string, string>>;
    readonly columnAliases: Readonly<Record<string, string>>;
    readonly functions: readonly {
      readonly name: string;
      readonly parameters: string;
      readonly body: string;
      readonly doc: string;
    }[];
    readonly watchlists: readonly {
      readonly alias: string;
      readonly columns: readonly { readonly name: string; readonly type: Schemas['KqlType'] }[];
    }[];
  };
  IncidentAlert: {
    readonly mergeReason: Schemas['MergeReason'];
    readonly evidence: readonly Schemas['Evidence'][];
    readonly id: string;
    readonly title: string;
    readonly severity: 'high' | 'informational' | 'low' | 'medium';
    readonly status: 'inProgress' | 'new' | 'resolved';
    readonly category: Schemas['Category'];
    readonly techniques: readonly string[];
    readonly incidentId: string;
    readonly incidentName: string;
    readonly ruleId: string;
    readonly serviceSource: string;
    readonly detectionSource: string;
    readonly productName: string;
    readonly impactedAssets: readonly Schemas['Entity'][];
    readonly assignedTo: null | string;
    readonly classification: ('falsePositive' | 'informationalExpectedActivity' | 'truePositive') | null;
    readonly determination:
      | (
          | 'compromisedAccount'
          | 'confirmedActivity'
          | 'lineOfBusinessApplication'
          | 'maliciousUserActivity'
          | 'malware'
          | 'multiStagedAttack'
          | 'notEnoughDataToValidate'
          | 'notMalicious'
          | 'other'
          | 'phishing'
          | 'securityTesting'
          | 'unwantedSoftware'
        )
      | null;
    readonly firstActivity: string;
    readonly lastActivity: string;
    readonly createdAt: string;
    readonly lastUpdate: string;
    readonly eventCount: number;
  };
  IncidentAsset: {
    readonly entity: Schemas['Entity'];
    readonly roles: readonly string[];
    readonly alertCount: number;
    readonly highestSeverity: 'high' | 'informational' | 'low' | 'medium';
    readonly firstActivity: string;
    readonly lastActivity: string;
  };
  IncidentChanges: {
    readonly name?: string;
    readonly status?: 'active' | 'inProgress' | 'resolved';
    readonly severity?: 'high' | 'informational' | 'low' | 'medium';
    readonly assignedTo?: null | string;
    readonly classification?: ('falsePositive' | 'informationalExpectedActivity' | 'truePositive') | null;
    readonly determination?:
      | (
          | 'compromisedAccount'
          | 'confirmedActivity'
          | 'lineOfBusinessApplication'
          | 'maliciousUserActivity'
          | 'malware'
          | 'multiStagedAttack'
          | 'notEnoughDataToValidate'
          | 'notMalicious'
          | 'other'
          | 'phishing'
          | 'securityTesting'
          | 'unwantedSoftware'
        )
      | null;
    readonly tags?: readonly string[];
    readonly resolvingComment?: string;
    readonly description?: string;
    readonly summary?: string;
  };
  IncidentDetail: {
    readonly nameIsAutomatic: boolean;
    readonly redirectIncidentId: null | string;
    readonly resolvingComment: string;
    readonly comments: readonly Schemas['Comment'][];
    readonly counts: {
      readonly alerts: number;
      readonly assets: number;
      readonly evidence: number;
      readonly activity: number;
    };
    readonly priorityTerms: readonly { readonly label: string; readonly points: number }[];
    readonly lastModifiedBy: string;
    readonly id: string;
    readonly name: string;
    readonly severity: 'high' | 'informational' | 'low' | 'medium';
    readonly status: 'active' | 'inProgress' | 'redirected' | 'resolved';
    readonly priorityScore: number;
    readonly categories: readonly Schemas['Category'][];
    readonly impactedAssets: readonly Schemas['Entity'][];
    readonly activeAlerts: number;
    readonly totalAlerts: number;
    readonly outsideAlerts: number;
    readonly productNames: readonly string[];
    readonly detectionSources: readonly string[];
    readonly firstActivity: string;
    readonly lastActivity: string;
    readonly createdAt: string;
    readonly lastUpdate: string;
    readonly assignedTo: null | string;
    readonly classification: ('falsePositive' | 'informationalExpectedActivity' | 'truePositive') | null;
    readonly determination:
      | (
          | 'compromisedAccount'
          | 'confirmedActivity'
          | 'lineOfBusinessApplication'
          | 'maliciousUserActivity'
          | 'malware'
          | 'multiStagedAttack'
          | 'notEnoughDataToValidate'
          | 'notMalicious'
          | 'other'
          | 'phishing'
          | 'securityTesting'
          | 'unwantedSoftware'
        )
      | null;
    readonly tags: readonly string[];
  };
  IncidentEvidence: {
    readonly entity: Schemas['Entity'];
    readonly roles: readonly string[];
    readonly alertIds: readonly string[];
    readonly devices: readonly string[];
    readonly firstSeen: string;
  };
  IncidentProposal: {
    readonly id: string;
    readonly incidentId: string;
    readonly changes: Schemas['IncidentChanges'];
    readonly comment: string;
    readonly reason: string;
    readonly proposedBy: string;
    readonly createdAt: string;
    readonly state: 'accepted' | 'dismissed' | 'open';
    readonly decidedBy: null | string;
    readonly decidedAt: null | string;
  };
  IncidentSummary: {
    readonly id: string;
    readonly name: string;
    readonly severity: 'high' | 'informational' | 'low' | 'medium';
    readonly status: 'active' | 'inProgress' | 'redirected' | 'resolved';
    readonly priorityScore: number;
    readonly categories: readonly Schemas['Category'][];
    readonly impactedAssets: readonly Schemas['Entity'][];
    readonly activeAlerts: number;
    readonly totalAlerts: number;
    readonly outsideAlerts: number;
    readonly productNames: readonly string[];
    readonly detectionSources: readonly string[];
    readonly firstActivity: string;
    readonly lastActivity: string;
    readonly createdAt: string;
    readonly lastUpdate: string;
    readonly assignedTo: null | string;
    readonly classification: ('falsePositive' | 'informationalExpectedActivity' | 'truePositive') | null;
    readonly determination:
      | (
          | 'compromisedAccount'
          | 'confirmedActivity'
          | 'lineOfBusinessApplication'
          | 'maliciousUserActivity'
          | 'malware'
          | 'multiStagedAttack'
          | 'notEnoughDataToValidate'
          | 'notMalicious'
          | 'other'
          | 'phishing'
          | 'securityTesting'
          | 'unwantedSoftware'
        )
      | null;
    readonly tags: readonly string[];
  };
  IngestKey: {
    readonly purpose: 'ingest' | 'query';
    readonly sourceId: string;
    readonly id: string;
    readonly name: string;
    readonly createdAt: string;
    readonly createdBy: string;
    readonly lastUsedAt: null | string;
  };
  IngestSource: {
    readonly id: string;
    readonly name: string;
    readonly protocol: string;
    readonly kind: null | string;
    readonly enabled: boolean;
    readonly connector: null | string;
    readonly limits: Schemas['SourceLimits'];
    readonly settings: Readonly<Record<string, unknown>>;
    readonly state: Schemas['SourceState'];
    readonly createdAt: null | string;
    readonly createdBy: string;
    readonly firstEventAt: null | string;
    readonly lastEventAt: null | string;
    readonly accepted: number;
    readonly rejected: number;
    readonly rate: number;
    readonly connectors: readonly { readonly id: string; readonly events: number }[];
    readonly unclaimed: number;
    readonly lagMs: null | number;
    readonly refused: number;
  };
  IntelAllowed: {
    readonly kind: 'certificate' | 'cidr' | 'domain' | 'email' | 'ip' | 'md5' | 'sha1' | 'sha256' | 'url';
    readonly value: string;
    readonly note: string;
    readonly by: string;
    readonly at: string;
  };
  IntelFeed: {
    readonly id: string;
    readonly name: string;
    readonly url: string;
    readonly collection: string;
    readonly username: string;
    readonly hasSecret: boolean;
    readonly everyMinutes: number;
    readonly enabled: boolean;
    readonly lastPoll: null | string;
    readonly lastError: null | string;
    readonly indicators: number;
  };
  IntelIndicator: {
    readonly id: string;
    readonly source: string;
    readonly kind: 'certificate' | 'cidr' | 'domain' | 'email' | 'ip' | 'md5' | 'sha1' | 'sha256' | 'url';
    readonly value: string;
    readonly name: string;
    readonly description: string;
    readonly confidence: number;
    readonly validFrom: string;
    readonly validUntil: string;
    readonly modified: string;
    readonly addedBy: string;
    readonly tags: readonly string[];
    readonly state: 'active' | 'expired' | 'revoked';
  };
  IntelSummary: {
    readonly active: number;
    readonly expired: number;
    readonly revoked: number;
    readonly bySource: readonly { readonly source: string; readonly active: number }[];
    readonly byKind: readonly {
      readonly kind: 'certificate' | 'cidr' | 'domain' | 'email' | 'ip' | 'md5' | 'sha1' | 'sha256' | 'url';
      readonly active: number;
    }[];
    readonly matches24h: number;
  };
  Job: {
    readonly id: string;
    readonly kind: string;
    readonly title: string;
    readonly state: 'cancelled' | 'failed' | 'queued' | 'running' | 'succeeded';
    readonly progress: null | number;
    readonly detail: string;
    readonly createdAt: string;
    readonly startedAt: null | string;
    readonly finishedAt: null | string;
    readonly result?: unknown;
  };
  KqlType: 'bool' | 'datetime' | 'decimal' | 'dynamic' | 'guid' | 'int' | 'long' | 'real' | 'string' | 'timespan';
  LanguageWord: {
    readonly name: string;
    readonly kind: 'aggregate' | 'function' | 'operator' | 'plugin' | 'saved' | 'statement' | 'word';
    readonly form: string;
    readonly returns?: string;
    readonly doc: string;
    readonly aliasOf?: string;
  };
  LegalHold: {
    readonly id: string;
    readonly name: string;
    readonly reason: string;
    readonly table: string;
    readonly filter: Schemas['RowFilter'];
    readonly createdBy: string;
    readonly createdAt: string;
    readonly releasedBy: null | string;
    readonly releasedAt: null | string;
  };
  MergeReason: {
    readonly codes: readonly Schemas['CorrelationReason'][];
    readonly text: string;
    readonly matchedAlertId: null | string;
    readonly keys: readonly string[];
    readonly score: number;
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
  OsqueryAnswer: {
    readonly nodeId: string;
    readonly host: string;
    readonly answeredAt: string;
    readonly status: number;
    readonly message: string;
    readonly rows: number;
  };
  OsqueryNode: {
    readonly id: string;
    readonly hostIdentifier: string;
    readonly hostname: string;
    readonly platform: string;
    readonly os: string;
    readonly version: string;
    readonly address: string;
    readonly enrolledAt: string;
    readonly lastSeenAt: string;
  };
  OsqueryQuery: {
    readonly id: string;
    readonly name: string;
    readonly sql: string;
    readonly nodes: null | readonly string[];
    readonly createdAt: string;
    readonly createdBy: string;
    readonly expiresAt: string;
    readonly answers: number;
  };
  PageOfActivityEntry: {
    readonly items: readonly Schemas['ActivityEntry'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfAlertSummary: {
    readonly items: readonly Schemas['AlertSummary'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfAssignment: {
    readonly items: readonly Schemas['Assignment'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfAuditEntry: {
    readonly items: readonly Schemas['AuditEntry'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfCloudScope: {
    readonly items: readonly Schemas['CloudScope'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfDetectionInfo: {
    readonly items: readonly Schemas['DetectionInfo'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfDeviceGroup: {
    readonly items: readonly Schemas['DeviceGroup'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfDeviceSummary: {
    readonly items: readonly Schemas['DeviceSummary'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfIncidentAlert: {
    readonly items: readonly Schemas['IncidentAlert'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfIncidentAsset: {
    readonly items: readonly Schemas['IncidentAsset'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfIncidentEvidence: {
    readonly items: readonly Schemas['IncidentEvidence'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfIncidentSummary: {
    readonly items: readonly Schemas['IncidentSummary'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfIngestKey: {
    readonly items: readonly Schemas['IngestKey'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfIngestSource: {
    readonly items: readonly Schemas['IngestSource'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfIntelIndicator: {
    readonly items: readonly Schemas['IntelIndicator'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfRoleDetails: {
    readonly items: readonly Schemas['RoleDetails'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfRowTag: {
    readonly items: readonly Schemas['RowTag'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfSuggestion: {
    readonly items: readonly Schemas['Suggestion'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfUploadJob: {
    readonly items: readonly Schemas['UploadJob'][];
    readonly total: number;
    readonly page: number;
    readonly pageSize: number;
  };
  PageOfUser: {
    readonly items: readonly Schemas['User'][];
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
    readonly items: readonly Schemas['WatchlistItem'][];
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
  Passkey: {
    readonly id: string;
    readonly name: string;
    readonly createdAt: string;
    readonly lastUsedAt: null | string;
    readonly synced: boolean;
  };
  PendingFactor: { readonly ticket: string; readonly methods: readonly Schemas['FactorKind'][] };
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
  ProcessNode: {
    readonly key: string;
    readonly fileName: string;
    readonly folderPath: string;
    readonly processId: null | number;
    readonly creationTime: null | string;
    readonly commandLine: string;
    readonly account: string;
    readonly integrityLevel: string;
    readonly sha256: string;
    readonly sha1: string;
    readonly highlighted: boolean;
    readonly alerts: readonly {
      readonly id: string;
      readonly title: string;
      readonly severity: 'high' | 'informational' | 'low' | 'medium';
    }[];
    readonly activity: readonly {
      readonly table: string;
      readonly actionType: string;
      readonly count: number;
      readonly huntingQuery: string;
    }[];
    readonly children: readonly Schemas['ProcessNode'][];
    readonly huntingQuery: string;
  };
  ProcessTree: {
    readonly deviceId: string;
    readonly deviceName: string;
    readonly roots: readonly Schemas['ProcessNode'][];
    readonly gaps: readonly string[];
    readonly events: readonly Schemas['AlertEvent'][];
  };
  Provider: {
    readonly id: string;
    readonly hasSecret: boolean;
    readonly version: number;
    readonly redirectUri: string;
    readonly backChannelLogoutUri: string;
    readonly postLogoutRedirectUri: string;
    readonly name: string;
    readonly enabled: boolean;
    readonly scopes: string;
    readonly issuer: string;
    readonly clientId: string;
    readonly usernameClaim: string;
    readonly displayNameClaim: string;
    readonly groupsClaim: string;
    readonly mappings: readonly Schemas['ClaimMapping'][];
    readonly defaultRole: null | string;
    readonly createUsers: boolean;
    readonly adoptLocal: boolean;
    readonly requiredAmr: string;
  };
  ProviderCheck: {
    readonly issuer: string;
    readonly authorizationEndpoint: string;
    readonly endSessionEndpoint: null | string;
    readonly backChannelLogout: boolean;
    readonly signingAlgorithms: readonly string[];
  };
  QueryRun: {
    readonly id: string;
    readonly query: string;
    readonly startedAt: string;
    readonly elapsedMs: number;
    readonly rows: number;
    readonly state: 'cancelled' | 'completed' | 'failed';
    readonly error: null | string;
  };
  RetentionRun: {
    readonly at: string;
    readonly removedRows: number;
    readonly removedBytes: number;
    readonly heldRows: number;
    readonly error: null | string;
  };
  RightsChange: {
    readonly kind: 'assignment' | 'cloudScope' | 'deviceGroup' | 'role' | 'rowTag';
    readonly name: string;
    readonly action: 'create' | 'same' | 'update';
  };
  RightsDocument: {
    readonly version: 1;
    readonly roles?: readonly {
      readonly name: string;
      readonly id: string;
      readonly description: string;
      readonly groups: Schemas['RoleGroups'];
    }[];
    readonly deviceGroups?: readonly {
      readonly name: string;
      readonly id: string;
      readonly description: string;
      readonly rank: number;
      readonly rules: readonly Schemas['DeviceRule'][];
      readonly automation: 'full' | 'none' | 'semiAll' | 'semiCore' | 'semiNonTemp';
    }[];
    readonly cloudScopes?: readonly {
      readonly name: string;
      readonly id: string;
      readonly description: string;
      readonly environments: readonly Schemas['Environment'][];
    }[];
    readonly rowTags?: readonly {
      readonly name: string;
      readonly id: string;
      readonly description: string;
      readonly rules: readonly Schemas['RowRule'][];
    }[];
    readonly assignments?: readonly {
      readonly origin: string;
      readonly name: string;
      readonly id: string;
      readonly scopes: readonly Schemas['ScopeRef'][];
      readonly roleId: string;
      readonly subjects: readonly Schemas['Subject'][];
      readonly sources: Schemas['SourceChoice'];
      readonly legacy: boolean;
    }[];
  };
  RoleDetails: {
    readonly id: string;
    readonly name: string;
    readonly description: string;
    readonly kind: 'custom' | 'global' | 'siem';
    readonly groups: Schemas['RoleGroups'];
    readonly permissions: readonly {
      readonly name:
        | 'Alerts.Manage'
        | 'Application.Manage'
        | 'Auth.Manage'
        | 'Auth.Read'
        | 'Baseline.Manage'
        | 'CoreSec.Manage'
        | 'CoreSec.Read'
        | 'Data.Manage'
        | 'DetTune.Manage'
        | 'EmailAct.Manage'
        | 'EmailContent.Read'
        | 'EmailMeta.Read'
        | 'Exception.Manage'
        | 'Exposure.Manage'
        | 'Exposure.Read'
        | 'FileCollect.Manage'
        | 'Jobs.Manage'
        | 'Jobs.Read'
        | 'LiveAdv.Manage'
        | 'LiveBasic.Manage'
        | 'Playbooks.Run'
        | 'Quarantine.Manage'
        | 'Remediation.Manage'
        | 'Response.Manage'
        | 'SecData.Read'
        | 'Sys.Manage'
        | 'Sys.Read'
        | 'VM.Read'
        | 'Workbooks.Manage';
      readonly sources: Schemas['SourceChoice'];
    }[];
    readonly assignments: number;
    readonly version: number;
  };
  RoleGroups: {
    readonly authorization?: Schemas['GroupChoice'];
    readonly securityData?: Schemas['GroupChoice'];
    readonly rawData?: Schemas['GroupChoice'];
    readonly posture?: Schemas['GroupChoice'];
    readonly dataOperations?: Schemas['GroupChoice'];
  };
  RowFilter: {
    readonly kql?: string;
    readonly devices?: readonly string[];
    readonly users?: readonly string[];
    readonly from?: string;
    readonly to?: string;
  };
  RowRule: { readonly table: string; readonly column: string; readonly values: readonly (boolean | string | number)[] };
  RowTag: {
    readonly id: string;
    readonly name: string;
    readonly description: string;
    readonly rules: readonly Schemas['RowRule'][];
    readonly version: number;
  };
  RuleProblemInfo: { readonly line: number; readonly message: string; readonly path?: string; readonly fix?: string };
  RuleSight: 'blind' | 'failing' | 'off' | 'partly' | 'sees' | 'shadow' | 'waiting';
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
  SavedQuery: {
    readonly id: string;
    readonly kind: 'function' | 'query';
    readonly name: string;
    readonly query: string;
    readonly parameters: string;
    readonly description: string;
    readonly shared: boolean;
    readonly owner: string;
    readonly own: boolean;
    readonly updatedAt: string;
  };
  ScopeRef: { readonly kind: 'cloudScope' | 'deviceGroup' | 'rowTag'; readonly id: string };
  SearchHit: {
    readonly label: string;
    readonly detail: string;
    readonly href: string;
    readonly type?:
      | 'cloudAccount'
      | 'cloudIdentity'
      | 'cloudResource'
      | 'device'
      | 'file'
      | 'ip'
      | 'mailbox'
      | 'process'
      | 'registry'
      | 'scheduledTask'
      | 'service'
      | 'url'
      | 'user';
  };
  SearchResult: {
    readonly groups: readonly {
      readonly group: 'alerts' | 'devices' | 'files' | 'incidents' | 'ips' | 'tables' | 'users';
      readonly items: readonly Schemas['SearchHit'][];
    }[];
  };
  SecurityProfile: {
    readonly hasPassword: boolean;
    readonly provider: null | { readonly id: string; readonly name: string };
    readonly breakGlass: boolean;
    readonly secondFactorRequired: boolean;
    readonly totp: null | { readonly since: string };
    readonly passkeys: readonly Schemas['Passkey'][];
    readonly passkeysPossible: boolean;
    readonly recoveryCodesLeft: number;
    readonly confirmedUntil: null | string;
  };
  SessionInfo: {
    readonly user: null | Schemas['User'];
    readonly permissions: readonly (
      | 'Alerts.Manage'
      | 'Application.Manage'
      | 'Auth.Manage'
      | 'Auth.Read'
      | 'Baseline.Manage'
      | 'CoreSec.Manage'
      | 'CoreSec.Read'
      | 'Data.Manage'
      | 'DetTune.Manage'
      | 'EmailAct.Manage'
      | 'EmailContent.Read'
      | 'EmailMeta.Read'
      | 'Exception.Manage'
      | 'Exposure.Manage'
      | 'Exposure.Read'
      | 'FileCollect.Manage'
      | 'Jobs.Manage'
      | 'Jobs.Read'
      | 'LiveAdv.Manage'
      | 'LiveBasic.Manage'
      | 'Playbooks.Run'
      | 'Quarantine.Manage'
      | 'Remediation.Manage'
      | 'Response.Manage'
      | 'SecData.Read'
      | 'Sys.Manage'
      | 'Sys.Read'
      | 'VM.Read'
      | 'Workbooks.Manage'
    )[];
    readonly csrfToken: null | string;
    readonly setupRequired: boolean;
    readonly stage: Schemas['SessionStage'];
    readonly secondFactor?: Schemas['PendingFactor'];
    readonly version: string;
  };
  SessionStage: 'changePassword' | 'complete' | 'enrolFactor';
  SetupStep: { readonly title: string; readonly language: string; readonly text: string };
  SigmaCheck: {
    readonly id: string;
    readonly by: string;
    readonly at: string;
    readonly documents: number;
    readonly translated: number;
    readonly warnings: number;
    readonly refused: number;
    readonly rules: number;
  };
  SigmaResultDetail: {
    readonly source: string;
    readonly query: string;
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
  };
  SignInOptions: {
    readonly localSignIn: boolean;
    readonly passkeys: boolean;
    readonly providers: readonly { readonly id: string; readonly name: string }[];
  };
  SignInPolicy: {
    readonly localSignIn: 'breakGlassOnly' | 'everyone';
    readonly secondFactor: 'optional' | 'required';
    readonly idleHours: number;
    readonly maxHours: number;
    readonly confirmMinutes: number;
    readonly version: number;
  };
  SourceActivityBins: {
    readonly binMinutes: number;
    readonly bins: readonly {
      readonly from: string;
      readonly mapped: number;
      readonly unclaimed: number;
      readonly rejected: number;
    }[];
  };
  SourceChoice:
    | 'all'
    | readonly ('cloud' | 'cloudApps' | 'dataLake' | 'email' | 'endpoint' | 'exposure' | 'identity' | 'siem')[];
  SourceField: {
    readonly name: string;
    readonly label: string;
    readonly type: 'choice' | 'number' | 'secret' | 'switch' | 'text' | 'textarea';
    readonly required?: boolean;
    readonly fallback?: boolean | string | number;
    readonly hint?: string;
    readonly choices?: readonly { readonly value: string; readonly label: string }[];
    readonly min?: number;
    readonly max?: number;
    readonly pattern?: string;
    readonly onlyFor?: { readonly field: string; readonly values: readonly (boolean | string)[] };
  };
  SourceKindInfo: {
    readonly id: string;
    readonly title: string;
    readonly description: string;
    readonly credentials: 'key' | 'none';
    readonly fields: readonly Schemas['SourceField'][];
    readonly setup: readonly Schemas['SetupStep'][];
  };
  SourceLimits: { readonly eventsPerSecond: null | number; readonly bytesPerSecond: null | number };
  SourceState: {
    readonly state: 'failed' | 'off' | 'ready' | 'running' | 'waiting';
    readonly detail: string;
    readonly counters?: Readonly<Record<string, number>>;
  };
  StoreHealth: {
    readonly ok: boolean;
    readonly lastRestart: null | Schemas['StoreRestart'];
    readonly restartsLastDay: number;
  };
  StoreRestart: {
    readonly id: string;
    readonly at: string;
    readonly reason: string;
    readonly interrupted: number;
    readonly backAfterMs: null | number;
  };
  StoreStatus: {
    readonly kind: 'cluster' | 'embedded';
    readonly ok: boolean;
    readonly version: string;
    readonly startedAt: null | string;
    readonly memoryBytes: null | number;
    readonly memoryLimitBytes: null | number;
    readonly diskFreeBytes: null | number;
    readonly diskTotalBytes: null | number;
    readonly rows: number;
    readonly bytes: number;
    readonly plainBytes: number;
    readonly parts: number;
    readonly merges: number;
    readonly restarts: readonly Schemas['StoreRestart'][];
    readonly tiers: readonly { readonly name: string; readonly available: boolean; readonly detail: string }[];
    readonly defaultRules: Schemas['TableRules'];
  };
  StoreTable: {
    readonly name: string;
    readonly category: string;
    readonly origin: 'custom' | 'hunting' | 'parapet' | 'workspace';
    readonly rows: number;
    readonly bytes: number;
    readonly plainBytes: number;
    readonly parts: number;
    readonly merges: number;
    readonly pending: number;
    readonly archivedBytes: number;
    readonly oldest: null | string;
    readonly newest: null | string;
    readonly timeColumn: null | string;
    readonly rules: Schemas['TableRules'];
    readonly ownRules: null | Schemas['TableRules'];
    readonly holds: readonly string[];
    readonly lastRun: null | Schemas['RetentionRun'];
  };
  StoryEdge: {
    readonly id: string;
    readonly source: string;
    readonly target: string;
    readonly label: string;
    readonly alertIds: readonly string[];
    readonly firstActivity: string;
  };
  StoryNode: {
    readonly id: string;
    readonly type:
      | 'cloudAccount'
      | 'cloudIdentity'
      | 'cloudResource'
      | 'device'
      | 'file'
      | 'ip'
      | 'mailbox'
      | 'process'
      | 'registry'
      | 'scheduledTask'
      | 'service'
      | 'url'
      | 'user';
    readonly label: string;
    readonly entities: readonly Schemas['Entity'][];
    readonly alertIds: readonly string[];
    readonly severity: 'high' | 'informational' | 'low' | 'medium';
    readonly patientZero: boolean;
    readonly firstActivity: string;
    readonly lastActivity: string;
  };
  StoryStep: {
    readonly alertId: string;
    readonly time: string;
    readonly title: string;
    readonly severity: 'high' | 'informational' | 'low' | 'medium';
    readonly category: Schemas['Category'];
    readonly nodeIds: readonly string[];
    readonly narrative: string;
  };
  Stream: {
    readonly id: string;
    readonly name: string;
    readonly enabled: boolean;
    readonly tables: readonly string[];
    readonly settings: Schemas['StreamSettings'];
    readonly createdAt: string;
    readonly createdBy: string;
    readonly sent: number;
    readonly lastSentAt: null | string;
    readonly lastError: string;
  };
  StreamSettings:
    | { readonly kind: 'file'; readonly folder: string }
    | { readonly kind: 'http'; readonly url: string; readonly authorization?: string | true }
    | {
        readonly kind: 'syslog';
        readonly host: string;
        readonly port: number;
        readonly tls: boolean;
        readonly format: 'cef' | 'json';
      }
    | {
        readonly kind: 'nats';
        readonly host: string;
        readonly port: number;
        readonly tls: boolean;
        readonly subject: string;
        readonly token?: string | true;
      };
  Subject: { readonly kind: 'app' | 'group' | 'key' | 'user'; readonly id: string };
  Suggestion: {
    readonly id: string;
    readonly kind: 'connect' | 'enable' | 'repair' | 'use';
    readonly title: string;
    readonly reason: string;
    readonly table: null | string;
    readonly rules: readonly { readonly id: string; readonly name: string; readonly enabled: boolean }[];
    readonly connectors: readonly { readonly id: string; readonly title: string }[];
    readonly gained: readonly string[];
    readonly bytesPerDay: null | number;
    readonly state: 'active' | 'completed' | 'dismissed' | 'inProgress';
    readonly note: string;
    readonly changedBy: null | string;
    readonly changedAt: null | string;
  };
  TableRules: {
    readonly retentionDays: null | number;
    readonly retentionBytes: null | number;
    readonly archiveAfterDays: null | number;
  };
  Technique: { readonly id: string; readonly name: string; readonly tactics: readonly string[] };
  TimelineEvent: {
    readonly id: string;
    readonly time: string;
    readonly group: Schemas['TimelineGroup'];
    readonly table: string;
    readonly actionType: string;
    readonly title: string;
    readonly entities: readonly Schemas['Entity'][];
    readonly severity?: 'high' | 'informational' | 'low' | 'medium';
    readonly alertId?: string;
    readonly huntingQuery: string;
    readonly row: Readonly<Record<string, unknown>>;
  };
  TimelineGroup: 'alert' | 'file' | 'imageLoad' | 'logon' | 'network' | 'other' | 'process' | 'registry';
  TimelinePage: {
    readonly items: readonly Schemas['TimelineEvent'][];
    readonly nextCursor: null | string;
    readonly histogram: readonly { readonly start: string; readonly count: number }[];
    readonly bucketSeconds: number;
    readonly total: number;
  };
  TotpOffer: { readonly secret: string; readonly uri: string; readonly qr: readonly string[] };
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
  UploadJob: {
    readonly id: string;
    readonly sourceId: string;
    readonly name: string;
    readonly size: number;
    readonly by: string;
    readonly createdAt: string;
    readonly state: 'done' | 'failed' | 'reading' | 'waiting';
    readonly read: number;
    readonly events: number;
    readonly problems: number;
    readonly examples: readonly string[];
    readonly finishedAt: null | string;
  };
  User: {
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
  UserSession: {
    readonly id: string;
    readonly current: boolean;
    readonly createdAt: string;
    readonly lastSeenAt: string;
    readonly remoteAddress: string;
    readonly userAgent: string;
    readonly method: string;
  };
  WatchlistEvent: {
    readonly id: number;
    readonly at: string;
    readonly by: string;
    readonly action:
      | 'appended'
      | 'changed'
      | 'created'
      | 'deleted'
      | 'itemAdded'
      | 'itemChanged'
      | 'itemDeleted'
      | 'itemRestored'
      | 'replaced'
      | 'restored'
      | 'upserted';
    readonly detail: Readonly<Record<string, unknown>>;
  };
  WatchlistInfo: {
    readonly id: string;
    readonly alias: string;
    readonly name: string;
    readonly description: string;
    readonly columns: readonly string[];
    readonly searchKey: string;
    readonly itemLifeDays: null | number;
    readonly items: number;
    readonly source: string;
    readonly createdBy: string;
    readonly createdAt: string;
    readonly updatedBy: string;
    readonly updatedAt: string;
    readonly deletedAt: null | string;
  };
  WatchlistItem: {
    readonly id: string;
    readonly updatedAt: string;
    readonly cells: readonly string[];
    readonly expired: boolean;
  };
  WatchlistLimits: {
    readonly uploadBytes: number;
    readonly lineCharacters: number;
    readonly rowBytes: number;
    readonly items: number;
  };
  WatchlistUploadResult: {
    readonly watchlist: Schemas['WatchlistInfo'];
    readonly added: number;
    readonly changed: number;
    readonly removed: number;
    readonly duplicateKeys: number;
  };
  Workload: {
    readonly source: 'cloud' | 'cloudApps' | 'dataLake' | 'email' | 'endpoint' | 'exposure' | 'identity' | 'siem';
    readonly active: boolean;
    readonly imported: number;
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
    answer: Schemas['Assignment'];
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
    answer: Schemas['Assignment'];
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
    answer: Schemas['CloudScope'];
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
    answer: Schemas['CloudScope'];
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
    answer: Schemas['DeviceGroup'];
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
    answer: Schemas['DeviceGroup'];
  };
  'GET /api/access/effective': {
    params: Record<never, never>;
    query: { kind: 'user' | 'group' | 'app' | 'key'; id: string };
    body: undefined;
    answer: Schemas['EffectiveRights'];
  };
  'GET /api/access/export': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['RightsDocument'];
  };
  'POST /api/access/import': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly document: Readonly<Record<string, unknown>>; readonly dryRun?: boolean };
    answer: { readonly changes: readonly Schemas['RightsChange'][]; readonly dryRun: boolean };
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
    answer: Schemas['RoleDetails'];
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
    answer: Schemas['RoleDetails'];
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
    answer: Schemas['RowTag'];
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
    answer: Schemas['RowTag'];
  };
  'GET /api/access/workloads': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly Schemas['Workload'][] };
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
  'GET /api/alerts/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['AlertDetail'];
  };
  'PATCH /api/alerts/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly status?: string;
      readonly assignedTo?: string | null;
      readonly classification?: string | null;
      readonly determination?: string | null;
    };
    answer: Schemas['AlertDetail'];
  };
  'POST /api/alerts/:id/comments': {
    params: { id: string };
    query: Record<never, never>;
    body: { readonly text: string };
    answer: Schemas['Comment'];
  };
  'GET /api/alerts/:id/process-tree': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['ProcessTree'];
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
    };
    answer: Schemas['BulkResult'];
  };
  'GET /api/apps': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly Schemas['AppRegistration'][]; readonly tenantId: string };
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
    answer: Schemas['AppRegistration'];
  };
  'DELETE /api/apps/:id': { params: { id: string }; query: Record<never, never>; body: undefined; answer: undefined };
  'GET /api/apps/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['AppRegistration'];
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
    answer: Schemas['AppRegistration'];
  };
  'POST /api/apps/:id/certificates': {
    params: { id: string };
    query: Record<never, never>;
    body: { readonly name: string; readonly certificate: string };
    answer: Schemas['AppCredential'];
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
    answer: { readonly credential: Schemas['AppCredential']; readonly secret: string };
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
  'GET /api/coverage': {
    params: Record<never, never>;
    query: { days?: number };
    body: undefined;
    answer: Schemas['Coverage'];
  };
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
    answer: { readonly rule: Schemas['DetectionInfo']; readonly job: null | Schemas['Job'] };
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
    answer: Schemas['DetectionInfo'];
  };
  'PATCH /api/detections/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['DetectionInfo'];
  };
  'PUT /api/detections/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['DetectionInfo'];
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
    answer: Schemas['DetectionInfo'];
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
    answer: Schemas['DetectionInfo'];
  };
  'POST /api/detections/:id/run': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['Job'];
  };
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
    answer: Schemas['DetectionText'];
  };
  'POST /api/detections/:id/update-from-template': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['DetectionInfo'];
  };
  'GET /api/detections/:id/versions': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly Schemas['DetectionVersion'][] };
  };
  'POST /api/detections/check': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['DetectionCheck'];
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
        readonly problems: readonly Schemas['RuleProblemInfo'][];
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
    answer: Schemas['Job'];
  };
  'POST /api/detections/sigma/check': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['Job'];
  };
  'GET /api/detections/sigma/checks/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['SigmaCheck'];
  };
  'POST /api/detections/sigma/checks/:id/import': {
    params: { id: string };
    query: Record<never, never>;
    body: { readonly state: 'on' | 'shadow' | 'off'; readonly warnings?: boolean; readonly ids?: readonly string[] };
    answer: Schemas['Job'];
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
    answer: Schemas['SigmaResultDetail'];
  };
  'GET /api/detections/statistics': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly Schemas['DetectionStatistics'][] };
  };
  'GET /api/detections/summary': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['DetectionSummary'];
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
          | 'cloudIdentity'
          | 'cloudResource'
          | 'device'
          | 'file'
          | 'ip'
          | 'mailbox'
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
      from?: string;
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
    answer: Schemas['DeviceDetail'];
  };
  'GET /api/devices/:id/timeline': {
    params: { id: string };
    query: {
      from?: string;
      to?: string;
      types?: string | readonly string[];
      actionType?: string | readonly string[];
      search?: string;
      cursor?: string;
      limit?: number;
    };
    body: undefined;
    answer: Schemas['TimelinePage'];
  };
  'GET /api/entities/:type/:key': {
    params: { type: string; key: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['EntityDetail'];
  };
  'GET /api/home': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['HomeData'];
  };
  'POST /api/hunting/check': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly query: string };
    answer: Schemas['HuntCheck'];
  };
  'POST /api/hunting/explain': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly query: string; readonly timeRange?: { readonly from: string; readonly to: string } };
    answer: Schemas['HuntExplanation'];
  };
  'GET /api/hunting/history': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly Schemas['QueryRun'][] };
  };
  'GET /api/hunting/language': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['HuntingLanguage'];
  };
  'GET /api/hunting/queries': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly Schemas['SavedQuery'][] };
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
      readonly shared?: boolean;
    };
    answer: Schemas['SavedQuery'];
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
      readonly shared?: boolean;
    };
    answer: Schemas['SavedQuery'];
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
    answer: Schemas['HuntResult'];
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
    answer: Schemas['HuntingSchemaInfo'];
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
      entity?: string | readonly string[];
      priority?: string | readonly string[];
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
    answer: Schemas['IncidentDetail'];
  };
  'PATCH /api/incidents/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: {
      readonly status?: string;
      readonly assignedTo?: string | null;
      readonly classification?: string | null;
      readonly determination?: string | null;
      readonly name?: string;
      readonly severity?: string;
      readonly tags?: readonly string[];
      readonly resolvingComment?: string;
    };
    answer: Schemas['IncidentDetail'];
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
  'POST /api/incidents/:id/comments': {
    params: { id: string };
    query: Record<never, never>;
    body: { readonly text: string };
    answer: Schemas['Comment'];
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
    answer: Schemas['AttackStory'];
  };
  'GET /api/incidents/:id/proposals': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly Schemas['IncidentProposal'][] };
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
        readonly name?: string;
        readonly severity?: string;
        readonly tags?: readonly string[];
        readonly resolvingComment?: string;
      };
      readonly comment?: string;
      readonly reason: string;
    };
    answer: Schemas['IncidentProposal'];
  };
  'POST /api/incidents/:id/proposals/:proposal/accept': {
    params: { id: string; proposal: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['IncidentProposal'];
  };
  'POST /api/incidents/:id/proposals/:proposal/dismiss': {
    params: { id: string; proposal: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['IncidentProposal'];
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
        readonly name?: string;
        readonly severity?: string;
        readonly tags?: readonly string[];
        readonly resolvingComment?: string;
      };
    };
    answer: Schemas['BulkResult'];
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
      readonly items: readonly Schemas['ConnectorInfo'][];
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
    answer: Schemas['ConnectorDetail'];
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
    answer: Schemas['ConnectorDetail'];
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
    answer: Schemas['ConnectorTrialAnswer'];
  };
  'GET /api/ingest/dead-letters': {
    params: Record<never, never>;
    query: { page?: number; pageSize?: number; reason?: string; source?: string; search?: string };
    body: undefined;
    answer: {
      readonly items: readonly Schemas['DeadLetter'][];
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
    answer: { readonly items: readonly Schemas['SourceKindInfo'][] };
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
    answer: { readonly source: Schemas['IngestSource']; readonly key: null | Schemas['CreatedIngestKey'] };
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
      readonly limits: Schemas['SourceLimits'];
      readonly settings: Readonly<Record<string, unknown>>;
      readonly state: Schemas['SourceState'];
      readonly createdAt: null | string;
      readonly createdBy: string;
      readonly firstEventAt: null | string;
      readonly lastEventAt: null | string;
      readonly accepted: number;
      readonly rejected: number;
      readonly rate: number;
      readonly connectors: readonly { readonly id: string; readonly events: number }[];
      readonly unclaimed: number;
      readonly lagMs: null | number;
      readonly refused: number;
      readonly keys: readonly Schemas['IngestKey'][];
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
    answer: Schemas['IngestSource'];
  };
  'GET /api/ingest/sources/:id/activity': {
    params: { id: string };
    query: { hours?: number };
    body: undefined;
    answer: Schemas['SourceActivityBins'];
  };
  'POST /api/ingest/sources/:id/keys': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['CreatedIngestKey'];
  };
  'GET /api/ingest/sources/:id/osquery/nodes': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly Schemas['OsqueryNode'][] };
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
    answer: { readonly items: readonly Schemas['OsqueryQuery'][] };
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
    answer: Schemas['OsqueryQuery'];
  };
  'GET /api/ingest/sources/:id/osquery/queries/:query': {
    params: { id: string; query: string };
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly results: readonly Schemas['OsqueryAnswer'][];
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
    answer: Schemas['UploadJob'];
  };
  'GET /api/ingest/uploads/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['UploadJob'];
  };
  'GET /api/intel/allowed': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly Schemas['IntelAllowed'][] };
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
    answer: { readonly items: readonly Schemas['IntelFeed'][] };
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
    answer: Schemas['IntelFeed'];
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
    answer: Schemas['IntelFeed'];
  };
  'POST /api/intel/feeds/:id/poll': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['Job'];
  };
  'POST /api/intel/import': {
    params: Record<never, never>;
    query: { source: string; name?: string };
    body: undefined;
    answer: Schemas['Job'];
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
    answer: Schemas['Job'];
  };
  'GET /api/intel/summary': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['IntelSummary'];
  };
  'GET /api/jobs': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly Schemas['Job'][] };
  };
  'DELETE /api/jobs/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['Job'];
  };
  'GET /api/jobs/:id': { params: { id: string }; query: Record<never, never>; body: undefined; answer: Schemas['Job'] };
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
    answer: Schemas['CreatedIngestKey'];
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
    answer: Schemas['ConsentRequest'];
  };
  'GET /api/oauth/device/:code': {
    params: { code: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['ConsentRequest'];
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
    answer: Schemas['SecurityProfile'];
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
    answer: readonly Schemas['UserSession'][];
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
    answer: Schemas['TotpOffer'];
  };
  'POST /api/profile/totp/confirmation': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly code: string };
    answer: { readonly recoveryCodes: null | readonly string[] };
  };
  'GET /api/sample': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['SampleDescription'];
  };
  'POST /api/sample': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['Job'];
  };
  'GET /api/search': {
    params: Record<never, never>;
    query: { q: string };
    body: undefined;
    answer: Schemas['SearchResult'];
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
    answer: Schemas['SessionInfo'];
  };
  'POST /api/session': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly username: string; readonly password: string };
    answer: Schemas['SessionInfo'];
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
    answer: Schemas['SessionInfo'];
  };
  'POST /api/session/passkey': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly passkey: Readonly<Record<string, unknown>> };
    answer: Schemas['SessionInfo'];
  };
  'POST /api/session/password': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly currentPassword: string; readonly newPassword: string };
    answer: Schemas['SessionInfo'];
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
    answer: Schemas['SessionInfo'];
  };
  'GET /api/sign-in': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['SignInOptions'];
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
    answer: Schemas['SignInPolicy'];
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
    answer: Schemas['SignInPolicy'];
  };
  'GET /api/sign-in/providers': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: readonly Schemas['Provider'][];
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
    answer: Schemas['Provider'];
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
    answer: Schemas['Provider'];
  };
  'POST /api/sign-in/providers/:id/test': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['ProviderCheck'];
  };
  'GET /api/store/deletions': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly items: readonly Schemas['Deletion'][];
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
    answer: { readonly deletion: Schemas['Deletion']; readonly job: Schemas['Job'] };
  };
  'GET /api/store/deletions/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['Deletion'];
  };
  'POST /api/store/deletions/preview': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly table: string; readonly filter: string };
    answer: Schemas['DeletionPreview'];
  };
  'GET /api/store/health': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['StoreHealth'];
  };
  'GET /api/store/holds': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly items: readonly Schemas['LegalHold'][];
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
    answer: Schemas['LegalHold'];
  };
  'DELETE /api/store/holds/:id': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['LegalHold'];
  };
  'POST /api/store/retention': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: { readonly table?: string };
    answer: Schemas['Job'];
  };
  'GET /api/store/schema': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly tables: readonly Schemas['CustomTable'][];
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
    answer: Schemas['CustomTable'];
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
    answer: Schemas['CustomColumn'];
  };
  'GET /api/store/status': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['StoreStatus'];
  };
  'GET /api/store/tables': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: {
      readonly items: readonly Schemas['StoreTable'][];
      readonly total: number;
      readonly page: number;
      readonly pageSize: number;
    };
  };
  'GET /api/store/tables/:name': {
    params: { name: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['StoreTable'];
  };
  'DELETE /api/store/tables/:name/rules': {
    params: { name: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['TableRules'];
  };
  'PUT /api/store/tables/:name/rules': {
    params: { name: string };
    query: Record<never, never>;
    body: {
      readonly retentionDays: number | null;
      readonly retentionBytes: number | null;
      readonly archiveAfterDays: number | null;
    };
    answer: Schemas['TableRules'];
  };
  'GET /api/streams': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: { readonly items: readonly Schemas['Stream'][]; readonly max: number; readonly tables: readonly string[] };
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
    answer: Schemas['Stream'];
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
    answer: Schemas['Stream'];
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
    answer: { readonly sessions: readonly Schemas['UserSession'][]; readonly factors: readonly string[] };
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
  'GET /api/watchlists': {
    params: Record<never, never>;
    query: { deleted?: boolean };
    body: undefined;
    answer: { readonly items: readonly Schemas['WatchlistInfo'][] };
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
    answer: Schemas['WatchlistInfo'];
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
    answer: Schemas['WatchlistInfo'];
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
    answer: Schemas['WatchlistInfo'];
  };
  'GET /api/watchlists/:id/history': {
    params: { id: string };
    query: { limit?: number };
    body: undefined;
    answer: { readonly items: readonly Schemas['WatchlistEvent'][] };
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
    answer: Schemas['WatchlistItem'];
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
    answer: Schemas['WatchlistItem'];
  };
  'POST /api/watchlists/:id/items/:item/restore': {
    params: { id: string; item: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['WatchlistItem'];
  };
  'POST /api/watchlists/:id/restore': {
    params: { id: string };
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['WatchlistInfo'];
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
    answer: Schemas['WatchlistUploadResult'];
  };
  'GET /api/watchlists/limits': {
    params: Record<never, never>;
    query: Record<never, never>;
    body: undefined;
    answer: Schemas['WatchlistLimits'];
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
    answer: Schemas['WatchlistUploadResult'];
  };
}
