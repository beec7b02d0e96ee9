import type { Entity, EntityFields, EntityType } from '@parapet/schema/wire';

/** Words and links of entities. Icons live with the chip. */
export const ENTITY_LABEL: Readonly<Record<EntityType, string>> = {
  device: 'Device',
  user: 'User',
  process: 'Process',
  file: 'File',
  ip: 'IP address',
  url: 'URL',
  registry: 'Registry value',
  service: 'Service',
  scheduledTask: 'Scheduled task',
  cloudResource: 'Cloud resource',
  cloudAccount: 'Cloud account',
  cloudIdentity: 'Cloud identity',
  mailbox: 'Mailbox',
  mailMessage: 'Message',
  cloudApp: 'Cloud app',
  oauthApp: 'OAuth app',
};

/** Address of the entity's page. */
export function entityHref(entity: Pick<Entity, 'type' | 'key'>): string {
  return entity.type === 'device'
    ? `/devices/${encodeURIComponent(entity.key)}`
    : `/entities/${entity.type}/${encodeURIComponent(entity.key)}`;
}

/** The part that tells things apart, for dense rows: host name without its domain, account without its. */
export function shortLabel(entity: Pick<Entity, 'type' | 'label'>): string {
  if (entity.type === 'device' && !/^[\d.]+$/.test(entity.label)) return entity.label.split('.')[0] || entity.label;
  if (entity.type === 'user') return entity.label.split('\\').at(-1) || entity.label;
  return entity.label;
}

/** What "copy" puts on the clipboard: the identifier people search by, not the internal key. */
export function entityCopyText(entity: Entity): string {
  const { fields } = entity;
  switch (entity.type) {
    case 'process':
      return fields.processCommandLine || fields.folderPath || entity.label;
    case 'file':
      return fields.sha256 || fields.sha1 || fields.md5 || fields.folderPath || entity.label;
    case 'cloudResource':
      return fields.resourceId || entity.label;
    default:
      return entity.label;
  }
}

/** A KQL string literal. */
export function kqlString(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}"`;
}

export interface HuntWindow {
  readonly from: string;
  readonly to: string;
}

const HOUR = 3_600_000;

/** The window of an incident or alert with an hour on both sides, so that what led to it is in view. */
export function paddedWindow(from: string, to: string): HuntWindow {
  return {
    from: new Date(Date.parse(from) - HOUR).toISOString(),
    to: new Date(Date.parse(to) + HOUR).toISOString(),
  };
}

const DEVICE_TABLES = [
  'DeviceProcessEvents',
  'DeviceNetworkEvents',
  'DeviceFileEvents',
  'DeviceRegistryEvents',
  'DeviceLogonEvents',
  'DeviceImageLoadEvents',
  'DeviceEvents',
];

/**
 * KQL for "hunt for this": where the thing appears, newest first.
 * @param window limits the time; without it the last 30 days
 * @returns undefined when the entity carries nothing to look for
 */
export function entityQuery(
  entity: Pick<Entity, 'type' | 'fields' | 'key' | 'label'>,
  window?: HuntWindow,
): string | undefined {
  const parts = entityFilter(entity);
  if (!parts) return undefined;
  const time = window
    ? `| where Timestamp between (datetime(${window.from}) .. datetime(${window.to}))`
    : '| where Timestamp > ago(30d)';
  const source = parts.tables.length === 1 ? parts.tables[0] : `union ${parts.tables.join(', ')}`;
  return [source, time, `| where ${parts.filter}`, '| sort by Timestamp desc', '| take 1000'].join('\n');
}

interface Filter {
  readonly tables: readonly string[];
  readonly filter: string;
}

function entityFilter(entity: Pick<Entity, 'type' | 'fields' | 'key' | 'label'>): Filter | undefined {
  const fields: EntityFields = entity.fields;
  const eq = (column: string, value: string | undefined, operator = '==') =>
    value ? `${column} ${operator} ${kqlString(value)}` : undefined;
  const any = (...terms: (string | undefined)[]) => terms.filter(Boolean).join(' or ');
  const both = (...terms: (string | undefined)[]) => terms.filter(Boolean).join(' and ');
  const on = (tables: readonly string[], filter: string): Filter | undefined =>
    filter ? { tables, filter } : undefined;
  const device = eq('DeviceId', fields.deviceId, '=~') ?? eq('DeviceName', fields.deviceName, '=~');
  switch (entity.type) {
    case 'device':
      return on(DEVICE_TABLES, device ?? '');
    case 'user': {
      const name = fields.accountName ?? fields.accountUpn?.split('@')[0];
      return on(
        ['DeviceLogonEvents', 'DeviceProcessEvents', 'DeviceEvents', 'IdentityLogonEvents'],
        name ? any(eq('AccountName', name, '=~')) : any(eq('AccountSid', fields.accountSid)),
      );
    }
    case 'process':
      return on(
        ['DeviceProcessEvents'],
        both(
          device,
          fields.processId === undefined
            ? eq('FileName', fields.fileName, '=~')
            : `(ProcessId == ${fields.processId} or InitiatingProcessId == ${fields.processId})`,
        ),
      );
    case 'file': {
      const hash = eq('SHA256', fields.sha256, '=~') ?? eq('SHA1', fields.sha1, '=~') ?? eq('MD5', fields.md5, '=~');
      return on(
        ['DeviceFileEvents', 'DeviceProcessEvents', 'DeviceImageLoadEvents'],
        hash ?? eq('FolderPath', fields.folderPath, '=~') ?? eq('FileName', fields.fileName, '=~') ?? '',
      );
    }
    case 'ip':
      return on(
        ['DeviceNetworkEvents', 'DeviceLogonEvents', 'IdentityLogonEvents', 'CloudAuditEvents'],
        any(eq('RemoteIP', fields.ip), eq('LocalIP', fields.ip), eq('IPAddress', fields.ip)),
      );
    case 'url':
      return on(['DeviceNetworkEvents'], fields.url ? `RemoteUrl contains ${kqlString(fields.url)}` : '');
    case 'registry':
      return on(
        ['DeviceRegistryEvents'],
        both(eq('RegistryKey', fields.registryKey, '=~'), eq('RegistryValueName', fields.registryValueName, '=~')),
      );
    case 'service':
      return on(
        ['DeviceEvents'],
        both(device, fields.serviceName ? `AdditionalFields has ${kqlString(fields.serviceName)}` : ''),
      );
    case 'scheduledTask': {
      // The column holds JSON, where the backslashes of the path are doubled: look for the name alone.
      const name = fields.taskName?.split('\\').at(-1);
      return on(['DeviceEvents'], both(device, name ? `AdditionalFields has ${kqlString(name)}` : ''));
    }
    case 'cloudResource':
    case 'cloudIdentity':
    case 'cloudAccount': {
      const needle = fields.resourceId ?? fields.cloudAccountId ?? fields.accountName;
      return on(['CloudAuditEvents'], needle ? `RawEventData has ${kqlString(needle)}` : '');
    }
    case 'mailMessage':
      return on(
        ['EmailEvents', 'EmailUrlInfo', 'EmailAttachmentInfo', 'EmailPostDeliveryEvents', 'UrlClickEvents'],
        any(eq('NetworkMessageId', fields.networkMessageId, '=~')),
      );
    case 'cloudApp':
      return on(['CloudAppEvents', 'IdentityLogonEvents'], any(eq('Application', fields.applicationName, '=~')));
    case 'oauthApp':
      return on(['CloudAppEvents', 'OAuthAppInfo'], any(eq('OAuthAppId', fields.oauthAppId, '=~')));
    case 'mailbox':
      return on(
        ['EmailEvents'],
        any(
          eq('RecipientEmailAddress', fields.mailboxAddress, '=~'),
          eq('SenderFromAddress', fields.mailboxAddress, '=~'),
        ),
      );
  }
}
