import type { Entity, EntityFields } from '@parapet/schema/wire';

/** Fields of an entity in words, in the order people ask for them. */
const FIELDS: readonly {
  readonly field: keyof EntityFields;
  readonly label: string;
  readonly wrap?: boolean;
  readonly time?: boolean;
}[] = [
  { field: 'deviceName', label: 'Device' },
  { field: 'accountName', label: 'Account' },
  { field: 'accountDomain', label: 'Domain' },
  { field: 'accountUpn', label: 'UPN' },
  { field: 'accountSid', label: 'SID' },
  { field: 'accountObjectId', label: 'Object id' },
  { field: 'processId', label: 'Process id' },
  { field: 'processCommandLine', label: 'Command line', wrap: true },
  { field: 'parentProcessFileName', label: 'Parent' },
  { field: 'processCreationTime', label: 'Started', time: true },
  { field: 'fileName', label: 'File name' },
  { field: 'folderPath', label: 'Path' },
  { field: 'sha256', label: 'SHA-256' },
  { field: 'sha1', label: 'SHA-1' },
  { field: 'md5', label: 'MD5' },
  { field: 'ip', label: 'Address' },
  { field: 'url', label: 'URL', wrap: true },
  { field: 'registryKey', label: 'Key', wrap: true },
  { field: 'registryValueName', label: 'Value' },
  { field: 'registryValueData', label: 'Data', wrap: true },
  { field: 'serviceName', label: 'Service' },
  { field: 'taskName', label: 'Task' },
  { field: 'cloudPlatform', label: 'Platform' },
  { field: 'cloudAccountId', label: 'Account id' },
  { field: 'resourceType', label: 'Resource type' },
  { field: 'resourceId', label: 'Resource id', wrap: true },
  { field: 'mailboxAddress', label: 'Mailbox' },
];

export interface EntityFact {
  readonly label: string;
  readonly value: string;
  /** Long text that wraps. */
  readonly wrap?: boolean;
  /** An instant. */
  readonly time?: boolean;
}

export function entityFacts(entity: Entity): EntityFact[] {
  return FIELDS.flatMap(({ field, ...fact }) => {
    const value = entity.fields[field];
    return value === undefined || value === '' ? [] : [{ ...fact, value: String(value) }];
  });
}
