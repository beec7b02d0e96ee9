import type { Evidence } from '@parapet/schema';

/**
 * What may stand as a correlation key (spec A 2.6, "Never used as a key"). Everything here is decided from the
 * evidence alone, so that the same alert has the same keys on every run.
 */

const BUILT_IN_ACCOUNTS = new Set([
  '',
  '-',
  'n/a',
  'null',
  'system',
  'local system',
  'localsystem',
  'local service',
  'localservice',
  'network service',
  'networkservice',
  'anonymous logon',
  'anonymous',
  'everyone',
  'root',
  'nobody',
  'krbtgt',
  'guest',
  'defaultaccount',
  'wdagutilityaccount',
]);

/** Authorities whose accounts exist on every machine. */
const BUILT_IN_DOMAINS = new Set([
  'nt authority',
  'nt service',
  'window manager',
  'font driver host',
  'iis apppool',
  'nt virtual machine',
  'autorite nt',
  'nt-autorität',
]);

const BUILT_IN_SIDS = /^s-1-(0-0|1-0|5-(7|18|19|20)|5-(80|82|83|90|96)-.*|16-.*)$/i;

/** Names that mean another account on every machine unless a domain or a SID says which one. */
const AMBIGUOUS_WITHOUT_DOMAIN = new Set([
  'administrator',
  'admin',
  'user',
  'ubuntu',
  'ec2-user',
  'test',
  'oracle',
  'postgres',
]);

/** Processes that live as long as the machine or the session: sharing one is no shared story. */
const SHARED_PROCESSES = new Set([
  'system',
  'registry',
  'smss.exe',
  'csrss.exe',
  'wininit.exe',
  'winlogon.exe',
  'services.exe',
  'lsass.exe',
  'lsm.exe',
  'svchost.exe',
  'explorer.exe',
  'userinit.exe',
  'sihost.exe',
  'taskhostw.exe',
  'taskeng.exe',
  'taskhost.exe',
  'dllhost.exe',
  'spoolsv.exe',
  'dwm.exe',
  'fontdrvhost.exe',
  'runtimebroker.exe',
  'wmiprvse.exe',
  'wmiapsrv.exe',
  'msmpeng.exe',
  'systemd',
  'init',
  'sshd',
  'cron',
  'crond',
  'containerd',
  'dockerd',
]);

/** Files that come with the operating system or with half of all software. */
const SYSTEM_FILES = new Set([
  ...SHARED_PROCESSES,
  'at.exe',
  'auditpol.exe',
  'bash.exe',
  'bcdedit.exe',
  'bitsadmin.exe',
  'certutil.exe',
  'chrome.exe',
  'cmd.exe',
  'cmstp.exe',
  'comsvcs.dll',
  'conhost.exe',
  'control.exe',
  'cscript.exe',
  'curl.exe',
  'eventvwr.exe',
  'excel.exe',
  'find.exe',
  'firefox.exe',
  'fodhelper.exe',
  'forfiles.exe',
  'hh.exe',
  'hostname.exe',
  'iexplore.exe',
  'installutil.exe',
  'ipconfig.exe',
  'mavinject.exe',
  'mmc.exe',
  'msbuild.exe',
  'msedge.exe',
  'mshta.exe',
  'msiexec.exe',
  'net.exe',
  'net1.exe',
  'netsh.exe',
  'netstat.exe',
  'nltest.exe',
  'notepad.exe',
  'ntdll.dll',
  'ntdsutil.exe',
  'odbcconf.exe',
  'outlook.exe',
  'ping.exe',
  'powershell.exe',
  'powershell_ise.exe',
  'powerpnt.exe',
  'pwsh.exe',
  'query.exe',
  'quser.exe',
  'reg.exe',
  'regasm.exe',
  'regedit.exe',
  'regsvcs.exe',
  'regsvr32.exe',
  'rundll32.exe',
  'sc.exe',
  'schtasks.exe',
  'sdbinst.exe',
  'setx.exe',
  'systeminfo.exe',
  'systempropertiesadvanced.exe',
  'tasklist.exe',
  'taskmgr.exe',
  'teams.exe',
  'vssadmin.exe',
  'w3wp.exe',
  'wbadmin.exe',
  'werfault.exe',
  'wevtutil.exe',
  'where.exe',
  'whoami.exe',
  'winrs.exe',
  'winword.exe',
  'wmic.exe',
  'wscript.exe',
  'wsmprovhost.exe',
]);

/** Hashes of nothing. */
const EMPTY_HASHES = new Set([
  'd41d8cd98f00b204e9800998ecf8427e',
  'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
]);

const SYSTEM_FOLDER = /^[a-z]:\\windows\\(system32|syswow64|winsxs|microsoft\.net|servicing|immersivecontrolpanel)\\/;

const lower = (value: string | undefined): string => (value ?? '').trim().toLowerCase();

/** Base name of a Windows or POSIX path. */
function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? '';
}

/** True for accounts that exist everywhere, and for computer accounts (`name$`). */
export function isBuiltInAccount(evidence: Evidence): boolean {
  const { accountName, accountDomain, accountSid, accountUpn } = evidence.fields;
  if (BUILT_IN_SIDS.test(lower(accountSid))) return true;
  if (BUILT_IN_DOMAINS.has(lower(accountDomain))) return true;
  const name = lower(accountName) || lower(accountUpn).split('@')[0] || baseName(evidence.key);
  if (BUILT_IN_ACCOUNTS.has(name) || name.endsWith('$')) return true;
  return /^(dwm|umfd)-\d+$/.test(name);
}

/** Every name under which the same account may be known; empty when the account is never a key. */
export function userKeys(evidence: Evidence): string[] {
  if (isBuiltInAccount(evidence)) return [];
  const { accountName, accountDomain, accountSid, accountUpn, accountObjectId } = evidence.fields;
  const keys = new Set<string>();
  const bare = !lower(accountDomain) && !evidence.key.includes('\\') && !evidence.key.includes('@');
  if (evidence.key && !(bare && AMBIGUOUS_WITHOUT_DOMAIN.has(lower(accountName) || evidence.key)))
    keys.add(evidence.key);
  // A user principal name and `domain\name` are the same person only if the directory says so: both are kept, neither is derived.
  for (const alias of [accountSid, accountUpn, accountObjectId]) if (lower(alias)) keys.add(lower(alias));
  return [...keys];
}

/** Numbers of the sessions of SYSTEM, LOCAL SERVICE, NETWORK SERVICE and IUSR, and of none. */
const SHARED_SESSIONS = new Set([0, 0x3e3, 0x3e4, 0x3e5, 0x3e7]);

/**
 * Number of the logon session an account or a process belongs to, in hexadecimal; tables write it as a number, `0x1a2b` or text.
 * @returns empty when it is unknown or one that every machine has
 */
export function logonSession({ type, fields }: Evidence): string {
  if (type !== 'user' && type !== 'process') return '';
  const text = (fields.logonId ?? '').trim();
  const number = /^(0x[0-9a-f]{1,12}|\d{1,15})$/i.test(text) ? Number(text) : 0;
  if (SHARED_SESSIONS.has(number)) return '';
  return number.toString(16);
}

/** True when sharing this process means sharing a story. */
export function isUsableProcess(evidence: Evidence): boolean {
  const name = lower(evidence.fields.fileName) || lower(evidence.label);
  return evidence.key.length > 0 && !SHARED_PROCESSES.has(name);
}

/** Name of a process whose children have nothing in common; ancestors stop here. */
export function isSharedProcessName(fileName: string): boolean {
  return SHARED_PROCESSES.has(lower(fileName));
}

/**
 * The hash under which a file correlates.
 * @returns empty for a file without hash, an empty file, or one that belongs to the system by name or folder
 */
export function fileHash(evidence: Evidence): string {
  const { sha256, sha1, md5, fileName, folderPath } = evidence.fields;
  const name = lower(fileName) || baseName(lower(folderPath));
  if (SYSTEM_FILES.has(name) || SYSTEM_FOLDER.test(lower(folderPath))) return '';
  const hash = lower(sha256) || lower(sha1) || lower(md5);
  if (!/^[0-9a-f]{32,64}$/.test(hash) || EMPTY_HASHES.has(hash) || /^0+$/.test(hash)) return '';
  return hash;
}
