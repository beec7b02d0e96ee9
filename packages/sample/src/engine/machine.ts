import { KINDS } from '../formats/windows-kinds.ts';
import type { Channel, EventData, EventKind, HeaderUser } from '../formats/winlogbeat.ts';
import { WINLOGBEAT_INDEX, Winlogbeat } from '../formats/winlogbeat.ts';
import { hashesOf, PROGRAMS, type Program, type ProgramKey } from '../model/binaries.ts';
import type { Account, Device } from '../model/org.ts';
import { hashText, type Random } from '../prng.ts';
import {
  hex,
  type Integrity,
  identity,
  LOCAL_SERVICE,
  type Logon,
  NETWORK_SERVICE,
  type Process,
  type ServiceSpec,
  type SpawnOptions,
  SYSTEM,
  userOf,
} from './process.ts';
import type { Simulation } from './simulation.ts';

const BOOT_FAMILY = [
  'smss',
  'csrss',
  'wininit',
  'services',
  'lsass',
  'svchost',
  'winlogon',
  'agent',
  'defender',
  'wmi',
] as const;
type Standing = 'system' | (typeof BOOT_FAMILY)[number] | 'netsvcs' | 'schedule' | 'dnscache' | 'termsvc';

/**
 * One Windows machine: its live processes, logon sessions, counters and its shipper. All methods act at the
 * simulation's present; `delay` arguments move only the emitted event, by milliseconds.
 */
export class Machine {
  on = false;
  /** A machine that is in use must not be switched off by its owner's evening routine. */
  keepOn = false;
  readonly standing: Partial<Record<Standing, Process>> = {};
  readonly services = new Map<string, Process>();
  readonly serviceSpecs: ServiceSpec[] = [];
  system!: Logon;
  private localService!: Logon;
  private networkService!: Logon;
  private readonly shipper: Winlogbeat;
  private readonly records: Record<Channel, number>;
  private readonly live = new Map<number, Process>();
  private readonly guidPrefix: string;
  private sequence = 1;
  private lastAt = 0;
  private boots: number;
  private logonCounter = 0;
  private sessionCounter = 0;

  constructor(
    readonly device: Device,
    readonly sim: Simulation,
    readonly random: Random,
  ) {
    this.shipper = new Winlogbeat(device);
    this.guidPrefix = hashText(`machine-guid/${device.uuid}`).toString(16).padStart(8, '0');
    this.boots = random.between(3, 90);
    this.records = {
      sysmon: random.between(40_000, 900_000),
      security: random.between(60_000, 2_000_000),
      system: random.between(2_000, 40_000),
      powershell: random.between(500, 20_000),
    };
  }

  get sysmon(): boolean {
    return this.device.sensor === 'sysmon';
  }

  /** Writes one event to a channel of this machine, unless the machine is off or its sensor does not collect it. */
  log(kind: EventKind, data: EventData, delay = 0, user: HeaderUser | null = null): void {
    if (!this.on || (kind.channel === 'sysmon' && !this.sysmon)) return;
    const header = kind.channel === 'sysmon' ? SYSTEM : user;
    const lag = 400 + this.random.int(2600);
    const render = (at: number) => this.shipper.render(kind, data, at, ++this.records[kind.channel], lag, header);
    const { now } = this.sim;
    let at = Math.max(now + delay, this.lastAt + 1);
    if (delay === 0) {
      // A machine does one thing after another: events of one instant are some milliseconds apart.
      if (this.lastAt >= now) at += this.random.int(11);
      this.lastAt = at;
    }
    this.sim.emit({ index: WINLOGBEAT_INDEX, render }, at - now);
  }

  /** Sysmon's `UtcTime` of an event that is logged next: at or just before the time in its header. */
  utc(): string {
    const text = new Date(Math.max(this.sim.now, this.lastAt + 1)).toISOString();
    return `${text.slice(0, 10)} ${text.slice(11, 23)}`;
  }

  /** Starts the machine: kernel, session manager, services, agents. */
  boot(): void {
    if (this.on) return;
    this.on = true;
    this.boots++;
    this.sequence = 1;
    this.sessionCounter = 0;
    this.logonCounter = 0x10000 + this.random.int(0x8000);
    this.live.clear();
    this.system = this.builtin(SYSTEM, '0x3e7');
    this.networkService = this.builtin(NETWORK_SERVICE, '0x3e4');
    this.localService = this.builtin(LOCAL_SERVICE, '0x3e5');
    const kernel = this.create(PROGRAMS.system, 'System', 'System', this.system, null, 'System', 4);
    this.standing.system = kernel;
    this.logonAudit(this.system, { process: '-', pid: '0x4' });
    const start = (name: Standing, key: ProgramKey, command: string, parent: Process, logon = this.system) => {
      const process = this.spawn(key, {
        command,
        parent,
        logon,
        integrity: 'System',
        folder: 'C:\\Windows\\system32\\',
      });
      this.standing[name] = process;
      return process;
    };
    const smss = start('smss', 'smss', '\\SystemRoot\\System32\\smss.exe', kernel);
    start(
      'csrss',
      'csrss',
      '%SystemRoot%\\system32\\csrss.exe ObjectDirectory=\\Windows SharedSection=1024,20480,768',
      smss,
    );
    const wininit = start('wininit', 'wininit', 'wininit.exe', smss);
    start('winlogon', 'winlogon', 'winlogon.exe', smss);
    const services = start('services', 'services', 'C:\\Windows\\system32\\services.exe', wininit);
    start('lsass', 'lsass', 'C:\\Windows\\system32\\lsass.exe', wininit);
    this.access(wininit, this.standing.lsass!, '0x1fffff', 'SYSTEM');
    this.logonAudit(this.networkService, { process: 'C:\\Windows\\System32\\services.exe', pid: hex(services.pid) });
    this.logonAudit(this.localService, { process: 'C:\\Windows\\System32\\services.exe', pid: hex(services.pid) });
    const host = (name: Standing, group: string, logon = this.system) =>
      start(name, 'svchost', `C:\\Windows\\system32\\svchost.exe -k ${group}`, services, logon);
    host('svchost', 'DcomLaunch -p');
    host('netsvcs', 'netsvcs -p -s gpsvc');
    host('schedule', 'netsvcs -p -s Schedule');
    host('dnscache', 'NetworkService -p -s Dnscache', this.networkService);
    host('termsvc', 'termsvcs -s TermService', this.networkService);
    start(
      'wmi',
      'wmiprvse',
      'C:\\Windows\\system32\\wbem\\wmiprvse.exe -secured -Embedding',
      this.standing.svchost!,
      this.networkService,
    );
    start('defender', 'msmpeng', `"${PROGRAMS.msmpeng.path}"`, services);
    start('agent', 'deployagent', `"${PROGRAMS.deployagent.path}" --service`, services);
    for (const spec of this.serviceSpecs) this.startService(spec);
  }

  startService(spec: ServiceSpec): Process {
    const services = this.standing.services!;
    let logon = this.system;
    if (spec.account === NETWORK_SERVICE) logon = this.networkService;
    else if (spec.account !== SYSTEM) {
      logon = this.newLogon(spec.account, 5, 0);
      this.logonAudit(logon, { process: 'C:\\Windows\\System32\\services.exe', pid: hex(services.pid) });
    }
    const process = this.spawn(spec.program, {
      command: spec.command,
      parent: services,
      logon,
      integrity: logon === this.system ? 'System' : 'High',
    });
    this.services.set(spec.key, process);
    return process;
  }

  /** Ends every process without a trace in the log, as a power-off does; sessions end. */
  shutdown(): void {
    if (!this.on) return;
    for (const process of this.live.values()) {
      process.alive = false;
      process.logon.open = false;
    }
    this.live.clear();
    this.services.clear();
    this.on = false;
  }

  newLogon(account: Account, type: number, session: number): Logon {
    this.logonCounter += 0x180 + this.random.int(0x9000);
    const id = this.logonCounter;
    return { id: `0x${id.toString(16)}`, guid: this.logonGuid(id), account, type, session, open: true };
  }

  nextSession(): number {
    return ++this.sessionCounter;
  }

  private builtin(account: Account, id: string): Logon {
    return { id, guid: this.logonGuid(Number(id)), account, type: 5, session: 0, open: true };
  }

  private logonGuid(id: number): string {
    const h = id.toString(16).padStart(8, '0');
    const t = this.timeWords();
    return `{${this.guidPrefix}-${t}-${h.slice(6)}${h.slice(4, 6)}-${h.slice(2, 4)}${h.slice(0, 2)}00000000}`;
  }

  private timeWords(): string {
    const t = Math.floor(this.sim.now / 1000)
      .toString(16)
      .padStart(8, '0');
    return `${t.slice(4)}-${t.slice(0, 4)}`;
  }

  /** 4624 for a local logon (service, batch, unlock…). Network logons are written by the directory. */
  logonAudit(logon: Logon, by: { process: string; pid: string }): void {
    this.log(KINDS.logon, {
      SubjectUserSid: logon.account === SYSTEM ? 'S-1-0-0' : 'S-1-5-18',
      SubjectUserName: logon.account === SYSTEM ? '-' : this.device.account.name,
      SubjectDomainName: logon.account === SYSTEM ? '-' : this.device.account.domain,
      SubjectLogonId: logon.account === SYSTEM ? '0x0' : '0x3e7',
      TargetUserSid: logon.account.sid,
      TargetUserName: logon.account.name,
      TargetDomainName: logon.account.domain,
      TargetLogonId: logon.id,
      LogonType: logon.account === SYSTEM ? '0' : String(logon.type),
      LogonProcessName: logon.account === SYSTEM ? '-' : 'Advapi  ',
      AuthenticationPackageName: logon.account === SYSTEM ? '-' : 'Negotiate',
      WorkstationName: '-',
      LogonGuid: '{00000000-0000-0000-0000-000000000000}',
      TransmittedServices: '-',
      LmPackageName: '-',
      KeyLength: '0',
      ProcessId: by.pid,
      ProcessName: by.process,
      IpAddress: '-',
      IpPort: '-',
      ImpersonationLevel: logon.account === SYSTEM ? '-' : '%%1833',
      RestrictedAdminMode: '-',
      VirtualAccount: '%%1843',
      TargetLinkedLogonId: '0x0',
      ElevatedToken: '%%1842',
    });
  }

  /** Starts a process and writes Sysmon 1, or Security 4688 where only process auditing is collected. */
  spawn(what: ProgramKey | Program, options: SpawnOptions): Process {
    const program: Program = typeof what === 'string' ? PROGRAMS[what] : what;
    const logon = options.logon ?? options.parent.logon;
    const image = program.path.replace('~', `C:\\Users\\${logon.account.name}`);
    const command = options.command ?? `"${image}"`;
    const integrity = options.integrity ?? options.parent.integrity;
    const process = this.create(program, image, command, logon, options.parent, integrity);
    const parent = options.parent;
    if (this.sysmon) {
      this.log(KINDS.processCreate, {
        RuleName: '-',
        UtcTime: this.utc(),
        ProcessGuid: process.guid,
        ProcessId: String(process.pid),
        Image: image,
        FileVersion: program.version,
        Description: program.description,
        Product: program.product,
        Company: program.company,
        OriginalFileName: program.original,
        CommandLine: command,
        CurrentDirectory:
          options.folder ?? (logon.session > 0 ? `C:\\Users\\${logon.account.name}\\` : 'C:\\Windows\\system32\\'),
        User: userOf(logon.account),
        LogonGuid: logon.guid,
        LogonId: logon.id,
        TerminalSessionId: String(logon.session),
        IntegrityLevel: integrity,
        Hashes: hashesOf(program),
        ParentProcessGuid: parent.guid,
        ParentProcessId: String(parent.pid),
        ParentImage: parent.image,
        ParentCommandLine: parent.command,
        ParentUser: userOf(parent.logon.account),
      });
    } else {
      const subject = parent.logon.account.sid.length < 10 ? this.device.account : parent.logon.account;
      this.log(KINDS.auditProcess, {
        SubjectUserSid: parent.logon.account.sid,
        SubjectUserName: subject.name,
        SubjectDomainName: subject.domain,
        SubjectLogonId: parent.logon.id,
        NewProcessId: hex(process.pid),
        NewProcessName: image,
        TokenElevationType: integrity === 'Medium' ? '%%1938' : logon.session > 0 ? '%%1937' : '%%1936',
        ProcessId: hex(parent.pid),
        CommandLine: command,
        TargetUserSid: logon === parent.logon ? 'S-1-0-0' : logon.account.sid,
        TargetUserName: logon === parent.logon ? '-' : logon.account.name,
        TargetDomainName: logon === parent.logon ? '-' : logon.account.domain,
        TargetLogonId: logon === parent.logon ? '0x0' : logon.id,
        ParentProcessName: parent.image,
        MandatoryLabel: integrity === 'System' ? 'S-1-16-16384' : integrity === 'High' ? 'S-1-16-12288' : 'S-1-16-8192',
      });
    }
    if (options.life !== undefined) this.sim.after(options.life, () => this.exit(process));
    return process;
  }

  exit(process: Process): void {
    if (!process.alive) return;
    process.alive = false;
    this.live.delete(process.pid);
    this.log(KINDS.processEnd, {
      RuleName: '-',
      UtcTime: this.utc(),
      ...identity(process),
      User: userOf(process.logon.account),
    });
  }

  /** Ends the session's processes, newest first. */
  endSession(logon: Logon): void {
    const mine = [...this.live.values()].filter((p) => p.logon === logon).reverse();
    for (const process of mine) this.exit(process);
    logon.open = false;
  }

  /** Sysmon 10. */
  access(source: Process, target: Process, mask: string, trace: 'SYSTEM' | 'UNKNOWN' | 'DUMP' | 'AGENT'): void {
    if (!source.alive || !target.alive) return;
    const r = this.random;
    const ntdll = `C:\\Windows\\SYSTEM32\\ntdll.dll+${hexNumber(0x9d000 + (this.boots % 16) * 0x40)}`;
    const kernel = `C:\\Windows\\System32\\KERNELBASE.dll+${hexNumber(0x2c000 + r.int(0x4000))}`;
    const tails = {
      SYSTEM:
        'C:\\Windows\\System32\\RPCRT4.dll+766a3|C:\\Windows\\System32\\KERNEL32.DLL+17614|C:\\Windows\\SYSTEM32\\ntdll.dll+526a1',
      AGENT: `${source.image}+${hexNumber(0x1000 + r.int(0xfffff))}|C:\\Windows\\System32\\KERNEL32.DLL+17614|C:\\Windows\\SYSTEM32\\ntdll.dll+526a1`,
      UNKNOWN: `UNKNOWN(${r.hex(16).toUpperCase()})`,
      DUMP: 'C:\\Windows\\System32\\dbgcore.DLL+6cf2|C:\\Windows\\System32\\comsvcs.dll+2bb98|C:\\Windows\\System32\\rundll32.exe+3b5c|C:\\Windows\\System32\\KERNEL32.DLL+17614|C:\\Windows\\SYSTEM32\\ntdll.dll+526a1',
    };
    this.log(KINDS.processAccess, {
      RuleName: '-',
      UtcTime: this.utc(),
      SourceProcessGUID: source.guid,
      SourceProcessId: String(source.pid),
      SourceThreadId: String(source.pid + 4 * r.between(1, 90)),
      SourceImage: source.image,
      TargetProcessGUID: target.guid,
      TargetProcessId: String(target.pid),
      TargetImage: target.image,
      GrantedAccess: mask,
      CallTrace: `${ntdll}|${kernel}|${tails[trace]}`,
      SourceUser: userOf(source.logon.account),
      TargetUser: userOf(target.logon.account),
    });
  }

  private create(
    program: Program,
    image: string,
    command: string,
    logon: Logon,
    parent: Process | null,
    integrity: Integrity,
    fixedPid?: number,
  ): Process {
    let pid = fixedPid ?? 0;
    while (pid === 0 || (fixedPid === undefined && this.live.has(pid))) pid = 4 * this.random.between(110, 3200);
    const s = (this.sequence++).toString(16).padStart(8, '0');
    const b = this.boots.toString(16).padStart(4, '0');
    const tail = `${s.slice(6)}${s.slice(4, 6)}-${s.slice(2, 4)}${s.slice(0, 2)}0000${b.slice(2)}${b.slice(0, 2)}`;
    const guid = `{${this.guidPrefix}-${this.timeWords()}-${tail}}`;
    const process: Process = { guid, pid, image, program, command, logon, parent, integrity, alive: true };
    this.live.set(pid, process);
    return process;
  }
}

function hexNumber(n: number): string {
  return n.toString(16);
}
