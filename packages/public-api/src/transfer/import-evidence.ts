import { createHash } from 'node:crypto';
import { type EntityFields, type EntityType, type Evidence, type EvidenceRole, makeEntity } from '@parapet/schema';

type Wire = Readonly<Record<string, unknown>>;

/** All published kinds of evidence (spec A 1.3), with the entity that correlation and pages see in each. */
const KINDS: Readonly<Record<string, EntityType>> = {
  deviceEvidence: 'device',
  ioTDeviceEvidence: 'device',
  nicEvidence: 'ip',
  fileEvidence: 'file',
  fileHashEvidence: 'file',
  malwareEvidence: 'file',
  processEvidence: 'process',
  registryKeyEvidence: 'registry',
  registryValueEvidence: 'registry',
  userEvidence: 'user',
  securityGroupEvidence: 'cloudIdentity',
  servicePrincipalEvidence: 'cloudIdentity',
  cloudLogonSessionEvidence: 'user',
  cloudLogonRequestEvidence: 'cloudIdentity',
  hostLogonSessionEvidence: 'user',
  activeDirectoryDomainEvidence: 'cloudResource',
  analyzedMessageEvidence: 'mailbox',
  mailClusterEvidence: 'mailbox',
  mailboxEvidence: 'mailbox',
  mailboxConfigurationEvidence: 'mailbox',
  submissionMailEvidence: 'mailbox',
  teamsMessageEvidence: 'mailbox',
  azureResourceEvidence: 'cloudResource',
  amazonResourceEvidence: 'cloudResource',
  googleCloudResourceEvidence: 'cloudResource',
  blobContainerEvidence: 'cloudResource',
  blobEvidence: 'cloudResource',
  sasTokenEvidence: 'cloudResource',
  containerEvidence: 'cloudResource',
  containerImageEvidence: 'cloudResource',
  containerRegistryEvidence: 'cloudResource',
  kubernetesClusterEvidence: 'cloudResource',
  kubernetesNamespaceEvidence: 'cloudResource',
  kubernetesPodEvidence: 'cloudResource',
  kubernetesControllerEvidence: 'cloudResource',
  kubernetesServiceEvidence: 'cloudResource',
  kubernetesServiceAccountEvidence: 'cloudResource',
  kubernetesSecretEvidence: 'cloudResource',
  cloudApplicationEvidence: 'cloudResource',
  oauthApplicationEvidence: 'cloudIdentity',
  gitHubOrganizationEvidence: 'cloudResource',
  gitHubRepoEvidence: 'cloudResource',
  gitHubUserEvidence: 'cloudIdentity',
  aiAgentEvidence: 'cloudResource',
  ipEvidence: 'ip',
  urlEvidence: 'url',
  dnsEvidence: 'url',
  networkConnectionEvidence: 'ip',
};
export const EVIDENCE_TYPES: readonly string[] = Object.keys(KINDS);

const ROLES: readonly string[] = [
  'contextual',
  'source',
  'destination',
  'created',
  'compromised',
  'attacked',
  'attacker',
  'commandAndControl',
  'loaded',
  'suspicious',
];

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, 2_000) : undefined;
const object = (value: unknown): Wire => (typeof value === 'object' && value !== null ? (value as Wire) : {});
const first = (...values: readonly unknown[]): string | undefined =>
  values.map(text).find((each) => each !== undefined);

/** Short name of an `@odata.type`, or undefined for none that is published. */
export function evidenceKind(wire: Wire): string | undefined {
  const name = String(wire['@odata.type'] ?? '').replace(/^#?microsoft\.graph\.security\./, '');
  return EVIDENCE_TYPES.find((each) => each.toLowerCase() === name.toLowerCase());
}

/** The entity of one piece of wire evidence. Its own form is kept beside it. */
export function importedEvidence(wire: Wire, kind: string): Evidence {
  const type = KINDS[kind] as EntityType;
  const entity = makeEntity(type, fieldsOf(wire, kind, type)) ?? unnamed(wire, kind);
  const roles = (Array.isArray(wire.roles) ? wire.roles : [])
    .map(String)
    .filter((role) => ROLES.includes(role)) as EvidenceRole[];
  return { ...entity, roles };
}

function fieldsOf(wire: Wire, kind: string, type: EntityType): EntityFields {
  const file = object(wire.fileDetails ?? wire.imageFile);
  const account = object(wire.userAccount ?? wire.account);
  const fields: Record<string, unknown> = {
    deviceId: first(wire.mdeDeviceId, wire.deviceId),
    deviceName: type === 'device' ? first(wire.deviceDnsName, wire.hostName, wire.deviceName) : undefined,
    accountName: first(account.accountName, wire.accountName),
    accountDomain: text(account.domainName),
    accountSid: text(account.userSid),
    accountUpn: text(account.userPrincipalName),
    accountObjectId: text(account.azureAdUserId),
    processId: typeof wire.processId === 'number' ? wire.processId : undefined,
    processCreationTime: text(wire.processCreationDateTime),
    processCommandLine: text(wire.processCommandLine),
    fileName: first(file.fileName, kind === 'malwareEvidence' ? wire.name : undefined),
    folderPath: text(file.filePath),
    sha1: first(file.sha1, /^sha1$/i.test(String(wire.algorithm)) ? wire.value : undefined),
    sha256: first(file.sha256, /^sha256$/i.test(String(wire.algorithm)) ? wire.value : undefined),
    md5: first(file.md5, /^md5$/i.test(String(wire.algorithm)) ? wire.value : undefined),
    ip: first(
      wire.ipAddress,
      object(wire.ipAddress).ipAddress,
      object(wire.sourceAddress).ipAddress,
      wire.lastIpAddress,
    ),
    url: first(wire.url, wire.domainName),
    registryKey: [text(wire.registryHive), text(wire.registryKey)].filter(Boolean).join('\\') || undefined,
    registryValueName: text(wire.registryValueName),
    registryValueData: text(wire.registryValue),
    mailboxAddress: first(wire.primaryAddress, wire.mailboxPrimaryAddress, wire.recipientEmailAddress, wire.recipient),
    ...cloudFields(wire, kind, type),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as EntityFields;
}

function cloudFields(wire: Wire, kind: string, type: EntityType): Record<string, unknown> {
  if (type !== 'cloudResource' && type !== 'cloudIdentity') return {};
  const platforms: Readonly<Record<string, string>> = {
    amazonResourceEvidence: 'AWS',
    azureResourceEvidence: 'Azure',
    googleCloudResourceEvidence: 'GCP',
  };
  const name = first(
    wire.servicePrincipalName,
    wire.displayName,
    wire.name,
    wire.login,
    wire.resourceName,
    wire.repoId,
  );
  return {
    resourceId: first(
      wire.amazonResourceId,
      wire.fullResourceName,
      wire.resourceId,
      wire.servicePrincipalObjectId,
      wire.appId,
      wire.objectId,
      name,
      wire.activeDirectoryDomainName,
      wire.url,
    ),
    ...(type === 'cloudIdentity' ? { accountName: name } : {}),
    cloudPlatform: platforms[kind],
    cloudAccountId: first(
      wire.amazonAccountId,
      wire.projectId,
      /^\/subscriptions\/([^/]+)/i.exec(String(wire.resourceId))?.[1],
    ),
    resourceType: first(wire.resourceType, platforms[kind] ? undefined : kind.replace(/Evidence$/, '')),
  };
}

/** Evidence that names nothing by itself is what its content is. */
function unnamed(wire: Wire, kind: string) {
  const id = createHash('sha256').update(JSON.stringify(wire)).digest('hex').slice(0, 16);
  const label = kind.replace(/Evidence$/, '');
  return {
    type: 'cloudResource' as const,
    key: `${label}:${id}`.toLowerCase(),
    label,
    fields: { resourceType: label },
  };
}
