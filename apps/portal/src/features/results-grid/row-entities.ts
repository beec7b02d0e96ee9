import { type Entity, type EntityFields, makeEntity } from '@parapet/schema/wire';

/**
 * What a hunting row names, by column. The same names mean the same thing in every published table, which is what
 * makes any result a starting point.
 */

type Row = Readonly<Record<string, unknown>>;

function text(row: Row, name: string): string | undefined {
  const value = row[name];
  if (value === null || value === undefined || typeof value === 'object') return undefined;
  const string = String(value).trim();
  return string === '' || string === '-' ? undefined : string;
}

function number(row: Row, name: string): number | undefined {
  const value = text(row, name);
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}

const ACCOUNT_PREFIXES = ['', 'InitiatingProcess', 'Target', 'Remote', 'Requestor', 'Logged'] as const;
const ACCOUNT_PARTS = /^(.*?)Account(Name|Domain|Sid|Upn|ObjectId|DisplayName)$/;
const IP_COLUMN =
  /^(?:.*IP(?:Address|v4|v6)?|IPAddress|SourceIp|DestinationIp|SourceIpAddress|ClientIp|CallerIpAddress)$/;
const HASH_COLUMN = /^(InitiatingProcess|ProcessVersionInfo|Previous|)(SHA256|SHA1|MD5)$/;

/** The entity that owns the columns with this prefix (`InitiatingProcessAccountName` → prefix `InitiatingProcess`). */
export function accountOf(row: Row, prefix: string): Entity | undefined {
  const fields: EntityFields = {
    accountName: text(row, `${prefix}AccountName`),
    accountDomain: text(row, `${prefix}AccountDomain`),
    accountSid: text(row, `${prefix}AccountSid`),
    accountUpn: text(row, `${prefix}AccountUpn`),
    accountObjectId: text(row, `${prefix}AccountObjectId`),
  };
  return makeEntity('user', fields);
}

export function deviceOf(row: Row): Entity | undefined {
  return makeEntity('device', { deviceId: text(row, 'DeviceId'), deviceName: text(row, 'DeviceName') });
}

/** The process a row created (prefix empty) or was written by (prefix `InitiatingProcess`). */
export function processOf(row: Row, prefix: '' | 'InitiatingProcess'): Entity | undefined {
  const id = prefix === '' ? 'ProcessId' : 'InitiatingProcessId';
  if (prefix === '' && text(row, 'ProcessCommandLine') === undefined && text(row, 'ProcessCreationTime') === undefined)
    return undefined;
  return makeEntity('process', {
    deviceId: text(row, 'DeviceId'),
    deviceName: text(row, 'DeviceName'),
    processId: number(row, id),
    processUniqueId: text(row, `${prefix === '' ? 'Process' : 'InitiatingProcess'}UniqueId`),
    processCreationTime: text(row, `${prefix === '' ? 'Process' : 'InitiatingProcess'}CreationTime`),
    processCommandLine: text(row, `${prefix === '' ? 'Process' : 'InitiatingProcess'}CommandLine`),
    fileName: text(row, `${prefix}FileName`),
    folderPath: text(row, `${prefix}FolderPath`),
    sha1: text(row, `${prefix}SHA1`),
    sha256: text(row, `${prefix}SHA256`),
  });
}

export function fileOf(row: Row, prefix: string): Entity | undefined {
  return makeEntity('file', {
    fileName: text(row, `${prefix}FileName`),
    folderPath: text(row, `${prefix}FolderPath`),
    sha1: text(row, `${prefix}SHA1`),
    sha256: text(row, `${prefix}SHA256`),
    md5: text(row, `${prefix}MD5`),
  });
}

/** Where the value of one cell leads, or undefined when it is just a value. */
export type CellTarget =
  | { readonly kind: 'entity'; readonly entity: Entity }
  | { readonly kind: 'alert'; readonly id: string }
  | { readonly kind: 'incident'; readonly id: string };

/** Whether cells of a column may be links; asked once per column, not per cell. */
export function mayLink(column: string): boolean {
  return (
    /^(?:DeviceId|DeviceName|AlertId|IncidentId|RemoteUrl|Url|UserId|ResourceId|AwsResourceId|AzureResourceId|RegistryKey|ServiceName)$/.test(
      column,
    ) ||
    ACCOUNT_PARTS.test(column) ||
    HASH_COLUMN.test(column) ||
    IP_COLUMN.test(column)
  );
}

const IP_TEXT = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]+)$/;

/** Where a cell leads. */
export function cellTarget(column: string, row: Row): CellTarget | undefined {
  const value = text(row, column);
  if (value === undefined) return undefined;
  const entity = cellEntity(column, value, row);
  if (entity) return { kind: 'entity', entity };
  if (column === 'AlertId') return { kind: 'alert', id: value };
  if (column === 'IncidentId' && /^\d+$/.test(value)) return { kind: 'incident', id: value };
  return undefined;
}

function cellEntity(column: string, value: string, row: Row): Entity | undefined {
  if (column === 'DeviceId' || column === 'DeviceName') return deviceOf(row);
  const account = ACCOUNT_PARTS.exec(column);
  if (account) {
    const prefix = account[1] ?? '';
    if (account[2] === 'Domain' || account[2] === 'DisplayName')
      return text(row, `${prefix}AccountName`) ? accountOf(row, prefix) : undefined;
    return accountOf(row, prefix);
  }
  const hash = HASH_COLUMN.exec(column);
  if (hash) return /^[0-9a-fA-F]{32,64}$/.test(value) ? fileOf(row, hash[1] ?? '') : undefined;
  if (IP_COLUMN.test(column)) return IP_TEXT.test(value) ? makeEntity('ip', { ip: value }) : undefined;
  switch (column) {
    case 'RemoteUrl':
    case 'Url':
      return makeEntity('url', { url: value });
    case 'ResourceId':
    case 'AwsResourceId':
    case 'AzureResourceId':
      return makeEntity('cloudResource', { resourceId: value });
    case 'RegistryKey':
      return makeEntity('registry', { registryKey: value, registryValueName: text(row, 'RegistryValueName') });
    case 'ServiceName':
      return deviceOf(row)
        ? makeEntity('service', {
            serviceName: value,
            deviceId: text(row, 'DeviceId'),
            deviceName: text(row, 'DeviceName'),
          })
        : undefined;
    default:
      return undefined;
  }
}

/** Everything a row names, each once, assets first: the "Assets and entities" part of the inspect pane. */
export function rowEntities(row: Row): Entity[] {
  const found = new Map<string, Entity>();
  const add = (entity: Entity | undefined) => {
    if (entity && !found.has(`${entity.type}|${entity.key}`)) found.set(`${entity.type}|${entity.key}`, entity);
  };
  add(deviceOf(row));
  for (const prefix of ACCOUNT_PREFIXES) add(accountOf(row, prefix));
  add(processOf(row, ''));
  add(processOf(row, 'InitiatingProcess'));
  for (const column of Object.keys(row)) {
    const target = mayLink(column) ? cellTarget(column, row) : undefined;
    if (target?.kind === 'entity') add(target.entity);
  }
  return [...found.values()];
}
