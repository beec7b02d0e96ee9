/**
 * What baselines are made of: for every source, rows in one form. The flags are named like those of BehaviorAnalytics (spec B 5.5).
 *
 * Each query is row-wise over one table and returns `At`, `Entity` (the key of the entity pages), `Label` and the features as text; `Place` is
 * `country|latitude|longitude`. Rows without an entity, and features that are empty, are left out. Accounts that exist on every machine have no
 * baseline.
 */
import type { RiskType } from '@parapet/schema';

export interface Feature {
  readonly column: string;
  /** Of a behaviour's name: `FirstTimeUser…`, `…UncommonlyAmongPeers`. */
  readonly name: string;
  /** "used {value}": what was done with it. */
  readonly words: string;
  /** New values are told. */
  readonly novel?: true;
  /** Sudden numbers on one day are told. */
  readonly volume?: true;
}

export interface Activity {
  readonly id: string;
  readonly table: string;
  readonly entity: RiskType;
  /** What a day's number counts: "sign-ins". */
  readonly counted: string;
  readonly category: string;
  readonly techniques: readonly string[];
  readonly query: string;
  readonly features: readonly Feature[];
  /** Hours of the day are compared: for what people do. */
  readonly hours?: true;
  /** KQL condition that finds an entity's rows again; `{}` stands for the quoted key. */
  readonly same: string;
}

/** `domain\name` as entity keys have it. */
const account = (name: string, domain: string): string =>
  `iff(isempty(${name}) or ${name} endswith "$", "", tolower(iff(isempty(${domain}), ${name}, strcat(tostring(split(${domain}, ".")[0]), "\\\\", ${name}))))`;
const label = (name: string, domain: string): string =>
  `iff(isempty(${domain}), ${name}, strcat(${domain}, "\\\\", ${name}))`;
const BUILT_IN = (name: string, domain: string): string =>
  `| where ${domain} !in~ ("nt authority", "nt service", "window manager", "font driver host", "iis apppool") and ${name} !in~ ("system", "local service", "network service", "anonymous logon", "root")`;
const DEVICE = 'tolower(iff(isempty(DeviceId), DeviceName, DeviceId))';
/** A browser or tool without its versions, so that an update is nothing new. */
const agent = (column: string): string => `tostring(split(tostring(split(${column}, "/")[0]), " ")[0])`;
const ACCOUNT_SAME = (name: string, domain: string): string =>
  `tolower(iff(isempty(${domain}), ${name}, strcat(tostring(split(${domain}, ".")[0]), "\\\\", ${name}))) == {}`;

const COUNTRY: Feature = {
  column: 'Country',
  name: 'ConnectedFromCountry',
  words: 'was active from {value}',
  novel: true,
};
const APP: Feature = { column: 'App', name: 'UsedApp', words: 'used {value}', novel: true };
const AGENT: Feature = { column: 'Agent', name: 'UsedAgent', words: 'used the client {value}', novel: true };

export const ACTIVITIES: readonly Activity[] = [
  {
    id: 'device-logon',
    table: 'DeviceLogonEvents',
    entity: 'user',
    counted: 'logons',
    category: 'LateralMovement',
    techniques: ['T1078'],
    query: `DeviceLogonEvents
${BUILT_IN('AccountName', 'AccountDomain')}
| where ActionType == "LogonSuccess"
| project At = Timestamp, Entity = ${account('AccountName', 'AccountDomain')}, Label = ${label('AccountName', 'AccountDomain')},
    Device = tolower(DeviceName), Action = LogonType`,
    features: [
      { column: 'Device', name: 'UsedDevice', words: 'logged on to {value}', novel: true },
      { column: 'Action', name: 'LoggedOnBy', words: 'logged on by way of {value}', novel: true },
    ],
    hours: true,
    same: ACCOUNT_SAME('AccountName', 'AccountDomain'),
  },
  {
    id: 'process-start',
    table: 'DeviceProcessEvents',
    entity: 'device',
    counted: 'process starts',
    category: 'Execution',
    techniques: ['T1204.002'],
    query: `DeviceProcessEvents
| where isnotempty(FileName)
| project At = Timestamp, Entity = ${DEVICE}, Label = DeviceName, Program = tolower(FileName)`,
    features: [{ column: 'Program', name: 'StartedProgram', words: 'started {value}', novel: true }],
    same: `${DEVICE} == {}`,
  },
  {
    id: 'device-connection',
    table: 'DeviceNetworkEvents',
    entity: 'device',
    counted: 'connections',
    category: 'CommandAndControl',
    techniques: ['T1071'],
    query: `DeviceNetworkEvents
| where ActionType in ("ConnectionSuccess", "ConnectionRequest") and isnotempty(RemotePort)
| project At = Timestamp, Entity = ${DEVICE}, Label = DeviceName, Port = iff(RemotePort < 49152, tostring(RemotePort), "")`,
    features: [{ column: 'Port', name: 'ConnectedToPort', words: 'connected to port {value}', novel: true }],
    same: `${DEVICE} == {}`,
  },
  {
    id: 'entra-sign-in',
    table: 'SigninLogs',
    entity: 'user',
    counted: 'sign-ins',
    category: 'InitialAccess',
    techniques: ['T1078.004'],
    query: `SigninLogs
| where ResultType == "0"
| extend Country = tostring(LocationDetails.countryOrRegion), Latitude = tostring(LocationDetails.geoCoordinates.latitude), Longitude = tostring(LocationDetails.geoCoordinates.longitude)
| project At = TimeGenerated, Entity = tolower(UserPrincipalName), Label = UserPrincipalName,
    Country = iff(isempty(Country), Location, Country), App = AppDisplayName,
    Agent = tostring(split(tostring(DeviceDetail.browser), " ")[0]),
    Place = iff(isempty(Latitude), "", strcat(Country, "|", Latitude, "|", Longitude))`,
    features: [COUNTRY, APP, AGENT],
    hours: true,
    same: 'tolower(UserPrincipalName) == {}',
  },
  {
    id: 'aws-call',
    table: 'AWSCloudTrail',
    entity: 'cloudIdentity',
    counted: 'calls',
    category: 'Persistence',
    techniques: ['T1078.004'],
    query: `AWSCloudTrail
| where isnotempty(UserIdentityArn) and isempty(UserIdentityInvokedBy)
| extend Role = iff(UserIdentityArn contains ":assumed-role/", SessionIssuerArn, UserIdentityArn)
| project At = TimeGenerated, Entity = tolower(Role), Label = Role, App = EventSource, Action = iff(ReadOnly == true, "", EventName),
    Region = AWSRegion, Agent = ${agent('UserAgent')}`,
    features: [
      { column: 'Action', name: 'PerformedAction', words: 'called {value}', novel: true, volume: true },
      { column: 'App', name: 'UsedService', words: 'used {value}', novel: true },
      { column: 'Region', name: 'UsedRegion', words: 'worked in {value}', novel: true },
      AGENT,
    ],
    same: `tolower(iff(UserIdentityArn contains ":assumed-role/", SessionIssuerArn, UserIdentityArn)) == {}`,
  },
  {
    id: 'azure-change',
    table: 'AzureActivity',
    entity: 'user',
    counted: 'changes',
    category: 'Persistence',
    techniques: ['T1078.004'],
    query: `AzureActivity
| where Caller contains "@"
| project At = TimeGenerated, Entity = tolower(Caller), Label = Caller, Action = tolower(OperationNameValue), Group = tolower(ResourceGroup)`,
    features: [
      { column: 'Action', name: 'PerformedAction', words: 'called {value}', novel: true, volume: true },
      { column: 'Group', name: 'AccessedResourceGroup', words: 'worked in the resource group {value}', novel: true },
    ],
    hours: true,
    same: 'tolower(Caller) == {}',
  },
  {
    id: 'gcp-call',
    table: 'GCPAuditLogs',
    entity: 'user',
    counted: 'calls',
    category: 'Persistence',
    techniques: ['T1078.004'],
    query: `GCPAuditLogs
| where isnotempty(PrincipalEmail)
| project At = TimeGenerated, Entity = tolower(PrincipalEmail), Label = PrincipalEmail, App = ServiceName, Action = MethodName`,
    features: [
      { column: 'Action', name: 'PerformedAction', words: 'called {value}', novel: true, volume: true },
      { column: 'App', name: 'UsedService', words: 'used {value}', novel: true },
    ],
    same: 'tolower(PrincipalEmail) == {}',
  },
  {
    id: 'office-activity',
    table: 'OfficeActivity',
    entity: 'user',
    counted: 'activities',
    category: 'Collection',
    techniques: ['T1530', 'T1114.002'],
    query: `OfficeActivity
| where UserId contains "@"
| project At = TimeGenerated, Entity = tolower(UserId), Label = UserId, App = OfficeWorkload, Action = Operation, Agent = ${agent('UserAgent')}`,
    features: [
      { column: 'Action', name: 'PerformedAction', words: 'did {value}', novel: true, volume: true },
      APP,
      AGENT,
    ],
    hours: true,
    same: 'tolower(UserId) == {}',
  },
  {
    id: 'cloud-app',
    table: 'CloudAppEvents',
    entity: 'user',
    counted: 'activities',
    category: 'Collection',
    techniques: ['T1530'],
    query: `CloudAppEvents
| where AccountId contains "@"
| project At = Timestamp, Entity = tolower(AccountId), Label = AccountId, Country = CountryCode, App = Application, Action = ActionType, Agent = ${agent('UserAgent')}`,
    features: [
      COUNTRY,
      APP,
      AGENT,
      { column: 'Action', name: 'PerformedAction', words: 'did {value}', novel: true, volume: true },
    ],
    hours: true,
    same: 'tolower(AccountId) == {}',
  },
  {
    id: 'directory-change',
    table: 'AuditLogs',
    entity: 'user',
    counted: 'changes',
    category: 'Persistence',
    techniques: ['T1098'],
    query: `AuditLogs
| extend Who = tostring(InitiatedBy.user.userPrincipalName)
| where Who contains "@"
| project At = TimeGenerated, Entity = tolower(Who), Label = Who, Action = OperationName`,
    features: [
      { column: 'Action', name: 'PerformedAction', words: 'did "{value}" in the directory', novel: true, volume: true },
    ],
    hours: true,
    same: 'tolower(tostring(InitiatedBy.user.userPrincipalName)) == {}',
  },
  {
    id: 'firewall-traffic',
    table: 'CommonSecurityLog',
    entity: 'ip',
    counted: 'bytes sent',
    category: 'Exfiltration',
    techniques: ['T1048'],
    query: `CommonSecurityLog
| where isnotempty(SourceIP) and SentBytes > 0 and ipv4_is_private(SourceIP) and not(ipv4_is_private(DestinationIP))
| project At = TimeGenerated, Entity = tolower(SourceIP), Label = SourceIP, Amount = todouble(SentBytes)`,
    features: [],
    same: 'SourceIP == {}',
  },
];
