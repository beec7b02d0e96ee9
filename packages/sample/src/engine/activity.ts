import { KINDS } from '../formats/windows-kinds.ts';
import { hashesOf, type Program } from '../model/binaries.ts';
import type { Device } from '../model/org.ts';
import type { Machine } from './machine.ts';
import { type Process, userOf } from './process.ts';

/** What a live process does, as Sysmon and PowerShell log it. Nothing is written for a process that has ended. */

/** Sysmon 3. `to.host` is the resolved name, empty for outside addresses. */
export function connect(
  machine: Machine,
  process: Process,
  to: { ip: string; host?: string; port: number; protocol?: 'tcp' | 'udp' },
): number {
  const port = machine.random.between(49_700, 64_900);
  if (!process.alive) return port;
  machine.log(KINDS.network, {
    RuleName: '-',
    UtcTime: machine.utc(),
    ProcessGuid: process.guid,
    ProcessId: String(process.pid),
    Image: process.image,
    User: userOf(process.logon.account),
    Protocol: to.protocol ?? 'tcp',
    Initiated: 'true',
    SourceIsIpv6: 'false',
    SourceIp: machine.device.ip,
    SourceHostname: machine.device.fqdn,
    SourcePort: String(port),
    SourcePortName: '-',
    DestinationIsIpv6: 'false',
    DestinationIp: to.ip,
    DestinationHostname: to.host ?? '-',
    DestinationPort: String(to.port),
    DestinationPortName: PORT_NAMES[to.port] ?? '-',
  });
  return port;
}

/** Sysmon 3 seen from the side that accepts. */
export function accepted(
  machine: Machine,
  process: Process,
  from: { ip: string; host?: string; port: number },
  port: number,
): void {
  if (!process.alive) return;
  machine.log(KINDS.network, {
    RuleName: '-',
    UtcTime: machine.utc(),
    ProcessGuid: process.guid,
    ProcessId: String(process.pid),
    Image: process.image,
    User: userOf(process.logon.account),
    Protocol: 'tcp',
    Initiated: 'false',
    SourceIsIpv6: 'false',
    SourceIp: from.ip,
    SourceHostname: from.host ?? '-',
    SourcePort: String(from.port),
    SourcePortName: '-',
    DestinationIsIpv6: 'false',
    DestinationIp: machine.device.ip,
    DestinationHostname: machine.device.fqdn,
    DestinationPort: String(port),
    DestinationPortName: PORT_NAMES[port] ?? '-',
  });
}

const PORT_NAMES: Readonly<Record<number, string>> = {
  53: 'domain',
  80: 'http',
  88: 'kerberos',
  135: 'epmap',
  389: 'ldap',
  443: 'https',
  445: 'microsoft-ds',
  3389: 'ms-wbt-server',
};

/** Sysmon 22. No address means the name does not exist. */
export function resolve(machine: Machine, process: Process, name: string, addresses: readonly string[]): void {
  if (!process.alive) return;
  machine.log(KINDS.dnsQuery, {
    RuleName: '-',
    UtcTime: machine.utc(),
    ProcessGuid: process.guid,
    ProcessId: String(process.pid),
    QueryName: name,
    QueryStatus: addresses.length > 0 ? '0' : '9003',
    QueryResults: addresses.length > 0 ? addresses.map((a) => `::ffff:${a};`).join('') : '-',
    Image: process.image,
    User: userOf(process.logon.account),
  });
}

/** Sysmon 11. */
export function writeFile(machine: Machine, process: Process, path: string): void {
  if (!process.alive) return;
  machine.log(KINDS.fileCreate, {
    RuleName: '-',
    UtcTime: machine.utc(),
    ProcessGuid: process.guid,
    ProcessId: String(process.pid),
    Image: process.image,
    TargetFilename: path,
    CreationUtcTime: machine.utc(),
    User: userOf(process.logon.account),
  });
}

/** Sysmon 23. */
export function deleteFile(machine: Machine, process: Process, path: string): void {
  if (!process.alive) return;
  const content: Program = {
    path,
    version: machine.random.hex(8),
    description: '',
    product: '',
    company: '',
    original: '',
  };
  machine.log(KINDS.fileDelete, {
    RuleName: '-',
    UtcTime: machine.utc(),
    ProcessGuid: process.guid,
    ProcessId: String(process.pid),
    User: userOf(process.logon.account),
    Image: process.image,
    TargetFilename: path,
    Hashes: hashesOf(content),
    IsExecutable: path.endsWith('.exe') || path.endsWith('.dll') ? 'true' : 'false',
    Archived: 'true',
  });
}

/** Sysmon 13. */
export function setValue(machine: Machine, process: Process, target: string, details: string): void {
  if (!process.alive) return;
  machine.log(KINDS.registryValue, {
    RuleName: '-',
    EventType: 'SetValue',
    UtcTime: machine.utc(),
    ProcessGuid: process.guid,
    ProcessId: String(process.pid),
    Image: process.image,
    TargetObject: target,
    Details: details,
    User: userOf(process.logon.account),
  });
}

/** Sysmon 12. */
export function changeKey(
  machine: Machine,
  process: Process,
  target: string,
  type: 'CreateKey' | 'DeleteKey' | 'DeleteValue',
): void {
  if (!process.alive) return;
  machine.log(KINDS.registryKey, {
    RuleName: '-',
    EventType: type,
    UtcTime: machine.utc(),
    ProcessGuid: process.guid,
    ProcessId: String(process.pid),
    Image: process.image,
    TargetObject: target,
    User: userOf(process.logon.account),
  });
}

/** Sysmon 17 (created) or 18 (connected). */
export function pipe(machine: Machine, process: Process, name: string, type: 'CreatePipe' | 'ConnectPipe'): void {
  if (!process.alive) return;
  machine.log(type === 'CreatePipe' ? KINDS.pipeCreated : KINDS.pipeConnected, {
    RuleName: '-',
    EventType: type,
    UtcTime: machine.utc(),
    ProcessGuid: process.guid,
    ProcessId: String(process.pid),
    PipeName: name,
    Image: process.image,
    User: userOf(process.logon.account),
  });
}

/** Sysmon 7. */
export function loadImage(
  machine: Machine,
  process: Process,
  library: {
    path: string;
    version: string;
    description: string;
    product: string;
    company: string;
    signed: boolean;
    signer: string;
  },
): void {
  if (!process.alive) return;
  const original = library.path.slice(library.path.lastIndexOf('\\') + 1);
  machine.log(KINDS.imageLoad, {
    RuleName: '-',
    UtcTime: machine.utc(),
    ProcessGuid: process.guid,
    ProcessId: String(process.pid),
    Image: process.image,
    ImageLoaded: library.path,
    FileVersion: library.version,
    Description: library.description,
    Product: library.product,
    Company: library.company,
    OriginalFileName: original,
    Hashes: hashesOf({ ...library, original }),
    Signed: library.signed ? 'true' : 'false',
    Signature: library.signed ? library.signer : '-',
    SignatureStatus: library.signed ? 'Valid' : 'Unavailable',
    User: userOf(process.logon.account),
  });
}

/** Sysmon 8. */
export function remoteThread(
  machine: Machine,
  source: Process,
  target: Process,
  start: { module: string; function: string },
): void {
  if (!source.alive || !target.alive) return;
  machine.log(KINDS.remoteThread, {
    RuleName: '-',
    UtcTime: machine.utc(),
    SourceProcessGuid: source.guid,
    SourceProcessId: String(source.pid),
    SourceImage: source.image,
    TargetProcessGuid: target.guid,
    TargetProcessId: String(target.pid),
    TargetImage: target.image,
    NewThreadId: String(4 * machine.random.between(200, 3900)),
    StartAddress: `0x${machine.random.hex(11).toUpperCase().padStart(16, '0')}`,
    StartModule: start.module,
    StartFunction: start.function,
    SourceUser: userOf(source.logon.account),
    TargetUser: userOf(target.logon.account),
  });
}

/** PowerShell 4104: one script block in one part. */
export function scriptBlock(machine: Machine, process: Process, text: string, path = ''): void {
  if (!process.alive) return;
  machine.log(
    KINDS.scriptBlock,
    { MessageNumber: '1', MessageTotal: '1', ScriptBlockText: text, ScriptBlockId: machine.random.uuid(), Path: path },
    60 + machine.random.int(200),
    process.logon.account,
  );
}

/** The address and name of an inside machine, as `connect` wants it. */
export function inside(device: Device, port: number): { ip: string; host: string; port: number } {
  return { ip: device.ip, host: device.fqdn, port };
}
