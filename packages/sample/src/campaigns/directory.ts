import { accepted, connect, inside, scriptBlock, writeFile } from '../engine/activity.ts';
import { workingTime } from '../engine/calendar.ts';
import {
  explicitLogon,
  failedLogon,
  interactiveLogon,
  logoff,
  networkLogon,
  originOf,
  serviceTicket,
} from '../engine/logons.ts';
import type { Session, World } from '../engine/world.ts';
import { KINDS } from '../formats/windows-kinds.ts';
import { PROGRAMS } from '../model/binaries.ts';
import { createUser, subject, taskCreated } from '../noise/admin.ts';
import { directoryRead, REPLICATION } from '../noise/servers.ts';
import { HOUR, MINUTE } from '../types.ts';
import { type Campaign, command, foreign, timeline } from './campaign.ts';

const SPRAYER = { ip: '203.0.113.148', workstation: 'WIN-4QO7HL2A' };
const OPERATOR = { ip: '203.0.113.151', workstation: 'WIN-4QO7HL2A' };
const SECOND = 1000;

/** Few passwords against many accounts, one hit, service tickets to crack, replication of the directory, cleared logs. */
export function directoryTakeover(world: World): Campaign {
  const { org, sim } = world;
  const gateway = world.server('RDS01');
  const controller = world.server('DC01');
  const random = world.random.fork('campaign/directory');
  const target = org.people.find((p) => p.department === 'Sales')!;
  const service = org.services.svc_backup;
  const engineer = org.people.find((p) => p.department === 'Engineering' && !p.device.laptop && p.site.code === 'HBR')!;
  const station = world.of(engineer.device);
  const tried = random.shuffled(org.people.filter((p) => p !== target)).slice(0, 41);
  const start = workingTime(world, 5, 5.6);
  const entry = start + 14.4 * HOUR;
  const replication = entry + 23.2 * HOUR;
  let session: Session;
  let desk: Session;

  const spray = (round: number) => {
    const names = [...tried.map((p) => p.account.name), 'administrator', 'test', 'scanner', 'reception'];
    const order = random.shuffled(names);
    let at = 0;
    order.forEach((name, i) => {
      at += random.between(9, 26) * SECOND;
      const known = i >= 0 && org.people.some((p) => p.account.name === name);
      sim.after(at, () => failedLogon(world, gateway, name, 3, SPRAYER, known ? '0xc000006a' : '0xc0000064'));
    });
    const hit = round === 0 ? null : at + 14 * SECOND;
    if (hit === null) sim.after(at + 11 * SECOND, () => failedLogon(world, gateway, target.account.name, 3, SPRAYER));
    else
      sim.after(hit, () =>
        networkLogon(world, gateway, target.account, SPRAYER, { package: 'NTLM', hold: 2 * SECOND }),
      );
  };
  const enter = () => {
    if (!gateway.on) return;
    accepted(gateway, gateway.standing.termsvc!, { ip: OPERATOR.ip, port: random.between(40_000, 60_000) }, 3389);
    session = interactiveLogon(world, gateway, target.account, 10, OPERATOR);
    const list = [
      ['whoami', 'whoami /groups'],
      ['net', 'net group "Domain Admins" /domain'],
      ['nltest', 'nltest /domain_trusts'],
      ['setspn', 'setspn -T ad.northmoor.example -Q */*'],
    ] as const;
    const shell = gateway.spawn('cmd', { command: '"C:\\Windows\\system32\\cmd.exe"', parent: session.explorer });
    list.forEach(([key, text], i) => {
      sim.after((i + 1) * random.between(25, 80) * SECOND, () =>
        gateway.spawn(key, { command: text, parent: shell, life: 1_800 }),
      );
    });
  };
  const roast = () => {
    if (!session.logon.open) return;
    const shell = gateway.spawn('powershell', { parent: session.explorer, life: 20 * MINUTE });
    scriptBlock(
      gateway,
      shell,
      `Add-Type -AssemblyName System.IdentityModel\n$spn = (setspn -T ad.northmoor.example -Q */*) -match '^\\s+\\S+/'\nforeach ($s in $spn) { New-Object System.IdentityModel.Tokens.KerberosRequestorSecurityToken -ArgumentList $s.Trim() }\nklist`,
    );
    Object.values(org.services).forEach((account, i) => {
      sim.after(3 * SECOND + i * random.between(300, 900), () =>
        serviceTicket(world, target.account, gateway.device, account, '0x17'),
      );
    });
    sim.after(30 * SECOND, () => gateway.spawn('klist', { command: 'klist', parent: shell, life: 700 }));
    sim.after(35 * MINUTE, () => logoff(gateway, session.logon));
  };
  const hop = () => {
    if (!gateway.on || !station.on) return;
    session = interactiveLogon(world, gateway, target.account, 10, OPERATOR);
    const client = gateway.spawn('mstsc', {
      command: `"${PROGRAMS.mstsc.path}" /v:${station.device.name}`,
      parent: session.explorer,
    });
    explicitLogon(gateway, session.logon, service, station.device.fqdn, client);
    connect(gateway, client, inside(station.device, 3389));
    accepted(
      station,
      station.standing.termsvc!,
      { ip: gateway.device.ip, host: gateway.device.fqdn, port: 52_110 },
      3389,
    );
    desk = interactiveLogon(world, station, service, 10, originOf(gateway.device));
    sim.after(4 * MINUTE, () =>
      writeFile(station, desk.explorer, `C:\\Users\\${service.name}\\AppData\\Local\\Temp\\adsvc.exe`),
    );
  };
  const replicate = () => {
    if (!desk?.logon.open) return;
    const shell = station.spawn('cmd', { command: '"C:\\Windows\\system32\\cmd.exe"', parent: desk.explorer });
    const tool = station.spawn(foreign(`C:\\Users\\${service.name}\\AppData\\Local\\Temp\\adsvc.exe`), {
      command: `adsvc.exe --dc ${controller.device.fqdn} --replicate --account krbtgt --account Administrator`,
      parent: shell,
      life: 50 * SECOND,
    });
    connect(station, tool, inside(controller.device, 135));
    sim.after(500, () => connect(station, tool, inside(controller.device, 49_667)));
    serviceTicket(world, service, station.device, controller.device.account);
    const logon = networkLogon(world, controller, service, station.device, { hold: 70 * SECOND });
    if (logon === null) return;
    for (let i = 0; i < 3; i++) {
      sim.after(1_200 + i * 850, () => {
        directoryRead(controller, logon, org.domainGuid, REPLICATION.changes);
        directoryRead(controller, logon, org.domainGuid, REPLICATION.changesAll);
      });
    }
  };
  const persist = () => {
    const logon = networkLogon(world, controller, service, station.device, { hold: 3 * MINUTE });
    if (logon === null) return;
    const name = 'svc_helpdesk';
    const sid = `${org.domainSid}-${random.between(9100, 9900)}`;
    createUser(controller, logon, { name, sid, display: 'Help Desk Service' });
    sim.after(9 * SECOND, () =>
      controller.log(KINDS.globalGroupMember, {
        MemberName: `CN=${name},CN=Users,DC=ad,DC=northmoor,DC=example`,
        MemberSid: sid,
        TargetUserName: 'Domain Admins',
        TargetDomainName: service.domain,
        TargetSid: `${org.domainSid}-512`,
        ...subject(logon),
        PrivilegeList: '-',
      }),
    );
    if (!desk?.logon.open) return;
    const task = '\\Microsoft\\Windows\\Maintenance\\AdSync';
    const action = `C:\\Users\\${service.name}\\AppData\\Local\\Temp\\adsvc.exe`;
    command(
      station,
      desk.explorer,
      'schtasks',
      `schtasks /create /tn "${task}" /tr "${action} --keep" /sc daily /st 03:10 /ru SYSTEM /f`,
    );
    taskCreated(station, desk.logon, task, action, '--keep', 'S-1-5-18');
  };
  const blind = () => {
    if (!desk?.logon.open) return;
    command(station, desk.explorer, 'auditpol', 'auditpol /set /subcategory:"Logon" /success:disable /failure:disable');
    station.log(KINDS.auditPolicy, {
      ...subject(desk.logon),
      CategoryId: '%%8273',
      SubcategoryId: '%%12544',
      SubcategoryGuid: '{0cce9215-69ae-11d9-bed3-505054503030}',
      AuditPolicyChanges: '%%8448, %%8450',
    });
    sim.after(2 * MINUTE, () => {
      command(station, desk.explorer, 'wevtutil', 'wevtutil cl Security');
      station.log(KINDS.logCleared, subject(desk.logon), 200);
    });
    sim.after(9 * MINUTE, () => {
      const remote = networkLogon(world, gateway, service, station.device, { hold: MINUTE });
      command(station, desk.explorer, 'wevtutil', `wevtutil cl Security /r:${gateway.device.name}`);
      if (remote !== null) gateway.log(KINDS.logCleared, subject(remote), 500);
    });
    sim.after(16 * MINUTE, () => {
      logoff(station, desk.logon);
      logoff(gateway, session.logon);
    });
  };

  return {
    id: 'directory',
    kind: 'directory takeover',
    scenario: `Passwords are tried against ${tried.length + 1} accounts on ${gateway.device.name}; one of them opens a session there, and a service account later works on ${station.device.name}.`,
    devices: [gateway, station, controller].map((m) => m.device.name),
    identities: [target.account.name, service.name, 'svc_helpdesk'],
    start,
    end: replication + 70 * MINUTE,
    schedule() {
      timeline(world, start, [
        [0, () => spray(0)],
        [31 * MINUTE, () => spray(1)],
        [entry - start, enter],
        [entry - start + 21 * MINUTE, roast],
        [replication - start - 25 * MINUTE, hop],
        [replication - start, replicate],
        [replication - start + 26 * MINUTE, persist],
        [replication - start + 52 * MINUTE, blind],
      ]);
    },
  };
}
