import { createHash } from 'node:crypto';

/** A program file: what its version resource says and where it lies. `~` in the path is the user's profile folder. */
export interface Program {
  readonly path: string;
  readonly version: string;
  readonly description: string;
  readonly product: string;
  readonly company: string;
  readonly original: string;
}

const WINDOWS = 'Microsoft® Windows® Operating System';
const MICROSOFT = 'Microsoft Corporation';
const win = (path: string, description: string, original?: string): Program => ({
  path: `C:\\Windows\\${path}`,
  version: '10.0.22621.3672 (WinBuild.160101.0800)',
  description,
  product: WINDOWS,
  company: MICROSOFT,
  original: original ?? path.slice(path.lastIndexOf('\\') + 1).toUpperCase(),
});
const app = (path: string, version: string, description: string, product: string, company: string): Program => ({
  path,
  version,
  description,
  product,
  company,
  original: path.slice(path.lastIndexOf('\\') + 1),
});
const PF = 'C:\\Program Files';
const OFFICE = `${PF}\\Microsoft Office\\root\\Office16`;
const office = (file: string, description: string): Program =>
  app(`${OFFICE}\\${file}`, '16.0.17928.20216', description, 'Microsoft Office', MICROSOFT);
const S32 = 'System32\\';

/** Every program that runs somewhere in the sample, by a short key. */
export const PROGRAMS = {
  system: { path: 'System', version: '-', description: '-', product: '-', company: '-', original: '-' },
  smss: win(`${S32}smss.exe`, 'Windows Session Manager'),
  csrss: win(`${S32}csrss.exe`, 'Client Server Runtime Process'),
  wininit: win(`${S32}wininit.exe`, 'Windows Start-Up Application'),
  winlogon: win(`${S32}winlogon.exe`, 'Windows Logon Application'),
  services: win(`${S32}services.exe`, 'Services and Controller app'),
  lsass: win(`${S32}lsass.exe`, 'Local Security Authority Process'),
  svchost: win(`${S32}svchost.exe`, 'Host Process for Windows Services'),
  spoolsv: win(`${S32}spoolsv.exe`, 'Spooler SubSystem App'),
  taskhostw: win(`${S32}taskhostw.exe`, 'Host Process for Windows Tasks'),
  userinit: win(`${S32}userinit.exe`, 'Userinit Logon Application'),
  explorer: win('explorer.exe', 'Windows Explorer'),
  runtimebroker: win(`${S32}RuntimeBroker.exe`, 'Runtime Broker'),
  dllhost: win(`${S32}dllhost.exe`, 'COM Surrogate'),
  conhost: win(`${S32}conhost.exe`, 'Console Window Host'),
  cmd: win(`${S32}cmd.exe`, 'Windows Command Processor', 'Cmd.Exe'),
  powershell: win(`${S32}WindowsPowerShell\\v1.0\\powershell.exe`, 'Windows PowerShell', 'PowerShell.EXE'),
  wsmprovhost: win(`${S32}wsmprovhost.exe`, 'Host process for WinRM plug-ins'),
  wmiprvse: win(`${S32}wbem\\WmiPrvSE.exe`, 'WMI Provider Host'),
  wmic: win(`${S32}wbem\\WMIC.exe`, 'WMI Commandline Utility'),
  rundll32: win(`${S32}rundll32.exe`, 'Windows host process (Rundll32)'),
  wscript: win(`${S32}wscript.exe`, 'Microsoft ® Windows Based Script Host'),
  mshta: win(`${S32}mshta.exe`, 'Microsoft (R) HTML Application host'),
  schtasks: win(`${S32}schtasks.exe`, 'Task Scheduler Configuration Tool'),
  sc: win(`${S32}sc.exe`, 'Service Control Manager Configuration Tool'),
  net: win(`${S32}net.exe`, 'Net Command'),
  net1: win(`${S32}net1.exe`, 'Net Command'),
  nltest: win(`${S32}nltest.exe`, 'Microsoft® Logon Server Test Utility'),
  whoami: win(`${S32}whoami.exe`, 'whoami - displays logged on user information'),
  ipconfig: win(`${S32}ipconfig.exe`, 'IP Configuration Utility'),
  systeminfo: win(`${S32}systeminfo.exe`, 'Displays system information'),
  tasklist: win(`${S32}tasklist.exe`, 'Lists the current running tasks'),
  quser: win(`${S32}quser.exe`, 'Query User Utility'),
  klist: win(`${S32}klist.exe`, 'Tool for managing the Kerberos ticket cache'),
  setspn: win(`${S32}setspn.exe`, 'Query or reset the computer SPN attribute'),
  reg: win(`${S32}reg.exe`, 'Registry Console Tool'),
  wevtutil: win(`${S32}wevtutil.exe`, 'Eventing Command Line Utility'),
  auditpol: win(`${S32}auditpol.exe`, 'Audit Policy Program'),
  vssadmin: win(`${S32}vssadmin.exe`, 'Command Line Interface for Microsoft® Volume Shadow Copy Service'),
  wbadmin: win(`${S32}wbadmin.exe`, 'Command Line Interface for Microsoft® BLB Backup'),
  bcdedit: win(`${S32}bcdedit.exe`, 'Boot Configuration Data Editor'),
  curl: win(`${S32}curl.exe`, 'The curl executable'),
  fodhelper: win(`${S32}fodhelper.exe`, 'Features On Demand Helper'),
  taskmgr: win(`${S32}Taskmgr.exe`, 'Task Manager'),
  notepad: win(`${S32}notepad.exe`, 'Notepad'),
  mmc: win(`${S32}mmc.exe`, 'Microsoft Management Console'),
  mstsc: win(`${S32}mstsc.exe`, 'Remote Desktop Connection'),
  rdpclip: win(`${S32}rdpclip.exe`, 'RDP Clipboard Monitor'),
  gpupdate: win(`${S32}gpupdate.exe`, 'Microsoft® Group Policy Update Utility'),
  robocopy: win(`${S32}Robocopy.exe`, 'Microsoft Robocopy'),
  msiexec: win(`${S32}msiexec.exe`, 'Windows® installer'),
  tiworker: win(
    `WinSxS\\amd64_microsoft-windows-servicingstack_31bf3856ad364e35_10.0.22621.3672\\TiWorker.exe`,
    'Windows Modules Installer Worker',
  ),
  usoclient: win(`${S32}UsoClient.exe`, 'UsoClient'),
  searchindexer: win(`${S32}SearchIndexer.exe`, 'Microsoft Windows Search Indexer'),
  w3wp: win(`${S32}inetsrv\\w3wp.exe`, 'IIS Worker Process'),
  dns: win(`${S32}dns.exe`, 'Domain Name System (DNS) Server'),
  dfsrs: win(`${S32}dfsrs.exe`, 'Distributed File System Replication'),
  msmpeng: app(
    'C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.24090.11-0\\MsMpEng.exe',
    '4.18.24090.11',
    'Antimalware Service Executable',
    WINDOWS,
    MICROSOFT,
  ),
  mpcmdrun: app(
    'C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.24090.11-0\\MpCmdRun.exe',
    '4.18.24090.11',
    'Microsoft Malware Protection Command Line Utility',
    WINDOWS,
    MICROSOFT,
  ),
  outlook: office('OUTLOOK.EXE', 'Microsoft Outlook'),
  winword: office('WINWORD.EXE', 'Microsoft Word'),
  excel: office('EXCEL.EXE', 'Microsoft Excel'),
  powerpnt: office('POWERPNT.EXE', 'Microsoft PowerPoint'),
  edge: app(
    `${PF} (x86)\\Microsoft\\Edge\\Application\\msedge.exe`,
    '131.0.2903.51',
    'Microsoft Edge',
    'Microsoft Edge',
    MICROSOFT,
  ),
  edgenext: app(
    `${PF} (x86)\\Microsoft\\Edge\\Application\\msedge.exe`,
    '131.0.2903.70',
    'Microsoft Edge',
    'Microsoft Edge',
    MICROSOFT,
  ),
  edgeupdate: app(
    `${PF} (x86)\\Microsoft\\EdgeUpdate\\MicrosoftEdgeUpdate.exe`,
    '1.3.195.35',
    'Microsoft Edge Update',
    'Microsoft Edge Update',
    MICROSOFT,
  ),
  firefox: app(`${PF}\\Mozilla Firefox\\firefox.exe`, '132.0.2', 'Firefox', 'Firefox', 'Mozilla Corporation'),
  onedrive: app(
    '~\\AppData\\Local\\Microsoft\\OneDrive\\OneDrive.exe',
    '24.221.1103.0003',
    'Microsoft OneDrive',
    'Microsoft OneDrive',
    MICROSOFT,
  ),
  onedriveupdater: app(
    '~\\AppData\\Local\\Microsoft\\OneDrive\\OneDriveStandaloneUpdater.exe',
    '24.221.1103.0003',
    'Standalone Updater',
    'Microsoft OneDrive',
    MICROSOFT,
  ),
  teams: app(
    `${PF}\\WindowsApps\\MSTeams_24295.605.3225.8804_x64__8wekyb3d8bbwe\\ms-teams.exe`,
    '24295.605.3225.8804',
    'Microsoft Teams',
    'Microsoft Teams',
    MICROSOFT,
  ),
  acrobat: app(
    `${PF}\\Adobe\\Acrobat DC\\Acrobat\\Acrobat.exe`,
    '24.4.20220.0',
    'Adobe Acrobat',
    'Adobe Acrobat',
    'Adobe Systems Incorporated',
  ),
  code: app(`${PF}\\Microsoft VS Code\\Code.exe`, '1.95.3', 'Visual Studio Code', 'Visual Studio Code', MICROSOFT),
  git: app(`${PF}\\Git\\cmd\\git.exe`, '2.47.0.2', 'Git for Windows', 'Git', 'The Git Development Community'),
  node: app(`${PF}\\nodejs\\node.exe`, '20.18.0', 'Node.js JavaScript Runtime', 'Node.js', 'Node.js'),
  msbuild: app(
    `${PF}\\Microsoft Visual Studio\\2022\\BuildTools\\MSBuild\\Current\\Bin\\MSBuild.exe`,
    '17.11.9.46202',
    'MSBuild.exe',
    'Microsoft® Build Tools®',
    MICROSOFT,
  ),
  sevenzip: app(`${PF}\\7-Zip\\7z.exe`, '24.08', '7-Zip Console', '7-Zip', 'Igor Pavlov'),
  sqlservr: app(
    `${PF}\\Microsoft SQL Server\\MSSQL16.MSSQLSERVER\\MSSQL\\Binn\\sqlservr.exe`,
    '2022.0160.4150.01',
    'SQL Server Windows NT - 64 Bit',
    'Microsoft SQL Server',
    MICROSOFT,
  ),
  sqlagent: app(
    `${PF}\\Microsoft SQL Server\\MSSQL16.MSSQLSERVER\\MSSQL\\Binn\\SQLAGENT.EXE`,
    '2022.0160.4150.01',
    'Microsoft SQL Server Agent',
    'Microsoft SQL Server',
    MICROSOFT,
  ),
  sqlcmd: app(
    `${PF}\\Microsoft SQL Server\\Client SDK\\ODBC\\170\\Tools\\Binn\\SQLCMD.EXE`,
    '16.0.1000.6',
    'SQL Server Command Line Tool',
    'Microsoft SQL Server',
    MICROSOFT,
  ),
  erpclient: app(
    `${PF}\\Tessera ERP\\Client\\tessera.exe`,
    '9.4.112.0',
    'Tessera ERP Client',
    'Tessera ERP',
    'Tessera Software',
  ),
  erpserver: app(
    `${PF}\\Tessera ERP\\Server\\tessrv.exe`,
    '9.4.112.0',
    'Tessera ERP Application Server',
    'Tessera ERP',
    'Tessera Software',
  ),
  deployagent: app(
    `${PF}\\Quarry Endpoint\\qagent.exe`,
    '5.2.0.8104',
    'Quarry Endpoint Agent',
    'Quarry Endpoint',
    'Quarry Systems',
  ),
  deployagentnext: app(
    `${PF}\\Quarry Endpoint\\qagent.exe`,
    '5.3.1.8419',
    'Quarry Endpoint Agent',
    'Quarry Endpoint',
    'Quarry Systems',
  ),
  backupagent: app(
    `${PF}\\Strongroom Backup\\srbagent.exe`,
    '11.0.3.77',
    'Strongroom Backup Agent',
    'Strongroom Backup',
    'Strongroom',
  ),
  monitoragent: app(`${PF}\\Watchtide\\wtagent.exe`, '3.8.1', 'Watchtide Monitoring Agent', 'Watchtide', 'Watchtide'),
  scanner: app(`${PF}\\Plumb Scanner\\plumbd.exe`, '8.1.0', 'Plumb Vulnerability Scanner', 'Plumb', 'Plumb Security'),
  runner: app('D:\\Runner\\bin\\Runner.Worker.exe', '2.320.0', 'Runner.Worker', 'Build Runner', 'Keel Automation'),
  procdump: app(
    'C:\\Tools\\Sysinternals\\procdump64.exe',
    '11.0',
    'Sysinternals process dump utility',
    'ProcDump',
    'Sysinternals',
  ),
} as const satisfies Record<string, Program>;

export type ProgramKey = keyof typeof PROGRAMS;

const hashes = new Map<string, string>();

/** Sysmon's `Hashes` text of a program version. Derived from path and version, so it is the same on every machine. */
export function hashesOf(program: Program): string {
  const key = `${program.path}|${program.version}`;
  let text = hashes.get(key);
  if (text === undefined) {
    const digest = (algorithm: string, salt = '') =>
      createHash(algorithm).update(`program file|${salt}|${key}`).digest('hex').toUpperCase();
    text = `SHA1=${digest('sha1')},MD5=${digest('md5')},SHA256=${digest('sha256')},IMPHASH=${digest('md5', 'imports')}`;
    hashes.set(key, text);
  }
  return text;
}
