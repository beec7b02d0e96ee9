import type { Entity, EntityFields, EntityType } from '@parapet/schema';
import { all, any, includes, type Match, same, sameDomain } from './match.ts';

/** Where an entity is looked for: table and condition. */
export interface Place {
  readonly table: string;
  readonly match: Match;
}

const ACTOR_TABLES = [
  'DeviceProcessEvents',
  'DeviceNetworkEvents',
  'DeviceFileEvents',
  'DeviceRegistryEvents',
  'DeviceImageLoadEvents',
  'DeviceEvents',
];
const FILE_TABLES = ['DeviceProcessEvents', 'DeviceFileEvents', 'DeviceImageLoadEvents', 'DeviceEvents'];

/**
 * Tables and conditions under which an entity of telemetry is found. Types that telemetry has no column for are found
 * in the text that carries them.
 */
export function placesOf(entity: Pick<Entity, 'type' | 'key' | 'fields'>): Place[] {
  const { fields, key } = entity;
  switch (entity.type) {
    case 'user':
      return userPlaces(fields, key);
    case 'file':
      return filePlaces(fields, key);
    // Found by the columns of each table (`subject.ts`).
    case 'ip':
    case 'url':
      return [];
    case 'process':
      return processPlaces(key, fields);
    case 'registry':
      return [{ table: 'DeviceRegistryEvents', match: registryMatch(key, fields) }];
    case 'service':
    case 'scheduledTask': {
      const name = (entity.type === 'service' ? fields.serviceName : fields.taskName) ?? key.split('|').at(-1) ?? key;
      const device = key.includes('|') ? deviceMatch(key.split('|')[0] ?? '') : undefined;
      const match = (column: string): Match => (device ? all(device, includes(column, name)) : includes(column, name));
      return [
        { table: 'DeviceEvents', match: match('AdditionalFields') },
        { table: 'DeviceRegistryEvents', match: match('RegistryKey') },
        { table: 'DeviceProcessEvents', match: match('ProcessCommandLine') },
      ];
    }
    case 'cloudIdentity': {
      const name = fields.accountName;
      return [
        {
          table: 'AWSCloudTrail',
          match: any(
            same('UserIdentityArn', key),
            same('SessionIssuerArn', key),
            ...(name && !key.startsWith('arn:') ? [same('UserIdentityUserName', name)] : []),
          ),
        },
        { table: 'CloudAuditEvents', match: includes('AdditionalFields', key) },
      ];
    }
    case 'cloudResource':
      return [
        {
          table: 'AWSCloudTrail',
          match: any(
            same('UserIdentityAccessKeyId', key),
            includes('Resources', key),
            includes('RequestParameters', key),
            includes('ResponseElements', key),
          ),
        },
        { table: 'CloudAuditEvents', match: any(same('ResourceId', key), includes('AdditionalFields', key)) },
      ];
    case 'cloudAccount':
      return [
        { table: 'AWSCloudTrail', match: any(same('RecipientAccountId', key), same('UserIdentityAccountId', key)) },
        { table: 'CloudAuditEvents', match: includes('AdditionalFields', key) },
      ];
    case 'mailbox':
      return [
        { table: 'EmailEvents', match: any(same('RecipientEmailAddress', key), same('SenderFromAddress', key)) },
        { table: 'CloudAppEvents', match: any(same('AccountId', key), same('AccountDisplayName', key)) },
      ];
    case 'mailMessage':
    case 'cloudApp':
    case 'oauthApp':
    case 'device':
      return [];
  }
}

function deviceMatch(key: string): Match {
  return any(same('DeviceId', key), same('DeviceName', key));
}

function userPlaces(fields: EntityFields, key: string): Place[] {
  const account = (prefix: string): Match => {
    if (/^s-1-/i.test(key)) return same(`${prefix}AccountSid`, key);
    if (key.includes('@')) return same(`${prefix}AccountUpn`, key);
    const [domain, name] = key.includes('\\')
      ? [key.slice(0, key.indexOf('\\')), key.slice(key.indexOf('\\') + 1)]
      : ['', key];
    const own = domain
      ? all(same(`${prefix}AccountName`, name), sameDomain(`${prefix}AccountDomain`, domain))
      : same(`${prefix}AccountName`, name);
    const sid = fields.accountSid;
    return sid && !/^S-1-5-(18|19|20)$/i.test(sid) ? any(own, same(`${prefix}AccountSid`, sid)) : own;
  };
  const actor = (table: string): Place => ({ table, match: account('InitiatingProcess') });
  const plain: Record<string, Match> = {
    DeviceProcessEvents: any(account(''), account('InitiatingProcess')),
    DeviceLogonEvents: /@/.test(key) ? account('InitiatingProcess') : account(''),
    IdentityLogonEvents: account(''),
    IdentityDirectoryEvents: account(''),
  };
  // DeviceLogonEvents and DeviceProcessEvents know people as subject, the others as whose process acted.
  return [
    ...Object.entries(plain).map(([table, match]) => ({ table, match })),
    ...ACTOR_TABLES.filter((table) => !(table in plain)).map(actor),
  ];
}

function filePlaces(fields: EntityFields, key: string): Place[] {
  const hash = { 64: 'SHA256', 40: 'SHA1', 32: 'MD5' }[/^[0-9a-f]+$/.test(key) ? key.length : 0];
  if (hash) {
    const places = FILE_TABLES.map((table) => ({
      table,
      match: any(same(hash, key), same(`InitiatingProcess${hash}`, key)),
    }));
    return [...places, { table: 'DeviceNetworkEvents', match: same(`InitiatingProcess${hash}`, key) }];
  }
  const path = /[\\/]/.test(key);
  const name = fields.fileName ?? key;
  return FILE_TABLES.map((table) => ({
    table,
    match: path
      ? any(same('FolderPath', key), same('InitiatingProcessFolderPath', key))
      : any(same('FileName', name), same('InitiatingProcessFileName', name)),
  }));
}

function processPlaces(key: string, fields: EntityFields): Place[] {
  const parts = key.split('|');
  const device = deviceMatch(parts[0] ?? '');
  const unique = fields.processUniqueId ?? (parts.length === 2 ? parts[1] : undefined);
  // A number alone is not a process: without a unique id there is nothing to look for that could not be another one.
  if (!unique) return [];
  return [
    {
      table: 'DeviceProcessEvents',
      match: all(device, any(same('ProcessUniqueId', unique), same('InitiatingProcessUniqueId', unique))),
    },
    ...ACTOR_TABLES.filter((table) => table !== 'DeviceProcessEvents').map((table) => ({
      table,
      match: all(device, same('InitiatingProcessUniqueId', unique)),
    })),
  ];
}

function registryMatch(key: string, fields: EntityFields): Match {
  if (fields.registryKey)
    return fields.registryValueName
      ? all(same('RegistryKey', fields.registryKey), same('RegistryValueName', fields.registryValueName))
      : same('RegistryKey', fields.registryKey);
  const at = key.lastIndexOf('\\');
  return at < 0
    ? same('RegistryKey', key)
    : any(
        same('RegistryKey', key),
        all(same('RegistryKey', key.slice(0, at)), same('RegistryValueName', key.slice(at + 1))),
      );
}

/** What a key alone says about an entity, for pages of things that no alert names. */
export function fieldsOf(type: EntityType, key: string): EntityFields {
  switch (type) {
    case 'device':
      return { deviceId: key };
    case 'user': {
      if (/^s-1-/i.test(key)) return { accountSid: key };
      if (key.includes('@')) return { accountUpn: key };
      const at = key.indexOf('\\');
      return at < 0 ? { accountName: key } : { accountDomain: key.slice(0, at), accountName: key.slice(at + 1) };
    }
    case 'file': {
      const hash = { 64: 'sha256', 40: 'sha1', 32: 'md5' }[/^[0-9a-f]+$/i.test(key) ? key.length : 0];
      if (hash) return { [hash]: key };
      return /[\\/]/.test(key) ? { folderPath: key, fileName: key.split(/[\\/]/).at(-1) } : { fileName: key };
    }
    case 'ip':
      return { ip: key };
    case 'url':
      return { url: key };
    case 'process': {
      const [deviceId = '', ...rest] = key.split('|');
      if (rest.length === 1) return { deviceId, processUniqueId: rest[0] };
      const processId = Number(rest[0]);
      return { deviceId, ...(Number.isInteger(processId) ? { processId } : {}), processCreationTime: rest[1] };
    }
    case 'registry':
      return { registryKey: key };
    case 'service':
      return key.includes('|')
        ? { deviceId: key.split('|')[0], serviceName: key.slice(key.indexOf('|') + 1) }
        : { serviceName: key };
    case 'scheduledTask':
      return key.includes('|')
        ? { deviceId: key.split('|')[0], taskName: key.slice(key.indexOf('|') + 1) }
        : { taskName: key };
    case 'cloudResource':
      return { resourceId: key };
    case 'cloudAccount':
      return { cloudAccountId: key };
    case 'cloudIdentity':
      return key.startsWith('arn:') ? { resourceId: key, accountName: key.split('/').at(-1) } : { accountName: key };
    case 'mailbox':
      return { mailboxAddress: key };
    case 'mailMessage':
      return { networkMessageId: key };
    case 'cloudApp':
      return { applicationName: key };
    case 'oauthApp':
      return { oauthAppId: key };
  }
}
