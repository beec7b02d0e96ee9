/**
 * Which data source (spec A 5.3) every hunting table and every kind of alert belongs to. The one place that says it: who may
 * not see a source sees neither its tables nor its alerts.
 */
import { DATA_SOURCES, type DataSource, type Permission } from './api/rights.ts';

/** By the category the schema gives a table; single tables that differ are below. */
const OF_CATEGORY: Readonly<Record<string, DataSource>> = {
  Devices: 'endpoint',
  'Vulnerability management': 'endpoint',
  'Apps and identities': 'identity',
  'Email and collaboration': 'email',
  'Cloud infrastructure': 'cloud',
  'Exposure management': 'exposure',
  'Data security': 'cloudApps',
  'SIEM core': 'siem',
  'Windows and Linux hosts': 'siem',
  'Identity and SaaS sign-in': 'siem',
  'Productivity and business apps': 'siem',
  Azure: 'siem',
  'AWS, GCP and other clouds': 'siem',
  'Application telemetry': 'siem',
  'ASIM normalized': 'siem',
  'Custom log tables': 'siem',
  Ingestion: 'siem',
};

const OF_TABLE: Readonly<Record<string, DataSource>> = {
  CloudAppEvents: 'cloudApps',
  OAuthAppInfo: 'cloudApps',
  AIAgentsInfo: 'cloudApps',
  AgentsInfo: 'cloudApps',
  CampaignInfo: 'email',
  // Records of cloud control planes are cloud data, whichever name the SIEM gives their table.
  AWSCloudTrail: 'cloud',
  AWSGuardDuty: 'cloud',
  AWSSecurityHubFindings: 'cloud',
  AWSEKSLogs: 'cloud',
  AWSVPCFlow: 'cloud',
  AWSS3ServerAccess: 'cloud',
  AzureActivity: 'cloud',
  AzureDiagnostics: 'cloud',
  GCPAuditLogs: 'cloud',
  GoogleCloudSCC: 'cloud',
  GKEAudit: 'cloud',
  AKSAudit: 'cloud',
  AKSAuditAdmin: 'cloud',
};

/**
 * Tables that hold copies of rows of every source: alerts and incidents, behaviors, matches of indicators, and events as they were sent. Their
 * rows are limited one by one (`events`: by the table named in `EventTable`), or they are for who sees every source whole.
 */
export const ACROSS_SOURCES: Readonly<Record<string, 'alerts' | 'incidents' | 'events' | 'everything'>> = {
  AlertInfo: 'alerts',
  AlertEvidence: 'alerts',
  SecurityAlert: 'alerts',
  SecurityIncident: 'incidents',
  AggregatedSecurityAlert: 'everything',
  Alert: 'everything',
  BehaviorInfo: 'everything',
  BehaviorEntities: 'everything',
  DisruptionAndResponseEvents: 'everything',
  ParapetEntityRisk: 'everything',
  ThreatIntelMatches: 'events',
  ParapetRawEvents: 'everything',
  ParapetDeadLetter: 'everything',
  LAQueryLogs: 'everything',
};

/** Tables about the product itself: they need the permission of the pages that show the same. */
export const PERMISSION_OF_TABLE: Readonly<Record<string, Permission>> = { ParapetAuditEvents: 'Auth.Read' };

/** Tables with the text or attachments of messages: they need EmailContent.Read besides. */
export const MAIL_CONTENT_TABLES: readonly string[] = ['FileMaliciousContentInfo'];

/**
 * Where rows of cloud tables say which environment they are of (spec A 5.4): the first column that is filled; `Column.key` reads a key of a
 * dynamic column. Who is limited to environments does not see cloud tables that are not here.
 */
export const ENVIRONMENT_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  CloudAuditEvents: ['AdditionalFields.AccountId', 'AdditionalFields.SubscriptionId', 'AdditionalFields.ProjectId'],
  AWSCloudTrail: ['RecipientAccountId', 'UserIdentityAccountId'],
  AWSGuardDuty: ['AccountId'],
  AWSSecurityHubFindings: ['AwsAccountId'],
  AWSVPCFlow: ['AccountId'],
  AzureActivity: ['SubscriptionId'],
  AzureDiagnostics: ['SubscriptionId'],
  GCPAuditLogs: ['ProjectId'],
};

/**
 * The data source of a table's rows; undefined when rows of several are in it ({@link ACROSS_SOURCES}). Tables that are added by
 * an organisation are SIEM tables.
 */
export function dataSourceOfTable(table: {
  readonly name: string;
  readonly category?: string;
}): DataSource | undefined {
  if (Object.hasOwn(ACROSS_SOURCES, table.name)) return undefined;
  return OF_TABLE[table.name] ?? OF_CATEGORY[table.category ?? ''] ?? 'siem';
}

/** By service source (spec A 1.2), where it names one workload. */
const OF_SERVICE: Readonly<Record<string, DataSource>> = {
  microsoftDefenderForEndpoint: 'endpoint',
  microsoftDefenderForIdentity: 'identity',
  azureAdIdentityProtection: 'identity',
  microsoftDefenderForCloudApps: 'cloudApps',
  microsoftAppGovernance: 'cloudApps',
  dataLossPrevention: 'cloudApps',
  microsoftInsiderRiskManagement: 'cloudApps',
  microsoftDefenderForOffice365: 'email',
  microsoftDefenderForCloud: 'cloud',
  microsoftSentinel: 'siem',
};

/**
 * Data sources of an alert: of its service, and of the tables its rows are from. A detection over several sources shows rows of all of
 * them, so its alerts are for who may see them all.
 * @param tables names of the tables the alert's rows are from
 */
export function dataSourcesOfAlert(
  alert: { readonly serviceSource: string; readonly tables: readonly string[] },
  categoryOf: (table: string) => string | undefined,
): readonly DataSource[] {
  const sources = new Set<DataSource>();
  const service = OF_SERVICE[alert.serviceSource];
  if (service) sources.add(service);
  // What a sensor of its own workload reports is of that workload, however its rows are stored.
  else
    for (const name of alert.tables) {
      const source = dataSourceOfTable({ name, category: categoryOf(name) ?? '' });
      if (source) sources.add(source);
    }
  if (alert.tables.some((name) => categoryOf(name) === 'Email and collaboration')) sources.add('email');
  if (sources.size === 0) sources.add('siem');
  return DATA_SOURCES.filter((source) => sources.has(source));
}
