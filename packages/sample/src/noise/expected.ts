import { scriptBlock, writeFile } from '../engine/activity.ts';
import { localTime, workingTime } from '../engine/calendar.ts';
import { interactiveLogon, logoff, networkLogon, originOf } from '../engine/logons.ts';
import type { World } from '../engine/world.ts';
import { awsId } from '../formats/cloudtrail.ts';
import { KINDS } from '../formats/windows-kinds.ts';
import { type CloudModel, PRODUCTION, ssoCaller } from '../model/cloud.ts';
import { MINUTE } from '../types.ts';
import { subject } from './admin.ts';
import { BROWSER, record } from './cloud.ts';

/** Legitimate work that looks like an attack step: an analyst should look at it once and close it. */
export function planExpected(world: World, cloud: CloudModel): void {
  const admins = world.org.people.filter((p) => p.admin !== undefined);
  const random = world.random.fork('expected');
  const at = (daysBefore: number, hour: number) => workingTime(world, daysBefore, hour) + random.between(0, 9 * MINUTE);

  // A hanging web application is dumped for its vendor.
  world.sim.at(at(16, 14.2), () => {
    const machine = world.server('WEB02');
    const target = machine.services.get('site');
    if (!machine.on || !target?.alive) return;
    const person = admins[2]!;
    const session = interactiveLogon(world, machine, person.admin!, 10, originOf(world.server('JMP01').device));
    const shell = machine.spawn('cmd', { command: '"C:\\Windows\\system32\\cmd.exe"', parent: session.explorer });
    world.sim.after(2 * MINUTE, () => {
      const dump = machine.spawn('procdump', {
        command: `procdump64.exe -accepteula -ma ${target.pid} D:\\Diagnostics\\w3wp_orderportal.dmp`,
        parent: shell,
        life: 20_000,
      });
      machine.access(dump, target, '0x1fffff', 'AGENT');
      writeFile(machine, dump, 'D:\\Diagnostics\\w3wp_orderportal.dmp');
    });
    world.sim.after(12 * MINUTE, () => logoff(machine, session.logon));
  });

  // The backup product makes room by deleting the oldest shadow copy of the archive volume.
  for (const daysBefore of [20, 6]) {
    world.sim.at(localTime(world, daysBefore, 4.2) + random.between(0, 20 * MINUTE), () => {
      const machine = world.server('FS02');
      const agent = machine.services.get('backup');
      if (machine.on && agent?.alive)
        machine.spawn('vssadmin', {
          command: 'vssadmin.exe delete shadows /for=E: /oldest /quiet',
          parent: agent,
          life: 4_000,
        });
    });
  }

  // A one-off inventory query is sent by the deployment server as an encoded command.
  world.sim.at(at(12, 11.6), () => {
    const machine = world.server('APP01');
    const agent = machine.standing.agent;
    if (!machine.on || !agent?.alive) return;
    const text =
      'Get-CimInstance -ClassName Win32_Product | Select-Object Name, Version | Export-Csv C:\\ProgramData\\Quarry\\products.csv';
    const shell = machine.spawn('powershell', {
      command: `powershell.exe -NoProfile -NonInteractive -EncodedCommand ${encodeCommand(text)}`,
      parent: agent,
      life: 40_000,
    });
    world.sim.after(500, () => scriptBlock(machine, shell, text));
  });

  // A new service desk analyst becomes a local administrator of the remote desktop server.
  world.sim.at(at(18, 10.4), () => {
    const machine = world.server('RDS01');
    const logon = networkLogon(world, machine, admins[0]!.admin!, world.server('JMP01').device, { hold: 2 * MINUTE });
    if (logon === null) return;
    const member = admins[4]!;
    machine.log(KINDS.localGroupMember, {
      MemberName: '-',
      MemberSid: member.admin!.sid,
      TargetUserName: 'Administrators',
      TargetDomainName: 'Builtin',
      TargetSid: 'S-1-5-32-544',
      ...subject(logon),
      PrivilegeList: '-',
    });
  });

  // The archive job's cloud key is rotated by an administrator.
  world.sim.at(at(14, 9.9), () => {
    const person = cloud.engineers.find((p) => p.department === 'IT') ?? admins[0]!;
    const session = { key: awsId(random, 'ASIA'), since: world.sim.now - 10 * MINUTE };
    const caller = ssoCaller(cloud, PRODUCTION, person, session, { ip: person.site.egress, agent: BROWSER });
    const userName = cloud.users.archive.name;
    const accessKeyId = awsId(random, 'AKIA');
    record(world, random, caller, {
      source: 'iam',
      name: 'CreateAccessKey',
      readOnly: false,
      request: { userName },
      response: {
        accessKey: { userName, accessKeyId, status: 'Active', createDate: new Date(world.sim.now).toUTCString() },
      },
    });
    world.sim.after(25 * MINUTE, () =>
      record(world, random, caller, {
        source: 'iam',
        name: 'DeleteAccessKey',
        readOnly: false,
        request: { userName, accessKeyId: cloud.users.archive.key },
      }),
    );
  });
}

/** UTF-16LE in base64, as `-EncodedCommand` wants it. */
export function encodeCommand(text: string): string {
  return Buffer.from(text, 'utf16le').toString('base64');
}
