import type { Entity, Evidence, Severity } from '@parapet/schema';

/** Names that `ServiceSource` has in hunting tables, as published queries compare them. */
const SERVICE_NAMES: Readonly<Record<string, string>> = {
  microsoftDefenderForEndpoint: 'Microsoft Defender for Endpoint',
  microsoftDefenderForIdentity: 'Microsoft Defender for Identity',
  azureAdIdentityProtection: 'AAD Identity Protection',
  microsoftDefenderForOffice365: 'Microsoft Defender for Office 365',
  microsoftDefenderForCloudApps: 'Microsoft Cloud App Security',
  microsoftAppGovernance: 'App Governance',
  microsoftDefenderForCloud: 'Microsoft Defender for Cloud',
  microsoft365Defender: 'Microsoft 365 Defender',
  microsoftSentinel: 'Microsoft Sentinel',
  dataLossPrevention: 'Microsoft Data Loss Prevention',
  microsoftInsiderRiskManagement: 'Microsoft Insider Risk Management',
};

export const serviceName = (source: string): string => SERVICE_NAMES[source] ?? source;

/** `customDetection` → `Custom detection`; product names are spelled like the service. */
export function detectionName(source: string): string {
  const known = SERVICE_NAMES[source];
  if (known) return known;
  const words = source.replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const capitalised = (severity: Severity): string => severity.charAt(0).toUpperCase() + severity.slice(1);

function entityType(entity: Entity): string {
  switch (entity.type) {
    case 'device':
      return 'Machine';
    case 'user':
    case 'cloudIdentity':
      return 'User';
    case 'process':
      return 'Process';
    case 'file':
      return 'File';
    case 'ip':
      return 'Ip';
    case 'url':
      return 'Url';
    case 'registry':
      return entity.fields.registryValueName ? 'RegistryValue' : 'RegistryKey';
    case 'service':
      return 'Service';
    case 'scheduledTask':
      return 'ScheduledTask';
    case 'mailbox':
      return 'Mailbox';
    case 'mailMessage':
      return 'MailMessage';
    case 'cloudApp':
      return 'CloudApplication';
    case 'oauthApp':
      return 'OAuthApplication';
    case 'cloudAccount':
      return 'CloudAccount';
    case 'cloudResource':
      switch (entity.fields.cloudPlatform?.toLowerCase()) {
        case 'aws':
          return 'AmazonResource';
        case 'azure':
          return 'AzureResource';
        case 'gcp':
          return 'GoogleCloudResource';
        default:
          return 'CloudResource';
      }
  }
}

const IMPACTED_TYPES = new Set(['device', 'user', 'mailbox', 'cloudResource', 'cloudAccount', 'cloudIdentity']);

/** AlertEvidence columns of one entity; columns that every row of the alert shares are the caller's. */
export function evidenceColumns(evidence: Evidence): Record<string, unknown> {
  const { fields, roles, type } = evidence;
  const harmed = roles.some((role) => role === 'attacked' || role === 'compromised');
  const bystander = roles.some((role) => role === 'contextual' || role === 'source' || role === 'attacker');
  const cloud = type === 'cloudResource' || type === 'cloudAccount' || type === 'cloudIdentity';
  return {
    EntityType: entityType(evidence),
    EvidenceRole: harmed || (IMPACTED_TYPES.has(type) && !bystander) ? 'Impacted' : 'Related',
    EvidenceDirection: roles.includes('source') ? 'Source' : roles.includes('destination') ? 'Destination' : '',
    FileName: fields.fileName,
    FolderPath: fields.folderPath,
    SHA1: fields.sha1,
    SHA256: fields.sha256,
    RemoteIP: type === 'ip' ? fields.ip : undefined,
    RemoteUrl: type === 'url' ? fields.url : undefined,
    AccountName: fields.accountName,
    AccountDomain: fields.accountDomain,
    AccountSid: fields.accountSid,
    AccountObjectId: fields.accountObjectId,
    AccountUpn: fields.accountUpn ?? fields.mailboxAddress,
    NetworkMessageId: fields.networkMessageId,
    EmailSubject: fields.emailSubject,
    Application: fields.applicationName,
    OAuthApplicationId: fields.oauthAppId,
    DeviceId: fields.deviceId,
    DeviceName: fields.deviceName,
    ProcessCommandLine: fields.processCommandLine,
    RegistryKey: fields.registryKey,
    RegistryValueName: fields.registryValueName,
    RegistryValueData: fields.registryValueData,
    CloudResource: cloud ? evidence.label : undefined,
    CloudPlatform: fields.cloudPlatform,
    ResourceType: fields.resourceType,
    ResourceID: fields.resourceId,
    SubscriptionId: fields.cloudAccountId,
    AdditionalFields: {
      EntityKey: evidence.key,
      Roles: roles,
      ...(fields.processId === undefined ? {} : { ProcessId: fields.processId }),
      ...(fields.processUniqueId === undefined ? {} : { ProcessUniqueId: fields.processUniqueId }),
      ...(fields.processCreationTime === undefined ? {} : { ProcessCreationTime: fields.processCreationTime }),
      ...(fields.serviceName === undefined ? {} : { ServiceName: fields.serviceName }),
      ...(fields.taskName === undefined ? {} : { TaskName: fields.taskName }),
    },
  };
}
