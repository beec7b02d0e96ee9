import {
  changeKey,
  connect,
  deleteFile,
  inside,
  remoteThread,
  resolve,
  setValue,
  writeFile,
} from '../engine/activity.ts';
import { networkLogon, serviceTicket, ticketGranting } from '../engine/logons.ts';
import type { Machine } from '../engine/machine.ts';
import { repeat, type World } from '../engine/world.ts';
import { PROGRAMS } from '../model/binaries.ts';
import { HOUR, MINUTE } from '../types.ts';

/** What every Windows machine does without anybody asking: tasks, updates, policy, the endpoint agent, antivirus. */
export function planSystem(world: World): void {
  for (const machine of world.machines.values()) {
    const random = machine.random.fork('system');
    const server = machine.device.role !== 'workstation';
    repeat(world, random, server ? 130 * MINUTE : 240 * MINUTE, 0.6, () => {
      if (!machine.on) return;
      const job = random.weighted({
        task: 24,
        update: 14,
        defender: 18,
        policy: 14,
        agent: 18,
        broker: 12,
        clean: 10,
        probe: 6,
      });
      JOBS[job](world, machine);
    });
    repeat(world, random, 9 * HOUR, 0.2, () => {
      if (!machine.on) return;
      ticketGranting(world, machine.device.account, machine.device);
      serviceTicket(
        world,
        machine.device.account,
        machine.device,
        world.controllerFor(machine.device).device.account,
        '0x12',
        30,
      );
    });
  }
}

type Job = 'task' | 'update' | 'defender' | 'policy' | 'agent' | 'broker' | 'clean' | 'probe';

const JOBS: Readonly<Record<Job, (world: World, machine: Machine) => void>> = {
  task(_world, machine) {
    const random = machine.random;
    const schedule = machine.standing.schedule!;
    machine.spawn('taskhostw', {
      command: random.pick([
        'taskhostw.exe',
        'taskhostw.exe KEYROAMING',
        'taskhostw.exe -RegisterDevice -ProtectionStateChanged',
      ]),
      parent: schedule,
      life: random.between(2, 90) * 1000,
    });
    if (random.chance(0.15))
      setValue(
        machine,
        schedule,
        `HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Schedule\\TaskCache\\Tasks\\{${random.uuid().toUpperCase()}}\\DynamicInfo`,
        'Binary Data',
      );
  },
  update(world, machine) {
    const random = machine.random;
    const schedule = machine.standing.schedule!;
    if (random.chance(0.6)) {
      const updater = machine.spawn('edgeupdate', {
        command: `"${PROGRAMS.edgeupdate.path}" /ua /installsource scheduler`,
        parent: schedule,
        life: random.between(3, 20) * 1000,
      });
      resolve(machine, updater, 'updates.silverbirch-downloads.example', ['198.51.100.240']);
      world.sim.after(400, () => connect(machine, updater, { ip: '198.51.100.240', port: 443 }));
    } else {
      machine.spawn('usoclient', {
        command: 'C:\\Windows\\system32\\usoclient.exe StartScan',
        parent: schedule,
        life: 2_500,
      });
      const source = world.machine('deployment');
      connect(machine, machine.standing.netsvcs!, inside(source.device, 8530));
    }
  },
  defender(_world, machine) {
    const random = machine.random;
    const defender = machine.standing.defender!;
    if (random.chance(0.5)) {
      machine.spawn('mpcmdrun', {
        command: `"${PROGRAMS.mpcmdrun.path}" ${random.pick(['SignatureUpdate -ScheduleJob -RestrictPrivileges', 'Scan -ScheduleJob -RestrictPrivileges -Reinvoke', '-IdleTask -TaskName WdCacheMaintenance'])}`,
        parent: random.chance(0.5) ? defender : machine.standing.schedule!,
        life: random.between(2, 60) * 1000,
      });
    }
    machine.access(defender, machine.standing.lsass!, random.pick(['0x1000', '0x1000', '0x101000', '0x1400']), 'AGENT');
  },
  policy(world, machine) {
    const random = machine.random;
    const netsvcs = machine.standing.netsvcs!;
    const controller = world.controllerFor(machine.device);
    resolve(machine, netsvcs, controller.device.fqdn, [controller.device.ip]);
    connect(machine, machine.standing.lsass!, inside(controller.device, random.pick([88, 389, 389])));
    networkLogon(world, controller, machine.device.account, machine.device, {
      hold: 3_500,
      ticket: random.chance(0.3),
    });
    if (random.chance(0.2))
      changeKey(
        machine,
        netsvcs,
        'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Group Policy\\State\\Machine\\Scripts',
        'CreateKey',
      );
  },
  agent(world, machine) {
    const random = machine.random;
    const agent = machine.standing.agent!;
    if (!agent.alive) return;
    const source = world.machine('deployment');
    connect(machine, agent, inside(source.device, 8443));
    if (random.chance(0.35)) {
      const script = random.pick(['Get-Inventory.ps1', 'Test-Compliance.ps1', 'Get-DiskState.ps1']);
      machine.spawn('powershell', {
        command: `powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "C:\\Program Files\\Quarry Endpoint\\scripts\\${script}"`,
        parent: agent,
        life: random.between(2, 15) * 1000,
      });
    }
  },
  broker(_world, machine) {
    const random = machine.random;
    machine.spawn(random.chance(0.6) ? 'dllhost' : 'wmiprvse', {
      command: random.chance(0.6)
        ? `C:\\Windows\\system32\\DllHost.exe /Processid:{${random.uuid().toUpperCase()}}`
        : 'C:\\Windows\\system32\\wbem\\wmiprvse.exe -Embedding',
      parent: machine.standing.svchost!,
      life: random.between(5, 120) * 1000,
    });
  },
  clean(_world, machine) {
    const random = machine.random;
    const netsvcs = machine.standing.netsvcs!;
    const name = `C:\\Windows\\Temp\\${random.pick(['cab', 'wct', 'TS_'])}${random.hex(4).toUpperCase()}.tmp`;
    writeFile(machine, netsvcs, name);
    machine.sim.after(random.between(2, 60) * 1000, () => deleteFile(machine, netsvcs, name));
  },
  probe(_world, machine) {
    const random = machine.random;
    const { csrss, svchost, lsass, wmi } = machine.standing;
    if (random.chance(0.12))
      remoteThread(machine, csrss!, svchost!, {
        module: 'C:\\Windows\\System32\\KERNELBASE.dll',
        function: 'CtrlRoutine',
      });
    else if (random.chance(0.6))
      machine.access(svchost!, lsass!, random.pick(['0x1000', '0x1478', '0x1000']), 'SYSTEM');
    else machine.access(wmi!, lsass!, random.pick(['0x1000', '0x1400']), 'SYSTEM');
  },
};
