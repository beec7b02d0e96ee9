import { accepted, connect, inside, resolve, scriptBlock, writeFile } from '../engine/activity.ts';
import { failedLogon, networkLogon, originOf, serviceTicket } from '../engine/logons.ts';
import type { Machine } from '../engine/machine.ts';
import { NETWORK_SERVICE, type Process, SYSTEM } from '../engine/process.ts';
import { everyDay, isWeekend, repeat, type World } from '../engine/world.ts';
import { KINDS } from '../formats/windows-kinds.ts';
import { PROGRAMS } from '../model/binaries.ts';
import { HOUR, MINUTE } from '../types.ts';

/** Servers and the jobs that run on them: web, database, builds, monitoring, backup, scanning, replication. */
export function planServers(world: World): void {
  installServices(world);
  const servers = world.org.devices.filter((d) => d.role !== 'workstation').map((d) => world.of(d));
  servers.forEach((machine, i) => {
    const controller = machine.device.role === 'domain-controller';
    world.sim.at(world.sim.start + (controller ? 5_000 + i * 4_000 : 90_000 + i * 15_000), () => machine.boot());
  });
  for (const name of ['KSK01', 'KSK02']) {
    const machine = world.server(name);
    world.sim.at(world.sim.start + 11 * MINUTE, () => machine.boot());
  }
  monitoring(world, servers);
  web(world);
  databases(world);
  builds(world);
  backups(world, servers);
  scans(world);
  replication(world);
}

function installServices(world: World): void {
  const { services } = world.org;
  const add = (name: string, key: string, program: keyof typeof PROGRAMS, command: string, account = SYSTEM) =>
    world.server(name).serviceSpecs.push({ key, program, command, account });
  for (const name of ['WEB01', 'WEB02']) {
    add(
      name,
      'site',
      'w3wp',
      'c:\\windows\\system32\\inetsrv\\w3wp.exe -ap "OrderPortal" -v "v4.0" -l "webengine4.dll" -a \\\\.\\pipe\\iisipm0 -h "C:\\inetpub\\temp\\apppools\\OrderPortal\\OrderPortal.config"',
      services.svc_web,
    );
  }
  for (const name of ['SQL01', 'SQL02', 'QDB01']) {
    add(name, 'sql', 'sqlservr', `"${PROGRAMS.sqlservr.path}" -sMSSQLSERVER`, services.svc_sql);
    add(name, 'jobs', 'sqlagent', `"${PROGRAMS.sqlagent.path}" -i MSSQLSERVER`, services.svc_sqlagent);
  }
  for (const name of ['ERP01', 'ERP02'])
    add(name, 'erp', 'erpserver', `"${PROGRAMS.erpserver.path}" -service`, services.svc_erp);
  for (const name of ['DC01', 'DC02']) {
    add(name, 'dns', 'dns', 'C:\\Windows\\system32\\dns.exe');
    add(name, 'dfsr', 'dfsrs', 'C:\\Windows\\system32\\DFSRs.exe');
  }
  for (const name of ['FS01', 'FS02', 'FS03', 'SQL01', 'ERP01'])
    add(name, 'backup', 'backupagent', `"${PROGRAMS.backupagent.path}" -svc`);
  add('SCN01', 'scanner', 'scanner', `"${PROGRAMS.scanner.path}" --daemon`, services.svc_scan);
  add('BLD01', 'runner', 'runner', 'D:\\Runner\\bin\\Runner.Worker.exe spawnclient', services.svc_build);
  add('PRN01', 'spooler', 'spoolsv', 'C:\\Windows\\System32\\spoolsv.exe');
  for (const device of world.org.devices) {
    if (device.role !== 'workstation') {
      world.of(device).serviceSpecs.push({
        key: 'monitor',
        program: 'monitoragent',
        command: `"${PROGRAMS.monitoragent.path}" run`,
        account: NETWORK_SERVICE,
      });
    }
  }
}

/** A service's process when its machine is on. */
function service(machine: Machine, key: string): Process | null {
  const process = machine.services.get(key);
  return machine.on && process?.alive ? process : null;
}

function monitoring(world: World, servers: readonly Machine[]): void {
  const sink = world.server('MON01');
  for (const machine of servers) {
    const random = machine.random.fork('monitoring');
    repeat(world, random, 55 * MINUTE, 0.3, () => {
      const agent = service(machine, 'monitor');
      if (agent === null) return;
      if (random.chance(0.5)) connect(machine, agent, inside(sink.device, 9443));
      else {
        const check = random.pick(['check_disk', 'check_services', 'check_cert', 'check_eventlog']);
        const shell = machine.spawn('cmd', {
          command: `C:\\Windows\\system32\\cmd.exe /c powershell.exe -NoLogo -NonInteractive -ExecutionPolicy Bypass -File "C:\\Program Files\\Watchtide\\plugins\\${check}.ps1"`,
          parent: agent,
          life: 6_500,
        });
        const child = machine.spawn('powershell', {
          command: `powershell.exe -NoLogo -NonInteractive -ExecutionPolicy Bypass -File "C:\\Program Files\\Watchtide\\plugins\\${check}.ps1"`,
          parent: shell,
          life: 6_000,
        });
        if (random.chance(0.3)) {
          scriptBlock(
            machine,
            child,
            `param([int]$Warn = 80)\n$state = Get-CimInstance -ClassName ${random.pick(['Win32_LogicalDisk', 'Win32_Service', 'Win32_OperatingSystem'])}\n$state | Select-Object -Property Name, Status | ConvertTo-Json -Compress`,
            `C:\\Program Files\\Watchtide\\plugins\\${check}.ps1`,
          );
        }
      }
    });
  }
}

function web(world: World): void {
  for (const name of ['WEB01', 'WEB02']) {
    const machine = world.server(name);
    const random = machine.random.fork('web');
    repeat(world, random, 16 * MINUTE, 0.8, () => {
      const site = service(machine, 'site');
      if (site === null) return;
      const visitor = `198.51.100.${random.between(2, 199)}`;
      accepted(machine, machine.standing.system!, { ip: visitor, port: random.between(20_000, 64_000) }, 443);
      if (random.chance(0.25)) connect(machine, site, inside(world.server('SQL01').device, 1433));
      if (random.chance(0.04)) writeFile(machine, site, `C:\\inetpub\\orders\\uploads\\${random.hex(12)}.pdf`);
    });
  }
}

function databases(world: World): void {
  for (const name of ['SQL01', 'SQL02', 'QDB01']) {
    const machine = world.server(name);
    const random = machine.random.fork('database');
    repeat(world, random, 40 * MINUTE, 0.5, () => {
      const engine = service(machine, 'sql');
      if (engine === null) return;
      networkLogon(
        world,
        machine,
        random.pick([world.org.services.svc_erp, world.org.services.svc_web, world.org.services.svc_reports]),
        world.server(random.pick(['ERP01', 'APP01', 'APP02'])).device,
        { hold: 20_000 },
      );
    });
    everyDay(world, machine.device.site.offset, (midnight) => {
      world.sim.at(midnight + 2 * HOUR + random.between(0, 600) * 1000, () => {
        const engine = service(machine, 'sql');
        const jobs = service(machine, 'jobs');
        if (engine === null || jobs === null) return;
        machine.spawn('sqlcmd', {
          command: `"${PROGRAMS.sqlcmd.path}" -E -Q "EXEC maintenance.BackupAll @Folder = N'E:\\Backup'"`,
          parent: jobs,
          life: 90_000,
        });
        writeFile(machine, engine, `E:\\Backup\\Orders_${new Date(world.sim.now).toISOString().slice(0, 10)}.bak`);
      });
    });
  }
}

/** Builds run on working days, more when engineers are in. */
function builds(world: World): void {
  const machine = world.server('BLD01');
  const random = machine.random.fork('builds');
  repeat(world, random, 34 * MINUTE, 0.7, () => {
    const runner = service(machine, 'runner');
    const local = new Date(world.sim.now + HOUR);
    const quiet = isWeekend(local.getUTCDay()) || local.getUTCHours() < 7 || local.getUTCHours() > 19;
    if (runner === null || (quiet && random.chance(0.85))) return;
    const folder = `D:\\Runner\\_work\\${random.pick(['gauge', 'press-line', 'portal', 'telemetry'])}\\`;
    const shell = machine.spawn('cmd', {
      command: `"C:\\Windows\\system32\\cmd.exe" /D /E:ON /V:OFF /S /C "CALL "D:\\Runner\\_work\\_temp\\${random.uuid()}.cmd""`,
      parent: runner,
      folder,
      life: 4 * MINUTE,
    });
    const git = machine.spawn('git', {
      command: 'git -c protocol.version=2 fetch --no-tags --prune --depth=1 origin',
      parent: shell,
      folder,
      life: 5_000,
    });
    resolve(machine, git, 'packages.greywharf-registry.example', ['198.51.100.244']);
    world.sim.after(9_000, () => {
      const build = machine.spawn(random.chance(0.5) ? 'msbuild' : 'node', {
        command: random.chance(0.5)
          ? 'msbuild.exe /m /p:Configuration=Release'
          : 'node.exe node_modules\\vite\\bin\\vite.js build',
        parent: shell,
        folder,
        life: 3 * MINUTE,
      });
      connect(machine, build, { ip: '198.51.100.244', port: 443 });
      writeFile(machine, build, `${folder}out\\release-${random.between(1000, 9999)}.zip`);
    });
  });
}

/** Nightly file backup: the backup server signs in everywhere it has an agent and takes a shadow copy there. */
function backups(world: World, servers: readonly Machine[]): void {
  const backup = world.server('BKP01');
  const random = backup.random.fork('backups');
  const covered = servers.filter((m) => m.serviceSpecs.some((s) => s.key === 'backup'));
  everyDay(world, 1, (midnight) => {
    covered.forEach((machine, i) => {
      world.sim.at(midnight + 22 * HOUR + (i * 25 + random.float() * 15) * MINUTE, () => {
        const agent = service(machine, 'backup');
        if (agent === null) return;
        networkLogon(world, machine, world.org.services.svc_backup, backup.device, { hold: 20 * MINUTE });
        machine.spawn('vssadmin', { command: 'vssadmin.exe list shadows', parent: agent, life: 1_500 });
        connect(machine, agent, inside(backup.device, 9102));
        const snapshot = `D:\\System Volume Information\\{${random.uuid()}}{3808876b-c176-4e48-b7ae-04046e6cc752}`;
        world.sim.after(40_000, () => writeFile(machine, machine.standing.system!, snapshot));
      });
    });
  });
}

/** The vulnerability scanner tries every machine once a week, spread over the nights, with its own account. */
function scans(world: World): void {
  const scanner = world.server('SCN01');
  const random = scanner.random.fork('scans');
  const targets = world.org.devices.filter((d) => d !== scanner.device);
  everyDay(world, 1, (midnight, _weekday, dayNumber) => {
    const tonight = targets.filter((_, i) => i % 7 === dayNumber % 7);
    tonight.forEach((target, i) => {
      world.sim.at(midnight + HOUR + i * 5 * MINUTE + random.between(0, 120) * 1000, () => {
        const engine = service(scanner, 'scanner');
        const machine = world.of(target);
        if (engine === null) return;
        for (const port of [135, 445, 3389, 443].slice(0, random.between(2, 4)))
          connect(scanner, engine, { ip: target.ip, port });
        if (!machine.on) return;
        accepted(
          machine,
          machine.standing.system!,
          { ip: scanner.device.ip, host: scanner.device.fqdn, port: random.between(50_000, 60_000) },
          445,
        );
        if (random.chance(0.3)) failedLogon(world, machine, 'guest', 3, originOf(scanner.device), '0xc0000064');
        networkLogon(world, machine, world.org.services.svc_scan, scanner.device, { hold: 60_000, package: 'NTLM' });
      });
    });
  });
}

/** The two domain controllers replicate; only their machine accounts do so in ordinary times. */
function replication(world: World): void {
  const [first, second] = [world.server('DC01'), world.server('DC02')];
  const random = first.random.fork('replication');
  repeat(world, random, 3 * HOUR, 0.3, () => {
    for (const [to, from] of [
      [first, second],
      [second, first],
    ] as const) {
      const logon = networkLogon(world, to, from.device.account, from.device, { hold: 5_000 });
      if (logon === null || !from.on) continue;
      serviceTicket(world, from.device.account, from.device, to.device.account);
      directoryRead(to, logon, world.org.domainGuid, REPLICATION.changes);
    }
  });
}

/** Control access rights of directory replication. */
export const REPLICATION = {
  changes: '{1131f6aa-9c07-11d1-f79f-00c04fc2dcd2}',
  changesAll: '{1131f6ad-9c07-11d1-f79f-00c04fc2dcd2}',
} as const;

/** 4662 on the domain object. */
export function directoryRead(
  controller: Machine,
  logon: { id: string; account: { sid: string; name: string; domain: string } },
  domainGuid: string,
  right: string,
): void {
  const domainClass = '{19195a5b-6da0-11d0-afd3-00c04fd930c9}';
  controller.log(KINDS.objectOperation, {
    SubjectUserSid: logon.account.sid,
    SubjectUserName: logon.account.name,
    SubjectDomainName: logon.account.domain,
    SubjectLogonId: logon.id,
    ObjectServer: 'DS',
    ObjectType: `%${domainClass}`,
    ObjectName: `%{${domainGuid}}`,
    OperationType: 'Object Access',
    HandleId: '0x0',
    AccessList: '%%7688\n\t\t\t\t',
    AccessMask: '0x100',
    Properties: `%%7688\n\t\t${right}\n\t${domainClass}\n`,
    AdditionalInfo: '-',
    AdditionalInfo2: '',
  });
}
