import {
  changeKey,
  connect,
  deleteFile,
  inside,
  loadImage,
  pipe,
  resolve,
  setValue,
  writeFile,
} from '../engine/activity.ts';
import { networkLogon, serviceTicket, shareAccess } from '../engine/logons.ts';
import type { Process } from '../engine/process.ts';
import type { Session, World } from '../engine/world.ts';
import { PROGRAMS, type ProgramKey } from '../model/binaries.ts';
import { DOCUMENT_WORDS } from '../model/names.ts';
import type { Person } from '../model/org.ts';
import type { Random } from '../prng.ts';
import { DAY, MINUTE } from '../types.ts';

/** What a person does at a desk, one small thing at a time. */

export function documentName(random: Random): string {
  return `${random.pick(DOCUMENT_WORDS[0])} ${random.pick(DOCUMENT_WORDS[1])} ${random.between(1, 40)}`;
}

/** Programs that start with the session. */
export function startDesk(world: World, person: Person, session: Session): void {
  const { machine, explorer } = session;
  const random = machine.random;
  const auto: ProgramKey[] = ['onedrive', 'teams', 'outlook'];
  if (['Engineering', 'IT'].includes(person.department)) auto.push('code');
  auto.forEach((key, i) => {
    if (key !== 'outlook' && random.chance(0.15)) return;
    world.sim.after((i + 1) * random.between(3_000, 25_000), () => open(world, session, key));
  });
  world.sim.after(random.between(8_000, 16_000), () => {
    if (!explorer.alive) return;
    const base = `HKU\\${person.account.sid}\\Software\\Microsoft\\Windows\\CurrentVersion`;
    changeKey(machine, explorer, `${base}\\Explorer\\SessionInfo\\${session.logon.session}`, 'CreateKey');
    if (random.chance(0.03)) {
      const onedrive = session.apps.get('onedrive');
      if (onedrive?.alive) setValue(machine, onedrive, `${base}\\Run\\OneDrive`, `"${onedrive.image}" /background`);
    }
  });
}

/** A program of the session, started when it is not running. */
export function open(world: World, session: Session, key: ProgramKey, command?: string): Process {
  const running = session.apps.get(key);
  if (running?.alive) return running;
  const { machine } = session;
  const late = world.sim.now > world.sim.end - 12 * DAY;
  const program = key === 'edge' && late ? PROGRAMS.edgenext : PROGRAMS[key];
  const process = machine.spawn(program, {
    parent: session.explorer,
    ...(command === undefined ? {} : { command }),
  });
  session.apps.set(key, process);
  return process;
}

const HABITS: Readonly<Record<string, Readonly<Record<Act, number>>>> = {
  default: { browse: 30, mail: 22, chat: 12, document: 12, share: 9, pdf: 4, erp: 6, print: 1, tidy: 4, develop: 0 },
  Engineering: {
    browse: 28,
    mail: 14,
    chat: 14,
    document: 6,
    share: 6,
    pdf: 3,
    erp: 0,
    print: 0,
    tidy: 4,
    develop: 25,
  },
  IT: { browse: 30, mail: 16, chat: 14, document: 6, share: 9, pdf: 2, erp: 1, print: 1, tidy: 4, develop: 10 },
};

type Act = 'browse' | 'mail' | 'chat' | 'document' | 'share' | 'pdf' | 'erp' | 'print' | 'tidy' | 'develop';

export function act(world: World, person: Person, session: Session): void {
  const what = session.machine.random.weighted(HABITS[person.department] ?? HABITS.default!);
  ACTS[what](world, person, session);
}

const ACTS: Readonly<Record<Act, (world: World, person: Person, session: Session) => void>> = {
  browse(world, person, session) {
    const { machine } = session;
    const random = machine.random;
    const browser = open(world, session, person.account.name.length % 5 === 0 ? 'firefox' : 'edge');
    const site = random.pick(world.org.web);
    if (random.chance(0.35)) {
      const tab = machine.spawn(browser.program, {
        command: `"${browser.image}" --type=renderer --lang=en-GB --renderer-client-id=${random.between(5, 900)} --field-trial-handle=${random.between(1000, 9999)}`,
        parent: browser,
        integrity: 'Low',
        life: random.wait(9 * MINUTE) + 5_000,
      });
      if (random.chance(0.2))
        pipe(machine, browser, `\\mojo.${browser.pid}.${tab.pid}.${random.between(1e9, 4e9)}`, 'CreatePipe');
    }
    resolve(machine, browser, site.name, site.addresses);
    world.sim.after(random.between(20, 300), () => connect(machine, browser, { ip: site.addresses[0]!, port: 443 }));
    if (random.chance(0.07)) {
      const file = `C:\\Users\\${person.account.name}\\Downloads\\${documentName(random)}.${random.pick(['pdf', 'xlsx', 'zip', 'docx'])}`;
      world.sim.after(random.between(1_000, 20_000), () => writeFile(machine, browser, file));
    }
  },
  mail(world, person, session) {
    const { machine } = session;
    const random = machine.random;
    const outlook = open(world, session, 'outlook');
    if (random.chance(0.5)) resolve(machine, outlook, 'mail.northmoor.example', ['192.0.2.70']);
    connect(machine, outlook, { ip: '192.0.2.70', host: 'mail.northmoor.example', port: 443 });
    if (random.chance(0.2)) {
      const folder = `C:\\Users\\${person.account.name}\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\${random.text('ABCDEFGHJKLMNPQRSTUVWXYZ23456789', 8)}`;
      const name = documentName(random);
      const kind = random.pick(['docx', 'pdf', 'xlsx']);
      writeFile(machine, outlook, `${folder}\\${name}.${kind}`);
      if (kind === 'docx' && random.chance(0.6)) {
        world.sim.after(random.between(4, 40) * 1000, () => {
          if (!outlook.alive) return;
          const word = machine.spawn('winword', {
            command: `"${PROGRAMS.winword.path}" /n "${folder}\\${name}.docx" /o ""`,
            parent: outlook,
            life: random.between(3, 25) * MINUTE,
          });
          world.sim.after(2_000, () => writeFile(machine, word, `${folder}\\~$${name.slice(2)}.docx`));
        });
      }
    }
  },
  chat(world, _person, session) {
    const teams = open(world, session, 'teams');
    connect(session.machine, teams, { ip: '198.51.100.230', port: 443 });
  },
  document(world, person, session) {
    const { machine } = session;
    const random = machine.random;
    const key = random.pick(['winword', 'excel', 'excel', 'powerpnt'] as const);
    const extension = { winword: 'docx', excel: 'xlsx', powerpnt: 'pptx' }[key];
    const path = `C:\\Users\\${person.account.name}\\Documents\\${documentName(random)}.${extension}`;
    const program = machine.spawn(key, {
      command: `"${PROGRAMS[key].path}" "${path}"`,
      parent: session.explorer,
      life: random.between(4, 50) * MINUTE,
    });
    world.sim.after(random.between(30, 200) * 1000, () => writeFile(machine, program, path));
    if (random.chance(0.3)) {
      const mru = `HKU\\${person.account.sid}\\Software\\Microsoft\\Office\\16.0\\Common\\Open Find\\Last`;
      world.sim.after(3_000, () => setValue(machine, program, mru, path));
    }
    if (random.chance(0.05)) {
      const library = `C:\\Users\\${person.account.name}\\AppData\\Roaming\\Ledgerline\\xlribbon.dll`;
      world.sim.after(1_500, () =>
        loadImage(machine, program, {
          path: library,
          version: '2.4.0.0',
          description: 'Ribbon add-in',
          product: 'Ledgerline',
          company: 'Ledgerline Oy',
          signed: false,
          signer: '',
        }),
      );
    }
  },
  share(world, person, session) {
    const { machine } = session;
    const random = machine.random;
    const server = world.machine('file-server', { HBR: 0, MIL: 1, QUY: 2 }[person.site.code] ?? 0);
    connect(machine, machine.standing.system!, inside(server.device, 445));
    const logon = networkLogon(world, server, person.account, person.device, { hold: random.between(8, 40) * 1000 });
    if (logon !== null)
      shareAccess(
        server,
        logon,
        person.device,
        `\\\\*\\${person.department}`,
        `\\??\\D:\\Shares\\${person.department}`,
      );
  },
  pdf(_world, person, session) {
    const { machine } = session;
    const random = machine.random;
    const reader = machine.spawn('acrobat', {
      command: `"${PROGRAMS.acrobat.path}" "C:\\Users\\${person.account.name}\\Downloads\\${documentName(random)}.pdf"`,
      parent: session.explorer,
      life: random.between(1, 20) * MINUTE,
    });
    if (random.chance(0.5)) {
      machine.spawn(PROGRAMS.acrobat, {
        command: `"${reader.image}" --type=renderer /prefetch:1`,
        parent: reader,
        integrity: 'Low',
        life: MINUTE,
      });
    }
  },
  erp(world, person, session) {
    const { machine } = session;
    const random = machine.random;
    const client = open(world, session, 'erpclient');
    const server = world.server(person.site.code === 'MIL' ? 'ERP02' : 'ERP01');
    connect(machine, client, inside(server.device, 8443));
    // The vendor's service account has never been moved to AES.
    if (random.chance(0.25)) serviceTicket(world, person.account, person.device, world.org.services.svc_erp, '0x17');
  },
  print(world, person, session) {
    const { machine } = session;
    const server = world.server('PRN01');
    pipe(machine, session.explorer, '\\spoolss', 'ConnectPipe');
    connect(machine, machine.standing.system!, inside(server.device, 445));
    networkLogon(world, server, person.account, person.device, { hold: 6_000 });
  },
  tidy(_world, person, session) {
    const { machine, explorer } = session;
    const random = machine.random;
    deleteFile(
      machine,
      explorer,
      `C:\\Users\\${person.account.name}\\Downloads\\${documentName(random)}.${random.pick(['pdf', 'zip', 'exe', 'xlsx'])}`,
    );
  },
  develop(world, person, session) {
    const { machine } = session;
    const random = machine.random;
    const editor = open(world, session, 'code');
    const folder = `C:\\Users\\${person.account.name}\\src\\${random.pick(['gauge', 'press-line', 'portal', 'telemetry'])}\\`;
    const shell = machine.spawn(random.chance(0.5) ? 'powershell' : 'cmd', {
      parent: editor,
      folder,
      life: random.between(2, 30) * MINUTE,
    });
    const git = machine.spawn('git', {
      command: `git ${random.pick(['fetch origin', 'status', 'pull --rebase', 'push origin HEAD', 'log -n 20'])}`,
      parent: shell,
      folder,
      life: random.between(300, 4_000),
    });
    const builder = world.machine('build-server');
    world.sim.after(120, () => connect(machine, git, inside(builder.device, 443)));
    if (random.chance(0.4)) {
      world.sim.after(5_000, () => {
        if (shell.alive)
          machine.spawn('node', {
            command: `"${PROGRAMS.node.path}" node_modules\\.bin\\${random.pick(['vitest', 'eslint', 'tsc'])}`,
            parent: shell,
            folder,
            life: random.between(4, 60) * 1000,
          });
      });
    }
  },
};
