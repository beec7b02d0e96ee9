/** What the seeded rows of the benchmark look like, one entry a table: column name to SQL over the row number `n`. */
import {
  accountName, choose, device, deviceId, deviceName, guid, hash, index, pick, privateIp, publicIp, rare, sha1, sha256, unit, upn, user,
} from './random.ts';

export interface SeededTable {
  readonly name: string;
  /** Part of all rows. */
  readonly share: number;
  readonly time: string;
  readonly columns: Readonly<Record<string, string>>;
}

/** First instant of the events and the end, thirty days later: `now()` of every hunt. Two months, so that partitions matter. */
export const START = '2026-01-14 00:00:00';
export const END = new Date('2026-02-13T00:00:00Z');

const PROGRAMS = [
  'svchost.exe', 'chrome.exe', 'msedge.exe', 'conhost.exe', 'backgroundTaskHost.exe', 'RuntimeBroker.exe', 'powershell.exe', 'cmd.exe', 'explorer.exe', 'OUTLOOK.EXE',
  'WINWORD.EXE', 'EXCEL.EXE', 'Teams.exe', 'OneDrive.exe', 'taskhostw.exe', 'dllhost.exe', 'WmiPrvSE.exe', 'rundll32.exe', 'regsvr32.exe', 'msiexec.exe',
  'schtasks.exe', 'wscript.exe', 'cscript.exe', 'net.exe', 'net1.exe', 'whoami.exe', 'ipconfig.exe', 'nltest.exe', 'sc.exe', 'reg.exe',
  'certutil.exe', 'bitsadmin.exe', 'mshta.exe', 'wmic.exe', 'vssadmin.exe', 'psexec.exe', 'PING.EXE', 'python.exe', 'node.exe', 'java.exe',
  'git.exe', 'curl.exe', 'ssh.exe', 'tar.exe', '7z.exe', 'setup.exe', 'update.exe', 'notepad.exe', 'mmc.exe', 'lsass.exe',
];
const PARENTS = ['services.exe', 'explorer.exe', 'svchost.exe', 'cmd.exe', 'chrome.exe', 'powershell.exe', 'OUTLOOK.EXE', 'WINWORD.EXE', 'wmiprvse.exe', 'userinit.exe', 'taskeng.exe', 'w3wp.exe'];
const FOLDERS = ['C:\\Windows\\System32\\', 'C:\\Program Files\\Google\\Chrome\\Application\\', 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\', 'C:\\Windows\\', 'C:\\Program Files\\Microsoft Office\\root\\Office16\\', 'C:\\Users\\Public\\', 'C:\\ProgramData\\Vendor\\', 'C:\\Temp\\'];
const DOMAINS = ['login.microsoftonline.com', 'outlook.office365.com', 'teams.microsoft.com', 'www.google.com', 'fonts.gstatic.com', 'cdn.jsdelivr.net', 'github.com', 'api.github.com', 'update.vendor.example', 'telemetry.vendor.example', 'files.partner.example', 'intranet.corp.example', 'pastebin.com', 'transfer.sh', 'raw.githubusercontent.com', 'cdn.discordapp.com'];

const number = (salt: string, size: number): string => `toString(${index(salt, size)})`;
const folder = (salt: string): string => pick(salt, FOLDERS, 2.5);

/** Command lines in the shapes desktops and servers produce, with a few rare ones worth hunting. */
const commandLine = (program: string, salt: string): string =>
  `multiIf(
    ${rare(`${salt}mimi`, 60_000)}, concat('powershell.exe -NoP -W Hidden -c "Invoke-Mimikatz -DumpCreds ', ${number(`${salt}a`, 9999)}, '"'),
    ${rare(`${salt}vss`, 90_000)}, 'vssadmin.exe Delete Shadows /All /Quiet',
    ${rare(`${salt}dump`, 120_000)}, concat('rundll32.exe C:\\\\Windows\\\\System32\\\\comsvcs.dll, MiniDump ', ${number(`${salt}p`, 9000)}, ' C:\\\\Temp\\\\lsass.dmp full'),
    ${rare(`${salt}enc`, 4_000)}, concat('powershell.exe -NoProfile -EncodedCommand ', base64Encode(concat(toString(n), 'IEX (New-Object Net.WebClient).DownloadString'))),
    ${rare(`${salt}task`, 2_500)}, concat('schtasks.exe /Create /SC DAILY /TN Updater', ${number(`${salt}t`, 500)}, ' /TR "C:\\\\ProgramData\\\\Vendor\\\\update.exe"'),
    ${rare(`${salt}net`, 1_500)}, concat('net.exe user ', ${accountName(user(`${salt}nu`))}, ' /domain'),
    concat('"', ${folder(`${salt}f`)}, ${program}, '" ', ${choose(
      `${salt}args`,
      [
        `concat('-k netsvcs -p -s ', ${pick(`${salt}svc`, ['Schedule', 'Winmgmt', 'Themes', 'BITS', 'wuauserv', 'gpsvc'])})`,
        `concat('--type=renderer --lang=en-US --device-scale-factor=1 --renderer-client-id=', ${number(`${salt}r`, 4000)}, ' --time-ticks-at-unix-epoch=-', toString(${hash(`${salt}ticks`)} % 1000000000))`,
        `concat('-ServerName:App.AppX', lower(hex(${hash(`${salt}appx`)})), '.mca')`,
        `concat('/c dir C:\\\\Users\\\\', ${accountName(user(`${salt}u`))}, '\\\\Documents\\\\report_', ${number(`${salt}d`, 900)}, '.docx')`,
        `concat('-File C:\\\\Scripts\\\\inventory-', ${number(`${salt}i`, 60)}, '.ps1 -Server srv-', leftPad(${number(`${salt}s`, 60)}, 5, '0'))`,
        `concat('--config=/etc/app/conf.d/', ${number(`${salt}c`, 300)}, '.yml --verbose')`,
      ],
      1.5,
    )}))`;

const INITIATING = (salt: string): Record<string, string> => ({
  InitiatingProcessFileName: pick(`${salt}parent`, PARENTS, 2),
  InitiatingProcessFolderPath: `concat(${folder(`${salt}ifolder`)}, InitiatingProcessFileName)`,
  InitiatingProcessCommandLine: commandLine('InitiatingProcessFileName', `${salt}i`),
  InitiatingProcessSHA256: sha256(`concat(InitiatingProcessFileName, toString(${index(`${salt}iv`, 8, 2)}))`),
  InitiatingProcessSHA1: sha1(`concat(InitiatingProcessFileName, toString(${index(`${salt}iv`, 8, 2)}))`),
  InitiatingProcessId: `toInt64(${index(`${salt}ipid`, 30_000)})`,
  InitiatingProcessAccountName: `if(${hash(`${salt}isys`)} % 3 = 0, 'system', ${accountName('u')})`,
  InitiatingProcessAccountDomain: `if(InitiatingProcessAccountName = 'system', 'nt authority', 'corp')`,
  InitiatingProcessParentFileName: pick(`${salt}grand`, PARENTS, 1.5),
  InitiatingProcessIntegrityLevel: pick(`${salt}il`, ['System', 'Medium', 'High', 'Low'], 1.5),
  InitiatingProcessCreationTime: `Timestamp - toIntervalSecond(${index(`${salt}ict`, 86_400)})`,
});

const DEVICE: Record<string, string> = { DeviceId: deviceId('d'), DeviceName: deviceName('d') };
const report = `toInt64(${hash('report')} % 1000000)`;

export const TABLES: readonly SeededTable[] = [
  {
    name: 'DeviceProcessEvents',
    share: 0.3,
    time: 'Timestamp',
    columns: {
      ...DEVICE,
      ActionType: `'ProcessCreated'`,
      FileName: `if(${rare('odd', 20_000)}, concat('tool', toString(${index('oddn', 5000)}), '.exe'), ${pick('program', PROGRAMS, 2.2)})`,
      FolderPath: `concat(${folder('folder')}, FileName)`,
      SHA256: sha256(`concat(FileName, toString(${index('version', 12, 2)}))`),
      SHA1: sha1(`concat(FileName, toString(${index('version', 12, 2)}))`),
      MD5: `lower(hex(MD5(concat(FileName, toString(${index('version', 12, 2)})))))`,
      FileSize: `toInt64(${index('size', 4_000_000)})`,
      ProcessId: `toInt64(${index('pid', 30_000)})`,
      ProcessCommandLine: commandLine('FileName', 'p'),
      ProcessIntegrityLevel: pick('il', ['Medium', 'System', 'High', 'Low'], 1.5),
      ProcessCreationTime: 'Timestamp',
      AccountName: `if(${hash('sys')} % 4 = 0, 'system', ${accountName('u')})`,
      AccountDomain: `if(AccountName = 'system', 'nt authority', 'corp')`,
      AccountUpn: `if(AccountName = 'system', '', ${upn('u')})`,
      AccountSid: `concat('S-1-5-21-1004336348-', toString(u + 1000))`,
      LogonId: `toInt64(${index('logon', 900_000)})`,
      ...INITIATING('p'),
      ReportId: report,
      AdditionalFields: `concat('{"InitiatingProcess":{"Depth":', toString(${index('depth', 6)}), ',"Signed":', if(${hash('signed')} % 5 = 0, 'false', 'true'), '},"Kind":"k', toString(${index('kind', 10)}), '","Score":', toString(${index('score', 100)}), '}')`,
    },
  },
  {
    name: 'DeviceNetworkEvents',
    share: 0.25,
    time: 'Timestamp',
    columns: {
      ...DEVICE,
      // Three devices call the same address every ten minutes.
      ActionType: pick('action', ['ConnectionSuccess', 'ConnectionSuccess', 'ConnectionFailed', 'InboundConnectionAccepted', 'ConnectionAttempt'], 1.5),
      RemoteIP: `multiIf(d IN (77, 177, 277), '203.0.113.77', ${hash('inside')} % 4 = 0, ${privateIp(index('peer', 2000))}, ${publicIp('ip')})`,
      RemotePort: `[443, 443, 443, 80, 53, 445, 3389, 22, 8080, 5985, 389, 88][${index('port', 12, 1.5)} + 1]`,
      RemoteUrl: `if(${hash('url?')} % 3 = 0, '', ${pick('url', DOMAINS, 2.5)})`,
      LocalIP: privateIp('d'),
      LocalPort: `toInt32(49152 + ${index('lport', 16_000)})`,
      Protocol: pick('protocol', ['Tcp', 'Udp'], 3),
      RemoteIPType: `if(startsWith(RemoteIP, '10.'), 'Private', 'Public')`,
      ...INITIATING('n'),
      ReportId: report,
      AdditionalFields: `if(${hash('af')} % 10 < 6, '', concat('{"direction":"', if(${hash('dir')} % 2 = 0, 'Out', 'In'), '","conn_state":"', ${pick('cs', ['SF', 'S0', 'REJ', 'RSTO'], 2)}, '","orig_bytes":', toString(${index('ob', 90_000)}), '}'))`,
    },
  },
  {
    name: 'DeviceFileEvents',
    share: 0.2,
    time: 'Timestamp',
    columns: {
      ...DEVICE,
      ActionType: pick('action', ['FileCreated', 'FileModified', 'FileDeleted', 'FileRenamed'], 1.8),
      FileName: `concat(${pick('stem', ['report', 'invoice', 'cache', 'data', 'update', 'index', 'log', 'photo'], 1.5)}, '_', toString(${index('serial', 20_000)}), ${pick('ext', ['.tmp', '.log', '.docx', '.xlsx', '.dll', '.exe', '.ps1', '.zip', '.iso', '.lnk'], 2)})`,
      FolderPath: `concat('C:\\\\Users\\\\', ${accountName('u')}, '\\\\', ${pick('dir', ['AppData\\Local\\Temp', 'Downloads', 'Documents', 'Desktop', 'AppData\\Roaming\\Microsoft\\Windows\\Start Menu\\Programs\\Startup'], 2)}, '\\\\', FileName)`,
      SHA256: sha256(`concat(FileName, toString(${index('v', 40, 2)}))`),
      SHA1: sha1(`concat(FileName, toString(${index('v', 40, 2)}))`),
      FileSize: `toInt64(${index('size', 9_000_000)})`,
      FileOriginUrl: `if(${hash('origin')} % 20 = 0, concat('https://', ${pick('odomain', DOMAINS, 1.2)}, '/', toString(${index('opath', 5000)})), '')`,
      ...INITIATING('f'),
      ReportId: report,
    },
  },
  {
    name: 'DeviceLogonEvents',
    share: 0.08,
    time: 'Timestamp',
    columns: {
      ...DEVICE,
      ActionType: `if(${hash('fail')} % 12 = 0, 'LogonFailed', 'LogonSuccess')`,
      LogonType: pick('type', ['Network', 'Interactive', 'RemoteInteractive', 'Service', 'Batch', 'Unlock'], 1.6),
      AccountName: accountName('u'),
      AccountDomain: `'corp'`,
      AccountSid: `concat('S-1-5-21-1004336348-', toString(u + 1000))`,
      Protocol: pick('protocol', ['Kerberos', 'NTLM', 'Negotiate'], 1.5),
      FailureReason: `if(ActionType = 'LogonFailed', 'InvalidUserNameOrPassword', '')`,
      IsLocalAdmin: `toBool(${hash('admin')} % 15 = 0)`,
      LogonId: `toInt64(${index('logon', 900_000)})`,
      RemoteIP: `if(${hash('remote')} % 3 = 0, '', ${privateIp(index('from', 2000))})`,
      RemoteDeviceName: `if(RemoteIP = '', '', ${deviceName(index('from', 2000))})`,
      ReportId: report,
      AdditionalFields: `concat('{"IsLocalLogon":', if(RemoteIP = '', 'true', 'false'), '}')`,
    },
  },
  {
    name: 'SigninLogs',
    share: 0.06,
    time: 'TimeGenerated',
    columns: {
      UserPrincipalName: upn('u'),
      UserDisplayName: accountName('u'),
      UserId: guid(`concat('user', toString(u))`),
      AppDisplayName: pick('app', ['Microsoft Teams', 'Office 365 Exchange Online', 'Azure Portal', 'SharePoint Online', 'Windows Sign In', 'Graph Explorer'], 1.8),
      IPAddress: `if(${hash('vpn')} % 3 = 0, concat('198.51.100.', toString(u % 250 + 1)), ${publicIp('sip')})`,
      ResultType: pick('result', ['0', '0', '0', '0', '50126', '50074', '50053', '53003'], 1.3),
      ClientAppUsed: pick('client', ['Browser', 'Mobile Apps and Desktop clients', 'IMAP4', 'Exchange ActiveSync'], 2),
      UserAgent: `concat('Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/', toString(100 + ${index('ua', 40)}), '.0.0.0 Safari/537.36')`,
      LocationDetails: `concat('{"city":"', ${pick('city', ['Zurich', 'Berlin', 'Paris', 'Oslo', 'Madrid', 'Lagos', 'Lima'], 1.8)}, '","countryOrRegion":"', ${pick('city', ['CH', 'DE', 'FR', 'NO', 'ES', 'NG', 'PE'], 1.8)}, '","geoCoordinates":{"latitude":47.3,"longitude":8.5}}')`,
      DeviceDetail: `concat('{"deviceId":"', ${guid(`concat('dd', toString(u % 1500))`)}, '","operatingSystem":"Windows 10","browser":"Chrome","isCompliant":', if(${hash('compliant')} % 7 = 0, 'false', 'true'), '}')`,
      Status: `concat('{"errorCode":', ResultType, ',"additionalDetails":"MFA completed"}')`,
      RiskLevelDuringSignIn: pick('risk', ['none', 'low', 'medium', 'high'], 5),
      ConditionalAccessStatus: pick('ca', ['success', 'notApplied', 'failure'], 2),
      CorrelationId: guid(`concat('corr', toString(n))`),
    },
  },
  {
    name: 'EmailEvents',
    share: 0.06,
    time: 'Timestamp',
    columns: {
      NetworkMessageId: guid(`concat('mail', toString(n))`),
      SenderFromDomain: `if(${hash('inside')} % 3 = 0, 'corp.example', concat(${pick('sdom', ['mail', 'news', 'shop', 'billing', 'alerts'])}, toString(${index('sdomn', 800, 2)}), '.example'))`,
      SenderFromAddress: `concat(${pick('slocal', ['info', 'noreply', 'news', 'billing', 'support', 'hr'])}, '@', SenderFromDomain)`,
      SenderIPv4: publicIp('mip'),
      RecipientEmailAddress: upn('u'),
      Subject: `concat(${pick('subject', ['Weekly report', 'Invoice', 'Your order', 'Password reset required', 'Meeting notes', 'Urgent payment', 'Newsletter'], 1.4)}, ' ', toString(${index('subn', 90_000)}))`,
      EmailDirection: `if(SenderFromDomain = 'corp.example', 'Intra-org', 'Inbound')`,
      DeliveryAction: pick('delivery', ['Delivered', 'Junked', 'Blocked'], 2.5),
      DeliveryLocation: pick('location', ['Inbox/folder', 'Junk folder', 'Quarantine'], 2.5),
      ThreatTypes: `if(${hash('threat')} % 40 = 0, ${pick('threatk', ['Phish', 'Malware', 'Spam'])}, '')`,
      AttachmentCount: `toInt32(${index('att', 6, 3)})`,
      UrlCount: `toInt32(${index('urls', 12, 2)})`,
      AuthenticationDetails: `concat('{"SPF":"', if(${hash('spf')} % 9 = 0, 'fail', 'pass'), '","DKIM":"pass","DMARC":"', if(${hash('dmarc')} % 11 = 0, 'fail', 'pass'), '"}')`,
    },
  },
  {
    name: 'CloudAppEvents',
    share: 0.05,
    time: 'Timestamp',
    columns: {
      ActionType: pick('action', ['MailItemsAccessed', 'FileDownloaded', 'FileAccessed', 'FileUploaded', 'UserLoggedIn', 'New-InboxRule', 'Set-InboxRule', 'Add member to role.', 'Consent to application.'], 3),
      Application: pick('application', ['Microsoft Exchange Online', 'Microsoft SharePoint Online', 'Microsoft 365', 'Microsoft Teams'], 1.5),
      AccountObjectId: guid(`concat('user', toString(u))`),
      AccountId: upn('u'),
      AccountDisplayName: accountName('u'),
      IPAddress: publicIp('cip'),
      CountryCode: pick('country', ['CH', 'DE', 'FR', 'NO', 'NG'], 2.5),
      UserAgent: pick('cua', ['Mozilla/5.0', 'Microsoft Office/16.0', 'curl/8.4', 'python-requests/2.31'], 3),
      ObjectName: `concat('/sites/team', toString(${index('site', 120)}), '/doc', toString(${index('doc', 40_000)}), '.docx')`,
      RawEventData: `concat('{"Operation":"', ActionType, '","UserId":"', AccountId, '","ClientIP":"', IPAddress, '","Parameters":[{"Name":"Name","Value":"rule', toString(${index('rule', 50)}), '"},{"Name":"', if(${unit('fwd')} < 0.05, 'ForwardTo', 'MarkAsRead'), '","Value":"', if(${unit('fwd')} < 0.05, 'x@evil.example', 'True'), '"}],"ItemCount":', toString(${index('items', 300)}), '}')`,
    },
  },
];

/** What every SELECT defines for the column expressions: device and user. */
export const base = (table: string): string => `${device(`${table} device`)} AS d, ${user(`${table} user`)} AS u`;
