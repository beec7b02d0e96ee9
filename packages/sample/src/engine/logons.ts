import { KINDS } from '../formats/windows-kinds.ts';
import { type Account, type Device, DNS_DOMAIN, NETBIOS } from '../model/org.ts';
import type { Machine } from './machine.ts';
import { hex, type Logon, SYSTEM } from './process.ts';
import type { Session, World } from './world.ts';

/** Sign-ins as several machines see them: the one that is entered, the domain controller, sometimes the source. */

const NO_GUID = '{00000000-0000-0000-0000-000000000000}';
const PRIVILEGES = [
  'SeSecurityPrivilege',
  'SeBackupPrivilege',
  'SeRestorePrivilege',
  'SeTakeOwnershipPrivilege',
  'SeDebugPrivilege',
  'SeSystemEnvironmentPrivilege',
  'SeLoadDriverPrivilege',
  'SeImpersonatePrivilege',
].join('\n\t\t\t');

/** Where a sign-in comes from: a machine inside or an address outside. */
export interface Origin {
  readonly ip: string;
  readonly workstation?: string;
}

export function originOf(device: Device): Origin {
  return { ip: device.ip, workstation: device.name };
}

/** 4768 on the domain controller of the asking device. */
export function ticketGranting(world: World, account: Account, from: Device | Origin): void {
  const controller = 'fqdn' in from ? world.controllerFor(from) : world.machine('domain-controller');
  const r = controller.random;
  controller.log(KINDS.ticketGranting, {
    TargetUserName: account.name,
    TargetDomainName: NETBIOS,
    TargetSid: account.sid,
    ServiceName: 'krbtgt',
    ServiceSid: `${world.org.domainSid}-502`,
    TicketOptions: '0x40810010',
    Status: '0x0',
    TicketEncryptionType: '0x12',
    PreAuthType: '2',
    IpAddress: `::ffff:${from.ip}`,
    IpPort: String(r.between(49_700, 64_900)),
    CertIssuerName: '',
    CertSerialNumber: '',
    CertThumbprint: '',
  });
}

/** 4769 on the domain controller of the asking device. `encryption` 0x12 is AES-256, 0x17 is RC4. */
export function serviceTicket(
  world: World,
  account: Account,
  from: Device,
  service: Account,
  encryption: '0x12' | '0x17' = '0x12',
  delay = 0,
): void {
  const controller = world.controllerFor(from);
  controller.log(
    KINDS.serviceTicket,
    {
      TargetUserName: `${account.name}@${DNS_DOMAIN.toUpperCase()}`,
      TargetDomainName: DNS_DOMAIN.toUpperCase(),
      ServiceName: service.name,
      ServiceSid: service.sid,
      TicketOptions: '0x40810000',
      TicketEncryptionType: encryption,
      IpAddress: `::ffff:${from.ip}`,
      IpPort: String(controller.random.between(49_700, 64_900)),
      Status: '0x0',
      LogonGuid: `{${controller.random.uuid()}}`,
      TransmittedServices: '-',
    },
    delay,
  );
}

interface LogonDetail {
  readonly type: number;
  readonly from: Origin | null;
  readonly package: 'Kerberos' | 'NTLM' | 'Negotiate';
  readonly subject: 'machine' | 'none';
  readonly process: string;
  readonly pid: number;
}

function logonEvent(machine: Machine, logon: Logon, detail: LogonDetail): void {
  const { account } = logon;
  const byMachine = detail.subject === 'machine';
  const processName = { Kerberos: 'Kerberos', NTLM: 'NtLmSsp ', Negotiate: 'User32 ' }[detail.package];
  machine.log(KINDS.logon, {
    SubjectUserSid: byMachine ? SYSTEM.sid : 'S-1-0-0',
    SubjectUserName: byMachine ? machine.device.account.name : '-',
    SubjectDomainName: byMachine ? NETBIOS : '-',
    SubjectLogonId: byMachine ? '0x3e7' : '0x0',
    TargetUserSid: account.sid,
    TargetUserName: account.name,
    TargetDomainName: detail.package === 'Kerberos' ? DNS_DOMAIN.toUpperCase() : account.domain,
    TargetLogonId: logon.id,
    LogonType: String(detail.type),
    LogonProcessName: processName,
    AuthenticationPackageName: detail.package,
    WorkstationName: detail.package === 'Kerberos' ? '-' : (detail.from?.workstation ?? machine.device.name),
    LogonGuid: detail.package === 'Kerberos' ? `{${machine.random.uuid()}}` : NO_GUID,
    TransmittedServices: '-',
    LmPackageName: detail.package === 'NTLM' ? 'NTLM V2' : '-',
    KeyLength: detail.package === 'NTLM' ? '128' : '0',
    ProcessId: hex(detail.pid),
    ProcessName: detail.process,
    IpAddress: detail.from?.ip ?? '127.0.0.1',
    IpPort: detail.from === null ? '0' : String(machine.random.between(49_700, 64_900)),
    ImpersonationLevel: '%%1833',
    RestrictedAdminMode: detail.type === 10 ? '%%1843' : '-',
    TargetOutboundUserName: '-',
    TargetOutboundDomainName: '-',
    VirtualAccount: '%%1843',
    TargetLinkedLogonId: '0x0',
    ElevatedToken: account.privileged ? '%%1842' : '%%1843',
  });
  if (account.privileged) {
    machine.log(KINDS.specialPrivileges, {
      SubjectUserSid: account.sid,
      SubjectUserName: account.name,
      SubjectDomainName: account.domain,
      SubjectLogonId: logon.id,
      PrivilegeList: PRIVILEGES,
    });
  }
}

/** 4634, which also closes the session's processes. */
export function logoff(machine: Machine, logon: Logon): void {
  if (!logon.open || !machine.on) return;
  machine.endSession(logon);
  machine.log(KINDS.logoff, {
    TargetUserSid: logon.account.sid,
    TargetUserName: logon.account.name,
    TargetDomainName: logon.account.domain,
    TargetLogonId: logon.id,
    LogonType: String(logon.type),
  });
}

/**
 * A desktop sign-in: at the keyboard (2), with cached credentials (11) or over remote desktop (10, needs `from`).
 * Starts userinit and Explorer. The machine must be on.
 */
export function interactiveLogon(
  world: World,
  machine: Machine,
  account: Account,
  type: 2 | 10 | 11,
  from: Origin | null = null,
): Session {
  if (type !== 11) {
    ticketGranting(world, account, machine.device);
    serviceTicket(world, account, machine.device, machine.device.account, '0x12', 15);
    serviceTicket(world, account, machine.device, world.controllerFor(machine.device).device.account, '0x12', 40);
  }
  const winlogon = machine.standing.winlogon!;
  const termsvc = machine.standing.svchost!;
  const by = type === 10 ? termsvc : winlogon;
  const logon = machine.newLogon(account, type, machine.nextSession());
  logonEvent(machine, logon, { type, from, package: 'Negotiate', subject: 'machine', process: by.image, pid: by.pid });
  const userinit = machine.spawn('userinit', {
    command: 'C:\\Windows\\system32\\userinit.exe',
    parent: winlogon,
    logon,
    integrity: account.privileged ? 'High' : 'Medium',
    life: 24_000,
  });
  const explorer = machine.spawn('explorer', { command: 'C:\\Windows\\Explorer.EXE', parent: userinit });
  return { machine, logon, explorer, apps: new Map() };
}

/** 4624 type 7 with its own short-lived logon, as unlocking a desk does. */
export function unlock(machine: Machine, account: Account): void {
  const winlogon = machine.standing.winlogon;
  if (!machine.on || winlogon === undefined) return;
  const logon = machine.newLogon(account, 7, 0);
  logonEvent(machine, logon, {
    type: 7,
    from: null,
    package: 'Negotiate',
    subject: 'machine',
    process: winlogon.image,
    pid: winlogon.pid,
  });
  machine.sim.after(900, () => logoff(machine, logon));
}

/**
 * A network sign-in (type 3) to a server, with its service ticket, and its end after `hold` milliseconds.
 * @returns the logon, or null when the server is off
 */
export function networkLogon(
  world: World,
  server: Machine,
  account: Account,
  from: Device | Origin,
  options: { hold?: number; package?: 'Kerberos' | 'NTLM'; ticket?: boolean } = {},
): Logon | null {
  if (!server.on) return null;
  const kind = options.package ?? 'Kerberos';
  const device = 'fqdn' in from ? from : null;
  if (kind === 'Kerberos' && device !== null && options.ticket !== false) {
    serviceTicket(world, account, device, server.device.account);
  }
  if (kind === 'NTLM') credentialCheck(world, account.name, from, '0x0');
  const logon = server.newLogon(account, 3, 0);
  logonEvent(server, logon, {
    type: 3,
    from: device ? originOf(device) : (from as Origin),
    package: kind,
    subject: 'none',
    process: '-',
    pid: 0,
  });
  server.sim.after(options.hold ?? 11_000, () => logoff(server, logon));
  return logon;
}

/** 4776 on a domain controller. */
export function credentialCheck(world: World, user: string, from: Device | Origin, status: string): void {
  const controller = world.machine('domain-controller');
  controller.log(status === '0x0' ? KINDS.credentialCheck : KINDS.credentialCheckFailed, {
    PackageName: 'MICROSOFT_AUTHENTICATION_PACKAGE_V1_0',
    TargetUserName: user,
    Workstation: 'fqdn' in from ? from.name : (from.workstation ?? ''),
    Status: status,
  });
}

/** Sub-status of a failed sign-in: wrong password, or no such user. */
export type FailureReason = '0xc000006a' | '0xc0000064';

/** 4625 on the machine that was addressed, with 4771 or 4776 on the domain controller. */
export function failedLogon(
  world: World,
  machine: Machine,
  user: string,
  type: 2 | 3 | 10,
  from: Device | Origin | null,
  reason: FailureReason = '0xc000006a',
): void {
  if (!machine.on) return;
  const device = from !== null && 'fqdn' in from ? from : null;
  const origin = device ? originOf(device) : (from as Origin | null);
  const ntlm = type === 3;
  const by = machine.standing.svchost!;
  machine.log(KINDS.logonFailed, {
    SubjectUserSid: ntlm ? 'S-1-0-0' : SYSTEM.sid,
    SubjectUserName: ntlm ? '-' : machine.device.account.name,
    SubjectDomainName: ntlm ? '-' : NETBIOS,
    SubjectLogonId: ntlm ? '0x0' : '0x3e7',
    TargetUserSid: 'S-1-0-0',
    TargetUserName: user,
    TargetDomainName: NETBIOS,
    Status: '0xc000006d',
    FailureReason: '%%2313',
    SubStatus: reason,
    LogonType: String(type),
    LogonProcessName: ntlm ? 'NtLmSsp ' : 'User32 ',
    AuthenticationPackageName: ntlm ? 'NTLM' : 'Negotiate',
    WorkstationName: origin?.workstation ?? (ntlm ? '-' : machine.device.name),
    TransmittedServices: '-',
    LmPackageName: '-',
    KeyLength: '0',
    ProcessId: ntlm ? '0x0' : hex(by.pid),
    ProcessName: ntlm ? '-' : by.image,
    IpAddress: origin?.ip ?? '127.0.0.1',
    IpPort: ntlm ? String(machine.random.between(40_000, 64_900)) : '0',
  });
  if (ntlm) {
    credentialCheck(world, user, from ?? machine.device, reason);
    return;
  }
  const controller = world.controllerFor(machine.device);
  controller.log(KINDS.preAuthFailed, {
    TargetUserName: user,
    TargetSid: 'S-1-0-0',
    ServiceName: `krbtgt/${NETBIOS}`,
    TicketOptions: '0x40810010',
    Status: reason === '0xc000006a' ? '0x18' : '0x6',
    PreAuthType: '2',
    IpAddress: `::ffff:${machine.device.ip}`,
    IpPort: String(controller.random.between(49_700, 64_900)),
    CertIssuerName: '',
    CertSerialNumber: '',
    CertThumbprint: '',
  });
}

/** 4648 on the machine where another account's credentials were typed or used. */
export function explicitLogon(
  machine: Machine,
  by: Logon,
  target: Account,
  server: string,
  process: { image: string; pid: number },
): void {
  machine.log(KINDS.explicitLogon, {
    SubjectUserSid: by.account.sid,
    SubjectUserName: by.account.name,
    SubjectDomainName: by.account.domain,
    SubjectLogonId: by.id,
    LogonGuid: NO_GUID,
    TargetUserName: target.name,
    TargetDomainName: target.domain,
    TargetLogonGuid: NO_GUID,
    TargetServerName: server,
    TargetInfo: server,
    ProcessId: hex(process.pid),
    ProcessName: process.image,
    IpAddress: '-',
    IpPort: '-',
  });
}

/** 5140 on a file server. */
export function shareAccess(server: Machine, logon: Logon, from: Device, share: string, path: string): void {
  server.log(KINDS.shareAccess, {
    SubjectUserSid: logon.account.sid,
    SubjectUserName: logon.account.name,
    SubjectDomainName: logon.account.domain,
    SubjectLogonId: logon.id,
    ObjectType: 'File',
    IpAddress: from.ip,
    IpPort: String(server.random.between(49_700, 64_900)),
    ShareName: share,
    ShareLocalPath: path,
    AccessMask: '0x1',
    AccessList: '%%4416\n\t\t\t\t',
  });
}
