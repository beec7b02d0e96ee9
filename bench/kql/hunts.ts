import { termIndexExpression } from '@parapet/kql';

/**
 * Thirty hunts as an analyst writes them, and as a person who knows the engine and these tables writes them in SQL.
 * Both give the same rows; `run.ts` checks that before it measures anything.
 */

export interface Hunt {
  readonly name: string;
  readonly kql: string;
  readonly sql: string;
}

const P = 'hunting.DeviceProcessEvents';
const N = 'hunting.DeviceNetworkEvents';
const F = 'hunting.DeviceFileEvents';
const L = 'hunting.DeviceLogonEvents';
const S = 'hunting.SigninLogs';
const E = 'hunting.EmailEvents';
const C = 'hunting.CloudAppEvents';
/** What the text index of the column covers; `has` and `anyOf` are how one asks it. */
const indexed = (column: string): string => termIndexExpression(`\`${column}\``);
const has = (column: string, ...terms: string[]): string =>
  `hasAllTokens(${indexed(column)}, [${terms.map((t) => `'${t}'`).join(', ')}])`;
const anyOf = (column: string, ...terms: string[]): string =>
  `hasAnyTokens(${indexed(column)}, [${terms.map((t) => `'${t}'`).join(', ')}])`;
const at = (text: string): string => `toDateTime64('${text}', 7, 'UTC')`;
/** Days before the end of the events. */
const ago = (days: number): string =>
  at(new Date(Date.UTC(2026, 1, 13) - days * 86_400_000).toISOString().slice(0, 19).replace('T', ' '));

export const HUNTS: readonly Hunt[] = [
  {
    name: 'term in the command line, all time',
    kql: 'DeviceProcessEvents | where ProcessCommandLine has "mimikatz" | project Timestamp, DeviceName, AccountName, ProcessCommandLine',
    sql: `SELECT Timestamp, DeviceName, AccountName, ProcessCommandLine FROM ${P} WHERE ${has('ProcessCommandLine', 'mimikatz')}`,
  },
  {
    name: 'any of several terms, 14 days',
    kql: 'let needles = dynamic(["comsvcs", "vssadmin", "mimikatz", "sekurlsa"]);\nDeviceProcessEvents | where Timestamp > ago(14d) | where ProcessCommandLine has_any (needles) | summarize Hits = count(), Devices = dcount(DeviceId) by FileName',
    sql: `SELECT FileName, count() AS Hits, uniq(DeviceId) AS Devices FROM ${P} WHERE Timestamp > ${ago(14)} AND ${anyOf('ProcessCommandLine', 'comsvcs', 'vssadmin', 'mimikatz', 'sekurlsa')} GROUP BY FileName`,
  },
  {
    name: 'all terms and a phrase',
    kql: 'DeviceProcessEvents | where ProcessCommandLine has_all ("delete", "shadows") and ProcessCommandLine has "/All /Quiet" | summarize count() by DeviceName | sort by count_ desc, DeviceName asc | take 20',
    sql: `SELECT DeviceName, count() AS n FROM ${P} WHERE ${has('ProcessCommandLine', 'delete', 'shadows')} AND positionCaseInsensitive(ProcessCommandLine, '/All /Quiet') > 0 GROUP BY DeviceName ORDER BY n DESC, DeviceName LIMIT 20`,
  },
  {
    name: 'substring, 7 days',
    kql: 'DeviceProcessEvents | where Timestamp > ago(7d) and ProcessCommandLine contains "downloadstr" or ProcessCommandLine contains "encodedcomm" | where Timestamp > ago(7d) | count',
    sql: `SELECT count() FROM ${P} WHERE Timestamp > ${ago(7)} AND (${indexed('ProcessCommandLine')} LIKE '%downloadstr%' OR ${indexed('ProcessCommandLine')} LIKE '%encodedcomm%')`,
  },
  {
    name: 'rare process on few devices',
    kql: 'DeviceProcessEvents | where Timestamp > ago(14d) | summarize Devices = dcount(DeviceId), Runs = count(), First = min(Timestamp), Example = take_any(FolderPath) by FileName | where Devices <= 2 | project FileName, Devices, Runs, First | sort by FileName asc | take 200',
    sql: `SELECT FileName, uniq(DeviceId) AS Devices, count() AS Runs, min(Timestamp) AS First FROM ${P} WHERE Timestamp > ${ago(14)} GROUP BY FileName HAVING Devices <= 2 ORDER BY FileName LIMIT 200`,
  },
  {
    name: 'hourly series over a week',
    kql: 'DeviceProcessEvents | where Timestamp >= ago(7d) | summarize Events = count(), Devices = dcount(DeviceName) by bin(Timestamp, 1h) | order by Timestamp asc',
    sql: `SELECT toStartOfHour(Timestamp) AS t, count() AS Events, uniq(DeviceName) AS Devices FROM ${P} WHERE Timestamp >= ${ago(7)} GROUP BY t ORDER BY t`,
  },
  {
    name: 'one device, one day',
    kql: 'let day = datetime(2026-02-03); DeviceProcessEvents | where startofday(Timestamp) == day and DeviceName =~ "SRV-00007.corp.example" | project Timestamp, FileName, ProcessCommandLine, AccountName | sort by Timestamp asc | take 500',
    sql: `SELECT Timestamp, FileName, ProcessCommandLine, AccountName FROM ${P} WHERE Timestamp >= ${at('2026-02-03 00:00:00')} AND Timestamp < ${at('2026-02-04 00:00:00')} AND lower(DeviceName) = 'srv-00007.corp.example' ORDER BY Timestamp LIMIT 500`,
  },
  {
    name: 'time window by arithmetic on the column',
    kql: 'DeviceNetworkEvents | where now() - Timestamp < 36h and bin(Timestamp, 1h) >= ago(1d) | summarize count() by RemotePort | sort by RemotePort asc',
    sql: `SELECT RemotePort, count() FROM ${N} WHERE Timestamp >= ${ago(1)} GROUP BY RemotePort ORDER BY RemotePort`,
  },
  {
    name: 'hash in a list',
    kql: 'DeviceFileEvents | where SHA256 in ("9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab", "0000000000000000000000000000000000000000000000000000000000000000", "d4e7b548e4e3bfd4f2ada04420e49e08213815444e17937b7e25c1d4bf2f5c6f") | project Timestamp, DeviceName, FileName, FolderPath',
    sql: `SELECT Timestamp, DeviceName, FileName, FolderPath FROM ${F} WHERE SHA256 IN ('9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab', '0000000000000000000000000000000000000000000000000000000000000000', 'd4e7b548e4e3bfd4f2ada04420e49e08213815444e17937b7e25c1d4bf2f5c6f')`,
  },
  {
    name: 'one address, all time',
    kql: 'DeviceNetworkEvents | where RemoteIP == "203.0.113.77" | summarize Connections = count(), First = min(Timestamp), Last = max(Timestamp), Ports = make_set(RemotePort) by DeviceName',
    sql: `SELECT DeviceName, count() AS Connections, min(Timestamp) AS First, max(Timestamp) AS Last, groupUniqArray(RemotePort) AS Ports FROM ${N} WHERE RemoteIP = '203.0.113.77' GROUP BY DeviceName`,
  },
  {
    name: 'beaconing by spread of intervals',
    kql: 'DeviceNetworkEvents | where Timestamp > ago(5d) and RemoteIPType == "Public" | summarize Times = count(), Hours = dcount(bin(Timestamp, 1h)) by DeviceId, RemoteIP | where Times > 40 and Hours > 30 | project DeviceId, RemoteIP, Times, Hours',
    sql: `SELECT DeviceId, RemoteIP, count() AS Times, uniq(toStartOfHour(Timestamp)) AS Hours FROM ${N} WHERE Timestamp > ${ago(5)} AND RemoteIPType = 'Public' GROUP BY DeviceId, RemoteIP HAVING Times > 40 AND Hours > 30`,
  },
  {
    name: 'process joined to its network connections',
    kql: 'let start = ago(3d); DeviceProcessEvents | where Timestamp > start and FileName =~ "certutil.exe" | project DeviceId, ProcTime = Timestamp, ProcessCommandLine | join kind=inner (DeviceNetworkEvents | where Timestamp > start and RemotePort == 8080 | project DeviceId, NetTime = Timestamp, RemoteIP) on DeviceId | where NetTime between (ProcTime .. (ProcTime + 10m)) | summarize count() by RemoteIP | sort by count_ desc, RemoteIP asc | take 50',
    sql: `SELECT n.RemoteIP AS RemoteIP, count() AS c FROM (SELECT DeviceId, Timestamp, RemoteIP FROM ${N} WHERE Timestamp > ${ago(3)} AND RemotePort = 8080) AS n INNER JOIN (SELECT DeviceId, Timestamp FROM ${P} WHERE Timestamp > ${ago(3)} AND lower(FileName) = 'certutil.exe') AS p ON n.DeviceId = p.DeviceId WHERE n.Timestamp >= p.Timestamp AND n.Timestamp <= p.Timestamp + INTERVAL 10 MINUTE GROUP BY RemoteIP ORDER BY c DESC, RemoteIP LIMIT 50`,
  },
  {
    name: 'failed then successful logon (innerunique)',
    kql: 'DeviceLogonEvents | where Timestamp > ago(2d) and ActionType == "LogonFailed" | distinct AccountName, DeviceId | join (DeviceLogonEvents | where Timestamp > ago(2d) and ActionType == "LogonSuccess" and LogonType == "RemoteInteractive" | project AccountName, DeviceId, Timestamp) on AccountName, DeviceId | summarize Successes = count() by AccountName | where Successes > 0 | sort by Successes desc, AccountName asc | take 100',
    sql: `SELECT AccountName, count() AS Successes FROM (SELECT AccountName, DeviceId FROM ${L} WHERE Timestamp > ${ago(2)} AND ActionType = 'LogonSuccess' AND LogonType = 'RemoteInteractive') AS r INNER JOIN (SELECT DISTINCT AccountName, DeviceId FROM ${L} WHERE Timestamp > ${ago(2)} AND ActionType = 'LogonFailed') AS l USING (AccountName, DeviceId) GROUP BY AccountName ORDER BY Successes DESC, AccountName LIMIT 100`,
  },
  {
    name: 'first seen: file of today not in the month before (leftanti)',
    kql: 'DeviceProcessEvents | where Timestamp > ago(1d) | distinct SHA256, FileName | join kind=leftanti (DeviceProcessEvents | where Timestamp between (ago(30d) .. ago(1d)) | distinct SHA256) on SHA256 | summarize Files = count()',
    sql: `SELECT count() AS Files FROM (SELECT DISTINCT SHA256, FileName FROM ${P} WHERE Timestamp > ${ago(1)} AND SHA256 NOT IN (SELECT SHA256 FROM ${P} WHERE Timestamp >= ${ago(30)} AND Timestamp <= ${ago(1)}))`,
  },
  {
    name: 'leftsemi against suspicious devices',
    kql: 'DeviceNetworkEvents | where Timestamp > ago(2d) | join kind=leftsemi (DeviceProcessEvents | where ProcessCommandLine has "mimikatz") on DeviceId | summarize count() by DeviceName, RemotePort | sort by count_ desc, DeviceName asc, RemotePort asc | take 50',
    sql: `SELECT DeviceName, RemotePort, count() AS n FROM ${N} WHERE Timestamp > ${ago(2)} AND DeviceId IN (SELECT DeviceId FROM ${P} WHERE ${has('ProcessCommandLine', 'mimikatz')}) GROUP BY DeviceName, RemotePort ORDER BY n DESC, DeviceName, RemotePort LIMIT 50`,
  },
  {
    name: 'leftouter with counts of the other side',
    kql: 'DeviceLogonEvents | where Timestamp > ago(3d) | summarize Logons = count() by DeviceId, DeviceName | join kind=leftouter (DeviceFileEvents | where Timestamp > ago(3d) and FileName endswith ".ps1" | summarize Scripts = count() by DeviceId) on DeviceId | project DeviceName, Logons, Scripts | sort by DeviceName asc',
    sql: `SELECT DeviceName, Logons, Scripts FROM (SELECT DeviceId, DeviceName, count() AS Logons FROM ${L} WHERE Timestamp > ${ago(3)} GROUP BY DeviceId, DeviceName) AS l LEFT JOIN (SELECT DeviceId, toNullable(count()) AS Scripts FROM ${F} WHERE Timestamp > ${ago(3)} AND endsWith(lower(FileName), '.ps1') GROUP BY DeviceId) AS r ON l.DeviceId = r.DeviceId ORDER BY DeviceName`,
  },
  {
    name: 'union of three tables by device',
    kql: 'union DeviceProcessEvents, DeviceNetworkEvents, DeviceFileEvents | where Timestamp > ago(1d) and DeviceName startswith "srv-0000" | summarize Events = count(), Last = max(Timestamp) by DeviceName, ActionType | sort by DeviceName asc, ActionType asc',
    sql: `SELECT DeviceName, ActionType, count() AS Events, max(Timestamp) AS Last FROM (SELECT DeviceName, ActionType, Timestamp FROM ${P} WHERE Timestamp > ${ago(1)} AND startsWith(lower(DeviceName), 'srv-0000') UNION ALL SELECT DeviceName, ActionType, Timestamp FROM ${N} WHERE Timestamp > ${ago(1)} AND startsWith(lower(DeviceName), 'srv-0000') UNION ALL SELECT DeviceName, ActionType, Timestamp FROM ${F} WHERE Timestamp > ${ago(1)} AND startsWith(lower(DeviceName), 'srv-0000')) GROUP BY DeviceName, ActionType ORDER BY DeviceName, ActionType`,
  },
  {
    name: 'newest row of each device',
    kql: 'DeviceProcessEvents | where Timestamp > ago(10d) | summarize arg_max(Timestamp, FileName, ProcessId, AccountName) by DeviceName | sort by DeviceName asc',
    sql: `SELECT DeviceName, max(Timestamp) AS t, argMax(FileName, Timestamp), argMax(ProcessId, Timestamp), argMax(AccountName, Timestamp) FROM ${P} WHERE Timestamp > ${ago(10)} GROUP BY DeviceName ORDER BY DeviceName`,
  },
  {
    name: 'sets for each account',
    kql: 'DeviceLogonEvents | where Timestamp > ago(5d) | summarize Devices = make_set(DeviceName), Types = make_set(LogonType), Total = count() by AccountName | where array_length(Devices) > 40 | project AccountName, DeviceCount = array_length(Devices), TypeCount = array_length(Types), Total',
    sql: `SELECT AccountName, length(groupUniqArray(DeviceName)) AS DeviceCount, length(groupUniqArray(LogonType)) AS TypeCount, count() AS Total FROM ${L} WHERE Timestamp > ${ago(5)} GROUP BY AccountName HAVING DeviceCount > 40`,
  },
  {
    name: 'filter on JSON properties',
    kql: 'DeviceProcessEvents | where Timestamp > ago(10d) | where AdditionalFields.Kind == "k3" and toint(AdditionalFields.Score) > 95 and tobool(AdditionalFields.InitiatingProcess.Signed) == false | summarize count() by FileName | sort by FileName asc',
    sql: `WITH JSONExtract(AdditionalFields, 'Tuple(Kind String, Score Int32, InitiatingProcess Tuple(Signed Bool))') AS j SELECT FileName, count() FROM ${P} WHERE Timestamp > ${ago(10)} AND j.1 = 'k3' AND j.2 > 95 AND j.3.1 = false GROUP BY FileName ORDER BY FileName`,
  },
  {
    name: 'sign-ins by country and result',
    kql: 'SigninLogs | where TimeGenerated > ago(14d) | extend Country = tostring(parse_json(LocationDetails).countryOrRegion), Compliant = tostring(parse_json(DeviceDetail).isCompliant) | summarize Users = dcount(UserPrincipalName), Total = count(), Failures = countif(ResultType != "0") by Country, Compliant | sort by Country asc, Compliant asc',
    sql: `SELECT JSONExtractString(LocationDetails, 'countryOrRegion') AS Country, if(JSONExtractBool(DeviceDetail, 'isCompliant'), 'true', 'false') AS Compliant, uniq(UserPrincipalName) AS Users, count() AS Total, countIf(ResultType != '0') AS Failures FROM ${S} WHERE TimeGenerated > ${ago(14)} GROUP BY Country, Compliant ORDER BY Country, Compliant`,
  },
  {
    name: 'two countries within an hour',
    kql: 'SigninLogs | where TimeGenerated > ago(7d) and ResultType == "0" | extend City = tostring(LocationDetails.city) | summarize Cities = dcount(City), Addresses = make_set(IPAddress, 20) by UserPrincipalName, bin(TimeGenerated, 1h) | where Cities > 4 | project UserPrincipalName, TimeGenerated, Cities | sort by UserPrincipalName asc, TimeGenerated asc',
    sql: `SELECT UserPrincipalName, toStartOfHour(TimeGenerated) AS t, uniq(JSONExtractString(LocationDetails, 'city')) AS Cities FROM ${S} WHERE TimeGenerated > ${ago(7)} AND ResultType = '0' GROUP BY UserPrincipalName, t HAVING Cities > 4 ORDER BY UserPrincipalName, t`,
  },
  {
    name: 'mailbox rules that forward (mv-expand)',
    kql: 'CloudAppEvents | where Timestamp > ago(20d) and ActionType in ("New-InboxRule", "Set-InboxRule") | mv-expand p = RawEventData.Parameters | where p.Name == "ForwardTo" | summarize Rules = count() by AccountId, Target = tostring(p.Value) | sort by Rules desc, AccountId asc | take 50',
    sql: `WITH arrayJoin(JSONExtract(RawEventData, 'Parameters', 'Array(Tuple(Name String, Value String))')) AS p SELECT AccountId, p.2 AS Target, count() AS Rules FROM ${C} WHERE Timestamp > ${ago(20)} AND ActionType IN ('New-InboxRule', 'Set-InboxRule') AND p.1 = 'ForwardTo' GROUP BY AccountId, Target ORDER BY Rules DESC, AccountId LIMIT 50`,
  },
  {
    name: 'parse a command line',
    kql: 'DeviceProcessEvents | where Timestamp > ago(10d) and ProcessCommandLine has "schtasks" | parse ProcessCommandLine with * "/TN " TaskName " /TR" * | summarize Devices = dcount(DeviceId) by TaskName | where Devices > 0 | sort by TaskName asc | take 300',
    sql: `SELECT extract(ProcessCommandLine, '/TN (.*?) /TR') AS TaskName, uniq(DeviceId) AS Devices FROM ${P} WHERE Timestamp > ${ago(10)} AND ${has('ProcessCommandLine', 'schtasks')} GROUP BY TaskName ORDER BY TaskName LIMIT 300`,
  },
  {
    name: 'regular expression on a narrow set',
    kql: 'DeviceProcessEvents | where Timestamp > ago(10d) and FileName in~ ("powershell.exe", "cmd.exe") | extend Script = extract(@"inventory-(\\d+)\\.ps1", 1, ProcessCommandLine) | where isnotempty(Script) | summarize count() by Script | sort by Script asc',
    sql: `SELECT extract(ProcessCommandLine, 'inventory-(\\\\d+)\\\\.ps1') AS Script, count() FROM ${P} WHERE Timestamp > ${ago(10)} AND lower(FileName) IN ('powershell.exe', 'cmd.exe') AND Script != '' GROUP BY Script ORDER BY Script`,
  },
  {
    name: 'phishing mail read by whom (joins over mail and sign-ins)',
    kql: 'EmailEvents | where Timestamp > ago(3d) and ThreatTypes has "Phish" and DeliveryAction == "Delivered" | project RecipientEmailAddress, Subject, MailTime = Timestamp | join kind=inner (SigninLogs | where TimeGenerated > ago(3d) and ResultType == "0" and RiskLevelDuringSignIn in ("medium", "high") | project UserPrincipalName, SignTime = TimeGenerated, IPAddress) on $left.RecipientEmailAddress == $right.UserPrincipalName | where SignTime > MailTime | summarize count(), Addresses = dcount(IPAddress) by RecipientEmailAddress | sort by RecipientEmailAddress asc',
    sql: `SELECT m.RecipientEmailAddress, count(), uniq(s.IPAddress) FROM (SELECT RecipientEmailAddress, Timestamp FROM ${E} WHERE Timestamp > ${ago(3)} AND hasTokenCaseInsensitive(ThreatTypes, 'Phish') AND DeliveryAction = 'Delivered') AS m INNER JOIN (SELECT UserPrincipalName, TimeGenerated, IPAddress FROM ${S} WHERE TimeGenerated > ${ago(3)} AND ResultType = '0' AND RiskLevelDuringSignIn IN ('medium', 'high')) AS s ON m.RecipientEmailAddress = s.UserPrincipalName WHERE s.TimeGenerated > m.Timestamp GROUP BY m.RecipientEmailAddress ORDER BY 1`,
  },
  {
    name: 'lookup in a small table',
    kql: 'let ports = datatable(RemotePort: int, Service: string)[22, "ssh", 3389, "rdp", 445, "smb", 5985, "winrm"]; DeviceNetworkEvents | where Timestamp > ago(7d) | lookup kind=inner ports on RemotePort | summarize Total = count(), Targets = dcount(RemoteIP) by Service | sort by Service asc',
    sql: `SELECT transform(RemotePort, [22, 3389, 445, 5985], ['ssh', 'rdp', 'smb', 'winrm'], '') AS Service, count() AS Total, uniq(RemoteIP) AS Targets FROM ${N} WHERE Timestamp > ${ago(7)} AND RemotePort IN (22, 3389, 445, 5985) GROUP BY Service ORDER BY Service`,
  },
  {
    name: 'largest files',
    kql: 'DeviceFileEvents | where Timestamp > ago(14d) | top 25 by FileSize desc | project Timestamp, DeviceName, FileName, FileSize, SHA256',
    sql: `SELECT Timestamp, DeviceName, FileName, FileSize, SHA256 FROM ${F} WHERE Timestamp > ${ago(14)} ORDER BY FileSize DESC LIMIT 25`,
  },
  {
    name: 'a few sample rows of everything',
    kql: 'union DeviceProcessEvents, DeviceNetworkEvents, DeviceFileEvents, DeviceLogonEvents | take 20 | summarize Rows = count()',
    sql: `SELECT count() AS Rows FROM (SELECT * FROM (SELECT 1 FROM ${P} UNION ALL SELECT 1 FROM ${N} UNION ALL SELECT 1 FROM ${F} UNION ALL SELECT 1 FROM ${L}) LIMIT 20)`,
  },
  {
    name: 'percentiles and distinct domains of mail',
    kql: 'EmailEvents | where Timestamp > ago(20d) and EmailDirection == "Inbound" | summarize Mails = count(), Recipients = dcount(RecipientEmailAddress), Attachments = sum(AttachmentCount), Urls = max(UrlCount) by SenderFromDomain | where Recipients > 100 | sort by SenderFromDomain asc',
    sql: `SELECT SenderFromDomain, count() AS Mails, uniq(RecipientEmailAddress) AS Recipients, sum(AttachmentCount) AS Attachments, max(UrlCount) AS Urls FROM ${E} WHERE Timestamp > ${ago(20)} AND EmailDirection = 'Inbound' GROUP BY SenderFromDomain HAVING Recipients > 100 ORDER BY SenderFromDomain`,
  },
  {
    name: 'remote logons to many machines in an hour',
    kql: 'DeviceLogonEvents | where Timestamp between (datetime(2026-02-01) .. 10d) and ActionType == "LogonSuccess" and LogonType in ("RemoteInteractive", "Network") and isnotempty(RemoteIP) | summarize Targets = dcount(DeviceId), Accounts = dcount(AccountName) by RemoteIP, Hour = bin(Timestamp, 1h) | where Targets >= 3 | sort by RemoteIP asc, Hour asc | take 500',
    sql: `SELECT RemoteIP, toStartOfHour(Timestamp) AS Hour, uniq(DeviceId) AS Targets, uniq(AccountName) AS Accounts FROM ${L} WHERE Timestamp >= ${at('2026-02-01 00:00:00')} AND Timestamp <= ${at('2026-02-11 00:00:00')} AND ActionType = 'LogonSuccess' AND LogonType IN ('RemoteInteractive', 'Network') AND RemoteIP != '' GROUP BY RemoteIP, Hour HAVING Targets >= 3 ORDER BY RemoteIP, Hour LIMIT 500`,
  },
  {
    name: 'distinct values of a busy filter',
    kql: 'DeviceNetworkEvents | where Timestamp > ago(7d) and RemoteUrl endswith ".example" and InitiatingProcessFileName in~ ("powershell.exe", "cmd.exe", "wmiprvse.exe") | distinct DeviceName, RemoteUrl | count',
    sql: `SELECT count() FROM (SELECT DISTINCT DeviceName, RemoteUrl FROM ${N} WHERE Timestamp > ${ago(7)} AND endsWith(lower(RemoteUrl), '.example') AND lower(InitiatingProcessFileName) IN ('powershell.exe', 'cmd.exe', 'wmiprvse.exe'))`,
  },
];
