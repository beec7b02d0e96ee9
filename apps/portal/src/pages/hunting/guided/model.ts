import type { HuntingSchemaInfo, KqlType } from '@parapet/schema/wire';
import { columnName, stringLiteral } from '../../../features/results-grid/where.ts';

/** Guided hunting (spec B 2.3): conditions that people pick, and the query that says the same. */

export const DOMAINS = ['all', 'endpoints', 'identities', 'email', 'cloud', 'signins'] as const;
export type Domain = (typeof DOMAINS)[number];

export const DOMAIN_LABEL: Readonly<Record<Domain, string>> = {
  all: 'All',
  endpoints: 'Endpoints',
  identities: 'Apps and identities',
  email: 'Email and collaboration',
  cloud: 'Cloud',
  signins: 'Sign-ins',
};

export const SAMPLE_SIZES = [10, 100, 1_000, 10_000] as const;
export type SampleSize = (typeof SAMPLE_SIZES)[number];

export type ValueKind = 'string' | 'number' | 'bool' | 'datetime' | 'list';

export type Operator =
  | 'equals'
  | 'notEquals'
  | 'contains'
  | 'notContains'
  | 'startsWith'
  | 'endsWith'
  | 'greater'
  | 'less'
  | 'between'
  | 'isEmpty'
  | 'isNotEmpty';

export const OPERATOR_LABEL: Readonly<Record<Operator, string>> = {
  equals: 'equals any of',
  notEquals: 'equals none of',
  contains: 'contains any of',
  notContains: 'contains none of',
  startsWith: 'starts with any of',
  endsWith: 'ends with any of',
  greater: 'is greater than',
  less: 'is less than',
  between: 'is between',
  isEmpty: 'is empty',
  isNotEmpty: 'is not empty',
};

const STRING_OPERATORS: readonly Operator[] = [
  'equals',
  'notEquals',
  'contains',
  'notContains',
  'startsWith',
  'endsWith',
  'isEmpty',
  'isNotEmpty',
];

export const OPERATORS: Readonly<Record<ValueKind, readonly Operator[]>> = {
  string: STRING_OPERATORS,
  list: ['equals', 'notEquals', 'isEmpty', 'isNotEmpty'],
  number: ['equals', 'notEquals', 'greater', 'less', 'between', 'isEmpty', 'isNotEmpty'],
  datetime: ['greater', 'less', 'between', 'isEmpty', 'isNotEmpty'],
  bool: ['equals', 'isEmpty'],
};

export const takesNoValue = (operator: Operator): boolean => operator === 'isEmpty' || operator === 'isNotEmpty';

export interface Condition {
  /** Of `filtersOf`. */
  readonly filter: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

export interface ConditionGroup {
  readonly join: 'and' | 'or';
  readonly items: readonly (Condition | ConditionGroup)[];
}

export interface GuidedQuery {
  readonly domain: Domain;
  readonly view: 'basic' | 'all';
  readonly root: ConditionGroup;
  readonly sample: SampleSize;
}

export const isGroup = (item: Condition | ConditionGroup): item is ConditionGroup => 'items' in item;

export const EMPTY_GUIDED: GuidedQuery = {
  domain: 'all',
  view: 'basic',
  root: { join: 'and', items: [] },
  sample: 10_000,
};

type Table = HuntingSchemaInfo['tables'][number];

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

/** A literal, or undefined for a value that is none of its kind. */
function literal(kind: ValueKind, value: string): string | undefined {
  const text = value.trim();
  switch (kind) {
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(text) ? text : undefined;
    case 'bool':
      return text === 'true' || text === 'false' ? text : undefined;
    case 'datetime': {
      const time = new Date(/Z|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
      return Number.isNaN(time.getTime()) ? undefined : `datetime(${time.toISOString()})`;
    }
    default:
      return text === '' ? undefined : stringLiteral(value);
  }
}

/** What of a condition is missing, in words; undefined when it can be asked. */
export function conditionProblem(condition: Condition, filter: Filter | undefined): string | undefined {
  if (!filter) return 'Choose what to filter by.';
  if (takesNoValue(condition.operator)) return undefined;
  const wanted = condition.operator === 'between' ? 2 : 1;
  if (condition.values.length < wanted) return wanted === 2 ? 'Give both ends.' : 'Give a value and press Enter.';
  const bad = condition.values.find((value) => literal(filter.kind, value) === undefined);
  return bad === undefined ? undefined : `“${bad}” is no ${filter.kind === 'datetime' ? 'time' : filter.kind}.`;
}

/** One condition on one column. */
function onColumn(
  column: Table['columns'][number],
  kind: ValueKind,
  { operator, values }: Condition,
): string | undefined {
  const dynamic = column.type === 'dynamic';
  const name = dynamic ? `tostring(${columnName(column.name)})` : columnName(column.name);
  if (operator === 'isEmpty') return kind === 'string' || kind === 'list' ? `isempty(${name})` : `isnull(${name})`;
  if (operator === 'isNotEmpty')
    return kind === 'string' || kind === 'list' ? `isnotempty(${name})` : `isnotnull(${name})`;
  const literals = values.flatMap((value) => literal(kind, value) ?? []);
  if (literals.length === 0) return undefined;
  const text = kind === 'string' || kind === 'list';
  const any = (word: string) => literals.map((value) => `${name} ${word} ${value}`);
  switch (operator) {
    case 'equals':
      return literals.length === 1
        ? `${name} ${text ? '=~' : '=='} ${literals[0]}`
        : `${name} ${text ? 'in~' : 'in'} (${literals.join(', ')})`;
    case 'notEquals':
      return literals.length === 1
        ? `${name} ${text ? '!~' : '!='} ${literals[0]}`
        : `${name} ${text ? '!in~' : '!in'} (${literals.join(', ')})`;
    case 'contains':
      return any('contains').join(' or ');
    case 'notContains':
      return any('!contains').join(' and ');
    case 'startsWith':
      return any('startswith').join(' or ');
    case 'endsWith':
      return any('endswith').join(' or ');
    case 'greater':
      return `${name} > ${literals[0]}`;
    case 'less':
      return `${name} < ${literals[0]}`;
    case 'between':
      return literals[1] === undefined ? undefined : `${name} between (${literals[0]} .. ${literals[1]})`;
  }
}

const NEGATIVE: ReadonlySet<Operator> = new Set(['notEquals', 'notContains', 'isEmpty']);

/** A table's part of the query: the text of a condition, or what it comes to where the table has no such column. */
type Said = { readonly text: string; readonly atom: boolean } | boolean;

interface Asked {
  readonly said: Said;
  /** The table has a column that some condition is about. */
  readonly knows: boolean;
}

function ask(item: Condition | ConditionGroup, table: Table, filters: ReadonlyMap<string, Filter>): Asked | undefined {
  if (!isGroup(item)) {
    const filter = filters.get(item.filter);
    if (!filter || conditionProblem(item, filter)) return undefined;
    const [home] = item.filter.includes('.') ? item.filter.split('.') : [];
    const columns =
      home && home !== table.name ? [] : table.columns.filter((column) => filter.columns.includes(column.name));
    const parts = columns.flatMap((column) => onColumn(column, filter.kind, item) ?? []);
    if (parts.length === 0) return { said: NEGATIVE.has(item.operator), knows: false };
    const negative = NEGATIVE.has(item.operator);
    if (parts.length === 1) return { said: { text: parts[0]!, atom: !/ or | and /.test(parts[0]!) }, knows: true };
    return {
      said: {
        text: parts.map((part) => (/ or | and /.test(part) ? `(${part})` : part)).join(negative ? ' and ' : ' or '),
        atom: false,
      },
      knows: true,
    };
  }
  const asked = item.items.flatMap((each) => ask(each, table, filters) ?? []);
  if (asked.length === 0) return undefined;
  const knows = asked.some((each) => each.knows);
  const decisive = item.join === 'or';
  const texts: string[] = [];
  for (const { said } of asked) {
    if (said === decisive) return { said: decisive, knows };
    if (typeof said === 'object') texts.push(said.atom ? said.text : `(${said.text})`);
  }
  if (texts.length === 0) return { said: !decisive, knows };
  return {
    said: { text: texts.join(` ${item.join} `), atom: texts.length === 1 && !texts[0]!.startsWith('(') },
    knows,
  };
}

/** More tables in one union than this would be slow to no use. */
const MOST_TABLES = 60;

/**
 * The query of a guided question. Only tables that have a column the conditions speak of are read; without any
 * condition every table of the domain that holds rows is.
 * @returns an empty text when nothing can be asked
 */
export function guidedKql(query: GuidedQuery, schema: Pick<HuntingSchemaInfo, 'tables'>): string {
  const filters = new Map(filtersOf(schema.tables, query.domain).map((filter) => [filter.id, filter]));
  const parts: { table: Table; where: string }[] = [];
  const mine = tablesOf(schema.tables, query.domain);
  for (const table of mine) {
    const asked = ask(query.root, table, filters);
    if (!asked) {
      if (table.rows > 0) parts.push({ table, where: '' });
    } else if (asked.knows && asked.said !== false)
      parts.push({ table, where: typeof asked.said === 'object' ? asked.said.text : '' });
  }
  const used = parts.sort((a, b) => Number(b.table.rows > 0) - Number(a.table.rows > 0)).slice(0, MOST_TABLES);
  if (used.length === 0) return '';
  const time = used.every(({ table }) => table.timeColumn === used[0]!.table.timeColumn) && used[0]!.table.timeColumn;
  const end = time ? `| top ${query.sample} by ${time} desc` : `| take ${query.sample}`;
  if (used.length === 1) {
    const [{ table, where }] = used as [(typeof used)[number]];
    return [table.name, ...(where ? [`| where ${where}`] : []), end].join('\n');
  }
  // The same condition over tables with the same columns would read alike; each table says its own.
  const lines = used.map(({ table, where }) => `  (${table.name}${where ? ` | where ${where}` : ''})`);
  return `union withsource=SourceTable\n${lines.join(',\n')}\n${end}`;
}

/** Read what a draft holds; anything that cannot be read is left out. */
export function parseGuided(value: unknown): GuidedQuery | undefined {
  const given = value as Partial<GuidedQuery> | null | undefined;
  if (!given || typeof given !== 'object' || !(DOMAINS as readonly unknown[]).includes(given.domain)) return undefined;
  const root = parseGroup(given.root, 0);
  return {
    domain: given.domain as Domain,
    view: given.view === 'all' ? 'all' : 'basic',
    root: root ?? EMPTY_GUIDED.root,
    sample: (SAMPLE_SIZES as readonly unknown[]).includes(given.sample) ? (given.sample as SampleSize) : 10_000,
  };
}

const MOST_ITEMS = 50;
const MOST_DEPTH = 4;

function parseGroup(value: unknown, depth: number): ConditionGroup | undefined {
  const given = value as Partial<ConditionGroup> | null | undefined;
  if (!given || !Array.isArray(given.items) || depth > MOST_DEPTH) return undefined;
  return {
    join: given.join === 'or' ? 'or' : 'and',
    items: given.items.slice(0, MOST_ITEMS).flatMap((item: unknown): (Condition | ConditionGroup)[] => {
      const group = parseGroup(item, depth + 1);
      if (group) return [group];
      const one = item as Partial<Condition> | null;
      if (typeof one?.filter !== 'string' || !one.operator || !(one.operator in OPERATOR_LABEL)) return [];
      return [
        {
          filter: one.filter,
          operator: one.operator,
          values: Array.isArray(one.values) ? one.values.filter((each) => typeof each === 'string') : [],
        },
      ];
    }),
  };
}

/** Questions to begin with; loading one overwrites what stands. */
export const SAMPLES: readonly { readonly label: string; readonly query: GuidedQuery }[] = [
  {
    label: 'PowerShell with an encoded command',
    query: {
      ...EMPTY_GUIDED,
      domain: 'endpoints',
      root: {
        join: 'and',
        items: [
          { filter: 'file', operator: 'equals', values: ['powershell.exe', 'pwsh.exe'] },
          { filter: 'command', operator: 'contains', values: ['-enc', '-EncodedCommand', 'FromBase64String'] },
        ],
      },
    },
  },
  {
    label: 'Failed logons',
    query: {
      ...EMPTY_GUIDED,
      domain: 'signins',
      root: { join: 'and', items: [{ filter: 'event', operator: 'equals', values: ['LogonFailed'] }] },
    },
  },
  {
    label: 'Mail with attachments of risky kinds',
    query: {
      ...EMPTY_GUIDED,
      domain: 'email',
      root: {
        join: 'or',
        items: [
          { filter: 'file', operator: 'endsWith', values: ['.iso', '.img', '.lnk', '.js', '.vbs', '.html', '.one'] },
        ],
      },
    },
  },
  {
    label: 'A file hash, wherever it can stand',
    query: {
      ...EMPTY_GUIDED,
      root: { join: 'and', items: [{ filter: 'sha256', operator: 'equals', values: [] }] },
    },
  },
];
