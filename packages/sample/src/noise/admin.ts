import { accepted, connect, inside, pipe, scriptBlock, setValue, writeFile } from '../engine/activity.ts';
import { localTime } from '../engine/calendar.ts';
import { explicitLogon, interactiveLogon, logoff, networkLogon, originOf } from '../engine/logons.ts';
import type { Machine } from '../engine/machine.ts';
import { SYSTEM } from '../engine/process.ts';
import { everyDay, isWeekend, type Session, type World } from '../engine/world.ts';
import { KINDS } from '../formats/windows-kinds.ts';
import type { EventData } from '../formats/winlogbeat.ts';
import { PROGRAMS } from '../model/binaries.ts';
import type { Account, Person } from '../model/org.ts';
import type { Random } from '../prng.ts';
import { HOUR, MINUTE } from '../types.ts';

/** Administrators' work: the jump host, remote scripts, directory changes, software roll-outs, patch nights. */
export function planAdministration(world: World): void {
  const admins = world.org.people.filter((p) => p.admin !== undefined);
  const random = world.random.fork('administration');
  everyDay(world, 1, (midnight, weekday) => {
    if (isWeekend(weekday)) return;
    for (let i = 0; i < 3; i++) {
      const person = random.pick(admins);
      world.sim.at(midnight + random.between(9 * HOUR, 16 * HOUR), () => jumpSession(world, person, random));
    }
    if (random.chance(0.5)) {
      world.sim.at(midnight + random.between(9 * HOUR, 16 * HOUR), () => support(world, random.pick(admins), random));
    }
    if (weekday === 1 && random.chance(0.8)) {
      world.sim.at(midnight + random.between(9 * HOUR, 12 * HOUR), () => newcomer(world, random.pick(admins), random));
    }
  });
  nightScripts(world, random);
  rollout(world, random);
  patchNight(world, random);
}

export function subject(logon: { id: string; account: Account }): EventData {
  return {
    SubjectUserSid: logon.account.sid,
    SubjectUserName: logon.account.name,
    SubjectDomainName: logon.account.domain,
    SubjectLogonId: logon.id,
  };
}

/** An administrator opens the jump host by remote desktop and works on one or two servers from there. */
function jumpSession(world: World, person: Person, random: Random): void {
  const desk = world.desks.get(person);
  const jump = world.server('JMP01');
  const admin = person.admin!;
  if (desk === undefined || !desk.machine.on || !jump.on) return;
  const client = desk.machine.spawn('mstsc', {
    command: `"${PROGRAMS.mstsc.path}" /v:${jump.device.name}`,
    parent: desk.explorer,
    life: 40 * MINUTE,
  });
  connect(desk.machine, client, inside(jump.device, 3389));
  explicitLogon(desk.machine, desk.logon, admin, jump.device.fqdn, client);
  accepted(
    jump,
    jump.standing.termsvc!,
    { ip: person.device.ip, host: person.device.fqdn, port: random.between(50_000, 60_000) },
    3389,
  );
  const session = interactiveLogon(world, jump, admin, 10, originOf(person.device));
  jump.spawn('rdpclip', {
    command: 'rdpclip',
    parent: jump.standing.termsvc!,
    logon: session.logon,
    integrity: 'High',
  });
  const steps = random.between(2, 4);
  for (let i = 0; i < steps; i++)
    world.sim.after((2 + i * 7) * MINUTE + random.between(0, 200) * 1000, () => adminStep(world, session, random));
  world.sim.after(38 * MINUTE, () => logoff(jump, session.logon));
}

const CONSOLES = ['dsa.msc', 'gpmc.msc', 'dnsmgmt.msc', 'services.msc', 'compmgmt.msc'];
const SNIPPETS = [
  'Get-ADUser -Filter * -Properties LastLogonDate | Where-Object { $_.LastLogonDate -lt (Get-Date).AddDays(-90) } | Select-Object SamAccountName, LastLogonDate',
  'Get-Service -Name w3svc, MSSQLSERVER | Select-Object MachineName, Status',
  'Get-EventLog -LogName System -EntryType Error -Newest 50',
  'Get-ChildItem D:\\Shares -Directory | ForEach-Object { (Get-Acl $_.FullName).Access }',
  'Get-HotFix | Sort-Object InstalledOn -Descending | Select-Object -First 10',
  'Restart-Service -Name Spooler -Force',
];

function adminStep(world: World, session: Session, random: Random): void {
  const { machine, logon, explorer } = session;
  if (!logon.open) return;
  const kind = random.weighted({ console: 4, script: 4, remote: 5 });
  if (kind === 'console') {
    machine.spawn('mmc', {
      command: `"C:\\Windows\\system32\\mmc.exe" "C:\\Windows\\system32\\${random.pick(CONSOLES)}"`,
      parent: explorer,
      life: 6 * MINUTE,
    });
    return;
  }
  const shell = machine.spawn('powershell', { parent: explorer, life: 6 * MINUTE });
  pipe(
    machine,
    shell,
    `\\PSHost.${random.between(1e8, 9e8)}${random.between(1e8, 9e8)}.${shell.pid}.DefaultAppDomain.powershell`,
    'CreatePipe',
  );
  const text = random.pick(SNIPPETS);
  if (kind === 'script') {
    scriptBlock(machine, shell, text);
    return;
  }
  const target = world.of(
    random.pick(
      world.org.devices.filter((d) => d.role !== 'workstation' && d.sensor === 'sysmon' && d !== machine.device),
    ),
  );
  scriptBlock(machine, shell, `Invoke-Command -ComputerName ${target.device.name} -ScriptBlock { ${text} }`);
  connect(machine, shell, inside(target.device, 5985));
  remoteScript(world, target, logon.account, machine, text);
}

/** PowerShell remoting as the addressed server logs it. */
function remoteScript(world: World, target: Machine, account: Account, from: Machine, text: string): void {
  const logon = networkLogon(world, target, account, from.device, { hold: 30_000 });
  if (logon === null) return;
  accepted(
    target,
    target.standing.system!,
    { ip: from.device.ip, host: from.device.fqdn, port: 50_000 + from.random.int(9000) },
    5985,
  );
  const host = target.spawn('wsmprovhost', {
    command: 'C:\\Windows\\system32\\wsmprovhost.exe -Embedding',
    parent: target.standing.svchost!,
    logon,
    integrity: 'High',
    life: 25_000,
  });
  world.sim.after(600, () => scriptBlock(target, host, text));
}

/** Service desk: a colleague's machine is opened with the administrator's account. */
function support(world: World, person: Person, random: Random): void {
  const colleagues = [...world.desks.entries()].filter(([p]) => p !== person && p.department !== 'IT');
  if (colleagues.length === 0) return;
  const [colleague, desk] = random.pick(colleagues);
  supportVisit(world, person, colleague, desk);
}

/** Runs an elevated console on a colleague's machine with the administrator's credentials. */
export function supportVisit(world: World, person: Person, colleague: Person, desk: Session): void {
  const { machine } = desk;
  const random = machine.random;
  const admin = person.admin!;
  if (!machine.on || !desk.logon.open) return;
  explicitLogon(machine, desk.logon, admin, 'localhost', machine.standing.svchost!);
  const session = interactiveLogon(world, machine, admin, 10, originOf(person.device));
  const shell = machine.spawn('cmd', { command: '"C:\\Windows\\system32\\cmd.exe"', parent: session.explorer });
  for (const [i, [key, command]] of (
    [
      ['ipconfig', 'ipconfig /all'],
      ['gpupdate', 'gpupdate /force'],
      ['systeminfo', 'systeminfo'],
    ] as const
  ).entries()) {
    world.sim.after((i + 1) * random.between(20, 70) * 1000, () => {
      if (shell.alive) machine.spawn(key, { command, parent: shell, life: 3_000 });
    });
  }
  if (random.chance(0.4))
    world.sim.after(
      90_000,
      () =>
        machine.on &&
        session.logon.open &&
        machine.spawn('taskmgr', { command: `"${PROGRAMS.taskmgr.path}" /4`, parent: session.explorer, life: 40_000 }),
    );
  world.sim.after(random.between(9, 18) * MINUTE, () => logoff(machine, session.logon));
  void colleague;
}

/** A new colleague's account, made on a domain controller from the administrator's console. */
function newcomer(world: World, person: Person, random: Random): void {
  const controller = world.server('DC01');
  const logon = networkLogon(world, controller, person.admin!, world.server('JMP01').device, { hold: 5 * MINUTE });
  if (logon === null) return;
  const name = `t${random.pick(world.org.people).account.name.slice(1, 5)}${random.between(10, 99)}`;
  const sid = `${world.org.domainSid}-${random.between(4000, 9000)}`;
  createUser(controller, logon, { name, sid, display: `Temporary ${random.between(10, 99)}` });
  controller.log(
    KINDS.globalGroupMember,
    {
      MemberName: `CN=${name},OU=Staff,DC=ad,DC=northmoor,DC=example`,
      MemberSid: sid,
      TargetUserName: random.pick(['Operations Staff', 'Sales Staff']),
      TargetDomainName: person.account.domain,
      TargetSid: `${world.org.domainSid}-${random.between(2200, 2299)}`,
      ...subject(logon),
      PrivilegeList: '-',
    },
    900,
  );
}

/** 4720. */
export function createUser(
  controller: Machine,
  logon: { id: string; account: Account },
  user: { name: string; sid: string; display: string },
): void {
  controller.log(KINDS.userCreated, {
    TargetUserName: user.name,
    TargetDomainName: logon.account.domain,
    TargetSid: user.sid,
    ...subject(logon),
    PrivilegeList: '-',
    SamAccountName: user.name,
    DisplayName: user.display,
    UserPrincipalName: `${user.name}@ad.northmoor.example`,
    HomeDirectory: '-',
    HomePath: '-',
    ScriptPath: '-',
    ProfilePath: '-',
    UserWorkstations: '-',
    PasswordLastSet: '%%1794',
    AccountExpires: '%%1794',
    PrimaryGroupId: '513',
    AllowedToDelegateTo: '-',
    OldUacValue: '0x0',
    NewUacValue: '0x15',
    UserAccountControl: '\n\t\t%%2080\n\t\t%%2082\n\t\t%%2084',
    UserParameters: '-',
    SidHistory: '-',
    LogonHours: '%%1793',
  });
}

/** Scripts that copy and tidy at night on the file servers. */
function nightScripts(world: World, random: Random): void {
  everyDay(world, 1, (midnight) => {
    for (const name of ['FS01', 'FS02', 'APP01']) {
      world.sim.at(midnight + 3 * HOUR + random.between(0, 30) * MINUTE, () => {
        const machine = world.server(name);
        if (!machine.on) return;
        const shell = machine.spawn('powershell', {
          command:
            'powershell.exe -NoProfile -ExecutionPolicy RemoteSigned -File C:\\Scripts\\Invoke-NightlyArchive.ps1',
          parent: machine.standing.schedule!,
          life: 20 * MINUTE,
        });
        scriptBlock(
          machine,
          shell,
          '$old = Get-ChildItem D:\\Shares -Recurse -File | Where-Object LastWriteTime -lt (Get-Date).AddYears(-2)\n$old | ForEach-Object { Move-Item -LiteralPath $_.FullName -Destination E:\\Archive }',
          'C:\\Scripts\\Invoke-NightlyArchive.ps1',
        );
        machine.spawn('robocopy', {
          command: 'robocopy D:\\Shares E:\\Archive\\mirror /MIR /R:1 /W:1 /NP',
          parent: shell,
          life: 15 * MINUTE,
        });
      });
    }
  });
}

/** One new version of the endpoint agent goes out in three rings: an installer, a service, a task, a run of msiexec. */
function rollout(world: World, random: Random): void {
  const first = world.sim.end - world.days * 0.6 * 24 * HOUR;
  world.org.devices.forEach((device, i) => {
    const ring = i % 9 === 0 ? 0 : i % 3 === 0 ? 1 : 2;
    const attempt = (left: number) => {
      const machine = world.of(device);
      const agent = machine.standing.agent;
      if (machine.on && agent?.alive) install(machine);
      else if (left > 0) world.sim.after(5 * HOUR, () => attempt(left - 1));
    };
    world.sim.at(first + ring * 26 * HOUR + random.between(0, 300) * MINUTE, () => attempt(8));
  });
}

function install(machine: Machine): void {
  const { agent, services } = machine.standing;
  const folder = 'C:\\Program Files\\Quarry Endpoint';
  const installer = machine.spawn('msiexec', {
    command: 'msiexec.exe /i "C:\\ProgramData\\Quarry\\cache\\quarry-endpoint-5.3.1.msi" /qn /norestart',
    parent: agent!,
    life: 50_000,
  });
  writeFile(machine, installer, `${folder}\\qhelper.exe`);
  setValue(
    machine,
    services!,
    'HKLM\\System\\CurrentControlSet\\Services\\QuarryHelper\\ImagePath',
    `"${folder}\\qhelper.exe" --service`,
  );
  serviceInstalled(
    machine,
    { id: '0x3e7', account: machine.device.account },
    SYSTEM,
    'Quarry Endpoint Helper',
    `"${folder}\\qhelper.exe" --service`,
    'auto start',
  );
  taskCreated(
    machine,
    { id: '0x3e7', account: { ...machine.device.account, sid: SYSTEM.sid } },
    '\\Quarry\\Nightly Inventory',
    `${folder}\\qagent.exe`,
    '--inventory',
    'S-1-5-18',
  );
}

/** 7045 and 4697 of one service. */
export function serviceInstalled(
  machine: Machine,
  logon: { id: string; account: Account },
  header: Account,
  name: string,
  path: string,
  start: 'auto start' | 'demand start',
): void {
  machine.log(
    KINDS.serviceInstalled,
    {
      ServiceName: name,
      ImagePath: path,
      ServiceType: 'user mode service',
      StartType: start,
      AccountName: 'LocalSystem',
    },
    30,
    header,
  );
  machine.log(KINDS.serviceAudited, {
    ...subject(logon),
    ...(header === SYSTEM ? { SubjectUserSid: SYSTEM.sid } : {}),
    ServiceName: name,
    ServiceFileName: path,
    ServiceType: '0x10',
    ServiceStartType: start === 'auto start' ? '2' : '3',
    ServiceAccount: 'LocalSystem',
  });
}

/** 4698 with the task's XML. */
export function taskCreated(
  machine: Machine,
  logon: { id: string; account: Account },
  name: string,
  command: string,
  args: string,
  runAs: string,
): void {
  const start = new Date(machine.sim.now).toISOString().slice(0, 19);
  const xml = `<?xml version="1.0" encoding="UTF-16"?>\n<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">\n  <RegistrationInfo>\n    <URI>${name}</URI>\n  </RegistrationInfo>\n  <Triggers>\n    <CalendarTrigger>\n      <StartBoundary>${start}</StartBoundary>\n      <Enabled>true</Enabled>\n      <ScheduleByDay>\n        <DaysInterval>1</DaysInterval>\n      </ScheduleByDay>\n    </CalendarTrigger>\n  </Triggers>\n  <Actions Context="Author">\n    <Exec>\n      <Command>${command}</Command>\n      <Arguments>${args}</Arguments>\n    </Exec>\n  </Actions>\n  <Principals>\n    <Principal id="Author">\n      <UserId>${runAs}</UserId>\n      <RunLevel>HighestAvailable</RunLevel>\n    </Principal>\n  </Principals>\n</Task>`;
  machine.log(KINDS.taskCreated, { ...subject(logon), TaskName: name, TaskContent: xml });
}

/** Once a month the servers are patched and restarted at night, in two groups. */
function patchNight(world: World, random: Random): void {
  // Before the campaigns: a restart would end what they started on servers.
  const before = Math.max(12, Math.round(world.days * 0.45));
  const night = localTime(world, before, 1);
  if (night < world.sim.start + 2 * HOUR) return;
  world.org.devices
    .filter((d) => d.role !== 'workstation')
    .forEach((device, i) => {
      const machine = world.of(device);
      // One domain controller stays up while the other restarts.
      world.sim.at(night + (i % 2) * 70 * MINUTE + i * 40_000, () => {
        if (!machine.on) return;
        machine.spawn('tiworker', {
          command: `${PROGRAMS.tiworker.path} -Embedding`,
          parent: machine.standing.svchost!,
        });
        world.sim.after(random.between(6, 14) * MINUTE, () => {
          machine.shutdown();
          world.sim.after(random.between(40, 150) * 1000, () => machine.boot());
        });
      });
    });
}
