/**
 * Entities: the things an alert is about. One vocabulary for evidence, correlation, pages and hunting links.
 */

export const ENTITY_TYPES = [
  'device',
  'user',
  'process',
  'file',
  'ip',
  'url',
  'registry',
  'service',
  'scheduledTask',
  'cloudResource',
  'cloudAccount',
  'cloudIdentity',
  'mailbox',
  'mailMessage',
  'cloudApp',
  'oauthApp',
] as const;

export type EntityType = (typeof ENTITY_TYPES)[number];

/** Spec A 1.3 `evidenceRole`; the ones Parapet sets itself. */
export type EvidenceRole =
  | 'unknown'
  | 'contextual'
  | 'source'
  | 'destination'
  | 'created'
  | 'compromised'
  | 'attacked'
  | 'attacker'
  | 'commandAndControl'
  | 'loaded'
  | 'suspicious';

/** What an entity carries. Every field is optional except those that make its key; unknown keys are not allowed. */
export interface EntityFields {
  readonly deviceId?: string;
  readonly deviceName?: string;
  readonly accountName?: string;
  readonly accountDomain?: string;
  readonly accountSid?: string;
  readonly accountUpn?: string;
  readonly accountObjectId?: string;
  /** Number of the logon session, decimal or `0x…`, unique on its device between restarts. */
  readonly logonId?: string;
  readonly processId?: number;
  readonly processUniqueId?: string;
  /** ISO 8601 UTC. */
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
  /** AWS, Azure or GCP. */
  readonly cloudPlatform?: string;
  readonly cloudAccountId?: string;
  readonly resourceId?: string;
  readonly resourceType?: string;
  readonly mailboxAddress?: string;
  /** Id that every table of the mail flow gives one message. */
  readonly networkMessageId?: string;
  readonly emailSubject?: string;
  /** Name of a cloud app, as its tables write it. */
  readonly applicationName?: string;
  readonly applicationId?: string;
  readonly oauthAppId?: string;
}

/** Their names, as rules and the wizard offer them. */
export const ENTITY_FIELDS = [
  'deviceId',
  'deviceName',
  'accountName',
  'accountDomain',
  'accountSid',
  'accountUpn',
  'accountObjectId',
  'logonId',
  'processId',
  'processUniqueId',
  'processCreationTime',
  'processCommandLine',
  'parentProcessFileName',
  'fileName',
  'folderPath',
  'sha1',
  'sha256',
  'md5',
  'ip',
  'url',
  'registryKey',
  'registryValueName',
  'registryValueData',
  'serviceName',
  'taskName',
  'cloudPlatform',
  'cloudAccountId',
  'resourceId',
  'resourceType',
  'mailboxAddress',
  'networkMessageId',
  'emailSubject',
  'applicationName',
  'applicationId',
  'oauthAppId',
] as const satisfies readonly (keyof EntityFields)[];

export interface Entity {
  readonly type: EntityType;
  /**
   * Stable identity inside its type, made by `entityKey`. Equal keys are the same thing; pages and links use it.
   */
  readonly key: string;
  /** What people read on the chip. */
  readonly label: string;
  readonly fields: EntityFields;
}

export interface Evidence extends Entity {
  readonly roles: readonly EvidenceRole[];
}

const lower = (value: string | undefined): string => (value ?? '').trim().toLowerCase();

/** An id as it is compared; one that is all zeros was masked or never set, and would make one device of many. */
const idOf = (value: string | undefined): string => {
  const id = lower(value);
  return /^[0{}-]+$/.test(id) ? '' : id;
};

/** `domain\name`, lower case; the domain part is a NetBIOS name or empty. */
function accountKey(fields: EntityFields): string {
  if (fields.accountSid && !/^S-1-5-(18|19|20)$/i.test(fields.accountSid) && !fields.accountName)
    return lower(fields.accountSid);
  const domain = lower(fields.accountDomain).split('.')[0] ?? '';
  return domain ? `${domain}\\${lower(fields.accountName)}` : lower(fields.accountName);
}

/**
 * Make an entity from what a row says, with its key and label.
 * @returns undefined when the fields do not identify anything of that type
 */
export function makeEntity(type: EntityType, fields: EntityFields): Entity | undefined {
  const make = (key: string, label: string): Entity | undefined =>
    key ? { type, key, label: label || key, fields } : undefined;
  switch (type) {
    case 'device':
      // The id where the table has one: it survives a rename (spec B 10.3).
      return make(idOf(fields.deviceId) || lower(fields.deviceName), fields.deviceName ?? fields.deviceId ?? '');
    case 'user':
    case 'cloudIdentity': {
      if (type === 'cloudIdentity')
        return make(
          lower(fields.resourceId) || lower(fields.accountName),
          fields.accountName ?? fields.resourceId ?? '',
        );
      if (fields.accountUpn && !fields.accountName) return make(lower(fields.accountUpn), fields.accountUpn);
      const key = accountKey(fields);
      return make(
        key,
        fields.accountDomain && fields.accountName
          ? `${fields.accountDomain}\\${fields.accountName}`
          : (fields.accountName ?? fields.accountSid ?? ''),
      );
    }
    case 'process': {
      const owner = idOf(fields.deviceId) || lower(fields.deviceName);
      const unique = lower(fields.processUniqueId);
      if (unique) return make(`${owner}|${unique}`, fields.fileName ?? `process ${fields.processId ?? ''}`);
      if (!owner || fields.processId === undefined) return undefined;
      return make(
        `${owner}|${fields.processId}|${fields.processCreationTime ?? ''}`,
        fields.fileName ?? `process ${fields.processId}`,
      );
    }
    case 'file':
      return make(
        lower(fields.sha256) ||
          lower(fields.sha1) ||
          lower(fields.md5) ||
          lower(fields.folderPath) ||
          lower(fields.fileName),
        fields.fileName ?? fields.folderPath ?? fields.sha256 ?? '',
      );
    case 'ip':
      return make(lower(fields.ip), fields.ip ?? '');
    case 'url':
      return make(lower(fields.url), fields.url ?? '');
    case 'registry':
      return make(
        [lower(fields.registryKey), lower(fields.registryValueName)].filter(Boolean).join('\\'),
        [fields.registryKey, fields.registryValueName].filter(Boolean).join('\\'),
      );
    case 'service':
      return make(
        [idOf(fields.deviceId) || lower(fields.deviceName), lower(fields.serviceName)].filter(Boolean).join('|'),
        fields.serviceName ?? '',
      );
    case 'scheduledTask':
      return make(
        [idOf(fields.deviceId) || lower(fields.deviceName), lower(fields.taskName)].filter(Boolean).join('|'),
        fields.taskName ?? '',
      );
    case 'cloudResource':
      return make(lower(fields.resourceId), fields.resourceId ?? '');
    case 'cloudAccount':
      return make(
        lower(fields.cloudAccountId),
        [fields.cloudPlatform, fields.cloudAccountId].filter(Boolean).join(' '),
      );
    case 'mailbox':
      return make(lower(fields.mailboxAddress), fields.mailboxAddress ?? '');
    case 'mailMessage':
      return make(lower(fields.networkMessageId), fields.emailSubject || fields.networkMessageId || '');
    case 'cloudApp':
      return make(
        lower(fields.applicationName) || lower(fields.applicationId),
        fields.applicationName || fields.applicationId || '',
      );
    case 'oauthApp':
      return make(lower(fields.oauthAppId), fields.applicationName || fields.oauthAppId || '');
  }
}
