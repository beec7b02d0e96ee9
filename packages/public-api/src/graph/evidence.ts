import type { EvidenceRecord } from '@parapet/incidents';
import type { EntityFields } from '@parapet/schema';
import { wireMember } from './enums.ts';

type Wire = Record<string, unknown>;

const TYPE = '#microsoft.graph.security.';
const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

const text = (value: string | undefined): string | null => (value === undefined || value === '' ? null : value);

function fileDetails(fields: EntityFields): Wire {
  return {
    sha1: text(fields.sha1),
    sha256: text(fields.sha256),
    md5: text(fields.md5),
    sha256Ac: null,
    fileName: text(fields.fileName),
    filePath: text(fields.folderPath),
    fileSize: null,
    filePublisher: null,
    signer: null,
    issuer: null,
  };
}

function userAccount(fields: EntityFields, displayName?: string): Wire {
  const object = fields.accountObjectId ?? '';
  return {
    accountName: text(fields.accountName),
    domainName: text(fields.accountDomain),
    userSid: text(fields.accountSid),
    azureAdUserId: GUID.test(object) ? object : null,
    userPrincipalName: text(fields.accountUpn),
    displayName: text(displayName),
    activeDirectoryObjectGuid: null,
    resourceAccessEvents: [],
  };
}

/** `HKEY_LOCAL_MACHINE\Software\…` as hive and the rest. */
function registry(key: string | undefined): Wire {
  const [hive = '', ...rest] = (key ?? '').split('\\');
  return rest.length > 0
    ? { registryHive: hive, registryKey: rest.join('\\') }
    : { registryHive: null, registryKey: text(key) };
}

/** The wire type of one kind of entity with its own properties; undefined where the published description has none. */
function special(record: EvidenceRecord): Wire | undefined {
  const { type, fields, label } = record;
  switch (type) {
    case 'device': {
      const name = fields.deviceName ?? label;
      const [host = '', ...domain] = name.split('.');
      const dns = /^[\d.:]+$/.test(name) ? '' : domain.join('.');
      return {
        '@odata.type': `${TYPE}deviceEvidence`,
        firstSeenDateTime: null,
        mdeDeviceId: text(fields.deviceId),
        azureAdDeviceId: null,
        deviceDnsName: text(name),
        hostName: dns ? host : text(name),
        ntDomain: null,
        dnsDomain: text(dns),
        osPlatform: null,
        osBuild: null,
        version: null,
        healthStatus: 'unknown',
        riskScore: 'none',
        rbacGroupId: null,
        rbacGroupName: null,
        onboardingStatus: 'insufficientInfo',
        defenderAvStatus: 'unknown',
        ipInterfaces: fields.ip ? [fields.ip] : [],
        vmMetadata: null,
        lastIpAddress: text(fields.ip),
        lastExternalIpAddress: null,
        loggedOnUsers: [],
        resourceAccessEvents: [],
      };
    }
    case 'user':
      return { '@odata.type': `${TYPE}userEvidence`, stream: null, userAccount: userAccount(fields, label) };
    case 'process':
      return {
        '@odata.type': `${TYPE}processEvidence`,
        processId: fields.processId ?? null,
        parentProcessId: null,
        processCommandLine: text(fields.processCommandLine),
        processCreationDateTime: time(fields.processCreationTime),
        parentProcessCreationDateTime: null,
        detectionStatus: 'detected',
        mdeDeviceId: text(fields.deviceId),
        imageFile: fileDetails(fields),
        parentProcessImageFile: fields.parentProcessFileName
          ? fileDetails({ fileName: fields.parentProcessFileName })
          : null,
        userAccount: fields.accountName || fields.accountSid ? userAccount(fields) : null,
      };
    case 'file':
      return {
        '@odata.type': `${TYPE}fileEvidence`,
        detectionStatus: 'detected',
        mdeDeviceId: text(fields.deviceId),
        fileDetails: fileDetails(fields),
      };
    case 'ip':
      return {
        '@odata.type': `${TYPE}ipEvidence`,
        ipAddress: text(fields.ip ?? label),
        countryLetterCode: null,
        location: null,
        stream: null,
      };
    case 'url':
      return { '@odata.type': `${TYPE}urlEvidence`, url: text(fields.url ?? label) };
    case 'registry':
      return fields.registryValueName
        ? {
            '@odata.type': `${TYPE}registryValueEvidence`,
            ...registry(fields.registryKey),
            registryValueName: fields.registryValueName,
            registryValue: text(fields.registryValueData),
            registryValueType: null,
            mdeDeviceId: text(fields.deviceId),
          }
        : { '@odata.type': `${TYPE}registryKeyEvidence`, ...registry(fields.registryKey) };
    case 'mailbox':
      return {
        '@odata.type': `${TYPE}mailboxEvidence`,
        primaryAddress: text(fields.mailboxAddress ?? label),
        upn: text(fields.accountUpn ?? fields.mailboxAddress),
        displayName: text(label),
        userAccount: userAccount({ ...fields, accountUpn: fields.accountUpn ?? fields.mailboxAddress }, label),
      };
    case 'cloudResource':
    case 'cloudAccount':
    case 'cloudIdentity':
      return cloud(record);
    default:
      return undefined;
  }
}

/** Provider by what the row says, else by the form of the id. */
function providerOf({ cloudPlatform = '', resourceId = '' }: EntityFields): 'aws' | 'azure' | 'gcp' | undefined {
  const platform = cloudPlatform.toLowerCase();
  if (platform.includes('aws') || platform.includes('amazon') || resourceId.startsWith('arn:')) return 'aws';
  if (platform.includes('azure') || /^\/(subscriptions|tenants|providers)\//i.test(resourceId)) return 'azure';
  if (platform.includes('gcp') || platform.includes('google') || resourceId.startsWith('//')) return 'gcp';
  return undefined;
}

function cloud({ type, fields, label }: EvidenceRecord): Wire | undefined {
  const account = fields.cloudAccountId ?? fields.resourceId?.split(':')[4];
  const id = fields.resourceId ?? (type === 'cloudAccount' ? account : undefined);
  const kind =
    fields.resourceType ??
    { cloudResource: '', cloudAccount: 'Account', cloudIdentity: 'Identity' }[type as 'cloudResource'];
  switch (providerOf(fields)) {
    case 'aws':
      return {
        '@odata.type': `${TYPE}amazonResourceEvidence`,
        amazonAccountId: text(account),
        amazonResourceId: text(id ?? label),
        resourceName: text(label),
        resourceType: text(kind),
      };
    case 'azure':
      if (type === 'cloudIdentity')
        return { '@odata.type': `${TYPE}userEvidence`, stream: null, userAccount: userAccount(fields, label) };
      return {
        '@odata.type': `${TYPE}azureResourceEvidence`,
        resourceId:
          type === 'cloudAccount' && account && !id?.startsWith('/') ? `/subscriptions/${account}` : text(id ?? label),
        resourceName: text(label),
        resourceType: type === 'cloudAccount' ? 'Microsoft.Resources/subscriptions' : text(kind),
      };
    case 'gcp':
      return {
        '@odata.type': `${TYPE}googleCloudResourceEvidence`,
        projectId: text(fields.cloudAccountId),
        projectNumber: null,
        fullResourceName: text(id ?? label),
        resourceName: text(label),
        resourceType: text(kind),
        location: null,
        locationType: 'unknown',
      };
    default:
      // Of an identity nothing but its name is known; that is a user's account.
      return type === 'cloudIdentity'
        ? { '@odata.type': `${TYPE}userEvidence`, stream: null, userAccount: userAccount(fields, label) }
        : undefined;
  }
}

function time(value: string | undefined): string | null {
  if (!value) return null;
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

const MALICIOUS: readonly string[] = ['attacker', 'commandAndControl'];

/**
 * One piece of evidence as published. Imported evidence goes out as it came in.
 * @returns undefined for kinds that the published description does not have; the alert lists them in `additionalData`
 */
export function wireEvidence(record: EvidenceRecord, createdAt: string, all: boolean): Wire | undefined {
  if (record.wire) return evidenceMembers(record.wire, all);
  const own = special(record);
  if (!own) return undefined;
  const { '@odata.type': type, ...rest } = own;
  const suspicious = record.roles.some((role) => MALICIOUS.includes(role) || role === 'suspicious');
  return {
    '@odata.type': type,
    createdDateTime: createdAt,
    verdict: suspicious ? 'suspicious' : 'unknown',
    remediationStatus: 'none',
    remediationStatusDetails: null,
    roles: record.roles.map((role) => wireMember('evidenceRole', role, all)),
    detailedRoles: [],
    tags: [],
    ...rest,
  };
}

function evidenceMembers(wire: Readonly<Record<string, unknown>>, all: boolean): Wire {
  if (all) return { ...wire };
  return {
    ...wire,
    ...(typeof wire.remediationStatus === 'string'
      ? { remediationStatus: wireMember('evidenceRemediationStatus', wire.remediationStatus, all) }
      : {}),
  };
}
