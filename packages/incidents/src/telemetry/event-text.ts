import { type Entity, type EntityFields, type EntityType, makeEntity, type TimelineGroup } from '@parapet/schema';
import type { EventTable } from './device-id.ts';
import { num, type Row, str } from './rows.ts';

export const GROUP_OF: Readonly<Record<EventTable, TimelineGroup>> = {
  DeviceProcessEvents: 'process',
  DeviceNetworkEvents: 'network',
  DeviceFileEvents: 'file',
  DeviceRegistryEvents: 'registry',
  DeviceLogonEvents: 'logon',
  DeviceImageLoadEvents: 'imageLoad',
  DeviceEvents: 'other',
};

const spaced = (action: string): string => {
  const words = action
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace('power shell', 'PowerShell');
  return words.charAt(0).toUpperCase() + words.slice(1);
};
const cut = (text: string, most = 160): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const account = (row: Row, prefix = ''): string => {
  const [domain, name] = [str(row, `${prefix}AccountDomain`), str(row, `${prefix}AccountName`)];
  return domain && name ? `${domain}\\${name}` : name;
};
const to = (row: Row): string => {
  const host = str(row, 'RemoteUrl') || str(row, 'RemoteIP');
  const port = num(row, 'RemotePort');
  return host + (host && port ? `:${port}` : '');
};

/** One line for people: "powershell.exe started whoami.exe". */
export function titleOf(table: EventTable, row: Row): string {
  const actor = str(row, 'InitiatingProcessFileName') || 'A process';
  const action = str(row, 'ActionType');
  const file = str(row, 'FileName');
  switch (table) {
    case 'DeviceProcessEvents':
      return cut(
        action === 'ProcessCreated' || !action
          ? `${actor} started ${file || 'a process'}`
          : `${spaced(action)}: ${file}`,
      );
    case 'DeviceNetworkEvents': {
      const target = to(row) || 'an address';
      if (action === 'ConnectionSuccess') return cut(`${actor} connected to ${target}`);
      if (action === 'InboundConnectionAccepted') return cut(`${actor} accepted a connection from ${target}`);
      if (action === 'ListeningConnectionCreated')
        return cut(`${actor} listens on port ${num(row, 'LocalPort') ?? '?'}`);
      return cut(`${actor}: ${spaced(action).toLowerCase()} ${target}`);
    }
    case 'DeviceFileEvents': {
      const verb = { FileCreated: 'created', FileModified: 'modified', FileDeleted: 'deleted', FileRenamed: 'renamed' }[
        action
      ];
      return cut(verb ? `${actor} ${verb} ${file}` : `${actor}: ${spaced(action).toLowerCase()} ${file}`);
    }
    case 'DeviceRegistryEvents': {
      const value = [str(row, 'RegistryKey'), str(row, 'RegistryValueName')].filter(Boolean).join('\\');
      const verb = {
        RegistryValueSet: 'set',
        RegistryKeyCreated: 'created',
        RegistryKeyDeleted: 'deleted',
        RegistryValueDeleted: 'deleted',
        RegistryKeyRenamed: 'renamed',
      }[action];
      return cut(`${actor} ${verb ?? 'changed'} ${value}`);
    }
    case 'DeviceLogonEvents': {
      const who = account(row) || 'Someone';
      const from = str(row, 'RemoteDeviceName') || str(row, 'RemoteIP');
      const verb = { LogonSuccess: 'logged on', LogonFailed: 'failed to log on', LogonAttempted: 'tried to log on' }[
        action
      ];
      const kind = str(row, 'LogonType');
      return cut(
        `${who} ${verb ?? spaced(action).toLowerCase()}${kind ? ` (${kind})` : ''}${from ? ` from ${from}` : ''}`,
      );
    }
    case 'DeviceImageLoadEvents':
      return cut(`${actor} loaded ${file}`);
    case 'DeviceEvents': {
      const command = /"Command"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(str(row, 'AdditionalFields'))?.[1];
      if (action === 'PowerShellCommand' && command)
        return cut(`PowerShell command ${command.replace(/\\(.)/g, '$1')}`);
      const object = file || to(row) || str(row, 'RegistryKey') || account(row);
      return cut(
        `${spaced(action)}${object ? `: ${object}` : ''}${str(row, 'InitiatingProcessFileName') ? ` by ${actor}` : ''}`,
      );
    }
  }
}

/** What the row is about, each thing once; the device itself is left out. */
export function entitiesOf(table: EventTable, row: Row): Entity[] {
  const found = new Map<string, Entity>();
  const add = (type: EntityType, fields: EntityFields): void => {
    const filled = Object.fromEntries(
      Object.entries(fields).filter(([, value]) => value !== '' && value !== null && value !== undefined),
    );
    const entity = makeEntity(type, filled);
    if (entity) found.set(`${type}:${entity.key}`, entity);
  };
  const device = { deviceId: str(row, 'DeviceId'), deviceName: str(row, 'DeviceName') };
  const process = (prefix: '' | 'InitiatingProcess'): EntityFields => ({
    ...device,
    fileName: str(row, `${prefix}FileName`),
    folderPath: str(row, `${prefix}FolderPath`),
    sha1: str(row, `${prefix}SHA1`),
    sha256: str(row, `${prefix}SHA256`),
    processId: num(row, prefix ? 'InitiatingProcessId' : 'ProcessId') ?? undefined,
    processUniqueId: str(row, prefix ? 'InitiatingProcessUniqueId' : 'ProcessUniqueId'),
    processCreationTime: str(row, prefix ? 'InitiatingProcessCreationTime' : 'ProcessCreationTime'),
    processCommandLine: str(row, prefix ? 'InitiatingProcessCommandLine' : 'ProcessCommandLine'),
    accountName: str(row, `${prefix}AccountName`),
    accountDomain: str(row, `${prefix}AccountDomain`),
  });
  const user = (prefix: '' | 'InitiatingProcess'): void =>
    add('user', {
      accountName: str(row, `${prefix}AccountName`),
      accountDomain: str(row, `${prefix}AccountDomain`),
      accountSid: str(row, `${prefix}AccountSid`),
      accountUpn: str(row, `${prefix}AccountUpn`),
    });
  const file = (): void =>
    add('file', {
      fileName: str(row, 'FileName'),
      folderPath: str(row, 'FolderPath'),
      sha1: str(row, 'SHA1'),
      sha256: str(row, 'SHA256'),
      md5: str(row, 'MD5'),
    });
  if (table === 'DeviceProcessEvents') add('process', process(''));
  if (str(row, 'InitiatingProcessFileName')) add('process', process('InitiatingProcess'));
  if (table !== 'DeviceProcessEvents' && str(row, 'FileName')) file();
  if (table === 'DeviceProcessEvents' && (str(row, 'SHA256') || str(row, 'SHA1'))) file();
  if (str(row, 'RemoteIP')) add('ip', { ip: str(row, 'RemoteIP') });
  if (str(row, 'RemoteUrl')) add('url', { url: str(row, 'RemoteUrl') });
  if (str(row, 'RegistryKey'))
    add('registry', {
      registryKey: str(row, 'RegistryKey'),
      registryValueName: str(row, 'RegistryValueName'),
      registryValueData: str(row, 'RegistryValueData'),
    });
  if (str(row, 'AccountName')) user('');
  if (str(row, 'InitiatingProcessAccountName')) user('InitiatingProcess');
  return [...found.values()];
}
