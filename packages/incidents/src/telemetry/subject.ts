import type { KqlTable } from '@parapet/kql';
import type { Entity, EntityFields, EntityType, TimelineGroup } from '@parapet/schema';
import { type DeviceRef, EVENT_TABLES } from './device-id.ts';
import { type Place, placesOf } from './entity-match.ts';
import { all, among, any, host, type Match, named, same, sameDomain } from './match.ts';
import { groupOf, type TimedTable } from './tables.ts';

/** A table in which something is looked for, with all that a query over it needs. */
export interface SubjectPlace extends Place {
  readonly time: string;
  readonly group: TimelineGroup;
  readonly columns: ReadonlySet<string>;
}

export interface EntityRef {
  readonly type: EntityType;
  readonly key: string;
}

/** What a timeline or a count is about. */
export interface Subject {
  readonly type: EntityType;
  readonly key: string;
  /** What alerts call it: itself, and for a machine the records that clouds keep of it. */
  readonly names: readonly EntityRef[];
  readonly places: readonly SubjectPlace[];
}

const columnsOf = (table: KqlTable): Set<string> => new Set(table.columns.map(({ name }) => name));
/** Only texts are compared. */
const textsOf = (table: KqlTable): Set<string> =>
  new Set(table.columns.filter(({ type }) => type === 'string' || type === 'guid').map(({ name }) => name));

/** The columns a table is about, each with what it holds. */
const IP_COLUMNS = [
  'RemoteIP',
  'LocalIP',
  'PublicIP',
  'IPAddress',
  'IpAddress',
  'SourceIP',
  'DestinationIP',
  'SourceIpAddress',
  'SourceIPAddress',
  'DestinationIPAddress',
  'CallerIpAddress',
  'CallerIPAddress',
  'ClientIP',
  'ClientIp',
  'ClientIPAddress',
  'SrcIpAddr',
  'DstIpAddr',
  'SenderIPv4',
  'SenderIPv6',
  'ActorIpAddress',
  'SrcIp',
  'DestIp',
];
const HOST_COLUMNS = [
  'RemoteUrl',
  'Url',
  'UrlDomain',
  'FileOriginUrl',
  'RequestURL',
  'DestinationHostName',
  'SenderFromDomain',
  'QueryName',
  'DnsQuery',
  'UrlChain',
];
const UPN_COLUMNS = [
  'AccountUpn',
  'UserPrincipalName',
  'UserId',
  'RecipientEmailAddress',
  'SenderFromAddress',
  'ActorAlternateId',
  'InitiatingProcessAccountUpn',
  'EmailAddress',
];
const OBJECT_COLUMNS = [
  'AccountObjectId',
  'UserObjectId',
  'RecipientObjectId',
  'SenderObjectId',
  'InitiatingProcessAccountObjectId',
];
const SID_COLUMNS = ['AccountSid', 'InitiatingProcessAccountSid', 'TargetUserSid', 'SubjectUserSid', 'OnPremSid'];
const MAILBOX_COLUMNS = [
  'RecipientEmailAddress',
  'SenderFromAddress',
  'SenderMailFromAddress',
  'MailboxOwnerUPN',
  'AccountUpn',
  'UserId',
  'UserPrincipalName',
  'AccountDisplayName',
];
const APP_COLUMNS = ['Application', 'AppDisplayName', 'ResourceDisplayName'];
const OAUTH_COLUMNS = ['OAuthAppId', 'AppId', 'ApplicationId', 'ServicePrincipalId', 'ClientAppId'];
/** Columns that name the device a row is about, when the table knows no id. */
const DEVICE_COLUMNS = ['DeviceName', 'Computer', 'HostName', 'DvcHostname'];

const SYSTEM_SID = /^S-1-5-(18|19|20)$/i;

const anyOf = (
  columns: ReadonlySet<string>,
  names: readonly string[],
  match: (name: string) => Match,
): Match | undefined => {
  const found = names.filter((name) => columns.has(name)).map(match);
  return found.length > 0 ? any(...found) : undefined;
};
const orUndefined = (...matches: (Match | undefined)[]): Match | undefined => {
  const found = matches.filter((match) => match !== undefined);
  return found.length > 0 ? any(...found) : undefined;
};

/** Accounts of one person: what evidence and the directory say belongs together. */
function userMatch(fields: EntityFields, key: string, columns: ReadonlySet<string>): Match | undefined {
  const upn = fields.accountUpn?.toLowerCase() ?? (key.includes('@') ? key : undefined);
  const sid = /^s-1-/i.test(key) ? key : fields.accountSid;
  const [domain, name] = key.includes('\\')
    ? [key.slice(0, key.indexOf('\\')), key.slice(key.indexOf('\\') + 1)]
    : ['', key.includes('@') || /^s-1-/i.test(key) ? '' : key];
  const account = (nameColumn: string, domainColumn: string): Match | undefined => {
    if (!name || !columns.has(nameColumn)) return undefined;
    return domain && columns.has(domainColumn)
      ? all(same(nameColumn, name), any(sameDomain(domainColumn, domain), same(domainColumn, '')))
      : domain && nameColumn !== 'AccountName'
        ? undefined
        : same(nameColumn, name);
  };
  return orUndefined(
    account('AccountName', 'AccountDomain'),
    account('InitiatingProcessAccountName', 'InitiatingProcessAccountDomain'),
    account('TargetUserName', 'TargetDomainName'),
    account('SubjectUserName', 'SubjectDomainName'),
    domain && columns.has('Account') ? same('Account', key) : undefined,
    sid && !SYSTEM_SID.test(sid) ? anyOf(columns, SID_COLUMNS, (column) => same(column, sid)) : undefined,
    upn ? anyOf(columns, UPN_COLUMNS, (column) => same(column, upn)) : undefined,
    fields.accountObjectId
      ? anyOf(columns, OBJECT_COLUMNS, (column) => same(column, fields.accountObjectId ?? ''))
      : undefined,
  );
}

/** Condition for an entity over a table of any form, by the names of its columns; undefined where it cannot occur. */
function byColumns(entity: Pick<Entity, 'type' | 'key' | 'fields'>, columns: ReadonlySet<string>): Match | undefined {
  const { key, fields } = entity;
  const value = (names: readonly string[], text: string | undefined) =>
    text ? anyOf(columns, names, (column) => same(column, text)) : undefined;
  switch (entity.type) {
    case 'user':
      return userMatch(fields, key, columns);
    case 'ip':
      return anyOf(columns, IP_COLUMNS, (column) => among(column, [...new Set([key, key.toUpperCase()])]));
    case 'url':
      return anyOf(columns, HOST_COLUMNS, (column) => (/[/:]/.test(key) ? same(column, key) : host(column, key)));
    case 'file': {
      const hash = { 64: 'SHA256', 40: 'SHA1', 32: 'MD5' }[/^[0-9a-f]+$/.test(key) ? key.length : 0];
      const spellings = [key, key.toUpperCase()];
      return hash
        ? anyOf(columns, [hash, `InitiatingProcess${hash}`, 'FileHash'], (column) => among(column, spellings))
        : anyOf(columns, /[\\/]/.test(key) ? ['FolderPath'] : ['FileName', 'AttachmentFileName'], (column) =>
            same(column, key),
          );
    }
    case 'mailbox':
      return value(MAILBOX_COLUMNS, key);
    case 'mailMessage':
      return value(['NetworkMessageId'], key);
    case 'cloudApp':
      return orUndefined(
        value(APP_COLUMNS, fields.applicationName ?? key),
        fields.applicationId ? value(['ApplicationId', 'AppId'], fields.applicationId) : undefined,
      );
    case 'oauthApp':
      return value(OAUTH_COLUMNS, key);
    case 'cloudResource':
      return value(['ResourceId', 'AwsResourceId', 'CloudResource'], key);
    default:
      return undefined;
  }
}

/** Everything about a non-device entity, in the tables that have rows. */
export function entitySubject(entity: Pick<Entity, 'type' | 'key' | 'fields'>, tables: readonly TimedTable[]): Subject {
  const own = new Map(placesOf(entity).map((place) => [place.table, place.match]));
  return {
    type: entity.type,
    key: entity.key,
    names: [{ type: entity.type, key: entity.key }],
    places: tables.flatMap((table) => {
      const match = own.get(table.name) ?? byColumns(entity, textsOf(table));
      return match ? [place(table, match)] : [];
    }),
  };
}

/** Everything about a device: by its id where the table has one, else by its name, short or full. */
export function deviceSubject(
  device: DeviceRef,
  tables: readonly TimedTable[],
  resources: readonly string[] = [],
): Subject {
  const names = [
    ...new Set(device.names.flatMap((name) => [name.toLowerCase(), name.toLowerCase().split('.')[0] ?? ''])),
  ].filter((name) => name !== '');
  return {
    type: 'device',
    key: device.key,
    names: [
      { type: 'device', key: device.key },
      ...resources.map((key) => ({ type: 'cloudResource' as const, key: key.toLowerCase() })),
    ],
    places: tables.flatMap((table) => {
      const columns = textsOf(table);
      const match = orUndefined(
        deviceMatch(device, names, table.name, columns),
        resources.length > 0
          ? anyOf(columns, ['ResourceId', 'CloudResource'], (column) => named(column, resources))
          : undefined,
      );
      return match ? [place(table, match)] : [];
    }),
  };
}

function deviceMatch(
  device: DeviceRef,
  names: readonly string[],
  table: string,
  columns: ReadonlySet<string>,
): Match | undefined {
  const event = (EVENT_TABLES as readonly string[]).includes(table);
  if (columns.has('DeviceId')) {
    if (device.ids.length > 0) {
      const byId = among('DeviceId', device.ids);
      // Rows of other products carry ids of their own; there the name says which device it is.
      return event || !columns.has('DeviceName') || names.length === 0
        ? byId
        : any(byId, all(same('DeviceId', ''), named('DeviceName', names)));
    }
    return columns.has('DeviceName') && device.names.length > 0
      ? all(among('DeviceId', ['']), among('DeviceName', device.names))
      : undefined;
  }
  return names.length > 0 ? anyOf(columns, DEVICE_COLUMNS, (column) => named(column, names)) : undefined;
}

const place = (table: TimedTable, match: Match): SubjectPlace => ({
  table: table.name,
  match,
  time: table.timeColumn,
  group: groupOf(table.name),
  columns: columnsOf(table),
});
