import type { HuntingSchemaInfo, KqlType } from '@parapet/schema/wire';
import type { Domain, ValueKind } from './model.ts';

export type Table = HuntingSchemaInfo['tables'][number];

const SIGN_INS = new Set([
  'DeviceLogonEvents',
  'IdentityLogonEvents',
  'AADSignInEventsBeta',
  'AADSpnSignInEventsBeta',
  'EntraIdSignInEvents',
  'EntraIdSpnSignInEvents',
  'SigninLogs',
  'AADNonInteractiveUserSignInLogs',
  'AADServicePrincipalSignInLogs',
  'AADManagedIdentitySignInLogs',
]);
const CLOUD = new Set(['AWSCloudTrail', 'AzureActivity', 'GCPAuditLogs']);

/** Tables of a domain: hunting tables by their category; others when they hold rows. */
export function tablesOf(tables: readonly Table[], domain: Domain): readonly Table[] {
  return tables.filter((table) => {
    switch (domain) {
      case 'endpoints':
        return (
          table.category === 'Devices' || (table.category === 'Vulnerability management' && table.origin === 'hunting')
        );
      case 'identities':
        return table.category === 'Apps and identities';
      case 'email':
        return table.category === 'Email and collaboration';
      case 'cloud':
        return table.category === 'Cloud infrastructure' || CLOUD.has(table.name);
      case 'signins':
        return SIGN_INS.has(table.name);
      default:
        return table.origin === 'hunting' || table.rows > 0;
    }
  });
}

/** Something people filter by: one column, or every column that can hold the same thing. */
export interface Filter {
  readonly id: string;
  readonly label: string;
  readonly section: string;
  readonly kind: ValueKind;
  readonly columns: readonly string[];
  /** Of closed lists. */
  readonly values?: readonly string[];
  /** Names the values come from. */
  readonly suggest?: 'device' | 'user';
  /** In the short list of the basic view. */
  readonly basic?: boolean;
}

interface Concept {
  readonly id: string;
  readonly label: string;
  readonly columns: readonly string[] | RegExp;
  readonly suggest?: 'device' | 'user';
}

/** What people look for, wherever it stands. */
const CONCEPTS: readonly Concept[] = [
  { id: 'event', label: 'Event type', columns: ['ActionType'] },
  {
    id: 'device',
    label: 'Device name',
    columns: ['DeviceName', 'Computer', 'DestinationDeviceName'],
    suggest: 'device',
  },
  {
    id: 'account',
    label: 'Account name',
    columns: /^(InitiatingProcess|Target|Request|Logged)?Account(Name|Upn)$|^(UserPrincipalName|UserId)$/,
    suggest: 'user',
  },
  { id: 'sha256', label: 'SHA256', columns: /^(InitiatingProcess(Parent)?|Previous)?SHA256$|^FileHashSha256$/ },
  { id: 'sha1', label: 'SHA1', columns: /^(InitiatingProcess(Parent)?|Previous)?SHA1$/ },
  { id: 'md5', label: 'MD5', columns: /^(InitiatingProcess(Parent)?|Previous)?MD5$/ },
  { id: 'file', label: 'File name', columns: /^(InitiatingProcess(Parent)?|Previous)?FileName$/ },
  { id: 'path', label: 'Folder path', columns: /^(InitiatingProcess|Previous)?FolderPath$/ },
  { id: 'command', label: 'Command line', columns: /^(InitiatingProcess|Process)CommandLine$/ },
  {
    id: 'ip',
    label: 'IP address',
    columns:
      /^((Remote|Local|Source|Destination|FileOrigin|RequestSource|SenderIPv4|Client|Caller)?IP(Address)?|(Source|Client|Caller)I[pP]Address|SourceIp(Address)?|DestinationIp(Address)?|SenderIPv[46])$/,
  },
  { id: 'port', label: 'Port', columns: /^(Remote|Local|Source|Destination)?Port$/ },
  { id: 'url', label: 'URL or domain', columns: /^(RemoteUrl|Url|UrlDomain|FileOriginUrl)$/ },
  { id: 'registryKey', label: 'Registry key', columns: /^(Previous)?RegistryKey$/ },
  { id: 'registryValue', label: 'Registry value', columns: /^(Previous)?RegistryValue(Name|Data)$/ },
  { id: 'sender', label: 'Sender', columns: /^Sender(FromAddress|MailFromAddress|EmailAddress|DisplayName)$/ },
  { id: 'recipient', label: 'Recipient', columns: /^Recipient(EmailAddress|DisplayName)$/ },
  { id: 'subject', label: 'Subject', columns: ['Subject'] },
  { id: 'message', label: 'Message id', columns: /^(NetworkMessageId|InternetMessageId)$/ },
  {
    id: 'app',
    label: 'Application',
    columns: /^(Application|ApplicationId|AppDisplayName|AppId|OAuthAppId|OAuthApplicationId)$/,
  },
  { id: 'operation', label: 'Operation', columns: /^(OperationName|OperationNameValue|EventName|Operation)$/ },
  {
    id: 'resource',
    label: 'Cloud resource',
    columns: /^(ResourceId|AzureResourceId|AwsResourceName|GcpFullResourceName|CloudResource)$/,
  },
  { id: 'country', label: 'Country', columns: /^(CountryCode|Country|Location)$/ },
  { id: 'cve', label: 'CVE', columns: ['CveId'] },
];

const KIND: Partial<Readonly<Record<KqlType, ValueKind>>> = {
  int: 'number',
  long: 'number',
  real: 'number',
  decimal: 'number',
  bool: 'bool',
  datetime: 'datetime',
};

const matches = (columns: Concept['columns'], name: string): boolean =>
  columns instanceof RegExp ? columns.test(name) : columns.includes(name);

/** `InitiatingProcessFileName` → `Initiating process file name`. */
export function spoken(name: string): string {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .trim()
    .split(/\s+/)
    .map((word, index) => (/^[A-Z\d]{2,}$/.test(word) || index === 0 ? word : word.toLowerCase()));
  return words.join(' ');
}

/** Tables of what happens end so; the others tell how things are. */
const isActivity = (table: Table): boolean => /(Events|EventsBeta|Logs|Activity|Event|CloudTrail)$/.test(table.name);

const MOST_VALUES = 400;

/** Filters of a domain: what people look for first, then every single column by table. */
export function filtersOf(tables: readonly Table[], domain: Domain): readonly Filter[] {
  const mine = tablesOf(tables, domain);
  const filters: Filter[] = [];
  for (const concept of CONCEPTS) {
    const columns = new Map<string, KqlType>();
    const values = new Set<string>();
    for (const table of mine) {
      for (const column of table.columns)
        if (matches(concept.columns, column.name)) columns.set(column.name, column.type);
      if (concept.id === 'event') for (const value of table.actionTypes) values.add(value);
    }
    if (columns.size === 0) continue;
    const [type] = columns.values();
    const closed = concept.id === 'event' && values.size > 0;
    filters.push({
      id: concept.id,
      label: concept.label,
      section: 'Anywhere',
      kind: closed ? 'list' : (KIND[type ?? 'string'] ?? 'string'),
      columns: [...columns.keys()],
      ...(closed ? { values: [...values].sort((a, b) => a.localeCompare(b)).slice(0, MOST_VALUES) } : {}),
      ...(concept.suggest ? { suggest: concept.suggest } : {}),
      basic: true,
    });
  }
  for (const table of mine)
    for (const column of table.columns) {
      const values = column.name === 'ActionType' && table.actionTypes.length > 0 ? table.actionTypes : column.values;
      filters.push({
        id: `${table.name}.${column.name}`,
        label: spoken(column.name),
        section: `${spoken(table.name.replace(/(Events|Info)(Beta)?$/, ''))} ${isActivity(table) ? 'events' : 'info'}`,
        kind: values?.length ? 'list' : (KIND[column.type] ?? 'string'),
        columns: [column.name],
        ...(values?.length ? { values: values.slice(0, MOST_VALUES) } : {}),
      });
    }
  return filters;
}
